"""What a turn comes to: messages to store, and what listeners are told after the commit."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from api.chat.language import reading
from api.chat.render import Renderer
from api.conversations.messages import Draft
from api.conversations.models import Conversation, Turn
from api.events.bus import Event
from api.i18n import NAMES
from api.services import Services


@dataclass
class Outcome:
    """`failed`: why the turn failed, though the resident is always told something."""

    drafts: list[Draft] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    failed: str | None = None


def whose_numbers(conversation: Conversation) -> str | None:
    """Where the emergency numbers have to be right: the place that was named last, else the one that was chosen."""
    return conversation.mentioned_place or conversation.jurisdiction


def in_emergency(renderer: Renderer, conversation: Conversation, kind: str, typed: str | None = None) -> list[Draft]:
    """Numbers, card, help for a conversation that is held; and from now on it is discreet, if the kind asks for it."""
    if renderer.emergencies.discreet(kind):
        conversation.discreet = True
    return renderer.emergency(kind, whose_numbers(conversation), typed)


@dataclass
class Workplace:
    """What is at hand while a turn is finished: inside its last transaction, the conversation held."""

    services: Services
    session: AsyncSession
    conversation: Conversation
    turn: Turn
    text: str

    @property
    def renderer(self) -> Renderer:
        """Renders in the language the resident reads now, for the channel where they are."""
        return self.services.renderer(reading(self.conversation), self.conversation.channel)

    @property
    def jurisdiction(self) -> str | None:
        """Whose emergency numbers to show."""
        return whose_numbers(self.conversation)

    def emergency(self, kind: str, typed: str | None = None) -> Outcome:
        """What is said in an emergency."""
        return Outcome(in_emergency(self.renderer, self.conversation, kind, typed))

    def failure(self, reason: str, unreachable: bool = False) -> Outcome:
        """The resident is told that we failed, and offered a person."""
        return Outcome([self.renderer.failure(unreachable, self.jurisdiction)], failed=reason)

    def switch_language(self, language: str) -> Outcome:
        """From now on in this language, said in it; or that we do not speak it."""
        if language not in NAMES:
            buttons = [self.renderer.language_button(code) for code in self.services.catalogs.languages]
            return Outcome([self.renderer.say("language_unknown", {}, buttons)])
        self.conversation.language, self.conversation.language_chosen = language, True
        draft = self.renderer.say("language_changed", {"name": self.renderer.own_name(language)})
        return Outcome([draft], [Event("language", self.conversation.id, {"language": language})])

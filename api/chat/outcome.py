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
        return self.conversation.mentioned_place or self.conversation.jurisdiction

    def emergency(self, kind: str, typed: str | None = None) -> Outcome:
        """Numbers, card, help; and from now on discreet, if the kind asks for it."""
        if self.services.emergencies.discreet(kind):
            self.conversation.discreet = True
        return Outcome(self.renderer.emergency(kind, self.jurisdiction, typed))

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

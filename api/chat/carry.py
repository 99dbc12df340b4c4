"""Carrying out the bot's directives, in the transaction that stores their messages."""

import structlog

from api.chat import directives as d
from api.chat import paths, service_points
from api.chat.language import reading
from api.chat.outcome import Outcome, Workplace
from api.chat.render import global_id, offer_person
from api.conversations import messages
from api.conversations.messages import Button, Draft
from api.conversations.models import Conversation
from api.handoff import service as handoff
from api.services import Services

log = structlog.get_logger(__name__)

OFFERS = {
    "failed_twice": "handoff.offered_failed",
    "sensitive": "handoff.offered",
    "complaint": "handoff.offered_error",
    "emergency": "handoff.offered",
    "asked": "handoff.offered_error",
}


async def prepare(
    services: Services, conversation: Conversation, directives: list[d.Directive], identified: str | None
) -> None:
    """Before the transaction: what the directives will show is translated, if the resident's language needs it."""
    language = reading(conversation) if conversation.language_chosen else identified or reading(conversation)
    shown: list[str] = []
    for directive in directives:
        if isinstance(directive, d.LanguageWanted):
            language = directive.language
        elif isinstance(directive, d.Answer):
            shown += [section.id for section in directive.sections]
        elif isinstance(directive, d.Repeat) and conversation.last_section:
            shown.append(conversation.last_section)
    await services.machine.prepare(services.library.corpus(), shown, language)


async def carry_out(work: Workplace, directives: list[d.Directive]) -> Outcome:
    """Every directive in order. Nothing to show at the end is a failure, never silence."""
    outcome = Outcome()
    for directive in directives:
        match directive:
            case d.Say():
                buttons = _buttons(work, directive.buttons)
                outcome.drafts.append(work.renderer.say(directive.key, dict(directive.values), buttons))
            case d.Answer():
                outcome.drafts += answer(work, directive)
            case d.Ask():
                outcome.drafts.append(_ask(work, directive))
            case d.HandoffWanted():
                await _handoff(work, directive, outcome)
            case d.EmergencySeen():
                if directive.kind in work.services.emergencies.kinds:
                    outcome.drafts = work.emergency(directive.kind).drafts + outcome.drafts
            case d.LanguageWanted():
                switched = work.switch_language(directive.language)
                outcome.drafts += switched.drafts
                outcome.events += switched.events
            case d.Places():
                outcome.drafts.append(service_points.named(work, directive))
            case d.PathWanted():
                outcome.drafts.append(paths.wanted(work, directive))
            case d.Repeat():
                outcome.drafts.append(await _repeat(work))
    if not outcome.drafts:
        return work.failure("nothing_to_show")
    return outcome


def _buttons(work: Workplace, buttons: list[d.DirectiveButton]) -> list[Button]:
    made = []
    for button in buttons:
        try:
            made.append(work.renderer.button(button.key, button.payload, **button.values))
        except (KeyError, IndexError, ValueError, TypeError):
            log.error("words_missing", key=button.key)
    return made


def answer(work: Workplace, directive: d.Answer) -> list[Draft]:
    """The message of an answer."""
    sections = [section.id for section in directive.sections]
    draft = work.renderer.answer(sections, directive.confidence, directive.second_topic)
    if draft is None:  # found in another publication than ours, or expired meanwhile
        log.warning("sections_unknown", sections=sections)
        return work.failure("sections_unknown").drafts
    assert draft.payload
    remember(work, draft, work.text)
    return [draft]


def remember(work: Workplace, draft: Draft, question: str) -> None:
    """Keep what was answered, so that a short next question can lean on it."""
    first = (draft.payload or {})["answer"]["sections"][0]
    conversation = work.conversation
    conversation.failed_answers = 0
    conversation.last_question = question
    conversation.last_section = global_id(first)
    conversation.last_topic = (draft.payload or {})["answer"]["topic"]


def _ask(work: Workplace, directive: d.Ask) -> Draft:
    draft = work.renderer.say(directive.key, dict(directive.values), _buttons(work, directive.choices))
    if directive.key == "no_answer":
        work.conversation.failed_answers += 1
        if work.conversation.failed_answers >= 2:
            offer_person(draft, work.renderer, OFFERS["failed_twice"])
    if not any(button["payload"].startswith("handoff") for button in draft.buttons):
        draft.buttons = [*draft.buttons, work.renderer.person_button()]
    return draft


async def _handoff(work: Workplace, directive: d.HandoffWanted, outcome: Outcome) -> None:
    if directive.stage == "offered":
        if not outcome.drafts:
            outcome.drafts.append(work.renderer.say("handoff.offered_error", {}, [work.renderer.person_button()]))
            outcome.drafts[0].payload = {"handoff": {"stage": "offered"}}
            return
        offer_person(outcome.drafts[-1], work.renderer, OFFERS[directive.reason])
        return
    draft = await handoff.ask_to_confirm(work.services, work.session, work.conversation, directive.reason, False)
    outcome.drafts.append(draft)


async def _repeat(work: Workplace) -> Draft:
    """The last answer once more, in the language that holds now."""
    row = await messages.last_answer(work.session, work.conversation.id)
    if row and row.payload:
        given = row.payload["answer"]
        sections = [global_id(section) for section in given["sections"]]
        draft = work.renderer.answer(sections, given["confidence"], intro="repeat_intro")
        if draft:
            return draft
    return work.renderer.say("repeat_nothing")

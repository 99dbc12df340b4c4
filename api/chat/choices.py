"""Choices: buttons that were offered and are now pressed. All are carried out here; the bot is not asked."""

from api.chat import paths
from api.chat.carry import remember
from api.chat.outcome import Outcome, Workplace
from api.conversations import messages
from api.conversations.service import store_feedback
from api.events.bus import Event
from api.handoff import service as handoff

WITH_MEDIATOR = frozenset({"feedback", "language", "emergency", "handoff"})


async def choose(work: Workplace, payload: str) -> Outcome:
    """Carry a choice out. While a mediator is there the rest is only passed on to them."""
    kind, _, value = payload.partition(":")
    if work.conversation.holder == "mediator" and kind not in WITH_MEDIATOR:
        return Outcome()
    match kind:
        case "topic":
            return Outcome([work.renderer.topic(value)])
        case "section":
            return _section(work, value)
        case "handoff":
            return await _handoff(work, value)
        case "language":
            return work.switch_language(value)
        case "feedback":
            return await _feedback(work, value == "yes")
        case "path":
            return paths.choose(work, value)
        case "emergency" if value in work.services.emergencies.kinds:
            return work.emergency(value)
    return work.failure("choice_unknown")


def _section(work: Workplace, section_id: str) -> Outcome:
    draft = work.renderer.answer([section_id], 1.0)
    if draft is None:
        return Outcome([work.renderer.say("section_gone")])
    remember(work, draft, work.text)
    return Outcome([draft])


async def _handoff(work: Workplace, step: str) -> Outcome:
    before = work.conversation.holder
    match step:
        case "confirm":
            draft = await handoff.confirm(work.services, work.session, work.conversation)
        case "cancel":
            draft = await handoff.cancel(work.services, work.session, work.conversation)
        case _:
            reason = "failed_twice" if work.conversation.failed_answers >= 2 else "asked"
            draft = await handoff.ask_to_confirm(work.services, work.session, work.conversation, reason, True)
    outcome = Outcome([draft])
    if work.conversation.holder != before:
        identity = work.conversation.id
        outcome.events = [Event("holder", identity, {"holder": work.conversation.holder}), Event("queue", identity)]
    return outcome


async def _feedback(work: Workplace, helpful: bool) -> Outcome:
    answered = await messages.last_answer(work.session, work.conversation.id)
    if answered:
        await store_feedback(work.session, answered, helpful, None, work.services.clock())
    buttons = [] if helpful else [work.renderer.person_button()]
    return Outcome([work.renderer.say("feedback_thanks", {}, buttons)])

"""The public API of the widget and of everybody else: /api/v1."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse

from api import schemas as s
from api.channels.wechat import outbox, people
from api.chat import search as searching
from api.chat import turns
from api.chat.inbound import inbound
from api.clock import iso
from api.conversations import codes, messages, service
from api.conversations.models import CarryCode, Conversation
from api.errors import KNOWN, ApiError
from api.events import stream
from api.events.bus import Event
from api.handoff import service as handoff
from api.i18n import NAMES
from api.limits import address_of
from api.services import Services, services_of
from knowledge.publication import current_folder

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": s.ErrorBody, "description": KNOWN[status][1]}
    for status in (401, 403, 404, 409, 413, 422, 429, 503)
}

router = APIRouter(prefix="/api/v1", responses=ERRORS)
Parts = Annotated[Services, Depends(services_of)]
Answers = JSONResponse  # rendered by us in the documented shape, not checked a second time on the way out


async def limited(request: Request, services: Parts) -> None:
    """Not too much from one address."""
    services.limits.check(request)


async def bearer(
    authorization: Annotated[str | None, Header(description="Bearer and the conversation's token")] = None,
) -> str:
    """The token that came with the request."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(401, *KNOWN[401], {"WWW-Authenticate": "Bearer"})
    return token.strip()


Token = Annotated[str, Depends(bearer)]


async def opened(conversation_id: str, request: Request, services: Parts, token: Token) -> Conversation:
    """The conversation that the token opens."""
    services.limits.check(request)
    async with services.database.reading() as session:
        return await service.owned(session, conversation_id, token)


Opened = Annotated[Conversation, Depends(opened)]


def _require_consent(given: bool) -> None:
    if not given:
        raise ApiError(403, "consent_required", "Open a conversation with consent before writing.")


@router.post("/conversations", status_code=201, tags=["conversations"], dependencies=[Depends(limited)])
async def open_conversation(body: s.NewConversation, services: Parts) -> s.CreatedConversation:
    """Open a conversation. Without consent it can be opened, but not written in."""
    conversation, token = await service.create(services, body.language, body.consent, body.jurisdiction)
    return s.CreatedConversation(id=conversation.id, token=token, language=body.language)


@router.post("/conversations/carry", tags=["conversations"], dependencies=[Depends(limited)])
async def carry(body: s.CodeBrought, request: Request, services: Parts) -> s.CreatedConversation:
    """Bring a code: its conversation moves here, under a new token; the old one opens nothing any more.

    A code that is wrong, used or too old: 404 `code_unknown`. Who tries many has to wait: 429.
    """
    _require_consent(body.consent)
    services.limits.check_code(address_of(request))
    async with services.database.transaction() as session:
        found = await codes.redeem(services, session, body.code)
        if found is None:
            raise ApiError(404, "code_unknown", "This code is not known, or no longer good. Ask for a new one.")
        marked = await people.carried_away(session, found)
        conversation, token = await codes.take_over(session, found, "web")
    services.limits.code_was_right(address_of(request))
    outbox.tell_desk(services, marked)
    services.bus.publish(Event("moved", found))
    return s.CreatedConversation(id=found, token=token, language=conversation.language)


@router.post("/conversations/{conversation_id}/code", status_code=201, tags=["conversations"])
async def make_code(conversation: Opened, request: Request, services: Parts, token: Token) -> s.CarryCode:
    """A code with which the conversation moves to another channel: good for ten minutes, once. It voids the one before."""
    services.limits.check_conversation(request, conversation.id)
    _require_consent(conversation.consent_at is not None)
    async with services.database.transaction() as session:
        held = await service.locked(session, conversation.id)
        service.require_token(held, token)
        code = await codes.make(services, session, held)
        kept = await session.get_one(CarryCode, conversation.id)
    return s.CarryCode(code=code, expires_at=iso(kept.expires_at))


@router.post("/conversations/{conversation_id}/messages", tags=["conversations"], response_model=s.TurnResult)
async def send(conversation_id: str, body: s.NewMessage, request: Request, services: Parts, token: Token) -> Response:
    """Send a text or a choice; answers with what the turn added. The same client_message_id again: the same answer."""
    services.limits.check(request)
    services.limits.check_conversation(request, conversation_id)
    message = inbound(conversation_id, body.client_message_id, body.text, body.choice)
    return Answers(await turns.submit(services, message, lambda found: service.require_token(found, token)))


@router.get("/conversations/{conversation_id}/messages", tags=["conversations"], response_model=s.Messages)
async def read(
    conversation: Opened,
    services: Parts,
    after: Annotated[int, Query(ge=0, description="Only those after this seq")] = 0,
) -> Response:
    """The messages after a number, in order, at most 1,000."""
    async with services.database.reading() as session:
        rows = await messages.after(session, conversation.id, after)
    shown = [messages.shown(row) for row in rows]
    return Answers({"messages": shown, "holder": conversation.holder, "language": conversation.language})


@router.get(
    "/conversations/{conversation_id}/events",
    tags=["conversations"],
    response_class=EventSourceResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "message, typing, holder, language, erased, moved"}
    },
)
async def listen(
    conversation: Opened,
    services: Parts,
    last_event_id: Annotated[str | None, Header(description="The seq of the last message that was received")] = None,
    after: Annotated[int, Query(ge=0, description="The same, for a first connection")] = 0,
) -> Response:
    """Server-sent events. Message events carry their seq as id; give the last one back to go on from there."""
    last = int(last_event_id) if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 10 else after
    return EventSourceResponse(
        stream.events(services, conversation, last),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        ping=3600,  # our own heartbeat comes earlier
    )


@router.get("/conversations/{conversation_id}/export", tags=["conversations"])
async def export(conversation: Opened, services: Parts) -> dict[str, Any]:
    """All that is kept of the conversation."""
    return await service.export(services, conversation.id)


@router.put("/conversations/{conversation_id}/language", tags=["conversations"])
async def choose_language(body: s.LanguageChoice, conversation: Opened, services: Parts) -> s.LanguageChosen:
    """Read in this language from now on; no later message changes that."""
    language = body.language.split("-")[0].lower()
    if language not in NAMES:
        raise ApiError(422, "language_unknown", "Wenlu does not speak this language.")
    async with services.database.transaction() as session:
        held = await service.locked(session, conversation.id)
        held.language, held.language_chosen = language, True
    services.bus.publish(Event("language", conversation.id, {"language": language}))
    return s.LanguageChosen(language=language)


@router.post("/conversations/{conversation_id}/handoff", tags=["a person"], response_model=s.HandoffResult)
async def want_person(
    conversation: Opened, request: Request, services: Parts, body: s.HandoffWish | None = None
) -> Response:
    """Ask for a person: shows what would be passed on. Nothing is, before the choice `handoff:confirm`."""
    services.limits.check_conversation(request, conversation.id)
    _require_consent(conversation.consent_at is not None)
    shown, holder, language = await handoff.want(services, conversation.id, body.reason if body else "asked")
    return Answers({"message": shown, "messages": [shown], "holder": holder, "language": language})


@router.put("/conversations/{conversation_id}/handoff", tags=["a person"], response_model=s.HandoffEdited)
async def edit_handoff(body: s.HandoffEdit, conversation: Opened, services: Parts) -> Response:
    """Change (text) or remove (null) lines of what will be passed on, before confirming."""
    changes = {str(key): text for key, text in body.lines.items()}
    return Answers(await handoff.edit(services, conversation.id, changes))


@router.post("/conversations/{conversation_id}/feedback", status_code=204, tags=["conversations"])
async def feedback(body: s.FeedbackGiven, conversation: Opened, services: Parts) -> None:
    """Say whether a message helped."""
    await service.give_feedback(services, conversation.id, body.message_id, body.helpful, body.comment)


@router.delete("/conversations/{conversation_id}", status_code=204, tags=["conversations"])
async def erase(conversation: Opened, services: Parts) -> None:
    """Erase the conversation everywhere: messages, turns, what was passed on, feedback, the bot's memory."""
    await service.erase(services, conversation.id, "resident")


@router.get("/search", tags=["knowledge"], response_model=s.SearchResult, dependencies=[Depends(limited)])
async def search(
    services: Parts,
    q: Annotated[s.Words, Query(min_length=1, max_length=500, description="What is looked for")],
    language: Annotated[s.LanguageCode | None, Query(description="Language to read in")] = None,
    jurisdiction: Annotated[str | None, Query(max_length=20, description="Only this jurisdiction")] = None,
    topic: Annotated[str | None, Query(max_length=60, description="Only this topic")] = None,
) -> Response:
    """Search the published sections."""
    return Answers(await searching.search(services, q, language, jurisdiction, topic))


@router.get("/widget/{language}", tags=["widget"], dependencies=[Depends(limited)])
async def widget(language: s.LanguageCode, services: Parts) -> dict[str, str]:
    """The widget's own words; what a language lacks comes in English, what this installation cannot do has none."""
    words = services.catalogs.widget(language.split("-")[0].lower())
    if services.settings.wechat_app_id is None:
        return {key: text for key, text in words.items() if not key.startswith("widget.carry.")}
    if name := services.settings.wechat_name:
        words = words | {"widget.carry.take.how": f"{words['widget.carry.take.how']} \u2068{name}\u2069"}
    return words


@router.get("/health", tags=["operation"])
async def health() -> s.Health:
    """Alive."""
    return s.Health(status="ok")


@router.get(
    "/ready",
    tags=["operation"],
    response_model=s.Readiness,
    responses={503: {"model": s.Readiness, "description": "A part failed"}},
)
async def ready(services: Parts) -> Response:
    """Whether every part works: database, bot, retrieval, publication."""
    parts = {
        "database": services.database.check(),
        "bot": services.bot.require(),
        "retrieval": services.retrieval.require(),
        "publication": asyncio.to_thread(_published, services),
    }
    found = await asyncio.gather(*parts.values(), return_exceptions=True)
    told = {
        name: "failed" if isinstance(result, Exception) else "ok" for name, result in zip(parts, found, strict=True)
    }
    well = all(state == "ok" for state in told.values())
    return JSONResponse({"status": "ok" if well else "unavailable", "parts": told}, status_code=200 if well else 503)


def _published(services: Services) -> None:
    if current_folder(services.settings.data) is None or services.library.corpus() is None:
        raise LookupError("nothing is published")

"""The mediators' routes: the queue, a conversation, taking it, writing, giving it back, and live events."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request
from sse_starlette.sse import EventSourceResponse

from api.conversations import messages
from api.conversations.models import Conversation
from api.desk import service, view
from api.desk.schemas import MediatorMessage, MessageStored, Opened, Row, Rows
from api.desk.stream import desk_events
from api.handoff import service as handoff
from api.services import Services, services_of
from api.staff.access import COOKIE, AtDesk
from api.staff.models import Staff
from api.staff.service import DESK_ROLES, find_session

router = APIRouter(prefix="/api/v1/console", tags=["console: desk"])
Parts = Annotated[Services, Depends(services_of)]
Tab = Literal["waiting", "mine", "taken", "closed", "all"]


@router.get("/conversations", response_model=Rows)
async def conversations(signed: AtDesk, services: Parts, state: Tab = "waiting") -> dict[str, Any]:
    """The conversations of a tab; only those that their residents handed over."""
    async with services.database.reading() as session:
        found = await session.scalars(view.in_state(state, signed.staff.id).limit(view.MOST_ROWS))
        return {"conversations": await view.rows(session, list(found))}


@router.get("/conversations/{conversation_id}", response_model=Opened, response_model_exclude_none=True)
async def opened(conversation_id: str, signed: AtDesk, services: Parts) -> dict[str, Any]:
    """A conversation with its whole history and what its resident passed on."""
    async with services.database.reading() as session:
        conversation = await service.visible(session, conversation_id)
        shown = {
            "conversation": await view.row(session, conversation),
            "packet": await view.packet_of(session, conversation, signed.staff.language),
            "messages": await view.history(session, conversation),
        }
    await service.mark_seen(services, conversation, signed.staff)
    return shown


async def _step(
    step: Callable[[Services, str, Staff], Awaitable[Conversation]],
    conversation_id: str,
    signed: AtDesk,
    services: Services,
) -> dict[str, Any]:
    async with services.database.reading() as session:
        await service.visible(session, conversation_id)
    conversation = await step(services, conversation_id, signed.staff)
    async with services.database.reading() as session:
        return await view.row(session, conversation)


@router.post("/conversations/{conversation_id}/take", response_model=Row)
async def take(conversation_id: str, signed: AtDesk, services: Parts) -> dict[str, Any]:
    """Take a waiting conversation over; 409 `already_taken` when somebody else was first."""
    return await _step(handoff.claim, conversation_id, signed, services)


@router.post("/conversations/{conversation_id}/release", response_model=Row)
async def release(conversation_id: str, signed: AtDesk, services: Parts) -> dict[str, Any]:
    """Put it back into the queue."""
    return await _step(handoff.release, conversation_id, signed, services)


@router.post("/conversations/{conversation_id}/return", response_model=Row)
async def return_to_bot(conversation_id: str, signed: AtDesk, services: Parts) -> dict[str, Any]:
    """Hand it back to the assistant."""
    return await _step(handoff.return_to_bot, conversation_id, signed, services)


@router.post("/conversations/{conversation_id}/close", response_model=Row)
async def close(conversation_id: str, signed: AtDesk, services: Parts) -> dict[str, Any]:
    """Close it; the resident can still write, and then the assistant answers."""
    return await _step(handoff.close, conversation_id, signed, services)


@router.post(
    "/conversations/{conversation_id}/messages", response_model=MessageStored, response_model_exclude_none=True
)
async def write(conversation_id: str, body: MediatorMessage, signed: AtDesk, services: Parts) -> dict[str, Any]:
    """Write to the resident."""
    stored = await service.write(services, conversation_id, signed.staff, body.client_message_id, body.text)
    return {"message": messages.shown(stored)}


@router.get("/events")
async def events(
    request: Request, _: AtDesk, services: Parts, last_event_id: Annotated[str | None, Header()] = None
) -> EventSourceResponse:
    """Server-sent events: queue (a row changed), gone, message, translated (a message again), typing; resumable by Last-Event-ID."""
    last = int(last_event_id) if last_event_id and last_event_id.isdigit() else None

    async def allowed() -> bool:
        async with services.database.reading() as session:
            found = await find_session(session, services.clock(), request.cookies.get(COOKIE))
        return found is not None and found[0].role in DESK_ROLES

    return EventSourceResponse(
        desk_events(services, last, allowed),
        ping=int(services.settings.heartbeat_seconds),
        headers={"X-Accel-Buffering": "no"},
    )

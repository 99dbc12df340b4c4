"""What mediators do in a conversation beside taking it and giving it back: read it and write in it."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.chat import talk
from api.conversations import messages
from api.conversations.messages import Draft
from api.conversations.models import Conversation, MessageRow
from api.conversations.service import locked
from api.desk.view import handed_over
from api.errors import ApiError, not_found
from api.events.bus import Event
from api.services import Services
from api.staff.models import Staff


async def visible(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation, if its resident handed it over; 404 otherwise. The one way in for staff."""
    found = await session.scalar(select(Conversation).where(Conversation.id == conversation_id, handed_over()))
    if found is None:
        raise not_found()
    return found


async def mark_seen(services: Services, conversation: Conversation, staff: Staff) -> None:
    """Remember how far the mediator who holds it has read."""
    last = conversation.next_seq - 1
    if conversation.mediator_id != staff.id or conversation.seen_by_staff >= last:
        return
    async with services.database.transaction() as session:
        await session.execute(
            update(Conversation)
            .where(Conversation.id == conversation.id, Conversation.seen_by_staff < last)
            .values(seen_by_staff=last)
        )
    services.bus.publish(Event("queue", conversation.id))


async def write(
    services: Services, conversation_id: str, staff: Staff, client_message_id: str, text: str
) -> MessageRow:
    """Store what a mediator writes, once per key, if they still hold the conversation; the resident hears it at once."""
    now = services.clock()
    said = await talk.for_resident(services, conversation_id, staff, text)
    async with services.database.transaction() as session:
        await visible(session, conversation_id)
        conversation = await locked(session, conversation_id)
        earlier = await session.scalar(
            select(MessageRow).where(
                MessageRow.conversation_id == conversation_id,
                MessageRow.author_id == staff.id,
                MessageRow.client_message_id == client_message_id,
            )
        )
        if earlier is not None:
            if (earlier.original or {"text": earlier.text})["text"] != text:
                raise ApiError(409, "key_reused", "This key was used for another message.")
            return earlier
        if conversation.holder != "mediator" or conversation.mediator_id != staff.id:
            raise ApiError(409, "not_yours", "You do not hold this conversation. Take it over first.")
        draft = Draft(
            role="mediator",
            text=said.text,
            language=said.language,
            original=said.original,
            payload={"untranslated": True} if said.untranslated else None,
            author_id=staff.id,
            client_message_id=client_message_id,
        )
        stored = (await messages.append(session, conversation, [draft], now))[0]
        conversation.last_mediator_at = now
        conversation.seen_by_staff = stored.seq
    services.bus.publish(Event("message", conversation_id))
    return stored

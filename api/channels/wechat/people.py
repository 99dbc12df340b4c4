"""People who follow the account: found by a mark of WeChat's id, asked for consent, given a copy, erased."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.channels.wechat import outbox
from api.channels.wechat.account import Account
from api.channels.wechat.models import WechatPerson, WechatPush, WechatText
from api.channels.wechat.outbox import Marked
from api.chat.language import reading
from api.chat.render import Renderer
from api.clock import iso
from api.conversations import codes, service
from api.conversations.models import Conversation
from api.errors import not_found
from api.events.bus import Event
from api.services import Services

EXPORT_FOR = timedelta(hours=1)
STRANGERS = timedelta(days=2)
"""How long somebody is remembered who has not agreed to anything."""
Carried = Literal["here", "wrong", "busy"]


def new(services: Services, account: Account, openid: str) -> WechatPerson:
    """Somebody who was not known; not stored yet."""
    now = services.clock()
    return WechatPerson(
        id=str(uuid.uuid4()),
        mark=account.secrets.mark(openid),
        openid=account.secrets.box.encrypt(openid.encode()).decode(),
        earlier=[],
        choices=[],
        delivered_seq=0,
        replies_left=0,
        clicks_left=0,
        attempts=0,
        last_push_at=now,
        created_at=now,
    )


async def load(services: Services, person_id: str) -> tuple[WechatPerson, Conversation | None] | None:
    """A person and their conversation as they are now; None when they were erased."""
    async with services.database.reading() as session:
        person = await session.get(WechatPerson, person_id)
        return (person, await talk_of(session, person)) if person else None


async def talk_of(session: AsyncSession, person: WechatPerson) -> Conversation | None:
    """Their conversation, to be looked at."""
    return await session.get(Conversation, person.conversation_id) if person.conversation_id else None


@dataclass
class Entry:
    """Lets something into a conversation that is still theirs: whoever carried it away has it under another token."""

    token_hash: str
    granted: bool = False

    def admit(self, conversation: Conversation) -> None:
        """Raises 404 where it is not theirs any more."""
        if conversation.token_hash != self.token_hash:
            raise not_found()
        self.granted = True


def renderers(services: Services, person: WechatPerson, talk: Conversation | None) -> list[Renderer]:
    """In which languages to speak to them: theirs; English and Chinese as long as it is not known."""
    known = reading(talk) if talk and (talk.language or talk.browser_language) else person.language
    return [services.renderer(language, "wechat") for language in ([known] if known else ["en", "zh"])]


async def agree(services: Services, session: AsyncSession, person: WechatPerson) -> bool:
    """They agreed: a conversation is opened for them, and what they asked before is answered next; whether they did."""
    person.consent_at = person.consent_at or services.clock()
    await opened(services, session, person)
    waiting = (WechatPush.person_id == person.id) & (WechatPush.state == "waiting")
    asked = await session.execute(update(WechatPush).where(waiting).values(state="received"))
    assert isinstance(asked, CursorResult)
    return asked.rowcount > 0


async def opened(services: Services, session: AsyncSession, person: WechatPerson) -> Conversation:
    """The conversation of a person who is held, held as well; opened if the one before was erased or carried away."""
    if person.conversation_id is not None:
        return await service.locked(session, person.conversation_id)
    talk, _ = service.new(services, person.language, True, None, channel="wechat")
    session.add(talk)
    await session.flush()
    person.conversation_id, person.delivered_seq = talk.id, 0
    return talk


async def conversation_of(services: Services, person_id: str) -> Conversation | None:
    """The same in a transaction of its own; None when they were erased themselves."""
    async with services.database.transaction() as session:
        person = await outbox.locked(session, person_id)
        return await opened(services, session, person) if person else None


async def refuse(services: Services, person_id: str) -> None:
    """They do not agree: what they asked is dropped unread."""
    async with services.database.transaction() as session:
        await session.execute(
            delete(WechatPush).where(WechatPush.person_id == person_id, WechatPush.state == "waiting")
        )
    await services.database.forget()


async def carry_here(services: Services, person_id: str, code: str) -> Carried:
    """The conversation that a code carries is theirs from now on; what was said in it was read where it was said.

    Nothing comes in, and the code stays good, while a mediator has, or will have, the one that is here. What was said
    there and is not delivered yet still is.
    """
    async with services.database.transaction() as session:
        person = await outbox.locked(session, person_id)
        conversation_id = await codes.find(services, session, code)
        if person is None or conversation_id is None:
            return "wrong"
        here = await service.locked(session, person.conversation_id) if person.conversation_id else None
        if here and here.id == conversation_id:  # the code that they were given here
            await codes.void(session, here.id)
            return "here"
        if here and here.holder != "bot":
            return "busy"
        if await codes.redeem(services, session, code) is None:
            return "wrong"
        if here:
            await outbox.collect(services, session, person)
            await codes.void(session, here.id)
            person.earlier = [*person.earlier, here.id]
            person.conversation_id = None
            await session.flush()
        marked = await carried_away(session, conversation_id)
        conversation, _ = await codes.take_over(session, conversation_id, "wechat")
        person.conversation_id, person.delivered_seq = conversation_id, conversation.next_seq - 1
    outbox.tell_desk(services, marked)
    services.bus.publish(Event("moved", conversation_id))
    return "here"


async def carried_away(session: AsyncSession, conversation_id: str) -> list[Marked]:
    """A conversation goes on elsewhere: whoever had it on WeChat has it no more, and is sent nothing more of it.

    In the caller's transaction; gives the messages that waited and can now be read where the conversation is.
    """
    person = await session.scalar(
        select(WechatPerson).where(WechatPerson.conversation_id == conversation_id).with_for_update()
    )
    if person is None:
        return []
    texts = list(await session.scalars(select(WechatText).where(WechatText.conversation_id == conversation_id)))
    marked = await outbox.mark(session, texts, None)
    await session.execute(delete(WechatText).where(WechatText.conversation_id == conversation_id))
    await session.execute(update(WechatPush).where(WechatPush.person_id == person.id).values(reply=None))
    person.conversation_id = None
    await session.flush()
    return marked


async def leave(services: Services, person_id: str, sent_at: int) -> None:
    """They follow no more, said WeChat at a second: everything of theirs is erased.

    Who has come back since then stays, as somebody new; whoever came only afterwards did not leave at all.
    """
    async with services.database.reading() as session:
        person = await session.get(WechatPerson, person_id)
        theirs = select(WechatPush.id).where(WechatPush.person_id == person_id).limit(1)
        later = await session.scalar(theirs.where(WechatPush.sent_at > sent_at))
        behind = await session.scalar(theirs.where(WechatPush.state == "received"))
    if person is None or (later and person.created_at.timestamp() > sent_at + 1):
        return
    await erase(services, person_id, stays=bool(later or behind))


async def erase(services: Services, person_id: str, stays: bool) -> None:
    """Erase all their conversations and what is known of them; `stays`: they still follow, so that they can be told."""
    while True:
        async with services.database.reading() as session:
            person = await session.get(WechatPerson, person_id)
            conversations = await _theirs(session, person) if person else []
        for conversation_id in conversations:
            await service.erase(services, conversation_id, "resident")
        async with services.database.transaction() as session:
            person = await outbox.locked(session, person_id)
            if person is None or person.conversation_id is None:  # else another was opened meanwhile
                if person:
                    await _forget(session, person, stays)
                break
    await services.database.forget()


async def _forget(session: AsyncSession, person: WechatPerson, stays: bool) -> None:
    if not stays:
        await session.delete(person)
        return
    answered = (WechatPush.person_id == person.id) & WechatPush.state.not_in(("received", "taken"))
    await session.execute(delete(WechatText).where(WechatText.person_id == person.id))
    await session.execute(delete(WechatPush).where(answered))
    person.earlier, person.choices, person.delivered_seq = [], [], 0
    person.consent_at, person.language = None, None


async def _theirs(session: AsyncSession, person: WechatPerson) -> list[str]:
    """Their conversations that are still there, the one of now last."""
    known = [*person.earlier, *([person.conversation_id] if person.conversation_id else [])]
    still = set(await session.scalars(select(Conversation.id).where(Conversation.id.in_(known))))
    return [each for each in known if each in still]


async def export(services: Services, person_id: str) -> dict[str, Any] | None:
    """All that is kept of a person: what WeChat told us, what waits for them or for us, and every conversation."""
    async with services.database.reading() as session:
        person = await session.get(WechatPerson, person_id)
        if person is None:
            return None
        waiting = await session.scalars(
            select(WechatText.text).where(WechatText.person_id == person_id).order_by(WechatText.id)
        )
        pushes = await session.scalars(
            select(WechatPush).where(WechatPush.person_id == person_id).order_by(WechatPush.id)
        )
        kept = {
            "wechat_id": "kept encrypted",
            "language": person.language,
            "consent_at": iso(person.consent_at),
            "known_since": iso(person.created_at),
            "last_heard_at": iso(person.last_push_at),
            "not_delivered_yet": list(waiting),
            "received": [
                {"at": iso(push.received_at), "state": push.state, "said": push.body, "reply": push.reply}
                for push in pushes
            ],
        }
        conversations = await _theirs(session, person)
    talks = [await service.export(services, each) for each in conversations]
    return {"exported_at": iso(services.clock()), "wechat": kept, "conversations": talks}


def export_link(services: Services, account: Account, person_id: str) -> str | None:
    """Where somebody finds their copy for EXPORT_FOR; None where the installation has no public address."""
    if services.settings.public_url is None:
        return None
    token = account.secrets.signer("wechat export").dumps(person_id)
    return f"{services.settings.address}/wechat/export/{token}"


def who_exports(account: Account, token: str) -> str:
    """Whose copy a link leads to; raises itsdangerous.BadSignature for one that is not ours or too old."""
    person_id: str = account.secrets.signer("wechat export").loads(token, max_age=int(EXPORT_FOR.total_seconds()))
    return person_id


async def forget(services: Services) -> int:
    """Drop strangers who never agreed, those who left, those gone for longer than anything is kept; how many."""
    now = services.clock()
    long_ago = now - timedelta(days=services.settings.retention_days)
    async with services.database.reading() as session:
        left = await session.scalars(select(WechatPerson.id).where(WechatPerson.left_at < now - timedelta(days=1)))
        gone = list(left)
    for person_id in gone:
        await erase(services, person_id, stays=False)
    strangers = WechatPerson.consent_at.is_(None) & (WechatPerson.last_push_at < now - STRANGERS)
    silent = WechatPerson.conversation_id.is_(None) & (WechatPerson.last_push_at < long_ago)
    async with services.database.transaction() as session:
        result = await session.execute(delete(WechatPerson).where(strangers | silent))
        assert isinstance(result, CursorResult)
    if found := len(gone) + result.rowcount:
        await services.database.forget()
    return found

"""What waits for a person on WeChat, and sending it: in order, nothing lost, as few messages as it needs.

A conversation's own messages are the outbox. `collect` makes texts of those not delivered yet; a text stays in its
table until it was sent, by the reply to a push or by a customer-service message. A text that was sent in the moment
in which the process died is sent again: better twice than never.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.channels.wechat import allowance, packing
from api.channels.wechat.account import Account
from api.channels.wechat.errors import WechatError
from api.channels.wechat.links import sign_section
from api.channels.wechat.models import WechatPerson, WechatPush, WechatText
from api.chat.language import reading
from api.chat.render import Renderer
from api.conversations import messages
from api.conversations.models import Conversation, MessageRow
from api.events.bus import DESK, Event
from api.services import Services

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
KEPT = frozenset({"window", "quota", "gone", "person"})
"""Why nothing is sent until the person writes again."""
LATER = {"rate": timedelta(hours=1), "right": timedelta(hours=1)}
LONGEST_WAIT = 600
LONG_AGO = timedelta(minutes=30)
MOST_CHOICES = 24
LONGEST_CHOICE = 60

Choice = tuple[str, str]
"""A title and what pressing it means."""


@dataclass(frozen=True)
class Sending:
    """One text on its way."""

    openid: str
    text: str
    ids: tuple[int, ...]


def work_of(person_id: str) -> str:
    """The name of the lock that is held while pushes of a person are answered."""
    return f"wechat:in:{person_id}"


async def locked(session: AsyncSession, person_id: str) -> WechatPerson | None:
    """A person, held against other writers until the transaction ends; None when they were erased."""
    found: WechatPerson | None = await session.scalar(
        select(WechatPerson)
        .where(WechatPerson.id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def _waiting(session: AsyncSession, person_id: str) -> list[WechatText]:
    found = await session.scalars(
        select(WechatText).where(WechatText.person_id == person_id).order_by(WechatText.id).limit(100)
    )
    return list(found)


async def say(
    services: Services,
    session: AsyncSession,
    person: WechatPerson,
    parts: Sequence[str],
    choices: Sequence[Choice] = (),
    seqs: tuple[int, int] | None = None,
) -> None:
    """Put words into the outbox, their choices numbered; the numbers go on where other words still wait."""
    waiting = await _waiting(session, person.id)
    before = [payload for row in waiting for payload in row.choices]
    chosen = list(choices)[:MOST_CHOICES]
    if chosen:
        person.choices = [*before, *(payload for _, payload in chosen)]
    numbered = [packing.Choice(_short(title), payload) for title, payload in chosen]
    texts = packing.pack(parts, numbered, first_number=len(before) + 1)
    first, last = seqs or (None, None)
    rows = [
        WechatText(
            person_id=person.id, text=text, first_seq=first, last_seq=last, choices=[], created_at=services.clock()
        )
        for text in texts
    ]
    if rows:
        rows[-1].choices = [payload for _, payload in chosen]
    session.add_all(rows)
    await session.flush()


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_CHOICE else title[: LONGEST_CHOICE - 1].rstrip() + "…"


async def collect(services: Services, session: AsyncSession, person: WechatPerson) -> None:
    """Make texts of the conversation's messages that are not in the outbox yet."""
    if person.conversation_id is None:
        return
    conversation = await session.get(Conversation, person.conversation_id)
    if conversation is None or conversation.next_seq - 1 <= person.delivered_seq:
        return
    rows = await messages.after(session, conversation.id, person.delivered_seq)
    wanted = [row for row in rows if row.role != "resident"]
    person.delivered_seq = rows[-1].seq
    if not wanted:
        return
    renderer = services.renderer(reading(conversation))
    link = _links(services, renderer)
    parts: list[str] = []
    choices: dict[str, str] = {}
    for row in wanted:
        shown = messages.shown(row)
        parts += packing.compose(shown, renderer, link)
        choices |= {button["payload"]: button["title"] for button in shown["buttons"]}
        if (shown.get("handoff") or {}).get("stage") == "confirm":
            choices |= line_choices(shown["handoff"]["packet"], renderer)
            parts.append(renderer.words("wechat.contact_how"))
    pairs = [(title, payload) for payload, title in choices.items()]
    await say(services, session, person, parts, pairs, (wanted[0].seq, wanted[-1].seq))


def _links(services: Services, renderer: Renderer) -> Callable[[str], str | None]:
    return lambda section_id: sign_section(services.settings, section_id, renderer.language)


def line_choices(packet: dict[str, Any], renderer: Renderer) -> dict[str, str]:
    """Every line of what would be passed on can be taken out."""
    return {
        f"wechat:remove:{line['key']}": renderer.words("wechat.remove_line", label=line["label"])
        for line in packet["lines"]
    }


def _being_sent_to(person: WechatPerson, now: datetime) -> bool:
    """Whether some worker is sending to them."""
    return person.sending_until is not None and person.sending_until > now


async def _joined(
    services: Services, session: AsyncSession, person: WechatPerson, waiting: list[WechatText]
) -> tuple[str, list[WechatText]]:
    """The first text, with those after it that fit into the same message; what waited for long says so."""
    text, taken = waiting[0].text, waiting[:1]
    if waiting[0].created_at < services.clock() - LONG_AGO and person.conversation_id:
        conversation = await session.get_one(Conversation, person.conversation_id)
        heading = services.renderer(reading(conversation)).words("wechat.while_away")
        text = f"{heading}\n\n{text}" if len(f"{heading}{text}".encode()) < packing.LONGEST_BYTES else text
    for after in waiting[1:]:
        longer = f"{text}\n\n{after.text}"
        if len(longer.encode()) > packing.LONGEST_BYTES:
            break
        text, taken = longer, [*taken, after]
    return text, taken


async def take_reply(services: Services, person_id: str, push_id: int) -> str | None:
    """The first text that waits, to be the reply to a push, and to its retries; it counts as sent. None when nothing waits."""
    async with services.lock(f"wechat:out:{person_id}"), services.database.transaction() as session:
        person = await locked(session, person_id)
        said: str | None = await session.scalar(select(WechatPush.reply).where(WechatPush.id == push_id))
        if said is not None:  # to a delivery that WeChat gave up meanwhile
            return said
        if person is None or _being_sent_to(person, services.clock()):
            return None
        await collect(services, session, person)
        waiting = await _waiting(session, person_id)
        if not waiting:
            return None
        text, taken = await _joined(services, session, person, waiting)
        numbers = await _sent(session, person, taken)
        await session.execute(update(WechatPush).where(WechatPush.id == push_id).values(reply=text))
    _tell_desk(services, person, numbers)
    return text


async def flush(services: Services, account: Account, person_id: str) -> None:
    """Send what waits, by customer-service messages, until nothing waits or something stands in the way."""
    if account.held[person_id]:
        return
    async with services.lock(f"wechat:out:{person_id}"):
        while sending := await _begin(services, account, person_id):
            error: WechatError | None = None
            try:
                await account.client.send_text(sending.openid, sending.text)
            except WechatError as failed:
                error = failed
            if not await _end(services, person_id, sending, error):
                return


async def _begin(services: Services, account: Account, person_id: str) -> Sending | None:
    """Take the first text and one of the messages that WeChat allows; None when nothing can be sent now."""
    now = services.clock()
    async with services.database.transaction() as session:
        person = await locked(session, person_id)
        if person is None or _being_sent_to(person, now):
            return None
        await collect(services, session, person)
        waiting = await _waiting(session, person_id)
        if not waiting:
            return None
        numbers: list[int] = []
        sending = None
        if person.blocked in KEPT:
            numbers = await _mark(session, person, waiting, person.blocked)
        elif person.try_at is None or person.try_at <= now:
            if allowance.take(person, now):
                person.sending_until = now + LEASE
                text, taken = await _joined(services, session, person, waiting)
                sending = Sending(account.openid(person), text, tuple(row.id for row in taken))
            else:
                person.blocked = allowance.why_not(person, now)
                numbers = await _mark(session, person, waiting, person.blocked)
    _tell_desk(services, person, numbers)
    return sending


async def _end(services: Services, person_id: str, sending: Sending, error: WechatError | None) -> bool:
    """Note what became of a text; whether to go on with the next."""
    now = services.clock()
    async with services.database.transaction() as session:
        person = await locked(session, person_id)
        if person is None:
            return False
        person.sending_until = None
        waiting = [row for row in await _waiting(session, person_id) if row.id in sending.ids]
        if error is None:
            numbers = await _sent(session, person, waiting)
        elif error.kind == "long":
            numbers = await _split(session, waiting)
        else:
            numbers = await _failed(session, person, waiting, error, now)
    if error:
        log.warning("wechat_not_sent", kind=error.kind, code=error.code)
    _tell_desk(services, person, numbers)
    return error is None or error.kind == "long"


async def _sent(session: AsyncSession, person: WechatPerson, texts: list[WechatText]) -> list[int]:
    numbers = await _mark(session, person, texts, None)
    await session.execute(delete(WechatText).where(WechatText.id.in_([row.id for row in texts])))
    person.attempts, person.try_at, person.blocked = 0, None, None
    return numbers


async def _split(session: AsyncSession, texts: list[WechatText]) -> list[int]:
    """WeChat found a text too long: the same words in shorter texts, in the same place."""
    after = await session.scalars(
        select(WechatText).where(WechatText.person_id == texts[0].person_id, WechatText.id > texts[-1].id)
    )
    following = list(after)
    pieces: list[WechatText] = []
    for row in [*texts, *following]:
        half = max(len(row.text.encode()) // 2, 100)
        parts = packing.pack([row.text], most_bytes=half) if row in texts else [row.text]
        pieces += [
            WechatText(
                person_id=row.person_id,
                text=part,
                first_seq=row.first_seq,
                last_seq=row.last_seq,
                choices=row.choices if number == len(parts) else [],
                created_at=row.created_at,
            )
            for number, part in enumerate(parts, 1)
        ]
    await session.execute(delete(WechatText).where(WechatText.id.in_([row.id for row in [*texts, *following]])))
    session.add_all(pieces)
    return []


async def _failed(
    session: AsyncSession, person: WechatPerson, waiting: list[WechatText], error: WechatError, now: datetime
) -> list[int]:
    """Kept until they write again, or tried again later, each time after a longer while."""
    if error.kind in KEPT:
        person.blocked = error.kind
        if error.kind in ("window", "quota"):
            allowance.refused(person)
        if error.kind == "gone":
            person.left_at = now
        return await _mark(session, person, waiting, error.kind)
    if not error.uncertain:
        allowance.give_back(person)
    person.attempts += 1
    wait = LATER.get(error.kind) or timedelta(seconds=min(2**person.attempts, LONGEST_WAIT))
    person.try_at = now + wait
    if error.kind in ("rate", "right", "other"):
        return await _mark(session, person, waiting, error.kind)
    return []


async def _mark(session: AsyncSession, person: WechatPerson, texts: list[WechatText], reason: str | None) -> list[int]:
    """Note at a mediator's messages why they are not delivered yet, or that they are; the numbers of those that changed."""
    ranges = {(row.first_seq, row.last_seq) for row in texts if row.first_seq is not None}
    if person.conversation_id is None or not ranges:
        return []
    rows = await session.scalars(
        select(MessageRow).where(
            MessageRow.conversation_id == person.conversation_id,
            MessageRow.role == "mediator",
            or_(*(MessageRow.seq.between(first, last) for first, last in ranges)),
        )
    )
    changed = []
    for row in rows:
        values = dict(row.values or {})
        if values.get("kept") == reason:
            continue
        values.pop("kept", None)
        row.values = (values | ({"kept": reason} if reason else {})) or None
        changed.append(row.number)
    return changed


def _tell_desk(services: Services, person: WechatPerson, numbers: list[int]) -> None:
    if numbers and person.conversation_id:
        services.bus.publish(Event("translated", person.conversation_id, {"numbers": numbers}))


async def sweep(services: Services, account: Account) -> int:
    """Send to everybody for whom something waits and nothing stands in the way; to how many."""
    now = services.clock()
    texts = select(WechatText.id).where(WechatText.person_id == WechatPerson.id).exists()
    news = (
        select(Conversation.id)
        .where(Conversation.id == WechatPerson.conversation_id, Conversation.next_seq - 1 > WechatPerson.delivered_seq)
        .exists()
    )
    async with services.database.reading() as session:
        due = await session.scalars(
            select(WechatPerson.id).where(
                or_(texts & WechatPerson.blocked.is_(None), news),
                func.coalesce(WechatPerson.try_at, now) <= now,
                func.coalesce(WechatPerson.sending_until, now) <= now,
            )
        )
        people = list(due)
    for person_id in people:
        await flush(services, account, person_id)
    return len(people)


async def watch(services: Services, account: Account) -> None:
    """Send as soon as something is said in a conversation that is held on WeChat."""
    async with services.bus.subscribe(DESK) as subscription:
        while True:
            event = await subscription.next()
            if event is None or event.kind != "message":
                continue
            async with services.database.reading() as session:
                person_id = await session.scalar(
                    select(WechatPerson.id).where(WechatPerson.conversation_id == event.conversation_id)
                )
            busy = services.lock(work_of(person_id or "")).locked()  # then it is sent when that is done
            if person_id and not account.held[person_id] and not busy:
                services.spawn(flush(services, account, person_id), "wechat:flush")

"""What waits for a person on WeChat: in order, nothing lost, as few messages as it needs.

A conversation's own messages are the outbox. `collect` makes texts of those not delivered yet; a text stays in its
table until it was sent, by the reply to a push (`take_reply`) or by a customer-service message (`sending`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.channels.wechat import packing
from api.channels.wechat.commands import choice
from api.channels.wechat.links import sign_section
from api.channels.wechat.models import WechatPerson, WechatPush, WechatText
from api.chat.language import reading
from api.chat.render import Renderer
from api.conversations import messages
from api.conversations.models import Conversation, MessageRow
from api.events.bus import Event
from api.services import Services

LONG_AGO = timedelta(minutes=30)
MOST_CHOICES = 24
LONGEST_CHOICE = 60

Choice = tuple[str, str]
"""A title and what pressing it means."""
Marked = tuple[str, int]
"""A conversation and the number of one of its messages, which the desk is shown anew."""


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


async def waiting_texts(session: AsyncSession, person_id: str) -> list[WechatText]:
    """What waits for a person, in order."""
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
    waiting = await waiting_texts(session, person.id)
    before = next((row.choices for row in reversed(waiting) if row.choices), [])
    chosen = [packing.Choice(_short(title), payload) for title, payload in choices[:MOST_CHOICES]]
    first, last = seqs or (None, None)
    rows = [
        WechatText(
            person_id=person.id,
            conversation_id=person.conversation_id if seqs else None,
            text=text,
            first_seq=first,
            last_seq=last,
            choices=[],
            created_at=services.clock(),
        )
        for text in packing.pack(parts, chosen, first_number=len(before) + 1)
    ]
    if rows and chosen:
        rows[-1].choices = [*before, *(choice.payload for choice in chosen)]
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
        choice("remove", line["key"]): renderer.words("wechat.remove_line", label=line["label"])
        for line in packet["lines"]
    }


def being_sent_to(person: WechatPerson, now: datetime) -> bool:
    """Whether some worker is sending to them."""
    return person.sending_until is not None and person.sending_until > now


async def joined(
    services: Services, session: AsyncSession, person: WechatPerson, waiting: list[WechatText]
) -> tuple[str, list[WechatText]]:
    """The first text, with those after it that fit into the same message; what waited for long says so."""
    text, taken = waiting[0].text, waiting[:1]
    if waiting[0].created_at < services.clock() - LONG_AGO and person.conversation_id:
        conversation = await session.get_one(Conversation, person.conversation_id)
        heading = services.renderer(reading(conversation)).words("wechat.while_away")
        text = _fitting(heading, text) or text
    for after in waiting[1:]:
        longer = _fitting(text, after.text)
        if longer is None:
            break
        text, taken = longer, [*taken, after]
    return text, taken


def _fitting(before: str, after: str) -> str | None:
    """Two paragraphs as one text; None when that were too long."""
    text = f"{before}\n\n{after}"
    return text if len(text.encode()) <= packing.LONGEST_BYTES else None


async def take_reply(services: Services, person_id: str, push_id: int) -> str | None:
    """The first text that waits, to be the reply to a push; it counts as sent. None when nothing waits.

    Whoever brings the same push again is told the same.
    """
    async with services.lock(f"wechat:out:{person_id}"), services.database.transaction(durable=False) as session:
        person = await locked(session, person_id)
        push = await session.get(WechatPush, push_id)
        if person is None or push is None:
            return None
        if push.reply is not None:
            return push.reply
        if being_sent_to(person, services.clock()):
            return None
        await collect(services, session, person)
        waiting = await waiting_texts(session, person_id)
        if not waiting:
            return None
        text, taken = await joined(services, session, person, waiting)
        marked = await sent(session, person, taken)
        push.reply = text
    tell_desk(services, marked)
    return text


async def sent(session: AsyncSession, person: WechatPerson, texts: list[WechatText]) -> list[Marked]:
    """Texts have reached the person: they wait no more, and their numbers can be typed. The messages that were marked."""
    marked = await mark(session, texts, None)
    person.choices = next((row.choices for row in reversed(texts) if row.choices), person.choices)
    await session.execute(delete(WechatText).where(WechatText.id.in_([row.id for row in texts])))
    person.attempts, person.try_at, person.blocked = 0, None, None
    return marked


async def mark(session: AsyncSession, texts: list[WechatText], reason: str | None) -> list[Marked]:
    """Note at a mediator's messages why they are not delivered yet, or that they are; those that changed."""
    marked = []
    for conversation_id, first, last in dict.fromkeys(
        (row.conversation_id, row.first_seq, row.last_seq) for row in texts
    ):
        if conversation_id is None:
            continue
        rows = await session.scalars(
            select(MessageRow).where(
                MessageRow.conversation_id == conversation_id,
                MessageRow.role == "mediator",
                MessageRow.seq.between(first, last),
            )
        )
        marked += [(conversation_id, row.number) for row in rows if _marked(row, reason)]
    return marked


def _marked(row: MessageRow, reason: str | None) -> bool:
    """Whether that is news."""
    values = dict(row.values or {})
    if values.get("kept") == reason:
        return False
    values.pop("kept", None)
    row.values = (values | ({"kept": reason} if reason else {})) or None
    return True


def tell_desk(services: Services, marked: list[Marked]) -> None:
    """Let the console show the marks, after the commit."""
    for conversation_id in dict.fromkeys(each for each, _ in marked):
        numbers = [number for each, number in marked if each == conversation_id]
        services.bus.publish(Event("translated", conversation_id, {"numbers": numbers}))

"""Nothing lost, nothing doubled: retries, cut connections, crashes and restarts between any two steps."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from api.channels.wechat import allowance, inbox, outbox, people, sending
from api.channels.wechat.models import WechatPerson, WechatPush, WechatText
from api.conversations.messages import shown_at_desk
from api.conversations.models import MessageRow
from api.db import DatabaseBusy
from api.desk import service as desk
from tests.unit.api.conftest import House, until
from tests.unit.api.peers import Bot, say
from tests.unit.api.wechat import Phone, Rig, about_deposits, count, mediated

SEND = "/cgi-bin/message/custom/send"


async def change(house: House, **values: Any) -> None:
    """Set what is kept of the one person."""
    async with house.services.database.transaction() as session:
        await session.execute(update(WechatPerson).values(**values))


async def pushes(house: House, state: str) -> list[WechatPush]:
    """Pushes in a state."""
    async with house.services.database.reading() as session:
        return list(await session.scalars(select(WechatPush).where(WechatPush.state == state)))


async def deliver(phone: Phone, push: Any, cut: float | None = None) -> httpx.Response | None:
    """Bring a push once; `cut`: the connection is lost after so many seconds."""
    query, body = phone.pusher.sealed(push)
    try:
        return await phone.house.http.post("/wechat", params=query, content=body, timeout=cut or 30)
    except httpx.TimeoutException:
        return None


async def test_a_cut_connection_loses_no_answer(rig: Rig) -> None:
    """Whoever does not hear the reply any more gets it by message."""
    bot = Bot(reply=about_deposits)
    await rig.up(bot)
    phone = await (await rig.phone()).agreed()
    bot.may_answer.clear()
    push = phone.pusher.message(phone.openid, "text", Content="My landlord keeps my deposit")
    assert await deliver(phone, push, cut=0.3) is None
    bot.may_answer.set()
    await phone.later("7 days")
    assert [line.how for line in phone.wechat.person(phone.openid).lines][-1] == "service"


async def test_a_retry_that_waits_beside_the_first_is_told_the_same(rig: Rig) -> None:
    """Both wait for one answer; it stands in both replies, and in no third place."""
    bot = Bot(reply=about_deposits)
    house = await rig.up(bot)
    phone = await (await rig.phone()).agreed()
    phone.news()
    bot.may_answer.clear()
    push = phone.pusher.message(phone.openid, "text", Content="My landlord keeps my deposit")
    both = [asyncio.create_task(deliver(phone, push)) for _ in range(2)]
    await bot.arrived.wait()
    await until(lambda: house.account.held.total() == 2)
    bot.may_answer.set()
    said = [answer.content for answer in await asyncio.gather(*both) if answer]
    assert len(said) == 2 and all(b"Encrypt" in answer for answer in said)
    assert len(bot.turns) == 1 and phone.news() == ""


async def test_a_push_that_nobody_has_begun_is_begun_by_its_retry(rig: Rig) -> None:
    """A crash right after storing: the retry does not have to wait for the next sweep."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    push = phone.pusher.message(phone.openid, "text", Content="My landlord keeps my deposit")
    answer = await deliver(phone, push)
    assert answer and b"Encrypt" in answer.content
    async with house.services.database.transaction() as session:
        body = {"kind": "text", "event": None, "fields": {"Content": "My landlord keeps my deposit"}}
        newest = await session.scalar(select(WechatPush).order_by(WechatPush.id.desc()).limit(1))
        assert newest
        newest.state, newest.body, newest.reply = "received", body, None
    answer = await deliver(phone, push)
    assert answer
    assert await pushes(house, "received") == [] and len(house.bot.turns) == 1


async def test_a_push_that_came_late_is_answered_within_what_is_left_of_the_time(rig: Rig) -> None:
    """The seconds count from when WeChat began to wait, not from when we had stored the push."""
    bot = Bot(reply=about_deposits)
    house = await rig.up(bot, wechat_reply_seconds=0.6, database_busy_seconds=5)
    phone = await (await rig.phone()).agreed()
    bot.may_answer.clear()
    push = phone.pusher.message(phone.openid, "text", Content="My landlord keeps my deposit")
    began = asyncio.get_running_loop().time()
    async with house.services.database.transaction():
        waiting = asyncio.create_task(deliver(phone, push))
        await asyncio.wait([waiting], timeout=0.5)
    await waiting
    assert asyncio.get_running_loop().time() - began < 1.0
    bot.may_answer.set()
    await phone.later("7 days")


async def test_stopping_the_api_finishes_what_is_being_sent(rig: Rig) -> None:
    """A text on its way is noted as sent, so that it is not sent again after the restart."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    rig.wechat.slow_next(SEND, 0.5)
    calls = rig.wechat.calls[SEND]
    await desk.write(house.services, (await phone.conversation()).id, mediator, "k", "您好")
    await until(lambda: rig.wechat.calls[SEND] > calls)
    await house.services.finish()
    assert await count(house, WechatText) == 0
    assert "".join(rig.wechat.seen(phone.openid)).count("您好") == 1


async def test_a_sending_that_crashed_holds_nobody_up_for_ever(rig: Rig) -> None:
    """The lease of a worker that died runs out; at the start of the only worker it is void at once."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    conversation = (await phone.conversation()).id
    await change(house, sending_until=house.time.now + sending.LEASE)
    await desk.write(house.services, conversation, mediator, "k", "您好")
    account = house.account
    assert await sending.sweep(house.services, account) == 0
    assert "您好" not in "".join(rig.wechat.seen(phone.openid))
    house.time.forward(seconds=sending.LEASE.total_seconds() + 1)
    await until(lambda: "您好" in "".join(rig.wechat.seen(phone.openid)), seconds=8)
    await change(house, sending_until=house.time.now + sending.LEASE)
    await inbox.recover(house.services, account, at_start=True)
    assert (await phone.person()).sending_until is None


async def test_what_is_taken_is_stale_by_when_it_was_taken(rig: Rig) -> None:
    """A push that waited long for those before it is not taken for one that was left half-way."""
    bot = Bot(reply=about_deposits)
    house = await rig.up(bot, wechat_reply_seconds=0.1)
    phone = await (await rig.phone()).agreed()
    bot.may_answer.clear()
    await phone.pusher.text(phone.openid, "My landlord keeps my deposit")
    async with house.services.database.transaction() as session:
        old = house.time.now.replace(year=2020)
        await session.execute(update(WechatPush).where(WechatPush.state == "taken").values(received_at=old))
    async with house.services.database.transaction() as session:  # what the job does first
        await session.execute(
            update(WechatPush)
            .where(WechatPush.state == "taken", WechatPush.taken_at < inbox._stale(house.services))
            .values(state="received")
        )
    assert len(await pushes(house, "taken")) == 1
    house.time.forward(hours=1)
    bot.may_answer.set()
    await inbox.recover(house.services, house.account, at_start=False)
    await phone.later("7 days")
    assert len(bot.turns) == 1


async def test_two_workers_send_a_text_once(rig: Rig) -> None:
    """Whatever starts two sendings to one person, WeChat is asked once."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    calls = rig.wechat.calls[SEND]
    person_id = (await phone.person()).id
    await desk.write(house.services, (await phone.conversation()).id, mediator, "k", "您好")
    await asyncio.gather(*(sending.flush(house.services, house.account, person_id) for _ in range(4)))
    await until(lambda: "您好" in "".join(rig.wechat.seen(phone.openid)))
    assert rig.wechat.calls[SEND] == calls + 1


async def test_a_person_who_cannot_be_sent_to_keeps_nobody_else_waiting(rig: Rig) -> None:
    """An id that this installation's key does not open any more, and somebody behind it."""
    house = await rig.up()
    lost, phone = await (await rig.phone()).agreed(), await (await rig.phone()).agreed()
    async with house.services.database.transaction() as session:
        row = await session.get_one(WechatPerson, (await lost.person()).id)
        row.openid = "another key's"
        for each in (row, await session.get_one(WechatPerson, (await phone.person()).id)):
            await outbox.say(house.services, session, each, ["您好"])
    await sending.sweep(house.services, house.account)
    assert "您好" in "".join(rig.wechat.seen(phone.openid))
    assert (await lost.person()).blocked == "person"
    assert await sending.sweep(house.services, house.account) == 0


async def test_a_failure_of_ours_with_one_person_is_tried_later(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither ends the sweep nor is repeated every five seconds."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()

    async def broken(*_: Any) -> None:
        raise LookupError

    async with house.services.database.transaction() as session:
        await outbox.say(house.services, session, await session.get_one(WechatPerson, (await phone.person()).id), ["x"])
    monkeypatch.setattr(sending, "_begin", broken)
    assert await sending.sweep(house.services, house.account) == 1
    assert await sending.sweep(house.services, house.account) == 0
    monkeypatch.undo()
    house.time.forward(minutes=1)
    await phone.later("x")


async def test_a_busy_database_does_not_end_the_watch(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said afterwards is sent at once."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    conversation = (await phone.conversation()).id
    tried = asyncio.Event()

    async def busy(*_: Any, **_which: Any) -> None:
        tried.set()
        raise DatabaseBusy

    monkeypatch.setattr(sending, "_due_one", busy)
    monkeypatch.setattr(sending, "sweep", busy)
    await desk.write(house.services, conversation, mediator, "k1", "一")
    await tried.wait()
    monkeypatch.undo()
    monkeypatch.setattr(sending, "sweep", busy)
    await desk.write(house.services, conversation, mediator, "k2", "二")
    await phone.later("二")


async def test_what_is_signed_but_cannot_be_read_is_acknowledged(rig: Rig) -> None:
    """WeChat would send it again and show an error; what is wrongly signed is refused all the same."""
    house = await rig.up()
    phone = await rig.phone()
    push = phone.pusher.message(phone.openid, "text", Content="hello")
    push.fields["CreateTime"] = "soon"
    query, body = phone.pusher.sealed(push)
    answer = await house.http.post("/wechat", params=query, content=body)
    assert (answer.status_code, answer.text) == (200, "success")
    refused = await house.http.post("/wechat", params=query | {"msg_signature": "0" * 40}, content=body)
    assert (refused.status_code, refused.text) == (403, "")
    assert await count(house, WechatPerson) == 0


async def test_a_short_text_that_wechat_finds_too_long_is_not_tried_for_ever(rig: Rig) -> None:
    """It is kept and tried later, and costs none of the messages that WeChat allows."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    house.time.forward(minutes=2)
    before = (await phone.person()).replies_left
    rig.wechat.fail_next(SEND, 45002, times=20)
    calls = rig.wechat.calls[SEND]
    async with house.services.database.transaction() as session:
        await outbox.say(
            house.services, session, await session.get_one(WechatPerson, (await phone.person()).id), ["您好"]
        )
    await sending.flush(house.services, house.account, (await phone.person()).id)
    person = await phone.person()
    assert rig.wechat.calls[SEND] == calls + 1
    assert person.try_at and person.attempts == 1 and person.replies_left == before


@pytest.mark.parametrize(
    ("code", "reason"),
    [(43004, "gone"), (40003, "person"), (45015, "window"), (45009, "rate"), (48001, "right"), (99999, "other")],
)
async def test_the_desk_sees_why_it_was_not_delivered(rig: Rig, code: int, reason: str) -> None:
    """By a reason that the console has words for, and without WeChat's id."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    conversation = (await phone.conversation()).id
    rig.wechat.fail_next(SEND, code)
    await desk.write(house.services, conversation, mediator, "k", "您好")

    async def shown() -> dict[str, Any]:
        async with house.services.database.reading() as session:
            row = await session.scalar(select(MessageRow).where(MessageRow.client_message_id == "k"))
            assert row
            return shown_at_desk(row)

    async def told() -> bool:
        return (await shown()).get("kept") == reason

    await until(told)
    assert phone.openid not in str(await shown())
    assert house.services.catalogs.text("en", f"console.kept_{reason}")


async def test_messages_that_may_be_sent_are_counted_where_they_came_from(rig: Rig) -> None:
    """Three after a click, for a minute; five after words; what was surely not sent goes back to where it was taken."""
    house = await rig.up()
    person = people.new(house.services, house.account, "o-anna")
    now = house.time()
    assert allowance.take(person, now) is None and allowance.why_not(person, now) == "window"
    allowance.written(person, now)
    allowance.clicked(person, now)
    assert [allowance.take(person, now) for _ in range(9)] == ["clicks"] * 3 + ["replies"] * 5 + [None]
    assert allowance.why_not(person, now) == "quota"
    allowance.give_back(person, "clicks")
    assert (person.clicks_left, person.replies_left) == (1, 0)
    house.time.forward(minutes=1)
    assert allowance.take(person, house.time()) is None
    house.time.forward(hours=48)
    assert allowance.why_not(person, house.time()) == "window"


async def test_what_asks_nothing_writes_nothing(rig: Rig) -> None:
    """Events that nothing is done about are not stored, nor is their sender; a push with nothing to send begins no sending."""
    house = await rig.up()
    phone = await rig.phone()
    for event in ("VIEW", "LOCATION", "TEMPLATESENDJOBFINISH"):
        assert await phone.event(event, "https://example.org") == ""
    assert await count(house, WechatPerson) == await count(house, WechatPush) == 0


async def test_looking_whether_something_waits_holds_up_no_writer(rig: Rig) -> None:
    """With nothing to send or to answer, all that is done is looking, also while somebody else writes."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    person_id = (await phone.person()).id
    async with house.services.database.transaction(), asyncio.timeout(2):
        await sending.flush(house.services, house.account, person_id)
        await inbox.work(house.services, house.account, person_id)
        assert await sending.sweep(house.services, house.account) == 0
        known = await people.load(house.services, person_id)
        assert known and known[1] and known[1].id == (await phone.conversation()).id


async def test_a_text_too_long_for_the_joint_message_waits_for_the_next(rig: Rig) -> None:
    """Two texts are joined up to 2,000 bytes and no byte more."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    house.time.forward(minutes=5)
    for size, texts in ((1993, 1), (1994, 2)):
        async with house.services.database.transaction() as session:
            person = await session.get_one(WechatPerson, (await phone.person()).id)
            await outbox.say(house.services, session, person, ["a" * size])
            await outbox.say(house.services, session, person, ["b" * 5])
        phone.news()
        await sending.flush(house.services, house.account, (await phone.person()).id)
        lines = [line.text for line in phone.lines]
        assert len(lines) == texts and "".join(lines).count("a") == size


async def test_numbers_are_those_that_were_shown_last(rig: Rig) -> None:
    """A list that waits to be delivered does not change what a number means that was shown before."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    shown = await phone.say("My landlord keeps my deposit")
    await change(house, replies_left=0, clicks_left=0)
    async with house.services.database.transaction() as session:
        person = await session.get_one(WechatPerson, (await phone.person()).id)
        await outbox.say(house.services, session, person, ["Later"], [("Another", "wechat:menu")] * 9)
    said = await phone.choose("Who repairs?", shown)
    assert "The landlord does." in said


async def test_numbers_go_on_where_lists_wait(rig: Rig) -> None:
    """Two lists in one message: every number stands for one thing, and after the first was sent the second keeps its own."""
    house = await rig.up(Bot(reply=lambda turn: [say("greeting")]))
    phone = await (await rig.phone()).agreed()
    async with house.services.database.transaction() as session:
        person = await session.get_one(WechatPerson, (await phone.person()).id)
        await outbox.say(house.services, session, person, ["a" * 1900], [("A", "a"), ("B", "b")])
        await outbox.say(house.services, session, person, ["b" * 1900], [("C", "c")])
        first, second = await outbox.waiting_texts(session, person.id)
        assert first.choices == ["a", "b"] and second.choices == ["a", "b", "c"] and "3 C" in second.text
        await outbox.sent(session, person, [first])
        assert person.choices == ["a", "b"]
        await outbox.say(house.services, session, person, ["c"], [("D", "d")])
        assert (await outbox.waiting_texts(session, person.id))[-1].choices == ["a", "b", "c", "d"]

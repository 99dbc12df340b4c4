"""The WeChat channel over real HTTP on both sides: the api's, and that of a WeChat to rehearse with."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from api.channels.wechat.models import WechatPerson, WechatPush, WechatText
from api.conversations.models import MessageRow, Turn
from api.desk import service as desk
from tests.unit.api.conftest import House, until
from tests.unit.api.peers import Bot, say
from tests.unit.api.wechat import ADDRESS, Rig, about_deposits, count, mediated
from wenlu.wechat_rehearsal.pusher import Pusher


async def test_an_installation_without_an_account_has_no_side_door(house: House) -> None:
    assert (await house.http.get("/wechat", params={"echostr": "x"})).status_code == 404
    assert (await house.http.post("/wechat", content=b"<xml/>")).status_code == 404


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_our_address_is_proved_and_a_question_answered_in_the_same_breath(rig: Rig, mode: str) -> None:
    await rig.up(Bot(reply=about_deposits), mode=mode)
    phone = await rig.phone(mode=mode)
    assert await phone.pusher.check_url()
    await phone.agreed()
    push = await phone.pusher.text(phone.openid, "My landlord keeps my deposit")
    assert push.reply and "The landlord must pay it back in 7 days." in push.reply
    assert "Civil Code" in push.reply and f"{ADDRESS}/s/" in push.reply
    assert all(line.how == "passive" for line in phone.lines)


async def test_nothing_is_answered_before_they_agreed_and_then_what_they_asked_is(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await rig.phone()
    said = await phone.event("subscribe")
    assert "Wenlu" in said and "1 I agree" in said.replace("1. ", "1 ")
    said = await phone.say("My landlord keeps my deposit")
    assert "agree" in said and "7 days" not in said
    assert await count(house, Turn) == 0
    await phone.say("1")
    assert "7 days" in await phone.later("7 days")
    assert (await phone.person()).consent_at


async def test_who_refuses_leaves_nothing_behind(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await rig.phone()
    await phone.say("My landlord keeps my deposit")
    said = await phone.say("2")
    assert "110" in said
    async with house.services.database.reading() as session:
        bodies = list(await session.scalars(select(WechatPush.body).where(WechatPush.body.is_not(None))))
    assert bodies == [] and await count(house, Turn) == 0


async def test_an_emergency_does_not_wait_for_consent(rig: Rig) -> None:
    await rig.up()
    phone = await rig.phone()
    said = await phone.say("help, there is a fire in my flat")
    assert "119" in said


async def test_wechats_own_language_is_the_first_guess(rig: Rig) -> None:
    await rig.up()
    phone = await rig.phone(language="fr")
    said = await phone.event("subscribe")
    assert "Bonjour" in said and "Hello" not in said


async def test_three_deliveries_of_one_push_are_one_message_and_one_answer(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    push = phone.pusher.message(phone.openid, "text", Content="My landlord keeps my deposit")
    replies = []
    for _ in range(3):
        await phone.pusher.deliver(push)
        replies.append(push.reply)
    assert len(set(replies)) == 1 and "7 days" in str(replies[0])
    assert len(house.bot.turns) == 1
    assert (await phone.conversation()).next_seq == 3


async def test_a_retry_while_the_first_delivery_still_waits_is_told_the_same(rig: Rig) -> None:
    bot = Bot(reply=about_deposits)
    house = await rig.up(bot)
    phone = await (await rig.phone()).agreed()
    bot.may_answer.clear()
    first, second = (phone.pusher.message(phone.openid, "text", Content=f"deposit {name}") for name in "ab")
    async with Pusher(rig.wechat, f"{house.url}/wechat", patience=0.3, tries=1) as impatient:
        await impatient.deliver(first)
    retried, other = (asyncio.create_task(phone.pusher.deliver(push)) for push in (first, second))
    await until(lambda: len(bot.turns) == 1)
    bot.may_answer.set()
    await asyncio.gather(retried, other)
    await until(lambda: "".join(rig.wechat.seen(phone.openid)).count("7 days") == 2)


async def test_a_late_answer_comes_by_message_with_typing_shown(rig: Rig) -> None:
    bot = Bot(reply=about_deposits)
    await rig.up(bot, wechat_reply_seconds=0.2)
    phone = await (await rig.phone()).agreed()
    bot.may_answer.clear()
    push = await phone.pusher.text(phone.openid, "My landlord keeps my deposit")
    assert push.acknowledged and push.reply is None
    await until(lambda: rig.wechat.person(phone.openid).typings)
    bot.may_answer.set()
    await phone.later("7 days")
    assert [line.how for line in rig.wechat.person(phone.openid).lines][-1] == "service"


async def test_what_was_acknowledged_is_answered_after_a_crash(rig: Rig) -> None:
    slow = Bot(reply=about_deposits)
    house = await rig.up(slow, wechat_reply_seconds=0.1)
    phone = await (await rig.phone()).agreed()
    slow.may_answer.clear()
    push = await phone.pusher.text(phone.openid, "My landlord keeps my deposit")
    assert push.acknowledged and push.reply is None
    async with house.services.database.transaction() as session:  # as it is when the process dies before it asked
        for turn in await session.scalars(select(Turn)):
            await session.delete(turn)
    await rig.up(Bot(reply=about_deposits))
    await until(lambda: "7 days" in "".join(rig.wechat.seen(phone.openid)))


async def test_messages_that_wait_are_answered_in_the_order_in_which_they_were_sent(rig: Rig) -> None:
    bot = Bot(reply=lambda turn: [say("greeting")])
    await rig.up(bot, wechat_reply_seconds=0.1)
    phone = await (await rig.phone()).agreed()
    bot.turns.clear()
    bot.may_answer.clear()
    pushes = []
    for number in range(4):
        pushes.append(phone.pusher.message(phone.openid, "text", Content=f"question {'abcd'[number]}"))
        phone.house.time.forward(seconds=1)
    await phone.pusher.deliver(pushes[0])
    for push in (pushes[3], pushes[1], pushes[2]):
        await phone.pusher.deliver(push)
    bot.may_answer.set()
    await until(lambda: len(bot.turns) == 4)
    assert [turn["text"][-1] for turn in bot.turns] == ["a", "b", "c", "d"]


async def test_numbers_choose_and_numbers_that_are_none_are_words(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    shown = await phone.say("My landlord keeps my deposit")
    said = await phone.choose("Who repairs?", shown)
    assert "The landlord does." in said
    await phone.say("99")
    assert house.bot.turns[-1]["text"] == "99"


@pytest.mark.parametrize("typed", ["110", "１１０", "110!", "١١٠"])
async def test_an_emergency_number_is_a_cry_for_help_and_no_choice(rig: Rig, typed: str) -> None:
    """Before they agreed, in the two languages that are tried first; and later whatever choices are shown."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await rig.phone()
    said = await phone.say(typed)
    assert "Call now: 110" in said and "请立即拨打：110" in said
    await phone.later("I agree")
    await phone.say("1")
    await phone.later("Call now: 110")
    shown = await phone.say("My landlord keeps my deposit")
    assert "Who repairs?" in shown
    before = len(house.bot.turns)
    said = await phone.say(typed)
    assert "Call now: 110" in said and "no choice" not in said and len(house.bot.turns) == before
    assert (await phone.conversation()).language in (None, "en")
    await phone.say("110 yuan?")
    assert house.bot.turns[-1]["text"] == "110 yuan?"


async def test_a_mediator_writes_and_is_read_at_once(rig: Rig) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    await desk.write(house.services, (await phone.conversation()).id, mediator, "k1", "您好，我是李")
    assert "您好" in await phone.later("您好")
    before = len(house.bot.turns)
    await phone.say("thank you")
    assert len(house.bot.turns) == before


async def test_lines_of_what_is_passed_on_can_be_taken_out_and_an_address_left(rig: Rig) -> None:
    await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say("My landlord keeps my deposit")
    shown = await phone.say("person")
    said = await phone.choose("Remove: Topic", shown)
    assert "Topic:" not in said.replace("Remove: Topic", "")
    said = await phone.say("anna@example.org")
    assert "anna@example.org" in said
    assert "queue" in (await phone.choose("pass", said.lower()) if "pass" in said.lower() else await phone.say("1"))


async def test_when_the_window_is_closed_it_is_kept_told_and_delivered_when_they_write(rig: Rig) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    conversation = (await phone.conversation()).id
    house.time.forward(hours=49)
    await desk.write(house.services, conversation, mediator, "k1", "您的案件有消息了")

    async def kept() -> Any:
        async with house.services.database.reading() as session:
            row = await session.scalar(select(MessageRow).where(MessageRow.client_message_id == "k1"))
            return row and (row.values or {}).get("kept")

    await until(kept)
    assert await kept() == "window"
    house.time.forward(hours=1)
    said = await phone.say("any news?")
    assert "您的案件有消息了" in said and "While you were away" in said
    assert not await kept()


async def test_five_messages_and_the_sixth_waits(rig: Rig) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    house.time.forward(minutes=2)  # following allows messages of its own, for a minute
    mediator = await mediated(rig, phone)
    conversation = (await phone.conversation()).id
    for number in range(8):
        await desk.write(house.services, conversation, mediator, f"k{number}", f"消息{number}")
        if number < 4:  # one of the five said that somebody is there
            await phone.later(f"消息{number}")
    await until(lambda: is_blocked(house, "quota"))
    said = await phone.say("hello?")
    everything = "".join(rig.wechat.seen(phone.openid))
    assert all(everything.count(f"消息{number}") == 1 for number in range(8)), said
    positions = [everything.index(f"消息{number}") for number in range(8)]
    assert positions == sorted(positions)


async def is_blocked(house: House, reason: str) -> bool:
    async with house.services.database.reading() as session:
        return await session.scalar(select(WechatPerson.blocked)) == reason


@pytest.mark.parametrize(("code", "reason"), [(45015, "window"), (45047, "quota"), (43004, "gone"), (40003, "person")])
async def test_what_wechat_refuses_is_kept_until_they_write(rig: Rig, code: int, reason: str) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    rig.wechat.fail_next("/cgi-bin/message/custom/send", code)
    await desk.write(house.services, (await phone.conversation()).id, mediator, "k", "您好")

    await until(lambda: is_blocked(house, reason))
    assert "您好" in await phone.say("hello?")


@pytest.mark.parametrize("failure", [-1, "drop", "nonsense", 45009, 48001, 99999])
async def test_what_fails_for_a_while_is_sent_later(rig: Rig, failure: Any) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    rig.wechat.fail_next("/cgi-bin/message/custom/send", failure)
    await desk.write(house.services, (await phone.conversation()).id, mediator, "k", "您好")

    async def postponed() -> bool:
        return (await phone.person()).try_at is not None

    await until(postponed)
    house.time.forward(hours=2)
    await until(lambda: "您好" in "".join(rig.wechat.seen(phone.openid)), seconds=12)

    async def nothing_waits() -> bool:
        return await count(house, WechatText) == 0

    await until(nothing_waits)


async def test_a_text_that_wechat_finds_too_long_is_sent_in_parts(rig: Rig) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    rig.wechat.fail_next("/cgi-bin/message/custom/send", 45002)
    text = "这是第一句话。" * 40
    await desk.write(house.services, (await phone.conversation()).id, mediator, "k", text)
    await until(lambda: "".join(rig.wechat.seen(phone.openid)).count("第一句话") == 40)

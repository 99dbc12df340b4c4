"""Consent, leaving, erasing, copies and carrying over, also when something else happens at the same moment."""

import json
from typing import Any

import pytest
from sqlalchemy import select

import api.models  # noqa: F401  (every table)
from api.channels.wechat import inbox, outbox, people
from api.channels.wechat.models import WechatPerson, WechatPush, WechatText
from api.conversations import service
from api.conversations.models import CarryCode, Conversation, MessageRow, Turn
from api.db import Base
from api.desk import service as desk
from api.pictures.models import Picture
from tests.unit.api.conftest import House, until
from tests.unit.api.peers import Bot
from tests.unit.api.test_wechat_deeds import JPEG
from tests.unit.api.wechat import Phone, Rig, about_deposits, count, mediated

QUESTION = "My landlord keeps my deposit"


async def everything(house: House) -> str:
    """Every value of every table, as one text."""
    found = []
    async with house.services.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                found.append(f"{table.name} {tuple(row)!r}")
    return "\n".join(found)


async def pushed(phone: Phone) -> list[WechatPush]:
    """What is kept of their pushes."""
    async with phone.house.services.database.reading() as session:
        return list(await session.scalars(select(WechatPush).order_by(WechatPush.id)))


async def code_of(house: House, talk: Any) -> str:
    """A code for a conversation in the widget."""
    made = await house.http.post(f"{talk.path}/code", headers=talk.headers)
    code: str = made.json()["code"]
    return code


async def test_a_person_who_leaves_leaves_nothing_in_any_table_nor_in_the_files(rig: Rig) -> None:
    """Questions, pictures, waiting texts, replies kept for retries, codes: gone from the tables and from SQLite's log."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say(QUESTION)
    mediator = await mediated(rig, phone)
    person, conversation = await phone.person(), (await phone.conversation()).id
    await phone.send("image", MediaId=rig.wechat.keep_media(JPEG), PicUrl="https://example.org/p")
    await phone.say("code")
    assert await count(house, Picture) == await count(house, CarryCode) == 1
    house.time.forward(hours=50)
    await desk.write(house.services, conversation, mediator, "k", "A text that waits")
    await until(lambda: waits(house))
    before = await everything(house)
    assert QUESTION in before and person.mark in before and conversation in before
    await phone.event("unsubscribe")
    await until(lambda: gone(house))
    left = await everything(house)
    for trace in (QUESTION, "A text that waits", "7 days", person.id, person.mark, person.openid, phone.openid):
        assert trace not in left
    for table in (Conversation, MessageRow, Turn, Picture, CarryCode, WechatPerson, WechatPush, WechatText):
        assert await count(house, table) == 0
    files = b"".join(file.read_bytes() for file in house.services.settings.data.glob("wenlu.db*"))
    for trace in (QUESTION, "A text that waits", person.mark, person.openid):
        assert trace.encode() not in files


async def waits(house: House) -> bool:
    return await count(house, WechatText) > 0


async def gone(house: House) -> bool:
    return await count(house, WechatPerson) == 0


async def test_who_leaves_and_comes_back_at_once_is_greeted_as_somebody_new(rig: Rig) -> None:
    """Both events wait behind a question that takes long."""
    bot = Bot(reply=about_deposits)
    house = await rig.up(bot, wechat_reply_seconds=0.3)
    phone = await (await rig.phone()).agreed()
    first = (await phone.conversation()).id
    bot.may_answer.clear()
    await phone.pusher.text(phone.openid, QUESTION)
    house.time.forward(seconds=5)
    await phone.pusher.event(phone.openid, "unsubscribe")
    await phone.pusher.event(phone.openid, "subscribe")
    phone.news()
    bot.may_answer.set()
    await phone.later("agree")
    person = await phone.person()
    assert person.consent_at is None and person.conversation_id is None
    async with house.services.database.reading() as session:
        assert await session.get(Conversation, first) is None


async def test_a_late_notice_of_leaving_does_not_erase_who_came_afterwards(rig: Rig) -> None:
    """WeChat repeats the event after they are back and have agreed again."""
    await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    phone.house.time.forward(seconds=5)
    left = phone.pusher.message(phone.openid, "event", Event="unsubscribe")
    await phone.pusher.deliver(left)
    phone.house.time.forward(seconds=5)
    await phone.agreed()
    await phone.pusher.deliver(left)
    assert (await phone.person()).consent_at
    assert "7 days" in await phone.say(QUESTION)


async def test_what_is_written_behind_erase_is_not_swallowed(rig: Rig) -> None:
    """The next message is asked for consent like any first one."""
    bot = Bot(reply=about_deposits)
    await rig.up(bot, wechat_reply_seconds=0.3)
    phone = await (await rig.phone()).agreed()
    await phone.say("erase")
    await until(lambda: "1 " in "".join(phone.wechat.seen(phone.openid)[-1:]))
    phone.news()
    await phone.pusher.text(phone.openid, "1")
    await phone.pusher.text(phone.openid, "and who repairs?")
    await phone.later("agree")
    assert bot.turns == []


async def test_erasing_while_a_mediator_has_the_conversation(rig: Rig) -> None:
    """The mediator's next words meet nothing, and nothing is left."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await mediated(rig, phone)
    shown = await phone.say("erase")
    assert "erased" in (await phone.choose("Yes", shown) if "Yes" in shown else await phone.say("1")).lower()
    assert await count(house, Conversation) == await count(house, MessageRow) == 0


async def test_texts_of_an_erased_conversation_go_with_it(rig: Rig) -> None:
    """Retention erases a conversation while an answer still waits; the next one is not told of it."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    conversation = (await phone.conversation()).id
    house.time.forward(hours=50)
    await desk.write(house.services, conversation, mediator, "k", "A text that waits")
    await until(lambda: waits(house))
    await service.erase(house.services, conversation, "retention")
    assert await count(house, WechatText) == 0
    assert "A text that waits" not in await phone.say("any news?")


async def test_only_the_last_questions_of_a_stranger_are_kept_and_not_for_ever(rig: Rig) -> None:
    """Three, for two days; also of somebody who writes every day."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await rig.phone()
    for number in range(5):
        await phone.say(f"question {'abcde'[number]}")
    said = [push.body["fields"]["Content"][-1] for push in await pushed(phone) if push.body]
    assert said == ["c", "d", "e"]
    house.time.forward(hours=47)
    await phone.say("question f")
    house.time.forward(hours=2)
    await inbox.forget(house.services)
    await people.forget(house.services)
    said = [push.body["fields"]["Content"][-1] for push in await pushed(phone) if push.body]
    assert said == ["f"]


@pytest.mark.parametrize(
    ("text", "number"), [("着火了", "119"), ("في بيتي حريق", "119"), ("١١٠", "110"), ("120", "120")]
)
async def test_numbers_to_call_come_before_consent_in_any_script(rig: Rig, text: str, number: str) -> None:
    """An emergency, or the number itself typed alone, brings numbers; no conversation is opened."""
    house = await rig.up()
    phone = await rig.phone()
    assert number in await phone.say(text)
    assert await count(house, Conversation) == 0


async def test_who_has_not_agreed_can_choose_an_emergency_and_a_language(rig: Rig) -> None:
    """What the menu offers to everybody can be chosen; the whole consent is shown before anybody agrees."""
    house = await rig.up()
    phone = await rig.phone()
    shown = await phone.event("CLICK", "menu:emergency")
    assert "119" in await phone.choose("ire", shown)
    assert "1 " in await phone.say("what is this?")
    shown = await phone.say("language")
    said = await phone.choose("Français", shown)
    assert "180 jours" in said and "WeChat" in said
    assert await count(house, Conversation) == 0
    await phone.choose("Je suis d'accord", said)
    await until(lambda: house.bot.turns)
    assert [turn["text"] for turn in house.bot.turns] == ["what is this?"]


async def test_agreeing_twice_and_taking_it_back(rig: Rig) -> None:
    """The number typed again opens no second conversation; "no" afterwards leads to erasing."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    await phone.say("1")
    assert await count(house, Conversation) == 1
    other = await (await rig.phone()).agreed()
    assert "erase" in (await other.say("2")).lower()


async def test_who_refuses_and_asks_again_is_asked_again(rig: Rig) -> None:
    """And the question after the refusal is answered when they agree."""
    await rig.up(Bot(reply=about_deposits))
    phone = await rig.phone()
    await phone.say("question one")
    await phone.say("2")
    assert "agree" in await phone.say(QUESTION)
    await phone.say("I agree")
    await phone.later("7 days")


async def test_a_code_that_came_before_consent_is_good_after_it(rig: Rig) -> None:
    """What they typed first was the code of the widget."""
    house = await rig.up(Bot(reply=about_deposits))
    talk = await house.open()
    await talk.say(QUESTION)
    phone = await rig.phone()
    await phone.say(await code_of(house, talk))
    await phone.say("1")
    await until(lambda: has(phone, talk.id))


async def has(phone: Phone, conversation_id: str) -> bool:
    return (await phone.person()).conversation_id == conversation_id


async def test_nothing_is_carried_into_a_chat_that_waits_for_a_person(rig: Rig) -> None:
    """The queue does not lose them, and the code stays good."""
    house = await rig.up(Bot(reply=about_deposits))
    talk = await house.open()
    code = await code_of(house, talk)
    phone = await (await rig.phone()).agreed()
    await mediated(rig, phone)
    here = (await phone.conversation()).id
    assert "already here" in await phone.say(code)
    assert (await phone.conversation()).id == here
    carried = await house.http.post("/api/v1/conversations/carry", json={"code": code, "consent": True})
    assert carried.status_code == 200


async def test_what_was_carried_away_is_no_longer_wechats(rig: Rig) -> None:
    """Its waiting texts are not sent, the desk is told, a copy from WeChat does not hold what is said elsewhere now."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    said = await phone.say("code")
    digits = "".join(sign for sign in said.split("https")[0] if sign.isdecimal())[:8]
    conversation, person = (await phone.conversation()).id, await phone.person()
    async with house.services.database.transaction() as session:
        (await session.get_one(WechatPerson, person.id)).blocked = "quota"
    await desk.write(house.services, conversation, mediator, "k", "A text that waits")
    await until(lambda: waits(house))
    carried = await house.http.post("/api/v1/conversations/carry", json={"code": digits, "consent": True})
    assert carried.status_code == 200
    assert await count(house, WechatText) == 0
    async with house.services.database.reading() as session:
        row = await session.scalar(select(MessageRow).where(MessageRow.client_message_id == "k"))
        assert row and not (row.values or {}).get("kept")
    copy = json.dumps(await people.export(house.services, person.id), ensure_ascii=False)
    assert "A text that waits" not in copy
    await phone.event("unsubscribe")
    async with house.services.database.reading() as session:
        assert await session.get(Conversation, conversation)


async def test_a_code_of_a_conversation_that_was_replaced_is_void(rig: Rig) -> None:
    """It stays with the person who had it, for their copy and their erasing."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say(QUESTION)
    first = (await phone.conversation()).id
    await phone.say("code")
    talk = await house.open()
    assert "here now" in await phone.say(await code_of(house, talk))
    assert await count(house, CarryCode) == 0
    copy = await people.export(house.services, (await phone.person()).id)
    assert copy and [each["conversation"]["id"] for each in copy["conversations"]] == [first, talk.id]


async def test_a_copy_holds_what_waits_and_what_was_not_answered(rig: Rig) -> None:
    """Everything that could be read in our tables of them can be read in the copy."""
    house = await rig.up()
    phone = await rig.phone()
    await phone.say("a question before consent")
    person = await phone.person()
    async with house.services.database.transaction() as session:
        await outbox.say(house.services, session, await session.get_one(WechatPerson, person.id), ["A text that waits"])
    copy = json.dumps(await people.export(house.services, person.id), ensure_ascii=False)
    assert "a question before consent" in copy and "A text that waits" in copy and phone.openid not in copy


@pytest.mark.parametrize("typed", ["2", "2.", "２", "٢", "۲", "२", "\u200f٢"])
async def test_a_number_can_be_typed_in_any_script(rig: Rig, typed: str) -> None:
    """As keyboards write it, with marks of direction and a full stop."""
    await rig.up(Bot(reply=about_deposits))
    phone = await rig.phone()
    await phone.event("subscribe")
    await phone.say(typed)
    assert "110" in phone.wechat.seen(phone.openid)[-1]


async def test_a_sentence_with_a_number_is_a_question(rig: Rig) -> None:
    """ "2 months?" chooses nothing."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say(QUESTION)
    await phone.say("2 months?")
    assert house.bot.turns[-1]["text"] == "2 months?"


async def test_a_long_packet_is_shown_whole(rig: Rig) -> None:
    """What would be passed on is longer than one text; all of it comes, then the choices."""
    await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    long = "押金" * 400
    for number in range(3):
        await phone.say(f"{number}{long}")
    phone.news()
    await phone.pusher.text(phone.openid, "person")
    await phone.later("Remove: ")
    texts = phone.wechat.seen(phone.openid)
    assert all(len(text.encode()) <= 2000 for text in texts)
    assert "".join(texts).count("押金") >= 1200

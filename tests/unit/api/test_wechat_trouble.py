"""Residents in danger, in a hurry or confused, and people who try to get at what is not theirs."""

import asyncio

import pytest
from sqlalchemy import select

from api.channels.wechat import deeds, inbox, packing, people, talk
from api.channels.wechat.models import WechatPerson, WechatText
from api.channels.wechat.push import Push
from api.conversations import service
from api.conversations.models import Conversation, MessageRow, Turn
from api.desk import service as desk
from api.handoff import service as handoff
from api.i18n import NAMES, Catalogs
from api.pictures.models import Picture
from tests.unit.api.conftest import until
from tests.unit.api.peers import Bot, say
from tests.unit.api.test_wechat_deeds import JPEG
from tests.unit.api.wechat import Phone, Rig, about_deposits, count, mediated

QUESTION = "My landlord keeps my deposit"


async def of_resident(phone: Phone) -> list[str]:
    """What the desk sees that they wrote."""
    conversation = (await phone.conversation()).id
    async with phone.house.services.database.reading() as session:
        rows = await session.scalars(
            select(MessageRow)
            .where(MessageRow.conversation_id == conversation, MessageRow.role == "resident")
            .order_by(MessageRow.seq)
        )
        return [row.text for row in rows]


def digits_of(said: str) -> str:
    """The code in what was said."""
    return "".join(sign for sign in said.split("https")[0] if sign.isdecimal())[:8]


@pytest.mark.parametrize("languages", [*([code] for code in NAMES), ["en", "zh"]])
def test_the_question_for_consent_is_one_text(languages: list[str]) -> None:
    """With all there is to know, and its two answers, in every language: it costs one message and is not torn."""
    catalogs = Catalogs.load()
    keys = ("wechat.welcome", "wechat.consent", "wechat.question_waits")
    parts = [catalogs.text(language, key, days=180) for language in languages for key in keys]
    titles = [" / ".join(catalogs.text(each, f"wechat.consent_{said}") for each in languages) for said in ("yes", "no")]
    assert len(packing.pack(parts, [packing.Choice(title, "") for title in titles])) == 1


@pytest.mark.parametrize("typed", ["ok", "好的", "yes", "no"])
async def test_nobody_agrees_or_refuses_before_they_were_asked(rig: Rig, typed: str) -> None:
    """A polite first word is no answer to a question that they have not seen."""
    await rig.up()
    phone = await rig.phone()
    assert "We erase everything" in await phone.say(typed)
    assert (await phone.person()).consent_at is None
    await phone.say("I agree")
    assert (await phone.person()).consent_at


async def test_what_waits_for_consent_says_so(rig: Rig) -> None:
    """As many and as long as the words say; who only follows has asked nothing."""
    await rig.up()
    phone = await rig.phone()
    assert "waits here" not in await phone.event("subscribe")
    said = await phone.say(QUESTION)
    assert "waits here until you agree: at most your last three messages, for two days at most" in said
    assert (inbox.MOST_WAITING, people.STRANGERS.days) == (3, 2)


async def test_the_emergency_button_is_understood_before_any_language_is_known(rig: Rig) -> None:
    """Kinds, numbers and help come in English and Chinese, as everything does to somebody unknown."""
    await rig.up()
    phone = await rig.phone(language="xx")
    shown = await phone.event("CLICK", "menu:emergency")
    assert "Fire: get out and call 119 / 着火了" in shown
    said = await phone.choose("Fire: get out", shown)
    assert "Call 119 and say the address" in said and "拨打119，说明地址" in said
    assert await count(phone.house, Conversation) == 0


async def test_an_emergency_in_hong_kong_names_no_number_of_the_mainland(rig: Rig) -> None:
    """Neither above, nor in the help, nor on the card, nor among the kinds to choose from."""
    house = await rig.up(Bot(reply=lambda turn: [say("greeting")]))
    phone = await (await rig.phone()).agreed()
    await phone.say("I live in Hong Kong")
    conversation = (await phone.conversation()).id
    async with house.services.database.transaction() as session:
        (await session.get_one(Conversation, conversation)).jurisdiction = "hong-kong"
    shown = await phone.event("CLICK", "menu:emergency")
    for kind in ("Danger: get to safety", "Fire: get out and call 999", "Information for you", "You are not alone"):
        said = await phone.choose(kind, shown)
        assert "999" in said and not [number for number in ("110", "119", "120", "12110", "12338") if number in said]
        house.time.forward(seconds=2)
        shown = await phone.event("CLICK", "menu:emergency")
    assert (await phone.conversation()).discreet


async def test_the_emergency_button_waits_for_nobody_else(rig: Rig) -> None:
    """Like words of danger."""
    house = await rig.up()
    pressed = [
        Push("gh", "o", 0, "event", "click", None, {"EventKey": key})
        for key in ("menu:emergency", "menu:emergency:fire", "menu:menu")
    ]
    assert [talk.urgent(house.services, push) for push in pressed] == [True, True, False]


async def test_two_emergency_numbers_are_no_code(rig: Rig) -> None:
    """ "110 12110" has eight digits."""
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    said = await phone.say("110 12110")
    assert "Call now: 110" in said and "code" not in said and house.bot.turns == []


async def test_numbers_that_a_mediator_asked_for_reach_the_mediator(rig: Rig) -> None:
    """ "How many months?" "1"; a date of birth has eight digits like a code."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say(QUESTION)
    await mediated(rig, phone)
    said = await phone.say("1") + await phone.say("19900101")
    assert said == "" and (await of_resident(phone))[-2:] == ["1", "19900101"]
    for _ in range(12):
        await phone.say("19900101")
    assert phone.news() == "" and len(await of_resident(phone)) >= 14
    assert "erase" in (await phone.say("erase")).lower()
    assert "nothing was erased" in await phone.say("2")
    assert house.bot.turns and (await phone.conversation()).holder == "mediator"


async def test_a_number_answers_the_mediator_who_asked_last(rig: Rig) -> None:
    """ "Yes, erase everything" was shown before; the mediator's "how many?" is what "1" answers now."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    mediator = await mediated(rig, phone)
    assert "1 Yes, erase" in await phone.say("erase")
    await desk.write(house.services, (await phone.conversation()).id, mediator, "k", "How many rooms?")
    await phone.later("How many rooms?")
    await phone.say("1")
    assert (await of_resident(phone))[-1] == "1"


async def test_topics_are_not_offered_beside_a_mediator(rig: Rig) -> None:
    """The assistant does not talk into it: what was chosen there would lead nowhere."""
    await rig.up()
    phone = await (await rig.phone()).agreed()
    await mediated(rig, phone)
    assert "Just write" in await phone.event("CLICK", "menu:topic:leasing")
    said = await phone.event("CLICK", "menu:menu")
    assert "erase: erase everything" in said and "\n1 " not in said


async def test_the_code_typed_where_it_was_given_loses_nothing(rig: Rig) -> None:
    """What still waits to be sent is sent, and the code is used up."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say(QUESTION)
    here = (await phone.conversation()).id
    code = digits_of(await phone.say("code"))
    async with house.services.database.transaction() as session:
        person = await session.scalar(select(WechatPerson))
        assert person
        session.add(
            WechatText(
                person_id=person.id,
                conversation_id=here,
                text="A text that waits",
                choices=[],
                created_at=house.time(),
            )
        )
    said = await phone.say(code)
    await until(lambda: "A text that waits" in "".join(phone.wechat.seen(phone.openid)))
    assert "here now" in said + phone.news() and (await phone.conversation()).id == here
    assert "wrong" in await phone.say(code)


async def test_an_answer_is_not_lost_when_another_conversation_comes_in(rig: Rig) -> None:
    """It was said, but not delivered yet, in the moment in which the code was read."""
    house = await rig.up()
    web = await house.open()
    code = (await house.http.post(f"{web.path}/code", headers=web.headers)).json()["code"]
    phone = await (await rig.phone()).agreed()
    person, here = await phone.person(), (await phone.conversation()).id
    mediator = await house.mediator()
    async with house.services.database.transaction() as session:
        (await session.get_one(WechatPerson, person.id)).try_at = house.time.now.replace(year=2030)
        conversation = await service.locked(session, here)
        conversation.holder, conversation.mediator_id = "mediator", mediator.id
    await handoff.close(house.services, here, mediator)
    assert await people.carry_here(house.services, person.id, code) == "here"
    async with house.services.database.reading() as session:
        assert await session.scalar(select(WechatText).where(WechatText.conversation_id == here))


async def test_what_is_written_while_the_conversation_moves_does_not_follow_it(rig: Rig) -> None:
    """Whoever brought the code has the conversation alone; a message that was on its way begins a new one."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say(QUESTION)
    person, before = await phone.person(), await phone.conversation()
    code = digits_of(await phone.say("code"))
    carried = await house.http.post("/api/v1/conversations/carry", json={"code": code, "consent": True})
    assert carried.status_code == 200
    await talk._turn(house.services, person, before, "late", "and who repairs?", None)
    async with house.services.database.reading() as session:
        late = await session.scalar(select(Turn).where(Turn.client_message_id.endswith("late")))
        assert late and late.conversation_id != before.id
    before.holder = "mediator"
    picture = Push("gh", "o", 0, "image", None, "1", {"MediaId": rig.wechat.keep_media(JPEG)})
    await deeds.picture(house.services, house.account, person, before, picture)
    assert await count(house, Picture) == 0


async def test_a_question_that_is_erased_while_it_is_answered_is_not_asked_again(rig: Rig) -> None:
    """It was carried to the widget and erased there; no new conversation brings it back."""
    bot = Bot(reply=about_deposits)
    house = await rig.up(bot, wechat_reply_seconds=0.1)
    phone = await (await rig.phone()).agreed()
    await phone.pusher.text(phone.openid, "code")
    code = digits_of(await phone.later("Your code"))
    bot.may_answer.clear()
    await phone.pusher.text(phone.openid, QUESTION)
    await until(lambda: len(bot.turns) == 1)
    carried = (await house.http.post("/api/v1/conversations/carry", json={"code": code, "consent": True})).json()
    async with house.services.database.transaction() as session:
        await session.delete(await session.get_one(Conversation, carried["id"]))
    bot.may_answer.set()
    person = await phone.person()
    async with house.services.lock(f"wechat:in:{person.id}"):  # when it is done
        assert len(bot.turns) == 1 and await count(house, Turn) == 0 and await count(house, Conversation) == 0


async def test_leaving_and_coming_back_gives_no_new_tries_at_codes(rig: Rig) -> None:
    """Wrong codes are counted for WeChat's id, not for what is stored of a person."""
    await rig.up()
    phone = await (await rig.phone()).agreed()
    for number in range(10):
        assert "wrong" in await phone.say(f"1234 56{number:02}")
    await phone.event("unsubscribe")
    phone.house.time.forward(seconds=5)
    await phone.agreed()
    assert "Too many" in await phone.say("1234 5699")


async def test_two_people_with_one_code(rig: Rig) -> None:
    """One of them gets the conversation, the other is told that the code is wrong, and reads nothing."""
    house = await rig.up(Bot(reply=about_deposits))
    web = await house.open()
    await web.say(QUESTION)
    code = (await house.http.post(f"{web.path}/code", headers=web.headers)).json()["code"]
    phones = [await (await rig.phone()).agreed() for _ in range(2)]
    said = await asyncio.gather(*(phone.say(code) for phone in phones))
    assert sorted(["here now" in each for each in said]) == [False, True]
    assert sum("wrong" in each for each in said) == 1
    have = [phone for phone in phones if (await phone.person()).conversation_id == web.id]
    assert len(have) == 1


async def test_a_conversation_that_waits_for_a_person_is_carried_to_wechat(rig: Rig) -> None:
    """Its place in the queue comes along; the mediator's words reach WeChat, the answers reach the mediator."""
    house = await rig.up(Bot(reply=about_deposits))
    web = await house.open()
    await web.say(QUESTION)
    await house.queue(web)
    code = (await house.http.post(f"{web.path}/code", headers=web.headers)).json()["code"]
    phone = await (await rig.phone()).agreed()
    assert "here now" in await phone.say(code)
    assert "Your place in the queue: 1" in await phone.say("status")
    mediator = await house.mediator()
    await handoff.claim(house.services, web.id, mediator)
    await desk.write(house.services, web.id, mediator, "k", "How many months?")
    await phone.later("How many months?")
    assert await phone.say("2") == "" and (await of_resident(phone))[-1] == "2"
    code = digits_of(await phone.say("code"))
    carried = await house.http.post("/api/v1/conversations/carry", json={"code": code, "consent": True})
    assert carried.json()["id"] == web.id
    phone.news()
    await desk.write(house.services, web.id, mediator, "k2", "Only for the widget")
    assert "assistant" in await phone.say("status") and "Only for the widget" not in str(
        phone.wechat.seen(phone.openid)
    )


async def test_a_picture_that_is_refused_is_not_asked_for_again(rig: Rig) -> None:
    """Sending it again would not help; what could not be fetched may be sent again."""
    await rig.up()
    phone = await (await rig.phone()).agreed()
    await mediated(rig, phone)
    said = await phone.send("image", MediaId=rig.wechat.keep_media(b"BM no picture"), PicUrl="https://example.org/p")
    assert "larger than 5 MB" in said and "send it again" not in said
    assert "passed" in await phone.send("image", MediaId=rig.wechat.keep_media(JPEG), PicUrl="https://example.org/p")


async def test_the_language_that_somebody_chose_stays(rig: Rig) -> None:
    """Scanning the account's code again does not bring WeChat's own language back; the desk hears of a change."""
    house = await rig.up()
    phone = await rig.phone()
    shown = await phone.say("language")
    await phone.choose("Deutsch" if "Deutsch" in shown else "Français", shown)
    chosen = (await phone.person()).language
    await phone.event("SCAN", "desk")
    assert (await phone.person()).language == chosen != "en"
    await phone.say("1")
    await until(lambda: _consented(phone))
    conversation = (await phone.conversation()).id
    async with house.services.bus.subscribe(conversation) as events:
        await phone.choose("한국어", await phone.say("language"))
        heard = await asyncio.wait_for(events.next(), 5)
    assert heard and (heard.kind, heard.data) == ("language", {"language": "ko"})


async def _consented(phone: Phone) -> bool:
    return (await phone.person()).consent_at is not None


async def test_a_line_of_what_is_passed_on_after_it_went_elsewhere(rig: Rig) -> None:
    """The number still stands in the chat; it is answered, and nothing changes."""
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say(QUESTION)
    code = digits_of(await phone.say("code"))
    shown = await phone.say("person")
    await house.http.post("/api/v1/conversations/carry", json={"code": code, "consent": True})
    assert await phone.choose("Remove: Topic", shown)


async def test_the_button_for_places_says_how(rig: Rig) -> None:
    """Nobody guesses that a location can be sent."""
    await rig.up()
    phone = await (await rig.phone()).agreed()
    assert "Send me your location" in await phone.event("CLICK", "menu:places")

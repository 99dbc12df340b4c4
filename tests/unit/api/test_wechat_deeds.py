"""What people can do in WeChat beside asking: leave, erase, take a copy, carry over, choose, send places and pictures."""

import json

from sqlalchemy import select

from api.channels.wechat.models import WechatPerson, WechatPush
from api.conversations.models import MessageRow
from tests.unit.api.conftest import House, until
from tests.unit.api.peers import Bot
from tests.unit.api.wechat import ADDRESS, Rig, about_deposits, count, mediated


async def test_who_leaves_is_forgotten(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say("My landlord keeps my deposit")
    await phone.event("unsubscribe")

    async def nothing() -> bool:
        return await count(house, WechatPerson) + await count(house, WechatPush) + await count(house, MessageRow) == 0

    await until(nothing)
    assert house.bot.erased


async def test_erase_asks_and_then_erases(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say("My landlord keeps my deposit")
    await phone.say("erase")
    said = await phone.say("1")
    assert "erased" in said.lower()
    assert await count(house, MessageRow) == 0 and (await phone.person()).consent_at is None
    assert "agree" in await phone.say("hello again")


async def test_a_copy_of_everything_by_a_link_that_only_they_have(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say("My landlord keeps my deposit")
    said = await phone.say("export")
    path = said.split(ADDRESS)[1].split()[0]
    kept = await house.http.get(path)
    assert kept.status_code == 200 and "attachment" in kept.headers["content-disposition"]
    assert "My landlord keeps my deposit" in json.dumps(kept.json()) and phone.openid not in kept.text
    assert (await house.http.get(path[:-2] + "xx")).status_code == 404


async def test_a_conversation_goes_to_wechat_and_back(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    talk = await house.open()
    await talk.say("My landlord keeps my deposit")
    code = (await house.http.post(f"{talk.path}/code", headers=talk.headers)).json()["code"]
    phone = await (await rig.phone()).agreed()
    assert "here now" in await phone.say(code)
    assert (await phone.conversation()).id == talk.id
    assert (await talk.post(text="still mine?")).status_code == 401
    await phone.say("and who repairs?")
    said = await phone.say("code")
    digits = "".join(sign for sign in said.split("https")[0] if sign.isdecimal())[:8]
    carried = await house.http.post("/api/v1/conversations/carry", json={"code": digits, "consent": True})
    assert carried.status_code == 200 and carried.json()["id"] == talk.id
    assert (await phone.person()).conversation_id is None


async def test_nothing_of_the_web_page_is_named(rig: Rig) -> None:
    """No exit button and no page to close: deleting the chat is what keeps others from reading it."""
    await rig.up()
    phone = await rig.phone()
    assert "delete this chat" in await phone.say("my husband is hitting me")
    await phone.agreed()
    said = await phone.say("my husband is hitting me")
    assert "110" in said and "delete this chat" in said and "exit" not in said and "page" not in said
    assert "delete this chat" in await phone.event("CLICK", "menu:emergency:domestic-violence")
    shown = await phone.say("person")
    said = await phone.choose("pass this on", shown)
    assert "place in the queue" in said and "page" not in said


async def test_wrong_codes_are_refused_after_a_while(rig: Rig) -> None:
    await rig.up()
    phone = await (await rig.phone()).agreed()
    said = [await phone.say(f"1234 56{number:02}") for number in range(12)]
    assert "wrong" in said[0] and "Too many" in said[-1]


async def test_where_things_stand_languages_and_the_menu(rig: Rig) -> None:
    await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    assert "assistant" in await phone.say("status")
    shown = await phone.say("language")
    assert "français" in await phone.choose("Français", shown) or (await phone.conversation()).language == "fr"
    assert (await phone.conversation()).language == "fr"
    assert "menu" in await phone.event("CLICK", "menu:menu")


async def test_voice_is_answered_by_its_words_and_other_kinds_kindly(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    said = await phone.send("voice", MediaId="m", Format="amr", Recognition="my landlord keeps my deposit")
    assert "I understood: my landlord keeps my deposit" in said and "7 days" in said
    assert "listen" in await phone.send("voice", MediaId="m", Format="amr")
    assert "video" in await phone.send("video", MediaId="m", ThumbMediaId="t")
    assert "link" in await phone.send("link", Title="t", Description="d", Url="https://example.org")
    assert "cannot read this kind" in await phone.send("dance", Step="1")
    assert len(house.bot.turns) == 1


async def test_events_that_ask_nothing_are_not_answered(rig: Rig) -> None:
    await rig.up()
    phone = await (await rig.phone()).agreed()
    phone.news()
    for event in ("VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "unheard_of"):
        assert await phone.event(event, "https://example.org") == ""


async def test_a_place_is_answered_with_those_who_help_near_it(rig: Rig) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    assert "name of your city" in await phone.send("location", Location_X="x", Location_Y="", Scale="15", Label="")
    said = await phone.send("location", Location_X="31.2304", Location_Y="121.4737", Scale="15", Label="人民广场")
    assert said and "人民广场" not in json.dumps([row.text for row in await rows_of(house)], ensure_ascii=False)


async def rows_of(house: House) -> list[MessageRow]:
    async with house.services.database.reading() as session:
        return list(await session.scalars(select(MessageRow)))


JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + bytes(64) + bytes.fromhex("ffd9")


async def test_pictures_reach_only_a_person(rig: Rig) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    media = rig.wechat.keep_media(JPEG)
    assert "Ask for a person" in await phone.send("image", MediaId=media, PicUrl="https://example.org/p")
    await mediated(rig, phone)
    assert "passed" in await phone.send("image", MediaId=media, PicUrl="https://example.org/p")
    async with house.services.database.reading() as session:
        rows = await session.scalars(select(MessageRow).where(MessageRow.role == "resident"))
        assert any((row.payload or {}).get("picture") for row in rows)
    assert "could not be received" in await phone.send("image", MediaId="unknown", PicUrl="https://example.org/p")


async def test_requests_that_are_not_wechats_are_all_refused_alike(rig: Rig) -> None:
    house = await rig.up()
    phone = await (await rig.phone()).agreed()
    push = phone.pusher.message(phone.openid, "text", Content="hello")
    query, body = phone.pusher.sealed(push)
    attempts = [
        ({}, body),
        (query | {"msg_signature": "0" * 40}, body),
        (query | {"signature": "é"}, body),
        (query, body[:-9]),
        (query, b"<xml><FromUserName>x</FromUserName></xml>"),
        (query | {"timestamp": "1"}, body),
    ]
    for parameters, content in attempts:
        refused = await house.http.post("/wechat", params=parameters, content=content)
        assert (refused.status_code, refused.content) == (403, b"")
    assert (await house.http.post("/wechat", params=query, content=body)).status_code == 200


async def test_wechats_id_is_nowhere_in_the_open(rig: Rig) -> None:
    house = await rig.up(Bot(reply=about_deposits))
    phone = await (await rig.phone()).agreed()
    await phone.say("My landlord keeps my deposit")
    data = house.services.settings.data
    everything = b"".join(file.read_bytes() for file in data.glob("wenlu.db*"))
    assert phone.openid.encode() not in everything

"""Codes that carry a conversation to another channel: shown once, good for ten minutes, used once, not to be guessed."""

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from api.channels.wechat.models import WechatPerson
from api.conversations import codes, service
from api.conversations.models import CarryCode, Conversation
from api.limits import ALL_CODE_TRIES, CODE_TRIES
from tests.unit.api.conftest import House, Start, Talk, until
from tests.unit.api.test_events import listening


async def make(talk: Talk) -> str:
    """A new code of a conversation."""
    response = await talk.http.post(f"{talk.path}/code", headers=talk.headers)
    assert response.status_code == 201, response.text
    code: str = response.json()["code"]
    return code


async def bring(house: House, code: str, **more: Any) -> httpx.Response:
    """Bring a code, with consent unless said otherwise."""
    return await house.http.post("/api/v1/conversations/carry", json={"code": code, "consent": True} | more)


def refused(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


async def kept(house: House) -> list[CarryCode]:
    async with house.services.database.reading() as session:
        return list(await session.scalars(select(CarryCode)))


async def test_a_code_moves_the_conversation(house: House) -> None:
    """Whoever brings the code reads and writes on under a new token; the old token opens nothing any more."""
    talk = await house.open()
    await talk.say("hello")
    moved = (await bring(house, await make(talk))).json()
    assert moved["id"] == talk.id and moved["token"] != talk.token
    here = Talk(house.http, moved["id"], moved["token"])
    assert (await here.messages())[0]["text"] == "hello"
    assert (await here.say("and on"))["messages"]
    assert refused(await talk.post(text="still here?")) == (401, "unauthorized")
    assert refused(await house.http.post(f"{talk.path}/code", headers=talk.headers)) == (401, "unauthorized")


async def test_a_code_says_how_long_it_is_good(house: House) -> None:
    """A code is two groups of four digits and names the moment at which it runs out, ten minutes from now."""
    talk = await house.open()
    shown = (await house.http.post(f"{talk.path}/code", headers=talk.headers)).json()
    first, second = shown["code"].split(" ")
    assert len(first) == len(second) == 4 and (first + second).isdecimal()
    assert shown["expires_at"].startswith("2026-11-23T02:10:")


async def test_only_a_digest_is_kept(house: House) -> None:
    """The digits stand in no column, and no digest of the digits alone either: eight digits are soon tried out."""
    talk = await house.open()
    code = (await make(talk)).replace(" ", "")
    row = (await kept(house))[0]
    assert len(row.code_hash) == 64 and row.code_hash != service.token_hash(code)
    assert code not in "".join(str(getattr(row, column.key)) for column in row.__table__.columns)


async def test_a_code_is_used_up(house: House) -> None:
    """A code works once; brought again it is like one that never was."""
    talk = await house.open()
    code = await make(talk)
    assert (await bring(house, code)).status_code == 200
    assert refused(await bring(house, code)) == (404, "code_unknown")
    assert await kept(house) == []


async def test_of_two_who_bring_it_one_gets_it(house: House) -> None:
    """Brought by eight at once a code opens one door."""
    code = await make(await house.open())
    answers = await asyncio.gather(*(bring(house, code) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 7


async def test_a_code_runs_out(house: House) -> None:
    """After ten minutes a code opens nothing, and the conversation stays where it is."""
    talk = await house.open()
    code = await make(talk)
    house.time.forward(minutes=10)
    assert refused(await bring(house, code)) == (404, "code_unknown")
    assert await talk.messages() == []


async def test_a_new_code_voids_the_one_before(house: House) -> None:
    """A conversation has one code at a time."""
    talk = await house.open()
    first, second = await make(talk), await make(talk)
    assert refused(await bring(house, first)) == (404, "code_unknown")
    assert (await bring(house, second)).status_code == 200


@pytest.mark.parametrize("code", ["", "1234", "1234 56789", "abcd efgh", "٣" * 7, "一二三四五六七八", "½" * 8])
async def test_what_is_no_code(house: House, code: str) -> None:
    """What cannot be a code is told in the same words as a wrong one."""
    assert refused(await bring(house, code)) == (404, "code_unknown")


async def test_a_code_typed_in_other_digits(house: House) -> None:
    """Arabic digits, direction marks and dashes are fine."""
    code = await make(await house.open())
    typed = "\u200f" + code.replace(" ", "-").translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) + " "
    assert (await bring(house, typed)).status_code == 200


@given(st.integers(0, 10**8 - 1), st.sampled_from("0٠۰०๐0"), st.text(" \u00a0\u200e\u2067-–", max_size=9))
def test_digits_of_every_script(number: int, zero: str, noise: str) -> None:
    """The digits of a code are read in any script, whatever blanks are strewn in."""
    western = f"{number:08}"
    typed = "".join(f"{chr(ord(zero) + int(digit))}{noise[at : at + 1]}" for at, digit in enumerate(western))
    assert codes.digits(typed) == western


async def test_nothing_is_carried_without_consent(house: House) -> None:
    """Without consent no code is made and none is taken; the code brought stays good."""
    silent = await house.open(consent=False)
    assert refused(await house.http.post(f"{silent.path}/code", headers=silent.headers)) == (403, "consent_required")
    code = await make(await house.open())
    assert refused(await bring(house, code, consent=False)) == (403, "consent_required")
    assert (await bring(house, code)).status_code == 200


async def test_somebody_elses_conversation_gives_no_code(house: House) -> None:
    """A code is made only with the conversation's own token."""
    talk, other = await house.open(), await house.open()
    assert refused(await house.http.post(f"{talk.path}/code", headers=other.headers)) == (401, "unauthorized")
    assert await kept(house) == []


async def test_the_old_place_is_told(house: House) -> None:
    """Who listens under the old token is told that the conversation moved, and hears nothing of what follows."""
    talk = await house.open()
    async with listening(talk) as listener:
        moved = (await bring(house, await make(talk))).json()
        await until(lambda: "moved" in listener.kinds())
        await Talk(house.http, talk.id, moved["token"]).say("a secret")
    assert listener.seqs == []


async def test_a_stream_notices_by_itself(start: Start) -> None:
    """A stream that was not told (another worker moved the conversation) ends with its next sign of life."""
    house = await start(heartbeat_seconds=0.05)
    talk = await house.open()
    async with house.http.stream("GET", f"{talk.path}/events", headers=talk.headers) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: holder"
        async with house.services.database.transaction() as session:
            await codes.take_over(session, talk.id, "wechat")
        async with asyncio.timeout(5):
            assert "moved" not in [line async for line in lines]


async def test_guessing_is_slow(start: Start) -> None:
    """After ten wrong tries an address waits; what is right counts for nothing; another address is not held up."""
    house = await start(rate_exempt=[])
    for _ in range(3):
        assert (await bring(house, await make(await house.open()))).status_code == 200
    for _ in range(CODE_TRIES):
        assert refused(await bring(house, "1234 567")) == (404, "code_unknown")
    late = await bring(house, await make(await house.open()))
    assert refused(late) == (429, "too_many_requests") and 0 < int(late.headers["Retry-After"]) <= 60
    house.services.limits.check_code("somebody else")


async def test_guessing_by_many_is_slow_too(start: Start) -> None:
    """From however many addresses, all together get so many tries and no more; the machine itself is not limited."""
    limits = (await start(rate_exempt=["127.0.0.1"])).services.limits
    for number in range(ALL_CODE_TRIES):
        limits.check_code(f"2001:db8::{number}")
    with pytest.raises(Exception, match="too_many_requests"):
        limits.check_code("2001:db8::ffff")
    limits.check_code("127.0.0.1")


async def test_codes_are_nobodys_data(house: House) -> None:
    """An export says nothing of codes; erasing takes them along; retention takes those that ran out."""
    erased, left, fresh = await house.open(), await house.open(), await house.open()
    await make(erased)
    exported = await house.http.get(f"{erased.path}/export", headers=erased.headers)
    assert (await kept(house))[0].code_hash not in exported.text and "expires_at" not in exported.text
    await house.http.delete(erased.path, headers=erased.headers)
    assert await kept(house) == []
    await make(left)
    house.time.forward(minutes=9)
    await make(fresh)
    house.time.forward(minutes=2)
    await service.retain(house.services)
    assert [row.conversation_id for row in await kept(house)] == [fresh.id]


async def test_what_is_carried_to_the_web_leaves_wechat(house: House) -> None:
    """What somebody on WeChat writes next does not land in the conversation that they carried to the web."""
    talk = await house.open()
    now = house.time()
    person = WechatPerson(
        id="p", mark="m", openid="o", conversation_id=talk.id, last_push_at=now, created_at=now, consent_at=now
    )
    async with house.services.database.transaction() as session:
        session.add(person)
        (await session.get_one(Conversation, talk.id)).channel = "wechat"
    assert (await bring(house, await make(talk))).status_code == 200
    async with house.services.database.reading() as session:
        assert (await session.get_one(WechatPerson, "p")).conversation_id is None
        assert (await session.get_one(Conversation, talk.id)).channel == "web"


async def test_words_of_what_cannot_be_done(start: Start) -> None:
    """The widget is given no words about WeChat where there is no account, and all of them where there is one."""
    secret = SecretStr("secret")
    account = {"wechat_app_id": "wx0", "wechat_app_secret": secret, "wechat_token": secret, "secret_key": secret}
    house = await start()
    with_account = await start(wechat_mode="plain", wechat_name="问路 Wenlu", **account)
    without = (await house.http.get("/api/v1/widget/fr")).json()
    words = (await with_account.http.get("/api/v1/widget/fr")).json()
    missing = set(words) - set(without)
    assert "widget.carry.take" in missing and all(key.startswith("widget.carry.") for key in missing)
    assert "问路 Wenlu" in words["widget.carry.take.how"]

"""A turn's way: stored once, answered once, whatever comes in and whatever is down."""

import asyncio
import contextlib
import json
import sqlite3

import httpx
import pytest

from api.conversations.models import Turn
from tests.unit.api.conftest import House, Start, until
from tests.unit.api.corpus import DEPOSIT, EXPIRED, OVERSTAY, REPAIRS
from tests.unit.api.peers import Bot, answer, say


async def test_an_answer_carries_its_law(house: House) -> None:
    """An answer shows the curated text, its articles, where it holds, when it was verified, and what to do next."""
    house.bot.reply = lambda turn: [answer(DEPOSIT, OVERSTAY, second="labour")]
    talk = await house.open()
    result = await talk.say("landlord keeps my deposit")
    message = result["messages"][0]
    section = message["answer"]["sections"][0]
    assert result["holder"] == "bot" and result["language"] == "en"
    assert message["answer"]["topic"] == "leasing"
    assert (
        section["translation"] == "curated"
        and section["url"] == "/brochures/leasing/deposit?language=en#deposit-withheld"
    )
    assert [basis["title"] for basis in section["basis"]] == ["Civil Code, art. 509", "Civil Code, art. 577, para. 1"]
    for part in (
        "7 days",
        "Civil Code, art. 509",
        "Mainland China",
        "2026",
        "Write a letter",
        "not legal advice",
        "No lawyer",
        "confirm locally",
    ):
        assert part in message["text"]
    payloads = [button["payload"] for button in message["buttons"]]
    assert payloads == [
        f"section:{OVERSTAY}",
        f"section:{REPAIRS}",
        "topic:labour",
        "feedback:yes",
        "feedback:no",
        "handoff:offer",
    ]


async def test_an_answer_without_translation_is_marked(house: House) -> None:
    """A reader of French gets the English section, marked as such, inside French words."""
    house.retrieval.language = "fr"
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    talk = await house.open()
    message = (await talk.say("mon propriétaire garde la caution"))["messages"][0]
    section = message["answer"]["sections"][0]
    assert (section["language"], section["translation"]) == ("en", "none")
    assert house.services.catalogs.text("fr", "shown_in_english") in message["text"]


async def test_a_sensitive_section_offers_a_person(house: House) -> None:
    """Beside the answer on a sensitive matter a person is offered."""
    house.bot.reply = lambda turn: [answer(OVERSTAY, topic="visas")]
    message = (await (await house.open()).say("overstayed"))["messages"][0]
    assert message["handoff"] == {"stage": "offered"} and message["answer"]["topic"] == "visas"


async def test_an_expired_section_is_never_served(house: House) -> None:
    """A section whose review ran out is not shown, even when the bot found it."""
    house.bot.reply = lambda turn: [answer(EXPIRED, topic="visas")]
    message = (await (await house.open()).say("old"))["messages"][0]
    assert "answer" not in message and "Old." not in message["text"]


async def test_the_next_question_carries_the_one_before(house: House) -> None:
    """The question and the section it found go with the next one."""
    house.bot.reply = lambda turn: [answer(OVERSTAY, topic="visas")]
    talk = await house.open()
    await talk.say("I overstayed my visa")
    await talk.say("how much is the fine?")
    assert house.bot.turns[0]["metadata"]["context"] is None
    assert house.bot.turns[1]["metadata"]["context"] == {"question": "I overstayed my visa", "section": OVERSTAY}
    assert house.bot.turns[0]["sender"] == house.bot.turns[1]["sender"] not in (talk.id, talk.token)


async def test_the_same_key_gives_the_same_result(house: House) -> None:
    """The same client_message_id again is the same turn: same messages, nothing new stored, the bot not asked again."""
    talk = await house.open()
    first = await talk.say("hello", key="one")
    assert await talk.say("hello", key="one") == first
    assert len(house.bot.turns) == 1 and len(await talk.messages()) == 2


async def test_the_same_key_at_once(house: House) -> None:
    """The same message sent five times at once is one turn, and all five hear its result, also while it runs."""
    house.bot.may_answer.clear()
    talk = await house.open()
    sending = [asyncio.create_task(talk.say("hello", key="one")) for _ in range(5)]
    await house.bot.arrived.wait()
    house.bot.may_answer.set()
    results = await asyncio.gather(*sending)
    assert all(result == results[0] for result in results)
    assert len(house.bot.turns) == 1 and len(await talk.messages()) == 2


async def test_the_same_key_with_another_body_is_refused(house: House) -> None:
    """A key used for another message is refused with 409."""
    talk = await house.open()
    await talk.say("hello", key="one")
    refused = await talk.post("one", text="something else")
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "key_reused"


async def test_one_turn_at_a_time(house: House) -> None:
    """Messages sent at once reach the bot one after the other, and the numbers have no gaps."""
    talk = await house.open()
    await asyncio.gather(*(talk.say(f"question {number}") for number in range(6)))
    assert house.bot.most_at_once == 1
    assert [message["seq"] for message in await talk.messages()] == list(range(1, 13))


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "text_empty"), ("  \n\t ", "text_empty"), ("\x00", "text_empty"), ("x" * 2001, "text_too_long")],
)
async def test_text_limits(house: House, text: str, code: str) -> None:
    """An empty text and one over 2,000 characters are refused with their reason."""
    refused = await (await house.open()).post(text=text)
    assert refused.status_code == 422 and refused.json()["error"]["code"] == code


async def test_exactly_two_thousand_characters(house: House) -> None:
    """The longest allowed text is taken, whatever its letters."""
    talk = await house.open()
    await talk.say("法" * 2000)
    assert (await talk.messages())[0]["text"] == "法" * 2000


async def test_ten_megabytes_are_refused(house: House) -> None:
    """A message of 10 MB is answered with 413 in the one shape."""
    talk = await house.open()
    refused = await talk.post(text="x" * 10_000_000)
    assert refused.status_code == 413 and refused.json()["error"]["code"] == "too_large"


async def test_ten_megabytes_without_a_length_are_refused(house: House) -> None:
    """A body that does not say its length is cut off at the limit."""
    talk = await house.open()

    async def chunks():
        yield b'{"client_message_id":"a","text":"'
        for _ in range(160):
            yield b"x" * 65_536
        yield b'"}'

    try:
        refused = await house.http.post(
            f"{talk.path}/messages", content=chunks(), headers={**talk.headers, "Content-Type": "application/json"}
        )
        assert refused.status_code == 413 and refused.json()["error"]["code"] == "too_large"
    except httpx.WriteError:
        pass  # the server hung up while we were still sending
    assert await talk.messages() == []


async def test_markup_stays_text(house: House) -> None:
    """HTML and script in a message are kept as the text they are."""
    talk = await house.open()
    text = "<script>alert(1)</script><b>hi</b> & {greeting} %s ${x}"
    await talk.say(text)
    assert (await talk.messages())[0]["text"] == text


@pytest.mark.parametrize("text", ["/restart", "  //restart", '/greet{"a":1}', "\u200b/restart", "／restart"])
async def test_a_slash_never_reaches_the_bot(house: House, text: str) -> None:
    """A leading slash, an intent to Rasa, is kept for the resident and taken away for the bot."""
    talk = await house.open()
    await talk.say(text)
    assert not house.bot.turns[0]["text"].startswith(("/", "／", "\u200b"))
    assert (await talk.messages())[0]["text"] == text.strip()


async def test_emoji_only(house: House) -> None:
    """A message of emoji is a turn like any other; its language is unknown, not English."""
    house.retrieval.language = None
    talk = await house.open()
    result = await talk.say("🏠😢👩‍👩‍👧")
    assert result["language"] is None and len(result["messages"]) == 1


async def test_the_bot_is_down(start: Start) -> None:
    """With the bot down the resident is told so, with the emergency numbers and a way to a person; the turn failed."""
    house = await start(bot=Bot(url="http://127.0.0.1:9"))
    talk = await house.open()
    message = (await talk.say("hello"))["messages"][0]
    assert "110" in message["text"] and message["handoff"] == {"stage": "offered"}
    assert message["buttons"][0]["payload"] == "handoff:offer"
    turn = (await house.turns(talk))[0]
    assert (turn.state, turn.reason) == ("failed", "bot_unreachable")
    packet = (await talk.choose("handoff:offer"))["messages"][0]["handoff"]
    assert packet["stage"] == "confirm"


@pytest.mark.parametrize(
    "reply",
    [
        [],
        None,
        "text",
        [{"type": "unheard-of"}],
        [{"type": "answer"}],
        [{"type": "say", "key": "<b>", "values": {}}],
        [{"type": "answer", "topic": "x", "confidence": 7, "sections": []}],
    ],
)
async def test_a_broken_reply_is_never_silence(house: House, reply: object) -> None:
    """An empty or broken reply of the bot becomes an apology with a way to a person."""
    house.bot.reply = lambda turn: reply
    talk = await house.open()
    message = (await talk.say("hello"))["messages"][0]
    assert message["handoff"] == {"stage": "offered"}
    assert (await house.turns(talk))[0].state == "failed"


async def test_a_failing_bot_is_never_silence(house: House) -> None:
    """A bot that answers 500 becomes an apology."""
    house.bot.status = 500
    talk = await house.open()
    assert len((await talk.say("hello"))["messages"]) == 1
    assert (await house.turns(talk))[0].reason == "bot_failed"


async def test_unknown_words_never_crash(house: House) -> None:
    """A key that no catalog has becomes an apology, not the key."""
    house.bot.reply = lambda turn: [say("no_such_key")]
    message = (await (await house.open()).say("hello"))["messages"][0]
    assert "no_such_key" not in message["text"]


async def test_retrieval_is_down(start: Start) -> None:
    """With retrieval down the script tells the language, and the turn goes on."""
    house = await start()
    house.services.retrieval = type(house.services.retrieval)("http://127.0.0.1:9", 1)
    talk = await house.open(language="ja")
    assert (await talk.say("押金不退"))["language"] == "ja"
    assert (await talk.say("Мне не вернули залог"))["language"] == "ru"
    assert (await talk.say("ok"))["language"] == "ru"


async def test_the_language_is_remembered(house: House) -> None:
    """A text whose language cannot be told is answered in the last known language."""
    house.retrieval.language = "es"
    talk = await house.open()
    await talk.say("hola, buenos días")
    house.retrieval.language = None
    result = await talk.say("ok")
    assert result["language"] == "es"


async def test_an_explicit_choice_of_language_wins(house: House) -> None:
    """After the resident chose a language, no text changes it."""
    talk = await house.open()
    chosen = await house.http.put(f"{talk.path}/language", json={"language": "ar"}, headers=talk.headers)
    assert chosen.json() == {"language": "ar"}
    assert (await talk.say("hello there my friend"))["language"] == "ar"
    assert house.bot.turns[0]["metadata"]["language"] == "en"


async def test_the_bot_can_switch_the_language(house: House) -> None:
    """A language directive switches and says so in the new language."""
    house.bot.reply = lambda turn: [{"type": "language", "language": "ru"}]
    result = await (await house.open()).say("please write russian")
    assert result["language"] == "ru" and "Русский" in result["messages"][0]["text"]


async def test_repeat(house: House) -> None:
    """Asked to repeat, the last answer comes again."""
    talk = await house.open()
    house.bot.reply = lambda turn: [{"type": "repeat"}]
    assert "answer" not in (await talk.say("again"))["messages"][0]
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    await talk.say("deposit")
    house.bot.reply = lambda turn: [{"type": "repeat"}]
    assert (await talk.say("again"))["messages"][0]["answer"]["sections"][0]["section"] == "deposit-withheld"


async def test_two_failures_offer_a_person(house: House) -> None:
    """The second answer in a row that was not found offers a person; an answer in between begins anew."""
    no_answer = {
        "type": "ask",
        "key": "no_answer",
        "values": {},
        "choices": [{"key": "topic.leasing", "values": {}, "payload": "topic:leasing"}],
    }
    house.bot.reply = lambda turn: [no_answer]
    talk = await house.open()
    first = (await talk.say("qwert"))["messages"][0]
    assert "handoff" not in first and first["buttons"][0] == {"title": "Renting a home", "payload": "topic:leasing"}
    second = (await talk.say("asdf"))["messages"][0]
    assert second["handoff"] == {"stage": "offered"}
    assert [turn["metadata"]["failed_answers"] for turn in house.bot.turns] == [0, 1]
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    await talk.say("deposit")
    assert (await house.conversation(talk)).failed_answers == 0


async def test_a_choice_that_was_never_offered(house: House) -> None:
    """A choice must be a button that this conversation was shown."""
    talk, other = await house.open(), await house.open()
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    await other.say("deposit")
    refused = await talk.post(choice=f"section:{REPAIRS}")
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "choice_not_offered"
    assert await talk.messages() == []


async def test_choices_need_no_bot(house: House) -> None:
    """Topics, sections and feedback are carried out without the bot."""
    no_answer = {"type": "ask", "key": "no_answer", "choices": [{"key": "topic.leasing", "payload": "topic:leasing"}]}
    house.bot.reply = lambda turn: [no_answer]
    talk = await house.open()
    await talk.say("something")
    topic = (await talk.choose("topic:leasing"))["messages"][0]
    assert [button["payload"] for button in topic["buttons"]] == [
        f"section:{DEPOSIT}",
        f"section:{REPAIRS}",
        "handoff:offer",
    ]
    section = (await talk.choose(f"section:{REPAIRS}"))["messages"][0]
    assert section["answer"]["sections"][0]["basis"][0]["article"] == 712
    assert (await talk.choose("feedback:no"))["messages"][0]["text"]
    assert len(house.bot.turns) == 1
    assert (await house.conversation(talk)).last_section == REPAIRS


async def test_without_consent_nothing_is_written(house: House) -> None:
    """A conversation without consent takes no message."""
    refused = await (await house.open(consent=False)).post(text="hello")
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "consent_required"


async def test_turns_left_half_way_are_finished_at_start(start: Start) -> None:
    """After a crash a stored message is answered; one that the bot already had is apologised for, never given twice."""
    house = await start()
    talk = await house.open()
    await talk.say("first")
    async with house.services.database.transaction() as session:
        for turn, state in zip(await house.turns(talk), ("received",), strict=True):
            stored = await session.get_one(Turn, turn.id)
            stored.state, stored.seqs = state, []
    await talk.say("second", key="second")
    async with house.services.database.transaction() as session:
        stored = await session.get_one(Turn, (await house.turns(talk))[1].id)
        stored.state, stored.seqs = "asked", []
    bot = Bot()
    again = await start(bot=bot)

    async def finished() -> bool:
        return all(turn.state in ("answered", "failed") for turn in await again.turns(talk))

    await until(finished)
    assert [(turn.state, turn.reason) for turn in await again.turns(talk)] == [
        ("answered", None),
        ("failed", "interrupted"),
    ]
    assert [turn["text"] for turn in bot.turns] == ["first"]
    talk.http = again.http
    assert (await talk.say("second", key="second"))["messages"][0]["handoff"] == {"stage": "offered"}


async def test_a_locked_database_is_told(house: House) -> None:
    """While the database is locked a message is answered with 503, Retry-After and its code, and can be sent again."""
    talk = await house.open()
    with contextlib.closing(sqlite3.connect(house.services.settings.sqlite_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await talk.post("one", text="hello")
    assert refused.status_code == 503 and refused.json()["error"]["code"] == "database_busy"
    assert refused.headers["retry-after"]
    assert len((await talk.say("hello", key="one"))["messages"]) == 1


async def test_logs_hold_no_words(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    """The log tells what happened, never what was said."""
    house = await start(log_level="DEBUG")
    talk = await house.open()
    await talk.say("a-very-secret-sentence")
    await talk.post(text="another-secret", choice="x")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert any(line["event"] == "request" for line in lines)
    assert "secret" not in json.dumps(lines) and talk.token not in json.dumps(lines)

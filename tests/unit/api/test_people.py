"""Reaching a person: emergencies, the packet, the queue, taking over, giving back."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from api import audit
from api.audit import AuditLine
from api.conversations import messages
from api.conversations.messages import Draft
from api.conversations.service import locked
from api.errors import ApiError
from api.handoff import service
from api.handoff.hours import DeskHours, HoursError
from api.handoff.models import Handoff
from api.staff.models import Staff
from tests.unit.api.conftest import House, Start, Talk
from tests.unit.api.corpus import DEPOSIT
from tests.unit.api.peers import Bot, answer


def lines_of(message: dict[str, Any]) -> dict[str, str]:
    return {line["key"]: line["text"] for line in message["handoff"]["packet"]["lines"]}


async def mediator_writes(house: House, talk: Talk, staff: Staff, text: str) -> None:
    """What the desk does when a mediator writes."""
    async with house.services.database.transaction() as session:
        conversation = await locked(session, talk.id)
        now = house.services.clock()
        await messages.append(session, conversation, [Draft("mediator", text, "en", author_id=staff.id)], now)
        conversation.last_mediator_at = now


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        ("help my house is on fire", "fire", "119"),
        ("救命 有人打我", "violence", "110"),
        ("i want to kill myself", "self-harm", "12356"),
    ],
)
async def test_an_emergency_shows_numbers_first(house: House, text: str, kind: str, first: str) -> None:
    """In an emergency the numbers come first, then a Chinese card for a passer-by, then help and a person; no bot."""
    result = await (await house.open()).say(text)
    numbers, card, help_ = result["messages"]
    assert numbers["emergency"]["kind"] == kind and numbers["emergency"]["numbers"][0] == first
    assert first in numbers["text"]
    assert house.services.emergencies.card(kind) in card["text"]
    assert help_["handoff"] == {"stage": "offered"} and help_["buttons"][-1]["payload"] == "handoff:offer"
    assert house.bot.turns == []


async def test_what_the_law_says_stands_beside_an_emergency(house: House) -> None:
    """After the numbers, the card and the help comes what was found; the numbers stay first."""
    house.retrieval.found = {
        "answerable": True,
        "confidence": 0.8,
        "hits": [
            {
                "section": DEPOSIT,
                "brochure": DEPOSIT.split("#")[0],
                "topic": "leasing",
                "jurisdiction": "mainland",
                "score": 0.8,
            }
        ],
        "nearest": [],
    }
    talk = await house.open()
    result = await talk.say("help, he is attacking me with a knife because of the deposit")
    assert "emergency" in result["messages"][0]
    assert result["messages"][-1]["answer"]["topic"] == "leasing"
    assert house.bot.turns == []


async def test_an_emergency_with_everything_down(start: Start) -> None:
    """With bot and retrieval down the numbers are shown all the same."""
    house = await start(bot=Bot(url="http://127.0.0.1:9"), retrieval_url="http://127.0.0.1:9")
    result = await (await house.open()).say("help my house is on fire")
    assert result["messages"][0]["emergency"]["numbers"][0] == "119"


async def test_an_emergency_with_a_mediator_in_charge(house: House) -> None:
    """With a mediator in charge the numbers are shown, and the mediator keeps the conversation and its message."""
    talk = await house.open()
    await house.queue(talk)
    await service.claim(house.services, talk.id, await house.mediator())
    result = await talk.say("help my house is on fire")
    assert result["holder"] == "mediator" and result["messages"][0]["emergency"]["kind"] == "fire"
    assert any(message["role"] == "resident" and "fire" in message["text"] for message in await talk.messages())


async def test_an_emergency_in_hong_kong(house: House) -> None:
    """A place named now or before decides whose numbers are shown."""
    talk = await house.open()
    await talk.say("I live in Hong Kong")
    result = await talk.say("help my house is on fire")
    assert result["messages"][0]["emergency"]["numbers"] == ["999"]


@pytest.mark.parametrize(
    ("number", "kind", "numbers", "in_hong_kong"),
    [
        ("110", "violence", ["110", "12110", "120"], ["999"]),
        ("１１９", "fire", ["119", "120", "110"], ["999"]),
        ("120!", "medical", ["120", "110"], ["999"]),
        ("122", "traffic-accident", ["122", "120", "110"], ["999"]),
        ("12356", "self-harm", ["12356", "120", "110"], ["999"]),
        ("999", "violence", ["110", "12110", "120", "999"], ["999"]),
    ],
)
async def test_who_types_only_a_number_needs_its_help(
    house: House, number: str, kind: str, numbers: list[str], in_hong_kong: list[str]
) -> None:
    """The numbers that are right where they are; nothing is learned about their language, and the bot is not asked."""
    talk = await house.open()
    result = await talk.say(number)
    assert result["messages"][0]["emergency"] == {"kind": kind, "numbers": numbers}
    assert (await house.conversation(talk)).language is None and house.bot.turns == []
    await talk.say("I live in Hong Kong")
    assert (await talk.say(number))["messages"][0]["emergency"]["numbers"] == in_hong_kong
    asked = f"what is {number} for?"
    await talk.say(asked)
    assert house.bot.turns[-1]["text"] == asked


async def test_violence_at_home_is_discreet(house: House) -> None:
    """After a message about violence at home, notifications keep quiet about it."""
    talk = await house.open()
    await talk.say("my husband is beating me")
    assert (await house.conversation(talk)).discreet


async def test_the_bot_may_see_an_emergency(house: House) -> None:
    """An emergency that no phrase named but the bot understood comes before everything else it said."""
    house.bot.reply = lambda turn: [answer(DEPOSIT), {"type": "emergency", "kind": "medical"}]
    result = await (await house.open()).say("strange words")
    assert "emergency" in result["messages"][0] and "answer" in result["messages"][-1]


async def test_asking_for_a_person_shows_the_packet(house: House) -> None:
    """Before anything is passed on the resident sees every line, who reads it, and the duty to report."""
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    talk = await house.open()
    await talk.say("landlord keeps my deposit")
    house.bot.reply = lambda turn: [{"type": "handoff", "reason": "asked", "stage": "confirm"}]
    message = (await talk.say("I want to talk to a human"))["messages"][0]
    packet = message["handoff"]["packet"]
    lines = lines_of(message)
    assert list(lines) == ["language", "topic", "asked", "found", "wants", "contact"]
    assert lines["language"] == "English" and lines["topic"] == "Renting a home"
    assert lines["asked"] == "landlord keeps my deposit"
    assert "deposit" in lines["found"] and "Civil Code, art. 509" in lines["found"]
    assert any("art. 45" in notice for notice in packet["notice"]) and any(
        "passport" in notice for notice in packet["notice"]
    )
    assert packet["desk"]["open"] is True and "09:00-17:00" in packet["desk"]["hours"]
    assert [button["payload"] for button in message["buttons"]] == ["handoff:confirm", "handoff:cancel"]
    assert (await house.conversation(talk)).holder == "bot"


async def test_every_line_can_be_changed_or_removed(house: House) -> None:
    """A resident edits and removes lines; the mediator gets what was confirmed, in their own language too."""
    talk = await house.open()
    await talk.say("my landlord is bad")
    await house.http.post(f"{talk.path}/handoff", headers=talk.headers)
    changes = {"asked": "the deposit", "topic": None, "contact": "write to me: a.b@example.org please"}
    edited = await house.http.put(f"{talk.path}/handoff", json={"lines": changes}, headers=talk.headers)
    assert edited.status_code == 200
    assert lines_of(edited.json()["message"])["asked"] == "the deposit" and "topic" not in lines_of(
        edited.json()["message"]
    )
    assert (await talk.messages())[-1] == edited.json()["message"]
    result = await talk.choose("handoff:confirm")
    assert result["holder"] == "queue"
    assert result["messages"][0]["handoff"] == {"stage": "queued", "place": 1}
    assert result["messages"][0]["text"].endswith(house.services.catalogs.text("en", "handoff.queued_page"))
    async with house.services.database.reading() as session:
        handoff = (await session.scalars(select(Handoff).where(Handoff.conversation_id == talk.id))).one()
    assert handoff.contact_email == "a.b@example.org" and handoff.stage == "queued"
    labels = {language: packet["lines"][0]["text"] for language, packet in handoff.packets.items()}
    assert labels == {"en": "English", "zh": "英语"}
    assert all(line["key"] != "topic" for line in handoff.packets["zh"]["lines"])


async def test_nothing_to_edit(house: House) -> None:
    """Without a packet to confirm there is nothing to change."""
    talk = await house.open()
    refused = await house.http.put(f"{talk.path}/handoff", json={"lines": {"asked": "x"}}, headers=talk.headers)
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "nothing_to_confirm"


async def test_while_waiting_the_bot_goes_on(house: House) -> None:
    """In the queue the bot still answers; asked again for a person, the place is told; leaving the queue is possible."""
    talk = await house.open()
    await house.queue(await house.open())
    assert (await house.queue(talk))["messages"][0]["handoff"]["place"] == 2
    result = await talk.say("hello")
    assert result["holder"] == "queue" and len(result["messages"]) == 1
    again = await house.http.post(f"{talk.path}/handoff", headers=talk.headers)
    assert again.json()["message"]["handoff"] == {"stage": "queued", "place": 2}
    assert (await talk.choose("handoff:cancel"))["holder"] == "bot"


async def test_outside_desk_hours(house: House) -> None:
    """Confirmed at night, the resident is told that nobody is there and when somebody will be."""
    house.time.forward(hours=12)
    talk = await house.open()
    draft = (await house.queue(talk))["messages"][0]
    words = house.services.catalogs.text(
        "en", "handoff.queued_closed", place=1, hours="Mon-Fri 09:00-17:00 (Asia/Shanghai)"
    )
    assert draft["text"] == words


async def test_cancelling_passes_nothing_on(house: House) -> None:
    """A packet that was not confirmed goes nowhere."""
    talk = await house.open()
    await house.http.post(f"{talk.path}/handoff", headers=talk.headers)
    assert (await talk.choose("handoff:cancel"))["holder"] == "bot"
    assert "handoff" not in (await talk.choose("handoff:confirm"))["messages"][0]


async def test_a_takeover_during_the_bots_turn(house: House) -> None:
    """A mediator who takes over while the bot thinks silences it: its answer is dropped."""
    talk = await house.open()
    await house.queue(talk)
    house.bot.may_answer.clear()
    house.bot.arrived.clear()
    asking = asyncio.create_task(talk.say("one more question"))
    await house.bot.arrived.wait()
    await service.claim(house.services, talk.id, await house.mediator())
    house.bot.may_answer.set()
    result = await asking
    assert result["messages"] == [] and result["holder"] == "mediator"
    assert [message["role"] for message in (await talk.messages())][-2:] == ["resident", "system"]
    assert (await house.turns(talk))[-1].state == "answered"


async def test_the_bot_is_silent_while_a_mediator_is_there(house: House) -> None:
    """From the moment a mediator took over, the bot is not even asked."""
    talk = await house.open()
    await house.queue(talk)
    await service.claim(house.services, talk.id, await house.mediator("Wang"))
    assert "Wang" in (await talk.messages())[-1]["text"]
    result = await talk.say("hello Wang")
    assert result["messages"] == [] and house.bot.turns == []


async def test_two_takeovers_at_once(house: House) -> None:
    """Of many mediators who click at once exactly one gets the conversation; the others are told."""
    talk = await house.open()
    await house.queue(talk)
    staff = [await house.mediator(f"m{number}") for number in range(6)]
    tried = await asyncio.gather(
        *(service.claim(house.services, talk.id, one) for one in staff), return_exceptions=True
    )
    won = [result for result in tried if not isinstance(result, BaseException)]
    lost = [result for result in tried if isinstance(result, ApiError)]
    assert len(won) == 1 and len(lost) == 5
    assert {(error.status, error.code) for error in lost} == {(409, "already_taken")}
    assert (
        sum(
            message["role"] == "system" and message.get("handoff", {}).get("stage") == "with_mediator"
            for message in await talk.messages()
        )
        == 1
    )


async def test_a_conversation_that_does_not_wait_cannot_be_taken(house: House) -> None:
    """Nobody reads a conversation whose resident did not confirm."""
    talk = await house.open()
    with pytest.raises(ApiError) as refused:
        await service.claim(house.services, talk.id, await house.mediator())
    assert refused.value.code == "not_waiting"


async def test_giving_back(house: House) -> None:
    """A mediator puts back, returns or closes only what is theirs; the resident is told and the bot answers again."""
    talk = await house.open()
    await house.queue(talk)
    li, wang = await house.mediator("Li"), await house.mediator("Wang")
    await service.claim(house.services, talk.id, li)
    with pytest.raises(ApiError) as refused:
        await service.return_to_bot(house.services, talk.id, wang)
    assert refused.value.code == "not_yours"
    assert (await service.release(house.services, talk.id, li)).holder == "queue"
    assert (await talk.messages())[-1]["handoff"] == {"stage": "queued", "place": 1}
    await service.claim(house.services, talk.id, wang)
    assert (await service.return_to_bot(house.services, talk.id, wang)).holder == "bot"
    assert (await talk.messages())[-1]["handoff"] == {"stage": "returned"}
    assert len((await talk.say("hello"))["messages"]) == 1
    await house.queue(talk)
    await service.claim(house.services, talk.id, li)
    assert (await service.close(house.services, talk.id, li)).closed_at is not None
    assert (await talk.say("one more thing"))["holder"] == "bot"
    assert (await house.conversation(talk)).closed_at is None


async def test_a_silent_mediator_loses_the_conversation(house: House) -> None:
    """A resident who waits longer than the setting allows goes back to the queue, keeps the place, and is told."""
    talk, other = await house.open(), await house.open()
    await house.queue(talk)
    li = await house.mediator("Li")
    await service.claim(house.services, talk.id, li)
    await house.queue(other)
    house.time.forward(minutes=9)
    assert await service.sweep_silent(house.services) == 0
    house.time.forward(minutes=2)
    assert await service.sweep_silent(house.services) == 1
    assert (await house.conversation(talk)).holder == "queue"
    assert (await talk.messages())[-1]["handoff"] == {"stage": "queued", "place": 1}
    await service.claim(house.services, talk.id, li)
    await talk.say("are you there?")
    await mediator_writes(house, talk, li, "yes")
    house.time.forward(hours=5)
    assert await service.sweep_silent(house.services) == 0  # the mediator had the last word
    await talk.say("good, then ...")
    house.time.forward(minutes=11)
    assert await service.sweep_silent(house.services) == 1


async def test_deeds_are_logged_in_a_chain(house: House) -> None:
    """Every change of hands is in the log, the log is whole, and the database refuses to change it."""
    talk = await house.open()
    await house.queue(talk)
    li = await house.mediator()
    await service.claim(house.services, talk.id, li)
    await service.close(house.services, talk.id, li)
    async with house.services.database.reading() as session:
        lines = list(await session.scalars(select(AuditLine).order_by(AuditLine.number)))
        assert await audit.broken_at(session) is None
    assert [line.action for line in lines] == ["handoff_queued", "conversation_taken", "conversation_closed"]
    assert all(talk.id not in line.subject for line in lines)
    with pytest.raises(Exception, match="append-only"):
        async with house.services.database.transaction() as session:
            line = await session.get_one(AuditLine, lines[0].number)
            line.actor = "nobody"


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), True),  # Monday, nine in Shanghai
        (datetime(2026, 11, 23, 0, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), False),  # five in the afternoon: closed
        (datetime(2026, 11, 28, 2, 0, tzinfo=UTC), True),  # a Saturday that is a make-up workday
        (datetime(2026, 11, 29, 2, 0, tzinfo=UTC), False),  # Sunday
        (datetime(2026, 11, 24, 2, 0, tzinfo=UTC), False),  # a holiday
    ],
)
def test_desk_hours(moment: datetime, is_open: bool) -> None:
    """Hours hold in the desk's time zone, with days off and make-up workdays."""
    hours = DeskHours.parse("Mon-Fri 09:00-17:00 Asia/Shanghai", closed=["2026-11-24"], extra=["2026-11-28"])
    assert hours.open_at(moment) is is_open


def test_desk_hours_in_the_readers_language() -> None:
    """Days have their names in the reader's language."""
    hours = DeskHours.parse("Mon-Fri 09:00-17:00 Asia/Shanghai; Sat 10:00-12:00")
    assert hours.text("fr") == "lun.-ven. 09:00-17:00; sam. 10:00-12:00 (Asia/Shanghai)"


@pytest.mark.parametrize("setting", ["", "always", "Mon-Fri 9-17", "Mon-Fry 09:00-17:00", "Mon 09:00-17:00 Mars/Base"])
def test_desk_hours_that_cannot_be_read(setting: str) -> None:
    """A setting that cannot be read is refused with a sentence that shows how it is written."""
    with pytest.raises(HoursError, match="Mon-Fri 09:00-17:00"):
        DeskHours.parse(setting)

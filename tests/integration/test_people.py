"""Residents and mediators together."""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.integration.system import Mediator, Resident, System, answers, handoffs

pytestmark = pytest.mark.integration


@contextmanager
def events(resident: Resident, last: int | None = None) -> Iterator[Iterator[tuple[str, dict]]]:
    """Open the event stream; yields pairs of event name and data."""
    headers = {"Last-Event-ID": str(last)} if last is not None else {}
    with resident.http.stream("GET", f"{resident.path}/events", headers=headers, timeout=httpx.Timeout(20)) as stream:
        assert stream.status_code == 200

        def read() -> Iterator[tuple[str, dict]]:
            name, data = "message", ""
            for line in stream.iter_lines():
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    data += line[5:].strip()
                elif not line and data:
                    yield name, json.loads(data)
                    name, data = "message", ""

        yield read()


def test_a_person_asked_for_shows_what_will_be_passed_on_first(resident: Resident) -> None:
    """The packet and the notices come before anything is passed on, and cancelling passes nothing."""
    resident.say("My landlord does not give back my deposit")
    turn = resident.say("I want to talk to a real person")
    handoff = handoffs(turn)[-1]
    assert handoff["stage"] == "confirm"
    text = json.dumps(handoff["packet"]) + " ".join(m["text"] for m in turn["messages"])
    assert "deposit" in text and "45" in text
    assert turn["holder"] == "bot"
    assert resident.choose("handoff:cancel")["holder"] == "bot"


def test_lines_of_the_packet_can_be_edited_and_removed(resident: Resident, staff: tuple[Mediator, Mediator]) -> None:
    """The mediator sees the edited packet, not what was removed."""
    resident.say("My landlord keeps my deposit, my name is Bartholomew")
    resident.say("I want to talk to a real person")
    edited = resident.http.put(f"{resident.path}/handoff", json={"lines": {"asked": "About my deposit", "found": None}})
    assert edited.status_code == 200, edited.text
    resident.choose("handoff:confirm")
    packet = staff[0].http.get(f"/conversations/{resident.id}").json()["packet"]
    lines = {line["key"]: line["text"] for line in packet["lines"]}
    assert lines["asked"] == "About my deposit" and "found" not in lines
    assert "Bartholomew" not in json.dumps(packet)


def test_the_bot_answers_while_waiting_and_is_silent_with_a_mediator(
    resident: Resident, staff: tuple[Mediator, Mediator]
) -> None:
    """Waiting is not silence; a takeover is. Handing back wakes the bot."""
    assert resident.hand_off()["holder"] == "queue"
    assert any(row["id"] == resident.id for row in staff[0].queue())
    assert answers(resident.say("How many days of annual leave do I get?"))
    assert staff[0].take(resident.id).status_code == 200
    turn = resident.say("How many days of annual leave do I get?")
    assert turn["holder"] == "mediator" and answers(turn) == []
    staff[0].write(resident.id, "Good evening, I am here.")
    assert resident.wait_message("mediator")["text"] == "Good evening, I am here."
    assert staff[0].http.post(f"/conversations/{resident.id}/return").status_code == 200
    assert answers(resident.say("How many days of annual leave do I get?"))


def test_one_of_two_mediators_gets_it(resident: Resident, staff: tuple[Mediator, Mediator]) -> None:
    """Two who click at once: one has it, the other is told."""
    resident.hand_off()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda person: person.take(resident.id), staff))
    assert sorted(reply.status_code for reply in replies) == [200, 409]
    assert next(r for r in replies if r.status_code == 409).json()["error"]["code"] == "already_taken"
    for person in staff:
        person.http.post(f"/conversations/{resident.id}/close")


def test_a_reconnect_with_last_event_id_misses_and_doubles_nothing(
    resident: Resident, staff: tuple[Mediator, Mediator]
) -> None:
    """What was said while the line was down arrives once, in order, after the reconnect."""
    resident.hand_off()
    staff[0].take(resident.id)
    last = resident.messages()[-1]["seq"]
    with events(resident, last) as stream:
        staff[0].write(resident.id, "one")
        assert next(d for n, d in stream if n == "message")["text"] == "one"
    seen = resident.messages()[-1]["seq"]
    staff[0].write(resident.id, "two")
    staff[0].write(resident.id, "three")
    with events(resident, seen) as stream:
        staff[0].write(resident.id, "four")
        arrived = []
        for name, data in stream:
            if name == "message":
                arrived.append((data["seq"], data["text"]))
            if data.get("text") == "four":
                break
    assert [text for _, text in arrived] == ["two", "three", "four"]
    assert [seq for seq, _ in arrived] == sorted({seq for seq, _ in arrived})
    staff[0].http.post(f"/conversations/{resident.id}/close")


def test_mediators_cannot_manage_staff_and_need_their_csrf_token(staff: tuple[Mediator, Mediator]) -> None:
    """Roles and CSRF hold on the real system."""
    assert staff[0].http.get("/staff").status_code == 403
    token = staff[0].http.headers.pop("X-CSRF-Token")
    assert staff[0].http.post("/conversations/00000000-0000-0000-0000-000000000000/take").status_code == 403
    staff[0].http.headers["X-CSRF-Token"] = token


def test_the_console_is_closed_to_strangers(system: System) -> None:
    """No session, no conversations; a wrong password says so without saying which part was wrong."""
    with httpx.Client(base_url=f"{system.url}/api/v1/console", trust_env=False) as stranger:
        assert stranger.get("/conversations").status_code == 401
        wrong = stranger.post("/login", json={"username": "nobody", "password": "nothing"})
        assert wrong.status_code == 401

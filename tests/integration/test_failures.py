"""What residents see when parts fail, and that nothing is lost."""

from __future__ import annotations

import concurrent.futures
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.system import ROOT, Mediator, Resident, System, answers, handoffs, wait_for
from wenlu.installation import free_ports

pytestmark = pytest.mark.integration
QUESTION = "How many days of annual leave do I get?"


def offers_a_person(turn: dict) -> bool:
    """Whether a way to a person is among the messages."""
    return bool(handoffs(turn)) or any(
        b["payload"].startswith("handoff") for m in turn["messages"] for b in m["buttons"]
    )


@pytest.mark.parametrize("part", ["bot", "actions", "retrieval"])
def test_a_part_that_is_down_is_told_and_a_person_offered(system: System, resident: Resident, part: str) -> None:
    """With a part down the resident is told and offered a person; it comes back by itself."""
    with system.down(part):
        turn = resident.say(QUESTION)
        assert turn["messages"] and answers(turn) == []
        assert offers_a_person(turn)
    wait_for(lambda: answers(resident.say(QUESTION)), 60, "an answer after the restart")


def test_an_emergency_is_answered_with_the_bot_down(system: System, resident: Resident) -> None:
    """Numbers come first, from data, whoever is down."""
    with system.down("bot"):
        turn = resident.say("help, a man is attacking me with a knife!")
    assert turn["messages"][0]["emergency"]["numbers"][0] == "110"
    assert any("110" in m["text"] and "我" in m["text"] for m in turn["messages"])


def test_an_emergency_is_answered_with_a_mediator_in_charge(
    resident: Resident, staff: tuple[Mediator, Mediator]
) -> None:
    """The emergency screen runs whoever holds the conversation; the mediator sees the message too."""
    resident.hand_off()
    assert staff[0].take(resident.id).status_code == 200
    turn = resident.say("there is a fire in my building!!")
    assert turn["messages"][0]["emergency"]["numbers"][0] == "119"
    seen = staff[0].http.get(f"/conversations/{resident.id}").json()["messages"]
    assert any("fire in my building" in m["text"] for m in seen)
    staff[0].http.post(f"/conversations/{resident.id}/close")


def test_kill_9_of_the_api_between_storing_and_answering_loses_nothing(system: System, resident: Resident) -> None:
    """The stored message survives, is answered or apologised for exactly once, and is not doubled."""
    with system.frozen("actions"), concurrent.futures.ThreadPoolExecutor(1) as pool:
        posting = pool.submit(resident.post, {"text": QUESTION}, "6f1c3a52-2f0e-4b8f-9c5e-0f6d3a0a7b11")

        def stored() -> bool:
            with sqlite3.connect(f"file:{system.data / 'wenlu.db'}?mode=ro", uri=True) as database:
                query = "select count(*) from message where conversation_id = ?"
                return bool(database.execute(query, (resident.id,)).fetchone()[0])

        wait_for(stored, 20, "the message being stored")
        system.child("api").send_signal(signal.SIGKILL)
        assert posting.exception(30) is not None
    system.wait_up("api")
    reply = resident.wait_message("assistant")
    assert reply["text"]
    kept = resident.messages()
    assert [m["role"] for m in kept].count("resident") == 1
    again = resident.post({"text": QUESTION}, "6f1c3a52-2f0e-4b8f-9c5e-0f6d3a0a7b11")
    assert again.status_code == 200
    assert [m["seq"] for m in resident.messages()] == [m["seq"] for m in kept]


def test_a_locked_database_says_busy_and_recovers(system: System, resident: Resident) -> None:
    """While another program holds the database the answer is 503 with Retry-After, afterwards all is well."""
    database = sqlite3.connect(system.data / "wenlu.db", timeout=5)
    database.execute("begin exclusive")
    try:
        reply = resident.post({"text": QUESTION})
        assert reply.status_code == 503
        assert reply.json()["error"]["code"] == "database_busy" and "Retry-After" in reply.headers
    finally:
        database.rollback()
        database.close()
    assert answers(resident.say(QUESTION))


def test_a_takeover_during_a_bot_turn_silences_the_bot(
    system: System, resident: Resident, staff: tuple[Mediator, Mediator]
) -> None:
    """A mediator who takes over while the bot thinks is not talked over."""
    resident.hand_off()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with system.frozen("actions"):
            before = len(resident.messages())
            asking = pool.submit(resident.say, QUESTION)
            wait_for(lambda: len(resident.messages()) > before, 20, "the question being stored")
            time.sleep(0.3)  # the turn is now with the frozen part; nothing visible marks that moment
            assert staff[0].take(resident.id).status_code == 200
        turn = asking.result(60)
    assert answers(turn) == [] and turn["holder"] == "mediator"
    assert answers({"messages": resident.messages(before)}) == []
    staff[0].http.post(f"/conversations/{resident.id}/close")


def test_an_index_that_is_missing_is_told_and_offered_a_person(system: System, resident: Resident) -> None:
    """Without an index retrieval is not ready and the resident is told."""
    current = system.data / "published" / "current"
    target = current.readlink()
    current.unlink()
    try:
        with system.down("retrieval"):
            pass
        turn = resident.say(QUESTION)
        assert answers(turn) == [] and offers_a_person(turn)
        assert resident.http.get("/ready").status_code == 503
    finally:
        current.symlink_to(target)
    with system.down("retrieval"):
        pass
    wait_for(lambda: answers(resident.say(QUESTION)), 60, "an answer with the index back")


def wenlu(system_environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a `wenlu` command."""
    return subprocess.run(
        [sys.executable, "-m", "wenlu", *arguments],
        cwd=ROOT, env=system_environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_a_port_in_use_is_one_clear_sentence(system: System) -> None:
    """A second start on the same ports says which port and what to do, and exits with 1."""
    done = wenlu(system.environment, "run")
    assert done.returncode == 1
    assert f"Port {system.ports['api']}" in done.stderr and "WENLU_PORT" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_publish_swaps_a_new_index_in_without_a_restart(system: System, resident: Resident) -> None:
    """`wenlu knowledge publish` puts the publication into the running system, whose processes go on."""
    before = system.child("retrieval").pid
    done = wenlu(system.environment, "knowledge", "publish")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "serves it now" in done.stdout
    assert system.child("retrieval").pid == before
    assert answers(resident.say(QUESTION))


def test_backup_and_restore_bring_everything_back(system: System, resident: Resident, tmp_path: Path) -> None:
    """A backup taken while running restores, in a new data folder, a system that knows the conversation."""
    resident.say(QUESTION)
    archive = tmp_path / "backup.tar.gz"
    done = wenlu(system.environment, "backup", str(archive))
    assert done.returncode == 0, done.stdout + done.stderr
    fresh = {**system.environment, "WENLU_DATA": str(tmp_path / "restored")}
    fresh["WENLU_PORT"] = str(free_ports(1)[0])
    done = wenlu(fresh, "restore", str(archive))
    assert done.returncode == 0, done.stdout + done.stderr
    with sqlite3.connect(tmp_path / "restored" / "wenlu.db") as database:
        assert database.execute("select count(*) from message where text = ?", (QUESTION,)).fetchone()[0] >= 1
    assert json.loads((tmp_path / "restored" / "secrets.json").read_text())["bot_secret"]


def test_the_logs_hold_no_message_text(system: System, new_resident: Callable[..., Resident]) -> None:
    """What residents write is never logged, by any of the four processes."""
    new_resident().say("My secret word is xylophonium and my landlord is angry")
    assert "xylophonium" not in system.output

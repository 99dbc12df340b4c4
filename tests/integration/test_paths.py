"""Guided paths on the four real processes: ask, press the button, walk on, come back later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.integration.system import Resident, System, answers

pytestmark = pytest.mark.integration


def step(turn: dict[str, Any]) -> str | None:
    """Return the step that a turn shows; None for the list of all."""
    path: dict[str, Any] = next(message["path"] for message in turn["messages"] if message.get("path"))
    return path.get("step")


def test_a_resident_walks_through_the_steps_and_comes_back(system: System, resident: Resident) -> None:
    """The answer offers the steps; typed wishes go on in them; after a reload and a restart the place is kept."""
    turn = resident.say("I moved to another flat. Must I register again?")
    assert answers(turn)[0]["sections"][0]["section"] == "moving-home"
    offered = [button["payload"] for button in turn["messages"][0]["buttons"]]
    assert offered.count("path:moving-flat") == 1
    shown = resident.choose("path:moving-flat")["messages"][0]
    assert "24 hours" in shown["text"] and shown["path"]["total"] == 8
    assert step(resident.choose("path:moving-flat:old-lease")) == "old-lease"
    assert step(resident.say("next")) == "new-landlord"
    assert resident.messages()[-1]["path"]["step"] == "new-landlord"
    system.child("api").kill()
    system.wait_up("api")
    assert step(resident.say("show me the steps")) == "new-landlord"
    assert step(resident.say("next step")) == "new-lease"
    exported = resident.http.get(f"{resident.path}/export").json()["conversation"]
    assert (exported["path"], exported["path_step"]) == ("moving-flat", "new-lease")
    page = httpx.get(f"{system.url}{shown['path']['url']}", trust_env=False)
    assert page.status_code == 200 and 'id="done-register"' in page.text and "<svg" in page.text


@pytest.mark.parametrize(
    ("language", "wish"),
    [
        ("zh", "给我看步骤"), ("fr", "montrez-moi les étapes"), ("ar", "أرني الخطوات"), ("ja", "手順を見せて"),
        ("ko", "단계를 보여 줘"), ("ru", "покажи шаги"), ("es", "muéstrame los pasos"),
    ],
)  # fmt: skip
def test_a_wish_for_steps_in_each_language(new_resident: Callable[..., Resident], language: str, wish: str) -> None:
    """With nothing asked before, the wish brings the situations to choose from."""
    resident = new_resident(language)
    first = resident.say(wish)["messages"][0]
    assert [button["payload"] for button in first["buttons"]].count("path:first-week") == 1
    assert step(resident.choose("path:first-week")) is None


def test_a_question_that_names_steps_is_answered(resident: Resident) -> None:
    """What is asked about the law is answered from the law, whatever words it uses."""
    assert answers(resident.say("what are the steps to renew my residence permit before it expires"))
    assert answers(resident.say("how long may my next probation period be"))

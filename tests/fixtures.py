"""One running system for all tests that need the four real processes, and its people."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.system import Mediator, Resident, System
from wenlu.wechat_rehearsal import Rehearsal

OWN_PASSWORD = "a long password of my own"


@pytest.fixture(scope="session")
def trained(pytestconfig: pytest.Config) -> dict[tuple[str, str], Path]:
    """Translation packages by pair of languages, trained here once (about a minute) and kept in pytest's cache."""
    from languages.practice.trained import packages

    return packages(pytestconfig.cache.mkdir("translation"))


@pytest.fixture(scope="session")
def wechat() -> Iterator[Rehearsal]:
    """A WeChat with the account that the running system answers for."""
    with Rehearsal().in_thread() as rehearsal:
        yield rehearsal


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory, wechat: Rehearsal) -> Iterator[System]:
    """Start Wenlu once, in a data folder of its own (`WENLU_TEST_DATA` keeps model and index between runs at home)."""
    kept = os.environ.get("WENLU_TEST_DATA")
    data = Path(kept) if kept else tmp_path_factory.mktemp("data")
    for old in data.glob("*.db*"):
        old.unlink()
    running = System(data, **wechat.environment()).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def resident(system: System) -> Resident:
    """A resident who writes English."""
    return Resident(system.url)


@pytest.fixture
def new_resident(system: System) -> Callable[..., Resident]:
    """Make residents."""
    return lambda *args, **kwargs: Resident(system.url, *args, **kwargs)


@pytest.fixture(scope="session")
def staff(system: System) -> tuple[Mediator, Mediator]:
    """Two mediators, added by the first administrator."""
    name, password = system.administrator
    administrator = Mediator(system.url, name, password)
    changed = "correct horse battery staple"
    assert administrator.http.post("/password", json={"old": password, "new": changed}).status_code == 200
    administrator = Mediator(system.url, name, changed)
    people = []
    for username in ("li", "anna"):
        body = {"username": username, "display_name": username.title(), "role": "mediator", "language": "en"}
        made = administrator.http.post("/staff", json=body)
        assert made.status_code in {200, 201}, made.text
        person = Mediator(system.url, username, made.json()["password"])
        new = OWN_PASSWORD
        assert person.http.post("/password", json={"old": made.json()["password"], "new": new}).status_code == 200
        people.append(Mediator(system.url, username, new))
    return people[0], people[1]

"""Accounts at the desk: logging in, roles, CSRF, passwords that are shown once."""

from __future__ import annotations

import httpx
import pytest

from api.staff import service
from api.staff.models import Staff
from tests.unit.api.conftest import House

CONSOLE = "/api/v1/console"
OWN = "a password of my own"


class Person:
    """Somebody at the console, with cookies of their own."""

    def __init__(self, house: House) -> None:
        self.http = httpx.AsyncClient(base_url=house.url + CONSOLE, timeout=30, trust_env=False)

    async def login(self, username: str, password: str) -> httpx.Response:
        reply = await self.http.post("/login", json={"username": username, "password": password})
        if reply.status_code == 200:
            self.http.headers["X-CSRF-Token"] = reply.json()["csrf"]
        return reply

    async def arrive(self, username: str, password: str) -> Person:
        """Log in with a password that was handed out and choose another one."""
        assert (await self.login(username, password)).status_code == 200
        changed = await self.http.post("/password", json={"old": password, "new": OWN})
        assert changed.status_code == 200, changed.text
        return self


async def account(house: House, username: str, role: str = "mediator") -> Person:
    """Make an account and arrive with it."""
    async with house.services.database.transaction() as session:
        _, password = await service.add(
            session, house.time(), "test", username=username, display_name=username.title(), role=role, language="en"
        )
    return await Person(house).arrive(username, password)


async def test_a_handed_out_password_opens_nothing_but_its_own_change(house: House) -> None:
    """Until somebody chose a password of their own the desk stays closed to them."""
    administrator = await account(house, "root", "administrator")
    made = await administrator.http.post("/staff", json={"username": "Anna", "display_name": "Anna"})
    assert made.status_code == 201
    assert made.json()["staff"]["username"] == "anna"
    anna = Person(house)
    assert (await anna.login("anna", made.json()["password"])).json()["staff"]["must_change_password"] is True
    refused = await anna.http.get("/conversations")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password_change_required")
    await anna.arrive("anna", made.json()["password"])
    assert (await anna.http.get("/conversations")).status_code == 200


async def test_a_wrong_password_and_an_unknown_name_sound_alike(house: House) -> None:
    """The answer does not tell which accounts exist."""
    await account(house, "li")
    wrong, unknown = await Person(house).login("li", "wrong"), await Person(house).login("nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["error"]["code"] == unknown.json()["error"]["code"] == "wrong_login"


async def test_five_wrong_passwords_let_an_account_rest(house: House) -> None:
    """Guessing is slow, and the right password works again after the rest."""
    await account(house, "li")
    for _ in range(service.MOST_FAILURES):
        assert (await Person(house).login("li", "wrong")).status_code == 401
    resting = await Person(house).login("li", OWN)
    assert resting.status_code == 429 and int(resting.headers["Retry-After"]) > 0
    house.time.forward(minutes=6)
    assert (await Person(house).login("li", OWN)).status_code == 200


async def test_nothing_changes_without_the_csrf_token(house: House) -> None:
    """A cookie alone is not enough for anything that changes something."""
    administrator = await account(house, "root", "administrator")
    del administrator.http.headers["X-CSRF-Token"]
    refused = await administrator.http.post("/staff", json={"username": "eve", "display_name": "Eve"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "csrf")
    assert [p["username"] for p in (await administrator.http.get("/staff")).json()["staff"]] == ["root"]


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(house: House) -> None:
    """HttpOnly and SameSite=Strict, and only a hash of it is kept."""
    async with house.services.database.transaction() as session:
        _, password = await service.add(
            session, house.time(), "test", username="li", display_name="Li", role="mediator"
        )
    reply = await Person(house).login("li", password)
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    kept = (house.services.settings.sqlite_path).read_bytes()
    assert reply.cookies["wenlu_session"].encode() not in kept


@pytest.mark.parametrize("role", ["mediator", "supervisor", "editor", "reviewer"])
async def test_only_administrators_manage_accounts(house: House, role: str) -> None:
    """Every other role is refused."""
    person = await account(house, "somebody", role)
    assert (await person.http.get("/staff")).status_code == 403
    assert (await person.http.post("/staff", json={"username": "x1", "display_name": "X"})).status_code == 403


@pytest.mark.parametrize("role", ["editor", "reviewer"])
async def test_editors_do_not_see_conversations(house: House, role: str) -> None:
    """Who only works on brochures sees no resident."""
    person = await account(house, "somebody", role)
    assert (await person.http.get("/conversations")).status_code == 403


async def test_disabling_ends_every_login_at_once(house: House) -> None:
    """A disabled account is out, and cannot come back in."""
    administrator, li = await account(house, "root", "administrator"), await account(house, "li")
    listed = (await administrator.http.get("/staff")).json()["staff"]
    number = next(p["id"] for p in listed if p["username"] == "li")
    assert (await administrator.http.patch(f"/staff/{number}", json={"active": False})).json()["active"] is False
    assert (await li.http.get("/me")).status_code == 401
    assert (await Person(house).login("li", OWN)).status_code == 401


async def test_a_reset_shows_a_new_password_once_and_ends_logins(house: House) -> None:
    """The old password and the old logins stop; the new one has to be changed."""
    administrator, li = await account(house, "root", "administrator"), await account(house, "li")
    listed = (await administrator.http.get("/staff")).json()["staff"]
    number = next(p["id"] for p in listed if p["username"] == "li")
    password = (await administrator.http.post(f"/staff/{number}/reset")).json()["password"]
    assert (await li.http.get("/me")).status_code == 401
    assert (await Person(house).login("li", OWN)).status_code == 401
    again = await Person(house).login("li", password)
    assert again.json()["staff"]["must_change_password"] is True


async def test_the_last_administrator_cannot_be_lost(house: House) -> None:
    """Neither disabling nor another role takes the last administrator away."""
    administrator = await account(house, "root", "administrator")
    number = (await administrator.http.get("/me")).json()["staff"]["id"]
    for change in ({"active": False}, {"role": "mediator"}):
        refused = await administrator.http.patch(f"/staff/{number}", json=change)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "last_administrator")


@pytest.mark.parametrize("new", ["short", "li li li li li", OWN])
async def test_a_bad_new_password_is_refused(house: House, new: str) -> None:
    """Too short, one's own name, or the old one again."""
    li = await account(house, "li")
    assert (await li.http.post("/password", json={"old": OWN, "new": new})).status_code == 422


async def test_a_login_runs_out(house: House) -> None:
    """After the hours of the setting one has to log in again."""
    li = await account(house, "li")
    house.time.forward(hours=house.services.settings.session_hours + 1)
    assert (await li.http.get("/me")).status_code == 401


async def test_the_first_administrator_is_made_once(house: House) -> None:
    """Only an empty desk gets one."""
    first = await service.ensure_first_administrator(house.services.settings)
    assert first and first[0] == service.FIRST_NAME and len(first[1]) >= service.SHORTEST_PASSWORD
    assert await service.ensure_first_administrator(house.services.settings) is None
    async with house.services.database.reading() as session:
        kept = await session.scalar(Staff.__table__.select().with_only_columns(Staff.password_hash))
    assert kept.startswith("$argon2id$")

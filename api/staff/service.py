"""The people at the desk: made, disabled, reset, logged in and out. Passwords are kept as argon2id hashes only."""

import asyncio
import hashlib
import hmac
import re
import secrets
import unicodedata
import uuid
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api import audit
from api.clock import utc_now
from api.db import Database
from api.errors import ApiError, not_found
from api.settings import Settings
from api.staff.models import Staff, StaffSession

DESK_ROLES = frozenset({"mediator", "supervisor", "administrator"})
USERNAME = re.compile(r"^[\w.@-]{2,60}$")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
MOST_FAILURES = 5  # wrong passwords before an account rests
REST = timedelta(minutes=5)
FIRST_NAME = "admin"

_hasher = PasswordHasher()
_DECOY = _hasher.hash(secrets.token_urlsafe(16))  # so that an unknown name takes as long as a wrong password


def wrong_login() -> ApiError:
    """One answer for every way in which a login can fail."""
    return ApiError(401, "wrong_login", "The user name or the password is not right.")


def new_password() -> str:
    """A password that is shown once."""
    return secrets.token_urlsafe(12)


def digest(value: str) -> str:
    """What is kept of a cookie's value."""
    return hashlib.sha256(value.encode()).hexdigest()


def tidy_username(username: str) -> str:
    """A user name as it is kept: NFKC, lower case. Raises 422 for one that cannot be used."""
    name = unicodedata.normalize("NFKC", username).strip().lower()
    if not USERNAME.match(name):
        raise ApiError(
            422, "bad_username", "Use 2 to 60 letters, digits, dots, hyphens or underscores as the user name."
        )
    return name


async def _hash(password: str) -> str:
    return await asyncio.to_thread(_hasher.hash, password)


async def _verifies(kept: str, password: str) -> bool:
    def verify() -> bool:
        try:
            return _hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    return await asyncio.to_thread(verify)


def as_shown(person: Staff) -> dict[str, Any]:
    """A member of staff as the console API shows them."""
    return {
        "id": person.id,
        "username": person.username,
        "display_name": person.display_name,
        "role": person.role,
        "language": person.language,
        "email": person.email,
        "active": person.active,
        "must_change_password": person.must_change_password,
    }


async def add(
    session: AsyncSession,
    at: datetime,
    actor: str,
    *,
    username: str,
    display_name: str,
    role: str,
    language: str = "zh",
    email: str | None = None,
) -> tuple[Staff, str]:
    """Make an account with a random password that has to be changed at the first login; returns both."""
    name = tidy_username(username)
    if await session.scalar(select(Staff.id).where(Staff.username == name)):
        raise ApiError(409, "username_taken", "Somebody already has this user name. Choose another one.")
    password = new_password()
    person = Staff(
        id=str(uuid.uuid4()),
        username=name,
        display_name=display_name.strip() or name,
        role=role,
        language=language,
        email=email,
        password_hash=await _hash(password),
        active=True,
        must_change_password=True,
        failed_logins=0,
        created_at=at,
    )
    session.add(person)
    await session.flush()
    await audit.record(session, at, actor, "staff_added", f"staff:{name}", {"role": role})
    return person, password


async def change(session: AsyncSession, at: datetime, actor: Staff, staff_id: str, changes: dict[str, Any]) -> Staff:
    """Change role, name, language, mail address or whether an account is active. The last administrator stays one."""
    person = await session.get(Staff, staff_id)
    if person is None:
        raise not_found()
    loses_power = changes.get("active") is False or changes.get("role", "administrator") != "administrator"
    if person.role == "administrator" and person.active and loses_power:
        others = await session.scalar(
            select(func.count())
            .select_from(Staff)
            .where(Staff.role == "administrator", Staff.active.is_(True), Staff.id != person.id)
        )
        if not others:
            raise ApiError(409, "last_administrator", "This is the last administrator. Make another one first.")
    for name, value in changes.items():
        setattr(person, name, value)
    if changes.get("active") is False:
        await session.execute(delete(StaffSession).where(StaffSession.staff_id == person.id))
    await audit.record(
        session, at, actor.username, "staff_changed", f"staff:{person.username}", {"fields": sorted(changes)}
    )
    return person


async def reset(session: AsyncSession, at: datetime, actor: str, person: Staff) -> str:
    """Give a new random password, end every login of theirs; returns the password, to be shown once."""
    password = new_password()
    person.password_hash = await _hash(password)
    person.must_change_password = True
    person.failed_logins = 0
    person.locked_until = None
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == person.id))
    await audit.record(session, at, actor, "password_reset", f"staff:{person.username}")
    return password


async def check_login(session: AsyncSession, at: datetime, username: str, password: str) -> Staff | None:
    """The person, or None. Counts failures: the caller commits also when it is None."""
    name = unicodedata.normalize("NFKC", username).strip().lower()
    person = await session.scalar(select(Staff).where(Staff.username == name))
    right = await _verifies(person.password_hash if person else _DECOY, password[:LONGEST_PASSWORD])
    if person is None or not person.active:
        return None
    if person.locked_until and person.locked_until > at:
        raise ApiError(
            429, "resting", "Too many wrong passwords. Wait 5 minutes, or ask an administrator for a new password.",
            {"Retry-After": str(int((person.locked_until - at).total_seconds()) + 1)},
        )  # fmt: skip
    if not right:
        person.failed_logins += 1
        if person.failed_logins >= MOST_FAILURES:
            person.locked_until = at + REST
            person.failed_logins = 0
        return None
    person.failed_logins = 0
    person.last_login_at = at
    return person


async def open_session(session: AsyncSession, at: datetime, person: Staff, hours: float) -> tuple[str, str]:
    """Log in: returns the cookie's value and the CSRF token. Logins that have run out are swept on the way."""
    await session.execute(delete(StaffSession).where(StaffSession.expires_at <= at))
    value, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        StaffSession(
            id_hash=digest(value), staff_id=person.id, csrf=csrf, created_at=at, expires_at=at + timedelta(hours=hours)
        )
    )
    return value, csrf


async def find_session(session: AsyncSession, at: datetime, value: str | None) -> tuple[Staff, StaffSession] | None:
    """Who holds this cookie, if it still counts."""
    if not value:
        return None
    row = (
        await session.execute(
            select(Staff, StaffSession)
            .join(StaffSession, StaffSession.staff_id == Staff.id)
            .where(StaffSession.id_hash == digest(value), StaffSession.expires_at > at, Staff.active.is_(True))
        )
    ).first()
    return (row[0], row[1]) if row else None


async def change_password(session: AsyncSession, at: datetime, person: Staff, old: str, new: str, keep: str) -> None:
    """Change one's own password; every other login of theirs ends."""
    if not await _verifies(person.password_hash, old[:LONGEST_PASSWORD]):
        raise ApiError(403, "wrong_password", "The old password is not right.")
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        raise ApiError(422, "bad_password", f"Choose a password of at least {SHORTEST_PASSWORD} characters.")
    if hmac.compare_digest(new.encode(), old.encode()) or person.username in new.lower().split():
        raise ApiError(422, "bad_password", "Choose a password that is new and is not your user name.")
    person.password_hash = await _hash(new)
    person.must_change_password = False
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == person.id, StaffSession.id_hash != keep))
    await audit.record(session, at, person.username, "password_changed", f"staff:{person.username}")


async def ensure_first_administrator(settings: Settings) -> tuple[str, str] | None:
    """Make the first administrator if there is no staff at all; returns (name, password) when one was made."""
    database = Database(settings.database, settings.database_busy_seconds)
    try:
        async with database.transaction() as session:
            if await session.scalar(select(func.count()).select_from(Staff)):
                return None
            person, password = await add(
                session, utc_now(), "system", username=FIRST_NAME, display_name="Administrator", role="administrator"
            )
            return person.username, password
    finally:
        await database.close()

"""Logging in and out at the console, and the administrator's routes for accounts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import delete, select

from api.errors import not_found
from api.services import Services, services_of
from api.staff import service
from api.staff.access import COOKIE, Administrator, SignedIn
from api.staff.models import Staff, StaffSession
from api.staff.schemas import (
    LoggedIn,
    Login,
    NewPassword,
    NewStaff,
    PasswordChange,
    StaffChange,
    StaffList,
    StaffMade,
    StaffShown,
)

router = APIRouter(prefix="/api/v1/console", tags=["console: accounts"])
Parts = Annotated[Services, Depends(services_of)]


@router.post("/login", response_model=LoggedIn)
async def login(request: Request, response: Response, body: Login, services: Parts) -> dict[str, Any]:
    """Log in; sets the session cookie."""
    services.limits.check(request)
    now = services.clock()
    async with services.database.transaction() as session:
        person = await service.check_login(session, now, body.username, body.password)
        value, csrf = (
            await service.open_session(session, now, person, services.settings.session_hours) if person else ("", "")
        )
    if person is None:
        raise service.wrong_login()
    response.set_cookie(
        COOKIE,
        value,
        max_age=int(services.settings.session_hours * 3600),
        httponly=True,
        secure=services.settings.cookie_secure,
        samesite="strict",
    )
    return {"staff": service.as_shown(person), "csrf": csrf}


@router.post("/logout", status_code=204)
async def logout(response: Response, signed: SignedIn, services: Parts) -> None:
    """End this login."""
    async with services.database.transaction() as session:
        await session.execute(delete(StaffSession).where(StaffSession.id_hash == signed.session.id_hash))
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/me", response_model=LoggedIn)
async def me(signed: SignedIn) -> dict[str, Any]:
    """Who is logged in."""
    return {"staff": service.as_shown(signed.staff), "csrf": signed.session.csrf}


@router.post("/password", response_model=LoggedIn)
async def password(body: PasswordChange, signed: SignedIn, services: Parts) -> dict[str, Any]:
    """Change one's own password; every other login of theirs ends."""
    async with services.database.transaction() as session:
        person = await session.get_one(Staff, signed.staff.id)
        await service.change_password(session, services.clock(), person, body.old, body.new, signed.session.id_hash)
    return {"staff": service.as_shown(person), "csrf": signed.session.csrf}


@router.get("/staff", response_model=StaffList)
async def everybody(_: Administrator, services: Parts) -> dict[str, Any]:
    """All accounts."""
    async with services.database.reading() as session:
        people = await session.scalars(select(Staff).order_by(Staff.username))
        return {"staff": [service.as_shown(person) for person in people]}


@router.post("/staff", status_code=201, response_model=StaffMade)
async def add(body: NewStaff, signed: Administrator, services: Parts) -> dict[str, Any]:
    """Make an account; its password is shown once."""
    async with services.database.transaction() as session:
        person, made = await service.add(session, services.clock(), signed.staff.username, **body.model_dump())
    return {"staff": service.as_shown(person), "password": made}


@router.patch("/staff/{staff_id}", response_model=StaffShown)
async def change(staff_id: str, body: StaffChange, signed: Administrator, services: Parts) -> dict[str, Any]:
    """Disable or enable an account, change its role or name."""
    changes = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
    async with services.database.transaction() as session:
        person = await service.change(session, services.clock(), signed.staff, staff_id, changes)
    return service.as_shown(person)


@router.post("/staff/{staff_id}/reset", response_model=NewPassword)
async def reset(staff_id: str, signed: Administrator, services: Parts) -> dict[str, Any]:
    """Give somebody a new password, shown once; their logins end."""
    async with services.database.transaction() as session:
        person = await session.get(Staff, staff_id)
        if person is None:
            raise not_found()
        made = await service.reset(session, services.clock(), signed.staff.username, person)
    return {"password": made}

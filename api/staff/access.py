"""Who may: the one way in which console routes learn who is asking."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.errors import ApiError
from api.services import Services, services_of
from api.staff import service
from api.staff.models import Staff, StaffSession

COOKIE = "wenlu_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Signed:
    """A request of somebody who is logged in."""

    staff: Staff
    session: StaffSession


async def signed_in(request: Request, services: Annotated[Services, Depends(services_of)]) -> Signed:
    """Who is logged in; 401 for nobody, 403 without the CSRF token on anything that changes something."""
    async with services.database.reading() as session:
        found = await service.find_session(session, services.clock(), request.cookies.get(COOKIE))
    if found is None:
        raise ApiError(401, "not_logged_in", "Please log in.")
    person, login = found
    given = request.headers.get("x-csrf-token", "")
    if request.method not in SAFE and not hmac.compare_digest(given.encode(), login.csrf.encode()):
        raise ApiError(403, "csrf", "This request did not come from the console. Reload the page and try again.")
    return Signed(person, login)


def role_of(*roles: str) -> Callable[[Signed], Awaitable[Signed]]:
    """A dependency that lets in these roles only, and nobody who still has to change a password that was handed out."""

    async def check(signed: Annotated[Signed, Depends(signed_in)]) -> Signed:
        if signed.staff.must_change_password:
            raise ApiError(403, "password_change_required", "Choose a password of your own first.")
        if signed.staff.role not in roles:
            raise ApiError(403, "wrong_role", "Your account is not allowed to do this.")
        return signed

    return check


AtDesk = Annotated[Signed, Depends(role_of(*sorted(service.DESK_ROLES)))]
Administrator = Annotated[Signed, Depends(role_of("administrator"))]
SignedIn = Annotated[Signed, Depends(signed_in)]

"""The shapes of the console's account routes."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.schemas import Incoming

Role = Literal["mediator", "supervisor", "editor", "reviewer", "administrator"]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Password = Annotated[str, StringConstraints(max_length=1000)]


class Login(Incoming):
    """A user name and a password."""

    username: Annotated[str, StringConstraints(max_length=100)]
    password: Password


class PasswordChange(Incoming):
    """The old password and the new one (at least 12 characters)."""

    old: Password
    new: Password


class NewStaff(Incoming):
    """An account to be made."""

    username: Annotated[str, StringConstraints(max_length=100)]
    display_name: ShortText
    role: Role = "mediator"
    language: Language = "zh"
    email: Email | None = None


class StaffChange(Incoming):
    """What is to be changed; what is absent stays."""

    active: bool | None = None
    role: Role | None = None
    display_name: ShortText | None = None
    language: Language | None = None
    email: Email | None = None


class StaffShown(BaseModel):
    """A member of staff."""

    id: str
    username: str
    display_name: str
    role: Role
    language: str
    email: str | None
    active: bool
    must_change_password: bool


class LoggedIn(BaseModel):
    """Who is logged in, and the token that goes into the X-CSRF-Token header of everything that changes something."""

    staff: StaffShown
    csrf: str


class StaffList(BaseModel):
    """All accounts."""

    staff: list[StaffShown]


class StaffMade(BaseModel):
    """The new account and its password, shown once."""

    staff: StaffShown
    password: str = Field(description="Shown once; has to be changed at the first login.")


class NewPassword(BaseModel):
    """A new password, shown once."""

    password: str

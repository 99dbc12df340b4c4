"""Links from the chat to a section's own page: signed, in the reader's language, good for three days."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadData, SignatureExpired

from api.secrets import Secrets
from api.settings import Settings

USE = "section page"
GOOD_FOR = 72 * 3600
"""Seconds until a link is too old."""


@dataclass(frozen=True)
class Linked:
    """What a link leads to. `expired`: it was ours, but is too old."""

    section: str
    language: str
    expired: bool


def sign_section(settings: Settings, section_id: str, language: str) -> str | None:
    """The address of a section's page; None where we do not know our own address or have no key to sign with."""
    if not settings.public_url or settings.secret_key is None:
        return None
    return f"{settings.address}/s/{Secrets(settings.secret_key).signer(USE).dumps([section_id, language])}"


def read_link(settings: Settings, token: str) -> Linked | None:
    """What the last part of such an address says; None when it was not made by us."""
    if settings.secret_key is None:
        return None
    signer = Secrets(settings.secret_key).signer(USE)
    try:
        section, language = signer.loads(token, max_age=GOOD_FOR)
        return Linked(section, language, expired=False)
    except SignatureExpired:
        section, language = signer.loads(token)
        return Linked(section, language, expired=True)
    except BadData:
        return None

"""Links from the chat to a section's own page: signed, in the reader's language, good for three days."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer
from pydantic import SecretStr

from api.settings import Settings

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
    return f"{settings.public_url.rstrip('/')}/s/{_serializer(settings.secret_key).dumps([section_id, language])}"


def read_link(settings: Settings, token: str) -> Linked | None:
    """What the last part of such an address says; None when it was not made by us."""
    if settings.secret_key is None:
        return None
    serializer = _serializer(settings.secret_key)
    try:
        section, language = serializer.loads(token, max_age=GOOD_FOR)
        return Linked(section, language, expired=False)
    except SignatureExpired:
        section, language = serializer.loads(token)
        return Linked(section, language, expired=True)
    except BadData:
        return None


def _serializer(key: SecretStr) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        key.get_secret_value(),
        salt="section page",
        signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
    )

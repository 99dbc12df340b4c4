"""Codes with which residents carry a conversation to another channel: shown once, good for ten minutes, used once.

Carrying moves the conversation: whoever brings the code gets a new token, and the one before opens nothing any more.
"""

import secrets
import unicodedata
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.conversations.models import CarryCode, Conversation
from api.conversations.service import locked, token_hash
from api.secrets import Secrets
from api.services import Services

LIFETIME = timedelta(minutes=10)
DIGITS = 8


def digits(typed: str) -> str | None:
    """The code in what somebody typed, in Western digits; None when it is none.

    Digits of any script count; spaces, dashes and invisible marks between them do not matter.
    """
    kept = [sign for sign in typed if not (sign.isspace() or unicodedata.category(sign) in ("Pd", "Cf"))]
    if len(kept) != DIGITS or not all(sign.isdecimal() for sign in kept):
        return None
    return "".join(str(unicodedata.decimal(sign)) for sign in kept)


async def make(services: Services, session: AsyncSession, conversation: Conversation) -> str:
    """A code for a conversation that the caller holds (`locked`), as it is shown: "1234 5678". An earlier one is void."""
    now = services.clock()
    void = (CarryCode.conversation_id == conversation.id) | (CarryCode.expires_at <= now)
    await session.execute(delete(CarryCode).where(void))
    while True:
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        mark = _mark(services, code)
        if await session.scalar(select(CarryCode.conversation_id).where(CarryCode.code_hash == mark)) is None:
            break
    session.add(CarryCode(conversation_id=conversation.id, code_hash=mark, expires_at=now + LIFETIME, created_at=now))
    await session.flush()
    return f"{code[:4]} {code[4:]}"


async def find(services: Services, session: AsyncSession, typed: str) -> str | None:
    """The conversation that a code would carry, and the code stays good; None when it is wrong, used or too old."""
    code = digits(typed)
    if code is None:
        return None
    found: str | None = await session.scalar(select(CarryCode.conversation_id).where(_good(services, code)))
    return found


async def redeem(services: Services, session: AsyncSession, typed: str) -> str | None:
    """The conversation that a code carries, and the code is used up; None when it is wrong, used or too old.

    Of two who bring one code at once, one gets the conversation. Guessing is bounded by `Limits.check_code`.
    """
    code = digits(typed)
    if code is None:
        return None
    used = delete(CarryCode).where(_good(services, code)).returning(CarryCode.conversation_id)
    found: str | None = await session.scalar(used)
    return found


def _good(services: Services, code: str) -> ColumnElement[bool]:
    return (CarryCode.code_hash == _mark(services, code)) & (CarryCode.expires_at > services.clock())


async def void(session: AsyncSession, conversation_id: str) -> None:
    """A conversation's code is good no more."""
    await session.execute(delete(CarryCode).where(CarryCode.conversation_id == conversation_id))


async def take_over(session: AsyncSession, conversation_id: str, channel: str) -> tuple[Conversation, str]:
    """Move a conversation whose code was redeemed to a channel, under a new token, given back once and never kept.

    When this is committed the caller publishes the event `moved`, which ends what still listens under the old token.
    """
    conversation = await locked(session, conversation_id)
    token = secrets.token_urlsafe(32)
    conversation.token_hash, conversation.channel = token_hash(token), channel
    return conversation, token


def _mark(services: Services, code: str) -> str:
    """What is kept of a code. Eight digits alone could be found again by trying them all, so a key is in it."""
    key = services.settings.secret_key or services.settings.bot_secret
    assert key is not None, "the api does not start without bot_secret"
    return Secrets(key).mark(f"carry code {code}")

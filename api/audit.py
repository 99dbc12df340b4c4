"""The log of what people did: append-only (the database refuses changes) and chained by hashes."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from api.clock import iso
from api.conversations.models import RowNumber
from api.db import Base, UtcDateTime

START = "0" * 64
LOCK = 7_305_117  # one chain, so on PostgreSQL one writer at a time


class AuditLine(Base):
    """One thing that was done. `subject` names a conversation only by a digest, so that an erasure stays one."""

    __tablename__ = "audit"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


def conversation_subject(conversation_id: str) -> str:
    """The name under which the log knows a conversation: a digest, not its id."""
    return "conversation:" + hashlib.sha256(conversation_id.encode()).hexdigest()[:32]


async def record(
    session: AsyncSession, at: datetime, actor: str, action: str, subject: str, details: dict[str, Any] | None = None
) -> AuditLine:
    """Append a line to the log, in the transaction of what it records."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    last = await session.scalar(select(AuditLine.hash).order_by(AuditLine.number.desc()).limit(1))
    line = AuditLine(
        at=at, actor=actor, action=action, subject=subject, details=details or {}, previous_hash=last or START
    )
    line.hash = _hash(line)
    session.add(line)
    await session.flush()
    return line


async def broken_at(session: AsyncSession) -> int | None:
    """The number of the first line that does not fit the chain; None when the log is whole."""
    previous = START
    for line in await session.scalars(select(AuditLine).order_by(AuditLine.number)):
        if line.previous_hash != previous or line.hash != _hash(line):
            return line.number
        previous = line.hash
    return None


def _hash(line: AuditLine) -> str:
    parts = [line.previous_hash, iso(line.at), line.actor, line.action, line.subject, line.details]
    text_form = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text_form.encode()).hexdigest()

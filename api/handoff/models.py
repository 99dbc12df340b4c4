"""Table: what is passed to a person, and how far it got."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from api.conversations.models import RowNumber
from api.db import Base, UtcDateTime


class Handoff(Base):
    """One handing over. stage: confirm, queued, with_mediator, returned, cancelled or closed.

    `lines` is the packet without language: [{"key": "asked", "text": …} | {"key": "found", "section": …} | …];
    `packets` holds it as it was shown when confirmed, by language.
    """

    __tablename__ = "handoff"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    stage: Mapped[str] = mapped_column(String(20), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    packets: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    contact_email: Mapped[str | None] = mapped_column(String(254))
    returns: Mapped[int] = mapped_column(Integer, default=0)  # how often a silent mediator gave it back
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

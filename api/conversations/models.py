"""Tables: a conversation, its turns, its numbered messages, feedback, carry codes, and erasures still owed to the bot."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.db import Base, UtcDateTime

RowNumber = BigInteger().with_variant(Integer, "sqlite")


class Conversation(Base):
    """One resident's talk. `holder` says who answers: bot, queue (the bot still does) or mediator (the bot is silent)."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    sender: Mapped[str] = mapped_column(String(64), unique=True)  # what the bot knows it by
    channel: Mapped[str] = mapped_column(String(20), default="web")
    language: Mapped[str | None] = mapped_column(String(8))
    language_chosen: Mapped[bool] = mapped_column(Boolean, default=False)  # by the resident: identification keeps out
    browser_language: Mapped[str | None] = mapped_column(String(8))
    jurisdiction: Mapped[str | None] = mapped_column(String(20))
    mentioned_place: Mapped[str | None] = mapped_column(String(20))  # whose emergency numbers are shown
    holder: Mapped[str] = mapped_column(String(10), default="bot", index=True)
    discreet: Mapped[bool] = mapped_column(Boolean, default=False)
    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_answers: Mapped[int] = mapped_column(Integer, default=0)
    last_question: Mapped[str | None] = mapped_column(Text)
    last_section: Mapped[str | None] = mapped_column(String(200))
    last_topic: Mapped[str | None] = mapped_column(String(60))
    path: Mapped[str | None] = mapped_column(String(60))  # the guided path that the resident is in
    path_step: Mapped[str | None] = mapped_column(String(60))
    next_seq: Mapped[int] = mapped_column(Integer, default=1)
    mediator_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    seen_by_staff: Mapped[int] = mapped_column(Integer, default=0)  # last seq that the mediator has seen
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_mediator_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_resident_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Turn(Base):
    """One message of a resident and what became of it: received, asked, answered or failed."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("conversation_id", "client_message_id"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    client_message_id: Mapped[str] = mapped_column(String(100))
    body_hash: Mapped[str] = mapped_column(String(64))
    choice: Mapped[str | None] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(10), index=True)
    reason: Mapped[str | None] = mapped_column(String(60))
    language: Mapped[str | None] = mapped_column(String(8))
    resident_seq: Mapped[int] = mapped_column(Integer)
    seqs: Mapped[list[int]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MessageRow(Base):
    """One numbered message. What the system itself said keeps its key and values beside the text."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "author_id", "client_message_id"),
        {"sqlite_autoincrement": True},  # a number is never given twice, also after an erasure
    )

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(String(10))
    language: Mapped[str | None] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    key: Mapped[str | None] = mapped_column(String(100))
    values: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    payload: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # answer, emergency, handoff as the API shows them
    original: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    author_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    client_message_id: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Feedback(Base):
    """Whether an answer helped, as its reader said."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("conversation_id", "message_id"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(36))
    section: Mapped[str | None] = mapped_column(String(200))
    helpful: Mapped[bool] = mapped_column(Boolean)
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CarryCode(Base):
    """What takes a conversation to another channel once. Kept as a digest; a conversation has one at a time."""

    __tablename__ = "carry_code"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PendingErasure(Base):
    """A conversation erased here whose dialogue the bot has not erased yet."""

    __tablename__ = "pending_erasure"

    sender: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)


Index("ix_conversation_queue", Conversation.holder, Conversation.queued_at)

"""Tables of the WeChat channel."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.conversations.models import RowNumber
from api.db import Base, UtcDateTime


class WechatPerson(Base):
    """Somebody who follows the account. WeChat's id for them is kept encrypted, and found again by its mark.

    What goes to them is what their conversation's messages say after `delivered_seq`, and the texts that wait.
    """

    __tablename__ = "wechat_person"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), unique=True)
    openid: Mapped[str] = mapped_column(Text)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"), unique=True)
    earlier: Mapped[list[str]] = mapped_column(JSON, default=list)  # conversations they had before this one
    delivered_seq: Mapped[int] = mapped_column(Integer, default=0)
    language: Mapped[str | None] = mapped_column(String(8))  # WeChat's own, until they write
    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)  # what the numbers they were last shown stand for
    replies_left: Mapped[int] = mapped_column(Integer, default=0)
    replies_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clicks_left: Mapped[int] = mapped_column(Integer, default=0)
    clicks_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked: Mapped[str | None] = mapped_column(String(20))  # why nothing can be sent to them now
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sending_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # some worker is sending to them
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # WeChat says that they no longer follow
    last_push_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WechatPush(Base):
    """What WeChat pushed, kept until it is answered; after that only its key, against retries, and its reply."""

    __tablename__ = "wechat_push"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("wechat_person.id", ondelete="CASCADE"))
    sent_at: Mapped[int] = mapped_column(Integer)  # WeChat's CreateTime
    number: Mapped[str] = mapped_column(String(32), default="")  # WeChat's MsgId: tells the order within a second
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(10))  # received, taken, waiting (for consent), done or failed
    reply: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it was begun to be answered, the last time


class WechatText(Base):
    """A text that waits to be sent, in the order of its number; gone as soon as it was sent.

    `first_seq` to `last_seq` are the conversation's messages that are in it, if it comes from there; it is erased with it.
    """

    __tablename__ = "wechat_text"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("wechat_person.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    first_seq: Mapped[int | None] = mapped_column(Integer)
    last_seq: Mapped[int | None] = mapped_column(Integer)
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)  # what the numbers stand for once it was sent
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index("ix_wechat_push_open", WechatPush.person_id, WechatPush.state)


class WechatToken(Base):
    """The access token of an account, shared by every worker, and who is fetching the next one.

    `token` is encrypted; `version` counts the tokens; `expires_at` is when we ask for the next one, a little before
    WeChat's own end. `refresher` is who fetches it now, for as long as `refreshing_until` lies ahead.
    """

    __tablename__ = "wechat_token"

    app_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    token: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    forced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refresher: Mapped[str | None] = mapped_column(String(36))
    refreshing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

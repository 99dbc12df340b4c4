"""Tables of the WeChat channel."""

from datetime import datetime

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db import Base, UtcDateTime


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

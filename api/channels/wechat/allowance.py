"""How many messages WeChat lets us send to a person: 5 within 48 hours of their last message, 3 within a minute of a click."""

from datetime import datetime, timedelta
from typing import Literal

from api.channels.wechat.models import WechatPerson

REPLIES, REPLIES_FOR = 5, timedelta(hours=48)
CLICKS, CLICKS_FOR = 3, timedelta(minutes=1)
MARGIN = timedelta(seconds=2)
"""Our clock and WeChat's are not the same."""

Pool = Literal["clicks", "replies"]


def written(person: WechatPerson, now: datetime) -> None:
    """They wrote a message."""
    person.replies_left, person.replies_until = REPLIES, now + REPLIES_FOR - MARGIN


def clicked(person: WechatPerson, now: datetime) -> None:
    """They followed, scanned a code or pressed a button of the menu."""
    person.clicks_left, person.clicks_until = CLICKS, now + CLICKS_FOR - MARGIN


def take(person: WechatPerson, now: datetime) -> Pool | None:
    """Use one message, of those that run out first; None when none may be sent."""
    if person.clicks_left > 0 and person.clicks_until and person.clicks_until > now:
        person.clicks_left -= 1
        return "clicks"
    if person.replies_left > 0 and person.replies_until and person.replies_until > now:
        person.replies_left -= 1
        return "replies"
    return None


def give_back(person: WechatPerson, pool: Pool) -> None:
    """A message that was taken was surely not sent."""
    if pool == "clicks":
        person.clicks_left = min(person.clicks_left + 1, CLICKS)
    else:
        person.replies_left = min(person.replies_left + 1, REPLIES)


def why_not(person: WechatPerson, now: datetime) -> str:
    """`quota` when all were used, `window` when it is too long ago that they wrote."""
    return "quota" if person.replies_until and person.replies_until > now else "window"


def refused(person: WechatPerson) -> None:
    """WeChat counts otherwise than we do, and it is WeChat that decides."""
    person.replies_left = person.clicks_left = 0

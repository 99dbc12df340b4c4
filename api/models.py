"""All tables in one place, for the migrations."""

from api.audit import AuditLine
from api.channels.wechat.models import WechatPerson, WechatPush, WechatText, WechatToken
from api.conversations.models import CarryCode, Conversation, Feedback, MessageRow, PendingErasure, Turn
from api.db import Base
from api.handoff.models import Handoff
from api.pictures.models import Picture
from api.staff.models import Staff, StaffSession

__all__ = [
    "AuditLine",
    "Base",
    "CarryCode",
    "Conversation",
    "Feedback",
    "Handoff",
    "MessageRow",
    "PendingErasure",
    "Picture",
    "Staff",
    "StaffSession",
    "Turn",
    "WechatPerson",
    "WechatPush",
    "WechatText",
    "WechatToken",
]

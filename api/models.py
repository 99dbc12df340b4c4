"""All tables in one place, for the migrations."""

from api.audit import AuditLine
from api.conversations.models import Conversation, Feedback, MessageRow, PendingErasure, Turn
from api.db import Base
from api.handoff.models import Handoff
from api.staff.models import Staff, StaffSession

__all__ = [
    "AuditLine",
    "Base",
    "Conversation",
    "Feedback",
    "Handoff",
    "MessageRow",
    "PendingErasure",
    "Staff",
    "StaffSession",
    "Turn",
]

"""A resident's message as every channel hands it in."""

import hashlib
import json
from dataclasses import dataclass

from api.errors import ApiError

LONGEST = 2000


@dataclass(frozen=True)
class Inbound:
    """A resident's message as every channel hands it in: a text, or a choice."""

    conversation_id: str
    key: str
    text: str | None
    choice: str | None

    @property
    def body_hash(self) -> str:
        """What the same key must come with again."""
        return hashlib.sha256(json.dumps([self.text, self.choice]).encode()).hexdigest()


def inbound(conversation_id: str, key: str, text: str | None, choice: str | None) -> Inbound:
    """Check what came in; raises 422 with the reason."""
    if (text is None) == (choice is None):
        raise ApiError(422, "text_or_choice", "Send either a text or a choice.")
    if text is None:
        return Inbound(conversation_id, key, None, choice)
    if not text:
        raise ApiError(422, "text_empty", "The message is empty. Write what you want to know.")
    if len(text) > LONGEST:
        raise ApiError(422, "text_too_long", f"The message is too long. Write at most {LONGEST} characters.")
    return Inbound(conversation_id, key, text, None)

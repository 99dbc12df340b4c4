"""The statements that every turn executes, built once."""

from sqlalchemy import alias, bindparam, exists, select, update

from api.conversations.models import Conversation, MessageRow, Turn
from api.db import Base

BY_KEY_OR_OPEN = select(Turn).where(
    Turn.conversation_id == bindparam("conversation"),
    (Turn.client_message_id == bindparam("key")) | Turn.state.in_(("received", "asked")),
)
"""The turn under a client's key, and those of its conversation that are not finished."""

HELD = (
    select(Turn, Conversation)
    .join(Conversation, Conversation.id == Turn.conversation_id)
    .where(Turn.id == bindparam("turn"))
    .with_for_update()
)
"""A turn and its conversation, held against other writers."""

_turn, _message = (Base.metadata.tables[model.__tablename__] for model in (Turn, MessageRow))
_other = alias(_turn)
CLAIM = (
    update(_turn)
    .where(
        _turn.c.id == bindparam("claimed"),
        _turn.c.state == "received",
        ~exists().where(
            _other.c.conversation_id == bindparam("conversation"),
            _other.c.id != bindparam("claimed"),
            _other.c.state == "asked",
            _other.c.created_at > bindparam("since"),
        ),
    )
    .values(state="asked")
)
"""received → asked, unless another turn of the conversation was asked since a moment."""

NAME_LANGUAGE = (
    update(_message)
    .where(_message.c.conversation_id == bindparam("conversation"), _message.c.seq == bindparam("at"))
    .values(language=bindparam("named"))
)
"""What language a message is in."""

"""Erasing a conversation from whichever tracker store Rasa was given; Rasa itself has no such call."""

from typing import Iterator

from rasa.core.tracker_store import InMemoryTrackerStore, RedisTrackerStore, SQLTrackerStore, TrackerStore
from sqlalchemy import text


class CannotErase(Exception):
    """The configured tracker store is one that this module does not know how to erase from."""


async def erase(store: TrackerStore, sender: str) -> None:
    """Delete everything the store, and any store behind it, keeps of one conversation. Unknown senders are fine."""
    for inner in _innermost(store):
        if isinstance(inner, SQLTrackerStore):
            _erase_sql(inner, sender)
        elif isinstance(inner, InMemoryTrackerStore):
            inner.store.pop(sender, None)
        elif isinstance(inner, RedisTrackerStore):
            inner.red.delete(inner.key_prefix + sender)
        else:
            raise CannotErase(type(inner).__name__)


def _innermost(store: TrackerStore) -> Iterator[TrackerStore]:
    """Yield the real stores inside Rasa's wrappers: the primary one, and the fallback if it was ever made."""
    wrapped = getattr(store, "_tracker_store", None)
    if wrapped is None:
        yield store
        return
    yield from _innermost(wrapped)
    fallback = getattr(store, "_fallback_tracker_store", None)
    if fallback is not None:
        yield from _innermost(fallback)


def _erase_sql(store: SQLTrackerStore, sender: str) -> None:
    with store.session_scope() as session:
        if session.bind.dialect.name == "sqlite":
            session.execute(text("PRAGMA secure_delete = ON"))  # overwrite the text, do not only free its page
        session.query(store.SQLEvent).filter(store.SQLEvent.sender_id == sender).delete(synchronize_session=False)
        session.commit()

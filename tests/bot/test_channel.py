import json
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot.channel.erase import CannotErase, erase
from bot.channel.memory import NothingKept
from bot.channel.wenlu import MAX_TEXT, BadTurn, WenluChannel, guard, read_turn, reply

GOOD: dict[str, Any] = {"sender": "c-1", "text": "hello", "metadata": {"language": "fr"}}


def body(**changes: Any) -> bytes:
    """A request body; a value of None removes the field."""
    return json.dumps({key: value for key, value in {**GOOD, **changes}.items() if value is not None}).encode()


def test_a_turn_is_read_with_its_metadata() -> None:
    """Sender, text and metadata pass through."""
    turn = read_turn(body())
    assert (turn.sender, turn.text, turn.metadata) == ("c-1", "hello", {"language": "fr"})


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "bad_json"),
        (b"[]", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (body(sender=None), "bad_sender"),
        (body(sender=""), "bad_sender"),
        (body(sender="a b"), "bad_sender"),
        (body(sender="x" * 201), "bad_sender"),
        (body(sender=7), "bad_sender"),
        (body(text=None), "empty_text"),
        (body(text=" \n\t"), "empty_text"),
        (body(text="\x00"), "empty_text"),
        (body(text=7), "empty_text"),
        (body(text="a" * (MAX_TEXT + 1)), "too_long"),
        (body(text="a" * 100_000), "too_long"),
        (body(metadata="x"), "bad_metadata"),
    ],
)
def test_a_bad_turn_is_refused_without_an_echo(raw: bytes, code: str) -> None:
    """Each fault has a code; the message never quotes the request."""
    with pytest.raises(BadTurn) as refused:
        read_turn(raw)
    assert refused.value.code == code
    assert "aaa" not in refused.value.message


@pytest.mark.parametrize("text", ["/restart", " /restart", "\n/greet{}", "//", "\x00/restart", "/session_start"])
def test_a_typed_command_never_reaches_rasa_as_one(text: str) -> None:
    """Rasa strips a message and reads a leading slash as an intent; neither finds one here."""
    assert not UserMessage(guard(text)).text.startswith("/")


def test_text_that_no_database_can_store_is_made_storable() -> None:
    """Lone surrogates and control characters are replaced."""
    assert guard("a\ud800b\x00c").encode("utf-8") == b"a?b c"


def test_without_a_secret_the_channel_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing secret is an error at start, not an open door."""
    monkeypatch.delenv("WENLU_BOT_SECRET", raising=False)
    with pytest.raises(RasaException, match="WENLU_BOT_SECRET"):
        WenluChannel.from_credentials({})


def test_nothing_said_is_an_error() -> None:
    """Rasa answers with nothing when its action server is down; the api must hear of it."""
    response = reply([])
    assert response.status == 502
    assert json.loads(response.body)["error"]["code"] == "bot_empty"


def test_directives_are_collected_in_order() -> None:
    """Several messages of one turn become one list."""
    one, two = {"type": "repeat"}, {"type": "language", "language": "fr"}
    response = reply(
        [{"custom": {"directives": [one]}}, {"text": "x"}, {"custom": {"directives": [two], "intent": {"name": "a"}}}]
    )
    assert json.loads(response.body) == {"directives": [one, two], "intent": {"name": "a"}}


def stores(tmp_path: Any) -> Any:
    """The tracker stores that can be erased from, each as Rasa wraps it."""
    domain = Domain.empty()
    yield InMemoryTrackerStore(domain)
    yield SQLTrackerStore(domain, dialect="sqlite", db=str(tmp_path / "tracker.db"))


async def test_erasing_takes_one_conversation_and_leaves_the_others(tmp_path: Any) -> None:
    """After erasing, the store knows nothing of that sender and everything of the next."""
    for inner in stores(tmp_path):
        store = FailSafeTrackerStore(inner)
        for sender in ("a", "b"):
            tracker = DialogueStateTracker.from_events(sender, [UserUttered("my secret story")])
            await store.save(tracker)
        await erase(store, "a")
        await erase(store, "never-there")
        assert await store.retrieve("a") is None
        assert list(await store.keys()) == ["b"]


async def test_nothing_is_kept_between_turns() -> None:
    """What was saved is gone: the next turn of the same conversation begins with an empty tracker."""
    store = NothingKept(Domain.empty())
    await store.save(DialogueStateTracker.from_events("a", [UserUttered("my secret story")]))
    assert list(await store.keys()) == []
    assert not [event for event in (await store.get_or_create_tracker("a")).events if isinstance(event, UserUttered)]


async def test_erased_text_is_not_left_in_the_file(tmp_path: Any) -> None:
    """SQLite overwrites the freed pages, so the words are gone from the disk."""
    store = SQLTrackerStore(Domain.empty(), dialect="sqlite", db=str(tmp_path / "tracker.db"))
    await store.save(DialogueStateTracker.from_events("a", [UserUttered("unmistakable-words-of-a-resident")]))
    assert b"unmistakable-words" in (tmp_path / "tracker.db").read_bytes()
    await erase(store, "a")
    assert b"unmistakable-words" not in (tmp_path / "tracker.db").read_bytes()


async def test_an_unknown_store_is_said_and_not_passed_over() -> None:
    """Erasing that cannot be done must not look as if it had been."""

    class Other:
        pass

    with pytest.raises(CannotErase, match="Other"):
        await erase(Other(), "a")  # type: ignore[arg-type]

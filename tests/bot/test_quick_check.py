"""The action server's answers are still checked."""

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.channel import quick_check

GOOD = {"events": [], "responses": [{"custom": {"directives": []}}]}


def test_a_good_answer_passes_and_a_bad_one_is_refused() -> None:
    """What Rasa's own check accepts is accepted, what it refuses is refused."""
    action = RemoteAction("action_answer", None)
    assert quick_check.validate_action_result(action, GOOD) is True
    for bad in ({"events": "none", "responses": []}, {"events": [{"no": "event"}], "responses": []}):
        with pytest.raises(ValidationError):
            quick_check.validate_action_result(action, bad)


def test_it_stands_in_rasas_place() -> None:
    """The channel puts it there when it is loaded."""
    import bot.channel.wenlu  # noqa: F401

    assert RemoteAction._validate_action_result is quick_check.validate_action_result

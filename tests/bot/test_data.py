"""The training data: what Rasa itself says of it, and what it does not look at."""

import os
import subprocess
import sys
from collections import defaultdict

import pytest
import yaml

from tests.bot.conftest import ROOT
from tests.phrases import phrases

DATA = ROOT / "bot" / "data"


def examples() -> dict[str, set[str]]:
    """The intents of each example of the bot's own files."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in DATA.glob("*/*.yml"):
        for intent in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in intent["examples"].splitlines():
                found[line.removeprefix("- ").strip().casefold()].add(intent["intent"])
    return found


def test_an_example_stands_for_one_intent() -> None:
    """The same words with two meanings teach neither."""
    assert {text: intents for text, intents in examples().items() if len(intents) > 1} == {}


def test_messages_kept_apart_are_not_trained_on() -> None:
    """What measures the product is no part of it."""
    apart = {text.casefold() for groups in phrases().values() for texts in groups.values() for text in texts}
    assert apart & examples().keys() == set()


@pytest.mark.server
@pytest.mark.timeout(300)
def test_rasa_finds_nothing_wrong_with_the_data() -> None:
    """`rasa data validate` passes: intents, rules and actions fit together."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "rasa", "data", "validate"]
    done = subprocess.run(command, cwd=ROOT / "bot", env=env, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert "No story structure conflicts found" in said

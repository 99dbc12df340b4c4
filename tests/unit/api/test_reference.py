"""What is made from the code is current: settings, API reference, contracts; and every setting read is documented."""

import json
import re
from pathlib import Path

import pytest
from alembic import command
from jsonschema import Draft202012Validator

from api.chat import directives
from api.chat.bot import BotFailed
from api.migrations import config, migrate
from api.reference import api_page
from api.settings import Settings, settings_page
from tests.conftest import ROOT

CODE = ("api", "wenlu", "knowledge", "retrieval", "languages", "bot", "actions", "deploy")


def test_the_settings_page_is_current() -> None:
    """docs/settings.md is what `wenlu docs settings` writes."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page()


def test_every_setting_is_described() -> None:
    """No setting of the api is without a description."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_setting_that_is_read_is_documented() -> None:
    """Each WENLU_ name in the code of any process stands in docs/settings.md."""
    page = settings_page()
    read: dict[str, Path] = {}
    for folder in CODE:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".yml", ".sh") and ".venv" not in path.parts:
                for name in re.findall(r"WENLU_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8", errors="ignore")):
                    read[name] = path
    assert {name: path for name, path in read.items() if f"`{name}`" not in page} == {}


def test_no_secret_has_a_default() -> None:
    """Every secret is unset until somebody sets it."""
    secrets = [name for name in Settings.model_fields if "secret" in name or "password" in name]
    assert secrets and all(Settings.model_fields[name].default is None for name in secrets)


def test_the_api_reference_is_current() -> None:
    """docs/api.md is what `wenlu docs api` writes."""
    assert (ROOT / "docs" / "api.md").read_text(encoding="utf-8") == api_page()


@pytest.mark.parametrize("name", sorted(directives.schema_texts()))
def test_the_contracts_are_current(name: str) -> None:
    """Each schema in tests/contracts is what `wenlu docs contracts` writes, and is a valid schema."""
    text = (ROOT / "tests" / "contracts" / name).read_text(encoding="utf-8")
    assert text == directives.schema_texts()[name]
    Draft202012Validator.check_schema(json.loads(text))


GOOD = [
    {
        "type": "say",
        "key": "greeting",
        "values": {},
        "buttons": [{"key": "topic.leasing", "values": {}, "payload": "topic:leasing"}],
    },
    {
        "type": "answer",
        "topic": "leasing",
        "confidence": 0.5,
        "sections": [{"id": "a/b#c", "score": 1}],
        "second_topic": None,
    },
    {"type": "ask", "key": "no_answer", "values": {}, "choices": []},
    {"type": "handoff", "reason": "asked", "stage": "confirm"},
    {"type": "emergency", "kind": "fire"},
    {"type": "language", "language": "ru"},
    {"type": "path", "id": None, "step": "next"},
    {"type": "path", "id": "moving-flat", "step": "register"},
    {"type": "repeat"},
]
BAD = [
    {"type": "say"},
    {"type": "say", "key": "Not A Key"},
    {"type": "answer", "topic": "x", "confidence": 2, "sections": [{"id": "a/b#c", "score": 1}]},
    {"type": "answer", "topic": "x", "confidence": 1, "sections": []},
    {"type": "answer", "topic": "x", "confidence": 1, "sections": [{"id": "no anchor", "score": 1}]},
    {"type": "handoff", "reason": "because", "stage": "confirm"},
    {"type": "language", "language": "Русский"},
    {"type": "path", "id": "Moving flat"},
]


@pytest.mark.parametrize("directive", GOOD, ids=lambda directive: directive["type"])
def test_a_good_directive_is_read(directive: dict[str, object]) -> None:
    """Model and schema agree on what may be said."""
    assert directives.read([directive])[0].type == directive["type"]
    Draft202012Validator(directives.schemas()["directives.schema.json"]).validate({"directives": [directive]})


@pytest.mark.parametrize("directive", BAD, ids=str)
def test_a_bad_directive_is_refused(directive: dict[str, object]) -> None:
    """Model and schema agree on what may not be said."""
    with pytest.raises(BotFailed):
        directives.read([directive])
    schema = Draft202012Validator(directives.schemas()["directives.schema.json"])
    assert not schema.is_valid({"directives": [directive]})


def test_an_unknown_directive_is_left_out() -> None:
    """A type that is not known yet is ignored beside those that are."""
    read = directives.read([{"type": "publication", "hash": "x"}, GOOD[-1]])
    assert [directive.type for directive in read] == ["repeat"]


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    """The migrations make exactly the tables of the models, and can be run again."""
    url = f"sqlite+inline:///{tmp_path}/wenlu.db"
    migrate(url)
    migrate(url)
    command.check(config(url))

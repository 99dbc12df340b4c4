"""Questions out of scope: what the checker says about their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.loader import ROOT, read_knowledge
from knowledge.out_of_scope import read_out_of_scope


def problems(tmp_path: Path, name: str, text: str) -> list[tuple[int, str]]:
    """Line and code of every problem of one file."""
    folder = tmp_path / "out_of_scope"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return [(problem.line, problem.code) for problem in read_out_of_scope(tmp_path).problems]


def test_themes_are_joined_across_languages(tmp_path: Path) -> None:
    """What stands under the same theme in two files belongs together."""
    assert not problems(tmp_path, "en.yml", 'weather:\n  - "will it rain"\n')
    assert not problems(tmp_path, "tr.yml", 'weather: ["yağmur yağacak mı"]\n')
    assert read_out_of_scope(tmp_path).asked == {"weather": {"en": ["will it rain"], "tr": ["yağmur yağacak mı"]}}


@pytest.mark.parametrize(
    ("name", "text", "line", "code"),
    [
        ("xx.yml", 'weather: ["rain"]\n', 1, "language"),
        ("en.yml", "- rain\n", 1, "shape"),
        ("en.yml", 'weather: ["rain"]\nThe Weather: ["sun"]\n', 2, "shape"),
        ("en.yml", "weather: []\n", 1, "shape"),
        ("en.yml", "weather:\n  - 12\n", 1, "shape"),
        ("en.yml", 'weather:\n  - "rain"\nsports:\n  - "who won"\n  - "Rain"\n', 5, "duplicate-question"),
        ("en.yml", "weather: [\n", 2, "yaml"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(tmp_path: Path, name: str, text: str, line: int, code: str) -> None:
    """Language, shape, themes and doubles."""
    assert problems(tmp_path, name, text) == [(line, code)]


def test_a_sample_question_of_a_section_is_not_out_of_scope(tmp_path: Path) -> None:
    """The checker names the section that answers it."""
    folder = tmp_path / "out_of_scope"
    folder.mkdir()
    (folder / "en.yml").write_text('weather:\n  - "will it rain"\n  - "My  Deposit is gone"\n', encoding="utf-8")
    found = read_out_of_scope(tmp_path)
    told = list(found.also_answered({"en": {"my deposit is gone": "leasing/deposits#withheld"}}))
    assert [(one.line, one.code) for one in told] == [(3, "answered")]
    assert "leasing/deposits#withheld" in told[0].message


def test_the_corpus_holds_the_examples_of_the_knowledge() -> None:
    """They are part of what is published, so a changed example makes a new publication."""
    reading = read_knowledge(ROOT)
    corpus = reading.corpus()
    assert corpus.out_of_scope["weather"]["tr"]
    fewer = corpus.model_copy(update={"out_of_scope": {}})
    assert fewer.hash != corpus.hash
    assert type(corpus).from_json(corpus.to_json()).hash == corpus.hash

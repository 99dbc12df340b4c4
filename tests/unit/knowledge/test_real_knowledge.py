"""The knowledge that is shipped: it passes its own check, and no figure in it can be changed unnoticed."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from knowledge import Corpus
from knowledge.check import check
from knowledge.loader import ROOT, read_knowledge
from knowledge.models import LANGUAGES
from knowledge.statutes import find_statutes


def pinned() -> date:
    """The last day on which something was verified or reviewed: the check must not depend on today's date."""
    days = [date(2026, 1, 1)]
    for draft in read_knowledge(ROOT).drafts:
        days += [text.front["reviewed"] for text in draft.texts.values() if "reviewed" in text.front]
        if draft.entry:
            days += [draft.entry.verified_on, *(review.on for review in draft.entry.review)]
    return max(days)


@pytest.fixture(scope="module")
def today() -> date:
    return pinned()


@pytest.mark.parametrize("at_hand", [True, False], ids=["statutes", "lock"])
def test_the_shipped_knowledge_passes(today: date, at_hand: bool) -> None:
    """Every section is proven, against the statutes where they are at hand and against the lock everywhere."""
    folder = find_statutes() if at_hand else None
    if at_hand and folder is None:
        pytest.skip("needs the official statute texts (WENLU_STATUTES)")
    report = check(ROOT, folder, today)
    assert [str(problem) for problem in report.errors] == []
    assert report.counts["brochures"] >= 36
    assert report.counts["sections"] >= 140


def test_every_topic_has_a_brochure(corpus: Corpus) -> None:
    """All eighteen topics are covered, each named in the eight curated languages."""
    assert len(corpus.topics) == 18
    assert {brochure.topic for brochure in corpus.brochures.values()} == set(corpus.topics)
    assert all(set(topic.names) == set(LANGUAGES) for topic in corpus.topics.values())
    assert all(set(city.names) == set(LANGUAGES) for city in corpus.cities.values())


def _change(path: Path, line: int, pattern: str) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    changed, count = re.subn(pattern, lambda match: f"{match[1]}7{match[2]}", lines[line - 1], count=1)
    assert count == 1, lines[line - 1]
    lines[line - 1] = changed
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize("at_hand", [True, False], ids=["statutes", "lock"])
@pytest.mark.parametrize("kind", ["figure", "article", "wording", "zh", "en"])
def test_a_change_in_the_shipped_knowledge_is_found(tmp_path: Path, today: date, kind: str, at_hand: bool) -> None:
    """A changed figure, article number, wording or figure in a text fails at its own file and line."""
    folder = find_statutes() if at_hand else None
    if at_hand and folder is None:
        pytest.skip("needs the official statute texts (WENLU_STATUTES)")
    copy = tmp_path / "knowledge"
    ignored = shutil.ignore_patterns("__pycache__", "*.py")
    shutil.copytree(ROOT, copy, ignore=ignored)
    drafts = read_knowledge(copy).drafts
    draft, index = next(
        (draft, index)
        for draft in drafts
        for index, section in enumerate(draft.entry.sections if draft.entry else [])
        if len(section.facts) >= 2
    )
    assert draft.entry
    section = draft.entry.sections[index]
    name, line, pattern = "brochure.yml", 0, ""
    if kind == "figure":
        line, pattern = draft.source.line("sections", index, "facts", 1, "value"), r'(value: *"?\d*)(\d)'
    elif kind == "article":
        line, pattern = draft.source.line("sections", index, "basis", 0, "article"), r"(article: *\d*)(\d)"
    elif kind == "wording":
        line, pattern = draft.source.line("sections", index, "facts", 0, "statute"), r"(statute: *\"?.)(.)"
    else:
        name = f"{kind}.md"
        part = draft.texts[kind].sections[section.id]
        lines = part.markdown.split("\n")
        line = part.body_line + next(number for number, text in enumerate(lines) if re.search(r"\d", text))
        pattern = r"(\d*)(\d)"
    _change(copy / "brochures" / draft.folder / name, line, pattern)
    found = {(problem.file, problem.line) for problem in check(copy, folder, today).errors}
    assert (f"brochures/{draft.folder}/{name}", line) in found

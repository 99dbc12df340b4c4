"""Questions beside those of the brochures: merged into the sections, and named with file and line when wrong."""

from pathlib import Path

import pytest

from knowledge.check import check
from knowledge.loader import load_corpus
from knowledge.models import UNDERSTOOD
from tests.unit.knowledge.conftest import TODAY, Root, write

GERMAN = """
    # so fragen Leute

    "leasing/deposit#returned": ["wann krieg ich meine yajin zurück", "vermieter zahlt kaution nicht"]
    "leasing/deposit#second": ["und wie lange dauert das"]
"""


def ask(root: Root, text: str = GERMAN, language: str = "de", topic: str = "leasing") -> Path:
    path = root.path / "questions" / language / f"{topic}.yml"
    write(path, text)
    return path


def test_they_are_merged_into_the_sections(root: Root) -> None:
    """A section has the questions of its brochure's file and those of every further language."""
    ask(root)
    ask(root, '"leasing/deposit#returned": ["kaporamı ne zaman alırım"]\n', "tr")
    questions = load_corpus(root.path).sections["leasing/deposit#returned"].questions
    assert list(questions) == ["zh", "en", "de", "tr"]
    assert questions["de"] == ["wann krieg ich meine yajin zurück", "vermieter zahlt kaution nicht"]


def test_a_curated_language_has_them_after_the_brochures_own(root: Root) -> None:
    """More ways to ask may stand here in any language; what the brochure has already is not taken twice."""
    own = load_corpus(root.path).sections["leasing/deposit#returned"].questions["en"]
    ask(root, f'"leasing/deposit#returned": ["{own[0]}", "he wont give it back"]\n', "en")
    assert load_corpus(root.path).sections["leasing/deposit#returned"].questions["en"] == [*own, "he wont give it back"]


def test_sections_without_them_are_only_counted(root: Root) -> None:
    """A language may be begun and not finished."""
    ask(root, GERMAN.rsplit("\n", 2)[0] + "\n")
    report = root.proven()
    assert report.errors == []
    assert report.unasked == dict.fromkeys(UNDERSTOOD, 2) | {"de": 1}
    assert "sections without sample questions: de 1, pt 2" in root.command("--only", "leasing").output


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("leasing/deposit#second", "leasing/deposit#third", "unknown-section", 4),
        ("leasing/deposit#second", "leasing/gone#second", "unknown-section", 4),
        ("leasing/deposit#second", "leasing/deposit", "unknown-section", 4),
        ("leasing/deposit#second", "leasing/deposit#returned", "duplicate-key", 4),
        ("leasing/deposit#second", "visas/deposit#second", "wrong-topic", 4),
        ("und wie lange dauert das", "Vermieter  zahlt Kaution nicht", "duplicate-question", 4),
        ('["und wie lange dauert das"]', "[]", "shape", 4),
        ('["und wie lange dauert das"]', "und wie lange dauert das", "shape", 4),
        ('["und wie lange dauert das"]', '["und wie lange dauert das", 30]', "shape", 4),
        ('"leasing/deposit#second": [', '"leasing/deposit#second": [[', "yaml", 5),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_and_line(root: Root, old: str, new: str, code: str, line: int) -> None:
    """Unknown and doubled sections, doubled questions and broken lists fail at their line."""
    path = ask(root)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    errors = {(problem.file, problem.line, problem.code) for problem in root.proven().errors}
    assert ("questions/de/leasing.yml", line, code) in errors


@pytest.mark.parametrize(
    ("language", "topic", "code"),
    [("xx", "leasing", "language"), ("de", "gardening", "unknown-topic")],
)
def test_unknown_languages_and_topics_fail(root: Root, language: str, topic: str, code: str) -> None:
    """Only Wenlu's languages, and topics of the register, have files here."""
    ask(root, language=language, topic=topic)
    errors = [(problem.file, problem.line, problem.code) for problem in root.proven().errors]
    assert errors[0] == (f"questions/{language}/{topic}.yml", 3, code)


def test_a_brochure_keeps_to_its_languages(root: Root) -> None:
    """questions.yml of a brochure is for the curated languages."""
    root.replace("questions.yml", "en: [when", "xx: [when")
    errors = [(problem.line, problem.code) for problem in root.proven().errors]
    assert errors == [(3, "language")]


def test_other_topics_are_left_aside(root: Root) -> None:
    """Who checks one topic hears nothing of the others' files."""
    write(
        root.path / "topics.yml", "leasing:\n  names: {zh: 租房, en: Renting}\nvisas:\n  names: {zh: 签, en: Visas}\n"
    )
    ask(root)
    ask(root, "- nonsense\n", topic="visas")
    assert check(root.path, root.statutes, TODAY, only="leasing").errors == []
    assert [problem.code for problem in root.proven().errors] == ["shape"]

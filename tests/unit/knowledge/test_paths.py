"""Paths: read with their texts, and every figure of a step a fact of the section that it rests on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.loader import load_corpus, read_knowledge
from knowledge.proofs import compare_lock, write_lock
from knowledge.statutes import load_statutes
from tests.unit.knowledge.conftest import Root, write

PATH = """
    id: deposit-back
    order: 1
    jurisdiction: mainland
    offered_with: ["leasing/deposit#returned"]
    steps:
      - id: write
        section: leasing/deposit#second
        practice: true
      - id: wait
        section: leasing/deposit#returned
        deadline: {value: "30", unit: day}
      - id: complain
        section: leasing/deposit#second
"""
ZH = """
    revision: 2
    title: 要回押金
    intro: 先写信。
    steps:
      write: {title: 写信, text: 写给房东。, bring: [合同], where: 房东}
      wait: {title: 等待, by: 30日内, text: "最高罚20,000元。"}
      complain: {title: 投诉, text: 打12345。大约2周。}
"""
EN = """
    revision: 1
    based_on: 2
    title: Getting the deposit back
    intro: Write first.
    steps:
      write: {title: Write, text: Write to the landlord., bring: [Lease], where: Landlord}
      wait: {title: Wait, by: Within 30 days, text: "The fine is up to 20,000 yuan."}
      complain: {title: Complain, text: Call 12345. It takes about 2 weeks.}
"""


@pytest.fixture
def folder(root: Root) -> Path:
    """A path of three steps, in the small knowledge folder."""
    path = root.path / "paths" / "deposit-back"
    for name, text in {"path.yml": PATH, "zh.yml": ZH, "en.yml": EN}.items():
        write(path / name, text)
    return path


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_path_is_read_with_its_texts(root: Root, folder: Path) -> None:
    """The corpus has the path, survives JSON, and says beside which section it is offered."""
    report = root.proven()
    assert report.errors == [] and (report.counts["paths"], report.counts["steps"]) == (1, 3)
    corpus = load_corpus(root.path)
    assert type(corpus).from_json(corpus.to_json()) == corpus
    path = corpus.paths["deposit-back"]
    assert path.titles == {"zh": "要回押金", "en": "Getting the deposit back"}
    assert [step.id for step in path.steps] == ["write", "wait", "complain"]
    assert path.steps[0].texts["en"].bring == ["Lease"] and path.steps[1].texts["zh"].by == "30日内"
    assert corpus.paths_beside == {"leasing/deposit#returned": "deposit-back"}


def test_a_path_is_served_while_its_sections_are(root: Root, folder: Path) -> None:
    """The day after the review period of a section the path is gone too."""
    corpus = load_corpus(root.path)
    assert list(corpus.paths_served(date(2027, 11, 1))) == ["deposit-back"]
    assert corpus.paths_served(date(2027, 11, 2)) == {}


def test_a_missing_language_is_a_warning(root: Root, folder: Path) -> None:
    """Six languages are named that are not written yet; a step that one of them lacks is named too."""
    found = [
        problem for problem in root.proven().warnings if problem.code == "not-translated" and "paths" in problem.file
    ]
    assert len(found) == 6
    french = EN.replace(
        "      write: {title: Write, text: Write to the landlord., bring: [Lease], where: Landlord}\n", ""
    )
    write(folder / "fr.yml", french)
    report = root.proven()
    assert report.errors == []
    assert [problem.message for problem in report.warnings if problem.file.endswith("fr.yml")] == [
        "not translated yet, shown in English: write"
    ]
    assert "fr" not in load_corpus(root.path).paths["deposit-back"].steps[0].texts


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "line"),
    [
        ("path.yml", '{value: "30", unit: day}', '{value: "31", unit: day}', "deadline", 11),
        ("path.yml", '{value: "30", unit: day}', '{value: "30", unit: month}', "deadline", 11),
        ("path.yml", "section: leasing/deposit#returned", "section: leasing/deposit#none", "unknown-section", 10),
        ("path.yml", '["leasing/deposit#returned"]', '["leasing/deposit#none"]', "unknown-section", 4),
        ("path.yml", "id: deposit-back", "id: other", "path-id", 1),
        ("path.yml", "id: complain", "id: wait", "duplicate-id", 12),
        ("path.yml", "id: complain", "id: done", "reserved", 12),
        ("path.yml", "jurisdiction: mainland", "jurisdiction: moon", "shape", 3),
        ("en.yml", "Within 30 days", "Soon", "figure-missing", 7),
        ("en.yml", "20,000 yuan", "30,000 yuan", "unproven-figure", 7),
        ("en.yml", "about 2 weeks", "about 3 weeks", "unproven-figure", 8),
        ("en.yml", "Write first.", "Write within 30 days.", "unproven-figure", 4),
        ("en.yml", "[Lease]", "[Lease and 2 photos, Letter of 4 pages]", "unproven-figure", 6),
        ("en.yml", "based_on: 2", "based_on: 1", "stale-translation", 2),
        ("en.yml", "based_on: 2", "based_on: 3", "based-on", 2),
        ("en.yml", "complain:", "sue:", "unknown-step", 8),
        ("zh.yml", "revision: 2", "revision: none", "shape", 1),
    ],
)
def test_what_is_wrong_is_named(root: Root, folder: Path, file: str, old: str, new: str, code: str, line: int) -> None:
    """Each mistake has its code, its file and its line."""
    replace(folder / file, old, new)
    found = [(problem.code, problem.file, problem.line) for problem in root.proven().errors]
    assert (code, f"paths/deposit-back/{file}", line) in found


def test_practice_stands_only_where_the_section_has_it(root: Root, folder: Path) -> None:
    """A step may not call practice what its section proves."""
    replace(folder / "path.yml", '    deadline: {value: "30", unit: day}', "    practice: true")
    assert [problem.code for problem in root.proven().errors] == ["practice"]


def test_chinese_and_english_must_be_there(root: Root, folder: Path) -> None:
    """Without one of them the path is not loaded."""
    (folder / "zh.yml").unlink()
    assert "missing-language" in [problem.code for problem in root.proven().errors]


def test_a_section_offers_one_path(root: Root, folder: Path) -> None:
    """A second path beside the same section is refused."""
    other = folder.parent / "other"
    for file in folder.iterdir():
        write(other / file.name, file.read_text(encoding="utf-8").replace("id: deposit-back", "id: other"))
    assert [problem.code for problem in root.proven().errors] == ["offered-twice"]


def test_the_lock_holds_the_figures_of_a_step(root: Root, folder: Path) -> None:
    """A figure changed into another fact of the section is found where the statutes are not at hand."""
    reading = read_knowledge(root.path)
    write_lock(root.path, reading.drafts, load_statutes(root.statutes), reading.paths)
    assert compare_lock(root.path, reading.drafts, None, reading.paths) == []
    replace(folder / "en.yml", "20,000 yuan", "30 yuan")
    changed = read_knowledge(root.path)
    (problem,) = compare_lock(root.path, changed.drafts, None, changed.paths)
    assert (problem.code, problem.file, problem.line) == ("proof-changed", "paths/deposit-back/en.yml", 7)

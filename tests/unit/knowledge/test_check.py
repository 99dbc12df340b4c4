"""The checker's rules, each broken once in a small knowledge folder."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from knowledge.check import Report, check
from knowledge.loader import read_knowledge
from knowledge.proofs import write_lock
from knowledge.statutes import find_statutes, load_statutes
from tests.unit.knowledge.conftest import TODAY, Root


def lock(root: Root) -> None:
    write_lock(root.path, read_knowledge(root.path).drafts, load_statutes(root.statutes))


def only(report: Report, code: str) -> tuple[str, int]:
    """The file and line of the one error, which has this code."""
    assert [problem.code for problem in report.errors] == [code], report.errors
    return report.errors[0].file.rsplit("/", 1)[-1], report.errors[0].line


def test_sound_knowledge_passes_and_is_counted(root: Root) -> None:
    """Proven facts, named practice and citations leave nothing to say."""
    report = root.proven()
    assert report.errors == []
    assert report.counts == {
        "brochures": 1, "sections": 2, "languages": 2, "facts": 2, "practice": 2, "articles": 3,
        "terms": 0, "term languages": 0, "term uses": 0, "points": 0, "paths": 0, "steps": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "line"),
    [
        ("brochure.yml", '{value: "30"', '{value: "31"', "figure-wording", 13),
        ("brochure.yml", "statute: 三十日内", "statute: 三十日以内", "wording", 13),
        ("brochure.yml", "{law: deposit-law, article: 11}", "{law: deposit-law, article: 12}", "unknown-article", 18),
        ("brochure.yml", "{law: deposit-law, article: 11}", "{law: no-law, article: 11}", "unknown-law", 18),
        ("brochure.yml", "law: other-law, article: 2}", "law: other-law, article: 3}", "fact-basis", 14),
        ("brochure.yml", "leasing/deposit#second", "leasing/deposit#third", "unknown-related", 16),
        ("brochure.yml", "topic: leasing\n", "topic: visas\n", "unknown-topic", 2),
        ("brochure.yml", "jurisdiction: mainland", "jurisdiction: atlantis", "shape", 3),
        ("brochure.yml", "verified_on: 2026-11-01", "verified_on: 2027-01-01", "future-date", 4),
        ("brochure.yml", "on: 2026-11-01}]", "on: 2026-12-01}]", "future-date", 6),
        ("brochure.yml", "zh: [打12345]", "zh: []", "next-steps", 20),
        ("brochure.yml", "zh: [打12345]", "zh: [等45天后打12345]", "unproven-figure", 20),
        ("brochure.yml", "id: leasing/deposit\n", "id: leasing/other\n", "brochure-id", 1),
        ("brochure.yml", "unit: day,", "unit: day, unit: day,", "duplicate-key", 13),
        ("zh.md", "通常要大约2周", "通常要大约2周，最多90天", "unproven-figure", 14),
        ("en.md", "It takes about 2 weeks.", "It takes about 2 weeks, 90 days at most.", "unproven-figure", 16),
        ("en.md", "It takes about 2 weeks.", "", "empty-text", 14),
        ("en.md", "It takes about 2 weeks.", "Line.\n\n<b>It takes about 2 weeks.</b>", "raw-html", 18),
        ("zh.md", "通常要大约2周", "**通常。**要大约2周", "bold", 14),
        ("en.md", "{#second}", "{#third}", "unknown-section", 14),
        ("en.md", "based_on: 1", "based_on: 2", "based-on", 4),
        ("en.md", "reviewed: 2026-11-01", "reviewed: 2027-01-01", "future-date", 3),
        ("zh.md", "revision: 1", "revision: 2", "stale-translation", 4),
        ("questions.yml", "returned:", "gone:", "unknown-section", 1),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named_with_file_and_line(
    root: Root, name: str, old: str, new: str, code: str, line: int
) -> None:
    """Every rule, broken, gives an error with its code at the line where it can be mended."""
    root.replace(name, old, new)
    report = root.proven()
    errors = {(problem.code, problem.line) for problem in report.errors}
    assert (code, line) in errors, report.errors


def test_a_figure_missing_in_a_language_is_named_there(root: Root) -> None:
    """A fact's figure must stand in the text of every language of the section."""
    root.replace("en.md", "Within **30 days**", "Within **a month**")
    assert only(root.proven(), "figure-missing") == ("en.md", 8)


def test_a_missing_language_is_an_error(root: Root) -> None:
    """Chinese and English are required; another language is not."""
    (root.brochure / "en.md").unlink()
    assert only(root.proven(), "missing-language") == ("brochure.yml", 1)


def test_a_section_missing_in_one_language_is_an_error(root: Root) -> None:
    """A brochure has the same sections in Chinese and English."""
    root.replace("en.md", "## Another question? {#second}\n\nIt takes about 2 weeks.\n", "")
    assert only(root.proven(), "missing-language") == ("en.md", 6)


def test_a_duplicate_section_is_an_error(root: Root) -> None:
    """Section ids are unique in a brochure."""
    root.replace("brochure.yml", "- id: second", "- id: returned")
    assert "duplicate-id" in {problem.code for problem in root.proven().errors}


def test_missing_questions_are_a_warning(root: Root) -> None:
    """Sections without questions in a curated language are told, and the check passes."""
    report = root.proven()
    assert {problem.code for problem in report.warnings} == {"questions"}
    assert "ja ko fr es ru ar" in report.warnings[-1].message


def test_figures_of_other_scripts_count(root: Root) -> None:
    """Arabic-Indic digits and thousands separators are the same figures."""
    text = (root.brochure / "en.md").read_text(encoding="utf-8")
    arabic = text.replace("30 days", "٣٠ days").replace("20,000", "٢٠٬٠٠٠")
    (root.brochure / "ar.md").write_text(arabic, encoding="utf-8")
    assert root.proven().errors == []


def test_practice_true_makes_figures_practice(root: Root) -> None:
    """In a section of practice, figures without facts are counted as practice and pass."""
    root.replace("brochure.yml", 'practice: ["about 2 weeks", "大约2周"]', "practice: true")
    report = root.proven()
    assert report.errors == []
    assert report.counts["practice"] == 3


def test_next_steps_of_a_translation_are_checked_at_their_line(root: Root) -> None:
    """Steps in a translation's front matter need proof for their figures like all text."""
    text = (root.brochure / "en.md").read_text(encoding="utf-8")
    steps = 'based_on: 1\nnext_steps:\n  returned: ["Attendez 60 jours"]\n'
    (root.brochure / "fr.md").write_text(text.replace("based_on: 1\n", steps), encoding="utf-8")
    assert only(root.proven(), "unproven-figure") == ("fr.md", 6)


def test_expiry_warns_and_never_fails(root: Root) -> None:
    """After its review day a brochure is a warning, on the day itself it is not."""
    assert not [w for w in root.proven(date(2027, 11, 1)).warnings if w.code == "expired"]
    report = root.proven(date(2027, 11, 2))
    assert report.errors == []
    assert [(w.code, w.line) for w in report.warnings if w.code == "expired"] == [("expired", 5)]


def test_only_leaves_other_brochures_and_the_lock_aside(root: Root) -> None:
    """A writer checks their own brochures while others are at work."""
    broken = root.path / "brochures" / "visas" / "new" / "brochure.yml"
    broken.parent.mkdir(parents=True)
    broken.write_text("id: [", encoding="utf-8")
    assert check(root.path, root.statutes, TODAY, only="leasing").errors == []
    assert check(root.path, root.statutes, TODAY, only="visas").errors != []


MUTATIONS = [
    ("brochure.yml", '{value: "30"', '{value: "20000"'),
    ("brochure.yml", '{value: "20000"', '{value: "2"'),
    ("brochure.yml", "statute: 三十日内", "statute: 三十日"),
    ("brochure.yml", "statute: 二万元以下", "statute: 二万元"),
    ("brochure.yml", "- {law: deposit-law, article: 10}", "- {law: deposit-law, article: 11}"),
    ("brochure.yml", "basis: [{law: deposit-law, article: 11}]", "basis: [{law: deposit-law, article: 10}]"),
    ("brochure.yml", "article: 2, sub: 1}", "article: 2}"),
    ("brochure.yml", "law: other-law, article: 2}", "law: deposit-law, article: 10}"),
    ("brochure.yml", "{law: deposit-law, article: 11}", "{law: other-law, article: 11}"),
    ("brochure.yml", "Call 12345", "Call 12348"),
    ("zh.md", "30日内", "20,000日内"),
    ("zh.md", "20,000元", "30元"),
    ("zh.md", "第10条", "第11条"),
    ("zh.md", "大约2周", "大约3周"),
    ("en.md", "30 days", "20,000 days"),
    ("en.md", "20,000 yuan", "20,001 yuan"),
    ("en.md", "art. 10", "art. 12"),
]


@pytest.mark.parametrize("at_hand", [True, False], ids=["statutes", "lock"])
@pytest.mark.parametrize(("name", "old", "new"), MUTATIONS)
def test_a_mutation_fails_with_file_and_line(root: Root, name: str, old: str, new: str, at_hand: bool) -> None:
    """Changing any figure, article, law or wording fails the check where it was changed, also without statutes."""
    lock(root)
    statutes = root.statutes if at_hand else None
    assert check(root.path, statutes, TODAY).errors == []
    text = (root.brochure / name).read_text(encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    root.replace(name, old, new)
    found = [problem for problem in check(root.path, statutes, TODAY).errors if problem.file.endswith(name)]
    assert found
    assert line in {problem.line for problem in found}, found


def test_a_missing_lock_is_an_error(root: Root) -> None:
    """Without the lock nothing says what was proven."""
    assert only(check(root.path, None, TODAY), "no-lock") == ("proofs.lock", 1)


def test_a_lock_edited_by_hand_is_refused(root: Root) -> None:
    """A line of the lock whose digest does not fit is named with its line."""
    lock(root)
    path = root.path / "proofs.lock"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if '"value": "30"' in line)
    lines[at] = lines[at].replace('"value": "30"', '"value": "60"')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert only(check(root.path, None, TODAY), "lock-line") == ("proofs.lock", at + 1)


def test_a_section_that_is_gone_is_left_over_in_the_lock(root: Root) -> None:
    """Deleting what was proven is told too."""
    lock(root)
    root.replace("en.md", "It takes about 2 weeks.", "It takes a while.")
    (root.brochure / "en.md").rename(root.brochure / "en.txt")
    assert "lock-left-over" in {problem.code for problem in check(root.path, None, TODAY).errors}


def test_the_lock_is_the_same_each_time(root: Root) -> None:
    """Writing the lock twice gives the same bytes, sorted."""
    lock(root)
    first = (root.path / "proofs.lock").read_bytes()
    lock(root)
    assert (root.path / "proofs.lock").read_bytes() == first
    keys = [(e["section"], e["entry"], e["of"]) for e in map(json.loads, first.decode().splitlines())]
    assert keys == sorted(keys)


def test_a_changed_statute_is_noticed(root: Root) -> None:
    """When the official text of an article changes, what it proved is looked at again."""
    lock(root)
    path = root.statutes / "articles.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("返还押金", "退还押金"), encoding="utf-8")
    report = check(root.path, root.statutes, TODAY)
    assert {problem.code for problem in report.errors} == {"proof-changed"}


def test_the_command_prints_problems_and_a_summary(root: Root) -> None:
    """`wenlu knowledge check` says file:line, counts, and exits 1 on errors, 0 after the lock is written."""
    refused = root.command()
    assert refused.exit_code == 1
    assert "proofs.lock:1:" in refused.output
    assert root.command("--write-lock").exit_code == 0
    passed = root.command()
    assert passed.exit_code == 0
    assert re.search(r"^brochures +1\nsections +2  complete in 2 languages: zh en$", passed.output, re.M)
    assert root.command("--no-statutes").exit_code == 0


def test_without_statutes_no_new_proof_can_be_written(root: Root) -> None:
    """A changed fact cannot be locked where nothing can prove it; a changed text can."""
    lock(root)
    root.replace("en.md", "Within **30 days**", "In 30 days, yes 30,")
    assert root.command("--no-statutes").exit_code == 1
    assert root.command("--no-statutes", "--write-lock").exit_code == 0
    assert root.command("--no-statutes").exit_code == 0
    root.replace("brochure.yml", "article: 2, sub: 1}", "article: 2, sub: 1, paragraph: 1}")
    refused = root.command("--no-statutes", "--write-lock")
    assert refused.exit_code == 1
    assert "official texts" in refused.output


def test_the_statutes_folder_can_be_named(root: Root, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """WENLU_STATUTES names the folder; one without articles is as good as none."""
    monkeypatch.setenv("WENLU_STATUTES", str(root.statutes))
    assert find_statutes() == root.statutes
    monkeypatch.setenv("WENLU_STATUTES", str(tmp_path / "nowhere"))
    assert find_statutes() is None


def test_a_section_not_translated_yet_is_a_warning(root: Root) -> None:
    """A translation may lag behind: the resident gets the English section, the editor a warning."""
    text = (root.brochure / "en.md").read_text(encoding="utf-8")
    (root.brochure / "fr.md").write_text(text[: text.index("## ", text.index("## ") + 3)], encoding="utf-8")
    report = root.proven()
    assert [problem.code for problem in report.errors] == []
    assert "not-translated" in {problem.code for problem in report.warnings}

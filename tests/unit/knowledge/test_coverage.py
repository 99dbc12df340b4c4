"""Every article of a law that was gone through is cited by a section or has a reason."""

import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from knowledge.cli import app
from knowledge.coverage import MEANINGS, Why, check_coverage, numbers, read_coverage, written
from knowledge.coverage_page import coverage_page, drop_cited
from knowledge.loader import ROOT, read_knowledge
from knowledge.statutes import find_statutes, load_statutes
from knowledge.summary import summary_lines
from tests.unit.knowledge.conftest import ARTICLES, Root, write

GOOD = """
    articles: 8-12
    reasons:
      "8-9": principle
      "12": {why: repeated, by: "deposit-law 10"}
"""


@pytest.fixture
def covered(root: Root) -> Root:
    """The tiny folder, its deposit law of five articles gone through: 10 and 11 are cited."""
    more = [{"law": "deposit-law", "article": number, "text": "一般规定。"} for number in (8, 9, 12)]
    lines = [json.dumps(article, ensure_ascii=False) for article in [*ARTICLES, *more]]
    write(root.statutes / "articles.jsonl", "\n".join(lines))
    write(root.path / "coverage" / "deposit-law.yml", GOOD)
    return root


def codes(root: Root, statutes: bool = True) -> list[tuple[str, int]]:
    """Code and line of what is wrong with the coverage."""
    texts = load_statutes(root.statutes) if statutes else None
    problems, _ = check_coverage(read_coverage(root.path), read_knowledge(root.path), texts)
    return [(problem.code, problem.line) for problem in problems]


def test_a_law_gone_through_is_counted(covered: Root) -> None:
    """Cited, explained and missing add up to the articles of the law."""
    report = covered.proven()
    assert report.errors == []
    found = {name: value for name, value in report.counts.items() if name.startswith("coverage")}
    assert found == {
        "coverage_laws": 1, "coverage_articles": 5, "coverage_cited": 2, "coverage_explained": 3, "coverage_missing": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('"8-9": principle', '"8": principle', "coverage-gap", 2),
        ('"8-9": principle', '"8-10": principle', "coverage-stale", 3),
        ('"8-9": principle', '"8-9, 12": principle', "coverage-twice", 4),
        ('"8-9": principle', '"7-9": principle', "coverage-unknown", 3),
        ('"8-9": principle', '"8-9": boring', "shape", 3),
        ('"8-9": principle', '"9-8": principle', "articles", 3),
        ('"8-9": principle', '"8+9": principle', "articles", 3),
        ('{why: repeated, by: "deposit-law 10"}', "repeated", "coverage-by", 4),
        ('by: "deposit-law 10"', 'by: "deposit-law 9"', "coverage-by", 4),
        ('by: "deposit-law 10"', 'by: "leasing/deposit#nowhere"', "coverage-by", 4),
        ("articles: 8-12", "articles: 8-13", "coverage-unknown", 1),
    ],
)
def test_what_is_wrong_is_said_with_its_line(covered: Root, old: str, new: str, code: str, line: int) -> None:
    """Articles without a reason, reasons that no longer hold, and pointers that lead nowhere."""
    path = covered.path / "coverage" / "deposit-law.yml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert (code, line) in codes(covered)


def test_an_article_that_was_left_out_is_found_with_the_statutes(covered: Root) -> None:
    """The list of articles is compared with the official text, unless only a part was meant to be gone through."""
    path = covered.path / "coverage" / "deposit-law.yml"
    path.write_text('articles: 8-11\nreasons:\n  "8-9": principle\n', encoding="utf-8")
    assert codes(covered) == [("coverage-articles", 1)]
    assert codes(covered, statutes=False) == []
    path.write_text(f"part: articles 8 to 11\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert codes(covered) == []


def test_a_law_that_is_not_registered_is_refused(covered: Root) -> None:
    """The file is named as the law in laws.yml."""
    write(covered.path / "coverage" / "no-law.yml", 'articles: "1"\nreasons:\n  "1": principle\n')
    assert codes(covered) == [("unknown-law", 1)]


def test_reasons_of_articles_cited_by_now_are_taken_out(covered: Root) -> None:
    """The other articles of the same line keep their reason, and the file passes again."""
    covered.replace("brochure.yml", "{law: deposit-law, article: 11}", "{law: deposit-law, article: 8}")
    assert ("coverage-stale", 3) in codes(covered)
    assert drop_cited(covered.path, read_coverage(covered.path), read_knowledge(covered.path)) == ["deposit-law"]
    text = (covered.path / "coverage" / "deposit-law.yml").read_text(encoding="utf-8")
    assert '"9": principle' in text
    assert codes(covered) == [("coverage-gap", 2)]  # 11 is no longer cited, and nothing says why


def test_writing_the_lock_brings_coverage_along(covered: Root) -> None:
    """Stale reasons are taken out and the page is made anew where there is one."""
    page = covered.path.parent / "docs" / "coverage.md"
    write(page, "old\n")
    covered.replace("brochure.yml", "basis: [{law: deposit-law, article: 11}]",
                    "basis: [{law: deposit-law, article: 11}, {law: deposit-law, article: 12}]")  # fmt: skip
    done = covered.command("--write-lock")
    assert done.exit_code == 0
    assert "3 cited, 2 explained" in done.output
    assert "| 11-12 | `leasing/deposit#second` |" in page.read_text(encoding="utf-8")


def test_the_command_prints_or_writes_the_page(covered: Root, tmp_path: Path) -> None:
    """Neighbouring articles with the same answer share a row, and a pointer shows the section it leads to."""
    target = tmp_path / "page.md"
    shown = CliRunner().invoke(app, ["coverage", "--root", str(covered.path)])
    assert CliRunner().invoke(app, ["coverage", "--root", str(covered.path), "--write", str(target)]).exit_code == 0
    assert shown.output == target.read_text(encoding="utf-8")
    assert "| 8-9 | *principle* |" in shown.output
    assert "| 12 | *repeated* deposit-law 10: `leasing/deposit#returned` |" in shown.output


@given(st.sets(st.tuples(st.integers(1, 400), st.sampled_from([0, 0, 0, 1, 2])), min_size=1))
def test_a_list_of_articles_is_read_as_it_was_written(articles: set[tuple[int, int]]) -> None:
    """`written` and `numbers` undo each other."""
    assert numbers(written(articles)) == sorted(articles)


def test_the_summary_is_aligned_and_says_what_lags_behind() -> None:
    """Names on the left, figures under each other, languages that lack sections with their count."""
    counts = {
        "brochures": 2, "sections": 1200, "facts": 7, "practice": 3, "articles": 9, "terms": 5, "term languages": 19,
        "term uses": 40, "points": 6, "paths": 4, "steps": 31, "coverage_laws": 1, "coverage_articles": 10, "coverage_cited": 6,
        "coverage_explained": 3, "coverage_missing": 1,
    }  # fmt: skip
    lines = summary_lines(counts, {"zh": 1200, "en": 1200, "ja": 1100}, 0, 2)
    assert lines[0] == "brochures               2"
    assert lines[1] == "sections            1,200  complete in 2 languages: zh en; in part: ja 1100"
    assert lines[5] == "paths                   4  31 steps"
    assert lines[-2] == "articles of 1 laws     10  6 cited, 3 explained, 1 missing"
    assert lines[-1] == "0 errors, 2 warnings"


def test_every_reason_is_explained_on_the_page() -> None:
    """The vocabulary and its meanings are the same words."""
    assert set(MEANINGS) == set(get_args(Why))


def test_the_shipped_coverage_holds() -> None:
    """Every article of every law that was gone through is accounted for, also without the official texts."""
    coverage, reading = read_coverage(ROOT), read_knowledge(ROOT)
    folder = find_statutes()
    problems, count = check_coverage(coverage, reading, load_statutes(folder) if folder else None)
    assert [str(problem) for problem in problems] == []
    assert count.laws >= 55
    assert count.cited + count.explained + count.missing == count.articles


def test_the_coverage_page_is_up_to_date() -> None:
    """docs/coverage.md is what the command makes; `knowledge check --write-lock` writes it, too."""
    made = coverage_page(read_coverage(ROOT), read_knowledge(ROOT))
    assert (ROOT.parent / "docs" / "coverage.md").read_text(encoding="utf-8") == made

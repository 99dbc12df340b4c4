"""The checker: proves every section, or says in which file and line it cannot."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from knowledge.coverage import check_coverage, read_coverage
from knowledge.coverage_page import coverage_page, drop_cited
from knowledge.emergencies import load_emergencies
from knowledge.glossary import read_glossary
from knowledge.layers import layer_problems
from knowledge.loader import ROOT, Reading, read_knowledge
from knowledge.path_rules import check_path
from knowledge.problems import KnowledgeError, Problem
from knowledge.proofs import compare_lock, write_lock
from knowledge.rules import Tally, check_dates, check_front, check_questions, check_section
from knowledge.service_points import phone_digits, read_service_points
from knowledge.statutes import Statutes, load_statutes
from knowledge.summary import completeness, summary_lines
from knowledge.usage import check_path_usage, check_usage


@dataclass
class Report:
    """What the checker found. `counts`: brochures, sections, languages, facts, practice, articles and the like.

    `unasked`: for each language without brochures, how many sections have no sample question in it.
    `complete`: for each curated language, how many sections have a text in it.
    """

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    unasked: dict[str, int] = field(default_factory=dict)
    complete: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.errors

    def summary(self) -> str:
        """What stands in the knowledge, counted, and what is wrong with it."""
        return "\n".join(summary_lines(self.counts, self.complete, len(self.errors), len(self.warnings)))

    def unasked_line(self) -> str:
        """One line that counts the sections without a question by language; empty when there are none."""
        missing = [f"{language} {count}" for language, count in self.unasked.items() if count]
        return f"sections without sample questions: {', '.join(missing)}" if missing else ""


def check(
    root: Path | None = None,
    statutes: Path | None = None,
    today: date | None = None,
    only: str | None = None,
    lock: bool = True,
) -> Report:
    """Check a knowledge folder.

    statutes: the folder of official texts, None to compare with proofs.lock alone. only: a topic or part of a brochure
    id; then the lock is left aside. lock=False: without the lock, as before it is written.
    """
    root, today = root or ROOT, today or date.today()
    texts = load_statutes(statutes) if statutes else None
    reading = read_knowledge(root, only)
    report = _check(reading, texts, today)
    if only is None:
        problems, covered = check_coverage(read_coverage(root), reading, texts)
        report.errors += problems
        report.counts |= covered.as_counts()
    if lock and only is None:
        report.errors += compare_lock(root, reading.drafts, texts, reading.paths)
    report.errors.sort()
    report.warnings.sort()
    return report


def _check(reading: Reading, statutes: Statutes | None, today: date) -> Report:
    tally = Tally()
    points, problems = read_service_points(reading.root)
    glossary = read_glossary(reading.root)
    reading.problems += problems + glossary.problems + _emergency_problems(reading.root)
    tally.errors += glossary.missing_languages
    phones = phone_digits(points)
    uses = 0
    for draft in reading.drafts:
        if draft.entry is None:
            continue
        check_dates(draft, today, tally)
        check_front(draft, today, tally)
        check_questions(draft, tally)
        for index, section in enumerate(draft.entry.sections):
            check_section(draft, index, section, statutes, phones, tally)
            tally.errors += layer_problems(reading, draft, index)
        uses += check_usage(draft, glossary.terms, tally.errors)
    sections = reading.sections
    for path in reading.paths:
        check_path(path, sections, phones, tally)
        uses += check_path_usage(path, glossary.terms, tally.errors)
    errors = sorted(set(reading.problems + tally.errors))
    unasked = reading.further.unasked(sections)
    counts = _counts(reading, tally)
    counts |= {"terms": len(glossary.terms), "term languages": glossary.languages, "term uses": uses}
    counts |= {"points": len(points)}
    return Report(errors, tally.warnings, counts, unasked, completeness(reading))


def _emergency_problems(root: Path) -> list[Problem]:
    if not (root / "emergencies.yml").is_file():
        return []
    try:
        load_emergencies(root)
    except KnowledgeError as error:
        return error.problems
    return []


def _counts(reading: Reading, tally: Tally) -> dict[str, int]:
    entries = [draft.entry for draft in reading.drafts if draft.entry]
    sections = [section for entry in entries for section in entry.sections]
    return {
        "brochures": len(entries),
        "sections": len(sections),
        "languages": len({language for draft in reading.drafts for language in draft.texts}),
        "facts": tally.facts,
        "practice": tally.practice,
        "articles": len({(b.law, b.article, b.sub) for section in sections for b in section.basis}),
        "paths": len(reading.paths),
        "steps": sum(len(draft.entry.steps) for draft in reading.paths if draft.entry),
    }


def run(root: Path, statutes: Path | None, only: str | None, write: bool) -> int:
    """Check, print what was found, write the lock if asked; the exit status."""
    if write and not only:
        drop_cited(root, read_coverage(root), read_knowledge(root))
    report = check(root, statutes, only=only, lock=not write)
    for problem in report.warnings:
        print(f"warning: {problem}")
    for problem in report.errors:
        print(problem)
    print(report.summary())
    if report.unasked_line():
        print(report.unasked_line())
    if write and report.ok:
        if only:
            print("--write-lock writes the proofs of everything; leave --only out")
            return 1
        reading = read_knowledge(root)
        drafts = reading.drafts
        if statutes is None:
            compared = compare_lock(root, drafts, None, reading.paths)
            changed = [problem for problem in compared if problem.file.endswith("brochure.yml")]
            if changed:
                print(*changed, sep="\n")
                print("these need the official texts: run --write-lock where the statutes are at hand")
                return 1
        lines = write_lock(root, drafts, load_statutes(statutes) if statutes else None, reading.paths)
        print(f"proofs.lock: {lines} lines written")
        page = root.parent / "docs" / "coverage.md"
        if page.is_file():
            page.write_text(coverage_page(read_coverage(root), reading), encoding="utf-8")
    if statutes is None:
        print("the official texts are not at hand: compared with proofs.lock")
    return 0 if report.ok else 1

"""docs/coverage.md: law by law, the sections that rest on an article, or why none needs to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from knowledge.coverage import (
    MEANINGS,
    Coverage,
    CoverageReading,
    Number,
    Reason,
    citations,
    numbers,
    reached,
    tallied,
    written,
)
from knowledge.loader import Reading
from knowledge.models import Law

INTRODUCTION = """\
# Which articles a resident can reach

Made by `wenlu knowledge coverage --write docs/coverage.md`; do not edit it. The reasons stand in `knowledge/coverage/`.

Each law here was gone through article by article. An article is **cited** when a section rests on it; every other has
a reason. `knowledge check` fails when an article has neither, or has a reason although a section cites it.
"""
Cited = Mapping[str, Mapping[Number, list[str]]]


def coverage_page(coverage: CoverageReading, reading: Reading) -> str:
    """The page in Markdown: totals, what the reasons mean, what is missing, then one table a law."""
    cited = citations(reading)
    ordered = [coverage.laws[slug] for slug in reading.laws if slug in coverage.laws]
    sections = reading.sections
    lines = [INTRODUCTION, *_totals(ordered, reading.laws, cited), "", "## The reasons", ""]
    lines += [f"- **{why}**: {meaning}" for why, meaning in MEANINGS.items()]
    lines += ["", "## Still missing", "", *_missing(ordered, reading.laws), ""]
    for law in ordered:
        lines += [*_law(law, reading.laws[law.law], cited, sections), ""]
    return "\n".join(lines).rstrip() + "\n"


def _totals(coverage: list[Coverage], laws: Mapping[str, Law], cited: Cited) -> Iterator[str]:
    yield "| law | articles | cited | explained | missing |"
    yield "|---|---:|---:|---:|---:|"
    for law in coverage:
        count = tallied([law], cited)
        name = f"[{laws[law.law].short_en}](#{law.law})"
        yield f"| {name} | {count.articles} | {count.cited} | {count.explained} | {count.missing} |"
    count = tallied(coverage, cited)
    yield f"| **{count.laws} laws** | **{count.articles}** | **{count.cited}** | **{count.explained}** | **{count.missing}** |"


def _missing(coverage: list[Coverage], laws: Mapping[str, Law]) -> list[str]:
    found = [
        f"- {laws[law.law].short_en} {articles}: {reason.note}"
        for law in coverage
        for articles, reason in law.reasons.items()
        if reason.why == "missing"
    ]
    return found or ["Nothing: every article that a resident would plausibly need is reached."]


def _law(law: Coverage, entry: Law, cited: Cited, sections: Collection[str]) -> Iterator[str]:
    yield f'<a id="{law.law}"></a>'
    yield ""
    yield f"## {entry.title_en} {entry.title_zh}"
    yield ""
    if law.part:
        yield f"Gone through: {law.part}."
        yield ""
    yield "| article | section, or why none |"
    yield "|---|---|"
    for articles, text in _rows(law, cited, sections):
        yield f"| {written(articles)} | {text} |"


def _rows(law: Coverage, cited: Cited, sections: Collection[str]) -> list[tuple[list[Number], str]]:
    """Articles one after the other that have the same text share a row."""
    rows: list[tuple[list[Number], str]] = []
    explained = law.explained
    for number in law.numbers:
        if number in cited.get(law.law, {}):
            text = ", ".join(f"`{name}`" for name in cited[law.law][number])
        elif number in explained:
            text = _why(explained[number], cited, sections)
        else:
            text = "**no reason given**"
        if rows and rows[-1][1] == text:
            rows[-1][0].append(number)
        else:
            rows.append(([number], text))
    return rows


def _why(reason: Reason, cited: Cited, sections: Collection[str]) -> str:
    text = f"*{reason.why}*"
    if reason.by:
        leads = dict.fromkeys(section for target in reason.by for section in reached(target, cited, sections)[:2])
        named = ", ".join(target for target in reason.by if "#" not in target)
        text += f" {named}:" if named else ":"
        text += " " + ", ".join(f"`{section}`" for section in leads)
    return f"{text}. {reason.note}" if reason.note else text


def drop_cited(root: Path, coverage: CoverageReading, reading: Reading) -> list[str]:
    """Take articles that a section cites by now out of the reasons, in the files; the laws whose file changed."""
    cited, changed = citations(reading), []
    for slug, law in coverage.laws.items():
        kept = {key: [n for n in numbers(key) if n not in cited.get(slug, {})] for key in law.reasons}
        if all(len(left) == len(numbers(key)) for key, left in kept.items()):
            continue
        path = root / "coverage" / f"{slug}.yml"
        lines = []
        for line in path.read_text(encoding="utf-8").splitlines():
            key = line.strip().removeprefix('"').partition('":')[0]
            if line.startswith('  "') and key in kept:
                if not kept[key]:
                    continue
                line = line.replace(f'"{key}":', f'"{written(kept[key])}":', 1)
            lines.append(line)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        changed.append(slug)
    return changed

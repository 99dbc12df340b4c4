"""Which articles of a law a section rests on, and why the others need none. Data in coverage/<law>.yml."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from knowledge.loader import Reading, validated
from knowledge.models import Frozen
from knowledge.problems import Problem
from knowledge.sources import YamlSource, read_yaml
from knowledge.statutes import Statutes

Number = tuple[int, int]
"""An article and the number after 之 (0: none)."""

Why = Literal[
    "principle", "definition", "authority", "procedure", "operators", "citizens", "crime", "rare",
    "repeated", "detail", "elsewhere", "superseded", "closing", "missing",
]  # fmt: skip

MEANINGS: dict[str, str] = {
    "principle": "aim, scope or general statement, with no consequence of its own for a resident",
    "definition": "says what a word means",
    "authority": "duties, powers, organisation or discipline of authorities, courts or their staff",
    "procedure": "how an authority, court or arbitral body works inside a case; the resident has nothing to do",
    "operators": "duties and fines of companies, shops, platforms, agencies or institutions",
    "citizens": "for Chinese citizens, soldiers, civil servants or rural residents only",
    "crime": "refers to criminal law or to another law's penalties",
    "rare": "a resident seldom meets it; the desk answers",
    "repeated": "the same rule is explained from another article",
    "detail": "a finer point of a rule that a section explains",
    "elsewhere": "a section names the office or the next step without resting on this article",
    "superseded": "a newer law rules the matter",
    "closing": "entry into force, transition, authorisation of further rules",
    "missing": "a resident needs it and no section says it yet",
}
_POINTING = frozenset({"repeated", "detail", "elsewhere"})
_RANGE = re.compile(r"^(\d+)(?:\.(\d+))?(?:-(\d+))?$")


class Reason(Frozen):
    """Why articles are not cited. `by`: the article ("<law> <article>") or section that says it instead."""

    why: Why
    by: list[str] = Field(default_factory=list)
    note: str = ""


class Coverage(Frozen):
    """A law gone through article by article. `articles`: all that were; `part`: which part, where not the whole law."""

    law: str
    articles: str
    part: str = ""
    reasons: dict[str, Reason]

    @property
    def numbers(self) -> list[Number]:
        return numbers(self.articles)

    @property
    def explained(self) -> dict[Number, Reason]:
        return {number: reason for articles, reason in self.reasons.items() for number in numbers(articles)}


@dataclass
class CoverageReading:
    """All coverage files, by law, and what is wrong with them."""

    laws: dict[str, Coverage] = field(default_factory=dict)
    sources: dict[str, YamlSource] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def numbers(written: str) -> list[Number]:
    """The articles of a list such as "1-3, 5, 120.1" (120.1: article 120之一), in its order; ValueError if it is none."""
    found: list[Number] = []
    for part in written.split(","):
        match = _RANGE.match(part.strip())
        if not match or (match[2] and match[3]):
            raise ValueError(f'"{part.strip()}" is no article or range; write 5, 1-3 or 120.1')
        first, last = int(match[1]), int(match[3] or match[1])
        if last < first:
            raise ValueError(f'"{part.strip()}" runs backwards')
        found += [(number, int(match[2] or 0)) for number in range(first, last + 1)]
    return found


def written(articles: Iterable[Number]) -> str:
    """The shortest list that `numbers` reads as these articles."""
    runs: list[list[Number]] = []
    for article in sorted(articles):
        last = runs[-1][-1] if runs else None
        if last and not last[1] and not article[1] and article[0] == last[0] + 1:
            runs[-1].append(article)
        else:
            runs.append([article])
    return ", ".join(_shown(run[0]) if len(run) == 1 else f"{run[0][0]}-{run[-1][0]}" for run in runs)


def _shown(article: Number) -> str:
    return f"{article[0]}.{article[1]}" if article[1] else str(article[0])


def read_coverage(root: Path) -> CoverageReading:
    """The files of `coverage/`; a knowledge folder without that folder has none."""
    reading = CoverageReading()
    for path in sorted((root / "coverage").glob("*.yml")):
        source = read_yaml(path, f"coverage/{path.name}")
        reading.problems += source.problems
        if not source.problems:
            _add(reading, path.stem, source)
    return reading


def _add(reading: CoverageReading, law: str, source: YamlSource) -> None:
    data = source.data if isinstance(source.data, dict) else {}
    reasons = data.get("reasons") or {}
    if not isinstance(reasons, dict):
        reading.problems.append(source.problem("shape", 'write reasons as "1-3, 5": principle', "reasons"))
        return
    whole = {str(key): _reason(value) for key, value in reasons.items()}
    entry = validated(Coverage, {**data, "law": law, "reasons": whole}, source, (), reading.problems)
    if entry is None:
        return
    broken = False
    for where, text in [(("articles",), entry.articles), *((("reasons", key), key) for key in entry.reasons)]:
        try:
            numbers(text)
        except ValueError as error:
            broken = True
            reading.problems.append(source.problem("articles", str(error), *where))
    if not broken:
        reading.laws[law], reading.sources[law] = entry, source


def _reason(value: Any) -> Any:
    """A reason may be one word; `by` may be one entry."""
    if isinstance(value, str):
        return {"why": value}
    if isinstance(value, dict) and isinstance(value.get("by"), str):
        return {**value, "by": [value["by"]]}
    return value


def citations(reading: Reading) -> dict[str, dict[Number, list[str]]]:
    """By law and article the sections whose basis names it, in the order of the brochures."""
    found: dict[str, dict[Number, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, section in reading.sections.items():
        for basis in section.basis:
            sections = found[basis.law][(basis.article, basis.sub or 0)]
            if name not in sections:
                sections.append(name)
    return found


@dataclass
class Tallied:
    """What became of the articles of the laws that were gone through."""

    laws: int = 0
    articles: int = 0
    cited: int = 0
    explained: int = 0
    missing: int = 0

    def as_counts(self) -> dict[str, int]:
        return {f"coverage_{name}": value for name, value in vars(self).items()} if self.laws else {}


def tallied(coverage: Iterable[Coverage], cited: Mapping[str, Mapping[Number, list[str]]]) -> Tallied:
    """Count the articles that a section cites, those with a reason, and those that a section should still say."""
    count = Tallied()
    for law in coverage:
        count.laws += 1
        explained = law.explained
        for number in law.numbers:
            count.articles += 1
            if number in cited.get(law.law, {}):
                count.cited += 1
            elif number in explained:
                missing = explained[number].why == "missing"
                count.missing += missing
                count.explained += not missing
    return count


def check_coverage(
    coverage: CoverageReading, reading: Reading, statutes: Statutes | None
) -> tuple[list[Problem], Tallied]:
    """Every article of a covered law is cited or has one reason that still holds."""
    problems = list(coverage.problems)
    cited = citations(reading)
    sections = reading.sections
    for slug, law in coverage.laws.items():
        source = coverage.sources[slug]
        if slug not in reading.laws:
            problems.append(source.problem("unknown-law", f"the law {slug} is not in laws.yml; name the file as there"))
        problems += _articles(law, source, cited.get(slug, {}))
        problems += _pointers(law, source, cited, sections)
        if statutes is not None and slug in statutes.laws:
            problems += _against(law, source, statutes)
    return problems, tallied(coverage.laws.values(), cited)


def _articles(law: Coverage, source: YamlSource, cited: Mapping[Number, list[str]]) -> Iterator[Problem]:
    listed = set(law.numbers)
    seen: set[Number] = set()
    for key in law.reasons:
        given = set(numbers(key))
        twice, stale, strange = written(given & seen), written(given & cited.keys()), written(given - listed)
        seen |= given
        if twice:
            yield source.problem("coverage-twice", f"{twice} has two reasons; keep one", "reasons", key)
        if stale:
            message = f"{stale} is cited by a section; run wenlu knowledge coverage --drop-cited, or take it out here"
            yield source.problem("coverage-stale", message, "reasons", key)
        if strange:
            yield source.problem("coverage-unknown", f"{strange} is not among the articles above", "reasons", key)
    left = written(listed - seen - cited.keys())
    if left:
        message = f"no section cites {left} of {law.law}, and no reason says why; cite it or give a reason"
        yield source.problem("coverage-gap", message, "reasons")


def _pointers(
    law: Coverage, source: YamlSource, cited: Mapping[str, Mapping[Number, list[str]]], sections: Collection[str]
) -> Iterator[Problem]:
    for key, reason in law.reasons.items():
        if reason.why in _POINTING and not reason.by:
            message = f"{reason.why} needs by: the article or section that says it"
            yield source.problem("coverage-by", message, "reasons", key)
        for target in reason.by:
            if not reached(target, cited, sections):
                message = f"{target} is neither a section nor an article that a section cites; name one that is"
                yield source.problem("coverage-by", message, "reasons", key)


def reached(target: str, cited: Mapping[str, Mapping[Number, list[str]]], sections: Iterable[str] = ()) -> list[str]:
    """The sections that `by` leads to: itself, or those that cite "<law> <article>"."""
    if "#" in target:
        return [target] if target in sections else []
    law, _, article = target.partition(" ")
    try:
        wanted = numbers(article)
    except ValueError:
        return []
    return [section for number in wanted for section in cited.get(law, {}).get(number, [])]


def _against(law: Coverage, source: YamlSource, statutes: Statutes) -> Iterator[Problem]:
    official, listed = set(statutes.articles(law.law)), set(law.numbers)
    unknown = written(listed - official)
    if unknown:
        yield source.problem("coverage-unknown", f"the law has no article {unknown}", "articles")
    left = written(official - listed)
    if left and not law.part:
        message = f"the law also has {left}; add it to articles, or say with part: which part was gone through"
        yield source.problem("coverage-articles", message, "articles")

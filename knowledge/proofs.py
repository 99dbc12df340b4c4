"""proofs.lock: what was proven where the statutes were at hand, so that it can be compared everywhere else.

JSON lines, sorted: one line for every fact and every basis with the digest of the article that proved it, and one for
every text with its figures in their order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge import path_rules
from knowledge.figures import figures
from knowledge.loader import Draft
from knowledge.models import LANGUAGES, SectionEntry
from knowledge.paths import PathDraft
from knowledge.problems import Problem
from knowledge.rules import places, proof
from knowledge.statutes import Statutes

NAME = "proofs.lock"


@dataclass(frozen=True)
class Claim:
    """A line of the lock: its key, what the knowledge claims, and where that stands in the knowledge."""

    key: tuple[str, ...]
    content: dict[str, Any]
    file: str
    line: int
    marks: tuple[tuple[str, int], ...] = ()
    """For texts: file and line of every figure."""

    def place(self, entry: dict[str, Any]) -> tuple[str, int]:
        """Where it first differs from a line of the lock."""
        locked = entry.get("figures", [])
        for number, mark in enumerate(self.marks):
            if number >= len(locked) or locked[number] != self.content["figures"][number]:
                return mark
        return self.file, self.line


def claims(drafts: list[Draft], statutes: Statutes | None, paths: Sequence[PathDraft] = ()) -> Iterator[Claim]:
    """What the knowledge claims, in the form of the lock; without statutes the digests are left out."""
    for draft in drafts:
        for index, section in enumerate(draft.entry.sections if draft.entry else []):
            identity = f"{draft.folder}#{section.id}"
            yield from _basis_claims(draft, index, section, identity, statutes)
            yield from _fact_claims(draft, index, section, identity, statutes)
            yield from _text_claims(draft, index, section, identity)
    for path in paths:
        yield from _path_claims(path)


def _basis_claims(
    draft: Draft, index: int, section: SectionEntry, identity: str, statutes: Statutes | None
) -> Iterator[Claim]:
    for place, basis in enumerate(section.basis):
        content = {
            "law": basis.law,
            "article": basis.article,
            "sub": basis.sub,
            "paragraph": basis.paragraph,
        }
        if statutes:
            content["article_sha256"] = statutes.digest(basis.law, basis.article, basis.sub)
        line = draft.source.line("sections", index, "basis", place)
        yield Claim((identity, "basis", str(place)), content, draft.source.file, line)


def _fact_claims(
    draft: Draft, index: int, section: SectionEntry, identity: str, statutes: Statutes | None
) -> Iterator[Claim]:
    for place, fact in enumerate(section.facts):
        content: dict[str, Any] = {
            "value": fact.value,
            "unit": fact.unit,
            "statute": fact.statute,
            "named": [fact.law, fact.article, fact.sub],
        }
        basis = proof(fact, section, statutes) if statutes else None
        if statutes and basis:
            content |= {"law": basis.law, "article": basis.article, "sub": basis.sub}
            content["article_sha256"] = statutes.digest(basis.law, basis.article, basis.sub)
        line = draft.source.line("sections", index, "facts", place, "value")
        yield Claim((identity, "fact", str(place)), content, draft.source.file, line)


def _text_claims(draft: Draft, index: int, section: SectionEntry, identity: str) -> Iterator[Claim]:
    for language in LANGUAGES:
        stretches = places(draft, section, index, language)
        if not stretches:
            continue
        for kind in ("text", "steps"):
            chosen = [place for place in stretches if place.kind == kind]
            if chosen:
                found = [(figure, place) for place in chosen for figure in figures(place.text)]
                if not found:
                    continue
                content = {"figures": [figure.typed for figure, _ in found]}
                marks = tuple((place.file, place.line_of(figure.start)) for figure, place in found)
                yield Claim((identity, kind, language), content, chosen[0].file, chosen[0].line, marks)


def _path_claims(draft: PathDraft) -> Iterator[Claim]:
    for step in draft.entry.steps if draft.entry else []:
        for language in LANGUAGES:
            stretches = list(path_rules.places(draft, language, step.id))
            found = [(figure, place) for place in stretches for figure in figures(place.text)]
            if found:
                content = {"figures": [figure.typed for figure, _ in found]}
                marks = tuple((place.file, place.line_of(figure.start)) for figure, place in found)
                key = (f"paths/{draft.folder}#{step.id}", "text", language)
                yield Claim(key, content, stretches[0].file, stretches[0].line, marks)


def _line(key: tuple[str, ...], content: dict[str, Any]) -> str:
    entry = {"section": key[0], "entry": key[1], "of": key[2], **content}
    body = json.dumps(entry, ensure_ascii=False, sort_keys=True)
    entry["digest"] = hashlib.sha256(body.encode()).hexdigest()
    return json.dumps(entry, ensure_ascii=False, sort_keys=True)


def write_lock(root: Path, drafts: list[Draft], statutes: Statutes | None, paths: Sequence[PathDraft] = ()) -> int:
    """Write the lock anew and return the number of its lines.

    Without statutes only what needs none may change: the lines of facts and bases are kept as they were.
    """
    kept = {} if statutes else read_lock(root / NAME)[0]
    lines = []
    for claim in claims(drafts, statutes, paths):
        content = claim.content
        if not statutes and claim.key[1] in ("fact", "basis"):
            content = {name: value for name, value in kept[claim.key].items() if name not in _ENVELOPE}
        lines.append((claim.key, _line(claim.key, content)))
    text = "".join(f"{line}\n" for _, line in sorted(lines))
    (root / NAME).write_text(text, encoding="utf-8")
    return len(lines)


_ENVELOPE = frozenset({"section", "entry", "of", "digest", "line"})


def read_lock(path: Path) -> tuple[dict[tuple[str, ...], dict[str, Any]], list[Problem]]:
    """The lines of the lock by key, and a problem for every line that is broken or was edited by hand."""
    entries: dict[tuple[str, ...], dict[str, Any]] = {}
    problems: list[Problem] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(text)
            key = (entry["section"], entry["entry"], entry["of"])
            content = {name: value for name, value in entry.items() if name not in _ENVELOPE}
            if _line(key, content) != text:
                raise ValueError("digest")
        except (ValueError, KeyError, TypeError):
            message = "this line was changed by hand or is broken; write the lock anew with --write-lock"
            problems.append(Problem(NAME, number, "lock-line", message))
            continue
        entries[key] = entry | {"line": number}
    return entries, problems


def compare_lock(
    root: Path, drafts: list[Draft], statutes: Statutes | None, paths: Sequence[PathDraft] = ()
) -> list[Problem]:
    """Where the knowledge says something else than what was proven."""
    path = root / NAME
    if not path.is_file():
        message = "proofs.lock is missing; write it with --write-lock where the statutes are at hand"
        return [Problem(NAME, 1, "no-lock", message)]
    entries, problems = read_lock(path)
    if problems:
        return problems
    for claim in claims(drafts, statutes, paths):
        entry = entries.pop(claim.key, None)
        if entry is None:
            problems.append(Problem(claim.file, claim.line, "not-proven", _advice(claim, "is not in proofs.lock")))
        elif any(entry.get(key) != value for key, value in claim.content.items()):
            changed = ", ".join(key for key, value in claim.content.items() if entry.get(key) != value)
            message = _advice(claim, f"differs from proofs.lock: {changed}")
            problems.append(Problem(*claim.place(entry), "proof-changed", message))
    problems += [_left_over(key, entry["line"]) for key, entry in entries.items()]
    return problems


def _advice(claim: Claim, what: str) -> str:
    kind = {"fact": "fact", "basis": "basis", "text": "text in", "steps": "next steps in"}[claim.key[1]]
    number = str(int(claim.key[2]) + 1) if claim.key[2].isdigit() else claim.key[2]
    return (
        f"section {claim.key[0]}: {kind} {number} {what}; undo the change, or check it against the official text "
        "and run wenlu knowledge check --write-lock"
    )


def _left_over(key: tuple[str, ...], line: int) -> Problem:
    message = f"{key[1]} {key[2]} of section {key[0]} is no longer in the knowledge; run --write-lock if that is meant"
    return Problem(NAME, line, "lock-left-over", message)

"""`wenlu knowledge …`: check the files, and read a section as a resident would."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from knowledge.check import run
from knowledge.coverage import read_coverage
from knowledge.coverage_page import coverage_page, drop_cited
from knowledge.loader import ROOT, load_corpus, read_knowledge
from knowledge.models import Corpus, Section
from knowledge.problems import KnowledgeError
from knowledge.statutes import find_statutes

app = typer.Typer(help="The curated knowledge: check it, preview it, publish it.", no_args_is_help=True)
Root = Annotated[Path, typer.Option("--root", help="The knowledge folder.")]


@app.command("check")
def check_command(
    root: Root = ROOT,
    statutes: Annotated[Path | None, typer.Option(help="Folder with articles.jsonl (default: WENLU_STATUTES).")] = None,
    no_statutes: Annotated[bool, typer.Option("--no-statutes", help="Compare with proofs.lock alone.")] = False,
    only: Annotated[str | None, typer.Option(help="A topic or a brochure; the lock is left aside.")] = None,
    write_lock: Annotated[
        bool, typer.Option("--write-lock", help="Write proofs.lock and docs/coverage.md after a clean check.")
    ] = False,
) -> None:
    """Prove every section against the statutes, or say in which file and line it cannot be done."""
    found = None if no_statutes else (statutes or find_statutes())
    raise typer.Exit(run(root, found, only, write_lock))


@app.command()
def coverage(
    write: Annotated[Path | None, typer.Option(help="Write the page there instead of printing it.")] = None,
    drop: Annotated[
        bool, typer.Option("--drop-cited", help="First take out the reasons of articles that a section cites by now.")
    ] = False,
    root: Root = ROOT,
) -> None:
    """Say for every article of the laws that were gone through which section rests on it, or why none does."""
    reading = read_knowledge(root)
    if drop:
        for law in drop_cited(root, read_coverage(root), reading):
            typer.echo(f"coverage/{law}.yml: cited articles taken out", err=True)
    page = coverage_page(read_coverage(root), reading)
    if write:
        write.write_text(page, encoding="utf-8")
    else:
        typer.echo(page, nl=False)


@app.command()
def preview(
    section: Annotated[str, typer.Argument(help="A section, as <topic>/<brochure>#<section> or its last part.")],
    language: Annotated[str, typer.Option(help="The language a resident would read it in.")] = "en",
    root: Root = ROOT,
) -> None:
    """Print a section as a resident would read it."""
    try:
        corpus = load_corpus(root)
    except KnowledgeError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    found = [corpus.sections[section]] if section in corpus.sections else _named(corpus, section)
    if len(found) != 1:
        choices = "".join(f"\n  {item.id}" for item in found)
        typer.echo(
            f"{len(found)} sections are called {section}; give one as <topic>/<brochure>#<section>{choices}", err=True
        )
        raise typer.Exit(1)
    typer.echo(rendered(found[0], corpus, language, date.today()))


def _named(corpus: Corpus, name: str) -> list[Section]:
    return [section for key, section in corpus.sections.items() if key.endswith(f"#{name}")]


def rendered(section: Section, corpus: Corpus, language: str, today: date) -> str:
    """The section as plain text: heading, answer, next steps, basis, jurisdiction, date and notes."""
    shown = next(lang for lang in (language, "en", "zh") if lang in section.texts)
    brochure = corpus.brochures[section.brochure]
    lines = [f"{brochure.titles[shown]}", f"## {section.texts[shown].heading}", "", section.texts[shown].markdown, ""]
    if section.difference.get(shown):
        lines[3:3] = [section.difference[shown], ""]
    if shown != language:
        lines.insert(0, f"(there is no version in {language}; this is the one in {shown})")
    lines += [f"→ {step}" for step in section.next_steps.get(shown, [])]
    lines += ["", *(f"§ {basis.title(shown, corpus)}" for basis in section.basis)]
    lines.append(
        f"{corpus.cities[section.jurisdiction].names.get(shown, section.jurisdiction)} · {section.verified_on}"
    )
    if section.effective_from:
        lines.append(f"effective from {section.effective_from}")
    if section.practice:
        lines.append("practice: confirm locally")
    if section.sensitive:
        lines.append("sensitive: a person is offered beside the answer")
    if not brochure.reviewed_by_lawyer:
        lines.append("no lawyer has reviewed this")
    if section.expired(today):
        lines.append(f"EXPIRED on {section.review_by}: not served")
    return "\n".join(lines)

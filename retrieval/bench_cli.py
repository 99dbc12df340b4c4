"""Benchmarks of the search: `wenlu bench retrieval|mates|scale|confidence`."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from retrieval.cli import EncoderName, bars

if TYPE_CHECKING:
    from retrieval.bench import Measured

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Models = Annotated[
    list[str] | None,
    typer.Option("--model", help="A further sentence-transformers model, name or folder; may be given again."),
]
Plot = Annotated[Path | None, typer.Option("--plot", help="Write the figure here, as SVG.")]


@app.command("retrieval")
def bench_retrieval(
    corpus: Annotated[Path | None, typer.Option(help="Documents as JSON lines; default: our own sections.")] = None,
    queries: Annotated[Path | None, typer.Option(help="Queries as JSON lines: id, text.")] = None,
    qrels: Annotated[Path | None, typer.Option(help="Lines of query id, tab, document id.")] = None,
    encoder: EncoderName = "",
    model: Models = None,
    questions: Annotated[int, typer.Option(help="At most so many of our own sample questions.")] = 1_000,
    only: Annotated[Path | None, typer.Option(help="Only the sample questions in this file, one a line.")] = None,
    small: Annotated[bool, typer.Option("--mini/--no-mini", help="Whether all-MiniLM-L6-v2 takes part.")] = True,
    plot: Plot = None,
) -> None:
    """Ours beside BM25, all-MiniLM-L6-v2 and any model given, on the same passages in one run.

    Without files our own sample questions are asked, each left out of the index while it is. The bundled encoder was
    tuned on them; for figures of questions that it has not seen give a twin with --encoder and its questions with --only.
    """
    from retrieval import bench
    from retrieval.app import one_thread_a_query
    from retrieval.documents import encoder_for
    from retrieval.encoder import EncoderError, load_encoder
    from retrieval.evaluation import EvaluationError, load_benchmark

    files = [path for path in (corpus, queries, qrels) if path]
    if files and len(files) < 3:
        raise typer.BadParameter("--corpus, --queries and --qrels go together")
    try:
        if corpus and queries and qrels:
            task, passages = bench.file_task(load_benchmark(corpus, queries, qrels), corpus.name), None
            own = load_encoder(encoder) if encoder else encoder_for(task.passages)
        else:
            own = load_encoder(encoder or None)
            from knowledge.loader import ROOT, read_knowledge

            lines = frozenset(only.read_text(encoding="utf-8").splitlines()) if only else None
            task, passages = bench.own_task(read_knowledge(ROOT).corpus(), questions, lines)
        if not task.asked:
            raise EvaluationError("there is no question to ask")
        every = bench.systems(own, model or [], passages, small)
        with bars() as progress:
            measured = bench.compare(task, every, progress, one_thread_a_query)
    except (EncoderError, EvaluationError, OSError) as error:
        raise _refused(error) from error
    _show(task.name, len(task.passages), measured)
    if plot:
        from retrieval.plots import compared

        plot.parent.mkdir(parents=True, exist_ok=True)
        plot.write_text(compared(measured, task.name), encoding="utf-8")


def _show(name: str, passages: int, measured: list[Measured]) -> None:
    """The table of all systems, and recall@3 by language where there are several."""
    console = Console(width=160)
    asked = measured[0].scores[""].queries
    table = Table(title=f"{name}: {passages:,} passages, {asked:,} questions", title_justify="left")
    for column in ("system", "recall@1", "@3", "@10", "@100", "mrr@10", "ms/query", "model MB", "index MB", "build s"):
        table.add_column(column, justify="left" if column == "system" else "right")
    for one in measured:
        scores = one.scores[""]
        table.add_row(
            one.system,
            *(f"{value:.3f}" for value in (*scores.recall.values(), scores.mrr_at_10)),
            f"{scores.ms_per_query:.1f}",
            f"{one.model_mb:.0f}",
            f"{one.index_mb:.0f}",
            f"{one.build_s:.0f}",
        )
    console.print(table)
    groups = [group for group in measured[0].scores if group]
    if len(groups) > 1:
        by_group = Table(title="recall@3 by language of the question", title_justify="left")
        by_group.add_column("system")
        for group in groups:
            by_group.add_column(group, justify="right")
        for one in measured:
            by_group.add_row(one.system, *(f"{one.scores[group].recall[3]:.2f}" for group in groups))
        console.print(by_group)
    typer.echo(f"{platform.machine()}, Python {platform.python_version()}")


@app.command("mates")
def bench_mates(
    folder: Annotated[Path, typer.Argument(help="Files XX.txt; line i says the same as line i of en.txt.")],
    encoder: EncoderName = "",
    model: Models = None,
    lines: Annotated[int, typer.Option(help="At most so many lines.")] = 1_000,
) -> None:
    """How often a sentence finds its mate in the other language, by language, both ways."""
    from retrieval import bench
    from retrieval.encoder import Encoder, EncoderError, load_encoder
    from retrieval.mates import MatesError, find_mates

    table = Table(title=f"mates among {lines:,} lines, percent right at rank 1, into English and from it")
    try:
        encoders: dict[str, Encoder] = {"ours": load_encoder(encoder or None)}
        small = bench.mini()
        if small is not None:
            encoders[bench.MINI] = small
        encoders.update({Path(name).name: load_encoder(name) for name in model or []})
        with bars() as progress:
            found = {name: find_mates(one, folder, lines, progress, name) for name, one in encoders.items()}
    except (EncoderError, MatesError, OSError) as error:
        raise _refused(error) from error
    table.add_column("system")
    for language in next(iter(found.values())):
        table.add_column(language, justify="right")
    for name, scores in found.items():
        table.add_row(f"{name} → en", *(f"{100 * into:.0f}" for into, _ in scores.values()))
        table.add_row(f"{name} ← en", *(f"{100 * back:.0f}" for _, back in scores.values()))
    Console(width=160).print(table)


@app.command("scale")
def bench_scale(
    corpus: Annotated[Path, typer.Argument(help="Statutes or other documents as JSON lines with `text`; .xz, too.")],
    passages: Annotated[int, typer.Option(help="Passages to make of them.")] = 67_000,
    vectors: Annotated[int, typer.Option(help="Synthetic vectors.")] = 1_000_000,
    encoder: EncoderName = "",
) -> None:
    """Building, memory, time a query and recall@10 against brute force, with statutes and with synthetic vectors."""
    from retrieval.app import one_thread_a_query
    from retrieval.encoder import EncoderError, load_encoder
    from retrieval.evaluation import EvaluationError
    from retrieval.scale import measure_passages, measure_synthetic, read_texts

    try:
        model = load_encoder(encoder or None)
        with bars() as progress:
            texts = read_texts(corpus, passages)
            real, seeds = measure_passages(texts, model, progress, one_thread_a_query)
            rows = [*real, *measure_synthetic(seeds, vectors, progress, one_thread_a_query)]
    except (EncoderError, EvaluationError, OSError) as error:
        raise _refused(error) from error
    table = Table("what", "index", "count", "build s", "MB", "p50 ms", "p95 ms", "recall@10")
    for row in rows:
        table.add_row(*row.cells())
    Console(width=160).print(table)


@app.command("confidence")
def bench_confidence(
    encoder: EncoderName = "",
    only: Annotated[Path | None, typer.Option(help="Only the sample questions in this file, one a line.")] = None,
    most: Annotated[int, typer.Option(help="At most so many sample questions.")] = 2_000,
    plot: Plot = None,
) -> None:
    """Whether the confidence means what it says: predicted beside observed, in bins, and the expected error."""
    from knowledge.loader import ROOT, read_knowledge
    from retrieval.encoder import EncoderError, load_encoder
    from retrieval.publish import bundled_calibration
    from retrieval.reliability import reliability

    try:
        model = load_encoder(encoder or None)
    except EncoderError as error:
        raise _refused(error) from error
    lines = frozenset(only.read_text(encoding="utf-8").splitlines()) if only else None
    with bars() as progress:
        found = reliability(read_knowledge(ROOT).corpus(), model, bundled_calibration, lines, most, progress)
    table = Table("said", "questions", "mean said", "observed")
    for bin_ in found.bins:
        table.add_row(
            f"{bin_.low:.1f}-{bin_.high:.1f}", str(bin_.count), f"{bin_.predicted:.3f}", f"{bin_.observed:.3f}"
        )
    Console(width=120).print(table)
    typer.echo(f"expected calibration error {found.error:.3f} over {found.count} questions")
    if plot:
        from retrieval.plots import reliable

        plot.parent.mkdir(parents=True, exist_ok=True)
        plot.write_text(reliable(found), encoding="utf-8")


def _refused(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)


if __name__ == "__main__":
    app()

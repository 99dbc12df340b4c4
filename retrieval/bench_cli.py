"""Benchmarks of the search: `wenlu bench retrieval|encoder|mates|scale|confidence`."""

from __future__ import annotations

import json
import os
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
    languages: Annotated[
        str, typer.Option(help="Only passages and questions in these: minutes instead of an hour for a large model.")
    ] = "",
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
            spoken = [name for name in languages.split(",") if name]
            task, passages = bench.own_task(read_knowledge(ROOT).corpus(), questions, lines, spoken)
        if not task.asked:
            raise EvaluationError("there is no question to ask")
        every = bench.systems(own, model or [], passages, small)
        with bars() as progress:
            measured = bench.compare(task, every, progress, one_thread_a_query)
    except (EncoderError, EvaluationError, OSError) as error:
        raise _refused(error) from error
    _show(task.name, len(task.passages), measured)
    if plot:
        from retrieval.plots import compared, compared_by_language

        _draw(plot, compared(measured, task.name))
        if len(measured[0].scores) > 2:
            _draw(plot.with_stem(f"{plot.stem}-languages"), compared_by_language(measured, task.name))


def _draw(plot: Path, figure: str) -> None:
    plot.parent.mkdir(parents=True, exist_ok=True)
    plot.write_text(figure, encoding="utf-8")


def _machine() -> None:
    """The last line of every benchmark: where it ran."""
    typer.echo(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")


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
    _machine()


@app.command("encoder")
def bench_encoder(
    encoder: EncoderName = "",
    model: Models = None,
    texts: Annotated[int, typer.Option(help="So many sample questions, spread over all languages.")] = 300,
) -> None:
    """Size of the encoder and time a question on one thread, beside all-MiniLM-L6-v2 and any model given."""
    from knowledge.loader import ROOT, read_knowledge
    from retrieval import bench
    from retrieval.encoder import BUNDLED, Encoder, EncoderError, load_encoder
    from retrieval.scale import one_thread
    from retrieval.speed import folder_mb, measure_speed

    task, _ = bench.own_task(read_knowledge(ROOT).corpus(), texts)
    asked = [one.text for one in task.asked]
    table = Table("encoder", "dimensions", "MB on disk", "MB in memory", "p50 ms", "p95 ms", "processor ms")
    names = [encoder or str(BUNDLED), *(model or [])]
    try:
        every: list[tuple[str, float, Encoder]] = [
            (Path(name).name, folder_mb(Path(name)), load_encoder(name)) for name in names
        ]
        small = bench.mini()
        every += [(f"{bench.MINI}, 16 bits", 0.0, small)] if small is not None else []
        with bars() as progress, one_thread():
            for name, disk, one in every:
                speed = measure_speed(one, asked, progress, name)
                size = f"{disk:.0f}" if disk else "–"
                times = (f"{value:.2f}" for value in (speed.p50_ms, speed.p95_ms, speed.cpu_ms))
                table.add_row(name, str(one.dimensions), size, f"{bench.encoder_mb(one):.0f}", *times)
    except (EncoderError, OSError) as error:
        raise _refused(error) from error
    Console(width=120).print(table)
    _machine()


@app.command("mates")
def bench_mates(
    folder: Annotated[Path, typer.Argument(help="Files XX.txt; line i says the same as line i of en.txt.")],
    encoder: EncoderName = "",
    model: Models = None,
    lines: Annotated[int, typer.Option(help="At most so many lines.")] = 1_000,
    plot: Plot = None,
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
    _machine()
    if plot:
        from retrieval.plots import by_language

        into = {name: {language: right for language, (right, _) in scores.items()} for name, scores in found.items()}
        _draw(plot, by_language(into, f"The English line among {lines:,}", "right at rank 1"))


@app.command("scale")
def bench_scale(
    corpus: Annotated[Path, typer.Argument(help="Statutes or other documents as JSON lines with `text`; .xz, too.")],
    passages: Annotated[int, typer.Option(help="Passages to make of them.")] = 67_000,
    vectors: Annotated[int, typer.Option(help="Synthetic vectors.")] = 1_000_000,
    encoder: EncoderName = "",
    plot: Plot = None,
) -> None:
    """Building, memory, time a query and recall@10 against brute force, with statutes and with synthetic vectors.

    Every kind of index in turn; a star marks the kind that the search takes for so many. One thread a query.
    """
    from retrieval.documents import encoder_for
    from retrieval.encoder import EncoderError, load_encoder
    from retrieval.evaluation import EvaluationError
    from retrieval.scale import measure_passages, measure_synthetic, read_texts

    try:
        with bars() as progress:
            texts = read_texts(corpus, passages)
            model = load_encoder(encoder) if encoder else encoder_for(texts)
            real, seeds = measure_passages(texts, model, progress)
            rows = [*real, *measure_synthetic(seeds, vectors, progress)]
    except (EncoderError, EvaluationError, OSError) as error:
        raise _refused(error) from error
    table = Table("what", "index", "count", "build s", "MB", "p50 ms", "p95 ms", "recall@10")
    for row in rows:
        table.add_row(*row.cells())
    Console(width=160).print(table)
    _machine()
    if plot:
        from retrieval.plots import grown

        _draw(plot, grown(rows))


@app.command("confidence")
def bench_confidence(
    encoder: EncoderName = "",
    only: Annotated[Path | None, typer.Option(help="Only the sample questions in this file, one a line.")] = None,
    most: Annotated[int, typer.Option(help="At most so many sample questions.")] = 2_000,
    calibrated: Annotated[
        Path | None, typer.Option(help="Encoder folder with the calibration to measure; default: the encoder's own.")
    ] = None,
    outside: Annotated[
        Path | None, typer.Option(help="Questions out of scope to ask (language, theme, text); default: the examples.")
    ] = None,
    plot: Plot = None,
) -> None:
    """Whether the confidence means what it says: predicted beside observed, in bins, and the expected error."""
    from knowledge.loader import ROOT, read_knowledge
    from retrieval.abstention import read_outside
    from retrieval.confidence import Calibration
    from retrieval.encoder import EncoderError, load_encoder
    from retrieval.publish import bundled_calibration
    from retrieval.reliability import reliability

    try:
        model = load_encoder(encoder or None)
        said = calibrated and (calibrated / "calibration.json").read_text(encoding="utf-8")
        own = Calibration.from_dict(json.loads(said)) if said else bundled_calibration(model.revision)
        strange = tuple(read_outside(outside)) if outside else None
    except (EncoderError, OSError, ValueError) as error:
        raise _refused(error) from error
    lines = frozenset(only.read_text(encoding="utf-8").splitlines()) if only else None
    with bars() as progress:
        found = reliability(read_knowledge(ROOT).corpus(), model, own, lines, most, progress, strangers=strange)
    table = Table("said", "questions", "mean said", "observed")
    for bin_ in found.bins:
        table.add_row(
            f"{bin_.low:.1f}-{bin_.high:.1f}", str(bin_.count), f"{bin_.predicted:.3f}", f"{bin_.observed:.3f}"
        )
    Console(width=120).print(table)
    typer.echo(f"expected calibration error {found.error:.3f} over {found.count} questions")
    _machine()
    if plot:
        from retrieval.plots import reliable

        _draw(plot, reliable(found))


def _refused(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)


if __name__ == "__main__":
    app()

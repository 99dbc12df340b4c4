"""Commands on the index: publish, search, and measure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TaskID

from retrieval.index import Progress

ROOT = Path(__file__).resolve().parent.parent

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
eval_app = typer.Typer(no_args_is_help=True, help="Measure the search.")
app.add_typer(eval_app, name="eval")

DataDir = Annotated[Path, typer.Option("--data", envvar="WENLU_DATA", help="The data folder.")]
EncoderName = Annotated[
    str,
    typer.Option(
        "--encoder", envvar="WENLU_ENCODER", help="A sentence-transformers name or folder; empty: the bundled one."
    ),
]
DATA = ROOT / "data"


@contextmanager
def bars() -> Iterator[Progress]:
    """Progress bars, one a step."""
    tasks: dict[str, TaskID] = {}
    with Bar(console=Console(stderr=True)) as bar:

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield show


@app.command()
def publish(data: DataDir = DATA, encoder: EncoderName = "") -> None:
    """Build the index of the knowledge on disk and make it the current publication."""
    from knowledge import KnowledgeError, load_corpus
    from retrieval.encoder import EncoderError, load_encoder
    from retrieval.publish import publish as run

    try:
        with bars() as progress:
            folder = run(load_corpus(), data, load_encoder(encoder or None), progress)
    except (KnowledgeError, EncoderError) as error:
        raise _refused(error) from error
    typer.echo(f"published {folder.name}")


@app.command()
def search(
    question: str,
    data: DataDir = DATA,
    encoder: EncoderName = "",
    place: Annotated[str | None, typer.Option(help="Jurisdiction of who asks.")] = None,
    after: Annotated[str | None, typer.Option(help="The question before, for a follow-up.")] = None,
) -> None:
    """Ask the current publication and show what it finds, with scores."""
    from retrieval.encoder import EncoderError, load_encoder
    from retrieval.index import IndexMismatch
    from retrieval.publish import NoPublication, load_current
    from retrieval.search import Context, Query, Searcher

    try:
        model = load_encoder(encoder or None)
        _, corpus, index = load_current(data, model.revision)
    except (EncoderError, NoPublication, IndexMismatch) as error:
        raise _refused(error) from error
    context = Context(after) if after else None
    outcome = Searcher(corpus, index, model).search(Query(question, context=context, jurisdiction=place))
    said = "answer" if outcome.answerable else "no answer"
    typer.echo(f"{said}, confidence {outcome.confidence:.2f}" + (", as a follow-up" if outcome.used_context else ""))
    for hit in outcome.hits or outcome.nearest:
        text = hit.section.texts.get("en") or next(iter(hit.section.texts.values()))
        typer.echo(f"{hit.score:.2f}  {hit.section.id}  {text.heading}")


@eval_app.command("retrieval")
def eval_retrieval(
    corpus: Annotated[Path, typer.Option(help="Documents as JSON lines: id, text, name; .xz is read, too.")],
    queries: Annotated[Path, typer.Option(help="Queries as JSON lines: id, text.")],
    qrels: Annotated[Path, typer.Option(help="Lines of query id, tab, document id.")],
    encoder: Annotated[
        str, typer.Option(help="A name or folder; none: by words only; empty: the bundled one (its rows for statutes).")
    ] = "",
    lexical: Annotated[str, typer.Option(help="on or off")] = "on",
) -> None:
    """Recall, mean reciprocal rank and time a query, with the search that answers residents."""
    from retrieval.documents import encoder_for
    from retrieval.encoder import EncoderError, load_encoder
    from retrieval.evaluation import EvaluationError, evaluate, load_benchmark

    if lexical not in ("on", "off"):
        raise typer.BadParameter("say on or off", param_hint="--lexical")
    name = encoder or os.environ.get("WENLU_ENCODER") or None
    try:
        benchmark = load_benchmark(corpus, queries, qrels)
        model = None
        if encoder != "none":
            model = load_encoder(name) if name else encoder_for(list(benchmark.documents.values()))
        with bars() as progress:
            scores = evaluate(benchmark, model, lexical == "on", progress)
    except (EncoderError, EvaluationError, OSError) as error:
        raise _refused(error) from error
    for line in scores.lines():
        typer.echo(line)


def _refused(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)


if __name__ == "__main__":
    app()

"""Steps of making the encoder: `python -m retrieval.training prepare|teach|train|tune|export|calibrate|abstention|statutes|measure`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from knowledge.models import Corpus
    from retrieval.encoder import Encoder
    from retrieval.index import Index
    from retrieval.outside import Outside
    from retrieval.passages import Passage

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Work = Annotated[Path, typer.Option(help="Folder for everything in between.", envvar="WENLU_TRAINING_WORK")]
Parallel = Annotated[Path, typer.Option(help="Folder of en-XX.tsv.xz.", envvar="WENLU_PARALLEL")]
WORK = Path("data/build/encoder")


@app.callback()
def threads(cores: Annotated[int, typer.Option(help="Threads to use.")] = os.cpu_count() or 2) -> None:
    """Every step continues where it was stopped and keeps what it made in the work folder."""
    import torch

    torch.set_num_threads(cores)


@app.command()
def prepare(
    parallel: Parallel,
    work: Work = WORK,
    size: int = 50_000,
    sentences: int = 40_000,
    words: int = 20_000,
    also: Annotated[list[Path] | None, typer.Option(help="Further text for the tokenizer only.")] = None,
) -> None:
    """Draw pairs, train the tokenizer, pack the texts."""
    from retrieval.training.prepare import prepare as run

    run(parallel, work, size, sentences, words, also or [])


@app.command()
def teach(work: Work = WORK) -> None:
    """Let the English teacher read every English text once."""
    import numpy as np

    from retrieval.training.teacher import teach as run

    texts = json.loads((work / "english.json").read_text(encoding="utf-8"))
    np.save(work / "teacher.npy", run(texts, work))


@app.command()
def train(
    work: Work = WORK,
    steps: int = 2_500,
    minutes: float = 25,
    size: int = 4_096,
    rate: float = 5e-3,
    again: Annotated[bool, typer.Option(help="A second round, from the first one's weights.")] = False,
) -> None:
    """General training: contrastive both ways, and towards the teacher."""
    from retrieval.training.train import train as run

    run(work, steps, minutes, size, rate, again)


@app.command()
def tune(
    work: Work = WORK,
    knowledge: Annotated[Path | None, typer.Option(help="Knowledge folder; default: this checkout's.")] = None,
    holdout: Annotated[float, typer.Option(help="Share of the questions kept for measuring.")] = 0.0,
    steps: int = 500,
    minutes: float = 10,
    rate: float = 2e-3,
    size: int = 1_024,
    general: Annotated[float, typer.Option(help="Weight of the general pairs.")] = 0.7,
    again: Annotated[bool, typer.Option(help="A second round, from what was tuned before.")] = False,
) -> None:
    """Tune on our own questions and sections: `tuned.npy`, or `heldout.npy` and `heldout.txt` with a holdout."""
    from knowledge.loader import ROOT, read_knowledge
    from retrieval.outside import outside_of
    from retrieval.training.tune import domain_of
    from retrieval.training.tune import tune as run

    # What the checker still complains about is no reason not to learn from the rest.
    corpus = read_knowledge(knowledge or ROOT).corpus()
    domain, held = domain_of(corpus, outside_of(corpus), work / "tokenizer.json", holdout)
    if holdout:
        (work / "heldout.txt").write_text("\n".join(held), encoding="utf-8")
    to = work / ("heldout.npy" if holdout else "tuned.npy")
    run(work, domain, to, steps, minutes, rate, size, general, again)


@app.command()
def export(
    to: Annotated[Path, typer.Argument(help="The encoder folder to write.")],
    weights: Annotated[str, typer.Option(help="general or tuned")] = "tuned",
    work: Work = WORK,
) -> None:
    """Write an encoder folder with 8-bit rows."""
    import numpy as np

    from retrieval.training.export import export as run

    run(np.load(work / f"{weights}.npy"), work / "tokenizer.json", to, {"format": "wenlu-static", "weights": weights})


def _held_out(
    heldout: Path, work: Path
) -> tuple[Corpus, Index, list[Passage], tuple[Outside, ...], Encoder, frozenset[str]]:
    """What `calibrate` and `ask_all` ask with: our knowledge, searched by the encoder that the held-out questions are new to."""
    from knowledge.loader import ROOT, read_knowledge
    from retrieval.encoder import load_encoder
    from retrieval.index import build_index
    from retrieval.outside import outside_of
    from retrieval.passages import passages_of

    encoder = load_encoder(heldout)
    corpus = read_knowledge(ROOT).corpus()
    passages, outside = passages_of(corpus), outside_of(corpus)
    only = frozenset((work / "heldout.txt").read_text(encoding="utf-8").split("\n"))
    return corpus, build_index(passages, outside, encoder), passages, outside, encoder, only


@app.command()
def calibrate(
    heldout: Annotated[Path, typer.Argument(help="Encoder folder tuned without the held-out questions.")],
    to: Annotated[Path, typer.Argument(help="Encoder folder that the calibration is for.")],
    work: Work = WORK,
) -> None:
    """Fit confidence on the questions that the encoder was not tuned on: `calibration.json` in the encoder folder."""
    from retrieval.calibrate import calibrate as run

    calibration = run(*_held_out(heldout, work))
    if calibration is None:
        raise SystemExit("too few held-out questions to calibrate with")
    revision = json.loads((to / "config.json").read_text(encoding="utf-8"))["revision"]
    text = json.dumps({"encoder": revision, **calibration.to_dict()}, indent=1)
    (to / "calibration.json").write_text(text + "\n", encoding="utf-8")


@app.command()
def abstention(
    heldout: Annotated[Path, typer.Argument(help="Encoder folder tuned without the held-out questions.")],
    calibrated: Annotated[Path, typer.Argument(help="Encoder folder with the calibration to measure.")],
    questions: Annotated[Path, typer.Option(help="Questions out of scope: language, theme, text.")],
    work: Work = WORK,
) -> None:
    """Count "no answer" by language, among questions out of scope and among held-out sample questions."""
    from retrieval.abstention import count, read_outside, table
    from retrieval.calibrate import ENOUGH, ask_all
    from retrieval.confidence import Calibration
    from retrieval.search import Searcher

    corpus, index, passages, _, encoder, only = _held_out(heldout, work)
    index.calibration = Calibration.from_dict(json.loads((calibrated / "calibration.json").read_text(encoding="utf-8")))
    asked = ask_all(corpus, index, passages, (), encoder, only, most=ENOUGH)
    typer.echo("\n".join(table(count(Searcher(corpus, index, encoder), read_outside(questions), asked))))


@app.command()
def statutes(
    corpus: Annotated[Path, typer.Argument(help="Articles as JSON lines with `text` and `name`; .xz, too.")],
    to: Annotated[Path, typer.Argument(help="The folder of rows to write.")],
    articles: Annotated[Path, typer.Option(help="JSON lines with law, article, sub, label, text: those we cite.")],
    work: Work = WORK,
    weights: str = "tuned",
    minutes: float = 10,
    rate: float = 3e-3,
    size: int = 512,
    again: Annotated[bool, typer.Option(help="A further round, from the rows that the folder has.")] = False,
) -> None:
    """Train the rows of the tokens that Chinese laws are made of, for searching statutes; nothing else changes."""
    import numpy as np

    from knowledge.loader import ROOT, read_knowledge
    from retrieval.training.statutes import Batches, export_rows, own_pairs, read_articles, rows_before, tune_statutes

    weight = np.load(work / f"{weights}.npy")
    asked = own_pairs(read_knowledge(ROOT).corpus(), articles)
    batches = Batches(work, read_articles(corpus), asked, len(weight))
    begin = rows_before(to, batches.rows, weight, work / "tokenizer.json") if again else weight[batches.rows]
    trained = tune_statutes(work, batches, weight, begin, minutes, rate, size)
    export_rows(batches.rows, trained, work / "tokenizer.json", to)


@app.command()
def measure(encoder: str, ntrex: Annotated[Path, typer.Option(envvar="WENLU_NTREX")]) -> None:
    """Find the English line from every language; the lines are never trained on."""
    from retrieval.encoder import load_encoder
    from retrieval.training.measure import sentence_retrieval

    typer.echo(json.dumps(sentence_retrieval(load_encoder(encoder), ntrex)))


if __name__ == "__main__":
    app()

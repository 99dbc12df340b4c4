"""The `wenlu` command."""

from __future__ import annotations

import asyncio
import functools
import platform
import time
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.channels.wechat.cli import app as wechat_app
from api.cli import app as api_app
from api.staff.cli import app as staff_app
from knowledge.cli import app as knowledge_app
from languages.cli import app as languages_app
from retrieval.bench_cli import app as retrieval_bench
from retrieval.cli import eval_app
from wenlu.installation import Installation, StartError
from wenlu.supervisor import Supervisor, log

app = typer.Typer(no_args_is_help=True, help="Wenlu (问路): legal information for foreign residents in China.")
bench_app = typer.Typer(no_args_is_help=True, help="Benchmarks, of a running system and of the search alone.")
bench_app.registered_commands += retrieval_bench.registered_commands
app.add_typer(knowledge_app, name="knowledge", help="Check, preview and publish the brochures.")
app.add_typer(eval_app, name="eval", help="Measure answers and retrieval.")
app.add_typer(bench_app, name="bench")
app.add_typer(staff_app, name="staff")
app.add_typer(languages_app, name="languages")
app.add_typer(wechat_app, name="wechat")
app.registered_commands += api_app.registered_commands
app.registered_groups += api_app.registered_groups
console = Console()

Url = Annotated[str | None, typer.Option("--url", help="The api's address; default: this installation's.")]


def _fail(error: Exception) -> typer.Exit:
    typer.secho(f"wenlu: {error}", fg="red", err=True)
    return typer.Exit(1)


@app.command()
def run() -> None:
    """Check, prepare and start everything; Ctrl-C ends it."""
    from wenlu.prepare import prepare

    began = time.monotonic()
    try:
        installation = Installation()
        installation.check_ports()
        administrator = asyncio.run(prepare(installation, functools.partial(log, "wenlu")))
    except StartError as error:
        raise _fail(error) from error
    except KeyboardInterrupt as interrupt:
        log("wenlu", "stopped before it was ready; run it again to go on")
        raise typer.Exit(130) from interrupt
    log("wenlu", "starting api, bot, actions and retrieval (the bot takes about half a minute)")

    def when_ready(_: float) -> None:
        log("wenlu", f"ready in {time.monotonic() - began:.0f} s")
        log("wenlu", f"residents  {installation.api_url}/")
        log("wenlu", f"mediators  {installation.api_url}/console")
        log("wenlu", f"API        {installation.api_url}/api/v1/docs")
        if administrator:
            name, password = administrator
            log("wenlu", f"first administrator: {name}   password (shown only this once): {password}")
        log("wenlu", "Ctrl-C ends all four")

    if administrator:  # also shown now: a later failure must not swallow it
        log("wenlu", f"first administrator: {administrator[0]}   password: {administrator[1]}")
    code = asyncio.run(_supervise(installation, when_ready))
    log("wenlu", "stopped")
    raise typer.Exit(code)


async def _supervise(installation: Installation, when_ready: object) -> int:
    return await Supervisor(installation).run(when_ready)  # type: ignore[arg-type]


@app.command()
def train() -> None:
    """Train the bot's model if what it is made from has changed."""
    from wenlu.prepare import checked_knowledge
    from wenlu.training import train as train_model

    installation = Installation()
    try:
        installation.make_folders()
        corpus = checked_knowledge(installation, console.print)
        trained = asyncio.run(train_model(installation, corpus, console.print))
    except StartError as error:
        raise _fail(error) from error
    console.print("trained" if trained else "the model is current")


@knowledge_app.command()
def publish() -> None:
    """Check the brochures, build a new index and swap it into the running system."""
    from wenlu.prepare import checked_knowledge, publish_if_changed

    installation = Installation()
    try:
        installation.make_folders()
        corpus = checked_knowledge(installation, console.print)
        built = publish_if_changed(installation, corpus, console.print)
    except StartError as error:
        raise _fail(error) from error
    console.print("published" if built else "nothing changed: the current publication stays")
    try:
        reply = httpx.post(f"{installation.retrieval_url}/reload", timeout=60, trust_env=False)
        if reply.status_code != 200:
            raise _fail(StartError(f"the running system kept its old index: {reply.json()['error']['message']}"))
        console.print("the running system serves it now")
    except httpx.HTTPError:
        console.print("Wenlu is not running: it will serve this publication when it starts")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A question, in any language.")],
    language: Annotated[str | None, typer.Option(help="Your language, for example fr.")] = None,
    url: Url = None,
) -> None:
    """Ask a question in the terminal."""
    from wenlu.client import ResidentClient

    client = ResidentClient(url or Installation().api_url)
    try:
        client.start(language)
        turn = client.ask(question)
    except httpx.HTTPStatusError as error:
        raise _fail(StartError(error.response.json()["error"]["message"])) from error
    except httpx.HTTPError as error:
        raise _fail(StartError("Wenlu cannot be reached. Is it running? Start it with `make run`.")) from error
    for message in turn["messages"]:
        console.print(message["text"], markup=False, highlight=False)
        for button in message["buttons"]:
            console.print(f"  [{button['title']}]", style="dim", markup=False)
    client.erase()


@eval_app.command("questions")
def questions(
    file: Annotated[Path, typer.Argument(help="Tab-separated questions.", exists=True, dir_okay=False)],
    url: Url = None,
    language: Annotated[str | None, typer.Option(help="Only these languages, comma-separated.")] = None,
    show: Annotated[bool, typer.Option(help="List what failed.")] = True,
) -> None:
    """Put questions through the public API of a running system and count what came back."""
    from wenlu import evaluation

    try:
        asked = evaluation.read_questions(file)
    except ValueError as error:
        raise _fail(error) from error
    if language:
        asked = [q for q in asked if q.language in language.split(",")]
    began = time.monotonic()
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("asking", total=len(asked))
        try:
            outcomes = evaluation.ask_all(asked, url or Installation().api_url, lambda: bar.advance(task))
        except httpx.HTTPError as error:
            raise _fail(
                StartError(f"the api did not answer ({error}). Is Wenlu running? `make run` starts it.")
            ) from error
    if show:
        for outcome in evaluation.failures(outcomes):
            q = outcome.question
            missed = [n for n in ("topic", "basis3", "facts", "special") if getattr(outcome, n) is False]
            wanted = "|".join(q.basis or q.topics)
            console.print(
                f"{q.id} {q.language} {'+'.join(missed)}: {' || '.join(q.turns)} → wanted {wanted}, got {outcome.shown}",
                markup=False, highlight=False, soft_wrap=True,
            )  # fmt: skip
    table = Table(
        "", *evaluation.COLUMNS, title=f"{file.name}: {len(outcomes)} questions in {time.monotonic() - began:.0f} s"
    )
    for name, cells in evaluation.summary(outcomes):
        table.add_row(name, *cells)
    Console(width=200).print(table)
    console.print(f"{platform.machine()}, Python {platform.python_version()}", highlight=False)


@bench_app.command("turn")
def bench_turn(
    turns: Annotated[int, typer.Option(help="Sequential turns to measure.")] = 100,
    url: Url = None,
) -> None:
    """Measure a full turn through the API beside a bare rule-only Rasa turn, in one run."""
    from wenlu.bench import compare_turns

    try:
        compare_turns(url or Installation().api_url, turns, console)
    except (StartError, httpx.HTTPError) as error:
        raise _fail(error) from error


@bench_app.command("nlu")
def bench_nlu(
    folds: Annotated[int, typer.Option(help="Parts that each are tested once.", min=2)] = 3,
    without: Annotated[str, typer.Option(help="Instead: learn nothing of these languages and test on them.")] = "",
    keep: Annotated[int, typer.Option(help="Learn so many examples of each of them, drawn by lot.", min=0)] = 0,
    most: Annotated[int | None, typer.Option(help="Questions of a topic to learn from.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the confusion matrix into this SVG.")] = None,
    save: Annotated[Path | None, typer.Option(help="Keep every prediction in this JSON file.")] = None,
    languages: Annotated[Path | None, typer.Option("--languages", help="Draw accuracy by language as SVG.")] = None,
    beside: Annotated[Path | None, typer.Option(help="Draw it beside this result, kept by --save.")] = None,
) -> None:
    """Cross-validate the bot's understanding with Rasa's own test functions, by language (minutes a fold)."""
    from wenlu.bench_nlu import Kept
    from wenlu.bench_nlu import run as measure

    try:
        kept = Kept(plot, languages, beside, save)
        measure(console, folds, [name for name in without.split(",") if name], keep, most, kept)
    except StartError as error:
        raise _fail(error) from error


@bench_app.command("translate")
def bench_translate(
    seconds: Annotated[float, typer.Option(help="How long each package is measured.")] = 10,
    plot: Annotated[Path | None, typer.Option(help="Draw speed and what is right into this SVG.")] = None,
) -> None:
    """Measure translation: sentences a second, memory, and whether all that is masked comes back (else exit code 1)."""
    from wenlu.bench_translation import run as measure

    if not measure(seconds, console, plot):
        raise typer.Exit(1)


@bench_app.command("wechat")
def bench_wechat(
    pushes: Annotated[int, typer.Option(help="What the crowd does.", min=1)] = 10_000,
    people: Annotated[int, typer.Option(help="How many they are.", min=1)] = 1000,
    restarts: Annotated[bool, typer.Option(help="Freeze the bot and kill -9 every process on the way.")] = True,
    rate: Annotated[float, typer.Option(help="Pushes a second, while acknowledging is measured.", min=1)] = 50,
    seconds: Annotated[float, typer.Option(help="How long that is measured; 0 leaves it out.", min=0)] = 60,
) -> None:
    """Push to a whole system of its own as WeChat does, and prove that nothing was lost (else exit code 1)."""
    from wenlu.bench_wechat.run import Wanted, measure

    try:
        fine = measure(Wanted(pushes, people, restarts, rate, seconds), console)
    except StartError as error:
        raise _fail(error) from error
    if not fine:
        raise typer.Exit(1)


@wechat_app.command()
def rehearse(
    port: Annotated[int, typer.Option(help="Port of the rehearsed WeChat, on loopback.")] = 8020,
    mode: Annotated[str, typer.Option(help="How it pushes: safe, compatible or plain.")] = "safe",
    language: Annotated[str, typer.Option(help="The language that the phone is set to.")] = "en",
    url: Url = None,
) -> None:
    """Be WeChat on this machine and chat from the terminal, to try the channel without an account."""
    from wenlu.rehearse import rehearse as be_wechat

    if mode not in ("safe", "compatible", "plain"):
        raise _fail(StartError("The mode is safe, compatible or plain."))
    address = f"{(url or Installation().api_url).rstrip('/')}/wechat"
    try:
        asyncio.run(be_wechat(address, port, mode, language, input, functools.partial(print, flush=True)))
    except OSError as error:
        raise _fail(
            StartError(f"Port {port} cannot be used ({error.strerror}). Choose another with --port.")
        ) from error


if __name__ == "__main__":
    app()

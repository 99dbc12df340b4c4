"""A full turn of Wenlu beside a bare rule-only Rasa turn, on one machine in one run."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import platform
import random
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from knowledge import load_corpus
from wenlu.client import ResidentClient
from wenlu.installation import Installation, StartError, free_ports

CLIENTS = 8
TURNS = 5
"""Turns of a conversation."""

Asked = list[tuple[str, str]]
"""Questions and the language of each."""

Alone = list[float]
Together = tuple[list[float], float]
"""Seconds a turn; with several clients also turns a second."""

BARE = {
    "config.yml": """recipe: default.v1
assistant_id: bare
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: LogisticRegressionClassifier
policies:
  - name: RulePolicy
""",
    "domain.yml": """version: "3.1"
intents: [greet, bye]
responses:
  utter_greet: [{text: "Hello"}]
  utter_bye: [{text: "Goodbye"}]
""",
    "data.yml": """version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - hi there
      - good morning
  - intent: bye
    examples: |
      - bye
      - goodbye
      - see you
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: bye
    steps: [{intent: bye}, {action: utter_bye}]
""",
    "credentials.yml": "rest:\n",
    "endpoints.yml": "",
}


@contextlib.contextmanager
def bare_rasa(python: Path, progress: Callable[[str], None]) -> Iterator[str]:
    """Train and run the smallest rule-only Rasa on a free loopback port; yield its webhook's address."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in BARE.items():
            (folder / file).write_text(text)
        environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "SANIC_HOST": "127.0.0.1"}
        progress("training the bare Rasa model")
        train = [str(python), "-m", "rasa", "train", "--data", "data.yml", "--out", ".", "--fixed-model-name", "bare"]
        if subprocess.run(train, cwd=folder, env=environment, capture_output=True, check=False).returncode:
            raise StartError("the bare Rasa model could not be trained")
        (port,) = free_ports(1)
        progress("starting it")
        run = [str(python), "-m", "rasa", "run", "--model", "bare.tar.gz", "-i", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(
            run, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 120
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(url, trust_env=False).status_code == 200:
                        break
                if time.monotonic() > deadline:
                    raise StartError("the bare Rasa did not start within 120 s")
                time.sleep(0.5)
            yield f"{url}/webhooks/rest/webhook"
        finally:
            server.terminate()
            server.wait(20)


def _bare_turns(url: str, turns: int) -> list[float]:
    times = []
    with httpx.Client(timeout=60, trust_env=False) as client:
        sender = uuid.uuid4().hex
        for number in range(turns):
            if number % 10 == 0:
                sender = uuid.uuid4().hex
            began = time.perf_counter()
            reply = client.post(url, json={"sender": sender, "message": "hello" if number % 2 else "bye"})
            times.append(time.perf_counter() - began)
            if not reply.json():
                raise StartError("the bare Rasa answered nothing")
    return times


def drawn(every: Asked, count: int, draw: random.Random, mixed: bool) -> Asked:
    """Questions for conversations of five: each conversation in one language, or every question in any."""
    if mixed:
        return draw.choices(every, k=count)
    by_language: dict[str, Asked] = {}
    for asked in every:
        by_language.setdefault(asked[1], []).append(asked)
    languages = draw.choices([language for _, language in every], k=-(-count // TURNS))
    return [one for language in languages for one in draw.choices(by_language[language], k=TURNS)][:count]


def _full_turns(url: str, asked: Asked) -> list[float]:
    times = []
    for start in range(0, len(asked), TURNS):
        client = ResidentClient(url)
        client.start(asked[start][1])
        for question, _ in asked[start : start + TURNS]:
            began = time.perf_counter()
            turn = client.ask(question)
            times.append(time.perf_counter() - began)
            if not turn["messages"]:
                raise StartError("a turn came back without an answer")
        client.erase()
        client.close()
    return times


def _one_client(url: str, every: Asked, count: int, mixed: bool, number: int) -> list[float]:
    return _full_turns(url, drawn(every, count, random.Random(number), mixed))  # noqa: S311


def _together(work: Callable[[int], list[float]]) -> tuple[list[float], float]:
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        times = [t for done in pool.map(work, range(CLIENTS)) for t in done]
    return times, len(times) / (time.perf_counter() - began)


def _row(name: str, times: list[float], rate: float | None = None) -> list[str]:
    p50, p95 = (float(np.percentile(times, q)) * 1000 for q in (50, 95))
    return [name, str(len(times)), f"{p50:.1f}", f"{p95:.1f}", f"{rate:.1f}" if rate else "–"]


def compare_turns(url: str, turns: int, console: Console) -> None:
    """Measure both, sequentially and with 8 clients, and print the ratios of the p95s.

    A resident keeps to one language; turns in which nearly every question changes it are measured beside that.
    """
    installation = Installation()
    corpus = load_corpus(installation.root / "knowledge")
    every = sorted(
        (question, language)
        for section in corpus.sections.values()
        for language, questions in section.questions.items()
        for question in questions
    )
    kinds = {"one language a conversation": False, "languages mixed": True}
    chosen = {kind: drawn(every, turns, random.Random(7), mixed) for kind, mixed in kinds.items()}  # noqa: S311
    with bare_rasa(installation.bot_python, lambda text: console.print(text)) as bare:
        _bare_turns(bare, 20), _full_turns(url, every[:10])
        bare_times: list[float] = []
        full_times: dict[str, list[float]] = {kind: [] for kind in kinds}
        for start in range(0, turns, 20):
            bare_times += _bare_turns(bare, 20)
            for kind, asked in chosen.items():
                full_times[kind] += _full_turns(url, asked[start : start + 20])
        share = max(turns // CLIENTS, TURNS)
        bare_many = _together(lambda _: _bare_turns(bare, share))
        many = {kind: _together(partial(_one_client, url, every, share, mixed)) for kind, mixed in kinds.items()}
    _show(console, (bare_times, bare_many), {kind: (full_times[kind], many[kind]) for kind in kinds})


def _show(console: Console, bare: tuple[Alone, Together], full: dict[str, tuple[Alone, Together]]) -> None:
    table = Table("turn", "n", "p50 ms", "p95 ms", "turns/s")
    for name, (alone, together) in {
        "bare Rasa": bare,
        **{f"Wenlu, {kind}": both for kind, both in full.items()},
    }.items():
        table.add_row(*_row(f"{name}, one after another", alone))
        table.add_row(*_row(f"{name}, {CLIENTS} clients", *together))
    console.print(table)
    for kind, (alone, together) in full.items():
        ratios = [np.percentile(a, 95) / np.percentile(b, 95) for a, b in ((alone, bare[0]), (together[0], bare[1][0]))]
        console.print(
            f"p95 ratio to bare Rasa, {kind}: {ratios[0]:.2f} one after another, {ratios[1]:.2f} with {CLIENTS} clients"
        )
    console.print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", highlight=False)

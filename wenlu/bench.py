"""A full turn of Wenlu beside a bare rule-only Rasa turn, on one machine in one run."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import platform
import random
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from knowledge import load_corpus
from wenlu.client import ResidentClient
from wenlu.installation import Installation, StartError

CLIENTS = 8
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
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
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


def _full_turns(url: str, questions: list[str]) -> list[float]:
    times = []
    for start in range(0, len(questions), 5):
        client = ResidentClient(url)
        client.start("en")
        for question in questions[start : start + 5]:
            began = time.perf_counter()
            turn = client.ask(question)
            times.append(time.perf_counter() - began)
            if not turn["messages"]:
                raise StartError("a turn came back without an answer")
        client.erase()
        client.close()
    return times


def _together(work: Callable[[int], list[float]]) -> tuple[list[float], float]:
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        times = [t for done in pool.map(work, range(CLIENTS)) for t in done]
    return times, len(times) / (time.perf_counter() - began)


def _row(name: str, times: list[float], rate: float | None = None) -> list[str]:
    p50, p95 = (float(np.percentile(times, q)) * 1000 for q in (50, 95))
    return [name, str(len(times)), f"{p50:.1f}", f"{p95:.1f}", f"{rate:.1f}" if rate else "–"]


def compare_turns(url: str, turns: int, console: Console) -> None:
    """Measure both, sequentially and with 8 clients, and print the ratio of the p95s."""
    installation = Installation()
    corpus = load_corpus(installation.root / "knowledge")
    every = sorted(q for s in corpus.sections.values() for questions in s.questions.values() for q in questions)
    chosen = random.Random(7).choices(every, k=turns)  # noqa: S311
    with bare_rasa(installation.bot_python, lambda text: console.print(text)) as bare:
        _bare_turns(bare, 20), _full_turns(url, chosen[:10])
        bare_times, full_times = [], []
        for start in range(0, turns, 20):
            bare_times += _bare_turns(bare, 20)
            full_times += _full_turns(url, chosen[start : start + 20])
        share = max(turns // CLIENTS, 5)
        bare_many = _together(lambda _: _bare_turns(bare, share))
        full_many = _together(lambda n: _full_turns(url, random.Random(n).choices(every, k=share)))  # noqa: S311
    table = Table("turn", "n", "p50 ms", "p95 ms", "turns/s")
    table.add_row(*_row("bare Rasa, one after another", bare_times))
    table.add_row(*_row("Wenlu, one after another", full_times))
    table.add_row(*_row(f"bare Rasa, {CLIENTS} clients", *bare_many))
    table.add_row(*_row(f"Wenlu, {CLIENTS} clients", *full_many))
    console.print(table)
    ratio = [
        float(np.percentile(a, 95) / np.percentile(b, 95))
        for a, b in ((full_times, bare_times), (full_many[0], bare_many[0]))
    ]
    console.print(f"p95 ratio to bare Rasa: {ratio[0]:.2f} one after another, {ratio[1]:.2f} with {CLIENTS} clients")
    console.print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", highlight=False)

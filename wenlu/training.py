"""Train the Rasa model, but only when what it is made from has changed.

The bot may not import `knowledge`, so the questions that editors keep beside each brochure are written out here as
Rasa training data: one intent a topic.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import yaml

from knowledge import Corpus
from wenlu.installation import Installation, StartError

Progress = Callable[[str], None]


def topic_intent(topic: str) -> str:
    """Return the intent's name of a topic: `residence-permits` → `topic_residence_permits`."""
    return "topic_" + topic.replace("-", "_")


class _Block(str):
    """A text that YAML writes as a literal block."""


yaml.SafeDumper.add_representer(
    _Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")
)


def _example(text: str) -> str:
    return " ".join(text.replace("[", "(").replace("]", ")").split())


def export_topics(corpus: Corpus, folder: Path) -> Path:
    """Write `topics.yml` (Rasa NLU data, an intent a topic) from the sections' questions; return its path."""
    examples: dict[str, set[str]] = {}
    for section in corpus.sections.values():
        kept = examples.setdefault(topic_intent(section.topic), set())
        for questions in section.questions.values():
            kept.update(_example(question) for question in questions)
    seen: set[str] = set()
    nlu = []
    for intent in sorted(examples):
        mine = sorted(text for text in examples[intent] if text and text.casefold() not in seen)
        seen.update(text.casefold() for text in mine)
        if mine:
            nlu.append({"intent": intent, "examples": _Block("".join(f"- {text}\n" for text in mine))})
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "topics.yml"
    text = yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True, sort_keys=False, width=10_000)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
    return file


def training_inputs(installation: Installation, topics: Path) -> list[Path]:
    """Return every file that the model depends on."""
    bot = installation.root / "bot"
    own = [
        path
        for pattern in (
            "*.yml",
            "data/**/*.yml",
            "domain/**/*.yml",
            "components/**/*.py",
            "components/**/*.yml",
            "channel/**/*.py",
        )
        for path in bot.glob(pattern)
        if ".venv" not in path.parts
    ]
    encoder = Path(installation.encoder)
    return [*sorted(set(own)), bot / "requirements.lock", topics, *(p for p in [encoder / "config.json"] if p.exists())]


def stamp_of(files: list[Path]) -> str:
    """Return a digest of the files' names and bytes."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


async def train(installation: Installation, corpus: Corpus, progress: Progress) -> bool:
    """Train the model unless it is current. Returns whether it trained; raises `StartError` when Rasa could not."""
    topics = export_topics(corpus, installation.data / "build" / "nlu")
    stamp_file = installation.data / "rasa" / "stamp"
    stamp = stamp_of(training_inputs(installation, topics))
    if installation.rasa_model.exists() and stamp_file.exists() and stamp_file.read_text() == stamp:
        return False
    if not installation.bot_python.exists():
        raise StartError("The bot's environment is missing. Run `make setup` first.")
    stamp_file.unlink(missing_ok=True)
    bot = installation.root / "bot"
    command = [
        str(installation.bot_python), "-m", "rasa", "train",
        "--config", str(bot / "config.yml"),
        "--domain", str(bot / "domain.yml"),
        "--data", str(bot / "data"), str(topics.parent),
        "--out", str(installation.rasa_model.parent),
        "--fixed-model-name", "model",
        "--force",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=bot,
        env=installation.environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**20,
    )
    tail: list[str] = []
    assert process.stdout is not None
    try:
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            tail = [*tail[-30:], line]
            if "Starting to train" in line or "Finished training" in line or "ERROR" in line:
                progress(line.split(" - ")[-1].strip())
        code = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        raise
    if code != 0 or not installation.rasa_model.exists():
        raise StartError("Rasa could not train the model. What it said last:\n" + "\n".join(tail[-15:]))
    stamp_file.write_text(stamp)
    os.utime(installation.rasa_model)
    return True

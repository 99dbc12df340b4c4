"""Train the Rasa model, but only when what it is made from has changed.

The bot may not import `knowledge`, so the questions that editors keep beside each brochure are written out here as
Rasa training data: one intent a topic.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from knowledge import Corpus
from knowledge.models import Section
from wenlu.installation import Installation, StartError

Progress = Callable[[str], None]
MOST_EXAMPLES = 200  # questions exported for one topic


def topic_intent(topic: str) -> str:
    """Return the intent's name of a topic: `residence-permits` → `topic_residence_permits`."""
    return "topic_" + topic.replace("-", "_")


class _Block(str):
    """A text that YAML writes as a literal block."""


yaml.SafeDumper.add_representer(
    _Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")
)


def read_as(text: str) -> str:
    """The question as Rasa reads it back from the file: no brackets (they would mark entities), single spaces."""
    return " ".join(text.replace("[", "(").replace("]", ")").split())


def _spread(corpus: Corpus) -> dict[str, list[str]]:
    """Return each topic's questions, mixed so that any first part of them has every section and every language.

    First questions come before second ones. Among them each round takes one language of every section, and another
    one of the next section: what stands last in a topic, or in the alphabet of languages, is not cut off.
    """
    topics: dict[str, list[Section]] = {}
    for section in sorted(corpus.sections.values(), key=lambda section: section.id):
        topics.setdefault(section.topic, []).append(section)
    return {topic: [text for *_, text in sorted(_ranked(sections))] for topic, sections in topics.items()}


def _ranked(sections: list[Section]) -> Iterator[tuple[int, int, int, str]]:
    languages = sorted({language for section in sections for language in section.questions})
    for row, section in enumerate(sections):
        for language, questions in section.questions.items():
            turn = (languages.index(language) + row) % len(languages)
            for place, question in enumerate(questions):
                yield place, turn, row, read_as(question)


def export_topics(corpus: Corpus, folder: Path, most: int = MOST_EXAMPLES) -> Path:
    """Write `topics.yml` (Rasa NLU data, an intent a topic) from the sections' questions; return its path.

    At most `most` examples a topic: the classifier weighs no more, and Rasa would featurize them all in vain.
    """
    seen: set[str] = set()
    nlu = []
    for topic, questions in sorted(_spread(corpus).items()):
        mine: list[str] = []
        for text in questions:
            if text and text.casefold() not in seen and len(mine) < most:
                seen.add(text.casefold())
                mine.append(text)
        if mine:
            block = _Block("".join(f"- {text}\n" for text in sorted(mine)))
            nlu.append({"intent": topic_intent(topic), "examples": block})
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
            "patterns/*.yml",
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
        "--skip-validation",  # `rasa data validate` is a test; here it would cost a quarter of the time
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

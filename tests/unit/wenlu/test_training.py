"""What the bot is trained from, and when it is trained again."""

from __future__ import annotations

from pathlib import Path

import yaml

from knowledge import load_corpus
from wenlu.installation import Installation
from wenlu.training import export_topics, stamp_of, topic_intent, training_inputs


def test_every_topic_gets_examples_in_every_curated_language(tmp_path: Path) -> None:
    """The export is valid Rasa data: an intent a topic, bounded, no example in two topics."""
    corpus = load_corpus()
    data = yaml.safe_load(export_topics(corpus, tmp_path, most=50).read_text(encoding="utf-8"))
    examples = {item["intent"]: item["examples"].splitlines() for item in data["nlu"]}
    assert set(examples) == {topic_intent(topic) for topic in corpus.topics}
    every = [line for lines in examples.values() for line in lines]
    assert all(line.startswith("- ") and "[" not in line for line in every)
    assert len({line.casefold() for line in every}) == len(every)
    assert max(len(lines) for lines in examples.values()) <= 50


def test_an_unchanged_export_is_not_written_again(tmp_path: Path) -> None:
    """A second start finds the same file, byte for byte and minute for minute."""
    corpus = load_corpus()
    first = export_topics(corpus, tmp_path).stat().st_mtime_ns
    assert export_topics(corpus, tmp_path).stat().st_mtime_ns == first


def test_the_stamp_changes_with_any_training_file(tmp_path: Path) -> None:
    """Another example, another rule or another encoder means training again."""
    topics = export_topics(load_corpus(), tmp_path)
    files = training_inputs(Installation(), topics)
    names = {file.name for file in files}
    assert {"config.yml", "domain.yml", "rules.yml", "topics.yml", "config.json", "requirements.lock"} <= names
    before = stamp_of(files)
    topics.write_text(topics.read_text(encoding="utf-8") + "\n# another line\n", encoding="utf-8")
    assert stamp_of(files) != before

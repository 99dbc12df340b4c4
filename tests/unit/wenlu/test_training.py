"""What the bot is trained from, and when it is trained again."""

from __future__ import annotations

from pathlib import Path

import yaml

from knowledge import Corpus, Topic
from tests.corpora import brochure, section
from wenlu.installation import Installation
from wenlu.training import export_topics, stamp_of, topic_intent, training_inputs


def test_every_topic_gets_examples(corpus: Corpus, tmp_path: Path) -> None:
    """The export is valid Rasa data: an intent a topic, bounded, no example in two topics."""
    data = yaml.safe_load(export_topics(corpus, tmp_path, most=50).read_text(encoding="utf-8"))
    examples = {item["intent"]: item["examples"].splitlines() for item in data["nlu"]}
    assert set(examples) == {topic_intent(topic) for topic in corpus.topics}
    every = [line for lines in examples.values() for line in lines]
    assert all(line.startswith("- ") and "[" not in line for line in every)
    assert len({line.casefold() for line in every}) == len(every)
    assert max(len(lines) for lines in examples.values()) <= 50


def test_no_section_and_no_language_is_cut_off(tmp_path: Path) -> None:
    """However many languages ask, the examples that are kept are of every section and of each language alike."""
    languages = ["zh", "en", "ar", "de", "uk"]
    basis = [{"law": "civil-code", "article": 1}]
    sections = [
        section(f"leasing/b#s{n}", {"en": ("One", "One.")}, basis=basis, questions=_asked(n, languages))
        for n in range(8)
    ]
    topic = Topic(slug="leasing", order=1, names={"en": "Renting a home"})
    small = Corpus(
        laws={}, topics={"leasing": topic}, cities={}, brochures={"leasing/b": brochure({"en": "B"}, *sections)}
    )
    data = yaml.safe_load(export_topics(small, tmp_path, most=20).read_text(encoding="utf-8"))
    kept = [line.removeprefix("- ").split() for line in data["nlu"][0]["examples"].splitlines()]
    assert len(kept) == 20
    assert {section for section, *_ in kept} == {f"s{n}" for n in range(8)}
    assert all(3 <= sum(row[1] == language for row in kept) <= 5 for language in languages)
    assert {place for *_, place in kept} == {"first"}


def _asked(section: int, languages: list[str]) -> dict[str, list[str]]:
    return {language: [f"s{section} {language} first", f"s{section} {language} second"] for language in languages}


def test_an_unchanged_export_is_not_written_again(corpus: Corpus, tmp_path: Path) -> None:
    """A second start finds the same file, byte for byte and minute for minute."""
    first = export_topics(corpus, tmp_path).stat().st_mtime_ns
    assert export_topics(corpus, tmp_path).stat().st_mtime_ns == first


def test_the_stamp_changes_with_any_training_file(corpus: Corpus, tmp_path: Path) -> None:
    """Another example, another rule or another encoder means training again."""
    topics = export_topics(corpus, tmp_path)
    files = training_inputs(Installation(), topics)
    names = {file.name for file in files}
    assert {"config.yml", "domain.yml", "rules.yml", "topics.yml", "config.json", "requirements.lock"} <= names
    before = stamp_of(files)
    topics.write_text(topics.read_text(encoding="utf-8") + "\n# another line\n", encoding="utf-8")
    assert stamp_of(files) != before

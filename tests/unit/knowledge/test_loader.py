"""Loading: from files to a frozen corpus and back from JSON."""

import os
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from knowledge import Corpus, KnowledgeError, load_corpus
from knowledge.cli import rendered
from knowledge.publication import PublicationWatcher, read_current
from tests.unit.knowledge.conftest import Root


def test_a_corpus_holds_everything(root: Root) -> None:
    """Titles, texts as Markdown and as plain words, questions, basis and steps are joined to sections."""
    corpus = load_corpus(root.path)
    section = corpus.sections["leasing/deposit#returned"]
    assert corpus.brochures["leasing/deposit"].titles == {"zh": "押金", "en": "Deposits"}
    assert section.texts["en"].heading == "When is the deposit returned?"
    assert "**30 days**" in section.texts["en"].markdown
    assert section.texts["en"].plain.startswith("Within 30 days (Deposit Law")
    assert section.questions["en"] == ["when do i get my deposit back"]
    assert section.next_steps["zh"] == ["写信给房东"]
    assert section.basis[0].title("en", corpus) == "Deposit Law, art. 10"
    assert section.basis[0].title("zh", corpus) == "押金法第10条"
    assert section.basis[1].title("en", corpus) == "Other Law, art. 2-1"
    assert section.basis[1].title("zh", corpus) == "其他法第2条之一"


def test_a_corpus_survives_json(root: Root) -> None:
    """What a publication holds is the same corpus with the same hash."""
    corpus = load_corpus(root.path)
    again = Corpus.from_json(corpus.to_json())
    assert again == corpus
    assert again.hash == corpus.hash
    assert again.to_json() == corpus.to_json()


def test_the_hash_follows_the_text(root: Root) -> None:
    """One changed word is another corpus; the same files are the same."""
    before = load_corpus(root.path).hash
    assert load_corpus(root.path).hash == before
    root.replace("en.md", "It takes about", "It can take about")
    assert load_corpus(root.path).hash != before


def test_a_corpus_cannot_change(root: Root) -> None:
    """Models are frozen."""
    section = load_corpus(root.path).sections["leasing/deposit#second"]
    with pytest.raises(ValidationError):
        section.topic = "visas"


def test_expired_sections_are_not_served(root: Root) -> None:
    """A section is served through its review day and not after it."""
    corpus = load_corpus(root.path)
    assert len(corpus.served(date(2027, 11, 1))) == 2
    assert corpus.served(date(2027, 11, 2)) == {}


def test_problems_have_file_and_line(root: Root) -> None:
    """What cannot be loaded is one error that names every place."""
    root.replace("brochure.yml", "jurisdiction: mainland", "jurisdiction: nowhere")
    root.replace("zh.md", "## 别的问题？ {#second}", "## 别的问题？")
    with pytest.raises(KnowledgeError) as caught:
        load_corpus(root.path)
    places = {(problem.file.rsplit("/", 1)[-1], problem.line) for problem in caught.value.problems}
    assert {("brochure.yml", 3), ("zh.md", 12)} <= places
    assert "brochure.yml:3" in str(caught.value)


def test_broken_yaml_is_a_problem_not_a_crash(root: Root) -> None:
    """A YAML error is told with its line."""
    (root.path / "laws.yml").write_text("a: {\nb: [", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"laws\.yml:\d"):
        load_corpus(root.path)


def test_words_that_yaml_takes_for_truth_stay_words(root: Root) -> None:
    """`on`, `no` and `yes` are words; only true and false are truth values."""
    (root.brochure / "questions.yml").write_text("returned:\n  en: [no]\n", encoding="utf-8")
    assert load_corpus(root.path).sections["leasing/deposit#returned"].questions["en"] == ["no"]


def test_a_preview_reads_like_the_answer(root: Root) -> None:
    """The preview shows text, steps, basis, date and notes, and says which language stands in."""
    corpus = load_corpus(root.path)
    shown = rendered(corpus.sections["leasing/deposit#second"], corpus, "fr", date(2026, 11, 20))
    for words in ("no version in fr", "Another question?", "→ Call 12345", "§ Deposit Law, art. 11", "Mainland"):
        assert words in shown
    assert "practice: confirm locally" in shown
    assert "no lawyer has reviewed this" in shown


def publish(data: Path, name: str, corpus: Corpus) -> None:
    folder = data / "published" / name
    folder.mkdir(parents=True)
    (folder / "corpus.json").write_text(corpus.to_json(), encoding="utf-8")
    link = data / "published" / "next"
    link.symlink_to(name)
    os.replace(link, data / "published" / "current")  # noqa: PTH105


def test_the_watcher_follows_the_publication(root: Root, tmp_path: Path) -> None:
    """The corpus is read once a publication, and a swap of the link brings the new one."""
    data = tmp_path / "data"
    watcher = PublicationWatcher(data)
    assert watcher.corpus() is None
    assert read_current(data) is None
    first = load_corpus(root.path)
    publish(data, "one", first)
    assert watcher.corpus() is watcher.corpus()
    assert watcher.hash() == first.hash
    root.replace("en.md", "It takes about", "It can take about")
    publish(data, "two", load_corpus(root.path))
    assert watcher.hash() == load_corpus(root.path).hash != first.hash


def test_a_broken_publication_leaves_the_last_good_one(root: Root, tmp_path: Path) -> None:
    """What cannot be read does not take away what is being served."""
    data = tmp_path / "data"
    publish(data, "one", load_corpus(root.path))
    watcher = PublicationWatcher(data)
    good = watcher.corpus()
    broken = data / "published" / "two"
    broken.mkdir()
    (broken / "corpus.json").write_text("{", encoding="utf-8")
    (data / "published" / "current").unlink()
    (data / "published" / "current").symlink_to("two")
    assert watcher.corpus() is good

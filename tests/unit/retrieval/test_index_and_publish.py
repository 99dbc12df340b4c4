"""The index on disk, and the swap of publications."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from knowledge.models import Corpus
from retrieval.encoder import BUNDLED, Vectors
from retrieval.index import FORMAT, IndexMismatch, build_index, encode_all, load_index, save_index
from retrieval.passages import passages_of
from retrieval.publish import KEPT, NoPublication, current_link, is_current, load_current, publish
from retrieval.search import Query, Searcher
from tests.unit.retrieval.conftest import OUTSIDE, PiecesEncoder, Publish, make_brochure, make_corpus, make_section


def another(number: int) -> Corpus:
    name = f"visas/brochure-{number}"
    questions = {"en": [f"question number {number}"]}
    return make_corpus(make_brochure(name, make_section(name, "one", f"Heading {number}", f"标题{number}", questions)))


def test_a_loaded_index_scores_as_the_fresh_one(tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder) -> None:
    """Saving and loading changes no score."""
    fresh = build_index(passages_of(corpus), OUTSIDE, encoder)
    save_index(fresh, tmp_path, corpus, encoder.revision)
    loaded = load_index(tmp_path, corpus, encoder.revision)
    vector = encoder.encode(["landlord deposit"])[0]
    one, two = fresh.find("landlord deposit", vector), loaded.find("landlord deposit", vector)
    assert np.allclose(one.dense, two.dense)
    assert np.allclose(one.lexical, two.lexical)
    assert one.outside == pytest.approx(two.outside)


def test_the_sections_score_is_its_best_passages(corpus: Corpus, encoder: PiecesEncoder) -> None:
    """A section counts by its nearest passage, worked out here by brute force."""
    passages = passages_of(corpus)
    index = build_index(passages, OUTSIDE, encoder)
    vector = encoder.encode(["deposit fine"])[0]
    scores = index.vectors @ vector
    found = index.find("deposit fine", vector)
    for number, section in enumerate(index.sections):
        own = [score for passage, score in zip(passages, scores, strict=True) if passage.section == section]
        assert found.dense[number] == pytest.approx(max(own), abs=1e-5)


def test_texts_of_a_length_are_read_together_and_keep_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest first, in steps; every vector stands where its text stood."""
    read: list[list[int]] = []

    class Heard(PiecesEncoder):
        def encode(self, texts: list[str]) -> Vectors:
            read.append([len(text.encode()) for text in texts])
            return super().encode(texts)

    texts = ["red light", "a", "押金押金押金", "a deposit that is not paid back", "visa", "red light"]
    monkeypatch.setattr("retrieval.index.BATCH", 2)
    steps: list[tuple[int, int]] = []
    vectors = encode_all(Heard(), texts, lambda _, done, total: steps.append((done, total)))
    assert read == [[31, 18], [9, 9], [4, 1]] and steps == [(2, 6), (4, 6), (6, 6)]
    for vector, text in zip(vectors, texts, strict=True):
        assert np.allclose(vector, PiecesEncoder().encode([text])[0], atol=1e-3)
    assert encode_all(Heard(), []).shape == (0, PiecesEncoder().dimensions)


def test_nothing_on_disk_is_pickled(
    tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish
) -> None:
    """Every array loads with pickling forbidden; the rest is JSON."""
    folder = publish_small(corpus, tmp_path, encoder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".npy", ".json"}
    for path in files:
        if path.suffix == ".npy":
            np.load(path, allow_pickle=False)
        else:
            json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"corpus": "0" * 64}, "other knowledge"),
        ({"encoder": "else"}, "another encoder"),
        ({"format": FORMAT + 1}, "version"),
    ],
)
def test_a_stale_index_is_refused(
    tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish, change: dict[str, object], says: str
) -> None:
    """Other knowledge, another encoder or another format: the message says which."""
    folder = publish_small(corpus, tmp_path, encoder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **change}))
    with pytest.raises(IndexMismatch, match=says):
        load_index(folder, corpus, encoder.revision)


def test_a_corpus_changed_after_publishing_is_refused(
    tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish
) -> None:
    """corpus.json that does not have the manifest's hash is not served."""
    folder = publish_small(corpus, tmp_path, encoder)
    (folder / "corpus.json").write_text(another(1).to_json())
    with pytest.raises(IndexMismatch):
        load_current(tmp_path, encoder.revision)


def test_a_cut_off_array_is_refused(
    tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish
) -> None:
    """Damage on disk is named as such."""
    folder = publish_small(corpus, tmp_path, encoder)
    (folder / "vectors.npy").write_bytes((folder / "vectors.npy").read_bytes()[:200])
    with pytest.raises(IndexMismatch, match="damaged"):
        load_current(tmp_path, encoder.revision)


def test_nothing_published_says_so(tmp_path: Path) -> None:
    """The message says what to do."""
    with pytest.raises(NoPublication, match="publish"):
        load_current(tmp_path, "x")


def test_publishing_points_current_at_the_new_folder(
    tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish
) -> None:
    """The link is relative, so that the data folder can be moved, and nothing half-made is left."""
    folder = publish_small(corpus, tmp_path, encoder)
    assert current_link(tmp_path).resolve() == folder
    assert not current_link(tmp_path).readlink().is_absolute()
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == sorted([folder.name, "current"])
    assert is_current(corpus, tmp_path, encoder.revision)
    assert not is_current(another(1), tmp_path, encoder.revision)
    assert not is_current(corpus, tmp_path, "other")


def test_another_calibration_makes_another_publication(
    tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What says when there is no answer is part of what is published."""
    before = publish_small(corpus, tmp_path, encoder)
    bundled = tmp_path / "bundled"
    bundled.mkdir()
    shipped = json.loads((BUNDLED / "calibration.json").read_text(encoding="utf-8"))
    (bundled / "calibration.json").write_text(json.dumps(shipped | {"encoder": encoder.revision}))
    monkeypatch.setattr("retrieval.publish.BUNDLED", bundled)
    assert not is_current(corpus, tmp_path, encoder.revision)
    assert publish_small(corpus, tmp_path, encoder) != before
    assert is_current(corpus, tmp_path, encoder.revision)


def test_only_the_newest_publications_are_kept(tmp_path: Path, encoder: PiecesEncoder, publish_small: Publish) -> None:
    """Old folders go, the current one stays, also when it is an old one published again."""
    for number in range(5):
        publish_small(another(number), tmp_path, encoder)
    first = publish_small(another(0), tmp_path, encoder)
    folders = [path for path in (tmp_path / "published").iterdir() if path.is_dir() and not path.is_symlink()]
    assert len(folders) == KEPT
    assert load_current(tmp_path, encoder.revision)[0] == first.name


def test_a_build_that_fails_leaves_the_old_publication(
    tmp_path: Path, corpus: Corpus, encoder: PiecesEncoder, publish_small: Publish
) -> None:
    """An encoder that breaks half-way changes nothing that is served."""
    old = publish_small(corpus, tmp_path, encoder)

    class Broken(PiecesEncoder):
        def encode(self, texts: list[str]) -> np.ndarray:
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="memory"):
        publish(another(1), tmp_path, Broken("broken"), outside=OUTSIDE)
    assert current_link(tmp_path).resolve() == old
    assert [path.name for path in (tmp_path / "published").glob("*.tmp")] == []


def test_readers_always_find_a_whole_publication_while_it_is_swapped(
    tmp_path: Path, encoder: PiecesEncoder, publish_small: Publish
) -> None:
    """A reader that loads and searches again and again during ten swaps never meets an error or a mixture."""
    publish_small(another(0), tmp_path, encoder)
    problems: list[BaseException] = []
    rounds = 0
    done = threading.Event()

    def read() -> None:
        nonlocal rounds
        while not done.is_set() or rounds == 0:
            try:
                _, corpus, index = load_current(tmp_path, encoder.revision)
                outcome = Searcher(corpus, index, encoder).search(Query("question number"))
                assert outcome.nearest[0].section.id in corpus.sections
            except BaseException as error:
                problems.append(error)
                return
            rounds += 1

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(10):
        publish_small(another(number % 2), tmp_path, encoder)
    done.set()
    reader.join(30)
    assert problems == []
    assert rounds > 0

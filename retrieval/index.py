"""The index on disk: plain arrays, a lexical folder and a manifest; nothing pickled, nothing trusted unseen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.models import Corpus
from retrieval.confidence import Calibration
from retrieval.encoder import Encoder, Vectors
from retrieval.lexical import LexicalIndex
from retrieval.outside import Outside
from retrieval.passages import Passage
from retrieval.scope import LeftOut, Scope
from retrieval.vector import VectorIndex

FORMAT = 3
"""Goes up when older indexes can no longer be read."""

BATCH = 512

CROWD = 8
"""Passages, and examples out of scope, that are near together or only one by accident."""

KIN = 32
"""Nearest passages of which is asked how many belong to one section."""

SHARP = 16.0
"""How much more the nearest count in the nearness to all of a kind: at 16, one 0.1 nearer counts as much as five."""

NEAREST = 768
"""Passages whose exact score by meaning is looked at."""

Progress = Callable[[str, int, int], None]
"""Called with a step's name, what is done and what there is to do."""


def no_progress(step: str, done: int, total: int) -> None:
    """Says nothing."""


class IndexMismatch(RuntimeError):
    """An index that does not belong to this knowledge, encoder or version; the message says which and what to do."""


@dataclass(frozen=True)
class Found:
    """How near each section is: the best of its passages by meaning and by words, and all of them together."""

    dense: Vectors
    lexical: Vectors
    whole: Vectors
    """Nearness to the middle of all its passages: what a section is about, however it is asked."""
    outside: float
    """How near the nearest question is that is known to be out of scope."""
    around: Around = field(default_factory=lambda: Around())

    def mixed(self, before: Found, share: float) -> Found:
        """What is near two questions together; `share`: of the one before."""
        own = 1 - share
        return Found(
            own * self.dense + share * before.dense,
            own * self.lexical + share * before.lexical,
            own * self.whole + share * before.whole,
            min(self.outside, before.outside),
            self.around.mixed(before.around, share),
        )


@dataclass(frozen=True)
class Around:
    """What else stands near a question."""

    crowd: float = 0.0
    """Mean nearness of the nearest passages."""
    outside: float = 0.0
    """Mean nearness of the nearest examples out of scope."""
    kin: Mapping[int, float] = field(default_factory=dict)
    """How many of the nearest passages each section has, as a share."""
    among: float = 0.0
    """Nearness to all passages, of which near ones count far more."""
    beyond: float = 0.0
    """Nearness to all examples out of scope, likewise."""
    side: float = 0.0
    """On which side it is: about +1 where passages lie, about -1 where examples out of scope do."""
    unknown: float = 0.0
    """Share of the question in words that no passage has."""

    def mixed(self, other: Around, share: float) -> Around:
        """What stands near two questions together; `share`: of the other one."""
        own = 1 - share
        kin = {row: own * self.kin.get(row, 0.0) + share * other.kin.get(row, 0.0) for row in {*self.kin, *other.kin}}
        return Around(
            own * self.crowd + share * other.crowd,
            own * self.outside + share * other.outside,
            kin,
            own * self.among + share * other.among,
            own * self.beyond + share * other.beyond,
            own * self.side + share * other.side,
            own * self.unknown + share * other.unknown,
        )


class Index:
    """Passages of sections in two indexes, and the examples out of scope."""

    def __init__(
        self,
        sections: list[str],
        owners: NDArray[np.int32],
        vectors: Vectors,
        lexical: LexicalIndex,
        outside: Vectors,
        calibration: Calibration | None = None,
        scope: Scope | None = None,
    ) -> None:
        if not (len(owners) == len(vectors) == lexical.size):
            raise IndexMismatch("the parts of the index do not have the same number of passages; publish again")
        self.sections = sections
        self.owners = owners
        self.vectors = vectors
        self.lexical = lexical
        self.outside = outside
        self.calibration = calibration
        self.scope = scope or Scope.fit(vectors, outside)
        self._left_out = LeftOut(vectors, outside)
        self._passages = VectorIndex(vectors)
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))
        if not np.array_equal(owners[self._starts], np.arange(len(sections))):
            raise IndexMismatch("the passages of the index are not in the order of its sections; publish again")
        self._sums = np.add.reduceat(vectors, self._starts) if len(owners) else vectors
        self._middles = _unit(self._sums)

    def find(
        self, text: str, vector: Vectors, exclude: Sequence[int] = (), exclude_outside: Sequence[int] = ()
    ) -> Found:
        """Scores of every section for one query; passages and examples named in `exclude…` do not count."""
        near, rows = self._nearest(vector)
        # What is not among the nearest is at most as near as the last of them.
        dense = np.full(len(self.owners), near[-1] if near.size else 0.0, dtype=np.float32)
        dense[rows] = near
        lexical = self.lexical.scores(text)
        if len(exclude):
            dense[np.asarray(exclude)] = -1.0
            lexical[np.asarray(exclude)] = 0.0
        outside = self.outside @ vector
        if len(exclude_outside):
            outside[np.asarray(exclude_outside)] = -1.0
        nearest_outside = float(outside.max()) if len(outside) else 0.0
        if not len(self._starts):
            return Found(dense, lexical, dense, nearest_outside)
        best = np.maximum.reduceat
        whole = self._whole(vector, exclude)
        among = _amid(near[~np.isin(rows, exclude)] if len(exclude) else near, len(self.owners))
        beyond = _amid(outside, len(outside))
        side = self._left_out.side(vector, exclude_outside) if len(exclude_outside) else self.scope.side(vector)
        around = Around(
            *self._near(near, rows, exclude, outside), among, beyond, side, self.lexical.unknown(text, exclude)
        )
        return Found(best(dense, self._starts), best(lexical, self._starts), whole, nearest_outside, around)

    def _near(
        self, scores: Vectors, rows: NDArray[np.int64], exclude: Sequence[int], outside: Vectors
    ) -> tuple[float, float, dict[int, float]]:
        """Nearness of the nearest passages and of the nearest examples, and whose the passages are."""
        few = min(len(rows), KIN + len(exclude))
        counted = [i for i in range(few) if rows[i] >= 0 and rows[i] not in exclude][:KIN]
        owners = Counter(self.owners[rows[counted]].tolist())
        kin = {row: count / len(counted) for row, count in owners.items()}
        crowd = float(scores[counted[:CROWD]].mean()) if counted else 0.0
        apart = np.sort(outside)[-CROWD:]
        return crowd, float(apart.mean()) if len(apart) else 0.0, kin

    def _nearest(self, vector: Vectors) -> tuple[Vectors, NDArray[np.int64]]:
        scores, rows = self._passages.search(vector[None, :], NEAREST)
        if self._passages.kind != "ivf":
            return scores[0], rows[0]
        known = rows[0] >= 0  # lists may hold fewer than are asked for
        return scores[0][known], rows[0][known]

    def _whole(self, vector: Vectors, exclude: Sequence[int]) -> Vectors:
        whole: Vectors = self._middles @ vector
        for section in {int(self.owners[row]) for row in exclude}:
            rows = [row for row in exclude if self.owners[row] == section]
            middle = _unit((self._sums[section] - self.vectors[rows].sum(axis=0))[None, :])
            whole[section] = float(middle[0] @ vector)
        return whole


def _amid(scores: Vectors, of: int) -> float:
    """How near so many are together: 1 when all are the question itself, its logarithm's mean where they are spread."""
    return float(np.log(np.exp(SHARP * scores.astype(np.float64)).sum() / of) / SHARP) if len(scores) else -1.0


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths < 1e-9, 1.0, lengths), dtype=np.float32)


def build_index(
    passages: list[Passage], outside: Sequence[Outside], encoder: Encoder, progress: Progress = no_progress
) -> Index:
    """Encodes every passage; a section with more passages is no better off, only its best one counts."""
    sections = list(dict.fromkeys(passage.section for passage in passages))
    number = {section: i for i, section in enumerate(sections)}
    texts = [passage.text for passage in passages]
    vectors = encode_all(encoder, texts, progress)
    progress("words", 0, 1)
    lexical = LexicalIndex.build(texts)
    progress("words", 1, 1)
    owners = np.asarray([number[passage.section] for passage in passages], dtype=np.int32)
    return Index(sections, owners, vectors, lexical, encoder.encode([example.text for example in outside]))


def encode_all(encoder: Encoder, texts: Sequence[str], progress: Progress = no_progress) -> Vectors:
    """The vectors of texts, in steps, as they come back from 16 bits.

    Texts of one length go together, the longest first: a large model reads every text of a step to the end of the longest.
    """
    vectors = np.zeros((len(texts), encoder.dimensions), np.float32)
    order = sorted(range(len(texts)), key=lambda row: -len(texts[row].encode()))
    for start in range(0, len(texts), BATCH):
        rows = order[start : start + BATCH]
        vectors[rows] = encoder.encode([texts[row] for row in rows])
        progress("meaning", start + len(rows), len(texts))
    # Kept in 16 bits on disk; rounded here so that a fresh index and a loaded one score alike.
    return vectors.astype(np.float16).astype(np.float32)


def save_index(index: Index, folder: Path, corpus: Corpus, revision: str) -> None:
    """Writes arrays and, last, the manifest that says what they were made from."""
    np.save(folder / "vectors.npy", index.vectors.astype(np.float16), allow_pickle=False)
    np.save(folder / "owners.npy", index.owners, allow_pickle=False)
    np.save(folder / "outside.npy", index.outside.astype(np.float32), allow_pickle=False)
    np.save(folder / "scope.npy", index.scope.weights, allow_pickle=False)
    index.lexical.save(folder / "lexical")
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "corpus": corpus.hash,
        "encoder": revision,
        "dimensions": int(index.vectors.shape[1]),
        "passages": len(index.owners),
        "outside": len(index.outside),
        "sections": index.sections,
        "calibration": index.calibration.to_dict() if index.calibration else None,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load_index(folder: Path, corpus: Corpus, revision: str) -> Index:
    """Reads an index that was made from exactly this corpus by exactly this encoder; else raises IndexMismatch."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexMismatch(f"{folder} has no readable manifest; publish again") from error
    _compare(manifest, "format", FORMAT, "was made by another version of Wenlu")
    _compare(manifest, "corpus", corpus.hash, "was made from other knowledge")
    _compare(manifest, "encoder", revision, "was made with another encoder")
    try:
        vectors = np.load(folder / "vectors.npy", allow_pickle=False).astype(np.float32)
        owners = np.load(folder / "owners.npy", allow_pickle=False)
        outside = np.load(folder / "outside.npy", allow_pickle=False)
        scope = Scope(np.load(folder / "scope.npy", allow_pickle=False))
        lexical = LexicalIndex.load(folder / "lexical")
    except (OSError, ValueError, KeyError) as error:
        raise IndexMismatch(f"{folder} is damaged; publish again") from error
    _compare(manifest, "passages", len(owners), "is incomplete")
    _compare(manifest, "outside", len(outside), "is incomplete")
    calibration = Calibration.from_dict(manifest["calibration"]) if manifest["calibration"] else None
    return Index(manifest["sections"], owners, vectors, lexical, outside, calibration, scope)


def _compare(manifest: dict[str, Any], key: str, expected: object, otherwise: str) -> None:
    if manifest.get(key) != expected:
        raise IndexMismatch(f"the index {otherwise} ({key}: {manifest.get(key)!r}, not {expected!r}); publish again")

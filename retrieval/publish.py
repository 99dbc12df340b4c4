"""Makes a publication beside the current one and swaps it in with one rename."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path

from knowledge.models import Corpus
from retrieval.calibrate import calibrate
from retrieval.confidence import Calibration
from retrieval.encoder import BUNDLED, Encoder
from retrieval.index import FORMAT, Index, IndexMismatch, Progress, build_index, load_index, no_progress, save_index
from retrieval.outside import Outside, outside_of
from retrieval.passages import passages_of

KEPT = 3
"""Publications that stay on disk, the current one counted."""


class NoPublication(RuntimeError):
    """Nothing has been published yet."""


def publication_name(corpus: Corpus, revision: str) -> str:
    """The folder of the publication that this corpus, encoder, calibration and version make."""
    calibration = bundled_calibration(revision)
    said = hashlib.sha256(json.dumps(calibration.to_dict()).encode()).hexdigest()[:6] if calibration else "own"
    return f"{corpus.hash[:16]}-{revision[:8]}-{FORMAT}-{said}"


def is_current(corpus: Corpus, data_dir: Path, revision: str) -> bool:
    """Whether the current publication was made from this corpus by this encoder, with the calibration that came with it."""
    try:
        manifest = json.loads((current_link(data_dir) / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    made_from = (manifest.get("format"), manifest.get("corpus"), manifest.get("encoder"))
    if made_from != (FORMAT, corpus.hash, revision):
        return False
    calibration = bundled_calibration(revision)
    return calibration is None or manifest.get("calibration") == calibration.to_dict()


def current_link(data_dir: Path) -> Path:
    """The link that names the publication in use."""
    return data_dir / "published" / "current"


def publish(
    corpus: Corpus,
    data_dir: Path,
    encoder: Encoder,
    progress: Progress = no_progress,
    outside: tuple[Outside, ...] | None = None,
) -> Path:
    """Builds `published/<name>/` and points `published/current` at it; whoever serves the old one is not disturbed."""
    published = data_dir / "published"
    published.mkdir(parents=True, exist_ok=True)
    final = published / publication_name(corpus, encoder.revision)
    if not _complete(final, corpus, encoder.revision):
        building = published / f"{final.name}.{uuid.uuid4().hex[:8]}.tmp"
        building.mkdir()
        try:
            _write(building, corpus, encoder, outside_of(corpus) if outside is None else outside, progress)
            _sync(building)
            shutil.rmtree(final, ignore_errors=True)
            building.rename(final)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    _point(published, final)
    _tidy(published, final)
    return final


def _complete(folder: Path, corpus: Corpus, revision: str) -> bool:
    """Whether this publication is there already and whole."""
    try:
        load_index(folder, corpus, revision)
    except IndexMismatch:
        return False
    return (folder / "corpus.json").is_file()


def _write(folder: Path, corpus: Corpus, encoder: Encoder, outside: tuple[Outside, ...], progress: Progress) -> None:
    (folder / "corpus.json").write_text(corpus.to_json(), encoding="utf-8")
    passages = passages_of(corpus)
    index = build_index(passages, outside, encoder, progress)
    index.calibration = bundled_calibration(encoder.revision) or calibrate(
        corpus, index, passages, outside, encoder, progress=progress
    )
    save_index(index, folder, corpus, encoder.revision)


def bundled_calibration(revision: str) -> Calibration | None:
    """The calibration that came with the bundled encoder; None for any other."""
    path = BUNDLED / "calibration.json"
    if not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    return Calibration.from_dict(data) if data.get("encoder") == revision else None


def _sync(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _point(published: Path, final: Path) -> None:
    link = published / f"current.{uuid.uuid4().hex[:8]}"
    link.symlink_to(final.name)
    link.replace(published / "current")


def _tidy(published: Path, final: Path) -> None:
    """Keeps the newest publications; what another process is still building is left alone."""
    os.utime(final)
    folders = [
        path for path in published.iterdir() if path.is_dir() and not path.is_symlink() and path.suffix != ".tmp"
    ]
    for path in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def load_current(data_dir: Path, revision: str) -> tuple[str, Corpus, Index]:
    """The publication in use: its name, corpus and index. NoPublication or IndexMismatch say what is wrong."""
    link = current_link(data_dir)
    if not link.exists():
        raise NoPublication("nothing is published yet; run `wenlu knowledge publish`")
    folder = link.resolve()
    try:
        corpus = Corpus.from_json((folder / "corpus.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexMismatch(f"{folder.name} has no readable corpus.json; publish again") from error
    return folder.name, corpus, load_index(folder, corpus, revision)

"""The corpus that is being served: data/published/current/corpus.json."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from knowledge.models import Corpus


def current_folder(data_dir: Path) -> Path | None:
    """The folder that `current` points to, or None before the first publication."""
    link = data_dir / "published" / "current"
    folder = link.resolve()
    return folder if (folder / "corpus.json").is_file() else None


def _target(link: Path) -> Path | None:
    """What a link says, without a look at every folder on the way there; None when there is no link."""
    try:
        return link.readlink()
    except OSError:
        return None


def read_current(data_dir: Path) -> tuple[str, Corpus] | None:
    """The hash and the corpus of the current publication, or None before the first one."""
    folder = current_folder(data_dir)
    if folder is None:
        return None
    corpus = Corpus.from_json((folder / "corpus.json").read_text(encoding="utf-8"))
    return corpus.hash, corpus


class PublicationWatcher:
    """Gives the current corpus, and reads it again only when `current` points elsewhere. Safe between threads."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = Lock()
        self._link = data_dir / "published" / "current"
        self._target: Path | None = None
        self._read: tuple[str, Corpus] | None = None

    def current(self) -> tuple[str, Corpus] | None:
        """The hash and the corpus; the last good one while a new one cannot be read; None before the first."""
        target = _target(self._link)
        if target is None or target == self._target or current_folder(self._data_dir) is None:
            return self._read
        with self._lock:
            if target != self._target:
                try:
                    read = read_current(self._data_dir)
                except (OSError, ValueError):
                    if self._read is None:
                        raise
                    return self._read
                self._read, self._target = read, target
        return self._read

    def corpus(self) -> Corpus | None:
        """The current corpus, or None before the first publication."""
        read = self.current()
        return read[1] if read else None

    def hash(self) -> str | None:
        """The current corpus's hash, or None before the first publication."""
        read = self.current()
        return read[0] if read else None

"""The official texts, article by article, where they are at hand."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

Key = tuple[str, int, int]
"""Law slug, article number, number after 之 (0: none)."""

_SPACE = re.compile(r"\s+")


class Statutes:
    """Articles of laws by slug and number."""

    def __init__(self, articles: Mapping[Key, str]) -> None:
        self._articles = articles
        self.laws = frozenset(law for law, _, _ in articles)

    def text(self, law: str, article: int, sub: int | None = None) -> str | None:
        """The article's text, or None where the law has no such article."""
        return self._articles.get((law, article, sub or 0))

    def articles(self, law: str) -> list[tuple[int, int]]:
        """The law's articles, each with its number after 之 (0: none)."""
        return [(article, sub) for slug, article, sub in self._articles if slug == law]

    def digest(self, law: str, article: int, sub: int | None = None) -> str | None:
        """SHA-256 (hex) of the article's text without white space."""
        text = self.text(law, article, sub)
        return None if text is None else hashlib.sha256(squeeze(text).encode()).hexdigest()

    def says(self, wording: str, law: str, article: int, sub: int | None = None) -> bool:
        """Whether the wording stands in the article, white space aside."""
        text = self.text(law, article, sub)
        return text is not None and squeeze(wording) in squeeze(text)


def squeeze(text: str) -> str:
    """Without white space, which differs between copies of the same law."""
    return _SPACE.sub("", text)


def find_statutes() -> Path | None:
    """The folder named by WENLU_STATUTES, else ../shared/statutes beside the checkout, if articles.jsonl is there."""
    named = os.environ.get("WENLU_STATUTES")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "statutes"
    return folder if (folder / "articles.jsonl").is_file() else None


@lru_cache(maxsize=4)
def _load(path: Path, _changed: int) -> Statutes:
    articles: dict[Key, str] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                entry = json.loads(line)
                articles[(entry["law"], int(entry["article"]), int(entry.get("sub") or 0))] = entry["text"]
    return Statutes(articles)


def load_statutes(folder: Path) -> Statutes:
    """Read `articles.jsonl` of a folder of official texts."""
    path = folder / "articles.jsonl"
    return _load(path, path.stat().st_mtime_ns)

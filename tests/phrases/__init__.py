"""Requests for a person, cries for help and questions that only sound like them, a file for each language."""

from functools import lru_cache
from pathlib import Path

import yaml

HELPS = {
    "violence": {"violence", "domestic-violence", "kidnapping"},
    "fire": {"fire"},
    "medical": {"medical", "traffic-accident"},
    "self-harm": {"self-harm"},
}
"""The kinds of emergency that answer each group of messages."""


@lru_cache(maxsize=1)
def phrases() -> dict[str, dict[str, list[str]]]:
    """The messages of each language by group."""
    files = sorted(Path(__file__).parent.glob("*.yml"))
    read = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    return {language: {group: text.splitlines() for group, text in groups.items()} for language, groups in read.items()}


def messages(*groups: str) -> list[tuple[str, str, str]]:
    """(language, group, message) of these groups."""
    return [(language, group, text) for language, by in phrases().items() for group in groups for text in by[group]]

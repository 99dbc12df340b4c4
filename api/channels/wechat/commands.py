"""Commands: words that can be typed at any time, in every language ("menu", "person", "erase" …), and choices that mean one."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from knowledge.emergencies import normalise

FILE = Path(__file__).with_name("commands.yml")
_OURS = "wechat:"
"""Begins the choices that are carried out by this channel; all others are the conversation's."""


def choice(command: str, value: str = "") -> str:
    """What a choice means that carries out a command."""
    return f"{_OURS}{command}:{value}" if value else f"{_OURS}{command}"


def chosen(payload: str) -> tuple[str, str] | None:
    """The command and its value that a choice means; None for what is the conversation's to carry out."""
    if not payload.startswith(_OURS):
        return None
    command, _, value = payload.removeprefix(_OURS).partition(":")
    return command, value


class Commands:
    """Finds the command that a whole message is. Case, accents and what stands around the words do not matter."""

    def __init__(self, words: Mapping[str, Mapping[str, list[str]]]) -> None:
        self._commands = {
            plain(word): command
            for command, languages in words.items()
            for spellings in languages.values()
            for word in spellings
        }

    def find(self, text: str) -> str | None:
        """The command that a message is, or None when it is something else."""
        return self._commands.get(plain(text))


def plain(text: str) -> str:
    """A text without case, accents, punctuation and doubled spaces, in the letters that any keyboard has."""
    decomposed = unicodedata.normalize("NFKD", normalise(text))
    kept = (c if c.isalnum() or unicodedata.category(c) == "Mc" else " " for c in decomposed if not _accent(c))
    return " ".join("".join(kept).split())


def _accent(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Cf")


@cache
def load_commands() -> Commands:
    """The words of the file beside this one."""
    return Commands(yaml.safe_load(FILE.read_text(encoding="utf-8")))

"""The same packages through argostranslate, where that library is installed: another reader of what we read.

It runs in a process of its own, because importing it makes folders in the home directory and reads its settings there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from languages.sentences import pieces


@dataclass(frozen=True)
class Through:
    """What argostranslate made of sentences, the processor time it took with its model loaded, at its fastest."""

    translations: list[str]
    seconds: float


ROUNDS = 3
"""How often all sentences are translated: the fastest counts, because others use the machine too."""


def available() -> bool:
    """Whether argostranslate is installed."""
    return find_spec("argostranslate") is not None


def translate(packages: Sequence[Path], source: str, target: str, sentences: Sequence[str]) -> Through:
    """Install the packages in argostranslate, in folders that are gone afterwards, and translate one sentence after another."""
    asked = {"packages": [str(file) for file in packages], "pair": [source, target], "sentences": list(sentences)}
    with tempfile.TemporaryDirectory() as home:
        own = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), home)
        threads = {"ARGOS_INTRA_THREADS": "1", "ARGOS_INTER_THREADS": "1", "ARGOS_DEVICE_TYPE": "cpu"}
        packages_dir = {"ARGOS_PACKAGES_DIR": str(Path(home) / "packages")}
        answer = subprocess.run(
            [sys.executable, "-m", "languages.practice.beside"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            env=os.environ | own | threads | packages_dir,
            check=True,
        )
    return Through(**json.loads(answer.stdout.splitlines()[-1]))


class Rules:
    """Our sentences in place of argostranslate's, whose every way to find them fetches files."""

    def split_sentences(self, text: str) -> list[str]:
        return [piece.text for piece in pieces(text) if piece.sentence]


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    """In the process of its own."""
    from argostranslate import package, translate

    for file in asked["packages"]:
        package.install_from_path(Path(file))
    for language in translate.get_installed_languages():
        for translation in language.translations_from:
            underlying: Any = getattr(translation, "underlying", None)
            if hasattr(underlying, "sentencizer"):
                underlying.sentencizer = Rules()
    route = translate.get_translation_from_codes(*asked["pair"])
    route.translate(asked["sentences"][0])
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        translations = [route.translate(sentence) for sentence in asked["sentences"]]
        took.append(time.process_time() - began)
    return {"translations": translations, "seconds": min(took)}


if __name__ == "__main__":
    print(json.dumps(_answer(json.load(sys.stdin))))

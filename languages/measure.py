"""Measures how often the language of a text is found: `python -m languages.measure [FILE …]`.

Without FILE: all sample questions of knowledge/. FILE is `language<TAB>text` a line, or parallel text `en-XX.tsv.xz`
with four columns (source, kind, English, XX), of which the sentences are taken. For every language, and apart for those
written in Latin letters that are not their own, it prints how many texts are found without a hint, with their own
language as hint, and with a foreign one (somebody who changes the language), and what they are taken for instead.
"""

from __future__ import annotations

import argparse
import lzma
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from languages.identify import LANGUAGES, LATIN, Identifier
from languages.scripts import scripts_of

KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"
ROW = "| {:<8} | {:>6} | {:>6} | {:>8} | {:>6} | {:>8} | {:>8} | {}"
Cases = dict[str, list[str]]


def own_questions(root: Path = KNOWLEDGE) -> Cases:
    """The sample questions of the brochures and of the languages without brochures."""
    cases: Cases = defaultdict(list)
    for path in sorted(root.glob("brochures/*/*/questions.yml")):
        for asked in _yaml(path).values():
            for language, texts in asked.items():
                cases[language] += texts
    for path in sorted(root.glob("questions/*/*.yml")):
        for texts in _yaml(path).values():
            cases[path.parent.name] += texts
    return cases


def _yaml(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    return loaded


def read_cases(path: Path) -> Cases:
    """The texts of a file by language."""
    cases: Cases = defaultdict(list)
    for language, text in _parallel(path) if path.suffix == ".xz" else _plain(path):
        if language in LANGUAGES and text.strip():
            cases[language].append(text)
    return cases


def _plain(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text("utf-8").splitlines():
        language, _, text = line.partition("\t")
        yield language, text.partition("\t")[0]


def _parallel(path: Path) -> Iterator[tuple[str, str]]:
    other = path.name.partition(".")[0].partition("-")[2]
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            _, kind, english, text = line.rstrip("\n").split("\t")
            if kind == "sentence" and len(text.split()) > 1:
                yield "en", english
                yield other, text


def _long(text: str, words: int) -> bool:
    letters = sum(letter.isalpha() for letter in text)
    return letters >= 2 * words and (
        len(text.split()) >= words or (letters >= 2 * words and not text.isascii() and " " not in text)
    )


def measure(identifier: Identifier, cases: Cases, show: int = 0) -> None:
    """Print a row for each language, the time a text takes, and `show` mistakes of each row."""
    print(ROW.format("language", "texts", "right", "unknown", "wrong", "own hint", "foreign", "taken for |"))
    print("|---" * 8 + "|")
    rows: Cases = defaultdict(list)
    for language in LANGUAGES:
        for text in cases.get(language, []):
            borrowed = language not in LATIN and scripts_of(text).most()[0] == "latin"
            rows[f"{language} Latn" if borrowed else language].append(text)
    times: list[float] = []
    for name, texts in rows.items():
        language = name.partition(" ")[0]
        found = []
        for text in texts:
            start = time.process_time()
            found.append(identifier.identify(text)[0])
            times.append(time.process_time() - start)
        own = [identifier.identify(text, language)[0] for text in texts]
        foreign = [identifier.identify(text, "fr" if language == "en" else "en")[0] for text in texts]
        unknown = found.count(None) / len(texts)
        right, kept, heard = (answers.count(language) / len(texts) for answers in (found, own, foreign))
        others = Counter(answer for answer in found if answer not in (None, language)).most_common(4)
        taken = " ".join(f"{code} {count}" for code, count in others)
        figures = [f"{share:.3f}" for share in (right, unknown, 1 - right - unknown, kept, heard)]
        print(ROW.format(name, len(texts), *figures, f"{taken} |"))
        for text, answer in [pair for pair in zip(texts, found, strict=True) if pair[1] != language][:show]:
            print(f"    {answer}: {text}")
    times.sort()
    print(f"CPU ms a text: mean {1e3 * sum(times) / len(times):.2f}, p99 {1e3 * times[len(times) * 99 // 100]:.2f}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m languages.measure", description="How often the language is found.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--sample", type=int, default=0, help="at most so many texts a language (0: all)")
    parser.add_argument("--show", type=int, default=0, help="print so many mistakes of each row")
    parser.add_argument("--only", nargs="*", choices=LANGUAGES, help="these languages only")
    parser.add_argument("--words", type=int, default=0, help="only texts of at least so many words")
    options = parser.parse_args()
    cases: Cases = defaultdict(list)
    for some in [read_cases(path) for path in options.files] or [own_questions()]:
        for language, texts in some.items():
            if not options.only or language in options.only:
                cases[language] += [text for text in texts if _long(text, options.words)]
    if options.sample:
        chance = random.Random(20)  # noqa: S311 - a sample
        cases = {code: chance.sample(texts, min(options.sample, len(texts))) for code, texts in cases.items()}
    identifier = Identifier()
    identifier.warm_up()
    measure(identifier, cases, options.show)


if __name__ == "__main__":
    main()

"""Every word the system itself says, in the resident's language.

Catalogs are gettext files with symbolic ids (`locales/<language>.po`), read by Babel at start. What a catalog does not say
is said in English. Values are named (`{days}`); numbers and dates follow CLDR, always with Western digits.
`python -m api.i18n check` compares every catalog with the English one and exits 1 when they differ.
"""

from __future__ import annotations

import logging
import re
import string
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from gettext import c2py
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.units import format_unit

from knowledge.models import ALL_LANGUAGES, LANGUAGES

log = logging.getLogger(__name__)

SOURCE = "en"
LOCALES = Path(__file__).resolve().parent.parent / "locales"
_OFTEN_CALLED = {"id": "Bahasa Indonesia"}


def _own_name(code: str) -> str:
    """A language's name in itself, as CLDR has it; languages that CLDR does not know keep their code."""
    try:
        name = _OFTEN_CALLED.get(code) or Locale.parse(code, sep="-").languages[code]
    except (UnknownLocaleError, ValueError, KeyError):
        return code
    return name[0].upper() + name[1:]


def _runs_left(code: str) -> bool:
    try:
        return Locale.parse(code, sep="-").text_direction == "rtl"
    except (UnknownLocaleError, ValueError):
        return False


# Languages in their own names, in the order in which they are offered: first those with curated texts, then those only understood,
# then any other that has a catalog.
_OTHERS = sorted({path.stem for path in LOCALES.glob("*.po")} - set(ALL_LANGUAGES))
NAMES = {code: _own_name(code) for code in (*ALL_LANGUAGES, *_OTHERS)}
RIGHT_TO_LEFT = frozenset(code for code in NAMES if _runs_left(code))


class _Forgiving(dict[str, object]):
    """A value that was not given stays visible as its placeholder, so that one slip never costs a reply."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(SOURCE)


def number(language: str, value: int | float | Decimal) -> str:
    """A number as the language writes it, in Western digits."""
    return format_decimal(value, locale=_locale(language), numbering_system="latn")


def distance(language: str, kilometres: float) -> str:
    """A distance as the language writes it, as exact as it is worth: 0.8 km, 12 km."""
    value = round(kilometres, 1) if kilometres < 10 else round(kilometres)
    return format_unit(value, "length-kilometer", "short", locale=_locale(language), numbering_system="latn")


def day(language: str, value: date | str, style: str = "long") -> str:
    """A date as the language writes it. `value`: a date or ISO text."""
    when = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return format_date(when, format=style, locale=_locale(language))


def language_name(code: str, language: str) -> str:
    """How `language` calls the language `code`; unknown codes stay as they are."""
    return _locale(language).languages.get(code) or NAMES.get(code, code)


@dataclass(frozen=True)
class _Words:
    """One catalog: singular texts by key, plural forms by key, and the rule that chooses among them."""

    texts: Mapping[str, str]
    plurals: Mapping[str, tuple[str, ...]]
    rule: str

    def form(self, key: str, count: int) -> str | None:
        forms = self.plurals.get(key)
        if not forms:
            return None
        index = int(c2py(self.rule)(count))
        return forms[index] if index < len(forms) and forms[index] else None


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem, abort_invalid=True)


def _words(catalog: Catalog) -> _Words:
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, str):
            if message.string:
                texts[message.id] = str(message.string)
        else:
            plurals[_key(message)] = _forms(message)
    return _Words(texts, plurals, catalog.plural_expr)


class Catalogs:
    """All catalogs, read once."""

    def __init__(self, words: Mapping[str, _Words]) -> None:
        self._words = dict(words)

    @classmethod
    def load(cls, root: Path | None = None) -> Catalogs:
        """Read every catalog. `root`: the folder with the .po files, or the folder that holds `locales/`."""
        folder = root or LOCALES
        if (folder / "locales").is_dir():
            folder = folder / "locales"
        files = sorted(folder.glob("*.po"))
        if not (folder / f"{SOURCE}.po").is_file():
            raise FileNotFoundError(
                f"No {SOURCE}.po in {folder}: the English catalog is what every other falls back to."
            )
        return cls({path.stem: _words(_read(path)) for path in files})

    @property
    def languages(self) -> list[str]:
        """Codes of the languages that have a catalog, in the order in which they are offered."""
        return [code for code in NAMES if code in self._words] + sorted(set(self._words) - set(NAMES))

    def text(self, language: str, key: str, /, **values: object) -> str:
        """The text under `key`, values put in (dates and decimals as the language writes them); English when missing."""
        for code in (language, SOURCE):
            words = self._words.get(code)
            if words and key in words.texts:
                return self._fill(code, words.texts[key], values)
        log.error("catalog key missing: %s", key)
        return key

    def name(self, language: str, key: str, names: Mapping[str, str]) -> str:
        """What the language calls something: its own name in `names`, else the catalog's under `key`, else the English one."""
        words = self._words.get(language)
        return names.get(language) or (words.texts.get(key) if words else None) or names["en"]

    def plural(self, language: str, key: str, n: int, /, **values: object) -> str:
        """The plural form of `key` for `n` (also the value `{n}`); English when missing."""
        for code in (language, SOURCE):
            words = self._words.get(code)
            found = words.form(key, n) if words else None
            if found:
                return self._fill(code, found, {"n": number(code, n), **values})
        return self.text(language, key, n=n, **values)

    def widget(self, language: str) -> dict[str, str]:
        """Everything the widget says, by key, English where the language lacks it."""
        return self.words(language, "widget.")

    def words(self, language: str, prefix: str) -> dict[str, str]:
        """All texts whose key begins with `prefix`, English where the language lacks one."""
        english = self._words[SOURCE].texts
        own = self._words[language].texts if language in self._words else {}
        return {key: own.get(key, text) for key, text in english.items() if key.startswith(prefix)}

    def best(self, wanted: str | None, accept_language: str | None = None) -> str:
        """The language to speak: the one asked for if known, else the browser's first known one, else English."""
        for code in [wanted, *_accepted(accept_language)]:
            short = (code or "").lower().replace("_", "-").split("-")[0]
            if short in self._words or short in NAMES:
                return short
        return SOURCE

    @staticmethod
    def _fill(language: str, text: str, values: Mapping[str, object]) -> str:
        shown: dict[str, object] = {}
        for name, value in values.items():
            if isinstance(value, date):
                shown[name] = day(language, value)
            elif isinstance(value, float | Decimal):
                shown[name] = number(language, value)
            else:
                shown[name] = value
        return text.format_map(_Forgiving(shown))


def _accepted(header: str | None) -> list[str]:
    """Language tags of an Accept-Language header, most wanted first; nonsense is skipped."""
    weighted = []
    for position, part in enumerate((header or "").split(",")[:30]):
        tag, _, parameter = part.strip().partition(";")
        match = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameter) if parameter else None
        weight = float(match[1]) if match else (1.0 if not parameter else 0.0)
        if tag and tag != "*" and weight > 0:
            weighted.append((-weight, position, tag))
    return [tag for _, _, tag in sorted(weighted)]


def placeholders(text: str) -> frozenset[str]:
    """Names of the values a text wants. Raises ValueError for a brace that opens nothing."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def _forms(message: Message) -> tuple[str, ...]:
    strings = message.string or ""
    return (strings,) if isinstance(strings, str) else tuple(strings)


def _compare(language: str, source: Catalog, other: Catalog) -> list[str]:
    ours = {_key(message): message for message in other if message.id}
    theirs = {_key(message): message for message in source if message.id}
    problems = [f"{language}: missing {key}" for key in theirs.keys() - ours.keys()]
    problems += [f"{language}: {key} is not in {SOURCE}.po" for key in ours.keys() - theirs.keys()]
    for key in theirs.keys() & ours.keys():
        problems += [f"{language}: {key}: {problem}" for problem in _entry(theirs[key], ours[key], other.num_plurals)]
    return sorted(problems)


def _entry(source: Message, other: Message, forms: int) -> list[str]:
    problems = []
    if other.fuzzy:
        problems.append("marked fuzzy, so not used")
    if isinstance(source.id, str) != isinstance(other.id, str):
        return [*problems, "plural in one catalog only"]
    if not isinstance(other.id, str) and len(_forms(other)) != forms:
        problems.append(f"{len(_forms(other))} plural forms, the language has {forms}")
    wanted = set().union(*(placeholders(text) for text in _forms(source)))
    for text in _forms(other):
        if not text.strip():
            problems.append("empty")
            continue
        try:
            found = placeholders(text)
        except ValueError as error:
            problems.append(f"broken placeholder ({error})")
            continue
        # A plural form for one may say "one" in words.
        if found - wanted or (isinstance(other.id, str) and wanted - found):
            problems.append(f"placeholders {sorted(found)} instead of {sorted(wanted)}")
    return problems


def _twice(path: Path) -> list[str]:
    keys = re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    return sorted(key for key, times in Counter(keys).items() if times > 1)


def check(folder: Path | None = None) -> list[str]:
    """Everything in which the other catalogs differ from the English one; empty when all is well.

    Every curated language has a catalog; of the others those are compared that are there.
    """
    folder = folder or LOCALES
    source = _read(folder / f"{SOURCE}.po")
    problems = [
        f"{SOURCE}: {_key(message)}: {each}"
        for message in source
        if message.id
        for each in _entry(message, message, source.num_plurals)
    ]
    problems += [
        f"{path.stem}: {key} stands there twice" for path in sorted(folder.glob("*.po")) for key in _twice(path)
    ]
    for language in sorted({*LANGUAGES, *(path.stem for path in folder.glob("*.po"))}):
        path = folder / f"{language}.po"
        if not path.is_file():
            problems.append(f"{language}: there is no {path.name}")
        elif language != SOURCE:
            problems += _compare(language, source, _read(path))
    return problems


def main(arguments: list[str]) -> int:
    """`check [FOLDER]`: print the problems, answer 1 if there are any."""
    if not arguments or arguments[0] != "check":
        print("usage: python -m api.i18n check [FOLDER]", file=sys.stderr)
        return 2
    problems = check(Path(arguments[1]) if len(arguments) > 1 else None)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "catalogs: all keys, all placeholders, all languages")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Catalogs: what is said in which language, and what the check finds."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from api import i18n
from api.i18n import Catalogs, check, main
from knowledge.models import ALL_LANGUAGES

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: {forms};\\n"\n\n'
TWO = "nplurals=2; plural=(n != 1)"
THREE = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"
PLURAL = 'msgid "days"\nmsgid_plural "days"\n'


def catalog(folder: Path, language: str, body: str, forms: str = TWO) -> None:
    (folder / f"{language}.po").write_text(HEAD.format(forms=forms) + body, encoding="utf-8")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """English whole, French with one word, Russian with plurals."""
    english = (
        'msgid "hello"\nmsgstr "Hello {name}"\n\nmsgid "bye"\nmsgstr "Bye"\n\nmsgid "widget.x"\nmsgstr "X on {day}"\n\n'
    )
    catalog(tmp_path, "en", english + PLURAL + 'msgstr[0] "{n} day"\nmsgstr[1] "{n} days"\n')
    catalog(tmp_path, "fr", 'msgid "hello"\nmsgstr "Bonjour {name}"\n')
    russian = PLURAL + 'msgstr[0] "{n} день"\nmsgstr[1] "{n} дня"\nmsgstr[2] "{n} дней"\n'
    catalog(tmp_path, "ru", russian, THREE)
    return tmp_path


def test_all_catalogs_are_complete() -> None:
    """Every key of the English catalog stands in the others, with the same placeholders and no other key."""
    assert check() == []


def test_values_are_put_in_by_name(small: Path) -> None:
    """A text takes its values by name, in the language asked for."""
    assert Catalogs.load(small).text("fr", "hello", name="Ana") == "Bonjour Ana"


def test_a_missing_text_is_said_in_english(small: Path) -> None:
    """What a catalog lacks comes from the English one, also in languages without a catalog."""
    catalogs = Catalogs.load(small)
    assert catalogs.text("fr", "bye") == catalogs.text("de", "bye") == "Bye"


def test_a_value_is_never_a_template(small: Path) -> None:
    """Braces in a value are shown as they are; a value that was forgotten leaves its placeholder."""
    catalogs = Catalogs.load(small)
    assert catalogs.text("en", "hello", name="{0.__class__}") == "Hello {0.__class__}"
    assert catalogs.text("en", "hello") == "Hello {name}"


@pytest.mark.parametrize(
    ("n", "expected"), [(1, "1 день"), (3, "3 дня"), (5, "5 дней"), (21, "21 день"), (1000, "1\xa0000 дней")]
)
def test_russian_has_three_plurals(small: Path, n: int, expected: str) -> None:
    """The plural form follows the language's own rule."""
    assert Catalogs.load(small).plural("ru", "days", n) == expected


def test_dates_and_numbers_follow_the_language(small: Path) -> None:
    """Dates and numbers are written as CLDR says, with Western digits in every language."""
    assert i18n.day("zh", date(2026, 11, 20)) == "2026年11月20日"
    assert i18n.day("fr", "2026-11-20") == "20 novembre 2026"
    assert i18n.number("fr", 10000) == "10\u202f000"
    assert Catalogs.load(small).text("fr", "widget.x", day=date(2026, 11, 20)) == "X on November 20, 2026"
    for language in i18n.NAMES:
        shown = i18n.day(language, date(2026, 11, 20)) + i18n.number(language, 1234567)
        assert all(not mark.isdigit() or mark in "0123456789" for mark in shown), language


def test_the_widget_gets_only_its_own_words(small: Path) -> None:
    """The widget's words are those under `widget.`."""
    assert Catalogs.load(small).widget("fr") == {"widget.x": "X on {day}"}


@pytest.mark.parametrize(
    ("wanted", "header", "expected"),
    [
        ("fr", "zh", "fr"),
        ("xx", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en;q=0.1, ko;q=0.9", "ko"),
        (None, "xx, *;q=0.5", "en"),
        (None, "q=;;;,,fr;q=nonsense", "en"),
        (None, "zh;q=0, ru", "ru"),
        ("pt-BR", None, "pt"),
        (None, None, "en"),
    ],
)
def test_the_best_language_is_found(wanted: str | None, header: str | None, expected: str) -> None:
    """The address decides, then the browser's own order, then English."""
    assert Catalogs.load().best(wanted, header) == expected


def test_languages_are_called_by_their_own_names() -> None:
    """CLDR says how, with a capital first; curated languages come first."""
    assert list(i18n.NAMES)[:19] == list(ALL_LANGUAGES)
    shown = [i18n.NAMES[code] for code in ("zh", "fr", "de", "uk", "id", "fa")]
    assert shown == ["中文", "Français", "Deutsch", "Українська", "Bahasa Indonesia", "فارسی"]


def test_the_catalog_names_what_the_data_does_not(small: Path) -> None:
    """A name in the data wins, then the reader's catalog, then the English name."""
    catalogs = Catalogs.load(small)
    assert catalogs.name("fr", "hello", {"en": "Greeting", "fr": "Salut"}) == "Salut"
    assert catalogs.name("fr", "hello", {"en": "Greeting"}) == "Bonjour {name}"
    assert catalogs.name("fr", "bye", {"en": "Parting"}) == catalogs.name("de", "bye", {"en": "Parting"}) == "Parting"


def test_a_further_catalog_is_compared_too(tmp_path: Path) -> None:
    """A language without brochures needs no catalog; one that is there has to be whole."""
    folder = tmp_path / "locales"
    shutil.copytree(i18n.LOCALES, folder)
    catalog(folder, "de", 'msgid "greeting"\nmsgstr "Hallo"\n')
    assert "de: missing thanks" in check(folder)
    (folder / "de.po").unlink()
    assert check(folder) == []
    (folder / "fr.po").unlink()
    assert "fr: there is no fr.po" in check(folder)


def test_only_arabic_persian_and_urdu_run_right_to_left() -> None:
    """The direction belongs to the script."""
    assert {"ar", "fa", "ur"} == i18n.RIGHT_TO_LEFT


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('msgid "widget.send"', 'msgid "widget.sned"', "missing widget.send"),
        ("{days}", "{tage}", "placeholders ['tage'] instead of ['days']"),
        ("{days}", "{days", "broken placeholder"),
        ('msgid "greeting"', '#, fuzzy\nmsgid "greeting"', "fuzzy"),
        ('msgid "greeting"', 'msgid "thanks"\nmsgstr "Merci."\n\nmsgid "greeting"', "stands there twice"),
    ],
)
def test_the_check_finds_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    """A missing key, another placeholder, a broken brace, a fuzzy or doubled entry: named, and the exit code is 1."""
    folder = tmp_path / "locales"
    shutil.copytree(i18n.LOCALES, folder)
    text = (folder / "fr.po").read_text(encoding="utf-8")
    assert old in text
    (folder / "fr.po").write_text(text.replace(old, new), encoding="utf-8")
    assert main(["check", str(folder)]) == 1
    printed = capsys.readouterr().out
    assert "fr: " in printed and said in printed


def test_without_english_nothing_starts(tmp_path: Path) -> None:
    """The catalog that every other falls back to has to be there."""
    with pytest.raises(FileNotFoundError, match=r"en\.po"):
        Catalogs.load(tmp_path)

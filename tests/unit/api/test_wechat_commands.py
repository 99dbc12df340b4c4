"""Words that are typed in WeChat: every language has them, they mean one thing, and they hide no cry for help."""

from __future__ import annotations

import re

import pytest
import yaml

from api.channels.wechat.commands import FILE, load_commands, plain
from api.i18n import Catalogs
from knowledge.emergencies import load_emergencies
from knowledge.models import ALL_LANGUAGES

NAMED = ["menu", "person", "status", "language", "code", "export", "erase"]
WORDS: dict[str, dict[str, list[str]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def test_every_command_has_words_in_every_language() -> None:
    """All nineteen languages can say every command."""
    assert list(WORDS) == [*NAMED, "emergency", "agree", "refuse"]
    assert all(sorted(languages) == sorted(ALL_LANGUAGES) for languages in WORDS.values())


def test_a_word_means_one_command() -> None:
    """Whatever language somebody types in, a word never stands for two commands, nor twice for one."""
    meanings: dict[str, set[str]] = {}
    for command, languages in WORDS.items():
        for language, words in languages.items():
            assert len({word.casefold() for word in words}) == len(words), (command, language)
            for word in words:
                assert plain(word), (command, language, word)
                meanings.setdefault(plain(word), set()).add(command)
    assert {word: commands for word, commands in meanings.items() if len(commands) > 1} == {}


@pytest.mark.parametrize("language", ALL_LANGUAGES)
def test_what_the_catalog_names_is_understood(catalogs: Catalogs, language: str) -> None:
    """The words that Wenlu tells people to type are the ones that work, in the order of the commands."""
    lines = catalogs.text(language, "wechat.commands").split("\n")[1:]
    typed = [re.split(r"\s*[:：]", line)[0] for line in lines]
    assert [load_commands().find(word) for word in typed] == NAMED
    assert typed == [WORDS[command][language][0] for command in NAMED]


@pytest.mark.parametrize("language", ALL_LANGUAGES)
def test_what_the_consent_says_in_quotes_is_understood(catalogs: Catalogs, language: str) -> None:
    """The consent names how to get a copy and how to erase; both words work."""
    text = catalogs.text(language, "wechat.consent", days=180)
    quoted = re.findall(r"[“«「„”\"]\s?(.+?)\s?[”»」“\"]", text)
    assert [load_commands().find(word) for word in quoted] == ["export", "erase"]


@pytest.mark.parametrize("language", ALL_LANGUAGES)
def test_the_answers_to_the_consent_can_be_typed(catalogs: Catalogs, language: str) -> None:
    """Who types the answer instead of its number is understood."""
    assert load_commands().find(catalogs.text(language, "wechat.consent_yes")) == "agree"
    assert load_commands().find(catalogs.text(language, "wechat.consent_no")) == "refuse"


def test_no_command_is_a_cry_for_help() -> None:
    """A word that sets the emergency screen off is never read as a command."""
    emergencies = load_emergencies()
    assert [
        (command, word)
        for command, languages in WORDS.items()
        for language, words in languages.items()
        for word in words
        if emergencies.screen(word, language)
    ] == []


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("toi dong y", "agree"),
        ("doi ngon ngu", "language"),
        ("DISA AKTAR", "export"),
        ("پاك كردن", "erase"),
        ("حاله", "status"),
    ],
)
def test_what_a_keyboard_lacks_does_not_matter(typed: str, command: str) -> None:
    """Vietnamese and Turkish without their own letters, Persian with Arabic ones, Arabic as it is typed in a hurry."""
    assert load_commands().find(typed) == command


@pytest.mark.parametrize("typed", ["Menu", "MENÜ", "menu!", " menú ", "菜單", "меню", "القائمة"])
def test_case_accents_and_punctuation_do_not_matter(typed: str) -> None:
    """People type as they like."""
    assert load_commands().find(typed) == "menu"


def test_a_question_is_no_command() -> None:
    """Only a whole message is a command."""
    assert load_commands().find("which language does the police speak") is None
    assert load_commands().find("") is None

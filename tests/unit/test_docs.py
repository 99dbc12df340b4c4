"""README and the pages of docs name what exists: files, make targets, commands and their options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from retrieval.training.__main__ import app as training
from tests.conftest import ROOT
from wenlu.cli import app as wenlu

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "retrieval").rglob("README.md"))]
COMMANDS = {
    r"wenlu": typer.main.get_command(wenlu),
    r"python -m retrieval\.training": typer.main.get_command(training),
}


def shown(page: Path) -> Iterator[str]:
    """What a page shows as code: between backticks, and lines that are indented."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"`([^`\n]+)`", text)
    yield from re.findall(r"^    ([^\s#].*?)(?:  +#.*)?$", text, re.MULTILINE)


def called(words: list[str], command: Any) -> None:
    """Fails where a group has no such command, or a command no such option."""
    while words and hasattr(command, "commands") and re.fullmatch(r"[a-z][a-z-]+", words[0]):
        assert words[0] in command.commands, f"{command.name} has no command {words[0]}"
        command = command.commands[words.pop(0)]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
    for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(words)):
        assert option in options, f"{command.name} has no option {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_what_exists(page: Path) -> None:
    """Links lead to files; targets, commands and options are those of today."""
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text):
        assert (page.parent / link).exists(), link
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for code in shown(page):
        if found := re.match(r"make ([a-z-]+)", code):
            assert re.search(rf"^{found[1]}:", makefile, re.MULTILINE), code
        for name, command in COMMANDS.items():
            if found := re.match(rf"(?:\.venv/bin/)?{name}((?: .*)?)$", code):
                called(found[1].split(), command)


def test_a_command_that_is_gone_is_noticed() -> None:
    """And an option that a command does not have."""
    called(["bench", "nlu", "--without", "hi,th", "--keep", "50"], COMMANDS["wenlu"])
    with pytest.raises(AssertionError, match="no command understanding"):
        called(["bench", "understanding"], COMMANDS["wenlu"])
    with pytest.raises(AssertionError, match="no option --forget"):
        called(["bench", "nlu", "--forget"], COMMANDS["wenlu"])

"""The rules of the house: who may import whom, and what may never land."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

OURS = {"knowledge", "languages", "retrieval", "api", "actions", "bot", "web", "wenlu", "locales"}
ALLOWED = {
    "knowledge": {"knowledge"},
    "languages": {"languages", "knowledge"},
    "retrieval": {"retrieval", "knowledge", "languages"},
    "api": {"api", "knowledge"},
    "actions": {"actions"},
    "bot": {"bot", "components", "channel"},
    "wenlu": OURS - {"bot", "actions"},
}
FOREIGN_TO = {
    "knowledge": {"fastapi", "sqlalchemy", "torch", "faiss", "httpx", "rasa"},
    "api": {"faiss", "torch", "sentence_transformers", "rasa", "lingua"},
    "retrieval": {"sqlalchemy", "rasa", "rasa_sdk"},
    "actions": {"torch", "faiss", "sqlalchemy"},
}


def tracked(pattern: str = "") -> list[Path]:
    """Return the files git tracks."""
    out = subprocess.run(
        ["git", "ls-files", "-z", *([pattern] if pattern else [])], cwd=ROOT, capture_output=True, check=True
    )
    return [ROOT / name for name in out.stdout.decode().split("\0") if name and (ROOT / name).exists()]


def imports_of(file: Path) -> set[str]:
    """Return the top-level names a Python file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("folder", sorted(ALLOWED))
def test_a_folder_imports_only_what_the_design_allows(folder: str) -> None:
    """Arrows never run back: each folder imports itself and what stands below it."""
    for file in tracked(f"{folder}/*.py"):
        found = imports_of(file)
        assert not (found & OURS) - ALLOWED[folder], (
            f"{file.relative_to(ROOT)} imports {sorted((found & OURS) - ALLOWED[folder])}"
        )
        assert not found & FOREIGN_TO.get(folder, set()), (
            f"{file.relative_to(ROOT)} imports {sorted(found & FOREIGN_TO[folder])}"
        )


def test_nothing_names_a_machine_or_a_download_host() -> None:
    """No lock, document or script names a folder of a machine or the host of a package index."""
    words = [
        "files.python" + "hosted.org",
        "/work/" + "main",
        "/work/" + "shared",
        "pypi." + "org/simple",
        "/root/" + ".pyenv",
    ]
    for file in tracked():
        if file.suffix in {".safetensors", ".png", ".woff2"} or file.stat().st_size > 5_000_000:
            continue
        text = file.read_text(encoding="utf-8", errors="ignore")
        for word in words:
            assert word not in text, f"{file.relative_to(ROOT)} names {word}"


def test_files_stay_small_enough_to_read() -> None:
    """A Python file of more than 450 lines asks to be split; tables of phrases to test with are no code."""
    long = {
        str(f.relative_to(ROOT)): n
        for f in tracked("*.py")
        if not f.name.endswith("_cases.py") and (n := len(f.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert not long


def test_every_decision_has_a_title_and_a_number_of_its_own() -> None:
    """Decision pages are numbered once each."""
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers), numbers
    assert all(re.match(r"# \d+\. \S", page.read_text(encoding="utf-8")) for page in pages)

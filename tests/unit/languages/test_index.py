"""Packages from an index: a server on loopback in place of the one of Argos."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from languages.masks import Masker
from languages.packages import installed
from languages.practice.written import make_package
from languages.translation import ArgosTranslator
from wenlu.cli import app


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder, and where it is served."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _row(source: str, target: str, version: str, *links: str) -> dict[str, Any]:
    """A line of the index, as Argos writes it."""
    names = {"from_code": source, "from_name": source, "to_code": target, "to_name": target}
    return {"package_version": version, "argos_version": "1.5", "links": list(links), **names}


def _install(index: str, pair: str, home: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["languages", "install", pair, "--index", index, "--packages", str(home)])
    return done.exit_code, done.output


def test_a_pair_is_installed_from_the_index(served: tuple[Path, str], tmp_path: Path) -> None:
    """The newest version, from the first address that has it; it translates at once."""
    folder, url = served
    make_package(folder / "new.argosmodel", "en", "de")
    make_package(folder / "old.argosmodel", "en", "de", {"pay": "Amt"})
    rows = [
        _row("en", "de", "1.10", "ipfs://nothing", f"{url}/gone.argosmodel", f"{url}/new.argosmodel"),
        _row("en", "de", "1.9", f"{url}/old.argosmodel"),
        _row("de", "en", "1.11", f"{url}/other.argosmodel"),
    ]
    (folder / "index.json").write_text(json.dumps(rows))
    code, said = _install(f"{url}/index.json", "en-de", tmp_path / "packages")
    assert (code, "installed en-de 1.0" in said) == (0, True)
    assert ArgosTranslator(tmp_path / "packages", Masker()).translate("please pay", "en", "de").text == "bitte bezahlen"
    assert [path.name for path in (tmp_path / "packages").iterdir()] == ["en-de"]


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ("[]", "no package from en into de"),
        ('{"a": 1}', "no package from en into de"),
        ("<html>", "cannot be reached or read"),
        (None, "cannot be reached or read (404)"),
        ('[{"from_code": "en", "to_code": "de", "links": ["URL/gone"]}]', "gone cannot be fetched (404)"),
        ('[{"from_code": "en", "to_code": "de", "links": ["URL/index.json"]}]', "is no package"),
        ('[{"from_code": "en", "to_code": "de", "links": ["URL/fr_de.argosmodel"]}]', "is a package for fr-de"),
    ],
)
def test_what_is_wrong_is_said(served: tuple[Path, str], tmp_path: Path, index: str | None, words: str) -> None:
    """With exit code 1, and nothing is left behind."""
    folder, url = served
    if index is not None:
        (folder / "index.json").write_text(index.replace("URL", url))
    make_package(folder / "fr_de.argosmodel", "fr", "de")
    home = tmp_path / "packages"
    code, said = _install(f"{url}/index.json", "en-de", home)
    assert code == 1
    assert words in " ".join(said.split())
    assert not installed(home)
    assert not home.exists() or not list(home.iterdir())


def test_an_index_that_is_not_there_is_named(tmp_path: Path) -> None:
    """And what to do instead."""
    code, said = _install("http://127.0.0.1:9/index.json", "en-ja", tmp_path)
    assert code == 1
    assert "http://127.0.0.1:9/index.json cannot be reached" in " ".join(said.split())
    assert "give its path" in " ".join(said.split())

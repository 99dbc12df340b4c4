"""What browsers load: small, from here only, and never markup made from content."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.i18n import Catalogs
from tests.conftest import ROOT

WEB = ROOT / "web"
SCRIPTS = sorted(WEB.rglob("*.js"))
WIDGET = WEB / "widget"
# The quick exit leads away from here on purpose; the other names a vocabulary and is never fetched.
ELSEWHERE = {"https://www.weather.com.cn/", "http://www.w3.org/2000/svg", "https://HOST/widget/wenlu.js"}


def loaded(name: str) -> set[str]:
    """A module of the widget and everything that a browser loads with it."""
    imported = re.findall(
        r"^import .* from '\./([a-z]+\.js)';$", (WIDGET / name).read_text(encoding="utf-8"), re.MULTILINE
    )
    return {name}.union(*map(loaded, imported))


def size(names: set[str]) -> int:
    return sum((WIDGET / name).stat().st_size for name in names)


def test_the_widget_is_small() -> None:
    """What a page loads for the widget is at most 40 kB; what it loads only when it is wanted, 8 kB."""
    at_once = loaded("wenlu.js")
    wanted = {path.name for path in WIDGET.iterdir()} - at_once
    scripts = "".join((WIDGET / name).read_text(encoding="utf-8") for name in at_once)
    assert {f"{name}.js" for name in re.findall(r"import\('\./([a-z]+)\.js'\)", scripts)} == wanted
    assert len(at_once) == 5 and size(at_once) <= 40 * 1024
    assert size(wanted) <= 8 * 1024


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(WEB).as_posix())
def test_content_is_never_parsed_as_markup(script: Path) -> None:
    """No script uses a way by which text could become elements or code."""
    dangerous = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc"
    assert re.findall(dangerous, script.read_text(encoding="utf-8")) == []


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Scripts, styles and pages name no other host."""
    found = set()
    for path in WEB.rglob("*.*"):
        found |= set(re.findall(r"https?://[^\s\"'`<>)]+", path.read_text(encoding="utf-8")))
    assert found - ELSEWHERE == set()


def test_pages_hold_no_inline_scripts_or_styles() -> None:
    """Templates keep to the strictest content security policy."""
    for path in (WEB / "templates").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", text), path.name
        assert not re.search(r"\|\s*safe\b", text), path.name


def test_every_word_the_browser_asks_for_is_in_the_catalog() -> None:
    """Every key written out in a script or a template is known; so no label is ever empty."""
    known = Catalogs.load().words("en", "")
    missing = set()
    for folder, prefix in (("widget", "widget."), ("console", "console."), ("templates", "")):
        for path in (WEB / folder).iterdir():
            keys = re.findall(r"\bt\(\s*[\"']([a-z_.0-9-]+)[\"']", path.read_text(encoding="utf-8"))
            missing |= {prefix + key for key in keys if not key.endswith(".") and prefix + key not in known}
    assert missing == set()

"""Files that browsers fetch as they are: widget, console, styles. Nothing outside these folders can be asked for."""

from __future__ import annotations

from pathlib import Path

from fastapi import Response
from fastapi.responses import FileResponse

WEB = Path(__file__).resolve().parents[2] / "web"
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}


def web_file(folder: str, path: str, *, everywhere: bool = False) -> Response | None:
    """The file, or None. `everywhere`: other sites may load it as a module, as embedding the widget needs."""
    root = (WEB / folder).resolve()
    if "\x00" in path:
        return None
    wanted = (root / path).resolve()
    if not wanted.is_relative_to(root) or wanted.suffix not in KINDS or not wanted.is_file():
        return None
    headers = {"Cache-Control": "no-cache"}
    if everywhere:
        headers |= {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    return FileResponse(wanted, media_type=KINDS[wanted.suffix], headers=headers)

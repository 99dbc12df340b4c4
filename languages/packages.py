"""Argos packages (`.argosmodel`) in a folder: what is installed, and installing, fetching and removing.

A package is a zip with one folder in it: metadata.json, sentencepiece.model, and model/ for CTranslate2.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

INDEX = "https://raw.githubusercontent.com/argosopentech/argospm-index/main/index.json"
PIVOT = "en"
"""The language that pairs without a package of their own go by way of."""

LARGEST = 2_000_000_000
"""Bytes that a package may have when it is unpacked."""

_PAIR = re.compile(r"^([a-z]{2,3})[-_>]([a-z]{2,3})$")
_CODE = re.compile(r"^[a-z]{2,3}$")


class PackageError(Exception):
    """A package cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Package:
    """An installed package: from one language into another."""

    folder: Path
    source: str
    target: str
    version: str
    target_prefix: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        return self.source, self.target

    @property
    def name(self) -> str:
        return f"{self.source}-{self.target}"

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


def default_folder() -> Path:
    """Where packages lie: WENLU_PACKAGES, else `packages` in the data folder."""
    named = os.environ.get("WENLU_PACKAGES")
    data = os.environ.get("WENLU_DATA") or Path(__file__).resolve().parent.parent / "data"
    return Path(named) if named else Path(data) / "packages"


def parse_pair(text: str) -> tuple[str, str] | None:
    """`en-de` or `en_de` as two languages; None for anything else."""
    found = _PAIR.match(text)
    return (found[1], found[2]) if found else None


def installed(folder: Path) -> dict[tuple[str, str], Package]:
    """The packages in a folder by pair of languages; what cannot be read is left out."""
    found = {}
    for inside in sorted(folder.glob("*/metadata.json")):
        if inside.parent.name.startswith("."):
            continue
        try:
            package = _read(inside.parent)
        except PackageError:
            continue
        found[package.pair] = package
    return found


def _read(folder: Path) -> Package:
    """The package unpacked in a folder; PackageError when something of it is missing."""
    try:
        metadata: Any = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PackageError("its metadata.json cannot be read") from error
    if not isinstance(metadata, dict):
        raise PackageError("its metadata.json is no table of names and values")
    source, target = str(metadata.get("from_code", "")), str(metadata.get("to_code", ""))
    if not _CODE.match(source) or not _CODE.match(target):
        raise PackageError("it does not say from which language into which it translates")
    if not (folder / "model" / "model.bin").is_file():
        raise PackageError("it has no CTranslate2 model in model/")
    if not (folder / "sentencepiece.model").is_file():
        raise PackageError("it has no sentencepiece.model; packages of the older kind (bpe.model) are not read")
    version, prefix = str(metadata.get("package_version", "")), str(metadata.get("target_prefix", ""))
    return Package(folder, source, target, version, prefix)


def install(file: Path, folder: Path, pair: tuple[str, str] | None = None) -> Package:
    """Unpack a package into the folder, in place of one for the same languages; PackageError if it is none, or not for `pair`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as name:
        try:
            with zipfile.ZipFile(file) as packed:
                inside = _unpack(packed, Path(name))
        except (zipfile.BadZipFile, OSError) as error:
            raise PackageError(f"{file} is no package: it cannot be unpacked") from error
        try:
            package = _read(inside)
        except PackageError as error:
            raise PackageError(f"{file} cannot be used: {error}") from error
        if pair and package.pair != pair:
            raise PackageError(f"what the index gives for {'-'.join(pair)} is a package for {package.name}")
        home = folder / package.name
        remove(package.source, package.target, folder)
        inside.replace(home)
    return _read(home)


def _unpack(packed: zipfile.ZipFile, into: Path) -> Path:
    """Unpack all; the one folder in it. Nothing is written outside, and not more than a package can have."""
    if sum(part.file_size for part in packed.infolist()) > LARGEST:
        raise PackageError(f"the package is larger than {LARGEST // 1_000_000} MB unpacked")
    for part in packed.infolist():
        path = Path(part.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in part.filename:
            raise PackageError("the package holds a file outside its folder")
    packed.extractall(into)
    folders = [path.parent for path in into.glob("*/metadata.json")]
    if len(folders) != 1:
        raise PackageError("the package needs one folder with a metadata.json")
    return folders[0]


def remove(source: str, target: str, folder: Path) -> bool:
    """Remove the package of a pair; whether there was one."""
    package = installed(folder).get((source, target))
    if package is None:
        return False
    shutil.rmtree(package.folder)
    return True


def fetch(source: str, target: str, folder: Path, index: str = INDEX) -> Package:
    """Install a pair from the Argos index; PackageError where it cannot be reached or has no such pair."""
    elsewhere = "Fetch the .argosmodel file elsewhere and give its path."
    with httpx.Client(timeout=30, follow_redirects=True) as client:
        try:
            links = _links(client.get(index).raise_for_status().json(), source, target)
        except (httpx.HTTPError, ValueError) as error:
            raise PackageError(f"the index {index} cannot be reached or read ({_why(error)}). {elsewhere}") from error
        if not links:
            raise PackageError(f"the index has no package from {source} into {target}; try both by way of {PIVOT}")
        folder.mkdir(parents=True, exist_ok=True)
        for link in links:
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", suffix=".argosmodel") as kept:
                try:
                    _download(client, link, kept)
                except httpx.HTTPError as error:
                    why = f"{link} cannot be fetched ({_why(error)})"
                    continue
                return install(Path(kept.name), folder, (source, target))
    raise PackageError(f"{why}. {elsewhere}")


def _download(client: httpx.Client, link: str, into: IO[bytes]) -> None:
    with client.stream("GET", link) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            into.write(chunk)
    into.flush()


def _why(error: Exception) -> str:
    """What went wrong in a word or two: the status, else the kind of error."""
    return str(error.response.status_code) if isinstance(error, httpx.HTTPStatusError) else type(error).__name__


def _links(listed: Any, source: str, target: str) -> list[str]:
    """Where the newest package of a pair can be fetched."""
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    rows = [row for row in rows if (row.get("from_code"), row.get("to_code")) == (source, target)]
    rows.sort(key=lambda row: [int(part) for part in re.findall(r"\d+", str(row.get("package_version", "")))])
    links = rows[-1].get("links", []) if rows else []
    return [str(link) for link in links if str(link).startswith(("https://", "http://"))]

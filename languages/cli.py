"""`wenlu languages`: translation packages listed, installed, removed, tried."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from languages import packages
from languages.packages import PackageError

app = typer.Typer(no_args_is_help=True, help="Translation packages: what is installed, and more of them.")
console = Console()

Folder = Annotated[
    Path | None,
    typer.Option("--packages", envvar="WENLU_PACKAGES", help="Folder of the packages; default: in the data folder."),
]
TRIAL = "Please bring your passport to the office within 30 days: https://example.org/a_b."


def _folder(folder: Path | None) -> Path:
    return folder or packages.default_folder()


def _fail(error: Exception) -> typer.Exit:
    typer.secho(f"wenlu: {error}", fg="red", err=True)
    return typer.Exit(1)


@app.command("list")
def list_packages(folder: Folder = None) -> None:
    """The packages that are installed, and between which languages they lead."""
    from languages.masks import Masker
    from languages.translation import ArgosTranslator

    home = _folder(folder)
    found = packages.installed(home)
    if not found:
        console.print(
            f"no packages in {home}; `wenlu languages install FILE.argosmodel` puts one there", soft_wrap=True
        )
        return
    table = Table("from", "to", "version", "MB")
    for package in found.values():
        table.add_row(package.source, package.target, package.version, f"{package.size / 1e6:.1f}")
    console.print(table)
    through = sorted(ArgosTranslator(home, Masker()).routes() - set(found))
    if through:
        console.print("by way of English: " + ", ".join(f"{source}-{target}" for source, target in through))


@app.command()
def install(
    what: Annotated[str, typer.Argument(help="A .argosmodel file, a folder of them, or a pair such as en-de.")],
    folder: Folder = None,
    index: Annotated[str, typer.Option(help="The index that pairs come from.")] = packages.INDEX,
) -> None:
    """Install packages from files, or a pair from the Argos index where it can be reached."""
    path, home = Path(what), _folder(folder)
    try:
        if path.is_dir():
            files = sorted(path.glob("*.argosmodel"))
            if not files:
                raise PackageError(f"there is no .argosmodel file in {path}")
            done = [packages.install(file, home) for file in files]
        elif path.is_file():
            done = [packages.install(path, home)]
        elif pair := packages.parse_pair(what):
            with console.status(f"fetching {'-'.join(pair)} from {index}"):
                done = [packages.fetch(*pair, home, index)]
        else:
            raise PackageError(f"{what} is neither a file nor a folder nor a pair such as en-de")
    except PackageError as error:
        raise _fail(error) from error
    for package in done:
        console.print(f"installed {package.name} {package.version} ({package.size / 1e6:.1f} MB)", highlight=False)
    console.print("a running Wenlu uses it from now on")


@app.command()
def remove(
    pair: Annotated[str, typer.Argument(help="A pair such as en-de.")],
    folder: Folder = None,
) -> None:
    """Remove a package."""
    codes = packages.parse_pair(pair)
    if codes is None or not packages.remove(*codes, _folder(folder)):
        raise _fail(PackageError(f"{pair} is not installed"))
    console.print(f"removed {codes[0]}-{codes[1]}", highlight=False)


@app.command()
def test(
    pair: Annotated[str, typer.Argument(help="A pair such as en-de.")],
    text: Annotated[str, typer.Argument(help="What to translate.")] = TRIAL,
    folder: Folder = None,
) -> None:
    """Translate a sentence and show what becomes of it."""
    from languages.masks import Masker
    from languages.translation import ArgosTranslator

    codes = packages.parse_pair(pair)
    if codes is None:
        raise _fail(PackageError(f"{pair} is no pair of languages such as en-de"))
    translator = ArgosTranslator(_folder(folder), Masker.official())
    began = time.perf_counter()
    result = translator.translate(text, *codes)
    console.print(result.text, markup=False, highlight=False, soft_wrap=True)
    if not result.machine:
        raise _fail(PackageError(f"shown as it was: {result.reason}"))
    console.print(
        f"[dim]{' → '.join(result.via)}, {time.perf_counter() - began:.1f} s with loading[/dim]", highlight=False
    )

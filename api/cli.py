"""Commands of the api: migrate, backup, restore, retention, and the pages of the docs that are made from the code."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from api.backup import BackupError
from api.backup import backup as make_backup
from api.backup import restore as put_back
from api.clock import utc_now
from api.settings import ROOT, Settings, settings_page

app = typer.Typer(no_args_is_help=True, help="The database, backups and the reference pages.")
docs = typer.Typer(no_args_is_help=True, help="Write the pages that are made from the code.")
app.add_typer(docs, name="docs")


def _fail(error: Exception) -> typer.Exit:
    typer.secho(f"wenlu: {error}", fg="red", err=True)
    return typer.Exit(1)


@app.command()
def migrate() -> None:
    """Create the database, or bring it to the newest form."""
    from api.db import migrate as bring_up

    asyncio.run(bring_up(Settings()))
    typer.echo("The database is up to date.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write it, for example wenlu.tar.gz.")]) -> None:
    """Write everything that is kept into one file; Wenlu may run meanwhile."""
    try:
        names = make_backup(Settings(), file, utc_now())
    except (BackupError, OSError) as error:
        raise _fail(error) from error
    typer.echo(f"{file}: {', '.join(names)}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `wenlu backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the data that is there.")] = False,
) -> None:
    """Put a backup back. Stop Wenlu first."""
    try:
        names = put_back(Settings(), file, force)
    except (BackupError, OSError) as error:
        raise _fail(error) from error
    typer.echo(f"Restored: {', '.join(names)}")


@app.command()
def retention() -> None:
    """Erase what has been kept long enough, now; the running api does it once a day."""
    from api.app import SetupError, make_services
    from api.conversations import service

    async def run() -> int:
        services = make_services(Settings())
        try:
            return await service.retain(services)
        finally:
            await services.close()

    try:
        erased = asyncio.run(run())
    except SetupError as error:
        raise _fail(error) from error
    typer.echo(f"Erased: {erased}")


@docs.command("settings")
def docs_settings() -> None:
    """Write docs/settings.md."""
    (ROOT / "docs" / "settings.md").write_text(settings_page(), encoding="utf-8")


@docs.command("contracts")
def docs_contracts() -> None:
    """Write the JSON Schemas of what crosses between the environments, in tests/contracts/."""
    from api.chat.directives import write_schemas

    write_schemas(ROOT / "tests" / "contracts")


@docs.command("api")
def docs_api() -> None:
    """Write docs/api.md."""
    from api.reference import api_page

    (ROOT / "docs" / "api.md").write_text(api_page(), encoding="utf-8")


if __name__ == "__main__":
    app()

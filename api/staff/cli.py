"""`wenlu staff …`: accounts from the command line, for whoever runs the server."""

import asyncio
from typing import Annotated

import typer
from sqlalchemy import select

from api.clock import utc_now
from api.db import Database
from api.settings import Settings
from api.staff import service
from api.staff.models import Staff

app = typer.Typer(no_args_is_help=True, help="The people at the desk.")


@app.command("list")
def show() -> None:
    """List all accounts."""

    async def work() -> list[Staff]:
        database = _database()
        async with database.reading() as session:
            people = list(await session.scalars(select(Staff).order_by(Staff.username)))
        await database.close()
        return people

    for person in asyncio.run(work()):
        state = "" if person.active else "  (disabled)"
        typer.echo(f"{person.username}  {person.role}  {person.display_name}{state}")


@app.command()
def reset(username: Annotated[str, typer.Argument(help="Whose password is lost.")]) -> None:
    """Give somebody a new password, shown once; their logins end."""

    async def work() -> str | None:
        database = _database()
        try:
            async with database.transaction() as session:
                person = await session.scalar(select(Staff).where(Staff.username == username.lower()))
                if person is None:
                    return None
                person.active = True
                return await service.reset(session, utc_now(), "command line", person)
        finally:
            await database.close()

    made = asyncio.run(work())
    if made is None:
        typer.secho("wenlu: there is no account of that name; `wenlu staff list` shows them", fg="red", err=True)
        raise typer.Exit(1)
    typer.echo(f"new password for {username} (shown only this once, to be changed at the next login): {made}")


def _database() -> Database:
    settings = Settings()
    return Database(settings.database, settings.database_busy_seconds)

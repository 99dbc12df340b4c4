"""The database's migrations (Alembic), and how they are run."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def config(database_url: str) -> Config:
    """Alembic's configuration, made here so that there is no file with an address in it."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).resolve().parent))
    made.attributes["url"] = database_url
    return made


def migrate(database_url: str, revision: str = "head") -> None:
    """Bring the database to a revision; creates it when there is none. Not to be called inside an event loop."""
    command.upgrade(config(database_url), revision)

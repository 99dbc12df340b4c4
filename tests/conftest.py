"""What every test shares: where the checkout is, and when a missing helper program is a reason to skip."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from api.i18n import Catalogs
    from knowledge import Corpus

pytest_plugins = ["tests.fixtures"]

ROOT = Path(__file__).resolve().parent.parent


def need(present: object, what: str) -> None:
    """Skip with a reason at home; fail where `CI` says that everything must be there."""
    if present:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is required where CI=true", pytrace=False)
    pytest.skip(f"needs {what}")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the checkout's root."""
    return ROOT


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """Return the corpus of this checkout, read once: that takes seconds."""
    from knowledge import load_corpus

    return load_corpus()


@pytest.fixture(scope="session")
def catalogs() -> Catalogs:
    """Return the catalogs of this checkout, read once."""
    from api.i18n import Catalogs

    return Catalogs.load()


@pytest.fixture(scope="session")
def statutes() -> Path:
    """Return the folder of official statute texts, or skip."""
    from wenlu.prepare import statutes_folder

    folder = statutes_folder(ROOT)
    need(folder, "the official statute texts (WENLU_STATUTES)")
    assert folder is not None
    return folder


@pytest.fixture
def postgres_url() -> str:
    """Return the address of a PostgreSQL database with our tables and nothing in them, or skip."""
    from api.migrations import migrate

    url = os.environ.get("WENLU_TEST_POSTGRES", "")
    need(url, "a PostgreSQL database (WENLU_TEST_POSTGRES)")
    asyncio.run(_emptied(url))
    migrate(url)
    return url


async def _emptied(url: str) -> None:
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()

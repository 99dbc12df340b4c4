"""Backup and restore, by the commands that an operator types."""

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from tests.unit.api.conftest import House, Start
from tests.unit.api.corpus import DEPOSIT
from tests.unit.api.peers import Bot, answer


@pytest.fixture
def wenlu(monkeypatch: pytest.MonkeyPatch) -> "Command":
    """The command, over a data folder of choice."""
    monkeypatch.setenv("WENLU_PORT", "9")
    monkeypatch.setenv("WENLU_BOT_SECRET", "x")
    return Command(monkeypatch)


class Command:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, data: Path, *arguments: str) -> Result:
        self._monkeypatch.setenv("WENLU_DATA", str(data))
        return CliRunner().invoke(app, list(arguments))


@pytest.fixture
async def used(house: House) -> House:
    """A running api in which something was asked, with everything else that a data folder holds."""
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    await (await house.open()).say("my deposit")
    data = house.services.settings.data
    (data / "secrets.json").write_text('{"bot_secret": "kept"}')
    return house


async def test_a_backup_of_a_running_system_restores(used: House, start: Start, wenlu: Command, tmp_path: Path) -> None:
    """What is backed up while the api runs comes back complete on another machine, and serves."""
    made = wenlu(used.services.settings.data, "backup", str(tmp_path / "all.tar.gz"))
    assert made.exit_code == 0, made.output
    assert (tmp_path / "all.tar.gz").stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other"
    restored = wenlu(other, "restore", str(tmp_path / "all.tar.gz"))
    assert restored.exit_code == 0, restored.output
    with closing(sqlite3.connect(other / "wenlu.db")) as database:
        assert database.execute("SELECT text FROM message ORDER BY seq").fetchone() == ("my deposit",)
    assert (other / "secrets.json").read_text() == '{"bot_secret": "kept"}'
    fresh = await start(data=other, bot=Bot(reply=lambda turn: [answer(DEPOSIT)]))
    assert (await (await fresh.open()).say("my deposit"))["messages"][0]["answer"]
    assert (await fresh.http.get("/api/v1/ready")).json()["parts"]["publication"] == "ok"


async def test_a_running_system_is_not_overwritten(used: House, wenlu: Command, tmp_path: Path) -> None:
    """Restoring over a data folder that is in use is refused, with --force too."""
    data = used.services.settings.data
    assert wenlu(data, "backup", str(tmp_path / "all.tar.gz")).exit_code == 0
    refused = wenlu(data, "restore", str(tmp_path / "all.tar.gz"), "--force")
    assert refused.exit_code == 1 and "Stop it first" in refused.output


def test_existing_data_needs_force(data: Path, wenlu: Command, tmp_path: Path) -> None:
    """Data that is there is replaced only with --force."""
    file = str(tmp_path / "all.tar.gz")
    assert wenlu(data, "backup", file).exit_code == 0
    with closing(sqlite3.connect(data / "wenlu.db")) as database, database:
        database.execute("INSERT INTO pending_erasure VALUES ('later', '2026-11-21', 0)")
    refused = wenlu(data, "restore", file)
    assert refused.exit_code == 1 and "--force" in refused.output
    assert wenlu(data, "restore", file, "--force").exit_code == 0
    with closing(sqlite3.connect(data / "wenlu.db")) as database:
        assert database.execute("SELECT count(*) FROM pending_erasure").fetchone() == (0,)


@pytest.mark.parametrize("content", [b"", b"not an archive"])
def test_a_file_that_is_no_backup(tmp_path: Path, wenlu: Command, content: bytes) -> None:
    """A file that is no backup is refused with one sentence, and nothing is touched."""
    (tmp_path / "no.tar.gz").write_bytes(content)
    refused = wenlu(tmp_path / "data", "restore", str(tmp_path / "no.tar.gz"))
    assert refused.exit_code == 1 and "not a backup" in refused.output
    assert not (tmp_path / "data" / "wenlu.db").exists()


def test_a_backup_that_points_outside(tmp_path: Path, wenlu: Command) -> None:
    """An archive with a path out of the folder is refused."""
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "evil", arcname="../../evil-was-here")
    refused = wenlu(tmp_path / "a" / "data", "restore", str(tmp_path / "evil.tar.gz"))
    assert refused.exit_code == 1
    assert not (tmp_path / "evil-was-here").exists() and not (tmp_path / "a" / "evil-was-here").exists()


def test_nothing_to_back_up(tmp_path: Path, wenlu: Command) -> None:
    """Without data there is nothing to back up, and the command says so."""
    refused = wenlu(tmp_path, "backup", str(tmp_path / "all.tar.gz"))
    assert refused.exit_code == 1 and "nothing to back up" in refused.output


def test_migrate_and_retention(tmp_path: Path, wenlu: Command) -> None:
    """The database is made by a command, and what is old enough erased by another."""
    assert wenlu(tmp_path / "new", "migrate").exit_code == 0
    done = wenlu(tmp_path / "new", "retention")
    assert done.exit_code == 0 and "Erased: 0" in done.output

"""Backup and restore of everything that is kept: the database (SQLite online copy), secrets, the current publication."""

import json
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

import httpx

from api.settings import Settings

DATABASE = "wenlu.db"
SECRETS = "secrets.json"
MANIFEST = "manifest.json"
FORMAT = 1


class BackupError(Exception):
    """Why a backup or a restore was not done, and what to do."""


def backup(settings: Settings, file: Path, now: datetime) -> list[str]:
    """Write a tar.gz of the data folder, while the system runs; gives the names it holds."""
    if settings.database_url:
        raise BackupError("The database is not SQLite: back it up with its own tool (pg_dump).")
    if not settings.sqlite_path.exists():
        raise BackupError(f"There is nothing to back up in {settings.data}.")
    with tempfile.TemporaryDirectory(dir=settings.data) as folder:
        staging = Path(folder)
        _copy_database(settings.sqlite_path, staging / DATABASE)
        if (settings.data / SECRETS).exists():
            shutil.copy2(settings.data / SECRETS, staging / SECRETS)
        publication = _copy_publication(settings.data, staging)
        manifest = {"format": FORMAT, "made_at": now.isoformat(), "publication": publication}
        (staging / MANIFEST).write_text(json.dumps(manifest, indent=2))
        names = sorted(path.name for path in staging.iterdir())
        partial = file.with_name(file.name + ".part")
        partial.touch(mode=0o600)
        with tarfile.open(partial, "w:gz") as archive:
            for name in names:
                archive.add(staging / name, arcname=name)
        partial.replace(file)
    return names


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as copy:
        origin.backup(copy)


def _copy_publication(data: Path, staging: Path) -> str | None:
    current = (data / "published" / "current").resolve()
    if not (current / "corpus.json").is_file():
        return None
    shutil.copytree(current, staging / "published" / current.name)
    return current.name


def restore(settings: Settings, file: Path, force: bool) -> list[str]:
    """Put a backup into the data folder; gives the names it held. Never over a running system."""
    if settings.database_url:
        raise BackupError("The database is not SQLite: restore it with its own tool (pg_restore).")
    data = settings.data
    _refuse_running(settings)
    if settings.sqlite_path.exists() and not force:
        raise BackupError(
            f"{data} already holds data. Give --force to replace it, or set WENLU_DATA to an empty folder."
        )
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data) as folder:
        staging = Path(folder)
        manifest = _unpack(file, staging)
        for leftover in (f"{DATABASE}-wal", f"{DATABASE}-shm", DATABASE):
            (data / leftover).unlink(missing_ok=True)
        names = sorted(path.name for path in staging.iterdir() if path.name != MANIFEST)
        for name in names:
            if name == "published":
                _put_publication(staging / name, data, str(manifest["publication"]))
            else:
                (staging / name).replace(data / name)
                (data / name).chmod(0o600)
    return names


def _unpack(file: Path, staging: Path) -> dict[str, object]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(staging, filter="data")
        manifest: dict[str, object] = json.loads((staging / MANIFEST).read_text())
    except (OSError, tarfile.TarError, ValueError) as error:
        raise BackupError(f"{file} is not a backup of Wenlu, or is damaged.") from error
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{file} was made by another version of Wenlu.")
    if not (staging / DATABASE).is_file():
        raise BackupError(f"{file} is not a backup of Wenlu, or is damaged.")
    _check_database(staging / DATABASE)
    return manifest


def _check_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        try:
            found = database.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise BackupError(f"{path.name} in the backup is damaged.") from error
    if found != "ok":
        raise BackupError(f"{path.name} in the backup is damaged.")


def _put_publication(source: Path, data: Path, name: str) -> None:
    target = data / "published" / name
    target.parent.mkdir(exist_ok=True)
    if target.exists():
        shutil.rmtree(target)
    (source / name).replace(target)
    link = data / "published" / "current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(data / "published" / "current")


def _refuse_running(settings: Settings) -> None:
    running = BackupError("Wenlu is running. Stop it first (Ctrl-C), then restore.")
    try:
        httpx.get(f"http://{settings.host}:{settings.port}/api/v1/health", timeout=2, trust_env=False)
    except httpx.HTTPError:
        pass
    else:
        raise running
    if settings.sqlite_path.exists() and _held(settings.sqlite_path):
        raise running


def _held(path: Path) -> bool:
    """Whether any other process has the database open (in WAL mode each keeps a shared lock)."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as database:
        try:
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            database.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        except sqlite3.DatabaseError:
            return False
    return False

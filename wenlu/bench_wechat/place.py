"""A whole Wenlu for measuring, as `make run` starts it: on free ports, with a database of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]
from pydantic import SecretStr

from api.secrets import Secrets
from wenlu.installation import Installation, StartError, free_ports

PATIENCE = 600.0
"""Seconds to get ready; most of them only where the model must be trained first."""
PARTS = {
    "api": ("WENLU_PORT", "api.app:create_app", "/api/v1/health"),
    "bot": ("WENLU_BOT_PORT", "rasa run", "/webhooks/wenlu/health"),
    "actions": ("WENLU_ACTIONS_PORT", "rasa_sdk", "/health"),
    "retrieval": ("WENLU_RETRIEVAL_PORT", "retrieval.app:create_app", "/ready"),
}
"""Of each process: the setting of its port, what its command holds, where it says that it is up."""
SHARED = frozenset({"WENLU_ENCODER", "WENLU_STATUTES", "WENLU_PACKAGES"})
"""Settings of this installation that hold for the other one: never its database, its mail, its secrets."""
MADE = ("published", "rasa", "build")
"""What this installation made already and the other one shares."""


class Place:
    """A running system; `log` is what it prints."""

    def __init__(self, folder: Path, installation: Installation, settings: dict[str, str]) -> None:
        self.data, self.log = folder / "data", folder / "log"
        self.data.mkdir()
        for name in MADE:
            (installation.data / name).mkdir(parents=True, exist_ok=True)
            (self.data / name).symlink_to(installation.data / name)
        self.ports = dict(zip(PARTS, free_ports(len(PARTS)), strict=True))
        self.url = f"http://127.0.0.1:{self.ports['api']}"
        named = {setting: str(self.ports[part]) for part, (setting, *_) in PARTS.items()}
        own = {name: value for name, value in os.environ.items() if not name.startswith("WENLU_") or name in SHARED}
        self._environment = {**own, "WENLU_DATA": str(self.data), "WENLU_HOST": "127.0.0.1", **named, **settings}
        self._root = installation.root
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.data / "wenlu.db"

    @property
    def secrets(self) -> Secrets:
        """What the system keeps WeChat's ids under."""
        kept = json.loads((self.data / "secrets.json").read_text())
        return Secrets(SecretStr(kept["secret_key"]))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Start it, wait until it is ready, end it afterwards."""
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "wenlu", "run"]
            self._process = subprocess.Popen(
                command, cwd=self._root, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self._wait()
            yield
        finally:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
                try:
                    self._process.wait(40)
                except subprocess.TimeoutExpired:
                    self._process.kill()
            self._process.wait(10)

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + PATIENCE
        while "| ready in" not in self.log.read_text(errors="replace"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                last = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
                raise StartError(f"Wenlu did not start:\n{last}")
            time.sleep(0.2)

    def part(self, name: str) -> psutil.Process:
        """The running process of that name. Raises LookupError while there is none."""
        assert self._process is not None
        for process in psutil.Process(self._process.pid).children():
            with contextlib.suppress(psutil.Error):
                if PARTS[name][1] in " ".join(process.cmdline()):
                    return process
        raise LookupError(name)

    def worked(self) -> dict[str, float]:
        """Seconds of processor time that each process has used."""
        used = {name: self.part(name).cpu_times() for name in PARTS}
        return {name: times.user + times.system for name, times in used.items()}

    def is_up(self, name: str) -> bool:
        """Whether a process answers."""
        try:
            url = f"http://127.0.0.1:{self.ports[name]}{PARTS[name][2]}"
            return httpx.get(url, timeout=3, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

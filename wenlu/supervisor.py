"""Run api, bot, actions and retrieval as children: labelled logs, readiness, restart, and an orderly end of all four."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from wenlu.installation import Installation, StartError

READY_TIMEOUT = 180.0  # seconds for a process to become ready
STOP_TIMEOUT = 10.0  # seconds between asking a process to end and ending it
RESTARTS = 5  # restarts of one process within RESTART_WINDOW seconds before giving up
RESTART_WINDOW = 300.0
COLOURS = {"api": "36", "bot": "35", "actions": "33", "retrieval": "32", "wenlu": "1"}


def log(label: str, text: str) -> None:
    """Print one labelled line."""
    tag = f"{label:<9}"
    if sys.stdout.isatty():
        tag = f"\x1b[{COLOURS.get(label, '0')}m{tag}\x1b[0m"
    print(f"{tag} | {text}", flush=True)


def die_with_parent() -> None:
    """Ask Linux to end this child when the supervisor dies, however it dies (prctl PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


@dataclass
class Child:
    """One of the four processes: its command, where to ask whether it is ready, and how often it was restarted."""

    name: str
    command: list[str]
    ready_url: str
    cwd: str
    process: asyncio.subprocess.Process | None = None
    starts: list[float] = field(default_factory=list)
    ready: bool = False


ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""A turn's matrices are too small to share: helpers that spin while they wait take the cores from the other processes."""


def children_of(installation: Installation) -> list[Child]:
    """Return the four processes in the order in which they are worth starting (the slowest first)."""
    python, bot_python, root = sys.executable, str(installation.bot_python), str(installation.root)
    quiet = ["--log-level", "warning", "--no-access-log"]
    return [
        Child(
            "bot",
            [bot_python, "-m", "rasa", "run", "--model", str(installation.rasa_model),
             "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
             "-i", "127.0.0.1", "-p", str(installation.bot_port)],
            f"{installation.bot_url}/webhooks/wenlu/health",
            str(installation.root / "bot"),
        ),
        Child(
            "actions",
            [bot_python, "-m", "rasa_sdk", "--actions", "actions", "--port", str(installation.actions_port)],
            f"{installation.actions_url}/health",
            root,
        ),
        Child(
            "retrieval",
            [python, "-m", "uvicorn", "--factory", "retrieval.app:create_app",
             "--host", "127.0.0.1", "--port", str(installation.retrieval_port), *quiet],
            f"{installation.retrieval_url}/ready",
            root,
        ),
        Child(
            "api",
            [python, "-m", "uvicorn", "--factory", "api.app:create_app", "--host", installation.host,
             "--port", str(installation.api_port), "--timeout-graceful-shutdown", "5", *quiet],
            f"{installation.api_url}/api/v1/health",
            root,
        ),
    ]  # fmt: skip


class Supervisor:
    """Start the children, watch them, restart one that dies, end them all together."""

    def __init__(self, installation: Installation, children: list[Child] | None = None) -> None:
        """Take the installation; `children` may be given by tests."""
        self.installation = installation
        self.children = children if children is not None else children_of(installation)
        self.environment = {**ONE_THREAD, **installation.environment()}
        self.stopping = asyncio.Event()
        self.failure: str | None = None

    async def run(self, when_ready: Callable[[float], None]) -> int:
        """Run until a signal or a child that cannot be kept alive. Returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        began = time.monotonic()
        watchers = [asyncio.create_task(self._keep(child)) for child in self.children]
        readiness = asyncio.create_task(self._all_ready())
        stop = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({readiness, stop}, return_when=asyncio.FIRST_COMPLETED)
            if readiness.done() and not self.stopping.is_set():
                try:
                    readiness.result()
                    when_ready(time.monotonic() - began)
                except StartError as error:
                    self.failure = str(error)
                    self.stopping.set()
            await self.stopping.wait()
        finally:
            for task in (*watchers, readiness, stop):
                task.cancel()
            await asyncio.gather(*watchers, readiness, stop, return_exceptions=True)
            await self._end_all()
        if self.failure:
            log("wenlu", self.failure)
            return 1
        return 0

    async def _keep(self, child: Child) -> None:
        while not self.stopping.is_set():
            now = time.monotonic()
            child.starts = [moment for moment in child.starts if now - moment < RESTART_WINDOW] + [now]
            child.ready = False
            child.process = await asyncio.create_subprocess_exec(
                *child.command,
                cwd=child.cwd,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
                limit=2**20,
            )
            await self._relay(child)
            code = await child.process.wait()
            if self.stopping.is_set():
                return
            if len(child.starts) > RESTARTS:
                self.failure = (
                    f"{child.name} ended {len(child.starts)} times within {RESTART_WINDOW:.0f} s (exit code {code}). "
                    "Its last lines above say why; mend that and start again."
                )
                self.stopping.set()
                return
            log("wenlu", f"{child.name} ended with exit code {code}: starting it again")
            await asyncio.sleep(min(2.0 ** (len(child.starts) - 1), 15.0))

    async def _relay(self, child: Child) -> None:
        assert child.process is not None and child.process.stdout is not None
        while True:
            try:
                raw = await child.process.stdout.readline()
            except ValueError:  # a line longer than the buffer: the rest of it follows
                continue
            if not raw:
                return
            if text := raw.decode(errors="replace").rstrip():
                log(child.name, text)

    async def _all_ready(self) -> None:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            await asyncio.gather(*(self._wait_ready(client, child) for child in self.children))

    async def _wait_ready(self, client: httpx.AsyncClient, child: Child) -> None:
        deadline = time.monotonic() + READY_TIMEOUT
        began = time.monotonic()
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(child.ready_url)).status_code == 200:
                    child.ready = True
                    log("wenlu", f"{child.name} is ready ({time.monotonic() - began:.0f} s)")
                    return
            await asyncio.sleep(0.25)
        raise StartError(f"{child.name} did not become ready within {READY_TIMEOUT:.0f} s. Its lines above say why.")

    async def _end_all(self) -> None:
        alive = [c.process for c in self.children if c.process is not None and c.process.returncode is None]
        for process in alive:
            self._signal(process, signal.SIGTERM)
        if not alive:
            return
        _, late = await asyncio.wait([asyncio.create_task(p.wait()) for p in alive], timeout=STOP_TIMEOUT)
        if late:
            for process in alive:
                self._signal(process, signal.SIGKILL)
            await asyncio.gather(*(process.wait() for process in alive))

    @staticmethod
    def _signal(process: asyncio.subprocess.Process, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)

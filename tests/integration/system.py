"""A whole running Wenlu, started the way `make run` starts it, in a data folder and on ports of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from wenlu.installation import free_ports

ROOT = Path(__file__).resolve().parent.parent.parent
MARKS = {"api": "api.app:create_app", "retrieval": "retrieval.app:create_app", "bot": "rasa run", "actions": "rasa_sdk"}


def wait_for(condition: Callable[[], Any], seconds: float = 60.0, what: str = "the condition") -> Any:
    """Ask again and again until the condition holds; return its value. Fails after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if value := condition():
                return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come true within {seconds:.0f} s")


class System:
    """One `wenlu run` and what tests do with it."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.ports = dict(zip(("api", "bot", "actions", "retrieval"), free_ports(4), strict=True))
        self.url = f"http://127.0.0.1:{self.ports['api']}"
        self.environment = {
            **os.environ,
            "WENLU_DATA": str(data),
            "WENLU_PORT": str(self.ports["api"]),
            "WENLU_BOT_PORT": str(self.ports["bot"]),
            "WENLU_ACTIONS_PORT": str(self.ports["actions"]),
            "WENLU_RETRIEVAL_PORT": str(self.ports["retrieval"]),
            **settings,
        }
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    @property
    def output(self) -> str:
        """Everything that was printed so far."""
        return "\n".join(self.lines)

    def start(self, seconds: float = 420.0) -> System:
        """Start and wait until it says that it is ready."""
        command = [sys.executable, "-m", "wenlu", "run"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()
        deadline = time.monotonic() + seconds
        while "| ready in" not in self.output:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError("Wenlu did not start:\n" + "\n".join(self.lines[-60:]))
            time.sleep(0.2)
        return self

    def _read(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def stop(self) -> int:
        """Press Ctrl-C and wait; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait(10)

    @property
    def administrator(self) -> tuple[str, str]:
        """Return the first administrator's name and password as they were shown."""
        found = re.search(r"first administrator: (\S+) +password[^:]*: (\S+)", self.output)
        assert found, self.output[-2000:]
        return found[1], found[2]

    def child(self, name: str) -> psutil.Process:
        """Return the running process of that name."""
        assert self.process is not None
        for process in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):
                if MARKS[name] in " ".join(process.cmdline()):
                    return process
        raise LookupError(name)

    def is_up(self, name: str) -> bool:
        """Whether that process answers its health route."""
        paths = {"api": "/api/v1/health", "retrieval": "/health", "bot": "/webhooks/wenlu/health", "actions": "/health"}
        try:
            return (
                httpx.get(f"http://127.0.0.1:{self.ports[name]}{paths[name]}", timeout=3, trust_env=False).status_code
                == 200
            )
        except httpx.HTTPError:
            return False

    @contextlib.contextmanager
    def down(self, name: str) -> Iterator[None]:
        """Kill a process as kill -9 does, hold its port closed while the body runs, and wait until it is back."""
        child = self.child(name)
        child.send_signal(signal.SIGKILL)
        wait_for(lambda: not self.is_up(name), 10, f"{name} being down")
        try:
            yield
        finally:
            self.wait_up(name)

    def wait_up(self, name: str) -> None:
        """Wait until the process answers again."""
        wait_for(lambda: self.is_up(name), 120, f"{name} being back")

    @contextlib.contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stop a process in the middle of whatever it does, let it go on afterwards."""
        child = self.child(name)
        child.suspend()
        try:
            yield
        finally:
            with contextlib.suppress(psutil.Error):
                child.resume()


class Resident:
    """A resident with one conversation."""

    def __init__(self, url: str, language: str | None = "en", consent: bool = True) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=60, trust_env=False)
        body = {"consent": consent, **({"language": language} if language else {})}
        opened = self.http.post("/conversations", json=body)
        assert opened.status_code == 201, opened.text
        self.id, self.token = opened.json()["id"], opened.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self.path = f"/conversations/{self.id}"

    def post(self, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Post one message body under a fresh key, or the given one."""
        return self.http.post(f"{self.path}/messages", json={"client_message_id": key or str(uuid.uuid4()), **body})

    def say(self, text: str, key: str | None = None) -> dict[str, Any]:
        """Say something and return the turn."""
        reply = self.post({"text": text}, key)
        assert reply.status_code == 200, reply.text
        turn: dict[str, Any] = reply.json()
        return turn

    def choose(self, payload: str) -> dict[str, Any]:
        """Press a button and return the turn."""
        reply = self.post({"choice": payload})
        assert reply.status_code == 200, reply.text
        turn: dict[str, Any] = reply.json()
        return turn

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        """Return the stored messages."""
        reply = self.http.get(f"{self.path}/messages", params={"after": after})
        assert reply.status_code == 200, reply.text
        body = reply.json()
        kept: list[dict[str, Any]] = body["messages"] if isinstance(body, dict) else body
        return kept

    def wait_message(self, role: str, after: int = 0, seconds: float = 60.0) -> dict[str, Any]:
        """Wait for a message of that role."""
        found: dict[str, Any] = wait_for(
            lambda: next((m for m in self.messages(after) if m["role"] == role), None),
            seconds,
            f"a message of the {role}",
        )
        return found

    def hand_off(self, text: str = "I want to talk to a person") -> dict[str, Any]:
        """Ask for a person and confirm."""
        turn = self.say(text)
        assert handoffs(turn)[-1]["stage"] == "confirm", turn
        return self.choose("handoff:confirm")


class Mediator:
    """A member of staff, logged in at the console."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1/console", timeout=60, trust_env=False)
        reply = self.http.post("/login", json={"username": username, "password": password})
        assert reply.status_code == 200, reply.text
        self.staff = reply.json()["staff"]
        self.http.headers["X-CSRF-Token"] = reply.json()["csrf"]

    def queue(self) -> list[dict[str, Any]]:
        """Return who waits."""
        rows: list[dict[str, Any]] = self.http.get("/conversations", params={"state": "waiting"}).json()[
            "conversations"
        ]
        return rows

    def take(self, conversation: str) -> httpx.Response:
        """Try to take a conversation over."""
        return self.http.post(f"/conversations/{conversation}/take")

    def write(self, conversation: str, text: str) -> dict[str, Any]:
        """Write to the resident."""
        body = {"client_message_id": str(uuid.uuid4()), "text": text}
        reply = self.http.post(f"/conversations/{conversation}/messages", json=body)
        assert reply.status_code in {200, 201}, reply.text
        message: dict[str, Any] = reply.json()["message"]
        return message


def handoffs(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the handoffs of a turn's messages."""
    return [m["handoff"] for m in turn["messages"] if m.get("handoff")]


def answers(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answers of a turn's messages."""
    return [m["answer"] for m in turn["messages"] if m.get("answer")]

"""Finding interpreters, making secrets, refusing busy ports, and supervising real child processes."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import socket
import stat
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT
from wenlu import supervisor
from wenlu.installation import Installation, StartError, free_ports
from wenlu.supervisor import Child, Supervisor


@pytest.fixture
def bootstrap() -> ModuleType:
    """Load `deploy/bootstrap.py`, which is no package."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "deploy/bootstrap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation on free ports with a data folder of its own."""
    api, bot, actions, retrieval = free_ports(4)
    made = Installation(
        data=tmp_path / "data", api_port=api, bot_port=bot, actions_port=actions, retrieval_port=retrieval
    )
    made.make_folders()
    return made


def test_a_python_off_the_path_is_found(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pyenv interpreter is found although its shim on PATH does not work."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    shims, home = tmp_path / "shims", tmp_path / "pyenv" / "versions" / f"{version}.99" / "bin"
    shims.mkdir()
    home.mkdir(parents=True)
    broken = shims / f"python{version}"
    broken.write_text("#!/bin/sh\necho 'pyenv: version not set' >&2\nexit 127\n")
    broken.chmod(0o755)
    (home / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{shims}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert bootstrap.find_python(version) == str(home / "python")


def test_a_cpu_wheel_in_a_local_folder_is_chosen(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest CPU build of torch for this machine wins; CUDA builds are ignored."""
    machine = bootstrap.platform.machine()
    for name in ("torch-2.9.0+cpu-cp311", "torch-2.13.0+cpu-cp311", "torch-2.14.0-cp311"):
        (tmp_path / f"{name}-cp311-manylinux_2_28_{machine}.whl").touch()
    monkeypatch.setenv("WENLU_WHEELS", str(tmp_path))
    monkeypatch.setattr(bootstrap, "wheel_folders", lambda: [tmp_path])
    wheel, version = bootstrap.local_torch()
    assert wheel.name.startswith("torch-2.13.0+cpu") and version == "3.11"


def test_secrets_are_made_once_and_kept_private(installation: Installation) -> None:
    """Secrets are random, stable, and readable by their owner only."""
    first = installation.secrets()
    assert first == installation.secrets() and len(first["bot_secret"]) >= 32
    file = installation.data / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == first


def test_a_busy_port_is_named_with_its_setting(installation: Installation) -> None:
    """The message says which port and which setting."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", installation.bot_port))
        holder.listen()
        with pytest.raises(StartError, match=rf"{installation.bot_port}.*WENLU_BOT_PORT"):
            installation.check_ports()


def test_a_port_that_is_no_number_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typo in a setting is said, not raised from the depths."""
    monkeypatch.setenv("WENLU_PORT", "eighty")
    with pytest.raises(StartError, match="WENLU_PORT"):
        Installation()


def server(port: int) -> list[str]:
    """A real small web server as a child."""
    return [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]


async def test_children_are_started_restarted_and_all_ended(installation: Installation) -> None:
    """A killed child comes back; a stop ends every child."""
    children = [
        Child(
            "api", server(installation.api_port), f"http://127.0.0.1:{installation.api_port}/", str(installation.data)
        ),
        Child(
            "bot", server(installation.bot_port), f"http://127.0.0.1:{installation.bot_port}/", str(installation.data)
        ),
    ]
    running = Supervisor(installation, children)
    ready = asyncio.Event()
    task = asyncio.create_task(running.run(lambda _: ready.set()))
    await asyncio.wait_for(ready.wait(), 30)
    first = children[0].process
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        while children[0].process is first:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    running.stopping.set()
    assert await asyncio.wait_for(task, 20) == 0
    assert all(child.process is not None and child.process.returncode is not None for child in children)


async def test_a_child_that_cannot_live_stops_everything_with_a_reason(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A child that keeps dying ends the run with exit code 1 and one sentence."""
    monkeypatch.setattr(supervisor, "RESTARTS", 1)
    dying = Child("bot", [sys.executable, "-c", "raise SystemExit(3)"], "http://127.0.0.1:9/", str(installation.data))
    assert await asyncio.wait_for(Supervisor(installation, [dying]).run(lambda _: None), 30) == 1
    assert "bot ended 2 times" in capsys.readouterr().out

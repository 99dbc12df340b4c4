"""Where an installation keeps its things: folders, ports, secrets, and the environment its four processes get."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class StartError(Exception):
    """Something keeps Wenlu from starting; the message says what to do."""


def free_ports(count: int) -> list[int]:
    """Ports on loopback that were free a moment ago."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _port(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise StartError(f"{name} is {value!r}. Set it to a port number between 1 and 65535.")
    return int(value)


@dataclass(frozen=True)
class Installation:
    """One checkout and its data folder. Ports are TCP ports; all but api's are bound to loopback."""

    root: Path = ROOT
    data: Path = field(default_factory=lambda: Path(os.environ.get("WENLU_DATA", ROOT / "data")).resolve())
    host: str = field(default_factory=lambda: os.environ.get("WENLU_HOST", "127.0.0.1"))
    api_port: int = field(default_factory=lambda: _port("WENLU_PORT", 8000))
    bot_port: int = field(default_factory=lambda: _port("WENLU_BOT_PORT", 8010))
    actions_port: int = field(default_factory=lambda: _port("WENLU_ACTIONS_PORT", 8011))
    retrieval_port: int = field(default_factory=lambda: _port("WENLU_RETRIEVAL_PORT", 8012))

    @property
    def bot_python(self) -> Path:
        """The interpreter of the bot's own environment."""
        return self.root / "bot" / ".venv" / "bin" / "python"

    @property
    def encoder(self) -> str:
        """The encoder both sides read: a folder or a sentence-transformers name."""
        return os.environ.get("WENLU_ENCODER", str(self.root / "retrieval" / "models" / "wenlu-static"))

    @property
    def rasa_model(self) -> Path:
        """The trained Rasa model."""
        return self.data / "rasa" / "model.tar.gz"

    @property
    def api_url(self) -> str:
        """Where this machine reaches the api."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://{host}:{self.api_port}"

    @property
    def retrieval_url(self) -> str:
        """Where api and actions reach retrieval."""
        return f"http://127.0.0.1:{self.retrieval_port}"

    @property
    def bot_url(self) -> str:
        """Where api reaches the bot."""
        return f"http://127.0.0.1:{self.bot_port}"

    @property
    def actions_url(self) -> str:
        """Where the bot reaches the action server."""
        return f"http://127.0.0.1:{self.actions_port}"

    def make_folders(self) -> None:
        """Make the data folder, readable by its owner only."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            self.data.chmod(0o700)
            (self.data / "rasa").mkdir(exist_ok=True)
        except OSError as error:
            raise StartError(
                f"The data folder {self.data} cannot be written ({error.strerror}). Set WENLU_DATA to a folder of yours."
            ) from error

    def secrets(self) -> dict[str, str]:
        """Return the installation's secrets, making `secrets.json` (mode 600) on the first call."""
        file = self.data / "secrets.json"
        kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        made = {name: kept.get(name) or secrets.token_urlsafe(32) for name in ("bot_secret", "secret_key")}
        if made != kept:
            beside = file.with_suffix(".tmp")
            beside.touch(mode=0o600)
            beside.write_text(json.dumps(made, indent=2))
            beside.replace(file)
        return made

    def environment(self) -> dict[str, str]:
        """Return the environment that all four processes share."""
        made = self.secrets()
        own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {  # compiled modules are kept: without them Rasa and torch need half a minute more at every start
            **own,
            "PYTHONPATH": str(self.root),
            "PYTHONUNBUFFERED": "1",
            "WENLU_DATA": str(self.data),
            "WENLU_HOST": self.host,
            "WENLU_PORT": str(self.api_port),
            "WENLU_BOT_SECRET": os.environ.get("WENLU_BOT_SECRET", made["bot_secret"]),
            "WENLU_SECRET_KEY": os.environ.get("WENLU_SECRET_KEY", made["secret_key"]),
            "WENLU_BOT_URL": self.bot_url,
            "WENLU_RETRIEVAL_URL": self.retrieval_url,
            "WENLU_ACTIONS_URL": f"{self.actions_url}/webhook",
            "WENLU_ENCODER": self.encoder,
            "RASA_TELEMETRY_ENABLED": "false",
            "SANIC_HOST": "127.0.0.1",
            "HF_HUB_OFFLINE": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TOKENIZERS_PARALLELISM": "false",
            "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore::DeprecationWarning"),
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        }

    def check_ports(self) -> None:
        """Raise `StartError` naming the first port that something else holds."""
        taken = [
            (self.host, self.api_port, "WENLU_PORT"),
            ("127.0.0.1", self.bot_port, "WENLU_BOT_PORT"),
            ("127.0.0.1", self.actions_port, "WENLU_ACTIONS_PORT"),
            ("127.0.0.1", self.retrieval_port, "WENLU_RETRIEVAL_PORT"),
        ]
        for host, port, name in taken:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    raise StartError(
                        f"Port {port} on {host} cannot be used ({error.strerror}). "
                        f"Stop the program that holds it (is Wenlu already running?) or set {name} to another port."
                    ) from error

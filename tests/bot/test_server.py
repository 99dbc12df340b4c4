"""The real Rasa server with our channel, the real action server, and retrieval on loopback."""

import json
import os
import pty
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.bot.conftest import ROOT, Retrieval, write_encoder

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

SECRET = "a-secret-for-this-test"
EXAMPLES = {
    "greet": ["hello", "hi there", "good morning", "你好", "hello hello"],
    "ask_person": [
        "i want to talk to a person",
        "human please",
        "转人工",
        "a real person please",
        "let me talk to a human",
    ],
    "topic_leasing": ["my landlord keeps the deposit", "押金不退", "deposit not returned", "landlord raises the rent"],
}


def free_port() -> int:
    """A port nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def train(folder: Path, env: dict[str, str]) -> Path:
    """Train the real pipeline on a few examples."""
    data = folder / "data"
    data.mkdir()
    nlu = [{"intent": name, "examples": "".join(f"- {text}\n" for text in texts)} for name, texts in EXAMPLES.items()]
    (data / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-m", "rasa", "train", "--skip-validation", "--config", "config.yml"]
    command += ["--domain", "domain.yml", "--data", str(data), "data/rules.yml"]
    command += ["--out", str(folder), "--fixed-model-name", "model"]
    done = subprocess.run(command, cwd=ROOT / "bot", env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "model.tar.gz"


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    """Wait until a server answers 200."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
        try:
            if httpx.get(url, trust_env=False, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise AssertionError(f"{url} never answered: {log.read_text(encoding='utf-8')[-3000:]}")


class Servers:
    """The two running processes and how to talk to the bot."""

    def __init__(self, folder: Path) -> None:
        self.retrieval = Retrieval()
        self.bot_port, self.actions_port = free_port(), free_port()
        self.processes: list[subprocess.Popen] = []
        self.folder = folder
        self.env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "RASA_TELEMETRY_ENABLED": "false",
            "SANIC_HOST": "127.0.0.1",
            "WENLU_ENCODER": str(write_encoder(folder / "encoder")),
            "WENLU_BOT_SECRET": SECRET,
            "WENLU_ACTIONS_URL": f"http://127.0.0.1:{self.actions_port}/webhook",
            "WENLU_RETRIEVAL_URL": self.retrieval.url,
        }

    def start(self, name: str, command: list[str], cwd: Path, health: str) -> subprocess.Popen:
        """Start a server and wait until it is healthy."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(command, cwd=cwd, env=self.env, stdout=sink, stderr=subprocess.STDOUT)
        self.processes.append(process)
        wait_for(health, process, log)
        return process

    def start_actions(self) -> subprocess.Popen:
        """Start the action server as the supervisor does."""
        command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(self.actions_port)]
        return self.start("actions", command, ROOT, f"http://127.0.0.1:{self.actions_port}/health")

    def start_bot(self, model: Path) -> subprocess.Popen:
        """Start Rasa as the supervisor does."""
        command = [sys.executable, "-m", "rasa", "run", "--model", str(model), "--endpoints", "endpoints.yml"]
        command += ["--credentials", "credentials.yml", "-i", "127.0.0.1", "-p", str(self.bot_port)]
        return self.start("bot", command, ROOT / "bot", self.url("/health"))

    def url(self, path: str) -> str:
        """A URL of our channel."""
        return f"http://127.0.0.1:{self.bot_port}/webhooks/wenlu{path}"

    def turn(self, text: str, sender: str = "s-1", secret: str | None = SECRET) -> tuple[int, Any]:
        """Send one turn; return status and body."""
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        body = {"sender": sender, "text": text, "metadata": {"language": "en", "failed_answers": 0, "context": None}}
        answer = httpx.post(self.url("/turns"), json=body, headers=headers, trust_env=False, timeout=30)
        return answer.status_code, answer.json()

    def stop(self) -> None:
        """End everything that was started."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=30)
        self.retrieval.server.shutdown()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A trained model, served."""
    running = Servers(tmp_path_factory.mktemp("servers"))
    try:
        model = train(running.folder, running.env)
        running.start_actions()
        running.start_bot(model)
        yield running
    finally:
        running.stop()


def test_a_person_asked_for_is_a_handoff(servers: Servers) -> None:
    """One turn through channel, model, rule and action gives the directive."""
    status, body = servers.turn("i want to talk to a human person please")
    assert status == 200
    assert body["directives"] == [{"type": "handoff", "reason": "asked", "stage": "confirm"}]
    assert body["intent"]["name"] == "ask_person"


def test_a_question_is_answered_with_what_the_api_told_about_it(servers: Servers) -> None:
    """Text and metadata reach retrieval, and its section comes back."""
    servers.retrieval.asked.clear()
    status, body = servers.turn("my landlord keeps the deposit of 5000 yuan in Shanghai")
    assert status == 200
    assert body["directives"][0]["sections"] == [{"id": "leasing/deposit#withheld", "score": 0.83}]
    assert servers.retrieval.asked[0]["body"]["language"] == "en"
    assert servers.retrieval.asked[0]["body"]["jurisdiction"] == "shanghai"


@pytest.mark.parametrize(
    "text", ["/restart", " /greet", "/session_start", "😀😀", "<script>alert(1)</script>", "[x](y)"]
)
def test_odd_texts_are_questions_like_any_other(servers: Servers, text: str) -> None:
    """No typed command, emoji or markup breaks a turn or acts as an intent of its own."""
    status, body = servers.turn(text)
    assert status == 200
    assert body["directives"]
    assert body["intent"]["confidence"] < 1.0


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x"])
def test_without_the_secret_nothing_opens(servers: Servers, secret: str | None) -> None:
    """Turns and erasing need the shared secret."""
    assert servers.turn("hello", secret=secret)[0] == 401
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    assert httpx.delete(servers.url("/conversations/s-1"), headers=headers, trust_env=False).status_code == 401


def test_a_bad_request_has_the_one_error_shape(servers: Servers) -> None:
    """Code and message, status 400."""
    headers = {"Authorization": f"Bearer {SECRET}"}
    answer = httpx.post(servers.url("/turns"), content=b"{", headers=headers, trust_env=False)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message"}


def test_rasas_own_doors_are_shut(servers: Servers) -> None:
    """Neither Rasa's webhooks nor its HTTP API answer."""
    base = f"http://127.0.0.1:{servers.bot_port}"
    message = {"sender": "x", "message": "hello"}
    assert httpx.post(f"{base}/webhooks/rest/webhook", json=message, trust_env=False).status_code == 404
    assert httpx.get(f"{base}/conversations/s-1/tracker", trust_env=False).status_code == 404
    assert httpx.post(f"{base}/model/parse", json={"text": "hello"}, trust_env=False).status_code == 404


def test_what_was_written_never_reaches_the_disk(servers: Servers) -> None:
    """The bot's memory is memory only, its log names no words, and a conversation in it can be erased."""
    servers.turn("my codeword is zanzibar-parrot", sender="erase-me")
    headers = {"Authorization": f"Bearer {SECRET}"}
    assert httpx.delete(servers.url("/conversations/erase-me"), headers=headers, trust_env=False).status_code == 204
    for file in servers.folder.rglob("*"):
        assert not file.is_file() or b"zanzibar-parrot" not in file.read_bytes(), file


def shell_says(servers: Servers, typed: str, answer: bytes) -> bytes:
    """Type a line into `rasa shell` in a pseudo-terminal; return what was on the screen when the answer came."""
    command = [sys.executable, "-m", "rasa", "shell", "--model", str(servers.folder / "model.tar.gz")]
    command += ["-i", "127.0.0.1", "--port", str(free_port())]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, cwd=ROOT / "bot", env=servers.env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen, waiting_for, deadline = b"", b"Your input ->", time.monotonic() + 240
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 1)[0]:
                seen += os.read(ours, 65536)
            if waiting_for in seen:
                if waiting_for == answer:
                    return seen
                os.write(ours, typed.encode() + b"\r")
                waiting_for = answer
        return seen
    finally:
        process.terminate()
        process.wait(timeout=30)
        os.close(ours)


def test_a_developer_can_talk_to_it_in_rasa_shell(servers: Servers) -> None:
    """`rasa shell` loads the model and shows what the actions decide, as JSON."""
    screen = shell_says(servers, "let me talk to a human", b'"handoff"')
    assert b'"handoff"' in screen, screen[-3000:].decode(errors="replace")


def test_the_log_has_no_message_text(servers: Servers) -> None:
    """What residents write stays out of both logs."""
    servers.turn("unmistakable-words-7261 landlord", sender="log")
    for name in ("bot", "actions"):
        assert "unmistakable-words-7261" not in (servers.folder / f"{name}.log").read_text(encoding="utf-8")


def test_with_the_action_server_down_the_turn_is_an_error(servers: Servers) -> None:
    """Rasa would answer 200 and nothing; the channel says 502 bot_empty, and recovers with the action server."""
    actions = servers.processes[0]
    actions.terminate()
    actions.wait(timeout=30)
    status, body = servers.turn("hello", sender="down")
    assert (status, body["error"]["code"]) == (502, "bot_empty")
    servers.start_actions()
    assert servers.turn("hello", sender="down")[0] == 200


def test_without_an_encoder_training_says_so_in_one_sentence(servers: Servers, tmp_path: Path) -> None:
    """A missing encoder folder is named, with what to do."""
    config = yaml.safe_load((ROOT / "bot" / "config.yml").read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if component["name"].endswith("WenluDenseFeaturizer"):
            component["encoder"] = str(tmp_path / "nowhere")
    (tmp_path / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [sys.executable, "-m", "rasa", "train", "--skip-validation", "--config", str(tmp_path / "config.yml")]
    command += [
        "--domain",
        "domain.yml",
        "--data",
        str(servers.folder / "data"),
        "data/rules.yml",
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=ROOT / "bot", env=servers.env, capture_output=True, text=True)
    assert done.returncode != 0
    assert "set WENLU_ENCODER" in done.stderr + done.stdout
    assert json.dumps(str(tmp_path / "nowhere"))[1:-1] in done.stderr + done.stdout

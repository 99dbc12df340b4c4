"""What the bot's tests share: a tiny encoder, a trained store, and a retrieval service on loopback."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["RASA_TELEMETRY_ENABLED"] = "false"

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

ROOT = Path(__file__).resolve().parents[2]
WORDS = ["[UNK]", "hello", "landlord", "deposit", "visa", "person", "押", "金"]
DIMENSIONS = 4


def write_encoder(folder: Path, revision: str = "tiny-1") -> Path:
    """Write an encoder in the bundled format: a vector a word, int8 with a scale a row."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.WordLevel({word: row for row, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(7).integers(-127, 128, (len(WORDS), DIMENSIONS)).astype(np.int8)
    scale = np.linspace(0.01, 0.02, len(WORDS)).astype(np.float32)
    save_file({"embedding": table, "scale": scale}, str(folder / "model.safetensors"))
    config = {"dimensions": DIMENSIONS, "revision": revision, "normalize": True}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny encoder."""
    return write_encoder(tmp_path_factory.mktemp("encoder"))


class Retrieval:
    """A retrieval service that answers as it is told and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self.reply: Any = {}
        self.found("leasing/deposit#withheld", "leasing", 0.83)
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                service.asked.append({"path": self.path, "body": json.loads(self.rfile.read(length))})
                body = service.reply if isinstance(service.reply, bytes) else json.dumps(service.reply).encode()
                self.send_response(service.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def found(self, section: str, topic: str, score: float, second_topic: Any = None) -> None:
        """Answer with one section from now on."""
        hit = {"section": section, "brochure": section.split("#")[0], "topic": topic, "jurisdiction": "mainland"}
        self.reply = {
            "answerable": True,
            "confidence": score,
            "used_context": False,
            "hits": [{**hit, "score": score}],
            "nearest": [{"section": section, "topic": topic, "score": score}],
            "second_topic": second_topic,
            "publication": "p1",
        }

    def found_nothing(self, *near: str) -> None:
        """Say from now on that there is no answer, and which topics are near."""
        nearest = [{"section": f"{topic}/a#b", "topic": topic, "score": 0.3} for topic in near]
        self.reply = {
            "answerable": False,
            "confidence": 0.1,
            "used_context": False,
            "hits": [],
            "nearest": nearest,
            "second_topic": None,
            "publication": "p1",
        }


@pytest.fixture
def retrieval(monkeypatch: pytest.MonkeyPatch) -> Iterator[Retrieval]:
    """A retrieval service on loopback, and the setting that points to it."""
    service = Retrieval()
    monkeypatch.setenv("WENLU_RETRIEVAL_URL", service.url)
    yield service
    service.server.shutdown()
    service.server.server_close()

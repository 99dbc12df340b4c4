"""A resident's side of the public API, for the terminal, the evaluation and the benchmarks."""

from __future__ import annotations

import uuid
from typing import Any

import httpx


class ResidentClient:
    """One conversation over HTTP. Raises `httpx.HTTPStatusError` for any answer that is not 2xx."""

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        """Take the api's address, for example `http://127.0.0.1:8000`."""
        self.http = httpx.Client(base_url=url, timeout=timeout, trust_env=False)
        self.id: str | None = None

    def start(self, language: str | None = None) -> None:
        """Open a conversation, consent given."""
        body: dict[str, Any] = {"consent": True, **({"language": language} if language else {})}
        opened = self.http.post("/api/v1/conversations", json=body)
        opened.raise_for_status()
        self.id = opened.json()["id"]
        self.http.headers["Authorization"] = f"Bearer {opened.json()['token']}"

    def ask(self, text: str) -> dict[str, Any]:
        """Send one message; return the turn: `messages`, `holder`, `language`."""
        body = {"client_message_id": str(uuid.uuid4()), "text": text}
        reply = self.http.post(f"/api/v1/conversations/{self.id}/messages", json=body)
        reply.raise_for_status()
        turn: dict[str, Any] = reply.json()
        return turn

    def erase(self) -> None:
        """Erase the conversation everywhere."""
        self.http.delete(f"/api/v1/conversations/{self.id}")

    def close(self) -> None:
        """Close the connection."""
        self.http.close()

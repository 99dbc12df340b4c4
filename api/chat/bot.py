"""The bot, over HTTP: one turn in, directives out; and erasing a conversation from its memory."""

from dataclasses import dataclass
from typing import Any

import httpx
import structlog

log = structlog.get_logger(__name__)


class BotUnreachable(Exception):
    """The bot could not be reached, or did not answer in time."""


class BotFailed(Exception):
    """The bot answered, but not with something that can be carried out."""


@dataclass(frozen=True)
class BotTurn:
    """What the bot is told: `text` is already safe; ids, keys and values beside it."""

    sender: str
    text: str
    language: str | None
    jurisdiction: str | None
    failed_answers: int
    question: str | None
    section: str | None
    path: str | None = None

    def body(self) -> dict[str, Any]:
        context = {"question": self.question, "section": self.section} if self.question else None
        return {
            "sender": self.sender,
            "text": self.text,
            "metadata": {
                "language": self.language,
                "jurisdiction": self.jurisdiction,
                "failed_answers": self.failed_answers,
                "context": context,
                "path": self.path,
            },
        }


class BotClient:
    """Calls to the bot's own channel, with the shared secret."""

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {secret}"}, timeout=timeout, trust_env=False
        )

    async def ask(self, turn: BotTurn) -> list[Any]:
        """The directives for a turn; raises BotUnreachable or BotFailed, never returns an empty list."""
        try:
            response = await self._client.post("/webhooks/wenlu/turns", json=turn.body())
        except httpx.HTTPError as error:
            raise BotUnreachable(type(error).__name__) from error
        if response.status_code != 200:
            raise BotFailed(f"status {response.status_code}")
        try:
            body = response.json()
        except ValueError as error:
            raise BotFailed("no JSON") from error
        directives = body.get("directives") if isinstance(body, dict) else None
        if not isinstance(directives, list) or not directives:
            raise BotFailed("empty")
        return directives

    async def erase(self, sender: str) -> bool:
        """Erase a conversation from the bot's memory; False when that has to be tried again."""
        try:
            response = await self._client.delete(f"/webhooks/wenlu/conversations/{sender}")
        except httpx.HTTPError:
            return False
        return response.status_code in (200, 204, 404)

    async def require(self) -> None:
        """Raise unless the bot is well."""
        (await self._client.get("/webhooks/wenlu/health", timeout=3)).raise_for_status()

    async def close(self) -> None:
        await self._client.aclose()

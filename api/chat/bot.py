"""The bot, over HTTP: one turn in, directives out; and erasing a conversation from its memory."""

from dataclasses import dataclass
from typing import Any

from api.chat.peer import Peer, PeerUnreachable


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
        self._peer = Peer(url, timeout, {"Authorization": f"Bearer {secret}"})

    async def ask(self, turn: BotTurn) -> list[Any]:
        """The directives for a turn; raises BotUnreachable or BotFailed, never returns an empty list."""
        try:
            status, body = await self._peer.call("POST", "/webhooks/wenlu/turns", turn.body())
        except PeerUnreachable as error:
            raise BotUnreachable(str(error)) from error
        if status != 200:
            raise BotFailed(f"status {status}")
        directives = body.get("directives") if isinstance(body, dict) else None
        if not isinstance(directives, list) or not directives:
            raise BotFailed("no JSON" if body is None else "empty")
        return directives

    async def erase(self, sender: str) -> bool:
        """Erase a conversation from the bot's memory; False when that has to be tried again."""
        try:
            status, _ = await self._peer.call("DELETE", f"/webhooks/wenlu/conversations/{sender}")
        except PeerUnreachable:
            return False
        return status in (200, 204, 404)

    async def require(self) -> None:
        """Raise unless the bot is well."""
        await self._peer.require("/webhooks/wenlu/health")

    async def close(self) -> None:
        """Give the connections back."""
        await self._peer.close()

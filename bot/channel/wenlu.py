"""The bot's only door: one turn in, directives out, and a route that erases a conversation.

Rasa's own webhooks have no authentication and its HTTP API cannot delete a tracker, so neither is enabled. The api
mints every sender id and is the only one that knows the secret.
"""

from __future__ import annotations

import gc
import hmac
import json
import logging
import os
import re
from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channel import quick_check, straight_run
from bot.channel.action_server import keep_open
from bot.channel.erase import CannotErase, erase

quick_check.install()
straight_run.install()

log = logging.getLogger(__name__)

MAX_TEXT = 4_000  # characters
MAX_BODY = 64 * 1024  # bytes
SENDER = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
NOT_AN_INTENT = "\u2060"  # WORD JOINER: invisible, not stripped by Rasa, removed again by the actions
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class BadTurn(Exception):
    """What is wrong with a request; never quotes it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Turn:
    """One message of a resident, as the api sends it."""

    sender: str
    text: str
    metadata: Dict[str, Any]


def read_turn(body: bytes) -> Turn:
    """Return the turn in a request body. Raises BadTurn."""
    if len(body) > MAX_BODY:
        raise BadTurn("too_long", f"A request may have {MAX_BODY} bytes.")
    try:
        data = json.loads(body)
    except ValueError:
        raise BadTurn("bad_json", "The body must be JSON.") from None
    if not isinstance(data, dict):
        raise BadTurn("bad_json", "The body must be a JSON object.")
    sender, text, metadata = data.get("sender"), data.get("text"), data.get("metadata")
    if not isinstance(sender, str) or not SENDER.fullmatch(sender):
        raise BadTurn("bad_sender", "'sender' must be an id of 1 to 200 letters, digits or _.:-")
    if not isinstance(text, str):
        raise BadTurn("empty_text", "'text' must be a string.")
    if len(text) > MAX_TEXT:
        raise BadTurn("too_long", f"'text' may have {MAX_TEXT} characters.")
    if metadata is not None and not isinstance(metadata, dict):
        raise BadTurn("bad_metadata", "'metadata' must be an object.")
    return Turn(sender, guard(text), metadata or {})


def guard(text: str) -> str:
    """Return the text as Rasa may see it: storable, and never an intent of its own. Raises BadTurn when empty.

    Rasa reads a text that starts with "/" as an intent ("/restart"). An invisible character in front keeps the text
    what it is: something a person typed.
    """
    clean = CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8")).strip()
    if not clean.strip(NOT_AN_INTENT + " \n\t"):
        raise BadTurn("empty_text", "'text' must not be empty.")
    return NOT_AN_INTENT + clean if clean.startswith("/") else clean


class WenluChannel(InputChannel):
    """Routes under /webhooks/wenlu/: turns, conversations/<sender>, health."""

    def __init__(self, secret: str) -> None:
        if not secret:
            raise RasaException(
                "WENLU_BOT_SECRET is not set: the bot starts only with the secret it shares with the api."
            )
        self._secret = secret.encode("utf-8")

    @classmethod
    def name(cls) -> Text:
        """The channel's name in URLs and trackers."""
        return "wenlu"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> WenluChannel:
        """Build the channel; the secret comes from the environment only, never from a file."""
        return cls(os.environ.get("WENLU_BOT_SECRET", "").strip())

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. Everything but health wants `Authorization: Bearer <secret>`."""
        routes = Blueprint("wenlu_channel")

        @routes.listener("after_server_start")
        async def settled(app: Sanic, _: Any) -> None:
            app.ctx.action_server = keep_open(app.ctx.agent)
            gc.collect()
            gc.freeze()  # Rasa and its model are here to stay: the collector need not walk through them again

        @routes.listener("before_server_stop")
        async def leave(app: Sanic, _: Any) -> None:
            if app.ctx.action_server is not None:
                await app.ctx.action_server.close()

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                return error(503, "not_ready", "No model is loaded.")
            return response.json({"status": "ok"})

        @routes.post("/turns")
        async def turns(request: Request) -> HTTPResponse:
            if not self._authorised(request):
                return error(401, "unauthorised", "The secret is missing or wrong.")
            try:
                turn = read_turn(request.body)
            except BadTurn as bad:
                return error(400, bad.code, bad.message)
            collector = CollectingOutputChannel()
            try:
                await on_new_message(
                    UserMessage(turn.text, collector, turn.sender, input_channel=self.name(), metadata=turn.metadata)
                )
            except Exception as failure:
                log.error("A turn failed: %s", type(failure).__name__)
                return error(500, "bot_failed", "The bot could not handle the turn.")
            return reply(collector.messages)

        @routes.delete("/conversations/<sender:str>")
        async def forget(request: Request, sender: str) -> HTTPResponse:
            if not self._authorised(request):
                return error(401, "unauthorised", "The secret is missing or wrong.")
            if not SENDER.fullmatch(sender):
                return error(400, "bad_sender", "Not a conversation id.")
            await request.receive_body()  # it has none, but Sanic wants that looked at
            agent = request.app.ctx.agent
            try:
                async with agent.lock_store.lock(sender):  # never between a turn's reading and its saving
                    await erase(agent.tracker_store, sender)
            except CannotErase as unknown:
                return error(501, "cannot_erase", f"Erasing from {unknown} is not supported.")
            except Exception as failure:
                log.error("Erasing failed: %s", type(failure).__name__)
                return error(500, "erase_failed", "The conversation could not be erased.")
            return response.empty(204)

        return routes

    def _authorised(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode("utf-8"), self._secret)


def reply(messages: List[Dict[str, Any]]) -> HTTPResponse:
    """Return what the actions said: all directives in order, and the intent. Nothing said is an error."""
    said = [message["custom"] for message in messages if isinstance(message.get("custom"), dict)]
    directives = [directive for part in said for directive in part.get("directives", [])]
    if not directives:
        return error(502, "bot_empty", "The bot had nothing to say; its action server may be down.")
    return response.json({"directives": directives, "intent": said[-1].get("intent")}, ensure_ascii=False)


def error(status: int, code: str, message: str) -> HTTPResponse:
    """Return an error in the one shape all of Wenlu uses."""
    return response.json({"error": {"code": code, "message": message}}, status=status)

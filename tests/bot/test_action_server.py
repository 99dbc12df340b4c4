"""The way to the action server: one connection, only what is read, Rasa's own errors."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.channel.action_server import keep_open

CALL = {"next_action": "action_answer", "tracker": {"latest_message": {"text": "hello"}, "events": [{"event": "user"}]}}


class Actions:
    """An action server that remembers what came in, and over how many connections."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.connections: set[Any] = set()
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        """Remember the call."""
        self.bodies.append(await request.json())
        self.connections.add(request.transport.get_extra_info("peername"))
        return web.json_response({"events": [], "responses": []}, status=self.status)


async def test_calls_share_a_connection_and_bring_the_latest_message_only() -> None:
    """Rasa opens a connection for each action and sends the whole history; we do neither."""
    actions = Actions()
    app = web.Application()
    app.router.add_post("/webhook", actions.answer)
    async with TestServer(app) as server:
        plain = EndpointConfig(str(server.make_url("/webhook")), enable_selective_domain=True)
        agent = SimpleNamespace(action_endpoint=plain, processor=SimpleNamespace(action_endpoint=plain))
        kept = keep_open(agent)
        assert agent.action_endpoint is agent.processor.action_endpoint is kept
        assert kept.kwargs == plain.kwargs
        for _ in range(3):
            assert await kept.request(json=CALL, method="post", timeout=10, compress=False) == {
                "events": [],
                "responses": [],
            }
        assert actions.bodies[0]["tracker"] == {"latest_message": {"text": "hello"}, "events": []}
        assert CALL["tracker"]["events"], "the tracker that Rasa keeps is not changed"
        assert len(actions.connections) == 1
        actions.status = 400
        with pytest.raises(ClientResponseError):
            await kept.request(json=CALL, method="post")
        await kept.close()


def test_a_bot_without_an_action_server_has_none() -> None:
    """Nothing is put in the place of nothing."""
    assert keep_open(SimpleNamespace(action_endpoint=None, processor=None)) is None

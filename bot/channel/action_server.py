"""The way from Rasa to the action server: one connection kept open, and only what the actions read is sent.

Rasa opens a connection for every action and sends the tracker's whole history with it. The actions read the latest
message alone (`actions.turn`), and a turn's tracker has no other (`bot.channel.memory`).
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Text

import aiohttp
from rasa.core.agent import Agent
from rasa.utils.endpoints import ClientResponseError, EndpointConfig


class ActionServer(EndpointConfig):
    """Rasa's own endpoint, with its connection kept. Used in one event loop."""

    _kept: Optional[aiohttp.ClientSession] = None

    async def request(self, method: Text = "post", json: Optional[Dict[Text, Any]] = None, **_: Any) -> Any:
        """Return the JSON of the action server's answer; raise what Rasa's endpoint raises."""
        if self._kept is None:
            self._kept = self.session()
        body = {**json, "tracker": {**json["tracker"], "events": []}} if json and "tracker" in json else json
        async with self._kept.request(method, self.url, params=self.combine_parameters(), json=body) as answer:
            if answer.status >= 400:
                raise ClientResponseError(answer.status, answer.reason, await answer.content.read())
            return await answer.json()

    async def close(self) -> None:
        """Close the connection."""
        if self._kept is not None:
            await self._kept.close()
            self._kept = None


def keep_open(agent: Agent) -> Optional[ActionServer]:
    """Put it in the place of an agent's endpoint; None when the agent has none."""
    plain = agent.action_endpoint
    if plain is None:
        return None
    kept = ActionServer(
        plain.url, plain.params, plain.headers, plain.basic_auth, plain.token, plain.token_name, **plain.kwargs
    )
    agent.action_endpoint = kept
    if agent.processor is not None:
        agent.processor.action_endpoint = kept
    return kept

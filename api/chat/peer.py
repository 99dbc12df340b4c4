"""Another process of Wenlu, over loopback HTTP: JSON there, JSON back, connections kept."""

from typing import Any

import aiohttp


class PeerUnreachable(Exception):
    """The process could not be reached, or did not answer in time; says only what kind of failure it was."""


class Peer:
    """Calls to one process. The connections are opened with the first call, in the event loop that makes it."""

    def __init__(self, url: str, seconds: float, headers: dict[str, str] | None = None) -> None:
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._headers = headers
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, path: str, body: Any = None, seconds: float | None = None) -> tuple[int, Any]:
        """The status and the JSON of an answer; None for a body that is not JSON. Raises PeerUnreachable."""
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        patience = aiohttp.ClientTimeout(total=seconds or self._seconds)
        try:
            async with self._session.request(method, self._url + path, json=body, timeout=patience) as answer:
                try:
                    return answer.status, await answer.json(content_type=None)
                except ValueError:
                    return answer.status, None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise PeerUnreachable(type(error).__name__) from error

    async def require(self, path: str) -> None:
        """Raise unless the process says at this path that it is well."""
        status, _ = await self.call("GET", path, seconds=3)
        if status != 200:
            raise PeerUnreachable(f"status {status}")

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()
            self._session = None

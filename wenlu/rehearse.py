"""`wenlu wechat rehearse`: a WeChat on this machine and a phone in the terminal, to try the channel without an account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from wenlu.wechat_rehearsal import Push, Pusher, Rehearsal

LOOK_EVERY = 0.2
HELP = """\
Write as somebody on their phone would. Besides:
  /follow  /unfollow          follow the account, or leave it
  /click menu:person          press a button of the menu
  /place 23.13 113.26         send a place
  /quit                       end"""


class Phone:
    """Somebody's phone. It follows the account that Wenlu answers for."""

    def __init__(self, rehearsal: Rehearsal, pusher: Pusher, language: str = "en") -> None:
        self._rehearsal, self._pusher = rehearsal, pusher
        self._person = rehearsal.person(language=language)
        self._read = 0

    async def do(self, typed: str) -> bool:
        """Do what was typed; False when there is no such command."""
        openid = self._person.openid
        word, _, rest = typed.partition(" ")
        doings: dict[str, Callable[[], Awaitable[Push]]] = {
            "/follow": lambda: self._pusher.event(openid, "subscribe", ""),
            "/unfollow": lambda: self._pusher.event(openid, "unsubscribe", ""),
            "/click": lambda: self._pusher.event(openid, "CLICK", rest.strip()),
            "/place": lambda: self._pusher.push(openid, "location", **_place(rest)),
        }
        if typed.startswith("/") and word not in doings:
            return False
        await doings.get(word, lambda: self._pusher.text(openid, typed))()
        return True

    def news(self) -> list[str]:
        """What the phone shows since the last look, without what they wrote themselves."""
        new, self._read = self._person.lines[self._read :], len(self._person.lines)
        return [line.text for line in new if line.how != "message"]


def _place(typed: str) -> dict[str, str | int]:
    latitude, _, longitude = typed.strip().replace(",", " ").partition(" ")
    return {"Location_X": latitude, "Location_Y": longitude.strip(), "Scale": 15, "Label": ""}


async def rehearse(
    url: str, port: int, mode: str, language: str, ask: Callable[[], str], say: Callable[[str], None]
) -> None:
    """Be WeChat on a port of loopback until `ask` gives /quit or raises EOFError. `url`: where Wenlu takes pushes."""
    rehearsal = Rehearsal()
    await rehearsal.start(port)
    say("Start Wenlu in another terminal with these settings:\n")
    say("\n".join(f"export {name}={value}" for name, value in rehearsal.environment(mode).items()))
    say(f"make run\n\n{HELP}\n")
    async with Pusher(rehearsal, url, mode) as pusher:  # type: ignore[arg-type]
        phone = Phone(rehearsal, pusher, language)
        watching = asyncio.create_task(_watch(phone, say))
        try:
            while (typed := (await asyncio.to_thread(ask)).strip()) != "/quit":
                if typed and not await phone.do(typed):
                    say(HELP)
        except EOFError:
            pass
        finally:
            watching.cancel()
            await rehearsal.stop()


async def _watch(phone: Phone, say: Callable[[str], None]) -> None:
    while True:
        for text in phone.news():
            say(f"\n{text}\n")
        await asyncio.sleep(LOOK_EVERY)

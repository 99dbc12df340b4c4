"""An api with a WeChat account, and phones: what is done there reaches it as WeChat pushes it, and WeChat shows what it says."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select

from api.channels.wechat.models import WechatPerson, WechatText
from api.conversations.models import Conversation
from api.handoff import service as handoff
from api.secrets import Secrets
from tests.unit.api import corpus
from tests.unit.api.conftest import House, Start, until
from tests.unit.api.peers import Bot, answer
from wenlu.wechat_rehearsal.clock import RehearsalClock
from wenlu.wechat_rehearsal.people import Line
from wenlu.wechat_rehearsal.pusher import Pusher
from wenlu.wechat_rehearsal.server import Rehearsal

ADDRESS = "https://wenlu.example"


@dataclass
class Phone:
    """One follower of the account."""

    house: House
    wechat: Rehearsal
    pusher: Pusher
    openid: str
    read: int = 0

    @property
    def lines(self) -> list[Line]:
        """What the account said since this was looked at last."""
        said = [line for line in self.wechat.person(self.openid).lines if line.how in ("passive", "service")]
        new, self.read = said[self.read :], len(said)
        return new

    def news(self) -> str:
        """The same as one text."""
        return "\n\n".join(line.text for line in self.lines)

    async def say(self, text: str) -> str:
        """Write, and read what comes back at once."""
        await self.pusher.text(self.openid, text)
        return self.news()

    async def event(self, event: str, key: str | None = None) -> str:
        """Follow, leave, press a button of the menu."""
        await self.pusher.event(self.openid, event, key)
        return self.news()

    async def send(self, kind: str, **fields: str | int) -> str:
        """Send something that is no text."""
        await self.pusher.push(self.openid, kind, **fields)
        return self.news()

    async def later(self, words: str) -> str:
        """Wait until something is shown that contains these words; gives all that is new."""
        start = self.read
        person = self.wechat.person(self.openid)

        def shown() -> list[str]:
            return [line.text for line in person.lines if line.how in ("passive", "service")][start:]

        await until(lambda: any(words in text for text in shown()))
        return self.news()

    async def agreed(self) -> "Phone":
        """Somebody who follows and has agreed."""
        await self.pusher.event(self.openid, "subscribe")
        await until(lambda: self.wechat.person(self.openid).seen)
        await self.pusher.text(self.openid, "1")
        await until(self._welcomed)
        self.news()
        return self

    async def _welcomed(self) -> bool:
        return (await self.person()).consent_at is not None and await count(self.house, WechatText) == 0

    async def choose(self, title: str, shown: str) -> str:
        """Type the number of the choice whose title contains these words."""
        line = next(line for line in shown.splitlines() if title in line and line.split(" ")[0].strip(".").isdecimal())
        return await self.say(line.split(" ")[0].strip("."))

    async def person(self) -> WechatPerson:
        """What is kept of them."""
        key = self.house.services.settings.secret_key
        assert key
        mark = Secrets(key).mark(self.openid)
        async with self.house.services.database.reading() as session:
            found = await session.scalar(select(WechatPerson).where(WechatPerson.mark == mark))
            assert found is not None
            return found

    async def conversation(self) -> Conversation:
        """Their conversation."""
        person = await self.person()
        async with self.house.services.database.reading() as session:
            return await session.get_one(Conversation, person.conversation_id)


async def count(house: House, table: type[Any]) -> int:
    """Rows of a table."""
    async with house.services.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


class Rig:
    """An api with a WeChat account, restarted as often as wanted."""

    def __init__(self, start: Start, stack: AsyncExitStack) -> None:
        self._start, self._stack = start, stack
        self._house: House | None = None
        self.wechat = Rehearsal(RehearsalClock(self._now))

    def _now(self) -> float:
        return self._house.time.now.timestamp() if self._house else 0.0

    async def up(self, bot: Bot | None = None, mode: str = "safe", **settings: Any) -> House:
        """Start the api for this account."""
        if not self.wechat.url:
            await self._stack.enter_async_context(self.wechat)
        given = {
            name.removeprefix("WENLU_").lower(): value for name, value in self.wechat.environment(mode).items()
        } | {"secret_key": SecretStr("installation's key"), "public_url": ADDRESS}
        self._house = await self._start(bot=bot, **(given | settings))
        assert self._house
        return self._house

    async def phone(self, openid: str | None = None, mode: Any = "safe", language: str = "en", **how: Any) -> Phone:
        """Somebody's phone."""
        assert self._house
        pusher = await self._stack.enter_async_context(Pusher(self.wechat, f"{self._house.url}/wechat", mode, **how))
        return Phone(self._house, self.wechat, pusher, self.wechat.person(openid, language).openid)


def about_deposits(turn: dict[str, Any]) -> Any:
    return [answer(corpus.DEPOSIT, corpus.REPAIRS)]


async def mediated(rig: Rig, phone: Phone) -> Any:
    """A conversation that a mediator has taken."""
    shown = await phone.say("person")
    await phone.choose("es", shown) if "Yes" in shown else await phone.say("1")
    mediator = await phone.house.mediator()
    conversation = await phone.conversation()
    assert conversation.holder == "queue"
    await handoff.claim(phone.house.services, conversation.id, mediator)
    await phone.later("Li")
    return mediator

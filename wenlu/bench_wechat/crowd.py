"""People with phones, and what they do: ask, speak, press buttons, several at once, with what a network adds to it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from api.channels.wechat.commands import load_commands
from api.channels.wechat.push import Push as Key
from api.channels.wechat.talk import turn_key
from knowledge.models import Corpus
from wenlu.wechat_rehearsal import Push, Pusher, Rehearsal

CLICKED = "menu:status"
CLICKS, SPOKEN = 0.08, 0.07
"""Shares of what is no text: a button of the menu; a voice message with the words that WeChat heard."""
DELAYED, LATEST = 0.3, 3.0
"""Share of pushes that others may overtake, and by how many seconds they are late at most."""
CUT, CUT_AFTER = 0.03, 0.1
"""Share of pushes whose first delivery WeChat gives up, and after how many seconds."""
TWICE = 0.04
"""Share of pushes that come again although they were taken."""
SHOWN = 0.05
"""Seconds between two looks at a phone."""
GREEDY = 0.01
"""Share of people who ask everything at once."""


async def until(condition: Callable[[], bool], every: float) -> None:
    """Look again and again until it is so."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(every)


def questions_of(corpus: Corpus) -> dict[str, list[str]]:
    """The sample questions of the brochures, by language, without those that are commands."""
    found: dict[str, set[str]] = {}
    for section in corpus.sections.values():
        for language, questions in section.questions.items():
            found.setdefault(language, set()).update(questions)
    known = load_commands()
    return {
        language: sorted(question for question in questions if known.find(question) is None)
        for language, questions in sorted(found.items())
    }


@dataclass(eq=False)
class Deed:
    """One thing that somebody did, when WeChat's server brought it, and when it was taken by WeChat's clock."""

    push: Push
    asked: str | None
    """The words of a question; None for a button."""
    began: float = 0.0
    taken: float | None = None

    @cached_property
    def key(self) -> str:
        """Under what the channel stores the push."""
        return self._key(self.push.openid, self.push.fields.get("MsgId"))

    @cached_property
    def turn(self) -> str:
        """Under what the conversation knows the question."""
        return turn_key(self._key("", self.key))

    def _key(self, openid: str, number: str | int | None) -> str:
        fields = {name: str(value) for name, value in self.push.fields.items()}
        event = fields.get("Event")
        known = None if number is None else str(number)
        return Key("", openid, int(fields["CreateTime"]), fields["MsgType"], event and event.lower(), known, fields).key


@dataclass
class Crowd:
    """Everybody who follows the account, and all that they did, each in the order in which they did it."""

    rehearsal: Rehearsal
    url: str
    questions: dict[str, list[str]]
    """What can be asked, by language."""
    draw: random.Random
    languages: dict[str, str] = field(default_factory=dict)
    deeds: dict[str, list[Deed]] = field(default_factory=dict)
    being_brought: int = 0
    """Pushes on which WeChat is at work at this moment."""
    repeated: int = 0
    """Replies that came once more with a push that was brought again; a phone shows them once."""
    _unasked: dict[str, list[str]] = field(default_factory=dict)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self.pusher = Pusher(self.rehearsal, self.url)
        self.impatient = Pusher(self.rehearsal, self.url, patience=CUT_AFTER, tries=1)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.finished()
        await self.pusher.close()
        await self.impatient.close()

    # Who they are.

    async def gather(self, many: int, told: Callable[[], None] = lambda: None) -> None:
        """So many people follow the account and agree, some at a time."""
        slots = asyncio.Semaphore(12)
        languages = list(self.questions)

        async def one(number: int) -> None:
            openid = f"o-{number:05d}-{self.draw.getrandbits(64):016x}"
            self.languages[openid] = languages[number % len(languages)]
            self.rehearsal.person(openid, self.languages[openid])
            self.deeds[openid], self._unasked[openid] = [], []
            async with slots:
                await self.pusher.event(openid, "subscribe")
                phone = self.rehearsal.person(openid)
                await until(lambda: bool(phone.seen), SHOWN)  # nobody agrees to what they were not shown
                await self.pusher.text(openid, "1")
            told()

        await asyncio.gather(*(one(number) for number in range(many)))

    def _question(self, openid: str) -> str:
        """A sample question in their language that they have not asked yet."""
        left = self._unasked[openid]
        if not left:
            left += self.questions[self.languages[openid]]
            self.draw.shuffle(left)
        return left.pop()

    # What they do.

    def ask(self, openid: str, question: str) -> None:
        """Ask this, by text."""
        deed = Deed(self.pusher.message(openid, "text", Content=question), question)
        self.deeds[openid].append(deed)
        self.start(deed)

    def do(self, openid: str) -> Deed:
        """Something, now; it still has to be brought."""
        kind = self.draw.random()
        asked = None if kind < CLICKS else self._question(openid)
        if asked is None:
            message = self.pusher.message(openid, "event", Event="CLICK", EventKey=CLICKED)
        elif kind < CLICKS + SPOKEN:
            spoken = {"MediaId": "m", "Format": "amr", "Recognition": asked}
            message = self.pusher.message(openid, "voice", **spoken)
        else:
            message = self.pusher.message(openid, "text", Content=asked)
        deed = Deed(message, asked)
        self.deeds[openid].append(deed)
        return deed

    def plan(self, pushes: int) -> list[tuple[str, int]]:
        """Who does how many things at once, everybody about as many in all; in any order."""
        people = list(self.deeds)
        bursts = []
        for number, openid in enumerate(people):
            left = pushes // len(people) + (number < pushes % len(people))
            greedy = self.draw.random() < GREEDY
            while left:
                many = left if greedy else min(left, self.draw.choice((1, 1, 1, 2, 2, 3)))
                bursts.append((openid, many))
                left -= many
        self.draw.shuffle(bursts)
        return bursts

    def burst(self, openid: str, many: int, told: Callable[[], None] = lambda: None) -> None:
        """Somebody does several things; the network brings them as it likes."""
        for _ in range(many):
            delay = self.draw.uniform(0, LATEST) if many > 1 and self.draw.random() < DELAYED else 0.0
            cut, twice = self.draw.random() < CUT, self.draw.random() < TWICE
            self.start(self.do(openid), delay, cut, twice, told)

    def start(
        self,
        deed: Deed,
        delay: float = 0.0,
        cut: bool = False,
        twice: bool = False,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        """Bring a push, and go on."""
        task = asyncio.create_task(self._bring(deed, delay, cut, twice, told))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def finished(self) -> None:
        """Wait until everything is brought, or given up."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def _bring(self, deed: Deed, delay: float, cut: bool, twice: bool, told: Callable[[], None]) -> None:
        await asyncio.sleep(delay)
        deed.began = self.rehearsal.clock()
        self.being_brought += 1
        if cut:
            await self.impatient.deliver(deed.push)
        if not deed.push.acknowledged:
            await self.pusher.deliver(deed.push)
        self.being_brought -= 1
        if deed.push.acknowledged:
            deed.taken = self.rehearsal.clock()
        told()
        if twice and deed.taken:
            await asyncio.sleep(self.draw.uniform(0.1, 4.0))
            await self._again(deed.push)

    async def _again(self, push: Push) -> None:
        """WeChat brings a push that was taken."""
        reply, lines = push.reply, self.rehearsal.person(push.openid).lines
        before = sum(line.text == reply and line.how == "passive" for line in lines)
        await self.pusher.deliver(push)
        same = [line for line in lines if line.text == reply and line.how == "passive"]
        if reply is not None and len(same) > before:
            with suppress(ValueError):
                lines.remove(same[-1])
            self.repeated += 1

    def __iter__(self) -> Iterator[Deed]:
        return (deed for deeds in self.deeds.values() for deed in deeds)

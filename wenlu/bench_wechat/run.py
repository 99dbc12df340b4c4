"""`wenlu bench wechat`: a crowd, a slow bot, kill -9 of every process, and what became of every push."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from knowledge import load_corpus
from wenlu.bench_wechat.crowd import Crowd, questions_of, until
from wenlu.bench_wechat.place import PARTS, Place
from wenlu.bench_wechat.proof import Proof, prove, still_open, unanswered
from wenlu.installation import Installation
from wenlu.wechat_rehearsal import Rehearsal

FEW, MANY = 8, 120
"""Questions that are open at a time: few, so that answers are there in time; many, so that they are not. In turns."""
CHANGES = 20.0
"""Seconds from the one to the other."""
FASTEST, SLOWEST = 0.02, 0.2
"""Seconds between two bursts; the longer while a process is being started again."""
FROZEN = 12.0
"""Seconds for which the bot does nothing."""
PATIENCE = 900.0
"""Seconds until everything must be answered at the end."""
LOOK, LOOK_AT_PACE = 0.5, 0.2
"""Seconds between two looks."""


@dataclass(frozen=True)
class Wanted:
    """What is measured. `rate`: pushes a second of the part about acknowledging, which lasts `seconds`."""

    pushes: int = 10_000
    people: int = 1000
    restarts: bool = True
    rate: float = 50.0
    seconds: float = 60.0


@dataclass
class Pace:
    """How many pushes may be open, by what the database says now and then."""

    place: Place
    open: int = 0
    down: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)

    async def watch(self) -> None:
        """Keep `open` up to date."""
        while True:
            self.open = unanswered(self.place.database)
            await asyncio.sleep(LOOK_AT_PACE)

    @property
    def most(self) -> int:
        """How many may be open at this moment."""
        return (FEW, MANY)[int((time.monotonic() - self.started) / CHANGES) % 2]

    async def turn(self, crowd: Crowd, many: int) -> None:
        """Wait until the next may do so many things."""
        await until(lambda: max(self.open, crowd.being_brought) < self.most, FASTEST)
        self.open += many
        await asyncio.sleep(SLOWEST if self.down else FASTEST)


@dataclass
class Acknowledged:
    """The part about acknowledging: seconds until each push was taken, and what share of a core everybody used."""

    seconds: list[float]
    rate: float
    cores: dict[str, float]
    backlog: int


def measure(wanted: Wanted, console: Console) -> bool:
    """Do all of it and print what came of it; False when something was lost or came out of order."""
    installation = Installation()
    installation.make_folders()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=installation.data) as folder:
        return asyncio.run(_measure(wanted, console, installation, Path(folder)))


async def _measure(wanted: Wanted, console: Console, installation: Installation, folder: Path) -> bool:
    questions = questions_of(load_corpus(installation.root / "knowledge"))
    async with Rehearsal() as rehearsal:
        settings = rehearsal.environment("safe") | {"WENLU_PUBLIC_URL": "https://wenlu.example"}
        place = Place(folder, installation, settings)
        columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as bars:
            starting = bars.add_task("starting the four processes", total=1)
            running = place.running()
            await asyncio.to_thread(running.__enter__)
            bars.advance(starting)
            try:
                began = time.monotonic()
                async with Crowd(rehearsal, f"{place.url}/wechat", questions, random.Random(7)) as crowd:  # noqa: S311
                    await _everything(wanted, place, crowd, bars)
                spent = time.monotonic() - began
            finally:
                await asyncio.to_thread(running.__exit__, None, None, None)
        proof = prove(crowd, place.database, place.secrets)
    console.print(_outcome(proof, crowd, spent))
    for wrong in [*proof.lost, *proof.disordered, *rehearsal.complaints][:20]:
        console.print(f"  {wrong}", style="red", highlight=False)
    memory = psutil.virtual_memory().total / 2**30
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}",
        highlight=False,
    )
    return not (proof.lost or proof.disordered or rehearsal.complaints)


async def _everything(wanted: Wanted, place: Place, crowd: Crowd, bars: Progress) -> None:
    """All agree; pushes at a steady rate; then the crowd, with what happens to the processes meanwhile."""
    agreeing = bars.add_task("people follow and agree", total=wanted.people)
    await crowd.gather(wanted.people, lambda: bars.advance(agreeing))
    pace = Pace(place)
    watching = asyncio.create_task(pace.watch())
    try:
        if wanted.seconds:
            bar = bars.add_task(f"{wanted.rate:.0f} pushes a second", total=int(wanted.rate * wanted.seconds))
            acknowledged = await _steadily(wanted, place, crowd, lambda: bars.advance(bar))
            bars.console.print(_acknowledging(wanted, acknowledged))
            await settled(place, crowd)
        bar = bars.add_task("pushes of the crowd", total=wanted.pushes)
        troubles = asyncio.create_task(_troubles(wanted, pace, lambda: bars.tasks[bar].completed / wanted.pushes))
        for openid, many in crowd.plan(wanted.pushes):
            await pace.turn(crowd, many)
            crowd.burst(openid, many, lambda: bars.advance(bar))
        await troubles
        waiting = bars.add_task("until nothing is open", total=1)
        await settled(place, crowd)
        bars.advance(waiting)
    finally:
        watching.cancel()


async def _steadily(wanted: Wanted, place: Place, crowd: Crowd, told: Callable[[], None]) -> Acknowledged:
    """Pushes at a steady rate, however many are still open."""
    people = list(crowd.deeds)
    before, own, began = place.worked(), time.process_time(), time.monotonic()
    deeds = []
    for number in range(int(wanted.rate * wanted.seconds)):
        await asyncio.sleep(max(0.0, began + number / wanted.rate - time.monotonic()))
        deeds.append(crowd.do(people[number % len(people)]))
        crowd.start(deeds[-1], told=told)
    spent = time.monotonic() - began
    after = place.worked()
    cores = {name: (after[name] - before[name]) / spent for name in PARTS}
    cores["the pushing side"] = (time.process_time() - own) / spent
    backlog = unanswered(place.database)
    await crowd.finished()
    return Acknowledged([deed.push.seconds for deed in deeds], len(deeds) / spent, cores, backlog)


async def _troubles(wanted: Wanted, pace: Pace, done: Callable[[], float]) -> None:
    """While the crowd is at it: a bot that does nothing for a while, and kill -9 of every process."""
    if not wanted.restarts:
        return
    place = pace.place
    for share, name in ((0.15, None), (0.25, "actions"), (0.4, "retrieval"), (0.55, "bot"), (0.75, "api")):
        await until(lambda: done() >= share, LOOK)  # noqa: B023
        if name is None:
            bot = place.part("bot")
            bot.suspend()
            await asyncio.sleep(FROZEN)
            bot.resume()
        else:
            await killed(pace, name)


async def killed(pace: Pace, name: str) -> None:
    """Kill a process as kill -9 does, and wait until the supervisor has it back."""
    before = pace.place.part(name)
    pace.down.add(name)
    before.kill()
    await asyncio.sleep(LOOK)
    while not await asyncio.to_thread(pace.place.is_up, name):  # noqa: ASYNC110
        await asyncio.sleep(LOOK)
    pace.down.discard(name)


async def quiet(crowd: Crowd, database: Path) -> None:
    """Wait until every push is brought and nothing happens by itself any more."""
    await crowd.finished()
    times = 0
    while times < 3:
        times = times + 1 if still_open(database) == 0 else 0
        await asyncio.sleep(LOOK)


async def settled(place: Place, crowd: Crowd) -> None:
    """The same, for no longer than PATIENCE: what is open then is lost."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(quiet(crowd, place.database), PATIENCE)


def _acknowledging(wanted: Wanted, found: Acknowledged) -> Table:
    table = Table("acknowledging", "", title=f"{found.rate:.1f} pushes a second for {wanted.seconds:.0f} s")
    for share in (50, 95, 99):
        table.add_row(f"p{share}", f"{float(np.percentile(found.seconds, share)) * 1000:.0f} ms")
    table.add_row("slowest", f"{max(found.seconds) * 1000:.0f} ms")
    table.add_row("not yet answered at the end", str(found.backlog))
    for name, cores in found.cores.items():
        table.add_row(f"share of a core: {name}", f"{cores:.0%}")
    return table


def _outcome(proof: Proof, crowd: Crowd, spent: float) -> Table:
    table = Table("what became of it", "", title=f"{len(crowd.deeds)} people, {spent / 60:.1f} minutes")
    for name, many in sorted(proof.counts.items()):
        table.add_row(name, str(many))
    table.add_row("repeated for a repeated push", str(crowd.repeated))
    for name, group in (("apologised for", proof.apologies), ("kept", proof.kept)):
        for reason, many in sorted(group.items()):
            table.add_row(f"{name}: {reason}", str(many))
    table.add_row("lost", str(len(proof.lost)), style="red" if proof.lost else "green")
    table.add_row("out of order", str(len(proof.disordered)), style="red" if proof.disordered else "green")
    return table

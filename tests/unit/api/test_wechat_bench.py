"""The proof of `wenlu bench wechat`: it says that all is well where it is, and finds what is not."""

import asyncio
import random
from typing import Any

import pytest

from api.secrets import Secrets
from tests.unit.api import corpus
from tests.unit.api.conftest import House
from tests.unit.api.peers import Bot, answer
from tests.unit.api.wechat import Rig
from wenlu.bench_wechat.crowd import Crowd
from wenlu.bench_wechat.proof import Proof, prove
from wenlu.bench_wechat.run import quiet

QUESTIONS = {"en": ["My landlord keeps my deposit", *(f"Who repairs window {number}?" for number in range(30))]}


def by_words(turn: dict[str, Any]) -> Any:
    """Deposits or repairs, as they were asked about."""
    return [answer(corpus.DEPOSIT if "deposit" in turn["text"] else corpus.REPAIRS)]


async def crowded(rig: Rig, house: House, many: int) -> Crowd:
    """A crowd that has agreed."""
    crowd = Crowd(rig.wechat, f"{house.url}/wechat", QUESTIONS, random.Random(3))
    await crowd.__aenter__()
    await crowd.gather(many)
    return crowd


def proven(crowd: Crowd, house: House) -> Proof:
    """What the proof says."""
    key = house.services.settings.secret_key
    assert key
    return prove(crowd, house.services.settings.sqlite_path, Secrets(key))


async def answered(crowd: Crowd, house: House) -> None:
    """Everything was brought and answered."""
    await asyncio.wait_for(quiet(crowd, house.services.settings.sqlite_path), 60)


async def test_a_crowd_is_answered_and_every_push_accounted_for(rig: Rig) -> None:
    house = await rig.up(Bot(reply=by_words))
    crowd = await crowded(rig, house, 5)
    for openid, many in crowd.plan(40):
        crowd.burst(openid, many)
    await answered(crowd, house)
    await crowd.__aexit__()
    proof = proven(crowd, house)
    assert proof.lost == proof.disordered == rig.wechat.complaints == []
    counts = proof.counts
    assert counts["pushes"] == counts["acknowledged"] == 40
    assert counts["questions"] + counts["buttons pressed"] == 40
    assert counts["answered"] + sum(proof.kept.values()) == counts["questions"]
    assert counts["shown twice"] == 0


@pytest.fixture
async def told(rig: Rig) -> tuple[Crowd, House]:
    """Somebody who asked about a deposit and then about repairs."""
    house = await rig.up(Bot(reply=by_words))
    crowd = await crowded(rig, house, 1)
    (openid,) = crowd.deeds
    for question in ("My landlord keeps my deposit", "Who repairs a window?"):
        crowd.ask(openid, question)
        await answered(crowd, house)
    await crowd.__aexit__()
    assert proven(crowd, house).lost == []
    return crowd, house


def lines(crowd: Crowd) -> list[Any]:
    """What their phone shows."""
    (openid,) = crowd.deeds
    return crowd.rehearsal.person(openid).lines


async def test_an_answer_that_was_never_shown_is_lost(told: tuple[Crowd, House]) -> None:
    crowd, house = told
    del lines(crowd)[-1]
    assert "is nowhere" in proven(crowd, house).lost[0]


async def test_an_answer_that_was_shown_twice_is_counted(told: tuple[Crowd, House]) -> None:
    crowd, house = told
    lines(crowd).append(lines(crowd)[-1])
    proof = proven(crowd, house)
    assert proof.counts["shown twice"] == 1 and not proof.lost and not proof.disordered


async def test_answers_in_another_order_are_found(told: tuple[Crowd, House]) -> None:
    crowd, house = told
    lines(crowd).reverse()
    assert "not shown in its place" in proven(crowd, house).disordered[0]


async def test_a_push_that_was_acknowledged_and_not_stored_is_lost(told: tuple[Crowd, House]) -> None:
    crowd, house = told
    (openid,) = crowd.deeds
    deed = crowd.do(openid)
    assert proven(crowd, house).counts["never acknowledged"] == 1
    assert proven(crowd, house).lost == []
    deed.taken = crowd.rehearsal.clock()
    assert "not stored" in proven(crowd, house).lost[0]


async def test_a_later_question_that_was_answered_first_is_found(told: tuple[Crowd, House]) -> None:
    crowd, house = told
    (openid,) = crowd.deeds
    crowd.deeds[openid].reverse()
    earlier, _ = crowd.deeds[openid]
    earlier.taken = 0.0001
    assert "came after turn" in proven(crowd, house).disordered[0]
    earlier.taken = crowd.rehearsal.clock() + 60
    proof = proven(crowd, house)
    assert not proof.disordered and proof.counts["overtaken on the way"] == 1

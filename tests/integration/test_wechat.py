"""People on WeChat, and the api killed while they ask."""

from __future__ import annotations

import asyncio
import json
import random

import pytest
from pydantic import SecretStr

from api.secrets import Secrets
from knowledge import load_corpus
from tests.integration.system import System
from wenlu.bench_wechat.crowd import Crowd, questions_of
from wenlu.bench_wechat.proof import prove
from wenlu.bench_wechat.run import quiet
from wenlu.wechat_rehearsal import Rehearsal

pytestmark = pytest.mark.integration
PEOPLE, PUSHES, APART = 12, 60, 0.15
LANGUAGES = ("zh", "en", "ja", "ko", "fr", "es", "ru", "ar")


async def asking(wechat: Rehearsal, system: System) -> Crowd:
    """Twelve people in eight languages; half-way the api is killed."""
    every = questions_of(load_corpus())
    questions = {language: every[language] for language in LANGUAGES}
    async with Crowd(wechat, f"{system.url}/wechat", questions, random.Random(11)) as crowd:
        await crowd.gather(PEOPLE)
        plan = crowd.plan(PUSHES)
        for number, (openid, many) in enumerate(plan):
            crowd.burst(openid, many)
            await asyncio.sleep(APART)
            if number == len(plan) // 2:
                system.child("api").kill()
        await asyncio.wait_for(quiet(crowd, system.data / "wenlu.db"), 120)
    return crowd


def test_what_is_asked_on_wechat_outlives_the_api(wechat: Rehearsal, system: System) -> None:
    """Every push that was acknowledged is answered, in order, or kept with its reason; the phones show it."""
    crowd = wechat.run(asking(wechat, system))
    system.wait_up("api")
    key = json.loads((system.data / "secrets.json").read_text())["secret_key"]
    proof = prove(crowd, system.data / "wenlu.db", Secrets(SecretStr(key)))
    assert proof.lost == proof.disordered == wechat.complaints == []
    counts = proof.counts
    assert counts["pushes"] == PUSHES and counts["acknowledged"] >= PUSHES // 2
    assert counts["answered"] >= counts["questions"] // 2

"""A small corpus and an encoder that needs no trained weights: texts with the same pieces are near each other."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.models import Brochure, City, Corpus, Section, Topic
from retrieval.encoder import Vectors
from retrieval.lexical import tokens
from retrieval.outside import Outside
from retrieval.publish import publish
from retrieval.search import Searcher
from tests import corpora

TODAY = date(2026, 11, 21)


class PiecesEncoder:
    """A text is the sum of a fixed random direction for each of its pieces."""

    dimensions = 64

    def __init__(self, revision: str = "pieces-1") -> None:
        self.revision = revision

    def encode(self, texts: list[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for token in tokens(text):
                row += np.random.default_rng(zlib.crc32(token.encode())).standard_normal(self.dimensions)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def make_section(brochure: str, name: str, en: str, zh: str, questions: dict[str, list[str]], **more: Any) -> Section:
    texts = {"en": (en, f"{en} in detail."), "zh": (zh, f"{zh}。")}
    basis = [{"law": "civil-code", "article": 509}]
    return corpora.section(f"{brochure}#{name}", texts, basis=basis, questions=questions, **more)


def make_brochure(name: str, *sections: Section) -> Brochure:
    return corpora.brochure({"en": name.split("/")[1].replace("-", " "), "zh": "手册"}, *sections)


def make_corpus(*brochures: Brochure) -> Corpus:
    topics = {
        brochure.topic: Topic(slug=brochure.topic, order=1, names={"en": brochure.topic}) for brochure in brochures
    }
    cities = {
        "hong-kong": City(
            slug="hong-kong", jurisdiction="hong-kong", names={"en": "Hong Kong", "zh": "香港"}, aliases=["HK"]
        ),
        "shanghai": City(
            slug="shanghai", jurisdiction="shanghai", names={"en": "Shanghai", "zh": "上海", "ru": "Шанхай"}
        ),
        "beijing": City(slug="beijing", jurisdiction="beijing", names={"en": "Beijing", "zh": "北京"}),
        "chengdu": City(slug="chengdu", jurisdiction="mainland", names={"en": "Chengdu", "zh": "成都"}),
    }
    return Corpus(
        laws={"civil-code": corpora.law("civil-code", "民法典", "Civil Code")},
        topics=topics,
        cities=cities,
        brochures={brochure.id: brochure for brochure in brochures},
    )


@pytest.fixture
def corpus() -> Corpus:
    """Leases, overstaying and traffic on the mainland, a layer for Shanghai and one for Hong Kong."""
    return make_corpus(
        make_brochure(
            "leasing/deposits",
            make_section(
                "leasing/deposits",
                "withheld",
                "The landlord keeps the deposit",
                "房东不退押金",
                {
                    "en": ["landlord wont return my deposit", "deposit not paid back"],
                    "zh": ["押金不退怎么办"],
                    "ru": ["хозяин не возвращает залог"],
                },
            ),
            make_section(
                "leasing/deposits",
                "repairs",
                "Who pays for repairs in a rented flat",
                "租房维修谁付钱",
                {"en": ["heater broken who pays repair"], "zh": ["热水器坏了谁修"]},
            ),
        ),
        make_brochure(
            "leasing/shanghai-rules",
            make_section(
                "leasing/shanghai-rules",
                "deposit-limit",
                "How high the deposit may be, limit",
                "上海押金上限",
                {"en": ["deposit limit rent"], "zh": ["押金最多几个月"]},
                jurisdiction="shanghai",
                differs_from="leasing/deposits#withheld",
            ),
        ),
        make_brochure(
            "leasing/hong-kong-rules",
            make_section(
                "leasing/hong-kong-rules",
                "deposit-return",
                "When the deposit comes back, return of deposit",
                "香港押金退还",
                {"en": ["return of deposit by landlord"], "zh": ["香港房东不退押金"]},
                jurisdiction="hong-kong",
            ),
        ),
        make_brochure(
            "visas/overstay",
            make_section(
                "visas/overstay",
                "fine",
                "Fine for overstaying a visa",
                "签证逾期罚款",
                {"en": ["overstayed visa fine per day"], "zh": ["签证过期罚款多少"]},
            ),
            make_section(
                "visas/overstay",
                "detention",
                "Detention for illegal residence",
                "非法居留拘留",
                {"en": ["detained because visa expired"], "zh": ["非法居留会被拘留吗"]},
            ),
        ),
        make_brochure(
            "traffic/fines",
            make_section(
                "traffic/fines",
                "red-light",
                "Fine for running a red light",
                "闯红灯罚款",
                {"en": ["ran a red light fine points"], "zh": ["闯红灯扣几分"]},
            ),
        ),
        make_brochure(
            "tax/old",
            make_section(
                "tax/old",
                "expired",
                "Tax refund for departing tourists",
                "离境退税",
                {"en": ["tourist tax refund airport"]},
                review_by=date(2026, 1, 1),
            ),
        ),
    )


OUTSIDE = (
    Outside("cooking", "en", "recipe for chocolate cake"),
    Outside("cooking", "zh", "红烧肉怎么做"),
    Outside("sports", "en", "who won the football match"),
)


@pytest.fixture
def encoder() -> PiecesEncoder:
    return PiecesEncoder()


@pytest.fixture
def searcher(corpus: Corpus, encoder: PiecesEncoder) -> Searcher:
    """A searcher over the small corpus, on the day of 21 November 2026."""
    from retrieval.index import build_index
    from retrieval.passages import passages_of

    index = build_index(passages_of(corpus), OUTSIDE, encoder)
    return Searcher(corpus, index, encoder, clock=lambda: TODAY)


Publish = Callable[[Corpus, Path, PiecesEncoder], Path]


@pytest.fixture
def publish_small() -> Publish:
    """Publishes with a few examples out of scope only."""

    def run(corpus: Corpus, data: Path, encoder: PiecesEncoder) -> Path:
        return publish(corpus, data, encoder, outside=OUTSIDE)

    return run

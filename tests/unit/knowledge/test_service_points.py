"""Service points: the rules of their data, and which ones answer a wish."""

import json
from typing import Any

import pytest

from knowledge import JURISDICTIONS, Corpus
from knowledge.models import LANGUAGES
from knowledge.service_points import PHONE, Wish, choose, load_service_points
from tests.unit.knowledge.conftest import Root, write

EVERY_KIND = "exit-entry labour-arbitration legal-aid mediation community-centre rider-station court hotline consulate"


def test_there_are_places_of_every_kind() -> None:
    """At least 48, the lines a resident is told to call among them, all in the eight languages."""
    points = load_service_points()
    assert len(points) >= 48
    assert set(EVERY_KIND.split()) <= {point.kind for point in points.values()}
    wanted = "12348 12333 12367 12345 12355 12378 12363 96110 12301 12305 12351 12368 1823"
    assert set(wanted.split()) <= {point.contact.phone for point in points.values()}
    for point in points.values():
        assert set(LANGUAGES) <= set(point.names), point.id
        assert all(point.services[language] for language in LANGUAGES), point.id


def test_every_phone_can_be_dialled() -> None:
    """A short national number, or an international one in groups."""
    numbers = [point.contact.phone or point.contact.sms for point in load_service_points().values()]
    assert all(PHONE.fullmatch(number) for number in numbers if number)


GOOD = dict.fromkeys(LANGUAGES, "x")
SERVICES = {language: ["x"] for language in LANGUAGES}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"names": {"zh": "一", "en": "one"}}, "missing-language"),
        ({"services": SERVICES | {"fr": ["x", "y"]}}, "services"),
        ({"hours": {"zh": "24小时"}}, "missing-language"),
        ({"kind": "castle"}, "kind"),
        ({"languages": ["xx"]}, "language"),
        ({"contact": {}}, "contact"),
        ({"contact": {"phone": "12-34"}}, "phone"),
    ],
)
def test_what_is_wrong_with_a_place_is_told(root: Root, change: dict[str, object], code: str) -> None:
    """Each rule has its own code."""
    point = {"id": "x", "kind": "hotline", "jurisdiction": "mainland", "names": GOOD, "services": SERVICES}
    point |= {"contact": {"phone": "12345"}} | change
    write(root.path / "service_points" / "a.yml", json.dumps([point], ensure_ascii=False))
    errors = root.proven().errors
    assert [problem.code for problem in errors if problem.file == "service_points/a.yml"][:1] == [code]


@pytest.mark.parametrize(
    ("wish", "how", "first", "also"),
    [
        ({"kinds": ("labour-arbitration",), "jurisdiction": "shanghai"}, "fitting", "labour-arbitration-shanghai", "labour-12333"),
        ({"kinds": ("exit-entry",), "jurisdiction": "shenzhen"}, "fitting", "exit-entry-shenzhen", "immigration-12367"),
        ({"kinds": ("exit-entry",)}, "fitting", "exit-entry-any-city", "immigration-12367"),
        ({"kinds": ("mediation",), "jurisdiction": "mainland", "city": "yiwu"}, "fitting", "yiwu-foreign-mediation", "peoples-mediation-committee"),
        ({"topic": "platform-work", "jurisdiction": "beijing"}, "fitting", "riders-beijing", "union-12351"),
        ({"topic": "labour", "jurisdiction": "hong-kong"}, "fitting", "hong-kong-labour", "hong-kong-1823"),
        ({"language": "ru", "jurisdiction": "guangzhou"}, "fitting", "consulate-russia-guangzhou", None),
        ({"language": "ru"}, "fitting", "beijing-12345", "consulate-russia-shanghai"),
        ({"language": "fr", "jurisdiction": "shenzhen"}, "elsewhere", "beijing-12345", "consulate-france-guangzhou"),
        ({"language": "vi", "jurisdiction": "shanghai"}, "general", "shanghai-12345", "immigration-12367"),
        ({"language": "en", "jurisdiction": "guangzhou"}, "fitting", "guangyue-guangzhou", "guangzhou-12345"),
        ({"topic": "no-such-topic", "jurisdiction": "macao"}, "general", None, None),
        ({}, "general", "government-12345", "legal-aid-12348"),
    ],
)  # fmt: skip
def test_the_city_comes_first_and_there_is_always_somebody(
    wish: dict[str, Any], how: str, first: str | None, also: str | None
) -> None:
    """A city's own places, then the national ones, then who knows the way: at most four, never none."""
    choice = choose(load_service_points(), Wish(**wish))
    named = [point.id for point in choice.points]
    assert choice.how == how
    assert 1 <= len(named) <= 4
    assert named[0] == (first or named[0])
    assert also is None or also in named


@pytest.mark.parametrize("jurisdiction", JURISDICTIONS)
def test_every_topic_has_somewhere_to_go_in_every_place(corpus: Corpus, jurisdiction: str) -> None:
    """No topic is without a place, and Hong Kong and Macao are never sent to the mainland's offices."""
    points = load_service_points()
    for topic in corpus.topics:
        chosen = choose(points, Wish(topic=topic, jurisdiction=jurisdiction)).points
        assert chosen, topic
        if jurisdiction in ("hong-kong", "macao"):
            assert {point.jurisdiction for point in chosen} == {jurisdiction}

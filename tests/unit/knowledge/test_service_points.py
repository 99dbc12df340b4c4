"""Service points: the rules of their data, and which ones answer a wish."""

import json

import pytest

from knowledge.check import check
from knowledge.models import LANGUAGES
from knowledge.service_points import PHONE, load_service_points
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
    errors = check(root.path, root.statutes, lock=False).errors
    assert [problem.code for problem in errors if problem.file == "service_points/a.yml"][:1] == [code]

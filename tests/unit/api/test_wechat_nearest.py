"""The places near a location that somebody sends."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.channels.wechat.nearest import kilometres, near, to_wgs84
from api.chat.render import Renderer
from api.i18n import NAMES, Catalogs, distance
from knowledge.emergencies import load_emergencies
from knowledge.models import Coordinates, Corpus
from knowledge.service_points import ServicePoint, load_service_points


@pytest.fixture(scope="module")
def points() -> dict[str, ServicePoint]:
    return load_service_points()


@pytest.fixture(scope="module")
def renderer(corpus: Corpus) -> Renderer:
    return reader(corpus)


def reader(corpus: Corpus | None, language: str = "en") -> Renderer:
    return Renderer(Catalogs.load(), corpus, load_emergencies(), language, date(2026, 11, 22))


def at(latitude: float, longitude: float) -> Coordinates:
    return Coordinates(latitude=latitude, longitude=longitude)


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ],
)
def test_wechats_places_are_read_in_ours(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    """Published pairs of Shanghai, Shenzhen and Beijing, to five metres; left alone they would be hundreds off."""
    assert kilometres(to_wgs84(at(*gcj)), at(*wgs)) < 0.005
    assert 0.4 < kilometres(at(*gcj), at(*wgs)) < 0.7


def test_distances() -> None:
    """Known ones, to a per mille."""
    assert kilometres(
        at(31.17530398364597, 121.531541859215), at(39.91334545536069, 116.38404722455657)
    ) == pytest.approx(1078.164, rel=2e-3)
    assert kilometres(at(0, 0), at(0, 180)) == pytest.approx(20015, rel=1e-3)
    assert kilometres(at(31, 121), at(31, 121)) == 0


@pytest.mark.parametrize(
    ("language", "near_by", "far"),
    [("en", "1.2 km", "12 km"), ("fr", "1,2 km", "12 km"), ("zh", "1.2公里", "12公里"), ("ar", "1.2 كم", "12 كم")],
)
def test_distances_in_words(language: str, near_by: str, far: str) -> None:
    """As the language writes them, in Western digits; far ones without a decimal."""
    assert distance(language, 1.23).replace("\u202f", " ").replace("\xa0", " ") == near_by
    assert distance(language, 12.3).replace("\u202f", " ").replace("\xa0", " ") == far


@pytest.mark.parametrize("language", sorted(NAMES))
def test_the_nearest_place_first(corpus: Corpus, points: dict[str, ServicePoint], language: str) -> None:
    """Beside the exit-entry hall of Shanghai it comes first, with its distance; then what else the city has."""
    renderer = reader(corpus, language)
    draft = near(renderer, points, "31.2219", "121.5602")
    first, *places = draft.text.split("\n\n")
    assert first == renderer.words("wechat.near.city", city=renderer.place("shanghai"))
    assert points["exit-entry-shanghai"].names["zh"] in places[0]
    assert places[0].endswith(renderer.words("wechat.near.distance", distance=distance(renderer.spoken, 1.0)))
    assert len(places) == 4
    assert [button["payload"] for button in draft.buttons] == ["handoff:offer"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "city", "inside"),
    [
        ("39.91", "116.40", "beijing", "beijing-12345"),
        ("23.13", "113.27", "guangzhou", "guangyue-guangzhou"),
        ("22.53", "114.06", "shenzhen", "shekou-shenzhen"),
        ("22.49", "113.92", "shenzhen", "shekou-shenzhen"),
        ("22.3193", "114.1694", "hong-kong", "hong-kong-immigration"),
        ("22.4445", "114.0222", "hong-kong", "hong-kong-immigration"),
        ("22.1987", "113.5439", "macao", "macao-labour"),
        ("30.2741", "120.1551", "hangzhou", "exit-entry-any-city"),
        ("29.3069", "120.0751", "yiwu", "yiwu-foreign-mediation"),
    ],
)
def test_the_places_of_the_city(
    corpus: Corpus, points: dict[str, ServicePoint], latitude: str, longitude: str, city: str, inside: str
) -> None:
    """A location without a measured place nearby gets what its city has, and never another law's."""
    renderer = reader(corpus)
    draft = near(renderer, points, latitude, longitude)
    assert draft.text.startswith(renderer.words("wechat.near.city", city=renderer.place(city)))
    assert points[inside].names["zh"] in draft.text
    beyond = {"hong-kong", "macao"} - {city}
    assert not [p.id for p in points.values() if p.jurisdiction in beyond and p.names["zh"] in draft.text]
    if city in {"hong-kong", "macao"}:
        assert not [p.id for p in points.values() if p.jurisdiction != city and f"({p.names['zh']})" in draft.text]


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (None, None),
        ("", "121.5"),
        ("nan", "121.5"),
        ("inf", "121.5"),
        ("1e999", "121.5"),
        ("121.5", "31.2"),
        ("north", "east"),
        ("48.85", "2.35"),
        ("0", "0"),
        ("22.271", "113.577"),  # Zhuhai, behind Macao's border
        ("22.217", "113.549"),
        ("22.523", "114.125"),  # between Luohu and Sheung Shui
    ],
)
def test_what_says_nothing_is_asked_for(
    corpus: Corpus, points: dict[str, ServicePoint], latitude: str | None, longitude: str | None
) -> None:
    """Rubbish, other countries, and a place where another law may begin: the city is asked for in words."""
    draft = near(reader(corpus), points, latitude, longitude)
    assert draft.key == "wechat.near.ask"
    assert draft.buttons


def test_without_knowledge_the_city_is_asked_for(points: dict[str, ServicePoint]) -> None:
    """Before the first publication no city is known."""
    assert near(reader(None), points, "31.2", "121.5").key == "wechat.near.ask"


def test_far_from_every_city(corpus: Corpus, points: dict[str, ServicePoint]) -> None:
    """In Ürümqi, the lines of the whole country, which know the way."""
    renderer = reader(corpus)
    draft = near(renderer, points, "43.8256", "87.6168")
    assert draft.text.startswith(renderer.words("wechat.near.elsewhere"))
    assert "12345" in draft.text
    assert "12367" in draft.text


def test_a_measured_place_outside_the_cities(corpus: Corpus, points: dict[str, ServicePoint]) -> None:
    """Where no city is near enough but a place is, that place alone is named, with its distance."""
    hall = points["exit-entry-shanghai"].model_copy(update={"id": "hall", "coordinates": at(43.80, 87.60)})
    renderer = reader(corpus)
    draft = near(renderer, points | {"hall": hall}, "43.8256", "87.6168")
    intro, place = draft.text.split("\n\n")
    assert intro == renderer.words("wechat.near.intro")
    assert "km" in place


@settings(deadline=None)
@given(st.one_of(st.none(), st.floats(), st.text(max_size=20)), st.one_of(st.none(), st.floats(), st.text(max_size=20)))
def test_whatever_comes_there_is_an_answer(
    renderer: Renderer, points: dict[str, ServicePoint], latitude: str | float | None, longitude: str | float | None
) -> None:
    """No input fails."""
    assert near(renderer, points, latitude, longitude).text

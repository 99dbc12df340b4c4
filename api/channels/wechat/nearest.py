"""Somebody sends where they are: the places that help nearby, else those of their city, else who knows the way.

WeChat gives places on the Chinese mainland in GCJ-02, up to 600 m beside WGS 84, in which ours are written. Distances
are as the crow flies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import asin, cos, pi, radians, sin, sqrt

from pydantic import ValidationError

from api.chat.render import Renderer
from api.chat.service_points import entry
from api.conversations.messages import Draft
from api.i18n import distance
from knowledge.models import City, Coordinates
from knowledge.service_points import ServicePoint, Wish, choose

MOST = 4
NEARBY = 50.0
"""Kilometres within which a place counts as near."""
REACH = {"hong-kong": 12.0, "macao": 2.2}
"""Kilometres from a centre within which one is surely there: other law begins behind the border."""
MAINLAND_REACH = 40.0
IN_DOUBT = 1.5
"""Kilometres by which a place of other law must be further away than the nearest centre."""
CHINA = (Coordinates(latitude=3.5, longitude=73.4), Coordinates(latitude=53.6, longitude=135.1))
WANTED = ("community-centre", "exit-entry", "legal-aid", "labour-office", "government-line", "mediation")
"""What a city's places are named by, when nothing is known but where somebody is; one of each kind."""


def near(
    renderer: Renderer, points: Mapping[str, ServicePoint], latitude: str | float | None, longitude: str | float | None
) -> Draft:
    """The message that names the places nearest to a location, as WeChat gives it; else it asks for the city in words."""
    here = _here(latitude, longitude)
    cities = renderer.corpus.cities.values() if renderer.corpus else []
    found = sorted((kilometres(here, centre), city.slug) for city in cities for centre in city.centres) if here else []
    if here is None or not found or _in_doubt(renderer, found):
        return renderer.say("wechat.near.ask", buttons=[renderer.person_button()])
    away, slug = found[0]
    city = _cities(renderer)[slug] if away <= REACH.get(slug, MAINLAND_REACH) else None
    measured = [(away, point) for away, point in _measured(points, here) if city is None or _of_its_law(point, city)]
    shown: dict[str, float | None] = {point.id: away for away, point in measured[:MOST]}
    for point in _of_city(points, city) if city or not measured else []:
        shown.setdefault(point.id, None)
    return _draft(renderer, points, city, dict(list(shown.items())[:MOST]), bool(measured))


def _draft(
    renderer: Renderer,
    points: Mapping[str, ServicePoint],
    city: City | None,
    shown: Mapping[str, float | None],
    measured: bool,
) -> Draft:
    if city:
        intro = renderer.words("wechat.near.city", city=renderer.place(city.slug))
    else:
        intro = renderer.words("wechat.near.intro" if measured else "wechat.near.elsewhere")
    parts = [intro]
    for identity, away in shown.items():
        lines = [entry(renderer, points[identity])]
        if away is not None:
            lines.append(renderer.words("wechat.near.distance", distance=distance(renderer.spoken, away)))
        parts.append("\n".join(lines))
    return Draft("assistant", "\n\n".join(parts), renderer.spoken, buttons=[renderer.person_button()])


def _here(latitude: str | float | None, longitude: str | float | None) -> Coordinates | None:
    """A location in China in WGS 84; None for any other and for what is none."""
    try:
        given = Coordinates.model_validate({"latitude": latitude, "longitude": longitude})
    except ValidationError:
        return None
    south_west, north_east = CHINA
    if not south_west.latitude <= given.latitude <= north_east.latitude:
        return None
    if not south_west.longitude <= given.longitude <= north_east.longitude:
        return None
    return to_wgs84(given)


def _cities(renderer: Renderer) -> dict[str, City]:
    return renderer.corpus.cities if renderer.corpus else {}


def _in_doubt(renderer: Renderer, found: list[tuple[float, str]]) -> bool:
    """Whether somebody may be on the other side of a border of law, or in a city behind it that we do not know."""
    (away, slug), law = found[0], _law(found[0][1])
    other = next((there for there, name in found if _law(name) != law), None)
    beyond = law != "mainland" and REACH[slug] < away <= MAINLAND_REACH
    return beyond or (other is not None and other - away < IN_DOUBT)


def _law(slug: str) -> str:
    return slug if slug in REACH else "mainland"


def _of_its_law(point: ServicePoint, city: City) -> bool:
    return _law(point.jurisdiction) == _law(city.slug)


def _measured(points: Mapping[str, ServicePoint], here: Coordinates) -> list[tuple[float, ServicePoint]]:
    """The places whose distance is known and small, nearest first."""
    known = [(kilometres(here, point.coordinates), point) for point in points.values() if point.coordinates]
    return sorted(((away, point) for away, point in known if away <= NEARBY), key=lambda each: each[0])


def _of_city(points: Mapping[str, ServicePoint], city: City | None) -> Iterator[ServicePoint]:
    """The places of a city, one of a kind; without one, the lines of the whole country."""
    if city is None:
        yield from choose(dict(points), Wish(jurisdiction="mainland")).points
        return
    wish = Wish(kinds=WANTED, jurisdiction=city.jurisdiction, city=city.slug)
    kinds = set()
    for point in choose(dict(points), wish, most=len(points)).points:
        if point.kind not in kinds:
            kinds.add(point.kind)
            yield point


def kilometres(one: Coordinates, other: Coordinates) -> float:
    """The distance between two places by the haversine formula, on a ball of the earth's mean radius."""
    north = radians(other.latitude - one.latitude)
    east = radians(other.longitude - one.longitude)
    part = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(part))


def to_wgs84(given: Coordinates) -> Coordinates:
    """A place of GCJ-02 in WGS 84, good to a few metres: the offset, which hardly changes nearby, is taken away."""
    north, east = _offset(given.longitude - 105, given.latitude - 35)
    latitude = radians(given.latitude)
    flat = 1 - 0.00669342162296594323 * sin(latitude) ** 2
    north *= 180 * flat * sqrt(flat) / (6378137 * (1 - 0.00669342162296594323) * pi)
    east *= 180 * sqrt(flat) / (6378137 * cos(latitude) * pi)
    return Coordinates(latitude=given.latitude - north, longitude=given.longitude - east)


def _offset(x: float, y: float) -> tuple[float, float]:
    """The offset of GCJ-02 to the north and to the east in metres, as it is publicly known."""
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = waves + 20 * sin(y * pi) + 40 * sin(y * pi / 3) + 160 * sin(y * pi / 12) + 320 * sin(y * pi / 30)
    east = waves + 20 * sin(x * pi) + 40 * sin(x * pi / 3) + 150 * sin(x * pi / 12) + 300 * sin(x * pi / 30)
    root = sqrt(abs(x))
    return (
        north * 2 / 3 - 100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root,
        east * 2 / 3 + 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root,
    )

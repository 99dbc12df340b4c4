"""`/places`: every place that helps, by city, topic and language; printable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.i18n import language_name
from api.pages.view import direction, spoken
from knowledge.models import JURISDICTIONS
from knowledge.service_points import LINES, ServicePoint

if TYPE_CHECKING:
    from knowledge import Corpus


@dataclass(frozen=True)
class PlaceView:
    """A place in one language, with its Chinese name. `tel` and `sms` are what a telephone dials."""

    id: str
    name: str
    chinese: str
    language: str
    dir: str
    services: list[str]
    where: str
    hours: str
    languages: str
    phone: str
    tel: str
    sms: str
    web: str
    confirm: bool


def place_views(
    points: dict[str, ServicePoint], corpus: Corpus | None, language: str, city: str, topic: str, speaks: str
) -> list[PlaceView]:
    """The places that fit; an empty filter fits all. A city has its own places first, then those of the whole mainland."""
    fitting = [
        point
        for point in points.values()
        if (not city or _serves(point, city))
        and (not topic or topic in point.topics)
        and (not speaks or speaks in point.languages)
    ]
    fitting.sort(
        key=lambda point: (
            point.jurisdiction != city,
            JURISDICTIONS.index(point.jurisdiction),
            point.city is not None,
            point.kind not in LINES,
        )
    )
    return [place_view(point, corpus, language) for point in fitting]


def _serves(point: ServicePoint, city: str) -> bool:
    if point.jurisdiction == city:
        return True
    return point.jurisdiction == "mainland" and point.city is None and city not in ("hong-kong", "macao")


def place_view(point: ServicePoint, corpus: Corpus | None, language: str) -> PlaceView:
    """A place in the language asked for, or the nearest there is."""
    shown = spoken(point.names, language)
    city = corpus.cities.get(point.city or point.jurisdiction) if corpus else None
    parts = [city.names.get(shown) or city.names["en"]] if city else []
    parts += [point.location[shown]] if point.location else []
    return PlaceView(
        id=point.id,
        name=point.names[shown],
        chinese=point.names["zh"] if shown != "zh" else "",
        language=shown,
        dir=direction(shown),
        services=point.services[shown],
        where=", ".join(parts),
        hours=point.hours.get(shown, ""),
        languages=", ".join(language_name(code, shown) for code in point.languages),
        phone=point.contact.phone or "",
        tel=(point.contact.phone or "").replace(" ", ""),
        sms=point.contact.sms or "",
        web=point.contact.web or "",
        confirm=point.confirm,
    )


def spoken_anywhere(points: dict[str, ServicePoint]) -> list[str]:
    """The languages that some place speaks."""
    return sorted({code for point in points.values() for code in point.languages})

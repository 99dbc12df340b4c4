"""Places and lines that help: hotlines, offices, desks. Data in service_points/*.yml."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field

from knowledge.loader import ROOT, validated
from knowledge.models import ALL_LANGUAGES, LANGUAGES, SLUG, Coordinates, Frozen, Jurisdiction
from knowledge.problems import KnowledgeError, Problem
from knowledge.sources import YamlSource, read_yaml

KINDS = frozenset(
    [
        "emergency",
        "hotline",
        "government-line",
        "exit-entry",
        "police-station",
        "labour-arbitration",
        "labour-inspection",
        "labour-office",
        "work-permit",
        "social-insurance",
        "legal-aid",
        "notary",
        "mediation",
        "consumer",
        "community-centre",
        "rider-station",
        "court",
        "civil-affairs",
        "tax-office",
        "traffic-police",
        "education",
        "consulate",
    ]
)
"""What a place is; bot/patterns/offices.yml has the words for most of them."""

LINES = frozenset({"emergency", "hotline", "government-line"})
GENERAL = ("government-12345", "immigration-12367", "legal-aid-12348")
"""Who knows the way to an office that we do not."""

PHONE = re.compile(r"\d{3,6}|\+\d{2,3}(?: \d{3,4}){2,3}")
"""A national short number, or an international one in groups: 12367, +852 2824 6111."""


class Contact(Frozen):
    """How to reach a place: at least one of these."""

    phone: str | None = None
    sms: str | None = None
    email: str | None = None
    web: str | None = None


class ServicePoint(Frozen):
    """A place or line that helps. Hours and languages are left out where they are not certain."""

    id: str = Field(pattern=SLUG)
    kind: str = Field(pattern=SLUG)
    jurisdiction: Jurisdiction
    city: str | None = Field(default=None, pattern=SLUG)
    """The city of cities.yml, where it is smaller than the jurisdiction: Yiwu has the rules of the mainland."""
    names: dict[str, str]
    services: dict[str, list[str]]
    topics: list[str] = Field(default_factory=list)
    languages: list[str] = Field(default_factory=list)
    hours: dict[str, str] = Field(default_factory=dict)
    contact: Contact
    location: dict[str, str] = Field(default_factory=dict)
    coordinates: Coordinates | None = None
    """Left out where they are not certain to half a kilometre."""
    confirm: bool = True
    """Whether to confirm by phone first: hours, languages and duties change."""


def read_service_points(root: Path) -> tuple[dict[str, ServicePoint], list[Problem]]:
    """The places of a knowledge folder by id, and what is wrong with their files."""
    points: dict[str, ServicePoint] = {}
    problems: list[Problem] = []
    for path in sorted((root / "service_points").glob("*.yml")):
        source = read_yaml(path, f"service_points/{path.name}")
        problems += source.problems
        if source.problems:
            continue
        if not isinstance(source.data, list):
            problems.append(source.problem("shape", "write this file as a list of places, each beginning with - id:"))
            continue
        for index, data in enumerate(source.data):
            point = validated(ServicePoint, data, source, (index,), problems)
            if point is None:
                continue
            if point.id in points:
                problems.append(source.problem("duplicate-id", f"the id {point.id} is used twice", index, "id"))
            problems += _point_problems(point, source, index)
            points[point.id] = point
    return points, problems


def _point_problems(point: ServicePoint, source: YamlSource, index: int) -> list[Problem]:
    """What a place lacks: every curated language, a known kind and languages, a way to reach it."""
    found: list[Problem] = []
    for language in LANGUAGES:
        if not point.names.get(language) or not point.services.get(language):
            message = f"{point.id} needs its name and services in {language}"
            found.append(source.problem("missing-language", message, index, "names"))
        for key, texts in (("hours", point.hours), ("location", point.location)):
            if texts and language not in texts:
                found.append(
                    source.problem("missing-language", f"{point.id} needs its {key} in {language}", index, key)
                )
    if len({len(services) for services in point.services.values()}) > 1:
        message = f"{point.id} must name the same number of services in every language"
        found.append(source.problem("services", message, index, "services"))
    if point.kind not in KINDS:
        message = f"{point.kind} is not a kind of place; use one of: {', '.join(sorted(KINDS))}"
        found.append(source.problem("kind", message, index, "kind"))
    if unknown := set(point.languages) - set(ALL_LANGUAGES):
        message = f"{', '.join(sorted(unknown))}: not a language code we know"
        found.append(source.problem("language", message, index, "languages"))
    if not any(point.contact.model_dump().values()):
        found.append(source.problem("contact", f"{point.id} cannot be reached", index, "contact"))
    for number in (point.contact.phone, point.contact.sms):
        if number is not None and not PHONE.fullmatch(number):
            message = f'"{number}" is not a number we can dial; write "12367" or "+852 2824 6111"'
            found.append(source.problem("phone", message, index, "contact"))
    return found


def load_service_points(root: Path | None = None) -> dict[str, ServicePoint]:
    """The places by id (default: this package's own folder); raises KnowledgeError."""
    points, problems = read_service_points(root or ROOT)
    if problems:
        raise KnowledgeError(problems)
    return points


class Wish(Frozen):
    """What somebody looks for. `kinds`: kinds or ids of places; `city`: a slug of cities.yml; `language`: one to be spoken."""

    kinds: tuple[str, ...] = ()
    topic: str | None = None
    jurisdiction: str | None = None
    city: str | None = None
    language: str | None = None


class Choice(Frozen):
    """The places to name, best first. `how`: "fitting", "elsewhere" (of another city), or "general" (who knows the way)."""

    points: tuple[ServicePoint, ...]
    how: Literal["fitting", "elsewhere", "general"]


def choose(points: dict[str, ServicePoint], wish: Wish, most: int = 4) -> Choice:
    """The places for a wish: those of the city first, then the national ones; else who can tell more."""
    near = [point for point in points.values() if _serves(point, wish)]
    if wish.language:
        if spoken := _spoken(near if wish.jurisdiction else list(points.values()), wish):
            return Choice(points=tuple(spoken[:most]), how="fitting")
        if elsewhere := _spoken(list(points.values()), wish):
            return Choice(points=tuple(elsewhere[:most]), how="elsewhere")
    else:
        fitting = _of_kinds(near, wish) or _on_topic(near, wish)
        if fitting:
            return Choice(points=tuple(_with_a_line(fitting, near, most)), how="fitting")
    known = [p for p in near if p.id in GENERAL or (_local(p, wish) and p.kind == "government-line")]
    known = known or [point for point in near if _local(point, wish)]
    known.sort(key=lambda point: (not _local(point, wish), GENERAL.index(point.id) if point.id in GENERAL else 0))
    return Choice(points=tuple(known[:most]), how="general")


def _serves(point: ServicePoint, wish: Wish) -> bool:
    if point.city:
        return point.city == wish.city
    if point.jurisdiction == wish.jurisdiction:
        return True
    return point.jurisdiction == "mainland" and wish.jurisdiction not in ("hong-kong", "macao")


def _local(point: ServicePoint, wish: Wish) -> bool:
    return point.city is not None or point.jurisdiction == wish.jurisdiction != "mainland"


def _order(wish: Wish) -> Callable[[ServicePoint], tuple[int, ...]]:
    """How well a place fits: its kind, how much its topic, whether it is of the city, an office before a line."""

    def order(point: ServicePoint) -> tuple[int, ...]:
        named = [wish.kinds.index(name) for name in (point.id, point.kind) if name in wish.kinds]
        topic = _place_of(wish.topic, point)
        return (min(named, default=len(wish.kinds)), not _local(point, wish), topic, point.kind in LINES)

    return order


def _place_of(topic: str | None, point: ServicePoint) -> int:
    """How far down a topic stands among those of a place."""
    return point.topics.index(topic) if topic is not None and topic in point.topics else 99


def _of_kinds(near: list[ServicePoint], wish: Wish) -> list[ServicePoint]:
    return sorted((p for p in near if p.kind in wish.kinds or p.id in wish.kinds), key=_order(wish))


def _on_topic(near: list[ServicePoint], wish: Wish) -> list[ServicePoint]:
    """Those whose main topic it is before the others, and of each kind of office the nearest alone."""
    apart = {"consulate"} if wish.topic == "emergencies" else {"consulate", "emergency"}
    found = [point for point in near if wish.topic in point.topics and point.kind not in apart]
    found.sort(key=lambda point: (_place_of(wish.topic, point) > 0, *_order(wish)(point)))
    nearest: dict[str, ServicePoint] = {}
    for point in found:
        nearest.setdefault(point.id if point.kind in LINES else point.kind, point)
    return list(nearest.values())


def _spoken(near: list[ServicePoint], wish: Wish) -> list[ServicePoint]:
    """Those who speak it; a consulate last, as it helps only its own citizens. Emergency numbers are no place to chat."""
    found = [point for point in near if wish.language in point.languages and point.kind != "emergency"]
    return sorted(found, key=lambda point: (point.kind == "consulate", *_order(wish)(point)))


def _with_a_line(fitting: list[ServicePoint], near: list[ServicePoint], most: int) -> list[ServicePoint]:
    """The best ones; where all are offices, the last gives way to a line that knows about the same."""
    best = fitting[:most]
    if any(point.kind in LINES for point in best):
        return best
    lines = [p for p in near if p.kind in LINES - {"emergency"} and set(p.topics) & set(best[0].topics)]
    lines.sort(key=lambda line: line.contact.phone != best[0].contact.phone)
    return [*best[: most - 1], *lines[:1]]


def phone_digits(points: dict[str, ServicePoint]) -> frozenset[str]:
    """Every telephone number as bare digits, so that texts may name it without a proof."""
    numbers = [number for point in points.values() for number in (point.contact.phone, point.contact.sms) if number]
    return frozenset(re.sub(r"\D", "", number) for number in numbers)

"""Places and lines that help: hotlines, offices, desks. Data in service_points/*.yml."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field

from knowledge.loader import ROOT, validated
from knowledge.models import LANGUAGES, SLUG, UNDERSTOOD, Frozen, Jurisdiction
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
    if unknown := set(point.languages) - {*LANGUAGES, *UNDERSTOOD}:
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


def phone_digits(points: dict[str, ServicePoint]) -> frozenset[str]:
    """Every telephone number as bare digits, so that texts may name it without a proof."""
    numbers = [number for point in points.values() for number in (point.contact.phone, point.contact.sms) if number]
    return frozenset(re.sub(r"\D", "", number) for number in numbers)

"""Places and lines that help: hotlines, offices, desks. Data in service_points/*.yml."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field

from knowledge.loader import ROOT, validated
from knowledge.models import SLUG, Frozen, Jurisdiction
from knowledge.problems import KnowledgeError, Problem
from knowledge.sources import read_yaml


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
            for language in ("zh", "en"):
                if language not in point.names or not point.services.get(language):
                    message = f"{point.id} needs its name and services in {language}"
                    problems.append(source.problem("missing-language", message, index, "names"))
            if not any(point.contact.model_dump().values()):
                problems.append(source.problem("contact", f"{point.id} cannot be reached", index, "contact"))
            points[point.id] = point
    return points, problems


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

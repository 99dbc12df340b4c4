"""City layers: a section of a city says in eight languages how it differs from which general section."""

from __future__ import annotations

import pytest

from knowledge.loader import load_corpus
from knowledge.models import LANGUAGES
from tests.unit.knowledge.conftest import Root, write

WORDS = {language: f"In Shanghai 30 days ({language})." for language in LANGUAGES}
CITY = """
    id: leasing/shanghai
    topic: leasing
    jurisdiction: shanghai
    verified_on: 2026-11-01
    review_by: 2027-11-01
    review: [{kind: statute-check, by: tests, on: 2026-11-01}]
    sections:
      - id: city
        basis: [{law: deposit-law, article: 10}]
        facts: [{value: "30", unit: day, statute: 三十日内}]
        next_steps: {zh: [写信], en: [Write]}
"""
TEXT = "---\nrevision: 1\nreviewed: 2026-11-01\nbased_on: 1\n---\n# T\n\n## City? {#city}\n\n30 days.\n"


def city(root: Root, differs_from: str | None, words: dict[str, str]) -> list[tuple[str, str]]:
    """Add a city's section with these fields; the codes and messages of the errors."""
    folder = root.path / "brochures" / "leasing" / "shanghai"
    lines = CITY
    if differs_from:
        lines += f'        differs_from: "{differs_from}"\n'
    if words:
        lines += "        difference:\n" + "".join(f'          {key}: "{text}"\n' for key, text in words.items())
    write(folder / "brochure.yml", lines)
    for language in ("zh", "en"):
        write(folder / f"{language}.md", TEXT)
    return [(problem.code, problem.message) for problem in root.proven().errors]


def test_a_complete_layer_passes_and_is_found_from_the_general_section(root: Root) -> None:
    """It is proven like all text, and the corpus lists it under the section whose rule it changes."""
    assert city(root, "leasing/deposit#returned", WORDS) == []
    layers = load_corpus(root.path).layers
    assert [layer.id for layer in layers["leasing/deposit#returned"]] == ["leasing/shanghai#city"]


@pytest.mark.parametrize(
    ("general", "words", "code"),
    [
        (None, WORDS, "differs-from"),
        ("leasing/deposit#nowhere", WORDS, "differs-from"),
        ("leasing/nowhere#returned", WORDS, "differs-from"),
        ("leasing/shanghai#city", WORDS, "differs-from"),
        ("leasing/deposit#returned", {}, "difference"),
        ("leasing/deposit#returned", {key: text for key, text in WORDS.items() if key != "ar"}, "difference"),
        ("leasing/deposit#returned", WORDS | {"fr": " "}, "difference"),
        ("leasing/deposit#returned", WORDS | {"de": "In Schanghai 30 Tage."}, "difference"),
        ("leasing/deposit#returned", WORDS | {"en": "In Shanghai 31 days."}, "unproven-figure"),
    ],
)
def test_a_layer_that_does_not_say_how_it_differs_fails(
    root: Root, general: str | None, words: dict[str, str], code: str
) -> None:
    """No general section, none that exists, a city's own one; a language missing, empty or unknown; a wrong figure."""
    assert [found for found, _ in city(root, general, words)] == [code]


def test_what_holds_everywhere_differs_from_nothing(root: Root) -> None:
    """A mainland section cannot be a layer."""
    root.replace("brochure.yml", "  - id: second\n", '  - id: second\n    differs_from: "leasing/deposit#returned"\n')
    errors = root.proven().errors
    assert [problem.code for problem in errors] == ["differs-from"]

"""Service points, glossary, and the phrases of emergencies as files that editors change."""

from pathlib import Path

import pytest

from knowledge import Corpus, KnowledgeError
from knowledge.emergencies import load_emergencies
from knowledge.glossary import load_glossary
from knowledge.service_points import load_service_points, phone_digits
from tests.unit.knowledge.conftest import Root, write


def test_the_hotlines_are_there(corpus: Corpus) -> None:
    """The national lines stand in the register, each with services in Chinese and English."""
    numbers = phone_digits(load_service_points())
    wanted = "110 119 120 122 12110 12338 12345 12348 12333 12356 12366 12367 12315 12388 999"
    assert set(wanted.split()) <= numbers
    topics = set(corpus.topics)
    assert all(set(point.topics) <= topics for point in load_service_points().values())


def test_a_term_is_shown_with_the_chinese_one() -> None:
    """160 terms or more, always beside the Chinese; what else is right in a text is not what is shown."""
    glossary = load_glossary()
    assert len(glossary) >= 160
    assert glossary["residence-permit"].shown("en") == "residence permit (居留许可)"
    assert glossary["motor-vehicle-driving-licence"].shown("en") == "driving licence (机动车驾驶证)"
    assert glossary["residence-permit"].shown("zh") == "居留许可"
    assert glossary["residence-permit"].shown("xx") == "residence permit (居留许可)"


@pytest.mark.parametrize(
    ("name", "text", "code", "line"),
    [
        ("service_points/a.yml", "- id: x\n  kind: hotline\n", "shape", 1),
        ("service_points/a.yml", "id: x\n", "shape", 1),
        ("glossary.yml", "rent:\n  zh: 租金\n", "missing-language", 1),
        ("glossary.yml", "rent:\n  zh: 租金\n  en: rent\n  fr: loyer\n", "language", 4),
        ("glossary.yml", "rent:\n  zh: [租金, 3]\n  en: rent\n", "missing-language", 1),
        ("emergencies.yml", "kinds:\n  fire:\n    card: 火\n", "shape", 2),
    ],
)
def test_a_broken_register_fails_the_check(root: Root, name: str, text: str, code: str, line: int) -> None:
    """The checker reads the registers too, and names file and line."""
    write(root.path / name, text)
    errors = root.proven().errors
    assert (name, line, code) in {(problem.file, problem.line, problem.code) for problem in errors}


def test_a_broken_pattern_is_named(root: Root) -> None:
    """A phrase that is no regular expression is told with its file and line, not as a crash."""
    card = "kinds:\n  fire:\n    numbers: {mainland: ['119']}\n    card: 火\n"
    write(root.path / "emergencies.yml", card)
    phrases = "script: '[a-z]'\nkinds:\n  fire:\n    phrases:\n      - 'fire'\n      - '(fire'\n"
    write(root.path / "emergency_phrases" / "en.yml", phrases)
    with pytest.raises(KnowledgeError, match=r"emergency_phrases/en\.yml:6: "):
        load_emergencies(Path(root.path))

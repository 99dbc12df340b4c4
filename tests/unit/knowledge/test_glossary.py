"""Terms in every language, and the brochures that must use them."""

import pytest

from knowledge.glossary import TRANSLATIONS, load_glossary, read_glossary
from knowledge.inflection import ends_with
from knowledge.loader import ROOT
from knowledge.problems import Problem
from tests.unit.knowledge.conftest import Root, write

TERMS = """
    deposit:
      zh: 押金
      en: ["deposit", "security deposit"]
    fine:
      zh: [罚款, 罚金]
      en: "fine"
"""
FRENCH = """
    ---
    revision: 1
    reviewed: 2026-11-01
    based_on: 1
    next_steps:
      second: ["Demandez les amendes (罚款)"]
    ---
    # Dépôts

    ## Quand le dépôt est-il rendu ? {#returned}

    Le propriétaire rend le **dépôt de garantie** (押金) dans les 30 jours.
    La peine est de 20,000 yuans.

    ## Autre question ? {#second}

    Cela prend environ 2 semaines (about 2 weeks).
"""
PATH = """
    id: moving
    jurisdiction: mainland
    offered_with: ["leasing/deposit#returned"]
    steps:
      - {id: ask, section: "leasing/deposit#returned"}
"""
STEPS = """
revision: 1
title: Moving
intro: Step by step.
steps:
  ask:
    title: Ask
    text: Ask for {}.
"""


@pytest.fixture
def glossary(root: Root) -> Root:
    """The knowledge folder of the tests with two terms, in French too, and a French brochure that uses them."""
    write(root.path / "glossary.yml", TERMS)
    write(root.path / "glossary" / "fr.yml", 'deposit: ["dépôt de garantie", "caution"]\nfine: "amende"\n')
    write(root.brochure / "fr.md", FRENCH)
    return root


def used(root: Root) -> list[Problem]:
    return [problem for problem in root.proven().errors if problem.code == "glossary-use"]


def test_every_language_has_its_terms() -> None:
    """The glossary that is shipped lacks no language."""
    assert read_glossary(ROOT).absent == []


def test_a_sound_use_is_counted(glossary: Root) -> None:
    """Terms before their Chinese name, in texts and next steps, in the plural and in bold."""
    report = glossary.proven()
    assert used(glossary) == []
    assert (report.counts["terms"], report.counts["term languages"], report.counts["term uses"]) == (2, 3, 2)
    assert "3 languages, 2 uses checked" in report.summary()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("**dépôt de garantie** (押金)", "**acompte** (押金)", 12),
        ("**dépôt de garantie** (押金)", "**garantie** (押金)", 12),
        ("est de 20,000 yuans.", "est une **peine (罚金)** de 20,000 yuans.", 13),
        ("les amendes (罚款)", "les peines (罚款)", 6),
    ],
)
def test_a_stray_rendering_fails_with_file_and_line(glossary: Root, old: str, new: str, line: int) -> None:
    """Another word before the Chinese term is an error where it stands, and the glossary's word is told."""
    glossary.replace("fr.md", old, new)
    (problem,) = used(glossary)
    assert (problem.file, problem.line) == ("brochures/leasing/deposit/fr.md", line)
    assert ("dépôt de garantie" if "押金" in old else "amende") in problem.message


@pytest.mark.parametrize(
    "new", ["**caution** (押金)", "la caution (押金)", "DÉPÔTS DE GARANTIE（押金）", "garantie (定金)"]
)
def test_other_right_words_and_other_terms_pass(glossary: Root, new: str) -> None:
    """What the list of a term has beside the first, and Chinese that is no term of the glossary."""
    glossary.replace("fr.md", "**dépôt de garantie** (押金)", new)
    assert used(glossary) == []


def test_english_next_steps_are_read_in_the_brochure(glossary: Root) -> None:
    """brochure.yml holds the Chinese and English next steps; a stray there is named with its line."""
    glossary.replace("brochure.yml", "en: [Call 12345]", 'en: ["Ask for the money (押金)"]')
    assert [(problem.file, problem.line) for problem in used(glossary)] == [
        ("brochures/leasing/deposit/brochure.yml", 20)
    ]


def test_paths_are_compared_too(glossary: Root) -> None:
    """A step's text is a text of the knowledge like another."""
    path = glossary.path / "paths" / "moving"
    write(path / "path.yml", PATH)
    write(path / "zh.yml", STEPS.format("押金"))
    write(path / "en.yml", "based_on: 1\n" + STEPS.format("the money (押金)").lstrip("\n"))
    assert [(problem.file, problem.line) for problem in used(glossary)] == [("paths/moving/en.yml", 8)]


def test_a_missing_term_fails(glossary: Root) -> None:
    """Every language has its file, and every file has every term."""
    write(glossary.path / "glossary" / "fr.yml", 'deposit: "caution"\n')
    report = glossary.proven()
    missing = [problem for problem in report.errors if problem.code == "missing-term"]
    assert [(problem.file, "fine" in problem.message) for problem in missing] == [("glossary/fr.yml", True)]
    assert sum(problem.code == "glossary-language" for problem in report.errors) == len(TRANSLATIONS) - 1


@pytest.mark.parametrize(
    ("name", "text", "code", "line"),
    [
        ("fr", "deposit: caution\nfine: amende\nrent: loyer\n", "unknown-term", 3),
        ("fr", "deposit: caution\nfine: 3\n", "shape", 2),
        ("fr", "deposit: [caution, '']\nfine: amende\n", "shape", 1),
        ("fr", "deposit: caution\nfine: amende\nfine: peine\n", "duplicate-key", 3),
        ("fr", "- deposit\n", "shape", 1),
        ("en", "deposit: deposit\n", "language", 1),
    ],
)
def test_a_broken_file_is_named(glossary: Root, name: str, text: str, code: str, line: int) -> None:
    """Strays, empty words, and languages that have no file of their own."""
    write(glossary.path / "glossary" / f"{name}.yml", text)
    problems = read_glossary(glossary.path).problems
    assert (f"glossary/{name}.yml", line, code) in {(problem.file, problem.line, problem.code) for problem in problems}


@pytest.mark.parametrize(
    ("language", "text", "term"),
    [
        ("en", "you can ask for payment orders", "payment order"),
        ("en", "Ask the people’s mediation committees", "people's mediation committee"),
        ("fr", "avant la fin de vos titres de séjour", "titre de séjour"),
        ("fr", "pour la reconnaissance et l’exécution", "reconnaissance et exécution"),
        ("fr", "les HEURES SUPPLÉMENTAIRES", "heures supplémentaires"),
        ("es", "Los comités de mediación popular", "comité de mediación popular"),
        ("es", "pide la ejecución forzosa", "ejecución forzosa"),
        ("ru", "жалуйтесь в трудовую инспекцию", "трудовая инспекция"),
        ("ru", "за 30 дней до конца вида на жительство", "вид на жительство"),
        ("ru", "просить об административном пересмотре", "административный пересмотр"),
        ("ar", "اطلب التحكيم العمالي", "تحكيم عمالي"),
        ("ar", "تستحق تعويضًا", "تعويض"),
        ("ar", "قبل نهاية تصريح إقامتك", "تصريح إقامة"),
        ("ar", "اذهب إلى مكتب الدخول والخروج", "مكتب الدخول والخروج"),
        ("ar", "بالوساطة", "وساطة"),
        ("ja", "早めに労働仲裁", "労働仲裁"),
        ("ko", "거부하면 노동 감찰", "노동감찰"),
        ("de", "wegen der Arbeitsverträge", "Arbeitsvertrag"),
    ],
)
def test_a_term_is_known_in_another_form(language: str, text: str, term: str) -> None:
    """Case, number, article, capitals, accents, joined prefixes and the spaces of Korean do not matter."""
    assert ends_with(text, term, language)


@pytest.mark.parametrize(
    ("language", "text", "term"),
    [
        ("en", "the payment order of the court", "payment order"),
        ("fr", "votre permis de travail", "titre de séjour"),
        ("es", "el permiso de residencia", "permiso de trabajo"),
        ("ru", "трудовой арбитраж", "трудовая инспекция"),
        ("ar", "تفتيش العمل", "تحكيم عمالي"),
        ("ja", "労働仲裁を求める", "労働仲裁"),
        ("ko", "노동중재", "노동감찰"),
        ("fr", "les", "la"),
        ("fr", "séjour", "titre de séjour"),
    ],
)
def test_other_words_are_not_the_term(language: str, text: str, term: str) -> None:
    """Another term, the term further back, half of it, and a term that is only an article."""
    assert not ends_with(text, term, language)


def test_every_curated_language_has_every_term() -> None:
    """The glossary as it is: no language has less than the register."""
    for term in load_glossary().values():
        assert {"ja", "ko", "fr", "es", "ru", "ar"} <= term.names.keys(), term.slug

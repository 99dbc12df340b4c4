"""Translation through packages that were really trained: installed, translated through, pivoted through, removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from knowledge.glossary import load_glossary
from languages import sentences
from languages.masks import Masker
from languages.packages import install, installed
from languages.practice import beside, world
from languages.practice.trained import held_out
from languages.translation import ArgosEngine, ArgosTranslator
from wenlu.cli import app

TERM = load_glossary()["residence-permit"]
FILLINGS = {
    "figure": "1,500",
    "day": "2026-03-01",
    "place": "https://example.org/a_b?c=1",
    "number": "010-1234 5678",
}
ARTICLE = "《劳动合同法》第十九条"


def _filled(sentence: world.Sentence, language: str, source: str) -> str:
    """A sentence of the world with real things in it, as it is written in its source and shown in any other language."""
    law = ARTICLE if language == source else f"Labor Contract Law, art. 19 ({ARTICLE})"
    return sentence.plain(language, FILLINGS | {"law": law, "term": TERM.shown(language)})


@pytest.fixture(scope="session")
def home(trained: dict[tuple[str, str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packages folder with what was trained."""
    folder = tmp_path_factory.mktemp("packages")
    for file in trained.values():
        install(file, folder)
    return folder


@pytest.fixture
def translator(home: Path) -> ArgosTranslator:
    return ArgosTranslator(home, Masker.official())


def _share(translator: ArgosTranslator, source: str, target: str) -> float:
    """How many of the sentences that no model has seen come back exactly as they should."""
    asked = [sentence for sentence in held_out() if not any(map(sentence.has_figure, world.LANGUAGES))]
    right = 0
    for sentence in asked:
        result = translator.translate(_filled(sentence, source, source), source, target)
        right += result.machine and result.text == _filled(sentence, target, source)
    return right / len(asked)


@pytest.mark.parametrize(("source", "target", "wanted"), [("en", "fr", 0.95), ("fr", "en", 0.95), ("en", "es", 0.95), ("fr", "es", 0.92)])  # fmt: skip
def test_sentences_never_seen_are_translated(
    translator: ArgosTranslator, source: str, target: str, wanted: float
) -> None:
    """With their agreement and word order, and with all that is masked in its right place; from French to Spanish by way of English."""
    assert _share(translator, source, target) >= wanted
    assert ("es", "en") not in translator.routes()


def test_what_is_masked_survives_where_it_changes_places(translator: ArgosTranslator) -> None:
    """In English the place comes first, in French the day; terms, citations, addresses and figures are as they should be."""
    text = "The tenant must return the residence permit at https://example.org/a_b before 2026-03-01."
    result = translator.translate(text, "en", "fr")
    assert (
        result.text == f"Le locataire doit rendre le {TERM.shown('fr')} avant le 2026-03-01 à https://example.org/a_b."
    )
    assert "(居留许可)" in result.text
    text = f"According to {ARTICLE}, we must pay the rent at https://example.org/a_b within 30 days."
    assert translator.translate(text, "en", "fr").text == (
        f"Selon Labor Contract Law, art. 19 ({ARTICLE}), nous devons payer le loyer sous 30 jours à https://example.org/a_b."
    )
    assert result.via == ("en-fr",)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("According to art. 46, you must pay the rent today.", "Selon art. 46, vous devez payer le loyer aujourd'hui."),
        (
            "According to Labour Contract Law, you must sign the contract.",
            "Selon Labor Contract Law (劳动合同法), vous devez signer le contrat.",
        ),
        ("Please bring the work permit.", "Veuillez apporter le {work-permit}."),
    ],
)
def test_official_words_are_kept(translator: ArgosTranslator, text: str, wanted: str) -> None:
    """Titles of laws in plain words and official terms come with the Chinese ones."""
    for slug, term in load_glossary().items():
        wanted = wanted.replace(f"{{{slug}}}", term.shown("fr"))
    assert translator.translate(text, "en", "fr").text == wanted


def test_a_figure_that_the_source_has_not_is_not_shown(home: Path, translator: ArgosTranslator) -> None:
    """The model learned that a fortnight is "15 jours", which is right; but nobody can see that it is, so the original stands."""
    text = "You must pay the rent within a fortnight."
    assert ArgosEngine(installed(home)["en", "fr"]).translate([text]) == ["Vous devez payer le loyer sous 15 jours."]
    result = translator.translate(text, "en", "fr")
    assert (result.text, result.language, result.machine, result.reason) == (text, "en", False, "figures_differ")


def test_long_text_is_parted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists, empty lines and a sentence that is too long: all of it is translated, nothing goes to the model that is too long for it."""
    monkeypatch.setattr(sentences, "LONGEST", 80)  # what this model learned is shorter than what real ones read
    sent: list[str] = []

    class Listening(ArgosEngine):
        def translate(self, sentences: Sequence[str]) -> list[str]:
            sent.extend(sentences)
            return super().translate(sentences)

    clause = "the tenant must pay the rent every month at the bank"
    endless = ", and ".join([clause] * 9).capitalize()
    text = f"You must sign the contract.\n\n- {endless}.\n- Please bring the passport.\n\n2. May we keep the key?"
    result = ArgosTranslator(home, Masker.official(), engine=Listening).translate(text, "en", "fr")
    ours = "le locataire doit payer le loyer chaque mois à la banque"
    long = ", et ".join([ours] * 9).capitalize()
    assert result.text == (
        f"Vous devez signer le contrat.\n\n- {long}.\n- Veuillez apporter le passeport.\n\n"
        "2. Est-ce que nous pouvons garder la clé ?"
    )
    assert max(map(len, sent)) <= 80 < len(endless)


def test_what_leaves_out_the_rest_is_not_shown(home: Path, translator: ArgosTranslator) -> None:
    """The model never learned to say five things in one sentence, and says one of them."""
    text = ", and ".join(["the tenant must pay the rent every month at the bank"] * 5) + "."
    assert len(ArgosEngine(installed(home)["en", "fr"]).translate([text])[0]) < len(text) / 3
    result = translator.translate(text, "en", "fr")
    assert (result.text, result.machine, result.reason) == (text, False, "shortened")


def test_words_that_no_model_knows_do_no_harm(translator: ArgosTranslator) -> None:
    """Whatever comes out has the figures of what went in, or is what went in."""
    for text in ("Zyzzyva 42 quokkas?", "The weather in Paris was lovely on 3 May", "🙂 42", "押金 30 元"):
        result = translator.translate(text, "en", "fr")
        assert result.text == text or (result.machine and all(part in result.text for part in text.split() if part.isdigit()))  # fmt: skip


def test_packages_come_and_go_by_command(trained: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    """`wenlu languages install PATH`, list, test, remove; what is gone is not translated through."""
    run, home = CliRunner(), ["--packages", str(tmp_path)]

    def said(*words: str) -> str:
        return run.invoke(app, ["languages", *words, *home]).output

    assert "installed en-fr 1.0" in said("install", str(trained["en", "fr"]))
    assert "installed fr-en 1.0" in said("install", str(trained["fr", "en"]))
    assert "fr-es" not in said("list")
    said("install", str(trained["en", "es"]))
    assert "by way of English: fr-es" in said("list")
    assert "Envíe" not in said("test", "en-es", "Please return the key.")
    assert "por favor, devuelva la llave." in said("test", "en-es", "Please return the key.").lower()
    assert "fr-en → en-es" in said("test", "fr-es", "Veuillez rendre la clé.")
    assert "removed en-es" in said("remove", "en-es")
    assert ArgosTranslator(tmp_path, Masker()).translate("Veuillez rendre la clé.", "fr", "es").reason == "no_package"


def test_argostranslate_reads_the_same_packages(trained: dict[tuple[str, str], Path], home: Path) -> None:
    """Another reader of `.argosmodel` says the same, straight and by way of English."""
    if not beside.available():
        pytest.skip("argostranslate is not installed")
    translator = ArgosTranslator(home, Masker())
    for source, target in (("en", "fr"), ("fr", "es")):
        asked = [s.plain(source, {}) for s in held_out() if not s.names(source) and not s.has_figure("fr")][:25]
        theirs = beside.translate(list(trained.values()), source, target, asked)
        assert theirs.translations == [translator.translate(text, source, target).text for text in asked]

"""Translation piece by piece: masks, sentences, waiting, packages; and models that go astray, their weights written by hand."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from knowledge.glossary import load_glossary
from languages import cli
from languages.bounded import BoundedTranslator
from languages.masks import STYLES, Masker, figures, marked, unmarked
from languages.packages import Package, PackageError, install, installed, parse_pair, remove
from languages.practice.written import make_package
from languages.runaway import cut_short, runaway
from languages.sentences import LONGEST, pieces
from languages.translation import ArgosEngine, ArgosTranslator, Engine, Translation


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packages as a download would leave them."""
    folder = tmp_path_factory.mktemp("made")
    for source, target in (("fr", "en"), ("en", "de"), ("en", "zh"), ("zh", "en")):
        make_package(folder / f"{source}_{target}.argosmodel", source, target)
    make_package(folder / "endless.argosmodel", "fr", "de", {"</s>": "Amt"})
    make_package(folder / "slips.argosmodel", "fr", "de", {"X2X": "Amt", "jours": "14", "bureau": "Sie"})
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A packages folder with the practice packages installed."""
    for file in sorted(made.glob("??_??.argosmodel")):
        install(file, tmp_path / "packages")
    return tmp_path / "packages"


@pytest.fixture
def translator(home: Path) -> ArgosTranslator:
    return ArgosTranslator(home, Masker.official())


def test_chinese_sentences_are_parted_and_dates_are_read_everywhere(translator: ArgosTranslator) -> None:
    """No spaces are needed between sentences; a Chinese date is written so that everybody reads it."""
    result = translator.translate("我们 必须 登记 2026年3月1日。您 可以 支付 5 元", "zh", "en")
    assert result.machine
    assert result.text.startswith("we must register 2026-03-01")
    assert result.text.endswith("you may pay 5 yuan")


def test_where_one_form_of_marks_is_lost_another_is_tried(made: Path, home: Path) -> None:
    """A model that turns X2X into a word gets [2] instead."""
    install(made / "slips.argosmodel", home)
    result = ArgosTranslator(home, Masker()).translate("vous devez payer 5 yuans à 6", "fr", "de")
    assert (result.text, result.machine) == ("Sie müssen bezahlen 5 Yuan bei 6", True)


def test_a_figure_that_the_source_has_not_is_never_shown(made: Path, home: Path) -> None:
    """A model that says 14 for "days"."""
    install(made / "slips.argosmodel", home)
    result = ArgosTranslator(home, Masker()).translate("vous devez payer sous 5 jours", "fr", "de")
    assert (result.machine, result.reason) == (False, "figures_differ")


def test_a_model_that_finds_no_end_is_caught(made: Path, home: Path) -> None:
    """It says the same word until it is stopped; nobody sees that."""
    package = install(made / "endless.argosmodel", home)
    assert ArgosEngine(package).translate(["veuillez appeler le bureau"])[0].endswith("Amt Amt Amt Amt")
    result = ArgosTranslator(home, Masker()).translate("veuillez appeler le bureau", "fr", "de")
    assert (result.text, result.machine, result.reason) == ("veuillez appeler le bureau", False, "repetition")


def test_what_cannot_be_translated_comes_back_as_it_was(translator: ArgosTranslator) -> None:
    """With the reason, and never as an exception."""
    assert translator.translate("ok", "de", "fr").reason == "no_package"
    assert translator.translate("ok", "de", "de").reason == "same_language"
    assert translator.translate("pay. " * 5000, "en", "de").reason == "too_long"
    assert translator.translate("pay", "en", "de", deadline=time.monotonic() - 1).reason == "late"
    assert translator.translate("pay", "en", "de").text == "bezahlen"


def test_packages_that_come_and_go_are_noticed(made: Path, home: Path, translator: ArgosTranslator) -> None:
    """Without starting anything again."""
    assert translator.translate("payer", "fr", "de").via == ("fr-en", "en-de")
    install(made / "slips.argosmodel", home)
    assert translator.translate("payer", "fr", "de").via == ("fr-de",)
    assert remove("fr", "de", home)
    assert remove("en", "de", home)
    assert translator.translate("payer", "fr", "de").reason == "no_package"


def test_only_so_many_models_stay_in_memory(home: Path) -> None:
    """The one that rested longest makes room and is loaded again when it is needed."""
    loaded: list[str] = []

    class Same:
        def translate(self, sentences: Sequence[str]) -> list[str]:
            return list(sentences)

    def load(package: Package) -> Engine:
        loaded.append(package.name)
        return Same()

    translator = ArgosTranslator(home, Masker(), most_loaded=2, engine=load)
    for number, (source, target) in enumerate([("en", "de"), ("en", "zh"), ("zh", "en"), ("en", "de")]):
        translator.translate(f"word {number}", source, target)
    assert loaded == ["en-de", "en-zh", "zh-en", "en-de"]


def _engine(answer: Callable[[str], str]) -> Callable[[Package], Engine]:
    class Odd:
        def translate(self, sentences: Sequence[str]) -> list[str]:
            return [answer(sentence) for sentence in sentences]

    return lambda _: Odd()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda s: "der Vertrag " * 9, "repetition"),
        (lambda s: f"{s} {s} {s} {s} {s} {s} {s} {s}" + "x" * 90, "repetition"),
        (lambda s: "", "mark_lost"),
        (lambda s: "zahlen Sie Yuan", "mark_lost"),
        (lambda s: s.replace("X1X", "X1X X1X").replace("[1]", "[1][1]").replace("#1#", "#1##1#"), "mark_lost"),
    ],
)
def test_an_engine_that_goes_astray_is_caught(home: Path, answer: Callable[[str], str], reason: str) -> None:
    """Repetition, silence, and marks said twice."""
    translator = ArgosTranslator(home, Masker(), engine=_engine(answer))
    result = translator.translate("pay 5 yuan", "en", "de")
    assert (result.text, result.machine, result.reason) == ("pay 5 yuan", False, reason)


@given(st.text(alphabet=st.sampled_from("ab 1٣。.,x年月日条第\n-(居)X[]#\ue000"), max_size=60))
def test_masking_and_restoring_is_the_identity(text: str) -> None:
    """Whatever stands in a text, an engine that copies gives it back, but for private characters and Chinese dates."""
    clean = text.replace("\ue000", "")
    masked = Masker().mask(text, "zh", "zh")
    assert masked.restored(masked.text) == clean
    for style in STYLES:
        for piece in pieces(masked.text):
            sent, held = marked(piece.text, style)
            back = unmarked(sent, held, style)
            if not any(part in masked.text for part in "X[#"):
                assert back is not None
                assert back.replace(" ", "") == piece.text.replace(" ", "")


@given(st.text(max_size=900))
def test_pieces_joined_are_the_text(text: str) -> None:
    """Nothing is lost in parting a text, and nothing goes to a translator that is too long for it."""
    parts = pieces(text)
    assert "".join(piece.text for piece in parts) == text
    assert all(len(piece.text) <= LONGEST for piece in parts if piece.sentence)


def test_abbreviations_do_not_end_a_sentence() -> None:
    """art. 19 stays with its article."""
    found = [piece.text for piece in pieces("See art. 19 of the law. Then pay.") if piece.sentence]
    assert found == ["See art. 19 of the law.", "Then pay."]


def test_figures_are_the_same_in_all_digits() -> None:
    """Arabic-Indic digits, separators and leading zeros make no other figure."""
    assert figures("30 days, 10,000 yuan") == figures("٣٠ يومًا و ١٠٬٠٠٠") == figures("030 / 10.000")
    assert figures("30 days") != figures("3 days")
    assert figures("30 and 30") != figures("30")


def test_repetition_that_the_source_has_too_is_none() -> None:
    """ "no, no, no, no" may be said; a loop may not."""
    assert not runaway("no, no, no, no, no", "nein, nein, nein, nein, nein")
    assert runaway("no", "nein nein nein nein nein")
    assert runaway("押金", "押金押金押金押金押金")
    assert not runaway("you may pay here", "Sie dürfen hier bezahlen")


def test_what_is_far_shorter_is_cut_short() -> None:
    """Chinese says more with a character; a short sentence may become a word."""
    english = "The employer must pay for the day on which the contract ends, and for the holidays that are left."
    assert not cut_short(english, "用人单位应当支付合同终止当日的工资以及剩余年休假的工资。")
    assert not cut_short("用人单位应当支付合同终止当日的工资以及剩余年休假的工资。", english)
    assert cut_short(english, "用人单位应当支付。")
    assert cut_short(english, "Der Arbeitgeber muss zahlen.")
    assert not cut_short("you may pay here", "hier")


def test_waiting_is_bounded() -> None:
    """One worker: who waits too long or finds the queue full gets the original, and the next one is served again."""
    go, at_work = threading.Event(), threading.Event()

    class Slow:
        def translate(self, text: str, source: str, target: str, deadline: float | None = None) -> Translation:
            at_work.set()
            go.wait(10)
            return Translation(text.upper(), target, True)

        def routes(self) -> set[tuple[str, str]]:
            return {("en", "de")}

    bounded = BoundedTranslator(Slow(), seconds=5, places=2)
    first = threading.Thread(target=bounded.translate_all, args=([("a", "en", "de")],))
    first.start()
    assert at_work.wait(5)
    found = bounded.translate_all([("b", "en", "de"), ("c", "en", "de"), ("d", "en", "de")], seconds=0.05)
    assert [(each.text, each.reason) for each in found] == [("b", "late"), ("c", "late"), ("d", "busy")]
    go.set()
    first.join(5)
    assert bounded.translate_all([("e", "en", "de")])[0].text == "E"
    bounded.close()


def test_what_is_no_package_is_refused(tmp_path: Path, made: Path) -> None:
    """With words that say why; what is installed stays."""
    home = tmp_path / "packages"
    install(made / "en_de.argosmodel", home)
    plain = tmp_path / "plain.argosmodel"
    plain.write_text("hello")
    outside, empty, old = (tmp_path / f"{name}.argosmodel" for name in ("outside", "empty", "old"))
    with zipfile.ZipFile(outside, "w") as packed:
        packed.writestr("../evil/metadata.json", "{}")
    with zipfile.ZipFile(empty, "w") as packed:
        packed.writestr("translate-en_de/metadata.json", '{"from_code": "en", "to_code": "de"}')
    with zipfile.ZipFile(old, "w") as packed:
        packed.writestr("translate-en_de/metadata.json", '{"from_code": "en", "to_code": "de"}')
        packed.writestr("translate-en_de/model/model.bin", "x")
        packed.writestr("translate-en_de/bpe.model", "x")
    for file, words in (
        (plain, "no package"),
        (outside, "outside"),
        (empty, "no CTranslate2 model"),
        (old, "older kind"),
    ):
        with pytest.raises(PackageError, match=words):
            install(file, home)
    assert list(installed(home)) == [("en", "de")]
    assert not [path for path in home.iterdir() if path.name.startswith(".")]


def test_pairs_are_read_as_people_write_them() -> None:
    """en-de and en_de; nothing else."""
    assert parse_pair("en-de") == parse_pair("en_de") == ("en", "de")
    assert parse_pair("english") is None
    assert parse_pair("../de") is None


def test_the_command_line(made: Path, tmp_path: Path) -> None:
    """install a file or a folder, list, test, remove; and what is wrong is said with exit code 1."""
    run, home = CliRunner(), ["--packages", str(tmp_path / "packages")]
    assert "no packages" in run.invoke(cli.app, ["list", *home]).output
    assert "installed en-de 1.0" in run.invoke(cli.app, ["install", str(made / "en_de.argosmodel"), *home]).output
    assert run.invoke(cli.app, ["install", str(made), *home]).exit_code == 0
    assert "fr-zh" in run.invoke(cli.app, ["list", *home]).output
    tried = run.invoke(cli.app, ["test", "en-de", "please pay 5 yuan", *home])
    assert "bitte bezahlen 5 Yuan" in tried.output
    assert "removed en-de" in run.invoke(cli.app, ["remove", "en-de", *home]).output
    for command in (["remove", "en-de"], ["install", "nothing.argosmodel"], ["test", "en-de"], ["test", "x"]):
        assert run.invoke(cli.app, [*command, *home]).exit_code == 1


@pytest.mark.parametrize(
    ("text", "source", "target", "wanted"),
    [
        ("bring the residence permits (居留许可)", "en", "de", "bring the {residence-permit}"),
        ("bring the residence permit", "en", "zh", "bring the 居留许可"),
        ("a visa, and the visa (签证)", "en", "zh", "a visa, and the 签证"),
        ("a fine day", "en", "fr", "a fine day"),
        ("Labor Contract Law (劳动合同法), art. 19, para. 2", "en", "zh", "劳动合同法, 第19条第2款"),
        ("the Labour Contract Law; labor law is hard", "en", "fr", "the Labor Contract Law (劳动合同法); labor law is hard"),
        ("Labor Contract Law of the People's Republic of China", "en", "zh", "中华人民共和国劳动合同法"),
        ("《劳动合同法》第十九条第二款", "zh", "fr", "Labor Contract Law, art. 19, para. 2 (《劳动合同法》第十九条第二款)"),
        ("《没有这部法》第3条", "zh", "fr", "《没有这部法》第3条"),
        ("民法典和第七百零三条之一", "zh", "en", "Civil Code (民法典)和art. 703-1 (第七百零三条之一)"),
        ("劳动合同法", "zh", "zh", "劳动合同法"),
        ("https://a.org/居留许可 `居留许可`", "zh", "en", "https://a.org/居留许可 `居留许可`"),
        ("2026年3月1日", "zh", "de", "2026-03-01"),
    ],
)  # fmt: skip
def test_what_official_words_come_back_as(text: str, source: str, target: str, wanted: str) -> None:
    """Terms and titles of laws with the Chinese ones beside them, articles so that they can be looked up; ordinary words are left."""
    for slug, term in load_glossary().items():
        wanted = wanted.replace(f"{{{slug}}}", term.shown("de"))
    masked = Masker.official().mask(text, source, target)
    assert masked.restored(masked.text) == wanted

"""What goes into a WeChat text: nothing lost, nothing torn, as few texts as needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from api.channels.wechat.breaks import breaks, sentence_ends
from api.channels.wechat.packing import LONGEST_BYTES, Choice, compose, pack, plain
from api.chat.machine import MachineText
from api.chat.render import Renderer
from api.i18n import NAMES, Catalogs
from knowledge.emergencies import load_emergencies
from knowledge.models import LANGUAGES, Corpus, Section

TODAY = date(2026, 11, 21)
URL = "https://wenlu.example/s/" + "x" * 90

SENTENCES = {
    "zh": "房东应当在七日内退还押金。",
    "en": "The landlord must pay the deposit back within seven days. ",
    "ja": "大家は7日以内に敷金を返さなければなりません。",
    "ko": "집주인은 7일 이내에 보증금을 돌려주어야 합니다. ",
    "fr": "Le bailleur doit rendre le dépôt de garantie « sans délai » ! ",
    "es": "¿El arrendador debe devolver la fianza en siete días? ",
    "ru": "Арендодатель обязан вернуть залог в течение семи дней. ",
    "ar": "هل يجب على المؤجر إعادة الضمان خلال سبعة أيام؟ ",
    "de": "Der Vermieter muss die Kaution binnen sieben Tagen zurückzahlen. ",
    "pt": "O senhorio deve devolver a caução em sete dias. ",
    "vi": "Chủ nhà phải trả lại tiền đặt cọc trong vòng bảy ngày ở nhà. ",
    "it": "Il locatore deve restituire la cauzione entro sette giorni. ",
    "tr": "Ev sahibi depozitoyu yedi gün içinde geri vermelidir. ",
    "hi": "मकान मालिक को सात दिनों के भीतर जमा राशि लौटानी होगी। ",
    "id": "Pemilik rumah wajib mengembalikan uang jaminan dalam tujuh hari. ",
    "th": "เจ้าของบ้านต้องคืนเงินมัดจำภายในเจ็ดวัน ",
    "fa": "صاحب‌خانه باید ودیعه را ظرف هفت روز برگرداند. ",
    "uk": "Орендодавець має повернути заставу протягом семи днів. ",
    "ur": "مالک مکان کو سات دن کے اندر ضمانت واپس کرنی ہوگی۔ ",
}


def size(text: str) -> int:
    return len(text.encode())


def fewest_possible(text: str) -> int:
    return -(-size(text) // LONGEST_BYTES)


def without_space(texts: list[str]) -> str:
    return "".join("".join(texts).split())


natural = st.lists(st.sampled_from([*SENTENCES.values(), "\n\n", "\n", "500 yuan. ", "👨‍👩‍👧 "]), max_size=120).map(
    "".join
)
anything = st.one_of(
    natural,
    st.text(max_size=3000),
    st.text(alphabet="a1 \n.。\u0301\u200d👩🇨🇳กำक्षि,5元", max_size=3000),
    st.builds(
        lambda base, mark, times: base + mark * times, st.text(max_size=5), st.text(max_size=2), st.integers(0, 3000)
    ),
)


@settings(deadline=None)
@given(
    st.lists(anything, max_size=4),
    st.lists(st.text(max_size=90), max_size=9),
    st.sampled_from([4, 100, 1000, LONGEST_BYTES]),
)
def test_nothing_is_lost_and_nothing_is_too_long(parts: list[str], titles: list[str], most: int) -> None:
    """Every character but cut white space arrives, in order; no text is empty or longer than WeChat takes."""
    texts = pack(parts, [Choice(title, title) for title in titles], most_bytes=most)
    numbered = [f"{number}{title}" for number, title in enumerate(titles, start=1)]
    assert without_space(texts) == without_space([*parts, *numbered])
    assert all(text and size(text) <= most for text in texts)


@settings(deadline=None)
@given(anything)
def test_what_reads_as_one_character_stays_whole(text: str) -> None:
    """Marks, families and flags are never torn from their base, unless one alone is longer than a text."""
    clusters = regex.findall(r"\X", text.strip())
    if any(size(cluster) > LONGEST_BYTES for cluster in clusters):
        return
    bounds = {0}
    for cluster in clusters:
        bounds.add(max(bounds) + len(cluster))
    for each in breaks(text.strip(), LONGEST_BYTES):
        assert {each.end, each.start} <= bounds


@settings(deadline=None)
@given(natural)
def test_natural_texts_need_few(text: str) -> None:
    """At most one more than their bytes would fill if they could be cut anywhere."""
    assert len(pack([text])) <= fewest_possible(text.strip()) + 1


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_sentences_stay_whole(language: str) -> None:
    """In every language a long paragraph is cut where a sentence ends."""
    sentence = SENTENCES[language].strip()
    texts = pack([SENTENCES[language] * 60])
    assert len(texts) > 1
    assert all(text.startswith(sentence) and text.endswith(sentence) for text in texts)
    assert len(sentence_ends(SENTENCES[language].strip() * 1)) == 1
    assert len(sentence_ends((SENTENCES[language] * 5).strip())) == 5


def test_all_nineteen_languages_are_tried() -> None:
    """No language that has a catalog is left out above."""
    assert set(SENTENCES) == set(NAMES)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ('He said: "Go!" Then he left.', ['He said: "Go!"', "Then he left."]),
        ("他说：“走吧。”然后他走了。", ["他说：“走吧。”", "然后他走了。"]),
        ("（见第五条。）以后再说！好", ["（见第五条。）", "以后再说！", "好"]),
        ("See art. 19 and No. 5 of the law.", ["See art. 19 and No. 5 of the law."]),
        ("Ask Mr. Li or J. Smith. He knows.", ["Ask Mr. Li or J. Smith.", "He knows."]),
        ("Am 1. Mai, z. B. Montag. Dann nicht.", ["Am 1. Mai, z. B. Montag.", "Dann nicht."]),
        ("Wait... not yet. Now", ["Wait... not yet.", "Now"]),
        ("Non ! Vraiment ?", ["Non !", "Vraiment ?"]),
        ("利率为3．85％。好", ["利率为3．85％。", "好"]),
        ("ঠিক আছে। ভালো॥ শেষ", ["ঠিক আছে।", "ভালো॥", "শেষ"]),
    ],
)
def test_where_a_sentence_ends(text: str, ends: list[str]) -> None:
    """After its mark with the quotes and brackets that close; not after an abbreviation, an initial or a day's number."""
    begins, found = 0, []
    for end in sentence_ends(text):
        found.append(text[begins:end].strip())
        begins = end
    assert found == ends


def test_paragraphs_before_sentences_before_words() -> None:
    """The cut is made at the end of a paragraph, though more sentences would have fitted."""
    first, second = "One sentence here. " * 60, "Another sentence there. " * 60
    assert pack([first + "\n\n" + second]) == [first.strip(), second.strip()]
    assert pack([first, second]) == [first.strip(), second.strip()]
    heading = "a" * 900 + "\n\n" + "b" * 900 + "\n\nLegal basis:\n- " + "c" * 300
    assert pack([heading])[1].startswith("Legal basis:\n- c")


@pytest.mark.parametrize("number", ["10 000 yuan", "500 元", "RMB 500", "30 days", "art. 19", "٥٠٠ يوان"])
@pytest.mark.parametrize("before", range(1960, 2000, 3))
def test_a_number_keeps_its_unit(number: str, before: int) -> None:
    """No cut falls between them when another word can be cut after."""
    filler = ("abcd " * 500)[:before].rstrip() + " word"
    texts = pack([f"{filler} {number} {filler}"])
    assert any(number in text for text in texts)


def test_a_cut_number_is_the_last_resort() -> None:
    """A text without any white space is cut between characters, but not inside a number or before a closing mark."""
    texts = pack(["元" * 665 + "10000" + "元" * 665 + "。" + "元" * 100])
    assert any("10000元" in text for text in texts)
    assert not any(text.startswith("。") for text in texts)


def test_one_endless_character_is_cut_at_last() -> None:
    """What cannot be sent whole is cut even inside one character."""
    assert [size(text) <= LONGEST_BYTES for text in pack(["e" + "\u0301" * 2500])] == [True] * 3


def test_choices_stand_at_the_end_in_one_piece() -> None:
    """Numbered on from where the last ones ended; not divided between two texts as long as one can hold them."""
    choices = [Choice(f"What about number {number}?", f"section:{number}") for number in range(3, 12)]
    listed = "\n".join(f"{n} What about number {n}?" for n in range(3, 12))
    assert pack(["Hello."], choices, first_number=3) == [f"Hello.\n\n{listed}"]
    assert pack(["word " * 390], choices, first_number=3) == [("word " * 390).strip(), listed]
    assert pack([], choices, first_number=3) == [listed]
    assert pack(["", " \n"]) == []
    many = [Choice("w" * 60, str(number)) for number in range(60)]
    assert all(line.endswith("w" * 60) for text in pack([], many) for line in text.splitlines())


def test_shorter_texts_when_asked() -> None:
    """What WeChat found too long is packed again into half."""
    texts = pack([SENTENCES["ja"] * 10], most_bytes=300)
    assert all(size(text) <= 300 and text.endswith("。") for text in texts)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Court** (法院)\n- *fast*", "Court (法院)\n- fast"),
        ("dial *#06# or 2 * 3 * 4", "dial *#06# or 2 * 3 * 4"),
        ("* a\n* b", "* a\n* b"),
    ],
)
def test_no_asterisks_of_markdown(markdown: str, text: str) -> None:
    """What was bold or slanted is plain; other asterisks stay."""
    assert plain(markdown) == text


class Machine:
    """Translations as a machine would have left them: longer, and in another script."""

    def __init__(self, times: int = 1) -> None:
        self.times = times

    def of(self, section: Section, language: str) -> MachineText | None:
        sentence = SENTENCES[language]
        steps = tuple(sentence.strip() for _ in section.next_steps.get("en", []))
        plain = (sentence * len(sentence_ends(section.texts["en"].plain)) * self.times).strip()
        return MachineText("en", sentence.strip(), plain, "", steps)


def renderer(catalogs: Catalogs, corpus: Corpus, language: str, machine: Any = None) -> Renderer:
    return Renderer(catalogs, corpus, load_emergencies(), language, TODAY, machine)


def message(reader: Renderer, *sections: str) -> dict[str, Any]:
    draft = reader.answer(list(sections), 0.9)
    assert draft and draft.payload
    return {"text": draft.text, "language": draft.language, "buttons": draft.buttons, **draft.payload}


@pytest.mark.parametrize("language", sorted(NAMES))
def test_every_answer_fits_two_texts(corpus: Corpus, catalogs: Catalogs, language: str) -> None:
    """With its law, its steps, its date, the standing line and the link; by machine, too."""
    reader = renderer(catalogs, corpus, language, None if language in LANGUAGES else Machine())
    for identity, section in list(corpus.sections.items())[:: 1 if language in LANGUAGES else 9]:
        answer = message(reader, identity, *section.related[:1])
        shown = answer["answer"]["sections"][0]
        texts = pack(compose(answer, reader, lambda each: f"{URL}-{each}"))
        assert len(texts) <= 2
        everything = without_space(texts)
        kept = [shown["title"], *(basis["title"] for basis in shown["basis"]), *shown.get("next_steps", [])]
        kept += [
            reader.words("disclaimer"),
            reader.words("no_lawyer"),
            reader.words("verified_on", date=section.verified_on),
        ]
        assert all(without_space([part]) in everything for part in kept)
        assert texts[-1].endswith(reader.words("wechat.full", url=f"{URL}-{identity}"))
        assert reader.words("see_also") not in "\n".join(texts).splitlines()
        if shown["translation"] == "machine":
            assert reader.words("wechat.by_machine") in texts[0]
            assert without_space([shown["original"]["text"]]) not in everything


@pytest.mark.parametrize("language", ["hi", "th", "ur", "de"])
@pytest.mark.parametrize("times", [3, 20])
def test_a_long_answer_is_shortened(corpus: Corpus, catalogs: Catalogs, language: str, times: int) -> None:
    """It ends after a whole sentence with "…"; title, law, date, standing line and link stay, and the two texts are full."""
    reader = renderer(catalogs, corpus, language, Machine(times))
    identity = "labour/dismissal#severance"
    identity = identity if identity in corpus.sections else next(iter(corpus.sections))
    answer = message(reader, identity)
    shown = answer["answer"]["sections"][0]
    shown_text = shown["text"] + SENTENCES[language] * 60
    answer["text"] = answer["text"].replace(shown["text"], shown_text)
    shown["text"] = shown_text
    texts = pack(compose(answer, reader, lambda _: URL))
    assert len(texts) == 2
    joined = "\n\n".join(texts)
    assert SENTENCES[language].strip() + " …\n\n" in joined
    assert all(basis["title"] in joined for basis in shown["basis"])
    assert reader.words("disclaimer") in joined
    assert reader.words("verified_on", date=corpus.sections[identity].verified_on) in joined
    assert joined.endswith(URL)
    assert size(joined) + 2 * size(SENTENCES[language]) > 2 * LONGEST_BYTES * 0.9


def test_steps_go_last(corpus: Corpus, catalogs: Catalogs) -> None:
    """Where the first sentence and all steps are too much, the last steps give way to "…"; law and link never do."""
    reader = renderer(catalogs, corpus, "en")
    answer = message(reader, next(iter(corpus.sections)))
    shown = answer["answer"]["sections"][0]
    steps = [f"Step {number}: " + "walk on " * 60 for number in range(12)]
    steps = [step.strip() for step in steps]
    old = "\n".join(f"{number}. {step}" for number, step in enumerate(shown["next_steps"], start=1))
    answer["text"] = answer["text"].replace(old, "\n".join(f"{n}. {step}" for n, step in enumerate(steps, start=1)))
    shown["next_steps"] = steps
    texts = pack(compose(answer, reader, lambda _: URL))
    joined = "\n\n".join(texts)
    assert len(texts) == 2
    assert "1. Step 0" in joined
    assert "12. Step 11" not in joined
    assert "\n…\n\n" in joined
    assert all(basis["title"] in joined for basis in shown["basis"])
    assert joined.endswith(URL)


def test_without_a_link_nothing_is_left_out(corpus: Corpus, catalogs: Catalogs) -> None:
    """Only the list of other sections, which are choices; the original of a machine translation stays."""
    reader = renderer(catalogs, corpus, "hi", Machine(20))
    first, second = list(corpus.sections)[:2]
    answer = message(reader, first, second)
    for link in (None, lambda _: None):
        [text] = compose(answer, reader, link)
        listed = f"\n\n{reader.words('see_also')}\n- {reader.heading(corpus.sections[second])}"
        assert listed in answer["text"]
        assert text == answer["text"].replace(listed, "")
        assert reader.words("original_text") in text


def test_what_stood_before_an_answer_stays(corpus: Corpus, catalogs: Catalogs) -> None:
    """The offer of a person and the line about the language are part of what is sent."""
    reader = renderer(catalogs, corpus, "th")
    sensitive = next(each.id for each in corpus.sections.values() if each.sensitive)
    [text] = compose(message(reader, sensitive), reader, lambda _: URL)
    assert reader.words("shown_in_english") in text
    assert reader.words("handoff.offered") in text


def test_the_words_follow_the_message(corpus: Corpus, catalogs: Catalogs) -> None:
    """A message in the language that held when it was made keeps its form after another was chosen."""
    first, second = list(corpus.sections)[:2]
    answer = message(renderer(catalogs, corpus, "en"), first, second)
    [text] = compose(answer, renderer(catalogs, corpus, "fr"), lambda _: URL)
    assert "See also" not in text
    assert text.endswith(f"Full text and law: {URL}")


def test_other_messages_go_as_they_are(corpus: Corpus, catalogs: Catalogs) -> None:
    """An emergency is never shortened; its texts arrive whole."""
    reader = renderer(catalogs, corpus, "ru")
    for draft in reader.emergency("violence", "shanghai"):
        shown = {"text": draft.text, "language": "ru", **(draft.payload or {})}
        assert compose(shown, reader, lambda _: URL) == [draft.text]
    long = replace(draft, text=SENTENCES["ru"] * 100)
    assert without_space(pack(compose({"text": long.text, "language": "ru"}, reader, None))) == without_space(
        [long.text]
    )

"""Rendering of the real knowledge: every section, for every reader."""

import re
from datetime import date

import pytest

from api import schemas
from api.chat.places import mentioned, remembered
from api.chat.render import Renderer
from api.conversations.models import Conversation
from api.i18n import NAMES, Catalogs
from knowledge.emergencies import load_emergencies
from knowledge.models import LANGUAGES, Corpus

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("language", sorted(NAMES))
def test_every_section_for_every_reader(corpus: Corpus, catalogs: Catalogs, language: str) -> None:
    """Every section renders in the documented shape, with its law, its date and the standing line, in every language."""
    renderer = Renderer(catalogs, corpus, load_emergencies(), language, TODAY)
    for section in corpus.sections.values():
        draft = renderer.answer([section.id], 0.9)
        assert draft and draft.payload
        schemas.AnswerShown.model_validate(draft.payload["answer"], strict=True)
        shown = draft.payload["answer"]["sections"][0]
        own = language in section.texts
        assert (shown["translation"], shown["language"] == language) == (("curated", True) if own else ("none", False))
        for part in (shown["text"], shown["basis"][0]["title"], renderer.words("disclaimer")):
            assert part in draft.text
        assert ("handoff" in draft.payload) is section.sensitive
        assert "{" not in draft.text.replace(shown["text"], "")
        assert all(button["title"] and len(button["title"]) <= 90 for button in draft.buttons)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_citys_section_says_first_how_it_differs(corpus: Corpus, catalogs: Catalogs, language: str) -> None:
    """The sentence stands above the answer, in the message and in the card, with the place of the general rule."""
    renderer = Renderer(catalogs, corpus, load_emergencies(), language, TODAY)
    layers = [section for section in corpus.sections.values() if section.differs_from]
    assert {section.jurisdiction for section in layers} >= {"shanghai", "guangzhou", "shenzhen", "hong-kong", "macao"}
    for section in layers:
        draft = renderer.answer([section.id], 0.9)
        assert draft and draft.payload
        shown = draft.payload["answer"]["sections"][0]
        words = section.difference[language]
        assert shown["text"].startswith(f"{words}\n\n{section.texts[language].plain}")
        assert draft.text.index(words) < draft.text.index(section.texts[language].plain)
        assert shown["difference"]["text"] == words
        assert f"{shown['difference']['brochure']}#{shown['difference']['section']}" == section.differs_from


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_general_section_names_the_places_with_another_rule(
    corpus: Corpus, catalogs: Catalogs, language: str
) -> None:
    """One line under the answer, and a button for each of their sections that is not shown already."""
    renderer = Renderer(catalogs, corpus, load_emergencies(), language, TODAY)
    general = "leasing/deposit-and-earnest-money#deposit-in-the-lease"
    shanghai = "leasing/shanghai-lease-rules#shanghai-deposit"
    draft = renderer.answer([general], 0.9)
    assert draft and draft.payload
    text = draft.payload["answer"]["sections"][0]["text"]
    assert text in draft.text
    assert all(renderer.place(city) in text for city in ("shanghai", "guangzhou", "shenzhen"))
    assert f"section:{shanghai}" in [button["payload"] for button in draft.buttons]
    both = renderer.answer([general, shanghai], 0.9)
    assert both and [button["payload"] for button in both.buttons].count(f"section:{shanghai}") == 1


@pytest.mark.parametrize(
    ("named", "chosen", "place"),
    [
        ("shanghai", None, "shanghai"),
        ("shanghai", "beijing", "shanghai"),
        (None, "beijing", "beijing"),
        ("mainland", "shanghai", "mainland"),
        ("hong-kong", "shanghai", "shanghai"),
        ("macao", None, None),
    ],
)
def test_the_city_named_last_is_remembered(named: str | None, chosen: str | None, place: str | None) -> None:
    """It counts more than the one chosen; a day in Hong Kong or Macao is not remembered."""
    assert remembered(Conversation(mentioned_place=named, jurisdiction=chosen)) == place


@pytest.mark.parametrize("language", sorted(NAMES))
def test_every_topic_and_emergency_for_every_reader(corpus: Corpus, catalogs: Catalogs, language: str) -> None:
    """Every topic lists its questions, and every kind of emergency shows its numbers, in every language."""
    emergencies = load_emergencies()
    renderer = Renderer(catalogs, corpus, emergencies, language, TODAY)
    for slug in corpus.topics:
        assert any(button["payload"].startswith("section:") for button in renderer.topic(slug).buttons), slug
    for kind in emergencies.kinds:
        for place in (None, "shanghai", "hong-kong"):
            numbers, card, help_ = renderer.emergency(kind, place)
            assert emergencies.numbers(kind, place)[0] in numbers.text
            assert emergencies.card(kind, place) in card.text
            assert help_.key == f"emergency.{kind}.help"


@pytest.mark.parametrize("language", sorted(NAMES))
def test_emergencies_name_no_number_of_elsewhere(corpus: Corpus, catalogs: Catalogs, language: str) -> None:
    """In Hong Kong and Macao no number of the mainland stands in a title, help or card, on the mainland none of theirs."""
    emergencies = load_emergencies()
    renderer = Renderer(catalogs, corpus, emergencies, language, TODAY)
    for kind in emergencies.kinds:
        for place in (None, "shanghai", "mainland", "hong-kong", "macao"):
            texts = [draft.text for draft in renderer.emergency(kind, place)]
            said = set(re.findall(r"(?<!\d)\d{3,5}(?!\d)", "\n".join(texts)))
            known = (
                {"999"} if place in ("hong-kong", "macao") else {"110", "119", "120", "122", "12110", "12338", "12356"}
            )
            assert said and said <= known, (kind, place)
            assert not any("{" in text or "  " in text for text in texts), (kind, place)
        assert len(renderer.emergency(kind, None)[2].text) >= len(renderer.emergency(kind, "macao")[2].text)


@pytest.mark.parametrize("language", sorted(NAMES))
@pytest.mark.parametrize(
    ("channel", "said", "not_said"), [("web", "quick_exit", "clear_chat"), ("wechat", "clear_chat", "quick_exit")]
)
def test_how_nobody_else_sees_it_fits_the_channel(
    corpus: Corpus, catalogs: Catalogs, language: str, channel: str, said: str, not_said: str
) -> None:
    """The page's exit button is named on the web only, deleting the chat in WeChat only, both only where it is discreet."""
    emergencies = load_emergencies()
    renderer = Renderer(catalogs, corpus, emergencies, language, TODAY, channel=channel)
    for kind in emergencies.kinds:
        help_ = renderer.emergency(kind, None)[-1]
        assert help_.text.endswith(renderer.words(f"emergency.{said}")) == emergencies.discreet(kind)
        assert renderer.words(f"emergency.{not_said}") not in help_.text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("I live in Hong Kong", "hong-kong"),
        ("我在上海租房", "shanghai"),
        ("Je suis à Canton", "guangzhou"),
        ("я в Пекине", "beijing"),
        ("я в Шанхае", "shanghai"),
        ("из Шэньчжэня", "shenzhen"),
        ("from Hong Kong to Macau", None),
        ("she said hello", None),
        ("nothing", None),
    ],
)
def test_places(corpus: Corpus, text: str, place: str | None) -> None:
    """One place named is known; none or several are not guessed."""
    assert mentioned(text, corpus) == place

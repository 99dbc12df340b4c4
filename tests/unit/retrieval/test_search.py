"""Search: fusion, filters, places, expiry, topics and follow-ups."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from retrieval.followup import leans
from retrieval.index import Found
from retrieval.places import Places
from retrieval.search import Context, Query, Searcher

WITHHELD = "leasing/deposits#withheld"
HONG_KONG = "leasing/hong-kong-rules#deposit-return"
SHANGHAI = "leasing/shanghai-rules#deposit-limit"
OVERSTAY = "visas/overstay#fine"
RED_LIGHT = "traffic/fines#red-light"


def best(searcher: Searcher, text: str, **more: object) -> str:
    return searcher.search(Query(text, **more)).nearest[0].section.id  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("landlord wont give deposit back", WITHHELD),
        ("押金不退", WITHHELD),
        ("хозяин залог не возвращает", WITHHELD),
        ("fine for overstaying", OVERSTAY),
        ("闯红灯", RED_LIGHT),
    ],
)
def test_a_question_finds_its_section(searcher: Searcher, text: str, section: str) -> None:
    """Typed as people type, in several scripts."""
    assert best(searcher, text) == section


def test_a_filter_that_matches_nothing_returns_nothing(searcher: Searcher) -> None:
    """No hits, nothing near, and no answer."""
    outcome = searcher.search(Query("deposit", only_topic="no-such-topic"))
    assert (outcome.answerable, outcome.hits, outcome.nearest, outcome.confidence) == (False, [], [], 0.0)


def test_filters_are_hard(searcher: Searcher) -> None:
    """Only what has this topic and this jurisdiction is found, however far it is."""
    outcome = searcher.search(Query("landlord deposit", only_topic="visas", limit=10))
    assert {hit.section.topic for hit in outcome.nearest} == {"visas"}
    outcome = searcher.search(Query("landlord deposit", only_jurisdiction="shanghai", limit=10))
    assert [hit.section.id for hit in outcome.nearest] == [SHANGHAI]


def test_an_expired_section_is_never_found(searcher: Searcher) -> None:
    """The day after its review period it is gone; the day before it was there."""
    text = "tourist tax refund airport"
    assert best(searcher, text) != "tax/old#expired"
    before = Searcher(searcher.corpus, searcher.index, searcher.encoder, clock=lambda: date(2026, 1, 1))
    assert best(before, text) == "tax/old#expired"
    assert before.served_count() == searcher.served_count() + 1


def test_hong_kong_answers_only_who_asks_about_it(searcher: Searcher) -> None:
    """Its sections stay away from a mainland question and come first when the text or the setting names the place."""
    text = "return of deposit by landlord"
    assert HONG_KONG not in {hit.section.id for hit in searcher.search(Query(text, limit=10)).nearest}
    assert best(searcher, f"{text} in Hong Kong") == HONG_KONG
    assert best(searcher, f"{text} HK") == HONG_KONG
    assert best(searcher, "香港房东不退押金") == HONG_KONG
    assert best(searcher, text, jurisdiction="hong-kong") == HONG_KONG


def test_when_there_is_nothing_else_hong_kong_may_answer(searcher: Searcher) -> None:
    """A filter that leaves only Hong Kong's sections finds them."""
    assert best(searcher, "deposit", only_jurisdiction="hong-kong") == HONG_KONG


def test_the_city_asked_about_comes_first_then_the_mainland(searcher: Searcher) -> None:
    """Its own layer leads, and the mainland's rules follow."""
    found = [
        hit.section.id for hit in searcher.search(Query("deposit limit", jurisdiction="shanghai", limit=10)).nearest
    ]
    assert found[0] == SHANGHAI
    assert WITHHELD in found


def first_two(searcher: Searcher, text: str, **more: object) -> list[str]:
    return [hit.section.id for hit in searcher.search(Query(text, **more)).nearest[:2]]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["deposit limit rent", "landlord wont return my deposit", "押金最多几个月"])
def test_a_citys_rule_and_the_general_one_stand_in_the_order_of_the_place(searcher: Searcher, text: str) -> None:
    """The city's rule first for who names the city, the general one first for everybody else, whichever is nearer."""
    assert first_two(searcher, f"{text} Shanghai") == [SHANGHAI, WITHHELD]
    assert first_two(searcher, text, jurisdiction="shanghai") == [SHANGHAI, WITHHELD]
    assert first_two(searcher, text)[0] == WITHHELD
    assert SHANGHAI not in first_two(searcher, f"{text} Beijing")
    chengdu = first_two(searcher, f"{text} Chengdu", jurisdiction="shanghai")
    assert chengdu[0] == WITHHELD
    assert SHANGHAI not in chengdu


def test_a_follow_up_about_another_city_leaves_the_first_one(searcher: Searcher) -> None:
    """ "and in Beijing?" after Shanghai asks about Beijing."""
    context = Context("deposit limit in Shanghai", SHANGHAI)
    outcome = searcher.search(Query("and in Beijing?", language="en", context=context, jurisdiction="shanghai"))
    assert outcome.used_context
    assert outcome.nearest[0].section.id == WITHHELD
    assert SHANGHAI not in {hit.section.id for hit in outcome.nearest}


def test_a_topic_guessed_before_is_only_a_nudge(searcher: Searcher) -> None:
    """It decides between two that are as near, and cannot push a clear answer away."""
    assert best(searcher, "fine", topic_prior={"traffic": 1.0}) == RED_LIGHT
    assert best(searcher, "fine", topic_prior={"visas": 1.0}) == OVERSTAY
    assert best(searcher, "landlord wont return my deposit", topic_prior={"traffic": 1.0}) == WITHHELD


def test_an_elliptical_question_leans_on_the_one_before(searcher: Searcher) -> None:
    """ "how high is the fine?" means another fine after overstaying than after a red light."""
    overstay = Context("my visa expired and I overstayed", "visas/overstay#detention")
    traffic = Context("I ran a red light", RED_LIGHT)
    after_overstay = searcher.search(Query("how high is the fine?", context=overstay))
    after_traffic = searcher.search(Query("how high is the fine?", context=traffic))
    assert after_overstay.used_context
    assert after_overstay.nearest[0].section.id == OVERSTAY
    assert after_traffic.nearest[0].section.id == RED_LIGHT
    assert searcher.search(Query("罚款多少?", context=overstay)).nearest[0].section.id == OVERSTAY


def test_a_whole_question_that_fits_both_is_coloured_by_the_one_before(searcher: Searcher) -> None:
    """Nobody says twice what they talk about; without it the same words are found where they fit best."""
    text = "the officer told me yesterday that people in my situation must pay a large fine to the police"
    after_overstay = searcher.search(Query(text, context=Context("my visa expired and I overstayed", OVERSTAY)))
    after_traffic = searcher.search(Query(text, context=Context("I ran a red light", RED_LIGHT)))
    assert after_overstay.nearest[0].section.id == OVERSTAY
    assert after_traffic.nearest[0].section.id == RED_LIGHT
    assert after_overstay.used_context is True


@pytest.mark.parametrize("text", ["recipe for a cake", "红烧肉怎么做", "who won the match?"])
def test_what_is_out_of_scope_is_not_answered_with_what_was_talked_about(searcher: Searcher, text: str) -> None:
    """However short it is: the question before does not make it one of ours."""
    alone = searcher.search(Query(text))
    outcome = searcher.search(Query(text, context=Context("my visa expired and I overstayed", OVERSTAY)))
    assert not outcome.used_context
    assert outcome.confidence == alone.confidence


def test_a_whole_question_does_not_lean_on_the_one_before(searcher: Searcher) -> None:
    """Who changes the subject is answered on the new one."""
    context = Context("my visa expired and I overstayed", OVERSTAY)
    text = "since last month the landlord of my flat keeps the whole deposit and does not return it to me"
    outcome = searcher.search(Query(text, context=context))
    assert not outcome.used_context
    assert outcome.nearest[0].section.id == WITHHELD


def test_at_most_as_many_as_asked_and_best_first(searcher: Searcher) -> None:
    """Scores fall and stay between 0 and 1."""
    outcome = searcher.search(Query("landlord wont return my deposit", limit=2))
    scores = [hit.score for hit in outcome.hits]
    assert 1 <= len(scores) <= 2
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "!!!", "x" * 5000, "\x00", "/restart"])
def test_no_text_breaks_the_search(searcher: Searcher, text: str) -> None:
    """Empty, emoji, endless: a result comes, and nothing sure is claimed for text without words."""
    outcome = searcher.search(Query(text, context=Context(text)))
    assert not outcome.answerable


def test_places_are_whole_words(searcher: Searcher) -> None:
    """ "HK" alone is Hong Kong, inside another word it is nothing; Chinese names need no blanks."""
    places = Places(searcher.corpus)
    assert places.named("rent in HK") == {"hong-kong"}
    assert places.named("the hkd rate") == frozenset()
    assert places.named("我在上海租房") == {"shanghai"}
    assert places.named("shanghai's deposit") == {"shanghai"}
    assert places.named("rent in Chengdu") == {"mainland"}
    assert places.named("залог в Шанхае") == places.named("из Шанхая") == places.named("Шанхай") == {"shanghai"}


def test_a_language_without_sample_questions_needs_less_evidence(searcher: Searcher) -> None:
    """A question as near as that is answered in Turkish, where there are no sample questions, and in Russian, where there is one; not in English."""
    searcher.weights = replace(searcher.weights, untold=1.0)
    english = searcher.search(Query("deposit maybe something else", language="en"))
    turkish = searcher.search(Query("deposit maybe something else", language="tr"))
    russian = searcher.search(Query("deposit maybe something else", language="ru"))
    assert english.confidence == turkish.confidence == russian.confidence
    assert 0.25 <= english.confidence < 0.5
    assert (english.answerable, turkish.answerable, russian.answerable) == (False, True, True)


def test_words_count_less_in_a_language_without_texts(searcher: Searcher) -> None:
    """A section near by words is before one nearer by meaning in English; not in Russian, where there are questions only."""
    by_words, by_meaning = searcher.index.sections.index(OVERSTAY), searcher.index.sections.index(RED_LIGHT)
    meaning = np.full(len(searcher.index.sections), 0.2, dtype=np.float32)
    words = np.zeros_like(meaning)
    meaning[by_words], meaning[by_meaning], words[by_words] = 0.5, 0.6, 0.6
    found = Found(meaning, words, meaning, 0.0)
    first = {language: searcher.rank(Query("штраф", language), found).order[0] for language in ("en", "zh", None, "ru")}
    assert first == {"en": by_words, "zh": by_words, None: by_words, "ru": by_meaning}


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("how much is the fine?", "en", True),
        ("罚款多少", "zh", True),
        ("et si je pars ?", "fr", True),
        ("а сколько это стоит", None, True),
        ("وكم الغرامة", "ar", True),
        ("landlord keeps my deposit", "en", False),
        ("怎么离婚", "zh", False),
        ("my employer has not paid me for three months and now he says that I must leave the flat", "en", False),
    ],
)
def test_what_leans_on_the_question_before(text: str, language: str | None, expected: bool) -> None:
    """Short questions with a word that points back or asks for one detail; not whole questions."""
    assert leans(text, language) is expected

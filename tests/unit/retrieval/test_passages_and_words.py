"""Passages of a section, and the tokens and scores of the lexical index."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.models import Corpus
from retrieval.lexical import LexicalIndex, fold, tokens
from retrieval.passages import chunks, passages_of


def test_a_section_is_found_by_heading_title_question_text_and_law(corpus: Corpus) -> None:
    """Every kind of passage is there, in every language that the section has."""
    own = [passage for passage in passages_of(corpus) if passage.section == "leasing/deposits#withheld"]
    assert {passage.kind for passage in own} == {"heading", "title", "question", "text", "law"}
    assert {passage.language for passage in own if passage.kind == "question"} == {"en", "zh", "ru"}
    assert "Civil Code, art. 509" in {passage.text for passage in own if passage.kind == "law"}


@given(st.text(alphabet="ab。. \n", max_size=200), st.integers(5, 50))
def test_pieces_lose_no_letter(text: str, size: int) -> None:
    """All letters of a text are in its pieces, in order."""
    assert "".join("".join(chunks(text, size)).split()) == "".join(text.split())


def test_unspaced_scripts_give_characters_and_pairs() -> None:
    """Chinese and Thai need no blanks to be searched."""
    assert tokens("退押金") == ["退", "押", "金", "退押", "押金"]
    assert "ว" in tokens("วีซ่า")


def test_accents_case_and_width_do_not_matter() -> None:
    """ "Séjour", "SEJOUR" and full-width letters are one word; Arabic is read without vowel marks."""
    assert tokens("Séjour") == tokens("SEJOUR") == tokens("ＳＥＪＯＵＲ")
    assert fold("إِقَامَة") == fold("اقامه")
    assert fold("đặt cọc") == "dat coc"


def test_endings_do_not_hide_a_word() -> None:
    """A Korean particle or a Russian ending still leaves parts in common."""
    index = LexicalIndex.build(["비자를 연장하려면", "зарегистрироваться по месту", "押金"])
    assert index.scores("비자는").argmax() == 0
    assert index.scores("регистрация").argmax() == 1


def test_scores_are_about_one_for_the_same_text_and_zero_for_strangers() -> None:
    """The scale does not depend on the length of the question."""
    texts = ["landlord keeps the deposit", "fine for a red light", "签证过期罚款"]
    index = LexicalIndex.build(texts)
    for row, text in enumerate(texts):
        scores = index.scores(text)
        assert scores.argmax() == row
        assert 0.8 < scores[row] < 1.4
    assert index.scores("ξένος").max() == 0
    assert index.scores("").max() == 0

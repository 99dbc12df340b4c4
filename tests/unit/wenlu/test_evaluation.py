"""Reading questions and judging answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenlu.evaluation import Question, ascii_digits, has_fact, judge, read_questions, split_facts


def question(topic: str = "labour", basis: str = "labor-contract-law:19", facts: str = "6") -> Question:
    """Make a question."""
    return Question("q", "en", tuple(topic.split("|")), tuple(basis.split("|")), tuple(split_facts(facts)), ("?",))


def turn(topic: str, *bases: str, text: str = "") -> dict:
    """Make a turn whose sections rest on those articles."""
    sections = [
        {"section": f"s{n}", "text": text, "basis": [{"law": b.split(":")[0], "article": int(b.split(":")[1])}]}
        for n, b in enumerate(bases)
    ]
    return {"messages": [{"text": text, "buttons": [], "answer": {"topic": topic, "sections": sections}}]}


def test_facts_split_at_commas_outside_brackets() -> None:
    """A comma inside a regular expression's brackets does not end a fact."""
    assert split_facts("8,40|44") == ["8", "40|44"]
    assert split_facts("10[,， .]?000") == ["10[,， .]?000"]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [("45", "within 45 days", True), ("45", "145 days", False), ("30", "٣٠ يومًا", True), ("2|two", "TWO years", True)],
)
def test_a_fact_must_stand_alone(pattern: str, text: str, found: bool) -> None:
    """A figure inside a longer number is not that figure; digits of any script count."""
    assert has_fact(pattern, text) is found


def test_digits_of_every_script_become_ascii() -> None:
    """Arabic-Indic and full-width digits are read."""
    assert ascii_digits("٤٥ ４５") == "45 45"


def test_a_right_answer_counts_everywhere() -> None:
    """Topic, basis and facts are judged one by one."""
    outcome = judge(question(), turn("labour", "labor-contract-law:19", text="at most 6 months"), 0.1)
    assert (outcome.topic, outcome.basis1, outcome.basis3, outcome.facts) == (True, True, True, True)


def test_the_third_section_counts_for_basis_at_3_only() -> None:
    """Only the main article of each of three sections counts."""
    outcome = judge(question(facts=""), turn("labour", "a:1", "b:2", "labor-contract-law:19"), 0.1)
    assert (outcome.basis1, outcome.basis3, outcome.facts) == (False, True, None)


def test_no_answer_is_wrong_for_a_question_and_right_for_nonsense() -> None:
    """Abstaining is judged by what was asked."""
    empty = {"messages": [{"text": "I do not know", "buttons": []}]}
    assert judge(question(), empty, 0.1).topic is False
    assert judge(question("abstain", "", ""), empty, 0.1).special is True
    assert judge(question("abstain", "", ""), turn("labour", "a:1"), 0.1).special is False


def test_emergencies_and_people_are_judged_by_what_is_shown() -> None:
    """An emergency needs its number, a wish for a person needs a handoff to confirm."""
    card = {"messages": [{"text": "", "buttons": [], "emergency": {"kind": "fire", "numbers": ["119"]}}]}
    assert judge(question("emergency", "", "119"), card, 0.1).special is True
    assert judge(question("emergency", "", "110"), card, 0.1).special is False
    offered = {"messages": [{"text": "", "buttons": [], "handoff": {"stage": "offered"}}]}
    assert judge(question("human", "", ""), offered, 0.1).special is False


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    """A line with too few columns is named by file and number."""
    file = tmp_path / "questions.tsv"
    file.write_text("# comment\nq1\ten\tlabour\n")
    with pytest.raises(ValueError, match=r"questions\.tsv:2"):
        read_questions(file)

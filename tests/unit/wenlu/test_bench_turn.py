"""The questions that a turn is measured with."""

import random

from wenlu.bench import TURNS, drawn

EVERY = [(f"question {number}", language) for language in ("en", "fr", "zh") for number in range(40)]


def test_a_conversation_keeps_its_language_unless_they_are_mixed() -> None:
    """As many as asked for; by conversations of one language, or of several."""
    for count in (1, 20, 23):
        kept = drawn(EVERY, count, random.Random(1), mixed=False)
        conversations = [kept[start : start + TURNS] for start in range(0, count, TURNS)]
        assert len(kept) == count
        assert all(len({language for _, language in conversation}) == 1 for conversation in conversations)
    assert len({language for _, language in drawn(EVERY, TURNS, random.Random(1), mixed=True)}) > 1
    assert len({language for _, language in drawn(EVERY, 60, random.Random(1), mixed=False)}) > 1

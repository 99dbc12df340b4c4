"""What `wenlu bench nlu` learns from and tests on."""

from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.measure import Request, splits

TEXTS = {f"{language} {number}": language for language in ("en", "hi", "th") for number in range(20)}


def split(keep: int) -> tuple[set[str], set[str]]:
    """The texts that are learnt and the texts that are tested when Hindi and Thai are left out."""
    data = TrainingData([Message.build(text, intent="greet") for text in TEXTS])
    request = Request(config="", data=[], languages=TEXTS, without=["hi", "th"], keep=keep)
    [(train, test)] = splits(data, request)
    return ({one.get("text") for one in train.intent_examples}, {one.get("text") for one in test.intent_examples})


def test_languages_left_out_are_tested_and_not_learnt() -> None:
    """All of the others is learnt, nothing of these."""
    learnt, tested = split(0)
    assert {TEXTS[text] for text in learnt} == {"en"} and {TEXTS[text] for text in tested} == {"hi", "th"}
    assert len(learnt) == 20 and len(tested) == 40


def test_what_is_kept_of_a_language_is_learnt_and_not_tested() -> None:
    """So many of each; fewer are among more, so that two runs can be compared."""
    (few, rest), (more, least) = split(5), split(8)
    assert [sum(TEXTS[text] == language for text in few) for language in ("en", "hi", "th")] == [20, 5, 5]
    assert [sum(TEXTS[text] == language for text in more) for language in ("en", "hi", "th")] == [20, 8, 8]
    assert few < more and least < rest and few | rest == more | least == set(TEXTS)
    assert split(100) == (set(TEXTS), set())

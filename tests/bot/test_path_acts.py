"""Wishes for steps: what counts as one, and what is a question about the law all the same."""

from actions.paths import ActionNextStep, ActionShowSteps
from tests.bot.conftest import Retrieval
from tests.bot.test_actions import run, tracker

SHOW = {"type": "path", "id": None, "step": None}
NEXT = {"type": "path", "id": None, "step": "next"}


async def test_show_me_the_steps(retrieval: Retrieval) -> None:
    """A wish for the steps names no path: the api knows which one fits. Retrieval is not asked."""
    context = {"question": "my deposit", "section": "leasing/deposit#withheld"}
    assert await run(ActionShowSteps(), tracker("show me the steps", "show_steps", 0.6)) == [SHOW]
    assert await run(ActionShowSteps(), tracker("steps", "show_steps", 0.5, {"context": context})) == [SHOW]
    assert retrieval.asked == []


async def test_a_question_is_no_wish_for_steps(retrieval: Retrieval) -> None:
    """A long or unclear text is answered."""
    retrieval.found("visas/x#y", "visas", 0.8)
    long = "my landlord took the keys and I do not know what the next thing is that I should do here now"
    law = "what are the steps to renew a visa"
    for text, sure in ((long, 0.9), (law, 0.8), ("steps?", 0.5), ("steps", 0.3)):
        assert (await run(ActionShowSteps(), tracker(text, "show_steps", sure)))[0]["type"] == "answer"


async def test_next_means_the_steps_only_inside_them(retrieval: Retrieval) -> None:
    """ "Next" goes on while the resident is in a path; otherwise it is a question like any other."""
    retrieval.found("visas/x#y", "visas", 0.8)
    inside = {"path": "moving-flat"}
    assert await run(ActionNextStep(), tracker("next", "next_step", 0.6, inside)) == [NEXT]
    assert (await run(ActionNextStep(), tracker("next", "next_step", 0.9)))[0]["type"] == "answer"
    assert (await run(ActionNextStep(), tracker("next", "next_step", 0.2, inside)))[0]["type"] == "answer"
    longer = tracker("and then what must my employer pay me", "next_step", 0.9, inside)
    assert (await run(ActionNextStep(), longer))[0]["type"] == "answer"

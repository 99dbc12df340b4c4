"""The table and the picture of `wenlu bench translate`, from rows."""

from xml.etree import ElementTree

import pytest

from knowledge.loader import load_corpus
from knowledge.models import Corpus
from wenlu.bench_translation import Row, drawn, masks_restored

STRAIGHT = Row("en-fr", texts=200, shown=199, rate=231.4, exact=190, figures=40, back=40, memory=8.2)
INSTALLED = Row("de-en", texts=50, shown=0, rate=7.0)


def test_a_row_is_fine_when_something_was_shown_and_no_figure_is_missing() -> None:
    """A package that shows nothing loses no figure, and is not fine for that."""
    assert STRAIGHT.fine
    assert not Row("en-fr", texts=200, shown=199, rate=231.4, figures=40, back=39).fine
    assert not INSTALLED.fine


def test_a_row_is_printed_with_shares() -> None:
    """What is not known is a dash."""
    assert STRAIGHT.cells() == ["en-fr", "200", "199", "95.0%", "100.0%", "231", "+8"]
    assert INSTALLED.cells() == ["de-en", "50", "0", "–", "–", "7", "–"]


def test_speed_and_what_is_right_are_drawn_with_their_numbers() -> None:
    """A package of which nobody knows what is right has a bar for its speed alone; the same rows draw the same figure."""
    pytest.importorskip("matplotlib")
    figure = drawn([STRAIGHT, INSTALLED])
    words = [node.text for node in ElementTree.fromstring(figure).iter() if node.tag.endswith("text")]
    assert {"en-fr", "de-en", "231", "7", "95", "sentences a second of processor time", "percent exactly right"} <= set(
        words
    )
    assert words.count("en-fr") == 1 and len(figure) < 60_000
    assert figure == drawn([STRAIGHT, INSTALLED])


def test_every_mask_of_a_brochure_comes_back() -> None:
    """What `make bench-translate` says of all of them, of the first with a mask."""
    corpus = load_corpus()
    parts = {name: getattr(corpus, name) for name in Corpus.model_fields}
    for name, brochure in sorted(corpus.brochures.items()):
        sentences, masks, back = masks_restored(Corpus(**{**parts, "brochures": {name: brochure}}))
        if masks:
            break
    assert sentences and masks == back > 0

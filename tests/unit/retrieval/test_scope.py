"""The plane between what is answered and what is out of scope."""

from __future__ import annotations

import numpy as np

from retrieval.scope import LeftOut, Scope


def heaps() -> tuple[np.ndarray, np.ndarray]:
    """Many passages on one side, few examples on the other, all of length 1."""
    rng = np.random.default_rng(4)
    inside, outside = rng.standard_normal((900, 24)), rng.standard_normal((40, 24))
    inside[:, 0] += 3
    outside[:, 0] -= 3
    unit = [heap / np.linalg.norm(heap, axis=1, keepdims=True) for heap in (inside, outside)]
    return unit[0].astype(np.float32), unit[1].astype(np.float32)


def test_new_texts_are_on_the_side_of_their_kind() -> None:
    """However many more passages there are than examples; what is near neither is about between them."""
    inside, outside = heaps()
    scope = Scope.fit(inside[:800], outside[:30])
    assert np.mean([scope.side(vector) > 0 for vector in inside[800:]]) > 0.95
    assert np.mean([scope.side(vector) < 0 for vector in outside[30:]]) > 0.85
    assert abs(scope.side(np.zeros(24, np.float32))) < 0.5


def test_examples_left_out_are_as_if_never_written() -> None:
    """What is taken out of the solved equations is what solving without them gives, but for how much the others weigh."""
    inside, outside = heaps()
    left = LeftOut(inside, outside)
    others = np.delete(outside, [3, 5, 8], axis=0)
    without, anew = left.side(outside[3], [3, 5, 8]), Scope.fit(inside, others).side(outside[3])
    assert abs(without - anew) < 0.03
    assert without > Scope.fit(inside, outside).side(outside[3])
    assert left.side(outside[9], [9]) != left.side(outside[9], [3, 5, 8])


def test_without_examples_everything_lies_on_the_plane() -> None:
    """Nothing is known about what is out of scope, so nothing is said."""
    inside, outside = heaps()
    assert Scope.fit(inside, outside[:0]).side(inside[0]) == 0
    assert LeftOut(inside, outside[:2]).side(outside[0], [0, 1]) == 0

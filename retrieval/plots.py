"""Figures of benchmarks as SVG. Needs matplotlib (dependency group `dev`): nothing that runs for residents draws."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval.bench import Measured
    from retrieval.reliability import Reliability

DEPTHS = (1, 3, 10, 100)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("svg")
    # Text stays text: a figure is a few kilobytes, and the same on every machine.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "wenlu", "font.family": "sans-serif"})
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> str:
    held = io.StringIO()
    figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in held.getvalue().splitlines()) + "\n"


def reliable(found: Reliability) -> str:
    """Said beside observed, and how many questions are in each bin."""
    figure, axes = _figure(5, 4)
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--", label="as it should be")
    axes.bar(
        [(one.low + one.high) / 2 for one in found.bins],
        [one.weight for one in found.bins],
        width=0.08,
        color="#d9e2ec",
        label="share of the questions",
    )
    axes.plot(
        [one.predicted for one in found.bins],
        [one.observed for one in found.bins],
        color="#0b6e4f",
        marker="o",
        label="observed",
    )
    axes.axvline(found.threshold, color="#b44", linewidth=1, linestyle=":", label="threshold to answer")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="confidence said", ylabel="share that has an answer")
    axes.set_title(f"{found.count:,} questions, expected error {found.error:.3f}", fontsize=10)
    axes.legend(fontsize=8, loc="upper left", frameon=False)
    return _svg(figure)


def compared(measured: Sequence[Measured], name: str) -> str:
    """Recall at four depths, a group of bars a system."""
    figure, axes = _figure(7, 0.9 + 0.62 * len(measured))
    colours = ("#0b6e4f", "#4c9f70", "#a3cfbb", "#d9e2ec")
    rows = range(len(measured))
    height = 0.2
    for k, (depth, colour) in enumerate(zip(DEPTHS, colours, strict=True)):
        axes.barh(
            [row + (k - 1.5) * height for row in rows],
            [one.scores[""].recall[depth] for one in measured],
            height=height,
            color=colour,
            label=f"recall@{depth}",
        )
    axes.set_yticks(list(rows), [one.system for one in measured], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_title(f"{name}, {measured[0].scores[''].queries:,} questions", fontsize=10)
    figure.legend(*axes.get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=4, frameon=False)
    return _svg(figure)

"""Figures of benchmarks as SVG. Needs matplotlib (dependency group `dev`): nothing that runs for residents draws."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from knowledge.models import ALL_LANGUAGES

if TYPE_CHECKING:
    from retrieval.bench import Measured
    from retrieval.reliability import Reliability
    from retrieval.scale import Grown

DEPTHS = (1, 3, 10, 100)
MARKS = (("#0b6e4f", "o"), ("#b3261e", "s"), ("#3b6fb6", "^"), ("#b8860b", "D"), ("#6b5b95", "v"), ("#777777", "P"))
"""Colour and shape of each series: either tells them apart alone."""


def _figure(width: float, height: float, panels: int = 1) -> tuple[Any, Any]:
    """A figure and its axes; with several panels side by side a list of them."""
    import matplotlib

    matplotlib.use("svg")
    # Text stays text: a figure is a few kilobytes, and the same on every machine.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "wenlu", "font.family": "sans-serif"})
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    every = [figure.add_subplot(1, panels, number + 1) for number in range(panels)]
    for axes in every:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, every if panels > 1 else every[0]


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


def compared_by_language(measured: Sequence[Measured], name: str) -> str:
    """Recall among the first three by language of the question, a mark a system."""
    spoken = [language for language in ALL_LANGUAGES if language in measured[0].scores]
    series = {one.system: {language: one.scores[language].recall[3] for language in spoken} for one in measured}
    return by_language(series, f"{name}, {measured[0].scores[''].queries:,} questions", "recall@3")


def by_language(series: Mapping[str, Mapping[str, float]], title: str, what: str) -> str:
    """A share between 0 and 1 by language, a mark a series; a language that a series does not have has no mark there."""
    languages = list(dict.fromkeys(language for values in series.values() for language in values))
    figure, axes = _figure(7, 3.2)
    axes.grid(axis="y", color="#e8e8e8", linewidth=0.8)
    axes.set_axisbelow(True)
    for (name, values), (colour, shape) in zip(series.items(), MARKS, strict=False):
        at = [row for row, language in enumerate(languages) if language in values]
        axes.scatter(at, [values[languages[row]] for row in at], color=colour, marker=shape, s=26, label=name)
    axes.set_xticks(range(len(languages)), languages, fontsize=9)
    axes.set(ylim=(0, 1.03), ylabel=what)
    axes.set_title(title, fontsize=10)
    figure.legend(*axes.get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=2, frameon=False)
    return _svg(figure)


def side_by_side(panels: Mapping[str, Mapping[str, float]]) -> str:
    """A panel a measure, a bar a name with its number; a name that a measure does not have has no bar there."""
    names = list(dict.fromkeys(name for values in panels.values() for name in values))
    figure, found = _figure(8, 0.9 + 0.36 * len(names), len(panels))
    every = found if len(panels) > 1 else [found]
    for axes, (what, values) in zip(every, panels.items(), strict=True):
        bars = axes.barh([names.index(name) for name in values], list(values.values()), height=0.62, color="#4c9f70")
        axes.bar_label(bars, fmt="{:.3g}", fontsize=8, padding=3)
        axes.set_yticks(range(len(names)), names if axes is every[0] else [""] * len(names), fontsize=8)
        axes.tick_params(axis="y", length=0)
        axes.set(ylim=(len(names) - 0.4, -0.6), xlim=(0, 1.18 * max(values.values(), default=1)))
        axes.set_title(what, fontsize=10)
    return _svg(figure)


def grown(rows: Sequence[Grown]) -> str:
    """Time a query beside the recall, a mark a kind of index; a panel for each collection."""
    measured = [row for row in rows if row.recall is not None]
    collections = list(dict.fromkeys((row.what, row.count) for row in measured))
    kinds = list(dict.fromkeys(row.index.rstrip(" *") for row in measured))
    figure, found = _figure(7, 3.4, len(collections))
    panels = found if len(collections) > 1 else [found]
    for (what, count), axes in zip(collections, panels, strict=True):
        axes.grid(color="#e8e8e8", linewidth=0.8)
        axes.set_axisbelow(True)
        for row in measured:
            if (row.what, row.count) == (what, count):
                colour, shape = MARKS[kinds.index(row.index.rstrip(" *")) % len(MARKS)]
                axes.scatter([row.p50_ms], [row.recall], color=colour, marker=shape, s=40, label=_kind(row))
        axes.set(xscale="log", xlabel="ms a query, one thread", ylabel="recall@10", ylim=(0.9, 1.005))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_title(f"{count:,} {what}", fontsize=10)
        axes.legend(fontsize=8, loc="lower center", frameon=False)
    return _svg(figure)


def _kind(row: Grown) -> str:
    return f"{row.index}, {row.megabytes:,.0f} MB"

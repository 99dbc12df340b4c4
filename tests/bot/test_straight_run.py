"""A graph runs node after node, with what dask would have given."""

from typing import Any

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner

from bot.channel import straight_run

NEEDS = {"left": {"start": "given"}, "right": {"start": "given"}, "both": {"b": "right", "a": "left"}, "apart": {}}


def _runner(ran: list[str], fails: str = "") -> DaskGraphRunner:
    """A runner whose nodes note that they ran; `fails` raises."""

    def node(name: str) -> Any:
        def called(*inputs: Any) -> Any:
            ran.append(name)
            if name == fails:
                raise RuntimeError
            return name, [name, dict(inputs)]

        return called

    runner = DaskGraphRunner.__new__(DaskGraphRunner)
    runner._graph_schema = GraphSchema(
        {name: SchemaNode(needs, object, "create", "run", {}, is_target=False) for name, needs in NEEDS.items()}
    )
    runner._instantiated_nodes = {name: node(name) for name in NEEDS}
    return runner


def test_every_node_runs_once_after_what_it_needs() -> None:
    """Only the nodes that the target needs, each with its needs' outputs; the same at the second run."""
    ran: list[str] = []
    runner = _runner(ran)
    for given in ("one", "two"):
        ran.clear()
        result: dict[str, Any] = straight_run.run(runner, {"given": given}, ["both"])
        start = {"given": given}
        assert result == {"both": ["both", {"right": ["right", start], "left": ["left", start]}]}
        assert sorted(ran) == ["both", "left", "right"]
        assert ran[-1] == "both"


def test_a_failing_node_is_told_as_rasa_tells_it() -> None:
    """A RuntimeError becomes a GraphRunError."""
    with pytest.raises(GraphRunError):
        straight_run.run(_runner([], fails="left"), {"given": 1}, ["both"])


def test_it_stands_in_rasas_place() -> None:
    """The channel puts it there when it is loaded."""
    import bot.channel.wenlu  # noqa: F401

    assert DaskGraphRunner.run is straight_run.run

"""Runs Rasa's graph one node after another, without a scheduler.

Rasa hands its graph to dask three times a turn: to read the message, to choose an action, and to choose to listen. Each
time dask works out an order anew and passes every node through a queue, though nothing runs beside anything else. It is
a fifth of the bot's share of a turn (measured with py-spy). The graph of a loaded model does not change, so its order is
worked out once.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import Any, Dict, List, Optional, Text, Tuple
from weakref import WeakKeyDictionary

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner

Step = Tuple[Text, GraphNode, List[Text]]

_orders: "WeakKeyDictionary[DaskGraphRunner, Dict[Tuple[Text, ...], List[Step]]]" = WeakKeyDictionary()


def run(
    runner: DaskGraphRunner, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None
) -> Dict[Text, Any]:
    """Return the targets' outputs by name, each node run once after those that it needs."""
    wanted = tuple(targets or runner._graph_schema.target_names)
    orders = _orders.setdefault(runner, {})
    if wanted not in orders:
        orders[wanted] = _order(runner, wanted)
    done = {name: (name, value) for name, value in (inputs or {}).items()}
    try:
        for name, node, needs in orders[wanted]:
            done[name] = node(*(done.get(need, need) for need in needs))
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error
    return dict(done[name] for name in wanted)


def _order(runner: DaskGraphRunner, wanted: Tuple[Text, ...]) -> List[Step]:
    """The nodes that the targets need, each after its own needs; an input is no node."""
    schema = runner._graph_schema.minimal_graph_schema(list(wanted))
    needs = {name: list(node.needs.values()) for name, node in schema.nodes.items()}
    order = TopologicalSorter(needs).static_order()
    return [(name, runner._instantiated_nodes[name], needs[name]) for name in order if name in needs]


def install() -> None:
    """Put it in the place of Rasa's own."""
    DaskGraphRunner.run = run

"""Networks that fit examples of several axes, where the posted one never makes a row of values of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from core.catalog.datasets import Dataset
from core.catalog.layers import AnyLayer
from core.experiment.network import Network, shapes_until

MOST_POOLED: Final = 8
"""Height and width that convolutions and pooling leave, at most."""
FILTERS: Final = 32


def network_proposals(network: Network, dataset: Dataset) -> dict[str, list[AnyLayer]]:
    """Layers that make the network fit, by what is done first; empty where it fits, or where its fault is another.

    Args:
        network: the network, whose layers have names.
        dataset: a data set without problems.
    """
    shape = dataset.shape
    shapes, problem = shapes_until(network, shape)
    if problem is None or dataset.vocabulary is not None or any(len(each) != len(shape) for each in shapes):
        return {}
    candidates: dict[str, list[dict[str, Any]]] = {"Flatten first": []}
    if len(shape) == 3:
        candidates["Convolutions first"] = list(_convolutions(shape[0], shape[1]))
    taken = {layer.name for layer in network.layers}
    found = {}
    for title, before in candidates.items():
        posted = [*before, {"kind": "flatten", "name": "flat"}]
        named = [{**layer, "name": _free(layer["name"], taken)} for layer in posted]
        rest = [layer.model_dump() for layer in network.layers]
        made = Network.model_validate({"layers": [*named, *rest], "output": network.output.model_dump()})
        if shapes_until(made, shape)[1] is None:
            found[title] = made.layers
    return found


def _convolutions(height: int, width: int) -> Iterator[dict[str, Any]]:
    """Convolutions of 3×3, each halved by pooling, until little is left of a picture."""
    number = 0
    while min(height, width) >= 4 and (number == 0 or max(height, width) > MOST_POOLED):
        number += 1
        yield {
            "kind": "conv2d",
            "name": f"conv_{number}",
            "filters": FILTERS,
            "kernel_size": [3, 3],
            "activation": "relu",
        }
        yield {"kind": "max_pooling2d", "name": f"pool_{number}"}
        height, width = (height - 2) // 2, (width - 2) // 2


def _free(name: str, taken: set[str | None]) -> str:
    while name in taken:
        name += "_0"
    return name

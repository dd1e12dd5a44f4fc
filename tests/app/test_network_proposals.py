"""Networks that fit examples of several axes."""

from __future__ import annotations

from typing import Any

import pytest

from app.network_proposals import network_proposals
from core.experiment.experiment import Experiment
from core.experiment.network import shapes_until

DENSE: dict[str, Any] = {"kind": "dense", "name": "hidden", "units": 500, "activation": "relu"}


def experiment(layout: str, *layers: dict[str, Any]) -> Experiment:
    return Experiment.model_validate(
        {
            "dataset": {"kind": "digits", "layout": layout},
            "split": {"train": 100, "shuffle": True},
            "network": {"layers": list(layers)},
        }
    )


@pytest.mark.parametrize(
    ("layout", "kinds"),
    [
        ("image", {"Flatten first": ["flatten"], "Convolutions first": ["conv2d", "max_pooling2d", "flatten"]}),
        ("sequence", {"Flatten first": ["flatten"]}),
    ],
)
def test_a_plain_dense_list_is_made_to_fit(layout: str, kinds: dict[str, list[str]]) -> None:
    given = experiment(layout, DENSE)
    found = network_proposals(given.network.named(), given.dataset)
    assert {title: [layer.kind for layer in layers[:-1]] for title, layers in found.items()} == kinds
    for layers in found.values():
        assert layers[-1] == given.network.layers[0], "what the arms change is still there"
        made = given.network.model_copy(update={"layers": layers})
        assert shapes_until(made, given.dataset.shape)[1] is None


def test_nothing_is_proposed_where_the_network_fits_or_its_fault_is_another() -> None:
    flat = {"kind": "flatten", "name": "flat"}
    too_high = {"kind": "conv2d", "name": "conv", "kernel_size": [9, 9]}
    for given in (experiment("image", flat, DENSE), experiment("table", DENSE), experiment("image", flat, too_high)):
        assert network_proposals(given.network.named(), given.dataset) == {}

"""Resolved arms: weights, shapes, descriptions, and the program that trains each."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.catalog.constraints import Constraint
from core.catalog.datasets import AnyDataset, Dataset, Split
from core.catalog.datasets.base import SplitRows
from core.catalog.entry import Entry, structure
from core.catalog.layers import Constrained, Output, constraint_axis
from core.catalog.losses import Loss, usual_loss
from core.catalog.training import Training
from core.catalog.weight import Shape, Weight
from core.experiment.network import Network, shapes_of

NEWER: Final = ("loss", "reduce_lr_on_plateau")
"""Fields of the training that version 0.1.0 lacks, in which nothing is said by null."""


@dataclass(frozen=True)
class ConstrainedWeight:
    """A weight of a resolved arm, with its constraint, if any."""

    layer: str
    weight: Weight
    constraint: Constraint | None

    @property
    def path(self) -> str:
        """`layer.weight`, as in `hidden.kernel`."""
        return f"{self.layer}.{self.weight.name}"

    @property
    def axis(self) -> list[int]:
        """Axes of the weight's groups: those of its constraint, or those of a unit."""
        axis = self.weight.unit_axis if self.constraint is None else constraint_axis(self.constraint, self.weight)
        return [axis] if isinstance(axis, int) else list(axis)

    def groups(self, shapes: Sequence[Shape]) -> int:
        """Number of the weight's groups, given the shapes of its variables."""
        inner = {axis % self.weight.rank for axis in self.axis}
        return sum(math.prod(n for axis, n in enumerate(shape) if axis not in inner) for shape in shapes)


class ResolvedArm(Entry):
    """A complete arm: everything that a worker needs besides data and seed."""

    name: str
    dataset: AnyDataset
    split: Split
    network: Network
    training: Training
    draw: int | None = None
    """Draw of the rows; None for the rows as posted."""

    def at(self, draw: int | None) -> ResolvedArm:
        """The arm on another draw of the rows."""
        return self if draw == self.draw else self.model_copy(update={"draw": draw})

    @property
    def loss(self) -> Loss:
        """Its loss, the task's usual one where none is set."""
        return self.training.loss or usual_loss(self.dataset.task)

    def prepare(self) -> SplitRows:
        """Its rows, loaded, split and prepared."""
        return self.split.prepare(self.dataset, self.draw)

    def structure(self) -> Any:
        """JSON that is equal for arms that can share one compiled program (see `entry.structure`)."""
        training = {**structure(self.training), "epochs": None}
        # What is newer than stored programs' names is left out where it is not set.
        training = {name: value for name, value in training.items() if name not in NEWER or value is not None}
        return {
            "data": [self.dataset.shape, self.dataset.classes, *self.split.sizes(self.dataset, self.draw)],
            **({"targets": [self.dataset.task, output_units(self.dataset)]} if self.dataset.target_names else {}),
            **({"weighted": True} if self.dataset.weight_column is not None else {}),
            "network": structure(self.network),
            "training": training,
        }

    def program(self) -> str:
        """Name of the program that trains this arm: a hash of its structure."""
        return hashlib.sha256(json.dumps(self.structure(), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def xla(self) -> bool:
        """Whether to compile this arm by XLA: whether all of its layers and constraints gain by it."""
        limits = [item.constraint for item in self.weights() if item.constraint is not None]
        parts = [part for limit in limits for _, part in limit.links()]
        return all(layer.xla for layer in self.network.layers) and all(part.xla for part in parts)

    def weights(self) -> list[ConstrainedWeight]:
        """Every weight that can be constrained, first layer to output."""
        parts: list[tuple[str, Constrained]] = [(layer.name or "", layer) for layer in self.network.layers]
        parts.append((Output.name, self.network.output))
        return [
            ConstrainedWeight(name, weight, constraint)
            for name, part in parts
            for weight, constraint in part.constraints()
        ]

    def shapes(self) -> list[Shape]:
        """Shape of every layer's input, from the first layer to the output.

        Raises:
            Invalid: located at the first layer whose input has a shape that it can't take.
        """
        return shapes_of(self.network, self.dataset.shape)

    def parameters(self) -> int:
        """Number of trained values."""
        *inner, last = self.shapes()
        hidden = sum(layer.parameters(shape) for layer, shape in zip(self.network.layers, inner, strict=True))
        output = self.network.output.weight_shapes(last, output_units(self.dataset))
        return hidden + sum(math.prod(each) for shapes in output.values() for each in shapes)

    def weight_shapes(self) -> dict[str, list[Shape]]:
        """Shapes of the variables of every weight, by `layer.weight`."""
        *inner, last = self.shapes()
        found = {
            f"{layer.name}.{name}": shapes
            for layer, shape in zip(self.network.layers, inner, strict=True)
            for name, shapes in layer.weight_shapes(shape).items()
        }
        output = self.network.output.weight_shapes(last, output_units(self.dataset))
        return {**found, **{f"{Output.name}.{name}": shapes for name, shapes in output.items()}}

    def describe(self) -> list[str]:
        """A phrase for each constrained weight: "hidden kernel: unit norm, each unit's 2 incoming weights"."""
        shapes = self.weight_shapes()
        return [
            f"{item.layer} {item.weight.name}: {_describe(item.constraint, item.weight, shapes[item.path][0])}"
            for item in self.weights()
            if item.constraint is not None
        ]


def _describe(constraint: Constraint, weight: Weight, shape: Shape) -> str:
    phrases = []
    for _, part in constraint.links():
        axis = getattr(part, "axis", None)
        group = weight.unit_words(shape) if axis is None else f"along axis {axis}"
        phrases.append(f"{part.describe()}, {group}" if "axis" in type(part).model_fields else part.describe())
    return ", then ".join(phrases)


def output_units(dataset: Dataset) -> int:
    """Units of the output layer: one for each class, label or target; 1 for two classes and in regression."""
    return dataset.classes if dataset.task == "multiclass" else len(dataset.target_names) or 1

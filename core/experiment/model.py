"""The model of an arm as code, which the engine evaluates and the exported script prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from core.catalog.calls import Call, Seed, Tunable
from core.catalog.datasets import Task
from core.catalog.entry import Number, tunables
from core.catalog.layers import BuildContext, Layer, Output
from core.experiment.resolution import ResolvedArm, output_units

OUTPUT_ACTIVATION: Final[dict[Task, str]] = {"binary": "sigmoid", "multiclass": "softmax", "regression": "linear"}
LOSSES: Final[dict[Task, tuple[str, str]]] = {
    "binary": ("binary_crossentropy", "BinaryCrossentropy"),
    "multiclass": ("sparse_categorical_crossentropy", "CategoricalCrossentropy"),
    "regression": ("mean_squared_error", ""),
}
SCORE: Final[dict[Task, Literal["accuracy", "r2"]]] = {
    "binary": "accuracy",
    "multiclass": "accuracy",
    "regression": "r2",
}
"""Name of the score, by task."""
KERAS_SCORE: Final[dict[Task, str]] = {"binary": "accuracy", "multiclass": "accuracy", "regression": "r2_score"}
"""Keras' name of the score."""


@dataclass(frozen=True)
class ModelLayer:
    """One layer of an arm's model."""

    name: str
    code: Call
    """The call that makes the Keras layer."""
    layer: Layer | None
    """The catalog entry; None for the output layer."""
    extra_inputs: tuple[str, ...]
    """Names of earlier layers whose outputs are further inputs; "": the network's input."""
    shape: tuple[int, ...]
    """Shape of the input, without the batch axis."""
    other_shapes: tuple[tuple[int, ...], ...]
    """Shapes of `extra_inputs`."""

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        """Arguments of the call of the Keras layer."""
        return (before,) if self.layer is None else self.layer.arguments(before, others)


def model_layers(arm: ResolvedArm) -> list[ModelLayer]:
    """The arm's layers, first to output."""
    numbers = dict(tunables(arm))

    def context(position: int, path: str) -> BuildContext:
        return BuildContext(Seed(position), _number(numbers, path))

    *inner, last = arm.shapes()
    outputs: dict[str, tuple[int, ...]] = {"": arm.dataset.shape}
    layers = []
    for position, (layer, shape) in enumerate(zip(arm.network.layers, inner, strict=True)):
        extra_inputs = tuple(name for _, name in layer.extra_inputs())
        others = tuple(outputs[name] for name in extra_inputs)
        code = layer.keras(context(position, f"network.layers.{position}"), shape)
        layers.append(ModelLayer(str(layer.name), code, layer, extra_inputs, shape, others))
        outputs[str(layer.name)] = layer.output_shape(shape, *others)
    units, activation = output_units(arm.dataset), OUTPUT_ACTIVATION[arm.dataset.task]
    code = arm.network.output.keras(units, activation, context(len(inner), "network.output"))
    return [*layers, ModelLayer(Output.name, code, None, (), last, ())]


def optimizer(arm: ResolvedArm, train_rows: int) -> Call:
    """The call that makes the arm's optimiser, for an epoch of `train_rows` rows."""
    updates = -(-train_rows // arm.training.batch_size)
    number = _number(dict(tunables(arm)), "training.optimizer")
    return arm.training.optimizer.keras(number, arm.training.schedule, updates)


def loss(arm: ResolvedArm) -> str | Call:
    """The arm's loss: Keras' name, or the call that makes it."""
    name, smoothed = LOSSES[arm.dataset.task]
    if not (arm.training.label_smoothing and smoothed):
        return name
    return Call(f"keras.losses.{smoothed}", label_smoothing=arm.training.label_smoothing)


def one_hot(arm: ResolvedArm) -> bool:
    """Whether the loss needs one-hot classes: Keras smooths labels of more than two classes in that form only."""
    return arm.dataset.task == "multiclass" and arm.training.label_smoothing > 0


def _number(numbers: dict[str, float], path: str) -> Number:
    return lambda below: Tunable(f"{path}.{below}", numbers[f"{path}.{below}"])

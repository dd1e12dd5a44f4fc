"""The model of an arm as code: what the engine makes and the exported script prints."""

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
"""What stands where accuracy stands."""
KERAS_SCORE: Final[dict[Task, str]] = {"binary": "accuracy", "multiclass": "accuracy", "regression": "r2_score"}
"""The score by Keras' name."""


@dataclass(frozen=True)
class ModelLayer:
    """One layer of an arm's model."""

    name: str
    code: Call
    """What makes the Keras layer."""
    layer: Layer | None
    """Its entry; None for the output layer."""
    extra_inputs: tuple[str, ...]
    """Names of the earlier layers whose outputs it takes beside the previous one's; empty: the input's."""
    shape: tuple[int, ...]
    """Of its input, without the batch axis."""
    other_shapes: tuple[tuple[int, ...], ...]
    """Of the outputs of `extra_inputs`."""

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        """What the layer is called with."""
        return (before,) if self.layer is None else self.layer.arguments(before, others)


def model_layers(arm: ResolvedArm) -> list[ModelLayer]:
    """The arm's layers, first to output."""
    numbers = dict(tunables(arm))

    def context(position: int, path: str) -> BuildContext:
        return BuildContext(Seed(position), _number(numbers, path))

    *inner, last = arm.shapes()
    outputs: dict[str, tuple[int, ...]] = {"": arm.dataset.shape}
    made = []
    for position, (layer, shape) in enumerate(zip(arm.network.layers, inner, strict=True)):
        extra_inputs = tuple(name for _, name in layer.extra_inputs())
        others = tuple(outputs[name] for name in extra_inputs)
        code = layer.keras(context(position, f"network.layers.{position}"), shape)
        made.append(ModelLayer(str(layer.name), code, layer, extra_inputs, shape, others))
        outputs[str(layer.name)] = layer.output_shape(shape, *others)
    units, activation = output_units(arm.dataset), OUTPUT_ACTIVATION[arm.dataset.task]
    code = arm.network.output.keras(units, activation, context(len(inner), "network.output"))
    return [*made, ModelLayer(Output.name, code, None, (), last, ())]


def optimizer(arm: ResolvedArm, train_rows: int) -> Call:
    """What makes the arm's optimiser, for an epoch of `train_rows` rows."""
    updates = -(-train_rows // arm.training.batch_size)
    number = _number(dict(tunables(arm)), "training.optimizer")
    return arm.training.optimizer.keras(number, arm.training.schedule, updates)


def loss(arm: ResolvedArm) -> str | Call:
    """The arm's loss: Keras' name, or what makes it."""
    name, smoothed = LOSSES[arm.dataset.task]
    if not (arm.training.label_smoothing and smoothed):
        return name
    return Call(f"keras.losses.{smoothed}", label_smoothing=arm.training.label_smoothing)


def one_hot(arm: ResolvedArm) -> bool:
    """Whether the loss needs classes one-hot: Keras smooths labels of many classes in that form only."""
    return arm.dataset.task == "multiclass" and arm.training.label_smoothing > 0


def _number(numbers: dict[str, float], path: str) -> Number:
    return lambda below: Tunable(f"{path}.{below}", numbers[f"{path}.{below}"])

"""The model of an arm as code, which the engine evaluates and the exported script prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from core.catalog.calls import Call, Name, Seed, Tunable
from core.catalog.datasets import Dataset, Task
from core.catalog.entry import Number, tunables
from core.catalog.layers import BuildContext, Layer, Output
from core.experiment.resolution import ResolvedArm, output_units

OUTPUT_ACTIVATION: Final[dict[Task, str]] = {
    "binary": "sigmoid",
    "multiclass": "softmax",
    "labels": "sigmoid",
    "regression": "linear",
    "targets": "linear",
}
SCORE: Final[dict[Task, Literal["accuracy", "r2"]]] = {
    "binary": "accuracy",
    "multiclass": "accuracy",
    "labels": "accuracy",
    "regression": "r2",
    "targets": "r2",
}
"""Name of the score, by task."""
KERAS_SCORE: Final[dict[Task, str]] = {
    "binary": "accuracy",
    "multiclass": "accuracy",
    "labels": "binary_accuracy",
    "regression": "r2_score",
    "targets": "r2_score",
}
"""Keras' name of the score."""


def metric(dataset: Dataset) -> str | Call:
    """The metric that gives the score: Keras' name, or the call that makes it."""
    if SCORE[dataset.task] == "r2":
        return Call(r2_score, *([len(dataset.target_names)] if dataset.target_names else []))
    return KERAS_SCORE[dataset.task]


def r2_score(targets: int = 1) -> Any:
    """Keras' R2Score, of several targets their plain mean, with all sums taken from the first target on.

    Keras' own subtracts the square of the mean from the mean square: in single precision little is left of the
    spread of targets that lie far from 0. It is not a number where targets are constant or outputs are too large.
    """
    import keras

    class R2Score(keras.metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="r2_score")
            names = ("first", "count", "total", "squares", "residual")
            sums = [self.add_variable((targets,), "zeros", name=name) for name in names]
            self.first, self.count, self.total, self.squares, self.residual = sums

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            y_true, y_pred = keras.ops.cast(y_true, self.dtype), keras.ops.cast(y_pred, self.dtype)
            self.first.assign(keras.ops.where(self.count > 0, self.first, y_true[0]))
            far = y_true - self.first
            self.count.assign_add(keras.ops.sum(keras.ops.ones_like(far), axis=0))
            self.total.assign_add(keras.ops.sum(far, axis=0))
            self.squares.assign_add(keras.ops.sum(far * far, axis=0))
            self.residual.assign_add(keras.ops.sum(keras.ops.square(y_true - y_pred), axis=0))

        def result(self) -> Any:
            score = keras.ops.mean(1 - self.residual / (self.squares - self.total * self.total / self.count))
            return keras.ops.where(keras.ops.isfinite(score), score, float("nan"))

    return R2Score()


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


def optimizer(arm: ResolvedArm, train_rows: int | Name) -> Call:
    """The call that makes the arm's optimiser, for an epoch of `train_rows` rows."""
    batch = arm.training.batch_size
    updates: Any = (
        Name(f"-(-{train_rows.text} // {batch})") if isinstance(train_rows, Name) else -(-train_rows // batch)
    )
    number = _number(dict(tunables(arm)), "training.optimizer")
    return arm.training.optimizer.keras(number, arm.training.schedule, updates)


def loss(arm: ResolvedArm, *, one_hot: bool) -> str | Call:
    """The arm's loss: Keras' name, or the call that makes it, of classes that are `one_hot` or numbers."""
    return arm.loss.keras(arm.training.label_smoothing, one_hot=one_hot)


def needs_one_hot(arm: ResolvedArm) -> bool:
    """Whether the loss takes classes one-hot alone."""
    return arm.loss.needs_one_hot(arm.training.label_smoothing)


def _number(numbers: dict[str, float], path: str) -> Number:
    return lambda below: Tunable(f"{path}.{below}", numbers[f"{path}.{below}"])

"""An arm's Keras model, and its outputs as one compiled call."""

from __future__ import annotations

import functools
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from core.catalog.calls import evaluate
from core.experiment.model import model_layers
from core.experiment.resolution import ResolvedArm
from core.limits import EVALUATION_BATCH
from core.runs.seeding import layer_seed
from worker.naming import named_by_content

PREDICTORS: Final = 4
"""Models to predict with that a slot keeps."""


def keras_model(arm: ResolvedArm, make: Callable[[Any], Any]) -> tuple[Any, dict[str, Any]]:
    """The arm's model, not compiled, and its layers by name. `make` gives the layer of a call."""
    output = given = keras.Input(arm.dataset.shape)
    outputs, layers = {"": given}, {}
    for part in model_layers(arm):
        layer = layers[part.name] = make(part.code)
        output = outputs[part.name] = layer(*part.arguments(output, [outputs[name] for name in part.extra_inputs]))
    return keras.Model(given, output, name="network"), layers


class Outputs:
    """A model's outputs, as `model.predict` gives them, compiled when they are first asked for."""

    def __init__(self, model: Any, *, xla: bool) -> None:
        self._model = model
        self._xla = xla
        self._compiled: Callable[[Any], Any] | None = None

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """float32, (rows, units)."""
        if self._compiled is None:
            called = tf.function(lambda rows: self._model(rows, training=False), jit_compile=self._xla, autograph=False)
            rows = tf.TensorSpec((EVALUATION_BATCH, *x.shape[1:]), tf.float32)
            self._compiled = named_by_content(called.get_concrete_function(rows))
        padded = np.zeros((-(-len(x) // EVALUATION_BATCH) * EVALUATION_BATCH, *x.shape[1:]), np.float32)
        padded[: len(x)] = x
        batches = padded.reshape(-1, EVALUATION_BATCH, *x.shape[1:])
        return np.concatenate([self._compiled(tf.constant(batch)).numpy() for batch in batches])[: len(x)]


class Predictors:
    """Predicts with kept weights. Keeps the last used models. For one thread of a process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Any, Outputs]] = OrderedDict()

    def outputs(self, arm: ResolvedArm, weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
        """Outputs of the arm's model with these weights: float32, (rows, units).

        Raises:
            ValueError: if the weights aren't those of such a model.
        """
        body = arm.model_dump_json(exclude={"name", "draw", "split", "training"})
        key = hashlib.sha256(f"{body} {arm.dataset.shape} {arm.dataset.classes}".encode()).hexdigest()
        if key not in self._kept:
            seed = functools.partial(layer_seed, 0)
            model, _ = keras_model(arm, lambda code: evaluate(code, lambda number: number.value, seed))
            self._kept[key] = model, Outputs(model, xla=arm.xla)
            if len(self._kept) > PREDICTORS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        model, outputs = self._kept[key]
        model.set_weights(weights)
        return outputs(x)

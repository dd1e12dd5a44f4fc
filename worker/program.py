"""One compiled program: a Keras model and its whole training loop as a single graph, for many runs.

The loop over epochs and batches is a graph around Keras' own `train_step` and `test_step`, so that a chunk of epochs
is one call and the arithmetic is Keras'. What differs between runs of one structure is given to the graph: weights
and tunable numbers are variables, data and batch order are arguments. So the next run needs no new compilation.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from app.domain.entry import tunables
from app.domain.events import FIGURES
from app.domain.experiment import ResolvedArm, output_units
from app.domain.layers import BuildContext
from worker.naming import named_by_content

MAX_EPOCHS = 2000
"""Epochs in one call, at most."""
MAX_ORDER = 1 << 20
"""Row numbers in one call, at most, unless one epoch has more: 4 MiB."""
ORDER_BLOCK = 1 << 15
"""Row numbers drawn at once, at most, unless one epoch has more. A run's batch order depends on it."""
EVALUATION_BATCH = 1024
"""Rows evaluated at once, which bounds memory. Figures don't depend on it, other than by rounding."""

_INITIAL_WEIGHTS, _BATCH_ORDER = range(2)  # each use of randomness has its own stream of the run's seed


@dataclass(frozen=True)
class Data:
    """An arm's rows as tensors, (rows, *shape) float32 and (rows,) int32."""

    train_x: Any
    train_y: Any
    test_x: Any
    test_y: Any

    @staticmethod
    def of(arm: ResolvedArm) -> Data:
        """Loads and splits the arm's data set."""
        rows = arm.dataset.load()
        train, test = (rows.take(index) for index in arm.split.indices(len(rows)))
        return Data(tf.constant(train.x), tf.constant(train.y), tf.constant(test.x), tf.constant(test.y))


def batch_order(seed: int, first: int, epochs: int, rows: int) -> np.ndarray:
    """Order of the training rows in `epochs` epochs from `first` (counted from 0): int32, (epochs, rows).

    An epoch's order depends on the seed, its number and the number of rows alone, so that any epoch can be redrawn.
    """
    size = max(1, ORDER_BLOCK // rows)
    blocks = range(first // size, (first + epochs - 1) // size + 1)
    drawn = []
    for block in blocks:
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_BATCH_ORDER, block)))
        drawn.append(generator.permuted(np.tile(np.arange(rows, dtype=np.int32), (size, 1)), axis=1))
    start = first - blocks.start * size
    return np.concatenate(drawn)[start : start + epochs]


class Program:
    """A model and its compiled loop, which train any run whose arm has the same `structure()`."""

    def __init__(self, arm: ResolvedArm, data: Data) -> None:
        rows, shape = arm.dataset.rows, arm.dataset.shape
        self.train_rows = arm.split.train_rows(rows)
        self.test_rows = rows - self.train_rows
        self.batch = arm.training.batch_size
        self.capacity = max(1, min(MAX_EPOCHS, MAX_ORDER // self.train_rows))
        """Epochs that one call of `train` can do."""

        self.xla = all(layer.xla for layer in arm.network.layers)
        """Whether XLA compiles the loop."""

        started = time.perf_counter()
        self._numbers = {path: tf.Variable(value, dtype=tf.float32) for path, value in tunables(arm)}
        self.model = self._model(arm)
        built = time.perf_counter()
        with _no_collection():
            train = tf.function(self._epochs, jit_compile=self.xla, autograph=False)
            traced_train = train.get_concrete_function(
                tf.TensorSpec((self.train_rows, *shape), tf.float32),
                tf.TensorSpec((self.train_rows,), tf.int32),
                tf.TensorSpec((self.test_rows, *shape), tf.float32),
                tf.TensorSpec((self.test_rows,), tf.int32),
                tf.TensorSpec((self.capacity, self.train_rows), tf.int32),
                tf.TensorSpec((), tf.int32),
            )
            self._train = named_by_content(traced_train)
        traced = time.perf_counter()
        self.train(data, np.zeros((0, self.train_rows), np.int32))  # no epoch: compiles and changes nothing
        self.seconds = {"build": built - started, "trace": traced - built, "compile": time.perf_counter() - traced}
        """What making the program took."""
        self.user: object = None
        """Whoever trains here now; the variables are theirs."""

    def train(self, data: Data, order: np.ndarray) -> np.ndarray:
        """Trains an epoch for each row of `order` (as of `batch_order`, at most `capacity`).

        Returns:
            float32, (epochs, len(FIGURES)): what `fit` would report of each epoch.
        """
        epochs = len(order)
        padded = np.zeros((self.capacity, self.train_rows), np.int32)
        padded[:epochs] = order
        figures = self._train(
            data.train_x, data.train_y, data.test_x, data.test_y, tf.constant(padded), tf.constant(epochs, tf.int32)
        )
        return np.array(figures.numpy()[:epochs])

    def evaluate(self, data: Data) -> np.ndarray:
        """Figures of the present weights, as `model.evaluate` gives them: float32, (len(FIGURES),)."""
        train_loss, train_accuracy = self._evaluated(data.train_x, data.train_y)
        test_loss, test_accuracy = self._evaluated(data.test_x, data.test_y)
        return np.array([train_accuracy, test_accuracy, train_loss, test_loss], np.float32)

    def reset(self, arm: ResolvedArm, seed: int) -> None:
        """Puts every variable where a run of `arm` with `seed` begins, whatever was trained here before."""
        shape = arm.dataset.shape
        for position, (layer, build) in enumerate(zip(self.model.layers, self._parts(arm, seed), strict=True)):
            fresh = build()
            fresh.build((None, *shape))
            for variable, value in zip(layer.variables, fresh.variables, strict=True):
                variable.assign(value)
            if position < len(arm.network.layers):
                shape = arm.network.layers[position].output_shape(shape)
        for variable in self.model.optimizer.variables:
            variable.assign(tf.zeros_like(variable.value))
        for path, value in tunables(arm):
            self._numbers[path].assign(value)
        self.model.optimizer.learning_rate = arm.training.optimizer.learning_rate

    def variables(self) -> list[Any]:
        """Everything that training changes: weights, the state of random layers, the optimiser."""
        return [*self.model.variables, *self.model.optimizer.variables]

    def _parts(self, arm: ResolvedArm, seed: int) -> list[Callable[[], Any]]:
        """What builds the Keras layers, first to output."""

        def context(position: int, path: str) -> BuildContext:
            (own,) = np.random.SeedSequence(seed, spawn_key=(_INITIAL_WEIGHTS, position)).generate_state(1)
            return BuildContext(int(own) & 0x7FFFFFFF, lambda number: self._numbers[f"{path}.{number}"])

        layers, output = arm.network.layers, arm.network.output
        units, activation = output_units(arm.dataset), "sigmoid" if arm.dataset.task == "binary" else "softmax"

        def hidden(position: int) -> Callable[[], Any]:
            return lambda: layers[position].build(context(position, f"network.layers.{position}"))

        def last() -> Any:
            return output.build(units, activation, context(len(layers), "network.output"))

        return [*(hidden(position) for position in range(len(layers))), last]

    def _model(self, arm: ResolvedArm) -> Any:
        shape = arm.dataset.shape
        model = keras.Sequential([keras.Input(shape), *(build() for build in self._parts(arm, 0))], name="network")
        optimizer = arm.training.optimizer.build(lambda number: self._numbers[f"training.optimizer.{number}"])
        optimizer.name = "optimizer"  # Keras numbers them; the graph's names must not depend on what came before
        binary = arm.dataset.task == "binary"
        model.compile(
            optimizer=optimizer,
            loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        optimizer.build(model.trainable_variables)
        # Keras creates the variables of the metrics at their first use. In the graph that would cost a second trace.
        model.test_step((tf.zeros((1, *shape)), tf.zeros((1,), tf.int32)))
        return model

    # What follows is traced, once.

    def _epochs(self, train_x: Any, train_y: Any, test_x: Any, test_y: Any, order: Any, epochs: Any) -> Any:
        """`epochs` epochs, each with its row of `order`; returns the figures, (capacity, len(FIGURES))."""
        model = self.model

        def epoch(number: Any, figures: Any) -> tuple[Any, Any]:
            rows = order[number]

            def train(start: Any, size: int) -> None:
                batch = tf.slice(rows, [start], [size])
                model.train_step((tf.gather(train_x, batch), tf.gather(train_y, batch)))

            def test(start: Any, size: int) -> None:
                batch = start + tf.range(size)
                model.test_step((tf.gather(test_x, batch), tf.gather(test_y, batch)))

            model.reset_metrics()
            _in_batches(self.train_rows, self.batch, train)
            trained = model.get_metrics_result()
            model.reset_metrics()
            _in_batches(self.test_rows, EVALUATION_BATCH, test)
            tested = model.get_metrics_result()
            row = tf.stack([trained["accuracy"], tested["accuracy"], trained["loss"], tested["loss"]])
            return number + 1, tf.tensor_scatter_nd_update(figures, [[number]], [row])

        _, figures = tf.while_loop(
            lambda number, _: number < epochs,
            epoch,
            (tf.constant(0), tf.zeros((self.capacity, len(FIGURES)))),
            parallel_iterations=1,
        )
        return figures

    def _evaluated(self, x: Any, y: Any) -> tuple[float, float]:
        self.model.reset_metrics()
        for start in range(0, len(y), EVALUATION_BATCH):
            batch = slice(start, start + EVALUATION_BATCH)
            self.model.test_step((x[batch], y[batch]))
        result = self.model.get_metrics_result()
        return float(result["loss"]), float(result["accuracy"])


def _in_batches(rows: int, batch: int, step: Callable[[Any, int], None]) -> None:
    """Calls `step(start, size)` for each batch in the graph, tracing it once for full batches, once for the rest."""
    full, rest = divmod(rows, batch)
    if full == 1:
        step(tf.constant(0), batch)
    elif full > 1:

        def body(number: Any) -> tuple[Any]:
            step(number * batch, batch)
            return (number + 1,)

        tf.while_loop(lambda number: number < full, body, (tf.constant(0),), parallel_iterations=1)
    if rest:
        step(tf.constant(full * batch), rest)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Garbage is collected later: a collection in the middle of tracing takes as long as the tracing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()

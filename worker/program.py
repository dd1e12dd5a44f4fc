"""One compiled program: a Keras model and its whole training loop as a single graph, for many runs.

The loop over epochs and batches is a graph around Keras' own `train_step` and `test_step`, so that a chunk of epochs
is one call and the arithmetic is Keras'. What differs between runs of one structure is given to the graph: weights
and tunable numbers are variables, data and batch order are arguments. So the next run needs no new compilation.
"""

from __future__ import annotations

import functools
import gc
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import tensorflow as tf

from core.catalog.calls import evaluate
from core.catalog.datasets import Dataset, Rows
from core.catalog.datasets.base import FRESH_ROWS, Scaling, SplitRows
from core.catalog.datasets.row_parts import balanced_class_weight
from core.catalog.entry import tunables
from core.catalog.training import Watching
from core.experiment.model import KERAS_SCORE, loss, metric, model_layers, needs_one_hot
from core.experiment.model import optimizer as model_optimizer
from core.experiment.resolution import ConstrainedWeight, ResolvedArm
from core.limits import EVALUATION_BATCH
from core.runs.events import METRICS
from core.runs.metrics import class_numbers, score
from core.runs.seeding import layer_seed
from core.runs.snapshots import Grid, grid_of
from worker.naming import named_by_content
from worker.network import Outputs, keras_model
from worker.watching import EarlyStoppingState, PlateauState

MAX_EPOCHS = 2000
"""Epochs in one call, at most."""
MAX_ORDER = 1 << 20
"""Row numbers in one call, at most, unless one epoch has more: 4 MiB."""


@dataclass(frozen=True)
class Data:
    """An arm's rows as tensors: (rows, *shape) float32, and labels as its loss takes them."""

    train: tuple[Any, Any]
    test: tuple[Any, Any]
    validation: tuple[Any, Any] | None
    holdout: tuple[Any, Any] | None
    fresh: tuple[Any, Any] | None
    """Rows drawn anew from the same distribution, scaled alike; None where there is nothing to draw from."""
    weights: Any
    """(rows,) float32: what the loss of each training row is multiplied by; None: nothing."""
    grid: Grid | None
    """Points at which the model is evaluated to draw its decision boundary."""
    scaling: Scaling
    """Scaling of features and target."""

    @staticmethod
    def of(arm: ResolvedArm) -> Data:
        """Loads, splits and prepares the arm's data set."""
        parts = arm.prepare()
        drawn = arm.dataset.draw(arm.dataset.fresh_rows, fresh_state(arm.dataset, arm.draw))
        classes = arm.dataset.classes if needs_one_hot(arm) else 0

        def tensors(rows: Rows | None) -> Any:
            if rows is None:
                return None
            labels = np.eye(classes, dtype=np.float32)[rows.y] if classes else rows.y
            return tf.constant(rows.x), tf.constant(labels)

        return Data(
            train=tensors(parts.train),
            test=tensors(parts.test),
            validation=tensors(parts.validation),
            holdout=tensors(parts.holdout),
            fresh=tensors(drawn and parts.scaling(drawn)),
            scaling=parts.scaling,
            weights=None if (weights := training_weights(arm, parts)) is None else tf.constant(weights),
            grid=grid_of(arm, parts),
        )


def training_weights(arm: ResolvedArm, parts: SplitRows) -> np.ndarray | None:
    """What the loss of each training row is multiplied by, as `fit` does with its class weights or sample weights."""
    if arm.training.class_weight is None:
        return parts.weights
    weights = balanced_class_weight(parts.train.y, arm.dataset.classes)
    of_classes = np.array([weights[label] for label in range(arm.dataset.classes)], np.float32)
    return np.asarray(of_classes[parts.train.y])


def fresh_state(dataset: Dataset, draw: int | None = None) -> int:
    """The random state by which fresh rows are drawn: the same for all arms and seeds, another for each draw."""
    own = getattr(dataset, "random_state", 0)
    key = (FRESH_ROWS,) if draw is None else (FRESH_ROWS, draw)
    return int(np.random.SeedSequence(own, spawn_key=key).generate_state(1)[0] >> 1)


class Program:
    """A model and its compiled loop, which train any run whose arm has the same `structure()`."""

    def __init__(self, arm: ResolvedArm, data: Data) -> None:
        self.batch = arm.training.batch_size
        self.train_rows = len(data.train[0])
        self._train_tensors = 2 if data.weights is None else 3
        self.capacity = max(1, min(MAX_EPOCHS, MAX_ORDER // self.train_rows))
        """Epochs that one call of `train` can do."""
        self.stopping = arm.training.early_stopping
        """By which early stopping ends a run, if any; its numbers are variables."""
        self._reducing = arm.training.reduce_lr_on_plateau
        self._watches_validation = any(each.watch == "validation" for each in arm.training.watching().values())
        self.xla = arm.xla
        """Whether XLA compiles the loop."""

        started = time.perf_counter()
        self._numbers = {path: tf.Variable(value, dtype=tf.float32) for path, value in tunables(arm)}
        self.model = self._model(arm, data)
        self.predict = Outputs(self.model, xla=self.xla)
        """The model's outputs for inputs, (rows, *shape), as `model.predict` gives them: float32, (rows, units)."""
        self._moved = {
            id(each): ProjectionDistance.of(each) for each in self.model.trainable_variables if each.constraint
        }
        self._fresh_optimizer = [variable.numpy() for variable in self.model.optimizer.variables]
        self._watch = EarlyStoppingState(self.model.weights) if self.stopping else None
        self._plateau = PlateauState(self.model.optimizer.learning_rate) if self._reducing else None
        built = time.perf_counter()
        with _no_collection():
            train = tf.function(self._epochs, jit_compile=self.xla, autograph=False)
            sets = [tf.TensorSpec(each.shape, each.dtype) for each in self._sets(data)]
            traced_train = train.get_concrete_function(
                tf.TensorSpec((self.capacity, self.train_rows), tf.int32), tf.TensorSpec((), tf.int32), *sets
            )
            self._train = named_by_content(traced_train)
        traced = time.perf_counter()
        self._call(data, np.zeros((0, self.train_rows), np.int32))  # no epoch: compiles and changes nothing
        self.seconds = {"build": built - started, "trace": traced - built, "compile": time.perf_counter() - traced}
        """Seconds that building the program took."""
        self.user: object = None
        """Session that trains here now and owns the variables."""

    def train(self, data: Data, order: np.ndarray) -> np.ndarray:
        """Trains an epoch for each row of `order` (as of `batch_order`, at most `capacity`), or until it is `stopped`.

        Returns:
            float32, (epochs, len(METRICS)): what `fit` would report of each epoch that was trained.
        """
        before = self._watch.epoch() if self._watch else 0
        figures = self._call(data, order)
        return figures[: self._watch.epoch() - before] if self._watch else figures

    def _call(self, data: Data, order: np.ndarray) -> np.ndarray:
        epochs = len(order)
        padded = np.zeros((self.capacity, self.train_rows), np.int32)
        padded[:epochs] = order
        figures = self._train(tf.constant(padded), tf.constant(epochs, tf.int32), *self._sets(data))
        return np.array(figures.numpy()[:epochs])

    @property
    def stopped(self) -> bool:
        """Whether early stopping has ended the run."""
        return self._watch is not None and bool(self._watch.stopped.numpy())

    @property
    def best_epoch(self) -> int | None:
        """The best epoch so far, from 1, by what early stopping watches; None where nothing is watched."""
        return int(self._watch.best_epoch.numpy()) if self._watch else None

    def end(self) -> None:
        """Puts the best weights back, where early stopping is to do so."""
        if self._watch and self.stopping and self.stopping.restore_best_weights:
            self._watch.restore()

    def evaluate(self, data: Data) -> np.ndarray:
        """Figures of the present weights, as `model.evaluate` gives them: float32, (len(METRICS),)."""
        train_loss, train_score = self._evaluated(*data.train)
        test_loss, test_score = self._evaluated(*data.test)
        with np.errstate(over="ignore"):  # of a run that diverges: it becomes infinite
            return np.array([train_score, test_score, train_loss, test_loss], np.float32)

    def moved(self, weight: ConstrainedWeight) -> float:
        """Euclidean distance that the last projection moved a weight; NaN without a constraint."""
        if weight.constraint is None:
            return math.nan
        return math.hypot(*(float(self._moved[id(each)].numpy()) for each in self.variables_of(weight)))

    def variables_of(self, weight: ConstrainedWeight) -> list[Any]:
        """The Keras variables of a weight."""
        layer = self._layers[weight.layer]
        return [attrgetter(attribute)(layer) for attribute in weight.weight.attributes]

    def reset(self, arm: ResolvedArm, seed: int) -> None:
        """Puts every variable where a run of `arm` with `seed` begins, whatever was trained here before."""
        for part in model_layers(arm):
            layer = self._layers[part.name]
            if not layer.variables:
                continue
            fresh = self._made(part.code, seed)
            fresh.build(*part.arguments((None, *part.shape), [(None, *shape) for shape in part.other_shapes]))
            for variable, value in zip(layer.variables, fresh.variables, strict=True):
                variable.assign(value)
        for variable, value in zip(self.model.optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(value)
        for path, value in tunables(arm):
            self._numbers[path].assign(value)
        if arm.training.schedule is None:
            self.model.optimizer.learning_rate = arm.training.optimizer.learning_rate
        for distance in self._moved.values():
            distance.assign(math.nan)
        for state in (self._watch, self._plateau):
            if state:
                state.reset()

    def variables(self) -> list[Any]:
        """Everything that training changes: weights, the state of random layers, the optimiser, what is watched."""
        watched = [variable for state in (self._watch, self._plateau) if state for variable in state.variables()]
        return [*self.model.variables, *self.model.optimizer.variables, *watched]

    def _made(self, code: Any, seed: int) -> Any:
        return evaluate(code, lambda number: self._numbers[number.path], functools.partial(layer_seed, seed))

    def _model(self, arm: ResolvedArm, data: Data) -> Any:
        model, self._layers = keras_model(arm, lambda code: self._made(code, 0))
        optimizer = self._made(model_optimizer(arm, self.train_rows), 0)
        optimizer.name = "optimizer"  # Keras numbers them; the graph's names must not depend on what came before
        metrics = [self._made(metric(arm.dataset), 0)]
        model.compile(optimizer=optimizer, loss=self._made(loss(arm, one_hot=needs_one_hot(arm)), 0), metrics=metrics)
        optimizer.build(model.trainable_variables)
        # Keras creates the variables of the metrics at their first use. In the graph that would cost a second trace.
        model.test_step(tuple(tf.zeros((1, *each.shape[1:]), each.dtype) for each in data.train))
        self._metric = KERAS_SCORE[arm.dataset.task]
        self._task = arm.dataset.task
        return model

    def _sets(self, data: Data) -> list[Any]:
        """The rows that the loop uses: to train, to test, and to watch, where those are others."""
        watched = data.validation if self._watches_validation else None
        weights = [] if data.weights is None else [data.weights]
        return [*data.train, *weights, *data.test, *(watched or ())]

    # What follows is traced, once.

    def _epochs(self, order: Any, epochs: Any, *sets: Any) -> Any:
        """`epochs` epochs, each with its row of `order`; returns the figures, (capacity, len(METRICS))."""
        model, watch = self.model, self._watch
        train_tensors, (test_x, test_y, *watched) = sets[: self._train_tensors], sets[self._train_tensors :]

        def evaluated(x: Any, y: Any) -> dict[str, Any]:
            def test(start: Any, size: int) -> None:
                batch = start + tf.range(size)
                model.test_step((tf.gather(x, batch), tf.gather(y, batch)))

            model.reset_metrics()
            _in_batches(x.shape[0], EVALUATION_BATCH, test)
            return dict(model.get_metrics_result())

        def epoch(number: Any, figures: Any) -> tuple[Any, Any]:
            rows = order[number]

            def train(start: Any, size: int) -> None:
                batch = tf.slice(rows, [start], [size])
                model.train_step(tuple(tf.gather(each, batch) for each in train_tensors))

            model.reset_metrics()
            _in_batches(self.train_rows, self.batch, train)
            trained = model.get_metrics_result()
            tested = evaluated(test_x, test_y)
            row = tf.stack([trained[self._metric], tested[self._metric], trained["loss"], tested["loss"]])
            figures_of = {"train": trained, "test": tested}
            if self._watches_validation:
                figures_of["validation"] = evaluated(*watched)

            def watched_value(watching: Watching) -> Any:
                of = figures_of[watching.watch]
                return of["loss"] if watching.figure == "loss" else -of[self._metric]

            if watch and self.stopping:
                numbers = [self._numbers[f"training.early_stopping.{name}"] for name in ("min_delta", "patience")]
                watch.after(watched_value(self.stopping), *numbers)
            if self._plateau and self._reducing:
                names = ("min_delta", "patience", "factor", "cooldown", "min_lr")
                numbers = [self._numbers[f"training.reduce_lr_on_plateau.{name}"] for name in names]
                self._plateau.after(watched_value(self._reducing), *numbers)
            return number + 1, tf.tensor_scatter_nd_update(figures, [[number]], [row])

        def goes_on(number: Any, _: Any) -> Any:
            return (number < epochs) & ~watch.stopped.read_value() if watch else number < epochs

        _, figures = tf.while_loop(
            goes_on, epoch, (tf.constant(0), tf.zeros((self.capacity, len(METRICS)))), parallel_iterations=1
        )
        return figures

    def _evaluated(self, x: Any, y: Any) -> tuple[float, float]:
        """Loss, penalties included, and score. Without Keras' metrics, which take most of its `evaluate`'s time."""
        total, outputs = 0.0, []
        for start in range(0, len(y), EVALUATION_BATCH):
            batch = slice(start, start + EVALUATION_BATCH)
            outputs.append(self.model(x[batch], training=False))
            loss = self.model.compute_loss(x=None, y=y[batch], y_pred=outputs[-1], training=False)
            total += float(loss) * len(y[batch])
        found = next(iter(score(self._task, class_numbers(self._task, y.numpy()), np.concatenate(outputs)).values()))
        return total / len(y), math.nan if found is None else found


class ProjectionDistance:
    """A variable's constraint that also tells how far its last projection went."""

    def __init__(self, constraint: Callable[[Any], Any]) -> None:
        self._constraint = constraint
        self.distance = tf.Variable(0.0)

    @staticmethod
    def of(variable: Any) -> Any:
        """Takes the place of the Keras variable's constraint; gives the variable of the distance."""
        variable.constraint = moved = ProjectionDistance(variable.constraint)
        return moved.distance

    def __call__(self, weight: Any) -> Any:
        projected = self._constraint(weight)
        self.distance.assign(tf.norm(tf.convert_to_tensor(projected) - tf.convert_to_tensor(weight)))
        return projected


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

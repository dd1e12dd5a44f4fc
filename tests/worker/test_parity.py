"""`model.fit` as the referee: from the same initial weights and batch order it must give the engine's curves."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.catalog.calls import evaluate
from core.catalog.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from core.catalog.datasets import Blobs, Circles, Dataset, Moons, Sine, Split
from core.catalog.entry import subclasses_of
from core.catalog.layers import Dense, Dropout, Layer, Output
from core.catalog.losses import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    Huber,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    usual_loss,
)
from core.catalog.regularizers import L2
from core.catalog.schedules import InverseTimeDecay, OneCycle, Schedule
from core.catalog.training import SGD, Adam, Optimizer, ReduceLROnPlateau, RMSprop, Training
from core.experiment.experiment import Experiment, resolve
from core.experiment.model import KERAS_SCORE, model_layers
from core.experiment.network import Network
from core.experiment.resolution import ResolvedArm
from core.runs.events import METRICS
from core.runs.seeding import batch_order
from tests.families import FAMILIES
from worker.engine import Engine, Session

EPOCHS = 200
SEED = 5


OPTIMIZERS = keras.optimizers
ADAM = Adam(learning_rate=0.01), lambda: OPTIMIZERS.Adam(0.01)
"""The usual optimiser of these arms, and the one of Keras."""
LOSSES = {
    "binary": "binary_crossentropy",
    "multiclass": "sparse_categorical_crossentropy",
    "regression": "mean_squared_error",
    "labels": "binary_crossentropy",
    "targets": "mean_squared_error",
}


@dataclass(frozen=True)
class Case:
    """An arm that trains on the first 30 rows for 200 epochs, and its optimiser as it is written in Keras."""

    dataset: Dataset
    network: Network
    batch_size: int = 32
    optimizers: tuple[Optimizer, Callable[[], Any]] = ADAM
    schedule: Schedule | None = None
    split: Split = field(default_factory=lambda: Split(train=30))
    class_weight: Literal["balanced"] | None = None
    losses: tuple[Loss, Callable[[], Any]] | None = None
    """The loss, and the one of Keras."""
    label_smoothing: float = 0.0
    plateau: tuple[ReduceLROnPlateau, Callable[[], Any]] | None = None
    """Description of how the learning rate falls, and Keras' callback."""

    def arm(self) -> ResolvedArm:
        training = Training(
            epochs=EPOCHS,
            batch_size=self.batch_size,
            optimizer=self.optimizers[0],
            schedule=self.schedule,
            class_weight=self.class_weight,
            loss=self.losses and self.losses[0],
            label_smoothing=self.label_smoothing,
            reduce_lr_on_plateau=self.plateau and self.plateau[0],
        )
        (arm,) = resolve(Experiment(dataset=self.dataset, split=self.split, network=self.network, training=training))
        return arm


def hidden(kernel: Any = None, bias: Any = None, units: int = 20, **more: Any) -> Dense:
    return Dense(name="hidden", units=units, kernel_constraint=kernel, bias_constraint=bias, **more)


class Cycle(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """One cycle from 0.01 to 0.03 over 100 epochs of 5 updates, as the literature has it: nothing of it is Keras'."""

    def __call__(self, step: Any) -> Any:
        t = tf.minimum(tf.cast(step, tf.float32) / 500, 1)
        up = 0.01 + 0.02 * (1 - tf.cos(np.pi * t / 0.4)) / 2
        down = 0.0001 + (0.03 - 0.0001) * (1 + tf.cos(np.pi * (t - 0.4) / 0.6)) / 2
        return tf.where(t < 0.4, up, down)


CASES = {
    "none": Case(Moons(), Network(layers=[hidden()])),
    "max norm, RMSprop": Case(
        Moons(),
        Network(layers=[hidden(MaxNorm(max_value=0.7), MaxNorm(max_value=0.1))]),
        7,
        (RMSprop(rho=0.8), lambda: OPTIMIZERS.RMSprop(0.001, rho=0.8)),
    ),
    "non-negative, SGD": Case(
        Circles(),
        Network(layers=[hidden(NonNeg(), NonNeg())]),
        10,
        (
            SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
            lambda: OPTIMIZERS.SGD(0.1, momentum=0.9, nesterov=True),
        ),
    ),
    "unit norm": Case(Circles(), Network(layers=[hidden(UnitNorm(), UnitNorm())]), 8),
    "min-max norm, inverse time decay": Case(
        Blobs(cluster_std=4.0),
        Network(layers=[hidden(MinMaxNorm(min_value=0.5, rate=0.5), MinMaxNorm(min_value=0.01, max_value=0.05))]),
        7,
        # 5 updates an epoch: four batches of 7 rows and one of 2
        (ADAM[0], lambda: OPTIMIZERS.Adam(OPTIMIZERS.schedules.InverseTimeDecay(0.01, 20 * 5, 0.7))),
        InverseTimeDecay(decay_epochs=20, decay_rate=0.7),
    ),
    "on the output": Case(
        Blobs(cluster_std=4.0, centers=4),
        Network(
            layers=[hidden(kernel_regularizer=L2(l2=0.1))],
            output=Output(kernel_constraint=UnitNorm(), bias_constraint=MaxNorm(max_value=0.02)),
        ),
    ),
    "axis given": Case(
        Moons(),
        Network(
            layers=[
                Dense(units=6, kernel_constraint=UnitNorm(axis=1), bias_constraint=MaxNorm(max_value=0.1, axis=0)),
                Dense(units=7, kernel_constraint=MaxNorm(axis=[0, 1]), bias_constraint=UnitNorm(axis=0)),
            ],
            output=Output(
                kernel_constraint=MinMaxNorm(min_value=0.4, max_value=0.6, axis=[0]),
                bias_constraint=MaxNorm(max_value=0.02, axis=[]),
            ),
        ),
        13,
    ),
    "dropout": Case(Moons(), Network(layers=[hidden(UnitNorm()), Dropout(rate=0.4)]), 7),
    "balanced classes": Case(
        Moons(), Network(layers=[hidden(UnitNorm())]), 7, split=Split(train=30, imbalance=0.2), class_weight="balanced"
    ),
    "three balanced classes": Case(
        Blobs(cluster_std=4.0, centers=3),
        Network(layers=[hidden()]),
        8,
        split=Split(train=40, imbalance=0.1),
        class_weight="balanced",
    ),
    "one cycle": Case(
        Moons(),
        Network(layers=[hidden(UnitNorm())]),
        7,
        (ADAM[0], lambda: OPTIMIZERS.Adam(Cycle())),
        OneCycle(cycle_epochs=100, max_learning_rate=0.03, warmup_share=0.4, final_divisor=100),
    ),
    "reduced on a plateau": Case(
        Moons(),
        Network(layers=[hidden()]),
        7,
        plateau=(
            ReduceLROnPlateau(watch="test", factor=0.5, patience=3, cooldown=4, min_delta=0.001, min_lr=0.0005),
            lambda: keras.callbacks.ReduceLROnPlateau("val_loss", 0.5, 3, 0, "min", 0.001, 4, 0.0005),
        ),
    ),
    "reduced on a plateau of the train score": Case(
        Moons(),
        Network(layers=[hidden()]),
        7,
        plateau=(
            ReduceLROnPlateau(watch="train", figure="score", factor=0.3, patience=5),
            lambda: keras.callbacks.ReduceLROnPlateau("accuracy", 0.3, 5, 0, "max", 0.0001),
        ),
    ),
    "mean absolute error": Case(
        Sine(), Network(layers=[hidden(UnitNorm())]), losses=(MeanAbsoluteError(), keras.losses.MeanAbsoluteError)
    ),
    "Huber": Case(Sine(), Network(layers=[hidden()]), 7, losses=(Huber(delta=0.3), lambda: keras.losses.Huber(0.3))),
    "log-cosh": Case(Sine(), Network(layers=[hidden()]), 7, losses=(LogCosh(), keras.losses.LogCosh)),
    "binary focal, balanced classes": Case(
        Moons(),
        Network(layers=[hidden(UnitNorm())]),
        7,
        split=Split(train=30, imbalance=0.2),
        class_weight="balanced",
        losses=(
            BinaryFocalCrossentropy(gamma=1.5, alpha=0.3, apply_class_balancing=True),
            lambda: keras.losses.BinaryFocalCrossentropy(True, alpha=0.3, gamma=1.5),
        ),
    ),
    "binary focal, smoothed labels": Case(
        Moons(),
        Network(layers=[hidden()]),
        losses=(
            BinaryFocalCrossentropy(gamma=1.5),
            lambda: keras.losses.BinaryFocalCrossentropy(gamma=1.5, label_smoothing=0.2),
        ),
        label_smoothing=0.2,
    ),
    "categorical focal, balanced classes": Case(
        Blobs(cluster_std=4.0, centers=3),
        Network(layers=[hidden()]),
        8,
        split=Split(train=40, imbalance=0.1),
        class_weight="balanced",
        losses=(
            CategoricalFocalCrossentropy(gamma=1.5, alpha=0.6),
            lambda: keras.losses.CategoricalFocalCrossentropy(0.6, 1.5, label_smoothing=0.1),
        ),
        label_smoothing=0.1,
    ),
    "no hidden layer, one row a batch, no bias": Case(
        Blobs(centers=2, cluster_std=4.0), Network(layers=[], output=Output(use_bias=False)), 1
    ),
}


def trained(session: Session) -> np.ndarray:
    """Curves of what is left of the run, (epochs, len(METRICS))."""
    chunks = []
    while not session.done:
        chunks.append(session.step().figures)
    return np.concatenate(chunks)


def referee(arm: ResolvedArm, optimizer: Any, rows: int, eagerly: bool, loss: Any = None) -> Any:
    """The arm's model as anyone would write it, with plain numbers in its constraints, and trained by `optimizer`.

    `loss`: Keras' own; None for the task's usual one.

    `eagerly`: for few epochs of many layers; tracing them takes longer than these epochs do.
    """

    def made(code: Any) -> Any:
        return evaluate(code, lambda number: number.value, lambda position, part: position)

    output = given = keras.Input(arm.dataset.shape)
    outputs = {"": given}
    for part in model_layers(arm):
        output = made(part.code)(*part.arguments(output, [outputs[name] for name in part.extra_inputs]))
        outputs[part.name] = output
    model = keras.Model(given, output)
    metric = KERAS_SCORE[arm.dataset.task]
    steps = -(-rows // arm.training.batch_size)
    model.compile(
        optimizer=optimizer,
        loss=loss or LOSSES[arm.dataset.task],
        metrics=[metric],
        jit_compile=False,
        run_eagerly=eagerly,
        steps_per_execution=1 if eagerly or steps < 8 else steps,  # a loop of its own takes time to trace
    )
    return model


def class_weight_of(y: np.ndarray) -> dict[int, float]:
    """Weights by which each class has an equal part in the mean loss, as scikit-learn's documentation has them."""
    counts = np.bincount(y)
    return {label: len(y) / (len(counts) * count) for label, count in enumerate(counts.tolist())}


def labels_of(y: np.ndarray, model: Any, arm: ResolvedArm) -> np.ndarray:
    """The labels as the model's loss takes them."""
    hot = isinstance(model.loss, keras.losses.CategoricalFocalCrossentropy)
    return np.asarray(np.eye(arm.dataset.classes, dtype="float32")[y]) if hot else y


def fitted(model: Any, arm: ResolvedArm, callbacks: Sequence[Any] = ()) -> np.ndarray:
    """Curves of `model.fit` over the engine's batches, (epochs, len(METRICS))."""
    data = arm.split.prepare(arm.dataset)
    train, test, numbers = data.train, data.test, data.train.y
    train, test = (replace(rows, y=labels_of(rows.y, model, arm)) for rows in (train, test))
    arrays = (train.x, train.y) if data.weights is None else (train.x, train.y, data.weights)
    size = arm.training.batch_size
    plain = tf.data.Options()  # what tf.data does to be fast takes longer than these few rows
    plain.autotune.enabled = False
    plain.experimental_optimization.apply_default_optimizations = False
    plain.threading.private_threadpool_size = 1
    epochs = arm.training.epochs
    order = batch_order(SEED, 0, epochs, len(train))

    # An epoch's rows in order, cut into batches: the last one has what is left.
    batches = tf.data.Dataset.from_tensor_slices(order).flat_map(
        lambda epoch: tf.data.Dataset.from_tensor_slices(epoch).batch(size)
    )
    history = model.fit(
        batches.map(lambda index: tuple(tf.gather(each, index) for each in arrays)).with_options(plain),
        steps_per_epoch=-(-len(train) // size),
        epochs=epochs,
        class_weight=class_weight_of(numbers) if arm.training.class_weight else None,
        validation_data=tf.data.Dataset.from_tensors((test.x, test.y)).with_options(plain),
        callbacks=list(callbacks),
        shuffle=False,
        verbose=0,
    ).history
    score = KERAS_SCORE[arm.dataset.task]
    return np.array([history[name] for name in (score, f"val_{score}", "loss", "val_loss")]).T


def variables_of(session: Session) -> list[np.ndarray]:
    """The run's variables: the model's in Keras' order, then the optimiser's."""
    with np.load(io.BytesIO(session.checkpoint()), allow_pickle=False) as file:
        return [file[f"variable_{i}"] for i in range(len(file.files) - 1)]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def compared(
    engine: Engine,
    arm: ResolvedArm,
    optimizer: Any,
    eagerly: bool = False,
    loss: Any = None,
    callbacks: Sequence[Any] = (),
) -> np.ndarray:
    """The run's curves, once they and what it ends at have been found equal to `fit`'s: (epochs, len(METRICS))."""
    session = engine.start(arm, SEED)
    model = referee(arm, optimizer, len(arm.split.prepare(arm.dataset).train), eagerly, loss)
    for variable, value in zip(model.variables, variables_of(session), strict=False):
        variable.assign(value)

    ours, theirs = trained(session), fitted(model, arm, callbacks)

    assert ours.shape == (arm.training.epochs, len(METRICS))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
    for variable, value in zip(model.variables, variables_of(session), strict=False):
        np.testing.assert_allclose(variable.numpy(), value, rtol=0, atol=1e-3)
    assert all(report["held"] is not False for report in session.weights())
    if loss is not None:  # of the last weights, as `evaluate` has them
        test = arm.split.prepare(arm.dataset).test
        expected = model.evaluate(test.x, labels_of(test.y, model, arm), verbose=0, return_dict=True)
        assert session.figures()["test_loss"] == pytest.approx(expected["loss"], abs=1e-4)
    return ours


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own callback
@pytest.mark.parametrize("name", CASES)
def test_curves_equal_fit(engine: Engine, name: str) -> None:
    case = CASES[name]
    optimizer, callbacks = case.optimizers[1](), [case.plateau[1]()] if case.plateau else []
    curves = compared(engine, case.arm(), optimizer, loss=case.losses and case.losses[1](), callbacks=callbacks)
    if case.plateau:
        assert float(optimizer.learning_rate.numpy()) < 0.005, "the rate never fell"
    assert np.ptp(curves[:, 2]) > 0.01, "the run learns nothing: equal curves would mean nothing"


def test_every_loss_that_is_not_usual_is_compared_with_fit() -> None:
    usual = {type(usual_loss(task)) for task in ("binary", "multiclass", "regression")}
    assert {type(case.losses[0]) for case in CASES.values() if case.losses} == set(subclasses_of(Loss)) - usual


@pytest.mark.parametrize("name", FAMILIES)
def test_every_layer_with_all_its_constraints_equals_fit(families_engine: Engine, name: str) -> None:
    (arm,) = resolve(Experiment.model_validate(FAMILIES[name]))
    constrained = [item for item in arm.weights() if item.layer != Output.name]
    assert all(item.constraint is not None for item in constrained)
    curves = compared(families_engine, arm, ADAM[1](), eagerly=True)
    assert np.ptp(curves[:, 2]) > 0.001, "the run learns nothing: equal curves would mean nothing"


def test_the_families_have_every_layer() -> None:
    there = {layer["kind"] for family in FAMILIES.values() for layer in family["network"]["layers"]}
    assert there == {kind.kind_name() for kind in subclasses_of(Layer)}

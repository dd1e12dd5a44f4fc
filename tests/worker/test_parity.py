"""`model.fit` as the referee: from the same initial weights and batch order it must give the engine's curves."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.catalog.calls import evaluate
from core.catalog.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from core.catalog.datasets import Blobs, Circles, Dataset, Moons, Split
from core.catalog.entry import subclasses_of
from core.catalog.layers import Dense, Dropout, Layer, Output
from core.catalog.regularizers import L2
from core.catalog.training import SGD, Adam, InverseTimeDecay, Optimizer, RMSprop, Schedule, Training
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
}


@dataclass(frozen=True)
class Case:
    """An arm that trains on the first 30 rows for 200 epochs, and its optimiser as it is written in Keras."""

    dataset: Dataset
    network: Network
    batch_size: int = 32
    optimizers: tuple[Optimizer, Callable[[], Any]] = ADAM
    schedule: Schedule | None = None

    def arm(self) -> ResolvedArm:
        training = Training(
            epochs=EPOCHS, batch_size=self.batch_size, optimizer=self.optimizers[0], schedule=self.schedule
        )
        (arm,) = resolve(
            Experiment(dataset=self.dataset, split=Split(train=30), network=self.network, training=training)
        )
        return arm


def hidden(kernel: Any = None, bias: Any = None, units: int = 20, **more: Any) -> Dense:
    return Dense(name="hidden", units=units, kernel_constraint=kernel, bias_constraint=bias, **more)


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


def referee(arm: ResolvedArm, optimizer: Any, rows: int, eagerly: bool) -> Any:
    """The arm's model as anyone would write it, with plain numbers in its constraints, and trained by `optimizer`.

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
        loss=LOSSES[arm.dataset.task],
        metrics=[metric],
        jit_compile=False,
        run_eagerly=eagerly,
        steps_per_execution=1 if eagerly or steps < 8 else steps,  # a loop of its own takes time to trace
    )
    return model


def fitted(model: Any, arm: ResolvedArm) -> np.ndarray:
    """Curves of `model.fit` over the engine's batches, (epochs, len(METRICS))."""
    data = arm.split.prepare(arm.dataset)
    train, test = data.train, data.test
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
        batches.map(lambda index: (tf.gather(train.x, index), tf.gather(train.y, index))).with_options(plain),
        steps_per_epoch=-(-len(train) // size),
        epochs=epochs,
        validation_data=tf.data.Dataset.from_tensors((test.x, test.y)).with_options(plain),
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


def compared(engine: Engine, arm: ResolvedArm, optimizer: Any, eagerly: bool = False) -> np.ndarray:
    """The run's curves, once they and what it ends at have been found equal to `fit`'s: (epochs, len(METRICS))."""
    session = engine.start(arm, SEED)
    model = referee(arm, optimizer, len(arm.split.prepare(arm.dataset).train), eagerly)
    for variable, value in zip(model.variables, variables_of(session), strict=False):
        variable.assign(value)

    ours, theirs = trained(session), fitted(model, arm)

    assert ours.shape == (arm.training.epochs, len(METRICS))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
    for variable, value in zip(model.variables, variables_of(session), strict=False):
        np.testing.assert_allclose(variable.numpy(), value, rtol=0, atol=1e-3)
    assert all(report["held"] is not False for report in session.weights())
    return ours


@pytest.mark.parametrize("name", CASES)
def test_curves_equal_fit(engine: Engine, name: str) -> None:
    case = CASES[name]
    curves = compared(engine, case.arm(), case.optimizers[1]())
    assert np.ptp(curves[:, 2]) > 0.01, "the run learns nothing: equal curves would mean nothing"


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

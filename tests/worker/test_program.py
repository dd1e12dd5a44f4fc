"""The program's own parts, each beside Keras' or scikit-learn's: early stopping in the graph, r²."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import sklearn.metrics
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.catalog.calls import source
from core.experiment.model import r2_score
from worker.watching import EarlyStoppingState, PlateauState


class Stub:
    """A model of one weight, as Keras' callback sees it."""

    def __init__(self) -> None:
        self.weight = keras.Variable(0.0)
        self.stop_training = False

    def get_weights(self) -> Any:
        return self.weight.numpy()

    def set_weights(self, value: Any) -> None:
        self.weight.assign(value)


@settings(max_examples=60)
@given(
    first=st.sampled_from([1.5, 2.0, 3.0]),
    later=st.lists(st.sampled_from([np.nan, 1.0, 1.25, 1.5, 1.75, 2.0, 3.0]), max_size=12),
    patience=st.integers(0, 4),
    min_delta=st.sampled_from([0.0, 0.25, 0.4]),
)
@example(first=3.0, later=[2.0, 2.0, 2.0], patience=2, min_delta=0.0)
@example(first=2.0, later=[1.75, 1.5, 1.5], patience=3, min_delta=0.25)
def test_early_stopping_decides_as_keras_callback(
    first: float, later: list[float], patience: int, min_delta: float
) -> None:
    stub = Stub()
    theirs = keras.callbacks.EarlyStopping("loss", min_delta, patience, mode="min", restore_best_weights=True)
    theirs.set_model(stub)
    theirs.on_train_begin()
    weight = keras.Variable(0.0)
    ours = EarlyStoppingState([weight])
    for epoch, loss in enumerate([first, *later]):
        for each in (stub.weight, weight):
            each.assign(float(epoch + 1))
        theirs.on_epoch_end(epoch, {"loss": loss})
        ours.after(tf.constant(loss, tf.float32), min_delta, float(patience))
        assert bool(ours.stopped.numpy()) == stub.stop_training
        if stub.stop_training:
            break
    theirs.on_train_end()
    ours.restore()
    assert int(ours.best_epoch.numpy()) == theirs.best_epoch + 1 == float(stub.get_weights()) == float(weight.numpy())


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own callback
@settings(max_examples=60)
@given(
    losses=st.lists(st.sampled_from([np.nan, 1.0, 1.25, 1.5, 1.75, 2.0, 3.0]), min_size=1, max_size=14),
    patience=st.integers(1, 3),
    min_delta=st.sampled_from([0.0, 0.25]),
    factor=st.sampled_from([0.5, 0.1]),
    cooldown=st.integers(0, 3),
    min_lr=st.sampled_from([0.0, 0.03]),
)
@example(losses=[1.0] * 12, patience=1, min_delta=0.0, factor=0.5, cooldown=0, min_lr=0.03)
@example(losses=[2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0], patience=2, min_delta=0.0, factor=0.1, cooldown=2, min_lr=0.0)
def test_the_rate_falls_on_a_plateau_as_by_keras_callback(
    losses: list[float], patience: int, min_delta: float, factor: float, cooldown: int, min_lr: float
) -> None:
    theirs = keras.callbacks.ReduceLROnPlateau(
        "loss", factor, patience, mode="min", min_delta=min_delta, cooldown=cooldown, min_lr=min_lr
    )
    stub: Any = SimpleNamespace(optimizer=keras.optimizers.SGD(0.2))
    theirs.set_model(stub)
    theirs.on_train_begin()
    rate = keras.Variable(0.2)
    ours = PlateauState(rate)
    ours.after(tf.constant(0.5), min_delta, 1.0, factor, float(cooldown), min_lr)
    ours.reset()
    for epoch, loss in enumerate(losses):
        theirs.on_epoch_end(epoch, {"loss": loss})
        ours.after(tf.constant(loss, tf.float32), min_delta, float(patience), factor, float(cooldown), min_lr)
        assert float(rate.numpy()) == pytest.approx(float(stub.optimizer.learning_rate.numpy()), rel=1e-6)


def printed_metric() -> Any:
    """The metric as the exported script makes it."""
    script: dict[str, Any] = {"keras": keras, "Any": Any}
    exec(source(r2_score), script)
    return script["r2_score"]()


@pytest.mark.parametrize("metric", [r2_score, printed_metric])
@pytest.mark.parametrize("mean", [0.0, 2000.0, -3e5])
def test_r2_is_that_of_scikit_learn_however_far_the_targets_are_from_0(metric: Any, mean: float) -> None:
    rng, r2 = np.random.default_rng(4), metric()
    for rows in (60, 1):  # twice: it forgets the first rows
        y = (mean + rng.normal(size=(rows + 40, 1))).astype("float32")
        outputs = (y + 0.5 * rng.normal(size=y.shape)).astype("float32")
        r2.reset_state()
        for batch in np.array_split(np.arange(len(y)), 7):
            r2.update_state(y[batch], outputs[batch])
        expected = sklearn.metrics.r2_score(y.astype(float), outputs.astype(float))
        assert float(r2.result()) == pytest.approx(expected, abs=1e-5)


def test_r2_is_not_a_number_where_there_is_none() -> None:
    far, near = np.array([[3e30], [0.0]], "float32"), np.array([[1.0], [0.0]], "float32")
    for y, outputs in ((near, far), (near, far * np.nan), (near + 1 - near, near)):
        r2 = r2_score()
        r2.update_state(y, outputs)
        assert np.isnan(r2.result())

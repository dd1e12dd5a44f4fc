"""The program's own parts, each beside Keras': early stopping in the graph."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.program import EarlyStoppingState


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

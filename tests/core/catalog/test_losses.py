"""Losses: Keras knows each by its kind, and gives by our call what it gives by its own."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from core.catalog.calls import evaluate_unseeded
from core.catalog.entry import subclasses_of
from core.catalog.losses import (
    TASKS,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    Huber,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    usual_loss,
)

K = keras.losses
PAIRS: list[tuple[Loss, float, Any]] = [
    (MeanSquaredError(), 0.3, K.MeanSquaredError()),
    (MeanAbsoluteError(), 0.3, K.MeanAbsoluteError()),
    (Huber(delta=0.4), 0.3, K.Huber(0.4)),
    (LogCosh(), 0.3, K.LogCosh()),
    (BinaryCrossentropy(), 0.0, K.BinaryCrossentropy()),
    (BinaryCrossentropy(), 0.3, K.BinaryCrossentropy(label_smoothing=0.3)),
    (
        BinaryFocalCrossentropy(gamma=3.0, alpha=0.7, apply_class_balancing=True),
        0.0,
        K.BinaryFocalCrossentropy(True, 0.7, 3.0),
    ),
    (BinaryFocalCrossentropy(gamma=3.0), 0.3, K.BinaryFocalCrossentropy(gamma=3.0, label_smoothing=0.3)),
    (CategoricalCrossentropy(), 0.0, K.CategoricalCrossentropy()),
    (CategoricalCrossentropy(), 0.3, K.CategoricalCrossentropy(label_smoothing=0.3)),
    (CategoricalFocalCrossentropy(gamma=3.0, alpha=0.7), 0.0, K.CategoricalFocalCrossentropy(0.7, 3.0)),
    (
        CategoricalFocalCrossentropy(gamma=3.0, alpha=0.7),
        0.3,
        K.CategoricalFocalCrossentropy(0.7, 3.0, label_smoothing=0.3),
    ),
]
"""A loss with a label smoothing, and the one of Keras that it stands for."""


@pytest.mark.parametrize(("loss", "smoothing", "theirs"), PAIRS, ids=lambda each: getattr(each, "kind", ""))
def test_a_loss_is_keras_own(loss: Loss, smoothing: float, theirs: Any) -> None:
    rng = np.random.default_rng(3)
    numbers = rng.integers(0, 3 if loss.task == "multiclass" else 2, size=20)
    hot = np.eye(3, dtype="float32")[numbers]
    outputs = rng.dirichlet((1, 1, 1), size=20).astype("float32")
    if loss.task != "multiclass":
        hot, outputs = numbers[:, None].astype("float32"), outputs[:, :1]
    if loss.task == "regression":
        hot, outputs = 3 * rng.normal(size=(20, 1)).astype("float32"), 5 * outputs
    for one_hot in (True, False):
        if not one_hot and loss.needs_one_hot(smoothing):
            continue
        y = hot if one_hot or loss.task != "multiclass" else numbers
        ours = K.get(evaluate_unseeded(loss.keras(smoothing, one_hot=one_hot)))
        found = ours(y, outputs) if isinstance(ours, K.Loss) else np.mean(ours(y, outputs))
        assert float(found) == pytest.approx(float(theirs(hot, outputs)), rel=1e-5)


def test_every_loss_and_every_field_is_compared() -> None:
    assert {type(loss) for loss, *_ in PAIRS} == set(subclasses_of(Loss))
    for kind in subclasses_of(Loss):
        compared = {name for loss, *_ in PAIRS if isinstance(loss, kind) for name in loss.model_fields_set}
        assert set(kind.model_fields) - {"kind"} <= compared, kind.title
        assert K.get(kind.kind_name()) is not None, "a kind is Keras' name"


def test_the_usual_losses_are_those_of_the_tutorial() -> None:
    assert [usual_loss(task).keras(0.0, one_hot=False) for task in TASKS] == [
        "mean_squared_error",
        "binary_crossentropy",
        "sparse_categorical_crossentropy",
    ]

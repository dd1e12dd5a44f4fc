"""Optimisers and schedules, against Keras' own and against closed forms, with every field away from its default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.catalog.calls import Tunable, evaluate_unseeded
from core.catalog.entry import subclasses_of
from core.catalog.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    OneCycle,
    PolynomialDecay,
    Schedule,
)
from core.catalog.training import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Nadam,
    Optimizer,
    RMSprop,
)

KERAS = keras.optimizers
OPTIMIZERS: list[tuple[Optimizer, Any]] = [
    (Adam(learning_rate=0.1, beta_1=0.7, beta_2=0.8), KERAS.Adam(0.1, beta_1=0.7, beta_2=0.8)),
    (Adam(beta_2=0.5, amsgrad=True), KERAS.Adam(0.001, beta_2=0.5, amsgrad=True)),
    (SGD(learning_rate=0.2), KERAS.SGD(0.2)),
    (SGD(momentum=0.6), KERAS.SGD(0.01, momentum=0.6)),
    (SGD(momentum=0.6, nesterov=True), KERAS.SGD(0.01, momentum=0.6, nesterov=True)),
    (SGD(weight_decay=0.3), KERAS.SGD(0.01, weight_decay=0.3)),
    (SGD(clipnorm=0.5), KERAS.SGD(0.01, clipnorm=0.5)),
    (SGD(clipvalue=0.5), KERAS.SGD(0.01, clipvalue=0.5)),
    (SGD(global_clipnorm=0.5), KERAS.SGD(0.01, global_clipnorm=0.5)),
    (RMSprop(rho=0.6, momentum=0.4), KERAS.RMSprop(0.001, rho=0.6, momentum=0.4)),
    (RMSprop(centered=True), KERAS.RMSprop(0.001, centered=True)),
    (AdamW(weight_decay=0.3, beta_1=0.7), KERAS.AdamW(0.001, weight_decay=0.3, beta_1=0.7)),
    (AdamW(beta_2=0.5, amsgrad=True), KERAS.AdamW(0.001, beta_2=0.5, amsgrad=True)),
    (Adagrad(initial_accumulator_value=0.7), KERAS.Adagrad(0.001, initial_accumulator_value=0.7)),
    (Adadelta(learning_rate=1.0, rho=0.6), KERAS.Adadelta(1.0, rho=0.6)),
    (Adamax(beta_1=0.7, beta_2=0.8), KERAS.Adamax(0.001, beta_1=0.7, beta_2=0.8)),
    (Nadam(beta_1=0.7, beta_2=0.8), KERAS.Nadam(0.001, beta_1=0.7, beta_2=0.8)),
    (Lion(beta_1=0.2, beta_2=0.5), KERAS.Lion(0.001, beta_1=0.2, beta_2=0.5)),
]
"""Each optimiser beside the one of Keras that it stands for."""


def made(entry: Optimizer, schedule: Schedule | None = None, updates: int = 1) -> Any:
    """The Keras optimiser that an entry makes."""
    return evaluate_unseeded(entry.keras(lambda field: Tunable(field, getattr(entry, field)), schedule, updates))


def updated(optimizer: Any) -> np.ndarray:
    """Two weights after each of three updates: (updates, values)."""
    rng = np.random.default_rng(1)
    weights = [keras.Variable(np.linspace(-2, 3, n, dtype=np.float32)) for n in (4, 3)]
    path = []
    for size in (1.0, 3.0, 0.2):
        gradients = [tf.constant(size * rng.normal(size=weight.shape), tf.float32) for weight in weights]
        optimizer.apply(gradients, weights)
        path.append(np.concatenate([weight.numpy() for weight in weights]))
    return np.array(path)


@pytest.mark.parametrize(("ours", "theirs"), OPTIMIZERS, ids=lambda each: getattr(each, "kind", ""))
def test_updates_are_those_of_keras_own_optimizer(ours: Optimizer, theirs: Any) -> None:
    np.testing.assert_array_equal(updated(made(ours)), updated(theirs))


def test_every_optimizer_and_every_field_is_compared_with_keras() -> None:
    assert {type(ours) for ours, _ in OPTIMIZERS} == set(subclasses_of(Optimizer))
    common = set(Optimizer.model_fields)
    for kind in subclasses_of(Optimizer):
        compared = {name for ours, _ in OPTIMIZERS if isinstance(ours, kind) for name in ours.model_fields_set}
        assert set(kind.model_fields) - common <= compared, kind.title
    assert common - {"kind"} <= {name for ours, _ in OPTIMIZERS for name in ours.model_fields_set}


EPOCH = 4
"""Updates of an epoch."""
AT = np.arange(0, 60) / EPOCH
"""Times of updates, in epochs."""
SCHEDULES: list[tuple[Schedule, Callable[[np.ndarray], np.ndarray]]] = [
    (ExponentialDecay(decay_epochs=3, decay_rate=0.5), lambda t: 0.5 ** (t / 3)),
    (ExponentialDecay(decay_epochs=3, decay_rate=0.5, staircase=True), lambda t: 0.5 ** np.floor(t / 3)),
    (
        CosineDecay(decay_epochs=8, alpha=0.1),
        lambda t: 0.1 + 0.9 * (1 + np.cos(np.pi * np.minimum(t / 8, 1))) / 2,
    ),
    (
        CosineDecay(decay_epochs=8, warmup_epochs=2),
        lambda t: np.where(t < 2, t / 2, (1 + np.cos(np.pi * np.clip((t - 2) / 8, 0, 1))) / 2),
    ),
    (InverseTimeDecay(decay_epochs=3, decay_rate=0.7), lambda t: 1 / (1 + 0.7 * t / 3)),
    (
        OneCycle(cycle_epochs=8, max_learning_rate=1.0, warmup_share=0.25, final_divisor=10),
        lambda t: np.where(
            t < 2,
            1 + 4 * (1 - np.cos(np.pi * t / 2)) / 2,
            0.1 + 4.9 * (1 + np.cos(np.pi * (np.minimum(t, 8) - 2) / 6)) / 2,
        ),
    ),
    (
        OneCycle(cycle_epochs=8, max_learning_rate=0.2, warmup_share=0.0),
        lambda t: 1e-4 + 0.9999 * (1 + np.cos(np.pi * np.minimum(t / 8, 1))) / 2,
    ),
    (
        PolynomialDecay(decay_epochs=8, end_learning_rate=0.02, power=2.0),
        lambda t: 0.1 + 0.9 * (1 - np.minimum(t / 8, 1)) ** 2,
    ),
]
"""Each schedule beside its share of the first rate, 0.2, at a time in epochs."""


@pytest.mark.parametrize(("schedule", "share"), SCHEDULES, ids=lambda each: getattr(each, "kind", ""))
def test_rates_follow_the_schedules_formula(schedule: Schedule, share: Callable[[np.ndarray], np.ndarray]) -> None:
    optimizer = made(SGD(learning_rate=0.2), schedule, EPOCH)
    weight = keras.Variable(0.0)
    rates = []
    for _ in AT:
        before = float(weight.numpy())
        optimizer.apply([tf.constant(-1.0)], [weight])
        rates.append(float(weight.numpy()) - before)
    np.testing.assert_allclose(rates, 0.2 * share(AT), atol=2e-6)


def test_every_schedule_is_compared_with_its_formula() -> None:
    assert {type(schedule) for schedule, _ in SCHEDULES} == set(subclasses_of(Schedule))

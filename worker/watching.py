"""Watchers of a metric after each epoch, in the graph: early stopping, and a learning rate that falls on a plateau.

Each decides as Keras' callback does. Figures are turned so that less is better.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


class EarlyStoppingState:
    """Early stopping as Keras' `EarlyStopping` does it."""

    def __init__(self, weights: list[Any]) -> None:
        self._weights = weights
        self._best_weights = [tf.Variable(weight.value) for weight in weights]
        self._best = tf.Variable(np.inf, dtype=tf.float32)
        self._epoch = tf.Variable(0)
        self._wait = tf.Variable(0)
        self.best_epoch = tf.Variable(0)
        self.stopped = tf.Variable(False)

    def variables(self) -> list[Any]:
        return [self._best, self._epoch, self._wait, self.best_epoch, self.stopped, *self._best_weights]

    def epoch(self) -> int:
        """Epochs trained."""
        return int(self._epoch.numpy())

    def reset(self) -> None:
        self._best.assign(np.inf)
        for variable in (self._epoch, self._wait, self.best_epoch):
            variable.assign(0)
        self.stopped.assign(False)

    def restore(self) -> None:
        """Puts the best epoch's weights back."""
        for weight, best in zip(self._weights, self._best_weights, strict=True):
            weight.assign(best)

    def after(self, value: Any, min_delta: Any, patience: Any) -> None:
        """Takes in the figure of one more epoch."""
        self._epoch.assign_add(1)
        first = tf.equal(self._epoch, 1)
        improved = value + min_delta < self._best
        better = improved | first  # the first epoch's weights are the best until there are better ones
        self._best.assign(tf.where(improved, value, self._best))
        self.best_epoch.assign(tf.where(better, self._epoch, self.best_epoch))
        for weight, best in zip(self._weights, self._best_weights, strict=True):
            best.assign(tf.where(better, weight.value, best))
        self._wait.assign(tf.where(improved, 0, self._wait + 1))
        waited = tf.cast(self._wait, tf.float32) >= patience
        self.stopped.assign(waited & ~improved & ~first)


class PlateauState:
    """The learning rate as Keras' `ReduceLROnPlateau` lowers it."""

    def __init__(self, learning_rate: Any) -> None:
        self._learning_rate = learning_rate
        self._begun = tf.Variable(False)
        self._best = tf.Variable(0.0)
        self._wait = tf.Variable(0.0)
        self._cooldown = tf.Variable(0.0)

    def variables(self) -> list[Any]:
        return [self._begun, self._best, self._wait, self._cooldown]

    def reset(self) -> None:
        self._begun.assign(False)
        for variable in (self._best, self._wait, self._cooldown):
            variable.assign(0.0)

    def after(self, value: Any, min_delta: Any, patience: Any, factor: Any, cooldown: Any, min_lr: Any) -> None:
        """Takes in the figure of one more epoch."""
        cooling = tf.maximum(self._cooldown - 1, 0.0)
        improved = ~self._begun | (value + min_delta < self._best)
        waited = tf.where(self._cooldown > 0, 0.0, self._wait)
        waited = tf.where(improved, 0.0, tf.where(cooling > 0, waited, waited + 1))
        rate = tf.convert_to_tensor(self._learning_rate.value)
        falls = ~improved & (cooling <= 0) & (waited >= patience) & (rate > min_lr)
        self._learning_rate.assign(tf.where(falls, tf.maximum(rate * factor, min_lr), rate))
        self._best.assign(tf.where(improved, value, self._best))
        self._wait.assign(tf.where(falls, 0.0, waited))
        self._cooldown.assign(tf.where(falls, cooldown, cooling))
        self._begun.assign(True)

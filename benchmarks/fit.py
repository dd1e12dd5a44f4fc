"""The tutorial's model as its reader writes it, to be trained by `fit`."""

from __future__ import annotations

from typing import Any

import keras


def tutorial_model(unit_norm: bool) -> Any:
    """Dense 500 ReLU, Dense 1 sigmoid; Adam, binary cross-entropy."""
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(
                500, activation="relu", kernel_constraint=keras.constraints.UnitNorm() if unit_norm else None
            ),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model

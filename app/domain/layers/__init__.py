"""Layers: Keras' layers by Keras' names, with the weights of each that can be constrained. One class, one layer.

A weight `w` of a layer is constrained by the field `w_constraint` and penalised by `w_regularizer`, as in Keras.
`Layer.weights` says which there are and which axes belong to one unit, so that a constraint without `axis` acts on
each unit's weights. Shapes are those of one example, without the batch axis, and are known without Keras.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.entry import one_of
from app.domain.layers.base import BuildContext, Constrained, Layer, Shape, ShapeError, Weight, constraint_axis
from app.domain.layers.dense import Dense, EinsumDense, Embedding, Output
from app.domain.layers.other import Add, Dropout, Flatten

# Every entry is imported by now, so the union knows it.
if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = one_of(Layer)

__all__ = [
    "Add",
    "AnyLayer",
    "BuildContext",
    "Constrained",
    "Dense",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Flatten",
    "Layer",
    "Output",
    "Shape",
    "ShapeError",
    "Weight",
    "constraint_axis",
]

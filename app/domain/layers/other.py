"""Layers that need no weights of their own, but PReLU: shapes, randomness, activations, and joining of branches."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field

from app.domain.code import Call
from app.domain.entry import number
from app.domain.layers.base import (
    BuildContext,
    Group,
    Layer,
    Shape,
    ShapeError,
    sizes,
)


class Other(Layer):
    """Base of the layers in this module: those that change no shape, unless they say so."""

    group: ClassVar[Group] = "other"

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return shape

    def words(self) -> str:
        return ""


class Dropout(Other):
    """During training sets a random share of the inputs to zero and scales up the rest."""

    title: ClassVar = "Dropout"
    summary: ClassVar = "Set a random share of the inputs to zero while training"
    xla: ClassVar[bool] = False  # it draws random numbers some sixty times slower than TensorFlow's own kernels do
    kind: Literal["dropout"] = "dropout"
    rate: float = number(0.5, ge=0, lt=1, step=0.05, description="Share of the inputs that is set to zero.")

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Dropout", self.rate, seed=context.seed, name=self.name)

    def words(self) -> str:
        return f"rate {self.rate:g}"


class Flatten(Other):
    """Puts all of an example's values in one row."""

    title: ClassVar = "Flatten"
    summary: ClassVar = "Put all values of an example in one row"
    kind: Literal["flatten"] = "flatten"

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return (math.prod(shape),)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Flatten", name=self.name)


class Joined(Other):
    """Base of layers that join the output of an earlier layer to the previous one's."""

    layer: str = Field(
        "",
        max_length=40,
        description="Name of the earlier layer; empty: the network's input.",
        json_schema_extra={"widget": "layer"},
    )

    def takes(self) -> list[tuple[str, str]]:
        return [("layer", self.layer)]

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        return ([before, *others],)

    def words(self) -> str:
        return self.layer or "the input"


class Add(Joined):
    """Adds the output of an earlier layer: a residual connection (He et al. 2015, arXiv:1512.03385)."""

    title: ClassVar = "Add"
    summary: ClassVar = "Add the output of an earlier layer (residual connection)"
    kind: Literal["add"] = "add"

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        (other,) = others
        if other != shape:
            raise ShapeError(f"needs two outputs of one shape, gets {sizes(shape)} and {sizes(other)}")
        return shape

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Add", name=self.name)

"""Densely connected layers: every unit weighs all of its inputs."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field

from core.catalog.calls import Call
from core.catalog.constraints import AnyConstraint
from core.catalog.entry import number
from core.catalog.layers.base import (
    Activation,
    BuildContext,
    Group,
    Initializer,
    Layer,
    ShapeError,
    WithBias,
    WithKernel,
)
from core.catalog.regularizers import AnyRegularizer
from core.catalog.weight import Shape, Weight, bias_weight, sizes
from core.limits import MAX_SIZE

KERNEL = Weight("kernel", 2, (0,), "each unit's {} incoming weights")
BIAS = bias_weight()


class DenseWeights(WithBias, WithKernel):
    """Part of densely connected layers, hidden or output."""

    weights: ClassVar = (KERNEL, BIAS)

    def dense_shapes(self, units: int, shape: Shape) -> dict[str, list[Shape]]:
        """Shapes of kernel and bias."""
        return {"kernel": [(shape[-1], units)], **self.bias_shapes((units,))}

    def dense(self, units: int, activation: str, name: str, context: BuildContext) -> Call:
        """The call that makes the `keras.layers.Dense`."""
        return Call(
            "keras.layers.Dense",
            units,
            activation=activation,
            **self.changed("use_bias"),
            **self.built_weights(context),
            name=name,
        )


class Dense(DenseWeights, Layer):
    """Every unit takes a weighted sum of all inputs."""

    title: ClassVar = "Dense"
    summary: ClassVar = "Every unit takes a weighted sum of all inputs"
    group: ClassVar[Group] = "dense"
    kind: Literal["dense"] = "dense"
    units: int = number(
        32, singular="unit", ge=1, le=MAX_SIZE, step=1, log=True, simpler="low", description="Number of units."
    )
    activation: Activation = Field("relu", description="Applied to each unit's sum.", json_schema_extra={"main": True})

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        return self.dense_shapes(self.units, shape)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return self.dense(self.units, self.activation, self.name or "", context)

    def describe(self) -> str:
        return f"{self.units} units, {self.activation}"


class EinsumDense(WithBias, WithKernel, Layer):
    """Sums of products of inputs and weights in Einstein's notation: `a` is the batch, repeated letters are summed.

    The kernel's first letters are summed; the bias has one value for each index of its last letter.
    """

    title: ClassVar = "Einsum dense"
    summary: ClassVar = "Weighted sums over the axes that an equation names"
    group: ClassVar[Group] = "dense"
    weights: ClassVar = (KERNEL, BIAS)
    kind: Literal["einsum_dense"] = "einsum_dense"
    equation: Literal["ab,bc->ac", "abc,cd->abd", "abc,bd->adc", "abc,bcd->ad", "...x,xy->...y"] = Field(
        "...x,xy->...y",
        description="Inputs, kernel -> outputs: a row; every step; along the steps; a whole sequence; any shape.",
    )
    units: int = number(
        32, singular="unit", ge=1, le=MAX_SIZE, step=1, log=True, description="Length of the kernel's last axis."
    )
    activation: Activation = Field("relu", description="Applied to each sum.", json_schema_extra={"main": True})

    def active_weights(self) -> tuple[Weight, ...]:
        if self.equation != "abc,bcd->ad":
            return super().active_weights()
        trap = "takes norms over the steps only: one for each feature and unit"
        whole = Weight("kernel", 3, (0, 1), "each unit's {} incoming weights", keras_trap=trap)
        return (whole, *super().active_weights()[1:])

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        ranks = {"ab,bc->ac": (1,), "...x,xy->...y": (1, 2)}.get(self.equation, (2,))
        if len(shape) not in ranks:
            needs = " or ".join({1: "one row of values", 2: "steps × features"}[rank] for rank in ranks)
            raise ShapeError(f"needs {needs}, gets {sizes(shape)}: add a reshape layer before it, or use a dense layer")
        if self.equation == "abc,bd->adc":
            return (self.units, shape[1])
        return (self.units,) if self.equation == "abc,bcd->ad" else (*shape[:-1], self.units)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        summed = {"abc,bd->adc": shape[:1], "abc,bcd->ad": shape}.get(self.equation, shape[-1:])
        bias = (self.units, 1) if self.equation == "abc,bd->adc" else (self.units,)
        return {"kernel": [(*summed, self.units)], **self.bias_shapes(bias)}

    def multiply_adds(self, shape: Shape, given: Shape) -> int:
        if self.equation == "abc,bd->adc":  # along the steps: its weights are used for each feature
            return self.parameters(shape) * shape[-1]
        return super().multiply_adds(shape, given)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        given = self.output_shape(shape)
        return Call(
            "keras.layers.EinsumDense",
            self.equation,
            output_shape=self.units if "..." in self.equation or len(given) == 1 else given,
            **({"bias_axes": self.equation.partition(",")[2].partition("->")[0][-1]} if self.use_bias else {}),
            activation=self.activation,
            **self.built_weights(context),
            name=self.name,
        )

    def describe(self) -> str:
        return f"{self.equation}, {self.units} units, {self.activation}"


class Embedding(Layer):
    """Maps every token, a whole number from 0, to a learnt vector."""

    title: ClassVar = "Embedding"
    summary: ClassVar = "Map every token to a learnt vector"
    group: ClassVar[Group] = "dense"
    weights: ClassVar = (
        Weight(
            "embeddings",
            2,
            (1,),
            "each token's vector of {} values",
            keras_trap="takes the norm of each component over all tokens, not of each token's vector",
        ),
    )
    kind: Literal["embedding"] = "embedding"
    input_dim: int = number(
        1000, ge=1, le=1_000_000, step=1, log=True, description="Number of tokens; the largest token is one less."
    )
    output_dim: int = number(16, ge=1, le=MAX_SIZE, step=1, log=True, description="Length of a token's vector.")
    embeddings_initializer: Initializer = Field("uniform", description="Initialiser of the vectors.")
    embeddings_constraint: AnyConstraint | None = Field(None, description="Acts on each token's vector.")
    embeddings_regularizer: AnyRegularizer | None = Field(None, description="Penalises the vectors.")

    def tokens(self) -> int:
        return self.input_dim

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        if len(shape) != 1:
            raise ShapeError(f"needs one row of tokens, gets {sizes(shape)}: add a flatten layer before it")
        return (*shape, self.output_dim)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        return {"embeddings": [(self.input_dim, self.output_dim)]}

    def multiply_adds(self, shape: Shape, given: Shape) -> int:
        return math.prod(given)  # vectors are looked up

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(
            "keras.layers.Embedding", self.input_dim, self.output_dim, **self.built_weights(context), name=self.name
        )

    def describe(self) -> str:
        return f"{self.input_dim} tokens, {self.output_dim} values each"


class Output(DenseWeights):
    """The output layer, by task: one sigmoid unit for two classes, softmax for more, linear for regression."""

    name: ClassVar[str] = "output"

    def weight_shapes(self, shape: Shape, units: int) -> dict[str, list[Shape]]:
        """Shapes of kernel and bias for an input of `shape`."""
        return self.dense_shapes(units, shape)

    def keras(self, units: int, activation: str, context: BuildContext) -> Call:
        """The call that makes the network's last `keras.layers.Dense`."""
        return self.dense(units, activation, self.name, context)

"""Layers that act on single values: activations, dropout and noise."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.constraints import AnyConstraint
from core.catalog.entry import Suggestion, Trials, number
from core.catalog.layers.base import Activation, BuildContext, Group, Layer, ShapeError, of_rank
from core.catalog.regularizers import AnyRegularizer
from core.catalog.weight import Shape, Weight, sizes


class Other(Layer):
    """Base of layers without a kernel; by default they keep the shape."""

    group: ClassVar[Group] = "other"

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return shape

    def describe(self) -> str:
        return ""


class ActivationLayer(Other):
    """Applies a function to every value."""

    title: ClassVar = "Activation"
    summary: ClassVar = "Apply a function to every value"
    kind: Literal["activation"] = "activation"
    activation: Literal[Activation, "softmax", "softsign", "exponential", "mish"] = Field(
        "relu",
        description="The function; softmax is taken over the last axis.",
        json_schema_extra={"main": True},
    )

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Activation", self.activation, name=self.name)

    def describe(self) -> str:
        return self.activation


class PReLU(Other):
    """Keeps positive values, and scales negative ones by a learnt alpha (He et al. 2015, arXiv:1502.01852)."""

    title: ClassVar = "PReLU"
    summary: ClassVar = "Scale negative values by learnt weights"
    # Alpha has as many axes as the input. Rank 1 allows axis 0 and single values, which fit any rank.
    weights: ClassVar = (Weight("alpha", 1, (), "each alpha by itself", keras_trap="takes norms along the first axis"),)
    kind: Literal["prelu"] = "prelu"
    shared_axes: list[int] | None = Field(
        None,
        max_length=4,
        description="Axes along which values share an alpha, counted from 1: for an image, 1 and 2 give one a channel.",
    )
    alpha_constraint: AnyConstraint | None = Field(None, description="Acts on the alphas.")
    alpha_regularizer: AnyRegularizer | None = Field(None, description="Penalises the alphas.")

    @field_validator("shared_axes")
    @classmethod
    def _axes(cls, axes: list[int] | None) -> list[int] | None:
        if axes is not None and (any(not 1 <= axis <= 4 for axis in axes) or len(set(axes)) < len(axes)):
            raise PydanticCustomError("axes", "Give axes from 1 to 4, each once")
        return axes

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        last = max(self.shared_axes or [0])
        if last > len(shape):
            raise ShapeError(f"needs {last} axes to share alphas along axis {last}, gets {sizes(shape)}")
        return shape

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        alpha = tuple(1 if axis in (self.shared_axes or []) else size for axis, size in enumerate(shape, 1))
        return {"alpha": [alpha]}

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        arguments = {**self.changed("shared_axes"), **self.built_weights(context)}
        return Call("keras.layers.PReLU", **arguments, name=self.name)


class Random(Other):
    """Base of layers that are random in training and inactive in evaluation."""

    xla: ClassVar[bool] = False  # XLA draws random numbers some sixty times slower than TensorFlow's own kernels
    # Keras compares it with zero while tracing, so it can't be a variable.
    rate: float = number(
        0.5, main=True, ge=0, lt=1, step=0.05, simpler="high", description="Share of the inputs that is set to zero."
    )

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(f"keras.layers.{self.title}", self.rate, seed=context.seed, name=self.name)

    def describe(self) -> str:
        return f"rate {self.rate:g}"


class Dropout(Random):
    """During training sets a random share of the inputs to zero and scales up the rest (Srivastava et al. 2014)."""

    title: ClassVar = "Dropout"
    summary: ClassVar = "Set a random share of the inputs to zero while training"
    suggestion: ClassVar = Suggestion(({"rate": 0.2}, {"rate": 0.5}), likely=True, idle={"rate": 0.0}, after=("dense",))
    trials: ClassVar = Trials("rate", (0.1, 0.2, 0.35, 0.5, 0.65, 0.8))
    kind: Literal["dropout"] = "dropout"


class SpatialDropout1D(Random):
    """During training sets a random share of a sequence's channels to zero (Tompson et al. 2014, arXiv:1411.4280)."""

    title: ClassVar = "SpatialDropout1D"
    summary: ClassVar = "Set whole channels of a sequence to zero while training"
    kind: Literal["spatial_dropout1d"] = "spatial_dropout1d"
    rate: float = number(
        0.5, main=True, ge=0, lt=1, step=0.05, simpler="high", description="Share of the channels that is set to zero."
    )

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        of_rank(shape, 2, "length × channels")
        return shape


class SpatialDropout2D(Random):
    """During training sets a random share of an image's channels to zero (Tompson et al. 2014, arXiv:1411.4280)."""

    title: ClassVar = "SpatialDropout2D"
    summary: ClassVar = "Set whole channels of an image to zero while training"
    kind: Literal["spatial_dropout2d"] = "spatial_dropout2d"
    rate: float = number(
        0.5, main=True, ge=0, lt=1, step=0.05, simpler="high", description="Share of the channels that is set to zero."
    )

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        of_rank(shape, 3, "height × width × channels")
        return shape


class AlphaDropout(Random):
    """Dropout that keeps mean and variance, for SELU (Klambauer et al. 2017, arXiv:1706.02515)."""

    title: ClassVar = "AlphaDropout"
    summary: ClassVar = "Dropout that keeps mean and variance, for SELU"
    kind: Literal["alpha_dropout"] = "alpha_dropout"


class GaussianDropout(Random):
    """During training multiplies by noise of mean 1 and variance rate / (1 - rate) (Srivastava et al. 2014)."""

    title: ClassVar = "GaussianDropout"
    summary: ClassVar = "Multiply by random noise while training"
    kind: Literal["gaussian_dropout"] = "gaussian_dropout"
    rate: float = number(
        0.5,
        main=True,
        ge=0,
        lt=1,
        step=0.05,
        simpler="high",
        description="Rate as in dropout: the noise's variance is rate / (1 - rate).",
    )


class GaussianNoise(Other):
    """During training adds random noise of mean 0."""

    title: ClassVar = "GaussianNoise"
    summary: ClassVar = "Add random noise while training"
    xla: ClassVar[bool] = False  # as of Random
    kind: Literal["gaussian_noise"] = "gaussian_noise"
    # Keras compares it with zero while tracing, so it can't be a variable.
    stddev: float = number(0.1, ge=0, le=1, step=0.05, simpler="high", description="Standard deviation of the noise.")

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.GaussianNoise", self.stddev, seed=context.seed, name=self.name)

    def describe(self) -> str:
        return f"standard deviation {self.stddev:g}"

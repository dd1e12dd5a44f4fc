"""Convolutions: filters that slide along length, height × width, or depth × height × width."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

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
from core.catalog.layers.space import Spatial, per_axis
from core.catalog.regularizers import AnyRegularizer
from core.catalog.weight import Shape, Weight, bias_weight, sizes
from core.limits import MAX_SIZE


def filter_weight(
    dimensions: int, name: str = "kernel", unit_axis: tuple[int, ...] | None = None, variables: tuple[str, ...] = ()
) -> Weight:
    """A weight of filters over `dimensions` spatial axes; by default its last axis is that of the filters."""
    first = {1: "steps", 2: "rows", 3: "slices"}[dimensions]
    others = {1: "input channel", 2: "column, input channel", 3: "row, column, input channel"}[dimensions]
    trap = f"takes norms over the kernel's {first} only: one for each {others} and filter"
    axes = tuple(range(dimensions + 1)) if unit_axis is None else unit_axis
    return Weight(name, dimensions + 2, axes, "each filter's {} weights", variables, trap, dimensions)


FILTER_BIAS = bias_weight("filter")


def filters_field() -> Any:
    """Field for the number of filters."""
    description = "Number of filters: the output's channels."
    return number(32, singular="filter", ge=1, le=MAX_SIZE, step=1, log=True, simpler="low", description=description)


def strides_or_dilation(dilation_rate: Any, info: ValidationInfo) -> Any:
    """Rejects strides together with dilation, as Keras does."""
    strides = info.data.get("strides", 1)
    if strides not in (1, [1] * 3, [1] * 2, [1]) and dilation_rate not in (1, [1] * 3, [1] * 2, [1]):
        raise PydanticCustomError("dilation", "Keras dilates with strides of 1 only: set one of the two to 1")
    return dilation_rate


class Convolution(WithBias, Spatial):
    """Base of all convolutions."""

    xla: ClassVar[bool] = False  # on a CPU, XLA's convolutions take three times as long, some fifty times
    group: ClassVar[Group] = "convolution"
    kernel_size: int | list[int] = per_axis(3, "Size of a filter: one number, or one for each axis.", main=True)
    strides: int | list[int] = per_axis(1, "Distance between neighbouring positions of a filter.", high=16)
    padding: Literal["valid", "same"] = Field("valid", description="Same: pad the input with zeros; valid: no padding.")
    dilation_rate: int | list[int] = per_axis(1, "Distance of neighbouring inputs under a filter.", high=16)
    activation: Activation = Field(
        "relu", description="Applied to each filter's sums.", json_schema_extra={"main": True}
    )

    def slid(self, shape: Shape) -> Shape:
        """Number of positions of a filter along each axis."""
        kernel, strides, dilation = map(self.each, (self.kernel_size, self.strides, self.dilation_rate))
        return self.places(self.space(shape), kernel, strides, self.padding, dilation)

    def window_arguments(self) -> dict[str, Any]:
        """Arguments of the Keras layer for the filters' size, movement and activation."""
        moved = self.changed("strides", "padding", "dilation_rate")
        return {"kernel_size": self.each(self.kernel_size), **moved, "activation": self.activation}


class Conv(WithKernel, Convolution, Layer):
    """Base of convolutions with filters over all input channels, or over a group of them."""

    filters: int = filters_field()
    groups: int = number(
        1, ge=1, le=MAX_SIZE, step=1, description="Number of groups of channels, each with its own filters."
    )

    _dilation = field_validator("dilation_rate")(strides_or_dilation)

    @field_validator("groups")
    @classmethod
    def _filters_divided(cls, groups: int, info: ValidationInfo) -> int:
        filters = info.data.get("filters")
        if filters is not None and filters % groups:
            raise PydanticCustomError(
                "groups", "Must divide the number of filters, which is {filters}", {"filters": filters}
            )
        return groups

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        slid = self.slid(shape)
        if shape[-1] % self.groups:
            raise ShapeError(f"needs channels that {self.groups} groups divide, gets {shape[-1]}: change the groups")
        return (*slid, self.filters)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        kernel = (*self.each(self.kernel_size), shape[-1] // self.groups, self.filters)
        return {"kernel": [kernel], **self.bias_shapes((self.filters,))}

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(
            f"keras.layers.Conv{self.dimensions}D",
            self.filters,
            **self.window_arguments(),
            **self.changed("groups", "use_bias"),
            **self.built_weights(context),
            name=self.name,
        )

    def describe(self) -> str:
        return f"{self.filters} filters of {sizes(self.each(self.kernel_size))}, {self.activation}"


class Conv1D(Conv):
    """Slides filters along sequences."""

    title: ClassVar = "Conv1D"
    summary: ClassVar = "Slide filters along a sequence"
    dimensions: ClassVar[int] = 1
    weights: ClassVar = (filter_weight(1), FILTER_BIAS)
    kind: Literal["conv1d"] = "conv1d"
    padding: Literal["valid", "same", "causal"] = Field(  # type: ignore[assignment]  # wider than the base's
        "valid", description="Same: pad with zeros; causal: pad in front only; valid: no padding."
    )


class Conv2D(Conv):
    """Slides filters over images."""

    title: ClassVar = "Conv2D"
    summary: ClassVar = "Slide filters over an image"
    dimensions: ClassVar[int] = 2
    weights: ClassVar = (filter_weight(2), FILTER_BIAS)
    kind: Literal["conv2d"] = "conv2d"


class Conv3D(Conv):
    """Slides filters through volumes."""

    title: ClassVar = "Conv3D"
    summary: ClassVar = "Slide filters through a volume"
    dimensions: ClassVar[int] = 3
    weights: ClassVar = (filter_weight(3), FILTER_BIAS)
    kind: Literal["conv3d"] = "conv3d"


class ConvTranspose(WithKernel, Convolution, Layer):
    """Base of transposed convolutions, whose kernel has its input channels last."""

    filters: int = filters_field()

    _dilation = field_validator("dilation_rate")(strides_or_dilation)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        space = self.space(shape)
        settings = zip(space, *map(self.each, (self.kernel_size, self.strides, self.dilation_rate)), strict=True)
        if self.padding == "same":
            return (*(length * stride for length, _, stride, _ in settings), self.filters)
        spread = ((length - 1) * stride + max((size - 1) * gap + 1, stride) for length, size, stride, gap in settings)
        return (*spread, self.filters)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        kernel = (*self.each(self.kernel_size), self.filters, shape[-1])
        return {"kernel": [kernel], **self.bias_shapes((self.filters,))}

    def multiply_adds(self, shape: Shape, given: Shape) -> int:
        return self.parameters(shape) * math.prod(shape[:-1])  # each place of the input is spread over several

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(
            f"keras.layers.Conv{self.dimensions}DTranspose",
            self.filters,
            **self.window_arguments(),
            **self.changed("use_bias"),
            **self.built_weights(context),
            name=self.name,
        )

    def describe(self) -> str:
        return f"{self.filters} filters of {sizes(self.each(self.kernel_size))}, {self.activation}"


class Conv1DTranspose(ConvTranspose):
    """Spreads each step of a sequence over several."""

    title: ClassVar = "Conv1DTranspose"
    summary: ClassVar = "Lengthen a sequence with filters"
    dimensions: ClassVar[int] = 1
    weights: ClassVar = (filter_weight(1, unit_axis=(0, 2)), FILTER_BIAS)
    kind: Literal["conv1d_transpose"] = "conv1d_transpose"


class Conv2DTranspose(ConvTranspose):
    """Spreads each point of an image over several."""

    title: ClassVar = "Conv2DTranspose"
    summary: ClassVar = "Enlarge an image with filters"
    dimensions: ClassVar[int] = 2
    weights: ClassVar = (filter_weight(2, unit_axis=(0, 1, 3)), FILTER_BIAS)
    kind: Literal["conv2d_transpose"] = "conv2d_transpose"


class Conv3DTranspose(ConvTranspose):
    """Spreads each point of a volume over several."""

    title: ClassVar = "Conv3DTranspose"
    summary: ClassVar = "Enlarge a volume with filters"
    dimensions: ClassVar[int] = 3
    weights: ClassVar = (filter_weight(3, unit_axis=(0, 1, 2, 4)), FILTER_BIAS)
    kind: Literal["conv3d_transpose"] = "conv3d_transpose"


class Depthwise(Convolution):
    """Base of convolutions with separate filters for every input channel."""

    depth_multiplier: int = number(1, ge=1, le=64, step=1, description="Filters for each input channel.")
    depthwise_initializer: Initializer = Field("glorot_uniform", description="Initialiser of the channels' filters.")
    depthwise_constraint: AnyConstraint | None = Field(None, description="Acts on each channel's filters.")
    depthwise_regularizer: AnyRegularizer | None = Field(None, description="Penalises the channels' filters.")

    def depthwise_shape(self, shape: Shape) -> Shape:
        """Shape of the channels' filters."""
        return (*self.each(self.kernel_size), shape[-1], self.depth_multiplier)


class DepthwiseConv(Depthwise, Layer):
    """Base of depthwise convolutions without pointwise weights."""

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return (*self.slid(shape), shape[-1] * self.depth_multiplier)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        bias = (shape[-1] * self.depth_multiplier,)
        return {"depthwise": [self.depthwise_shape(shape)], **self.bias_shapes(bias)}

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(
            f"keras.layers.DepthwiseConv{self.dimensions}D",
            **self.window_arguments(),
            **self.changed("depth_multiplier", "use_bias"),
            **self.built_weights(context),
            name=self.name,
        )

    def describe(self) -> str:
        size = sizes(self.each(self.kernel_size))
        return f"{self.depth_multiplier} a channel, of {size}, {self.activation}"


class DepthwiseConv1D(DepthwiseConv):
    """Slides filters along each channel of a sequence by itself."""

    title: ClassVar = "DepthwiseConv1D"
    summary: ClassVar = "Slide filters along each channel of a sequence by itself"
    dimensions: ClassVar[int] = 1
    weights: ClassVar = (filter_weight(1, "depthwise", (0,), ("kernel",)), FILTER_BIAS)
    kind: Literal["depthwise_conv1d"] = "depthwise_conv1d"


class DepthwiseConv2D(DepthwiseConv):
    """Slides filters over each channel of an image by itself."""

    title: ClassVar = "DepthwiseConv2D"
    summary: ClassVar = "Slide filters over each channel of an image by itself"
    dimensions: ClassVar[int] = 2
    weights: ClassVar = (filter_weight(2, "depthwise", (0, 1), ("kernel",)), FILTER_BIAS)
    kind: Literal["depthwise_conv2d"] = "depthwise_conv2d"


def pointwise_weight(dimensions: int) -> Weight:
    """The weight that mixes channels at each point."""
    trap = "acts on each weight by itself: the kernel's first axis has a length of 1"
    axes = tuple(range(dimensions + 1))
    return Weight("pointwise", dimensions + 2, axes, "each filter's {} weights", ("pointwise_kernel",), trap)


class SeparableConv(Depthwise, Layer):
    """Base of convolutions that slide filters along each channel, then mix the channels at each point."""

    filters: int = filters_field()
    pointwise_initializer: Initializer = Field(
        "glorot_uniform", description="Initialiser of the weights that mix channels."
    )
    pointwise_constraint: AnyConstraint | None = Field(None, description="Acts on the weights that mix channels.")
    pointwise_regularizer: AnyRegularizer | None = Field(None, description="Penalises the weights that mix channels.")

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return (*self.slid(shape), self.filters)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        pointwise = (*(1,) * self.dimensions, shape[-1] * self.depth_multiplier, self.filters)
        depthwise = self.depthwise_shape(shape)
        return {"depthwise": [depthwise], "pointwise": [pointwise], **self.bias_shapes((self.filters,))}

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(
            f"keras.layers.SeparableConv{self.dimensions}D",
            self.filters,
            **self.window_arguments(),
            **self.changed("depth_multiplier", "use_bias"),
            **self.built_weights(context),
            name=self.name,
        )

    def describe(self) -> str:
        return f"{self.filters} filters of {sizes(self.each(self.kernel_size))}, {self.activation}"


class SeparableConv1D(SeparableConv):
    """Slides filters along each channel of a sequence, then mixes the channels (Chollet 2016, arXiv:1610.02357)."""

    title: ClassVar = "SeparableConv1D"
    summary: ClassVar = "Slide filters along each channel of a sequence, then mix them"
    dimensions: ClassVar[int] = 1
    weights: ClassVar = (
        filter_weight(1, "depthwise", (0,), ("depthwise_kernel",)),
        pointwise_weight(1),
        FILTER_BIAS,
    )
    kind: Literal["separable_conv1d"] = "separable_conv1d"


class SeparableConv2D(SeparableConv):
    """Slides filters over each channel of an image, then mixes the channels (Chollet 2016, arXiv:1610.02357)."""

    title: ClassVar = "SeparableConv2D"
    summary: ClassVar = "Slide filters over each channel of an image, then mix them"
    dimensions: ClassVar[int] = 2
    weights: ClassVar = (
        filter_weight(2, "depthwise", (0, 1), ("depthwise_kernel",)),
        pointwise_weight(2),
        FILTER_BIAS,
    )
    kind: Literal["separable_conv2d"] = "separable_conv2d"

"""Layers that rearrange an example's values: reshape, rescale, pad, repeat, or merge with an earlier output."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.entry import number
from core.catalog.layers.base import BuildContext, ShapeError
from core.catalog.layers.other import Other
from core.catalog.layers.space import Spatial, per_axis
from core.catalog.weight import Shape, sizes
from core.limits import MAX_SIZE


class Flatten(Other):
    """Puts all of an example's values in one row."""

    title: ClassVar = "Flatten"
    summary: ClassVar = "Put all values of an example in one row"
    kind: Literal["flatten"] = "flatten"

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return (math.prod(shape),)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Flatten", name=self.name)


class Reshape(Other):
    """Arranges an example's values in another shape, in their order."""

    title: ClassVar = "Reshape"
    summary: ClassVar = "Arrange the values of an example in another shape"
    kind: Literal["reshape"] = "reshape"
    target_shape: list[int] = Field(
        [-1, 1],
        min_length=1,
        max_length=5,
        description="Sizes of the new axes; -1 for one of them: the rest. -1, 1 makes a row of values a sequence.",
        json_schema_extra={"main": True},
    )

    @field_validator("target_shape")
    @classmethod
    def _sizes(cls, target: list[int]) -> list[int]:
        if any(size < 1 and size != -1 for size in target) or target.count(-1) > 1:
            raise PydanticCustomError("sizes", "Give sizes of 1 or more, and -1 for one of them at most")
        return target

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        values, given = math.prod(shape), math.prod(size for size in self.target_shape if size != -1)
        if values % given or (-1 not in self.target_shape and values != given):
            raise ShapeError(f"can't arrange {values} values ({sizes(shape)}) as {sizes(self.target_shape)}")
        return tuple(values // given if size == -1 else size for size in self.target_shape)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Reshape", tuple(self.target_shape), name=self.name)

    def describe(self) -> str:
        return sizes(self.target_shape)


class Permute(Other):
    """Puts the axes of an example in another order."""

    title: ClassVar = "Permute"
    summary: ClassVar = "Put the axes in another order"
    kind: Literal["permute"] = "permute"
    dims: list[int] = Field(
        [2, 1],
        min_length=1,
        max_length=4,
        description="The axes in their new order, counted from 1: 2, 1 swaps steps and features.",
    )

    @field_validator("dims")
    @classmethod
    def _each_once(cls, dims: list[int]) -> list[int]:
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise PydanticCustomError("dims", "List each axis once, counted from 1, in the new order")
        return dims

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        if len(shape) != len(self.dims):
            raise ShapeError(f"orders {len(self.dims)} axes, gets {sizes(shape)}: list each of its axes")
        return tuple(shape[axis - 1] for axis in self.dims)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Permute", tuple(self.dims), name=self.name)

    def describe(self) -> str:
        return ", ".join(map(str, self.dims))


class RepeatVector(Other):
    """Makes a sequence of copies of a row of values."""

    title: ClassVar = "RepeatVector"
    summary: ClassVar = "Make a sequence of copies of a row of values"
    kind: Literal["repeat_vector"] = "repeat_vector"
    n: int = number(8, ge=1, le=MAX_SIZE, step=1, title="Copies", description="Number of steps of the sequence.")

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        if len(shape) != 1:
            raise ShapeError(f"needs one row of values, gets {sizes(shape)}: add a flatten layer before it")
        return (self.n, *shape)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.RepeatVector", self.n, name=self.name)

    def describe(self) -> str:
        return f"{self.n} steps"


class Rescaling(Other):
    """Multiplies every value by `scale` and adds `offset`."""

    title: ClassVar = "Rescaling"
    summary: ClassVar = "Multiply every value and add to it"
    kind: Literal["rescaling"] = "rescaling"
    scale: float = number(1.0, ge=-1e6, le=1e6, step=0.1, description="Factor of each value.")
    offset: float = number(0.0, ge=-1e6, le=1e6, step=0.1, description="Added after the multiplication.")

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Rescaling", self.scale, **self.changed("offset"), name=self.name)

    def describe(self) -> str:
        return f"× {self.scale:g} + {self.offset:g}"


class Resized(Spatial, Other):
    """Base of layers that lengthen the spatial axes."""

    def amount(self) -> Shape:
        """Padding or repetitions for each spatial axis."""
        raise NotImplementedError

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        amount = self.amount()
        return Call(f"keras.layers.{self.title}", amount[0] if len(amount) == 1 else amount, name=self.name)

    def describe(self) -> str:
        return sizes(self.amount())


class ZeroPadding(Resized):
    """Base of layers that put zeros around their input."""

    padding: int | list[int] = per_axis(1, "Zeros before and after, along each axis.", low=0)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        padded = zip(self.space(shape), self.amount(), strict=True)
        return (*(length + 2 * zeros for length, zeros in padded), shape[-1])

    def amount(self) -> Shape:
        return self.each(self.padding)


class ZeroPadding1D(ZeroPadding):
    """Puts zeros before and after a sequence."""

    title: ClassVar = "ZeroPadding1D"
    summary: ClassVar = "Put zeros before and after a sequence"
    dimensions: ClassVar[int] = 1
    kind: Literal["zero_padding1d"] = "zero_padding1d"


class ZeroPadding2D(ZeroPadding):
    """Puts zeros around an image."""

    title: ClassVar = "ZeroPadding2D"
    summary: ClassVar = "Put zeros around an image"
    dimensions: ClassVar[int] = 2
    kind: Literal["zero_padding2d"] = "zero_padding2d"


class ZeroPadding3D(ZeroPadding):
    """Puts zeros around a volume."""

    title: ClassVar = "ZeroPadding3D"
    summary: ClassVar = "Put zeros around a volume"
    dimensions: ClassVar[int] = 3
    kind: Literal["zero_padding3d"] = "zero_padding3d"


class UpSampling(Resized):
    """Base of layers that repeat values along the spatial axes."""

    size: int | list[int] = per_axis(2, "Repetitions of each value.", high=16)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        repeated = zip(self.space(shape), self.amount(), strict=True)
        return (*(length * times for length, times in repeated), shape[-1])

    def amount(self) -> Shape:
        return self.each(self.size)


class UpSampling1D(UpSampling):
    """Repeats every step of a sequence."""

    title: ClassVar = "UpSampling1D"
    summary: ClassVar = "Repeat every step of a sequence"
    dimensions: ClassVar[int] = 1
    kind: Literal["up_sampling1d"] = "up_sampling1d"


class UpSampling2D(UpSampling):
    """Repeats every point of an image."""

    title: ClassVar = "UpSampling2D"
    summary: ClassVar = "Repeat every point of an image"
    dimensions: ClassVar[int] = 2
    kind: Literal["up_sampling2d"] = "up_sampling2d"


class UpSampling3D(UpSampling):
    """Repeats every point of a volume."""

    title: ClassVar = "UpSampling3D"
    summary: ClassVar = "Repeat every point of a volume"
    dimensions: ClassVar[int] = 3
    kind: Literal["up_sampling3d"] = "up_sampling3d"


class Joined(Other):
    """Base of layers that merge the output of an earlier layer with the previous one's."""

    layer: str = Field(
        "",
        max_length=40,
        description="Name of the earlier layer; empty: the network's input.",
        json_schema_extra={"widget": "layer", "main": True},
    )

    def extra_inputs(self) -> list[tuple[str, str]]:
        return [("layer", self.layer)]

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        return ([before, *others],)

    def describe(self) -> str:
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


class Concatenate(Joined):
    """Puts the output of an earlier layer beside the previous one's, along the last axis."""

    title: ClassVar = "Concatenate"
    summary: ClassVar = "Concatenate the output of an earlier layer"
    kind: Literal["concatenate"] = "concatenate"

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        (other,) = others
        if other[:-1] != shape[:-1]:
            alike = "outputs that differ in their last axis only"
            raise ShapeError(f"needs {alike}, gets {sizes(shape)} and {sizes(other)}")
        return (*shape[:-1], shape[-1] + other[-1])

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Concatenate", name=self.name)

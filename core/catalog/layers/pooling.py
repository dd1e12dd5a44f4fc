"""Pooling: the largest or mean value under a window that slides along length, height × width, or a volume."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from core.catalog.calls import Call
from core.catalog.layers.base import BuildContext, Group, Layer
from core.catalog.layers.space import Spatial, per_axis
from core.catalog.weight import Shape, sizes


class Pooling(Spatial, Layer):
    """Base of layers that pool under a window."""

    group: ClassVar[Group] = "pooling"
    pool_size: int | list[int] = per_axis(2, "Size of the window: one number, or one for each axis.", main=True)
    strides: int | list[int] | None = per_axis(None, "Distance that the window moves; left out: its size.", high=64)
    padding: Literal["valid", "same"] = Field(
        "valid", description="Same: the window may reach beyond the input; valid: it may not."
    )

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        window = self.each(self.pool_size)
        strides = window if self.strides is None else self.each(self.strides)
        return (*self.places(self.space(shape), window, strides, self.padding), shape[-1])

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(
            f"keras.layers.{self.title}",
            self.each(self.pool_size),
            **self.changed("strides", "padding"),
            name=self.name,
        )

    def describe(self) -> str:
        return sizes(self.each(self.pool_size))


class MaxPooling1D(Pooling):
    """Takes the largest value of each channel under a window along a sequence."""

    title: ClassVar = "MaxPooling1D"
    summary: ClassVar = "Largest value under a window along a sequence"
    dimensions: ClassVar[int] = 1
    kind: Literal["max_pooling1d"] = "max_pooling1d"


class MaxPooling2D(Pooling):
    """Takes the largest value of each channel under a window over an image."""

    title: ClassVar = "MaxPooling2D"
    summary: ClassVar = "Largest value under a window over an image"
    dimensions: ClassVar[int] = 2
    kind: Literal["max_pooling2d"] = "max_pooling2d"


class MaxPooling3D(Pooling):
    """Takes the largest value of each channel under a window through a volume."""

    title: ClassVar = "MaxPooling3D"
    summary: ClassVar = "Largest value under a window through a volume"
    dimensions: ClassVar[int] = 3
    kind: Literal["max_pooling3d"] = "max_pooling3d"


class AveragePooling1D(Pooling):
    """Takes the mean of each channel under a window along a sequence."""

    title: ClassVar = "AveragePooling1D"
    summary: ClassVar = "Mean under a window along a sequence"
    dimensions: ClassVar[int] = 1
    kind: Literal["average_pooling1d"] = "average_pooling1d"


class AveragePooling2D(Pooling):
    """Takes the mean of each channel under a window over an image."""

    title: ClassVar = "AveragePooling2D"
    summary: ClassVar = "Mean under a window over an image"
    dimensions: ClassVar[int] = 2
    kind: Literal["average_pooling2d"] = "average_pooling2d"


class AveragePooling3D(Pooling):
    """Takes the mean of each channel under a window through a volume."""

    title: ClassVar = "AveragePooling3D"
    summary: ClassVar = "Mean under a window through a volume"
    dimensions: ClassVar[int] = 3
    kind: Literal["average_pooling3d"] = "average_pooling3d"


class GlobalPooling(Spatial, Layer):
    """Base of layers that pool each whole channel."""

    group: ClassVar[Group] = "pooling"
    keepdims: bool = Field(False, description="Keep the pooled axes, with a length of 1.")

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        kept = (1,) * len(self.space(shape))
        return (*(kept if self.keepdims else ()), shape[-1])

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(f"keras.layers.{self.title}", **self.changed("keepdims"), name=self.name)

    def describe(self) -> str:
        return ""


class GlobalMaxPooling1D(GlobalPooling):
    """Takes the largest value of each channel of a sequence."""

    title: ClassVar = "GlobalMaxPooling1D"
    summary: ClassVar = "Largest value of each channel of a sequence"
    dimensions: ClassVar[int] = 1
    kind: Literal["global_max_pooling1d"] = "global_max_pooling1d"


class GlobalMaxPooling2D(GlobalPooling):
    """Takes the largest value of each channel of an image."""

    title: ClassVar = "GlobalMaxPooling2D"
    summary: ClassVar = "Largest value of each channel of an image"
    dimensions: ClassVar[int] = 2
    kind: Literal["global_max_pooling2d"] = "global_max_pooling2d"


class GlobalMaxPooling3D(GlobalPooling):
    """Takes the largest value of each channel of a volume."""

    title: ClassVar = "GlobalMaxPooling3D"
    summary: ClassVar = "Largest value of each channel of a volume"
    dimensions: ClassVar[int] = 3
    kind: Literal["global_max_pooling3d"] = "global_max_pooling3d"


class GlobalAveragePooling1D(GlobalPooling):
    """Takes the mean of each channel of a sequence."""

    title: ClassVar = "GlobalAveragePooling1D"
    summary: ClassVar = "Mean of each channel of a sequence"
    dimensions: ClassVar[int] = 1
    kind: Literal["global_average_pooling1d"] = "global_average_pooling1d"


class GlobalAveragePooling2D(GlobalPooling):
    """Takes the mean of each channel of an image."""

    title: ClassVar = "GlobalAveragePooling2D"
    summary: ClassVar = "Mean of each channel of an image"
    dimensions: ClassVar[int] = 2
    kind: Literal["global_average_pooling2d"] = "global_average_pooling2d"


class GlobalAveragePooling3D(GlobalPooling):
    """Takes the mean of each channel of a volume."""

    title: ClassVar = "GlobalAveragePooling3D"
    summary: ClassVar = "Mean of each channel of a volume"
    dimensions: ClassVar[int] = 3
    kind: Literal["global_average_pooling3d"] = "global_average_pooling3d"

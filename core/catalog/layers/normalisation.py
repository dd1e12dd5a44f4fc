"""Normalisation: shifts and scales values to mean 0 and variance 1, then by learnt weights."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.constraints import AnyConstraint
from core.catalog.entry import number
from core.catalog.layers.base import BuildContext, Group, Layer, ShapeError
from core.catalog.regularizers import AnyRegularizer
from core.catalog.weight import Shape, Weight
from core.limits import MAX_SIZE


def scale_and_shift(unit: str) -> tuple[Weight, Weight]:
    """Gamma and beta of a normalisation layer, one of each for every `unit`."""
    gamma, beta = (
        Weight(
            name,
            1,
            (),
            f"each {unit}'s {name} by itself",
            keras_trap=f"takes one norm over all {unit}s' {name}s",
        )
        for name in ("gamma", "beta")
    )
    return gamma, beta


class Normalisation(Layer):
    """Base of normalisation layers. Gammas start at 1, betas at 0."""

    group: ClassVar[Group] = "normalisation"
    epsilon: float = number(0.001, gt=0, le=1, step=0.001, log=True, description="Added to the variance.")
    center: bool = Field(True, description="Add a beta.")
    scale: bool = Field(True, description="Multiply by a gamma.")
    gamma_constraint: AnyConstraint | None = Field(None, description="Acts on the gammas.")
    gamma_regularizer: AnyRegularizer | None = Field(None, description="Penalises the gammas.")
    beta_constraint: AnyConstraint | None = Field(None, description="Acts on the betas.")
    beta_regularizer: AnyRegularizer | None = Field(None, description="Penalises the betas.")

    def active_weights(self) -> tuple[Weight, ...]:
        there = {"gamma": self.scale, "beta": self.center}
        return tuple(weight for weight in super().active_weights() if there[weight.name])

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return shape

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        return {weight.name: [shape[-1:]] for weight in self.active_weights()}

    def settings(self) -> dict[str, Any]:
        """Arguments of the Keras layer, except those of its weights."""
        return self.changed("epsilon", "center", "scale")

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(f"keras.layers.{self.title}", **self.settings(), **self.built_weights(context), name=self.name)

    def describe(self) -> str:
        return ""


class BatchNormalization(Normalisation):
    """Normalises each channel over the batch; in evaluation, by the running means of the training batches.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    title: ClassVar = "BatchNormalization"
    summary: ClassVar = "Normalise each channel over the batch"
    weights: ClassVar = scale_and_shift("channel")
    kind: Literal["batch_normalization"] = "batch_normalization"
    momentum: float = number(0.99, ge=0, lt=1, step=0.01, description="Share of the running mean kept at each batch.")

    def settings(self) -> dict[str, Any]:
        return {**self.changed("momentum"), **super().settings()}


class LayerNormalization(Normalisation):
    """Normalises each example, at each of its positions, over its features (Ba et al. 2016, arXiv:1607.06450)."""

    title: ClassVar = "LayerNormalization"
    summary: ClassVar = "Normalise each example over its features"
    weights: ClassVar = scale_and_shift("feature")
    kind: Literal["layer_normalization"] = "layer_normalization"


class GroupNormalization(Normalisation):
    """Normalises each example over groups of channels (Wu & He 2018, arXiv:1803.08494)."""

    title: ClassVar = "GroupNormalization"
    summary: ClassVar = "Normalise each example over groups of channels"
    weights: ClassVar = scale_and_shift("channel")
    kind: Literal["group_normalization"] = "group_normalization"
    groups: int = number(32, ge=-1, le=MAX_SIZE, step=1, description="Number of groups; -1: one for each channel.")

    @field_validator("groups")
    @classmethod
    def _some(cls, groups: int) -> int:
        if groups == 0:
            raise PydanticCustomError("groups", "Give 1 or more groups, or -1 for one for each channel")
        return groups

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        if self.groups > 0 and shape[-1] % self.groups:
            raise ShapeError(f"needs channels that {self.groups} groups divide, gets {shape[-1]}: change the groups")
        return shape

    def settings(self) -> dict[str, Any]:
        return {**self.changed("groups"), **super().settings()}

    def describe(self) -> str:
        return "one group a channel" if self.groups == -1 else f"{self.groups} groups"

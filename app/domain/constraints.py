"""Constraints: projections that Keras applies to a weight after each optimiser update. One class, one constraint.

A constraint acts on *groups* of a weight's values: those along its `axis`. Left out, `axis` is the per-unit axis of the
weight it stands on (`layers.Weight.unit_axis`), so that a group is one unit's weights. Keras' own default is `axis=0`,
which is the same for a Dense kernel and something else for most other weights.

The initial weights are not projected; the first update is the first time that a constraint acts.
Source of the four formulas: https://keras.io/api/layers/constraints/ (Keras 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.domain.code import Call
from app.domain.entry import CatalogEntry, Number, number, one_of

TOLERANCE = 1e-5
"""How far a float32 norm may stand off its limit and still count as holding it (relative, and absolute near 0)."""


def _read_axis(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    whole_list = isinstance(value, list) and all(isinstance(v, int) and not isinstance(v, bool) for v in value)
    if value is None or whole or whole_list:
        return value
    raise PydanticCustomError("axis", "Give a whole number, a list of whole numbers, or leave it out for each unit")


Axis = Annotated[
    int | list[int] | None,
    BeforeValidator(_read_axis),
    Field(
        description="Axes that one norm is taken over. Left out: each unit's own weights. Keras' default is 0.",
        json_schema_extra={"widget": "axis"},
    ),
]


def group_norms(weight: np.ndarray, axis: int | list[int]) -> np.ndarray:
    """Euclidean norm of every group of `weight` along `axis`, flattened; `[]` makes each value its own group."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    norms: np.ndarray = np.sqrt(np.sum(np.square(weight.astype(np.float64)), axis=axes))
    return norms.reshape(-1)


class Constraint(CatalogEntry):
    """Base of all constraints."""

    feasible: ClassVar[Literal["disc", "circle", "ring", "quadrant"]]
    """Shape of the feasible set of a unit with two inputs, for the form's icon and the geometry view."""

    ranks: ClassVar[tuple[int, ...] | None] = None
    """Numbers of axes that a weight may have; None: any."""

    def needs(self) -> str:
        """What a weight must be, where `ranks` is given: the rest of a sentence."""
        return "it needs a matrix"

    def keras(self, number: Number, axis: int | list[int]) -> Call:
        """What makes the `keras.constraints.Constraint`, or a plain function of the weight, acting along `axis`."""
        raise NotImplementedError

    def words(self) -> str:
        """The constraint in a few words, figures included."""
        raise NotImplementedError

    def violation(self, weight: np.ndarray, axis: int | list[int]) -> float:
        """Largest distance of any group from the feasible set; 0 where all of them lie in it."""
        raise NotImplementedError

    def holds(self, weight: np.ndarray, axis: int | list[int]) -> bool:
        """Whether every group of `weight` obeys the constraint within float32's `TOLERANCE`."""
        scale = max(1.0, float(group_norms(weight, axis).max(initial=0.0)))
        return self.violation(weight, axis) <= TOLERANCE * scale


class MaxNorm(Constraint):
    """Limits the length of each unit's weight vector; shorter vectors are left alone."""

    title: ClassVar = "Max norm"
    summary: ClassVar = "Limit the length of each unit's weight vector"
    feasible: ClassVar = "disc"
    kind: Literal["max_norm"] = "max_norm"
    max_value: float = number(
        2.0, ge=0, le=1e6, step=0.1, log=True, tunable=True, title="Limit", description="Largest norm allowed."
    )
    axis: Axis = None

    def keras(self, number: Number, axis: int | list[int]) -> Call:
        return Call("keras.constraints.MaxNorm", max_value=number("max_value"), axis=axis)

    def words(self) -> str:
        return f"max norm {self.max_value:g}"

    def violation(self, weight: np.ndarray, axis: int | list[int]) -> float:
        return float(np.maximum(group_norms(weight, axis) - self.max_value, 0).max(initial=0.0))


class NonNeg(Constraint):
    """Sets negative weights to zero."""

    title: ClassVar = "Non-negative"
    summary: ClassVar = "Allow no negative weight"
    feasible: ClassVar = "quadrant"
    kind: Literal["non_neg"] = "non_neg"

    def keras(self, number: Number, axis: int | list[int]) -> Call:
        return Call("keras.constraints.NonNeg")

    def words(self) -> str:
        return "non-negative"

    def violation(self, weight: np.ndarray, axis: int | list[int]) -> float:
        return float(np.maximum(-weight, 0).max(initial=0.0))


class UnitNorm(Constraint):
    """Scales each unit's weight vector to length 1."""

    title: ClassVar = "Unit norm"
    summary: ClassVar = "Set the length of each unit's weight vector to 1"
    feasible: ClassVar = "circle"
    kind: Literal["unit_norm"] = "unit_norm"
    axis: Axis = None

    def keras(self, number: Number, axis: int | list[int]) -> Call:
        return Call("keras.constraints.UnitNorm", axis=axis)

    def words(self) -> str:
        return "unit norm"

    def violation(self, weight: np.ndarray, axis: int | list[int]) -> float:
        return float(np.abs(group_norms(weight, axis) - 1).max(initial=0.0))


class MinMaxNorm(Constraint):
    """Keeps the length of each unit's weight vector in a range, moving it there by the share `rate` at each update."""

    title: ClassVar = "Min-max norm"
    summary: ClassVar = "Keep the length of each unit's weight vector in a range"
    feasible: ClassVar = "ring"
    kind: Literal["min_max_norm"] = "min_max_norm"
    min_value: float = number(
        0.0, ge=0, le=1e6, step=0.1, tunable=True, title="Lower limit", description="Smallest norm allowed."
    )
    max_value: float = number(
        1.0, ge=0, le=1e6, step=0.1, tunable=True, title="Upper limit", description="Largest norm allowed."
    )
    rate: float = number(
        1.0,
        ge=0,
        le=1,
        step=0.1,
        tunable=True,
        description="Share of the way to the range that one update goes; 1 enforces it strictly.",
    )
    axis: Axis = None

    @field_validator("max_value")
    @classmethod
    def _above_minimum(cls, value: float, info: ValidationInfo) -> float:
        low = info.data.get("min_value")
        if low is not None and value < low:
            raise PydanticCustomError("range", "Must be at least the lower limit, which is {low}", {"low": f"{low:g}"})
        return value

    def keras(self, number: Number, axis: int | list[int]) -> Call:
        low, high, rate = number("min_value"), number("max_value"), number("rate")
        return Call("keras.constraints.MinMaxNorm", min_value=low, max_value=high, rate=rate, axis=axis)

    def words(self) -> str:
        rate = "" if self.rate == 1 else f", rate {self.rate:g}"
        return f"min-max norm {self.min_value:g} to {self.max_value:g}{rate}"

    def violation(self, weight: np.ndarray, axis: int | list[int]) -> float:
        if self.rate < 1:  # an update goes only part of the way: nothing is promised
            return 0.0
        norms = group_norms(weight, axis)
        return float(np.maximum(self.min_value - norms, norms - self.max_value).clip(0).max(initial=0.0))


if TYPE_CHECKING:
    AnyConstraint = Constraint
else:
    AnyConstraint = one_of(Constraint)

"""Constraints on the length of a vector: each unit's, or all of a weight's values as one.

Source of Keras' three: https://keras.io/api/layers/constraints/ (Keras 3).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call, Partial
from core.catalog.constraints.base import AT_LIMIT, Axes, Axis, Constraint, FeasibleSet, Ring, group_norms, worst
from core.catalog.entry import Number, Suggestion, Trials, number

MAX_SWEEP = (0.25, 8, 9)
"""Range of an upper limit that a sweep begins with."""


def limit(default: float, description: str) -> Any:
    """Field for the largest norm allowed."""
    return number(
        default,
        ge=0,
        le=1e6,
        step=0.1,
        log=True,
        tunable=True,
        simpler="low",
        sweep=MAX_SWEEP,
        title="Limit",
        description=description,
    )


def ordered(value: float, info: ValidationInfo) -> float:
    """`value`, an upper limit, if the field `min_value` is not above it."""
    low = info.data.get("min_value")
    if low is not None and value < low:
        raise PydanticCustomError("range", "Must be at least the lower limit, which is {low}", {"low": f"{low:g}"})
    return value


class MaxNorm(Constraint):
    """Limits the length of each unit's weight vector; shorter vectors are left alone.

    Feasible set: ‖w‖₂ ≤ limit for each unit's w.
    """

    title: ClassVar = "Max norm"
    summary: ClassVar = "Limit the length of each unit's weight vector"
    phrase: ClassVar = "max norm {max_value}"
    feasible: ClassVar = "disc"
    suggestion: ClassVar = Suggestion(({"max_value": 3.0},), likely=True)
    trials: ClassVar = Trials("max_value", (0.1, 0.25, 0.5, 1.0, 2.0, 4.0))
    kind: Literal["max_norm"] = "max_norm"
    max_value: float = limit(2.0, "Largest norm allowed.")
    axis: Axis = None

    def keras(self, number: Number, axis: Axes) -> Call:
        return Call("keras.constraints.MaxNorm", max_value=number("max_value"), axis=axis)

    def limits(self) -> tuple[float | None, float | None]:
        return None, self.max_value

    def sets(self) -> list[FeasibleSet]:
        return [Ring(inner=0, outer=self.max_value)]

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return worst(group_norms(weight, axis) - self.max_value)


class UnitNorm(Constraint):
    """Scales each unit's weight vector to length 1.

    Feasible set: ‖w‖₂ = 1 for each unit's w. A vector of zeros has no direction and stays zero.
    """

    title: ClassVar = "Unit norm"
    summary: ClassVar = "Set the length of each unit's weight vector to 1"
    feasible: ClassVar = "circle"
    suggestion: ClassVar = Suggestion(likely=True)
    kind: Literal["unit_norm"] = "unit_norm"
    axis: Axis = None

    def keras(self, number: Number, axis: Axes) -> Call:
        return Call("keras.constraints.UnitNorm", axis=axis)

    def limits(self) -> tuple[float | None, float | None]:
        return 1.0, 1.0

    def sets(self) -> list[FeasibleSet]:
        return [Ring(inner=1, outer=1)]

    def single_value_effect(self) -> str:
        return "makes it 1 or −1"

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return worst(np.abs(group_norms(weight, axis) - 1))


class MinMaxNorm(Constraint):
    """Keeps the length of each unit's weight vector in a range, moving it there by the share `rate` at each update.

    Feasible set: lower limit ≤ ‖w‖₂ ≤ upper limit for each unit's w, promised only where `rate` is 1. A vector of zeros
    has no direction and stays zero.
    """

    title: ClassVar = "Min-max norm"
    summary: ClassVar = "Keep the length of each unit's weight vector in a range"
    phrase: ClassVar = "min-max norm {min_value} to {max_value}"
    feasible: ClassVar = "ring"
    kind: Literal["min_max_norm"] = "min_max_norm"
    min_value: float = number(
        0.0, ge=0, le=1e6, step=0.1, tunable=True, title="Lower limit", description="Smallest norm allowed."
    )
    max_value: float = number(
        1.0,
        ge=0,
        le=1e6,
        step=0.1,
        tunable=True,
        simpler="low",
        sweep=MAX_SWEEP,
        title="Upper limit",
        description="Largest norm allowed.",
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

    _ordered = field_validator("max_value")(ordered)

    def keras(self, number: Number, axis: Axes) -> Call:
        low, high, rate = number("min_value"), number("max_value"), number("rate")
        return Call("keras.constraints.MinMaxNorm", min_value=low, max_value=high, rate=rate, axis=axis)

    def describe(self) -> str:
        return super().describe() + ("" if self.rate == 1 else f", rate {self.rate:g}")

    def limits(self) -> tuple[float | None, float | None]:
        return self.min_value or None, self.max_value

    def sets(self) -> list[FeasibleSet]:
        return [Ring(inner=self.min_value, outer=self.max_value)]

    def single_value_effect(self) -> str:
        return f"keeps it at least {self.min_value:g} away from zero" if self.min_value else ""

    @property
    def is_strict(self) -> bool:
        return self.rate == 1  # otherwise an update goes only part of the way

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        norms = group_norms(weight, axis)
        return worst(self.min_value - norms, norms - self.max_value)


class FrobeniusNorm(Constraint):
    """Limits the length of all of a weight's values as one vector; a shorter weight is left alone.

    Feasible set: the root of the sum of all squares is at most the limit. It bounds a layer as a whole, so that one
    unit may be long where others are short. Projection: scaling by limit / norm (Boyd & Vandenberghe 2004, ch. 8.1).
    """

    title: ClassVar = "Frobenius norm"
    summary: ClassVar = "Limit the length of all of a layer's weights together"
    is_name: ClassVar = True
    phrase: ClassVar = "Frobenius norm {max_value}"
    feasible: ClassVar = "disc"
    kind: Literal["frobenius_norm"] = "frobenius_norm"
    max_value: float = limit(5.0, "Largest norm of the whole weight allowed.")

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(frobenius_norm, max_value=number("max_value"))

    def describe(self) -> str:
        return f"Frobenius norm at most {self.max_value:g}"

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        return float(self.size(weight, axis) >= self.max_value * (1 - AT_LIMIT))

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return max(0.0, self.size(weight, axis) - self.max_value)

    def size(self, weight: np.ndarray, axis: Axes) -> float:
        return float(np.linalg.norm(weight.astype(np.float64).reshape(-1)))


def frobenius_norm(w: Any, *, max_value: Any) -> Any:
    """`w` scaled down to a norm of `max_value`, all its values taken as one vector, where its norm is larger."""
    from keras import ops

    norm = ops.sqrt(ops.sum(ops.square(w)))
    return w * (ops.minimum(norm, max_value) / ops.maximum(norm, 1e-30))

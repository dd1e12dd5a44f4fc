"""Constraints on single values of a weight, or on sums of a unit's values."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import field_validator

from core.catalog.calls import Call, Partial
from core.catalog.constraints.base import AT_LIMIT, Axes, Axis, Constraint, FeasibleSet, Polygon, groups, worst
from core.catalog.constraints.norms import MAX_SWEEP, limit, ordered
from core.catalog.entry import Number, Suggestion, number


class NonNeg(Constraint):
    """Sets negative weights to zero.

    Feasible set: w ≥ 0 for each value. Source: https://keras.io/api/layers/constraints/ (Keras 3).
    """

    title: ClassVar = "Non-negative"
    summary: ClassVar = "Allow no negative weight"
    feasible: ClassVar = "quadrant"
    kind: Literal["non_neg"] = "non_neg"

    def keras(self, number: Number, axis: Axes) -> Call:
        return Call("keras.constraints.NonNeg")

    def sets(self) -> list[FeasibleSet]:
        return [Polygon(corners=[(0, 0), (1, 0), (1, 1), (0, 1)], endless=True)]

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        return float(np.mean(weight <= 0))

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return worst(-weight)


class Box(Constraint):
    """Cuts each weight off at a lower and an upper limit: weight clipping (Arjovsky et al. 2017, arXiv:1701.07875).

    Feasible set: lower limit ≤ w ≤ upper limit for each value.
    """

    title: ClassVar = "Box"
    summary: ClassVar = "Cut each weight off at two limits (weight clipping)"
    phrase: ClassVar = "box {min_value} to {max_value}"
    feasible: ClassVar = "box"
    suggestion: ClassVar = Suggestion(({"min_value": -0.1, "max_value": 0.1},))
    kind: Literal["box"] = "box"
    min_value: float = number(
        -0.5,
        ge=-1e6,
        le=1e6,
        step=0.1,
        tunable=True,
        simpler="high",
        title="Lower limit",
        description="Smallest value allowed.",
    )
    max_value: float = number(
        0.5,
        ge=-1e6,
        le=1e6,
        step=0.1,
        tunable=True,
        simpler="low",
        sweep=MAX_SWEEP,
        title="Upper limit",
        description="Largest value allowed.",
    )

    _ordered = field_validator("max_value")(ordered)

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(box, min_value=number("min_value"), max_value=number("max_value"))

    def describe(self) -> str:
        return f"values {self.min_value:g} to {self.max_value:g}".replace("-", "−")

    def sets(self) -> list[FeasibleSet]:
        low, high = self.min_value, self.max_value
        return [Polygon(corners=[(low, low), (high, low), (high, high), (low, high)])]

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        room = AT_LIMIT * np.float64(max(abs(self.min_value), abs(self.max_value)))
        return float(np.mean((weight <= self.min_value + room) | (weight >= self.max_value - room)))

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return worst(self.min_value - weight.astype(np.float64), weight.astype(np.float64) - self.max_value)


def box(w: Any, *, min_value: Any, max_value: Any) -> Any:
    """`w` with each value cut off at the two limits."""
    from keras import ops

    return ops.clip(w, min_value, max_value)


class L1Norm(Constraint):
    """Limits the sum of the absolute weights of each unit, which sets the smallest of them to zero.

    Feasible set: Σ|wᵢ| ≤ limit for each unit's w. Projection: the nearest point (Duchi et al. 2008, "Efficient
    projections onto the L1-ball for learning in high dimensions").
    """

    title: ClassVar = "L1 norm"
    summary: ClassVar = "Limit the sum of each unit's absolute weights; makes them sparse"
    phrase: ClassVar = "L1 norm {max_value}"
    feasible: ClassVar = "diamond"
    kind: Literal["l1_norm"] = "l1_norm"
    max_value: float = limit(3.0, "Largest sum of absolute values allowed.")
    axis: Axis = None

    def keras(self, number: Number, axis: Axes) -> Call:
        onto_simplex = Partial(simplex, total=number("max_value"))
        return Partial(by_columns, project=Partial(l1_ball, onto_simplex=onto_simplex), axis=axis)

    def describe(self) -> str:
        return f"L1 norm at most {self.max_value:g}"

    def sets(self) -> list[FeasibleSet]:
        size = self.max_value
        return [Polygon(corners=[(0, size), (-size, 0), (0, -size), (size, 0)])]

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        sums = np.abs(groups(weight, axis)).sum(axis=0)
        return float(np.mean(sums >= self.max_value * (1 - AT_LIMIT)))

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return max(0.0, self.size(weight, axis) - self.max_value)

    def size(self, weight: np.ndarray, axis: Axes) -> float:
        return worst(np.abs(groups(weight, axis)).sum(axis=0))


class Simplex(Constraint):
    """Makes each unit a weighted mean of its inputs: weights that are not negative and sum to one.

    Feasible set: wᵢ ≥ 0 and Σwᵢ = 1 for each unit's w. Projection: the nearest point (Duchi et al. 2008; Wang &
    Carreira-Perpiñán 2013, arXiv:1309.1541). Zeros become equal shares; a unit with a single weight has the weight 1.
    """

    title: ClassVar = "Simplex"
    summary: ClassVar = "Make each unit's weights non-negative, with a sum of one"
    feasible: ClassVar = "simplex"
    kind: Literal["simplex"] = "simplex"
    axis: Axis = None

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(by_columns, project=Partial(simplex, total=1.0), axis=axis)

    def describe(self) -> str:
        return "non-negative, sum of one"

    def sets(self) -> list[FeasibleSet]:
        return [Polygon(corners=[(0, 1), (1, 0)])]

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        return float(np.mean(weight <= 0))

    def single_value_effect(self) -> str:
        return "makes it 1"

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        columns = groups(weight, axis)
        return worst(-columns, np.abs(columns.sum(axis=0) - 1))


class ZeroMean(Constraint):
    """Subtracts the mean from each unit's weights, so that equal inputs cancel out.

    Feasible set: Σwᵢ = 0 for each unit's w. Projection: the nearest point (centred weight normalisation, Huang et al.
    2017). A unit with a single weight has the weight 0.
    """

    title: ClassVar = "Zero mean"
    summary: ClassVar = "Subtract the mean from each unit's weights"
    feasible: ClassVar = "line"
    kind: Literal["zero_mean"] = "zero_mean"
    axis: Axis = None

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(zero_mean, axis=axis)

    def sets(self) -> list[FeasibleSet]:
        return [Polygon(corners=[(-1, 1), (1, -1)], endless=True)]

    def single_value_effect(self) -> str:
        return "makes it 0"

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return worst(np.abs(groups(weight, axis).mean(axis=0)))


def zero_mean(w: Any, *, axis: Any) -> Any:
    """`w` minus its mean along `axis`."""
    from keras import ops

    return w - ops.mean(w, axis=axis, keepdims=True)


def by_columns(w: Any, *, project: Any, axis: Any) -> Any:
    """`w`, laid out as a matrix with a column for each unit's values along `axis`, projected, and put back in shape."""
    from keras import ops

    rank = len(w.shape)
    inner = [each % rank for each in ([axis] if isinstance(axis, int) else axis)]
    order = inner + [each for each in range(rank) if each not in inner]
    turned = ops.transpose(w, order)
    columns = ops.reshape(turned, (int(np.prod(turned.shape[: len(inner)])), -1))
    return ops.transpose(ops.reshape(project(columns), turned.shape), [order.index(each) for each in range(rank)])


def simplex(columns: Any, *, total: Any) -> Any:
    """The nearest point to each column whose values are not negative and sum to `total`.

    That is max(x - t, 0), where the threshold t is the greatest of (x₁ + … + xⱼ - total) / j over j, with x falling
    (Duchi et al. 2008). A constant on all of x changes nothing; with the largest value at 0 float32 is accurate.
    """
    from keras import ops

    columns = columns - ops.max(columns, axis=0)
    falling = ops.flip(ops.sort(columns, axis=0), axis=0)
    count = np.arange(1.0, columns.shape[0] + 1, dtype="float32")[:, None]
    threshold = ops.max((ops.cumsum(falling, axis=0) - total) / count, axis=0)
    return ops.maximum(columns - threshold, 0.0)


def l1_ball(columns: Any, *, onto_simplex: Any) -> Any:
    """The nearest point to each column whose absolute values sum to the simplex's total or less (Duchi et al. 2008)."""
    from keras import ops

    sizes = ops.absolute(columns)
    return ops.sign(columns) * ops.minimum(sizes, onto_simplex(sizes))

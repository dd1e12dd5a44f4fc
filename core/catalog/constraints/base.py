"""Base class of constraints, and the groups of values that they act on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, get_args

import numpy as np
from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.entry import CatalogEntry, Number, Suggestion
from core.catalog.weight import Weight
from core.problems import Location

TOLERANCE = 1e-5
"""Tolerance within which a float32 norm satisfies its limit (relative; absolute near 0)."""

AT_LIMIT = 1e-4
"""Relative distance from the limit within which a norm counts as at the limit."""

Feasible = Literal[
    "disc", "circle", "ring", "quadrant", "box", "diamond", "simplex", "line", "matrix", "frame", "target", "chain"
]
"""Shapes of feasible sets, for the form's icons and the geometry view. The first eight are for a unit with two inputs.
For a whole kernel, a "matrix" is bounded in size, a "frame" has orthogonal vectors, and a "target" is constant on
rings."""
FEASIBLE: tuple[Feasible, ...] = get_args(Feasible)


def _read_axis(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    whole_list = isinstance(value, list) and all(isinstance(v, int) and not isinstance(v, bool) for v in value)
    if value is None or whole or whole_list:
        return value
    raise PydanticCustomError("axis", "Give a whole number, a list of whole numbers, or leave it out for each unit")


Axes = int | list[int]
"""Axes of a weight, as Keras takes them."""

Axis = Annotated[
    Axes | None,
    BeforeValidator(_read_axis),
    Field(
        description="Axes over which one norm is taken. Left out: each unit's weights. Keras' default is 0.",
        json_schema_extra={"widget": "axis"},
    ),
]


def _axes(axis: Axes) -> tuple[int, ...]:
    return (axis,) if isinstance(axis, int) else tuple(axis)


def groups(weight: np.ndarray, axis: Axes) -> np.ndarray:
    """`weight` as a float64 matrix with a column for each group along `axis`; `[]` makes each value its own group."""
    inner = [each % weight.ndim for each in _axes(axis)]
    outer = [each for each in range(weight.ndim) if each not in inner]
    turned = weight.astype(np.float64).transpose(inner + outer)
    return turned.reshape(int(np.prod(turned.shape[: len(inner)])), -1)


def group_norms(weight: np.ndarray, axis: Axes) -> np.ndarray:
    """Euclidean norm of every group of `weight` along `axis`, flattened."""
    norms: np.ndarray = np.linalg.norm(groups(weight, axis), axis=0)
    return norms


class Ring(BaseModel):
    """A ring around the origin, filled: a disc if `inner` is 0, a circle if both radii are equal."""

    shape: Literal["ring"] = "ring"
    inner: float
    outer: float


class Polygon(BaseModel):
    """A filled polygon; of two corners, the line between them."""

    shape: Literal["polygon"] = "polygon"
    corners: list[tuple[float, float]]
    endless: bool = Field(False, description="Whether the set is unbounded: only the directions of the corners count.")


FeasibleSet = Ring | Polygon
"""Part of the plane of a unit's two weights."""


class Constraint(CatalogEntry):
    """Base of all constraints."""

    feasible: ClassVar[Feasible]
    """Shape of the feasible set."""

    suggestion: ClassVar[Suggestion | None] = Suggestion()

    ranks: ClassVar[tuple[int, ...] | None] = None
    """Ranks that a weight may have; None: any. `fits()` may require more."""

    xla: ClassVar[bool] = True
    """Whether XLA speeds up training with it."""

    tolerance: ClassVar[float] = TOLERANCE
    """Distance from the feasible set within which a float32 weight satisfies the constraint, as a share of `size()`."""

    def fits(self, weight: Weight) -> bool:
        """Whether it can act on `weight`."""
        return self.ranks is None or weight.rank in self.ranks

    def needs(self) -> str:
        """Requirement on a weight that `fits()` checks, as the end of a sentence."""
        return "it needs a matrix"

    def links(self) -> Iterator[tuple[Location, Constraint]]:
        """The constraints of a chain, in order, each with its location; a single constraint yields itself."""
        yield (), self

    def along(self, unit_axis: Axes) -> Axes:
        """The axis that it acts along: its own if given, else the weight's `unit_axis`."""
        own: Axes | None = getattr(self, "axis", None)
        return unit_axis if own is None else own

    def keras(self, number: Number, axis: Axes) -> Call:
        """The call that makes the `keras.constraints.Constraint`, or a function of the weight, along `axis`."""
        raise NotImplementedError

    def single_value_effect(self) -> str:
        """Effect on a group of a single value, if that is a trap, as the end of a sentence; else empty."""
        return ""

    def sets(self) -> list[FeasibleSet]:
        """The feasible set of a unit with two inputs, as the intersection of parts of the plane; empty: not drawn."""
        return []

    def plane_sets(self, unit_axis: Axes) -> list[FeasibleSet]:
        """`sets()` on a weight whose units have `unit_axis`; none if it acts along another axis."""
        return self.sets() if _axes(self.along(unit_axis)) == _axes(unit_axis) else []

    def limits(self) -> tuple[float | None, float | None]:
        """Smallest and largest Euclidean norm allowed for a group; None: no limit."""
        return None, None

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        """Share of the groups of `weight` along `axis` that are at a limit; None for a constraint without a limit.

        For a constraint on single values it is the share of the values; for one on a whole weight, 0 or 1.
        """
        low, high = self.limits()
        if low is None and high is None:
            return None
        norms = group_norms(weight, axis)
        ends = [end for end in (low, high) if end is not None]
        return float(np.mean(np.any([np.abs(norms - end) <= AT_LIMIT * end for end in ends], axis=0)))

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        """Largest distance of any group from the feasible set; 0 if all groups are in it."""
        raise NotImplementedError

    def size(self, weight: np.ndarray, axis: Axes) -> float:
        """Scale to which violations are compared: the largest of the norms that the constraint limits."""
        return float(group_norms(weight, axis).max(initial=0.0))

    @property
    def is_strict(self) -> bool:
        """Whether one update brings a weight all the way into the feasible set; otherwise nothing is promised of it."""
        return True

    def is_satisfied(self, weight: np.ndarray, axis: Axes) -> bool | None:
        """Whether `weight` satisfies the constraint within float32's accuracy; None: it promises nothing (`is_strict`).

        A weight that is not finite does not satisfy it.
        """
        if not self.is_strict:
            return None
        if not np.isfinite(weight).all():
            return False
        return self.violation(weight, axis) <= self.tolerance * max(1.0, self.size(weight, axis))

    def at_limit(self, weight: np.ndarray, axis: Axes) -> bool | None:
        """Whether `weight` is at the edge of the feasible set, so that a step of a thousandth leaves it.

        A limit far from the weights is satisfied without any effect. The steps tried: longer, shorter, four at random.
        None: what can't be told of a constraint that promises nothing.
        """
        step = 1e-3 * max(float(np.abs(weight).max(initial=0.0)), 1e-3)
        rng = np.random.default_rng(0)
        steps = [1e-3 * weight, -1e-3 * weight, *(step * rng.standard_normal((4, *weight.shape)))]
        found = [self.is_satisfied((weight + each).astype(np.float32), axis) for each in steps]
        return any_of([None if each is None else not each for each in found])


def all_of(answers: Sequence[bool | None]) -> bool | None:
    """Whether all are true; None where none is false and one is unknown (Kleene 1938)."""
    return False if False in answers else None if None in answers else True


def any_of(answers: Sequence[bool | None]) -> bool | None:
    """Whether any is true; None where none is and one is unknown (Kleene 1938)."""
    return True if True in answers else None if None in answers else False


def worst(*excess: np.ndarray) -> float:
    """The largest of all values, and at least 0."""
    return max(float(each.max(initial=0.0)) for each in excess)

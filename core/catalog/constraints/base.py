"""What every constraint is, and the groups of values that it acts on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, get_args

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.entry import CatalogEntry, Number
from core.catalog.weight import Weight
from core.problems import Location

TOLERANCE = 1e-5
"""How far a float32 norm may stand off its limit and still count as holding it (relative, and absolute near 0)."""

AT_LIMIT = 1e-4
"""How far a norm may stand off its limit and still count as binding (relative)."""

Feasible = Literal[
    "disc", "circle", "ring", "quadrant", "box", "diamond", "simplex", "line", "matrix", "frame", "target", "chain"
]
"""Shapes of feasible sets, for the form's icons and the geometry view. The first eight are those of a unit with two
inputs; of a whole kernel, a "matrix" is bounded in size, a "frame" has vectors at right angles, and a "target" is
constant on rings."""
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
        description="Axes that one norm is taken over. Left out: each unit's own weights. Keras' default is 0.",
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


class Constraint(CatalogEntry):
    """Base of all constraints."""

    feasible: ClassVar[Feasible]
    """Shape of the feasible set."""

    ranks: ClassVar[tuple[int, ...] | None] = None
    """Numbers of axes that a weight may have; None: any. `fits()` may ask for more."""

    xla: ClassVar[bool] = True
    """Whether XLA makes training with it faster."""

    tolerance: ClassVar[float] = TOLERANCE
    """How far a weight may stand off the feasible set in float32 and still count as in it, as a share of `size()`."""

    def fits(self, weight: Weight) -> bool:
        """Whether it can act on `weight`."""
        return self.ranks is None or weight.rank in self.ranks

    def needs(self) -> str:
        """What a weight must be that it `fits()`: the rest of a sentence."""
        return "it needs a matrix"

    def links(self) -> Iterator[tuple[Location, Constraint]]:
        """The single constraints that it is made of, in order, each with its place in it: itself, unless a chain."""
        yield (), self

    def along(self, unit_axis: Axes) -> Axes:
        """The axis that it acts along on a weight whose units have `unit_axis`: its own where it is given, or that."""
        own: Axes | None = getattr(self, "axis", None)
        return unit_axis if own is None else own

    def keras(self, number: Number, axis: Axes) -> Call:
        """What makes the `keras.constraints.Constraint`, or a plain function of the weight, acting along `axis`."""
        raise NotImplementedError

    def describe(self) -> str:
        """The constraint in a few words, figures included."""
        raise NotImplementedError

    def single_value_effect(self) -> str:
        """What it does where a group has one value only, if that is a trap: the rest of a sentence; else empty."""
        return ""

    def limits(self) -> tuple[float | None, float | None]:
        """Smallest and largest Euclidean norm that it allows a group; None: any."""
        return None, None

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        """Share of the groups of `weight` along `axis` that sit at a limit; None where there is none to sit at.

        Of a constraint on single values it is the share of the values, of one on a whole weight 0 or 1.
        """
        low, high = self.limits()
        if low is None and high is None:
            return None
        norms = group_norms(weight, axis)
        ends = [end for end in (low, high) if end is not None]
        return float(np.mean(np.any([np.abs(norms - end) <= AT_LIMIT * end for end in ends], axis=0)))

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        """Largest distance of any group from the feasible set; 0 where all of them lie in it."""
        raise NotImplementedError

    def size(self, weight: np.ndarray, axis: Axes) -> float:
        """What a violation is small or large against: the largest of the norms that the constraint is about."""
        return float(group_norms(weight, axis).max(initial=0.0))

    def is_satisfied(self, weight: np.ndarray, axis: Axes) -> bool:
        """Whether `weight` obeys the constraint within float32's accuracy; one that is not finite does not."""
        if not np.isfinite(weight).all():
            return False
        return self.violation(weight, axis) <= self.tolerance * max(1.0, self.size(weight, axis))

    def at_limit(self, weight: np.ndarray, axis: Axes) -> bool:
        """Whether `weight` lies at the edge of the feasible set, so that a step of a thousandth leaves it.

        A limit that is far from the weights holds without doing anything. The steps are longer, shorter, and four that
        are drawn.
        """
        step = 1e-3 * max(float(np.abs(weight).max(initial=0.0)), 1e-3)
        rng = np.random.default_rng(0)
        steps = [1e-3 * weight, -1e-3 * weight, *(step * rng.standard_normal((4, *weight.shape)))]
        return any(not self.is_satisfied((weight + each).astype(np.float32), axis) for each in steps)


def worst(*excess: np.ndarray) -> float:
    """The largest of all values, and at least 0."""
    return max(float(each.max(initial=0.0)) for each in excess)

"""A chain of constraints, and the union of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call, Partial
from core.catalog.constraints import elementwise, kernels, norms  # noqa: F401 - their classes are the union's members
from core.catalog.constraints.base import Axes, Constraint, FeasibleSet, all_of
from core.catalog.entry import Number, one_of
from core.problems import Location

if TYPE_CHECKING:
    AnyLink = Constraint
else:
    AnyLink = one_of(Constraint)  # those above: a chain is none of them


def _no_chain(value: Any) -> Any:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if kind == "chain":
        raise PydanticCustomError("chain", "A chain can't hold a chain; put its constraints in this one, in order")
    return value


class Chain(Constraint):
    """Applies several constraints in turn, in the order given, after each update.

    Feasible set: the weights that satisfy all of them. Each is enforced exactly in its turn, but a later one may undo
    an earlier one: unit norm and then a box may leave vectors shorter than 1. So put the most important one last, and
    check whether the chain held. Source: alternating projections (von Neumann 1950; Bauschke & Borwein 1996).
    """

    title: ClassVar = "Chain"
    summary: ClassVar = "Apply several constraints, one after the other"
    feasible: ClassVar = "chain"
    suggestion: ClassVar = None
    kind: Literal["chain"] = "chain"
    constraints: list[Annotated[AnyLink, BeforeValidator(_no_chain)]] = Field(
        [elementwise.NonNeg(), norms.MaxNorm()],
        min_length=2,
        max_length=4,
        description="Constraints in the order of application.",
    )

    def links(self) -> Iterator[tuple[Location, Constraint]]:
        for index, link in enumerate(self.constraints):
            yield ("constraints", index), link

    def keras(self, number: Number, axis: Axes) -> Call:
        def below(index: int) -> Number:
            return lambda field: number(f"constraints.{index}.{field}")

        links = [link.keras(below(index), link.along(axis)) for index, link in enumerate(self.constraints)]
        return Partial(in_turn, constraints=links)

    def describe(self) -> str:
        return ", then ".join(link.describe() for link in self.constraints)

    def plane_sets(self, unit_axis: Axes) -> list[FeasibleSet]:
        return [each for link in self.constraints for each in link.plane_sets(unit_axis)]

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        """The largest share of any of them."""
        shares = [link.binding(weight, link.along(axis)) for link in self.constraints]
        return max((share for share in shares if share is not None), default=None)

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return max(link.violation(weight, link.along(axis)) for link in self.constraints)

    @property
    def is_strict(self) -> bool:
        return all(link.is_strict for link in self.constraints)

    def is_satisfied(self, weight: np.ndarray, axis: Axes) -> bool | None:
        """Whether it satisfies every link; None where only links that promise nothing may be unsatisfied."""
        return all_of([link.is_satisfied(weight, link.along(axis)) for link in self.constraints])


def in_turn(w: Any, *, constraints: Any) -> Any:
    """`w` with each of the constraints applied to it, first to last."""
    for constraint in constraints:
        w = constraint(w)
    return w


if TYPE_CHECKING:
    AnyConstraint = Constraint
else:
    AnyConstraint = one_of(Constraint)

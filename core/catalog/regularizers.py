"""Regularisers: penalties on a weight that are added to the loss. One class, one regulariser.

Source: https://keras.io/api/layers/regularizers/ (Keras 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from core.catalog.calls import Call
from core.catalog.entry import CatalogEntry, Number, Suggestion, Trials, number, one_of
from core.catalog.weight import Weight


class Regularizer(CatalogEntry):
    """Base of all regularisers."""

    suggestion: ClassVar[Suggestion | None] = Suggestion()

    ranks: ClassVar[tuple[int, ...] | None] = None
    """Ranks that a weight may have; None: any."""

    def fits(self, weight: Weight) -> bool:
        """Whether it can act on `weight`."""
        return self.ranks is None or weight.rank in self.ranks

    def needs(self) -> str:
        """Requirement on a weight that `fits()` checks, as the end of a sentence."""
        return "it needs a matrix"

    def refusal(self, shape: tuple[int, ...]) -> str:
        """Reason why it can't act on a weight of this `shape`, as the end of a sentence; empty if it can."""
        return ""

    def keras(self, number: Number) -> Call:
        """The call that makes the `keras.regularizers.Regularizer`."""
        raise NotImplementedError


PENALTY_SWEEP = (0.0001, 0.1, 7)
"""Range of a penalty's factor that a sweep begins with."""


def _factor(
    default: float, description: str, *, tunable: bool = True, sweep: tuple[float, float, int] | None = PENALTY_SWEEP
) -> Any:
    return number(
        default,
        ge=0,
        le=1e3,
        step=0.001,
        log=True,
        tunable=tunable,
        simpler="high",
        sweep=sweep,
        description=description,
    )


class L2(Regularizer):
    """Adds `l2` times the sum of the weight's squares to the loss."""

    title: ClassVar = "L2"
    summary: ClassVar = "Penalise the sum of squared weights"
    phrase: ClassVar = "L2 {l2}"
    suggestion: ClassVar = Suggestion(({"l2": 0.001},), likely=True)
    trials: ClassVar = Trials("l2", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3))
    kind: Literal["l2"] = "l2"
    l2: float = _factor(0.01, "Times the sum of squares.")

    def keras(self, number: Number) -> Call:
        return Call("keras.regularizers.L2", l2=number("l2"))


class L1(Regularizer):
    """Adds `l1` times the sum of the weight's absolute values to the loss."""

    title: ClassVar = "L1"
    summary: ClassVar = "Penalise the sum of absolute weights"
    phrase: ClassVar = "L1 {l1}"
    suggestion: ClassVar = Suggestion(({"l1": 0.001},))
    kind: Literal["l1"] = "l1"
    l1: float = _factor(0.01, "Times the sum of absolute values.")

    def keras(self, number: Number) -> Call:
        return Call("keras.regularizers.L1", l1=number("l1"))


class L1L2(Regularizer):
    """Adds both penalties (elastic net, Zou & Hastie 2005)."""

    title: ClassVar = "L1 and L2"
    summary: ClassVar = "Penalise absolute and squared weights"
    phrase: ClassVar = "L1 and L2 {l1} and {l2}"
    kind: Literal["l1_l2"] = "l1_l2"
    # Keras compares them with zero while tracing, so they can't be variables.
    l1: float = _factor(0.01, "Times the sum of absolute values.", tunable=False)
    l2: float = _factor(0.01, "Times the sum of squares.", tunable=False)

    def keras(self, number: Number) -> Call:
        return Call("keras.regularizers.L1L2", l1=self.l1, l2=self.l2)


class Orthogonal(Regularizer):
    """Penalises pairs of rows, or of columns, of a matrix that point the same way or opposite ways.

    The penalty is the mean absolute cosine over all pairs, times `factor`; so there must be a pair.
    """

    title: ClassVar = "Orthogonal"
    summary: ClassVar = "Penalise pairs of rows or columns that are not orthogonal"
    ranks: ClassVar = (2,)
    phrase: ClassVar = "orthogonal {factor}"
    kind: Literal["orthogonal"] = "orthogonal"
    factor: float = _factor(0.01, "Times the mean absolute cosine.", sweep=None)
    mode: Literal["rows", "columns"] = Field(
        "columns", description="Columns: each unit's incoming weights. Rows: each input's weights to all units."
    )

    def refusal(self, shape: tuple[int, ...]) -> str:
        rows, columns = shape
        if (rows if self.mode == "rows" else columns) > 1:  # Keras divides by the number of pairs
            return ""
        return f"it compares pairs of {self.mode}, and here is one only"

    def keras(self, number: Number) -> Call:
        return Call("keras.regularizers.OrthogonalRegularizer", factor=number("factor"), mode=self.mode)

    def describe(self) -> str:
        return f"orthogonal {self.mode} {self.factor:g}"


if TYPE_CHECKING:
    AnyRegularizer = Regularizer
else:
    AnyRegularizer = one_of(Regularizer)

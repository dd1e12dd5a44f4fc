"""The rows of each set, by the way in which a split cuts them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.catalog.calls import Name
from core.catalog.datasets.base import Dataset
from core.catalog.datasets.cuts import CUTS, PARTS, Assignments, Cut, carried_out
from core.catalog.datasets.row_parts import draw_state, split_rows
from core.catalog.datasets.split_fields import SplitFields
from core.problems import Invalid


class RowSplit(SplitFields):
    """A split that tells the rows of each set, before any preparation."""

    def part_sizes(self, dataset: Dataset, draw: int | None = None) -> dict[str, int]:
        """Sizes of `train`, `validation`, `test` and `holdout` that come out, before any imbalance.

        They are `counts`, but where groups stay whole, a column names the parts, or folds follow an order in time.
        """
        rows = dataset.rows
        if self.cut(dataset, rows).has_own_sizes or (self.by == "time" and self.folds is not None):
            return dict(zip(PARTS, _sizes_of(_Cutting(self, dataset), draw), strict=True))
        return self.counts(rows, draw, own_test=dataset.own_test_rows)

    def has(self, part: Literal["validation", "holdout"], dataset: Dataset) -> bool:
        """Whether there are validation rows, or sealed ones."""
        if self.by != "column":
            return getattr(self, part) is not None
        try:
            return self.part_sizes(dataset)[part] > 0
        except Invalid:  # the data set's file is gone
            return False

    def without_column(self, dataset: Dataset) -> Dataset:
        """`dataset` without the split's column among the features that it has by default."""
        return dataset if self.column is None else dataset.without(self.column)

    def cut(self, dataset: Dataset, rows: int) -> Cut:
        """The way in which so many rows of `dataset` are cut."""
        kind = Cut if self.by == "stratified" and not dataset.classes else CUTS[self.by]
        return kind(self, dataset, rows)

    def indices(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the training rows and of the test rows of a cut by rows, as posted, before any imbalance."""
        sizes = self.counts(rows)
        seed = self.random_state if self.shuffle else None
        train, _, test, _ = split_rows(rows, sizes["train"], sizes["validation"], sizes["holdout"], seed)
        return train, test

    def parts(self, dataset: Dataset, y: np.ndarray, draw: int | None = None) -> dict[str, np.ndarray]:
        """Rows of `train`, `validation`, `test` and `holdout` in a draw, by labels `y`, before any imbalance."""
        cut = self.cut(dataset, len(y))
        if draw is None and self.folds is not None and cut.values is not None:
            draw = 1
        first = len(y) - dataset.own_test_rows
        none = np.arange(0)
        known: dict[str, Any] = {"y": y[:first], "draw": draw, "holdout": none, "np.arange(0)": none}
        known[f"np.arange({first})"] = np.arange(first)
        if cut.values is not None:
            known[cut.values] = dataset.column_values(str(self.column))[:first]
        found = carried_out(self._cut_code(dataset, cut, draw, self._state(draw)), known)
        if dataset.own_test_rows:
            found["test"] = np.arange(first, len(y))
        return {part: found[part] for part in PARTS}

    def _state(self, draw: int | None) -> int:
        return self.random_state if draw is None or self.folds else draw_state(self.random_state, draw)

    def _cut_code(self, dataset: Dataset, cut: Cut, draw: int | Name | None, state: int | Name) -> Assignments:
        """The cut in a draw; without its number, as posted."""
        design = self.design(dataset)
        if dataset.own_test_rows:
            return cut.before_test(state)
        if draw is None or design in ("seeds", "drawn"):
            return cut.as_posted(state)
        return cut.fold() if design == "folds" else cut.redrawn(state)

    def usable(self, dataset: Dataset, y: np.ndarray) -> np.ndarray:
        """The rows of a table, labelled `y`, that draws or folds are made of: all but the sealed ones."""
        sealed = self.parts(dataset, y)["holdout"]
        return np.setdiff1d(np.arange(len(y)), sealed)


@dataclass(frozen=True)
class _Cutting:
    """A split of a data set; equal ones cut alike."""

    split: RowSplit = field(compare=False)
    dataset: Dataset = field(compare=False)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.split.model_dump_json() + self.dataset.model_dump_json())


@functools.lru_cache(maxsize=1024)
def _sizes_of(cutting: _Cutting, draw: int | None) -> list[int]:
    """Sizes of the parts in a draw; of folds, the first's where none is given."""
    dataset = cutting.dataset
    return [len(part) for part in cutting.split.parts(dataset, dataset.labels(), draw).values()]

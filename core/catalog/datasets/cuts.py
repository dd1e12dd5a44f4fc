"""Ways of cutting the rows into parts, each as code: the service carries it out, and the exported script prints it.

Code is a list of assignments. It uses the names `y`, `draw` and that of the column's values, and gives `train`,
`validation`, `test` and, where rows are sealed, `holdout`. Sealed rows of a table are the same in all draws and folds.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np

from core.catalog.calls import Call, Name, evaluate_unseeded
from core.catalog.datasets.base import Dataset
from core.catalog.datasets.row_parts import (
    draw_state,
    fold_rows,
    group_fold,
    group_parts,
    named_parts,
    other_split,
    split_rows,
    stratified_parts,
    time_fold,
    time_parts,
)
from core.catalog.datasets.split_fields import SplitFields

Assignments = list[tuple[str, Any]]
"""Pairs of names, joined by commas, and the code of their values."""

PARTS: Final = ("train", "validation", "test", "holdout")

WORDS: Final = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev", "development"),
    "test": ("test", "testing"),
    "holdout": ("holdout", "hold-out", "sealed"),
}
"""Names that a column may have for each part, in any case."""


class Cut:
    """The cut of a data set's rows by their order or at random. Base of the other ways."""

    values: ClassVar[str | None] = None
    """Name of the values of the split's column, if the rows are cut by one."""
    has_own_sizes: ClassVar[bool] = False
    """Whether the parts' sizes follow from the column's values, not from the number of rows alone."""

    def __init__(self, split: SplitFields, dataset: Dataset, rows: int) -> None:
        self.split = split
        self.rows = rows - dataset.own_test_rows
        self.is_shuffled = split.shuffle or split.by == "stratified"
        self.has_classes = dataset.classes > 0
        sizes = split.counts(rows, own_test=dataset.own_test_rows)
        self.train, self.validation, self.holdout = sizes["train"], sizes["validation"], sizes["holdout"]

    def as_posted(self, state: int | Name) -> Assignments:
        """Rows cut once; by `state` where that is at random."""
        given = {"train": self.train, "validation": self.validation, "holdout": self.holdout}
        arguments = {name: size for name, size in given.items() if size or name == "train"}
        return [("train, validation, test, holdout", Call(split_rows, self.rows, **arguments, **self._seed(state)))]

    def before_test(self, state: int | Name) -> Assignments:
        """Rows cut once, where the test rows come from a file of their own: what is not cut off is trained on."""
        return self.as_posted(state)

    def redrawn(self, state: int | Name) -> Assignments:
        """Another cut of the rows that are not sealed."""
        drawn = Call(other_split, Name("usable"), self.train, self.validation, state)
        return [*self.sealed(self.split.random_state), ("train, validation, test", drawn)]

    def fold(self) -> Assignments:
        """Fold `draw` of the rows that are not sealed."""
        fold = Call(
            fold_rows,
            Name("y"),
            Name("usable"),
            self.split.folds,
            Name("draw"),
            self.split.random_state,
            validation=self.validation,
            stratified=self.has_classes,
        )
        return [*self.sealed(self.split.random_state), ("train, validation, test", fold)]

    def sealed(self, state: int | Name) -> Assignments:
        """The rows that draws and folds are made of, `usable`, and the sealed ones."""
        cut = Call(split_rows, self.rows, self.rows - self.holdout, holdout=self.holdout, **self._seed(state))
        return [("usable, _, _, holdout", cut)]

    def _seed(self, state: int | Name) -> dict[str, Any]:
        return {"seed": state} if self.is_shuffled else {}


class _ByValues(Cut):
    """A cut by a value of each row: sealed rows are cut off first, then the others are cut."""

    def as_posted(self, state: int | Name) -> Assignments:
        return self._cut(state, state)

    def before_test(self, state: int | Name) -> Assignments:
        if not self.validation:
            usable = Name("usable") if self.holdout else Name(f"np.arange({self.rows})")
            return [*self.sealed(state), ("train", usable), ("validation", Name("np.arange(0)"))]
        validation = self.parts([self.validation], state, **self._usable())
        return [*self.sealed(state), ("validation, train", validation)]

    def redrawn(self, state: int | Name) -> Assignments:
        return self._cut(self.split.random_state, state)

    def sealed(self, state: int | Name) -> Assignments:
        if not self.holdout:
            return []
        return [("usable, holdout", self.parts([self.rows - self.holdout], state))]

    def _cut(self, sealed: int | Name, state: int | Name) -> Assignments:
        cut = self.parts([self.train, self.validation], state, **self._usable())
        return [*self.sealed(sealed), ("train, validation, test", cut)]

    def _usable(self) -> dict[str, Any]:
        return {"rows": Name("usable")} if self.holdout else {}

    def parts(self, sizes: list[int], state: Any, **rows: Name) -> Call:
        """The call that cuts off parts of these sizes."""
        raise NotImplementedError


class StratifiedCut(_ByValues):
    """Each part has each class in the share that all rows have it in."""

    def fold(self) -> Assignments:
        state, draw = self.split.random_state, Name("draw")
        fold = Call(fold_rows, Name("y"), Name("usable"), self.split.folds, draw, state)
        validation = self.parts([self.validation], Call(draw_state, state, draw), rows=Name("train"))
        return [
            *(self.sealed(state) or Cut.sealed(self, state)),
            ("train, _, test", fold),
            ("validation, train", validation),
        ]

    def parts(self, sizes: list[int], state: Any, **rows: Name) -> Call:
        return Call(stratified_parts, Name("y"), sizes, state, **rows)


class GroupCut(_ByValues):
    """Rows with one value of the column stay together."""

    values = "groups"
    has_own_sizes = True

    def fold(self) -> Assignments:
        state, draw = self.split.random_state, Name("draw")
        arguments = {"stratified": self.has_classes, **self._usable()}
        fold = Call(group_fold, Name("groups"), Name("y"), self.split.folds, draw, state, **arguments)
        validation = self.parts([self.validation], Call(draw_state, state, draw), rows=Name("train"))
        return [*self.sealed(state), ("train, test", fold), ("validation, train", validation)]

    def parts(self, sizes: list[int], state: Any, **rows: Name) -> Call:
        return Call(group_parts, Name("groups"), sizes, state, **rows)


class TimeCut(_ByValues):
    """Training rows come first in the order of the column, then validation, test and sealed rows."""

    values = "times"

    def before_test(self, state: int | Name) -> Assignments:
        cut = self.parts([self.train], state, **self._usable())
        return [*self.sealed(state), ("train, validation", cut)]

    def fold(self) -> Assignments:
        arguments = {"validation": self.validation, **self._usable()}
        fold = Call(time_fold, Name("times"), self.split.folds, Name("draw"), **arguments)
        return [*self.sealed(self.split.random_state), ("train, validation, test", fold)]

    def parts(self, sizes: list[int], state: Any, **rows: Name) -> Call:
        return Call(time_parts, Name("times"), sizes, **rows)


class NamedCut(Cut):
    """The column names each row's part."""

    values = "parts"
    has_own_sizes = True

    def __init__(self, split: SplitFields, dataset: Dataset, rows: int) -> None:
        super().__init__(split, dataset, rows)
        self._named, _ = named(dataset.column_values(str(split.column)))

    def as_posted(self, state: int | Name) -> Assignments:
        return [("train, validation, test, holdout", Call(named_parts, Name("parts"), *self._named.values()))]


CUTS: Final[dict[str, type[Cut]]] = {
    "rows": Cut,
    "stratified": StratifiedCut,
    "group": GroupCut,
    "time": TimeCut,
    "column": NamedCut,
}
"""The ways, by the name that a split has for them."""


def named(values: np.ndarray) -> tuple[dict[str, list[Any]], list[Any]]:
    """Values of a column that name a part, by part, and those that name none."""
    found: dict[str, list[Any]] = {part: [] for part in PARTS}
    others: list[Any] = []
    for value in distinct(values):
        word = str(value).strip().casefold()
        part = next((part for part, words in WORDS.items() if word in words), None)
        (others if part is None else found[part]).append(value)
    return found, others


def distinct(values: np.ndarray) -> list[Any]:
    """The different values of a column, in order of appearance."""
    import pandas as pd

    return list(pd.Series(values).drop_duplicates().tolist())


def renamed(steps: Assignments, names: dict[str, str]) -> Assignments:
    """`steps` with other code in the place of some names."""
    filled = {name: Name(text) for name, text in names.items()}

    def filling(code: Any) -> Any:
        if isinstance(code, Name):
            return filled.get(code.text, code)
        if isinstance(code, Call):
            arguments = {name: filling(each) for name, each in code.kwargs.items()}
            return Call(code.target, *(filling(each) for each in code.args), **arguments)
        return code

    return [(targets, filling(code)) for targets, code in steps]


def carried_out(steps: Assignments, known: dict[str, Any]) -> dict[str, Any]:
    """Values of all names after `steps`, which use those in `known`."""
    known = dict(known)
    for names, code in steps:
        value = evaluate_unseeded(_filled(code, known))
        targets = names.split(", ")
        known.update(zip(targets, value, strict=True) if len(targets) > 1 else [(names, value)])
    return known


def _filled(code: Any, known: dict[str, Any]) -> Any:
    """`code` with the values in `known` in the place of their names."""
    if isinstance(code, Name):
        return known[code.text]
    if isinstance(code, Call):
        arguments = {name: _filled(each, known) for name, each in code.kwargs.items()}
        return Call(code.target, *(_filled(each, known) for each in code.args), **arguments)
    return code

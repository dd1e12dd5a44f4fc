"""The columns of a table that are predicted: which task they make, and why they can't be predicted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.catalog.datasets.column_checks import is_too_fine, plain, shown, too_large
from core.catalog.datasets.file_summary import MAX_VALUES, ColumnSummary
from core.catalog.datasets.tasks import Task
from core.problems import Location

MAX_CLASSES: Final = MAX_VALUES
MAX_TARGETS: Final = 100
"""Columns that are predicted at once, at most."""
FEW: Final = 10
"""Most distinct values of a column of whole numbers that is taken as classes."""


@dataclass(frozen=True)
class Targets:
    """Columns of an uploaded table that are predicted, the first of them `target`, the others `more_targets`."""

    file: str
    columns: list[ColumnSummary]
    type: Literal["auto", "category", "number"]

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    @property
    def has_several(self) -> bool:
        """Whether there is more than one."""
        return len(self.columns) > 1

    @property
    def task(self) -> Task:
        """The task that they make, if they have no problems."""
        if self.has_several:
            return "labels" if self._are_labels() else "targets"
        first = self.columns[0]
        return "regression" if not self._is_classes(first) else "binary" if first.distinct == 2 else "multiclass"

    @property
    def class_names(self) -> list[str]:
        """Names of the classes of a single target; else empty."""
        return [] if self.task not in ("binary", "multiclass") else [shown(each) for each in self.columns[0].values]

    @property
    def label_names(self) -> list[list[str]]:
        """Both values of each label, as text: that of 0, that of 1. Empty where there are no labels."""
        if self.task != "labels":
            return []
        return [[shown(value) for value in column.values] for column in self.columns]

    @property
    def classes(self) -> list[Any] | None:
        """Values of the classes, of several labels a pair for each, in order; None where numbers are predicted."""
        if self.task in ("regression", "targets"):
            return None
        each = [[plain(v) if isinstance(v, float) else v for v in column.values] for column in self.columns]
        return each if self.has_several else each[0]

    @property
    def are_classes(self) -> bool:
        """Whether they are classes or labels."""
        return self.task not in ("regression", "targets")

    def problems(self) -> Iterator[tuple[Location, str]]:
        """Why they can't be predicted, each located below `dataset`."""
        for index, column in enumerate(self.columns):
            yield from ((where or _place(index), said) for where, said in self._column_problems(column))

    def kind_problems(self) -> Iterator[tuple[Location, str]]:
        """Why they can't be predicted together, though each could alone."""
        if not self.has_several:
            return
        labels, numbers = [each for each in self.columns if each.distinct == 2], self._numbers()
        if self.type == "category":
            for index, column in enumerate(self.columns):
                if column.distinct != 2:
                    yield _place(index), _many_valued(column)
        elif self.type == "auto" and len(labels) < len(self.columns):
            texts = [index for index, each in enumerate(self.columns) if each.type != "number" and each.distinct != 2]
            for index in texts:
                yield _place(index), _many_valued(self.columns[index])
            if not texts and labels:
                other = next(each for each in self.columns if each.distinct != 2)
                index = self.columns.index(labels[0])
                cure = "predict one kind alone"
                cure += ", or set target_type to number" if len(numbers) == len(self.columns) else ""
                yield (
                    _place(index),
                    f"Column {labels[0].name!r} has two values and {other.name!r} is a number: labels and numbers "
                    f"can't be predicted together: {cure}",
                )

    def _numbers(self) -> list[ColumnSummary]:
        return [each for each in self.columns if each.type == "number"]

    def _are_labels(self) -> bool:
        return self.type != "number" and all(each.distinct == 2 for each in self.columns)

    def _is_classes(self, column: ColumnSummary) -> bool:
        if self.has_several:
            return self._are_labels()
        if self.type != "auto" or column.type != "number":
            return self.type != "number"
        return column.distinct <= FEW and column.whole

    def _column_problems(self, column: ColumnSummary) -> Iterator[tuple[Location, str]]:
        """Problems of a single column; those without a place are at the column's."""
        name = repr(column.name)
        if column.type == "date":
            yield (), f"Column {name} holds dates, which can't be predicted: choose another column"
        elif self.type == "number" and column.type != "number":
            message = f"Column {name} holds text such as {str(column.values[0])[:40]!r}: set this to category"
            yield ("target_type",), message if column.values else f"Column {name} has no values"
        elif column.distinct == 0:
            yield (), f"Column {name} has no values: choose another column"
        elif column.distinct == 1:
            only = shown(column.values[0])
            yield (), f"All rows of column {name} are {only!r}: there is nothing to learn"
        elif column.type == "number" and (large := too_large(column)):
            yield (), large
        elif not self.has_several and self._is_classes(column) and column.distinct > MAX_CLASSES:
            message = (
                f"Column {name} has {column.distinct:,} different values, and at most {MAX_CLASSES} can be classes: "
                "choose another column"
            )
            yield (), message
        elif column.type == "number" and not self._is_classes(column) and is_too_fine(self.file, column.name):
            middle = float(f"{((column.low or 0) + (column.high or 0)) / 2:.6g}")
            message = (
                f"The values of column {name} differ by less than float32 can hold: subtract a number near all of "
                f"them, such as {plain(middle)}, and upload the table again"
            )
            yield (), message


def _place(index: int) -> Location:
    return ("more_targets", index - 1) if index else ("target",)


def _many_valued(column: ColumnSummary) -> str:
    return (
        f"Column {column.name!r} has {column.distinct:,} different values, and of several columns each must have two, "
        "or all must be numbers: predict it alone, or choose other columns"
    )

"""Checks of a table's columns: whether float32 holds them, what they can be used for, whether one tells the target."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

import numpy as np

from core.catalog.datasets.file_summary import ColumnSummary, FileSummary
from core.catalog.datasets.uploads import frame_of, summary_of

_LARGEST = float(np.finfo(np.float32).max)


def plain(number: float) -> float | int:
    """A whole number as int: 3, not 3.0."""
    return int(number) if float(number).is_integer() else float(number)


def shown(value: str | float) -> str:
    """A value as text."""
    return value if isinstance(value, str) else str(plain(value))


@functools.lru_cache(maxsize=100)
def is_too_fine(file: str, name: str) -> bool:
    """Whether rounding to float32 adds more than a hundredth to the variance of a column."""
    values = frame_of(file)[name].dropna().to_numpy("float64")
    rounding = values - values.astype(np.float32)
    return bool(np.square(rounding).mean() > 0.01 * np.var(values))


def too_large(column: ColumnSummary) -> str | None:
    """The sentence on a column with a value that float32 can't hold."""
    if max(abs(column.low or 0), abs(column.high or 0)) > _LARGEST:
        return f"Column {column.name!r} has a value that is too large for float32: rescale the column"
    return None


@functools.lru_cache(maxsize=100)
def telling(file: str, target: str, is_classes: bool) -> dict[str, str]:
    """Columns that tell the target alone, each with what is said of it.

    One of few values tells classes where each value stands beside one class; a number tells a number where their
    correlation is 1 but for rounding.
    """
    frame, summary = frame_of(file), summary_of(file)
    y = frame[target]
    wanted = summary.column(target)
    found: dict[str, str] = {}
    for column in summary.columns:
        if column.name == target or column.left_out or column.distinct < 2 or wanted is None:
            continue
        if is_classes and column.type != "date" and wanted.distinct <= column.distinct <= 2 * wanted.distinct:
            both = frame[[column.name, target]].dropna()
            if (
                len(both) > 4 * column.distinct
                and both.groupby(column.name, observed=True)[target].nunique().max() == 1
            ):
                found[column.name] = "tells the target alone: it is probably another name of it"
        elif not is_classes and column.type == "number" and wanted.type == "number":
            both = frame[[column.name, target]].dropna()
            if len(both) > 4 and column.distinct > 2:
                x, z = both[column.name].to_numpy(), y[both.index].to_numpy()
                if x.std() > 0 and z.std() > 0 and abs(np.corrcoef(x, z)[0, 1]) > 1 - 1e-6:
                    found[column.name] = "tells the target alone: it is the same in another unit"
    return found


def feature_problems(column: ColumnSummary) -> Iterator[str]:
    """Why a column can't be a feature."""
    if column.distinct == 0:
        yield f"Column {column.name!r} has no values: leave it out"
    elif column.type == "number" and (large := too_large(column)):
        yield large


def weight_problems(summary: FileSummary, weight: str, used: Mapping[str, str]) -> Iterator[str]:
    """Why the column `weight` can't weigh the rows of a table; `used` says what other columns are."""
    name, column = repr(weight), summary.column(weight)
    if column is None:
        known = ", ".join([each.name for each in summary.columns if each.type == "number"][:20])
        yield f"There is no column {name}; the columns of numbers are: {known}"
    elif weight in used:
        yield f"Column {name} is {used[weight]}: choose another column, or none"
    elif column.type != "number":
        yield f"Column {name} holds no numbers: choose a column of numbers from 0 up"
    elif column.missing:
        yield f"Column {name} has no value in {column.missing} rows: fill them in, or choose another column"
    elif column.low is None or column.low < 0 or not column.high:
        yield f"Column {name} has weights below 0 or none above 0: choose a column of numbers from 0 up"

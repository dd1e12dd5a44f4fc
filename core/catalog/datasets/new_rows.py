"""New rows of numbers to predict for, checked cell by cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from core.problems import MAX_ECHO, MAX_PROBLEMS, Invalid, Location, Problem

LARGEST: Final = float(np.finfo(np.float32).max)


def refuse(problems: Sequence[Problem]) -> None:
    """Raises `Invalid` with the first of `problems`, if there are any."""
    if problems:
        raise Invalid(list(problems[:MAX_PROBLEMS]))


def numeric_rows(
    records: Sequence[Any], shape: tuple[int, ...], names: Sequence[str], vocabulary: int | None
) -> np.ndarray:
    """Rows of numbers, each a list nested as `shape`, or an object by the names of its features: float32.

    Raises:
        Invalid: located at `rows`, the row's index, and the cell.
    """
    found, problems = np.zeros((len(records), *shape), np.float32), list[Problem]()
    for index, record in enumerate(records):
        if len(problems) >= MAX_PROBLEMS:
            break
        place: Location = ("rows", index)
        if isinstance(record, dict):
            new = list(_by_name(record, names if len(shape) == 1 else (), place))
            problems += new
            if new:
                continue
            record = [record[name] for name in names]
        new = list(_cell_problems(record, shape, vocabulary, place))
        problems += new
        if not new:
            found[index] = record
    refuse(problems)
    return found


def _by_name(record: dict[str, Any], names: Sequence[str], place: Location) -> Iterator[Problem]:
    if not names:
        yield Problem(place, "Send this row as a list of numbers")
        return
    for name in record:
        if name not in names:
            yield Problem(
                (*place, name[:MAX_ECHO]), f"There is no such column; the columns are: {', '.join(names[:20])}"
            )
    for name in names:
        if name not in record:
            yield Problem((*place, name), "This is required")


def _cell_problems(cell: Any, shape: tuple[int, ...], vocabulary: int | None, place: Location) -> Iterator[Problem]:
    """Problems of a list of this shape, or, where it is empty, of a number."""
    if shape:
        if not isinstance(cell, list) or len(cell) != shape[0]:
            size = f"a list of {shape[0]} {'numbers' if len(shape) == 1 else 'lists'}"
            yield Problem(place, f"Send {size} here" + (f", not of {len(cell)}" if isinstance(cell, list) else ""))
            return
        for index, each in enumerate(cell):
            yield from _cell_problems(each, shape[1:], vocabulary, (*place, index))
    elif isinstance(cell, bool) or not isinstance(cell, int | float) or (isinstance(cell, float) and math.isnan(cell)):
        yield Problem(place, "Must be a number")
    elif abs(cell) > LARGEST:
        yield Problem(place, "This number is too large for float32")
    elif vocabulary is not None and not (0 <= cell < vocabulary and float(cell).is_integer()):
        yield Problem(place, f"Must be a whole number from 0 to {vocabulary - 1}")

"""Descriptions of uploaded files, without their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal

import numpy as np
from pydantic import BaseModel

from core.catalog.datasets.column_types import TableFile
from core.catalog.datasets.reading import MOSTLY, ColumnType, Reading

MAX_VALUES: Final = 100
"""Different values of a column that its description holds, at most."""
_COUNTER: Final = re.compile(r"(?i)(.*[_. ])?(id|index|row|row\.?names?|no|nr|number|obs)|unnamed.*|column 1")
_ID: Final = re.compile(r"(.*[_. ])?[iI][dD]|.*[a-z]Id|ID.*|.*ID")
_TARGET: Final = re.compile(r"(?i)target|class|label|outcome|y|survived|species|diagnosis")
MAX_COMPARED: Final = 2_000_000
"""Values of a table up to which its rows are compared with each other."""
MANY: Final = 50
"""More different values than this make a column of text one of many values."""
FREQUENT: Final = 20
"""Values of such a column that are told apart; the others are one."""


class ColumnSummary(BaseModel):
    """Description of a column, without its values."""

    name: str
    type: ColumnType
    distinct: int
    """Number of different values."""
    values: list[str] | list[float]
    """The different values in order; of more than `MAX_VALUES`, the most frequent."""
    counts: list[int]
    """Rows of each of `values`."""
    missing: int
    """Rows without a value, those of another type included."""
    odd: int = 0
    """Rows whose text is of another type than the column."""
    low: float | None = None
    high: float | None = None
    whole: bool = False
    """Whether all numbers are whole."""
    has_hours: bool = False
    """Whether any date has a time of day."""
    left_out: str | None = None
    """Why it is no feature unless one says so: "counts the rows"."""


class KeptFile(BaseModel):
    """Description of any uploaded file."""

    kind: Literal["table", "arrays"] = "table"
    name: str
    bytes: int
    rows: int
    source: str
    """SHA-256 of the file as it came."""
    notes: list[str]


class FileSummary(KeptFile):
    """Description of an uploaded table, without its values."""

    kind: Literal["table"] = "table"
    reading: Reading
    numbers: list[str]
    dates: dict[str, str]
    first: list[list[str]]
    columns: list[ColumnSummary]
    sheets: list[str] = []
    """Names of a workbook's sheets; none of other files, and of workbooks that an earlier version read."""

    @property
    def proposed_target(self) -> str:
        """The column that is most likely the one to predict: one that is called so, or the last that is not an id."""
        usable = [
            column
            for column in self.columns
            if column.left_out is None and column.distinct > 1 and column.type != "date"
            if column.type == "number" or column.distinct <= MAX_VALUES
        ]
        called = [column for column in usable if _TARGET.fullmatch(column.name)]
        others = [column for column in usable if not _ID.fullmatch(column.name)]
        return (called or others or usable or self.columns)[-1].name

    def column(self, name: str) -> ColumnSummary | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def described(found: TableFile, name: str, bytes: int, source: str) -> FileSummary:
    """Description of a table that was read."""
    return FileSummary(
        name=name,
        bytes=bytes,
        rows=len(found.frame),
        source=source,
        reading=found.reading,
        numbers=found.numbers,
        dates=found.dates,
        notes=[*found.notes, *_repeats(found.frame)],
        first=found.first,
        columns=[_column(title, found) for title in found.frame],
    )


def _repeats(frame: Any) -> Iterator[str]:
    """A word on rows that stand in a table more than once; not of a large one, where to look takes seconds."""
    if frame.size <= MAX_COMPARED and (repeated := int(frame.duplicated().sum())) > (1 - MOSTLY) * len(frame):
        yield (
            f"{repeated:,} of {len(frame):,} rows are the same as others in all columns. If they are copies, test rows "
            "are copies of training rows: remove them"
        )


def _column(name: str, found: TableFile) -> ColumnSummary:
    cells = found.frame[name]
    type: ColumnType = "number" if name in found.numbers else "date" if name in found.dates else "category"
    counted = cells.value_counts().sort_index()
    shown = counted if len(counted) <= MAX_VALUES else counted.nlargest(MAX_VALUES).sort_index()
    values: list[Any] = [str(value) for value in shown.index]
    more: dict[str, Any] = {}
    if type == "number":
        values = [float(value) for value in shown.index]
        if len(counted):
            more = {
                "low": float(counted.index[0]),
                "high": float(counted.index[-1]),
                "whole": bool(np.all(counted.index.to_numpy() % 1 == 0)),
            }
    elif type == "date" and len(counted):
        more["has_hours"] = bool((counted.index.normalize() != counted.index).any())
    return ColumnSummary(
        name=name,
        type=type,
        distinct=len(counted),
        values=values,
        counts=[int(count) for count in shown],
        missing=int(cells.isna().sum()),
        odd=len(found.odd.get(name, ())),
        left_out=_left_out(name, type, cells, counted),
        **more,
    )


def _left_out(name: str, type: ColumnType, cells: Any, counted: Any) -> str | None:
    """Why a column is no feature unless one says so."""
    rows, distinct = len(cells), len(counted)
    if distinct == 0:
        return "has no values"
    if distinct == 1 and not cells.isna().any():
        return "is the same in all rows"
    if type == "number" and distinct == rows > 2:
        numbers = cells.to_numpy()
        if _COUNTER.fullmatch(name) and numbers[0] in (0, 1) and np.all(np.diff(numbers) == 1):
            return "counts the rows"
        if _ID.fullmatch(name) and np.all(numbers % 1 == 0):
            return "is another number in every row, so it names rows"
    if type == "number" and max(-counted.index[0], counted.index[-1]) > np.finfo(np.float32).max:
        return "has a value that is too large for float32"
    if type != "category":
        return None
    if distinct == rows - cells.isna().sum() and distinct > min(FREQUENT, rows // 2):
        return "is another text in every row, so it names rows"
    if distinct > MANY and counted.nlargest(FREQUENT).sum() < (1 - MOSTLY + 0.2) * rows:
        return f"has {distinct:,} different texts, and few of them often"
    return None

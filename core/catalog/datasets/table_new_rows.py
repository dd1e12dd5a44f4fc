"""New rows of a table to predict for: read as the table that was trained on was, and checked cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from core.catalog.datasets.columns import Treatment, date_parts_of, fills
from core.catalog.datasets.file_summary import ColumnSummary, FileSummary
from core.catalog.datasets.new_rows import LARGEST, refuse
from core.catalog.datasets.reading import Reading
from core.catalog.datasets.table_file import raw_table
from core.catalog.datasets.table_rows import date_parts, type_columns
from core.catalog.datasets.uploads import content_path, kept_file, summary_of
from core.problems import MAX_ECHO, MAX_PROBLEMS, Location, Problem


def typed_records(
    records: Sequence[Any], trained: FileSummary, chosen: Sequence[ColumnSummary], treatments: Sequence[Treatment]
) -> Any:
    """pandas' frame of rows that are objects by columns' names, typed as the columns of the table `trained` on.

    Raises:
        Invalid: located at `rows`, the row's index, and the column.
    """
    import pandas as pd

    known, needed = {column.name for column in trained.columns}, [column.name for column in chosen]
    problems: list[Problem] = []
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            problems.append(Problem(("rows", index), "Send this row as an object: its values by the columns' names"))
            continue
        problems += [_unknown(("rows", index, name[:MAX_ECHO]), trained) for name in record if name not in known]
        problems += [Problem(("rows", index, name), "This is required") for name in needed if name not in record]
        problems += [
            Problem(("rows", index, name), "Must be text, a number, or null for no value")
            for name, cell in record.items()
            if isinstance(cell, list | dict)
        ]
        if len(problems) >= MAX_PROBLEMS:
            break
    refuse(problems)
    names = [name for name in (column.name for column in trained.columns) if any(name in each for each in records)]
    reading = trained.reading
    texts = {name: [_text(record.get(name), reading) for record in records] for name in names}
    frame = pd.DataFrame(texts, dtype="str")
    typed, of_rows = _typed(frame, reading, trained, chosen, treatments, lambda row: ("rows", row))
    refuse([problem for each in of_rows.values() for problem in each])
    return typed


def typed_file(
    file: str, trained: FileSummary, chosen: Sequence[ColumnSummary], treatments: Sequence[Treatment], most: int
) -> tuple[Any, dict[int, str]]:
    """pandas' frame of an uploaded table, typed as the columns of the table `trained` on, and why rows are refused.

    Returns:
        The frame, and by a row's index the first thing that stands in the way of its prediction.

    Raises:
        FileNotFoundError: if there is no such file.
        Invalid: located at `file`, or at `row`, the row's number in the file, and the column, where all are refused.
    """
    if kept_file(file).kind != "table":
        refuse([Problem(("file",), "This file holds arrays or pictures: upload a table")])
    summary = summary_of(file)
    known, given = {column.name for column in trained.columns}, {column.name for column in summary.columns}
    missing = [column.name for column in chosen if column.name not in given]
    problems = [
        Problem(("column", name), f"The file has no column {name!r}, which is predicted from") for name in missing
    ]
    problems += [_unknown(("column", name[:MAX_ECHO]), trained) for name in summary_names(summary) if name not in known]
    if summary.rows > most:
        problems.append(Problem(("file",), f"The file has {summary.rows:,} rows; send at most {most:,} at once"))
    refuse(problems)
    raw = raw_table(str(content_path(file)), summary.reading, summary_names(summary))[summary_names(summary)]
    first = 2 if summary.reading.header else 1
    place = lambda row: ("row", row + first, "column")  # noqa: E731
    typed, of_rows = _typed(raw, summary.reading, trained, chosen, treatments, place)
    if len(of_rows) == len(typed):
        refuse([problem for each in of_rows.values() for problem in each])
    return typed, {row: f"{found[0].location[-1]}: {found[0].message}" for row, found in of_rows.items()}


def summary_names(summary: FileSummary) -> list[str]:
    """Names of a table's columns."""
    return [column.name for column in summary.columns]


def feature_frame(frame: Any, chosen: Sequence[ColumnSummary]) -> Any:
    """The columns that are predicted from, dates replaced by their parts, as `table_xy` gives them."""
    import pandas as pd

    def made(column: ColumnSummary) -> Any:
        return date_parts(frame[column.name], date_parts_of(column)) if column.type == "date" else frame[[column.name]]

    return pd.concat([made(column) for column in chosen], axis=1)


def _unknown(place: Location, trained: FileSummary) -> Problem:
    names = ", ".join(summary_names(trained)[:20])
    return Problem(place, f"The table that was trained on has no such column; its columns are: {names}"[:1000])


def _text(value: Any, reading: Reading) -> str | None:
    """A JSON value as the table's file would have it; None without a value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower() if reading.format in ("json", "json lines") else str(value)
    number = str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else repr(value)
    return number.replace(".", reading.decimal or ".")


def _typed(
    raw: Any,
    reading: Reading,
    trained: FileSummary,
    chosen: Sequence[ColumnSummary],
    treatments: Sequence[Treatment],
    place: Callable[[int], Location],
) -> tuple[Any, dict[int, list[Problem]]]:
    """The typed frame, and the problems of its rows, by index."""
    missing = trained.reading.missing or [""]
    numbers = [name for name in trained.numbers if name in raw]
    dates = {name: format for name, format in trained.dates.items() if name in raw}
    typed = type_columns(raw, missing, numbers, dates, reading.decimal or ".", reading.thousands or "")
    given: Mapping[str, Treatment] = {each.column: each for each in treatments}
    problems: dict[int, list[Problem]] = {}
    for column in chosen:
        treatment = given.get(column.name, Treatment(column=column.name))
        may_miss = column.missing > 0 and fills(column, treatment) != "drop"
        text = raw[column.name].astype("str").str.strip()
        empty = (raw[column.name].isna() | text.str.casefold().isin(missing)).to_numpy()
        gone = typed[column.name].isna().to_numpy()
        refused = gone & (~empty if may_miss else True)
        if column.type == "number":
            refused = refused | (np.abs(typed[column.name].fillna(0).to_numpy("float64")) > LARGEST)
        for row in map(int, np.flatnonzero(refused)):
            said = _refusal(column, None if empty[row] else str(text.iloc[row])[:MAX_ECHO], gone=bool(gone[row]))
            problems.setdefault(row, []).append(Problem((*place(row), column.name), said))
    return typed, problems


def unseen_cells(frame: Any, chosen: Sequence[ColumnSummary]) -> dict[int, str]:
    """By a row's index its first text that no row of the table has that was trained on."""
    found: dict[int, str] = {}
    for column in chosen:
        if column.type != "category" or column.distinct > len(column.values):
            continue
        cells = frame[column.name]
        strange = cells.notna() & ~cells.astype("str").isin([str(each) for each in column.values])
        for row in map(int, np.flatnonzero(strange.to_numpy())):
            told = f"{column.name}: {str(cells.iloc[row])[:MAX_ECHO]!r} is in no row that was trained on"
            found.setdefault(row, told)
    return found


def _refusal(column: ColumnSummary, cell: str | None, *, gone: bool) -> str:
    if cell is None:
        return "A value is required: all rows that were trained on have one"
    if not gone:
        return f"{cell!r} is too large for float32"
    return f"{cell!r} is no date of the form that the table has" if column.type == "date" else f"{cell!r} is no number"

"""How a table file is read: what can be said of it, and its limits.

Rows are numbered as in a spreadsheet: where there is a header, it is row 1.
"""

from __future__ import annotations

import json
from typing import Final, Literal

from pydantic import Field

from core.catalog.entry import Entry
from core.problems import Invalid, Location, Problem

MAX_COLUMNS: Final = 10_000
MAX_CELLS: Final = 20_000_000
MAX_ROW: Final = 1_000_000
"""Characters of a row of text."""
TOO_WIDE: Final = f"There are {{}} columns, and at most {MAX_COLUMNS:,} are allowed: leave some out"
TOO_LARGE: Final = f"A table may have at most {MAX_CELLS:,} values: leave out rows or columns"

Format = Literal["text", "spreadsheet", "parquet", "feather", "json", "json lines", "arff"]
Encoding = Literal["utf-8", "utf-16", "windows-1252", "latin-1"]
ColumnType = Literal["number", "category", "date"]

_ERRORS: Final = ("#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!")
MISSING: Final = ("", "na", "n/a", "nan", "null", "none", "?", "-", ".", "nil", "missing", *_ERRORS)
MOSTLY: Final = 0.9
"""Share of a column's cells that make it one of numbers or dates; the others have no value then."""
MAX_SHEET_NAME: Final = 100
"""Characters of a sheet's name; Excel allows 31."""
SAMPLE: Final = 100
"""Lines or rows that a file's layout is found from."""


class Reading(Entry):
    """How a file is read. A field that is left out is found from the file."""

    format: Format | None = Field(None, description="Format of the file.")
    encoding: Encoding | None = Field(None, description="Encoding of text.")
    delimiter: Literal[",", ";", "\t", "|", " "] | None = Field(None, description="What separates the values of text.")
    skip: int | None = Field(None, ge=0, le=1000, description="Lines before the table.")
    header: bool | None = Field(None, description="Whether the first row holds the columns' names.")
    decimal: Literal[".", ","] | None = Field(None, title="Decimal mark", description="Decimal mark of numbers.")
    thousands: Literal["", ",", ".", " ", "'"] | None = Field(None, description="What separates thousands.")
    date_order: Literal["day first", "month first"] | None = Field(
        None, title="Order of dates", description="What 03/04/2020 begins with, where no date of a column tells."
    )
    missing: list[str] | None = Field(
        None, max_length=50, title="Missing values", description="Cells that stand for no value, in any case."
    )
    sheet: str | None = Field(None, max_length=MAX_SHEET_NAME, description="Sheet of a workbook.")
    types: dict[str, ColumnType] = Field({}, description="Types of columns, where another than the one found is right.")


def bad(message: str, row: int | None = None, column: str | int | None = None) -> Invalid:
    """The refusal of a file, located at its row and column."""
    place: Location = () if row is None else ("row", row)
    return Invalid([Problem(place if column is None else (*place, "column", column), message)])


def as_json(reading: Reading) -> str:
    """`reading` as JSON in one order: part of what a corrected file is known by."""
    return json.dumps(reading.model_dump(exclude_none=True), sort_keys=True)

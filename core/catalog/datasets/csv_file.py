"""Uploaded CSV files, stored by the hash of their content, with one header row.

Rows are numbered as in a spreadsheet: the header is row 1.
"""

from __future__ import annotations

import codecs
import csv
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self, TextIO

import numpy as np

from core.catalog.datasets.base import datasets_directory
from core.problems import Invalid, Location, Problem

MAX_COLUMNS: Final = 2000
MAX_CELLS: Final = 1_000_000
MAX_ROW: Final = 1_000_000

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
_DIGITS = set("0123456789+-.eE")
"""Characters of plain numbers: on text of these alone, `float` accepts the same as `_NUMBER` and is faster."""
_MISSING = {"", "na", "n/a", "nan", "null", "?"}


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    distinct: np.ndarray | list[str]
    """Distinct values: float64 in ascending order in a column of numbers; otherwise text in alphabetical order."""
    codes: np.ndarray
    """int32, (rows,): each row's index in `distinct`; -1 for a missing value."""
    rows: np.ndarray
    """int32, (rows,): row numbers in the file."""
    missing: list[int]
    """Numbers of the rows without a value."""

    @property
    def numbers(self) -> np.ndarray | None:
        """float64: the distinct values of a column of numbers; None for other columns."""
        return self.distinct if isinstance(self.distinct, np.ndarray) else None

    @property
    def type(self) -> Literal["number", "category"]:
        """Whether all values are numbers."""
        return "category" if self.numbers is None else "number"

    def value(self, place: int) -> str:
        """The value at an index of `distinct`, as shown to users."""
        return self.distinct[place] if isinstance(self.distinct, list) else str(plain_number(self.distinct[place]))

    def row_of(self, place: int) -> int:
        """Number of the first row with the value at an index of `distinct`."""
        return int(self.rows[np.argmax(self.codes == place)])


@dataclass(frozen=True)
class CsvTable:
    """A parsed CSV file."""

    columns: dict[str, Column]
    rows: int
    delimiter: str


def parse(path: Path) -> CsvTable:
    """Parses a CSV file. The delimiter is comma, semicolon, tab or |, whichever splits the header most.

    The file is checked before it is loaded, so that a rejected file takes no memory.

    Raises:
        Invalid: located at `row` and `column`, if the file is not a valid table.
    """
    _check_text(path)
    delimiter = _delimiter(path)
    names: list[str] = []
    rows: list[int] = []
    for row, values in _records(path, delimiter):
        if not names:
            names = _names(row, values)
            continue
        if len(values) != len(names):
            count = f"{len(values)} value{'' if len(values) == 1 else 's'}"
            raise _bad(f"This row has {count}, but the header has {len(names)} names: make them equal", row)
        rows.append(row)
        if len(rows) * len(names) > MAX_CELLS:
            raise _bad(f"A table may have at most {MAX_CELLS:,} values: leave out rows or columns", row)
    if len(rows) < 2:
        raise _bad("A table needs a header row and at least two rows of values", len(rows) + (2 if names else 1))
    cells = zip(*(values for _, values in itertools.islice(_records(path, delimiter), 1, None)), strict=True)
    numbers = np.array(rows, np.int32)
    columns = {
        name: _column(name, [cell.strip() for cell in column], numbers, delimiter)
        for name, column in zip(names, cells, strict=True)
    }
    return CsvTable(columns, len(rows), delimiter)


def _bad(message: str, row: int, column: str | int | None = None) -> Invalid:
    place: Location = ("row", row) if column is None else ("row", row, "column", column)
    return Invalid([Problem(place, message)])


def _check_text(path: Path) -> None:
    decoder, row, returns = codecs.getincrementaldecoder("utf-8")(), 1, 0
    with path.open("rb") as file:
        for chunk in itertools.chain(iter(lambda: file.read(65536), b""), [b""]):
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                row += error.object.count(b"\n", 0, error.start)
                raise _bad("This is not UTF-8 text: save the table as CSV in UTF-8", row) from None
            if (place := chunk.find(0)) >= 0:
                row += chunk.count(b"\n", 0, place)
                raise _bad("This has a zero byte, so it is not text: save the table as CSV in UTF-8", row)
            row += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            if max(row, returns) > MAX_CELLS:
                raise _bad(f"A table may have at most {MAX_CELLS:,} lines: leave out rows", MAX_CELLS)


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = next((line for line in iter(lambda: file.readline(100_000), "") if line.strip()), "")
    return max(",;\t|", key=lambda each: len(next(csv.reader([first], delimiter=each), [])))


class _Lines:
    """A file's lines; limits each row of the table to `MAX_ROW` characters, since the reader holds a whole row."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.left = MAX_ROW

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._file.readline(self.left + 1)
        if not line:
            raise StopIteration
        self.left -= len(line)
        if self.left < 0:
            raise csv.Error(f"a row has more than {MAX_ROW:,} characters")
        return line


def _records(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank, with its row number."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        for row in itertools.count(1):
            lines.left = MAX_ROW
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _bad(f"This can't be read as CSV: {error}", row) from None
            if values:
                yield row, values


def _names(row: int, header: list[str]) -> list[str]:
    names = [name.strip() for name in header]
    if len(names) < 2:
        raise _bad("A table needs at least two columns, separated by commas, semicolons or tabs", row)
    if len(names) > MAX_COLUMNS:
        raise _bad(f"There are {len(names)} columns, and at most {MAX_COLUMNS} are allowed: leave some out", row)
    for index, name in enumerate(names):
        if not name:
            raise _bad("This column has no name: add one to the header row", row, index + 1)
        if name in names[:index]:
            raise _bad(f"Two columns are called {name!r}: rename one of them", row, index + 1)
    return names


def _column(name: str, cells: list[str], rows: np.ndarray, delimiter: str) -> Column:
    there = np.array([cell.casefold() not in _MISSING for cell in cells])
    found = [cell for cell, is_there in zip(cells, there, strict=True) if is_there]
    numbers = _numbers(found, delimiter)
    codes = np.full(len(cells), -1, np.int32)
    distinct: Any
    if numbers:
        distinct, codes[there] = np.unique(np.array(numbers, np.float64), return_inverse=True)
    else:
        distinct = sorted(set(found))
        places = {value: place for place, value in enumerate(distinct)}
        codes[there] = [places[cell] for cell in found]
    return Column(name, distinct, codes, rows, [int(row) for row in rows[~there]])


def _numbers(cells: list[str], delimiter: str) -> list[float]:
    """All cells as numbers; empty if any is not a number."""
    if set("".join(cells)) <= _DIGITS:
        try:
            return [float(cell) for cell in cells]
        except ValueError:
            return []
    numbers = []
    for cell in cells:
        number = as_number(cell, delimiter)
        if number is None:
            return []
        numbers.append(number)
    return numbers


def as_number(text: str, delimiter: str) -> float | None:
    """A cell's number, or None; a decimal comma is accepted unless the comma is the delimiter."""
    if not _NUMBER.fullmatch(text) or (delimiter == "," and "," in text):
        return None
    return float(text.replace(",", "."))


def plain_number(number: float) -> float | int:
    """A whole number as int: 3, not 3.0."""
    return int(number) if float(number).is_integer() else float(number)


def uploads_directory() -> Path:
    """Directory of uploaded files, each named after the SHA-256 of its content."""
    return datasets_directory() / "uploads"


def read_csv(file: str) -> CsvTable:
    """The uploaded file with that id.

    Raises:
        FileNotFoundError: if there is none.
    """
    path = uploads_directory() / f"{file}.csv"
    path.stat()
    return _read_cached(path)


@functools.lru_cache(maxsize=8)
def _read_cached(path: Path) -> CsvTable:
    return parse(path)  # named after its content: it never changes


def file_name(file: str) -> str:
    """Original name of an uploaded file, or its id if the name is not known."""
    try:
        return (uploads_directory() / f"{file}.name").read_text()
    except FileNotFoundError:
        return f"{file[:12]}.csv"

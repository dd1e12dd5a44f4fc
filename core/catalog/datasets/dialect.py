"""The dialect of delimited text, found from its first lines, and the check of its rows."""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self, TextIO

import numpy as np

from core.catalog.datasets.reading import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROW,
    MISSING,
    MOSTLY,
    SAMPLE,
    TOO_LARGE,
    TOO_WIDE,
    Encoding,
    Reading,
    bad,
)
from core.problems import Invalid

DELIMITERS: Final = ",;\t| "


def text_reading(path: Path, given: Reading, notes: list[str]) -> Reading:
    """`given`, completed from the file's first lines."""
    encoding = given.encoding or _encoding(path)
    if encoding not in ("utf-8", "utf-16") and given.encoding is None:
        notes.append("This is not UTF-8 text; it was read as Windows-1252, as Excel saves CSV on Windows")
    lines = _first_lines(path, encoding)
    if lines and len(lines[0]) >= MAX_ROW:
        raise bad(f"This row has more than {MAX_ROW:,} characters: leave out columns", 1)
    skip = given.skip
    delimiter: Any = given.delimiter
    if lines and (told := re.fullmatch(r"sep=(.)", lines[0].strip("\ufeff\r\n"), re.IGNORECASE)) and skip is None:
        skip = 1
        if delimiter is None and told[1] in DELIMITERS:
            delimiter = told[1]
    if skip is None:
        skip = len(list(itertools.takewhile(lambda line: line.startswith(("#", "%")), lines)))
        skip = 0 if skip >= len(lines) - 1 else skip
        if skip:
            notes.append(f"Left out, since they begin with # or %: {count_of(skip, 'line')} before the table")
    lines = [line for line in lines[skip:] if line.strip()]
    if delimiter is None:
        delimiter = _delimiter(lines)
    cells = _cells(lines, delimiter or ",")
    width = len(cells[0]) if cells else 0
    if width > MAX_COLUMNS:
        raise bad(TOO_WIDE.format(width), 1)
    if encoding != "utf-16":
        _check_size(path, width)
    header = given.header if given.header is not None else is_header(cells)
    if given.header is None and not header:
        notes.append(
            "The first row holds values, so the file was read as one without names: columns are called 'column 1' and "
            "so on. Say so if the first row is a header"
        )
    return given.model_copy(update={"encoding": encoding, "delimiter": delimiter, "skip": skip, "header": header})


def _encoding(path: Path) -> Encoding:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        for chunk in itertools.chain(iter(lambda: file.read(1 << 20), b""), [b""]):
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                return "latin-1" if re.search(b"[\x81\x8d\x8f\x90\x9d]", path.read_bytes()) else "windows-1252"
    return "utf-8"


def codec(encoding: str | None) -> str:
    return {"utf-8": "utf-8-sig", "windows-1252": "cp1252"}.get(encoding or "utf-8", encoding or "utf-8")


def _first_lines(path: Path, encoding: str) -> list[str]:
    lines, left = [], 400_000
    with path.open(encoding=codec(encoding), newline="", errors="replace") as file:
        for line in itertools.islice(iter(lambda: file.readline(MAX_ROW), ""), SAMPLE):
            lines.append(line)
            left -= len(line)
            if left < 0 and len(lines) > 2:
                break
    return lines


def _check_size(path: Path, width: int) -> None:
    """Refuses, by its bytes alone, a file with zero bytes or with more lines than a table may have."""
    lines, returns, has_quotes = 0, 0, False
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            if (place := chunk.find(0)) >= 0:
                row = lines + chunk.count(b"\n", 0, place) + 1
                raise bad("This has a zero byte, so it is not text: save the table as CSV in UTF-8", row)
            lines += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            has_quotes = has_quotes or b'"' in chunk
    most = MAX_CELLS // 2 if has_quotes else MAX_CELLS // max(width, 2) + 1000  # lines before the table
    if max(lines, returns) > most:
        raise bad(TOO_LARGE, most)


def _cells(lines: list[str], delimiter: str) -> list[list[str]]:
    given = [line.strip() for line in lines] if delimiter == " " else lines
    try:
        return [row for row in csv.reader(given, delimiter=delimiter, skipinitialspace=delimiter == " ") if row]
    except csv.Error:
        return []


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the lines into equally many values, and into most."""

    def score(delimiter: str) -> tuple[float, int, float]:
        widths = Counter(len(row) for row in _cells(lines, delimiter))
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(1, 0))
        if width < 2:
            return 0, 0, 0
        share = count / widths.total()
        return round(share, 1), 0 if delimiter == " " else width, share

    return max(DELIMITERS, key=score)


def is_header(rows: list[list[str]]) -> bool:
    """Whether the first of the rows of cells holds names: it is unlike the others, column by column."""
    if len(rows) < 2:
        return True
    first, rest = [cell.strip() for cell in rows[0]], rows[1 : 1 + max(10, 20_000 // len(rows[0]))]
    present = [cell for cell in first if cell]
    numeric = [cell for cell in present if _is_number(cell)]
    counts = len(numeric) > 1 and len(numeric) >= len(present) - 1 and _counts_up(numeric)
    if counts and (len(numeric) < len(present) or int(numeric[0]) == 0 or int(numeric[0]) > 1000):
        return True  # as frames without names are saved, and tables with a column for each year
    votes = 0
    for place, cell in enumerate(first):
        column = [row[place].strip() for row in rest if place < len(row)]
        values = [each for each in column if each.casefold() not in MISSING]
        if not values or not cell:
            continue
        if sum(map(_is_number, values)) > MOSTLY * len(values):
            votes += -1 if _is_number(cell) or cell.casefold() in MISSING else 1
        elif cell in values:
            votes -= 1
    return votes >= 0


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[$€£¥]?\d*[.,]?\d+([.,]\d+)*([eE][+-]?\d+)?%?", cell.strip()) is not None


def _counts_up(cells: list[str]) -> bool:
    if not all(cell.isdigit() and len(cell) < 9 for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    return all(after == before + 1 for before, after in itertools.pairwise(numbers))


class _Lines:
    """A file's lines; limits each row of the table to `MAX_ROW` characters, since the reader holds a whole row."""

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self._file = file
        self._is_spaced = delimiter == " "
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
        return line.strip() + "\n" if self._is_spaced else line


def _records(path: Path, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank, with its row number."""
    skip, delimiter = reading.skip or 0, reading.delimiter or ","
    with path.open(encoding=codec(reading.encoding), newline="") as file:
        for _ in range(skip):
            file.readline(MAX_ROW)
        lines = _Lines(file, delimiter)
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ")
        for row in itertools.count(skip + 1):
            lines.left = MAX_ROW
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                said = "a cell has more than 131,072 characters, as where a quote is not closed"
                said = said if "field larger" in str(error) else str(error)
                raise bad(f"This can't be read as CSV: {said}", row) from None
            except UnicodeError:
                raise bad(f"This is not {reading.encoding} text: choose another encoding", row) from None
            if values:
                yield row, values


def checked_rows(path: Path, reading: Reading, notes: list[str]) -> np.ndarray:
    """int32: numbers of the rows of values. `notes` gets what may surprise.

    Raises:
        Invalid: if the rows are not equally long, or too many.
    """
    names: list[str] = []
    rows: list[int] = []
    width = 0
    for row, values in _records(path, reading):
        if reading.header and not names:
            names = values
            if len(names) > MAX_COLUMNS:
                raise bad(TOO_WIDE.format(len(names)), row)
            continue
        if not width:
            width = len(values)
            if len(names) not in (0, width, width - 1):
                raise _ragged(row, values, len(names))
            if len(names) == width - 1:
                notes.append(_unnamed(values, reading))
            if width > MAX_COLUMNS:
                raise bad(TOO_WIDE.format(width), row)
            if width < 2:
                raise bad("A table needs at least two columns, separated by commas, semicolons, tabs or spaces", row)
        if len(values) != width:
            raise _ragged(row, values, width)
        rows.append(row)
        if len(rows) * width > MAX_CELLS:
            raise bad(TOO_LARGE, row)
    if not rows:
        raise bad("A table needs a header row and at least one row of values", len(rows) + (2 if names else 1))
    return np.array(rows, np.int32)


def _unnamed(values: list[str], reading: Reading) -> str:
    """The note on rows that have one value more than the header has names."""
    note = (
        "Rows have one value more than the header has names: the first was taken for the rows' own names, and is "
        "called 'column 1'"
    )
    torn = reading.delimiter == "," and any(
        re.fullmatch(r"[+-]?\d+", one.strip()) and re.fullmatch(r"\d{1,3}", other.strip())
        for one, other in itertools.pairwise(values[1:])
    )
    return f"{note}. If the commas of decimal numbers tear them apart instead, put these in quotes" if torn else note


def _ragged(row: int, values: list[str], width: int) -> Invalid:
    count = f"{len(values)} value{'' if len(values) == 1 else 's'}"
    return bad(f"This row has {count}, but those before it have {width}: make them equal", row)


def count_of(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"

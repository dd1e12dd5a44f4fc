"""Reading of a table file, in the service and by the call that the script prints."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.catalog.calls import Call, evaluate_unseeded
from core.catalog.datasets.column_types import TableFile, typed_table
from core.catalog.datasets.dialect import checked_rows, codec, text_reading
from core.catalog.datasets.magic import Found, not_a_table
from core.catalog.datasets.reading import MAX_CELLS, MAX_COLUMNS, TOO_LARGE, TOO_WIDE, Format, Reading, bad
from core.catalog.datasets.table_rows import read_arff, read_json, read_spreadsheet, read_text, type_columns
from core.catalog.datasets.typed_formats import sheet_reading, usable_columns

NAMES: Final[dict[Format, str]] = {
    "text": "delimited text",
    "spreadsheet": "a workbook",
    "parquet": "Parquet",
    "feather": "Feather",
    "json": "JSON, a list of objects",
    "json lines": "JSON lines",
    "arff": "ARFF",
}
_UNREADABLE: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    StopIteration,
    OSError,
    EOFError,
    zipfile.BadZipFile,
)
"""What libraries raise for a damaged file, or for one of another format."""


def read_table_file(path: Path, given: Reading) -> TableFile:
    """Reads a table file.

    The file is checked before it is loaded, so that a rejected file takes no memory.

    Raises:
        Invalid: located at `row` and `column` where it is known, if the file is no valid table.
    """
    found = Found.of(path)
    format = given.format or found.format
    if format is None:
        raise bad(found.refusal or not_a_table())
    notes: list[str] = []
    try:
        frame, reading, rows = _loaded(path, given.model_copy(update={"format": format}), notes)
    except _UNREADABLE as error:
        raise bad(_unreadable(format, error)) from None
    check_frame(frame)
    return typed_table(frame, reading, notes, rows)


def _loaded(path: Path, reading: Reading, notes: list[str]) -> tuple[Any, Reading, np.ndarray | None]:
    """The file's cells, how it was read, and the numbers of its rows where lines may be blank."""
    rows: np.ndarray | None = None
    if reading.format == "text":
        reading = text_reading(path, reading, notes)
        rows = checked_rows(path, reading, notes)
    elif reading.format == "spreadsheet":
        reading = sheet_reading(path, reading, notes)
    return evaluate_unseeded(_raw(str(path), reading, usable_columns(path, reading, notes))), reading, rows


def reading_code(path: str, reading: Reading, numbers: list[str], dates: dict[str, str], columns: list[str]) -> Call:
    """The call that reads the columns `columns` of a file at `path`."""
    return _typing(_raw(path, reading, columns), reading, numbers, dates)


def raw_table(path: str, reading: Reading, columns: list[str]) -> Any:
    """The cells of a file that was read before, as they stand in it."""
    return evaluate_unseeded(_raw(path, reading, columns))


def _raw(path: str, reading: Reading, columns: list[str] | None) -> Call:
    if reading.format == "text":
        settings = reading.model_dump(include={"delimiter", "skip", "header"}) | {"encoding": codec(reading.encoding)}
        return _call(read_text, path, settings)
    if reading.format == "spreadsheet":
        return _call(read_spreadsheet, path, reading.model_dump(include={"sheet", "skip", "header"}))
    if reading.format in ("json", "json lines"):
        return Call(read_json, path, **({"lines": True} if reading.format == "json lines" else {}))
    if reading.format == "arff":
        return Call(read_arff, path)
    return Call(f"pandas.read_{reading.format}", path, columns=columns)


def _call(function: Callable[..., Any], path: str, settings: dict[str, Any]) -> Call:
    """A call with the settings that differ from the function's defaults."""
    defaults = function.__defaults__ or ()
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    usual = dict(zip(arguments[-len(defaults) :], defaults, strict=True))
    return Call(function, path, **{n: each for n, each in settings.items() if n not in usual or each != usual[n]})


def _typing(raw: Call, reading: Reading, numbers: list[str], dates: dict[str, str]) -> Call:
    more: dict[str, Any] = {}
    if dates:
        more["dates"] = dates
    if reading.decimal == ",":
        more["decimal"] = ","
    if reading.thousands:
        more["thousands"] = reading.thousands
    return Call(type_columns, raw, missing=reading.missing, numbers=numbers, **more)


def _unreadable(format: Format, error: Exception) -> str:
    said = str(error).partition("\n")[0][:200] or type(error).__name__
    if format == "json" and not isinstance(error, json.JSONDecodeError | RecursionError):
        said = "it is neither a list of objects nor an object of equally long lists"
    elif isinstance(error, StopIteration):
        said = "it ends before its data"
    said = said.rstrip(". ")
    return f"This can't be read as {NAMES[format]}: {said}. Save the table as CSV, or correct how the file is read"


def check_frame(frame: Any) -> None:
    if frame.shape[1] > MAX_COLUMNS:
        raise bad(TOO_WIDE.format(frame.shape[1]))
    if frame.shape[0] * frame.shape[1] > MAX_CELLS:
        raise bad(TOO_LARGE)
    if frame.shape[1] < 2:
        raise bad("A table needs at least two columns")
    if frame.empty:
        raise bad("A table needs at least one row of values")

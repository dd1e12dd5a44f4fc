"""Uploaded files: each is kept as it came, as Parquet with its columns typed, and with a description as JSON.

A file is known by the SHA-256 of its content; one that is read otherwise than was found is known by that of both.
Files never change. One that an earlier version kept, as CSV alone, is read by the rules of then.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.datasets.base import datasets_directory
from core.catalog.datasets.column_types import TableFile
from core.catalog.datasets.reading import MOSTLY, ColumnType, Reading, as_json
from core.catalog.datasets.table_file import read_table_file, reading_code
from core.catalog.datasets.typed_formats import sheet_names

MAX_VALUES: Final = 100
"""Different values of a column that its description holds, at most."""
_COUNTER: Final = re.compile(r"(?i)(.*[_. ])?(id|index|row|row\.?names?|no|nr|number|obs)|unnamed.*|column 1")
_ID: Final = re.compile(r"(.*[_. ])?[iI][dD]|.*[a-z]Id|ID.*|.*ID")
_TARGET: Final = re.compile(r"(?i)target|class|label|outcome|y|survived|species|diagnosis")
NO_FILE: Final = (
    "There is no such file in the lab: it was removed, or is not on this machine. Upload it again; workers on other "
    "machines need the lab's data directory"
)
MAX_COMPARED: Final = 2_000_000
"""Values of a table up to which its rows are compared with each other."""
MANY: Final = 50
"""More different values than this make a column of text one of many values."""
FREQUENT: Final = 20
"""Values of such a column that are told apart; the others are one."""


class ColumnSummary(BaseModel):
    """What is known of a column without its values."""

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
    """What is known of any uploaded file."""

    kind: Literal["table", "arrays"] = "table"
    name: str
    bytes: int
    rows: int
    source: str
    """SHA-256 of the file as it came."""
    notes: list[str]


class FileSummary(KeptFile):
    """What is known of an uploaded table without its values."""

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


def uploads_directory() -> Path:
    """Directory of uploaded files."""
    return datasets_directory() / "uploads"


def content_path(id: str) -> Path:
    """The file as it came.

    Raises:
        FileNotFoundError: if there is none with that id.
    """
    return uploads_directory() / f"{kept_file(id).source}.source"


def file_ids() -> set[str]:
    """Ids of all files."""
    return {path.stem for path in uploads_directory().glob("*.*") if path.suffix in (".json", ".csv")}


def kept_file(id: str) -> KeptFile:
    """What is known of the file with that id, whatever it holds.

    Raises:
        FileNotFoundError: if there is none.
    """
    path = uploads_directory() / f"{id}.json"
    if not path.exists():
        _adopt(id)
    return _kept_file(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=200)
def _kept_file(path: Path, changed: int) -> KeptFile:
    return KeptFile.model_validate_json(path.read_bytes())


def summary_of(id: str) -> FileSummary:
    """Description of the table with that id.

    Raises:
        FileNotFoundError: if there is none.
    """
    path = uploads_directory() / f"{id}.json"
    if not path.exists():
        _adopt(id)
    path.with_suffix(".parquet").stat()
    return _summary(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=200)
def _summary(path: Path, changed: int) -> FileSummary:
    return FileSummary.model_validate_json(path.read_bytes())


def frame_of(id: str) -> Any:
    """pandas' frame of the file with that id. Not to be changed.

    Raises:
        FileNotFoundError: if there is none.
    """
    summary_of(id)
    return _frame(uploads_directory() / f"{id}.parquet")


@functools.lru_cache(maxsize=2)
def _frame(path: Path) -> Any:
    import pandas as pd

    return pd.read_parquet(path)


def kept_code(id: str) -> Call:
    """The call that reads the columns of a file as they are kept."""
    return Call(frame_of, id)


def original_code(id: str, path: str) -> Call:
    """The call that reads the same columns from the file as it came, at `path`."""
    summary = summary_of(id)
    return reading_code(path, summary.reading, summary.numbers, summary.dates, [c.name for c in summary.columns])


def keep_table(part: Path, digest: str, name: str, given: Reading) -> str:
    """Keeps the file at `part`, whose content has that SHA-256, and gives its id. `part` may be gone then.

    Raises:
        Invalid: if it is no table, located at the row and column.
    """
    is_found = given == Reading()
    id = digest if is_found else hashlib.sha256(f"{digest} {as_json(given)}".encode()).hexdigest()
    directory = uploads_directory()
    if (directory / f"{id}.json").exists() or (directory / f"{id}.csv").exists():
        summary_of(id)
        return id  # under its first name, which experiments have
    found = read_table_file(part, given)
    bytes = part.stat().st_size
    sheets = sheet_names(part) if found.reading.format == "spreadsheet" else []
    keep_source(part, digest)
    _keep(id, found, described(found, name, bytes, digest).model_copy(update={"sheets": sheets}))
    return id


def keep_source(part: Path, digest: str) -> None:
    """Keeps the file at `part` as it came."""
    source = uploads_directory() / f"{digest}.source"
    if part != source:
        part.chmod(0o644)  # workers may be another user
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(source)


def write_summary(id: str, summary: KeptFile) -> None:
    """Writes the description of a file."""
    _write(uploads_directory() / f"{id}.json", summary.model_dump_json().encode())


def remove_file(id: str) -> None:
    """Removes a file, and its content unless another reading of it is kept."""
    source = kept_file(id).source
    for path in uploads_directory().glob(f"{id}.*"):
        if path.suffix != ".source":
            path.unlink(missing_ok=True)
    if not any(kept_file(other).source == source for other in file_ids()):
        (uploads_directory() / f"{source}.source").unlink(missing_ok=True)


def _keep(id: str, found: TableFile, summary: FileSummary) -> None:
    directory = uploads_directory()
    part = directory / f"{id}.parquet.part"
    found.frame.to_parquet(part, index=False)
    part.chmod(0o644)
    part.replace(directory / f"{id}.parquet")
    write_summary(id, summary)


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.chmod(0o644)
    part.replace(path)


def _adopt(id: str) -> None:
    """Describes a file that an earlier version kept as `<id>.csv`, by the rules of then: no column is left out,
    and one with any cell that is no number is text.

    Raises:
        FileNotFoundError: if there is none.
    """
    directory = uploads_directory()
    old = directory / f"{id}.csv"
    old.stat()
    missing = ["", "na", "n/a", "nan", "null", "?"]
    plain = Reading(format="text", encoding="utf-8", header=True, skip=0, missing=missing, thousands="")
    found = read_table_file(old, plain)
    if found.odd:
        found = read_table_file(old, plain.model_copy(update={"types": dict.fromkeys(found.odd, "category")}))
    name_file = directory / f"{id}.name"
    name = name_file.read_text() if name_file.exists() else f"{id[:12]}.csv"
    summary = described(found, name, old.stat().st_size, id)
    columns = [column.model_copy(update={"left_out": None}) for column in summary.columns]
    source = directory / f"{id}.source"
    if not source.exists():
        os.link(old, source)
    _keep(id, found, summary.model_copy(update={"columns": columns, "notes": []}))


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


def wrong_file(id: str) -> bool:
    """Whether `id` can't be a file's."""
    return re.fullmatch("[0-9a-f]{64}", id) is None


def _read_id(value: Any) -> Any:
    if isinstance(value, str) and wrong_file(value):
        raise PydanticCustomError("file", "Give the id of an uploaded file")
    return value


FileId = Annotated[str, BeforeValidator(_read_id)]
"""Id of an uploaded file."""

"""Uploaded files: each is kept as it came, as Parquet with its columns typed, and with a description as JSON.

A file is known by the SHA-256 of its content; one that is read otherwise than was found is known by that of both.
Files never change: `checksums` lists what was kept, and it is checked when it is read. One that an earlier version
kept, as CSV alone, is read by the rules of then. A worker on another machine keeps those that it has fetched in a
directory of their own.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.datasets.base import data_directory, datasets_directory
from core.catalog.datasets.checksums import (
    CHANGED,
    UNREADABLE,
    DamagedFile,
    check,
    digest_of,
    read_checksums,
    remove_checksums,
    replace_file,
    write_checksums,
)
from core.catalog.datasets.column_types import TableFile
from core.catalog.datasets.file_summary import FileSummary, KeptFile, described
from core.catalog.datasets.reading import Reading, as_json
from core.catalog.datasets.table_file import read_table_file, reading_code
from core.catalog.datasets.typed_formats import sheet_names

NO_FILE: Final = (
    "There is no such file in the lab: it was removed, or is not on this machine. Upload it again, or restore the "
    "lab's data directory"
)
PARTS: Final = ("json", "parquet", "x.npy", "y.npy", "columns.npz")
"""Endings of the files that may be kept of an upload, beside the file as it came."""

_Model = TypeVar("_Model", bound=BaseModel)


def uploads_directory() -> Path:
    """Directory of uploaded files."""
    return datasets_directory() / "uploads"


def fetched_directory() -> Path:
    """Directory of files that a worker has fetched from the lab's API, on a machine that doesn't share its uploads."""
    return data_directory() / "fetched"


def directory_of(id: str) -> Path:
    """The directory that the files of an upload are in, if they are anywhere."""
    fetched = fetched_directory()
    return fetched if (fetched / f"{id}.json").exists() else uploads_directory()


def source_path(id: str) -> Path:
    """The file as it came.

    Raises:
        FileNotFoundError: if there is none with that id.
        DamagedFile: if its description can't be read.
    """
    return directory_of(id) / f"{kept_file(id).source}.source"


def content_path(id: str) -> Path:
    """The file as it came, checked against its SHA-256.

    Raises:
        FileNotFoundError: if there is none with that id.
        DamagedFile: if it has changed, or can't be read.
    """
    path = source_path(id)
    check(path.parent, {path.name: path.stem})
    return path


def checked_parts(id: str) -> dict[str, str]:
    """The files of an upload, each with its SHA-256, after they are checked against it.

    Those of an upload that an earlier version kept without a list are listed as they are found.

    Raises:
        FileNotFoundError: if there is no such upload.
        DamagedFile: if a file has changed, can't be read or is gone.
    """
    kept, directory = kept_file(id), directory_of(id)
    try:
        digests = read_checksums(directory, id)
    except FileNotFoundError:
        try:
            digests = {path.name: digest_of(path) for path in _parts(directory, id)}
        except OSError:
            raise DamagedFile(UNREADABLE) from None
        if (directory / f"{kept.source}.source").exists():
            digests[f"{kept.source}.source"] = kept.source
        with suppress(OSError):  # of a worker that is another user, or of a disk that is full
            write_checksums(directory, id, digests)
    check(directory, digests)
    return digests


def damage(id: str) -> str | None:
    """Why the upload with that id can't be read, as a sentence that says what to do; None where it is whole."""
    try:
        checked_parts(id)
    except FileNotFoundError:
        return NO_FILE
    except DamagedFile as damaged:
        return str(damaged)
    return None


def _parts(directory: Path, id: str) -> list[Path]:
    return [path for ending in PARTS if (path := directory / f"{id}.{ending}").exists()]


def file_ids() -> set[str]:
    """Ids of all files."""
    return {path.stem for path in uploads_directory().glob("*.*") if path.suffix in (".json", ".csv")}


def kept_file(id: str) -> KeptFile:
    """Description of the file with that id, whatever it holds.

    Raises:
        FileNotFoundError: if there is none.
        DamagedFile: if its description can't be read.
    """
    return described_as(KeptFile, _description(id))


def _description(id: str) -> Path:
    path = directory_of(id) / f"{id}.json"
    if not path.exists():
        _adopt(id)
    return path


def described_as(kind: type[_Model], path: Path) -> _Model:
    """Content of a description.

    Raises:
        FileNotFoundError: if there is none.
        DamagedFile: if it can't be read.
    """
    found: _Model = _described(kind, path, path.stat().st_mtime_ns)  # type: ignore[assignment]  # the cache forgets the type
    return found


@functools.lru_cache(maxsize=400)
def _described(kind: type[BaseModel], path: Path, changed: int) -> BaseModel:
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError:
        raise DamagedFile(UNREADABLE) from None
    except ValueError:
        raise DamagedFile(CHANGED) from None


def summary_of(id: str) -> FileSummary:
    """Description of the table with that id.

    Raises:
        FileNotFoundError: if there is none.
        DamagedFile: if its description can't be read.
    """
    path = _description(id)
    path.with_suffix(".parquet").stat()
    return described_as(FileSummary, path)


def frame_of(id: str) -> Any:
    """pandas' frame of the file with that id. Not to be changed.

    Raises:
        FileNotFoundError: if there is none.
    """
    summary_of(id)
    return _frame(directory_of(id) / f"{id}.parquet")


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
    if ((directory / f"{id}.json").exists() or (directory / f"{id}.csv").exists()) and damage(id) is None:
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
    """Writes the description of a file whose parts are there, and the SHA-256 of all."""
    directory, content = uploads_directory(), summary.model_dump_json().encode()
    digests = {path.name: digest_of(path) for path in _parts(directory, id)}
    digests |= {f"{id}.json": hashlib.sha256(content).hexdigest(), f"{summary.source}.source": summary.source}
    write_checksums(directory, id, digests)
    replace_file(directory / f"{id}.json", content)


def remove_file(id: str) -> None:
    """Removes a file, and its content unless another reading of it is kept."""
    source = _source_of(id) or id
    for path in uploads_directory().glob(f"{id}.*"):
        if path.suffix != ".source":
            path.unlink(missing_ok=True)
    remove_checksums(uploads_directory(), id)
    if all(_source_of(other) not in (source, None) for other in file_ids()):
        (uploads_directory() / f"{source}.source").unlink(missing_ok=True)


def _source_of(id: str) -> str | None:
    """SHA-256 of the file as it came; None where the description is damaged."""
    try:
        return kept_file(id).source
    except DamagedFile:
        return None


def _keep(id: str, found: TableFile, summary: FileSummary) -> None:
    directory = uploads_directory()
    part = directory / f"{id}.parquet.part"
    found.frame.to_parquet(part, index=False)
    part.chmod(0o644)
    part.replace(directory / f"{id}.parquet")
    write_summary(id, summary)


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


def wrong_file(id: str) -> bool:
    """Whether `id` can't be a file's."""
    return re.fullmatch("[0-9a-f]{64}", id) is None


def _read_id(value: Any) -> Any:
    if isinstance(value, str) and wrong_file(value):
        raise PydanticCustomError("file", "Give the id of an uploaded file")
    return value


FileId = Annotated[str, BeforeValidator(_read_id)]
"""Id of an uploaded file."""

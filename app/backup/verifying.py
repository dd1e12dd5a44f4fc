"""Checks of a lab and of a back-up: what is missing, changed, or can't be read, a sentence each."""

from __future__ import annotations

import io
import math
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Protocol

import numpy as np
import orjson
from pydantic import ValidationError
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from app.access import GrantFile
from app.backup.archive import STORE, Archive
from app.backup.lab_files import LabFiles, copied
from app.backup.restoring import opened
from app.backup.store_copy import bring_up_to_date, contents_of, reading, rows_of, store_file
from app.stored import StoredExperiment, found_in
from app.tables import event_of, experiments, kept_parts, log, run_state, runs, suites
from core.catalog.datasets.file_summary import KeptFile
from core.experiment.suite import Suite
from core.runs.kept import sha256_of, unpack_outputs, unpack_weights
from core.runs.snapshots import Snapshots, unpack_outcomes
from core.settings import Settings

UPLOADS: Final = "datasets/uploads/"
SHOWN: Final = 20
"""Problems of a database's own check that are told, at most."""
UNREADABLE: Final = (
    ValueError, TypeError, LookupError, EOFError, AttributeError, zipfile.BadZipFile, struct.error, zlib.error,
)  # fmt: skip
"""Errors that reading damaged data ends with."""
_FILE: Final = re.compile(r'"(?:test_)?file":"([0-9a-f]{64})"')


class Files(Protocol):
    """Files of LAB_DATA, in a lab or in a back-up."""

    @property
    def names(self) -> set[str]: ...

    def open(self, name: str) -> IO[bytes]: ...

    def sha256(self, name: str) -> str: ...


def verify(settings: Settings, source: str | None) -> Iterator[str]:
    """Problems of the lab, or of the back-up in a file; none if all is well.

    Raises:
        Refused: there is no lab, or no back-up.
    """
    if source is not None:
        with opened(source, settings.lab_data) as archive:
            yield from _of_archive(Archive(archive, source), settings.lab_data)
        return
    file = store_file(settings)
    files = LabFiles(settings.lab_data, *([] if file is None else [file]))
    with reading(settings) as store:
        yield from _of_store(store, files.names)
    yield from _of_files(files)


def _of_archive(archive: Archive, data: Path) -> Iterator[str]:
    problems = archive.problems()
    yield from problems
    if problems:
        return
    with tempfile.TemporaryDirectory(dir=data if data.is_dir() else None, prefix=".verify-") as own:
        file = Path(own) / STORE
        archive.extract(STORE, file)
        contents_of(file, "Its store")
        bring_up_to_date(file, as_copy=False)
        with rows_of(file) as store:
            yield from _of_store(store, archive.names)
    yield from _of_files(archive)


# The store


def _of_store(store: Connection, names: set[str]) -> Iterator[str]:
    try:
        if store.dialect.name == "sqlite":
            for (said,) in store.exec_driver_sql(f"PRAGMA integrity_check({SHOWN})").all():
                if said != "ok":
                    yield f"The store is damaged: {said}"
            for table, row, *_ in store.exec_driver_sql("PRAGMA foreign_key_check").all()[:SHOWN]:
                yield f"The store's table {table} has a row, {row}, of an experiment that is not there"
        states: dict[str, dict[int, Any]] = {}
        for row in store.execute(select(runs)).mappings():
            states.setdefault(row["experiment"], {})[row["run"]] = run_state(row)
        for row in store.execute(select(experiments), execution_options={"yield_per": 20}).mappings():
            called = f"Experiment {row['id']} ({row['name']!r})"
            for id in sorted(set(_FILE.findall(row["body"]))):
                if not {f"{UPLOADS}{id}.json", f"{UPLOADS}{id}.csv"} & names:
                    yield f"{called} needs the uploaded file {id}, which is missing"
            (found,) = found_in([row], {row["id"]: states.get(row["id"], {})})
            if not isinstance(found, StoredExperiment):
                yield f"{called} can't be read"
            elif len(found.runs) < len(found.numbers.numbers):
                yield f"{called} has only {len(found.runs)} of its {len(found.numbers.numbers)} runs"
            else:
                yield from _of_log(store, found, called)
        for suite, body in store.execute(select(suites.c.id, suites.c.body)):
            try:
                Suite.model_validate_json(body)
            except ValidationError:
                yield f"Suite {suite} can't be read"
    except (SQLAlchemyError, *UNREADABLE) as error:
        said = getattr(error, "orig", None) or error
        yield f"The store can't be read to its end: {said}"


def _of_log(store: Connection, stored: StoredExperiment, called: str) -> Iterator[str]:
    """Problems of an experiment's events, and of what is kept of its runs."""
    done = dict.fromkeys(stored.numbers.numbers, 0)
    ordered = select(log).where(log.c.experiment == stored.id).order_by(log.c.milliseconds, log.c.sequence)
    for row in store.execute(ordered, execution_options={"yield_per": 50}).mappings():
        try:
            event = event_of(row)
            if event.name == "epochs" and event.run in done:
                if event.first_epoch != done[event.run] + 1:
                    yield f"{called}: epochs of run {event.run} are missing after {done[event.run]}"
                done[event.run] = event.last_epoch
                _ = event.table
            elif event.name == "snapshots":
                Snapshots.unpack(event.data["epoch"], event.figures)
            elif event.name == "run_finished" and event.figures:
                unpack_outcomes(event.figures)
        except UNREADABLE:
            yield f"{called}: the event {row['milliseconds']}-{row['sequence']} ({row['event']!r}) can't be read"
    for number, epochs in done.items():
        run = stored.runs[stored.numbers.places[number]]
        if epochs != run.epochs_done:
            yield f"{called}: run {number} has curves of {epochs} epochs, and should have {run.epochs_done}"
    parts = select(kept_parts).where(kept_parts.c.experiment == stored.id)
    for row in store.execute(parts, execution_options={"yield_per": 1}).mappings():
        number = row["run"]
        known = number in stored.numbers.places
        expected = stored.runs[stored.numbers.places[number]].weights_sha256 if known else None
        if not _is_whole(row["part"], row["content"], row["bytes"], expected):
            yield f"{called}: the part {row['part']!r} that is kept of run {number} was changed, or can't be read"


def _is_whole(part: str, content: bytes, size: int, expected: str | None) -> bool:
    """Whether a kept part can be read; weights are known by their hash. One of no bytes has made room for others."""
    if len(content) != size:
        return False
    if not content:
        return True
    try:
        if part == "weights":
            return sha256_of(unpack_weights(content)) == expected or expected is None
        unpack_outputs(content)
    except UNREADABLE:
        return False
    return True


# Files


def _of_files(files: Files) -> Iterator[str]:
    """Problems of the files. One that has a problem is looked at again: the lab may just have changed it."""
    there = files.names
    for name in sorted(there):
        if _problem(files, name, there) is not None:
            now = files.names
            said = _problem(files, name, now)
            if said is not None and name in now:
                yield said


def _problem(files: Files, name: str, there: set[str]) -> str | None:
    """Problems of a file; `there` are the names of all."""
    try:
        if name.startswith(UPLOADS):
            return _problem_of_upload(files, name, there)
        with files.open(name) as file:
            if name == "access.json":
                GrantFile.model_validate_json(file.read())
            elif name == "token":
                if not file.read().decode().strip():
                    return "token is empty: remove it, and the lab makes another"
            else:
                copied(file)
    except OSError as error:
        return f"{name} can't be read: {error.strerror or error}"
    except UNREADABLE:
        return f"{name} can't be read: it was changed"
    return None


def _problem_of_upload(files: Files, name: str, there: set[str]) -> str | None:
    inner = name.removeprefix(UPLOADS)
    stem, _, kind = inner.partition(".")
    if kind in ("source", "csv"):
        if files.sha256(name) != stem:
            return f"{name} was changed: it is not the file that was uploaded"
    elif kind == "json":
        return _problem_of_description(files, name, stem, there)
    elif kind.endswith("npy"):
        with files.open(name) as file:
            if not _is_whole_array(file):
                return f"{name} is not as long as it says"
    elif kind.endswith("npz"):
        with files.open(name) as file, np.load(io.BytesIO(file.read()), allow_pickle=False) as arrays:
            for array in arrays.files:
                _ = arrays[array]
    return None


def _problem_of_description(files: Files, name: str, id: str, there: set[str]) -> str | None:
    """Differences between the description of an upload and what is there."""
    with files.open(name) as file:
        written = file.read()
    kept = KeptFile.model_validate_json(written)
    needed = [f"{kept.source}.source", f"{id}.parquet"]
    if kept.kind == "arrays":
        columns = [f"{id}.columns.npz"] if orjson.loads(written).get("columns") else []
        needed = [f"{kept.source}.source", f"{id}.x.npy", f"{id}.y.npy", *columns]
    missing = [each for each in needed if UPLOADS + each not in there]
    if missing:
        return f"The uploaded file {id} ({kept.name!r}) lacks {UPLOADS}{missing[0]}"
    if kept.kind == "table":
        rows = _rows_of_table(files, f"{UPLOADS}{id}.parquet")
        if rows != kept.rows:
            return f"{UPLOADS}{id}.parquet has {rows} rows, and should have {kept.rows}"
    return None


def _rows_of_table(files: Files, name: str) -> int:
    """Rows of a table as it is kept, all of which are read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with files.open(name) as file:
            return sum(batch.num_rows for batch in pq.ParquetFile(file).iter_batches())
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None


def _is_whole_array(file: IO[bytes]) -> bool:
    """Whether an .npy file has as many bytes as its head says."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    start = file.tell()
    return file.seek(0, 2) == start + math.prod(shape) * dtype.itemsize

"""Uploaded arrays and pictures: each is kept as it came, as arrays that are mapped into memory, and described as JSON.

Beside `<id>.source` and `<id>.json` lie `<id>.x.npy` and `<id>.y.npy`, and pictures in other sizes, made when they are
first read: .npy files, since NumPy can't map the arrays of an .npz file into memory. Where the file has other arrays
of a value for each row, `<id>.columns.npz` has them, called by their places.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel

from core.catalog.calls import Call
from core.catalog.datasets.array_file import MAX_ARRAYS, Members, bad, find_members, is_group, opened
from core.catalog.datasets.array_reading import read_target, write_features
from core.catalog.datasets.array_rows import picture_files, read_npz, read_pictures, zip_names
from core.catalog.datasets.checksums import DamagedFile, check, digest_of, read_checksums, write_checksums
from core.catalog.datasets.file_summary import MAX_VALUES, ColumnSummary, KeptFile
from core.catalog.datasets.magic import ArraysFormat
from core.catalog.datasets.picture_file import Pictures, find_pictures, write_pictures
from core.catalog.datasets.uploads import (
    content_path,
    damage,
    described_as,
    directory_of,
    keep_source,
    uploads_directory,
    write_summary,
)
from core.problems import Invalid
from core.settings import settings

Size = tuple[int, int]
"""Height and width."""


class RowArray(BaseModel):
    """Arrays of a value for each row, which follow each other."""

    name: str
    arrays: list[str]
    """Their names in the file."""
    type: Literal["number", "category"]
    distinct: int


class ArraysSummary(KeptFile):
    """Description of uploaded arrays or pictures, without their values."""

    kind: Literal["arrays"] = "arrays"
    format: ArraysFormat
    x: list[str]
    """Names of the arrays of features, which follow each other; none of pictures."""
    y: list[str]
    shape: list[int]
    """Shape of an example; of pictures at their usual size, with the channels."""
    dtype: str
    """Type of the features in the file."""
    low: float
    high: float
    target: ColumnSummary
    sets: dict[str, int]
    """Rows of the sets that the file tells apart, in the order of the rows."""
    has_groups: bool
    columns: list[RowArray] | None = None
    """Other arrays of a value for each row; None of a file that was uploaded before they were kept."""

    @property
    def group_column(self) -> str | None:
        """Name of the array that tells the rows' groups, if there is one and some rows share one."""
        told = [each for each in self.columns or [] if is_group(each.name) and 1 < each.distinct < self.rows]
        return told[0].name if told else None

    @property
    def is_bytes(self) -> bool:
        """Whether the features are bytes that are more than 0 and 1, as pixels are."""
        return self.dtype == "uint8" and self.high > 1


def keep_arrays(part: Path, digest: str, name: str, format: ArraysFormat) -> str:
    """Keeps the file at `part`, whose content has that SHA-256, and gives its id. `part` may be gone then.

    Raises:
        Invalid: if it can't be used, with the row where it is known.
    """
    directory = uploads_directory()
    if (directory / f"{digest}.json").exists():  # under its first name, which experiments have
        with suppress(DamagedFile):
            name = (known := arrays_summary(digest)).name
            if known.columns is not None and damage(digest) is None:
                return digest
    made = {ending: directory / f"{digest}.{ending}.part" for ending in ("x.npy", "y.npy", "columns.npz")}
    try:
        described = _npz if format == "npz" else _pictures
        summary = described(part, digest, name, made)
        for ending, path in made.items():
            if path.exists():
                path.chmod(0o644)
                path.replace(directory / f"{digest}.{ending}")
    finally:
        for path in made.values():
            path.unlink(missing_ok=True)
    keep_source(part, digest)
    write_summary(digest, summary)
    return digest


def arrays_summary(id: str) -> ArraysSummary:
    """Description of the arrays with that id.

    Raises:
        FileNotFoundError: if there are none.
        DamagedFile: if it can't be read.
    """
    return described_as(ArraysSummary, directory_of(id) / f"{id}.json")


def kept_arrays(id: str, size: Size | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Features, mapped into memory, and target as they are kept; pictures of another size are made if need be."""
    return kept_features(id, size), kept_target(id)


def kept_features(id: str, size: Size | None = None) -> np.ndarray:
    """The features of all rows, mapped into memory."""
    features: np.ndarray = np.load(resized(id, size), mmap_mode="r", allow_pickle=False)
    return features


def kept_target(id: str) -> np.ndarray:
    """The target of all rows: a number, or the place of its text among the summary's values."""
    target: np.ndarray = np.load(directory_of(id) / f"{id}.y.npy", allow_pickle=False)
    return target


def kept_column(id: str, name: str) -> np.ndarray:
    """Each row's value in the file's array of that name: a number, or text as an object."""
    place = [each.name for each in arrays_summary(id).columns or []].index(name)
    with np.load(directory_of(id) / f"{id}.columns.npz", allow_pickle=False) as arrays:
        values: np.ndarray = arrays[str(place)]
    return values.astype(object) if values.dtype.kind == "U" else values


def resized(id: str, size: Size | None, progress: Callable[[], None] = lambda: None) -> Path:
    """The file of features, of pictures with that height and width; it is made if it isn't there, or damaged."""
    directory, summary = directory_of(id), arrays_summary(id)
    if size is None or list(size) == summary.shape[:2]:
        return directory / f"{id}.x.npy"
    stem = f"{id}.{size[0]}x{size[1]}"
    path = directory / f"{stem}.npy"
    if not _is_whole(path, stem):
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            files = picture_files(zip_names(str(source := content_path(id))))
            write_pictures(source, files, (*size, summary.shape[2]), part, progress)
            part.chmod(0o644)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        write_checksums(directory, stem, {path.name: digest_of(path)})
    return path


def _is_whole(path: Path, stem: str) -> bool:
    """Whether pictures of another size are there as they were made; those of an earlier version have no list."""
    try:
        check(path.parent, read_checksums(path.parent, stem))
    except DamagedFile:
        return False
    except FileNotFoundError:
        return path.exists()
    return True


def arrays_code(id: str, path: str, size: Size | None = None, also: Sequence[str] = ()) -> Call:
    """The call that reads features, target and the arrays `also` from the file as it came, at `path`."""
    summary = arrays_summary(id)
    if summary.format == "npz":
        named = {each.name: each.arrays for each in summary.columns or []}
        return Call(read_npz, path, summary.x, summary.y, **({"also": [named[name] for name in also]} if also else {}))
    height, width = size or summary.shape[:2]
    return Call(read_pictures, path, Call(picture_files, Call(zip_names, path)), height, width, summary.shape[2])


def _npz(part: Path, digest: str, name: str, made: dict[str, Path]) -> ArraysSummary:
    with opened(part, MAX_ARRAYS) as archive:
        members = find_members(archive, settings().lab_array_limit)
        target = read_target(archive, members.y, part.parent)
        found = _keep_target(target, members.y[0].name, made["y.npy"])
        span = write_features(archive, members, made["x.npy"])
        columns = _keep_columns(archive, members, made["columns.npz"])
    return ArraysSummary(
        name=name,
        bytes=part.stat().st_size,
        rows=members.rows,
        source=digest,
        notes=_npz_notes(members, columns),
        format="npz",
        x=[member.name for member in members.x],
        y=[member.name for member in members.y],
        shape=list(members.shape),
        dtype=str(np.result_type(*(member.dtype for member in members.x))),
        low=span.low,
        high=span.high,
        target=found,
        sets=members.sets,
        has_groups="groups" in {each.name.lower() for each in columns},
        columns=columns,
    )


def _keep_columns(archive: zipfile.ZipFile, members: Members, path: Path) -> list[RowArray]:
    """Writes the arrays of a value for each row to `path`, and describes them. Those that lack values are not used."""
    kept: dict[str, Any] = {}
    described = []
    for name, found in members.columns.items():
        try:
            values = read_target(archive, found, path.parent, is_typed=True)
        except Invalid:
            if name.lower() == "groups":
                raise
            members.unused.extend(each.name for each in found)
            continue
        kept[str(len(kept))] = values
        told: dict[str, Any] = {"type": "category" if values.dtype.kind == "U" else "number"}
        arrays = [each.name for each in found]
        described.append(RowArray(name=name, arrays=arrays, distinct=len(np.unique(values)), **told))
    if kept:
        with path.open("wb") as file:
            np.savez(file, **kept)
    return described


def _npz_notes(members: Members, columns: list[RowArray]) -> list[str]:
    notes = []
    if members.sets:
        told = ", ".join(f"{rows:,} {part}" for part, rows in members.sets.items())
        notes.append(f"The rows come in the order of the file's own sets: {told}")
    if columns:
        notes.append(f"Rows can be cut by {', '.join(each.name for each in columns[:10])}")
    if members.unused:
        notes.append(f"Not used: {', '.join(sorted(members.unused)[:10])}")
    shape = members.shape
    if len(shape) == 3 and shape[0] in (1, 3) and min(shape[1:]) > 4 and shape[2] not in (1, 3):
        notes.append(
            f"An example has the shape {shape}, as PyTorch has pictures; Keras' layers want the channels last: "
            f"np.moveaxis({members.x[0].name}, 1, -1)"
        )
    if len(shape) == 2 and shape[1] > 4 * shape[0] and any(member.dtype != np.uint8 for member in members.x):
        notes.append(
            f"An example is read as {shape[0]:,} steps of {shape[1]:,} values. If it is channels of samples, choose "
            f"the layout image for 2D convolutions, or save np.moveaxis({members.x[0].name}, 1, 2) for steps in time"
        )
    return notes


def _pictures(part: Path, digest: str, name: str, made: dict[str, Path]) -> ArraysSummary:
    found = find_pictures(part, settings().lab_array_limit)
    shape = (found.height, found.width, found.channels)
    low, high = write_pictures(part, found.files, shape, made["x.npy"])
    sets = {each: sum(one == each for one, _, _ in found.files) for each, _, _ in found.files if each}
    labels = np.array([label for _, label, _ in found.files])
    return ArraysSummary(
        name=name,
        bytes=part.stat().st_size,
        rows=len(found.files),
        source=digest,
        notes=_picture_notes(found, sets),
        format="pictures",
        x=[],
        y=[],
        shape=list(shape),
        dtype="uint8",
        low=low,
        high=high,
        target=_keep_target(labels, "folder", made["y.npy"]),
        sets=sets,
        has_groups=False,
        columns=[],
    )


def _picture_notes(found: Pictures, sets: dict[str, int]) -> list[str]:
    notes = []
    if sets:
        told = ", ".join(f"{rows:,} {part}" for part, rows in sets.items())
        notes.append(f"The rows come in the order of the folders {told}")
    if found.shrunk:
        notes.append(
            f"Pictures are usually {found.shrunk[0]:,} × {found.shrunk[1]:,}; they were made {found.height} × "
            f"{found.width}. The data set's size sets another"
        )
    if found.others:
        notes.append(
            f"Pictures of other sizes that were made {found.height} × {found.width}, distorted where their sides are "
            f"in another proportion: {found.others:,}"
        )
    if found.unused:
        notes.append(f"Files that are no PNG or JPEG and are not used: {found.unused:,}")
    return notes


def _keep_target(target: np.ndarray, name: str, path: Path) -> ColumnSummary:
    """Writes the target, text as the place of its value, and describes it."""
    values, places, counts = np.unique(target, return_inverse=True, return_counts=True)
    is_text = target.dtype.kind == "U"
    if is_text and len(values) > MAX_VALUES:
        raise bad(f"{name} has {len(values):,} different texts, and at most {MAX_VALUES} can be classes: save fewer")
    _save(path, places.astype(np.float64) if is_text else target)
    frequent = np.sort(np.argsort(-counts, kind="stable")[:MAX_VALUES])
    more: dict[str, Any] = {}
    if not is_text:
        more = {"low": float(values[0]), "high": float(values[-1]), "whole": bool(np.all(values % 1 == 0))}
    return ColumnSummary(
        name=name,
        type="category" if is_text else "number",
        distinct=len(values),
        values=[each.item() for each in values[frequent]],
        counts=[int(each) for each in counts[frequent]],
        missing=0,
        **more,
    )


def _save(path: Path, values: np.ndarray) -> None:
    with path.open("wb") as file:  # NumPy appends .npy to a path
        np.save(file, values, allow_pickle=False)

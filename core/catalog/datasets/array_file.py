"""The arrays of an .npz file: which are x and y, their headers checked before anything of them is read."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from core.catalog.datasets.zip_directory import MAX_FILES, check_entry, listed_names
from core.problems import Invalid, Problem

MAX_ARRAYS: Final = 1000
"""Arrays in a file, used or not."""
MAX_ROWS: Final = 5_000_000
MAX_EXAMPLE: Final = 1 << 20
"""Values of one example, as many as a layer may have."""
MAX_AXES: Final = 4
"""Axes of one example."""
MAX_NAME: Final = 200
"""Characters of a class's name."""
SAVE: Final = 'np.savez("data.npz", x=x, y=y)'

_NAMES: Final[tuple[tuple[str, str], ...]] = (("x_train", "y_train"), ("x", "y"))
_SETS: Final = ("train", "val", "validation", "test")
_GROUPS: Final = ("group", "subject", "participant", "patient", "person", "subject_id", "patient_id", "participant_id")
MAX_ROW_ARRAYS: Final = 20
"""Arrays of a value for each row that are kept beside x and y."""
_COLUMN: Final = 1 << 26
"""Bytes of such an array."""
_LARGE: Final = 100_000_000
_MOST_TIMES: Final = 200
"""Size unpacked to size packed of a large array, at most; deflate reaches 1,032 where all values are equal."""


@dataclass(frozen=True)
class Member:
    """An array in the file, by its header."""

    name: str
    """As in the file: "X_train"."""
    entry: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class Members:
    """The arrays that are used. Those of x and of y follow each other: training, validation, test."""

    x: list[Member]
    y: list[Member]
    sets: dict[str, int]
    """Rows of each set that the file tells apart; empty where it doesn't."""
    columns: dict[str, list[Member]]
    """Arrays with one value for each row, which may tell its group, its time or its set, by name; groups first."""
    unused: list[str]

    @property
    def rows(self) -> int:
        """Rows of all sets together."""
        return sum(member.shape[0] for member in self.x)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.x[0].shape[1:] or (1,)


def bad(message: str, row: int | None = None) -> Invalid:
    """The refusal of a file, located at its row, counted from 0, where it is known."""
    return Invalid([Problem(() if row is None else ("row", row), message)])


@contextmanager
def opened(path: Path, most_files: int = MAX_FILES) -> Iterator[zipfile.ZipFile]:
    """The zip file at `path`, its directory checked."""
    if len(listed_names(path)) > most_files:
        raise bad(f"This file holds more than {most_files:,} arrays: save x and y alone")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise bad(f"This zip file is damaged ({str(error)[:200]}): make it anew") from None


def find_members(archive: zipfile.ZipFile, most: int) -> Members:
    """The arrays to use, by their headers alone.

    Raises:
        Invalid: if they can't be used, or their values take more than `most` bytes as float32.
    """
    entries = {
        entry.filename.removesuffix(".npy"): entry for entry in archive.infolist() if entry.filename.endswith(".npy")
    }
    used, sets = _chosen({name.lower(): name for name in entries})
    found = [(_member(archive, entries[x]), _member(archive, entries[y])) for x, y in used]
    _check_x([x for x, _ in found], most)
    for x, y in found:
        _check_y(x, y)
    columns = _columns(archive, entries, used)
    chosen = {name for pair in used for name in pair} | {each.name for found in columns.values() for each in found}
    return Members(
        x=[x for x, _ in found],
        y=[y for _, y in found],
        sets={part: x.shape[0] for part, (x, _) in zip(sets, found, strict=True)} if len(sets) > 1 else {},
        columns=columns,
        unused=sorted(entries.keys() - chosen),
    )


def _chosen(names: dict[str, str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Names of the pairs x and y, and of their sets; `names` are those of the file by themselves in small letters."""
    for pair in _NAMES:
        if all(each in names for each in pair):
            break
    else:
        raise bad(_unnamed(names))
    if pair[0] == "x":
        return [(names["x"], names["y"])], ["train"]
    used, sets = [], []
    for part in _SETS:
        x, y = f"x_{part}", f"y_{part}"
        if x in names and y in names:
            used.append((names[x], names[y]))
            sets.append("validation" if part == "val" else part)
        elif x in names or y in names:
            missing, there = (y, x) if x in names else (x, y)
            raise bad(f"There is {names[there]} without {missing}: save both, or none of them")
    return used, sets


def _unnamed(names: dict[str, str]) -> str:
    if {"indices", "indptr", "data"} <= names.keys():
        return f"This is a sparse matrix of SciPy's. Call its toarray(), and save that with the target: {SAVE}"
    listed = ", ".join(sorted(names.values())[:10])
    holds = f"its arrays are called {listed[:300]}" if names else "it holds no arrays"
    return f"The file needs arrays called x and y, or x_train and y_train, and {holds}: {SAVE}"


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Member:
    """An array by its header, which agrees with the size that the zip file tells."""
    name = entry.filename.removesuffix(".npy")
    check_entry(entry)
    try:
        with archive.open(entry) as file:
            shape, dtype = _header(file)
            length = file.tell()
    except Exception:  # NumPy and zipfile raise many kinds for what is damaged
        raise bad(
            f"The array {name} can't be read, since its header is not one of NumPy's: save it with {SAVE}"
        ) from None
    if dtype.hasobject:
        raise bad(
            f"The array {name} holds Python objects, which could run code when they are read, so they never are. Save "
            f"numbers or text: np.stack(list({name})), {name}.astype(float) or {name}.astype(str)"
        )
    if dtype.names is not None or dtype.kind not in "biufUS" or dtype.itemsize > 4 * MAX_NAME:
        raise bad(f"The array {name} holds values of type {str(dtype)[:100]}: save numbers or short text")
    if not all(type(size) is int and size >= 0 for size in shape) or len(shape) > MAX_AXES + 1:
        raise bad(
            f"The array {name} has the shape {_text(shape)}, and at most {MAX_AXES + 1} axes are allowed: reshape it"
        )
    if length + math.prod(shape) * dtype.itemsize != entry.file_size:
        raise bad(
            f"The array {name} says that it has the shape {_text(shape)}, and the file holds more or less than that: "
            f"save it with {SAVE}"
        )
    if entry.file_size > _LARGE and entry.file_size > _MOST_TIMES * max(entry.compress_size, 1):
        raise bad(f"Nearly all values of the array {name} are equal: leave out most of them, or save it with np.savez")
    return Member(name, entry.filename, shape, dtype)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"version {version} of the format is unknown")
    return shape, dtype


def _check_x(found: list[Member], most: int) -> None:
    first = found[0]
    for member in found:
        name = member.name
        if member.dtype.kind in "US":
            raise bad(f"The array {name} holds text, and features are numbers: save them as numbers")
        if not member.shape or math.prod(member.shape) == 0:
            raise bad(f"The array {name} has the shape {_text(member.shape)}: it needs rows, each with a value or more")
        if member.shape[1:] != first.shape[1:]:
            raise bad(
                f"The examples of {first.name} have the shape {_text(first.shape[1:])} and those of {name} "
                f"{_text(member.shape[1:])}: give them one shape"
            )
    example, rows = math.prod(first.shape[1:]), sum(member.shape[0] for member in found)
    if example > MAX_EXAMPLE:
        raise bad(f"One example has {example:,} values, and at most {MAX_EXAMPLE:,} are allowed: make examples smaller")
    if rows > MAX_ROWS:
        raise bad(f"There are {rows:,} rows, and at most {MAX_ROWS:,} are allowed: leave some out")
    if 4 * example * rows > most:
        raise bad(too_large(rows, example, most))


def too_large(rows: int, example: int, most: int) -> str:
    """The sentence on arrays that take more than `most` bytes."""
    return (
        f"{rows:,} rows of {example:,} values take {4 * rows * example:,} bytes as float32, and at most {most:,} are "
        "allowed (LAB_ARRAY_LIMIT): use fewer rows or smaller examples"
    )


def _check_y(x: Member, y: Member) -> None:
    rows = x.shape[0]
    if y.shape[:1] != (rows,):
        has = f"{y.shape[0]:,} rows" if y.shape else "no rows"
        raise bad(f"{x.name} has {rows:,} rows and {y.name} has {has}: give each row one target")
    if math.prod(y.shape) != rows:
        cure = "save one number"
        if len(y.shape) == 2:
            cure = f"if its columns are classes, save {y.name}.argmax(axis=1); only a table can have several targets"
        raise bad(f"{y.name} has the shape {_text(y.shape)}, and one target a row is wanted: {cure}")


def is_group(name: str) -> bool:
    """Whether an array of this name tells the rows' groups."""
    return name.lower().removesuffix("s") in _GROUPS


def _columns(
    archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], used: list[tuple[str, str]]
) -> dict[str, list[Member]]:
    """The arrays that have a value for each row, by name; in a file of several sets each set needs one."""
    ends = [""] if len(used) == 1 and used[0][0].lower() == "x" else [x[1:].lower() for x, _ in used]
    known = {name.lower(): name for name in entries if name not in {each for pair in used for each in pair}}
    rows = [_member(archive, entries[x]).shape[0] for x, _ in used]
    found: dict[str, list[Member]] = {}
    for lower, name in known.items():
        base = lower.removesuffix(ends[0])
        names = [known.get(base + end) for end in ends]
        if not base or not lower.endswith(ends[0]) or None in names or len(found) == MAX_ROW_ARRAYS:
            continue
        try:
            members = [_member(archive, entries[str(each)]) for each in names]
        except Invalid:
            if base == "groups":
                raise
            continue
        for member, size in zip(members, rows, strict=True):
            if member.shape != (size,) and base == "groups":
                raise bad(
                    f"{member.name} has the shape {_text(member.shape)}: give each of the {size:,} rows one group"
                )
        is_small = sum(size * member.dtype.itemsize for member, size in zip(members, rows, strict=True)) <= _COLUMN
        if [each.shape for each in members] == [(size,) for size in rows] and (is_small or base == "groups"):
            found[name[: len(base)]] = members
    return dict(sorted(found.items(), key=lambda each: (not is_group(each[0]), each[0].lower() != "groups")))


def _text(shape: tuple[int, ...]) -> str:
    return str(tuple(shape))[:100]

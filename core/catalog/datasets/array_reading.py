"""Reading of an .npz file's arrays into files of NumPy's own, in chunks, so that they take little memory.

Features are kept as float32, bytes as they are; targets as float64, text as the place of its value.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.catalog.datasets.array_file import MAX_NAME, Member, Members, bad

_CHUNK: Final = 1 << 22
"""Values read at once: 16 MiB as float32."""


class Range:
    """Lowest and highest of many values."""

    def __init__(self) -> None:
        self.low = np.inf
        self.high = -np.inf

    def add(self, values: np.ndarray) -> None:
        """Takes `values` into account."""
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))


def write_features(archive: zipfile.ZipFile, members: Members, path: Path) -> Range:
    """Writes the features of all rows to `path`, and gives their range.

    Raises:
        Invalid: if a value is missing or infinite, or too large for float32.
    """
    is_bytes = all(member.dtype == np.uint8 for member in members.x)
    shape = (members.rows, *members.shape)
    written = np.lib.format.open_memmap(path, "w+", np.uint8 if is_bytes else np.float32, shape)
    found, start = Range(), 0
    rows = max(1, _CHUNK // math.prod(members.shape))
    for member in members.x:
        with _read(archive, member, path.parent) as values:
            for first in range(0, len(values), rows):
                chunk = np.asarray(values[first : first + rows])
                _check_finite(chunk, member.name, first)
                with np.errstate(over="ignore"):
                    typed = chunk.astype(written.dtype)
                if np.isinf(typed).any():
                    place = _place(np.isinf(typed), first)
                    raise bad(f"{_at(member.name, place)} is too large for float32: scale the features", place[0])
                found.add(typed)
                end = start + len(chunk)
                written[start:end] = typed.reshape(-1, *members.shape)
                start = end
    written.flush()
    return found


def read_target(
    archive: zipfile.ZipFile, found: list[Member], directory: Path, *, is_typed: bool = False
) -> np.ndarray:
    """The target of all rows, or their values in another array: float64, or text; numbers in their own type `is_typed`.

    Raises:
        Invalid: if a row has none.
    """
    parts = []
    for member in found:
        with _read(archive, member, directory) as values:
            part = np.array(values).reshape(-1)
        if part.dtype.kind in "US":
            part = _text(part, member.name)
        else:
            _check_finite(part, member.name, 0)
            part = part if is_typed else part.astype(np.float64)
        parts.append(part)
    if len({part.dtype.kind for part in parts}) > 1:
        raise bad(f"{found[0].name} and {found[-1].name} hold numbers and text: save both as the same")
    return np.concatenate(parts)


def _text(part: np.ndarray, name: str) -> np.ndarray:
    try:
        part = part.astype(str) if part.dtype.kind == "U" else np.char.decode(part, "utf-8")
    except UnicodeDecodeError:
        raise bad(f"{name} holds bytes that are not UTF-8 text: save {name}.astype(str)") from None
    empty = np.flatnonzero(part == "")
    if len(empty):
        raise bad(f"{name}[{empty[0]}] is empty: give each row a class", int(empty[0]))
    if np.char.str_len(part).max() > MAX_NAME:
        raise bad(f"{name} holds texts of more than {MAX_NAME} characters: save short names of classes")
    return part


@contextlib.contextmanager
def _read(archive: zipfile.ZipFile, member: Member, directory: Path) -> Iterator[np.ndarray]:
    """The array, unpacked to a file in `directory` and mapped into memory."""
    with tempfile.NamedTemporaryFile(dir=directory, suffix=".part") as file:
        try:
            with archive.open(member.entry) as packed:
                shutil.copyfileobj(packed, file, 1 << 20)
            file.flush()
            values: Any = np.load(file.name, mmap_mode="r", allow_pickle=False)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise bad(f"The array {member.name} is damaged ({str(error)[:200]}): save it anew") from None
        if values.shape != member.shape or values.dtype != member.dtype:
            raise bad(f"The array {member.name} is damaged: save it anew")
        yield values


def _check_finite(values: np.ndarray, name: str, first: int) -> None:
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    place = _place(~np.isfinite(values), first)
    is_nan = np.isnan(values[(place[0] - first, *place[1:])])
    said = "is NaN, which is no value" if is_nan else "is infinite"
    raise bad(f"{_at(name, place)} {said}: fill in a value, or leave out the row", place[0])


def _place(wrong: np.ndarray, first: int) -> tuple[int, ...]:
    """Index of the first value that is wrong in a chunk that begins with row `first`."""
    row, *others = (int(each) for each in np.unravel_index(int(wrong.argmax()), wrong.shape))
    return (row + first, *others)


def _at(name: str, place: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, place))}]"

"""Files of LAB_DATA: those that a back-up holds, and those that stand in the way of a restore."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

REBUILT: Final = frozenset({"xla", "fetched", "logs", "run", "lost+found"})
"""Directories of which nothing is missed."""
LEDGER: Final = "redis"
"""Directory of the embedded Valkey: open work, which begins again without it."""
STORE_FILE: Final = "lab.sqlite3"
BLOCK: Final = 1 << 20
"""Bytes that are read and written at once."""
_TEMPORARY: Final = (".part", ".lock", ".new")


def is_kept(path: PurePosixPath) -> bool:
    """Whether a back-up holds the file with that path in LAB_DATA: no cache, no temporary one, not the store.

    Nor one whose name another system, or a terminal, would take for something else.
    """
    top, name = path.parts[0], str(path)
    is_hidden = any(part.startswith(".") for part in path.parts)
    is_odd = "\\" in name or not name.isprintable()
    is_the_labs = top in REBUILT or top == LEDGER or top.startswith(STORE_FILE)
    return not (is_hidden or is_odd or is_the_labs or path.suffix in _TEMPORARY)


class LabFiles:
    """Files of a lab that a back-up holds, read where they lie."""

    def __init__(self, data: Path, *apart: Path) -> None:
        """Args: `apart` are files that are left out: the store, if it is in LAB_DATA, and back-ups."""
        self._data = data
        self._apart = {
            Path(f"{path.resolve()}{ending}") for path in apart for ending in ("", "-wal", "-shm", "-journal")
        }

    @property
    def names(self) -> set[str]:
        """Their paths in LAB_DATA. Links are followed."""
        kept = (name for name in _below(self._data) if is_kept(PurePosixPath(name)))
        return {name for name in kept if (self._data / name).resolve() not in self._apart}

    def open(self, name: str) -> IO[bytes]:
        """Opens one."""
        return (self._data / name).open("rb")

    def sha256(self, name: str) -> str:
        """SHA-256 of its content."""
        with self.open(name) as file:
            return copied(file)[1]


def _below(data: Path) -> Iterator[str]:
    """Paths of all plain files below a directory."""
    seen: set[tuple[int, int]] = set()
    for directory, inner, files in os.walk(data, onerror=_fail, followlinks=True):
        status = os.stat(directory)
        if (status.st_dev, status.st_ino) in seen:
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        here = Path(directory)
        if here == data:
            inner[:] = [name for name in inner if name not in REBUILT and name != LEDGER]
        for name in files:
            if (here / name).is_file():
                yield (here / name).relative_to(data).as_posix()


def _fail(error: OSError) -> None:
    """Raises the error of a directory that can't be listed; one that was just removed is none."""
    if not isinstance(error, FileNotFoundError):
        raise error


def in_the_way(data: Path) -> list[str]:
    """Names in LAB_DATA of what is no empty lab's, in order: files that a restore might mix with its own."""
    found = []
    for entry in sorted(data.iterdir()):
        if entry.name in REBUILT or entry.suffix in _TEMPORARY:
            continue
        if not entry.is_dir() or any(PurePosixPath(name).suffix not in _TEMPORARY for name in _below(entry)):
            found.append(entry.name)
    return found


def copied(source: IO[bytes], target: IO[bytes] | None = None) -> tuple[int, str]:
    """Copies a file, or only reads it; gives its bytes and their SHA-256."""
    size, digest = 0, hashlib.sha256()
    while block := source.read(BLOCK):
        size += len(block)
        digest.update(block)
        if target is not None:
            target.write(block)
    return size, digest.hexdigest()

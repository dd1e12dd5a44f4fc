"""Checksums of kept files: `<stem>.sha256` lists files as `sha256sum` does, so that `sha256sum -c` checks them too.

The lists of a directory are in one beside it, `uploads-sha256` of `uploads`. A process reads a file for its SHA-256
once, and again where its size, times or inode have changed.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from core.settings import make_shared

_LINE: Final = re.compile(r"([0-9a-f]{64})  ([\w.-]+)")

CHANGED: Final = (
    "This file has changed on the lab's disk since it was uploaded: its SHA-256 is another. Upload it again, the same "
    "content makes it whole"
)
UNREADABLE: Final = (
    "This file can't be read from the lab's disk, or a part of it is gone. Upload it again, the same content makes it "
    "whole"
)


class DamagedFile(Exception):
    """A kept file that has changed, or can't be read. The message says what to do."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@functools.lru_cache(maxsize=4096)
def _digest(path: Path, *version: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(directory: Path, stem: str, digests: Mapping[str, str]) -> None:
    """Writes the list of files, each with its SHA-256, by their names in `directory`."""
    text = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    make_shared(_lists(directory))
    replace_file(_lists(directory) / f"{stem}.sha256", text.encode())


def read_checksums(directory: Path, stem: str) -> dict[str, str]:
    """The files of a list, each with its SHA-256.

    Raises:
        FileNotFoundError: if there is no list.
        DamagedFile: if it can't be read.
    """
    path = _lists(directory) / f"{stem}.sha256"
    return _listed(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=200)
def _listed(path: Path, changed: int) -> dict[str, str]:
    try:
        found = [_LINE.fullmatch(line) for line in path.read_text().splitlines()]
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError):
        raise DamagedFile(UNREADABLE) from None
    if not found or None in found:
        raise DamagedFile(CHANGED)
    return {line[2]: line[1] for line in found if line is not None}


def remove_checksums(directory: Path, id: str) -> None:
    """Removes the lists of an upload."""
    for path in _lists(directory).glob(f"{id}.*"):
        path.unlink(missing_ok=True)


def _lists(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}-sha256")


def check(directory: Path, digests: Mapping[str, str]) -> None:
    """Checks files against their SHA-256.

    Raises:
        DamagedFile: if one has changed, can't be read or is gone.
    """
    for name, digest in digests.items():
        try:
            is_whole = digest_of(directory / name) == digest
        except OSError:
            raise DamagedFile(UNREADABLE) from None
        if not is_whole:
            raise DamagedFile(CHANGED)


def replace_file(path: Path, content: bytes) -> None:
    """Writes a small file, which workers that are another user may read."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.chmod(0o644)
    part.replace(path)

"""The directory of a zip file, checked before it is read: a small file can promise more than memory holds."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Final

from core.problems import Invalid, Problem

MAX_FILES: Final = 70_000
"""Files in a zip file: as many as MNIST has pictures."""
_MAX_BYTES: Final = 20_000_000
_END: Final = b"PK\5\6"
_END_64: Final = b"PK\6\6"
_LOCATOR_64: Final = b"PK\6\7"
_ENTRY: Final = b"PK\1\2"


def listed_names(path: Path) -> list[str]:
    """Names of the files in a zip file, without an object for each; none if it is damaged.

    Raises:
        Invalid: if there are more than `MAX_FILES`.
    """
    directory = _directory(path)
    names: list[str] = []
    at = 0
    while directory[at : at + 4] == _ENTRY and len(directory) >= at + 46 and len(names) <= MAX_FILES:
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        names.append(directory[at + 46 : at + 46 + name].decode("utf-8", "replace"))
        at += 46 + name + extra + comment
    if len(names) > MAX_FILES:
        raise _too_many()
    return names


def _directory(path: Path) -> bytes:
    """The directory's bytes."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - (1 << 16) - 22))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            return b""
        size = int(struct.unpack_from("<I", tail, at + 12)[0])
        end = length - len(tail) + at
        if at >= 20 and tail[at - 20 : at - 16] == _LOCATOR_64:
            end = end - 20 - 56
            file.seek(max(0, end))
            record = file.read(56)
            if record[:4] != _END_64:
                return b""
            size = int(struct.unpack_from("<Q", record, 40)[0])
        if size > _MAX_BYTES:
            raise _too_many()
        file.seek(max(0, end - size))
        return file.read(size)


def _too_many() -> Invalid:
    return Invalid([Problem((), f"This zip file holds more than {MAX_FILES:,} files: leave some out")])


def is_hidden(name: str) -> bool:
    """Whether a file in a zip file is one that systems add by themselves."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def check_entry(entry: zipfile.ZipInfo) -> None:
    """Checks that a file in a zip file can be read in little memory.

    Raises:
        Invalid: if it is encrypted, or compressed otherwise than by deflate.
    """
    if entry.flag_bits & 1:
        raise Invalid(
            [Problem((), f"{entry.filename[:200]} in this zip file is encrypted: save it without a password")]
        )
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        message = f"{entry.filename[:200]} in this zip file is compressed in an unusual way: compress it with deflate"
        raise Invalid([Problem((), message)])

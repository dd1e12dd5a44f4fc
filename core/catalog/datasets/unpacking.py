"""Unpacking of compressed files, within a limit: gzip, bzip2, xz, and a zip of one file."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, Final

from core.catalog.datasets.zip_directory import is_hidden, listed_names
from core.problems import Invalid, Problem
from core.settings import settings

_OPENERS: Final[dict[bytes, Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_ENDINGS: Final = (".gz", ".bz2", ".xz", ".zip")
_FEW: Final = 1000
"""Files in a zip file, of which one may be all but hidden ones."""


def limit_of(head: bytes) -> int:
    """Bytes that a file may have that begins with `head`: arrays and pictures are in zip files."""
    return settings().lab_array_limit if head.startswith(b"PK") else settings().lab_upload_limit


def unpack(path: Path, name: str) -> str:
    """Replaces the file at `path` by what it holds compressed, if it is; gives the name of that.

    Raises:
        Invalid: if it is damaged, or holds more bytes than may be uploaded of its kind.
    """
    with path.open("rb") as file:
        head = file.read(8)
    opener = next((opener for start, opener in _OPENERS.items() if head.startswith(start)), None)
    inner = name
    try:
        if opener is not None:
            _copy(opener(path), path)
        elif head.startswith(b"PK\x03\x04"):
            if len(listed_names(path)) > _FEW:
                return name
            with zipfile.ZipFile(path) as archive:
                files = [each for each in archive.infolist() if not each.is_dir() and not is_hidden(each.filename)]
                if len(files) != 1 or files[0].filename.endswith((".npy", ".xml", ".png", ".jpg", ".jpeg")):
                    return name
                if files[0].flag_bits & 1:
                    raise _bad("This zip file is encrypted: upload the table itself")
                inner = files[0].filename.rpartition("/")[2]
                _copy(archive.open(files[0]), path)
                return inner
        else:
            return name
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError) as error:
        raise _bad(f"This file is damaged, or not all of it is there ({str(error)[:200]}): make it anew") from None
    return next((name[: -len(ending)] for ending in _ENDINGS if name.lower().endswith(ending)), name)


def _copy(source: IO[bytes], path: Path) -> None:
    unpacked = path.with_name(path.name + ".unpacked")
    try:
        with source, unpacked.open("wb") as file:
            size, most = 0, settings().lab_array_limit
            while chunk := source.read(1 << 20):
                most = most if size else limit_of(chunk)
                size += len(chunk)
                if size > most:
                    raise _bad(f"Unpacked, this has more than {most:,} bytes: leave out rows or columns")
                file.write(chunk)
        unpacked.replace(path)
    finally:
        unpacked.unlink(missing_ok=True)


def _bad(message: str) -> Invalid:
    return Invalid([Problem((), message)])

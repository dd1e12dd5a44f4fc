"""Keeping of an upload, whatever it holds: unpacked, told apart, read, and kept with its description."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from core.catalog.datasets.array_uploads import keep_arrays
from core.catalog.datasets.magic import Found
from core.catalog.datasets.reading import Reading
from core.catalog.datasets.unpacking import unpack
from core.catalog.datasets.uploads import content_path, keep_table, kept_file
from core.settings import settings


class TooLarge(Exception):
    """A table of more bytes than may be uploaded."""


def keep_upload(part: Path, digest: str, name: str) -> str:
    """Keeps the file at `part`, whose content has that SHA-256, and gives its id. `part` may be gone then.

    Raises:
        Invalid: if it can't be used, located at the row and column where they are known.
        TooLarge: if it is a table, and too large for one.
    """
    inner = unpack(part, name)
    if inner != name:
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    arrays = Found.of(part).arrays
    if arrays is not None:
        return keep_arrays(part, digest, _safe_name(inner, "npz" if arrays == "npz" else "zip"), arrays)
    if part.stat().st_size > (limit := settings().lab_upload_limit):
        raise TooLarge(f"The body is too large: send at most {limit:,} bytes of a table")
    return keep_table(part, digest, _safe_name(inner, "csv"), Reading())


def keep_reading(id: str, reading: Reading) -> str:
    """Keeps the table with that id as it is when read as given; gives the id of that.

    Raises:
        Invalid: as `keep_upload`.
    """
    known = kept_file(id)
    return keep_table(content_path(id), known.source, known.name, reading)


def _safe_name(name: str, ending: str) -> str:
    """File name without special characters; an exported script uses it."""
    base = re.sub(r"[^\w. -]", "_", name.replace("\\", "/").rpartition("/")[2]).strip(" .") or "table"
    return base if "." in base else f"{base}.{ending}"

"""The version of this program, and what tells two builds of it apart."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

VERSION: Final = "0.1.0"


@cache
def build() -> str:
    """Version and a digest of the sources that API and workers share, such as "0.1.0+3f9a01c".

    Where two processes tell the same, they mean the same by an experiment and by the ledger.
    """
    root = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for path in sorted(each for each in root.rglob("*") if each.suffix in (".py", ".lua")):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return f"{VERSION}+{digest.hexdigest()[:7]}"

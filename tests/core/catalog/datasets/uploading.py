"""Files kept in a LAB_DATA of a test's own, without a service."""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.catalog.datasets.reading import Reading
from core.catalog.datasets.unpacking import unpack
from core.catalog.datasets.uploads import keep_table, uploads_directory

FLOWERS = """petal, colour ,height,species
1.5,red,3,setosa
2.5,blue,4.25,virginica

-1e1,"dark, red",5,setosa
4,blue,6,virginica
5,red,7,setosa
"""


def kept(content: str | bytes, name: str = "table.csv", reading: Reading | None = None) -> str:
    """Keeps a file; gives its id."""
    data = content if isinstance(content, bytes) else content.encode()
    uploads_directory().mkdir(parents=True, exist_ok=True)
    part: Path = uploads_directory() / "test.part"
    part.write_bytes(data)
    inner = unpack(part, name)
    try:
        digest = hashlib.sha256(part.read_bytes()).hexdigest()
        return keep_table(part, digest, inner, reading or Reading())
    finally:
        part.unlink(missing_ok=True)

"""A directory of data for tests of uploaded files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.catalog.datasets.array_uploads import keep_arrays
from core.catalog.datasets.magic import Found
from core.catalog.datasets.unpacking import unpack
from core.catalog.datasets.uploads import uploads_directory
from core.problems import Invalid, Problem
from core.settings import settings
from tests.core.catalog.datasets.own_arrays import Keep


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A LAB_DATA of the test's own."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keep]:
    """Keeps a file as an upload does, in a LAB_DATA of the test's own; gives its id."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    uploads_directory().mkdir(parents=True)

    def keep_file(content: bytes, name: str = "data.npz") -> str:
        part = uploads_directory() / "upload.part"
        try:
            part.write_bytes(content)
            inner = unpack(part, name)
            found = Found.of(part)
            if found.arrays is None:
                raise Invalid([Problem((), found.refusal or "")])
            digest = hashlib.sha256(part.read_bytes()).hexdigest()
            return keep_arrays(part, digest, inner, found.arrays)
        finally:
            part.unlink(missing_ok=True)

    yield keep_file
    settings.cache_clear()

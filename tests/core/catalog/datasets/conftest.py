"""A directory of data for tests of uploaded files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import settings


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A LAB_DATA of the test's own."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()

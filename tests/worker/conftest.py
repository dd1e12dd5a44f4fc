"""Fixtures of the engine's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from worker.engine import Engine


@pytest.fixture(scope="session")
def families_engine() -> Engine:
    """An engine that keeps the programs of `tests.families`, which two tests train."""
    from worker.engine import Engine

    return Engine(programs=12)


@pytest.fixture
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of an epoch each, so that a run can be left anywhere."""
    from worker import engine

    monkeypatch.setattr(engine, "CHUNK_SECONDS", 1e-9)

"""What tests of the engine share."""

from __future__ import annotations

import pytest

from worker.engine import Engine


@pytest.fixture(scope="session")
def families_engine() -> Engine:
    """An engine that keeps the programs of `tests.families`, which two tests train."""
    return Engine(programs=12)

"""Fixtures of the tests of faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.lab import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of the module's own. A test that ends one of its parts starts it again."""
    running = Lab(tmp_path_factory.mktemp("lab"))
    yield running
    running.stop()

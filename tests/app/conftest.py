"""Experiments that the tests of the API share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.store import Store
from tests.core.catalog.datasets.conftest import own_data
from tests.postgres import Postgres

__all__ = ["own_data"]


@pytest.fixture
def tutorial(client: httpx.Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/presets/tutorial").raise_for_status().json()["experiment"]
    return body


@pytest.fixture
def quick(tutorial: dict[str, Any]) -> dict[str, Any]:
    """Two arms that train in a moment."""
    tutorial["training"]["epochs"] = 200
    tutorial["arms"] = tutorial["arms"][:2]
    return tutorial


@pytest.fixture
def endless(tutorial: dict[str, Any]) -> dict[str, Any]:
    """One arm that trains for as long as a test may take."""
    tutorial["network"]["layers"][0]["units"] = 4096
    tutorial["training"]["epochs"] = 200_000
    tutorial["arms"] = tutorial["arms"][:1]
    return tutorial


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty store, in each kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'lab.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    opened = Store(url)
    yield opened
    opened.close()

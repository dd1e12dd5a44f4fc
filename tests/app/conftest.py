"""Experiments that the tests of the API share."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


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

"""Presets over REST."""

from __future__ import annotations

import httpx


def test_presets_begin_with_the_tutorial(client: httpx.Client) -> None:
    presets = client.get("/api/presets").json()["presets"]
    assert presets[0]["name"] == "tutorial"
    assert client.get("/api/presets/none").status_code == 404

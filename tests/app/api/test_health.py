"""Health: store, Redis and workers."""

from __future__ import annotations

import httpx


def test_health_names_store_redis_and_workers(client: httpx.Client) -> None:
    health = client.get("/api/health").json()
    assert (health["status"], health["store"], health["redis"]) == ("ok", "ok", "ok")
    assert health["workers"]["live"] == 1
    assert health["workers"]["slots"] >= 1

"""The guard refuses foreign hosts and origins, and bodies that are too large."""

from __future__ import annotations

import httpx
import pytest

from tests.service import Service


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH"])
def test_foreign_hosts_and_origins_are_refused(client: httpx.Client, service: Service, method: str) -> None:
    path = "/api/experiments"
    assert client.request(method, path, headers={"Host": "rebound.example"}).status_code == 400
    assert client.request(method, path, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.request(method, path, headers={"Origin": "null"}).status_code == 403
    own = client.request(method, path, headers={"Origin": service.url})
    assert own.status_code not in {400, 403}


def test_a_body_too_large_is_refused(client: httpx.Client) -> None:
    body = b" " * 1_000_001
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/experiments", content=body, headers=headers).status_code == 413
    # Without its length told beforehand:
    assert client.post("/api/experiments", content=iter([body]), headers=headers).status_code == 413

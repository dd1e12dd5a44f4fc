"""The API's application: what it imports, and that its answers are compressed."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.app.api.experiments import finished, posted
from tests.service import PATIENCE


def test_the_api_never_imports_tensorflow() -> None:
    code = "import sys, app.openapi, app.__main__; print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_answers_are_compressed_for_who_takes_that(client: httpx.Client) -> None:
    with client.stream("GET", "/api/catalog", headers={"Accept-Encoding": "gzip"}) as answer:
        body = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    plain = client.get("/api/catalog", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert json.loads(gzip.decompress(body)) == plain.json()
    assert len(body) < len(plain.content) / 4


@pytest.mark.training
def test_exports_are_compressed_and_event_streams_are_not(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = posted(client, quick)["id"]
    takes = {"Accept-Encoding": "gzip"}
    path = f"/api/experiments/{id}"
    with client.stream("GET", f"{path}/events", headers=takes, timeout=PATIENCE) as answer:
        assert "content-encoding" not in answer.headers
        assert answer.headers["content-type"].startswith("text/event-stream")
    finished(client, id)
    export = client.get(f"{path}/export/curves.csv", headers=takes)
    assert export.headers["content-encoding"] == "gzip"
    assert export.text == client.get(f"{path}/export/curves.csv", headers={"Accept-Encoding": "identity"}).text

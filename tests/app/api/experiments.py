"""Steps that the tests of REST resources share: post an experiment, watch it, wait for its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

from tests.service import PATIENCE

METRICS = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")
CLOSING = {"experiment_finished", "experiment_failed", "experiment_cancelled"}


def posted(client: httpx.Client, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = client.post("/api/experiments", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/experiments/{view['id']}"
    return view


def view_of(client: httpx.Client, id: str) -> dict[str, Any]:
    view: dict[str, Any] = client.get(f"/api/experiments/{id}").raise_for_status().json()
    return view


def watched(client: httpx.Client, id: str, after: str | None = None, **headers: str) -> Iterator[tuple[str, str, Any]]:
    """The stream's events as (id, name, data), to its end."""
    params = {"after": after} if after else {}
    path = f"/api/experiments/{id}/events"
    with client.stream("GET", path, params=params, headers=headers, timeout=PATIENCE) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        block: dict[str, str] = {}
        for line in answer.iter_lines():
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(": ")
                block[name] = value
            elif block:
                yield block.get("id", ""), block["event"], json.loads(block["data"])
                block = {}


def has_epochs(client: httpx.Client, id: str, epochs: int) -> bool:
    return bool(view_of(client, id)["runs"][0]["epochs_done"] >= epochs)


def finished(client: httpx.Client, id: str) -> dict[str, Any]:
    *_, (_, name, _) = watched(client, id)
    assert name in CLOSING
    return view_of(client, id)


def curves_of(events: list[tuple[str, str, Any]]) -> dict[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = {}
    for _, name, data in events:
        if name == "epochs":
            assert all(len(data[figure]) == len(data["epoch"]) for figure in METRICS)
            found.setdefault((data["arm"], data["seed"]), []).extend(data["epoch"])
    return found


def refused(answer: httpx.Response, *statuses: int) -> None:
    """It is refused, with a sentence, and as safely as everything else."""
    what = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:200]}"
    assert answer.status_code in statuses, what
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.request.method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json", what
        assert len(answer.json()["detail"]) > 20, what
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Bearer"

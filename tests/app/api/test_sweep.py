"""Sweeps on the running service: a sweep's runs and the response that is computed from them."""

from __future__ import annotations

import math
import statistics
from typing import Any

import httpx
import pytest

from tests.core.experiment.test_sweep import LIMIT, body
from tests.service import PATIENCE


def finished(client: httpx.Client, posted: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/experiments", json=posted)
    assert answer.status_code == 201, answer.text
    id = answer.json()["id"]
    client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    view: dict[str, Any] = client.get(f"/api/experiments/{id}").json()
    assert view["status"] == "finished"
    return view


def test_a_sweep_runs_and_its_response_agrees_with_its_runs(client: httpx.Client) -> None:
    axis = {"path": LIMIT, "start": 0.1, "stop": 2.0, "steps": 4, "scale": "log"}
    view = finished(client, body(axis, repeats=3))
    assert view["experiment"]["seeds"] == [1, 2, 3]
    assert [arm["name"] for arm in view["arms"]][1:] == [f"max norm {v:g}" for v in (0.1, 0.271, 0.737, 2.0)]
    told = client.get(f"/api/experiments/{view['id']}/sweep").raise_for_status().json()
    assert told["axes"] == [
        {"title": "hidden kernel: max norm", "path": LIMIT, "values": [0.1, 0.271, 0.737, 2.0], "scale": "log"}
        | {"simpler": "low"}
    ]
    assert told["judged_on"] == "fresh"
    fresh_rows = client.get(f"/api/experiments/{view['id']}/verdict").json()["fresh_rows"]
    for point in [told["baseline"], *told["points"]]:
        runs = [each for each in view["runs"] if each["arm"] == point["arm"]]
        assert point["n"] == 3
        scores = [each["metrics"]["fresh"]["accuracy"] for each in runs]
        mean = statistics.fmean(scores)
        assert point["score"]["mean"] == pytest.approx(mean)
        rows = math.sqrt(mean * (1 - mean) / fresh_rows)
        assert point["score"]["se"] == pytest.approx(math.hypot(statistics.stdev(scores) / math.sqrt(3), rows))
        greatest = max(each["weights"][0]["norm"]["max"] for each in runs)
        assert point["norm"]["max"] == greatest
        if point["values"]:
            assert greatest <= point["values"][0] * (1 + 1e-5), "the limit held"
    scores = [point["score"]["mean"] for point in told["points"]]
    assert told["best"] == scores.index(max(scores))
    assert told["pick"] is not None
    assert told["points"][told["pick"]]["score"]["mean"] >= max(scores) - told["points"][told["best"]]["score"]["se"]
    script = client.get(f"/api/experiments/{view['id']}/export/script.py").text
    assert "max norm 0.271" in script

    again = client.post("/api/experiments", json=view["experiment"], headers={"Idempotency-Key": view["id"]})
    assert again.status_code == 201, "what the view gives can be posted"
    other = client.post("/api/experiments", json=view["experiment"], headers={"Idempotency-Key": view["id"]})
    assert other.json()["id"] == again.json()["id"]
    client.delete(f"/api/experiments/{again.json()['id']}")


def test_what_has_no_sweep_says_so(client: httpx.Client) -> None:
    plain = body(training={"epochs": 1})
    del plain["sweep"]
    view = finished(client, plain)
    for path, says in (("sweep", "has no sweep"), ("contest", "belongs to a family")):
        answer = client.get(f"/api/experiments/{view['id']}/{path}")
        assert answer.status_code == 404
        assert says in answer.json()["detail"]
    assert client.get("/api/experiments/none/sweep").status_code == 404

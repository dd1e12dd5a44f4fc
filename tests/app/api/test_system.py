"""Looking inside a running service: its page of figures, Prometheus, logs, and the log of a run that failed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.presets import TUTORIAL
from tests.app.api.test_events import assert_described
from tests.service import Service, wait_until


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of one slot that logs in JSON, and has no network."""
    nowhere = dict.fromkeys(["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"], "http://127.0.0.1:9")
    running = Service(tmp_path_factory.mktemp("watched"), {"LAB_LOG": "json", **nowhere})
    yield running
    running.stop()


@pytest.fixture
def client(watched: Service) -> Iterator[httpx.Client]:
    with watched.client() as opened:
        yield opened


def figures(client: httpx.Client) -> dict[str, float]:
    """Prometheus' figures, by name and labels; every line must be of its format."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for line in answer.text.splitlines():
        if not line.startswith(("# HELP lab_", "# TYPE lab_")):
            match = re.fullmatch(r'(lab_\w+(?:\{\w+="[^"]*"\})?) ([-+.\de]+)', line)
            assert match, line
            found[match[1]] = float(match[2])
    return found


def post(client: httpx.Client, epochs: int) -> str:
    """One arm of the tutorial with two seeds."""
    body = TUTORIAL.experiment.model_dump(mode="json")
    body |= {"arms": body["arms"][:1], "seeds": [5, 6], "training": {**body["training"], "epochs": epochs}}
    body["network"]["layers"][0]["units"] = 4096
    id: str = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    return id


def lines(log: Any) -> list[dict[str, Any]]:
    """The JSON lines of a process' log. What C++ writes is none."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def test_what_runs_is_seen_where_it_runs(client: httpx.Client, watched: Service) -> None:
    before = figures(client)
    id = post(client, 200_000)

    def training() -> Any:
        system = client.get("/api/system").raise_for_status().json()
        (run,) = [slot["run"] for worker in system["workers"] for slot in worker["slots"]]
        return run and run["epochs_done"] and system

    system = wait_until(training, "a slot trains")
    ((worker,), (slot,)) = system["workers"], system["workers"][0]["slots"]
    assert worker["process"] == watched.worker.pid
    assert slot["memory"] > 100_000_000, "it has imported TensorFlow"
    run = slot["run"]
    assert (run["experiment"], run["name"], run["arm"]) == (id, TUTORIAL.experiment.name, "baseline")
    assert run["seed"] in {5, 6}
    assert 0 < run["epochs_done"] <= run["epochs"] == 200_000
    assert system["queue"]["runs"] == 1
    assert system["queue"]["oldest_seconds"] > 0
    assert 0 < system["redis"]["used"] < system["redis"]["limit"]
    assert system["disk_free"] > 0
    assert system["api_memory"] > 10_000_000

    with client.stream("GET", f"/api/experiments/{id}/events") as events:
        chunks = events.iter_bytes()
        next(chunks)
        wait_until(lambda: figures(client)["lab_viewers"] == 1, "the viewer is counted")
    wait_until(lambda: figures(client)["lab_viewers"] == 0, "the viewer has left")
    wait_until(lambda: figures(client)["lab_epochs_recorded_total"] > 0, "epochs are recorded")
    now = figures(client)
    assert now['lab_runs{status="running"}'] == now['lab_runs{status="queued"}'] == 1
    assert now['lab_experiments{status="running"}'] == now["lab_slots"] == now["lab_slots_busy"] == 1
    assert now["lab_queue_age_seconds"] > 0
    assert now['lab_requests_total{status="2xx"}'] > before.get('lab_requests_total{status="2xx"}', 0)
    assert now["lab_viewers_evicted_total"] == now["lab_lease_expiries_total"] == 0

    client.post(f"/api/experiments/{id}/cancel")
    wait_until(lambda: figures(client)['lab_runs{status="running"}'] == 0, "nothing runs")
    client.get("/api/nothing")
    wait_until(lambda: figures(client)["lab_recorder_lag_events"] == 0, "the recorder is up to date")
    now = figures(client)
    assert now["lab_recorder_lag_seconds"] == now["lab_queue_age_seconds"] == 0
    assert now['lab_requests_total{status="4xx"}'] >= 1
    assert now["lab_epochs_recorded_total"] >= client.get(f"/api/experiments/{id}").json()["runs"][0]["epochs_done"]


def test_a_run_that_fails_shows_its_log(client: httpx.Client, watched: Service) -> None:
    network = {"layers": [{"kind": "flatten"}]}
    body = {"dataset": {"kind": "fashion_mnist"}, "split": {"train": 100}, "network": network, "seeds": [9]}
    id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    wait_until(lambda: client.get(f"/api/experiments/{id}").json()["status"] == "failed", "it fails")
    (run,) = client.get(f"/api/experiments/{id}").json()["runs"]
    log = "\n".join(run["log"])
    assert "Traceback (most recent call last):" in log
    assert 'File "training_task.py", line' in log
    assert "DataUnavailable" in log
    assert str(watched.data) not in log
    assert len(log.encode()) <= 8000
    stream = client.get(f"/api/experiments/{id}/events").text
    logged = re.findall(r"id: (.*)\nevent: (.*)\ndata: (.*)", stream)
    for event, name, data in logged:
        assert_described(event, name, json.loads(data))
    (failed_data,) = [json.loads(data) for _, name, data in logged if name == "run_failed"]
    assert failed_data["log"] == run["log"]
    assert logged[-1][1] == "experiment_failed"

    (failed,) = [line for line in lines(watched.worker.log) if line.get("experiment") == id and "traceback" in line]
    assert (failed["arm"], failed["seed"], failed["level"]) == ("baseline", 9, "ERROR")
    assert failed["fence"] > 0
    reads = [line for line in lines(watched.api.log) if line.get("experiment") == id and line.get("method") == "GET"]
    assert reads[0]["status"] == 200


def test_alive_is_not_ready(client: httpx.Client, watched: Service) -> None:
    assert client.get("/api/live").json()["status"] == "alive"
    watched.redis.kill()
    try:
        assert client.get("/api/live").status_code == 200
        assert client.get("/api/health").status_code == 503
        assert client.get("/api/system").status_code == 503
        assert figures(client)["lab_redis_up"] == 0
        body = TUTORIAL.experiment.model_dump(mode="json")
        assert client.post("/api/estimate", json=body).json()["runs"] == 4, "an estimate needs no Redis"
    finally:
        watched.restart_redis()
    watched.wait_healthy()
    assert figures(client)["lab_redis_up"] == 1

"""Real processes killed in the middle of a run: nothing is lost, nothing doubled, and the figures are the same."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from app.ledger import Ledger, connect
from tests.service import Service, gone, wait_until

EPOCHS = 60_000


def post(client: httpx.Client, **changes: Any) -> str:
    body = client.get("/api/presets/tutorial").json()["experiment"]
    body["arms"] = body["arms"][1:2]
    body["training"]["epochs"] = EPOCHS
    answer = client.post("/api/experiments", json=body | changes)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def run_of(client: httpx.Client, id: str) -> dict[str, Any]:
    run: dict[str, Any] = client.get(f"/api/experiments/{id}").json()["runs"][0]
    return run


def wait_for_epochs(client: httpx.Client, id: str, epochs: int) -> None:
    wait_until(lambda: run_of(client, id)["epochs_done"] >= epochs, f"{epochs} epochs are done", every=0.01)
    assert run_of(client, id)["status"] == "running", "the fault must come in the middle of the run"


def result(client: httpx.Client, id: str) -> tuple[Any, Any]:
    """The run's curves and final weights' norms, once it has finished."""
    wait_until(lambda: run_of(client, id)["status"] in {"finished", "failed"}, "the run has ended")
    run = run_of(client, id)
    assert run["status"] == "finished", run["error"]
    (curves,) = client.get(f"/api/experiments/{id}/curves").json()["runs"]
    assert curves["epoch"] == list(range(1, EPOCHS + 1))
    return curves, run["weights"]


def slot_of(service: Service) -> int | None:
    """Process id of the slot that trains, if any does."""
    client = connect(service.redis.url)
    try:
        for experiment in Ledger(client).experiments():
            owner: Any = client.hmget(f"lab:run:{experiment}:0", "owner", "status")
            if owner[1] == b"running":
                return int(owner[0].split(b"/")[-1])
    finally:
        client.close()
    return None


def kill(pid: int) -> None:
    """kill -9, and see it gone."""
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: gone(pid), "the process is dead")


def lease_over(service: Service, id: str) -> None:
    """Lets the run's lease end now. That one ends by itself is seen where a slot is killed once, or stopped."""
    with closing(connect(service.redis.url)) as client:
        client.zadd(f"lab:experiment:{id}:leased", {"0": 0}, xx=True)


def training_slot(service: Service) -> int:
    """Process id of the slot that trains."""
    slot = slot_of(service)
    assert slot is not None, "nothing is being trained"
    return slot


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("faulty"), {"LAB_CONCURRENCY": "2"})
    yield running
    running.stop()


def test_every_part_may_be_killed_in_the_middle_of_a_run(faulty: Service) -> None:
    with faulty.client() as client:
        expected = result(client, post(client))

        # A slot: another one takes the run over when its lease is over.
        id = post(client)
        wait_for_epochs(client, id, 1)
        slot = training_slot(faulty)
        kill(slot)
        assert result(client, id) == expected
        attempts = client.get(f"/api/experiments/{id}/events").text.count("event: run_started")
        assert attempts == 2

        # Redis: training goes on, and reports when it is back.
        id = post(client)
        wait_for_epochs(client, id, 1)
        slot = training_slot(faulty)
        faulty.redis.kill()
        assert client.get("/api/health").status_code == 503
        refused = client.post("/api/experiments", json=client.get("/api/presets/tutorial").json()["experiment"])
        assert refused.status_code == 503
        assert "retry-after" in refused.headers
        faulty.restart_redis()
        assert result(client, id) == expected
        assert not gone(slot)

        # The API: the run does not notice; what it logged meanwhile is recorded when the API is back.
        id = post(client)
        wait_for_epochs(client, id, 1)
        faulty.api.kill()
    faulty.api.start()
    faulty.wait_healthy()
    with faulty.client() as client:
        assert result(client, id) == expected

        # The whole worker, asked politely: its run waits where it stood.
        id = post(client)
        wait_for_epochs(client, id, 1)
        faulty.worker.stop()
        run = run_of(client, id)
        assert run["status"] == "queued"
        assert 0 < run["epochs_done"] < EPOCHS
        faulty.worker.start()
        assert result(client, id) == expected


def test_a_stopped_worker_that_goes_on_writes_nothing(faulty: Service) -> None:
    with faulty.client() as client:
        expected = result(client, post(client))
        id = post(client)
        wait_for_epochs(client, id, 1)
        zombie = training_slot(faulty)
        os.kill(zombie, signal.SIGSTOP)
        try:
            wait_until(lambda: slot_of(faulty) not in {None, zombie}, "another slot has the run")
        finally:
            os.kill(zombie, signal.SIGCONT)
        assert result(client, id) == expected


def test_a_run_that_kills_its_worker_is_given_up(faulty: Service) -> None:
    with faulty.client() as client:
        id = post(client, training={"epochs": 200_000})
        killed: set[int] = set()
        deadline = time.monotonic() + 150
        while run_of(client, id)["status"] != "failed":
            assert time.monotonic() < deadline
            slot = slot_of(faulty)
            if slot is not None and slot not in killed:
                kill(slot)
                lease_over(faulty, id)
                killed.add(slot)
        assert len(killed) == 3
        assert "died 3 times" in run_of(client, id)["error"]
        assert client.get(f"/api/experiments/{id}").json()["status"] == "failed"

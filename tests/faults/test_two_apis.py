"""Two APIs of one store: one has it, the other reads and takes over; and an API that is parted from Redis."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from launch import valkey
from tests.faults.lab import Lab
from tests.faults.report import Tell
from tests.postgres import Postgres
from tests.service import HTTP, Process, wait_until

READERS = 60


class Second:
    """Another API of a lab's store and Redis, on a port of its own."""

    def __init__(self, lab: Lab) -> None:
        port = valkey.free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {**lab.environment, "PORT": str(port)}
        self.process = Process("second", [sys.executable, "-m", "app"], environment, lab.directory)
        wait_until(lambda: self.ask("GET", "/api/live") == 200, "the second API answers")

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, timeout=30, trust_env=False, verify=HTTP, **given)

    def ask(self, method: str, path: str) -> int | None:
        """The status of an answer; None while nobody answers."""
        try:
            return self.request(method, path).status_code
        except httpx.HTTPError:
            return None


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Lab, Second]]:
    """A lab, and a second API of its store."""
    url = ""
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.database()
    lab = Lab(tmp_path, LAB_CONCURRENCY="1", DATABASE_URL=url)
    try:
        second = Second(lab)
        try:
            yield lab, second
        finally:
            second.process.stop()
    finally:
        lab.stop()


@pytest.mark.fault(18, "a second API of the same store; kill -9 of the first")
def test_the_second_reads_until_the_first_has_ended(pair: tuple[Lab, Second], seed: int, tell: Tell) -> None:
    lab, second = pair
    ended = lab.post(epochs=10)
    lab.result(ended)
    id, expected = lab.midway(1000 * seed)

    health = second.request("GET", "/api/health")
    assert health.status_code == 503
    assert f"belongs to another API, process {lab.api.pid}" in health.json()["store"]
    shown = second.request("GET", f"/api/experiments/{ended}").json()
    with lab.client() as client:
        assert client.get(f"/api/experiments/{ended}").json() == shown
        body = client.get("/api/presets/tutorial").json()["experiment"]
    refusal = second.request("POST", "/api/experiments", json=body)
    assert refusal.status_code == 503
    assert f"another one has the store: process {lab.api.pid}" in refusal.json()["detail"]
    assert second.ask("DELETE", f"/api/experiments/{ended}") == 503
    assert second.ask("GET", f"/api/experiments/{id}/events") == 503
    assert "experiment_finished" in second.request("GET", f"/api/experiments/{ended}/events").text
    assert second.request("POST", "/api/experiments/check", json=body).status_code == 200

    lab.api.kill()
    began = time.monotonic()
    wait_until(lambda: second.ask("GET", "/api/health") == 200, "the second takes over")
    tell("takes changes after", time.monotonic() - began, "s")
    posted = second.request("POST", "/api/experiments", json={**body, "training": {**body["training"], "epochs": 10}})
    assert posted.status_code == 201
    stream = second.request("GET", f"/api/experiments/{id}/events")
    assert "experiment_finished" in stream.text

    lab.api.start()
    wait_until(lambda: lab.health() == 503, "the first, started again, only reads")
    assert lab.result(id) == expected


def test_a_database_that_drops_its_sessions_leaves_one_owner(tmp_path: Path, postgres: Postgres) -> None:
    lab = Lab(tmp_path, LAB_CONCURRENCY="1", DATABASE_URL=postgres.database())
    second = Second(lab)
    try:
        for _ in range(3):
            postgres.disconnect()

            def owners() -> list[int | None]:
                for process in (lab.api, second.process):
                    if not process.alive:
                        process.start()  # as a process manager does
                return [lab.health(), second.ask("GET", "/api/health")]

            wait_until(lambda: sorted(map(str, owners())) == ["200", "503"], "one of them has the store")
    finally:
        second.process.stop()
        lab.stop()


@pytest.mark.fault(19, "Redis answers nothing, without closing a connection; 60 readers")
def test_readers_do_not_wait_for_a_redis_that_is_silent(lab: Lab, tell: Tell) -> None:
    id = lab.post(epochs=10)
    lab.result(id)
    os.kill(lab.redis.pid, signal.SIGSTOP)
    try:
        seconds: list[float] = []

        def read(path: str) -> None:
            began = time.monotonic()
            with lab.client() as client:
                client.get(path)
            seconds.append(time.monotonic() - began)

        paths = [f"/api/experiments/{id}", "/api/health", f"/api/experiments/{id}/curves?points=100"]
        readers = [threading.Thread(target=read, args=(paths[i % len(paths)],)) for i in range(READERS)]
        for each in readers:
            each.start()
        for each in readers:
            each.join()
        tell(f"{READERS} readers at once, slowest", max(seconds), "s")
        assert len(seconds) == READERS
        assert max(seconds) < 3
        began = time.monotonic()
        assert lab.health() == 503
        read(f"/api/experiments/{id}")
        tell("health and a read, later", time.monotonic() - began, "s")
        assert time.monotonic() - began < 2
    finally:
        os.kill(lab.redis.pid, signal.SIGCONT)
    wait_until(lambda: lab.health() == 200, "Redis is back")

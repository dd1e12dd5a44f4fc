"""Curves and report of an experiment as large as the limits allow: read by one, they hold up nobody else."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Final

import httpx
import numpy as np
import pytest

from app.recording import record_events
from app.store import Store
from core.runs.events import METRICS, Event
from tests.faults.report import FULL, Tell
from tests.service import Service

RUNS: Final = 64
EPOCHS: Final = 200_000
CHUNK: Final = 2000
GROWTH: Final = 100e6
"""Bytes that the API's memory may grow by."""
WAIT: Final = 0.25
"""Seconds that a neighbour may wait."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab without workers."""
    running = Service(tmp_path_factory.mktemp("large"), workers=0)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def experiment(lab: Service) -> str:
    """Id of a finished experiment, whose log was written by hand."""
    with lab.client() as client:
        body = client.get("/api/presets/tutorial").json()["experiment"]
        body |= {"arms": body["arms"][:1], "seeds": list(range(1, RUNS + 1))}
        body["training"]["epochs"] = EPOCHS
        id: str = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    store = Store(f"sqlite:///{lab.data / 'lab.sqlite3'}")
    rng = np.random.default_rng(1)
    figures = [rng.random((CHUNK, len(METRICS)), np.float32).tobytes() for _ in range(20)]
    for run in range(RUNS):
        number = itertools.count(run * 1000)
        events = [
            Event(f"1700000{next(number):06}-0", id, "epochs", run, {}, first, figures[(first // CHUNK + run) % 20])
            for first in range(1, EPOCHS, CHUNK)
        ]
        ended = {
            "epochs_done": EPOCHS,
            "weights": [],
            "train_score": 1,
            "test_score": 1,
            "train_loss": 0,
            "test_loss": 0,
            "seconds": 1.0,
        }
        events.append(Event(f"1700000{next(number):06}-0", id, "run_finished", run, ended))
        if run == RUNS - 1:
            events.append(Event(f"1700000{next(number):06}-0", id, "experiment_finished", None, {}))
        with store.engine.begin() as connection:
            record_events(connection, events, {})
    store.close()
    return id


class Neighbour(threading.Thread):
    """Asks again and again for something small; `longest` is what it waited at most, in seconds."""

    def __init__(self, lab: Service) -> None:
        super().__init__(daemon=True)
        self._lab = lab
        self._enough = threading.Event()
        self.longest = 0.0

    def run(self) -> None:
        with self._lab.client() as client:
            while not self._enough.wait(0.02):
                begun = time.perf_counter()
                client.get("/api/live").raise_for_status()
                self.longest = max(self.longest, time.perf_counter() - begun)

    def end(self) -> None:
        self._enough.set()
        self.join()


@pytest.mark.fault(17, "answers on an experiment as large as the limits allow")
@pytest.mark.parametrize(
    "path",
    [
        "curves?points=500",
        "curves?points=2000&format=binary",
        "curves",
        "curves?format=binary",
        "export/curves.json",
        "export/report.html",
        "verdict",
        "events",
    ],
)
def test_a_large_answer_takes_little_memory_and_holds_up_nobody(
    lab: Service, experiment: str, tell: Tell, path: str
) -> None:
    whole = path in {"curves", "curves?format=binary", "export/curves.json", "events"}
    with lab.client() as client:
        client.get(f"/api/experiments/{experiment}/export/runs.csv").raise_for_status()  # imports what it needs
        lab.api.forget_highest()
        before, neighbour = lab.api.memory(), Neighbour(lab)
        neighbour.start()
        length = 0
        with client.stream("GET", f"/api/experiments/{experiment}/{path}", timeout=300) as answer:
            assert answer.status_code == 200
            for part in answer.iter_bytes():
                length += len(part)
                if length > 60e6 and not FULL:
                    break  # so much tells of the rest
        neighbour.end()
    growth = lab.api.memory("VmHWM") - before
    tell("memory", growth / 1e6, "MB more")
    tell("longest wait of a neighbour", neighbour.longest, "s")
    if whole:
        assert length > (RUNS * EPOCHS * 16 if FULL else 60e6)
    assert growth < GROWTH
    if FULL:
        assert neighbour.longest < WAIT
    assert httpx.get(f"{lab.url}/api/live", trust_env=False).status_code == 200

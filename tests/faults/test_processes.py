"""Workers, Redis and the API killed, stopped and cut off: nothing is lost or doubled, and figures are the same."""

from __future__ import annotations

import os
import random
import signal
import threading
import time

import httpx
import numpy as np
import pytest

from core.ledger import Claim
from core.task_queue import TASK_NAME, celery_app
from tests.faults.lab import EPOCHS, Event, Lab, kill, seconds_until
from tests.faults.report import FULL, Tell
from tests.service import PATIENCE, gone, wait_until

FULL_ONLY = pytest.mark.skipif(not FULL, reason="`make faults` tries it")
RESUME_SECONDS = 15
STORM = (200_000, 8, 1500)
"""Epochs, runs and hidden units of the experiment that everything is killed under: one and a half minutes of training.

Ten deaths cost about 45 s however long it is: leases of 10 s, and TensorFlow's import in new slots.
"""


@pytest.mark.fault(1, "kill -9 of a pool child")
def test_a_killed_slot(lab: Lab, seed: int, tell: Tell) -> None:
    id, expected = lab.midway(1000 * seed)
    slot = lab.slot()
    kill(slot)
    took = seconds_until(lambda: set(lab.holders().values()) - {slot}, "it goes on")
    tell("goes on after", took, "s")
    assert took < (RESUME_SECONDS if FULL else PATIENCE)
    assert lab.result(id) == expected
    assert lab.attempts(id) == 2


@pytest.mark.fault(1, "kill -9 of the whole worker")
@FULL_ONLY
def test_a_killed_worker(lab: Lab, seed: int, tell: Tell) -> None:
    id, expected = lab.midway(1000 * seed)
    slot = lab.slot()
    lab.kill_worker()
    lab.worker.start()
    took = seconds_until(lambda: set(lab.holders().values()) - {slot}, "it goes on")
    tell("goes on after", took, "s")
    assert took < (RESUME_SECONDS if FULL else PATIENCE)
    assert lab.result(id) == expected


@pytest.mark.fault(2, "ten workers and three Redis killed during 8 runs")
@pytest.mark.timeout(600)
@FULL_ONLY
def test_a_storm(lab: Lab, seed: int, tell: Tell) -> None:
    drawn = random.Random(seed)
    expected, ideal = lab.ideal(*STORM)
    began = time.monotonic()
    id = lab.post(*STORM)
    faults = ["slot"] * 8 + ["worker"] * 2 + ["redis"] * 3
    drawn.shuffle(faults)
    for fault in faults:

        def done() -> int:
            return sum(run["epochs_done"] for run in lab.runs(id))

        aim = done() + drawn.randrange(1, STORM[0] // 10)
        wait_until(lambda aim=aim, done=done: done() >= aim, "the runs are far enough", every=0.01)  # type: ignore[misc]
        if fault == "redis":
            lab.redis.kill()
            lab.restart_redis()
            continue

        # The third death of one run would end it, by design.
        def victims(all_at_once: bool = fault == "worker") -> list[int]:
            holders = lab.holders()
            fresh = [slot for run, slot in holders.items() if not gone(slot) and lab.deaths(*run) < 2]
            return [] if all_at_once and len(fresh) < len(holders) else fresh

        slots = wait_until(victims, "somebody can be killed", 240)
        if fault == "slot":
            kill(drawn.choice(slots))
        else:
            lab.kill_worker()
            lab.worker.start()
    assert lab.result(id) == expected
    took = time.monotonic() - began
    tell("took", took, "s")
    tell("without a fault", ideal, "s")
    assert took < 2 * ideal


def outage(lab: Lab, tell: Tell, cut: list[tuple[float, float]]) -> None:
    """Cuts Redis off while a run trains; each cut has how long Redis is away, and how long it is there then."""
    id, expected = lab.midway()
    slot, done = lab.slot(), 0
    clock = threading.Event()
    for away, there in cut:
        lab.proxy.cut()
        clock.wait(away)
        done = lab.runs(id)[0]["epochs_done"]
        lab.proxy.mend()
        clock.wait(there)
    live = seconds_until(lambda: lab.runs(id)[0]["epochs_done"] > done, "it is live again")
    tell("live again after", live, "s")
    another = lab.post(epochs=100)
    started = seconds_until(lambda: lab.runs(another)[0]["status"] != "queued", "the next job starts")
    tell("next job starts after", started, "s")
    assert lab.result(id) == expected
    assert lab.attempts(id) == 1, "training was begun again"
    assert not gone(slot)
    lab.result(another)
    assert live < 10
    assert started < 15


@pytest.mark.fault(3, "Redis away for 30 s")
def test_redis_away(lab: Lab, seed: int, tell: Tell) -> None:
    outage(lab, tell, [(30 if FULL else 12, 0)])  # a lease is over after 10


@pytest.mark.fault(3, "Redis away eight times in 10 s")
@FULL_ONLY
def test_redis_flaps(lab: Lab, seed: int, tell: Tell) -> None:
    drawn = random.Random(seed)
    outage(lab, tell, [(drawn.uniform(0.2, 1.0), drawn.uniform(0.2, 0.5)) for _ in range(8)])


@pytest.mark.fault(3, "kill -9 of Redis")
def test_a_killed_redis(lab: Lab, seed: int, tell: Tell) -> None:
    id, expected = lab.midway(1000 * seed)
    slot = lab.slot()
    body = lab.ask("GET", "/presets/tutorial")["experiment"]
    lab.redis.kill()
    with lab.client() as client:
        assert client.get("/api/health").status_code == 503
        refused = client.post("/api/experiments", json=body)
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    lab.restart_redis()
    assert lab.result(id) == expected
    assert not gone(slot)


@pytest.mark.fault(4, "kill -9 of the API while one watches")
def test_a_killed_api(lab: Lab, seed: int, tell: Tell) -> None:
    expected = lab.expected()
    id = lab.post()
    seen: list[Event] = []
    cuts = random.Random(seed).sample(range(3, 40), 2 if not FULL else 5)
    while not seen or not seen[-1][1].startswith("experiment_finished"):
        try:
            for event in lab.watch(id, seen[-1][0] if seen else "0-0"):
                seen.append(event)
                if cuts and len(seen) >= min(cuts):
                    cuts.remove(min(cuts))
                    lab.api.kill()
                    lab.api.start()
                    tell("answers again after", seconds_until(lambda: lab.health() == 200, "the API is back"), "s")
                    break
        except httpx.HTTPError:
            continue
    epochs = [epoch for _, name, data in seen if name == "epochs" for epoch in data["epoch"]]
    assert epochs == list(range(1, EPOCHS + 1)), "the resumed stream has a gap, or something twice"
    assert [id for id, _, _ in seen] == [id for id, _, _ in lab.events(id)]
    assert lab.result(id) == expected


@pytest.mark.fault(5, "the same message five times")
def test_a_repeated_message(lab: Lab, seed: int, tell: Tell) -> None:
    expected = lab.expected()
    id = lab.post()
    celery = celery_app()
    with celery.connection_for_write(lab.redis.url) as connection:
        for _ in range(5):
            celery.send_task(TASK_NAME, args=[id], connection=connection)
    assert lab.result(id) == expected
    assert lab.attempts(id) == 1
    tell("executed", lab.attempts(id), "time")


@pytest.mark.fault(6, "SIGSTOP beyond the lease, then SIGCONT")
def test_a_stopped_slot_that_goes_on(lab: Lab, seed: int, tell: Tell) -> None:
    id, expected = lab.midway(1000 * seed)
    zombie = lab.slot()
    with lab.ledger() as ledger:
        (held,) = ledger.held()
    late = Claim(id, 0, held.fence, held.epochs_done, 0.0)
    os.kill(zombie, signal.SIGSTOP)
    try:
        taken = seconds_until(lambda: set(lab.holders().values()) - {zombie}, "another slot has the run")
        # All that it may be about to say, at the very places where the log would take it.
        with lab.ledger() as ledger:
            (now,) = ledger.held()
            chunk = np.ones((10, 4), np.float32).tobytes()
            for first in range(now.epochs_done - 500, now.epochs_done + 500, 10):
                assert ledger.append(late, first, first + 9, chunk, 1.0, b"its checkpoint") == "fenced"
            assert ledger.renew(late) == "fenced"
            assert not ledger.release(late, b"its checkpoint")
            assert not ledger.finish(late, "failed", {"error": "too late"})
    finally:
        os.kill(zombie, signal.SIGCONT)
    tell("taken over after", taken, "s")
    assert lab.result(id) == expected
    wait_until(lambda: f"run 0 of {id} has another worker now" in lab.worker.log.read_text(), "it has noticed")
    assert lab.attempts(id) == 2


@pytest.mark.fault(7, "a run whose worker dies each time")
def test_a_poisoned_run(lab: Lab, seed: int, tell: Tell) -> None:
    id = lab.post(epochs=200_000 if FULL else 120_000, repeats=2)
    killed: set[int] = set()

    def failed() -> bool:
        slot = lab.holders().get((id, 0))
        if slot is not None and slot not in killed and not gone(slot):
            kill(slot)
            killed.add(slot)
            if not FULL:
                lab.lease_over(id)
        return bool(lab.runs(id)[0]["status"] == "failed")

    wait_until(failed, "the run is given up", 170)
    assert len(killed) == 3
    assert "died 3 times" in lab.runs(id)[0]["error"]
    wait_until(lambda: lab.runs(id)[1]["status"] == "finished", "the other run has finished")
    assert lab.ask("GET", f"/experiments/{id}")["status"] == "failed"
    tell("attempts", len(killed), "")


@pytest.mark.fault(8, "cancel while it runs")
def test_cancel_of_what_runs(lab: Lab, seed: int, tell: Tell) -> None:
    took = []
    for _ in range(20 if FULL else 4):
        id = lab.post(epochs=200_000)
        lab.wait_for(id)
        began = time.monotonic()
        lab.ask("POST", f"/experiments/{id}/cancel")
        wait_until(lambda id=id: lab.runs(id)[0]["status"] == "cancelled", "it is cancelled", every=0.005)  # type: ignore[misc]
        took.append(time.monotonic() - began)
    tell("longest", max(took), "s")
    assert max(took) < (1 if FULL else 3)


@pytest.mark.fault(8, "cancel while it waits, then restart everything")
@FULL_ONLY
def test_cancel_of_what_waits(lab: Lab, seed: int, tell: Tell) -> None:
    lab.worker.stop()
    id = lab.post()
    lab.ask("POST", f"/experiments/{id}/cancel")
    lab.restart_all()
    lab.result(lab.post(epochs=100))
    assert lab.runs(id)[0]["status"] == "cancelled"
    assert lab.attempts(id) == 0


@pytest.mark.fault(9, "pause, restart everything, resume")
def test_pause_over_a_restart(lab: Lab, seed: int, tell: Tell) -> None:
    id, expected = lab.midway(1000 * seed)
    lab.ask("POST", f"/experiments/{id}/pause")
    wait_until(lambda: lab.runs(id)[0]["status"] == "paused", "it is paused")
    done = lab.runs(id)[0]["epochs_done"]
    assert 0 < done < EPOCHS
    lab.restart_all()
    lab.ask("POST", f"/experiments/{id}/resume")
    assert lab.result(id) == expected
    tell("paused at epoch", done, "")


@pytest.mark.fault(10, "SIGTERM to the worker")
def test_a_worker_told_to_end(lab: Lab, seed: int, tell: Tell) -> None:
    id, expected = lab.midway(1000 * seed)
    began = time.monotonic()
    lab.worker.send(signal.SIGTERM)
    wait_until(lambda: not lab.worker.alive, "the worker has ended", 15)
    tell("ended after", time.monotonic() - began, "s")
    run = lab.runs(id)[0]
    assert run["status"] == "queued"
    assert 0 < run["epochs_done"] < EPOCHS
    with lab.ledger() as ledger:
        assert ledger.client.hexists(f"lab:run:{id}:0", "checkpoint")
    lab.worker.start()
    assert lab.result(id) == expected

"""Dispatch on a real store and a Valkey of its own: experiments that are submitted, forgotten and woken for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.attachment import Attachment
from app.dispatch import Dispatcher
from app.presets import TUTORIAL
from app.store import Store
from app.stored import StoredExperiment
from app.tables import experiments
from core.experiment.experiment import resolve
from core.ledger import Ledger, connect
from core.runs.events import METRICS, Event
from core.task_queue import TASK_NAME, queued_wake_ups, taken, wake_up_queue
from launch import valkey

ARMS = resolve(TUTORIAL.experiment)
RUNS = len(ARMS) * len(TUTORIAL.experiment.seeds)


class FakeCelery:
    """Enqueues what it is sent as Celery does, without its message format."""

    def __init__(self, ledger: Ledger) -> None:
        self._client = ledger.client

    def send_task(self, name: str, args: list[str], retry: bool) -> None:
        assert name == TASK_NAME
        assert not retry
        self._client.rpush(wake_up_queue(), args[0])


class Parts:
    """Store, ledger and dispatcher."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self.store, self.ledger = store, ledger
        self.dispatcher = Dispatcher(
            store, ledger, cast(Any, FakeCelery(ledger)), Attachment(store, ledger, "a lab of tests")
        )

    def add(self) -> str:
        """Stores an experiment."""
        return self.store.add(TUTORIAL.experiment, None)[0]

    def get(self, id: str) -> StoredExperiment:
        stored = self.store.get(id)
        assert stored is not None
        return stored

    def submit(self, id: str) -> None:
        self.dispatcher.submit(self.get(id), ARMS)

    def wake_ups(self) -> list[str]:
        """Empties the queue; returns the experiments that workers were woken for, in order."""
        found = [str(id, "utf-8") for id in cast(Any, self.ledger.client).lrange(wake_up_queue(), 0, -1)]
        assert len(found) == queued_wake_ups(self.ledger.client)
        self.ledger.client.delete(wake_up_queue())
        return found


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    with valkey.start(tmp_path / "valkey") as server:
        ledger = Ledger(connect(server.url))
        yield Parts(store, ledger)
        ledger.client.close()
    store.close()


def test_an_experiment_is_submitted_with_a_run_for_each_arm_and_seed(parts: Parts) -> None:
    id = parts.add()
    parts.submit(id)
    assert parts.ledger.spec(id) == {
        "experiment": TUTORIAL.experiment.model_dump(mode="json"),
        "earlier_looks": [],
    }
    programs = [parts.ledger.client.hget(f"lab:run:{id}:{run}", "program") for run in range(RUNS)]
    assert programs == [arm.program().encode() for arm in ARMS for _ in TUTORIAL.experiment.seeds]
    assert parts.ledger.client.exists(f"lab:run:{id}:{RUNS}") == 0


@pytest.mark.parametrize(("slots", "expected"), [(0, 1), (2, 2), (RUNS + 3, RUNS)])
def test_as_many_workers_are_woken_as_have_something_to_do(parts: Parts, slots: int, expected: int) -> None:
    for number in range(slots):
        parts.ledger.heartbeat(f"host/1/{number}")
    id = parts.add()
    parts.submit(id)
    assert parts.wake_ups() == [id] * expected


def test_wake_ups_do_not_pile_up_while_nobody_takes_them(parts: Parts) -> None:
    for number in range(2):
        parts.ledger.heartbeat(f"host/1/{number}")
    id, other = parts.add(), parts.add()
    parts.submit(id)
    for _ in range(5):
        parts.dispatcher.pause(id)
        parts.dispatcher.resume(parts.get(id))
        parts.dispatcher.reconcile()
    parts.submit(other)
    client = parts.ledger.client
    assert [each.decode() for each in cast(Any, client).lrange(wake_up_queue(), 0, -1)] == [id, id, other, other]
    client.lpop(wake_up_queue())
    taken(client, id)
    parts.dispatcher.wake_workers(id, RUNS)
    assert sorted(parts.wake_ups()) == sorted([id, id, other, other]), "one was taken, and one more is on its way"
    parts.dispatcher.wake_workers(id, RUNS)
    assert parts.wake_ups() == [id, id], "those that were lost don't count"


def test_runs_that_wait_beside_a_free_slot_are_noticed(parts: Parts) -> None:
    id = parts.add()
    parts.dispatcher.reconcile()
    assert parts.dispatcher.stalled_seconds == 0, "no slot is there"
    parts.ledger.heartbeat("host/1/2")
    parts.dispatcher.reconcile()
    first = parts.dispatcher.stalled_seconds
    parts.dispatcher.reconcile()
    assert parts.dispatcher.stalled_seconds > first > 0
    assert parts.ledger.claim(id, "host/1/2", []) is not None
    parts.dispatcher.reconcile()
    assert parts.dispatcher.stalled_seconds == 0, "the slot trains"


@pytest.fixture
def extended(parts: Parts) -> str:
    """An experiment that has finished but for its last run, which failed, and was extended by a seed."""
    id = parts.add()
    parts.dispatcher.reconcile()
    while (claim := parts.ledger.claim(id, "host/1/2", [])) is not None:
        status: Any = "failed" if claim.run == RUNS - 1 else "finished"
        parts.ledger.finish(claim, status, {})
    parts.store.record([ended(id, f"5-{run}", run) for run in range(RUNS - 1)])
    parts.store.record([Event("6-0", id, "run_failed", RUNS - 1, {"error": "It broke"})])
    parts.store.record([Event("7-0", id, "experiment_failed")])
    assert parts.store.extend(parts.get(id), [7])
    parts.wake_ups()
    return id


def ended(id: str, event: str, run: int) -> Event:
    data = {"epochs_done": 1, "seconds": 0.5, "weights": [], **dict.fromkeys(METRICS, 0.5)}
    return Event(event, id, "run_finished", run, data)


@pytest.mark.parametrize("forgotten", [False, True])
def test_after_a_crash_between_store_and_ledger_only_the_added_runs_are_submitted(
    parts: Parts, extended: str, forgotten: bool
) -> None:
    """The ledger may still have the experiment at its earlier look, ended, or not any more."""
    if forgotten:
        parts.ledger.forget(extended, RUNS)
    parts.dispatcher.reconcile()
    assert set(parts.wake_ups()) == {extended}
    assert parts.ledger.opening(extended) == 2
    body = parts.get(extended).experiment
    assert parts.ledger.spec(extended) == {"experiment": body.model_dump(mode="json"), "earlier_looks": [1]}
    claims = [parts.ledger.claim(extended, "host/1/2", []) for _ in ARMS]
    assert sorted(claim.run for claim in claims if claim) == list(range(RUNS, RUNS + len(ARMS)))
    assert parts.ledger.claim(extended, "host/1/2", []) is None
    parts.dispatcher.reconcile()
    assert parts.ledger.opening(extended) == 2
    assert len(parts.ledger.held()) == len(ARMS), "what is open already is left alone"
    for claim in claims:
        assert claim is not None
        assert parts.ledger.finish(claim, "finished", {})
    (_, last), *_ = cast(Any, parts.ledger.client).xrevrange(parts.ledger.log_key, count=1)
    assert last[b"event"] == b"experiment_failed", "a run of the earlier look failed"


def test_an_extended_experiment_is_paused_cancelled_and_forgotten_as_any(parts: Parts, extended: str) -> None:
    parts.dispatcher.reconcile()
    assert parts.ledger.pause(extended)
    assert parts.ledger.claim(extended, "host/1/2", []) is None
    assert parts.ledger.resume(extended)
    assert parts.ledger.claim(extended, "host/1/2", []) is not None
    assert parts.ledger.cancel(extended)
    parts.store.record([Event("9-0", extended, "experiment_cancelled")])
    parts.dispatcher.reconcile()
    assert parts.ledger.client.keys(f"*{extended}*") == []


def test_after_redis_lost_all_runs_that_have_ended_are_not_trained_again(parts: Parts) -> None:
    id = parts.add()
    parts.store.record([ended(id, "5-0", 0), Event("5-1", id, "run_cancelled", 1)])
    parts.dispatcher.reconcile()
    claims = [parts.ledger.claim(id, "host/1/2", []) for _ in range(RUNS)]
    assert sorted(claim.run for claim in claims if claim) == list(range(2, RUNS))


def test_an_experiment_whose_end_alone_was_lost_is_closed(parts: Parts) -> None:
    id = parts.add()
    parts.store.record([ended(id, f"5-{run}", run) for run in range(RUNS)])
    parts.dispatcher.reconcile()
    (_, last), *_ = cast(Any, parts.ledger.client).xrevrange(parts.ledger.log_key, count=1)
    assert (last[b"event"], last[b"experiment"]) == (b"experiment_finished", id.encode())
    assert parts.wake_ups() == []


def test_an_experiment_that_is_stored_and_not_submitted_is_submitted(parts: Parts) -> None:
    id = parts.add()
    parts.dispatcher.reconcile()
    assert parts.ledger.experiments() == {id}
    assert parts.wake_ups() == [id]


@pytest.mark.parametrize("removed", [False, True], ids=["ended", "removed"])
def test_an_experiment_that_has_ended_or_is_removed_is_forgotten(parts: Parts, removed: bool) -> None:
    id, other = parts.add(), parts.add()
    parts.dispatcher.reconcile()
    if removed:
        parts.store.remove(id)
    else:
        parts.store.record([Event("1-0", id, "experiment_cancelled")])
    parts.dispatcher.reconcile()
    assert parts.ledger.experiments() == {other}
    if not removed:
        assert parts.ledger.client.keys(f"*{id}*") == []


def test_every_experiment_that_waits_is_woken_for_while_the_queue_is_empty_and_only_then(parts: Parts) -> None:
    ids = {parts.add(), parts.add()}
    parts.dispatcher.reconcile()
    parts.dispatcher.reconcile()
    first, second = parts.wake_ups()
    assert {first, second} == ids
    parts.dispatcher.reconcile()  # after the queue was lost
    parts.dispatcher.reconcile()
    first, second = parts.wake_ups()
    assert {first, second} == ids


def test_a_dead_workers_run_waits_again_and_a_paused_experiment_wakes_nobody(parts: Parts) -> None:
    id = parts.add()
    parts.dispatcher.reconcile()
    claims = [parts.ledger.claim(id, "host/1/2", []) for _ in range(RUNS)]
    parts.wake_ups()
    parts.dispatcher.reconcile()
    assert parts.wake_ups() == [], "every run is held"
    assert claims[0] is not None
    parts.ledger.client.zadd(f"lab:experiment:{id}:leased", {str(claims[0].run): 1})
    parts.dispatcher.reconcile()
    assert parts.wake_ups() == [id]
    parts.ledger.pause(id)
    parts.dispatcher.reconcile()
    assert parts.wake_ups() == []


def test_an_experiment_that_cannot_be_read_stops_no_other(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    damaged, ended_one, waiting = parts.add(), parts.add(), parts.add()
    parts.submit(ended_one)
    with parts.store.engine.begin() as connection:
        for id, body in [(damaged, "{}"), (ended_one, "not JSON")]:
            connection.execute(experiments.update().where(experiments.c.id == id).values(body=body))
        one = experiments.c.id == ended_one
        connection.execute(experiments.update().where(one).values(status="finished"))
    parts.wake_ups()
    for _ in range(2):
        parts.dispatcher.reconcile()
    assert parts.ledger.experiments() == {waiting}
    assert parts.wake_ups() == [waiting]
    told = [record for record in caplog.records if damaged in record.message]
    assert len(told) == 1, "it is told once"

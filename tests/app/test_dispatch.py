"""Dispatch on a real store and a Valkey of its own: experiments that are submitted, forgotten and woken for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.dispatch import Dispatcher
from app.presets import TUTORIAL
from app.store import Store
from core.experiment.experiment import resolve
from core.ledger import Ledger, connect
from core.runs.events import Event
from core.task_queue import QUEUE, TASK_NAME, queued_wake_ups
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
        self._client.rpush(QUEUE, args[0])


class Parts:
    """Store, ledger and dispatcher."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self.store, self.ledger = store, ledger
        self.dispatcher = Dispatcher(store, ledger, cast(Any, FakeCelery(ledger)))

    def add(self) -> str:
        """Stores an experiment."""
        return self.store.add(TUTORIAL.experiment, None)[0]

    def wake_ups(self) -> list[str]:
        """Empties the queue; returns the experiments that workers were woken for, in order."""
        found = [str(id, "utf-8") for id in cast(Any, self.ledger.client).lrange(QUEUE, 0, -1)]
        assert len(found) == queued_wake_ups(self.ledger.client)
        self.ledger.client.delete(QUEUE)
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
    parts.dispatcher.submit(id, TUTORIAL.experiment, ARMS)
    assert parts.ledger.spec(id) == {"experiment": TUTORIAL.experiment.model_dump(mode="json")}
    programs = [parts.ledger.client.hget(f"lab:run:{id}:{run}", "program") for run in range(RUNS)]
    assert programs == [arm.program().encode() for arm in ARMS for _ in TUTORIAL.experiment.seeds]
    assert parts.ledger.client.exists(f"lab:run:{id}:{RUNS}") == 0


@pytest.mark.parametrize(("slots", "expected"), [(0, 1), (2, 2), (RUNS + 3, RUNS)])
def test_as_many_workers_are_woken_as_have_something_to_do(parts: Parts, slots: int, expected: int) -> None:
    for number in range(slots):
        parts.ledger.heartbeat(f"host/1/{number}")
    id = parts.add()
    parts.dispatcher.submit(id, TUTORIAL.experiment, ARMS)
    assert parts.wake_ups() == [id] * expected


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

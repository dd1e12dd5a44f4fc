"""Postponements on a real Valkey."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from core.ledger import Ledger, connect
from core.postponements import LONGEST_SECONDS, Postponements

WORKER = "postponing/1"


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Ledger]:
    with connect(redis_url) as client:
        opened = Ledger(client)
        opened.attach("a store", "a lab", "0-0")
        opened.heartbeat(f"{WORKER}/1")
        yield opened
        opened.leave(f"{WORKER}/1")


@pytest.fixture
def postponements(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Postponements:
    """Postponements whose time is `now`."""
    opened = Postponements(ledger)
    monkeypatch.setattr(opened, "_now", lambda: Clock.now)
    Clock.now = 1000.0
    return opened


class Clock:
    now = 1000.0


def test_each_time_it_is_longer_to_a_minute_at_most(postponements: Postponements) -> None:
    experiment, waits = uuid.uuid4().hex, []
    for _ in range(8):
        assert postponements.is_due(experiment, WORKER)
        waits.append(postponements.add(experiment, WORKER, "The API is away"))
        assert not postponements.is_due(experiment, WORKER)
        assert postponements.is_due(experiment, "other/1")
        assert postponements.is_due(uuid.uuid4().hex, WORKER)
        Clock.now += waits[-1]
    assert waits == [2, 4, 8, 16, 32, LONGEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]
    postponements.end(experiment, WORKER)
    assert postponements.reasons(experiment) == []
    assert postponements.add(experiment, WORKER, "Again") == 2


def test_slots_that_fail_together_count_once(postponements: Postponements) -> None:
    experiment = uuid.uuid4().hex
    assert [postponements.add(experiment, WORKER, "Away") for _ in range(3)] == [2, 2, 2]
    Clock.now += 2
    assert postponements.add(experiment, WORKER, "Away") == 4


def test_reasons_are_those_of_workers_that_live(postponements: Postponements, ledger: Ledger) -> None:
    experiment = uuid.uuid4().hex
    assert postponements.reasons(experiment) == []
    postponements.add(experiment, "gone/1", "A worker that is gone")
    postponements.add(experiment, WORKER, "The API is away")
    ledger.heartbeat("postponing/2/1")
    postponements.add(experiment, "postponing/2", "The API is away")
    assert postponements.reasons(experiment) == ["The API is away"]
    ledger.leave("postponing/2/1")


def test_a_removed_experiment_takes_its_postponements_along(postponements: Postponements, ledger: Ledger) -> None:
    experiment = uuid.uuid4().hex
    assert ledger.submit(experiment, {}, ["p"])
    postponements.add(experiment, WORKER, "The API is away")
    ledger.forget(experiment, 1)
    assert ledger.client.keys(f"*{experiment}*") == []

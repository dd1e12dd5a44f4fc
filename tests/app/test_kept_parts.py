"""Kept outputs and weights in the store: once for each run, bounded, and gone with their experiment."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app import kept_parts
from app.failure import Failure
from app.presets import TUTORIAL
from app.store import Store
from app.tables import kept_parts as table
from core.runs.events import METRICS, Event
from core.runs.kept import KEPT, KeptPart


def ended(experiment: str, id: str, run: int = 0) -> Event:
    data = {"epochs_done": 1, **dict.fromkeys(METRICS, 0.5), "seconds": 1.0, "weights": []}
    return Event(id, experiment, "run_finished", run, data)


def part(store: Store, experiment: str, run: int = 0, name: KeptPart = "weights") -> bytes:
    stored = store.get(experiment)
    assert stored is not None
    return kept_parts.kept_part(store.engine, stored, run, name)


def rows(store: Store) -> int:
    with store.engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def test_parts_are_recorded_with_the_event_and_once(store: Store) -> None:
    id, _ = store.add(TUTORIAL.experiment, None)
    with pytest.raises(Failure, match="queued") as early:
        part(store, id)
    assert early.value.status == 409
    first, again = ended(id, "5-0"), ended(id, "6-0")
    store.record([first], {"5-0": {"outputs": b"o", "weights": b"w"}})
    store.record([first], {"5-0": {"outputs": b"x", "weights": b"x"}})  # recorded already
    assert (part(store, id), part(store, id, name="outputs")) == (b"w", b"o")
    store.record([again], {"6-0": {"outputs": b"o", "weights": b"w"}})  # after Redis lost its last second
    assert (rows(store), part(store, id)) == (2, b"w")
    store.record([ended("gone", "7-0")], {"7-0": {"weights": b"w"}})
    assert rows(store) == 2
    store.remove(id)
    assert rows(store) == 0


def test_a_run_without_parts_says_why(store: Store) -> None:
    id, _ = store.add(TUTORIAL.experiment, None)
    store.record([ended(id, "5-0")])
    for name in KEPT:
        with pytest.raises(Failure, match=r"earlier version.*Run the experiment again") as refused:
            part(store, id, name=name)
        assert refused.value.status == 410


def test_old_large_parts_make_room_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_parts, "LARGE", 100)
    id, _ = store.add(TUTORIAL.experiment, None)
    for run, size in enumerate((10, 200, 300)):
        store.record([ended(id, f"{5 + run}-0", run)], {f"{5 + run}-0": {"weights": b"w" * size}})
    with store.engine.begin() as connection:
        kept_parts.make_room(connection, 510)
    assert [len(part(store, id, run)) for run in range(3)] == [10, 200, 300]
    with store.engine.begin() as connection:
        kept_parts.make_room(connection, 509)
    with pytest.raises(Failure, match=r"make room.*LAB_KEPT_LIMIT"):
        part(store, id, 1)
    assert [len(part(store, id, run)) for run in (0, 2)] == [10, 300]
    with store.engine.begin() as connection:
        kept_parts.make_room(connection, 9)
    for run in range(3):
        with pytest.raises(Failure, match="make room"):
            part(store, id, run)

"""The recorder on a real SQLite file: pending events reach the store, whole and in order, and only then are trimmed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from sqlalchemy.exc import OperationalError

from app import recorder as module
from app.presets import TUTORIAL
from app.recorder import BATCH, PENDING_LIMIT, Recorder
from app.store import Store
from core.runs.events import METRICS, Event
from tests.service import until


class FakeLedger:
    """The ledger's end of the stream, and a record of what was trimmed."""

    def __init__(self) -> None:
        self.last = "0-0"
        self.away = False
        self.trimmed: list[str] = []

    def last_event(self) -> str:
        if self.away:
            raise redis.ConnectionError("refused")
        return self.last

    def trim(self, recorded: str) -> None:
        self.trimmed.append(recorded)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def recorder(store: Store, ledger: FakeLedger) -> Recorder:
    return Recorder(store, cast(Any, ledger))


@pytest.fixture
def id(store: Store) -> str:
    return store.add(TUTORIAL.experiment, None)[0]


def epoch(id: str, number: int) -> Event:
    return Event(f"{number}-0", id, "epochs", 0, {}, number, bytes(4 * len(METRICS)))


def test_pending_events_are_recorded_in_batches_and_then_trimmed(
    recorder: Recorder, store: Store, ledger: FakeLedger, id: str
) -> None:
    for number in range(1, BATCH + 11):
        recorder.add(epoch(id, number))
    assert len(recorder.pending(id)) == BATCH + 10
    assert recorder.pending("another") == []
    asyncio.run(recorder.record())
    assert [event.first_epoch for event in store.events(id)] == list(range(1, BATCH + 11))
    assert ledger.trimmed == [f"{BATCH}-0", f"{BATCH + 10}-0"]
    assert recorder.epochs == BATCH + 10
    assert recorder.pending(id) == []


def test_a_backlog_waits_for_the_imports_of_the_first_requests_and_few_events_do_not(
    store: Store, ledger: FakeLedger, id: str
) -> None:
    warm = threading.Event()
    recorder = Recorder(store, cast(Any, ledger), warm)

    async def scenario() -> None:
        recorder.add(epoch(id, 1))
        await recorder.record()
        for number in range(2, BATCH + 2):
            recorder.add(epoch(id, number))
        recording = asyncio.create_task(recorder.record())
        done, _ = await asyncio.wait([recording], timeout=0.2)
        assert not done
        assert ledger.trimmed == ["1-0"]
        warm.set()
        await recording

    asyncio.run(scenario())
    assert ledger.trimmed == ["1-0", f"{BATCH + 1}-0"]


def test_events_stay_pending_where_the_store_fails(
    recorder: Recorder, store: Store, ledger: FakeLedger, id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.add(epoch(id, 1))

    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    with monkeypatch.context() as patched:
        patched.setattr(store, "record", fail)
        with pytest.raises(OperationalError):
            asyncio.run(recorder.record())
    assert [event.first_epoch for event in recorder.pending(id)] == [1]
    assert ledger.trimmed == []
    asyncio.run(recorder.record())
    assert [event.first_epoch for event in store.events(id)] == [1]


def test_reading_goes_on_after_the_last_event_that_is_pending_or_stored(recorder: Recorder, id: str) -> None:
    assert asyncio.run(recorder.last_id()) == "0-0"
    recorder.add(epoch(id, 1))
    recorder.add(epoch(id, 2))
    assert asyncio.run(recorder.last_id()) == "2-0"
    asyncio.run(recorder.record())
    assert asyncio.run(recorder.last_id()) == "2-0"


def test_reading_waits_while_too_many_events_are_pending(recorder: Recorder, id: str) -> None:
    async def scenario() -> list[bool]:
        for number in range(1, PENDING_LIMIT):
            recorder.add(epoch(id, number))
        await asyncio.wait_for(recorder.room(), 10)
        recorder.add(epoch(id, PENDING_LIMIT))
        waiting = asyncio.create_task(recorder.room())
        await asyncio.sleep(0)
        before = waiting.done()
        await recorder.record()
        await asyncio.wait_for(waiting, 10)
        return [before, waiting.done()]

    assert asyncio.run(scenario()) == [False, True]


def test_catch_up_waits_until_the_store_has_the_last_event(
    recorder: Recorder, store: Store, ledger: FakeLedger, id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CATCH_UP_SECONDS", 60.0)
    monkeypatch.setattr(module, "GATHER_SECONDS", 60.0)  # so that only catch_up's request ends the gathering

    async def scenario() -> list[int]:
        async def forever() -> None:
            while True:
                await recorder.record()

        recording = asyncio.create_task(forever())
        recorder.add(epoch(id, 1))
        await until(lambda: recorder.pending(id) == [])
        recorder.add(epoch(id, 2))
        ledger.last = "2-0"
        await asyncio.wait_for(asyncio.to_thread(recorder.catch_up), 30)
        found = [event.first_epoch for event in store.events(id)]
        recording.cancel()
        return found

    assert asyncio.run(scenario()) == [1, 2]


def test_catch_up_gives_up_after_its_time_and_without_redis_at_once(
    recorder: Recorder, ledger: FakeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CATCH_UP_SECONDS", 0.2)
    ledger.last = "9-0"
    began = time.monotonic()
    recorder.catch_up()
    assert time.monotonic() - began >= 0.2
    monkeypatch.setattr(module, "CATCH_UP_SECONDS", 3600.0)
    ledger.away = True
    recorder.catch_up()


def test_what_the_store_had_when_the_process_began_needs_no_catching_up(
    store: Store, ledger: FakeLedger, id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.record([epoch(id, 1)])
    ledger.last = "1-0"
    monkeypatch.setattr(module, "CATCH_UP_SECONDS", 3600.0)
    again = Recorder(store, cast(Any, ledger))
    asyncio.run(again.last_id())
    again.catch_up()

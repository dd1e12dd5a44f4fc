"""A ledger and the lab that it belongs to: on a real Valkey that comes back empty, older, or with another's work."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import redis

from app.attachment import Attachment, lab_name, take_redis
from app.dispatch import Dispatcher
from app.presets import TUTORIAL
from app.store import Store
from core.experiment.experiment import resolve
from core.ledger import ForeignLedger, Ledger, connect, is_detached, parse_entry
from core.runs.events import METRICS, Event, id_key
from core.settings import Settings
from launch import valkey
from tests.app.test_dispatch import FakeCelery

EPOCH = bytes(4 * len(METRICS))
ARMS = resolve(TUTORIAL.experiment)


class Lab:
    """Store, ledger and dispatcher of one lab, which records when it is told to."""

    def __init__(self, store: Path, url: str) -> None:
        self.store, self.ledger = Store(f"sqlite:///{store}"), Ledger(connect(url))
        self.attachment = Attachment(self.store, self.ledger, f"the lab of {store.stem}")
        self.dispatcher = Dispatcher(self.store, self.ledger, cast(Any, FakeCelery(self.ledger)), self.attachment)

    def posted(self) -> str:
        """Id of a new experiment, which is submitted."""
        id, _ = self.store.add(TUTORIAL.experiment, None)
        stored = self.store.get(id)
        assert stored is not None
        self.dispatcher.submit(stored, ARMS)
        return id

    def events(self) -> list[Event]:
        """The events that wait to be recorded."""
        return [parse_entry(*entry) for entry in cast(Any, self.ledger.client).xrange(self.ledger.log_key)]

    def record(self) -> None:
        """Records all events, and trims them, as the recorder does."""
        if events := self.events():
            self.store.record(events)
            self.ledger.trim(events[-1].id)

    def train(self, id: str, first: int, last: int) -> None:
        """Trains epochs of a run of the experiment."""
        claim = self.ledger.claim(id, "host/1/2", [])
        assert claim is not None
        for epoch in range(first, last + 1):
            self.ledger.append(claim, epoch, epoch, EPOCH, 1.0)

    def status(self, id: str) -> str:
        stored = self.store.get(id)
        assert stored is not None
        return stored.status

    def close(self) -> None:
        self.store.close()
        self.ledger.client.close()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with valkey.start(tmp_path / "valkey") as server:
        yield server.url


@pytest.fixture
def lab(tmp_path: Path, url: str) -> Iterator[Lab]:
    opened = Lab(tmp_path / "first.sqlite3", url)
    yield opened
    opened.close()


def test_a_lab_is_attached_before_it_submits(lab: Lab) -> None:
    with pytest.raises(redis.ResponseError) as refused:
        lab.ledger.submit("an id", {}, ["p"])
    assert is_detached(refused.value)
    assert lab.ledger.owner() is None
    id = lab.posted()
    assert lab.ledger.owner() == (lab.store.identity, "the lab of first")
    assert lab.ledger.experiments() == {id}


def test_another_labs_redis_is_refused_by_name(lab: Lab, url: str, tmp_path: Path) -> None:
    id = lab.posted()
    second = Lab(tmp_path / "second.sqlite3", url)
    own, _ = second.store.add(TUTORIAL.experiment, None)
    for act in (second.attachment.attach, second.dispatcher.reconcile, second.posted):
        with pytest.raises(ForeignLedger, match="the lab of first"):
            act()
    assert "LAB_REDIS_PREFIX" in (second.attachment.refusal or "")
    assert lab.ledger.experiments() == {id}
    lab.dispatcher.reconcile()
    assert lab.ledger.experiments() == {id}, "and nothing of the other lab's is there"

    lab.close()
    settings = Settings(redis_url=url, lab_data=tmp_path)
    assert take_redis(settings).startswith("1 open experiments")
    second.dispatcher.reconcile()
    assert own in second.ledger.experiments()
    assert id not in second.ledger.experiments()
    assert second.attachment.refusal is None
    second.close()


def test_labs_share_a_redis_by_prefixes(lab: Lab, url: str, tmp_path: Path) -> None:
    id = lab.posted()
    other = Ledger(connect(url), "other")
    other.attach("another store", "another lab", "0-0")
    assert other.experiments() == set()
    other.submit("of the other", {}, ["p"])
    assert lab.ledger.experiments() == {id}
    assert other.experiments() == {"of the other"}
    claim = other.claim("of the other", "host/1/2", [])
    assert claim is not None
    assert other.append(claim, 1, 1, EPOCH, 1.0) == "run"
    assert {event.experiment for event in lab.events()} <= {id}
    keys = cast("list[bytes]", lab.ledger.client.keys("*"))
    assert all(key.split(b":")[0] in {b"lab", b"other"} for key in keys)
    other.client.close()


def test_a_redis_with_an_earlier_clock_loses_no_event(lab: Lab) -> None:
    before = lab.posted()
    ahead = f"{int((time.time() + 86_400) * 1000)}-7"
    lab.store.record([Event(ahead, before, "experiment_started")])
    lab.ledger.client.flushall()
    lab.dispatcher.reconcile()
    assert lab.ledger.experiments() == {before}
    lab.train(before, 1, 3)
    assert min(id_key(event.id) for event in lab.events()) > id_key(ahead)
    lab.record()
    stored = lab.store.get(before)
    assert stored is not None
    assert [len(table) for _, table in lab.store.tables(stored)] == [3]


def test_a_redis_without_its_last_seconds_loses_no_event(lab: Lab) -> None:
    """Its stream is there, and ends before what the store has."""
    id = lab.posted()
    lab.train(id, 1, 2)
    lab.record()
    later = f"{id_key(lab.ledger.last_event())[0] + 45_000}-0"
    lab.store.record([Event(later, id, "experiment_resumed")])
    lab.attachment.attach()
    lab.train(id, 1, 1)
    assert all(id_key(event.id) > id_key(later) for event in lab.events())
    assert lab.events()


def test_an_older_store_takes_nothing_over_from_a_newer_redis(lab: Lab, url: str, tmp_path: Path) -> None:
    old, (file,) = lab.posted(), tmp_path.glob("first.sqlite3")
    lab.train(old, 1, 2)
    lab.record()
    lab.store.close()
    shutil.copy(file, tmp_path / "copy.sqlite3")
    lab.store = Store(f"sqlite:///{file}")
    lab.train(old, 1, 1)
    lab.record()
    lab.close()

    restored = Lab(tmp_path / "copy.sqlite3", url)
    assert id_key(restored.ledger.trimmed()) > id_key(restored.store.cursor())
    restored.attachment.attach()
    assert restored.ledger.experiments() == set()
    assert restored.events() == []
    restored.dispatcher.reconcile()
    assert restored.ledger.experiments() == {old}
    fresh = restored.ledger.claim(old, "host/1/2", [])
    assert fresh is not None
    assert fresh.epochs_done == 0
    restored.attachment.attach()
    assert restored.ledger.experiments() == {old}, "it is dropped once"
    restored.close()


def test_what_is_recorded_and_trimmed_meanwhile_is_no_newer_redis(lab: Lab) -> None:
    id = lab.posted()
    for _ in range(3):
        lab.train(id, 1, 1)
        lab.record()
        lab.attachment.attach()
        assert lab.ledger.experiments() == {id}


def test_a_ledger_of_an_earlier_version_is_taken_over(lab: Lab) -> None:
    id = lab.posted()
    lab.train(id, 1, 2)
    lab.ledger.client.delete("lab:ledger")
    lab.ledger.client.hdel(f"lab:experiment:{id}", "runs")
    lab.dispatcher.reconcile()
    assert lab.ledger.experiments() == {id}
    assert [event.last_epoch for event in lab.events() if event.name == "epochs"] == [1, 2]


@pytest.mark.parametrize("told", ["pause", "cancel"])
def test_what_was_told_is_told_again_after_a_loss_of_redis(lab: Lab, told: str) -> None:
    id = lab.posted()
    lab.train(id, 1, 2)
    getattr(lab.dispatcher, told)(id)
    lab.ledger.client.flushall()
    lab.dispatcher.reconcile()
    assert lab.ledger.claim(id, "host/1/2", []) is None
    assert cast(Any, lab.ledger.client).llen("lab") == 0, "no worker is woken"
    lab.record()
    assert lab.status(id) == {"pause": "paused", "cancel": "cancelled"}[told]
    if told == "pause":
        stored = lab.store.get(id)
        assert stored is not None
        assert {run.status for run in stored.runs} == {"paused"}
        lab.dispatcher.resume(stored)
        lab.ledger.client.flushall()
        lab.dispatcher.reconcile()
        assert lab.ledger.claim(id, "host/1/2", []) is not None


def test_nothing_is_left_of_what_is_removed_while_it_is_submitted(lab: Lab) -> None:
    id = lab.posted()
    stored = lab.store.get(id)
    assert stored is not None
    lab.dispatcher.remove(id)
    assert lab.ledger.client.keys(f"*{id}*") == []
    lab.dispatcher.submit(stored, ARMS)  # as the reconciler does that has read it just before
    assert lab.ledger.client.keys(f"*{id}*")
    lab.dispatcher.reconcile()
    assert lab.ledger.client.keys(f"*{id}*") == []


def test_a_lab_is_named_without_its_password(tmp_path: Path) -> None:
    settings = Settings(lab_data=tmp_path, database_url="postgresql://lab:secret@db/lab", lab_url="https://lab.example")
    assert "https://lab.example" in lab_name(settings)
    assert "secret" not in lab_name(settings)

"""The heartbeat's thread on fakes of ledger and clock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
import redis

from core.ledger import Claim, Control
from core.version import build
from tests.service import wait_until
from worker import heartbeat as module
from worker.heartbeat import STALL_SECONDS, Heartbeat

PATIENCE = 30.0
CLAIM = Claim("0123456789abcdef", 0, fence=7, epochs_done=0, seconds=0.0)
OTHER = Claim("0123456789abcdef", 1, fence=9, epochs_done=0, seconds=0.0)


class Clock:
    """Takes the place of the module `time`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class FakeLedger:
    """A record of renewals and heartbeats, with what to answer."""

    def __init__(self) -> None:
        self.control: Control = "run"
        self.away = False
        self.full = False
        self.renewed: list[Claim] = []
        self.beats: list[tuple[str, int | None]] = []
        self.tried = 0
        """Beats that were begun and ended, Redis being there or not."""
        self.left: list[str] = []
        self.answer_now = threading.Event()
        self.answer_now.set()
        self.asked = threading.Event()
        self.on_beat: Callable[[], object] = lambda: None
        """Called in the heartbeat's thread after each renewal."""
        self._changed = threading.Condition()

    def renew(self, claim: Claim) -> Control:
        self.asked.set()
        control = self.control
        assert self.answer_now.wait(PATIENCE)
        if self.away:
            self._end_beat()
            raise redis.ConnectionError("refused")
        self.renewed.append(claim)
        return control

    def heartbeat(self, slot: str, memory: int | None, version: str) -> None:
        assert version == build()
        self.on_beat()
        if not self.full:
            self.beats.append((slot, memory))
        self._end_beat()
        if self.full:
            raise redis.OutOfMemoryError("full")

    def leave(self, slot: str) -> None:
        if self.away:
            raise redis.ConnectionError("refused")
        self.left.append(slot)

    def _end_beat(self) -> None:
        with self._changed:
            self.tried += 1
            self._changed.notify_all()

    def wait_beats(self, count: int = 2) -> None:
        """Waits for the end of beats from now on; of two, the second was begun after the call."""
        with self._changed:
            target = self.tried + count
            assert self._changed.wait_for(lambda: self.tried >= target, PATIENCE), "the heartbeat has stopped"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(module, "time", fake)
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.001)
    return fake


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def heartbeat(ledger: FakeLedger, clock: Clock) -> Iterator[Heartbeat]:
    beating = Heartbeat(cast(Any, ledger))
    beating.start()
    yield beating
    ledger.answer_now.set()
    beating.stop()


def test_each_beat_marks_the_slot_as_ready_with_its_memory(ledger: FakeLedger, heartbeat: Heartbeat) -> None:
    ledger.wait_beats()
    slot, memory = ledger.beats[-1]
    assert slot == heartbeat.slot
    assert slot.endswith(f"/{os.getppid()}/{os.getpid()}")
    assert memory is not None
    assert memory > 10_000_000
    assert ledger.renewed == [], "there is no run to renew"


def test_a_lease_is_renewed_while_its_run_is_held(ledger: FakeLedger, heartbeat: Heartbeat) -> None:
    with heartbeat.holding(CLAIM):
        ledger.wait_beats()
    assert set(ledger.renewed) == {CLAIM}
    ledger.wait_beats()
    count = len(ledger.renewed)
    ledger.wait_beats()
    assert len(ledger.renewed) == count


def test_a_run_that_raises_is_held_no_longer(ledger: FakeLedger, heartbeat: Heartbeat) -> None:
    with pytest.raises(ValueError, match="broken"), heartbeat.holding(CLAIM):
        raise ValueError("broken")
    ledger.wait_beats()
    count = len(ledger.renewed)
    ledger.wait_beats()
    assert len(ledger.renewed) == count


def test_a_lease_is_renewed_only_while_there_is_progress(
    ledger: FakeLedger, heartbeat: Heartbeat, clock: Clock
) -> None:
    with heartbeat.holding(CLAIM):
        clock.now += STALL_SECONDS - 1
        ledger.wait_beats()
        count = len(ledger.renewed)
        assert count > 0
        clock.now += 1
        ledger.wait_beats()
        stalled = len(ledger.renewed)
        ledger.wait_beats()
        assert len(ledger.renewed) == stalled, "for so long nothing was trained"
        assert len(ledger.beats) > stalled, "the slot itself is alive"
        heartbeat.progress()
        ledger.wait_beats()
        assert len(ledger.renewed) > stalled


def test_the_answer_to_a_renewal_is_passed_on_and_forgotten_with_the_run(
    ledger: FakeLedger, heartbeat: Heartbeat
) -> None:
    ledger.control = "pause"
    with heartbeat.holding(CLAIM):
        ledger.wait_beats()
        during = heartbeat.control
    ledger.answer_now.clear()
    with heartbeat.holding(OTHER):
        assert (during, heartbeat.control) == ("pause", "run")


def test_an_answer_that_comes_when_another_run_is_held_is_not_passed_on(
    ledger: FakeLedger, heartbeat: Heartbeat
) -> None:
    ledger.answer_now.clear()
    ledger.control = "fenced"
    with heartbeat.holding(CLAIM):
        assert ledger.asked.wait(PATIENCE)
    controls: list[Control] = []
    ledger.on_beat = lambda: controls.append(heartbeat.control)
    with heartbeat.holding(OTHER):
        ledger.control = "run"
        ledger.answer_now.set()
        ledger.wait_beats()
    assert ledger.renewed[:2] == [CLAIM, OTHER]
    assert set(controls) == {"run"}


def test_the_heartbeat_goes_on_when_redis_is_back(
    ledger: FakeLedger, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.away = True
    with heartbeat.holding(CLAIM):
        ledger.wait_beats()
        assert ledger.renewed == []
        wait_until(lambda: "no heartbeat: refused" in caplog.text, "It says that Redis is away")
        ledger.away = False
        ledger.wait_beats()
        assert ledger.renewed


def test_a_full_redis_still_gets_renewals(ledger: FakeLedger, heartbeat: Heartbeat) -> None:
    ledger.full = True
    with heartbeat.holding(CLAIM):
        ledger.wait_beats()
        assert ledger.renewed


def test_the_slot_leaves_at_the_stop(ledger: FakeLedger, heartbeat: Heartbeat) -> None:
    ledger.wait_beats()
    heartbeat.stop()
    assert ledger.left == [heartbeat.slot]
    assert not any(thread.name == "heartbeat" for thread in threading.enumerate())


def test_a_stop_succeeds_while_redis_is_away(ledger: FakeLedger, heartbeat: Heartbeat) -> None:
    ledger.wait_beats()
    ledger.away = True
    heartbeat.stop()
    assert ledger.left == []
    ledger.away = False

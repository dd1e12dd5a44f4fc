"""The ledger's script on a real Valkey against a model in Python, driven by commands that Hypothesis picks.

`LAB_CASES=1000 make test ARGS=tests/core/test_ledger_machine.py` tries more sequences than a usual test run does.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.ledger import DEATHS_ALLOWED, LEASE_SECONDS, Claim, Control, Ledger, connect, parse_entry

CASES = int(os.environ.get("LAB_CASES", "100"))
PROGRAMS = ["p", "p", "q", "q"]
OPENINGS = 3
EPOCH = b"\x00" * 16
"""An epoch's figures."""
ENDED = {"finished", "failed", "cancelled"}


@dataclass
class Run:
    """A run as the ledger must have it."""

    program: str
    status: str = "queued"
    fence: int = 0
    deaths: int = 0
    done: int = 0
    checkpoint: bytes | None = None


@dataclass
class Model:
    """Model of the ledger's commands in lists and numbers. `log` has event, run, and an id for each chunk."""

    runs: list[Run] = field(default_factory=lambda: [Run(program) for program in PROGRAMS])
    opening: int = 1
    control: str = "run"
    started: bool = False
    waiting: list[int] = field(default_factory=lambda: list(range(len(PROGRAMS))))
    log: list[tuple[str, int | None, int]] = field(default_factory=list)

    @staticmethod
    def extended(before: list[Run], opening: int) -> Model:
        """A later opening: the runs so far are closed, and there are as many new ones."""
        ended = [Run(run.program, run.status, fence=-1) for run in before]
        added = [Run(program) for program in PROGRAMS]
        waiting = list(range(len(ended), len(ended) + len(added)))
        return Model(runs=[*ended, *added], opening=opening, waiting=waiting)

    @property
    def programs(self) -> list[str | None]:
        """Programs as a later opening submits them."""
        return [run.program if run.status not in ENDED else None for run in self.runs]

    def count(self, status: str) -> int:
        return sum(run.status == status for run in self.runs)

    def tell(self, event: str, run: int | None = None, detail: int = 0) -> None:
        self.log.append((event, run, detail))

    @property
    def running(self) -> list[int]:
        return [i for i, run in enumerate(self.runs) if run.status == "running"]

    @property
    def open(self) -> bool:
        return any(run.status not in ENDED for run in self.runs)

    def choice(self, programs: list[str]) -> int | None:
        """The run that a claim gets: compiled by the caller, else compiled by nobody, else any; first come first."""
        if self.control != "run" or not self.waiting:
            return None
        taken = {self.runs[i].program for i in self.running}

        def rank(run: int) -> int:
            program = self.runs[run].program
            return 1 if program in programs else 3 if program in taken else 2

        return min(self.waiting, key=rank)

    def end(self, run: int, status: str) -> None:
        self.runs[run].status = status
        self.runs[run].checkpoint = None
        self.tell(f"run_{status}", run)

    def put_back(self, run: int) -> None:
        if self.control == "cancel":
            self.end(run, "cancelled")
            return
        self.runs[run].status = "paused" if self.control == "pause" else "queued"
        self.waiting.insert(0, run)
        self.tell(f"run_{self.runs[run].status}", run)

    def close(self) -> None:
        if not self.open:
            ways = [run.status for run in self.runs]
            self.tell("experiment_" + next((way for way in ("cancelled", "failed") if way in ways), "finished"))


class LedgerMachine(RuleBasedStateMachine):
    """One experiment; `claims` are all that were ever given, those of zombies too."""

    url = ""
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(self.url)
        self.ledger = Ledger(self.client)
        self.ledger.attach("a store", "a lab", "0-0")
        self.experiment = uuid.uuid4().hex
        self.known: Model | None = None
        self.read = self.ledger.last_event()
        self.words = 0
        self.fences: set[tuple[int, int]] = set()

    def teardown(self) -> None:
        self.ledger.forget(self.experiment, OPENINGS * len(PROGRAMS))
        assert cast(Any, self.client).keys(f"*{self.experiment}*") == []
        self.client.close()

    @property
    def model(self) -> Model:
        """The open experiment; one that was forgotten is one that nothing can be done with."""
        return self.known or Model(runs=[], waiting=[], control="none")

    def held(self, claim: Claim) -> Run | None:
        """The run where the claim still holds it."""
        run = self.model.runs[claim.run] if claim.run < len(self.model.runs) else None
        return run if run and run.status == "running" and run.fence == claim.fence else None

    def answer(self, claim: Claim) -> Control:
        return cast(Control, self.model.control) if self.held(claim) else "fenced"

    def next_checkpoint(self) -> bytes:
        self.words += 1
        return b"checkpoint %d" % self.words

    @initialize()
    def open(self) -> None:
        assert self.ledger.submit(self.experiment, {"n": 1}, PROGRAMS)
        self.known = Model()
        self.learn_fences()

    @rule()
    def submit(self) -> None:
        """Submits the first opening, which no later one gives way to."""
        assert self.ledger.submit(self.experiment, {"n": 1}, PROGRAMS) == (self.known is None)
        if self.known is None:
            self.known = Model()
            self.learn_fences()

    @precondition(lambda self: self.known is not None and not self.known.open and self.known.opening < OPENINGS)
    @rule(forgotten=st.booleans())
    def extend(self, forgotten: bool) -> None:
        """Submits the next opening, before or after the reconciler has forgotten the last one."""
        before = self.model
        if forgotten:
            self.forget()
        self.known = Model.extended(before.runs, before.opening + 1)
        self.submit_known()
        self.learn_fences()
        assert not self.submit_known(), "it is open already"

    def submit_known(self) -> bool:
        model = self.model
        return self.ledger.submit(
            self.experiment,
            {"n": model.opening},
            model.programs,
            opening=model.opening,
            failed=model.count("failed"),
            cancelled=model.count("cancelled"),
        )

    def learn_fences(self) -> None:
        """Reads the fences: the ledger chooses the first one."""
        for i in self.model.waiting:
            run = self.model.runs[i]
            run.fence = int(cast(Any, self.client).hget(f"lab:run:{self.experiment}:{i}", "fence"))

    @rule(target=claims, programs=st.lists(st.sampled_from(["p", "q"]), unique=True))
    def claim(self, programs: list[str]) -> Claim:
        expected = self.model.choice(programs)
        claim = self.ledger.claim(self.experiment, "host/1/2", programs)
        if expected is None:
            assert claim is None
            return Claim(self.experiment, 0, -1, 0, 0)  # nobody's
        assert claim is not None
        run = self.model.runs[expected]
        run.fence += 1
        assert (claim.run, claim.fence, claim.epochs_done) == (expected, run.fence, run.done)
        assert (claim.run, claim.fence) not in self.fences, "a fence was given twice"
        self.fences.add((claim.run, claim.fence))
        assert self.ledger.checkpoint(claim) == run.checkpoint
        run.status = "running"
        self.model.waiting.remove(expected)
        if not self.model.started:
            self.model.started = True
            self.model.tell("experiment_started")
        self.model.tell("run_started", expected, run.deaths + 1)
        return claim

    @rule(claim=claims)
    def renew(self, claim: Claim) -> None:
        assert self.ledger.renew(claim) == self.answer(claim)

    @rule(claim=claims, skipped=st.integers(-3, 2), epochs=st.integers(1, 4), kept=st.booleans(), seen=st.booleans())
    def append(self, claim: Claim, skipped: int, epochs: int, kept: bool, seen: bool) -> None:
        """A chunk that follows (`skipped` 0), one that is there already, overlaps or leaves a gap."""
        run = self.held(claim)
        first = max(1, (run.done if run else claim.epochs_done) + 1 + skipped)
        last = first + epochs - 1
        checkpoint = self.next_checkpoint() if kept else b""
        snapshots = ([last], b"seen") if seen else None

        def send() -> Control:
            return self.ledger.append(claim, first, last, EPOCH * epochs, 0.5, checkpoint, snapshots)

        if run and last > run.done and first != run.done + 1:
            with pytest.raises(redis.ResponseError, match="GAP"):
                send()
            return
        assert send() == self.answer(claim)
        if run is None:
            return
        if last > run.done:
            run.done = last
            run.checkpoint = checkpoint or run.checkpoint
            if seen:
                self.model.tell("snapshots", claim.run, last)
            self.model.tell("epochs", claim.run, first)

    @rule(claim=claims, kept=st.booleans())
    def release(self, claim: Claim, kept: bool) -> None:
        checkpoint = self.next_checkpoint() if kept else b""
        run = self.held(claim)
        assert self.ledger.release(claim, checkpoint) == (run is not None)
        if run:
            run.checkpoint = checkpoint or run.checkpoint
            self.model.put_back(claim.run)
            self.model.close()

    @rule(claim=claims, failed=st.booleans())
    def finish(self, claim: Claim, failed: bool) -> None:
        run = self.held(claim)
        status: Any = "failed" if failed else "finished"
        assert self.ledger.finish(claim, status, {}) == (run is not None)
        if run:
            self.model.end(claim.run, status)
            self.model.close()

    @rule(dead=st.sets(st.integers(0, OPENINGS * len(PROGRAMS) - 1)))
    def expire(self, dead: set[int]) -> None:
        """The leases of `dead` are over; the others' aren't."""
        over = sorted(dead & set(self.model.running))
        for place, run in enumerate(over):
            self.client.zadd(f"lab:experiment:{self.experiment}:leased", {str(run): place})
        waiting = self.ledger.expire(self.experiment)
        for run in over:
            self.model.runs[run].deaths += 1
            if self.model.runs[run].deaths >= DEATHS_ALLOWED:
                self.model.end(run, "failed")
            else:
                self.model.put_back(run)
        if over:
            self.model.close()
        assert waiting == (len(self.model.waiting) if self.model.control == "run" else 0)

    @precondition(lambda self: self.model.running)
    @rule()
    def nobody_was_there(self) -> None:
        """All leases ran out while nobody looked, as Redis was away: no worker is taken for dead."""
        for run in self.model.running:
            self.client.zadd(f"lab:experiment:{self.experiment}:leased", {str(run): 0})
        self.client.hset(f"lab:experiment:{self.experiment}", "looked", 0)
        assert self.ledger.expire(self.experiment) == (len(self.model.waiting) if self.model.control == "run" else 0)

    @rule()
    def cancel(self) -> None:
        can = self.model.open and self.model.control != "cancel"
        assert self.ledger.cancel(self.experiment) == can
        if can:
            self.model.control = "cancel"
            for run in self.model.waiting:
                self.model.end(run, "cancelled")
            self.model.waiting = []
            self.model.close()

    @rule()
    def pause(self) -> None:
        can = self.model.open and self.model.control == "run"
        assert self.ledger.pause(self.experiment) == can
        if can:
            self.model.control = "pause"
            for run in self.model.waiting:
                self.model.runs[run].status = "paused"
                self.model.tell("run_paused", run)
            self.model.tell("experiment_paused")

    @rule()
    def resume(self) -> None:
        can = self.model.open and self.model.control == "pause"
        assert self.ledger.resume(self.experiment) == can
        if can:
            self.model.control = "run"
            self.model.tell("experiment_resumed")
            for run in self.model.waiting:
                self.model.runs[run].status = "queued"
                self.model.tell("run_queued", run)

    @precondition(lambda self: self.known is not None and not self.known.open)
    @rule()
    def forget(self) -> None:
        self.ledger.forget(self.experiment, len(self.model.runs))
        self.known = None

    @precondition(lambda self: len(self.model.running) > 1)
    @rule()
    def lose(self) -> None:
        """Redis lost all, and the reconciler submits the opening anew. Who trains its runs is a zombie."""
        before = self.model
        self.ledger.forget(self.experiment, len(before.runs))
        ended = [Run(run.program, run.status if run.status in ENDED else "queued", fence=-1) for run in before.runs]
        waiting = [i for i, run in enumerate(ended) if run.status == "queued"]
        self.known = Model(runs=ended, opening=before.opening, waiting=waiting)
        assert self.submit_known()
        self.learn_fences()

    @invariant()
    def agrees(self) -> None:
        """Everything that the ledger holds, and what it logged since the last opening."""
        key = f"lab:experiment:{self.experiment}"
        states = ("status", "fence", "deaths", "epochs_done", "checkpoint")
        with self.client.pipeline(transaction=False) as asked:
            asked.time()
            asked.lrange(f"{key}:waiting", 0, -1)
            asked.zrange(f"{key}:leased", 0, -1, withscores=True)
            asked.hmget(key, "control", "failed", "cancelled", "opening")
            asked.xrange("lab:log", f"({self.read}")
            for i in range(len(self.model.runs)):
                asked.hmget(f"lab:run:{self.experiment}:{i}", *states)
            (seconds, _), waiting, leases, state, log, *runs = cast(Any, asked.execute())
        assert [int(run) for run in waiting] == self.model.waiting
        assert sorted(int(run) for run, _ in leases) == self.model.running
        for _, end in leases:
            assert 0 < end / 1000 - seconds <= LEASE_SECONDS + 1
        for i, (run, found) in enumerate(zip(self.model.runs, runs, strict=True)):
            if run.fence < 0:
                assert found == [None] * len(states), f"run {i} ended in an earlier opening"
                continue
            expected = [run.status.encode(), *(b"%d" % n for n in (run.fence, run.deaths, run.done)), run.checkpoint]
            assert found == expected, f"run {i}"
        if self.known:
            counts = [
                b"%d" % n for n in (self.known.count("failed"), self.known.count("cancelled"), self.known.opening)
            ]
            assert state == [self.known.control.encode(), *counts]
        told = []
        for entry in log:
            event = parse_entry(*entry)
            self.read = event.id
            if event.experiment == self.experiment:
                detail = event.data["epoch"][-1] if event.name == "snapshots" else event.data.get("attempt", 0)
                told.append((event.name, event.run, event.first_epoch or detail))
        assert told == (self.known.log if self.known else [])
        if self.known:
            self.known.log.clear()


def test_the_ledger_does_what_its_model_does(redis_url: str) -> None:
    LedgerMachine.url = redis_url
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=CASES,
            stateful_step_count=30,
            report_multiple_bugs=False,
            derandomize=CASES <= 100,
            suppress_health_check=list(HealthCheck),
        ),
    )

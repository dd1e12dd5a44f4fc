"""A trainer on a bench: its ledger, engine and clock are under the test's control."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import redis

from core.experiment.experiment import Experiment
from core.ledger import Claim, Control
from core.runs.events import METRICS
from core.runs.snapshots import Snapshots
from worker.session_results import CheckpointError, Chunk, Evaluation
from worker.training_task import Trainer

ID = "0123456789abcdef"
CHUNK = 10
"""Epochs that the fake engine trains at a time."""
EPOCHS = 40
SEEDS = (5, 6)


class Clock:
    """Takes the place of the module `time`; it moves when somebody sleeps or a chunk is trained."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeLedger:
    """An experiment's waiting runs, and a record of all commands.

    `controls` are the answers to appends, "run" when they are used up; `errors` by command are raised first.
    """

    def __init__(self, experiment: Experiment | None = None, runs: tuple[int, ...] = (0,)) -> None:
        self.experiment = experiment
        self.earlier_looks: list[int] = []
        self.waiting = [Claim(ID, run, fence=7, epochs_done=0, seconds=0.0) for run in runs]
        self.controls: list[Control] = []
        self.errors: dict[str, list[redis.RedisError]] = {}
        self.saved: bytes | None = None
        self.held = True
        self.alone = True
        """Whether no other worker is left to train what this one declines."""
        self.declined: list[tuple[str, str]] = []
        self.claims: list[tuple[str, list[str]]] = []
        self.appended: list[SimpleNamespace] = []
        self.released: list[bytes] = []
        self.finished: list[tuple[int, str, dict[str, Any]]] = []
        self.kept: list[dict[str, bytes] | None] = []

    def _meet(self, command: str) -> None:
        if self.errors.get(command):
            raise self.errors[command].pop(0)

    def spec(self, experiment: str) -> dict[str, Any] | None:
        if self.experiment is None:
            return None
        return {"experiment": self.experiment.model_dump(), "earlier_looks": self.earlier_looks}

    def claim(self, experiment: str, owner: str, programs: list[str]) -> Claim | None:
        self.claims.append((owner, programs))
        return self.waiting.pop(0) if self.waiting else None

    def decline(self, experiment: str, worker: str) -> bool:
        self.declined.append((experiment, worker))
        return self.alone

    def checkpoint(self, claim: Claim) -> bytes | None:
        self._meet("checkpoint")
        return self.saved

    def append(
        self, claim: Claim, first: int, last: int, figures: bytes, seconds: float, checkpoint: bytes, snapshots: Any
    ) -> Control:
        self._meet("append")
        epochs = np.frombuffer(figures, "<f4").reshape(-1, len(METRICS))[:, 0].astype(int).tolist()
        self.appended.append(
            SimpleNamespace(
                first=first, last=last, epochs=epochs, seconds=seconds, checkpoint=checkpoint, snapshots=snapshots
            )
        )
        return self.controls.pop(0) if self.controls else "run"

    def release(self, claim: Claim, checkpoint: bytes = b"") -> bool:
        self._meet("release")
        self.released.append(checkpoint)
        return True

    def finish(self, claim: Claim, status: str, data: dict[str, Any], outcomes: bytes = b"", kept: Any = None) -> bool:
        self._meet("finish")
        if self.held:
            self.finished.append((claim.run, status, data))
            self.kept.append(kept)
        return self.held

    @property
    def epochs(self) -> list[int]:
        """Every epoch that was appended, in order."""
        return [epoch for chunk in self.appended for epoch in chunk.epochs]


class FakeSession:
    """A run whose figures are the numbers of their epochs."""

    best_epoch = None

    def __init__(self, engine: FakeEngine, epochs_done: int) -> None:
        self._engine = engine
        self.epochs_done = epochs_done

    @property
    def done(self) -> bool:
        return self.epochs_done >= EPOCHS

    def step(self) -> Chunk:
        if self._engine.error is not None:
            logging.getLogger("fake").warning("about to fail")
            raise self._engine.error
        self._engine.during_step()
        self._engine.clock.now += self._engine.chunk_seconds
        first = self.epochs_done + 1
        self.epochs_done += CHUNK
        epochs = np.arange(first, first + CHUNK, dtype=np.float32)
        looks = [e for e in self._engine.snapshot_epochs if (first if first > 1 else 0) <= e <= self.epochs_done]
        snapshots = Snapshots(np.array(looks), np.zeros((len(looks), 1, 1), np.float32), {}) if looks else None
        return Chunk(first, np.repeat(epochs[:, None], len(METRICS), axis=1), snapshots)

    def checkpoint(self) -> bytes:
        return b"%d" % self.epochs_done + b"." * self._engine.padding

    def figures(self) -> dict[str, float]:
        return dict.fromkeys(METRICS, 0.5) | {"test_loss": float("nan")}

    def evaluate_sets(self) -> Evaluation:
        outputs = np.array([[0.75], [0.25]], np.float32)
        return Evaluation({"test": {"accuracy": 0.5}}, {"test": np.array([1, 0], np.uint8)}, {"test": outputs})

    def weights(self) -> list[Any]:
        return []

    def model_weights(self) -> list[np.ndarray]:
        return [np.arange(6, dtype=np.float32)]


class FakeEngine:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.chunk_seconds = 0.1
        self.padding = 0
        """Bytes that a checkpoint has beside its epoch."""
        self.snapshot_epochs = [0, 10, 20, 30, 40]
        self.error: Exception | None = None
        self.during_step: Callable[[], object] = lambda: None
        self.programs: set[str] = set()
        self.started: list[tuple[str, int, bytes | None, bool]] = []

    def compiled(self, programs: Iterable[str]) -> list[str]:
        return sorted(self.programs & set(programs))

    def start(self, arm: Any, seed: int, checkpoint: bytes | None = None, *, frames: bool = False) -> FakeSession:
        self.started.append((arm.name, seed, checkpoint, frames))
        self.programs.add(arm.program())
        if checkpoint == b"damaged":
            raise CheckpointError("The checkpoint can't be read")
        return FakeSession(self, int(checkpoint.rstrip(b".")) if checkpoint else 0)


class FakeHeartbeat:
    slot = "host/1/2"

    def __init__(self) -> None:
        self.control: Control = "run"
        self.progressed = 0
        self.held: list[Claim] = []

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        self.held.append(claim)
        yield

    def progress(self) -> None:
        self.progressed += 1


class Bench:
    """A trainer among its fakes."""

    def __init__(self, ledger: FakeLedger, clock: Clock) -> None:
        self.ledger, self.clock = ledger, clock
        self.engine, self.heartbeat = FakeEngine(clock), FakeHeartbeat()
        self.trainer = Trainer(cast(Any, ledger), cast(Any, self.engine), cast(Any, self.heartbeat))

    def turn(self) -> bool:
        return self.trainer.turn(ID)

    def continues(self, epochs_done: int, checkpoint: bytes | None, seconds: float = 0.0) -> None:
        """Makes the waiting run one that has been trained in part."""
        self.ledger.waiting = [Claim(ID, 0, fence=8, epochs_done=epochs_done, seconds=seconds)]
        self.ledger.saved = checkpoint

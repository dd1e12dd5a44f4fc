"""The training task on fakes of ledger, engine, heartbeat and clock."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import redis

from app.presets import TUTORIAL
from core.experiment.experiment import Experiment
from core.ledger import Claim, Control
from core.runs.events import METRICS
from core.runs.snapshots import Snapshots
from worker import training_task
from worker.session_results import CheckpointError, Chunk
from worker.training_task import CHECKPOINT_BYTES, CHECKPOINT_SECONDS, TURN_SECONDS, Trainer

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
        self.claims: list[tuple[str, list[str]]] = []
        self.appended: list[SimpleNamespace] = []
        self.released: list[bytes] = []
        self.finished: list[tuple[int, str, dict[str, Any]]] = []

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

    def finish(self, claim: Claim, status: str, data: dict[str, Any], outcomes: bytes = b"") -> bool:
        self._meet("finish")
        if self.held:
            self.finished.append((claim.run, status, data))
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

    def evaluate_sets(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"test": {"accuracy": 0.5}}, {"test": np.array([1, 0], np.uint8)}

    def weights(self) -> list[Any]:
        return []

    def weights_sha256(self) -> str:
        return "ab" * 32


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


@pytest.fixture
def experiment() -> Experiment:
    """Two arms with two seeds."""
    return TUTORIAL.experiment.model_copy(update={"seeds": list(SEEDS), "arms": TUTORIAL.experiment.arms[:2]})


@pytest.fixture
def bench(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> Bench:
    clock = Clock()
    monkeypatch.setattr(training_task, "time", clock)
    return Bench(FakeLedger(experiment), clock)


def test_a_run_is_appended_chunk_by_chunk_and_reported(bench: Bench) -> None:
    assert not bench.turn()
    assert bench.ledger.epochs == list(range(1, EPOCHS + 1))
    assert [(chunk.first, chunk.last) for chunk in bench.ledger.appended] == [(1, 10), (11, 20), (21, 30), (31, 40)]
    assert [chunk.snapshots[0] for chunk in bench.ledger.appended] == [[0, 10], [20], [30], [40]]
    assert bench.ledger.appended[-1].seconds == pytest.approx(0.4)
    ((run, status, data),) = bench.ledger.finished
    assert (run, status) == (0, "finished")
    assert data == {
        "epochs_done": EPOCHS,
        "train_score": 0.5,
        "test_score": 0.5,
        "train_loss": 0.5,
        "test_loss": None,
        "seconds": 0.4,
        "weights": [],
        "metrics": {"test": {"accuracy": 0.5}},
        "best_epoch": None,
        "weights_sha256": "ab" * 32,
    }
    assert bench.heartbeat.progressed >= EPOCHS // CHUNK
    assert [claim.run for claim in bench.heartbeat.held] == [0]


def test_run_numbers_are_arms_in_order_each_with_the_seeds_in_order_and_first_seeds_have_frames(
    bench: Bench, experiment: Experiment
) -> None:
    bench.ledger.waiting = FakeLedger(runs=(0, 1, 2, 3)).waiting
    bench.engine.chunk_seconds = 0.01
    bench.turn()
    arms = [arm.name for arm in experiment.arms]
    expected = [(arm, seed, None, seed == SEEDS[0]) for arm, seed in itertools.product(arms, SEEDS)]
    assert bench.engine.started == expected


@pytest.mark.parametrize("meanwhile", ["between two turns", "within a turn"])
def test_a_run_of_added_seeds_is_trained_with_its_arm_and_seed(
    bench: Bench, experiment: Experiment, meanwhile: str
) -> None:
    """The worker has the experiment as it was before: its last run ended, and seeds were added."""
    bench.engine.chunk_seconds = 0.01

    def extend() -> None:
        bench.ledger.experiment = experiment.model_copy(update={"seeds": [*SEEDS, 7]})
        bench.ledger.earlier_looks = [len(SEEDS)]
        bench.ledger.waiting = FakeLedger(runs=(4, 5)).waiting
        bench.engine.during_step = lambda: None

    if meanwhile == "within a turn":
        bench.engine.during_step = extend
    bench.turn()
    if meanwhile == "between two turns":
        extend()
        bench.turn()
    arms = [arm.name for arm in experiment.arms]
    assert bench.engine.started == [
        (arms[0], SEEDS[0], None, True),
        (arms[0], 7, None, False),
        (arms[1], 7, None, False),
    ]
    assert [run for run, _, _ in bench.ledger.finished] == [0, 4, 5]


def test_a_run_is_left_to_its_lease_where_its_experiment_was_lost_meanwhile(bench: Bench) -> None:
    bench.turn()
    bench.ledger.waiting = FakeLedger(runs=(4,)).waiting
    bench.ledger.experiment = None
    assert not bench.turn()
    assert [run for run, _, _ in bench.ledger.finished] == [0]


def test_a_turn_claims_runs_until_its_time_is_over(bench: Bench) -> None:
    bench.ledger.waiting = FakeLedger(runs=(0, 1, 2, 3)).waiting
    bench.engine.chunk_seconds = TURN_SECONDS * 0.75 * CHUNK / EPOCHS
    assert bench.turn(), "some runs may still wait"
    assert [run for run, _, _ in bench.ledger.finished] == [0, 1]
    assert bench.turn()
    assert [run for run, _, _ in bench.ledger.finished] == [0, 1, 2, 3]
    assert not bench.turn(), "no run waits"


def test_a_claim_names_the_programs_that_the_engine_has(bench: Bench) -> None:
    bench.turn()
    (first, then) = bench.ledger.claims
    assert first == ("host/1/2", [])
    assert then == ("host/1/2", sorted(bench.engine.programs))
    assert len(bench.engine.programs) == 1


def test_an_experiment_that_is_not_open_any_more_has_no_turn(bench: Bench) -> None:
    bench.ledger.experiment = None
    assert not bench.turn()
    assert bench.ledger.claims == []


def test_a_worker_that_stops_claims_nothing_and_leaves_a_wake_up_for_others(bench: Bench) -> None:
    bench.trainer.stopping.set()
    assert bench.turn()
    assert bench.ledger.claims == []


@pytest.mark.parametrize("order", ["pause", "cancel"])
def test_an_order_that_an_append_answers_gives_the_run_back_with_a_checkpoint(bench: Bench, order: Control) -> None:
    bench.ledger.controls = ["run", order]
    bench.turn()
    assert bench.ledger.epochs == list(range(1, 21))
    assert bench.ledger.released == [b"20"]
    assert bench.ledger.finished == []


@pytest.mark.parametrize("order", ["pause", "cancel"])
def test_an_order_that_the_heartbeat_hears_stops_before_the_next_chunk(bench: Bench, order: Control) -> None:
    bench.heartbeat.control = order
    bench.turn()
    assert bench.ledger.appended == []
    assert bench.ledger.released == [b"0"]


def test_a_worker_that_is_asked_to_stop_gives_its_run_back_with_a_checkpoint(bench: Bench) -> None:
    bench.engine.during_step = bench.trainer.stopping.set
    assert bench.turn()
    assert bench.ledger.epochs == list(range(1, CHUNK + 1))
    assert bench.ledger.released == [b"10"]


def test_a_pause_in_the_last_chunk_is_too_late_and_the_run_finishes(bench: Bench) -> None:
    bench.ledger.controls = ["run", "run", "run", "pause"]
    bench.turn()
    assert bench.ledger.released == []
    assert [status for _, status, _ in bench.ledger.finished] == ["finished"]


def test_a_fenced_run_is_neither_released_nor_finished(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.ledger.controls = ["run", "fenced"]
    bench.turn()
    assert bench.ledger.epochs == list(range(1, 21))
    assert bench.ledger.released == []
    assert bench.ledger.finished == []
    assert "has another worker now" in caplog.text


def test_a_run_that_the_heartbeat_finds_fenced_stops_before_the_next_chunk(bench: Bench) -> None:
    bench.heartbeat.control = "fenced"
    bench.turn()
    assert bench.ledger.appended == []
    assert bench.ledger.released == []
    assert bench.ledger.finished == []


def test_a_run_that_is_lost_at_its_end_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.ledger.held = False
    bench.turn()
    assert bench.ledger.finished == []
    assert "has another worker now" in caplog.text


def test_a_gap_gives_the_run_back_without_a_checkpoint(bench: Bench) -> None:
    bench.ledger.errors["append"] = [redis.ResponseError("GAP run 0 has 3 epochs, the chunk starts at 11")]
    bench.turn()
    assert bench.ledger.released == [b""]
    assert bench.ledger.finished == []


def test_an_error_of_redis_that_no_retry_mends_ends_the_turn(bench: Bench) -> None:
    bench.ledger.errors["append"] = [redis.ResponseError("WRONGTYPE")]
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        bench.turn()
    assert bench.ledger.released == []
    assert bench.ledger.finished == []


@pytest.mark.parametrize("command", ["append", "finish"])
def test_while_redis_is_away_the_command_is_repeated_and_counts_as_progress(bench: Bench, command: str) -> None:
    away = [redis.ConnectionError("refused"), redis.TimeoutError("slow"), redis.OutOfMemoryError("full")]
    bench.turn()
    undisturbed, bench.heartbeat.progressed = bench.heartbeat.progressed, 0
    calm = bench.ledger
    bench.ledger.waiting = FakeLedger().waiting
    bench.ledger.appended, bench.ledger.finished = [], []
    bench.ledger.errors[command] = list(away)
    before = bench.clock.now
    bench.turn()
    assert calm.epochs == list(range(1, EPOCHS + 1))
    assert len(calm.finished) == 1
    assert bench.heartbeat.progressed == undisturbed + len(away)
    assert bench.clock.now - before == pytest.approx(0.4 + 0.05 + 0.1 + 0.2)


def test_waits_for_redis_grow_to_a_second(bench: Bench) -> None:
    bench.ledger.errors["finish"] = [redis.ConnectionError("refused")] * 8
    before = bench.clock.now
    bench.turn()
    assert bench.clock.now - before == pytest.approx(0.4 + 0.05 + 0.1 + 0.2 + 0.4 + 0.8 + 3 * 1.0)


def test_a_worker_that_stops_does_not_wait_for_redis(bench: Bench) -> None:
    bench.ledger.errors["append"] = [redis.ConnectionError("refused")] * 3
    bench.engine.during_step = bench.trainer.stopping.set
    with pytest.raises(redis.ConnectionError):
        bench.turn()
    assert len(bench.ledger.errors["append"]) == 2, "tried once"


def test_checkpoints_come_every_two_seconds_but_not_with_the_last_chunk(bench: Bench) -> None:
    bench.engine.chunk_seconds = CHECKPOINT_SECONDS * 0.6
    bench.turn()
    assert [chunk.checkpoint for chunk in bench.ledger.appended] == [b"", b"20", b"", b""]


def test_a_checkpoint_that_is_too_large_is_left_out_until_the_run_is_given_back(bench: Bench) -> None:
    bench.engine.chunk_seconds = CHECKPOINT_SECONDS * 1.1
    bench.engine.padding = CHECKPOINT_BYTES
    bench.ledger.controls = ["run", "pause"]
    bench.turn()
    assert [chunk.checkpoint for chunk in bench.ledger.appended] == [b"", b""]
    assert [len(checkpoint) for checkpoint in bench.ledger.released] == [CHECKPOINT_BYTES + 2]


def test_a_checkpoint_of_the_largest_size_is_kept(bench: Bench) -> None:
    bench.engine.chunk_seconds = CHECKPOINT_SECONDS * 1.1
    bench.engine.padding = CHECKPOINT_BYTES - 2
    bench.turn()
    assert [len(chunk.checkpoint) for chunk in bench.ledger.appended] == [CHECKPOINT_BYTES] * 3 + [0]


def test_a_run_goes_on_where_the_log_ends_within_a_chunk(bench: Bench) -> None:
    bench.continues(epochs_done=24, checkpoint=b"10", seconds=3.0)
    bench.turn()
    assert [call[2] for call in bench.engine.started] == [b"10"]
    assert bench.ledger.epochs == list(range(25, EPOCHS + 1))
    assert [(chunk.first, chunk.last) for chunk in bench.ledger.appended] == [(25, 30), (31, 40)]
    assert [chunk.snapshots[0] for chunk in bench.ledger.appended] == [[30], [40]]
    assert bench.ledger.appended[0].seconds == pytest.approx(3.2), "with the time of the attempts before"


@pytest.mark.parametrize(("taken", "expected"), [([23, 27], [27]), ([22, 24], None), ([], None)])
def test_snapshots_that_the_log_has_are_not_appended_again(
    bench: Bench, taken: list[int], expected: list[int] | None
) -> None:
    bench.engine.snapshot_epochs = taken
    bench.continues(epochs_done=24, checkpoint=b"10")
    bench.turn()
    first = bench.ledger.appended[0].snapshots
    assert (first and first[0]) == expected


def test_a_chunk_that_ends_where_the_log_does_is_not_appended(bench: Bench) -> None:
    bench.continues(epochs_done=20, checkpoint=b"10")
    bench.turn()
    assert [(chunk.first, chunk.last) for chunk in bench.ledger.appended] == [(21, 30), (31, 40)]


@pytest.mark.parametrize("checkpoint", [b"damaged", b"30", None], ids=["damaged", "ahead of the log", "none"])
def test_without_a_checkpoint_to_resume_from_the_run_starts_anew(bench: Bench, checkpoint: bytes | None) -> None:
    bench.continues(epochs_done=24, checkpoint=checkpoint)
    bench.turn()
    assert bench.engine.started[-1][2] is None
    assert bench.ledger.epochs == list(range(25, EPOCHS + 1)), "the log gets only what it doesn't have"


def test_a_run_without_epochs_asks_for_no_checkpoint(bench: Bench) -> None:
    bench.ledger.saved = b"20"
    bench.turn()
    assert [call[2] for call in bench.engine.started] == [None]


def test_every_run_of_an_experiment_that_is_invalid_here_fails_with_the_reason(
    bench: Bench, experiment: Experiment
) -> None:
    network = experiment.network.model_copy(update={"layers": [*experiment.network.layers] * 2})
    bench.ledger.experiment = experiment.model_copy(update={"network": network})
    bench.ledger.waiting = FakeLedger(runs=(0, 1)).waiting
    assert not bench.turn()
    assert [(run, status) for run, status, _ in bench.ledger.finished] == [(0, "failed"), (1, "failed")]
    assert all("is taken; choose another" in data["error"] for _, _, data in bench.ledger.finished)
    assert bench.engine.started == []


def test_a_run_that_raises_fails_alone_with_its_reason_and_its_log(bench: Bench) -> None:
    bench.ledger.waiting = FakeLedger(runs=(0, 1)).waiting
    bench.engine.error = RuntimeError("no memory for /srv/lab/secret/file.csv " + "x" * 3000)
    assert not bench.turn()
    assert [(run, status) for run, status, _ in bench.ledger.finished] == [(0, "failed"), (1, "failed")]
    data = bench.ledger.finished[0][2]
    assert data["error"].startswith("RuntimeError: no memory for file.csv xxx")
    assert len(data["error"]) == 2000
    log = "\n".join(data["log"])
    assert "WARNING fake: about to fail" in log
    assert "Traceback (most recent call last)" in log
    assert 'File "test_training_task.py", line' in log

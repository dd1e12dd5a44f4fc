"""The training task on fakes of ledger, engine, heartbeat and clock."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import redis

from app.presets import TUTORIAL
from core.experiment.experiment import Experiment
from core.ledger import Control
from core.runs.kept import sha256_of
from tests.worker.bench import CHUNK, EPOCHS, SEEDS, Bench, Clock, FakeLedger
from worker import training_task
from worker.training_task import CHECKPOINT_BYTES, CHECKPOINT_SECONDS, TURN_SECONDS


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
        "weights_sha256": sha256_of([np.arange(6, dtype=np.float32)]),
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
    assert 'File "bench.py", line' in log


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [
        ({"kind": "table", "file": "0" * 64, "target": "y"}, "There is no such file in the lab"),
        ({"kind": "of a later version"}, "of another version than the API"),
    ],
)
def test_what_can_not_be_trained_here_is_left_to_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, dataset: dict[str, str], reason: str
) -> None:
    spec = bench.ledger.spec("an experiment")
    assert spec is not None
    unknown = {**spec, "experiment": {**spec["experiment"], "dataset": dataset}}
    monkeypatch.setattr(bench.ledger, "spec", lambda _: unknown)
    bench.ledger.alone = False
    assert not bench.turn()
    assert [worker for _, worker in bench.ledger.declined] == ["host/1"]
    assert bench.ledger.claims == []
    bench.ledger.alone = True
    assert not bench.turn()
    ((_, status, data),) = bench.ledger.finished
    assert status == "failed"
    assert reason in data["error"]

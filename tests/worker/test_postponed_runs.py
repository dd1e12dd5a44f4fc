"""Experiments whose files a worker can't get: it declines them for a while, and trains them when it can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from app.presets import TUTORIAL
from core.catalog.datasets import Dataset, DataUnavailable
from core.problems import Invalid, Problem
from tests.worker.bench import ID, Bench, Clock, FakeLedger
from worker import training_task
from worker.files import FilesAway
from worker.training_task import Trainer


class FakePostponements:
    def __init__(self) -> None:
        self.due = True
        self.reasons: list[str] = []

    def add(self, experiment: str, worker: str, reason: str) -> int:
        assert (experiment, worker) == (ID, "host/1")
        self.reasons.append(reason)
        return 2

    def is_due(self, experiment: str, worker: str) -> bool:
        return self.due

    def end(self, experiment: str, worker: str) -> None:
        self.reasons.clear()


class FakeFiles:
    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked: list[str] = []

    @contextmanager
    def provided(self, dataset: Dataset) -> Iterator[None]:
        self.asked.append(dataset.kind)
        if self.error is not None:
            raise self.error
        yield


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A trainer of one run."""
    clock = Clock()
    monkeypatch.setattr(training_task, "time", clock)
    arms = TUTORIAL.experiment.arms[:1]
    return Bench(FakeLedger(TUTORIAL.experiment.model_copy(update={"seeds": [1], "arms": arms})), clock)


@pytest.fixture
def files(bench: Bench) -> FakeFiles:
    """The files of the bench's trainer."""
    found = FakeFiles()
    bench.trainer = Trainer(
        cast(Any, bench.ledger), cast(Any, bench.engine), cast(Any, bench.heartbeat), cast(Any, found)
    )
    bench.trainer._postponements = cast(Any, FakePostponements())
    return found


def noted(bench: Bench) -> FakePostponements:
    return cast(FakePostponements, bench.trainer._postponements)


def test_what_can_not_be_had_for_now_is_postponed_and_neither_claimed_nor_failed(
    bench: Bench, files: FakeFiles
) -> None:
    files.error = FilesAway("The API is away")
    assert not bench.turn()
    assert noted(bench).reasons == ["The API is away"]
    assert (bench.ledger.claims, bench.ledger.finished, bench.ledger.declined) == ([], [], [])

    noted(bench).due = False
    files.error = None
    asked = len(files.asked)
    assert not bench.turn()
    assert (len(files.asked), bench.ledger.claims) == (asked, []), "it is not yet time"

    noted(bench).due = True
    assert not bench.turn()
    assert noted(bench).reasons == []
    assert [status for _, status, _ in bench.ledger.finished] == ["finished"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Invalid([Problem(("dataset", "file"), "There is no such file")]), "There is no such file"),
        (DataUnavailable("MNIST can't be downloaded"), "MNIST can't be downloaded"),
    ],
)
def test_what_is_not_to_be_had_is_left_to_others_and_fails_without_any(
    bench: Bench, files: FakeFiles, error: Exception, words: str
) -> None:
    files.error = error
    bench.ledger.alone = False
    assert not bench.turn()
    assert (bench.ledger.claims, [worker for _, worker in bench.ledger.declined]) == ([], ["host/1"])
    bench.ledger.alone = True
    assert not bench.turn()
    ((_, status, data),) = bench.ledger.finished
    assert status == "failed"
    assert words in data["error"]


def test_files_are_provided_anew_in_every_turn(bench: Bench, files: FakeFiles) -> None:
    """They may have made room for others since."""
    bench.turn()
    bench.turn()
    assert len(files.asked) == 2


def test_an_experiment_that_is_not_open_any_more_needs_no_files(bench: Bench, files: FakeFiles) -> None:
    bench.ledger.experiment = None
    assert not bench.turn()
    assert files.asked == []

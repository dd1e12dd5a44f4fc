"""Questions for predictions, answered on a real Valkey: outputs, or why there are none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import pytest
import redis

from core import prediction_queue
from core.catalog.datasets import Dataset
from core.experiment.experiment import Experiment
from core.ledger import connect
from core.prediction_queue import NotNow, Question, Unpredictable, ask
from core.problems import Invalid, Problem
from core.runs.kept import pack_weights
from worker import prediction_task
from worker.files import FilesAway


class FakeFiles:
    error: Exception | None = None

    @contextmanager
    def provided(self, dataset: Dataset) -> Iterator[None]:
        assert dataset.kind == "moons"
        if self.error is not None:
            raise self.error
        yield


class FakePredictors:
    error: Exception | None = None

    def outputs(self, arm: Any, weights: Any, x: np.ndarray) -> np.ndarray:
        if self.error is not None:
            raise self.error
        return x * 2


class Messages:
    """Celery, which calls the task in a thread."""

    def __init__(self, url: str, files: FakeFiles, predictors: FakePredictors) -> None:
        self.url, self.files, self.predictors = url, files, predictors

    def send_task(self, name: str, args: list[str], **_: Any) -> None:
        threading.Thread(target=self._run, args=args).start()

    def _run(self, id: str) -> None:
        with connect(self.url) as client:
            prediction_task.predict(client, cast(Any, self.predictors), cast(Any, self.files), id)


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as opened:
        yield opened


def asked(client: redis.Redis, url: str, files: FakeFiles, predictors: FakePredictors) -> np.ndarray:
    experiment = Experiment.model_validate(
        {"dataset": {"kind": "moons"}, "network": {"layers": [{"kind": "dense", "units": 2}]}}
    )
    weights = pack_weights([np.zeros(3, np.float32)], 1000)
    x = np.ones((2, 2), np.float32)
    messages = cast(Any, Messages(url, files, predictors))
    return ask(client, messages, Question(experiment.model_dump(), 0, None, weights, x))


def test_outputs_come_back(client: redis.Redis, redis_url: str) -> None:
    found = asked(client, redis_url, FakeFiles(), FakePredictors())
    np.testing.assert_array_equal(found, np.full((2, 2), 2, np.float32))


@pytest.mark.parametrize(
    ("missing", "kind"),
    [
        (FilesAway("The API is away"), NotNow),
        (Invalid([Problem(("dataset", "file"), "There is no such file")]), Unpredictable),
    ],
)
def test_files_that_are_not_here_are_told(
    client: redis.Redis, redis_url: str, missing: Exception, kind: type[Exception]
) -> None:
    files = FakeFiles()
    files.error = missing
    with pytest.raises(kind, match=r"The API is away|There is no such file"):
        asked(client, redis_url, files, FakePredictors())


def test_an_error_of_the_model_is_told_without_directories(client: redis.Redis, redis_url: str) -> None:
    predictors = FakePredictors()
    predictors.error = ValueError("no layer in /srv/lab/secret.txt")
    with pytest.raises(Unpredictable, match=r"ValueError: no layer in secret\.txt"):
        asked(client, redis_url, FakeFiles(), predictors)
    assert prediction_queue.question(client, "0" * 32) is None

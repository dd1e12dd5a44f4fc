"""Predictions for new rows: prepared here as the run's training rows were, and computed by a worker."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from celery import Celery
from pydantic import TypeAdapter

from app.failure import Failure
from core.catalog.datasets import AnyDataset, Dataset, Split
from core.experiment.experiment import Experiment
from core.ledger import Ledger
from core.prediction_queue import WAIT_SECONDS, NoAnswer, NotNow, Question, Unpredictable, ask

AT_ONCE: Final = 4
"""Predictions that wait for a worker at once: each takes a thread of the API."""
MAX_VALUES: Final = 1 << 23
"""Most values of all rows of one call: 32 MiB."""

_DATASET: TypeAdapter[Any] = TypeAdapter(AnyDataset)
_RETRY: Final = {"Retry-After": "10"}


class Predictor:
    """Asks workers for predictions. Thread-safe."""

    def __init__(self, ledger: Ledger, celery: Celery) -> None:
        self._ledger = ledger
        self._celery = celery
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def outputs(self, experiment: Experiment, arm: int, draw: int | None, weights: bytes, x: np.ndarray) -> np.ndarray:
        """Outputs of an arm's trained model for prepared rows: float32, (rows, units).

        Raises:
            Failure: 503 where no worker answers or has the files, 409 where none can predict with these weights.
        """
        if not self._room.acquire(blocking=False):
            raise Failure(503, "Other predictions are being made; try again in a few seconds", {"Retry-After": "3"})
        try:
            if not self._ledger.slots():
                raise Failure(503, "No worker is running, and one is needed to predict; try again when one is", _RETRY)
            question = Question(experiment.model_dump(), arm, draw, weights, x)
            return ask(self._ledger.client, self._celery, question)
        except NoAnswer:
            sentence = f"No worker had time within {WAIT_SECONDS:.0f} s: all are training. Try again in a while"
            raise Failure(503, sentence, _RETRY) from None
        except NotNow as reason:
            raise Failure(503, f"The worker can't predict now: {reason}", _RETRY) from None
        except Unpredictable as reason:
            raise Failure(409, f"The worker can't predict with this run's weights: {reason}") from None
        finally:
            self._room.release()


def prepared(dataset: Dataset, split: Split, draw: int | None, x: Any) -> np.ndarray:
    """A model's inputs of new rows: what was fitted on the training rows of the draw does it.

    Raises:
        DataUnavailable: if the training rows are not here.
    """
    return _preparation(dataset.model_dump_json(), split.model_dump_json(), draw)(x)


@functools.lru_cache(maxsize=4)
def _preparation(body: str, cut: str, draw: int | None) -> Callable[[Any], np.ndarray]:
    split = Split.model_validate_json(cut)
    return split.input_preparation(split.without_column(_DATASET.validate_json(body)), draw)

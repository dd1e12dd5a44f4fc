"""Predictions by workers: the API leaves a question in Redis and sends a message; a slot leaves the answer there.

Both are gone after `KEPT_SECONDS`. A message whose question is gone does nothing, so that one which was sent while no
worker was there costs none its time later.
"""

from __future__ import annotations

import io
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import orjson
import redis
from celery import Celery

from core.catalog.datasets import Dataset
from core.experiment.experiment import Experiment, resolve
from core.experiment.resolution import ResolvedArm
from core.runs.kept import unpack_weights
from core.settings import settings
from core.task_queue import PREDICT_TASK, prediction_queue

WAIT_SECONDS: Final = 20.0
"""Time for which the API waits for an answer."""
KEPT_SECONDS: Final = 60
_POLL_SECONDS: Final = 2
"""Longest single wait: shorter than the client's time-out."""


class NoAnswer(Exception):
    """No worker answered within `WAIT_SECONDS`."""


class Unpredictable(Exception):
    """The worker can't predict with these weights. The message says why."""


class NotNow(Exception):
    """The worker can't predict for now. The message says why."""


_REFUSALS: Final[dict[bytes, type[Unpredictable | NotNow]]] = {b"-": Unpredictable, b"~": NotNow}


@dataclass(frozen=True)
class Question:
    """Inputs, and the model whose outputs are asked for."""

    experiment: dict[str, Any]
    """As posted, with its defaults."""
    arm: int
    draw: int | None
    weights: bytes
    """Packed by `kept.pack_weights`."""
    x: np.ndarray
    """float32, (rows, *shape): prepared as training rows were."""

    def dataset(self) -> Dataset:
        """The data set whose new rows they are."""
        return Experiment.model_validate(self.experiment).dataset

    def resolved_arm(self) -> ResolvedArm:
        """The arm, on its draw of the rows. Raises `Invalid` where a file isn't here."""
        return resolve(Experiment.model_validate(self.experiment))[self.arm].at(self.draw)

    def unpacked_weights(self) -> list[np.ndarray]:
        """The weights, in the model's order."""
        return unpack_weights(self.weights)


def ask(client: redis.Redis, celery: Celery, question: Question) -> np.ndarray:
    """The outputs: float32, (rows, units).

    Raises:
        NoAnswer: if no worker answers in time.
        Unpredictable: if the worker says that it can't.
        NotNow: if it says that it can't for now.
    """
    id = secrets.token_hex(16)
    about = {"experiment": question.experiment, "arm": question.arm, "draw": question.draw}
    fields = {"about": orjson.dumps(about), "weights": question.weights, "x": _packed(question.x)}
    until = time.monotonic() + WAIT_SECONDS
    with client.pipeline() as pipe:
        pipe.hset(_key(id), mapping=cast(Any, fields))
        pipe.expire(_key(id), KEPT_SECONDS)
        pipe.execute()
    try:
        celery.send_task(PREDICT_TASK, args=[id], queue=prediction_queue(), expires=WAIT_SECONDS, retry=False)
        while time.monotonic() < until:
            found = cast("tuple[bytes, bytes] | None", client.blpop([_answer_key(id)], _POLL_SECONDS))
            if found is not None:
                kind, content = found[1][:1], found[1][1:]
                if kind in _REFUSALS:
                    raise _REFUSALS[kind](content.decode())
                return np.asarray(np.load(io.BytesIO(content), allow_pickle=False))
    finally:
        client.delete(_key(id), _answer_key(id))
    raise NoAnswer


def question(client: redis.Redis, id: str) -> Question | None:
    """The question of a message; None where nobody waits for its answer any more."""
    found = cast("dict[bytes, bytes]", client.hgetall(_key(id)))
    if not found:
        return None
    x = np.load(io.BytesIO(found[b"x"]), allow_pickle=False)
    return Question(**orjson.loads(found[b"about"]), weights=found[b"weights"], x=x)


def answer(client: redis.Redis, id: str, outputs: np.ndarray | Unpredictable | NotNow) -> None:
    """Answers a question by outputs, or by a refusal whose sentence says why there are none."""
    if isinstance(outputs, np.ndarray):
        content = b"+" + _packed(outputs)
    else:
        (kind,) = (kind for kind, refusal in _REFUSALS.items() if isinstance(outputs, refusal))
        content = kind + str(outputs).encode()
    with client.pipeline() as pipe:
        pipe.rpush(_answer_key(id), content)
        pipe.expire(_answer_key(id), KEPT_SECONDS)
        pipe.execute()


def _packed(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values, allow_pickle=False)
    return file.getvalue()


def _key(id: str) -> str:
    return f"{settings().lab_redis_prefix}:prediction:{id}"


def _answer_key(id: str) -> str:
    return f"{_key(id)}:answer"

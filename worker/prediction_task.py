"""Answers to questions for predictions."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import redis

from core.logs import without_places
from core.prediction_queue import answer, question
from core.problems import Invalid

if TYPE_CHECKING:  # so that importing this module does not load TensorFlow
    from worker.network import Predictors

logger = logging.getLogger(__name__)


def predict(client: redis.Redis, predictors: Predictors, id: str) -> None:
    """Answers the question `id`, unless nobody waits for it any more."""
    asked = question(client, id)
    if asked is None:
        return
    try:
        found = predictors.outputs(asked.resolved_arm(), asked.unpacked_weights(), asked.x)
    except Invalid as invalid:
        answer(client, id, str(invalid))
    except Exception as error:
        # Whatever the model makes TensorFlow raise is the caller's to read; the slot goes on.
        logger.exception("prediction failed")
        answer(client, id, without_places(f"{type(error).__name__}: {error}".strip())[:500])
    else:
        answer(client, id, found)

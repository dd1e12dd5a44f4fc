"""Answers to questions for predictions."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import redis

from core.catalog.datasets import DataUnavailable
from core.logs import without_places
from core.prediction_queue import NotNow, Unpredictable, answer, question
from core.problems import Invalid
from worker.files import Files, FilesAway

if TYPE_CHECKING:  # so that importing this module does not load TensorFlow
    from worker.network import Predictors

logger = logging.getLogger(__name__)


def predict(client: redis.Redis, predictors: Predictors, files: Files, id: str) -> None:
    """Answers the question `id`, unless nobody waits for it any more."""
    asked = question(client, id)
    if asked is None:
        return
    try:
        with files.provided(asked.dataset()):
            found = predictors.outputs(asked.resolved_arm(), asked.unpacked_weights(), asked.x)
    except FilesAway as away:
        answer(client, id, NotNow(str(away)))
    except (Invalid, DataUnavailable) as missing:
        answer(client, id, Unpredictable(str(missing)))
    except Exception as error:
        # Whatever the model makes TensorFlow raise is the caller's to read; the slot goes on.
        logger.exception("prediction failed")
        reason = without_places(f"{type(error).__name__}: {error}".strip())[:500]
        answer(client, id, Unpredictable(reason))
    else:
        answer(client, id, found)

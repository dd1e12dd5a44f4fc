"""Predictions with kept weights, beside Keras' own `predict` of the model that was trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.experiment.experiment import Experiment, resolve
from core.prediction_queue import Question
from core.runs.kept import pack_weights, sha256_of, unpack_weights
from core.runs.metrics import score
from tests.families import FAMILIES
from worker.engine import Engine
from worker.network import Predictors


@pytest.mark.parametrize("family", FAMILIES)
def test_kept_weights_predict_as_the_trained_model(family: str, families_engine: Engine) -> None:
    experiment = Experiment.model_validate(FAMILIES[family])
    (arm,) = resolve(experiment)
    session = families_engine.start(arm, 1)
    while not session.done:
        session.step()
    packed = pack_weights(session.model_weights(), 10**9)
    assert sha256_of(unpack_weights(packed)) == session.weights_sha256()
    trained: Any = session._program.model
    test = arm.prepare().test
    theirs = trained.predict(test.x, verbose=0)
    kept = session.evaluate_sets().outputs
    asked = Question(experiment.model_dump(), 0, None, packed, test.x)
    ours = Predictors().outputs(asked.resolved_arm(), asked.unpacked_weights(), asked.x)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ours, kept["test"], rtol=1e-5, atol=1e-7)
    assert kept.keys() == {"test", "holdout"}
    told = score(arm.dataset.task, test.y, ours)
    assert next(iter(told.values())) == pytest.approx(session.figures()["test_score"], abs=1e-6)


def test_weights_of_another_model_are_refused() -> None:
    (arm,) = resolve(Experiment.model_validate(FAMILIES["dense"]))
    with pytest.raises(ValueError, match="weights"):
        Predictors().outputs(arm, [np.zeros(3, np.float32)], np.zeros((2, *arm.dataset.shape), np.float32))

"""A standardised target: trained on scaled, told in its own units, as scikit-learn computes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.preprocessing import StandardScaler

from core.experiment.experiment import Experiment, resolve
from core.runs.events import METRICS
from tests.worker.small_runs import trained
from worker.engine import Engine, Session


def session_of(engine: Engine, **split: Any) -> Session:
    (arm,) = resolve(
        Experiment.model_validate(
            {
                "dataset": {"kind": "diabetes"},
                "split": {"train": 300, "validation": 40, "shuffle": True, "standardize": True, **split},
                "network": {"layers": [{"kind": "dense", "units": 4, "activation": "relu"}]},
                "training": {"epochs": 20},
                "arms": [{"name": "a"}],
            }
        )
    )
    return engine.start(arm, seed=1)


def test_errors_are_in_the_targets_own_units_and_the_loss_is_of_the_scaled_target() -> None:
    engine = Engine()
    session = session_of(engine, target_scale="standard")
    curves = trained(session)
    evaluation = session.evaluate_sets()
    figures, rows = evaluation.metrics, evaluation.outcomes
    first, bias, second, offset = session._live_program().model.get_weights()

    x, y = load_diabetes(return_X_y=True, scaled=False)
    order = np.random.default_rng(0).permutation(len(y))
    train, validation, test = np.split(order, [300, 340])
    features, target = StandardScaler().fit(x[train]), StandardScaler().fit(y[train, None])
    for name, part in (("train", train), ("validation", validation), ("test", test)):
        scaled = np.maximum(features.transform(x[part]) @ first + bias, 0) @ second + offset
        predicted = target.inverse_transform(scaled)[:, 0]
        assert figures[name]["mae"] == pytest.approx(mean_absolute_error(y[part], predicted), rel=1e-4)
        assert figures[name]["rmse"] == pytest.approx(np.sqrt(mean_squared_error(y[part], predicted)), rel=1e-4)
        assert figures[name]["r2"] == pytest.approx(r2_score(y[part], predicted), abs=1e-4)
        if name == "test":
            np.testing.assert_allclose(rows["test"], (y[part] - predicted) ** 2, rtol=2e-3, atol=1)
            loss = mean_squared_error(target.transform(y[part, None]), scaled)
            assert curves[-1][METRICS.index("test_loss")] == pytest.approx(loss, rel=1e-4)
            assert curves[-1][METRICS.index("test_score")] == pytest.approx(r2_score(y[part], predicted), abs=1e-4)

    before = session_of(engine, standardize_target=True)
    np.testing.assert_array_equal(trained(before), curves)
    told = before.evaluate_sets().metrics
    assert told["test"]["mae"] == pytest.approx((figures["test"]["mae"] or 0) / target.scale_[0], rel=1e-5)

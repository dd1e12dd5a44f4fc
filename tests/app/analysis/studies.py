"""Studies of made-up scores, and their sentences."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from app import analysis
from app.analysis import Study, judge, sentence_of

CLAIMED = (*analysis.BETTER, *analysis.WORSE)
CASES = int(os.environ.get("LAB_CASES", "1000"))
ARMS = ("baseline", "unit norm", "max norm", "non-negative", "min-max norm")


def study(
    test: Any,
    fresh: Any = None,
    score: Literal["accuracy", "r2"] = "accuracy",
    rows: int | None = 70,
    states: str | None = None,
    outcomes: Mapping[int, Mapping[str, np.ndarray]] | None = None,
    **more: Any,
) -> Study:
    """A study of scores, NaN where there is none. `states`, a letter a run: finished, Failed (x), open (o)."""
    scores = np.asarray(test, dtype=float)
    each = np.array(list(states or "f" * scores.size)).reshape(scores.shape)
    return Study(
        score=score,
        arms=ARMS[: len(scores)],
        test=scores,
        fresh=None if fresh is None else np.asarray(fresh, dtype=float),
        finished=each == "f",
        failed=each == "x",
        open=each == "o",
        test_rows=rows,
        fresh_rows=None if fresh is None else 20_000,
        outcomes=outcomes or {},
        **more,
    )


def sentences(given: Study) -> list[str]:
    return [sentence_of(given, arm, verdict) for arm, verdict in enumerate(judge(given))]


def sentence(study: Study, arm: int = 1) -> str:
    return sentence_of(study, arm, judge(study)[arm])


def claim(study: Study, arm: int = 1) -> str:
    return judge(study)[arm].claim


def scores(*differences: Any, base: float = 0.85) -> np.ndarray:
    """A baseline of one score, and arms with these differences from it."""
    rows = np.array([np.zeros(len(differences[0])), *differences])
    return base + rows


SPREAD = np.tile([0.004, -0.004, 0.002, -0.002, 0.0], 4)
"""Differences of 20 seeds about their mean."""

STUDIES = 300
"""Simulated studies a figure."""

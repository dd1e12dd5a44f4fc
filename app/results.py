"""Scores by name, and means over finished runs: what the API, the verdict and the exports tell of an experiment."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel

from app.stored import StoredExperiment
from core.catalog.constraints import all_of
from core.experiment.experiment import Experiment, resolve
from core.experiment.model import SCORE
from core.experiment.resolution import ResolvedArm
from core.problems import Invalid
from core.runs.events import RunState


class SpreadView(BaseModel):
    """Mean and sample standard deviation over the arm's finished runs; null where there are too few."""

    mean: float | None
    std: float | None


def spread(values: list[float]) -> SpreadView:
    """Mean and sample standard deviation of `values`."""
    return SpreadView(
        mean=statistics.fmean(values) if values else None,
        std=statistics.stdev(values) if len(values) > 1 else None,
    )


def score_of(experiment: Experiment) -> Literal["accuracy", "r2"]:
    """The score's name; accuracy, where the file that tells the task is gone."""
    try:
        return SCORE[experiment.dataset.task]
    except Invalid:
        return "accuracy"


def score_names(values: dict[str, Any], score: str) -> dict[str, Any]:
    """`values` with the score's name in the place of `score`: `train_score` becomes `train_accuracy` or `train_r2`."""
    named = {"train_score": f"train_{score}", "test_score": f"test_{score}"}
    return {named.get(name, name): value for name, value in values.items()}


def resolved(stored: StoredExperiment) -> list[ResolvedArm]:
    """The arms; none where they can't be resolved any more, because a file of their data is gone, say."""
    try:
        return resolve(stored.experiment)
    except Invalid:
        return []


def run_identity(experiment: Experiment, run: int) -> dict[str, Any]:
    """`arm`, `draw` (left out where the rows are as posted) and `seed` of the run at place `run`."""
    replicates = experiment.replicates()
    arm, index = divmod(run, len(replicates))
    draw = {} if replicates[index].draw is None else {"draw": replicates[index].draw}
    return {"arm": experiment.arms[arm].name, **draw, "seed": replicates[index].seed}


def runs_by_arm(stored: StoredExperiment) -> list[list[RunState]]:
    """The runs of each arm."""
    replicates = len(stored.experiment.replicates())
    return [stored.runs[i * replicates : (i + 1) * replicates] for i in range(len(stored.experiment.arms))]


def finished(runs: list[RunState]) -> list[RunState]:
    """The runs that have finished."""
    return [run for run in runs if run.status == "finished"]


def shown_metrics(metrics: dict[str, Any] | None, *, revealed: bool) -> dict[str, Any] | None:
    """A run's metrics by set; without those of the sealed rows until they are revealed."""
    if metrics is None or revealed:
        return metrics
    return {name: value for name, value in metrics.items() if name != "holdout"}


NOT_PROMISED: Final = "not promised"
"""What stands for held or not held where the constraint promises nothing, as a min-max norm with a rate below 1."""


def held_in(reports: Sequence[Mapping[str, Any]]) -> bool | Literal["not promised"] | None:
    """Whether a weight obeys its constraint in all runs, from each finished run's report on it (`RunState.weights`).

    None without a constraint, and where every run diverged: runs that did are left out.
    """
    known = [each for each in reports if each["constraint"] is not None and None not in each["norm"].values()]
    found = all_of([each["held"] for each in known]) if known else None
    return NOT_PROMISED if known and found is None else found


def one_class(runs: Sequence[RunState]) -> int | None:
    """Number of `runs` whose model predicts a single class for all test rows.

    None where no run says: none has finished, it is a regression, or an earlier version trained them.
    """
    found = [((run.metrics or {}).get("test") or {}).get("predicted_classes") for run in runs]
    known = [each for each in found if each is not None]
    return sum(each == 1 for each in known) if known else None


def scored_gaps(runs: Sequence[RunState]) -> list[float | None]:
    """Train minus test score of each run's scored model (`RunState.figures`); None where either is missing."""
    pairs = [(run.figures.get("train_score"), run.figures.get("test_score")) for run in runs]
    return [None if train is None or test is None else train - test for train, test in pairs]

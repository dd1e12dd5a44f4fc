"""The study: scores, states and row outcomes of an experiment's runs, and the differences between its arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from app.analysis.draws import drawn_difference
from app.analysis.looks import level_at, level_of_seeds
from app.analysis.paired import Difference, seed_difference
from app.analysis.rows import (
    mcnemar_difference,
    regression_difference,
    share_difference,
    target_variance,
    widen_for_rows,
)
from core.catalog.datasets.split_fields import Design
from core.experiment.claims import MARGIN
from core.experiment.experiment import CLOSED, Experiment
from core.experiment.model import SCORE
from core.problems import Invalid
from core.runs.events import RunState


@dataclass(frozen=True, eq=False)
class Study:
    """Scores and states of an experiment's runs. Arrays are (arms, seeds); the baseline is the first arm.

    With draws of the training rows a column is a replicate: one seed on one draw.
    """

    score: Literal["accuracy", "r2"]
    arms: tuple[str, ...]
    test: np.ndarray
    """Score on the test rows with the last weights; NaN if a run hasn't finished or has no finite score."""
    fresh: np.ndarray | None
    """Score on fresh rows; None without fresh rows."""
    finished: np.ndarray
    failed: np.ndarray
    open: np.ndarray
    """Whether the run has not ended yet."""
    test_rows: int | None
    fresh_rows: int | None
    outcomes: Mapping[int, Mapping[str, np.ndarray]] = field(default_factory=dict)
    """By run (arm · seeds + seed) and set: (rows,) whether each row is right, the share of its labels that is, or its
    squared error in regression."""
    labels: int = 1
    """Labels of each row, whose share that is right is the row's outcome; 1 where each row is of one class."""
    margin: float = MARGIN
    """Difference up to which two scores are the same for practical purposes, in the score's own unit."""
    floor: float = 0.0
    """Score by chance, as a run that diverged gets: 1 / classes, or an r² of 0."""
    diverged: np.ndarray | None = None
    """Whether the finished run diverged; None: those without a finite test score did."""
    twins: np.ndarray | None = None
    """(arms,) the first arm that ends with the same weights, bit for bit, in every seed that both finished; the arm
    itself where none does."""
    unreached: np.ndarray | None = None
    """(arms,) whether the arm is the baseline but for constraints that never had an effect (`reach.unreached_arms`);
    None: not known of any."""
    one_class: np.ndarray | None = None
    """Whether the finished run's model predicts one class for all test rows; None: not known of any."""
    design: Design = "seeds"
    """How the training rows vary between replicates."""
    is_sealed: bool = False
    """Whether the test rows are the sealed ones, which are the same in all splits and folds of a table."""
    draws: np.ndarray | None = None
    """(replicates,) number of each column's draw; None: each column is a draw of its own."""
    train_rows: int | None = None
    look: int = 1
    """Number of this look at the study, from 1, if looks are planned."""
    looks: int | None = None
    """Number of looks that were planned; None without a plan: the level then follows from the number of seeds."""

    @property
    def comparisons(self) -> int:
        """Number of arms compared with the baseline."""
        return len(self.arms) - 1

    @property
    def running(self) -> bool:
        """Whether more scores may come."""
        return bool(self.open.any())

    @property
    def claim_set(self) -> Literal["test", "fresh"]:
        """Set on which claims are made."""
        return "test" if self.fresh is None else "fresh"

    @property
    def by_draws(self) -> bool:
        """Whether the training rows were drawn several times."""
        return self.design != "seeds"

    @property
    def can_claim(self) -> bool:
        """Whether anything can be claimed: not of one set of rows by models whose training rows overlap."""
        return not (self.is_sealed and self.design in ("resampled", "folds"))

    @property
    def draw_numbers(self) -> np.ndarray:
        """(replicates,) number of each column's draw."""
        return np.arange(self.test.shape[1]) if self.draws is None else self.draws

    @property
    def claim_scores(self) -> np.ndarray:
        """Scores on the set on which claims are made."""
        return self.test if self.fresh is None else self.fresh

    @property
    def by_rows(self) -> bool:
        """Whether outcomes of rows are needed: once an arm has a pair of scores."""
        return any(self.pairs(arm) > 0 for arm in range(1, len(self.arms)))

    def scores(self, name: str) -> np.ndarray | None:
        """Scores on the set called `name`: `test` or `fresh`."""
        return self.test if name == "test" else self.fresh

    def level(self, n: int) -> float:
        """Level of a claim that rests on `n` seeds or draws, at this look."""
        return level_of_seeds(n, self.look) if self.looks is None else level_at(self.look, self.looks)

    def next_level(self, n: int) -> float:
        """Level of a claim after seeds are added to `n`."""
        return level_of_seeds(n, self.look + 1) if self.looks is None else level_at(self.look + 1, self.looks)

    def pairs(self, arm: int, rival: int = 0) -> int:
        """Number of seeds that have finished in both arms."""
        return int((self.finished[arm] & self.finished[rival]).sum())

    def diverged_seeds(self, arm: int) -> np.ndarray:
        """(seeds,) whether the arm's run diverged."""
        if self.diverged is not None:
            return np.asarray(self.diverged[arm], bool)
        return np.asarray(self.finished[arm] & ~np.isfinite(self.test[arm]), bool)

    def twin(self, arm: int) -> int | None:
        """The first arm that is the same model, bit for bit, in every seed; models that diverged are none."""
        if self.twins is None or self.twins[arm] == arm or self.diverged_seeds(arm).any():
            return None
        return int(self.twins[arm])

    def alike(self, arm: int) -> int | None:
        """The first arm with the same model, or with the same scores on test and fresh rows, in every seed."""
        if self.twin(arm) is not None or self.fresh is None:
            return self.twin(arm)
        for other in range(arm):
            both = self.finished[arm] & self.finished[other]
            scores = [(each[arm][both], each[other][both]) for each in (self.test, self.fresh)]
            if both.any() and all(np.isfinite(a).all() and np.array_equal(a, b) for a, b in scores):
                return other
        return None

    def same_model(self, arm: int) -> bool:
        """Whether arm and baseline are the same model, bit for bit, in every seed."""
        return self.twin(arm) == 0

    def is_unreached(self, arm: int) -> bool:
        """Whether the arm is the baseline, but for constraints whose limits were never reached."""
        return self.unreached is not None and bool(self.unreached[arm])

    def one_class_runs(self, arm: int) -> tuple[int, int]:
        """Numbers of the arm's finished runs that predict one class for all test rows, and of all that finished.

        Runs that diverged are told as that, and count among the latter alone.
        """
        if self.one_class is None:
            return 0, int(self.finished[arm].sum())
        alone = self.one_class[arm] & self.finished[arm] & ~self.diverged_seeds(arm)
        return int(alone.sum()), int(self.finished[arm].sum())

    def divergences(self, arm: int, rival: int = 0) -> tuple[int, int]:
        """Numbers of seeds or draws finished in both in which the arm alone, and the rival alone, diverged."""
        losses, wins = self.diverged_alone(arm, rival)
        return int(losses.sum()), int(wins.sum())

    def diverged_alone(self, arm: int, rival: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """(seeds,) or (draws,) whether the arm, and whether the rival, alone diverged; in a draw, in more seeds."""
        both = self.finished[arm] & self.finished[rival]
        ours, theirs = both & self.diverged_seeds(arm), both & self.diverged_seeds(rival)
        if not self.by_draws:
            return ours & ~theirs, theirs & ~ours
        _, index = np.unique(self.draw_numbers, return_inverse=True)
        more = np.bincount(index, ours.astype(int) - theirs.astype(int))
        return more > 0, more < 0

    def lost(self, arm: int, rival: int = 0) -> int:
        """Number of seeds that can't be compared: a run failed, or has no finite score although none diverged."""
        scores = self.claim_scores
        failed = self.failed[arm] | self.failed[rival]
        finished = self.finished[arm] & self.finished[rival]
        told = self.diverged_seeds(arm) | self.diverged_seeds(rival)
        return int((failed | (finished & ~told & ~np.isfinite(scores[arm] - scores[rival]))).sum())


def study_of(
    experiment: Experiment, runs: Sequence[RunState], *, look: int = 1, part: Literal["test", "holdout"] = "test"
) -> Study:
    """The study of an experiment's runs, without their rows' outcomes.

    Args:
        experiment: the experiment.
        runs: its runs: arms in order, for each of them its replicates in order.
        look: number of this look at them.
        part: set that stands as the test rows. Of sealed rows, `holdout`, scores on fresh rows are left out. So they
            are with splits and folds of one table: these share training rows, and how much differences on other rows
            then vary together isn't known.
    """
    replicates = experiment.replicates()
    shape = (len(experiment.arms), len(replicates))
    try:
        task, rows = experiment.dataset.task, experiment.split.part_sizes(experiment.dataset)
        score, classes = SCORE[task], 2 if task == "labels" else experiment.dataset.classes
        labels = len(experiment.dataset.label_names) or 1
    except Invalid:
        score, rows, classes, labels = "accuracy", {}, 0, 1  # the data set's file is gone

    def scores(name: str) -> list[float | None]:
        return [(run.metrics or {}).get(name, {}).get(score) for run in ended]

    ended = [run if run.status == "finished" else RunState() for run in runs]
    finished = np.array([run.status == "finished" for run in runs])
    test = [run.figures.get("test_score") for run in ended] if part == "test" else scores(part)
    design = experiment.split.design(experiment.dataset)
    fresh = part == "test" and design in ("seeds", "drawn") and any("fresh" in (run.metrics or {}) for run in ended)
    lost = [run.diverged_at is not None and value is None for run, value in zip(runs, test, strict=True)]
    draws = [each.draw for each in replicates if each.draw is not None]
    return Study(
        score=score,
        arms=tuple(arm.name for arm in experiment.arms),
        test=_floats(test).reshape(shape),
        fresh=_floats(scores("fresh")).reshape(shape) if fresh else None,
        finished=finished.reshape(shape),
        failed=np.array([run.status == "failed" for run in runs]).reshape(shape),
        open=np.array([run.status not in CLOSED for run in runs]).reshape(shape),
        test_rows=rows.get(part),
        design=design,
        is_sealed=part == "holdout",
        draws=np.array(draws) if draws else None,
        fresh_rows=experiment.dataset.fresh_rows if fresh else None,
        diverged=(np.array(lost) & finished).reshape(shape),
        twins=_twins(runs, finished.reshape(shape)),
        one_class=np.array(
            [((run.metrics or {}).get(part) or {}).get("predicted_classes") == 1 for run in ended]
        ).reshape(shape),
        train_rows=rows.get("train"),
        labels=labels,
        floor=1 / classes if classes else 0.0,
        margin=experiment.claims.margin,
        look=look,
        looks=experiment.claims.looks,
    )


def _twins(runs: Sequence[RunState], finished: np.ndarray) -> np.ndarray:
    """(arms,) the first arm with the same last weights, bit for bit, in every seed that both finished."""
    hashes = np.array([run.weights_sha256 or "" for run in runs]).reshape(finished.shape)
    twins = np.arange(len(hashes))
    for arm in range(1, len(hashes)):
        both = finished[:arm] & finished[arm]
        same = (hashes[:arm] == hashes[arm]) & (hashes[arm] != "")
        alike = both.any(axis=1) & (~both | same).all(axis=1)
        twins[arm] = twins[int(alike.argmax())] if alike.any() else arm
    return twins


def _floats(values: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def difference(study: Study, name: str, arm: int, rival: int = 0) -> Difference | None:
    """The arm's scores minus the rival's on the set called `name`; None if no seed has both."""
    scores, rows = study.scores(name), study.test_rows if name == "test" else study.fresh_rows
    if scores is None:
        return None
    differences = scores[arm] - scores[rival]
    (paired,) = np.nonzero(np.isfinite(differences))
    if len(paired) == 0:
        return None
    if study.by_draws:
        losses, wins = study.diverged_alone(arm, rival)
        _, index = np.unique(study.draw_numbers, return_inverse=True)
        paired = paired[~(losses | wins)[index[paired]]]  # a draw that counts as a loss has no other difference
        found = drawn_difference(
            differences[paired],
            study.draw_numbers[paired],
            rows,
            overlap=None if study.design == "drawn" else _overlap(study),
            losses=int(losses.sum()),
            wins=int(wins.sum()),
        )
        return None if found is None else replace(found, stake=_stake(study, scores, found, arm, rival))
    if len(paired) == 1:
        seeds, seed = len(differences), int(paired[0])
        ours, theirs = (study.outcomes.get(each * seeds + seed, {}).get(name) for each in (arm, rival))
        if ours is not None and theirs is not None and np.isfinite(ours).all() and np.isfinite(theirs).all():
            if study.score == "accuracy":
                return (mcnemar_difference if ours.dtype == bool else share_difference)(ours, theirs)
            found = regression_difference(ours, theirs, float(scores[arm, seed]), float(scores[rival, seed]))
            return replace(found, rows=rows)
    found = seed_difference(differences[paired], rows, *study.divergences(arm, rival))
    if found is None:
        return None
    found = replace(found, stake=_stake(study, scores, found, arm, rival))
    own = row_differences(study, name, arm, rival, paired)
    return found if own is None else widen_for_rows(found, own, rows)


def _stake(study: Study, scores: np.ndarray, found: Difference, arm: int, rival: int) -> float | None:
    """Accuracy that the one with the higher mean could lose in a seed: all of it. None for r², which has no least."""
    if study.score == "r2":
        return None
    higher = scores[arm if found.mean > 0 else rival]
    return float(higher[np.isfinite(higher)].mean())


def _overlap(study: Study) -> float:
    """Test rows over training rows; 1, the largest that is usual, where a number is not known."""
    return study.test_rows / study.train_rows if study.test_rows and study.train_rows else 1.0


def row_differences(study: Study, name: str, arm: int, rival: int, paired: np.ndarray) -> np.ndarray | None:
    """(rows,) each row's difference, its mean over `paired` seeds (see `widen_for_rows`); None if one is missing."""
    seeds = study.test.shape[1]
    sums: list[np.ndarray] = []
    for each in (arm, rival):
        kept = [study.outcomes.get(each * seeds + seed, {}).get(name) for seed in paired.tolist()]
        known = [one for one in kept if one is not None]
        if len(known) < len(paired) or len({len(one) for one in known}) > 1:
            return None
        sums.append(np.stack(known).sum(axis=0, dtype=np.int32 if known[0].dtype == bool else np.float64))
    own: np.ndarray = (sums[0] - sums[1]) / len(paired)
    if study.score == "accuracy":
        return own
    scores = study.test if name == "test" else study.claim_scores
    r2, run = min((float(scores[each, seed]), each * seeds + seed) for each in (arm, rival) for seed in paired.tolist())
    variance = target_variance(study.outcomes[run][name], r2)
    return None if variance is None or not np.isfinite(own).all() else np.asarray(-own / variance)

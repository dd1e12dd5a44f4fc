"""The verdict: whether each arm differs from the baseline, in figures and a sentence, for the API and the exports."""

from __future__ import annotations

import functools
from dataclasses import asdict, replace
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, Field

from app.analysis import (
    OVERFITTING_METRICS,
    ArmVerdict,
    Chip,
    Claim,
    Difference,
    Study,
    binding_arms,
    chip_of,
    headline_of,
    judge,
    overfitting,
    prediction_sentence,
    sentence_of,
    short_figure,
    study_of,
    unreached_arms,
)
from app.failure import NOT_FOUND, Failure
from app.results import SpreadView
from app.store import Store
from app.stored import StoredExperiment
from core.experiment.arm import Arm
from core.experiment.experiment import CLOSED
from core.runs.events import METRICS

SCORES: Final = [METRICS.index("train_score"), METRICS.index("test_score")]
"""Columns of a chunk of curves that hold scores."""


class DifferenceView(BaseModel):
    """The arm's score minus the baseline's, paired by seed. Scores are accuracy from 0 to 1, or r²."""

    mean: float
    low: float | None = Field(
        description="Lower end of the 95 % interval: over seeds or draws, and over rows where outcomes are known; "
        "null for a single pair of figures."
    )
    high: float | None = Field(description="Upper end of the 95 % interval.")
    p: float | None = Field(
        description="Exact p: Wilcoxon's signed ranks over seeds or drawn data sets; McNemar's over rows; of splits "
        "and folds of one table the corrected resampled t-test's. A seed that diverged in one arm alone is that arm's "
        "worst loss."
    )
    test: str = Field(description='Name of p\'s test: "signed ranks (Wilcoxon)".')
    p_holm: float | None = Field(description="p after Holm's correction over all arms.")
    p_sign: float | None = Field(
        description="p of the sign test, which must be small too; null where pairs are not independent."
    )
    effect: float | None = Field(description="Cohen's d_z; null where the differences have no spread.")
    n: int = Field(description="Pairs that have a difference: of seeds, or draws of the training rows.")
    kind: Literal["seeds", "rows", "draws"] = Field(
        description="Rows: a single seed's two models, compared row by row. Draws: means over the seeds of each draw "
        "of the training rows."
    )
    rows: int | None = Field(description="Rows that each score was measured on.")
    rows_error: float | None = Field(
        description="Standard error of the mean by the choice of the rows, which the interval includes; null where the "
        "rows' outcomes are not known, or every draw has rows of its own."
    )


class FigureView(SpreadView):
    """A figure over those of the arm's finished runs that have it."""

    n: int = Field(description="Runs that have it.")


class OverfittingView(BaseModel):
    """Overfitting of the arm's finished runs. Scores are accuracy from 0 to 1, or r²."""

    gap: FigureView = Field(description="Train minus test score of the scored models (`train_*`, `test_*` of runs).")
    curve_gap: FigureView = Field(description="Train minus test score in the last epoch of the curves.")
    best_epoch: FigureView = Field(description="The first epoch with the greatest test score.")
    best: FigureView = Field(description="The test score in that epoch, or the scored model's if greater.")
    fall: FigureView = Field(description="Fall of the test score from there to the scored model's.")
    area: FigureView = Field(description="Area between train and test curve for each epoch: the mean gap.")
    epochs_to: FigureView = Field(description="The first epoch whose test score reaches `score_target`.")


class CollapseView(BaseModel):
    """Seeds whose score lies more than 0.1 and 6 median absolute deviations below the arm's median."""

    seeds: int
    of: int = Field(description="Seeds with a score.")
    median: float
    worst: float


class VariancePartsView(BaseModel):
    """Standard deviations of the arm's difference from the baseline, by their sources; null where not known."""

    draws: float | None = Field(description="Between draws of the training rows.")
    seeds: float | None = Field(description="Between seeds on the same rows.")
    rows: float | None = Field(description="By the choice of the rows that scores are measured on.")


class ArmVerdictView(BaseModel):
    """Verdict on an arm."""

    name: str
    baseline: bool
    n: int = Field(description="Seeds that have finished here and in the baseline.")
    claim: Claim = Field(
        description="About fresh rows where there are any, otherwise about the test rows. `mostly_better` and "
        "`mostly_worse`: in most seeds; `better` and `worse`: on average too, even if as many seeds collapsed as could "
        "without having shown. `same`: within the margin."
    )
    level: float = Field(description="What `p_holm` must be below for a claim of a difference at this look.")
    chip: Chip | None = Field(
        description="The claim in a word; null for the baseline. `same`: no difference that matters; `no_difference`: "
        "none that is clear; `never_reached`: its constraint's limit was reached in no run, so it trained "
        "as the baseline did."
    )
    figure: str | None = Field(description="The difference in one figure; null where there is none.")
    same_as: str | None = Field(
        description="The first arm with the same results in every seed: equal weights, bit for bit, or equal scores on "
        "test and fresh rows; null if none."
    )
    sentence: str
    more_seeds: int | None = Field(
        description="Further seeds that would make the difference clear; null where it is clear already, or where an "
        "experiment can't have as many."
    )
    test: DifferenceView | None = Field(description="On the test rows; null for the baseline.")
    fresh: DifferenceView | None = Field(description="On newly drawn rows, where the data set can be drawn anew.")
    diverged: int = Field(description="Seeds in which it diverged.")
    collapse: CollapseView | None = Field(description="Null where no seed collapsed.")
    parts: VariancePartsView | None = Field(description="Null for the baseline, and before two pairs have finished.")
    overfitting: OverfittingView


class PredictionView(BaseModel):
    """Prediction made before the experiment ran, with the result."""

    arm: str
    sentence: str


class BindingView(BaseModel):
    """Limits to try where an arm's limit was never reached, and arms with them to train instead."""

    limits: list[float] = Field(
        description="Half, 70 % and 90 % of the median norm that the weight ended with, to two digits."
    )
    arms: list[Arm] = Field(description="As they can be posted.")


class VerdictView(BaseModel):
    """Whether each arm differs from the baseline, by the runs that have finished so far."""

    score: Literal["accuracy", "r2"]
    test_rows: int | None = Field(description="Null where the data set's file is gone.")
    fresh_rows: int | None = Field(description="Null where the data set can't be drawn anew.")
    baseline: str
    n: int = Field(description="Largest number of seeds that have finished both in an arm and in the baseline.")
    margin: float = Field(description="Difference up to which scores are the same for practical purposes.")
    look: int = Field(description="How often the runs were judged: 1, and one more each time that seeds were added.")
    planned_looks: int | None = Field(description="`claims.looks`, which the level of each claim follows.")
    score_target: float | None = Field(
        description="Score that `epochs_to` counts the epochs to; null before it is known."
    )
    headline: str = Field(description="The answer in plain words.")
    prediction: PredictionView | None
    binding: BindingView | None = Field(
        description="Null unless an arm's limit was never reached and a lower one would be."
    )
    last_event_id: str
    arms: list[ArmVerdictView]


def kept_verdict(store: Store, stored: StoredExperiment, target: float | None) -> VerdictView:
    """The verdict, computed anew only where a run has ended since it was last asked for."""
    ended = tuple(run.status if run.status in CLOSED else "open" for run in stored.runs)
    kept = _verdict(store, stored.id, ended, target)
    return kept.model_copy(update={"last_event_id": stored.last_event})


@functools.lru_cache(maxsize=64)
def _verdict(store: Store, experiment: str, ended: tuple[str, ...], target: float | None) -> VerdictView:
    """The verdict on runs that stand as `ended` says. Nothing else changes it: a run that has ended stays as it is."""
    stored = store.get(experiment)
    if stored is None:
        raise Failure(404, NOT_FOUND)
    return verdict_view(stored, evident_study(stored, store), store, target)


def stored_study(stored: StoredExperiment) -> Study:
    """The study of an experiment's runs as they stand."""
    return study_of(stored.experiment, stored.runs, look=stored.looks)


def evident_study(stored: StoredExperiment, store: Store) -> Study:
    """The study with what is kept of its runs beside their figures: outcomes of rows, and limits never reached."""
    study = stored_study(stored)
    if not study.by_rows:
        return study
    unreached = unreached_arms(stored.experiment, stored.runs, functools.partial(store.snapshots, stored))
    return replace(study, outcomes=store.outcomes(stored), unreached=unreached)


def sealed_study(stored: StoredExperiment, store: Store) -> Study:
    """The study on the sealed rows, with the outcomes of those runs that kept them."""
    kept = {place: each["holdout"] for place, each in store.outcomes(stored).items() if "holdout" in each}
    study = study_of(stored.experiment, stored.runs, look=stored.looks, part="holdout")
    return replace(study, outcomes={place: {"test": rows} for place, rows in kept.items()})


def verdict_view(stored: StoredExperiment, study: Study, store: Store, target: float | None = None) -> VerdictView:
    """The verdict as clients see it."""
    verdicts = judge(study)
    known = study.test[0][np.isfinite(study.test[0])]
    if target is None and len(known):
        target = float(known.mean())
    expected = stored.experiment.prediction
    said = prediction_sentence(study, expected, verdicts)
    figures = _overfitting(stored, study, store, target)
    return VerdictView(
        score=study.score,
        test_rows=study.test_rows,
        fresh_rows=study.fresh_rows,
        baseline=study.arms[0],
        n=max((each.n for each in verdicts[1:]), default=0),
        margin=study.margin,
        look=study.look,
        planned_looks=study.looks,
        score_target=target,
        prediction=None if said is None or expected is None else PredictionView(arm=expected, sentence=said),
        last_event_id=stored.last_event,
        headline=headline_of(study, verdicts),
        binding=_binding(stored, study, store),
        arms=[_arm(study, arm, each, figures[arm]) for arm, each in enumerate(verdicts)],
    )


def _binding(stored: StoredExperiment, study: Study, store: Store) -> BindingView | None:
    if study.unreached is None or not study.unreached.any():
        return None
    limits, arms = binding_arms(
        stored.experiment, study.unreached, stored.runs, functools.partial(store.snapshots, stored)
    )
    return BindingView(limits=limits, arms=arms) if arms else None


def _arm(study: Study, arm: int, verdict: ArmVerdict, figures: OverfittingView) -> ArmVerdictView:
    twin, found = study.alike(arm), verdict.test if study.fresh is None else verdict.fresh
    return ArmVerdictView(
        name=verdict.name,
        baseline=verdict.claim == "baseline",
        n=verdict.n,
        claim=verdict.claim,
        level=study.level(verdict.n if found is None else found.judged),
        chip=chip_of(study, arm, verdict),
        figure=short_figure(study, verdict),
        same_as=None if twin is None else study.arms[twin],
        sentence=sentence_of(study, arm, verdict),
        more_seeds=verdict.more_seeds,
        test=_difference(verdict.test, study.score),
        fresh=_difference(verdict.fresh, study.score),
        diverged=verdict.diverged,
        collapse=None if verdict.collapse is None else CollapseView(**asdict(verdict.collapse)),
        parts=None if verdict.parts is None else VariancePartsView(**asdict(verdict.parts)),
        overfitting=figures,
    )


def _difference(found: Difference | None, score: str) -> DifferenceView | None:
    if found is None:
        return None
    figures = {name: getattr(found, name) for name in DifferenceView.model_fields if name != "test"}
    if score == "accuracy":  # whose differences lie between -1 and 1, whatever an interval of few pairs says
        ends = {name: figures[name] for name in ("low", "high") if figures[name] is not None}
        figures |= {name: min(1.0, max(-1.0, end)) for name, end in ends.items()}
    return DifferenceView(**figures, test=_test_name(found, score))


def _test_name(found: Difference, score: str) -> str:
    if found.kind == "rows":
        return "McNemar's" if score == "accuracy" else "signed ranks of the rows' errors (Wilcoxon)"
    if found.kind == "draws" and found.p_sign is None:
        return "corrected resampled t (Nadeau & Bengio)"
    return "signed ranks (Wilcoxon)"


def _overfitting(stored: StoredExperiment, study: Study, store: Store, target: float | None) -> list[OverfittingView]:
    """Overfitting of each arm over its finished runs. Reads a few runs' curves at a time: all at once may be large."""
    seeds = study.finished.shape[1]
    views = []
    for arm, ended in enumerate(study.finished):
        found: dict[str, list[np.ndarray]] = {name: [] for name in OVERFITTING_METRICS}
        places = [arm * seeds + int(seed) for seed in np.flatnonzero(ended)]
        for place, table in store.tables(stored, [each for each in places if stored.runs[each].diverged_at is None]):
            train, test = (table[None, :, column] for column in SCORES)
            scored = [stored.runs[place].figures.get(name) for name in METRICS[:2]]
            figures = np.array([scored], dtype=np.float64)
            of_run = overfitting(train, test, np.array([len(table)]), target, figures)
            for name, values in found.items():
                values.append(getattr(of_run, name))
        joined = {name: np.concatenate(values) if values else np.empty(0) for name, values in found.items()}
        views.append(OverfittingView(**{name: _figure(values) for name, values in joined.items()}))
    return views


def _figure(values: np.ndarray) -> FigureView:
    known = values[np.isfinite(values)]
    return FigureView(
        mean=float(known.mean()) if len(known) else None,
        std=float(known.std(ddof=1)) if len(known) > 1 else None,
        n=len(known),
    )

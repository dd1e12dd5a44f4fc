"""`/api/experiments/{id}/sweep` and `/contest`: results of a sweep, and the comparison of methods."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.analysis import Claim, Difference
from app.analysis.method_comparison import compare_methods, family_trials
from app.analysis.sweep_results import JudgedOn, Spread, SweepPoint, sweep_results
from app.analysis.trial_range import RangeEnd
from app.api.deps import StateDep, stored_experiment
from app.failure import Failure
from app.majority import known_class_counts
from app.results import score_of
from app.verdict import sealed_study
from core.experiment.experiment import Experiment
from core.problems import Invalid

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


class AxisView(BaseModel):
    """An axis of a sweep."""

    title: str = Field(description="Weight and field of the number.")
    path: list[str | int]
    values: list[float]
    scale: Literal["linear", "log"]
    simpler: Literal["low", "high"] | None = Field(description="End that gives the simpler model; null if unknown.")


class ErrorSpreadView(BaseModel):
    """A metric over finished runs; null if there are too few."""

    mean: float | None
    std: float | None = Field(description="Sample standard deviation.")
    se: float | None = Field(
        description="Standard error of the mean; of the score on the set `judged_on`, with the error of its rows."
    )


class NormRangeView(BaseModel):
    """Final norms of a weight's units: mean, smallest and largest of all runs."""

    mean: float
    min: float
    max: float


class PointView(BaseModel):
    """An arm of the sweep, or the baseline."""

    arm: str
    values: list[float] = Field(description="Value on each axis; empty for the baseline.")
    n: int = Field(description="Finished runs that have a score.")
    score: ErrorSpreadView = Field(description="Score on the set `judged_on`.")
    train: ErrorSpreadView
    gap: ErrorSpreadView = Field(description="Train score minus score.")
    norm: NormRangeView | None = Field(description="Over finished runs that did not diverge; null without one.")


class SweepView(BaseModel):
    """Results of a sweep: score, gap and norm at each value."""

    axes: list[AxisView]
    judged_on: JudgedOn = Field(description="Validation rows where there are any, else fresh ones, else the test rows.")
    score: Literal["accuracy", "r2"]
    weight: str | None = Field(description="Weight of the norms, as in `hidden.kernel`.")
    baseline: PointView
    points: list[PointView] = Field(description="In order of the first axis; with two axes the second varies faster.")
    best: int | None = Field(description="Index of the point with the highest mean score.")
    pick: int | None = Field(
        description="Index of the simplest point within one standard error of the best and not worse than the "
        "baseline; or null."
    )
    sentence: str
    last_event_id: str


class SampleView(BaseModel):
    """A score over finished runs; null if there are too few."""

    mean: float | None
    std: float | None
    n: int


class TrialView(BaseModel):
    """One arm of a family."""

    arm: str
    validation: SampleView


class SealedDifferenceView(BaseModel):
    """Score minus the baseline's, seed by seed."""

    mean: float
    low: float | None = Field(description="Lower end of the 95 % interval; null for a single seed.")
    high: float | None
    p_holm: float | None = Field(
        description="p of the exact signed-rank test, or with draws of one table's rows of the corrected resampled "
        "t-test, after Holm's correction over all families."
    )
    n: int = Field(description="Seeds or draws.")
    rows: int | None = Field(None, description="Sealed rows that each score was measured on.")
    rows_error: float | None = Field(
        None,
        description="Standard error of the mean by the choice of these rows, which the interval includes; null where "
        "a run did not keep their outcomes, or every draw has rows of its own.",
    )


class FamilyView(BaseModel):
    """A method, tuned over its trials and compared by the chosen one."""

    name: str
    trials: int
    arms: list[TrialView]
    chosen: str | None = Field(description="The arm of the best mean score on the validation set.")
    validation: SampleView | None
    range_end: RangeEnd | None = Field(
        description="The end of the range of its trials at which the chosen one lies, and beyond which a better value "
        "may lie; null if it lies within, or if its trials don't vary one number alone."
    )
    sealed: SampleView | None = Field(description="Null before the sealed set is revealed.")
    difference: SealedDifferenceView | None = Field(description="On the sealed set; null before it is revealed.")
    claim: Claim | None = Field(description="Claim that the difference supports; null before the set is revealed.")


class RivalView(BaseModel):
    """The baseline of the comparison."""

    name: str
    validation: SampleView
    sealed: SampleView | None


class SealedMajorityView(BaseModel):
    """The most frequent class of the training rows, and the accuracy of always saying it: in the first draw."""

    name: str = Field(description="The class.")
    validation: float | None = Field(description="On the validation rows; null without any.")
    sealed: float | None = Field(description="On the sealed rows; null before they are revealed.")


class ContestView(BaseModel):
    """Comparison of methods with equal budgets."""

    score: Literal["accuracy", "r2"]
    baseline: RivalView
    families: list[FamilyView]
    majority: SealedMajorityView | None = Field(description="Null in regression.")
    revealed: bool
    needed: int = Field(description="Seeds or draws that a claim needs at least.")
    has: int = Field(description="The most seeds or draws on which a chosen arm and the baseline can be compared.")
    sentence: str
    last_event_id: str


@router.get("/{experiment}/sweep", summary="Read a sweep's results")
def sweep(experiment: str, state: StateDep) -> SweepView:
    """Returns mean and spread of score, gap and norm at each value, over the finished seeds, and the pick."""
    stored = stored_experiment(state, experiment)
    if stored.experiment.sweep is None:
        raise Failure(404, "This experiment has no sweep; set `sweep` in a new one")
    try:
        found = sweep_results(stored.experiment, stored.runs)
    except Invalid as invalid:
        raise Failure(409, f"This sweep is not valid any more; post a new one: {invalid}") from None
    axes = [
        AxisView(
            title=field.title,
            path=axis.path,
            values=axis.numbers(whole=field.whole),
            scale=axis.scale,
            simpler=field.simpler,
        )
        for axis, field in zip(stored.experiment.sweep.axes, found.fields, strict=True)
    ]
    return SweepView(
        axes=axes,
        judged_on=found.judged_on,
        score=score_of(stored.experiment),
        weight=found.weight,
        baseline=_point(found.baseline),
        points=[_point(point) for point in found.points],
        best=found.best,
        pick=found.pick,
        sentence=found.sentence,
        last_event_id=stored.last_event,
    )


@router.get("/{experiment}/contest", summary="Compare families of arms")
def contest(experiment: str, state: StateDep) -> ContestView:
    """Returns the trial of each family chosen on the validation set, and its sealed score once that is revealed."""
    stored = stored_experiment(state, experiment)
    if not family_trials(stored.experiment):
        raise Failure(404, "No arm of this experiment belongs to a family; set `family` in the arms of a new one")
    revealed = stored.reveals > 0
    sealed_rows = sealed_study(stored, state.store) if revealed else None
    found = compare_methods(stored.experiment, stored.runs, sealed_rows, look=stored.looks)
    families = [
        FamilyView(
            name=family.name,
            trials=len(family.trials),
            arms=[TrialView(arm=trial.arm, validation=_sample(trial.validation)) for trial in family.trials],
            chosen=family.chosen,
            validation=family.validation and _sample(family.validation),
            range_end=family.range_end,
            sealed=family.sealed and _sample(family.sealed),
            difference=family.difference and _difference(family.difference),
            claim=family.claim,
        )
        for family in found.families
    ]
    sealed = found.sealed and _sample(found.sealed)
    return ContestView(
        score=score_of(stored.experiment),
        baseline=RivalView(name=found.baseline, validation=_sample(found.validation), sealed=sealed),
        families=families,
        majority=_majority(stored.experiment, is_revealed=revealed),
        revealed=revealed,
        needed=found.needed,
        has=found.has,
        sentence=found.sentence,
        last_event_id=stored.last_event,
    )


def _majority(experiment: Experiment, *, is_revealed: bool) -> SealedMajorityView | None:
    dataset = experiment.dataset
    counts = known_class_counts(dataset, experiment.split, experiment.replicates()[0].draw)
    if counts is None:
        return None
    return SealedMajorityView(
        name=counts.name(dataset),
        validation=counts.majority_rate("validation"),
        sealed=counts.majority_rate("holdout") if is_revealed else None,
    )


def _point(point: SweepPoint) -> PointView:
    return PointView(
        arm=point.arm,
        values=list(point.values),
        n=point.score.n,
        score=_errors(point.score),
        train=_errors(point.train),
        gap=_errors(point.gap),
        norm=point.norm and NormRangeView(**asdict(point.norm)),
    )


def _difference(found: Difference) -> SealedDifferenceView:
    return SealedDifferenceView(**{name: getattr(found, name) for name in SealedDifferenceView.model_fields})


def _errors(spread: Spread) -> ErrorSpreadView:
    return ErrorSpreadView(mean=spread.mean, std=spread.std, se=spread.se)


def _sample(spread: Spread) -> SampleView:
    return SampleView(mean=spread.mean, std=spread.std, n=spread.n)

"""`/api/experiments/{id}/sweep` and `/contest`: which value to take, and which method wins."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.analysis import Claim, Difference
from app.analysis.method_comparison import contest as contest_of
from app.analysis.method_comparison import trials_of
from app.analysis.sweep_results import Point, Spread
from app.analysis.sweep_results import response as response_of
from app.api.deps import ServiceDep, stored_experiment
from app.api.views import score_of
from app.errors import Failure
from core.problems import Invalid

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


class AxisView(BaseModel):
    """What a sweep varies."""

    title: str = Field(description="Where the number stands and what it is.")
    path: list[str | int]
    values: list[float]
    scale: Literal["linear", "log"]
    simpler: Literal["low", "high"] | None = Field(
        description="Which end gives the simpler model; null where nobody can say."
    )


class ErrorSpreadView(BaseModel):
    """A figure over finished runs; null where there are too few."""

    mean: float | None
    std: float | None = Field(description="Sample standard deviation.")
    se: float | None = Field(description="Standard error of the mean.")


class NormRangeView(BaseModel):
    """Norms of a weight's units at the end: mean of all, least and greatest of any run."""

    mean: float
    min: float
    max: float


class PointView(BaseModel):
    """An arm of the sweep, or the baseline."""

    arm: str
    values: list[float] = Field(description="On each axis; none for the baseline.")
    n: int = Field(description="Finished runs that have a score.")
    score: ErrorSpreadView = Field(description="On the set that the sweep is judged on.")
    train: ErrorSpreadView
    gap: ErrorSpreadView = Field(description="Train less score.")
    norm: NormRangeView | None = Field(description="Over finished runs that did not diverge; null without one.")


class SweepView(BaseModel):
    """How score, gap and norm answer to a sweep's values."""

    axes: list[AxisView]
    judged_on: Literal["validation", "test"]
    score: Literal["accuracy", "r2"]
    weight: str | None = Field(description="Whose norms are told, as in `hidden.kernel`.")
    baseline: PointView
    points: list[PointView] = Field(description="First axis first; of two axes the second varies faster.")
    best: int | None = Field(description="Index of the point of the highest mean score.")
    pick: int | None = Field(description="Of the simplest within one standard error of the best, where one can say.")
    sentence: str
    last_event_id: str


class SampleView(BaseModel):
    """A score over finished runs; null where there are too few."""

    mean: float | None
    std: float | None
    n: int


class TrialView(BaseModel):
    """One arm of a family."""

    arm: str
    validation: SampleView


class SealedDifferenceView(BaseModel):
    """Score less the baseline's, seed by seed."""

    mean: float
    low: float | None = Field(description="Of the 95 % interval; null for a single seed.")
    high: float | None
    p_holm: float | None = Field(description="Of the exact signed-rank test, by Holm's correction over all families.")
    n: int


class FamilyView(BaseModel):
    """A method, tuned over its trials and judged by the chosen one."""

    name: str
    trials: int
    arms: list[TrialView]
    chosen: str | None = Field(description="The arm of the best mean score on the validation set.")
    validation: SampleView | None
    sealed: SampleView | None = Field(description="Null before the sealed set is revealed.")
    difference: SealedDifferenceView | None = Field(description="On the sealed set; null before it is revealed.")
    claim: Claim | None = Field(description="What the difference lets one say; null before the set is revealed.")


class RivalView(BaseModel):
    """The baseline beside the families."""

    name: str
    validation: SampleView
    sealed: SampleView | None


class ContestView(BaseModel):
    """Rival methods with equal budgets."""

    score: Literal["accuracy", "r2"]
    baseline: RivalView
    families: list[FamilyView]
    revealed: bool
    sentence: str
    last_event_id: str


@router.get("/{experiment}/sweep", summary="Read a sweep's response")
def sweep(experiment: str, service: ServiceDep) -> SweepView:
    """Per value mean and spread of score, gap and norm over the seeds that have finished, and the pick."""
    stored = stored_experiment(service, experiment)
    if stored.experiment.sweep is None:
        raise Failure(404, "This experiment has no sweep; give one in its `sweep`")
    try:
        found = response_of(stored.experiment, stored.runs)
    except Invalid as invalid:
        raise Failure(409, f"This sweep can't be told any more: {invalid}") from None
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
def contest(experiment: str, service: ServiceDep) -> ContestView:
    """Of each family the trial that the validation set chose; once the sealed set is revealed, how it does there."""
    stored = stored_experiment(service, experiment)
    if not trials_of(stored.experiment):
        raise Failure(404, "No arm of this experiment belongs to a family; give arms a `family`")
    revealed = stored.reveals > 0
    found = contest_of(stored.experiment, stored.runs, revealed=revealed)
    families = [
        FamilyView(
            name=family.name,
            trials=len(family.trials),
            arms=[TrialView(arm=trial.arm, validation=_sample(trial.validation)) for trial in family.trials],
            chosen=family.chosen,
            validation=family.validation and _sample(family.validation),
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
        revealed=revealed,
        sentence=found.sentence,
        last_event_id=stored.last_event,
    )


def _point(point: Point) -> PointView:
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
    return SealedDifferenceView(mean=found.mean, low=found.low, high=found.high, p_holm=found.p_holm, n=found.n)


def _errors(spread: Spread) -> ErrorSpreadView:
    return ErrorSpreadView(mean=spread.mean, std=spread.std, se=spread.se)


def _sample(spread: Spread) -> SampleView:
    return SampleView(mean=spread.mean, std=spread.std, n=spread.n)

"""The verdict on a suite: its arms over all data sets, in figures and sentences, for the API and the exports."""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass, replace
from typing import Literal

from pydantic import BaseModel, Field

from app.analysis import ArmVerdict, Claim, Difference, Study, judge
from app.analysis.suite import DatasetScores, SuiteFigures, dataset_scores, suite_figures
from app.analysis.suite_sentences import arm_sentence, dataset_sentence, suite_sentence
from app.errors import NO_SUITE, Failure
from app.store import Store
from app.stored import StoredExperiment
from app.suite_store import StoredSuite, SuiteStore
from app.verdict import stored_study
from core.experiment.experiment import CLOSED, Status


class EstimateView(BaseModel):
    """An estimate with its 95 % interval, by a bootstrap of the runs of each data set."""

    value: float
    low: float | None = Field(description="Null where a data set has a single run of each arm.")
    high: float | None


class SuiteDifferenceView(BaseModel):
    """The arm's mean score minus the baseline's, over data sets. Scores are accuracy from 0 to 1, or r²."""

    mean: float
    low: float | None = Field(description="Lower end of the 95 % interval over data sets.")
    high: float | None
    p: float | None = Field(description="Exact p of Wilcoxon's signed ranks over data sets.")
    p_holm: float | None = Field(description="p after Holm's correction over all arms.")
    higher: int = Field(description="Data sets on which the arm has the higher mean score.")
    lower: int
    same: int


class SuiteArmView(BaseModel):
    """An arm over all data sets. Figures are null before a data set has a score of every arm."""

    name: str
    baseline: bool
    claim: Claim = Field(
        description="About such data sets in general. `mostly_better` and `mostly_worse`: on most data sets; `same`: "
        "within the margin; `too_few`: too few data sets."
    )
    sentence: str
    mean_rank: float | None = Field(description="Mean over data sets of its rank; 1 is best.")
    mean: float | None = Field(description="Mean over data sets of its mean score.")
    iqm: EstimateView | None = Field(description="Mean score of the middle half of its runs on all data sets.")
    improvement: EstimateView | None = Field(
        description="Probability that a run of it scores higher than one of the baseline; null for the baseline."
    )
    difference: SuiteDifferenceView | None
    diverged: int = Field(description="Runs that diverged; they count as the worst score of their data set.")


class SuiteScoreView(BaseModel):
    """An arm on one data set."""

    mean: float | None = Field(description="Mean score over the seeds that every arm has finished.")
    rank: float | None = Field(description="1 is best; ties have the mean of their ranks.")
    claim: Claim = Field(description="That of the experiment's verdict.")


class SuiteDatasetVerdictView(BaseModel):
    """A data set of a suite, judged by its experiment."""

    name: str
    experiment: str | None = Field(description="Null where it was removed.")
    status: Status | None
    sentence: str
    scored_on: Literal["test", "fresh"] | None = Field(description="Rows of the scores.")
    seeds: int = Field(description="Seeds with a score of every arm.")
    left_out: int = Field(description="Seeds that ended without one.")
    scores: list[SuiteScoreView] = Field(description="By arm; empty where the experiment was removed.")


class FriedmanView(BaseModel):
    """Friedman's test of whether the arms differ in their ranks, by Iman and Davenport's F."""

    chi2: float
    f: float | None = Field(description="Null where all data sets rank the arms alike.")
    p: float


class SuiteVerdictView(BaseModel):
    """Ranks, differences and claims over a suite's data sets, by the runs that have finished so far."""

    score: Literal["accuracy", "r2"]
    baseline: str
    margin: float = Field(description="Difference up to which scores are the same for practical purposes.")
    running: bool = Field(description="Whether runs are still to come; claims wait for them.")
    sentence: str
    n: int = Field(description="Data sets with a score of every arm.")
    arms: list[SuiteArmView]
    datasets: list[SuiteDatasetVerdictView]
    friedman: FriedmanView | None = Field(description="Null with fewer than two data sets.")
    critical_difference: float | None = Field(
        description="Nemenyi's: mean ranks that differ by as much differ at 5 %, over all pairs of arms."
    )
    groups: list[list[str]] = Field(description="Arms that their mean ranks don't tell apart, best first.")


def suite_verdict(store: Store, stored: StoredSuite) -> SuiteVerdictView:
    """The verdict, computed anew only where a run has ended since it was last asked for."""
    experiments = SuiteStore(store).experiments(stored)
    states = tuple(None if each is None else (each.status, *_ended(each)) for each in experiments)
    return _verdict(store, stored.id, states)


def _ended(stored: StoredExperiment) -> tuple[str, ...]:
    """States of its runs, as far as a verdict depends on them: a run that has ended stays as it is."""
    return tuple(run.status if run.status in CLOSED else "open" for run in stored.runs)


@functools.lru_cache(maxsize=64)
def _verdict(store: Store, suite: str, states: tuple[object, ...]) -> SuiteVerdictView:
    """The verdict on a suite whose runs stand as `states` says, by data set."""
    stored = SuiteStore(store).get(suite)
    if stored is None:
        raise Failure(404, NO_SUITE)
    experiments = SuiteStore(store).experiments(stored)
    judged = [None if each is None else _judged(store, each.id, _ended(each)) for each in experiments]
    known = [each for each in judged if each is not None]
    running = any(each is not None and each.status not in CLOSED for each in experiments)
    figures = suite_figures(
        [each.scores for each in known],
        margin=stored.suite.claims.margin,
        looks=stored.suite.claims.looks,
        look=max((each.study.look for each in known), default=1),
        running=running,
    )
    names, score = [arm.name for arm in stored.suite.arms], known[0].study.score if known else "accuracy"
    return SuiteVerdictView(
        score=score,
        baseline=names[0],
        margin=stored.suite.claims.margin,
        running=running,
        sentence=suite_sentence(names, figures, len(known), score, stored.suite.claims.margin, running=running),
        n=0 if figures is None else len(figures.used),
        arms=_arms(names, figures, score, stored.suite.claims.margin),
        datasets=_datasets(stored, experiments, judged, figures),
        friedman=None if figures is None or figures.friedman is None else FriedmanView(**asdict(figures.friedman)),
        critical_difference=None if figures is None else figures.critical_difference,
        groups=[] if figures is None else [[names[arm] for arm in group] for group in figures.groups],
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    """An experiment of a suite, judged by itself."""

    study: Study
    verdicts: list[ArmVerdict]
    scores: DatasetScores


@functools.lru_cache(maxsize=512)
def _judged(store: Store, experiment: str, ended: tuple[str, ...]) -> _Judged | None:
    """The verdict on an experiment whose runs stand as `ended` says, without its curves; None if it was removed."""
    stored = store.get(experiment)
    if stored is None:
        return None
    study = stored_study(stored)
    rows = store.outcomes(stored) if study.by_rows else {}
    return _Judged(study, judge(replace(study, outcomes=rows)), dataset_scores(study))


def _arms(names: list[str], found: SuiteFigures | None, score: str, margin: float) -> list[SuiteArmView]:
    if found is None:
        return [
            SuiteArmView(
                name=name,
                baseline=arm == 0,
                claim="too_few" if arm else "baseline",
                sentence=f"{name}: no figures yet",
                diverged=0,
                **dict.fromkeys(("mean_rank", "mean", "iqm", "improvement", "difference")),
            )
            for arm, name in enumerate(names)
        ]
    return [
        SuiteArmView(
            name=names[arm],
            baseline=arm == 0,
            claim=each.claim,
            sentence=arm_sentence(names, found, arm, score, margin),
            mean_rank=each.mean_rank,
            mean=each.mean,
            iqm=EstimateView(**asdict(each.iqm)),
            improvement=None if each.improvement is None else EstimateView(**asdict(each.improvement)),
            difference=None if each.difference is None else _difference(each.difference),
            diverged=each.diverged,
        )
        for arm, each in enumerate(found.arms)
    ]


def _difference(found: Difference) -> SuiteDifferenceView:
    figures = {name: getattr(found, name) for name in ("mean", "low", "high", "p", "p_holm", "higher", "lower")}
    return SuiteDifferenceView(**figures, same=found.n - found.higher - found.lower)


def _datasets(
    stored: StoredSuite,
    experiments: list[StoredExperiment | None],
    judged: list[_Judged | None],
    found: SuiteFigures | None,
) -> list[SuiteDatasetVerdictView]:
    views: list[SuiteDatasetVerdictView] = []
    rows = {number: row for row, number in enumerate([] if found is None else found.used)}
    number = 0  # of a data set whose experiment there still is
    for name, experiment, one in zip(stored.suite.dataset_names(), experiments, judged, strict=True):
        if experiment is None or one is None:
            sentence = dataset_sentence([], None)
            nothing = dict.fromkeys(("experiment", "status", "scored_on"))
            view = SuiteDatasetVerdictView(name=name, sentence=sentence, seeds=0, left_out=0, scores=[], **nothing)
            views.append(view)
            continue
        row = rows.get(number)
        number += 1
        views.append(
            SuiteDatasetVerdictView(
                name=name,
                experiment=experiment.id,
                status=experiment.status,
                sentence=dataset_sentence(one.verdicts, one.scores),
                scored_on=one.study.claim_set,
                seeds=one.scores.runs,
                left_out=one.scores.left_out,
                scores=[
                    SuiteScoreView(
                        mean=None if found is None or row is None else float(found.means[row, arm]),
                        rank=None if found is None or row is None else float(found.ranks[row, arm]),
                        claim=verdict.claim,
                    )
                    for arm, verdict in enumerate(one.verdicts)
                ],
            )
        )
    return views

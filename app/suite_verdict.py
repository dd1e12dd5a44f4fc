"""The verdict on a suite: its arms over all data sets, in figures and sentences, for the API and the exports."""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.analysis import ArmVerdict, Chip, Claim, Difference, Study, chip_of, judge
from app.analysis.suite import DatasetScores, SuiteFigures, dataset_scores, suite_figures
from app.analysis.suite_sentences import (
    arm_sentence,
    dataset_sentence,
    scope_sentence,
    suite_chip,
    suite_headline,
    suite_sentence,
)
from app.failure import NO_SUITE, Failure
from app.majority import majority_of
from app.results import score_of
from app.store import Store
from app.stored import StoredExperiment
from app.suite_store import StoredSuite, SuiteStore
from app.verdict import evident_study
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
    chip: Chip | None = Field(
        description="The claim in a word, as in an experiment's verdict; null for the baseline. `too_early` while runs "
        "are still to come; `never_reached`: on no data set was its limit reached."
    )
    never_reached_on: int = Field(
        description="Data sets on which its constraint's limit was never reached: it trained as the baseline did there."
    )
    sentence: str
    mean_rank: float | None = Field(description="Mean over data sets of its rank; 1 is best.")
    mean: float | None = Field(description="Mean over data sets of its mean score.")
    iqm: EstimateView | None = Field(
        description="Interquartile mean: that of the middle half of its runs on all data sets."
    )
    improvement: EstimateView | None = Field(
        description="Probability that a run of it scores higher than one of the baseline; null for the baseline."
    )
    difference: SuiteDifferenceView | None
    diverged: int = Field(description="Runs that diverged; they count as the worst score of their data set.")


class ScoreDifferenceView(BaseModel):
    """The arm's score minus the baseline's on one data set, paired by seed or draw."""

    mean: float
    low: float | None = Field(description="Lower end of the 95 % interval; null for a single pair of figures.")
    high: float | None
    p: float | None = Field(description="As in the experiment's verdict.")
    p_holm: float | None = Field(description="p after Holm's correction over the arms.")


class SuiteScoreView(BaseModel):
    """An arm on one data set."""

    mean: float | None = Field(
        description="Mean score over the seeds that every arm has finished; null where all of its runs diverged."
    )
    diverged: int = Field(description="Number of its runs that diverged; beside others they count as the worst score.")
    rank: float | None = Field(description="1 is best; ties have the mean of their ranks.")
    claim: Claim = Field(description="That of the experiment's verdict.")
    chip: Chip | None = Field(description="That of the experiment's verdict; null for the baseline.")
    difference: ScoreDifferenceView | None = Field(
        description="That of the experiment's verdict, on the rows that its claim is about; null for the baseline."
    )


class SuiteDatasetVerdictView(BaseModel):
    """A data set of a suite, judged by its experiment."""

    name: str
    experiment: str | None = Field(description="Null where it was removed.")
    status: Status | None
    sentence: str
    scored_on: Literal["test", "fresh"] | None = Field(description="Rows of the scores.")
    seeds: int = Field(description="Seeds with a score of every arm.")
    left_out: int = Field(description="Seeds that ended without one.")
    draws: int = Field(description="Draws of its training rows; 1 where all seeds share them.")
    majority: float | None = Field(
        None, description="Accuracy of always saying the most frequent training class, where scores are of test rows."
    )
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
    headline: str = Field(description="The answer in plain words.")
    sentence: str = Field(description="The headline, with each arm's mean difference and its interval.")
    scope: str | None = Field(
        description="Which figures are about other data sets too, and which about these alone; null without figures."
    )
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
    names = [arm.name for arm in stored.suite.arms]
    score = known[0].study.score if known else score_of(stored.suite.experiments()[0])
    return SuiteVerdictView(
        score=score,
        baseline=names[0],
        margin=stored.suite.claims.margin,
        running=running,
        headline=suite_headline(names, figures, score, stored.suite.claims.margin, running=running),
        sentence=suite_sentence(names, figures, score, stored.suite.claims.margin, running=running),
        scope=None if figures is None else scope_sentence(figures),
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
    study = evident_study(stored, store)
    verdicts = judge(study)
    return _Judged(replace(study, outcomes={}), verdicts, dataset_scores(study))


def _arms(names: list[str], found: SuiteFigures | None, score: str, margin: float) -> list[SuiteArmView]:
    if found is None:
        return [
            SuiteArmView(
                name=name,
                baseline=arm == 0,
                claim="too_few" if arm else "baseline",
                chip=suite_chip(None, arm),
                never_reached_on=0,
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
            chip=suite_chip(found, arm),
            never_reached_on=each.unreached,
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


def _score_difference(found: Difference | None) -> ScoreDifferenceView | None:
    if found is None:
        return None
    return ScoreDifferenceView(**{name: getattr(found, name) for name in ScoreDifferenceView.model_fields})


def _majority(experiment: StoredExperiment) -> float | None:
    found = majority_of(experiment.experiment)
    return None if found is None else found.test


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
            nothing: dict[str, None] = dict.fromkeys(("experiment", "status", "scored_on"))
            removed: dict[str, Any] = {**nothing, "sentence": dataset_sentence(None, [], None), "scores": []}
            views.append(SuiteDatasetVerdictView(name=name, seeds=0, left_out=0, draws=0, **removed))
            continue
        row = rows.get(number)
        number += 1
        views.append(
            SuiteDatasetVerdictView(
                name=name,
                experiment=experiment.id,
                status=experiment.status,
                sentence=dataset_sentence(one.study, one.verdicts, one.scores, running=experiment.status not in CLOSED),
                scored_on=one.study.claim_set,
                seeds=one.scores.runs,
                left_out=one.scores.left_out,
                majority=_majority(experiment) if one.study.claim_set == "test" else None,
                draws=len(set(one.study.draw_numbers.tolist())) if one.study.by_draws else 1,
                scores=[
                    SuiteScoreView(
                        mean=None
                        if found is None or row is None or one.scores.diverged[arm] == one.scores.runs
                        else float(found.means[row, arm]),
                        diverged=int(one.scores.diverged[arm]),
                        rank=None if found is None or row is None else float(found.ranks[row, arm]),
                        claim=verdict.claim,
                        chip=chip_of(one.study, arm, verdict),
                        difference=_score_difference(verdict.test if one.study.fresh is None else verdict.fresh),
                    )
                    for arm, verdict in enumerate(one.verdicts)
                ],
            )
        )
    return views

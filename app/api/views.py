"""Responses about experiments, made from the stored ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, Field, model_serializer

from app.majority import Majority, majority_of
from app.results import (
    SpreadView,
    finished,
    one_class,
    resolved,
    run_identity,
    runs_by_arm,
    score_names,
    score_of,
    shown_metrics,
    spread,
)
from app.stored import StoredExperiment, iso
from app.warnings import warnings_of
from core.experiment.experiment import Experiment, Status
from core.experiment.published import PUBLISHED_METRICS, ArmScore, compare
from core.experiment.resolution import ResolvedArm
from core.problems import MAX_PROBLEMS, Problem
from core.runs.events import METRICS, RunState


class NormView(BaseModel):
    """Euclidean norms of a weight's groups; null where the run diverged."""

    min: float | None
    mean: float | None
    max: float | None


class WeightView(BaseModel):
    """A weight of a finished run."""

    layer: str
    weight: str
    constraint: str | None = Field(description="In words.")
    axis: list[int] = Field(description="Axes that one norm is taken over; none: each value by itself.")
    norm: NormView
    held: bool | None = Field(
        description="Whether every group obeys the constraint; null without one, where it promises nothing (a min-max "
        "norm with a rate below 1), and where the run diverged, whose norms are null too."
    )
    reached: bool | None = Field(
        None,
        description="Whether some group is at the limit; false: the limit is far from the weights. Null as `held` is.",
    )


class ScoredView(BaseModel):
    """Figures that are there as accuracy, or as r² where the task is regression: one pair of the two."""

    @model_serializer(mode="wrap")
    def _one_score(self, handler):  # type: ignore[no-untyped-def]  # an annotation would hide the fields from OpenAPI
        scores = {"train_accuracy", "test_accuracy", "train_r2", "test_r2"} - self.model_fields_set
        return {name: value for name, value in handler(self).items() if name not in scores}


class FiguresView(ScoredView):
    """The four figures; null before the first epoch, or where they are not finite numbers."""

    train_accuracy: float | None = None
    test_accuracy: float | None = None
    train_r2: float | None = Field(None, description="In regression, instead of accuracy.")
    test_r2: float | None = Field(None, description="In regression, instead of accuracy.")
    train_loss: float | None
    test_loss: float | None


class RunView(FiguresView):
    """One arm trained with one seed. Of a finished run, the figures are those of its last weights."""

    arm: str
    draw: int | None = Field(None, description="Draw of the rows; null for the rows as posted.")
    seed: int
    status: Status
    epochs_done: int
    epochs: int
    seconds: float | None
    error: str | None
    log: list[str] | None = Field(None, description="Last lines that the worker logged of a failed run.")
    weights: list[WeightView] | None = Field(description="Null until the run has finished.")
    metrics: dict[str, dict[str, float | None]] | None = Field(
        description="By set (`train`, `test`, `validation`; `holdout` once it is revealed): figures that fit the task. "
        "Null until the run has finished."
    )
    best_epoch: int | None = Field(description="Best epoch by early stopping; null without it.")
    weights_sha256: str | None = Field(
        None,
        description="SHA-256 of the last weights, in the model's order, as they lie in memory. Runs that have the same "
        "are the same model, bit for bit. Null until the run has finished.",
    )
    diverged_at: int | None = Field(
        None,
        description="The first epoch whose train loss is not a finite number; null where there is none. The figures of "
        "a run that diverged are null, unless early stopping went back to the weights of an earlier epoch.",
    )


class ArmView(ScoredView):
    """An arm over its finished runs."""

    name: str
    family: str | None = Field(description="Method of which it is a trial.")
    words: list[str] = Field(description="Constraints of the arm, a phrase for each weight.")
    loss: str | None = Field(
        None,
        description="The loss that training lowers. Losses of arms that differ in it can't be compared. Null where the "
        "arm's data is gone.",
    )
    n: int = Field(description="Finished runs.")
    one_class: int | None = Field(
        None,
        description="Finished runs whose model predicts a single class for all test rows; null in regression, and "
        "where no run says.",
    )
    train_accuracy: SpreadView | None = None
    test_accuracy: SpreadView | None = None
    train_r2: SpreadView | None = Field(None, description="In regression, instead of accuracy.")
    test_r2: SpreadView | None = Field(None, description="In regression, instead of accuracy.")
    train_loss: SpreadView
    test_loss: SpreadView


class SummaryView(BaseModel):
    """An experiment as lists show it. Times are UTC."""

    id: str
    name: str
    tags: list[str]
    status: Status
    score: Literal["accuracy", "r2"] = Field(description="Name of the score: r² in regression, otherwise accuracy.")
    created_at: str
    started_at: str | None = Field(description="When its first run began; after an addition or a retry, that of these.")
    finished_at: str | None
    epochs: int = Field(description="Of the longest arm.")
    seeds: int = Field(description="Number of seeds.")
    draws: int | None = Field(
        description="Number of draws or folds of the rows, each trained once for each seed; null for none."
    )
    suite: str | None = Field(None, description="Id of the suite that it belongs to; null where it stands alone.")
    arms: list[ArmView]


class ProblemView(BaseModel):
    """A sentence about a place in what was posted."""

    location: list[str | int]
    message: str


class PublishedArmView(BaseModel):
    """A published figure beside ours."""

    arm: str
    published: float
    ours: SpreadView | None = Field(description="Over the arm's finished runs; null before the first.")
    n: int


class PublishedView(BaseModel):
    """Published figures beside ours."""

    figure: str = Field(description="Name of the metric.")
    arms: list[PublishedArmView]
    agrees: bool | None = Field(
        description="Whether no pair of arms is in the opposite of the published order; null before any pair can be "
        "compared."
    )
    sentence: str


class AheadView(BaseModel):
    """Experiments that were opened earlier and have runs to train. Experiments take turns."""

    experiments: int
    runs: int = Field(description="Their runs that wait or train.")


class ExperimentView(SummaryView):
    """An experiment with all its runs."""

    experiment: Experiment = Field(description="As posted, with defaults filled in.")
    runs: list[RunView]
    warnings: list[ProblemView] = Field(description="Warnings about settings that are valid but may be unintended.")
    reveals: int = Field(description="Number of requests to reveal the sealed rows' scores.")
    looks: int = Field(
        description="How often its runs were judged: 1, and one more each time that seeds or draws were added."
    )
    first_look_seeds: int = Field(description="Number of seeds when they were judged first.")
    first_look_draws: int = Field(description="Number of draws when they were judged first; 1 for the rows as posted.")
    retries: int = Field(description="Number of times that runs which had failed or were cancelled were trained again.")
    ahead: AheadView | None = Field(description="The experiments before it, while no run of it has begun; else null.")
    delays: list[str] = Field(
        [],
        description="Why workers can't get its files for now, in sentences; they try again by themselves. Only where "
        "one experiment is read.",
    )
    published: PublishedView | None
    majority: Majority | None = Field(
        None,
        description="What a model that learns nothing scores. Null in regression, and while the data is not "
        "downloaded.",
    )
    last_event_id: str = Field(description="Id of the last event that this view includes.")


class UnreadableView(BaseModel):
    """An experiment that this version of the lab can't read: it is damaged, or of another version."""

    id: str
    name: str
    created_at: str = Field(description="UTC.")


class PageView(BaseModel):
    """Some experiments, newest first."""

    experiments: list[SummaryView]
    unreadable: list[UnreadableView] = Field(
        description="Those among them that can't be read; they can only be deleted."
    )
    next_cursor: str | None = Field(description="Asks for the next page; null on the last.")


class CurveView(ScoredView):
    """A run's curves: for each epoch kept, what Keras' `fit` reports of it. Null where a figure is not finite."""

    arm: str
    draw: int | None = Field(None, description="Draw of the rows; null for the rows as posted.")
    seed: int
    epoch: list[int]
    train_accuracy: list[float | None] | None = None
    test_accuracy: list[float | None] | None = None
    train_r2: list[float | None] | None = Field(None, description="In regression, instead of accuracy.")
    test_r2: list[float | None] | None = Field(None, description="In regression, instead of accuracy.")
    train_loss: list[float | None]
    test_loss: list[float | None]


class CurvesView(BaseModel):
    """The curves of every run that has any."""

    runs: list[CurveView]
    last_event_id: str = Field(description="The curves are complete up to here; ask for events after it.")


def _arms(stored: StoredExperiment, arms: list[ResolvedArm]) -> list[ArmView]:
    score = score_of(stored.experiment)
    views = []
    words = [arm.describe() for arm in arms] or [[]] * len(stored.experiment.arms)
    losses: list[str | None] = [arm.loss.describe() for arm in arms]
    losses = losses or [None] * len(stored.experiment.arms)
    for arm, said, loss, runs in zip(stored.experiment.arms, words, losses, runs_by_arm(stored), strict=True):
        values = {name: [v for run in finished(runs) if (v := run.figures.get(name)) is not None] for name in METRICS}
        spreads = score_names({name: spread(each) for name, each in values.items()}, score)
        view = ArmView(
            name=arm.name,
            family=arm.family,
            words=said,
            loss=loss,
            n=len(finished(runs)),
            one_class=one_class(finished(runs)),
            **spreads,
        )
        views.append(view)
    return views


def _run(state: RunState, identity: dict[str, Any], epochs: int, score: str, *, revealed: bool) -> RunView:
    return RunView(
        **identity,
        status=state.status,
        epochs_done=state.epochs_done,
        epochs=epochs,
        **score_names({name: state.figures.get(name) for name in METRICS}, score),
        seconds=state.seconds,
        error=state.error,
        log=state.log,
        weights=None if state.weights is None else [WeightView(**weight) for weight in state.weights],
        metrics=shown_metrics(state.metrics, revealed=revealed),
        best_epoch=state.best_epoch,
        weights_sha256=state.weights_sha256,
        diverged_at=state.diverged_at,
    )


def _published(stored: StoredExperiment) -> PublishedView | None:
    published = stored.experiment.published
    if published is None:
        return None
    rows: list[PublishedArmView] = []
    ours: dict[str, ArmScore] = {}
    arms = [arm.name.strip().casefold() for arm in stored.experiment.arms]
    by_name = dict(zip(arms, runs_by_arm(stored), strict=True))
    for name, value in published.values.items():
        column = "test_loss" if published.figure == "test_loss" else "test_score"
        found = [v for run in finished(by_name[name.strip().casefold()]) if (v := run.figures.get(column)) is not None]
        if published.figure == "test_error":
            found = [100 * (1 - v) for v in found]
        own = spread(found)
        if own.mean is not None:
            ours[name] = ArmScore(own.mean, own.std, len(found))
        rows.append(PublishedArmView(arm=name, published=value, ours=own if found else None, n=len(found)))
    comparison = compare(published.values, ours)
    return PublishedView(
        figure=PUBLISHED_METRICS[published.figure], arms=rows, agrees=comparison.agrees, sentence=comparison.sentence
    )


def _head(stored: StoredExperiment, arms: list[ResolvedArm]) -> dict[str, Any]:
    return {
        "id": stored.id,
        "name": stored.experiment.name,
        "tags": stored.experiment.tags,
        "status": stored.status,
        "score": score_of(stored.experiment),
        "created_at": iso(stored.created_ms),
        "started_at": iso(stored.started_ms),
        "finished_at": iso(stored.finished_ms),
        "epochs": max([arm.training.epochs for arm in arms] or [stored.experiment.training.epochs]),
        "seeds": len(stored.experiment.seeds),
        "draws": len(numbers) if (numbers := stored.experiment.split.draw_numbers) is not None else None,
        "suite": stored.suite,
        "arms": _arms(stored, arms),
    }


def summary_view(stored: StoredExperiment) -> SummaryView:
    """An experiment as lists show it."""
    return SummaryView(**_head(stored, resolved(stored)))


def experiment_view(stored: StoredExperiment, arms: list[ResolvedArm] | None = None) -> ExperimentView:
    """An experiment with all its runs. `arms` are its resolved arms, if the caller has them."""
    if arms is None:
        arms = resolved(stored)
    each = [arm.training.epochs for arm in arms] or [stored.experiment.training.epochs] * len(stored.experiment.arms)
    epochs = [number for number in each for _ in stored.experiment.replicates()]
    score = score_of(stored.experiment)
    draws, seeds = stored.first_look
    return ExperimentView(
        **_head(stored, arms),
        experiment=stored.experiment,
        runs=[
            _run(state, run_identity(stored.experiment, index), epochs[index], score, revealed=stored.reveals > 0)
            for index, state in enumerate(stored.runs)
        ],
        warnings=problem_views(warnings_of(stored.experiment, arms) if arms else []),
        reveals=stored.reveals,
        looks=stored.looks,
        first_look_seeds=seeds,
        first_look_draws=draws,
        retries=stored.retries,
        ahead=None if stored.ahead is None else AheadView(**asdict(stored.ahead)),
        published=_published(stored),
        majority=majority_of(stored.experiment, is_revealed=stored.reveals > 0),
        last_event_id=stored.last_event,
    )


def problem_views(problems: Sequence[Problem]) -> list[ProblemView]:
    """Problems or warnings as clients see them."""
    return [ProblemView(location=list(each.location), message=each.message) for each in problems[:MAX_PROBLEMS]]

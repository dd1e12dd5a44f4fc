"""What the API answers, and how it is made from what is stored."""

from __future__ import annotations

import statistics
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.domain.events import FIGURES, RunState
from app.domain.experiment import Experiment, Status, resolve
from app.store import Stored, iso


class NormView(BaseModel):
    """Euclidean norms of a weight's groups."""

    min: float
    mean: float
    max: float


class WeightView(BaseModel):
    """A weight of a finished run."""

    layer: str
    weight: str
    constraint: str | None = Field(description="In words.")
    axis: list[int] = Field(description="Axes that one norm is taken over; none: each value by itself.")
    norm: NormView
    held: bool | None = Field(description="Whether every group obeys the constraint; null without one.")


class FiguresView(BaseModel):
    """The four figures; null before the first epoch, or where they are not finite numbers."""

    train_accuracy: float | None
    test_accuracy: float | None
    train_loss: float | None
    test_loss: float | None


class RunView(FiguresView):
    """One arm trained with one seed. Of a finished run, the figures are those of its last weights."""

    arm: str
    seed: int
    status: Status
    epochs_done: int
    epochs: int
    seconds: float | None
    error: str | None
    weights: list[WeightView] | None = Field(description="Null until the run has finished.")


class SpreadView(BaseModel):
    """Mean and sample standard deviation over the arm's finished runs; null where there are too few."""

    mean: float | None
    std: float | None


class ArmView(BaseModel):
    """An arm over its finished runs."""

    name: str
    words: list[str] = Field(description="What is constrained, a phrase for each weight.")
    n: int = Field(description="Finished runs.")
    train_accuracy: SpreadView
    test_accuracy: SpreadView
    train_loss: SpreadView
    test_loss: SpreadView


class SummaryView(BaseModel):
    """An experiment as lists show it. Times are UTC."""

    id: str
    name: str
    tags: list[str]
    status: Status
    created_at: str
    started_at: str | None
    finished_at: str | None
    arms: list[ArmView]


class ExperimentView(SummaryView):
    """An experiment with all its runs."""

    experiment: Experiment = Field(description="As posted, with defaults filled in.")
    runs: list[RunView]
    last_event_id: str = Field(description="The last event that this view knows of.")


class PageView(BaseModel):
    """Some experiments, newest first."""

    experiments: list[SummaryView]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last.")


class CurveView(BaseModel):
    """A run's curves: for each epoch kept, what Keras' `fit` reports of it. Null where a figure is not finite."""

    arm: str
    seed: int
    epoch: list[int]
    train_accuracy: list[float | None]
    test_accuracy: list[float | None]
    train_loss: list[float | None]
    test_loss: list[float | None]


class CurvesView(BaseModel):
    """The curves of every run that has any."""

    runs: list[CurveView]
    last_event_id: str = Field(description="The curves are complete up to here; ask for events after it.")


class RunEventView(BaseModel):
    """Of `run_queued`, `run_started`, `run_paused`, `run_failed` and `run_cancelled`."""

    arm: str
    seed: int
    attempt: int | None = Field(None, description="Of `run_started`: 1, and one more after each death of a worker.")
    error: str | None = Field(None, description="Of `run_failed`.")


class RunFinishedView(FiguresView):
    """Of `run_finished`."""

    arm: str
    seed: int
    epochs_done: int
    seconds: float
    weights: list[WeightView]


class ExperimentEventView(BaseModel):
    """Of events of the whole experiment, which have nothing more to say."""


EventView = RunFinishedView | CurveView | RunEventView | ExperimentEventView
"""Data of an event; `epochs` has a `CurveView`."""


class PresetSummary(BaseModel):
    """A named experiment."""

    name: str
    title: str
    summary: str


class PresetView(PresetSummary):
    """A named experiment, ready to post."""

    experiment: Experiment


class PresetsView(BaseModel):
    """All presets; the tutorial is the first."""

    presets: list[PresetSummary]


class WorkersView(BaseModel):
    """Who trains."""

    live: int = Field(description="Workers that are ready.")
    slots: int = Field(description="Runs that they can train at once.")


class HealthView(BaseModel):
    """Whether the service can do its job."""

    status: Literal["ok", "degraded"]
    store: str
    redis: str
    workers: WorkersView
    version: str


def arm_and_seed(experiment: Experiment, run: int) -> tuple[str, int]:
    """Whose run number `run` is: arms in order, for each of them the seeds in order."""
    arm, seed = divmod(run, len(experiment.seeds))
    return experiment.arms[arm].name, experiment.seeds[seed]


def _spread(values: list[float]) -> SpreadView:
    return SpreadView(
        mean=statistics.fmean(values) if values else None,
        std=statistics.stdev(values) if len(values) > 1 else None,
    )


def _arms(stored: Stored) -> list[ArmView]:
    seeds = len(stored.experiment.seeds)
    views = []
    for index, arm in enumerate(resolve(stored.experiment)):
        finished = [run for run in stored.runs[index * seeds : (index + 1) * seeds] if run.status == "finished"]
        values = {name: [v for run in finished if (v := run.figures.get(name)) is not None] for name in FIGURES}
        views.append(
            ArmView(name=arm.name, words=arm.words(), n=len(finished), **{k: _spread(v) for k, v in values.items()})
        )
    return views


def _run(state: RunState, arm: str, seed: int, epochs: int) -> RunView:
    return RunView(
        arm=arm,
        seed=seed,
        status=state.status,
        epochs_done=state.epochs_done,
        epochs=epochs,
        **{name: state.figures.get(name) for name in FIGURES},
        seconds=state.seconds,
        error=state.error,
        weights=None if state.weights is None else [WeightView(**weight) for weight in state.weights],
    )


def _head(stored: Stored) -> dict[str, Any]:
    return {
        "id": stored.id,
        "name": stored.experiment.name,
        "tags": stored.experiment.tags,
        "status": stored.status,
        "created_at": iso(stored.created_ms),
        "started_at": iso(stored.started_ms),
        "finished_at": iso(stored.finished_ms),
        "arms": _arms(stored),
    }


def summary_view(stored: Stored) -> SummaryView:
    """An experiment as lists show it."""
    return SummaryView(**_head(stored))


def experiment_view(stored: Stored) -> ExperimentView:
    """An experiment with all its runs."""
    epochs = [arm.training.epochs for arm in resolve(stored.experiment) for _ in stored.experiment.seeds]
    return ExperimentView(
        **_head(stored),
        experiment=stored.experiment,
        runs=[
            _run(state, *arm_and_seed(stored.experiment, index), epochs[index])
            for index, state in enumerate(stored.runs)
        ],
        last_event_id=stored.last_event,
    )

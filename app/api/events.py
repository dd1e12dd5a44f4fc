"""Schemas of the events that `/api/experiments/{id}/events` streams."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from app.api.views import CurveView, FiguresView, WeightView


class NoData(BaseModel):
    """No data."""

    model_config = ConfigDict(extra="forbid")


class RunData(BaseModel):
    """The run that an event is about."""

    model_config = ConfigDict(extra="forbid")

    arm: str
    draw: int | None = Field(None, description="Draw of the rows; null for the rows as posted.")
    seed: int


class RunStartedData(RunData):
    """A run that a worker has taken."""

    attempt: int = Field(description="1, and one more after each death of a worker.")


class RunFailedData(RunData):
    """A failed run."""

    error: str
    log: list[str] | None = Field(None, description="Last lines that the worker logged of the run.")


class SnapshotsData(RunData):
    """Epochs after which `/norms` has more of the run, and `/frames` of an arm's first seed."""

    epoch: list[int] = Field(description="0: the initial weights.")


class EpochsData(CurveView):
    """Curves of some epochs, in the order of training. They may overlap with epochs that were sent before."""

    model_config = ConfigDict(extra="forbid")


class RunFinishedData(FiguresView):
    """A finished run: metrics and weights at its end."""

    model_config = ConfigDict(extra="forbid")

    arm: str
    draw: int | None = Field(None, description="Draw of the rows; null for the rows as posted.")
    seed: int
    epochs_done: int
    seconds: float
    weights: list[WeightView]
    metrics: dict[str, dict[str, float | None]] | None = None
    best_epoch: int | None = None
    weights_sha256: str | None = None


class _Logged(BaseModel):
    """Base of events in an experiment's log."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="Milliseconds since 1970, a hyphen, and a sequence number.")


class ExperimentEvent(_Logged):
    """A change of the experiment's state."""

    event: Literal[
        "experiment_started",
        "experiment_paused",
        "experiment_resumed",
        "experiment_finished",
        "experiment_failed",
        "experiment_cancelled",
    ]
    data: NoData


class RunEvent(_Logged):
    """A change of a run's state that needs no more words."""

    event: Literal["run_queued", "run_paused", "run_cancelled"]
    data: RunData


class RunStartedEvent(_Logged):
    """A worker has taken a run."""

    event: Literal["run_started"]
    data: RunStartedData


class RunFailedEvent(_Logged):
    """A run has failed."""

    event: Literal["run_failed"]
    data: RunFailedData


class RunFinishedEvent(_Logged):
    """A run has trained all its epochs, or early stopping has ended it."""

    event: Literal["run_finished"]
    data: RunFinishedData


class EpochsEvent(_Logged):
    """A run has trained some epochs."""

    event: Literal["epochs"]
    data: EpochsData


class SnapshotsEvent(_Logged):
    """Snapshots of a run's weights were taken. It precedes the epochs that they belong to."""

    event: Literal["snapshots"]
    data: SnapshotsData


class ResetEvent(BaseModel):
    """The id to resume after is past the end of the log: every event follows, from the first."""

    model_config = ConfigDict(extra="forbid")

    event: Literal["reset"]
    data: NoData


class EventView(
    RootModel[
        Annotated[
            ExperimentEvent
            | RunEvent
            | RunStartedEvent
            | RunFailedEvent
            | RunFinishedEvent
            | EpochsEvent
            | SnapshotsEvent
            | ResetEvent,
            Field(discriminator="event"),
        ]
    ]
):
    """A server-sent event, discriminated by its name `event`; `data` is sent as JSON."""

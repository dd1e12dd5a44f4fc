"""The events of an experiment, and a run's state as the fold of its events.

An entry of the log carries an `Event`. The page folds the same events; one golden log checks both folds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

import numpy as np
import orjson

from core.experiment.experiment import CLOSED, Status

METRICS: Final = ("train_score", "test_score", "train_loss", "test_loss")
"""The columns of a chunk of curves, in order. `train_*` is what Keras' `fit` reports, `test_*` its `val_*`.

The score is accuracy, or r² in regression; `app.results.score_names` gives it that name for clients.
"""
_OLD_NAMES: Final = {"train_accuracy": "train_score", "test_accuracy": "test_score"}
"""Names of the scores in `run_finished` events written by earlier versions."""

EventName = Literal[
    "experiment_started",
    "experiment_paused",
    "experiment_resumed",
    "run_queued",
    "run_started",
    "snapshots",
    "epochs",
    "run_paused",
    "run_finished",
    "run_failed",
    "run_cancelled",
    "experiment_finished",
    "experiment_failed",
    "experiment_cancelled",
]
EVENT_NAMES: Final[frozenset[str]] = frozenset(get_args(EventName))

EXPERIMENT_STATUS: Final[dict[EventName, Status]] = {
    "experiment_started": "running",
    "experiment_paused": "paused",
    "experiment_resumed": "running",
    "experiment_finished": "finished",
    "experiment_failed": "failed",
    "experiment_cancelled": "cancelled",
}
"""The state that an event puts its experiment in."""

CLOSING: Final = frozenset(name for name, status in EXPERIMENT_STATUS.items() if status in CLOSED)

RUN_STATUS: Final[dict[EventName, Status]] = {
    "run_queued": "queued",
    "run_started": "running",
    "run_paused": "paused",
    "run_finished": "finished",
    "run_failed": "failed",
    "run_cancelled": "cancelled",
}
"""The state that an event puts its run in."""


@dataclass(frozen=True, eq=False)
class Event:
    """One entry of the log. Two are equal when they are the same object."""

    id: str
    """The stream's id, `milliseconds-sequence`."""
    experiment: str
    name: EventName
    run: int | None = None
    """Number of the run, as `RunNumbers` has it."""
    data: dict[str, Any] = field(default_factory=dict)
    """Further data of the event, as JSON."""
    first_epoch: int = 0
    """Number of the first epoch of an `epochs` event, from 1."""
    figures: bytes = b""
    """Packed by event: `epochs` has float32, little endian, (epochs, len(METRICS)); `snapshots` has the bytes of
    `Snapshots.pack`; `run_finished` those of `pack_outcomes`."""

    def __post_init__(self) -> None:
        if self.name == "run_finished" and not _OLD_NAMES.keys().isdisjoint(self.data):
            data = {_OLD_NAMES.get(name, name): value for name, value in self.data.items()}
            object.__setattr__(self, "data", data)

    @property
    def milliseconds(self) -> int:
        """When it happened, in milliseconds since 1970."""
        return int(self.id.partition("-")[0])

    @property
    def table(self) -> np.ndarray:
        """Figures of an `epochs` event, (epochs, len(METRICS))."""
        return np.frombuffer(self.figures, dtype="<f4").reshape(-1, len(METRICS))

    @property
    def last_epoch(self) -> int:
        """Number of the last epoch of an `epochs` event."""
        return self.first_epoch + len(self.figures) // (4 * len(METRICS)) - 1

    @property
    def diverged_at(self) -> int | None:
        """First epoch of an `epochs` event whose train loss is not finite; None without one."""
        lost = ~np.isfinite(self.table[:, METRICS.index("train_loss")])
        return self.first_epoch + int(lost.argmax()) if lost.any() else None


def id_key(event_id: str) -> tuple[int, int]:
    """An event's id as numbers that sort in the order of the log."""
    milliseconds, _, sequence = event_id.partition("-")
    return int(milliseconds), int(sequence or 0)


def columns(table: np.ndarray) -> dict[str, Any]:
    """Figures by name, each a float32 array of one value an epoch."""
    return {name: np.ascontiguousarray(table[:, i]) for i, name in enumerate(METRICS)}


def encode_json(value: Any) -> bytes:
    """JSON with NumPy arrays as lists: the fewest digits that give each float32; NaN becomes null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


@dataclass(frozen=True)
class RunState:
    """A run's state after its events so far."""

    status: Status = "queued"
    epochs_done: int = 0
    figures: dict[str, float | None] = field(default_factory=dict)
    """The latest of each of `METRICS`; of a finished run those of its last weights."""
    seconds: float | None = None
    error: str | None = None
    log: list[str] | None = None
    """Last lines that the worker logged of a failed run."""
    weights: list[dict[str, Any]] | None = None
    metrics: dict[str, dict[str, float | None]] | None = None
    """Metrics of a finished run's last weights on every set, the sealed one too."""
    best_epoch: int | None = None
    """Best epoch of a finished run by early stopping; None without it."""
    weights_sha256: str | None = None
    """Hash over all of a finished run's last weights."""
    diverged_at: int | None = None
    """The first epoch, from 1, whose train loss is not a finite number."""

    def after(self, event: Event) -> RunState:
        """The state after `event`, which must be of this run. Epochs that it has already change nothing."""
        if event.name == "epochs":
            if event.last_epoch <= self.epochs_done:
                return self
            last = [float(v) if np.isfinite(v) else None for v in event.table[-1]]
            return replace(
                self,
                epochs_done=event.last_epoch,
                figures=dict(zip(METRICS, last, strict=True)),
                diverged_at=self.diverged_at or event.diverged_at,
            )
        if event.name == "snapshots":
            return self
        status = RUN_STATUS.get(event.name, self.status)
        if event.name == "run_finished":
            return replace(
                self,
                status=status,
                epochs_done=int(event.data["epochs_done"]),
                figures={name: event.data[name] for name in METRICS},
                seconds=event.data["seconds"],
                weights=event.data["weights"],
                metrics=event.data.get("metrics"),
                best_epoch=event.data.get("best_epoch"),
                weights_sha256=event.data.get("weights_sha256"),
            )
        if event.name == "run_failed":
            return replace(self, status=status, error=str(event.data["error"]), log=event.data.get("log"))
        return replace(self, status=status)

"""The training engine: runs, one chunk of epochs after another, on compiled programs that are kept for the next run.

A run's numbers depend on its arm, its draw and its seed alone: not on what was trained before, on how its epochs were
cut into chunks, or on whether it was interrupted and resumed. It knows no queue and no store.
"""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from core.catalog.constraints import all_of, any_of
from core.experiment.model import needs_one_hot
from core.experiment.resolution import ConstrainedWeight, ResolvedArm
from core.runs.events import METRICS
from core.runs.kept import sha256_of
from core.runs.metrics import class_numbers, compute_metrics, row_outcomes, score
from core.runs.seeding import batch_order, training_seed
from core.runs.snapshots import (
    FRAME_VALUES,
    Snapshots,
    evenly_spaced,
    first_kernel,
    kernel_columns,
    norms_of,
    snapshot_epochs,
    summary,
)
from worker.program import Data, Program
from worker.session_results import CheckpointError, Chunk, Evaluation, Norms, WeightReport

CHUNK_SECONDS = 0.05
"""Target duration of a chunk: short enough to feel live and to stop soon, long enough that calls cost little."""

SETS: Final = ("train", "test", "validation", "holdout", "fresh")
"""Names of the sets of rows that a model may be evaluated on."""
FRESH_ERRORS: Final = 2_000
"""Fresh rows of a regression whose squared errors are kept, as they take 32 times the room of right and wrong."""


class StaleSession(Exception):
    """A session used after another one took over its program."""


class Engine:
    """Compiles programs and keeps the last used of them. For one thread of a process."""

    def __init__(self, programs: int = 8) -> None:
        self._limit = programs
        self._programs: OrderedDict[str, Program] = OrderedDict()
        self._last_data: tuple[str, Data] | None = None

    def compiled(self, programs: Iterable[str]) -> list[str]:
        """Those of `programs`, by name, that are compiled."""
        return sorted(self._programs.keys() & set(programs))

    def start(self, arm: ResolvedArm, seed: int, checkpoint: bytes | None = None, *, frames: bool = False) -> Session:
        """A run at its beginning, or where `checkpoint` was taken; its snapshots have `frames` only where asked.

        `seed` is the replicate's: an arm at a draw of the rows is trained with a seed that both numbers give. A
        session that used the same program can't be used any more.

        Raises:
            CheckpointError: the checkpoint is damaged, or is of another run, version or thread count.
        """
        key, data = arm.program(), self._data(arm)
        if key not in self._programs:
            self._programs[key] = Program(arm, data)
            if len(self._programs) > self._limit:
                self._programs.popitem(last=False)
        self._programs.move_to_end(key)
        return Session(self._programs[key], arm, data, seed, checkpoint, frames=frames)

    def _data(self, arm: ResolvedArm) -> Data:
        """The arm's rows; an experiment's next run takes those of the last."""
        rows = [arm.dataset.model_dump(mode="json"), arm.split.model_dump(mode="json"), arm.draw]
        key = json.dumps([*rows, needs_one_hot(arm), arm.training.class_weight])
        if self._last_data is None or self._last_data[0] != key:
            self._last_data = None  # two at once could be too large
            self._last_data = (key, Data.of(arm))
        return self._last_data[1]


def _onednn() -> str:
    """Setting of oneDNN, which rounds otherwise. On is usual: `runtime.use_onednn`."""
    told = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1")
    return "as TensorFlow has it" if told == "1" else told


class Session:
    """One run in training."""

    def __init__(
        self, program: Program, arm: ResolvedArm, data: Data, seed: int, checkpoint: bytes | None, *, frames: bool
    ) -> None:
        self.arm = arm
        self.seed = training_seed(arm.draw, seed)
        """What initial weights, dropout and batch order are drawn from."""
        self.epochs = arm.training.epochs
        self.epochs_done = 0
        self._program = program
        self._data = data
        self._pace = 0.0
        """Epochs a second."""
        self._frames = frames
        self._weights = arm.weights()
        self._kernel = first_kernel(arm)
        self._to_look_at = snapshot_epochs(self.epochs)
        program.user = self
        program.reset(arm, self.seed)
        if checkpoint is not None:
            self._restore(checkpoint)

    @property
    def build_seconds(self) -> dict[str, float]:
        """Seconds that building the run's program took: `build`, `trace`, `compile`."""
        return self._program.seconds

    @property
    def done(self) -> bool:
        """Whether all epochs are trained, or early stopping has ended the run."""
        return self.epochs_done >= self.epochs or self._live_program().stopped

    def step(self) -> Chunk:
        """Trains the next chunk: one epoch at first, so that a point shows at once, then what takes `CHUNK_SECONDS`."""
        program = self._live_program()
        if self.done:
            raise ValueError("The run is done: there is no epoch left to train")
        length = int(np.clip(self._pace * CHUNK_SECONDS, 1, min(program.capacity, self.epochs - self.epochs_done)))
        first = self.epochs_done + 1
        order = batch_order(self.seed, self.epochs_done, length, program.train_rows)
        started = time.perf_counter()
        figures: list[np.ndarray] = []
        taken = [self._snapshot()] if self.epochs_done == 0 else []
        for part in np.split(order, self._looks(length)):
            figures.append(program.train(self._data, part))
            self.epochs_done += len(figures[-1])
            if self.done or self.epochs_done in self._to_look_at:
                taken.append(self._snapshot())
            if self.done:
                break
        # A call's own cost hides the pace of a single epoch: so a chunk may be 64 times as long as the last.
        self._pace = min(length / (time.perf_counter() - started), 64 * length / CHUNK_SECONDS)
        if self.done:
            program.end()
        return Chunk(first, np.concatenate(figures), Snapshots.joined(taken) if taken else None)

    def _looks(self, length: int) -> np.ndarray:
        """After how many of the next `length` epochs snapshots are to be taken, but for the last."""
        looks = self._to_look_at - self.epochs_done
        return looks[(looks > 0) & (looks < length)]

    def _snapshot(self) -> Snapshots:
        """The run as it stands."""
        program = self._live_program()
        values = [[_value(each) for each in program.variables_of(item)] for item in self._weights]
        rows = [summary(item, each, program.moved(item)) for item, each in zip(self._weights, values, strict=True)]
        frames: dict[str, np.ndarray] = {}
        if self._frames:
            for index, (item, each) in enumerate(zip(self._weights, values, strict=True)):
                norms = norms_of(item, each)
                frames[f"norms_{index}"] = _half(norms[evenly_spaced(len(norms), FRAME_VALUES)])
                if item == self._kernel:
                    frames["kernel"] = _half(kernel_columns(item, each)[0])
            if grid := self._data.grid:
                outputs = program.predict(grid.inputs())
                frames["boundary"], scale = grid.drawn(self.arm.dataset.task, outputs)
                frames["scale"] = np.array(scale, np.float32)
        return Snapshots(
            np.array([self.epochs_done]), np.array([rows]), {name: array[None] for name, array in frames.items()}
        )

    @property
    def best_epoch(self) -> int | None:
        """The best epoch so far, from 1, by what early stopping watches; None without it."""
        return self._live_program().best_epoch

    def figures(self) -> dict[str, float]:
        """All `METRICS` of the present weights, as `model.evaluate` gives them."""
        values = self._live_program().evaluate(self._data)
        return {name: float(value) for name, value in zip(METRICS, values, strict=True)}

    def weights(self) -> list[WeightReport]:
        """The norms of every weight that can be constrained, and whether its constraint holds."""
        program = self._live_program()
        return [_report(item, [_value(each) for each in program.variables_of(item)]) for item in self.arm.weights()]

    def weights_sha256(self) -> str:
        """SHA-256 of all weights of the model, in its order, as they lie in memory."""
        return sha256_of(self.model_weights())

    def model_weights(self) -> list[np.ndarray]:
        """All weights of the model, in its order."""
        return [_value(weight.value) for weight in self._live_program().model.weights]

    def evaluate_sets(self) -> Evaluation:
        """Evaluates the present weights on every set of rows."""
        program, task = self._live_program(), self.arm.dataset.task
        found = Evaluation({}, {}, {})
        for name in SETS:
            if (data := getattr(self._data, name)) is None:
                continue
            y, outputs = class_numbers(task, data[1].numpy()), program.predict(data[0].numpy())
            # Outputs are kept as the model gives them, and figures are told in the target's own units.
            if name in ("test", "holdout"):
                found.outputs[name] = outputs
            y, outputs = self._data.scaling.reported(y), self._data.scaling.reported(outputs)
            found.metrics[name] = (score if name == "fresh" else compute_metrics)(task, y, outputs)
            if name in ("test", "holdout", "fresh"):
                kept = FRESH_ERRORS if name == "fresh" and task not in ("binary", "multiclass") else len(y)
                found.outcomes[name] = row_outcomes(task, y[:kept], outputs[:kept])
        return found

    def checkpoint(self) -> bytes:
        """The run as it stands, as an .npz file: `Engine.start` goes on from it, bit for bit."""
        values = [_value(variable) for variable in self._live_program().variables()]
        about = np.frombuffer(json.dumps({**self._about(), "epochs_done": self.epochs_done}).encode(), np.uint8)
        file = io.BytesIO()
        np.savez(file, about=about, **{f"variable_{i}": value for i, value in enumerate(values)})  # type: ignore[arg-type]
        return file.getvalue()

    def _about(self) -> dict[str, Any]:
        """Settings that a checkpoint must share with the run that resumes from it; the number of epochs may differ."""
        return {
            **_settings(self.arm),
            "seed": self.seed,
            "versions": {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__},
            "onednn": _onednn(),
            "threads": [
                tf.config.threading.get_intra_op_parallelism_threads(),
                tf.config.threading.get_inter_op_parallelism_threads(),
            ],
        }

    def _restore(self, checkpoint: bytes) -> None:
        variables = self._program.variables()
        try:
            with np.load(io.BytesIO(checkpoint), allow_pickle=False) as file:
                about = json.loads(file["about"].tobytes())
                values = [file[f"variable_{i}"] for i in range(len(file.files) - 1)]
            done = int(about.pop("epochs_done"))
            # Fields that are newer than the checkpoint get their defaults.
            about |= _settings(self._arm_of(about))
        except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile) as error:
            raise CheckpointError(f"The checkpoint can't be read: {error}") from error
        expected = json.loads(json.dumps(self._about()))
        for name in expected:
            if about.get(name) != expected[name]:
                raise CheckpointError(
                    f"The checkpoint is of a run with another {name}: {about.get(name)!r}, here {expected[name]!r}"
                )
        if done > self.epochs:
            raise CheckpointError(f"The checkpoint is {done} epochs on; the run has only {self.epochs}")
        kinds = [(value.shape, value.dtype.name) for value in values]
        wanted = [(tuple(variable.shape), variable.dtype) for variable in variables]
        if kinds != wanted:
            raise CheckpointError("The checkpoint's variables have other shapes than the run's")
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        self.epochs_done = done

    def _arm_of(self, about: dict[str, Any]) -> ResolvedArm:
        """The arm that a checkpoint is of, but for its name and its number of epochs."""
        fields = {name: about[name] for name in ResolvedArm.model_fields if name in about}
        training = {**about["training"], "epochs": self.epochs}
        return ResolvedArm.model_validate_json(json.dumps({**fields, "name": self.arm.name, "training": training}))

    def _live_program(self) -> Program:
        if self._program.user is not self:
            raise StaleSession("Another session has taken over this session's program")
        return self._program


def _settings(arm: ResolvedArm) -> dict[str, Any]:
    settings: dict[str, Any] = arm.model_dump(mode="json", exclude={"name": True, "training": {"epochs"}})
    return settings


def _value(variable: Any) -> np.ndarray:
    value: np.ndarray = variable.numpy()
    return value


def _half(values: np.ndarray) -> np.ndarray:
    """`values` in half precision; what is too large for it becomes its largest number."""
    finite: np.ndarray = np.nan_to_num(values, nan=0.0).clip(-65504, 65504)
    return finite.astype(np.float16)


def _report(item: ConstrainedWeight, values: list[np.ndarray]) -> WeightReport:
    constraint, axis = item.constraint, item.axis
    norms = norms_of(item, values)
    finite = bool(np.isfinite(norms).all())
    checked = constraint if finite else None
    norm = Norms(min=float(norms.min()), mean=float(norms.mean()), max=float(norms.max()))
    return WeightReport(
        layer=item.layer,
        weight=item.weight.name,
        constraint=None if constraint is None else constraint.describe(),
        axis=axis,
        norm=norm if finite else Norms(min=None, mean=None, max=None),
        held=None if checked is None else all_of([checked.is_satisfied(value, axis) for value in values]),
        reached=None if checked is None else any_of([checked.at_limit(value, axis) for value in values]),
    )

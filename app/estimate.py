"""Estimates of an experiment's time and memory before it is queued, and checks against the limits.

    seconds = (programs × compiling + runs × (epochs × epoch + end)) / slots
    epoch   = updates × update + (3 × rows to train + rows to evaluate) × (multiply-adds + values of a row)

The backward pass takes twice as long as the forward pass, hence the 3; evaluation is a forward pass. Small networks
spend their time on calls, not on arithmetic: so an update has a cost for every variable and for every sequential step.
The constants are for one thread of a server's core, fitted to the presets and to some larger networks so that no ratio
of estimated to measured time is far from 1; `python -m benchmarks.estimate` prints those ratios.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.experiment.experiment import Experiment, location_of
from core.experiment.resolution import ResolvedArm, output_units
from core.limits import EVALUATION_BATCH
from core.problems import Invalid, Location, Problem
from core.runs.snapshots import CURVE_POINTS, SIDE, snapshot_epochs
from core.settings import Settings

SLOTS: Final = 2
"""Runs trained at once, if the number of slots is unknown."""
VALUE: Final = 4
"""Bytes of a float32."""
WIDTHS: Final = frozenset({"units", "filters", "output_dim"})
"""Fields of layers that are limited by `LAB_MAX_WIDTH`."""


@dataclass(frozen=True)
class Estimate:
    """Estimated time and memory of an experiment."""

    seconds: float
    """From the first run's start to the last one's end, if every program is compiled and no run stops early."""
    work: float
    """Seconds on a single slot."""
    runs: int
    epochs: int
    """Epochs of all runs."""
    bytes: int
    """Memory of the largest run, besides TensorFlow itself."""
    programs: int
    """Number of programs to compile."""

    def describe(self) -> str:
        """ "about 40 s, 12 MB"."""
        return f"about {duration(self.seconds)}, {size(self.bytes)}"


@dataclass(frozen=True)
class Cost:
    """Time of training one arm on one slot, in seconds, and its memory, in bytes."""

    compile: float
    """Compilation, once for all arms of its program."""
    epoch: float
    end: float
    """Time of a run besides its epochs: initial weights, snapshots and final evaluation."""
    frames: float
    """Additional time for the frames of the first seed."""
    bytes: int


@dataclass(frozen=True)
class _Rates:
    """Times of one thread, in seconds."""

    compiling: float
    """For any program."""
    compiling_variable: float
    """For each trained variable; an incomplete last batch adds the share `compiling_rest`."""
    compiling_rest: float
    compiling_recurrent: float
    """For each recurrent layer and each batch size."""
    variable: float
    """For each trained variable in each update."""
    call: float
    """For each batch that is evaluated."""
    step: float
    """For each step of recurrent layers; twice in an update."""
    multiply_add: float
    value: float
    """For each output value of a layer."""
    update: float
    """For each trained value in each update."""


XLA: Final = _Rates(
    compiling=0.9, compiling_variable=0.16, compiling_rest=0.9, compiling_recurrent=1.1,
    variable=2e-6, call=2.5e-6, step=6.5e-6, multiply_add=3.7e-11, value=1e-10, update=5e-10,
)  # fmt: skip
"""Rates of networks that XLA compiles."""
KERNELS: Final = _Rates(
    compiling=0.4, compiling_variable=0.05, compiling_rest=0.4, compiling_recurrent=0.4,
    variable=3e-5, call=3e-5, step=3.8e-5, multiply_add=2e-11, value=9e-10, update=1.5e-9,
)  # fmt: skip
"""Rates of all others, which use TensorFlow's own kernels."""
DECOMPOSITION: Final = 1.2e-9
"""Seconds for each m·n·min(m, n) of a weight that is decomposed after each update."""
START_SECONDS: Final = 0.01
"""Seconds for drawing and setting a run's initial weights."""
SNAPSHOT_SECONDS: Final = 7e-4
"""Seconds of one snapshot, including the interruption of training; frames add `FRAME_SECONDS`."""
FRAME_SECONDS: Final = 7e-4
EVALUATE_SECONDS: Final = 0.04
"""Seconds of a run's final evaluation, beside the pass over all rows; each recurrent step adds `EAGER_STEP_SECONDS`."""
EAGER_STEP_SECONDS: Final = 2e-3


def cost(arm: ResolvedArm) -> Cost:
    """Estimated cost of training `arm`."""
    rates = XLA if arm.xla else KERNELS
    shapes, units, training = arm.shapes(), output_units(arm.dataset), arm.training
    layers = list(zip(arm.network.layers, shapes, shapes[1:], strict=False))
    adds = sum(layer.multiply_adds(shape, given) for layer, shape, given in layers) + (shapes[-1][0] + 1) * units
    values = sum(math.prod(given) for _, _, given in layers) + units
    recurrent = [count for layer, shape, _ in layers if (count := layer.steps(shape)) > 1]
    steps, parameters = sum(recurrent), arm.parameters()
    variables = sum(map(len, arm.weight_shapes().values()))

    def evaluated(rows: int) -> float:
        calls = math.ceil(rows / EVALUATION_BATCH)
        return calls * (rates.call + steps * rates.step) + passed(rows)

    def passed(rows: float) -> float:
        return rows * (adds * rates.multiply_add + values * rates.value)

    rows = arm.split.part_sizes(arm.dataset, arm.draw or arm.split.typical_draw)
    updates = math.ceil(rows["train"] / training.batch_size)
    update = variables * rates.variable + 2 * steps * rates.step + parameters * rates.update + _decompositions(arm)
    epoch = updates * update + passed(3 * rows["train"]) + evaluated(rows["test"])
    if any(each.watch == "validation" for each in training.watching().values()):
        epoch += evaluated(rows["validation"])
    sizes = min(updates, 2) if rows["train"] % training.batch_size else 1
    compiling = variables * rates.compiling_variable * (1 + (sizes - 1) * rates.compiling_rest)
    fresh = arm.dataset.fresh_rows if arm.dataset.fresh_code(1, 0) is not None else 0
    snapshots = len(snapshot_epochs(training.epochs))
    features = arm.dataset.shape
    grid = CURVE_POINTS if features == (1,) else SIDE**2 if features == (2,) else 0  # points of a decision boundary
    every = arm.dataset.rows + fresh
    return Cost(
        compile=rates.compiling + compiling + len(recurrent) * sizes * rates.compiling_recurrent,
        epoch=epoch,
        end=START_SECONDS
        + snapshots * SNAPSHOT_SECONDS
        + EVALUATE_SECONDS
        + steps * EAGER_STEP_SECONDS
        + evaluated(every + rows["train"] + rows["test"]),
        frames=snapshots * (FRAME_SECONDS + evaluated(grid)),
        bytes=_bytes(arm, parameters, values, every),
    )


def _decompositions(arm: ResolvedArm) -> float:
    """Seconds per update of constraints that decompose the weight, which XLA does slowly."""
    shapes, seconds = arm.weight_shapes(), 0.0
    for item in arm.weights():
        if item.constraint is not None and not all(part.xla for _, part in item.constraint.links()):
            for shape in shapes[item.path]:
                columns = shape[-1]
                seconds += DECOMPOSITION * math.prod(shape) * min(columns, math.prod(shape) // columns)
    return seconds


def _bytes(arm: ResolvedArm, parameters: int, values: int, rows: int) -> int:
    """Memory of rows; of weights with gradients, moments and best weights; of a batch's values, forward and back."""
    copies = 4 + (arm.training.early_stopping is not None)
    example = math.prod(arm.dataset.shape)
    batch = max(2 * min(arm.training.batch_size, rows), EVALUATION_BATCH)
    return VALUE * (rows * (example + 1) + parameters * copies + batch * (values + example))


def estimate(experiment: Experiment, arms: Sequence[ResolvedArm], slots: int = SLOTS) -> Estimate:
    """Estimate of `experiment`, with its resolved `arms`, on so many slots."""
    costs, seeds = [cost(arm) for arm in arms], len(experiment.replicates())
    programs = {arm.program(): each.compile for arm, each in zip(arms, costs, strict=True)}
    runs = [arm.training.epochs * each.epoch + each.end for arm, each in zip(arms, costs, strict=True)]
    work = sum(programs.values()) + seeds * sum(runs) + sum(each.frames for each in costs)
    longest = max(run + each.frames + each.compile for run, each in zip(runs, costs, strict=True))
    return Estimate(
        seconds=max(work / max(1, slots), longest),
        work=work,
        runs=len(arms) * seeds,
        epochs=sum(arm.training.epochs for arm in arms) * seeds,
        bytes=max(each.bytes for each in costs),
        programs=len(programs),
    )


def admit(experiment: Experiment, arms: Sequence[ResolvedArm], limits: Settings, slots: int = SLOTS) -> Estimate:
    """Estimate of `experiment`, checked against the service's limits.

    Raises:
        Invalid: with every limit exceeded, both numbers, and what to do.
    """
    made = estimate(experiment, arms, slots)
    problems: dict[Location, Problem] = {}  # one problem per location, that of the first arm
    for each in _limits_exceeded(experiment, arms, made, limits):
        problems.setdefault(each.location, each)
    if problems:
        raise Invalid(list(problems.values()))
    return made


def together(estimates: Sequence[Estimate], slots: int = SLOTS) -> Estimate:
    """Estimate of several experiments on so many slots that they share."""
    work = sum(each.work for each in estimates)
    return Estimate(
        seconds=max(work / max(1, slots), *(each.seconds for each in estimates)),
        work=work,
        runs=sum(each.runs for each in estimates),
        epochs=sum(each.epochs for each in estimates),
        bytes=max(each.bytes for each in estimates),
        programs=sum(each.programs for each in estimates),
    )


def admit_suite(estimates: Sequence[Estimate], limits: Settings) -> None:
    """Checks a suite's experiments together, each of which was admitted, against the longest time of one.

    Raises:
        Invalid: if they would take longer.
    """
    made = together(estimates)
    if made.work > limits.lab_max_seconds:
        message = (
            f"This would take about {duration(made.work)} on one slot; at most {duration(limits.lab_max_seconds)} are "
            "allowed: use fewer data sets, arms or seeds, or train fewer epochs"
        )
        raise Invalid([Problem(("datasets",), message)])


def _limits_exceeded(
    experiment: Experiment, arms: Sequence[ResolvedArm], made: Estimate, limits: Settings
) -> Iterator[Problem]:
    if made.runs > limits.lab_max_runs:
        yield Problem(
            ("seeds",),
            f"{made.runs} runs are too many here: use fewer arms or seeds, at most {limits.lab_max_runs} runs in all",
        )
    layers = len(experiment.network.layers)
    if layers > limits.lab_max_depth:
        yield Problem(
            ("network", "layers"),
            f"{layers} layers are too many here: use at most {limits.lab_max_depth}",
        )
    for index, arm in enumerate(arms):
        if arm.training.epochs > limits.lab_max_epochs:
            own = "epochs" in experiment.arms[index].changes.training
            at: Location = ("arms", index, "changes", "training", "epochs") if own else ("training", "epochs")
            yield Problem(
                experiment.posted_location(at),
                f"{arm.training.epochs:,} epochs are too many here: train at most {limits.lab_max_epochs:,}",
            )
        for layer in arm.network.layers:
            for field in WIDTHS & type(layer).model_fields.keys():
                if (width := getattr(layer, field)) > limits.lab_max_width:
                    yield Problem(
                        experiment.posted_location(location_of(experiment, index, str(layer.name), field)),
                        f"{width:,} are too many here: use at most {limits.lab_max_width:,}",
                    )
    if made.bytes > limits.lab_max_memory:
        yield Problem(
            ("network", "layers"),
            f"A run would need about {size(made.bytes)} of memory; at most {size(limits.lab_max_memory)} are allowed: "
            "use smaller layers, a smaller batch or fewer rows",
        )
    if made.work > limits.lab_max_seconds:
        yield Problem(
            ("training", "epochs"),
            f"This would take about {duration(made.work)} on one slot; at most {duration(limits.lab_max_seconds)} are "
            "allowed: train fewer epochs, use fewer arms or seeds, or a smaller network",
        )


def duration(seconds: float) -> str:
    """ "0.4 s", "40 s", "3 min", "2 h 10 min", "9 days": rounded to the accuracy of an estimate."""
    if seconds < 9.5:
        return f"{max(seconds, 0.1):.1g} s"
    if seconds < 99.5:
        return f"{float(f'{seconds:.1g}' if seconds > 30 else f'{seconds:.2g}'):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(round(minutes, -1), 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{hours + minutes // 30} h"
    return f"{round(seconds / 86_400)} days"


def size(count: float) -> str:
    """ "800 kB", "12 MB", "1.3 GB"."""
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5 or unit == "GB":
            break
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:.0f} {unit}"

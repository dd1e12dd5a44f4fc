"""How long an experiment will take and what a run of it holds, known before it is queued; and what is too much.

    seconds = (programs × compiling + runs × (epochs × epoch + end)) / slots
    epoch   = updates × update + (3 × rows to train + rows to evaluate) × (multiply-adds + values of a row)

Going back takes twice as long as going forward, hence the 3; evaluation only goes forward. Small networks spend their
time on calls, not on arithmetic: so an update costs something for every variable, and for every step that waits for the
last. The constants are those of one thread of a server's core, fitted to the presets and to some larger networks so
that no ratio of the two is far from 1; `python -m benchmarks.estimate` measures and prints those ratios.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.experiment.experiment import Experiment, location_of
from core.experiment.resolution import ResolvedArm, output_units
from core.problems import Invalid, Location, Problem
from core.runs.snapshots import CURVE_POINTS, SIDE, snapshot_epochs
from core.settings import Settings

SLOTS: Final = 2
"""Runs that are trained at once, where nobody can say."""
VALUE: Final = 4
"""Bytes of a float32."""
EVALUATION_BATCH: Final = 1024
"""Rows that a worker evaluates at once (`worker.program`)."""
WIDTHS: Final = frozenset({"units", "filters", "output_dim"})
"""Fields of layers that say how wide they are."""


@dataclass(frozen=True)
class Estimate:
    """What an experiment comes to."""

    seconds: float
    """From the first run's start to the last one's end, where every program is compiled anew and no run ends early."""
    work: float
    """Seconds that one slot alone would take."""
    runs: int
    epochs: int
    """Of all runs."""
    bytes: int
    """What the largest run holds, beside TensorFlow itself."""
    programs: int
    """Different programs that are compiled."""

    def describe(self) -> str:
        """ "about 40 s, 12 MB"."""
        return f"about {duration(self.seconds)}, {size(self.bytes)}"


@dataclass(frozen=True)
class Cost:
    """What training one arm takes one slot, in seconds, and holds, in bytes."""

    compile: float
    """Once for all arms of its program."""
    epoch: float
    end: float
    """All that a run takes beside its epochs: its first weights, being looked at, and being judged when it ends."""
    frames: float
    """What looking at the first seed takes more."""
    bytes: int


@dataclass(frozen=True)
class _Rates:
    """Seconds that one thread takes."""

    compiling: float
    """For any program."""
    compiling_variable: float
    """For each trained variable more, and for the rest of an epoch that is no full batch `compiling_rest` of these."""
    compiling_rest: float
    compiling_recurrent: float
    """For each recurrent layer, and each size of a batch, more."""
    variable: float
    """For each trained variable in each update, whatever its size."""
    call: float
    """For each batch that is evaluated, whatever its size."""
    step: float
    """For each step of recurrent layers; an update goes along them twice."""
    multiply_add: float
    value: float
    """For each value that a layer gives."""
    update: float
    """For each trained value in each update."""


XLA: Final = _Rates(
    compiling=0.9, compiling_variable=0.16, compiling_rest=0.9, compiling_recurrent=1.1,
    variable=2e-6, call=2.5e-6, step=6.5e-6, multiply_add=3.7e-11, value=1e-10, update=5e-10,
)  # fmt: skip
"""Of networks that XLA compiles."""
KERNELS: Final = _Rates(
    compiling=0.4, compiling_variable=0.05, compiling_rest=0.4, compiling_recurrent=0.4,
    variable=3e-5, call=3e-5, step=3.8e-5, multiply_add=2e-11, value=9e-10, update=1.5e-9,
)  # fmt: skip
"""Of all others, by TensorFlow's own kernels."""
DECOMPOSITION: Final = 1.2e-9
"""Seconds for each m·n·min(m, n) of a weight that is decomposed after each update."""
START_SECONDS: Final = 0.01
"""Seconds in which a run's first weights are drawn and set."""
SNAPSHOT_SECONDS: Final = 7e-4
"""Seconds in which a run is looked at once, and its training interrupted for it; frames take `FRAME_SECONDS` more."""
FRAME_SECONDS: Final = 7e-4
EVALUATE_SECONDS: Final = 0.04
"""Seconds of a run's final evaluation, beside the pass over all rows; each recurrent step adds `EAGER_STEP_SECONDS`."""
EAGER_STEP_SECONDS: Final = 2e-3


def cost(arm: ResolvedArm) -> Cost:
    """What training `arm` takes and holds."""
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

    rows, stopping = arm.split.counts(arm.dataset.rows), training.early_stopping
    updates = math.ceil(rows["train"] / training.batch_size)
    update = variables * rates.variable + 2 * steps * rates.step + parameters * rates.update + _decompositions(arm)
    epoch = updates * update + passed(3 * rows["train"]) + evaluated(rows["test"])
    if stopping is not None and stopping.watch == "validation":
        epoch += evaluated(rows["validation"])
    sizes = min(updates, 2) if rows["train"] % training.batch_size else 1
    compiling = variables * rates.compiling_variable * (1 + (sizes - 1) * rates.compiling_rest)
    fresh = arm.dataset.fresh_rows if arm.dataset.fresh_code(1, 0) is not None else 0
    looks = len(snapshot_epochs(training.epochs))
    features = arm.dataset.shape
    seen = CURVE_POINTS if features == (1,) else SIDE**2 if features == (2,) else 0  # points of a decision boundary
    every = sum(rows.values()) + fresh
    return Cost(
        compile=rates.compiling + compiling + len(recurrent) * sizes * rates.compiling_recurrent,
        epoch=epoch,
        end=START_SECONDS
        + looks * SNAPSHOT_SECONDS
        + EVALUATE_SECONDS
        + steps * EAGER_STEP_SECONDS
        + evaluated(every + rows["train"] + rows["test"]),
        frames=looks * (FRAME_SECONDS + evaluated(seen)),
        bytes=_bytes(arm, parameters, values, every),
    )


def _decompositions(arm: ResolvedArm) -> float:
    """Seconds that constraints take in each update which decompose the weight: those that XLA is bad at."""
    shapes, seconds = arm.weight_shapes(), 0.0
    for item in arm.weights():
        if item.constraint is not None and not all(part.xla for _, part in item.constraint.links()):
            for shape in shapes[item.path]:
                columns = shape[-1]
                seconds += DECOMPOSITION * math.prod(shape) * min(columns, math.prod(shape) // columns)
    return seconds


def _bytes(arm: ResolvedArm, parameters: int, values: int, rows: int) -> int:
    """Rows; weights with gradients, moments and best weights; what layers give for a batch, forward and back."""
    copies = 4 + (arm.training.early_stopping is not None)
    example = math.prod(arm.dataset.shape)
    batch = max(2 * min(arm.training.batch_size, rows), EVALUATION_BATCH)
    return VALUE * (rows * (example + 1) + parameters * copies + batch * (values + example))


def estimate(experiment: Experiment, arms: Sequence[ResolvedArm], slots: int = SLOTS) -> Estimate:
    """What `experiment` comes to, whose resolved `arms` these are, on so many slots."""
    costs, seeds = [cost(arm) for arm in arms], len(experiment.seeds)
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
    """What `experiment` comes to, where that is not too much.

    Raises:
        Invalid: naming every limit of this service that is passed, with both figures and what to do.
    """
    made = estimate(experiment, arms, slots)
    problems: dict[Location, Problem] = {}  # of arms that are too much alike, the first speaks for all
    for each in _too_much(experiment, arms, made, limits):
        problems.setdefault(each.location, each)
    if problems:
        raise Invalid(list(problems.values()))
    return made


def _too_much(
    experiment: Experiment, arms: Sequence[ResolvedArm], made: Estimate, limits: Settings
) -> Iterator[Problem]:
    if made.runs > limits.lab_max_runs:
        yield Problem(
            ("seeds",),
            f"{made.runs} runs are too many here: use fewer arms or seeds, {limits.lab_max_runs} runs in all",
        )
    layers = len(experiment.network.layers)
    if layers > limits.lab_max_depth:
        yield Problem(
            ("network", "layers"),
            f"{layers} layers are too many here: remove some, at most {limits.lab_max_depth} may stay",
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
            f"This would take one slot about {duration(made.work)}; at most {duration(limits.lab_max_seconds)} are "
            "allowed: train fewer epochs, use fewer arms or seeds, or a smaller network",
        )


def duration(seconds: float) -> str:
    """ "0.4 s", "40 s", "3 min", "2 h 10 min", "9 days": no finer than an estimate can be."""
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

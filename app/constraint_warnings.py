"""Warnings about single uses of a constraint: each rule looks at one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.catalog.constraints import (
    Constraint,
    ConvSpectralNorm,
    FrobeniusNorm,
    L1Norm,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    Orthonormal,
    Radial,
    Simplex,
    SpectralNorm,
    UnitNorm,
)
from core.catalog.layers import Constrained, Layer, Output, constraint_axis
from core.catalog.regularizers import L1L2, L2
from core.catalog.weight import Shape, Weight
from core.experiment.experiment import Experiment, location_of
from core.experiment.resolution import ResolvedArm
from core.problems import Location

FAR = 20
"""Factor by which a limit must differ from the initial norms to count as far from them.

Norms of units with few inputs easily grow tenfold in training.
"""


@dataclass(frozen=True)
class ConstraintUse:
    """A single constraint (each link of a chain) on a weight of a resolved arm."""

    place: Location
    """Location in the posted body."""
    constraint: Constraint
    layer: Constrained
    weight: Weight
    shape: Shape
    """Shape of the weight, or of the first of its variables."""
    axes: tuple[int, ...]
    """Axes along which the constraint acts."""
    follower: Layer | None
    """The next layer, if it is not the output layer."""
    later: int
    """Number of later links in its chain."""

    @property
    def group(self) -> int:
        """Values in one group."""
        return math.prod(self.shape[axis] for axis in self.axes)


_SCALES = MaxNorm | UnitNorm | MinMaxNorm | FrobeniusNorm | SpectralNorm | ConvSpectralNorm
"""Constraints on a length."""

Rule = Callable[[ConstraintUse], Iterator[tuple[Location, str]]]
"""Yields warnings, each with its location below the use's place."""


def other_axis(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """An axis was given that does not take one group for each unit."""
    given, unit = getattr(use.constraint, "axis", None), use.weight.unit_axis
    if given is None or set(use.axes) == set(unit):
        return
    size = "×".join(str(use.shape[axis]) for axis in use.axes)
    does = f"acts on groups of {size} values" if use.axes else "makes each value a group by itself"
    if use.axes == (0,) and use.weight.keras_trap:
        does = use.weight.keras_trap
    units = f"{use.weight.unit_words(use.shape)} (axis {list(unit)})"
    yield ("axis",), f"On the {use.weight.name}, axis {given} {does}. Leave the axis out for {units}"


def single_values(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """Groups of a single value have no direction."""
    if use.group == 1 and "axis" in type(use.constraint).model_fields:
        fate = use.constraint.single_value_effect()
        if fate:
            yield (), f"Each group here is a single value: {use.constraint.title.lower()} {fate}"


def zero_start(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """A lower limit on the norm of a weight that starts at zero."""
    least = _least_norm(use.constraint)
    if least and use.group > 1 and use.weight.name in {"bias", "beta", "alpha"}:
        message = f"The {use.weight.name} starts at zero: its first update, however small, is stretched to {least:g}"
        yield (), message


def slow_rate(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """Min-max norm is not enforced strictly."""
    if isinstance(use.constraint, MinMaxNorm) and use.constraint.rate < 1:
        rate = use.constraint.rate
        way = "goes only part of the way to the range" if rate else "goes no way to the range: it does nothing"
        yield ("rate",), f"With a rate of {rate:g} an update {way}, so that norms may stay outside it"


def never_negative(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """Weights that can only add, where a network needs to take away as well."""
    if not isinstance(use.constraint, NonNeg | Simplex):
        return
    if use.weight.name == "recurrent":
        yield (), "Without negative recurrent weights no unit can damp another: states may only build up over the steps"
    if isinstance(use.layer, Output) and use.weight.name == "kernel":
        yield (), "Without negative weights an output rises with each input; after ReLU only the bias lowers one"


def far_limit(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """A limit that weights may never reach, or that shrinks them to almost nothing at once."""
    begins = _initial_size(use)
    if begins is None:
        return
    norm, value, limit = begins
    if limit == 0:
        yield ("max_value",), "A limit of 0 keeps every weight at zero, so nothing is learnt: use a larger limit"
    elif limit > FAR * value:
        times = f"{_whole(limit / value)} times that"
        yield ("max_value",), f"{norm} at about {value:.2g}; a limit of {limit:g} is {times} and may never bind"
    elif limit * FAR < value:
        share = f"{_whole(value / limit)} times smaller"
        yield (
            ("max_value",),
            f"{norm} at about {value:.2g}; a limit of {limit:g} makes them {share} at the first update",
        )


def _whole(times: float) -> str:
    """A factor without decimals; a huge one as a power of ten."""
    return f"{times:.0f}" if times < 1e6 else f"{times:.2g}"


def before_batch_normalization(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """The next layer removes scale."""
    scales = isinstance(use.constraint, _SCALES)
    keeps = getattr(use.layer, "activation", "linear") in {"linear", "relu", "leaky_relu"}
    follows = use.follower is not None and use.follower.kind == "batch_normalization"
    if scales and keeps and follows and use.weight.rank > 1 and use.weight.name != "recurrent":
        yield (
            (),
            (
                "The batch normalisation after this layer undoes a change of scale: "
                "what this limits is how fast weights turn, not what the network can compute"
            ),
        )


def too_many_units(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """More vectors than can be orthogonal."""
    units = math.prod(use.shape) // use.group
    if isinstance(use.constraint, Orthonormal) and units > use.group:
        yield (
            (),
            (
                f"{units} vectors of {use.group} values can't all be orthogonal: "
                f"here the {use.group} vectors across them will be"
            ),
        )


def no_rings(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """A kernel of a single position is radial already."""
    if isinstance(use.constraint, Radial) and math.prod(use.shape[:-2]) == 1:
        yield (), "A kernel of a single position is symmetric already: this changes nothing"


def matrix_of_convolution(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """A bound on a convolution's kernel as a matrix, where the convolution may stretch an input more."""
    places = math.prod(use.shape[: use.weight.places])
    if isinstance(use.constraint, SpectralNorm) and places > 1:
        times = f"up to {math.sqrt(places):.2g} times"
        other = "" if not ConvSpectralNorm().fits(use.weight) else f"; {ConvSpectralNorm.sentence_name()} bounds it"
        yield (), f"This bounds the kernel as a matrix; the convolution may stretch an input {times} as much{other}"


def undone(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """An equality that a later link of the chain is likely to break."""
    exact = isinstance(use.constraint, Simplex | Orthonormal) or _least_norm(use.constraint) > 0
    if exact and use.later:
        yield (), "Later constraints in the chain may undo this: only the last one is sure to hold"


def fixed_penalty(use: ConstraintUse) -> Iterator[tuple[Location, str]]:
    """A penalty on a length that can't change."""
    penalty = getattr(use.layer, use.weight.regularizer_field)
    if isinstance(use.constraint, UnitNorm) and isinstance(penalty, L2 | L1L2) and penalty.l2 > 0:
        yield (), "L2 penalises the norm, and unit norm fixes it: the penalty can't shrink anything"


def _least_norm(constraint: Constraint) -> float:
    """Lower limit of a constraint on the norm of each group."""
    if isinstance(constraint, MinMaxNorm):
        return constraint.min_value
    return 1.0 if isinstance(constraint, UnitNorm) else 0.0


def _initial_size(use: ConstraintUse) -> tuple[str, float, float] | None:
    """Phrase and expected initial value of the limited quantity, and the limit; None without a limit."""
    begin = _initial_deviation(use)
    if begin is None:
        return None
    size, group = math.prod(use.shape), use.group
    match use.constraint:
        case MaxNorm(max_value=limit):
            return "Norms begin", begin * math.sqrt(group), limit
        case L1Norm(max_value=limit):
            return "Sums of absolute weights begin", 0.85 * begin * group, limit
        case FrobeniusNorm(max_value=limit):
            return "Norms of the whole weight begin", begin * math.sqrt(size), limit
        case SpectralNorm(max_value=limit):
            # of a random matrix with many rows or columns (Bai & Yin 1993)
            return "Spectral norms begin", begin * (math.sqrt(group) + math.sqrt(size / group)), limit
        case ConvSpectralNorm(max_value=limit):
            # at each frequency the transform is a random matrix of inputs and filters
            places, inputs = math.prod(use.shape[:-2]), use.shape[-2]
            norm = begin * math.sqrt(places) * (math.sqrt(inputs) + math.sqrt(use.shape[-1]))
            return "Norms of the convolution begin", norm, limit
    return None


def _initial_deviation(use: ConstraintUse) -> float | None:
    """Standard deviation of the initial weights, by Keras' formulas; None if they are not drawn."""
    kind = getattr(use.layer, use.weight.initializer_field, None)
    places, inputs, units = math.prod(use.shape[:-2]), use.shape[-2:-1], use.shape[-1]
    fan_in, fan_out = places * (inputs[0] if inputs else units), places * units
    rows = math.prod(use.shape[:-1])
    scheme, _, _ = str(kind).partition("_")
    known = {
        "glorot": 2 / (fan_in + fan_out),
        "he": 2 / fan_in,
        "lecun": 1 / fan_in,
        "orthogonal": min(rows, units) / (rows * units),
        "uniform": 0.05**2 / 3,
        "normal": 0.05**2,
    }
    return math.sqrt(known[scheme]) if scheme in known else None


RULES: tuple[Rule, ...] = (
    other_axis,
    single_values,
    zero_start,
    slow_rate,
    never_negative,
    far_limit,
    before_batch_normalization,
    too_many_units,
    no_rings,
    matrix_of_convolution,
    undone,
    fixed_penalty,
)


def layers_of(arm: ResolvedArm) -> list[tuple[str, Constrained]]:
    """The arm's layers by name, the output layer last."""
    return [*((str(layer.name), layer) for layer in arm.network.layers), (Output.name, arm.network.output)]


def constraint_uses(experiment: Experiment, index: int, arm: ResolvedArm) -> Iterator[ConstraintUse]:
    """Every use of a constraint in an arm, each link of a chain by itself."""
    shapes, followers = arm.weight_shapes(), [*arm.network.layers, None, None][1:]
    for (name, layer), follower in zip(layers_of(arm), followers, strict=True):
        for weight, constraint in layer.constraints():
            parts = list(constraint.links()) if constraint else []
            for number, (where, part) in enumerate(parts, 1):
                shape = shapes[f"{name}.{weight.name}"][0]
                axis = constraint_axis(part, weight)
                axes = tuple(sorted(each % len(shape) for each in ([axis] if isinstance(axis, int) else axis)))
                place = (*location_of(experiment, index, name, weight.field), *where)
                yield ConstraintUse(place, part, layer, weight, shape, axes, follower, len(parts) - number)

"""Constraints in the catalog: fields, words, feasible sets and chains."""

from __future__ import annotations

import ast
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import TypeAdapter, ValidationError

from core.catalog.calls import Tunable, functions, source, source_code
from core.catalog.constraints import (
    FEASIBLE,
    AnyConstraint,
    Box,
    Chain,
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
    ZeroMean,
    group_norms,
)
from core.catalog.datasets import Moons
from core.catalog.entry import structure, subclasses_of, tunables
from core.catalog.layers import Dense, Output
from core.catalog.regularizers import Orthogonal
from core.catalog.weight import Weight
from core.experiment.arm import Arm, Changes
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import Network
from core.problems import Invalid, problems_of
from tests.constraint_cases import WITHIN

ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyConstraint)
ENTRIES: list[Any] = subclasses_of(Constraint)
FILTERS = Weight("kernel", 4, (0, 1, 2), "each filter's {} weights", places=2)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.kind_name()))
def test_every_constraint_says_what_it_is(entry: type[Constraint]) -> None:
    constraint = entry()  # type: ignore[call-arg]
    assert entry.feasible in FEASIBLE
    assert entry.title
    assert entry.summary
    assert constraint.describe()
    assert "Feasible set:" in (entry.__doc__ or "")
    assert ADAPTER.validate_python(json.loads(constraint.model_dump_json())) == constraint


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.kind_name()))
def test_what_makes_it_can_be_printed_with_the_functions_it_needs(entry: type[Constraint]) -> None:
    constraint = entry()  # type: ignore[call-arg]
    numbers = dict(tunables(constraint))
    code = constraint.keras(lambda field: Tunable(field, numbers[field]), [0, 1])
    ast.parse(source_code(code))
    for function in functions(code):
        names = {node.id for node in ast.walk(ast.parse(source(function))) if isinstance(node, ast.Name)}
        assert names.isdisjoint({each.__name__ for each in functions(code)} - {function.__name__})


@pytest.mark.parametrize("feasible", FEASIBLE)
def test_every_shape_is_some_constraint_s(feasible: str) -> None:
    assert any(entry.feasible == feasible for entry in ENTRIES)


EYE = np.eye(3, 2, dtype=np.float32)
RINGS = np.array([[1, 2, 1], [2, 3, 2], [1, 2, 1]], np.float32)[..., None, None]
HOLDS: list[tuple[Constraint, Any, Any]] = [
    (MaxNorm(max_value=1.0), [[0.6, 0.1], [0.8, 0.1]], [[0.6, 0.1], [0.81, 0.1]]),
    (UnitNorm(), [[0.6, 1.0], [0.8, 0.0]], [[0.6, 1.0], [0.8, 0.2]]),
    (MinMaxNorm(min_value=0.5), [[0.6, 0.5], [0.8, 0.0]], [[0.6, 0.4], [0.8, 0.0]]),
    (FrobeniusNorm(max_value=5.0), [[3.0, 0.0], [0.0, 4.0]], [[3.0, 1.0], [0.0, 4.0]]),
    (NonNeg(), [[0.0, 1.0]], [[-0.01, 1.0]]),
    (Box(min_value=-1.0, max_value=2.0), [[-1.0, 2.0]], [[-1.0, 2.1]]),
    (L1Norm(max_value=2.0), [[1.5, -2.0], [-0.5, 0.0]], [[1.5, -2.0], [-0.6, 0.0]]),
    (Simplex(), [[0.5, 0.0], [0.5, 1.0]], [[0.6, 0.0], [0.5, 1.0]]),
    (Simplex(), [[1.0], [0.0]], [[1.1], [-0.1]]),
    (ZeroMean(), [[0.5, 2.0], [-0.5, -2.0]], [[0.5, 2.0], [-0.5, -2.1]]),
    (SpectralNorm(max_value=2.0), 2 * EYE, 2.1 * EYE),
    (Orthonormal(), EYE, 0.9 * EYE),
    (Orthonormal(), EYE.T, EYE.T + 0.1),
    (Radial(), RINGS, RINGS + RINGS.cumsum(axis=0) / 9),
    (Chain(), [[0.5, 2.0]], [[-0.5, 2.0]]),
    (Chain(), [[0.5, 2.0]], [[0.5, 2.1]]),
    *((each, projected, weight) for each, weight, projected in WITHIN if not np.allclose(weight, projected)),
]
"""A constraint, a weight that satisfies it and one that doesn't."""


@pytest.mark.parametrize(("constraint", "good", "bad"), HOLDS, ids=lambda value: getattr(value, "kind", ""))
def test_a_constraint_holds_in_its_feasible_set_only(constraint: Constraint, good: Any, bad: Any) -> None:
    good, bad = np.array(good, np.float32), np.array(bad, np.float32)
    assert constraint.is_satisfied(good, 0)
    assert not constraint.is_satisfied(bad, 0)
    assert constraint.violation(bad, 0) > 0.005
    broken = good.copy()
    broken.flat[0] = np.nan
    assert not constraint.is_satisfied(broken, 0)


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.99])
def test_a_rate_below_1_promises_nothing(rate: float) -> None:
    """An update goes only part of the way to the range, so that a weight far outside it is neither held nor broken."""
    part, far, inside = MinMaxNorm(min_value=0.5, max_value=2.0, rate=rate), np.full((4, 3), 8.0), np.full((4, 3), 0.5)
    strict = MinMaxNorm(min_value=0.5, max_value=2.0)
    for weight in (far.astype(np.float32), inside.astype(np.float32)):
        assert part.is_satisfied(weight, 0) is None
        assert part.at_limit(weight, 0) is None
        assert Chain(constraints=[NonNeg(), part]).is_satisfied(weight, 0) is None
        assert Chain(constraints=[part, NonNeg()]).is_satisfied(-weight, 0) is False
        assert strict.is_satisfied(weight, 0) is (weight is not far and float(weight.max()) == 0.5)
    assert part.violation(far.astype(np.float32), 0) == 14


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.kind_name()))
def test_every_other_number_keeps_a_constraint_strict(entry: type[Constraint]) -> None:
    """Only a `rate` makes an update go part of the way: a new field of that name must be thought of in `is_strict`."""
    constraint = entry()  # type: ignore[call-arg]
    assert constraint.is_strict
    for field in entry.model_fields:
        if "rate" in field or "step" in field:
            assert not constraint.model_copy(update={field: 0.5}).is_strict


@given(arrays(np.float32, (3, 4, 2), elements=st.floats(-8, 8, width=32)), st.sampled_from([0, [0, 1], [], [-1]]))
def test_norms_are_taken_of_each_group(weight: np.ndarray, axis: int | list[int]) -> None:
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    expected = np.sqrt(np.sum(np.square(weight.astype(np.float64)), axis=axes)).reshape(-1)
    np.testing.assert_allclose(group_norms(weight, axis), expected, rtol=1e-12)


def test_matrices_have_a_column_for_each_unit_whatever_its_axes() -> None:
    """A transposed convolution's filters are its axis 2, so that 0, 1 and 3 are one unit's."""
    kernel = np.zeros((2, 2, 3, 4), np.float32)
    for unit in range(3):
        kernel[unit % 2, unit // 2, unit, unit] = 1
    assert Orthonormal().is_satisfied(kernel, [0, 1, 3])
    assert not Orthonormal().is_satisfied(kernel, [0, 1, 2])


def problems(body: Any) -> dict[tuple[Any, ...], str]:
    try:
        resolve(Experiment.model_validate(body))
    except ValidationError as error:
        return {problem.location: problem.message for problem in problems_of(error, body)}
    except Invalid as invalid:
        return {problem.location: problem.message for problem in invalid.problems}
    return {}


def body_with(kernel: Any = None, **more: Any) -> dict[str, Any]:
    layer = {"kind": "dense", "name": "hidden", "units": 4, "kernel_constraint": kernel, **more}
    return {"dataset": {"kind": "moons"}, "network": {"layers": [layer]}}


HIDDEN = ("network", "layers", 0)


@pytest.mark.parametrize(
    ("constraint", "below", "message"),
    [
        (
            {"kind": "box", "min_value": 1.0, "max_value": 0.5},
            ("max_value",),
            "at least the lower limit, which is 1",
        ),
        ({"kind": "l1_norm", "max_value": -1.0}, ("max_value",), "Must be at least 0"),
        ({"kind": "radial"}, (), "Radial can't act on the kernel: it needs a convolution's kernel"),
        ({"kind": "chain", "constraints": [{"kind": "non_neg"}]}, ("constraints",), "Must have at least 2"),
        (
            {"kind": "chain", "constraints": [{"kind": "non_neg"}, {"kind": "chain"}]},
            ("constraints", 1),
            "A chain can't hold a chain",
        ),
        (
            {"kind": "chain", "constraints": [{"kind": "non_neg"}, {"kind": "max_norm", "max_value": -1.0}]},
            ("constraints", 1, "max_value"),
            "Must be at least 0",
        ),
        (
            {"kind": "chain", "constraints": [{"kind": "non_neg"}, {"kind": "max_norm", "axis": 2}]},
            ("constraints", 1, "axis"),
            "Choose another axis: the kernel has axes 0 to 1",
        ),
        (
            {"kind": "chain", "constraints": [{"kind": "non_neg"}, {"kind": "radial"}]},
            ("constraints", 1),
            "Radial can't act on the kernel",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_where_it_stands(constraint: Any, below: tuple[Any, ...], message: str) -> None:
    found = problems(body_with(constraint))
    assert found.keys() == {(*HIDDEN, "kernel_constraint", *below)}
    assert message in str(found)


def test_matrix_constraints_need_a_kernel_and_radial_needs_places() -> None:
    found = problems(body_with(bias_constraint={"kind": "spectral_norm"}))
    assert found[*HIDDEN, "bias_constraint"].startswith("Spectral norm can't act on the bias: it needs a kernel")
    two_rows = Weight("bias", 2, (), "each bias by itself")
    assert not Orthonormal().fits(two_rows)
    assert Orthonormal().fits(FILTERS)
    assert Radial().fits(FILTERS)
    for each in (Radial(), ConvSpectralNorm()):
        assert not each.fits(Weight("kernel", 3, (0,), "each head's {} weights"))
    assert ConvSpectralNorm().fits(FILTERS)
    assert not ConvSpectralNorm().fits(Weight("depthwise", 4, (0, 1), "each filter's {} weights", places=2))
    assert problems(body_with({"kind": "conv_spectral_norm"}))[*HIDDEN, "kernel_constraint"].startswith(
        "Convolution's spectral norm can't act on the kernel: it needs the kernel of a convolution over all channels"
    )


def test_the_spectral_norm_says_that_it_bounds_a_matrix_and_not_a_convolution() -> None:
    """Case: a 3×3 kernel whose matrix is held at 1 stretches an input three times."""
    rng = np.random.default_rng(0)
    u, s, v = np.linalg.svd((0.5 + 0.05 * rng.standard_normal((3, 3, 4, 4))).reshape(-1, 4), full_matrices=False)
    kernel = ((u * np.minimum(s, 1)) @ v).reshape(3, 3, 4, 4).astype(np.float32)
    assert SpectralNorm().is_satisfied(kernel, [0, 1, 2])
    stretch = np.linalg.svd(np.fft.fft2(kernel, (16, 16), axes=(0, 1)), compute_uv=False).max()
    assert stretch > 2.9
    assert not ConvSpectralNorm().is_satisfied(kernel, [0, 1, 2])
    assert ConvSpectralNorm().size(kernel, 0) == pytest.approx(stretch, rel=0.02)
    assert "not the operator" in SpectralNorm.summary


def test_a_chain_is_its_links_each_along_its_own_axis() -> None:
    chain = Chain(constraints=[UnitNorm(axis=1), NonNeg()])
    weight = np.eye(2, 3, dtype=np.float32)
    assert chain.is_satisfied(weight, 0)
    assert not Chain(constraints=[UnitNorm(), NonNeg()]).is_satisfied(weight, 0)
    assert source_code(chain.keras(lambda field: field, 0)).count("axis=1") == 1
    assert list(tunables(Chain())) == [("constraints.1.max_value", 2.0)]
    assert structure(Chain()) == structure(Chain(constraints=[NonNeg(), MaxNorm(max_value=7.0)]))


def arms_with(network: Network, *changes: Changes, dataset: Any = None) -> Experiment:
    arms = [Arm(name=f"arm {number}", changes=change) for number, change in enumerate(changes or [Changes()])]
    return Experiment(dataset=dataset or Moons(), network=network, arms=arms)


def one_layer(units: int = 8, **fields: Any) -> Network:
    return Network(layers=[Dense(name="hidden", units=units, **fields)])


def test_an_arm_names_groups_only_where_a_constraint_acts_on_them() -> None:
    chain = Chain(constraints=[NonNeg(), MaxNorm(axis=1)])
    (arm,) = resolve(arms_with(one_layer(kernel_constraint=chain, bias_constraint=L1Norm(max_value=1.0))))
    assert arm.describe() == [
        "hidden kernel: non-negative, then max norm 2, along axis 1",
        "hidden bias: L1 norm at most 1, each unit's bias by itself",
    ]


def test_training_leaves_xla_where_a_link_asks_for_it() -> None:
    for constraint, xla in [(MaxNorm(), True), (Chain(), True), (Chain(constraints=[NonNeg(), SpectralNorm()]), False)]:
        (arm,) = resolve(arms_with(one_layer(kernel_constraint=constraint)))
        assert arm.xla is xla


# Regularisers


def test_an_orthogonal_penalty_needs_a_pair() -> None:
    """Keras divides by the number of pairs: the loss would be NaN."""
    sentence = "Orthogonal can't act on the kernel: it compares pairs of columns, and here is one only"
    body = {
        "dataset": {"kind": "moons"},
        "network": {"layers": [], "output": {"kernel_regularizer": {"kind": "orthogonal"}}},
        "arms": [{"name": "a"}, {"name": "b"}],
    }
    assert problems(body) == {("network", "output", "kernel_regularizer"): sentence}
    change = {"units": 1, "kernel_regularizer": {"kind": "orthogonal"}}
    in_arm = body_with() | {
        "arms": [
            {"name": "a"},
            {
                "name": "b",
                "changes": {"layers": {"hidden": change}},
            },
        ]
    }
    assert problems(in_arm) == {("arms", 1, "changes", "layers", "hidden", "kernel_regularizer"): sentence}
    rows = Output(kernel_regularizer=Orthogonal(mode="rows"))
    resolve(arms_with(Network(layers=[], output=rows)))


@given(arrays(np.float32, (3, 4), elements=st.floats(-4, 4, width=32)))
def test_a_constraint_holds_where_norms_obey_it_and_nowhere_else(weight: np.ndarray) -> None:
    norms = group_norms(weight, [0])
    assert norms == pytest.approx(np.linalg.norm(weight.astype(np.float64), axis=0))
    assert MaxNorm(max_value=float(norms.max())).is_satisfied(weight, 0)
    assert NonNeg().is_satisfied(np.abs(weight), 0)
    assert not NonNeg().is_satisfied(np.minimum(weight, np.float32(-0.01)), 0)
    assume(bool((norms > 0.05).all()))
    scaled = (weight / norms).astype(np.float32)
    assert not MaxNorm(max_value=float(norms.max()) * 0.99).is_satisfied(weight, 0)
    assert UnitNorm().is_satisfied(scaled, 0)
    assert not UnitNorm().is_satisfied(scaled * np.float32(1.01), 0)
    assert MinMaxNorm(min_value=1.0, max_value=2.0).is_satisfied(scaled * np.float32(1.5), 0)
    assert not MinMaxNorm(min_value=1.0, max_value=2.0).is_satisfied(scaled * np.float32(0.9), 0)
    assert not MinMaxNorm(min_value=1.0, max_value=2.0).is_satisfied(scaled * np.float32(2.1), 0)

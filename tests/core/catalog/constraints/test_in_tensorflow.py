"""Constraints and regularisers in TensorFlow: what they make of a weight, in graphs, with XLA, in a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.catalog.calls import Tunable, evaluate, evaluate_unseeded
from core.catalog.constraints import (
    Box,
    Chain,
    Constraint,
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
from core.catalog.entry import subclasses_of, tunables
from core.catalog.regularizers import L1, L1L2, L2, Orthogonal, Regularizer

Project = Callable[[np.ndarray], np.ndarray]

SINGLE: list[Constraint] = [
    *(entry() for entry in subclasses_of(Constraint) if entry is not Chain),  # type: ignore[call-arg]
    MaxNorm(max_value=0.0),
    MinMaxNorm(min_value=0.5, max_value=1.5),
    Box(min_value=0.25, max_value=0.75),
    L1Norm(max_value=0.0),
    L1Norm(max_value=0.5),
    FrobeniusNorm(max_value=0.0),
    FrobeniusNorm(max_value=0.7),
    SpectralNorm(max_value=0.3),
    Radial(rings="square"),
]
CHAINS: list[Constraint] = [
    Chain(),
    Chain(constraints=[ZeroMean(), UnitNorm()]),
    Chain(constraints=[Box(min_value=-1.0, max_value=1.0), ZeroMean(axis=[]), NonNeg(), FrobeniusNorm()]),
    Chain(constraints=[Orthonormal(), SpectralNorm(max_value=0.5)]),
]
NEED_A_DIRECTION = (UnitNorm, MinMaxNorm)
"""Keras divides by the norm plus 1e-7: a vector near zero is not brought to the length asked for."""

AXES: dict[int, list[list[int]]] = {
    1: [[]],
    2: [[0], [1], []],
    3: [[0, 1], [0], [1, 2]],
    4: [[0, 1, 2], [0, 1], [0, 1, 3]],
    5: [[0, 1, 2, 3]],
}
"""Per-unit axes of weights, by their number of axes."""


def named(constraint: Constraint) -> str:
    return constraint.describe()


def tensors(constraint: Constraint, axis: int | list[int]) -> Callable[[Any], Any]:
    """The constraint as Keras calls it."""
    numbers = dict(tunables(constraint))
    made: Callable[[Any], Any] = evaluate_unseeded(constraint.keras(lambda field: Tunable(field, numbers[field]), axis))
    return made


def projection(constraint: Constraint, axis: int | list[int]) -> Project:
    made = tensors(constraint, axis)
    return lambda weight: np.asarray(made(tf.constant(weight)))


def along(constraint: Constraint, weight: np.ndarray) -> list[list[int]]:
    return AXES[weight.ndim] if constraint.ranks is None or weight.ndim in constraint.ranks else []


VALUES = st.floats(-4, 4, width=32, allow_subnormal=False).map(lambda value: 0.0 if abs(value) < 1e-6 else value)


@st.composite
def weights(draw: st.DrawFn, ranks: tuple[int, ...] | None = None) -> np.ndarray:
    """Weights of all sorts: wide, tall, of a single value, with zeros and equal values, small or large."""
    rank = draw(st.sampled_from(ranks or tuple(AXES)))
    shape = draw(st.tuples(*[st.integers(1, 6 if rank < 3 else 3)] * rank))
    drawn: np.ndarray = draw(arrays(np.float32, shape, elements=VALUES))
    return drawn * np.float32(draw(st.sampled_from([0.01, 0.3, 1.0, 20.0])))


def drawn_for(constraint: Constraint, data: st.DataObject) -> tuple[np.ndarray, list[int]]:
    """A weight that `constraint` can act on, and the axis along which."""
    weight = data.draw(weights(constraint.ranks), "weight")
    axis = data.draw(st.sampled_from(along(constraint, weight)), "axis")
    if any(isinstance(part, NEED_A_DIRECTION) for _, part in constraint.links()):
        assume(group_norms(weight, axis).min() > 0.05)
    return weight, axis


def close(a: np.ndarray, b: np.ndarray, tolerance: float = 1e-4) -> bool:
    """Whether they differ by no more than a share of the larger's values."""
    scale = max(1.0, float(np.abs(a).max()), float(np.abs(b).max()))
    return bool(np.abs(a.astype(np.float64) - b).max() <= tolerance * scale)


@pytest.mark.parametrize("constraint", SINGLE, ids=named)
@settings(max_examples=30)
@given(data=st.data())
def test_a_projected_weight_obeys_its_constraint_and_is_then_left_alone(
    constraint: Constraint, data: st.DataObject
) -> None:
    weight, axis = drawn_for(constraint, data)
    project = projection(constraint, axis)
    held = project(weight)
    assert held.shape == weight.shape
    assert held.dtype == np.float32
    assert np.isfinite(held).all()
    assert constraint.is_satisfied(held, axis), constraint.violation(held, axis)
    assert close(project(held), held)


@pytest.mark.parametrize("constraint", SINGLE, ids=named)
@settings(max_examples=30)
@given(data=st.data())
def test_a_weight_that_obeys_is_left_alone(constraint: Constraint, data: st.DataObject) -> None:
    weight, axis = drawn_for(constraint, data)
    if constraint.violation(weight, axis) == 0:
        assert close(projection(constraint, axis)(weight), weight, 2e-5)


@pytest.mark.parametrize("constraint", SINGLE, ids=named)
@settings(max_examples=30)
@given(data=st.data())
def test_no_weight_that_obeys_is_nearer(constraint: Constraint, data: st.DataObject) -> None:
    weight, axis = drawn_for(constraint, data)
    project = projection(constraint, axis)
    held = project(weight)
    other = data.draw(arrays(np.float32, weight.shape, elements=VALUES), "other")
    share = data.draw(st.sampled_from([1.0, 0.1, 0.01]), "share")
    rival = project(held + np.float32(share) * (other - held))
    assume(constraint.is_satisfied(rival, axis))
    distance, rival_distance = (np.linalg.norm((each - weight).astype(np.float64)) for each in (held, rival))
    assert distance <= rival_distance + 1e-4 * max(1.0, float(np.linalg.norm(weight)))


@pytest.mark.parametrize("constraint", [*SINGLE, *CHAINS], ids=named)
def test_zeros_and_single_values_are_no_trouble(constraint: Constraint) -> None:
    for rank, axes in AXES.items():
        for shape in [(1,) * rank, (3,) * rank]:
            if constraint.ranks is None or rank in constraint.ranks:
                for axis in axes:
                    assert np.isfinite(projection(constraint, axis)(np.zeros(shape, np.float32))).all()


def numpy_norms(weight: np.ndarray, axis: list[int]) -> np.ndarray:
    norms: np.ndarray = np.sqrt(np.sum(np.square(weight), axis=tuple(axis), keepdims=True))
    return norms


@settings(max_examples=50)
@given(data=st.data(), weight=weights(), low=st.floats(0, 2), more=st.floats(0, 2), rate=st.floats(0, 1))
def test_keras_own_four_are_keras_own(
    data: st.DataObject, weight: np.ndarray, low: float, more: float, rate: float
) -> None:
    axis = data.draw(st.sampled_from(AXES[weight.ndim]))
    norms, high = numpy_norms(weight, axis), low + more
    ranged = rate * np.clip(norms, low, high) + (1 - rate) * norms
    keras_own = keras.constraints
    for ours, theirs, formula in [
        (NonNeg(), keras_own.NonNeg(), np.maximum(weight, 0)),
        (UnitNorm(), keras_own.UnitNorm(axis=axis), weight / (norms + 1e-7)),
        (MaxNorm(max_value=high), keras_own.MaxNorm(high, axis), weight * np.minimum(norms, high) / (norms + 1e-7)),
        (
            MinMaxNorm(min_value=low, max_value=high, rate=rate),
            keras_own.MinMaxNorm(low, high, rate, axis),
            weight * ranged / (norms + 1e-7),
        ),
    ]:
        held = projection(ours, axis)(weight)
        np.testing.assert_array_equal(held, np.asarray(theirs(weight)))
        np.testing.assert_allclose(held, formula, rtol=1e-4, atol=1e-5)


def test_projections_that_are_known() -> None:
    column = np.array([[2.0], [-1.0], [0.5]], np.float32)
    kernel = np.array([[4, 2, 0], [0, 7, 0], [0, 0, 0]], np.float32)[..., None, None]
    known: list[tuple[Constraint, np.ndarray, Any]] = [
        (L1Norm(max_value=2.0), column, [[1.5], [-0.5], [0.0]]),
        (Simplex(), column, [[1.0], [0.0], [0.0]]),
        (Simplex(), np.zeros((4, 2), np.float32), np.full((4, 2), 0.25)),
        (Simplex(), np.array([[1000.0], [1000.2]], np.float32), [[0.4], [0.6]]),
        (ZeroMean(), column, [[1.5], [-1.5], [0.0]]),
        (FrobeniusNorm(max_value=2.5), np.array([[3.0, 0.0], [0.0, 4.0]], np.float32), [[1.5, 0], [0, 2]]),
        (SpectralNorm(max_value=2.0), np.diag([3.0, 1.0]).astype(np.float32), np.diag([2.0, 1.0])),
        (Orthonormal(), np.array([[3.0, 0.0], [0.0, -0.1]], np.float32), [[1, 0], [0, -1]]),
        (Orthonormal(), np.zeros((3, 2), np.float32), np.eye(3, 2)),
        (Radial(), kernel, np.array([[1, 0.5, 1], [0.5, 7, 0.5], [1, 0.5, 1]])[..., None, None]),
        (Box(), column, [[0.5], [-0.5], [0.5]]),
    ]
    for constraint, weight, expected in known:
        np.testing.assert_allclose(projection(constraint, [0])(weight), expected, atol=3e-5)


def test_rings_are_round_or_square() -> None:
    kernel = np.zeros((3, 3, 1, 1), np.float32)
    kernel[0, 0] = 8
    by_distance, by_frame = (projection(each, [0, 1, 2])(kernel) for each in (Radial(), Radial(rings="square")))
    np.testing.assert_allclose(by_distance[..., 0, 0], [[2, 0, 2], [0, 0, 0], [2, 0, 2]], atol=1e-6)
    np.testing.assert_allclose(by_frame[..., 0, 0], [[1, 1, 1], [1, 0, 1], [1, 1, 1]], atol=1e-6)


@settings(max_examples=30)
@given(data=st.data())
def test_a_chain_is_its_links_in_turn(data: st.DataObject) -> None:
    chain = data.draw(st.sampled_from(CHAINS))
    weight = data.draw(weights((2, 3, 4, 5)), "weight")
    axis = data.draw(st.sampled_from(AXES[weight.ndim]), "axis")
    expected = weight
    for _, link in chain.links():
        expected = projection(link, link.along(axis))(expected)
    held = projection(chain, axis)(weight)
    np.testing.assert_array_equal(held, expected)
    assert chain.is_satisfied(held, axis) == all(link.is_satisfied(held, link.along(axis)) for _, link in chain.links())


def traced(constraint: Constraint, axis: list[int], jit: bool) -> tuple[Any, dict[str, tf.Variable], list[int]]:
    """The constraint as a graph, its numbers, and a list that grows with each tracing."""
    numbers = {path: tf.Variable(value, dtype=tf.float32) for path, value in tunables(constraint)}
    code = constraint.keras(lambda field: Tunable(field, dict(tunables(constraint))[field]), axis)
    made = evaluate(code, lambda number: numbers[number.path], lambda position, part: 0)
    traces: list[int] = []

    @tf.function(jit_compile=jit, autograph=False)  # type: ignore[untyped-decorator]
    def graph(weight: Any) -> Any:
        traces.append(1)
        return made(weight)

    return graph, numbers, traces


OTHERS: dict[str, Constraint] = {
    "max_norm": MaxNorm(max_value=0.4),
    "min_max_norm": MinMaxNorm(min_value=0.6, max_value=0.7, rate=0.5),
    "frobenius_norm": FrobeniusNorm(max_value=0.4),
    "box": Box(min_value=-0.1, max_value=0.3),
    "l1_norm": L1Norm(max_value=0.4),
    "spectral_norm": SpectralNorm(max_value=0.4),
    "chain": Chain(constraints=[NonNeg(), MaxNorm(max_value=0.4)]),
}
"""Each kind that has tunable numbers, with other numbers."""


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "XLA"])
@pytest.mark.parametrize("entry", subclasses_of(Constraint), ids=lambda entry: str(entry.kind_name()))
def test_a_graph_obeys_new_numbers_without_being_traced_again(entry: type[Constraint], jit: bool) -> None:
    before = entry()  # type: ignore[call-arg]
    after = OTHERS.get(entry.kind_name(), before)
    assert (after is before) == (not list(tunables(before)))
    if jit and not before.xla:
        pytest.skip("XLA is not for it")
    rank = before.ranks[-1] if before.ranks else 4
    weight = np.random.default_rng(1).normal(size=(3, 3, 3, 2, 4)[-rank:]).astype(np.float32)
    axis = list(range(rank - 1))
    graph, numbers, traces = traced(before, axis, jit)
    np.testing.assert_allclose(graph(tf.constant(weight)), projection(before, axis)(weight), atol=2e-5)
    for path, value in tunables(after):
        numbers[path].assign(value)
    held = np.asarray(graph(tf.constant(weight)))
    np.testing.assert_allclose(held, projection(after, axis)(weight), atol=2e-5)
    assert after.is_satisfied(held, axis)
    assert after is before or not before.is_satisfied(weight, axis) or not close(held, weight)
    assert len(traces) == 1


@pytest.mark.parametrize("constraint", [*SINGLE, *CHAINS], ids=named)
def test_keras_applies_it_after_an_update(constraint: Constraint) -> None:
    layer = keras.layers.Conv2D(4, 3, kernel_constraint=tensors(constraint, [0, 1, 2]))
    layer.build((None, 8, 8, 2))
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.apply([tf.random.stateless_normal(layer.kernel.shape, [1, 2])], [layer.kernel])
    *_, (_, last) = constraint.links()
    assert last.is_satisfied(layer.kernel.numpy(), last.along([0, 1, 2]))


# Regularisers


def penalty(regularizer: Regularizer, weight: np.ndarray) -> float:
    numbers = dict(tunables(regularizer))
    made = evaluate_unseeded(
        regularizer.keras(lambda field: Tunable(field, numbers.get(field, getattr(regularizer, field))))
    )
    return float(made(tf.constant(weight)))


@settings(max_examples=30)
@given(weight=weights((2,)), l1=st.floats(0, 2, width=32), l2=st.floats(0, 2, width=32))
def test_regularizers_are_keras_own(weight: np.ndarray, l1: float, l2: float) -> None:
    theirs, wide = keras.regularizers, weight.astype(np.float64)
    absolute, squared = np.abs(wide).sum(), np.square(wide).sum()
    for ours, same, formula in [
        (L1(l1=l1), theirs.L1(l1), l1 * absolute),
        (L2(l2=l2), theirs.L2(l2), l2 * squared),
        (L1L2(l1=l1, l2=l2), theirs.L1L2(l1, l2), l1 * absolute + l2 * squared),
    ]:
        assert isinstance(ours, Regularizer)
        assert penalty(ours, weight) == float(same(tf.constant(weight)))
        assert penalty(ours, weight) == pytest.approx(formula, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("mode", ["rows", "columns"])
@settings(max_examples=30)
@given(weight=weights((2,)), factor=st.floats(0, 2, width=32))
def test_the_orthogonal_regularizer_is_the_mean_cosine(mode: Any, weight: np.ndarray, factor: float) -> None:
    vectors = weight if mode == "rows" else weight.T
    assume(len(vectors) > 1)
    assume(np.linalg.norm(vectors, axis=1).min() > 0.01)
    got = penalty(Orthogonal(factor=factor, mode=mode), weight)
    assert got == float(keras.regularizers.OrthogonalRegularizer(factor, mode)(tf.constant(weight)))
    units = vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    pairs = np.triu_indices(len(units), 1)
    assert got == pytest.approx(factor * np.abs(units @ units.T)[pairs].mean(), rel=1e-3, abs=1e-5)


def test_a_single_vector_has_no_orthogonal_penalty() -> None:
    """Why a kernel of a single column is refused by the domain: Keras divides by the number of pairs, 0."""
    assert np.isnan(penalty(Orthogonal(mode="columns"), np.ones((3, 1), np.float32)))

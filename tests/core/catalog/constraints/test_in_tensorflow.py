"""Constraints and regularisers in TensorFlow: what they make of a weight, in graphs, with XLA, in a layer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.catalog.calls import Tunable, evaluate, evaluate_unseeded, functions, source, source_code
from core.catalog.constraints import (
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
from core.catalog.entry import structure, subclasses_of, tunables
from core.catalog.regularizers import L1, L1L2, L2, Orthogonal, Regularizer
from tests.constraint_cases import COLUMN, PROJECTED

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
    ConvSpectralNorm(max_value=0.3),
    ConvSpectralNorm(max_value=0.0),
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


def onto_simplex(column: np.ndarray, total: float) -> np.ndarray:
    """max(x - t, 0), with the threshold t found by bisection."""
    low, high = column.min() - total, column.max()
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(column - middle, 0).sum() > total else (low, middle)
    projected: np.ndarray = np.maximum(column - high, 0)
    return projected


def onto_diamond(column: np.ndarray, limit: float) -> np.ndarray:
    sizes = np.abs(column)
    return column if sizes.sum() <= limit else np.sign(column) * onto_simplex(sizes, limit)


def with_norms(columns: np.ndarray, low: float, high: float, rate: float = 1.0) -> np.ndarray:
    norms = np.linalg.norm(columns, axis=0)
    scaled: np.ndarray = columns / np.where(norms, norms, 1) * (rate * norms.clip(low, high) + (1 - rate) * norms)
    return scaled


def with_singular_values(matrix: np.ndarray, low: float, high: float) -> np.ndarray:
    u, sizes, v = np.linalg.svd(matrix, full_matrices=False)
    clipped: np.ndarray = u @ np.diag(sizes.clip(low, high)) @ v
    return clipped


def over_rings(kernel: np.ndarray, square: bool) -> np.ndarray:
    places = list(np.ndindex(kernel.shape[:-2]))
    centre = (np.array(kernel.shape[:-2]) - 1) / 2
    away = [np.abs(place - centre).max() if square else np.square(place - centre).sum() for place in places]
    projected = np.empty_like(kernel)
    for place, distance in zip(places, away, strict=True):
        ring = [other for other, same in zip(places, away, strict=True) if same == distance]
        projected[place] = sum(kernel[other] for other in ring) / len(ring)
    return projected


def formula(constraint: Any, weight: np.ndarray, axis: list[int]) -> np.ndarray | None:
    """The projection in NumPy, where it is written here; of each group along `axis` as a column, or of the whole."""
    wide = weight.astype(np.float64)
    match constraint:
        case Radial():
            return over_rings(wide, constraint.rings == "square")
        case FrobeniusNorm():
            return with_norms(wide.reshape(-1, 1), 0, constraint.max_value).reshape(wide.shape)
    outer = [each for each in range(wide.ndim) if each not in axis]
    turned = wide.transpose([*axis, *outer])
    columns = turned.reshape(int(np.prod(turned.shape[: len(axis)])), -1)
    match constraint:
        case NonNeg():
            columns = np.maximum(columns, 0)
        case Box():
            columns = np.minimum(np.maximum(columns, constraint.min_value), constraint.max_value)
        case MaxNorm():
            columns = with_norms(columns, 0, constraint.max_value)
        case UnitNorm():
            columns = with_norms(columns, 1, 1)
        case MinMaxNorm():
            columns = with_norms(columns, constraint.min_value, constraint.max_value, constraint.rate)
        case L1Norm():
            columns = np.stack([onto_diamond(column, constraint.max_value) for column in columns.T], axis=1)
        case Simplex():
            columns = np.stack([onto_simplex(column, 1) for column in columns.T], axis=1)
        case ZeroMean():
            columns = columns - columns.mean(axis=0)
        case SpectralNorm():
            columns = with_singular_values(columns, 0, constraint.max_value)
        case Orthonormal():
            columns = with_singular_values(columns, 1, 1)
        case _:
            return None
    return columns.reshape(turned.shape).transpose(np.argsort([*axis, *outer]))


@pytest.mark.parametrize("constraint", SINGLE, ids=named)
@settings(max_examples=30)
@given(data=st.data())
def test_a_projection_is_that_of_its_formula_and_is_then_left_alone(
    constraint: Constraint, data: st.DataObject
) -> None:
    weight, axis = drawn_for(constraint, data)
    project = projection(constraint, axis)
    held, expected = project(weight), formula(constraint, weight, axis)
    assert held.shape == weight.shape
    assert held.dtype == np.float32
    assert np.isfinite(held).all()
    assert constraint.is_satisfied(held, axis), constraint.violation(held, axis)
    assert close(project(held), held)
    if isinstance(constraint, Orthonormal):  # where singular values are 0, several matrices are the nearest
        assert expected is not None
        distances = [np.linalg.norm(each - weight.astype(np.float64)) for each in (held, expected)]
        assert distances[0] == pytest.approx(distances[1], rel=1e-4, abs=1e-4)
    elif expected is not None:
        assert close(held, expected)


@pytest.mark.parametrize("constraint", [*SINGLE, *CHAINS], ids=named)
def test_zeros_and_single_values_are_no_trouble(constraint: Constraint) -> None:
    for rank, axes in AXES.items():
        for shape in [(1,) * rank, (3,) * rank]:
            if constraint.ranks is None or rank in constraint.ranks:
                for axis in axes:
                    assert np.isfinite(projection(constraint, axis)(np.zeros(shape, np.float32))).all()


@settings(max_examples=20)
@given(data=st.data(), weight=weights(), low=st.floats(0, 2), more=st.floats(0, 2), rate=st.floats(0, 1))
def test_keras_own_four_are_keras_own(
    data: st.DataObject, weight: np.ndarray, low: float, more: float, rate: float
) -> None:
    axis, high, keras_own = data.draw(st.sampled_from(AXES[weight.ndim])), low + more, keras.constraints
    for ours, theirs in [
        (NonNeg(), keras_own.NonNeg()),
        (UnitNorm(), keras_own.UnitNorm(axis=axis)),
        (MaxNorm(max_value=high), keras_own.MaxNorm(high, axis)),
        (MinMaxNorm(min_value=low, max_value=high, rate=rate), keras_own.MinMaxNorm(low, high, rate, axis)),
    ]:
        np.testing.assert_array_equal(projection(ours, axis)(weight), np.asarray(theirs(weight)))


@pytest.mark.parametrize(("constraint", "weight", "expected"), PROJECTED, ids=lambda value: getattr(value, "kind", ""))
def test_projections_are_those_worked_out_by_hand(constraint: Constraint, weight: Any, expected: Any) -> None:
    held = projection(constraint, constraint.along([0]))(np.array(weight, np.float32))
    np.testing.assert_allclose(held, expected, atol=3e-5)


def test_every_constraint_is_worked_out_by_hand() -> None:
    missing = {each.__name__ for each in subclasses_of(Constraint)} - {type(each).__name__ for each, *_ in PROJECTED}
    assert not missing, f"PROJECTED in tests/constraint_cases.py needs a case of {', '.join(missing)}"


def operator_norm(kernel: np.ndarray, grid: int) -> float:
    """The norm of a cyclic convolution on a `grid` (Sedghi et al. 2019)."""
    places = range(kernel.ndim - 2)
    spectra = np.fft.fftn(kernel.astype(np.float64), (grid,) * len(places), axes=places)
    return float(np.linalg.svd(spectra, compute_uv=False).max())


@settings(max_examples=40)
@given(data=st.data(), weight=weights((3, 4, 5)), limit=st.floats(0.05, 4))
def test_a_convolution_s_norm_bounds_its_operator_on_every_grid(
    data: st.DataObject, weight: np.ndarray, limit: float
) -> None:
    grid = data.draw(st.integers(3, 40 if weight.ndim < 5 else 12), "grid")
    constraint = ConvSpectralNorm(max_value=limit)
    held = projection(constraint, [0])(weight)
    assert operator_norm(held, grid) <= limit * (1 + 1e-3)
    assert operator_norm(weight, grid) <= constraint.size(weight, 0) * (1 + 1e-6)
    if operator_norm(weight, 64 if weight.ndim < 5 else 16) > limit:
        longest = 0.97 if weight.ndim < 5 else 0.88
        assert operator_norm(held, 64 if weight.ndim < 5 else 16) >= longest * limit, "it shortens no more than it must"
    scaled = weight * min(1.0, limit / max(constraint.size(weight, 0), 1e-30))
    # It cuts the kernel back to its size, so it is not quite the nearest.
    assert np.linalg.norm(held - weight) <= np.linalg.norm(scaled - weight) * (1 + 1e-2) + 1e-5


@pytest.mark.parametrize(("padding", "strides"), [("SAME", 1), ("VALID", 1), ("SAME", 2)])
def test_a_convolution_stretches_no_input_more_than_its_norm(padding: str, strides: int) -> None:
    """The operator as the matrix that TensorFlow's convolution is on pictures of 7 × 7."""
    rng = np.random.default_rng(0)
    kernel = (0.5 + 0.05 * rng.standard_normal((3, 3, 2, 3))).astype(np.float32)
    basis = tf.reshape(tf.eye(98), (98, 7, 7, 2))
    stretches = []
    for each in (SpectralNorm(), ConvSpectralNorm()):
        held = projection(each, [0, 1, 2])(kernel)
        assert each.is_satisfied(held, [0, 1, 2])
        matrix = tf.reshape(tf.nn.conv2d(basis, held, strides, padding), (98, -1)).numpy()
        stretches.append(float(np.linalg.norm(matrix, 2)))
    assert stretches[0] > 1.4, "the norm of the kernel as a matrix does not bound it"
    assert 0.4 < stretches[1] <= 1 + 1e-5


def test_a_chain_is_trained_printed_and_described_in_its_order() -> None:
    chain = Chain(constraints=[ZeroMean(), NonNeg(), MaxNorm(max_value=0.5)])
    code = chain.keras(lambda field: Tunable(field, 0.5), [0])
    names: dict[str, Any] = {"keras": keras, "functools": functools}
    exec("\n".join(source(function) for function in functions(code)), names)
    weight = np.array(COLUMN, np.float32)
    for project in (projection(chain, [0]), eval(source_code(code), names)):
        np.testing.assert_allclose(project(weight), [[0.5], [0.0], [0.0]], atol=1e-6)
    assert chain.describe() == "zero mean, then non-negative, then max norm 0.5"


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


def with_other_numbers(kind: type[Constraint]) -> Constraint:
    """The first case of this kind whose numbers alone are not the defaults; the default where it has no numbers."""
    default: Constraint = kind()  # type: ignore[call-arg]
    if not list(tunables(default)):
        return default
    alike = [each for each, *_ in PROJECTED if type(each) is kind and structure(each) == structure(default)]
    others = [each for each in alike if list(tunables(each)) != list(tunables(default))]
    assert others, f"PROJECTED needs a case of {kind.__name__} with other numbers than its defaults, and nothing else"
    return others[0]


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "XLA"])
@pytest.mark.parametrize("entry", subclasses_of(Constraint), ids=lambda entry: str(entry.kind_name()))
def test_a_graph_obeys_new_numbers_without_being_traced_again(entry: type[Constraint], jit: bool) -> None:
    before = entry()  # type: ignore[call-arg]
    after = with_other_numbers(entry)
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
    assert after == before or not before.is_satisfied(weight, axis) or not close(held, weight)
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

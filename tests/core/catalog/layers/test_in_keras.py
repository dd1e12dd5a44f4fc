"""The catalog's layers against Keras' own: shapes, weights, settings, constraints and initial values."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from operator import attrgetter
from typing import Any, get_args

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.catalog import layers
from core.catalog.calls import Seed, Tunable, evaluate
from core.catalog.constraints import MaxNorm, group_norms
from core.catalog.entry import subclasses_of, tunables
from core.catalog.layers import BuildContext, Layer, ShapeError, constraint_axis
from core.catalog.layers.base import Initializer
from core.catalog.layers.convolution import Convolution
from core.catalog.layers.pooling import Pooling
from core.catalog.regularizers import L2
from core.catalog.weight import Shape
from tests.families import LAYER_CASES, LayerCase

LIMIT = 0.3


@pytest.fixture(params=LAYER_CASES, ids=lambda case: f"{case[0].kind}: {case[0].describe()}")
def case(request: pytest.FixtureRequest) -> LayerCase:
    """A layer with the shape of its input, and of the outputs that it takes beside."""
    found: LayerCase = request.param
    return found


def test_every_layer_has_a_case() -> None:
    assert {type(case[0]) for case in LAYER_CASES} == set(subclasses_of(Layer))


def test_every_layer_of_keras_that_takes_constraints_is_there() -> None:
    ours = {made(layer, shape).__class__.__name__ for layer, shape, *_ in LAYER_CASES} | {"LSTM", "GRU", "SimpleRNN"}
    theirs = {
        each.__name__
        for each in vars(keras.layers).values()
        if inspect.isclass(each)
        and any(name.endswith("_constraint") for name in inspect.signature(each.__init__).parameters)
    }
    # Cells are parts of recurrent layers; a reversible embedding is an embedding until it stands in a network twice.
    left_out = {"SimpleRNNCell", "LSTMCell", "GRUCell", "ReversibleEmbedding"}
    assert len(theirs) > 25
    assert theirs - left_out <= ours


def seeded(position: int, part: int) -> int:
    return 1000 * position + part


def made(layer: Layer, shape: Shape, seed: int = 3, numbers: dict[str, Any] | None = None) -> Any:
    """The Keras layer, with `numbers` in the place of its tuned ones."""
    values = dict(tunables(layer))
    named = layer.model_copy(update={"name": "named"})
    context = BuildContext(Seed(seed), lambda path: Tunable(path, values[path]))
    return evaluate(named.keras(context, shape), lambda tuned: (numbers or values)[tuned.path], seeded)


def built(layer: Layer, shape: Shape, *others: Shape, seed: int = 3) -> Any:
    """The Keras layer with its variables, as a run's initial weights are drawn."""
    fresh = made(layer, shape, seed)
    fresh.build(*layer.arguments((None, *shape), [(None, *other) for other in others]))
    return fresh


def limited(layer: Layer) -> Layer:
    """The layer with a constraint and a regulariser on each of its weights."""
    limits = {weight.field: MaxNorm(max_value=LIMIT) for weight in layer.active_weights()}
    penalties = {weight.regularizer_field: L2() for weight in layer.active_weights()}
    return type(layer).model_validate({**dict(layer), **limits, **penalties})


def kernels(layer: Any) -> Iterator[np.ndarray]:
    for variable in layer.trainable_variables:
        if len(variable.shape) > 1 and np.ptp(variable.numpy()) > 0:
            yield variable.numpy()


def test_shapes_and_settings_are_keras_own(case: LayerCase) -> None:
    layer, shape, *others = case
    ours = made(layer, shape)
    inputs = [np.random.default_rng(1).integers(0, 9, (2, *each)).astype("float32") for each in (shape, *others)]

    symbolic = ours(*layer.arguments(*each_of([keras.Input(each) for each in (shape, *others)])))
    output = ours(*layer.arguments(*each_of(inputs)))

    assert tuple(output.shape) == (2, *layer.output_shape(shape, *others))
    assert tuple(symbolic.shape) == (None, *layer.checked_shape(shape, *others))
    assert np.isfinite(output).all()
    assert ours.name == "named"
    assert layer.parameters(shape) == sum(variable.numpy().size for variable in ours.trainable_variables)
    for name, value in said(made(layer, shape)).items():  # before it is built, when Keras resolves some
        if name in type(layer).model_fields and not name.endswith(("_constraint", "_regularizer", "_initializer")):
            assert plain(value) in (plain(getattr(layer, name)), spread(layer, name)), name


def each_of(values: list[Any]) -> tuple[Any, list[Any]]:
    return values[0], values[1:]


def said(layer: Any) -> dict[str, Any]:
    """The settings of a Keras layer, by its own account; of a bidirectional one, its cells' too."""
    config = layer.get_config()
    if hasattr(layer, "backward_layer"):
        inner = layer.backward_layer.get_config()
        inner.pop("name"), inner.pop("go_backwards")
        config = {**inner, **config}
    if isinstance(layer, keras.layers.EinsumDense):
        config["use_bias"] = config.pop("bias_axes") is not None
    return {name: value for name, value in config.items() if name != "name"}


def plain(value: Any) -> Any:
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def spread(layer: Layer, name: str) -> Any:
    """A setting as Keras repeats it for every axis of space; padding also on both sides."""
    value = getattr(layer, name)
    if value is None and name == "strides":
        return spread(layer, "pool_size")
    if not hasattr(layer, "each") or isinstance(value, str | bool | None):
        return [] if value is None else value
    each = layer.each(value)
    if name == "padding":
        return [[zeros, zeros] for zeros in each] if len(each) > 1 else [each[0], each[0]]
    return list(each)


@pytest.mark.parametrize("shape", [(8,), (8, 8), (8, 8, 8), (4, 4, 4, 8), (2, 4, 4, 4, 8)], ids=len)
@pytest.mark.parametrize("kind", subclasses_of(Layer), ids=lambda kind: kind.kind_name())
def test_what_is_taken_keras_takes(kind: type[Layer], shape: Shape) -> None:
    layer = layers.GroupNormalization(groups=4) if kind is layers.GroupNormalization else kind()  # type: ignore[call-arg]
    others = [shape for _ in layer.extra_inputs()]
    try:
        expected = layer.checked_shape(shape, *others)
    except ShapeError:
        return
    output = made(layer, shape)(*layer.arguments(keras.Input(shape), [keras.Input(each) for each in others]))
    assert tuple(output.shape[1:]) == expected


def test_constraints_stand_on_the_variables_that_the_weights_name(case: LayerCase) -> None:
    layer, shape, *others = case
    layer = limited(layer)
    numbers = {path: tf.Variable(value) for path, value in tunables(layer)}
    ours = made(layer, shape, numbers=numbers)
    ours.build(*layer.arguments((None, *shape), [(None, *other) for other in others]))
    shapes = layer.weight_shapes(shape)
    assert list(shapes) == [weight.name for weight in layer.active_weights()]
    found = []
    for weight, constraint in layer.constraints():
        assert constraint is not None
        variables = [attrgetter(attribute)(ours) for attribute in weight.attributes]
        found += [variable.path for variable in variables]
        assert [tuple(variable.shape) for variable in variables] == shapes[weight.name]
        axis = constraint_axis(constraint, weight)
        for variable in variables:
            assert variable.constraint.max_value is numbers[f"{weight.field}.max_value"]
            assert variable.regularizer.l2 is numbers[f"{weight.regularizer_field}.l2"]
            assert weight.rank == len(variable.shape) or (weight.name, weight.rank) in {("alpha", 1), ("bias", 1)}
            variable.assign(np.random.default_rng(1).normal(size=variable.shape))
            held = np.asarray(variable.constraint(variable.value))
            assert group_norms(held, axis).max() <= LIMIT * (1 + 1e-5)
            units = variable.numpy().size // max(1, np.prod([variable.shape[each] for each in weight.unit_axis]))
            assert len(group_norms(held, axis)) == units
    assert sorted(found) == sorted(variable.path for variable in ours.trainable_variables)


def test_initial_values_are_the_initialisers_of_the_seed_and_differ_within_a_layer(case: LayerCase) -> None:
    layer, shape, *others = case
    names = {field: "normal" for weight in layer.active_weights() if hasattr(layer, field := weight.initializer_field)}
    layer = type(layer).model_validate({**dict(layer), **names})
    first, again, other = (built(layer, shape, *others, seed=seed) for seed in (3, 3, 4))
    for one, two in zip(first.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy(), err_msg=one.path)
    for weight in layer.active_weights():
        for attribute in weight.attributes if weight.initializer_field in names else ():
            value = attrgetter(attribute)(first).numpy()
            draws = (keras.initializers.RandomNormal(seed=seeded(3, part))(value.shape) for part in range(8))
            assert any(np.array_equal(value, draw) for draw in draws), attribute
    drawn = list(kernels(first))
    for one, two in zip(drawn, kernels(other), strict=True):
        assert not np.array_equal(one, two)
    for index, one in enumerate(drawn):
        assert not any(one.size == two.size and np.array_equal(one.ravel(), two.ravel()) for two in drawn[:index])


@pytest.mark.parametrize("name", get_args(Initializer))
def test_initialisers_are_keras_own(name: Any) -> None:
    kernel = built(layers.Dense(units=5, kernel_initializer=name), (4,)).kernel.numpy()
    theirs = type(keras.initializers.get(name))(seed=seeded(3, 0))
    np.testing.assert_array_equal(kernel, theirs((4, 5)))


def test_layers_train(case: LayerCase) -> None:
    """Gradients reach every weight, and the constraints hold after an update."""
    layer, shape, *others = case
    layer = limited(layer)
    inputs = [keras.Input(each) for each in (shape, *others)]
    ours = made(layer, shape)
    output = keras.layers.Flatten()(ours(*layer.arguments(*each_of(inputs))))
    model = keras.Model(inputs, keras.layers.Dense(1)(output))
    model.compile("sgd", "mean_squared_error", run_eagerly=True)
    before = [variable.numpy() for variable in ours.trainable_variables]
    draw = np.random.default_rng(1)
    x = [draw.integers(0, 9, (4, *each)).astype("float32") - (layer.kind == "prelu") * 4 for each in (shape, *others)]

    loss = model.train_on_batch(x, draw.normal(size=(4, 1)))

    assert np.isfinite(loss)
    for variable, value in zip(ours.trainable_variables, before, strict=True):
        assert not np.array_equal(variable.numpy(), value), variable.path
    for weight, constraint in layer.constraints():
        for attribute in weight.attributes:
            assert constraint is not None
            assert constraint.is_satisfied(attrgetter(attribute)(ours).numpy(), constraint_axis(constraint, weight))


WINDOWS = [kind for kind in subclasses_of(Layer) if issubclass(kind, Convolution | Pooling)]


@st.composite
def windowed(draw: st.DrawFn, kind: type[Layer]) -> tuple[dict[str, Any], Shape]:
    """Settings of a layer with a window, sound or not, and a shape for it."""
    dimensions = kind.dimensions  # type: ignore[attr-defined]
    limits = {"kernel_size": 4, "pool_size": 4, "strides": 3, "dilation_rate": 3}
    values: dict[str, Any] = {}
    for field, high in limits.items():
        if field in kind.model_fields and draw(st.booleans()):
            number = st.integers(1, high)
            several = st.lists(number, min_size=dimensions, max_size=dimensions)
            values[field] = draw(number if dimensions == 1 else number | several)
    values["padding"] = draw(st.sampled_from(["valid", "same", *(["causal"] if kind is layers.Conv1D else [])]))
    for field in ("filters", "groups", "depth_multiplier"):
        if field in kind.model_fields:
            values[field] = draw(st.integers(1, 4))
    if issubclass(kind, Convolution):
        values.setdefault("kernel_size", 3)
    else:
        values.setdefault("pool_size", 2)
    axes = dimensions + (2 if "lstm" in kind.kind_name() else 1)
    return values, tuple(draw(st.lists(st.integers(1, 9), min_size=axes, max_size=axes)))


@pytest.mark.parametrize("kind", WINDOWS, ids=lambda kind: kind.kind_name())
@settings(max_examples=75)
@given(data=st.data())
def test_windows_fit_where_they_fit_in_keras(kind: type[Layer], data: st.DataObject) -> None:
    values, shape = data.draw(windowed(kind))

    def ours() -> Shape:
        return kind(**values).checked_shape(shape)

    def theirs() -> Shape:
        layer = getattr(keras.layers, kind.title)(**values)
        if "groups" in values:  # Keras looks at the input's channels when it builds
            layer.build((None, *shape))
        return tuple(layer.compute_output_shape((None, *shape)))[1:]

    assert refused(ours, ValidationError, ShapeError) == refused(theirs, ValueError)


def refused(call: Any, *errors: type[Exception]) -> Any:
    """Result of `call`, or "refused" if it raises one of the errors."""
    try:
        return call()
    except errors:
        return "refused"


@settings(max_examples=100)
@given(
    target=st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6]), min_size=1, max_size=3),
    shape=st.lists(st.integers(1, 6), min_size=1, max_size=3),
)
def test_values_are_arranged_where_keras_arranges_them(target: list[int], shape: list[int]) -> None:
    def theirs() -> Shape:
        return tuple(keras.layers.Reshape(target).compute_output_shape((None, *shape))[1:])

    ours = refused(lambda: layers.Reshape(target_shape=target).output_shape(tuple(shape)), ValidationError, ShapeError)
    assert ours == refused(theirs, ValueError)


def test_tokens_may_be_floats() -> None:
    """Data is float32 everywhere."""
    layer = built(layers.Embedding(input_dim=5, output_dim=2), (3,))
    rows = layer.embeddings.numpy()
    np.testing.assert_array_equal(layer(np.array([[0.0, 4.0, 2.0]], "float32")), [rows[[0, 4, 2]]])

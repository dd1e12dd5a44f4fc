"""Layers without Keras: what they refuse and how they say it, their units in words, and what the form is told."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest
from pydantic import TypeAdapter, ValidationError

from core.catalog import layers
from core.catalog.calls import Seed, Tunable, source_code
from core.catalog.constraints import MaxNorm
from core.catalog.datasets import Blobs
from core.catalog.entry import subclasses_of, tunables
from core.catalog.layers import AnyLayer, BuildContext, Layer, ShapeError
from core.catalog.layers.base import MAX_VALUES
from core.catalog.layers.space import Spatial, per_axis
from core.catalog.weight import Shape
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import Network
from core.problems import Invalid, problems_of

LAYER: TypeAdapter[Any] = TypeAdapter(AnyLayer)
KINDS = subclasses_of(Layer)
IMAGE = (8, 8, 3)

REFUSED: list[tuple[Layer, tuple[Shape, ...], str]] = [
    (layers.Conv2D(), ((2, 8, 1),), "needs a height of at least 3, gets 2"),
    (layers.Conv2D(kernel_size=[1, 3], dilation_rate=[1, 4]), ((8, 8, 1),), "needs a width of at least 9, gets 8"),
    (layers.Conv2D(), ((64,),), "needs height × width × channels, gets 64: add a reshape layer before it"),
    (layers.Conv1D(), ((8, 8, 1),), "needs length × channels, gets 8×8×1: add a reshape layer before it"),
    (layers.Conv3D(), ((4, 2, 8, 1),), "needs a height of at least 3, gets 2"),
    (layers.Conv1D(groups=2), ((8, 3),), "needs channels that 2 groups divide, gets 3: change the groups"),
    (layers.Conv2DTranspose(), ((64,),), "needs height × width × channels, gets 64: add a reshape layer before it"),
    (layers.DepthwiseConv1D(), ((2, 8),), "needs a length of at least 3, gets 2"),
    (layers.MaxPooling3D(), ((4, 4, 1, 3),), "needs a width of at least 2, gets 1"),
    (layers.GlobalAveragePooling1D(), ((8,),), "needs length × channels, gets 8: add a reshape layer before it"),
    (layers.LSTM(), ((64,),), "needs steps × features, gets 64: add a reshape layer before it"),
    (layers.Bidirectional(), (IMAGE,), "needs steps × features, gets 8×8×3: add a reshape layer before it"),
    (layers.ConvLSTM2D(), ((5, 8, 2, 1),), "needs a width of at least 3, gets 2"),
    (
        layers.ConvLSTM2D(),
        (IMAGE,),
        "needs steps × height × width × channels, gets 8×8×3: add a reshape layer before it",
    ),
    (layers.MultiHeadAttention(), ((8,),), "needs steps × features, gets 8: add a reshape layer before it"),
    (
        layers.MultiHeadAttention(num_heads=4),
        ((1025, 1),),
        "allows at most 1024 steps with 4 heads, gets 1025: use fewer of either",
    ),
    (layers.Embedding(), (IMAGE,), "needs one row of tokens, gets 8×8×3: add a flatten layer before it"),
    (
        layers.EinsumDense(equation="abc,cd->abd"),
        ((8,),),
        "needs steps × features, gets 8: add a reshape layer before it, or use a dense layer",
    ),
    (layers.GroupNormalization(), (IMAGE,), "needs channels that 32 groups divide, gets 3: change the groups"),
    (layers.PReLU(shared_axes=[1, 3]), ((8, 8),), "needs 3 axes to share alphas along axis 3, gets 8×8"),
    (layers.Reshape(target_shape=[7, -1]), (IMAGE,), "can't arrange 192 values (8×8×3) as 7×-1"),
    (layers.Permute(), (IMAGE,), "orders 2 axes, gets 8×8×3: list each of its axes"),
    (layers.RepeatVector(), (IMAGE,), "needs one row of values, gets 8×8×3: add a flatten layer before it"),
    (layers.SpatialDropout2D(), ((8, 3),), "needs height × width × channels, gets 8×3: add a reshape layer before it"),
    (layers.Add(), (IMAGE, (8, 8, 1)), "needs two outputs of one shape, gets 8×8×3 and 8×8×1"),
    (
        layers.Concatenate(),
        (IMAGE, (8, 7, 3)),
        "needs outputs that differ in their last axis only, gets 8×8×3 and 8×7×3",
    ),
    (
        layers.UpSampling2D(size=16),
        ((128, 128, 1),),
        f"makes 2048×2048×1 values per example: reduce it to at most {MAX_VALUES}",
    ),
    (
        layers.Dense(units=4096),
        ((8193,),),
        "needs a kernel of 8193×4096: reduce it to at most 33554432 values",
    ),
]


@pytest.mark.parametrize(("layer", "shapes", "sentence"), REFUSED, ids=lambda value: str(value)[:40])
def test_impossible_inputs_are_refused_in_words(layer: Layer, shapes: tuple[Shape, ...], sentence: str) -> None:
    with pytest.raises(ShapeError) as refused:
        layer.checked_shape(*shapes)
    assert str(refused.value) == sentence


def test_the_sentence_names_the_layer() -> None:
    network = Network(layers=[layers.Reshape(target_shape=[4, 1, 1]), layers.Dense(), layers.Conv2D()])
    with pytest.raises(Invalid) as refused:
        resolve(Experiment(dataset=Blobs(n_features=4), network=network))
    (problem,) = refused.value.problems
    assert problem.location == ("network", "layers", 2)
    assert problem.message == "conv2d_3 needs a width of at least 3, gets 1"


SIZES = "Give a whole number or 2 of them, for height and width, from 1 to 64"
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "conv2d", "kernel_size": 0}, "kernel_size", SIZES),
    ({"kind": "conv2d", "kernel_size": [3]}, "kernel_size", SIZES),
    ({"kind": "conv2d", "kernel_size": [3, 3, 3]}, "kernel_size", SIZES),
    ({"kind": "conv2d", "kernel_size": [3, "3"]}, "kernel_size", SIZES),
    ({"kind": "conv2d", "kernel_size": 3.0}, "kernel_size", SIZES),
    ({"kind": "conv2d", "kernel_size": True}, "kernel_size", SIZES),
    ({"kind": "conv2d", "kernel_size": None}, "kernel_size", SIZES),
    ({"kind": "conv1d", "kernel_size": [3, 3]}, "kernel_size", "Give a whole number from 1 to 64"),
    ({"kind": "conv2d", "strides": 2, "dilation_rate": [1, 2]}, "dilation_rate", "strides of 1 only"),
    ({"kind": "conv2d", "groups": 3}, "groups", "Must divide the number of filters, which is 32"),
    ({"kind": "conv2d", "padding": "causal"}, "padding", "Must be one of 'valid', 'same'"),
    ({"kind": "conv_lstm2d", "strides": [2, 1], "dilation_rate": 2}, "dilation_rate", "strides of 1 only"),
    ({"kind": "max_pooling2d", "strides": 0}, "strides", SIZES),
    ({"kind": "zero_padding3d", "padding": -1}, "padding", "from 0 to 64"),
    ({"kind": "group_query_attention", "num_key_value_heads": 3}, "num_key_value_heads", "Must divide"),
    ({"kind": "group_normalization", "groups": 0}, "groups", "or -1 for one for each channel"),
    ({"kind": "prelu", "shared_axes": [0]}, "shared_axes", "Give axes from 1 to 4"),
    ({"kind": "reshape", "target_shape": [-1, -1]}, "target_shape", "-1 for one of them at most"),
    ({"kind": "permute", "dims": [1, 3]}, "dims", "List each axis once, counted from 1"),
    ({"kind": "lstm", "dropout": 1.0}, "dropout", "Must be less than 1"),
]


@pytest.mark.parametrize(("body", "field", "sentence"), BAD, ids=lambda value: str(value)[:60])
def test_bad_settings_are_refused_at_their_field(body: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LAYER.validate_python(body)
    (problem,) = problems_of(refused.value, body)
    assert problem.location == (field,)
    assert sentence in problem.message


@pytest.mark.parametrize("body", [{"strides": [2, 1]}, {"strides": [1, 1], "dilation_rate": 2}, {"kernel_size": 5}])
def test_sizes_are_one_number_or_one_for_each_axis(body: dict[str, Any]) -> None:
    layer = LAYER.validate_python({"kind": "conv2d", **body})
    assert LAYER.validate_json(layer.model_dump_json()) == layer


UNITS: list[tuple[Layer, Shape, dict[str, str]]] = [
    (layers.Dense(), (8,), {"kernel": "each unit's 8 incoming weights", "bias": "each unit's bias by itself"}),
    (layers.Conv2D(), IMAGE, {"kernel": "each filter's 3×3×3 weights", "bias": "each filter's bias by itself"}),
    (layers.Conv2DTranspose(kernel_size=[2, 3]), IMAGE, {"kernel": "each filter's 2×3×3 weights"}),
    (layers.DepthwiseConv2D(), IMAGE, {"depthwise": "each filter's 3×3 weights"}),
    (
        layers.SeparableConv2D(depth_multiplier=2),
        IMAGE,
        {"depthwise": "each filter's 3×3 weights", "pointwise": "each filter's 1×1×6 weights"},
    ),
    (
        layers.LSTM(units=5),
        (7, 3),
        {
            "kernel": "each gate's 3 incoming weights, four gates a unit",
            "recurrent": "each gate's 5 recurrent weights, four gates a unit",
            "bias": "each gate's bias by itself",
        },
    ),
    (layers.GRU(), (7, 3), {"bias": "each bias by itself, two for each gate"}),
    (layers.GRU(reset_after=False), (7, 3), {"bias": "each gate's bias by itself"}),
    (layers.Bidirectional(cell="simple_rnn"), (7, 3), {"kernel": "each unit's 3 incoming weights"}),
    (layers.ConvLSTM2D(), (4, *IMAGE), {"recurrent": "each gate's 3×3×32 recurrent weights, four gates a filter"}),
    (layers.Embedding(output_dim=16), (9,), {"embeddings": "each token's vector of 16 values"}),
    (layers.EinsumDense(equation="abc,bcd->ad"), (7, 3), {"kernel": "each unit's 7×3 incoming weights"}),
    (layers.EinsumDense(equation="abc,bd->adc"), (7, 3), {"kernel": "each unit's 7 incoming weights"}),
    (layers.BatchNormalization(), IMAGE, {"gamma": "each channel's gamma by itself"}),
]


@pytest.mark.parametrize(("layer", "shape", "words"), UNITS, ids=lambda value: str(value)[:40])
def test_a_units_weights_are_said_with_their_size(layer: Layer, shape: Shape, words: dict[str, str]) -> None:
    layer.checked_shape(shape)
    shapes = layer.weight_shapes(shape)
    said = {weight.name: weight.unit_words(shapes[weight.name][0]) for weight in layer.active_weights()}
    assert said.items() >= words.items()


def test_a_single_weight_is_said_in_the_singular() -> None:
    kernel, bias = layers.Dense().weights
    assert kernel.unit_words((1, 8)) == "each unit's 1 incoming weight"
    assert kernel.unit_words((2, 8)) == "each unit's 2 incoming weights"
    assert bias.unit_words((8,)) == "each unit's bias by itself"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind_name())
def test_an_entry_is_whole(kind: type[Layer]) -> None:
    """With its defaults it can be posted, said, written as a call, and constrained on every weight it names."""
    layer = kind()  # type: ignore[call-arg]
    assert LAYER.validate_python({"kind": kind.kind_name()}) == layer
    assert LAYER.validate_json(layer.model_dump_json()) == layer
    assert kind.title
    assert kind.summary
    assert not kind.summary.endswith(".")
    assert layer.describe() == layer.describe().strip()
    for weight in kind.weights:
        assert {weight.field, weight.regularizer_field} <= set(kind.model_fields)
        assert all(0 <= axis < weight.rank for axis in weight.unit_axis)
        assert weight.keras_trap or weight.unit_axis == (0,), "Keras' axis 0 is not each unit here: say what it does"
        words = weight.unit_words()
        assert "  " not in words
        assert "{" not in words
    fields = {name for name in kind.model_fields if name.endswith("_constraint")}
    assert fields == {weight.field for weight in kind.weights}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind_name())
def test_the_schema_says_what_the_form_needs(kind: type[Layer]) -> None:
    properties = kind.model_json_schema()["properties"]
    for name, schema in properties.items():
        assert "default" in schema, f"{name} has no default"
        assert "per_axis" not in schema
    dimensions = getattr(kind, "dimensions", 1)
    for name in {"kernel_size", "pool_size", "strides", "dilation_rate", "size"} & set(properties):
        lists = [each for each in properties[name]["anyOf"] if each["type"] == "array"]
        assert [(each["minItems"], each["maxItems"]) for each in lists] == [(dimensions, dimensions)] * (dimensions > 1)


def test_the_form_offers_layers_by_group() -> None:
    groups = list(dict.fromkeys(kind.group for kind in KINDS))
    assert groups == ["dense", "convolution", "pooling", "recurrent", "attention", "normalisation", "other"]
    assert [kind.group for kind in KINDS] == sorted((kind.group for kind in KINDS), key=groups.index)


def call_of(layer: Layer, shape: Shape) -> str:
    numbers = dict(tunables(layer))
    context = BuildContext(Seed(2), lambda path: Tunable(path, numbers[path]))
    return source_code(layer.model_copy(update={"name": "it"}).keras(context, shape))


def test_a_layer_reads_as_its_author_would_write_it() -> None:
    limit = MaxNorm(max_value=3.0)
    conv = layers.Conv2D(filters=32, kernel_constraint=limit, bias_constraint=MaxNorm(axis=0))
    assert call_of(conv, IMAGE) == (
        "keras.layers.Conv2D(\n"
        "    32,\n"
        "    kernel_size=(3, 3),\n"
        '    activation="relu",\n'
        "    kernel_initializer=keras.initializers.GlorotUniform(seed=layer_seed(seed, 2)),\n"
        "    kernel_constraint=keras.constraints.MaxNorm(max_value=3.0, axis=[0, 1, 2]),\n"
        "    bias_constraint=keras.constraints.MaxNorm(max_value=2.0, axis=0),\n"
        '    name="it",\n'
        ")"
    )
    assert "recurrent_initializer=keras.initializers.Orthogonal(seed=layer_seed(seed, 2, 1))" in call_of(
        layers.LSTM(recurrent_constraint=limit), (7, 3)
    )


def test_each_constraint_changes_what_the_arm_says() -> None:
    network = Network(layers=[layers.Dense(units=6, kernel_constraint=MaxNorm(max_value=3.0))])
    (arm,) = resolve(Experiment(dataset=Blobs(n_features=4), network=network))
    assert arm.describe() == ["dense_1 kernel: max norm 3, each unit's 4 incoming weights"]


def test_a_residual_network_is_known_by_its_shapes() -> None:
    inner = [
        layers.Reshape(target_shape=[4, 4, 1]),
        layers.Conv2D(name="first", filters=3, padding="same"),
        layers.Conv2D(filters=3, padding="same"),
        layers.Add(layer="first"),
        layers.Concatenate(layer="first"),
        layers.GlobalAveragePooling2D(),
    ]
    (arm,) = resolve(Experiment(dataset=Blobs(n_features=16), network=Network(layers=inner)))
    assert arm.shapes() == [(16,), (4, 4, 1), (4, 4, 3), (4, 4, 3), (4, 4, 3), (4, 4, 6), (6,)]
    assert json.loads(json.dumps(arm.structure()))


def test_a_setting_by_axis_that_nothing_would_check_is_refused() -> None:
    with pytest.raises(TypeError, match="Cropped: add blocks to _PER_AXIS"):

        class Cropped(Spatial):
            title: ClassVar = "Cropped"
            summary: ClassVar = "Cut off the ends"
            blocks: int | list[int] = per_axis(1, "Values cut off.")

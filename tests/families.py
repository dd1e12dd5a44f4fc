"""Small networks that together have every layer there is, for tests that train each of them."""

from __future__ import annotations

from typing import Any, Final

from core.catalog.entry import subclasses_of
from core.catalog.layers import Layer

Json = dict[str, Any]

_WEIGHTS: Final = {kind.kind_name(): kind.weights for kind in subclasses_of(Layer)}
_SEQUENCE: Final = {"kind": "digits", "layout": "sequence"}
_IMAGE: Final = {"kind": "digits", "layout": "image"}


def _layer(kind: str, **fields: Any) -> Json:
    """A layer with a constraint on each of its weights."""
    limits = {weight.field: {"kind": "max_norm", "max_value": 0.3} for weight in _WEIGHTS[kind]}
    return {"kind": kind, **limits, **fields}


def _family(dataset: Json, *layers: Json, standardize: bool = True) -> Json:
    """An experiment of one arm. Its batches are equal: a smaller last one would be traced and compiled apart."""
    return {
        "dataset": dataset,
        "split": {"train": 40, "holdout": 1700, "shuffle": True, "standardize": standardize},
        "network": {"layers": list(layers)},
        "training": {"epochs": 4, "batch_size": 20, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
    }


FAMILIES: Final[dict[str, Json]] = {
    "dense": _family(
        {"kind": "digits"},
        _layer("dense", units=8, name="wide"),
        _layer("rescaling", scale=0.5),
        _layer("activation", activation="tanh"),
        _layer("repeat_vector", n=3),
        _layer("einsum_dense", equation="abc,cd->abd", units=5),
        _layer("prelu"),
        _layer("flatten"),
    ),
    "noise": _family(
        {"kind": "digits"},
        _layer("gaussian_noise", stddev=0.1),
        _layer("dense", units=8, activation="selu"),
        _layer("dropout", rate=0.2),
        _layer("alpha_dropout", rate=0.1),
        _layer("gaussian_dropout", rate=0.1),
    ),
    "embedding": _family(
        {"kind": "digits"},
        _layer("embedding", input_dim=17, output_dim=4, embeddings_constraint={"kind": "unit_norm"}),
        _layer("spatial_dropout1d", rate=0.2),
        _layer("global_average_pooling1d"),
        standardize=False,
    ),
    "convolution in one dimension": _family(
        _SEQUENCE,
        _layer("zero_padding1d", padding=1),
        _layer("conv1d", filters=4, kernel_size=3),
        _layer("depthwise_conv1d", kernel_size=2, depth_multiplier=2),
        _layer("max_pooling1d"),
        _layer("up_sampling1d"),
        _layer("separable_conv1d", filters=4, kernel_size=2),
        _layer("conv1d_transpose", filters=3, kernel_size=2),
        _layer("layer_normalization"),
        _layer("average_pooling1d"),
        _layer("global_max_pooling1d"),
    ),
    "convolution in two dimensions": _family(
        _IMAGE,
        _layer("zero_padding2d", padding=1),
        _layer("conv2d", filters=4, kernel_size=[3, 3]),
        _layer("batch_normalization"),
        _layer("depthwise_conv2d", kernel_size=2),
        _layer("max_pooling2d"),
        _layer("up_sampling2d"),
        _layer("separable_conv2d", filters=4, kernel_size=2),
        _layer("conv2d_transpose", filters=4, kernel_size=2),
        _layer("group_normalization", groups=2),
        _layer("spatial_dropout2d", rate=0.2),
        _layer("average_pooling2d"),
        _layer("permute", dims=[2, 1, 3]),
        _layer("global_max_pooling2d", keepdims=True),
        _layer("global_average_pooling2d"),
    ),
    "convolution in three dimensions": _family(
        _IMAGE,
        _layer("reshape", target_shape=[4, 4, 4, 1]),
        _layer("zero_padding3d", padding=1),
        _layer("conv3d", filters=2, kernel_size=2),
        _layer("conv3d_transpose", filters=2, kernel_size=2),
        _layer("max_pooling3d"),
        _layer("up_sampling3d"),
        _layer("average_pooling3d"),
        _layer("global_max_pooling3d", keepdims=True),
        _layer("global_average_pooling3d"),
    ),
    "recurrent": _family(
        _SEQUENCE,
        _layer("simple_rnn", units=4, return_sequences=True),
        _layer("lstm", units=4, return_sequences=True),
        _layer("gru", units=4, return_sequences=True),
        _layer("bidirectional", units=3),
    ),
    "convolution in time": _family(
        _IMAGE,
        _layer("reshape", target_shape=[2, 2, 2, 2, 4]),
        _layer("conv_lstm3d", filters=2, kernel_size=1, return_sequences=True),
        _layer("reshape", target_shape=[2, 4, 2, 2]),
        _layer("conv_lstm2d", filters=2, kernel_size=[2, 1], return_sequences=True),
        _layer("reshape", target_shape=[2, 6, 2]),
        _layer("conv_lstm1d", filters=2, kernel_size=2),
        _layer("flatten"),
    ),
    "attention": _family(
        _SEQUENCE,
        _layer("multi_head_attention", num_heads=2, key_dim=3),
        _layer("add", layer=""),
        _layer("group_query_attention", head_dim=3),
        _layer("concatenate", layer="add_2"),
        _layer("global_average_pooling1d"),
    ),
}

"""Every layer: a case by itself, and in a small network that is trained."""

from __future__ import annotations

from typing import Any, Final

from core.catalog import layers
from core.catalog.entry import subclasses_of
from core.catalog.layers import Layer
from core.catalog.weight import Shape

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


LayerCase = tuple[Layer, Shape] | tuple[Layer, Shape, Shape]
"""A layer, the shape of its input, and that of another layer's output that it takes."""

SEQUENCE, IMAGE, VOLUME = (7, 4), (7, 6, 4), (5, 4, 6, 2)
LAYER_CASES: list[LayerCase] = [
    (layers.Dense(units=5), (4,)),
    (layers.Dense(units=5, use_bias=False), SEQUENCE),
    (layers.EinsumDense(equation="ab,bc->ac", units=5), (4,)),
    (layers.EinsumDense(equation="abc,cd->abd", units=5), SEQUENCE),
    (layers.EinsumDense(equation="abc,bd->adc", units=5), SEQUENCE),
    (layers.EinsumDense(equation="abc,bcd->ad", units=5), SEQUENCE),
    (layers.EinsumDense(units=5, use_bias=False), SEQUENCE),
    (layers.EinsumDense(units=5, kernel_initializer="orthogonal"), (4,)),
    (layers.Embedding(input_dim=9, output_dim=5), (7,)),
    (layers.Conv1D(filters=4, kernel_size=3, padding="causal", dilation_rate=2), SEQUENCE),
    (layers.Conv1D(filters=6, groups=2), SEQUENCE),
    (layers.Conv2D(filters=5, kernel_size=[3, 2], strides=[1, 2]), IMAGE),
    (layers.Conv2D(filters=5, kernel_size=2, dilation_rate=[2, 1], padding="same"), IMAGE),
    (layers.Conv3D(filters=5, kernel_size=[1, 2, 3], strides=2, use_bias=False), VOLUME),
    (layers.Conv1DTranspose(filters=5, strides=2), SEQUENCE),
    (layers.Conv2DTranspose(filters=5, kernel_size=2, strides=[3, 1], padding="same"), IMAGE),
    (layers.Conv3DTranspose(filters=5, kernel_size=2, dilation_rate=2), VOLUME),
    (layers.DepthwiseConv1D(depth_multiplier=2, strides=2), SEQUENCE),
    (layers.DepthwiseConv2D(depth_multiplier=2, kernel_size=[2, 3], strides=[1, 2]), IMAGE),
    (layers.SeparableConv1D(filters=5, depth_multiplier=2), SEQUENCE),
    (layers.SeparableConv2D(filters=16, kernel_size=1, depth_multiplier=4), (7, 6, 4)),
    (layers.MaxPooling1D(), SEQUENCE),
    (layers.MaxPooling2D(pool_size=[3, 2], strides=2, padding="same"), IMAGE),
    (layers.MaxPooling3D(), VOLUME),
    (layers.AveragePooling1D(pool_size=3, strides=1), SEQUENCE),
    (layers.AveragePooling2D(pool_size=[3, 2]), IMAGE),
    (layers.AveragePooling3D(padding="same"), VOLUME),
    (layers.GlobalMaxPooling1D(), SEQUENCE),
    (layers.GlobalMaxPooling2D(keepdims=True), IMAGE),
    (layers.GlobalMaxPooling3D(), VOLUME),
    (layers.GlobalAveragePooling1D(keepdims=True), SEQUENCE),
    (layers.GlobalAveragePooling2D(), IMAGE),
    (layers.GlobalAveragePooling3D(), VOLUME),
    (layers.SimpleRNN(units=4, recurrent_initializer="glorot_uniform"), SEQUENCE),
    (layers.SimpleRNN(units=3, return_sequences=True, go_backwards=True, use_bias=False), SEQUENCE),
    (layers.LSTM(units=4, recurrent_initializer="glorot_uniform", dropout=0.2, recurrent_dropout=0.1), SEQUENCE),
    (layers.LSTM(units=3, return_sequences=True, recurrent_activation="tanh", unit_forget_bias=False), SEQUENCE),
    (layers.GRU(units=4, recurrent_initializer="glorot_uniform"), SEQUENCE),
    (layers.GRU(units=3, reset_after=False, activation="relu", go_backwards=True), SEQUENCE),
    (layers.Bidirectional(units=4, recurrent_initializer="glorot_uniform"), SEQUENCE),
    (layers.Bidirectional(cell="gru", units=3, merge_mode="sum", return_sequences=True, dropout=0.3), SEQUENCE),
    (layers.Bidirectional(cell="simple_rnn", units=3, merge_mode="ave", use_bias=False), SEQUENCE),
    (layers.ConvLSTM1D(filters=3, kernel_size=2, return_sequences=True), (3, *SEQUENCE)),
    (layers.ConvLSTM2D(filters=4, recurrent_initializer="glorot_uniform", padding="same"), (3, *IMAGE)),
    (layers.ConvLSTM3D(filters=2, kernel_size=2, strides=2), (2, *VOLUME)),
    (layers.MultiHeadAttention(num_heads=3, key_dim=5), SEQUENCE),
    (layers.MultiHeadAttention(num_heads=1, key_dim=2, use_bias=False, kernel_initializer="orthogonal"), SEQUENCE),
    (layers.GroupQueryAttention(head_dim=5), SEQUENCE),
    (layers.BatchNormalization(momentum=0.9), IMAGE),
    (layers.BatchNormalization(center=False), (4,)),
    (layers.LayerNormalization(scale=False), SEQUENCE),
    (layers.GroupNormalization(groups=2), IMAGE),
    (layers.GroupNormalization(groups=-1, epsilon=0.01), SEQUENCE),
    (layers.ActivationLayer(activation="softmax"), (4,)),
    (layers.PReLU(), SEQUENCE),
    (layers.PReLU(shared_axes=[1, 2]), IMAGE),
    (layers.Dropout(rate=0.4), SEQUENCE),
    (layers.SpatialDropout1D(), SEQUENCE),
    (layers.SpatialDropout2D(), IMAGE),
    (layers.AlphaDropout(), (4,)),
    (layers.GaussianDropout(), (4,)),
    (layers.GaussianNoise(), IMAGE),
    (layers.Flatten(), IMAGE),
    (layers.Reshape(target_shape=[4, -1, 3]), IMAGE),
    (layers.Permute(dims=[3, 1, 2]), IMAGE),
    (layers.RepeatVector(n=3), (4,)),
    (layers.Rescaling(scale=2.0, offset=-1.0), (4,)),
    (layers.ZeroPadding1D(padding=2), SEQUENCE),
    (layers.ZeroPadding2D(padding=[0, 2]), IMAGE),
    (layers.ZeroPadding3D(padding=[1, 2, 0]), VOLUME),
    (layers.UpSampling1D(size=3), SEQUENCE),
    (layers.UpSampling2D(size=[1, 3]), IMAGE),
    (layers.UpSampling3D(), VOLUME),
    (layers.Add(layer="earlier"), SEQUENCE, SEQUENCE),
    (layers.Concatenate(layer="earlier"), SEQUENCE, (7, 2)),
]

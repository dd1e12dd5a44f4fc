"""Layers: Keras' layers by Keras' names, with the weights of each that can be constrained. One class, one layer.

A weight `w` of a layer is constrained by the field `w_constraint` and penalised by `w_regularizer`, as in Keras.
`Layer.weights` lists them with the axes of one unit, so that a constraint without `axis` acts on each unit's weights.
Shapes are those of one example, without the batch axis, and are computed without Keras.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.catalog.entry import one_of
from core.catalog.layers.base import BuildContext, Constrained, Layer, ShapeError, constraint_axis
from core.catalog.layers.dense import Dense, EinsumDense, Embedding, Output

from core.catalog.layers.convolution import (  # isort: skip - the order of the form
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
)
from core.catalog.layers.pooling import (  # isort: skip
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from core.catalog.layers.recurrent import (  # isort: skip
    GRU,
    LSTM,
    Bidirectional,
    ConvLSTM1D,
    ConvLSTM2D,
    ConvLSTM3D,
    SimpleRNN,
)
from core.catalog.layers.attention import GroupQueryAttention, MultiHeadAttention  # isort: skip
from core.catalog.layers.normalisation import BatchNormalization, GroupNormalization, LayerNormalization  # isort: skip
from core.catalog.layers.other import (  # isort: skip
    ActivationLayer,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    PReLU,
    SpatialDropout1D,
    SpatialDropout2D,
)
from core.catalog.layers.reshaping import (  # isort: skip
    Add,
    Concatenate,
    Flatten,
    Permute,
    RepeatVector,
    Rescaling,
    Reshape,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)

# Every entry is imported by now, so the union knows it.
if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = one_of(Layer)

__all__ = [
    "GRU",
    "LSTM",
    "ActivationLayer",
    "Add",
    "AlphaDropout",
    "AnyLayer",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "Bidirectional",
    "BuildContext",
    "Concatenate",
    "Constrained",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "Layer",
    "LayerNormalization",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "MultiHeadAttention",
    "Output",
    "PReLU",
    "Permute",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "SeparableConv1D",
    "SeparableConv2D",
    "ShapeError",
    "SimpleRNN",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "constraint_axis",
]

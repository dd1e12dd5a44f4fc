"""Constraints on a kernel as a whole: as a matrix, or on the positions of a convolution.

As a matrix, a kernel has a column for each unit and a row for each of its inputs; a convolution's filter has as many
inputs as values. XLA factorises matrices far slower than TensorFlow's own kernels do (a 500 × 100 matrix: 4 s against
3 ms on a CPU), so these are not compiled by it.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from core.catalog.calls import Call, Partial
from core.catalog.constraints.base import AT_LIMIT, Axes, Constraint, groups, worst
from core.catalog.constraints.elementwise import by_columns
from core.catalog.constraints.norms import limit
from core.catalog.entry import Number
from core.catalog.weight import Weight


def singular_values(weight: np.ndarray, axis: Axes) -> np.ndarray:
    """Singular values of `weight` as a matrix with a column for each group along `axis`."""
    matrix = groups(weight, axis)
    gram = matrix.T @ matrix if matrix.shape[0] > matrix.shape[1] else matrix @ matrix.T
    values: np.ndarray = np.sqrt(np.linalg.eigvalsh(gram).clip(0))
    return values


class MatrixConstraint(Constraint):
    """Base of constraints on the singular values of a kernel as a matrix."""

    ranks: ClassVar = (2, 3, 4, 5)
    xla: ClassVar[bool] = False
    tolerance: ClassVar[float] = 3e-5  # a float32 factorisation is off by several 1e-6

    def fits(self, weight: Weight) -> bool:
        return super().fits(weight) and bool(weight.unit_axis)

    def needs(self) -> str:
        return "it needs a kernel, with inputs and units"


class SpectralNorm(MatrixConstraint):
    """Limits how much a layer can stretch any input: the largest singular value of its kernel as a matrix.

    Feasible set: σ₁ ≤ limit (Yoshida & Miyato 2017, arXiv:1705.10941). Projection: the nearest matrix, which has its
    larger singular values cut off at the limit (Sedghi et al. 2019, arXiv:1805.10408). For a convolution's kernel it is
    the norm of the kernel as a matrix, not of the convolution, as in `keras.layers.SpectralNormalization`.
    """

    title: ClassVar = "Spectral norm"
    summary: ClassVar = "Limit how much the layer can stretch any input"
    phrase: ClassVar = "spectral norm {max_value}"
    feasible: ClassVar = "matrix"
    kind: Literal["spectral_norm"] = "spectral_norm"
    max_value: float = limit(1.0, "Largest singular value allowed.")

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(by_columns, project=Partial(spectral_norm, max_value=number("max_value")), axis=axis)

    def describe(self) -> str:
        return f"spectral norm at most {self.max_value:g}"

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        return float(self.size(weight, axis) >= self.max_value * (1 - AT_LIMIT))

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return max(0.0, self.size(weight, axis) - self.max_value)

    def size(self, weight: np.ndarray, axis: Axes) -> float:
        return worst(singular_values(weight, axis))


def spectral_norm(matrix: Any, *, max_value: Any) -> Any:
    """The nearest matrix whose singular values are at most `max_value` (Sedghi et al. 2019)."""
    from keras import ops

    u, sizes, v = ops.svd(matrix, full_matrices=False)
    clipped = ops.matmul(u * ops.minimum(sizes, max_value), v)
    return ops.where(ops.max(sizes) > max_value, clipped, matrix)


class Orthonormal(MatrixConstraint):
    """Makes the units' weight vectors orthogonal, each of length 1.

    Feasible set: all singular values of the kernel as a matrix are 1. Where there are more units than inputs they can't
    all be at right angles; then the inputs' vectors are, one of each input's weights to all units. Projection: the
    nearest such matrix, the polar factor UVᵀ of W = UΣVᵀ (Higham 1986, "Computing the polar decomposition").
    """

    title: ClassVar = "Orthonormal"
    summary: ClassVar = "Make the units' weight vectors orthogonal, each of length 1"
    feasible: ClassVar = "frame"
    kind: Literal["orthonormal"] = "orthonormal"

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(by_columns, project=Partial(orthonormal), axis=axis)

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return worst(np.abs(singular_values(weight, axis) - 1))


def orthonormal(matrix: Any) -> Any:
    """The nearest matrix with orthonormal columns; or rows, where there are fewer rows (Higham 1986)."""
    from keras import ops

    u, _, v = ops.svd(matrix, full_matrices=False)
    return ops.matmul(u, v)


class Radial(Constraint):
    """Makes a convolution's kernels symmetric about their centre: one value for all places on a ring around it.

    Feasible set: a kernel's values depend on the input, the filter and the distance from the centre only. Projection:
    the nearest such kernel, the mean over each ring. Keras 2 had `RadialConstraint`, which spread one value of each
    square ring; Keras 3 has none.
    """

    title: ClassVar = "Radial"
    summary: ClassVar = "Make convolution kernels symmetric about their centre"
    feasible: ClassVar = "target"
    ranks: ClassVar = (3, 4, 5)
    kind: Literal["radial"] = "radial"
    rings: Literal["round", "square"] = Field(
        "round", description="Round: positions at one distance from the centre. Square: square rings, as in Keras 2."
    )

    def fits(self, weight: Weight) -> bool:
        return super().fits(weight) and weight.places > 0

    def needs(self) -> str:
        return "it needs a convolution's kernel, with positions around a centre"

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(radial, means=Partial(ring_means, rings=self.rings))

    def describe(self) -> str:
        return "radial" if self.rings == "round" else "radial, square rings"

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        means = ring_means(weight.shape[:-2], rings=self.rings)
        places = weight.astype(np.float64).reshape(len(means), -1)
        return worst(np.abs(places - means @ places))


def ring_means(size: Any, *, rings: str) -> Any:
    """The matrix that replaces each value of a grid of `size` by the mean over its ring around the centre."""
    away = np.meshgrid(*(np.abs(np.arange(n) - (n - 1) / 2) for n in size), indexing="ij")
    distance = np.max(away, axis=0) if rings == "square" else np.sum(np.square(away), axis=0)
    same = np.equal.outer(distance.ravel(), distance.ravel()).astype("float32")
    return same / same.sum(axis=1, keepdims=True)


def radial(w: Any, *, means: Any) -> Any:
    """`w`, a kernel (positions, inputs, filters), with each value replaced by the mean over its ring."""
    from keras import ops

    matrix = means(w.shape[:-2])
    places = ops.reshape(w, (len(matrix), -1))
    return ops.reshape(ops.matmul(matrix, places), w.shape)

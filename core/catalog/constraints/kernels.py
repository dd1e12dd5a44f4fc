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
    """Limits the largest singular value of a layer's kernel as a matrix: how much a dense layer can stretch any input.

    Feasible set: σ₁ ≤ limit (Yoshida & Miyato 2017, arXiv:1705.10941). Projection: the nearest matrix, which has its
    larger singular values cut off at the limit. For a convolution's kernel it is the norm of the kernel as a matrix, as
    in `keras.layers.SpectralNormalization`; the convolution may stretch an input more, up to √(positions of the kernel)
    times as much (Tsuzuku et al. 2018, arXiv:1802.04034). `ConvSpectralNorm` limits the convolution.
    """

    title: ClassVar = "Spectral norm"
    summary: ClassVar = (
        "Limit how much a dense layer can stretch any input; on a convolution, the kernel as a matrix, not the operator"
    )
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


class ConvSpectralNorm(Constraint):
    """Limits how much a convolution can stretch any input: the norm of the convolution as a linear operator.

    Feasible set: the largest singular value of the kernel's Fourier transform, an (inputs, filters) matrix at each
    frequency, is at most the limit at all frequencies (Sedghi, Gupta & Long 2019, arXiv:1805.10408). So it holds for
    inputs of any size, padded with zeros, cyclic or not at all, and for any strides, dilation and groups. The transform
    is taken on a grid of several frequencies for each position; between them it can't exceed the largest on the grid by
    more than `kernel_waves`'s factor, 1.5 % for 3×3, which is counted in.

    Projection: singular values are cut off at the limit at each frequency, and the kernel is brought back to its size,
    twice; it is then scaled to the limit if it is still over it. It is near the nearest such kernel, not that itself.
    """

    title: ClassVar = "Convolution's spectral norm"
    summary: ClassVar = "Limit how much a convolution can stretch any input (by FFT; slow with many channels)"
    phrase: ClassVar = "convolution norm {max_value}"
    feasible: ClassVar = "matrix"
    ranks: ClassVar = (3, 4, 5)
    xla: ClassVar[bool] = False
    tolerance: ClassVar[float] = 3e-5
    kind: Literal["conv_spectral_norm"] = "conv_spectral_norm"
    max_value: float = limit(1.0, "Largest factor by which an input may be stretched.")

    def fits(self, weight: Weight) -> bool:
        return super().fits(weight) and weight.places == weight.rank - 2 and weight.name != "depthwise"

    def needs(self) -> str:
        return "it needs the kernel of a convolution over all channels"

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(conv_spectral_norm, max_value=number("max_value"), waves=Partial(kernel_waves))

    def describe(self) -> str:
        return f"convolution's spectral norm at most {self.max_value:g}"

    def binding(self, weight: np.ndarray, axis: Axes) -> float | None:
        return float(self.size(weight, axis) >= self.max_value * (1 - AT_LIMIT))

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return max(0.0, self.size(weight, axis) - self.max_value)

    def size(self, weight: np.ndarray, axis: Axes) -> float:
        waves, _, between = kernel_waves(weight.shape[:-2])
        kernel = weight.astype(np.float64)
        spectra = (waves @ kernel.reshape(waves.shape[1], -1)).reshape(-1, *kernel.shape[-2:])
        return float(between * np.linalg.norm(spectra, 2, axis=(1, 2)).max(initial=0.0))


def kernel_waves(size: Any) -> Any:
    """Fourier waves at the positions of a kernel of `size`, on a grid of 8 frequencies for each position (in 3D: 4).

    Returns the waves, complex, (frequencies, positions), each pair of conjugates once; the share of each frequency in
    the inverse transform; and the factor by which the kernel's transform may exceed its largest value on the grid: for
    n positions and m frequencies along an axis, 1 / cos(π (n - 1) / 2m) (Ehlich & Zeller 1964).
    """
    grid = [1 if n == 1 else n * (8 if len(size) < 3 else 4) for n in size]
    axes = [np.arange(m) / m for m in grid]
    axes[-1] = axes[-1][: grid[-1] // 2 + 1]
    rates = np.stack([each.ravel() for each in np.meshgrid(*axes, indexing="ij")], axis=1)
    places = np.stack([each.ravel() for each in np.meshgrid(*map(np.arange, size), indexing="ij")])
    shares = np.where(np.isin(rates[:, -1], (0.0, 0.5)), 1.0, 2.0) / np.prod(grid)
    between = np.prod([1 / np.cos(np.pi * (n - 1) / (2 * m)) for n, m in zip(size, grid, strict=True)])
    return np.exp(-2j * np.pi * (rates @ places)), shares, float(between)


def conv_spectral_norm(w: Any, *, max_value: Any, waves: Any) -> Any:
    """`w`, a kernel (positions, inputs, filters), brought to an operator norm of at most `max_value`."""
    from keras import ops

    there, shares, between = waves(w.shape[:-2])
    back = (there.conj() * shares[:, None]).T.astype("complex64")
    there = there.astype("complex64")

    def svd(kernel: Any) -> Any:
        flat = ops.cast(ops.reshape(kernel, (there.shape[1], -1)), "complex64")
        return ops.svd(ops.reshape(ops.matmul(there, flat), (-1, *w.shape[-2:])), full_matrices=False)

    kernel = w
    u, sizes, v = svd(kernel)
    norm = between * ops.max(ops.real(sizes))
    for _ in range(2):
        cut = ops.cast(ops.minimum(ops.real(sizes), max_value / between), "complex64")
        spectra = ops.matmul(u * cut[:, None, :], v)
        kernel = ops.reshape(ops.real(ops.matmul(back, ops.reshape(spectra, (len(there), -1)))), w.shape)
        u, sizes, v = svd(kernel)
    after = between * ops.max(ops.real(sizes))
    held = kernel * (ops.minimum(after, max_value) / ops.maximum(after, 1e-30))
    return ops.where(norm > max_value, held, w)


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

"""Data sets drawn from a known distribution, so that any number of fresh examples can be drawn.

The distribution depends on the fields and on `random_state`; a fresh draw has the same distribution.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call, Name
from core.catalog.datasets.base import Dataset, Group
from core.catalog.entry import number


class Synthetic(Dataset):
    """Base of data sets drawn from a known distribution."""

    group: ClassVar[Group] = "synthetic"
    n_samples: int = number(
        100, ge=2, le=100_000, step=10, log=True, title="Rows", description="Number of rows to draw."
    )
    random_state: int = number(1, ge=0, le=2**31 - 1, step=1, title="Data seed", description="Seed of the draw.")

    @property
    def rows(self) -> int:
        return self.n_samples

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    @property
    def classes(self) -> int:
        return 2

    def code(self) -> Call:
        return self.fresh_code(self.n_samples, self.random_state)

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        raise NotImplementedError


def _noise(default: float, description: str = "Standard deviation of the noise added to each point.") -> Any:
    return number(default, ge=0, le=5, step=0.05, description=description)


class Moons(Synthetic):
    """Two interleaving half circles: scikit-learn's `make_moons`."""

    title: ClassVar = "Two moons"
    summary: ClassVar = "Two interleaving half circles"
    kind: Literal["moons"] = "moons"
    noise: float = _noise(0.2)

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call("sklearn.datasets.make_moons", n_samples=rows, noise=self.noise, random_state=random_state)


class Circles(Synthetic):
    """A circle within a circle: scikit-learn's `make_circles`."""

    title: ClassVar = "Circles"
    summary: ClassVar = "A small circle within a large one"
    kind: Literal["circles"] = "circles"
    noise: float = _noise(0.1)
    factor: float = number(0.5, ge=0, lt=1, step=0.05, description="Radius of the inner circle; the outer one has 1.")

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(
            "sklearn.datasets.make_circles",
            n_samples=rows,
            noise=self.noise,
            factor=self.factor,
            random_state=random_state,
        )


class Blobs(Synthetic):
    """Gaussian clouds, one for each class: scikit-learn's `make_blobs`."""

    title: ClassVar = "Blobs"
    summary: ClassVar = "One Gaussian cloud for each class"
    kind: Literal["blobs"] = "blobs"
    centers: int = number(3, ge=2, le=10, step=1, title="Classes", description="Number of clouds, each a class.")
    n_features: int = number(2, ge=2, le=100, step=1, title="Features", description="Number of columns.")
    cluster_std: float = number(
        1.0,
        ge=0,
        le=20,
        step=0.1,
        title="Spread",
        description="Standard deviation of each cloud; their centres lie within ±10.",
    )

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.n_features,)

    @property
    def classes(self) -> int:
        return self.centers

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        # The clouds' centres depend on `random_state` alone: a fresh draw is from the same clouds.
        centers = Call(blob_centers, self.centers, self.n_features, self.random_state)
        return Call(
            "sklearn.datasets.make_blobs",
            n_samples=rows,
            centers=centers,
            cluster_std=self.cluster_std,
            random_state=random_state,
        )


def blob_centers(centers: int, features: int, random_state: int) -> np.ndarray:
    """Centres of Gaussian clouds, drawn evenly from -10 to 10."""
    return np.random.default_rng(random_state).uniform(-10, 10, (centers, features))


class Xor(Synthetic):
    """Points drawn evenly from the square -1 to 1, labelled by whether their signs differ; then noise is added.

    No straight line separates the classes (Minsky & Papert 1969).
    """

    title: ClassVar = "XOR"
    summary: ClassVar = "Opposite quadrants share a class"
    kind: Literal["xor"] = "xor"
    noise: float = _noise(0.1)

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(checkered, rows, cells=2, noise=self.noise, random_state=random_state)


class Checkerboard(Synthetic):
    """Points drawn evenly from the square -1 to 1, labelled by the colour of their cell; then noise is added."""

    title: ClassVar = "Checkerboard"
    summary: ClassVar = "Cells of alternating class"
    kind: Literal["checkerboard"] = "checkerboard"
    n_samples: int = number(
        400, ge=2, le=100_000, step=10, log=True, title="Rows", description="Number of rows to draw."
    )
    noise: float = _noise(0.0)
    cells: int = number(4, ge=2, le=20, step=1, description="Cells along each side.")

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(checkered, rows, cells=self.cells, noise=self.noise, random_state=random_state)


def checkered(rows: int, cells: int, noise: float, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Points drawn evenly from the square -1 to 1, labelled by their cell of a checkerboard, plus noise."""
    rng = np.random.default_rng(random_state)
    x = rng.uniform(-1, 1, (rows, 2))
    y = np.floor((x + 1) / 2 * cells).sum(axis=1) % 2
    return x + noise * rng.standard_normal(x.shape), y


class Spirals(Synthetic):
    """Two interleaving spirals around the origin, after Lang & Witbrock 1988, plus noise."""

    title: ClassVar = "Two spirals"
    summary: ClassVar = "Two spirals that wind around each other"
    kind: Literal["spirals"] = "spirals"
    n_samples: int = number(
        200, ge=2, le=100_000, step=10, log=True, title="Rows", description="Number of rows to draw."
    )
    noise: float = _noise(0.02)
    turns: float = number(1.5, gt=0, le=5, step=0.25, description="Turns of each arm; it ends at radius 1.")

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(spirals, rows, turns=self.turns, noise=self.noise, random_state=random_state)


def spirals(rows: int, turns: float, noise: float, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Two spirals of radius 0 to 1, half a turn apart, with equally many points, plus noise."""
    rng = np.random.default_rng(random_state)
    y = rng.permutation(np.arange(rows) % 2)
    radius = np.sqrt(rng.uniform(0, 1, rows))
    angle = 2 * np.pi * turns * radius + np.pi * y
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + noise * rng.standard_normal(x.shape), y


class GaussianQuantiles(Synthetic):
    """One Gaussian cloud around the origin, cut into equally likely shells, each a class.

    Like scikit-learn's `make_gaussian_quantiles` (Zhu et al. 2009, Multi-class AdaBoost), but the shells' radii are
    those of the distribution (quantiles of chi-square) rather than of the sample, so that every draw shares them.
    """

    title: ClassVar = "Gaussian quantiles"
    summary: ClassVar = "Nested shells of one Gaussian cloud"
    kind: Literal["gaussian_quantiles"] = "gaussian_quantiles"
    n_samples: int = number(
        200, ge=2, le=100_000, step=10, log=True, title="Rows", description="Number of rows to draw."
    )
    n_classes: int = number(3, ge=2, le=10, step=1, title="Classes", description="Number of shells, each a class.")
    n_features: int = number(2, ge=1, le=100, step=1, title="Features", description="Number of columns.")

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.n_features,)

    @property
    def classes(self) -> int:
        return self.n_classes

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(gaussian_shells, rows, self.n_features, self.n_classes, random_state=random_state)


def gaussian_shells(rows: int, features: int, classes: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal points, labelled by their shell: all classes are equally likely.

    The squared radius follows a chi-square distribution, so its quantiles are the shells' borders.
    """
    from scipy.special import gammaincinv

    x = np.random.default_rng(random_state).standard_normal((rows, features))
    borders = 2 * gammaincinv(features / 2, np.arange(1, classes) / classes)
    return x, np.searchsorted(borders, (x**2).sum(axis=1))


class Classification(Synthetic):
    """Gaussian clusters at corners of a hypercube, with redundant and useless features.

    Like scikit-learn's `make_classification` (Guyon 2003, design of the NIPS variable selection benchmark), but with
    separate seeds for clusters and points, so that a fresh draw comes from the same clusters.
    """

    title: ClassVar = "Clusters"
    summary: ClassVar = "Clusters in many features, some of them useless"
    kind: Literal["classification"] = "classification"
    n_samples: int = number(
        200, ge=2, le=100_000, step=10, log=True, title="Rows", description="Number of rows to draw."
    )
    n_informative: int = number(
        4, ge=1, le=20, step=1, title="Informative features", description="Features that the clusters differ in."
    )
    n_redundant: int = number(
        2,
        ge=0,
        le=50,
        step=1,
        title="Redundant features",
        description="Features that are mixtures of informative ones.",
    )
    n_useless: int = number(
        4, ge=0, le=100, step=1, title="Useless features", description="Features that are noise alone."
    )
    n_classes: int = number(2, ge=2, le=10, step=1, title="Classes", description="Number of classes.")
    n_clusters_per_class: int = number(
        2, ge=1, le=10, step=1, validate_default=True, description="Clusters that make up a class."
    )
    class_sep: float = number(
        1.0, ge=0, le=20, step=0.1, title="Separation", description="Half a side of the hypercube: larger is easier."
    )
    flip_y: float = number(
        0.01,
        ge=0,
        le=1,
        step=0.01,
        title="Random labels",
        description="Share of all rows whose class is drawn at random.",
    )

    @field_validator("n_clusters_per_class")
    @classmethod
    def _enough_corners(cls, clusters: int, info: ValidationInfo) -> int:
        informative, classes = info.data.get("n_informative"), info.data.get("n_classes")
        if informative is not None and classes is not None and clusters * classes > 2**informative:
            raise PydanticCustomError(
                "corners",
                "{clusters} clusters need more corners than the {corners} of {informative} informative features: "
                "use fewer clusters or more features",
                {"clusters": clusters * classes, "corners": 2**informative, "informative": informative},
            )
        return clusters

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.n_informative + self.n_redundant + self.n_useless,)

    @property
    def classes(self) -> int:
        return self.n_classes

    def fresh_code(self, rows: int, random_state: int | Name) -> Call:
        return Call(
            clusters,
            rows,
            informative=self.n_informative,
            redundant=self.n_redundant,
            useless=self.n_useless,
            classes=self.n_classes,
            clusters_per_class=self.n_clusters_per_class,
            separation=self.class_sep,
            flipped=self.flip_y,
            clusters_state=self.random_state,
            random_state=random_state,
        )


def clusters(
    rows: int,
    informative: int,
    redundant: int,
    useless: int,
    classes: int,
    clusters_per_class: int,
    separation: float,
    flipped: float,
    clusters_state: int,
    random_state: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian clusters at corners of a hypercube, each with a covariance of its own (after Guyon 2003).

    `clusters_state` seeds corners, covariances, mixtures and the order of the features; `random_state` the points.
    """
    shared = np.random.default_rng([clusters_state, 1])
    count = classes * clusters_per_class
    corners = shared.choice(2**informative, count, replace=False)
    centers = separation * (2.0 * (corners[:, None] >> np.arange(informative) & 1) - 1)
    stretch = shared.uniform(-1, 1, (count, informative, informative))
    mixture = shared.uniform(-1, 1, (informative, redundant))
    order = shared.permutation(informative + redundant + useless)

    rng = np.random.default_rng(random_state)
    cluster = rng.permutation(np.arange(rows) % count)
    x = rng.standard_normal((rows, informative))
    for each in range(count):
        own = cluster == each
        x[own] = x[own] @ stretch[each] + centers[each]
    x = np.hstack([x, x @ mixture, rng.standard_normal((rows, useless))])[:, order]
    y = np.where(rng.random(rows) < flipped, rng.integers(classes, size=rows), cluster % classes)
    return x, y

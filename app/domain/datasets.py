"""Data sets: what they are made of, and how rows are split into train and test. One class, one data set.

Everything but `load()` is known without loading, so that shapes can be checked before anything is queued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app.domain.entry import CatalogEntry, Entry, number, one_of
from app.domain.problems import Problem

Task = Literal["binary", "multiclass"]


@dataclass(frozen=True)
class Rows:
    """Examples with their labels."""

    x: np.ndarray
    """float32, (rows, *shape)."""
    y: np.ndarray
    """int32, (rows,): the class, from 0."""

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: np.ndarray | slice) -> Rows:
        """The rows at `index`."""
        return Rows(self.x[index], self.y[index])


class Dataset(CatalogEntry):
    """Base of all data sets."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        raise NotImplementedError

    @property
    def classes(self) -> int:
        """How many classes there are."""
        raise NotImplementedError

    @property
    def task(self) -> Task:
        """What is to be learnt."""
        return "binary" if self.classes == 2 else "multiclass"

    @property
    def feature_names(self) -> list[str]:
        """What the columns are called."""
        return [f"x{i + 1}" for i in range(self.shape[-1])]

    def load(self) -> Rows:
        """All rows, in the order that `split` cuts."""
        raise NotImplementedError

    def draw(self, rows: int, random_state: int) -> Rows | None:
        """`rows` fresh examples of the same distribution, or None where there is nothing to draw from."""
        raise NotImplementedError


def _rows(x: Any, y: Any) -> Rows:
    return Rows(np.ascontiguousarray(x, dtype=np.float32), np.ascontiguousarray(y, dtype=np.int32))


class Drawn(Dataset):
    """Base of data sets that scikit-learn draws from a known distribution."""

    n_samples: int = number(
        100, ge=2, le=100_000, step=10, log=True, title="Rows", description="How many rows to draw."
    )
    random_state: int = number(1, ge=0, le=2**31 - 1, step=1, description="Seed of the draw.")

    @property
    def rows(self) -> int:
        return self.n_samples

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    @property
    def classes(self) -> int:
        return 2

    def load(self) -> Rows:
        return self.draw(self.n_samples, self.random_state)

    def draw(self, rows: int, random_state: int) -> Rows:
        raise NotImplementedError


class Moons(Drawn):
    """Two interleaving half circles: scikit-learn's `make_moons`."""

    title: ClassVar = "Two moons"
    summary: ClassVar = "Two interleaving half circles"
    kind: Literal["moons"] = "moons"
    noise: float = number(
        0.2, ge=0, le=5, step=0.05, description="Standard deviation of the noise added to each point."
    )

    def draw(self, rows: int, random_state: int) -> Rows:
        from sklearn.datasets import make_moons

        return _rows(*make_moons(n_samples=rows, noise=self.noise, random_state=random_state))


class Circles(Drawn):
    """A circle within a circle: scikit-learn's `make_circles`."""

    title: ClassVar = "Circles"
    summary: ClassVar = "A small circle within a large one"
    kind: Literal["circles"] = "circles"
    noise: float = number(
        0.1, ge=0, le=5, step=0.05, description="Standard deviation of the noise added to each point."
    )
    factor: float = number(0.5, ge=0, lt=1, step=0.05, description="Radius of the inner circle; the outer one has 1.")

    def draw(self, rows: int, random_state: int) -> Rows:
        from sklearn.datasets import make_circles

        return _rows(*make_circles(n_samples=rows, noise=self.noise, factor=self.factor, random_state=random_state))


class Blobs(Drawn):
    """Gaussian clouds, one for each class: scikit-learn's `make_blobs`."""

    title: ClassVar = "Blobs"
    summary: ClassVar = "One Gaussian cloud for each class"
    kind: Literal["blobs"] = "blobs"
    centers: int = number(3, ge=2, le=10, step=1, title="Classes", description="How many clouds, each a class.")
    n_features: int = number(2, ge=2, le=100, step=1, title="Features", description="How many columns.")
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

    def _centers(self) -> Any:
        """The clouds' centres, which `random_state` alone decides: a fresh draw is from the same clouds."""
        return np.random.default_rng(self.random_state).uniform(-10, 10, (self.centers, self.n_features))

    def draw(self, rows: int, random_state: int) -> Rows:
        from sklearn.datasets import make_blobs

        return _rows(
            *make_blobs(
                n_samples=rows, centers=self._centers(), cluster_std=self.cluster_std, random_state=random_state
            )[:2]
        )


if TYPE_CHECKING:
    AnyDataset = Dataset
else:
    AnyDataset = one_of(Dataset)


def _read_share(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, float) and 0 < value < 1:
        return value
    raise PydanticCustomError("share", "Give a number of rows (1 or more) or a share between 0 and 1")


class Split(Entry):
    """Which rows are trained on. All others are the test set."""

    train: Annotated[int | float, BeforeValidator(_read_share)] = Field(
        0.3, title="Training rows", description="A number of rows, or a share between 0 and 1."
    )
    shuffle: bool = Field(
        False, description="Shuffle the rows before they are split. Otherwise the first are trained on."
    )
    random_state: int = number(0, ge=0, le=2**31 - 1, step=1, description="Seed of the shuffle.")

    def train_rows(self, rows: int) -> int:
        """How many of `rows` are trained on; a share is rounded to the nearest row."""
        return self.train if isinstance(self.train, int) else round(self.train * rows)

    def problem(self, rows: int) -> Problem | None:
        """What is wrong with this split of `rows` rows, if anything."""
        train = self.train_rows(rows)
        if 0 < train < rows:
            return None
        empty = "test" if train >= rows else "training"
        return Problem(("split", "train"), f"This leaves no {empty} rows: the data set has {rows} rows")

    def indices(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the training and of the test rows."""
        order = np.random.default_rng(self.random_state).permutation(rows) if self.shuffle else np.arange(rows)
        cut = self.train_rows(rows)
        return order[:cut], order[cut:]

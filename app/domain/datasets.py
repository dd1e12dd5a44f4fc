"""Data sets: what they are made of, and how rows are split into train and test. One class, one data set.

Everything but `load()` is known without loading, so that shapes can be checked before anything is queued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app.domain.code import Call, plain
from app.domain.entry import CatalogEntry, Entry, number, one_of
from app.domain.problems import Problem

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True)
class Rows:
    """Examples with their labels."""

    x: np.ndarray
    """float32, (rows, *shape)."""
    y: np.ndarray
    """int32, (rows,): the class, from 0; in regression float32, (rows, 1): the target."""

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: np.ndarray | slice) -> Rows:
        """The rows at `index`."""
        return Rows(self.x[index], self.y[index])


@dataclass(frozen=True)
class Parts:
    """A data set's rows as they are split and prepared."""

    train: Rows
    test: Rows
    validation: Rows | None = None
    """Watched while training, for choosing; never trained on."""
    holdout: Rows | None = None
    """Sealed: its figures are shown on request only."""


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
        """How many classes there are; 0 in regression."""
        raise NotImplementedError

    @property
    def task(self) -> Task:
        """What is to be learnt."""
        return "regression" if self.classes == 0 else "binary" if self.classes == 2 else "multiclass"

    @property
    def feature_names(self) -> list[str]:
        """What the columns are called."""
        return [f"x{i + 1}" for i in range(self.shape[-1])]

    def code(self) -> Call:
        """What gives all rows, in the order that `split` cuts: `(x, y)`, arrays of any number type."""
        raise NotImplementedError

    def fresh_code(self, rows: int, random_state: int) -> Call | None:
        """What draws `rows` fresh examples of the same distribution; None where there is nothing to draw from."""
        return None

    def load(self) -> Rows:
        """All rows, in the order that `split` cuts."""
        return self._rows(self.code())

    def draw(self, rows: int, random_state: int) -> Rows | None:
        """`rows` fresh examples of the same distribution; None where there is nothing to draw from."""
        code = self.fresh_code(rows, random_state)
        return None if code is None else self._rows(code)

    def _rows(self, code: Call) -> Rows:
        x, y = plain(code)[:2]
        y = np.asarray(y, np.float32).reshape(-1, 1) if self.task == "regression" else np.ascontiguousarray(y, np.int32)
        return Rows(np.ascontiguousarray(x, np.float32), y)


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

    def code(self) -> Call:
        return self.fresh_code(self.n_samples, self.random_state)

    def fresh_code(self, rows: int, random_state: int) -> Call:
        raise NotImplementedError


class Moons(Drawn):
    """Two interleaving half circles: scikit-learn's `make_moons`."""

    title: ClassVar = "Two moons"
    summary: ClassVar = "Two interleaving half circles"
    kind: Literal["moons"] = "moons"
    noise: float = number(
        0.2, ge=0, le=5, step=0.05, description="Standard deviation of the noise added to each point."
    )

    def fresh_code(self, rows: int, random_state: int) -> Call:
        return Call("sklearn.datasets.make_moons", n_samples=rows, noise=self.noise, random_state=random_state)


class Circles(Drawn):
    """A circle within a circle: scikit-learn's `make_circles`."""

    title: ClassVar = "Circles"
    summary: ClassVar = "A small circle within a large one"
    kind: Literal["circles"] = "circles"
    noise: float = number(
        0.1, ge=0, le=5, step=0.05, description="Standard deviation of the noise added to each point."
    )
    factor: float = number(0.5, ge=0, lt=1, step=0.05, description="Radius of the inner circle; the outer one has 1.")

    def fresh_code(self, rows: int, random_state: int) -> Call:
        return Call(
            "sklearn.datasets.make_circles",
            n_samples=rows,
            noise=self.noise,
            factor=self.factor,
            random_state=random_state,
        )


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

    def fresh_code(self, rows: int, random_state: int) -> Call:
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

    def sizes(self, dataset: Dataset) -> list[Any]:
        """What decides how many rows each part has: equal for data sets and splits whose parts have equal shapes."""
        return [dataset.rows, self.train_rows(dataset.rows)]

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

    def parts(self, dataset: Dataset) -> Parts:
        """The data set's rows, loaded, split and prepared."""
        rows = dataset.load()
        train, test = (rows.take(index) for index in self.indices(len(rows)))
        return Parts(train, test)

"""Data sets: what they are made of, and how rows are split and prepared. One class, one data set.

A module for each origin: drawn from a distribution (`synthetic`, `regressions`, `sequences`), shipped with
scikit-learn (`bundled`), downloaded by Keras (`downloaded`: `pictures`, `reviews`), uploaded (`table`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# This is the order of the catalog.
# isort: off
from app.domain.datasets.base import Dataset, NotHere, Parts, Rows, Scaling, Task, datasets_directory
from app.domain.datasets.synthetic import (
    Blobs,
    Checkerboard,
    Circles,
    Classification,
    Drawn,
    GaussianQuantiles,
    Moons,
    Spirals,
    Xor,
)
from app.domain.datasets.regressions import Friedman1, Friedman2, Friedman3, Regression, Sine
from app.domain.datasets.sequences import AddingProblem, DelayedRecall, NoisySines
from app.domain.datasets.bundled import BreastCancer, Diabetes, Digits, Iris, Wine
from app.domain.datasets.downloaded import Downloaded
from app.domain.datasets.pictures import Cifar10, FashionMnist, Mnist
from app.domain.datasets.reviews import Imdb
from app.domain.datasets.table import Table
from app.domain.datasets.split import Split
from app.domain.entry import one_of
# isort: on

# Every entry is imported by now, so the union knows it.
if TYPE_CHECKING:
    AnyDataset = Dataset
else:
    AnyDataset = one_of(Dataset)

__all__ = [
    "AddingProblem",
    "AnyDataset",
    "Blobs",
    "BreastCancer",
    "Checkerboard",
    "Cifar10",
    "Circles",
    "Classification",
    "Dataset",
    "DelayedRecall",
    "Diabetes",
    "Digits",
    "Downloaded",
    "Drawn",
    "FashionMnist",
    "Friedman1",
    "Friedman2",
    "Friedman3",
    "GaussianQuantiles",
    "Imdb",
    "Iris",
    "Mnist",
    "Moons",
    "NoisySines",
    "NotHere",
    "Parts",
    "Regression",
    "Rows",
    "Scaling",
    "Sine",
    "Spirals",
    "Split",
    "Table",
    "Task",
    "Wine",
    "Xor",
    "datasets_directory",
]

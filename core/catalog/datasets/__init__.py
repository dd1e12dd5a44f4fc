"""Data sets, and the split and preparation of their rows. One class, one data set.

A module for each origin: drawn from a distribution (`synthetic`, `regressions`, `sequences`), shipped with
scikit-learn (`bundled`), downloaded by Keras (`downloaded`: `pictures`, `reviews`), uploaded (`table`, `arrays`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# This is the order of the catalog.
# isort: off
from core.catalog.datasets.base import Dataset, DataUnavailable, SplitRows, Rows, Scaling, datasets_directory
from core.catalog.datasets.synthetic import (
    Blobs,
    Checkerboard,
    Circles,
    Classification,
    Synthetic,
    GaussianQuantiles,
    Moons,
    Spirals,
    Xor,
)
from core.catalog.datasets.regressions import Friedman1, Friedman2, Friedman3, Regression, Sine
from core.catalog.datasets.sequences import AddingProblem, DelayedRecall, NoisySines
from core.catalog.datasets.bundled import BreastCancer, Diabetes, Digits, Iris, Wine
from core.catalog.datasets.downloaded import Downloaded
from core.catalog.datasets.pictures import Cifar10, FashionMnist, Mnist
from core.catalog.datasets.reviews import Imdb
from core.catalog.datasets.tasks import Task, is_numeric, of_each
from core.catalog.datasets.table import Table
from core.catalog.datasets.arrays import Arrays
from core.catalog.datasets.split import Split
from core.catalog.entry import one_of
# isort: on

# Every entry is imported by now, so the union knows it.
if TYPE_CHECKING:
    AnyDataset = Dataset
else:
    AnyDataset = one_of(Dataset)

__all__ = [
    "AddingProblem",
    "AnyDataset",
    "Arrays",
    "Blobs",
    "BreastCancer",
    "Checkerboard",
    "Cifar10",
    "Circles",
    "Classification",
    "DataUnavailable",
    "Dataset",
    "DelayedRecall",
    "Diabetes",
    "Digits",
    "Downloaded",
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
    "Regression",
    "Rows",
    "Scaling",
    "Sine",
    "Spirals",
    "Split",
    "SplitRows",
    "Synthetic",
    "Table",
    "Task",
    "Wine",
    "Xor",
    "datasets_directory",
    "is_numeric",
    "of_each",
]

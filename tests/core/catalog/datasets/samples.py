"""Data sets to try: one of each kind that needs no download, and variants."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from core.catalog.datasets import (
    AnyDataset,
    Arrays,
    Blobs,
    Checkerboard,
    Classification,
    Dataset,
    DelayedRecall,
    Digits,
    Downloaded,
    GaussianQuantiles,
    NoisySines,
    Regression,
    Synthetic,
    Table,
)
from core.catalog.entry import subclasses_of

ANY: TypeAdapter[Dataset] = TypeAdapter(AnyDataset)

OWN = [
    ANY.validate_python({"kind": kind.kind_name()})
    for kind in subclasses_of(Dataset)
    if not issubclass(kind, Downloaded | Table | Arrays)
]
VARIANTS = [
    Blobs(centers=4, n_features=3),
    Checkerboard(cells=3, noise=0.1),
    GaussianQuantiles(n_classes=4, n_features=5),
    Classification(n_classes=3, n_informative=5, n_redundant=0, n_useless=0, n_clusters_per_class=1),
    Digits(layout="image"),
    Digits(layout="sequence"),
    DelayedRecall(symbols=2, steps=5),
    NoisySines(frequencies=5, steps=20),
    Regression(n_features=1, n_informative=1),
]
DRAWN = [each for each in [*OWN, *VARIANTS] if isinstance(each, Synthetic)]


def name_of(value: Any) -> str:
    return str(value.kind) if isinstance(value, Dataset) else str(value)

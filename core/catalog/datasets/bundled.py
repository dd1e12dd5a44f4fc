"""Real data sets that scikit-learn ships."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from core.catalog.calls import Call
from core.catalog.datasets.base import Dataset, Picture


class Bundled(Dataset):
    """Base of scikit-learn's own tables."""

    group: ClassVar = "bundled"
    loader: ClassVar[str]
    size: ClassVar[tuple[int, int]]
    """Rows and features."""
    names: ClassVar[tuple[str, ...]] = ()
    """Names of the classes; empty in regression."""
    features: ClassVar[tuple[str, ...]]

    @property
    def rows(self) -> int:
        return self.size[0]

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.size[1],)

    @property
    def classes(self) -> int:
        return len(self.names)

    @property
    def feature_names(self) -> list[str]:
        return list(self.features)

    @property
    def class_names(self) -> list[str]:
        return list(self.names)

    def code(self) -> Call:
        return Call(f"sklearn.datasets.{self.loader}", return_X_y=True)


class Iris(Bundled):
    """Sepals and petals of 50 flowers of each of three species (Fisher 1936), species after species."""

    title: ClassVar = "Iris"
    summary: ClassVar = "Three species by sepal and petal"
    kind: Literal["iris"] = "iris"
    ordered: ClassVar = True
    proposed_split: ClassVar = {"train": 0.7, "shuffle": True, "standardize": True}
    loader: ClassVar = "load_iris"
    size: ClassVar = (150, 4)
    names: ClassVar = ("setosa", "versicolor", "virginica")
    features: ClassVar = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")


class Wine(Bundled):
    """Chemical analyses of 178 wines of three cultivars (Forina et al. 1988), cultivar after cultivar."""

    title: ClassVar = "Wine"
    summary: ClassVar = "Three cultivars by chemical analysis"
    kind: Literal["wine"] = "wine"
    ordered: ClassVar = True
    proposed_split: ClassVar = {"train": 0.7, "shuffle": True, "standardize": True}
    loader: ClassVar = "load_wine"
    size: ClassVar = (178, 13)
    names: ClassVar = ("cultivar 1", "cultivar 2", "cultivar 3")
    features: ClassVar = (
        "alcohol",
        "malic acid",
        "ash",
        "alcalinity of ash",
        "magnesium",
        "total phenols",
        "flavanoids",
        "nonflavanoid phenols",
        "proanthocyanins",
        "color intensity",
        "hue",
        "od280/od315 of diluted wines",
        "proline",
    )


_NUCLEUS = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)


class BreastCancer(Bundled):
    """Cell nuclei in 569 images of breast masses, malignant or benign (Street, Wolberg & Mangasarian 1993)."""

    title: ClassVar = "Breast cancer"
    summary: ClassVar = "Malignant or benign, by cell nuclei"
    kind: Literal["breast_cancer"] = "breast_cancer"
    proposed_split: ClassVar = {"train": 0.7, "shuffle": True, "standardize": True}
    loader: ClassVar = "load_breast_cancer"
    size: ClassVar = (569, 30)
    names: ClassVar = ("malignant", "benign")
    features: ClassVar = tuple(words.format(name) for words in ("mean {}", "{} error", "worst {}") for name in _NUCLEUS)


class Diabetes(Bundled):
    """Progression of diabetes after one year in 442 patients, by ten baseline variables (Efron et al. 2004).

    The features come centred and scaled; the target is a score from 25 to 346.
    """

    title: ClassVar = "Diabetes"
    summary: ClassVar = "Progression of a disease, a regression"
    kind: Literal["diabetes"] = "diabetes"
    proposed_split: ClassVar = {"train": 0.7, "standardize": True, "target_scale": "standard"}
    loader: ClassVar = "load_diabetes"
    size: ClassVar = (442, 10)
    features: ClassVar = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


Layout = Literal["table", "image", "sequence"]
"""Layout of a picture's values: one row of all, a picture, or a sequence of rows of pixels."""


def layout_shape(picture: Picture, layout: Layout) -> tuple[int, ...]:
    """Shape of an example that holds a picture, in a layout."""
    height, width, channels = picture
    return {"table": (height * width * channels,), "image": picture, "sequence": (height, width * channels)}[layout]


class Digits(Dataset):
    """1,797 handwritten digits of 8×8 pixels, scaled to 0 to 1 (Alpaydin & Kaynak 1998)."""

    group: ClassVar = "bundled"
    title: ClassVar = "Digits"
    summary: ClassVar = "Small handwritten digits"
    kind: Literal["digits"] = "digits"
    proposed_split: ClassVar = {"train": 0.5}
    layout: Layout = Field(
        "table", description="64 values in a row, an 8×8 image with one channel, or a sequence of 8 rows of pixels."
    )

    @property
    def rows(self) -> int:
        return 1797

    @property
    def shape(self) -> tuple[int, ...]:
        return layout_shape(self.picture, self.layout)

    @property
    def classes(self) -> int:
        return 10

    @property
    def picture(self) -> Picture:
        return (8, 8, 1)

    def code(self) -> Call:
        return Call(digits, Call("sklearn.datasets.load_digits", return_X_y=True), self.shape)


def digits(loaded: tuple[np.ndarray, np.ndarray], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits in another shape, their pixels scaled from 0 to 16 to 0 to 1."""
    x, y = loaded
    return x.reshape(-1, *shape) / 16, y

"""Data sets of pictures that Keras downloads, in the formats in which their files are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np
from pydantic import Field

from core.catalog.calls import Call
from core.catalog.datasets.base import Picture
from core.catalog.datasets.bundled import Layout, layout_shape
from core.catalog.datasets.downloaded import Downloaded, Loaded, examples_field
from core.catalog.datasets.formats import idx_file, read_cifar_batch, read_idx


class _Pictures(Downloaded):
    """Base of data sets of pictures, their values scaled from 0…255 to 0…1."""

    layout: Layout

    @property
    def shape(self) -> tuple[int, ...]:
        return layout_shape(self.picture, self.layout)

    @property
    def picture(self) -> Picture:
        return (28, 28, 1)

    @property
    def feature_names(self) -> list[str]:
        names = {1: ["brightness"], 3: ["red", "green", "blue"]}[self.picture[2]]
        return names if self.layout == "image" else super().feature_names

    def prepared(self, loaded: Any) -> Call:
        return Call(pictures, loaded, self.shape, self.from_train, self.from_test)

    def read(self, directory: Path) -> Loaded:
        with (directory / f"{self.kind}.npz").open("rb") as file, np.load(file, allow_pickle=False) as found:
            return (found["x_train"], found["y_train"]), (found["x_test"], found["y_test"])

    def places(self, directory: Path) -> Sequence[Path]:
        return [directory / f"{self.kind}.npz"]


def pictures(
    loaded: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    shape: tuple[int, ...],
    from_train: int,
    from_test: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The first pictures of the training set, then the first of the test set, scaled from 0…255 to 0…1."""
    (x_train, y_train), (x_test, y_test) = loaded
    x = np.concatenate([x_train[:from_train], x_test[:from_test]]).reshape(-1, *shape)
    y = np.concatenate([y_train[:from_train], y_test[:from_test]]).reshape(-1)
    return np.divide(x, 255, dtype="float32"), y


class _Idx(_Pictures):
    """Base of data sets distributed as IDX files, the format of MNIST."""

    folder: ClassVar[str]
    """Folder below the directory of data sets."""

    layout: Layout = Field(
        "image", description="784 values in a row, a 28×28 image with one channel, or a sequence of 28 rows of pixels."
    )
    from_train: int = examples_field(60_000, "training")
    from_test: int = examples_field(10_000, "test")

    def read(self, directory: Path) -> Loaded:
        folder = directory / self.folder
        if idx_file(folder, "train-images-idx3-ubyte") is None:
            return super().read(directory)
        train, test = (
            (read_idx(folder, f"{p}-images-idx3-ubyte"), read_idx(folder, f"{p}-labels-idx1-ubyte")) for p in _PARTS
        )
        return train, test

    def places(self, directory: Path) -> Sequence[Path]:
        last = idx_file(directory / self.folder, f"{_PARTS[1]}-images-idx3-ubyte")  # Keras downloads it last
        return [*super().places(directory), *([last] if last else [])]


_PARTS: Final = ("train", "t10k")


class Mnist(_Idx):
    """70,000 handwritten digits of 28×28 pixels (LeCun, Cortes & Burges 1998): 60,000 to train on, then 10,000."""

    title: ClassVar = "MNIST"
    summary: ClassVar = "Handwritten digits"
    kind: Literal["mnist"] = "mnist"
    proposed_split: ClassVar = {"train": 60_000}
    loader: ClassVar = "keras.datasets.mnist.load_data"
    megabytes: ClassVar = 11
    files: ClassVar = "mnist.npz, or the four IDX files (train-images-idx3-ubyte …) in a folder mnist,"
    names: ClassVar = tuple(str(digit) for digit in range(10))
    folder: ClassVar = "mnist"


class FashionMnist(_Idx):
    """70,000 pictures of clothes of 28×28 pixels (Xiao et al. 2017, arXiv:1708.07747): 60,000 to train on first."""

    title: ClassVar = "Fashion-MNIST"
    is_name: ClassVar = True
    summary: ClassVar = "Pictures of clothes"
    kind: Literal["fashion_mnist"] = "fashion_mnist"
    proposed_split: ClassVar = {"train": 60_000}
    loader: ClassVar = "keras.datasets.fashion_mnist.load_data"
    megabytes: ClassVar = 30
    files: ClassVar = (
        "the four IDX files (train-images-idx3-ubyte.gz …) in a folder fashion-mnist, or fashion_mnist.npz,"
    )
    names: ClassVar = (
        "T-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    )
    folder: ClassVar = "fashion-mnist"


class Cifar10(_Pictures):
    """60,000 small colour photographs of 10 things (Krizhevsky 2009): 50,000 to train on, then 10,000."""

    title: ClassVar = "CIFAR-10"
    summary: ClassVar = "Small colour photographs"
    kind: Literal["cifar10"] = "cifar10"
    proposed_split: ClassVar = {"train": 50_000}
    loader: ClassVar = "keras.datasets.cifar10.load_data"
    megabytes: ClassVar = 170
    files: ClassVar = "the folder cifar-10-batches-py of the Python version, or cifar10.npz,"
    names: ClassVar = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    layout: Layout = Field(
        "image", description="3072 values in a row, a 32×32 image of three colours, or a sequence of 32 rows of pixels."
    )
    from_train: int = examples_field(50_000, "training")
    from_test: int = examples_field(10_000, "test")

    @property
    def picture(self) -> Picture:
        return (32, 32, 3)

    def read(self, directory: Path) -> Loaded:
        folder = next((each for each in _cifar_folders(directory) if each.exists()), None)
        if folder is None:
            return super().read(directory)
        train = [read_cifar_batch(folder / f"data_batch_{number}") for number in range(1, 6)]
        x, y = (np.concatenate(each) for each in zip(*train, strict=True))
        return (x, y), read_cifar_batch(folder / "test_batch")

    def places(self, directory: Path) -> Sequence[Path]:
        return [*super().places(directory), *(folder / "test_batch" for folder in _cifar_folders(directory))]


def _cifar_folders(directory: Path) -> list[Path]:
    """Possible folders of the batches: as placed by hand, and as Keras unpacks them."""
    name = "cifar-10-batches-py"
    return [directory / name, directory / f"{name}-target" / name]

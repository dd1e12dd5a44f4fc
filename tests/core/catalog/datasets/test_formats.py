"""Files of others: the formats that are read, and what is said of those that can't be."""

from __future__ import annotations

import gzip
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.api.preview import ImagesSampleView, preview_view
from core.catalog.datasets import (
    Cifar10,
    DataUnavailable,
    Downloaded,
    FashionMnist,
    Imdb,
    Mnist,
    Split,
)
from core.settings import settings
from tests.core.catalog.datasets.samples import ANY, name_of


@pytest.fixture
def lab_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty LAB_DATA for one test."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def placed(folder: Path, kind: str, rows: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Files as `kind` names and shapes them, half of their rows for testing; gives all pictures and labels."""
    rng = np.random.default_rng(3)
    size = (32, 32, 3) if kind.startswith("cifar") else (28, 28)
    x = rng.integers(0, 256, (rows, *size), dtype=np.uint8)
    y = np.arange(rows, dtype=np.uint8) % 10
    half = rows // 2
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"train": (x[:half], y[:half]), "t10k": (x[half:], y[half:])}
    if kind.endswith(".npz"):
        np.savez_compressed(folder / kind, x_train=x[:half], y_train=y[:half], x_test=x[half:], y_test=y[half:])
    elif kind.startswith("idx"):
        for part, (images, labels) in parts.items():
            for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
                head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
                data = head + array.tobytes()
                packed = kind.endswith(".gz")
                (folder / f"{name}{'.gz' * packed}").write_bytes(gzip.compress(data) if packed else data)
    else:
        (folder / "cifar-10-batches-py").mkdir(parents=True)
        names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
        indices = [*np.array_split(np.arange(half), 5), np.arange(half, rows)]
        for name, index in zip(names, indices, strict=True):
            flat = x[index].transpose(0, 3, 1, 2).reshape(len(index), -1)
            batch = {b"data": flat, b"labels": y[index].tolist(), b"batch_label": b"made up"}
            (folder / "cifar-10-batches-py" / name).write_bytes(pickle.dumps(batch))
    return x, y


PLACES: list[tuple[type[Downloaded], str, str]] = [
    (Mnist, "mnist.npz", ""),
    (Mnist, "idx", "mnist"),
    (Mnist, "idx.gz", "mnist"),
    (FashionMnist, "idx.gz", "fashion-mnist"),
    (FashionMnist, "fashion_mnist.npz", ""),
    (Cifar10, "cifar10.npz", ""),
    (Cifar10, "cifar-batches", ""),
    (Cifar10, "cifar-batches", "cifar-10-batches-py-target"),
]


@pytest.mark.parametrize(("kind", "files", "folder"), PLACES, ids=name_of)
@pytest.mark.parametrize("layout", ["table", "image", "sequence"])
def test_files_that_are_placed_are_used(
    lab_data: Path, kind: type[Downloaded], files: str, folder: str, layout: str
) -> None:
    x, y = placed(lab_data / "datasets" / folder, files, rows=20)
    dataset = ANY.validate_python({"kind": kind.kind_name(), "layout": layout, "from_train": 7, "from_test": 4})
    shown = [*range(7), *range(10, 14)]
    dataset.fetch()
    data = dataset.load()
    assert data.x.shape == (11, *dataset.shape)
    assert np.allclose(data.x.reshape(11, -1), x[shown].reshape(11, -1) / 255)
    assert np.array_equal(data.y, y[shown])
    assert np.array_equal(dataset.labels(), data.y)
    assert np.array_equal(dataset.sample_rows(), data.x[:7])
    preview = preview_view(dataset, Split(train=7))
    assert isinstance(preview.sample, ImagesSampleView)
    assert np.array_equal(preview.sample.pixels, x[:7].reshape(7, -1))
    assert preview.sample.y == y[:7].tolist()
    assert preview.class_balance.train == np.bincount(y[:7], minlength=10).tolist()


def reviews_npz(folder: Path, reviews: list[list[int]]) -> None:
    """A file as Keras' `imdb.npz`: lists in arrays of objects, which NumPy pickles."""
    folder.mkdir(parents=True, exist_ok=True)
    half = len(reviews) // 2
    arrays: dict[str, Any] = {}
    for part, own in (("train", reviews[:half]), ("test", reviews[half:])):
        arrays[f"x_{part}"] = np.empty(len(own), object)
        arrays[f"x_{part}"][:] = own
        arrays[f"y_{part}"] = np.arange(len(own)) % 2
    np.savez(folder / "imdb.npz", **arrays)


def test_reviews_are_rows_of_word_numbers(lab_data: Path) -> None:
    reviews_npz(lab_data / "datasets", [[5, 6], [7] * 12, [500, 8], [9], [10], [11]])
    dataset = Imdb(num_words=100, maxlen=6, from_train=3, from_test=2)
    data = dataset.load()
    found = {tuple(row) for row in data.x[:3].astype(int).tolist()}
    assert found == {(0, 0, 0, 1, 8, 9), (10, 10, 10, 10, 10, 10), (0, 0, 0, 1, 2, 11)}
    assert data.x.max() < dataset.vocabulary
    assert np.array_equal(dataset.labels(), data.y)
    preview = preview_view(dataset, Split(train=3))
    assert (preview.sample.kind, preview.vocabulary, preview.message) == ("none", 100, None)
    (problem,) = Split(train=3, standardize=True).problems(dataset)
    assert problem.location == ("split", "standardize")


@pytest.mark.parametrize("dataset", [Mnist(), FashionMnist(layout="table"), Cifar10(), Imdb()], ids=name_of)
def test_what_is_not_here_is_said(lab_data: Path, dataset: Downloaded) -> None:
    preview = preview_view(dataset, Split(train=1000, validation=0.1))
    assert (
        preview.message == f"{dataset.title} is not downloaded yet: the first run downloads it ({dataset.megabytes} MB)"
    )
    assert preview.sample.kind == "none"
    assert (preview.sizes.train, preview.sizes.validation) == (1000, dataset.rows // 10)
    assert sum(preview.sizes.model_dump().values()) == preview.rows == dataset.rows
    with pytest.raises(DataUnavailable):
        dataset.labels()


def test_files_that_can_not_be_used_are_said(lab_data: Path) -> None:
    folder = lab_data / "datasets"
    placed(folder, "mnist.npz")
    whole = (folder / "mnist.npz").read_bytes()
    (folder / "mnist.npz").write_bytes(whole[: len(whole) // 2])
    assert "can't be read" in str(preview_view(Mnist(), Split()).message)
    (folder / "mnist.npz").write_bytes(whole)
    assert "have only 3 of these rows: set from_train to at most 3" in str(preview_view(Mnist(), Split()).message)
    with pytest.raises(DataUnavailable, match="from_test"):
        Mnist(from_train=3).load()
    (folder / "mnist").mkdir()
    (folder / "mnist" / "train-images-idx3-ubyte").write_bytes(b"not an IDX file at all")
    with pytest.raises(DataUnavailable, match="not an IDX file"):
        Mnist().labels()


def test_files_can_not_run_code(lab_data: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(lab_data / "harm"),)

    folder = lab_data / "datasets" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for name in ["test_batch", *(f"data_batch_{number}" for number in range(1, 6))]:
        (folder / name).write_bytes(pickle.dumps({b"data": Harmful()}))
    with pytest.raises(DataUnavailable, match="more than arrays"):
        Cifar10().labels()
    array = np.empty(1, object)
    array[0] = Harmful()
    np.savez(lab_data / "datasets" / "imdb.npz", x_train=array, y_train=[0], x_test=array, y_test=[0])
    with pytest.raises(DataUnavailable, match="more than arrays"):
        Imdb().labels()
    assert not (lab_data / "harm").exists()


def test_the_real_mnist_is_read(lab_data: Path, mnist_files: Path) -> None:
    (lab_data / "datasets").mkdir()
    (lab_data / "datasets" / "mnist").symlink_to(mnist_files)
    dataset = Mnist()
    data = dataset.load()
    assert data.x.shape == (70_000, 28, 28, 1)
    train, test = data.take(slice(60_000)), data.take(slice(60_000, None))
    assert np.bincount(train.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert train.y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert float(train.x.mean(dtype=np.float64)) == pytest.approx(0.1307, abs=1e-4)
    assert float(train.x.std(dtype=np.float64)) == pytest.approx(0.3081, abs=1e-4)
    preview = preview_view(dataset, Split(train=60_000))
    assert preview.class_balance.test == np.bincount(test.y).tolist()

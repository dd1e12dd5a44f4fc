"""Data sets: what they say of themselves, fresh draws, files of others, and how rows are split and prepared."""

from __future__ import annotations

import gzip
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.api.preview import ImagesSampleView, preview_view
from app.catalog import catalog
from core.catalog.calls import functions, modules, source, source_code
from core.catalog.datasets import (
    AddingProblem,
    AnyDataset,
    Blobs,
    BreastCancer,
    Checkerboard,
    Cifar10,
    Classification,
    Dataset,
    DataUnavailable,
    DelayedRecall,
    Diabetes,
    Digits,
    Downloaded,
    FashionMnist,
    Friedman1,
    Friedman2,
    Friedman3,
    GaussianQuantiles,
    Imdb,
    Iris,
    Mnist,
    Moons,
    NoisySines,
    Regression,
    Sine,
    Spirals,
    Split,
    Synthetic,
    Table,
    Wine,
    Xor,
)
from core.catalog.entry import subclasses_of
from core.problems import problems_of
from core.settings import settings

ANY: TypeAdapter[Dataset] = TypeAdapter(AnyDataset)

OWN = [
    ANY.validate_python({"kind": kind.kind_name()})
    for kind in subclasses_of(Dataset)
    if not issubclass(kind, Downloaded | Table)
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


@pytest.fixture
def lab_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty LAB_DATA for one test."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.mark.parametrize("dataset", [*OWN, *VARIANTS], ids=name_of)
def test_data_sets_are_what_they_say(dataset: Dataset) -> None:
    assert dataset.problems() == []
    data, again = dataset.load(), dataset.load()
    assert data.x.shape == (dataset.rows, *dataset.shape)
    assert data.x.dtype == np.float32
    assert np.isfinite(data.x).all()
    assert np.isfinite(data.y).all()
    if dataset.task == "regression":
        assert data.y.shape == (dataset.rows, 1)
        assert data.y.dtype == np.float32
        assert dataset.class_names == []
    else:
        assert data.y.shape == (dataset.rows,)
        assert data.y.dtype == np.int32
        assert set(data.y.tolist()) == set(range(dataset.classes))
        assert len(set(dataset.class_names)) == dataset.classes
        assert (dataset.task == "binary") == (dataset.classes == 2)
    assert len(set(dataset.feature_names)) == dataset.shape[-1]
    assert np.array_equal(data.x, again.x)
    assert np.array_equal(data.y, again.y)
    assert np.array_equal(dataset.labels(), data.y)
    assert np.array_equal(dataset.sample_rows(), data.x)
    assert ANY.validate_json(dataset.model_dump_json()) == dataset


@pytest.mark.parametrize("dataset", DRAWN, ids=name_of)
def test_fresh_draws_are_of_the_same_distribution(dataset: Synthetic) -> None:
    """Nearly the same means, spreads and correlations of features and labels, with none of the same rows."""
    many = dataset.model_copy(update={"n_samples": 20_000})
    drawn, fresh = many.load(), many.draw(20_000, random_state=99)
    assert fresh is not None
    assert fresh.x.shape == drawn.x.shape
    assert fresh.y.dtype == drawn.y.dtype
    assert not np.array_equal(fresh.x[:10], drawn.x[:10])
    assert np.array_equal(fresh.x, many.draw(20_000, random_state=99).x)  # type: ignore[union-attr]  # as above
    assert not np.array_equal(fresh.x, many.draw(20_000, random_state=98).x)  # type: ignore[union-attr]  # as above

    def columns(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        labels = y if dataset.task == "regression" else np.eye(dataset.classes)[y]
        return np.hstack([x.reshape(len(x), -1)[:, :60], labels]).astype(np.float64)

    ours, theirs = columns(drawn.x, drawn.y), columns(fresh.x, fresh.y)
    scale = ours.std(axis=0)
    assert np.allclose((ours.mean(axis=0) - theirs.mean(axis=0)) / scale, 0, atol=0.06)
    assert np.allclose(theirs.std(axis=0) / scale, 1, atol=0.06)
    assert np.allclose(np.corrcoef(ours.T), np.corrcoef(theirs.T), atol=0.06)


def test_fresh_draws_of_a_few_rows_share_clusters_and_coefficients() -> None:
    """Clusters and coefficients depend on the data set's seed, not on the number of rows."""
    few, other = Classification(n_samples=400, class_sep=5, flip_y=0.0), Classification(class_sep=5, random_state=2)
    data = few.load()
    centres = np.stack([data.x[data.y == label].mean(axis=0) for label in range(2)])
    for dataset, same in ((few, True), (other, False)):
        fresh = dataset.draw(4000, random_state=5)
        assert fresh is not None
        found = np.stack([fresh.x[fresh.y == label].mean(axis=0) for label in range(2)])
        assert np.allclose(found, centres, atol=1.0) is same
    line = Regression(n_samples=50, n_features=3, n_informative=3, noise=0.0)
    data, again = line.load(), line.draw(40, random_state=3)
    assert again is not None
    coefficients = np.linalg.lstsq(data.x, data.y, rcond=None)[0]
    assert np.allclose(again.x @ coefficients, again.y, rtol=1e-3, atol=1e-2)


def test_moons_are_the_tutorials() -> None:
    from sklearn.datasets import make_moons

    x, y = make_moons(n_samples=100, noise=0.2, random_state=1)
    data = Moons().load()
    assert np.array_equal(data.x, x.astype(np.float32))
    assert np.array_equal(data.y, y)


def test_targets_are_the_formulas() -> None:
    xor = Xor(noise=0.0).load()
    assert np.array_equal(xor.y, (xor.x[:, 0] > 0) ^ (xor.x[:, 1] > 0))
    board = Checkerboard(noise=0.0, cells=4).load()
    assert np.array_equal(board.y, (np.floor(board.x[:, 0] * 2) + np.floor(board.x[:, 1] * 2)) % 2)
    sine = Sine(noise=0.0, periods=3.0).load()
    assert np.allclose(sine.y, np.sin(3 * np.pi * sine.x), atol=1e-5)
    adding = AddingProblem(steps=11).load()
    assert np.array_equal(adding.x[:, :5, 1].sum(axis=1), np.ones(500))
    assert np.array_equal(adding.x[:, 5:, 1].sum(axis=1), np.ones(500))
    assert np.allclose((adding.x[:, :, 0] * adding.x[:, :, 1]).sum(axis=1), adding.y[:, 0], atol=1e-6)
    recall = DelayedRecall(noise=0.0).load()
    assert np.array_equal(recall.x[:, 0].argmax(axis=1), recall.y)
    assert not recall.x[:, 1:].any()
    sines = NoisySines(noise=0.0, frequencies=4).load()
    assert np.array_equal(np.abs(np.fft.rfft(sines.x[:, :, 0])).argmax(axis=1), sines.y + 1)
    shells = GaussianQuantiles(n_samples=30_000, n_features=4).load()
    assert np.bincount(shells.y) / 30_000 == pytest.approx(np.full(3, 1 / 3), abs=0.01)
    spirals = Spirals(noise=0.0, turns=1.0).load()
    radius = np.linalg.norm(spirals.x, axis=1)
    angle = np.arctan2(spirals.x[:, 1], spirals.x[:, 0])
    assert np.allclose(np.cos(angle - 2 * np.pi * radius - np.pi * spirals.y), 1, atol=1e-4)
    one = Friedman1(noise=0.0).load()
    x = one.x.T.astype(np.float64)
    formula = 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]
    assert np.allclose(one.y[:, 0], formula, atol=1e-4)
    two, three = Friedman2(noise=0.0).load(), Friedman3(noise=0.0).load()
    x = two.x.T.astype(np.float64)
    inner = x[1] * x[2] - 1 / (x[1] * x[3])
    assert np.allclose(two.y[:, 0], np.sqrt(x[0] ** 2 + inner**2), rtol=1e-4)
    x = three.x.T.astype(np.float64)
    assert np.allclose(three.y[:, 0], np.arctan((x[1] * x[2] - 1 / (x[1] * x[3])) / x[0]), atol=1e-3)


def test_names_are_scikit_learns() -> None:
    from sklearn import datasets

    for own, loaded in (
        (Iris(), datasets.load_iris()),
        (Wine(), datasets.load_wine()),
        (BreastCancer(), datasets.load_breast_cancer()),
        (Diabetes(), datasets.load_diabetes()),
    ):
        theirs = [str(name).replace("_", " ") for name in loaded.feature_names]
        assert own.feature_names == [name.replace("od280/od315 of", "od280/od315 of") for name in theirs]
    assert Iris().class_names == list(datasets.load_iris().target_names)
    assert BreastCancer().class_names == list(datasets.load_breast_cancer().target_names)


@pytest.mark.parametrize(
    ("body", "location", "sentence"),
    [
        (
            {"kind": "classification", "n_informative": 1},
            "n_clusters_per_class",
            "4 clusters need more corners",
        ),
        ({"kind": "regression", "n_features": 4}, "n_informative", "at most the number of features, 4"),
        ({"kind": "digits", "layout": "cube"}, "layout", "Must be one of"),
        ({"kind": "mnist", "from_train": 60_001}, "from_train", "Must be at most 60000"),
        ({"kind": "table", "file": "x", "target": "y"}, "file", "Give the id of an uploaded file"),
        ({"kind": "table"}, "file", "This is required"),
    ],
)
def test_fields_that_can_not_be_are_refused(body: dict[str, Any], location: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ANY.validate_python(body)
    problems = {problem.location: problem.message for problem in problems_of(raised.value, body)}
    assert sentence in problems[(location,)]


# Files of others


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


# Splits


def shares(rows: int) -> st.SearchStrategy[float | int]:
    return st.floats(0.01, 0.6) | st.integers(1, rows)


@given(data=st.data(), rows=st.integers(4, 300), shuffle=st.booleans(), random_state=st.integers(0, 2**31 - 1))
def test_every_row_is_in_one_part(data: st.DataObject, rows: int, shuffle: bool, random_state: int) -> None:
    split = Split(
        train=data.draw(shares(rows)),
        validation=data.draw(st.none() | shares(rows)),
        holdout=data.draw(st.none() | shares(rows)),
        shuffle=shuffle,
        random_state=random_state,
    )
    dataset = Moons(n_samples=rows)
    counts = split.counts(rows)
    problems = split.problems(dataset)
    wanted = [counts[name] for name in ("train", "validation", "holdout") if getattr(split, name) is not None]
    assert (not problems) == (min(wanted) >= 1 and counts["test"] >= 1)
    if problems:
        assert problems[0].location[0] == "split"
        return
    assigned = split.assign(dataset, dataset.labels())
    indices = {name: getattr(assigned, name).tolist() for name in counts}
    assert {name: len(index) for name, index in indices.items()} == counts
    in_order = [row for name in ("train", "validation", "test", "holdout") for row in indices[name]]
    assert sorted(in_order) == list(range(rows))
    if not shuffle:
        assert in_order == list(range(rows))
    parts, whole = split.prepare(dataset), dataset.load()
    for name, index in indices.items():
        part = getattr(parts, name)
        assert (part is None) == (not index)
        if part is not None:
            assert np.array_equal(part.x, whole.x[index]), name
            assert np.array_equal(part.y, whole.y[index]), name


@given(
    share=st.floats(0, 1),
    classes=st.integers(2, 6),
    validation=st.none() | st.integers(1, 40),
    random_state=st.integers(0, 99),
)
def test_label_noise_exchanges_classes_of_training_and_validation_rows(
    share: float, classes: int, validation: int | None, random_state: int
) -> None:
    dataset = Blobs(n_samples=120, centers=classes)
    split = Split(train=60, validation=validation, label_noise=share, random_state=random_state)
    truth = dataset.labels()
    assigned = split.assign(dataset, truth)
    noisy = [*assigned.train, *assigned.validation]
    assert (assigned.y != truth)[noisy].sum() == round(share * len(noisy))
    assert not (assigned.y != truth)[[*assigned.test, *assigned.holdout]].any()
    assert set(assigned.y.tolist()) <= set(range(classes))
    assert np.array_equal(split.assign(dataset, truth).y, assigned.y)


def test_every_other_class_is_as_likely_under_label_noise() -> None:
    dataset = Blobs(n_samples=30_000, centers=3)
    truth = dataset.labels()
    noisy = Split(train=29_000, label_noise=0.6).assign(dataset, truth).y[:29_000]
    for label in range(3):
        became = np.bincount(noisy[truth[:29_000] == label], minlength=3) / (truth[:29_000] == label).sum()
        assert became == pytest.approx([0.4 if each == label else 0.3 for each in range(3)], abs=0.02)


@given(smallest=st.floats(0.01, 1), classes=st.integers(2, 6), shuffle=st.booleans())
def test_imbalance_thins_the_training_rows_of_higher_classes(smallest: float, classes: int, shuffle: bool) -> None:
    dataset = Blobs(n_samples=300, centers=classes)
    even = Split(train=200, validation=20, shuffle=shuffle)
    thinned = even.model_copy(update={"imbalance": smallest})
    truth = dataset.labels()
    before, after = even.assign(dataset, truth), thinned.assign(dataset, truth)
    all_of_each = np.bincount(truth[before.train], minlength=classes)
    left = np.bincount(truth[after.train], minlength=classes)
    expected = [max(1, round(n * smallest ** (c / (classes - 1)))) for c, n in enumerate(all_of_each)]
    assert left.tolist() == expected
    assert left[0] == all_of_each[0]
    assert set(after.train) <= set(before.train)
    assert np.array_equal(after.test, before.test)
    assert np.array_equal(after.validation, before.validation)
    assert len(thinned.prepare(dataset).train) == sum(expected)


def test_features_and_target_are_standardised_by_the_training_rows_alone() -> None:
    dataset = Diabetes()
    split = Split(train=100, validation=50, holdout=30, standardize=True, standardize_target=True)
    parts, plain = split.prepare(dataset), dataset.load()
    x, y = plain.x[:100], plain.y[:100]
    cuts = {"train": slice(100), "validation": slice(100, 150), "test": slice(150, 412), "holdout": slice(412, 442)}
    for name, cut in cuts.items():
        part = getattr(parts, name)
        np.testing.assert_allclose(part.x, (plain.x[cut] - x.mean(axis=0)) / x.std(axis=0), atol=1e-3, err_msg=name)
        np.testing.assert_allclose(part.y, (plain.y[cut] - y.mean()) / y.std(), atol=1e-3, err_msg=name)
        assert part.x.dtype == part.y.dtype == np.float32
    again = parts.scaling(plain.take(cuts["test"]))
    assert np.array_equal(again.x, parts.test.x)
    assert np.array_equal(again.y, parts.test.y)


def test_constant_columns_and_channels_are_standardised_safely() -> None:
    parts = Split(train=0.5, standardize=True).prepare(Digits())
    assert np.isfinite(parts.test.x).all()
    pictures = Split(train=0.5, standardize=True).prepare(Digits(layout="image"))
    assert abs(float(pictures.train.x.mean())) < 1e-4
    assert pictures.scaling.x is not None
    assert pictures.scaling.x[0].shape == (1,)


BAD_SPLITS: list[tuple[Dataset, dict[str, Any], str, str]] = [
    (Moons(), {"train": 100}, "train", "no test rows: the data set has 100 rows"),
    (Moons(), {"train": 200}, "train", "no test rows"),
    (Moons(), {"train": 0.001}, "train", "no training rows"),
    (Moons(), {"validation": 0.001}, "validation", "no validation rows"),
    (Moons(), {"holdout": 0.001}, "holdout", "no holdout rows"),
    (Moons(), {"train": 50, "validation": 50}, "validation", "no test rows"),
    (Moons(), {"train": 50, "validation": 20, "holdout": 30}, "holdout", "no test rows"),
    (Sine(), {"label_noise": 0.1}, "label_noise", "no class labels"),
    (Sine(), {"imbalance": 0.5}, "imbalance", "no classes"),
    (Moons(), {"standardize_target": True}, "standardize_target", "for regression only"),
    (Iris(), {"train": 50}, "shuffle", "none of class 'versicolor', 'virginica': shuffle"),
    (Wine(), {"train": 0.5}, "shuffle", "none of class 'cultivar 3'"),
]


@pytest.mark.parametrize(("dataset", "split", "field", "sentence"), BAD_SPLITS, ids=name_of)
def test_splits_that_can_not_be_are_refused(dataset: Dataset, split: dict[str, Any], field: str, sentence: str) -> None:
    (problem,) = Split(**split).problems(dataset)
    assert problem.location == ("split", field)
    assert sentence in problem.message


def test_splits_that_are_sound_are_taken() -> None:
    assert Split(train=50, shuffle=True).problems(Iris()) == []
    assert Split(train=0.9).problems(Iris()) == []
    for dataset in [*OWN, Mnist(), FashionMnist(), Cifar10(), Imdb()]:
        assert Split(**dataset.proposed_split).problems(dataset) == []


def test_equal_sizes_mean_equal_shapes() -> None:
    seeds = [Moons(random_state=seed) for seed in (1, 2)]
    plain, thin = Split(train=30, validation=10), Split(train=30, validation=10, imbalance=0.3)
    assert (
        plain.sizes(seeds[0]) == plain.sizes(seeds[1]) == Split(train=30, validation=0.1, shuffle=True).sizes(seeds[0])
    )
    assert plain.sizes(seeds[0]) != Split(train=30, holdout=10).sizes(seeds[0])
    assert thin.sizes(seeds[0]) == thin.sizes(Moons())
    assert thin.sizes(seeds[0]) != thin.sizes(seeds[1])


SCRIPTED: list[tuple[Dataset, Split]] = [
    *((dataset, Split(train=0.4)) for dataset in [*OWN, *VARIANTS]),
    (
        Iris(),
        Split(train=0.4, validation=20, holdout=0.1, shuffle=True, standardize=True, label_noise=0.2, imbalance=0.4),
    ),
    (Diabetes(), Split(train=200, standardize=True, standardize_target=True, random_state=4, shuffle=True)),
]


@pytest.mark.parametrize(("dataset", "split"), SCRIPTED, ids=name_of)
def test_the_printed_code_gives_the_same_parts(dataset: Dataset, split: Split) -> None:
    """Run alone, with NumPy, as in a script."""
    steps = split.code(dataset)
    values = [value for _, value in steps]
    printed = ["import functools", "import numpy as np", *(f"import {each}" for each in modules(values))]
    printed += [source(function) for function in functions(values)]
    printed += [f"{names} = {source_code(value)}" for names, value in steps]
    found: dict[str, Any] = {}
    exec("\n".join(["from __future__ import annotations", *printed]), found)
    parts = split.prepare(dataset)
    for name in ("train", "validation", "test", "holdout"):
        part = getattr(parts, name)
        assert (part is None) == (f"{name}_x" not in found)
        if part is not None:
            for ours, theirs in ((part.x, found[f"{name}_x"]), (part.y, found[f"{name}_y"])):
                assert np.array_equal(ours, theirs)
                assert ours.dtype == theirs.dtype


# Previews


def test_the_catalog_says_how_to_split_and_which_field_is_which() -> None:
    shown = catalog()
    entries = {entry["kind"]: entry for entry in shown["datasets"]}
    assert next(iter(entries)) == "moons"
    assert entries["mnist"]["split"] == {"train": 60_000}
    assert entries["moons"]["split"] == {}
    table = entries["table"]["schema"]["properties"]
    assert [table[name]["widget"] for name in ("file", "target", "features")] == ["file", "column", "columns"]
    split = shown["split"]["schema"]["properties"]
    assert [name for name, field in split.items() if field.get("widget") == "share"] == [
        "train",
        "validation",
        "holdout",
    ]
    assert {name: field["default"] for name, field in split.items()} == Split().model_dump()

"""Arrays and pictures of one's own: what is understood of them, and what is refused, with its place."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.api.preview import ImagesSampleView, PointsSampleView, SeriesSampleView, preview_view
from core.catalog.calls import functions, source_code
from core.catalog.datasets import Arrays, Split, Table
from core.catalog.datasets.array_rows import picture_files, zip_names
from core.catalog.datasets.array_uploads import arrays_summary, keep_arrays
from core.catalog.datasets.magic import Found
from core.catalog.datasets.unpacking import unpack
from core.catalog.datasets.uploads import content_path, file_ids, remove_file, uploads_directory
from core.catalog.datasets.zip_directory import MAX_FILES
from core.experiment.experiment import Experiment, resolve
from core.problems import Invalid, Problem
from core.settings import settings
from tests.core.catalog.datasets.own_arrays import folders, npz, picture, trials, zipped

Keep = Callable[..., str]
Make = Callable[[], bytes]

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 5, 4), "uint8")


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keep]:
    """Keeps a file as an upload does, in a LAB_DATA of the test's own; gives its id."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    uploads_directory().mkdir(parents=True)

    def keep_file(content: bytes, name: str = "data.npz") -> str:
        part = uploads_directory() / "upload.part"
        try:
            part.write_bytes(content)
            inner = unpack(part, name)
            found = Found.of(part)
            if found.arrays is None:
                raise Invalid([Problem((), found.refusal or "")])
            digest = hashlib.sha256(part.read_bytes()).hexdigest()
            return keep_arrays(part, digest, inner, found.arrays)
        finally:
            part.unlink(missing_ok=True)

    yield keep_file
    settings.cache_clear()


def refused(keep: Keep, content: bytes) -> Problem:
    """The problem of a file that is refused, and of which nothing is kept."""
    with pytest.raises(Invalid) as caught:
        keep(content)
    assert list(uploads_directory().iterdir()) == []
    (problem,) = caught.value.problems
    assert str(uploads_directory()) not in problem.message
    assert " at 0x" not in problem.message
    return problem


def scripted(dataset: Arrays) -> tuple[np.ndarray, np.ndarray]:
    """Features and target as the exported script reads them, from the file as it came."""
    code = dataset.code()
    printed = source_code(code).replace(f'"{arrays_summary(dataset.file).name}"', repr(str(content_path(dataset.file))))
    x, y = eval(printed, {each.__name__: each for each in functions(code)})
    return np.asarray(x, "float32"), np.asarray(y)


# Arrays


@pytest.mark.parametrize(
    ("x", "layout", "shape", "sample"),
    [
        (RNG.normal(size=(6, 3)), "auto", (3,), PointsSampleView),
        (RNG.normal(size=6), "auto", (1,), PointsSampleView),
        (RNG.normal(size=(6, 5, 2)), "auto", (5, 2), SeriesSampleView),
        (RNG.normal(size=(6, 5, 2)), "table", (10,), PointsSampleView),
        (RNG.normal(size=(6, 5, 2)), "image", (5, 2, 1), SeriesSampleView),
        (RNG.normal(size=(6, 5)), "sequence", (5, 1), SeriesSampleView),
        (np.asfortranarray(RNG.normal(size=(6, 5, 4, 3))), "auto", (5, 4, 3), None),
        (RNG.normal(size=(6, 5, 4, 3, 2)).astype(">f4"), "auto", (5, 4, 3, 2), None),
        (GREY, "auto", (5, 4, 1), ImagesSampleView),
        (GREY, "sequence", (5, 4), ImagesSampleView),
        (RNG.integers(0, 256, (6, 5, 4, 3), "uint8"), "auto", (5, 4, 3), ImagesSampleView),
        (RNG.uniform(size=(6, 5, 4, 1)), "auto", (5, 4, 1), ImagesSampleView),
        (RNG.integers(0, 256, (6, 20), "uint8"), "auto", (20,), PointsSampleView),
        (RNG.integers(0, 2, (6, 5, 4), "uint8"), "auto", (5, 4), SeriesSampleView),
        (RNG.integers(0, 9, (6, 5)), "tokens", (5,), None),
    ],
)
def test_arrays_of_any_shape(keep: Keep, x: np.ndarray, layout: Any, shape: tuple[int, ...], sample: Any) -> None:
    dataset = Arrays(file=keep(npz(x=x, y=[0, 1] * 3)), layout=layout)
    assert dataset.problems() == []
    assert (dataset.rows, dataset.shape, dataset.task) == (6, shape, "binary")
    is_scaled = x.dtype == np.uint8 and x.max() > 1 and x.ndim > 2
    rows = dataset.load()
    assert rows.x.dtype == np.float32
    assert rows.y.dtype == np.int32
    expected = x.reshape(6, *shape) / (255 if is_scaled else 1)
    np.testing.assert_allclose(rows.x, expected, rtol=1e-6)
    view = preview_view(dataset, Split(train=3))
    assert view.class_balance.train == [2, 1]
    if sample is not None:
        assert isinstance(view.sample, sample)
    if isinstance(view.sample, ImagesSampleView):
        pixels = np.array(view.sample.pixels).reshape(6, -1)
        np.testing.assert_allclose(pixels, (expected * 255).round().reshape(6, -1))
    read, labels = scripted(dataset)
    np.testing.assert_array_equal(read, rows.x)
    np.testing.assert_array_equal(labels, rows.y)


def test_the_preview_of_channels_and_samples_has_a_curve_for_each_channel(keep: Keep) -> None:
    given = trials()
    dataset = Arrays(file=keep(npz(**given)), layout="image")
    sample = preview_view(dataset, Split(train=20)).sample
    assert isinstance(sample, SeriesSampleView)
    assert sample.features == ["row 1", "row 2", "row 3", "row 4"]
    np.testing.assert_allclose(sample.series[0], given["x"][0], atol=1e-4)


@pytest.mark.parametrize(
    ("y", "target_type", "names", "labels"),
    [
        ([3, 1, 2, 1], "auto", ["1", "2", "3"], [2, 0, 1, 0]),
        ([1.0, 0.0, 1.0, 0.0], "auto", ["0", "1"], [1, 0, 1, 0]),
        (["b", "a", "b", "ü"], "auto", ["a", "b", "ü"], [1, 0, 1, 2]),
        ([b"b", b"a", b"b", b"c"], "auto", ["a", "b", "c"], [1, 0, 1, 2]),
        ([True, False, True, True], "auto", ["0", "1"], [1, 0, 1, 1]),
        ([[7], [8], [8], [7]], "auto", ["7", "8"], [0, 1, 1, 0]),
        ([0.5, 1.5, 0.5, 1.5], "category", ["0.5", "1.5"], [0, 1, 0, 1]),
        ([0.5, 1.5, 0.25, 3], "auto", [], [0.5, 1.5, 0.25, 3]),
        ([1, 2, 3, 1], "number", [], [1, 2, 3, 1]),
    ],
)
def test_targets_are_classes_or_numbers(
    keep: Keep, y: Any, target_type: Any, names: list[str], labels: list[float]
) -> None:
    dataset = Arrays(file=keep(npz(X=np.eye(4), y=y)), target_type=target_type)
    assert dataset.problems() == []
    assert (dataset.class_names, dataset.classes) == (names, len(names))
    assert dataset.labels().reshape(-1).tolist() == labels
    assert dataset.load().y.reshape(-1).tolist() == labels
    assert scripted(dataset)[1].reshape(-1).tolist() == labels


def test_many_integers_are_classes_only_if_they_count_up(keep: Keep) -> None:
    counted, ages = np.arange(40) % 20, 20 + np.arange(40) % 20
    assert Arrays(file=keep(npz(x=np.eye(40), y=counted))).classes == 20
    assert Arrays(file=keep(npz(x=np.eye(40), y=ages))).task == "regression"


def test_a_files_own_test_set_comes_last(keep: Keep) -> None:
    x = np.arange(12.0).reshape(6, 2)
    given = {"x_test": x[4:], "y_test": [0, 1], "x_train": x[:3], "y_train": [0, 1, 0], "x_val": x[3:4], "y_val": [1]}
    id = keep(npz(**given, extra=[1]))
    summary = arrays_summary(id)
    assert summary.sets == {"train": 3, "validation": 1, "test": 2}
    assert list(summary.sets) == ["train", "validation", "test"]
    assert summary.notes == [
        "The rows come in the order of the file's own sets: 3 train, 1 validation, 2 test",
        "Not used: extra",
    ]
    dataset = Arrays(file=id)
    rows = Split(train=3, validation=1).prepare(dataset)
    np.testing.assert_array_equal(rows.train.x, x[:3])
    np.testing.assert_array_equal(rows.test.x, x[4:])
    assert rows.validation is not None
    np.testing.assert_array_equal(rows.validation.x, x[3:4])
    np.testing.assert_array_equal(scripted(dataset)[0], x)


def test_large_arrays_are_read_in_parts(keep: Keep) -> None:
    x = np.repeat(np.arange(9, dtype="float32")[:, None], 1 << 20, axis=1)  # more than is read at once
    y = np.arange(9) % 2
    rows = Arrays(file=keep(npz(x_train=x[:5], y_train=y[:5], x_test=x[5:], y_test=y[5:]))).load()
    np.testing.assert_array_equal(rows.x[:, -1], np.arange(9))
    for id in file_ids():
        remove_file(id)
    x[7, 3] = np.inf
    assert refused(keep, npz(x=x, y=y)).location == ("row", 7)


def test_a_file_is_kept_once_and_removed_with_all_that_belongs_to_it(keep: Keep) -> None:
    animals = folders()
    id, other = keep(animals, "animals.zip"), keep(npz(x=np.eye(2), y=[0, 1]))
    assert keep(animals, "again.zip") == id
    assert arrays_summary(id).name == "animals.zip", "experiments have its first name"
    Arrays(file=id, size=[3, 3]).load()
    assert len(list(uploads_directory().glob(f"{id}.*"))) == 5
    assert file_ids() == {id, other}
    remove_file(id)
    assert file_ids() == {other}
    assert {path.name.split(".")[0] for path in uploads_directory().iterdir()} == {other}


def test_problems_of_the_data_set_are_located(keep: Keep) -> None:
    text = keep(npz(x=RNG.normal(size=(4, 3, 2, 2, 2)), y=["a", "b", "a", "b"]))
    one = keep(npz(x=np.eye(3), y=[1, 1, 1]))
    many = keep(npz(x=np.eye(200), y=np.arange(200.0) * 0.5))

    def problem(**fields: Any) -> tuple[Any, str]:
        (found,) = Arrays(**fields).problems()
        return found.location, found.message

    assert problem(file="0" * 64)[0] == ("dataset", "file")
    assert problem(file=text, target_type="number") == (
        ("dataset", "target_type"),
        "The target holds text such as 'a': set this to category",
    )
    assert problem(file=text, layout="image") == (
        ("dataset", "layout"),
        "An example is 3 × 2 × 2 × 2, which is no height × width or height × width × channels: use auto",
    )
    assert problem(file=text, layout="sequence")[0] == ("dataset", "layout")
    assert problem(file=text, layout="tokens")[0] == ("dataset", "layout")
    assert problem(file=text, size=[2, 2]) == (
        ("dataset", "size"),
        "Only pictures of a zip file can be resized: leave this empty",
    )
    assert problem(file=one)[1] == "The target of all rows is 1.0: there is nothing to learn"
    assert problem(file=many, target_type="category") == (
        ("dataset", "target_type"),
        "The target has 200 different values, and at most 100 can be classes: set this to number",
    )
    (found,) = Table(file=text, target="y").problems()
    assert "Your own arrays or pictures" in found.message


def test_layers_take_the_shapes(keep: Keep) -> None:
    """EEG-like trials: 1D convolutions over steps, 2D convolutions over channels and samples, in the image layout."""
    file = keep(npz(**trials()))

    def experiment(layer: dict[str, Any], **dataset: Any) -> Experiment:
        return Experiment.model_validate(
            {
                "dataset": {"kind": "arrays", "file": file, **dataset},
                "split": {"train": 0.5, "shuffle": True},
                "network": {"layers": [layer, {"kind": "flatten"}]},
                "training": {"epochs": 1},
            }
        )

    conv2d = {"kind": "conv2d", "name": "conv", "filters": 2, "kernel_size": [1, 8]}
    assert resolve(experiment(conv2d, layout="image"))[0].weight_shapes()["conv.kernel"][0] == (1, 8, 1, 2)
    conv1d = {"kind": "conv1d", "name": "conv", "filters": 2, "kernel_size": 2}
    assert resolve(experiment(conv1d))[0].weight_shapes()["conv.kernel"][0] == (2, 32, 2)
    with pytest.raises(Invalid, match="set the data set's layout to image"):
        resolve(experiment(conv2d))


# Pictures


def test_pictures_of_folders(keep: Keep) -> None:
    dataset = Arrays(file=keep(folders()))
    assert (dataset.shape, dataset.picture, dataset.class_names) == ((6, 8, 3), (6, 8, 3), ["cat", "dog"])
    assert dataset.labels().tolist() == [0, 0, 0, 1, 1]
    assert dataset.feature_names == ["red", "green", "blue"]
    rows = dataset.load()
    np.testing.assert_allclose(rows.x[:3, 0, 0], [[1, 0, 0]] * 3)
    np.testing.assert_allclose(rows.x[3:, 0, 0], [[0, 0, 1]] * 2, atol=0.01)
    read, labels = scripted(dataset)
    np.testing.assert_array_equal(read, rows.x)
    np.testing.assert_array_equal(labels, rows.y)
    sample = preview_view(dataset, Split(train=2, shuffle=True)).sample
    assert isinstance(sample, ImagesSampleView)
    assert (sample.height, sample.width, sample.channels) == (6, 8, 3)


def test_pictures_have_the_most_frequent_size_or_the_one_that_is_set(keep: Keep) -> None:
    id = keep(folders(**{"animals/dog/large.png": picture((9, 9, 9), (20, 30)), "animals/readme.txt": b"hello"}))
    summary = arrays_summary(id)
    assert summary.shape == [6, 8, 3]
    assert summary.notes == [
        "Pictures of other sizes that were made 6 × 8, distorted where their sides are in another proportion: 1",
        "Files that are no PNG or JPEG and are not used: 1",
    ]
    dataset = Arrays(file=id, size=[4, 5])
    assert dataset.shape == (4, 5, 3)
    read, _ = scripted(dataset)
    np.testing.assert_array_equal(read, dataset.load().x)
    assert Arrays(file=id, size=[4, 5], layout="table").load().x.shape == (6, 60)


def test_pictures_of_many_sizes_have_their_median_size(keep: Keep) -> None:
    sizes = [(9, 30), (10, 10), (10, 10), (11, 12), (12, 11), (14, 9), (30, 9)]
    files = {f"{'ab'[n % 2]}/{n}.png": picture((n, n, n), size) for n, size in enumerate(sizes)}
    summary = arrays_summary(keep(zipped(files)))
    assert summary.shape == [10, 11, 3]  # height and width


def test_a_size_is_of_pictures_alone(keep: Keep) -> None:
    dataset = Arrays(file=keep(npz(x=np.ones((4, 3, 2)), y=[0, 1, 0, 1])), size=[8, 8])
    assert [problem.location for problem in dataset.problems()] == [("dataset", "size")]


def test_large_pictures_are_made_smaller(keep: Keep) -> None:
    files = {f"{label}/{number}.png": picture(number, (1024, 512), mode="L") for label in "ab" for number in range(2)}
    summary = arrays_summary(keep(zipped(files)))
    assert summary.shape == [128, 256, 1]
    assert summary.notes == [
        "Pictures are usually 512 × 1,024; they were made 128 × 256. The data set's size sets another"
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a/1.png", "b/1.PNG"], [("", "a", "a/1.png"), ("", "b", "b/1.PNG")]),
        (["top/in/a/1.png", "top/in/b/1.jpeg"], [("", "a", "top/in/a/1.png"), ("", "b", "top/in/b/1.jpeg")]),
        (
            ["d/test/a/1.png", "d/Train/b/1.png", "d/Train/a/2.png"],
            [("train", "a", "d/Train/a/2.png"), ("train", "b", "d/Train/b/1.png"), ("test", "a", "d/test/a/1.png")],
        ),
        (
            ["val/a/1.png", "training/a/2.png", "testing/a/3.png"],
            [("train", "a", "training/a/2.png"), ("validation", "a", "val/a/1.png"), ("test", "a", "testing/a/3.png")],
        ),
        (["a/deep/1.png", "b/1.png"], [("", "a", "a/deep/1.png"), ("", "b", "b/1.png")]),
        (["train/1.png", "other/1.png"], [("", "other", "other/1.png"), ("", "train", "train/1.png")]),
        (["a\\1.png", "b\\1.png"], [("", "a", "a\\1.png"), ("", "b", "b\\1.png")]),
        (["1.png", "a/1.png"], [("", "", "1.png"), ("", "a", "a/1.png")]),
        (["__MACOSX/a/._1.png", "a/._2.png", "a/1.png", "b/2.txt"], [("", "a", "a/1.png")]),
    ],
)
def test_folders_are_classes(tmp_path: Path, names: list[str], expected: list[tuple[str, str, str]]) -> None:
    path = tmp_path / "pictures.zip"
    path.write_bytes(zipped(dict.fromkeys(names, b"")))
    assert picture_files(zip_names(str(path))) == expected


# What is refused


def with_header(shape: str, descr: str = "'<f8'", data: bytes = b"") -> bytes:
    """A .npy file with this header."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def npy(array: Any, **more: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **more)
    return file.getvalue()


Y = npy([0, 1])
NAN, INFINITE = np.zeros((5, 2, 2)), np.zeros((5, 2))
NAN[3, 1, 0], INFINITE[4, 1] = np.nan, -np.inf


def pickled() -> bytes:
    return pickle.dumps(np.array([[1, "a"]] * 2, object))


def lzma_zip() -> bytes:
    return zipped({"x.npy": npy(np.eye(2)), "y.npy": Y}, zipfile.ZIP_LZMA)


def encrypted() -> bytes:
    """An .npz file whose directory says that it is encrypted."""
    content = bytearray(npz(x=np.eye(2), y=[0, 1]))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 1)
    return bytes(content)


def damaged() -> bytes:
    """An .npz file of which a byte of x has changed."""
    file = io.BytesIO()
    np.savez(file, x=np.eye(99), y=np.arange(99))
    content = bytearray(file.getvalue())
    content[content.rfind(np.float64(1).tobytes()) + 6] ^= 1
    return bytes(content)


REFUSED: dict[str, tuple[Make, str]] = {
    "a lone array": (lambda: npy(np.eye(2)), 'np.savez("data.npz", x=x, y=y)'),
    "other names": (lambda: npz(a=[1], b=[2]), "its arrays are called a, b"),
    "no target": (lambda: npz(x=np.eye(2)), "its arrays are called x"),
    "a training set without a target": (lambda: npz(x_train=[1], x_test=[1]), "x and y, or x_train and y_train"),
    "a test set without a target": (lambda: npz(x_train=[1], y_train=[1], x_test=[1]), "x_test without y_test"),
    "a sparse matrix": (lambda: npz(data=[1], indices=[0], indptr=[0, 1], shape=[1, 1]), "toarray()"),
    "objects": (lambda: npz(x=np.array([[1, "a"]] * 2, object), y=[0, 1]), "holds Python objects"),
    "objects in y": (lambda: npz(x=np.eye(2), y=np.array(["a", None])), "The array y holds Python objects"),
    "a pickle": (lambda: zipped({"x.npy": pickled(), "y.npy": Y}), "The array x can't be read"),
    "objects beside": (lambda: zipped({"x.npy": with_header("(2,)", "'|O'", pickled()), "y.npy": Y}), "Python objects"),
    "a structured array": (lambda: npz(x=np.zeros(2, [("a", "f8")]), y=[0, 1]), "values of type"),
    "complex numbers": (lambda: npz(x=np.eye(2) * 1j, y=[0, 1]), "values of type complex128"),
    "text as features": (lambda: npz(x=np.array([["a"], ["b"]]), y=[0, 1]), "x holds text"),
    "a header that says more": (lambda: zipped({"x.npy": with_header("(9, 9)", data=bytes(64)), "y.npy": Y}), "(9, 9)"),
    "a header that says less": (lambda: zipped({"x.npy": with_header("(2, 1)", data=bytes(64)), "y.npy": Y}), "(2, 1)"),
    "a huge shape": (lambda: zipped({"x.npy": with_header("(10**9, 10**9)"), "y.npy": Y}), "can't be read"),
    "a huge number of rows": (
        lambda: zipped({"x.npy": with_header("(1000000000000, 4)"), "y.npy": Y}),
        "the file holds more or less",
    ),
    "a negative shape": (lambda: zipped({"x.npy": with_header("(-1, 4)"), "y.npy": Y}), "(-1, 4)"),
    "a shape of text": (lambda: zipped({"x.npy": with_header("('a', 4)"), "y.npy": Y}), "can't be read"),
    "a header of calls": (lambda: zipped({"x.npy": with_header("__import__('os')"), "y.npy": Y}), "can't be read"),
    "a deep header": (lambda: zipped({"x.npy": with_header("(" * 9000), "y.npy": Y}), "can't be read"),
    "a long header": (lambda: zipped({"x.npy": with_header("(2,)" + " " * 60_000), "y.npy": Y}), "can't be read"),
    "an unknown version": (lambda: zipped({"x.npy": b"\x93NUMPY\x09\x00\x00\x00", "y.npy": Y}), "can't be read"),
    "an empty array": (lambda: zipped({"x.npy": b"", "y.npy": Y}), "can't be read"),
    "no rows": (lambda: npz(x=np.zeros((0, 2)), y=[]), "it needs rows"),
    "no values": (lambda: npz(x=np.zeros((2, 0)), y=[0, 1]), "it needs rows"),
    "one number": (lambda: npz(x=1, y=1), "it needs rows"),
    "too many axes": (lambda: npz(x=np.zeros((2, 1, 1, 1, 1, 1)), y=[0, 1]), "at most 5 axes"),
    "NaN": (lambda: npz(x=NAN, y=np.arange(5)), "x[3, 1, 0] is NaN, which is no value: fill in a value"),
    "infinity": (lambda: npz(x=INFINITE, y=np.arange(5)), "x[4, 1] is infinite"),
    "NaN in y": (lambda: npz(x=np.eye(2), y=[0, np.nan]), "y[1] is NaN"),
    "too large for float32": (lambda: npz(x=[[1.0], [1e300]], y=[0, 1]), "x[1, 0] is too large for float32"),
    "an empty class": (lambda: npz(x=np.eye(2), y=["a", ""]), "y[1] is empty"),
    "wrong lengths": (lambda: npz(x=np.eye(3), y=[0, 1]), "x has 3 rows and y has 2 rows"),
    "one-hot targets": (lambda: npz(x=np.eye(3), y=np.eye(3)), "save y.argmax(axis=1)"),
    "sets of two shapes": (
        lambda: npz(x_train=np.eye(2), y_train=[0, 1], x_test=np.eye(3), y_test=[0, 1, 0]),
        "give them one shape",
    ),
    "numbers and text": (
        lambda: npz(x_train=np.eye(2), y_train=[0, 1], x_test=np.eye(2), y_test=["a", "b"]),
        "hold numbers and text",
    ),
    "groups of another length": (
        lambda: npz(x=np.eye(3), y=[0, 1, 0], groups=[1]),
        "give each of the 3 rows one group",
    ),
    "too many classes": (
        lambda: npz(x=np.eye(101), y=np.array([f"c{number}" for number in range(101)])),
        "101 different texts",
    ),
    "a large example": (lambda: npz(x=np.zeros((1, 1025, 1024), "uint8"), y=[0]), "One example has 1,049,600 values"),
    "an unusual compression": (lzma_zip, "compress it with deflate"),
    "an encrypted file": (encrypted, "is encrypted: save it without a password"),
    "a changed byte": (damaged, "The array x is damaged"),
    "a damaged zip file": (lambda: b"PK\x03\x04" + bytes(100), "can't be unpacked"),
    "no folders": (lambda: zipped({"1.png": picture(0), "2.png": picture(0)}), "1.png is in no folder"),
    "one folder": (lambda: zipped({"a/1.png": picture(0), "a/2.png": picture(0)}), "make a folder for each class"),
    "a picture that is none": (lambda: folders(**{"animals/dog/x.png": b"no picture"}), "animals/dog/x.png is no PNG"),
    "half a picture": (
        lambda: folders(**{"animals/dog/x.jpg": picture(9, (99, 99), "JPEG")[:-200]}),
        "animals/dog/x.jpg can't be read as a picture",
    ),
    "a GIF in disguise": (
        lambda: folders(**{"animals/dog/x.png": picture(0, format="GIF", mode="P")}),
        "x.png is no PNG",
    ),
    "16 bits a pixel": (
        lambda: folders(**{"animals/dog/x.png": picture(9, mode="I;16")}),
        "x.png has more than 8 bits a pixel",
    ),
    "a name that leads out": (lambda: folders(**{"../../animals/x.png": picture(0)}), "leads out of the zip file"),
    "a picture of too many pixels": (
        lambda: folders(**{"animals/dog/x.png": picture(0, (6000, 5000), mode="1")}),
        "x.png has 6,000 × 5,000 pixels",
    ),
    "a bomb of a picture": (
        lambda: folders(**{"animals/dog/x.png": picture(0, (14000, 14000), mode="1")}),
        "x.png has more than 25,000,000 pixels",
    ),
    "neither arrays nor pictures": (lambda: zipped({"a.txt": b"", "b.txt": b""}), "a zip of folders of pictures"),
    "a MATLAB file": (lambda: b"MATLAB 5.0 MAT-file" + bytes(200), "This is a MATLAB file"),
}
ROWS = {"NaN": 3, "infinity": 4, "NaN in y": 1, "too large for float32": 1, "an empty class": 1}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused(keep: Keep, name: str) -> None:
    make, words = REFUSED[name]
    problem = refused(keep, make())
    assert words in problem.message
    assert problem.location == (("row", ROWS[name]) if name in ROWS else ())


def zeros(name: str, shape: tuple[int, ...]) -> dict[str, bytes]:
    return {name: npy(np.zeros(shape, "uint8"))}


def many_entries() -> bytes:
    """A zip file of more entries than are looked at, of which none has content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(MAX_FILES + 1):
            archive.writestr(zipfile.ZipInfo(f"a/{number}.png"), b"")
    return file.getvalue()


BOMBS: dict[str, tuple[Make, str]] = {
    "zeros": (lambda: zipped({**zeros("x.npy", (150, 1000, 1000)), "y.npy": npy(np.arange(150))}), "are equal"),
    "many entries": (many_entries, "more than 70,000 files"),
    "a large shape": (
        lambda: zipped({"x.npy": with_header("(600000, 1000)", "'<f4'", bytes(8)), "y.npy": npy(np.arange(600_000))}),
        "the file holds more or less",
    ),
    "a picture": (lambda: folders(**{"animals/dog/x.png": picture(0, (15000, 15000), mode="1")}), "25,000,000 pixels"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once_in_little_memory(keep: Keep, name: str) -> None:
    make, words = BOMBS[name]
    content = make()
    tracemalloc.start()
    begun = time.process_time()
    try:
        assert words in refused(keep, content).message
        assert time.process_time() - begun < 5  # tracing makes it several times as slow
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_sizes_have_a_limit(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    id = keep(folders())
    monkeypatch.setenv("LAB_ARRAY_LIMIT", "2000")
    settings.cache_clear()
    (problem,) = Arrays(file=id, size=[100, 100]).problems()
    assert problem.location == ("dataset", "size")
    assert "5 rows of 30,000 values take 600,000 bytes as float32, and at most 2,000 are allowed" in problem.message
    remove_file(id)
    assert "take 3,600 bytes" in refused(keep, npz(x=np.eye(30), y=np.arange(30))).message
    assert "Unpacked, this has" in refused(keep, folders(**{"animals/cat/note.txt": bytes(3000)})).message

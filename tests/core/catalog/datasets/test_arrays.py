"""Arrays and pictures of one's own, as the service and its script understand them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.api.preview import ImagesSampleView, PointsSampleView, SeriesSampleView, preview_view
from core.catalog.calls import functions, source_code
from core.catalog.datasets import Arrays, Split, Table
from core.catalog.datasets.array_rows import picture_files, read_pictures, zip_names
from core.catalog.datasets.array_uploads import arrays_summary
from core.catalog.datasets.uploads import content_path, file_ids, remove_file, uploads_directory
from core.experiment.experiment import Experiment, resolve
from core.problems import Invalid
from tests.core.catalog.datasets.own_arrays import Keep, folders, npz, picture, refused, trials, zipped

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 5, 4), "uint8")


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


def test_a_large_jpeg_is_reduced_as_its_pixels_would_be(tmp_path: Path) -> None:
    coarse = Image.fromarray(RNG.integers(0, 256, (12, 16, 3), "uint8"))
    whole = coarse.resize((1600, 1200), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    whole.save(file, "JPEG", quality=95)
    (tmp_path / "one.zip").write_bytes(zipped({"a/1.jpg": file.getvalue()}))
    read, _ = read_pictures(str(tmp_path / "one.zip"), [("", "a", "a/1.jpg")], 60, 80, 3)
    expected = np.asarray(whole.resize((80, 60), Image.Resampling.BILINEAR), "float64")
    assert np.abs(read[0] - expected).max() <= 3


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

"""Arrays and pictures over REST: upload, list, download, training and removal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from tests.app.api.experiments import finished, posted
from tests.conftest import StartService
from tests.core.catalog.datasets.own_arrays import folders, npz, picture, trials, zipped
from tests.service import Service

Make = Callable[[], bytes]


def uploaded(client: httpx.Client, content: bytes, **query: Any) -> httpx.Response:
    return client.post("/api/datasets/files", content=content, params=query)


def test_arrays_are_listed_beside_tables(client: httpx.Client, service: Service) -> None:
    content = npz(**trials())
    answer = uploaded(client, content, name="../My trials?.npz")
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert view.pop("uploaded_at")
    assert view == {
        "kind": "arrays",
        "id": hashlib.sha256(content).hexdigest(),
        "name": "My trials_.npz",
        "bytes": len(content),
        "rows": 40,
        "notes": [
            "Rows can be cut by groups",
            "An example is read as 4 steps of 32 values. If it is channels of samples, choose the layout image for 2D "
            "convolutions, or save np.moveaxis(x, 1, 2) for steps in time",
        ],
        "format": "npz",
        "shape": [4, 32],
        "dtype": "float32",
        "target_type": "category",
        "distinct": 2,
        "classes": [{"name": "left", "rows": 20}, {"name": "right", "rows": 20}],
        "sets": {},
        "has_groups": True,
        "columns": [{"name": "groups", "type": "number", "distinct": 4}],
        "group_column": "groups",
        "far_features": False,
    }
    path = f"/api/datasets/files/{view['id']}"
    assert answer.headers["location"] == path
    table = client.post("/api/datasets/files", content=b"a,b\n1,2\n3,4\n5,6\n").json()
    kinds = {file["id"]: file["kind"] for file in client.get("/api/datasets/files").json()["files"]}
    assert (kinds[view["id"]], kinds[table["id"]]) == ("arrays", "table")
    assert client.get(path).json()["classes"] == view["classes"]
    download = client.get(f"{path}/content")
    assert download.content == content
    assert "My%20trials_.npz" in download.headers["content-disposition"]
    assert client.post(f"{path}/reading", json={"header": False}).status_code == 422
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert not list((service.data / "datasets" / "uploads").glob(f"{view['id']}*"))


@pytest.mark.parametrize(
    ("x", "far"),
    [
        (np.linspace(-1e-5, 1e-5, 40).reshape(4, 10), True),
        (np.linspace(0, 255, 40, dtype=np.float32).reshape(4, 10), True),
        (np.zeros((4, 10)), False),
        (np.linspace(-3, 3, 40).reshape(4, 10), False),
        (np.full((4, 10, 10), 255, np.uint8), False),
    ],
    ids=["volts", "float pixels", "zeros", "deviations", "pictures"],
)
def test_arrays_far_from_1_are_said_to_be(client: httpx.Client, x: np.ndarray, far: bool) -> None:
    assert uploaded(client, npz(x=x, y=[0, 1, 0, 1])).json()["far_features"] is far


def test_a_file_without_a_name_is_called_by_what_it_is(client: httpx.Client) -> None:
    assert uploaded(client, npz(x=np.eye(2), y=[0, 1])).json()["name"] == "table.npz"
    assert uploaded(client, folders(), name="pets").json()["name"] == "pets.zip"


def test_the_kind_of_data_set_is_the_files(client: httpx.Client) -> None:
    arrays = uploaded(client, npz(x=np.eye(3), y=[0, 1, 0])).json()["id"]
    table = client.post("/api/datasets/files", content=b"a,b\n1,2\n3,4\n5,6\n").json()["id"]
    for dataset, words in (
        ({"kind": "table", "file": arrays, "target": "y"}, "Your own arrays or pictures"),
        ({"kind": "arrays", "file": table}, "Your own table"),
    ):
        answer = client.post("/api/datasets/preview", json={"dataset": dataset})
        (error,) = answer.json()["errors"]
        assert error["location"] == ["dataset", "file"]
        assert words in error["message"]


@pytest.mark.parametrize(
    ("make", "place", "words"),
    [
        (lambda: npz(x=[[1.0], [np.nan]], y=[0, 1]), ["row", 1], "x[1, 0] is NaN"),
        (lambda: npz(x=np.array([{}]), y=[0]), [], "holds Python objects"),
        (lambda: zipped({"a/1.png": picture(0), "b/2.png": b"-"}), [], "b/2.png is no PNG or JPEG"),
    ],
)
def test_bad_files_are_refused_and_not_kept(
    client: httpx.Client, service: Service, make: Make, place: list[Any], words: str
) -> None:
    before = sorted((service.data / "datasets" / "uploads").glob("*"))
    answer = uploaded(client, make())
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["location"] == place
    assert words in error["message"]
    assert sorted((service.data / "datasets" / "uploads").glob("*")) == before


def test_tables_have_a_lower_limit_than_arrays(start_service: StartService) -> None:
    limits = {"LAB_UPLOAD_LIMIT": "2000", "LAB_ARRAY_LIMIT": "20000"}
    lab = start_service(workers=0, **limits)
    with lab.client() as client:
        large = npz(x=np.random.default_rng(0).normal(size=(50, 50)).astype("float32"), y=np.arange(50) % 2)
        assert 2000 < len(large) < 20_000
        assert uploaded(client, large).status_code == 201
        for body in (b"a,b\n" + b"1,2\n" * 1000, iter([b"a,b\n" + b"1,2\n" * 400, b"1,2\n" * 400])):
            answer = client.post("/api/datasets/files", content=body)
            assert answer.status_code == 413
            assert "at most 2,000 bytes" in answer.json()["detail"]
        assert uploaded(client, bytes(20_001)).status_code == 413
        assert "at most 20,000 are allowed" in uploaded(client, npz(x=np.zeros((51, 100)), y=np.arange(51))).text


def test_trials_and_pictures_train(client: httpx.Client) -> None:
    """EEG-like trials on convolutions in time and over channels, and a folder of pictures with its own test set."""
    eeg = uploaded(client, npz(**trials(80)), name="trials.npz").json()["id"]
    rng = np.random.default_rng(0)
    colours = {"warm": (200, 40, 30), "cold": (30, 40, 200)}
    files = {
        f"{part}/{label}/{number}.png": picture(tuple(int(each) for each in np.add(colour, rng.integers(-20, 20, 3))))
        for part, rows in (("train", 12), ("test", 6))
        for label, colour in colours.items()
        for number in range(rows)
    }
    pictures = uploaded(client, zipped(files), name="colours.zip").json()
    assert pictures["sets"] == {"train": 24, "test": 12}
    convolution = {"kind": "conv2d", "filters": 4, "kernel_constraint": {"kind": "max_norm", "max_value": 2.0}}
    training = {"epochs": 30, "batch_size": 8, "optimizer": {"kind": "adam", "learning_rate": 0.02}}
    bodies = [
        {
            "dataset": {"kind": "arrays", "file": eeg, "layout": "image"},
            "split": {"train": 40, "shuffle": True, "standardize": True},
            "network": {
                "layers": [
                    {**convolution, "kernel_size": [1, 8]},
                    {"kind": "depthwise_conv2d", "kernel_size": [4, 1]},
                    {"kind": "flatten"},
                ]
            },
            "training": training,
        },
        {
            "dataset": {"kind": "arrays", "file": pictures["id"]},
            "split": {"train": 24},
            "network": {"layers": [{**convolution, "kernel_size": 3}, {"kind": "global_average_pooling2d"}]},
            "training": training,
        },
        {
            "dataset": {"kind": "arrays", "file": pictures["id"], "size": [4, 4], "layout": "table"},
            "split": {"train": 24},
            "network": {"layers": [{"kind": "dense", "units": 4}]},
            "training": training,
        },
    ]
    ids = [posted(client, body)["id"] for body in bodies]
    for id in ids:
        view = finished(client, id)
        assert view["status"] == "finished", view
        assert view["arms"][0]["test_accuracy"]["mean"] > 0.9
    refused = client.delete(f"/api/datasets/files/{eeg}")
    assert refused.status_code == 409

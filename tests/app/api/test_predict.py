"""Predictions for new rows on the running service: equal to those for the test rows, and refusals at their places."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import numpy as np
import pytest

from tests.app.api.experiments import finished, posted, refused, view_of
from tests.app.api.test_predictions import accuracy, as_csv, experiment, page_of, rows_of, table, upload

TABLE_SPLIT = {"train": 0.6, "shuffle": True, "standardize": True}
FEATURES = ["age", "ward", "admitted", "weight"]


def predict(client: httpx.Client, id: str, arm: str, seed: int, draw: int | None = None, **body: Any) -> dict[str, Any]:
    params = {} if draw is None else {"draw": draw}
    answer = client.post(f"/api/experiments/{id}/runs/{arm}/{seed}/predict", params=params, json=body, timeout=60)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def agree(client: httpx.Client, view: dict[str, Any], new: Any) -> None:
    """Every run predicts for its test rows, sent as `new` makes them, what it was scored with."""
    for run in view["runs"]:
        draw = {} if run["draw"] is None else {"draw": run["draw"]}
        told = rows_of(client, view["id"], run["arm"], run["seed"], show="all", **draw)
        columns = page_of(client, view["id"], run["arm"], run["seed"], limit=1, **draw)["columns"]
        new_rows = [new(columns, row) for row in told]
        found = predict(client, view["id"], run["arm"], run["seed"], **draw, rows=new_rows)["rows"]
        if told[0]["right"] is None:
            assert [row["prediction"] for row in found] == pytest.approx([row["prediction"] for row in told], rel=1e-5)
            continue
        assert [row["prediction"] for row in found] == [row["prediction"] for row in told]
        assert accuracy(told) == run["test_accuracy"]
        for row, known in zip(found, told, strict=True):
            assert max(row["probabilities"].values()) == pytest.approx(known["probability"], abs=1e-6)
            assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def as_record(columns: list[str], row: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(columns, row["cells"], strict=True))


def as_numbers(_: list[str], row: dict[str, Any]) -> list[float]:
    numbers: list[float] = row["cells"]
    return numbers


def test_points_of_the_tutorial(client: httpx.Client, quick: dict[str, Any]) -> None:
    agree(client, finished(client, posted(client, quick)["id"]), as_numbers)


def test_tables_with_gaps_categories_and_dates(client: httpx.Client) -> None:
    file = upload(client, as_csv(*table()))
    dataset = {"kind": "table", "file": file, "target": "state", "features": FEATURES}
    number = {"kind": "table", "file": file, "target": "stay", "features": FEATURES}
    ids = [
        posted(client, experiment(dataset, TABLE_SPLIT))["id"],
        posted(client, experiment(number, {**TABLE_SPLIT, "standardize_target": True}))["id"],
    ]
    for id in ids:
        agree(client, finished(client, id), as_record)


def test_many_classes_on_draws_with_the_best_weights_put_back(client: httpx.Client) -> None:
    training = {
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
        "epochs": 200,
        "batch_size": 16,
        "early_stopping": {"patience": 3, "watch": "validation", "restore_best_weights": True},
    }
    split = {"train": 80, "validation": 30, "shuffle": True, "standardize": True, "draws": 2}
    body = experiment({"kind": "iris"}, split, training=training)
    view = finished(client, posted(client, body)["id"])
    assert view["runs"][0]["epochs_done"] < 200
    agree(client, view, as_record)


def test_arrays_of_pixels(client: httpx.Client) -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, (90, 6, 6), dtype=np.uint8)
    y = (x[:, :3].mean(axis=(1, 2)) > x[:, 3:].mean(axis=(1, 2))).astype(np.int64)
    content = io.BytesIO()
    np.savez(content, x=x, y=y)
    file = upload(client, content.getvalue(), "pixels.npz")
    layers = [
        {"kind": "conv2d", "name": "hidden", "filters": 4, "kernel_size": 3, "activation": "relu"},
        {"kind": "batch_normalization", "name": "norm"},
        {"kind": "flatten", "name": "flat"},
    ]
    body = experiment({"kind": "arrays", "file": file}, {"train": 0.6}, network={"layers": layers, "output": {}})
    view = finished(client, posted(client, body)["id"])
    assert page_of(client, view["id"], "baseline", 3)["picture"] == [6, 6, 1]
    agree(client, view, lambda _, row: x[row["row"] - 1][:, :, None].tolist())
    whole = predict(client, view["id"], "baseline", 3, file=file)["rows"]
    told = rows_of(client, view["id"], "baseline", 3, show="all")
    assert [whole[row["row"] - 1]["prediction"] for row in told] == [row["prediction"] for row in told]


def test_a_file_without_a_target(client: httpx.Client) -> None:
    header, lines = table()
    dataset = {"kind": "table", "file": upload(client, as_csv(header, lines)), "target": "state", "features": FEATURES}
    id = finished(client, posted(client, experiment(dataset, TABLE_SPLIT))["id"])["id"]
    _, new = table(30, seed=9)
    keep = [header.index(name) for name in ("name", "weight", "age", "ward", "admitted")]
    file = upload(client, as_csv([header[i] for i in keep], [[line[i] for i in keep] for line in new]), "new.csv")
    from_file = predict(client, id, "max/norm", 3, file=file)
    assert from_file["columns"] == ["name", "weight", "age", "ward", "admitted"]
    records = [dict(zip(header, line, strict=True)) for line in new]
    from_rows = predict(client, id, "max/norm", 3, rows=[{name: row[name] for name in FEATURES} for row in records])
    for one, other in zip(from_file["rows"], from_rows["rows"], strict=True):
        assert (one["prediction"], one["probabilities"]) == (other["prediction"], other["probabilities"])
    path = f"/api/experiments/{id}/runs/max/norm/3/predict"
    answer = client.post(path, params={"format": "csv"}, json={"file": file}).raise_for_status()
    told = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["prediction"] for line in told] == [row["prediction"] for row in from_file["rows"]]
    assert [float(line["probability of sick"]) for line in told] == [
        row["probabilities"]["sick"] for row in from_file["rows"]
    ]
    without = upload(client, as_csv(["name", "age", "extra"], [["a", "1", "2"], ["b", "3", "4"]]), "less.csv")
    answer = client.post(path, json={"file": without})
    refused(answer, 422)
    places = [error["location"] for error in answer.json()["errors"]]
    assert places == [["column", "ward"], ["column", "admitted"], ["column", "weight"], ["column", "extra"]]
    bad = [line[:] for line in new]
    bad[4][header.index("weight")] = "heavy"
    bad[7][header.index("ward")] = "Z"
    some = predict(client, id, "max/norm", 3, file=upload(client, as_csv(header, bad), "bad.csv"))["rows"]
    assert some[4]["note"] == "Not predicted. weight: 'heavy' is no number"
    assert (some[4]["prediction"], some[4]["probabilities"]) == (None, None)
    assert some[7]["note"] == "ward: 'Z' is in no row that was trained on"
    assert some[7]["prediction"] is not None
    for place, (one, other) in enumerate(zip(some, from_file["rows"], strict=True)):
        if place not in (4, 7):
            assert (one["prediction"], one["probabilities"], one["note"]) == (
                other["prediction"],
                other["probabilities"],
                None,
            )
    for line in bad:
        line[header.index("weight")] = "heavy"
    answer = client.post(path, json={"file": upload(client, as_csv(header, bad), "worse.csv")})
    refused(answer, 422)
    assert answer.json()["errors"][0]["location"] == ["row", 2, "column", "weight"]


@pytest.fixture
def trained(client: httpx.Client) -> str:
    """A table's experiment that has finished."""
    dataset = {"kind": "table", "file": upload(client, as_csv(*table())), "target": "state", "features": FEATURES}
    id: str = finished(client, posted(client, experiment(dataset, TABLE_SPLIT))["id"])["id"]
    return id


def test_a_bad_cell_is_refused_at_its_place(client: httpx.Client, trained: str) -> None:
    row = {"age": 40, "ward": "north", "admitted": "2024-02-03", "weight": 71.5}
    path = f"/api/experiments/{trained}/runs/baseline/3/predict"
    changes: list[dict[str, Any]] = [
        {"age": "old"},
        {"weight": None},
        {"weight": 1e39},
        {"admitted": "yesterday"},
        {"wieght": 70},
        {"age": [1]},
    ]
    for change in changes:
        answer = client.post(path, json={"rows": [row, row | change]})
        refused(answer, 422)
        assert [error["location"] for error in answer.json()["errors"]] == [["rows", 1, *change]]


def test_missing_values_and_unknown_categories_are_taken_as_in_training(client: httpx.Client, trained: str) -> None:
    row = {"age": None, "ward": "east", "admitted": "2024-02-03", "weight": "71.5"}
    (found,) = predict(client, trained, "baseline", 3, rows=[row])["rows"]
    assert 0 < found["probabilities"]["sick"] < 1


def test_what_can_not_be_predicted_is_refused(client: httpx.Client, trained: str, quick: dict[str, Any]) -> None:
    path = f"/api/experiments/{trained}/runs/baseline/3/predict"
    row = {"age": 40, "ward": "north", "admitted": "2024-02-03"}
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"rows": []},
        {"rows": [1]},
        {"rows": [row]},
        {"rows": [row] * 10_001},
        {"file": "ab" * 32},
    )
    for body in bodies:
        refused(client.post(path, json=body), 422)
    refused(client.post(path.replace("baseline", "nobody"), json={"rows": [row]}), 404)
    id = finished(client, posted(client, quick)["id"])["id"]
    path = f"/api/experiments/{id}/runs/baseline/1/predict"
    for rows in ([[1]], [[1, "2"]], [[1, 1e39]], [[1, None]], [{"x1": 1}], [[[1, 2]]], [[1, 10**400]]):
        refused(client.post(path, json={"rows": rows}), 422)
    (one,) = predict(client, id, "baseline", 1, rows=[{"x1": 1, "x2": 0.5}])["rows"]
    (same,) = predict(client, id, "baseline", 1, rows=[[1, 0.5]])["rows"]
    assert one["probabilities"] == same["probabilities"]
    assert view_of(client, id)["status"] == "finished"

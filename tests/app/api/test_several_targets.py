"""Several labels and several targets on the running service: preview, verdict, rows, new rows, exports."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import numpy as np
import pytest

from tests.app.api.experiments import finished, posted
from tests.app.api.test_predict import predict
from tests.app.api.test_predictions import experiment, page_of, rows_of, upload
from tests.core.catalog.datasets.plants import LABELS, NUMBERS, csv_of_plants, plants

FEATURES = ["light", "water", "soil"]
SPLIT = {"train": 70, "shuffle": True, "standardize": True}


@pytest.fixture
def file(client: httpx.Client) -> str:
    return upload(client, csv_of_plants().encode(), "plants.csv")


def dataset(file: str, targets: list[str]) -> dict[str, Any]:
    first, *more = targets
    return {"kind": "table", "file": file, "target": first, "more_targets": more, "features": FEATURES}


def preview(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/datasets/preview", json={name: body[name] for name in ("dataset", "split")})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def test_labels_from_the_preview_to_the_exports(client: httpx.Client, file: str) -> None:
    body = experiment(dataset(file, LABELS), SPLIT, seeds=[3, 4])
    shown = preview(client, body)
    assert (shown["task"], shown["classes"], shown["target_names"]) == ("labels", 0, LABELS)
    assert [each["values"] for each in shown["labels"]] == [["no", "yes"], ["0", "1"], ["false", "true"]]
    ones = sum(sum(each[part] for part in ("train", "test")) for each in shown["labels"])
    frame = plants().dropna(subset=LABELS)
    assert ones == (frame["flowers"] == "yes").sum() + frame["fruits"].sum() + (frame["spreads"] == "true").sum()
    assert 0.5 <= shown["majority"]["test"] <= 0.8

    view = finished(client, posted(client, body)["id"])
    assert view["score"] == "accuracy"
    assert view["majority"]["test"] == pytest.approx(shown["majority"]["test"])
    id = view["id"]
    by_number = dict(zip(range(1, 121), plants().itertuples(), strict=True))
    for run in view["runs"]:
        rows = rows_of(client, id, run["arm"], run["seed"], show="all")
        assert len(rows) == 49
        shares = [np.mean([each["right"] for each in row["targets"]]) for row in rows]
        assert float(np.float32(np.mean(shares))) == pytest.approx(run["test_accuracy"], abs=1e-6)
        for row in rows:
            known = by_number[row["row"]]
            assert row["truths"] == [known.flowers, str(known.fruits), known.spreads]
            assert [each["right"] for each in row["targets"]] == [
                each["prediction"] == truth for each, truth in zip(row["targets"], row["truths"], strict=True)
            ]
            assert row["right"] == all(each["right"] for each in row["targets"])
            assert all(each["probability"] >= 0.5 for each in row["targets"])
        wrong = rows_of(client, id, run["arm"], run["seed"])
        assert [row["row"] for row in wrong] == [row["row"] for row in rows if not row["right"]]
    page = page_of(client, id, "baseline", 3, show="all", limit=1)
    assert page["target_names"] == LABELS
    assert not set(LABELS) & set(page["columns"])

    told = client.get(f"/api/experiments/{id}/runs/baseline/3/predictions.csv").raise_for_status().text
    lines = list(csv.DictReader(io.StringIO(told)))
    assert lines[0]["flowers"] in ("yes", "no")
    assert {"prediction of flowers", "probability of flowers: yes", "prediction of spreads"} <= lines[0].keys()
    first = rows_of(client, id, "baseline", 3, show="all")[0]
    assert lines[0]["prediction of fruits"] == first["targets"][1]["prediction"]

    record = {name: plants()[name].tolist()[0] for name in FEATURES}
    found = predict(client, id, "baseline", 3, rows=[record])
    assert found["target_names"] == LABELS
    (row,) = found["rows"]
    assert row["prediction"] is None
    assert row["predictions"].keys() == row["probabilities"].keys() == set(LABELS)
    assert (row["predictions"]["flowers"] == "yes") == (row["probabilities"]["flowers"] > 0.5)

    verdict = client.get(f"/api/experiments/{id}/verdict").raise_for_status().json()
    assert verdict["score"] == "accuracy"
    difference = verdict["arms"][1]["test"]
    assert difference["rows_error"] is not None, "the rows' outcomes are known"
    for name in ("report.html", "table.md", "script.py", "runs.csv", "curves.csv"):
        assert client.get(f"/api/experiments/{id}/export/{name}").raise_for_status().text
    metrics = view["runs"][0]["metrics"]["test"]
    assert metrics["auc"] is not None
    assert metrics["predicted_classes"] is None


def test_targets_are_told_each_in_its_own_units(client: httpx.Client, file: str) -> None:
    body = experiment(dataset(file, NUMBERS), {**SPLIT, "target_scale": "standard"})
    shown = preview(client, body)
    assert (shown["task"], shown["majority"]) == ("targets", None)
    assert [each["name"] for each in shown["targets"]] == NUMBERS
    assert shown["targets"][0]["mean"] > 200 > 1 > shown["targets"][1]["mean"]
    view = finished(client, posted(client, body)["id"])
    assert view["score"] == "r2"
    id, run = view["id"], view["runs"][0]
    rows = rows_of(client, id, "baseline", run["seed"], show="all")
    errors = [row["error"] for row in rows]
    assert errors == sorted(errors, reverse=True)
    assert np.mean(errors) == pytest.approx(run["metrics"]["test"]["mae"], rel=1e-4)
    known = plants()
    for row in rows:
        assert row["truths"] == [known[name].tolist()[row["row"] - 1] for name in NUMBERS]
        for each, truth in zip(row["targets"], row["truths"], strict=True):
            assert each["error"] == pytest.approx(abs(each["prediction"] - truth), abs=1e-3)
    record = {name: known[name].tolist()[rows[0]["row"] - 1] for name in FEATURES}
    (new,) = predict(client, id, "baseline", run["seed"], rows=[record])["rows"]
    assert list(new["predictions"].values()) == pytest.approx([e["prediction"] for e in rows[0]["targets"]], rel=1e-4)
    told = client.get(f"/api/experiments/{id}/runs/baseline/{run['seed']}/predictions.csv").raise_for_status().text
    assert "absolute error of leaves" in told.splitlines()[0]
    verdict = client.get(f"/api/experiments/{id}/verdict").raise_for_status().json()
    difference = verdict["arms"][1]["test"]
    assert difference["mean"] == pytest.approx(view["runs"][1]["test_r2"] - run["test_r2"], abs=1e-6)
    assert difference["low"] < difference["mean"] < difference["high"]
    assert client.get(f"/api/experiments/{id}/export/report.html").raise_for_status().text

"""Ways of cutting a table's rows, over REST: preview, training, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app.api.experiments import finished, posted
from tests.core.catalog.datasets.visits import csv_of_visits


@pytest.fixture
def visits(client: httpx.Client) -> dict[str, Any]:
    """The table as a data set."""
    headers = {"Content-Type": "text/csv"}
    answer = client.post("/api/datasets/files?name=visits.csv", content=csv_of_visits(), headers=headers)
    return {"kind": "table", "file": answer.raise_for_status().json()["id"], "target": "outcome"}


def preview(client: httpx.Client, dataset: dict[str, Any], split: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/datasets/preview", json={"dataset": dataset, "split": split})
    view: dict[str, Any] = answer.raise_for_status().json()
    return view


def test_a_preview_tells_the_sizes_that_come_out(client: httpx.Client, visits: dict[str, Any]) -> None:
    view = preview(client, visits, {"by": "column", "column": "set"})
    assert view["sizes"] == {"train": 60, "validation": 20, "test": 30, "holdout": 10}
    assert {"column": "set", "why": "cuts the rows", "tells": False} in view["left_out"]
    view = preview(client, visits, {"by": "group", "column": "patient", "train": 0.5})
    assert sum(view["sizes"].values()) == 120
    assert 50 <= view["sizes"]["train"] <= 70
    assert sum(view["class_balance"]["train"]) == view["sizes"]["train"]
    view = preview(client, visits, {"by": "stratified", "train": 0.5, "validation": 0.25})
    balance = view["class_balance"]
    assert balance["validation"] == pytest.approx([count / 2 for count in balance["train"]], abs=1.5)


@pytest.mark.parametrize(
    ("split", "field", "sentence"),
    [
        ({"by": "group"}, "column", "Name the column to cut by: one of age, dose, patient"),
        ({"by": "group", "column": "who"}, "column", "Rows can't be cut by 'who': choose one of age"),
        ({"by": "rows", "column": "day"}, "column", "Rows are not cut by a column: leave this empty"),
        ({"by": "time", "column": "day", "draws": 3}, "draws", "The order in time cuts the rows in one way only"),
        ({"by": "column", "column": "patient"}, "column", "rename these to train, validation, test, holdout"),
        ({"by": "time", "column": 3}, "column", "Must be text"),
        ({"by": "chance"}, "by", "Must be one of 'rows', 'stratified', 'group', 'time', 'column'"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: httpx.Client,
    quick: dict[str, Any],
    visits: dict[str, Any],
    split: dict[str, Any],
    field: str,
    sentence: str,
) -> None:
    for path, body in (
        ("/api/datasets/preview", {"dataset": visits, "split": split}),
        ("/api/experiments", {**quick, "dataset": visits, "split": split}),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["location"] == ["split", field]
        assert sentence in error["message"]


def test_groups_are_trained_on_with_the_sizes_that_come_out(
    client: httpx.Client, quick: dict[str, Any], visits: dict[str, Any]
) -> None:
    split = {"by": "group", "column": "patient", "train": 0.4, "validation": 0.2, "holdout": 0.2, "folds": 3}
    stopping = {"watch": "validation", "patience": 2}
    body = {**quick, "dataset": visits, "split": split, "training": {"epochs": 6, "early_stopping": stopping}}
    view = finished(client, posted(client, body)["id"])
    assert view["status"] == "finished"
    assert view["experiment"]["split"] == {**view["experiment"]["split"], **split}
    assert {run["draw"] for run in view["runs"]} == {1, 2, 3}
    script = client.get(f"/api/experiments/{view['id']}/export/script.py").raise_for_status().text
    assert "groups = " in script
    assert "def group_fold(" in script


def test_a_column_that_names_validation_rows_is_watched(
    client: httpx.Client, quick: dict[str, Any], visits: dict[str, Any]
) -> None:
    stopping = {"watch": "validation", "patience": 2}
    training = {"epochs": 4, "early_stopping": stopping}
    body = {**quick, "dataset": visits, "split": {"by": "column", "column": "set"}, "training": training}
    view = finished(client, posted(client, body)["id"])
    assert view["status"] == "finished"
    assert all(run["metrics"]["validation"] for run in view["runs"])
    assert client.post(f"/api/experiments/{view['id']}/reveal").status_code == 200
    refused = client.post("/api/experiments", json={**body, "split": {"by": "time", "column": "day"}})
    assert refused.json()["errors"][0]["location"][-2:] == ["early_stopping", "watch"]

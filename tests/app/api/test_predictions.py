"""Predictions for test rows on the running service: right figures, the rows' own columns, and sealed rows sealed."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import numpy as np
import pytest

from tests.app.api.experiments import finished, posted, refused

FIRST_NAMES = ("Ann", "Bo", "<b>Cy</b>", "=1+1", "Ünal")


def rows_of(client: httpx.Client, id: str, arm: str, seed: int, **query: Any) -> list[dict[str, Any]]:
    """All rows, page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = page_of(client, id, arm, seed, limit=17, cursor=cursor, **query)
        found += page["rows"]
        cursor = page["next_cursor"]
    assert len(found) == page["total"]
    return found


def page_of(client: httpx.Client, id: str, arm: str, seed: int, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/experiments/{id}/runs/{arm}/{seed}/predictions", params=query)
    page: dict[str, Any] = answer.raise_for_status().json()
    return page


def accuracy(rows: list[dict[str, Any]]) -> float:
    """Share of the rows that are right, as a run's figures have it: in single precision."""
    return float(np.float32(np.mean([row["right"] for row in rows])))


def table(rows: int = 120, seed: int = 0) -> tuple[list[str], list[list[str]]]:
    """Patients: an id, a name, numbers with gaps, categories, dates, two classes and a number that follow from them."""
    rng = np.random.default_rng(seed)
    lines = []
    for number in range(rows):
        age, ward, days = rng.integers(20, 90), ("north", "south", "west")[rng.integers(3)], rng.integers(0, 300)
        risk = (age - 55) / 18 + (ward == "north") + rng.normal() * 0.7
        stay = 4 + 2.5 * max(risk, -1) + rng.normal() * 0.4
        lines.append(
            [
                str(number + 1),
                f"{FIRST_NAMES[number % 5]} {number}",
                "" if number % 11 == 3 else str(age),
                ward,
                str(np.datetime64("2024-01-01") + days),
                f"{rng.normal(70, 9):.1f}",
                "sick" if risk > 0 else "well",
                f"{stay:.2f}",
            ]
        )
    return ["id", "name", "age", "ward", "admitted", "weight", "state", "stay"], lines


def as_csv(header: list[str], lines: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([header, *lines])
    return text.getvalue().encode()


def upload(client: httpx.Client, content: bytes, name: str = "patients.csv") -> str:
    id: str = client.post("/api/datasets/files", params={"name": name}, content=content).raise_for_status().json()["id"]
    return id


def experiment(dataset: dict[str, Any], split: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "split": split,
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 12, "activation": "relu"}], "output": {}},
        "training": {"optimizer": {"kind": "adam", "learning_rate": 0.02}, "epochs": 25, "batch_size": 16},
        "seeds": [3],
        "arms": [
            {"name": "baseline"},
            {
                "name": "max/norm",
                "changes": {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm", "max_value": 0.5}}}},
            },
        ],
        **more,
    }


@pytest.fixture
def patients(client: httpx.Client) -> str:
    return upload(client, as_csv(*table()))


def test_the_rows_give_the_runs_accuracy_in_every_arm(client: httpx.Client, quick: dict[str, Any]) -> None:
    view = finished(client, posted(client, quick)["id"])
    all_rows = {}
    for run in view["runs"]:
        rows = all_rows[run["arm"]] = rows_of(client, view["id"], run["arm"], run["seed"], show="all")
        assert len(rows) == len({row["row"] for row in rows}) == 70
        assert accuracy(rows) == run["test_accuracy"]
        assert all(row["right"] == (row["truth"] == row["prediction"]) for row in rows)
        wrong = rows_of(client, view["id"], run["arm"], run["seed"])
        assert wrong == rows[: len(wrong)]
        assert {row["row"] for row in wrong} == {row["row"] for row in rows if not row["right"]}
        sure = [row["probability"] for row in wrong]
        assert sure == sorted(sure, reverse=True)
        assert min(sure) >= 0.5
    first, second = all_rows
    page = page_of(client, view["id"], second, 1, show="all", limit=1)
    assert (page["columns"], page["classes"], page["target"], page["set_rows"]) == (["x1", "x2"], ["0", "1"], None, 70)
    base = {row["row"]: row for row in all_rows[first]}
    for row in all_rows[second]:
        assert row["cells"] == base[row["row"]]["cells"]
        assert row["baseline"] == {name: base[row["row"]][name] for name in row["baseline"]}
    for show, right in (("worse", False), ("better", True)):
        listed = rows_of(client, view["id"], second, 1, show=show)
        expected = {row["row"] for row in all_rows[second] if row["right"] is right is not row["baseline"]["right"]}
        assert {row["row"] for row in listed} == expected


def test_points_are_those_of_the_data_set(client: httpx.Client, quick: dict[str, Any]) -> None:
    from sklearn.datasets import make_moons

    x, y = make_moons(n_samples=100, noise=0.2, random_state=1)
    id = finished(client, posted(client, quick)["id"])["id"]
    for row in rows_of(client, id, "baseline", 1, show="all"):
        np.testing.assert_allclose(row["cells"], x[row["row"] - 1], rtol=1e-6)
        assert row["truth"] == str(y[row["row"] - 1])


def test_a_table_comes_with_all_columns_of_its_file(client: httpx.Client, patients: str) -> None:
    split = {"train": 0.6, "shuffle": True, "standardize": True}
    dataset = {"kind": "table", "file": patients, "target": "state", "features": ["age", "ward", "admitted", "weight"]}
    view = finished(client, posted(client, experiment(dataset, split))["id"])
    header, lines = table()
    for run in view["runs"]:
        rows = rows_of(client, view["id"], run["arm"], 3, show="all")
        assert accuracy(rows) == run["test_accuracy"]
        page = page_of(client, view["id"], run["arm"], 3, limit=1)
        assert page["columns"] == [name for name in header if name != "state"]
        assert (page["target"], page["classes"]) == ("state", ["sick", "well"])
        for row in rows:
            *own, state, stay = lines[row["row"] - 1]
            cells = ["" if cell is None else cell for cell in row["cells"]]
            assert cells[:5] == [int(own[0]), own[1], own[2] and int(own[2]), own[3], own[4]]
            assert cells[5:] == [float(own[5]), float(stay)]
            assert row["truth"] == state
    answer = client.get(f"/api/experiments/{view['id']}/runs/max/norm/3/predictions.csv")
    assert answer.headers["content-disposition"].endswith('max_norm_3_predictions.csv"')
    told = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(told) == len(rows)
    assert all(line["name"].startswith("'=") for line in told if "=1" in line["name"]), "no formulas"
    for line, row in zip(told, rows, strict=True):
        assert (int(line["row"]), line["prediction"], line["state"]) == (row["row"], row["prediction"], row["truth"])
        assert float(line[f"probability of {row['prediction']}"]) == row["probability"]
        assert line["prediction of the baseline"] == row["baseline"]["prediction"]


def test_a_regression_is_told_in_the_targets_units(client: httpx.Client, patients: str) -> None:
    split = {"train": 0.6, "shuffle": True, "standardize": True, "standardize_target": True}
    dataset = {"kind": "table", "file": patients, "target": "stay", "features": ["age", "ward", "weight"]}
    view = finished(client, posted(client, experiment(dataset, split))["id"])
    _, lines = table()
    for run in view["runs"]:
        rows = rows_of(client, view["id"], run["arm"], 3, show="all")
        truth = np.array([row["truth"] for row in rows])
        assert truth.tolist() == [float(lines[row["row"] - 1][-1]) for row in rows]
        errors = np.array([row["error"] for row in rows])
        np.testing.assert_allclose(errors, np.abs(truth - [row["prediction"] for row in rows]), atol=1e-5)
        assert errors.tolist() == sorted(errors, reverse=True)
        r2 = 1 - np.square(errors).sum() / np.square(truth - truth.mean()).sum()
        assert r2 == pytest.approx(run["test_r2"], abs=1e-4)
        assert {row["right"] for row in rows} == {None}
    worse = {row["row"] for row in rows_of(client, view["id"], "max/norm", 3, show="worse")}
    assert worse == {row["row"] for row in rows if row["error"] > row["baseline"]["error"]}


def test_many_classes_and_early_stopping(client: httpx.Client) -> None:
    training = {
        "optimizer": {"kind": "adam", "learning_rate": 0.05},
        "epochs": 300,
        "batch_size": 16,
        "early_stopping": {"patience": 3, "watch": "validation", "restore_best_weights": True},
    }
    split = {"train": 80, "validation": 30, "shuffle": True, "standardize": True}
    view = finished(client, posted(client, experiment({"kind": "iris"}, split, training=training))["id"])
    assert view["runs"][0]["epochs_done"] < 300
    for run in view["runs"]:
        rows = rows_of(client, view["id"], run["arm"], 3, show="all")
        assert accuracy(rows) == run["test_accuracy"]
        assert {row["truth"] for row in rows} == {"setosa", "versicolor", "virginica"}


def test_sealed_rows_stay_sealed(client: httpx.Client, patients: str) -> None:
    dataset = {"kind": "table", "file": patients, "target": "state"}
    split = {"train": 0.5, "holdout": 0.2, "shuffle": True, "standardize": True}
    id = finished(client, posted(client, experiment(dataset, split))["id"])["id"]
    path = f"/api/experiments/{id}/runs/baseline/3/predictions"
    test = {row["row"] for row in rows_of(client, id, "baseline", 3, show="all")}
    for address in (path, f"{path}.csv"):
        refused(client.get(address, params={"set": "holdout"}), 409)
    view = client.post(f"/api/experiments/{id}/reveal").raise_for_status().json()
    sealed = rows_of(client, id, "baseline", 3, show="all", set="holdout")
    assert len(sealed) == 24
    assert not test & {row["row"] for row in sealed}
    assert np.mean([row["right"] for row in sealed]) == view["runs"][0]["metrics"]["holdout"]["accuracy"]


def test_draws_have_rows_of_their_own(client: httpx.Client, quick: dict[str, Any]) -> None:
    view = finished(client, posted(client, quick | {"split": quick["split"] | {"draws": 2}})["id"])
    for run in view["runs"]:
        rows = rows_of(client, view["id"], run["arm"], run["seed"], show="all", draw=run["draw"])
        assert accuracy(rows) == run["test_accuracy"]
    refused(client.get(f"/api/experiments/{view['id']}/runs/baseline/1/predictions?draw=3"), 404)


def test_what_is_not_there_is_refused_in_words(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = finished(client, posted(client, quick)["id"])["id"]
    path = f"/api/experiments/{id}/runs"
    refused(client.get(f"{path}/nobody/1/predictions"), 404)
    refused(client.get(f"{path}/baseline/2/predictions"), 404)
    refused(client.get(f"{path}/baseline/1/predictions?show=worse"), 422)
    refused(client.get(f"{path}/baseline/1/predictions?set=holdout"), 409)
    refused(client.get(f"{path}/baseline/1/predictions?set=train"), 422)
    refused(client.get(f"{path}/baseline/1/predictions?cursor=-1"), 422)
    refused(client.get("/api/experiments/none/runs/baseline/1/predictions"), 404)
    assert page_of(client, id, "baseline", 1, cursor="999999")["rows"] == []

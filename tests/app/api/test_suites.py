"""Suites on the running service, from their post to their verdict and their removal."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import numpy as np
import pytest

from tests.app.api.experiments import finished, has_epochs
from tests.service import wait_until


@pytest.fixture
def small(quick: dict[str, Any]) -> dict[str, Any]:
    """Two arms on three data sets, which train in a moment."""
    quick["training"]["epochs"] = 60
    quick["network"]["layers"][0]["units"] = 8
    return {
        "name": "Small suite",
        "datasets": [
            {"dataset": {"kind": kind}, "split": {"train": 40, "shuffle": True}}
            for kind in ("moons", "circles", "gaussian_quantiles")
        ],
        **{name: quick[name] for name in ("network", "training", "arms")},
        "seeds": [1, 2, 3],
    }


def posted(client: httpx.Client, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = client.post("/api/suites", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/suites/{view['id']}"
    return view


def read(client: httpx.Client, id: str, part: str = "") -> Any:
    return client.get(f"/api/suites/{id}{part}").raise_for_status().json()


def ended(client: httpx.Client, id: str) -> dict[str, Any]:
    for experiment in read(client, id)["experiments"]:
        finished(client, experiment["id"])
    view: dict[str, Any] = read(client, id)
    return view


def test_a_suite_is_trained_and_judged_over_its_data_sets(client: httpx.Client, small: dict[str, Any]) -> None:
    view = posted(client, small)
    assert [each["dataset"] for each in view["experiments"]] == ["Two moons", "Circles", "Gaussian quantiles"]
    view = ended(client, view["id"])
    assert (view["status"], view["score"], view["seeds"]) == ("finished", "accuracy", 3)
    assert view["created_at"] <= view["started_at"] <= view["finished_at"]
    means = []
    for each in view["experiments"]:
        assert (each["runs"], each["runs_ended"], each["epochs"], each["epochs_done"]) == (6, 6, 360, 360)
        experiment = client.get(f"/api/experiments/{each['id']}").json()
        assert (experiment["name"], experiment["suite"]) == (f"Small suite – {each['dataset']}", view["id"])
        fresh = [run["metrics"]["fresh"]["accuracy"] for run in experiment["runs"]]
        means.append([np.mean(fresh[:3]), np.mean(fresh[3:])])
    verdict = read(client, view["id"], "/verdict")
    shown = [[score["mean"] for score in each["scores"]] for each in verdict["datasets"]]
    assert shown == [pytest.approx(row) for row in means]
    assert {each["scored_on"] for each in verdict["datasets"]} == {"fresh"}
    assert [each["seeds"] for each in verdict["datasets"]] == [3, 3, 3]
    differences = np.array(means)[:, 1] - np.array(means)[:, 0]
    arm = verdict["arms"][1]
    assert arm["difference"]["mean"] == pytest.approx(differences.mean())
    assert arm["difference"]["higher"] == (differences > 1e-6).sum()
    assert arm["claim"] == "too_few"
    assert arm["improvement"]["low"] <= arm["improvement"]["value"] <= arm["improvement"]["high"]
    assert verdict["n"] == 3
    assert verdict["sentence"].endswith("too early to say: needs 6 data sets; has 3")
    assert sum(each["mean_rank"] for each in verdict["arms"]) == pytest.approx(3)
    own = client.get(f"/api/experiments/{view['experiments'][0]['id']}/verdict").json()
    assert verdict["datasets"][0]["scores"][1]["claim"] == own["arms"][1]["claim"]


def test_an_idempotency_key_makes_one_suite(client: httpx.Client, small: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "one suite"}
    first, again = (posted(client, small, **key) for _ in range(2))
    assert first["id"] == again["id"]
    other = client.post("/api/suites", json=small | {"name": "Other"}, headers=key)
    assert other.status_code == 422
    assert "another suite" in other.json()["detail"]
    assert len(read(client, first["id"])["experiments"]) == 3


def test_suites_are_listed_newest_first_with_a_cursor(client: httpx.Client, small: dict[str, Any]) -> None:
    ids = [posted(client, small | {"name": f"Listed {number}"})["id"] for number in range(3)][::-1]
    page = client.get("/api/suites", params={"limit": 2}).json()
    assert [each["id"] for each in page["suites"]] == ids[:2]
    assert page["suites"][0]["datasets"] == ["Two moons", "Circles", "Gaussian quantiles"]
    rest = client.get("/api/suites", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert rest["suites"][0]["id"] == ids[2]


def test_a_suite_goes_on_without_an_experiment_that_was_removed(client: httpx.Client, small: dict[str, Any]) -> None:
    view = ended(client, posted(client, small)["id"])
    gone = view["experiments"][1]["id"]
    assert client.delete(f"/api/experiments/{gone}").status_code == 204
    after = read(client, view["id"])
    assert [each["removed"] for each in after["experiments"]] == [False, True, False]
    assert after["status"] == "finished"
    verdict = read(client, view["id"], "/verdict")
    assert verdict["n"] == 2
    assert verdict["datasets"][1]["sentence"] == "its experiment was removed"
    assert [len(each["scores"]) for each in verdict["datasets"]] == [2, 0, 2]


def test_removing_a_suite_removes_its_experiments(client: httpx.Client, small: dict[str, Any]) -> None:
    view = posted(client, small | {"training": {"epochs": 100_000}})
    assert client.delete(f"/api/suites/{view['id']}").status_code == 204
    for path in (f"suites/{view['id']}", *(f"experiments/{each['id']}" for each in view["experiments"])):
        assert client.get(f"/api/{path}").status_code == 404
    for call in ("", "/verdict", "/export/table.csv"):
        assert client.get(f"/api/suites/{view['id']}{call}").status_code == 404
    assert client.post(f"/api/suites/{view['id']}/cancel").status_code == 404
    assert client.delete(f"/api/suites/{view['id']}").status_code == 404


def test_cancelling_a_suite_ends_all_its_experiments(client: httpx.Client, small: dict[str, Any]) -> None:
    small["training"]["epochs"] = 200_000
    small["network"]["layers"][0]["units"] = 1024
    view = posted(client, small)
    wait_until(lambda: has_epochs(client, view["experiments"][0]["id"], 1), "the first run has epochs")
    assert read(client, view["id"])["status"] == "running"
    assert client.post(f"/api/suites/{view['id']}/cancel").status_code == 200
    wait_until(lambda: read(client, view["id"])["status"] == "cancelled", "cancelled")
    statuses = {each["status"] for each in read(client, view["id"])["experiments"]}
    assert statuses == {"cancelled"}


def test_problems_and_limits_are_located_in_the_suite(client: httpx.Client, small: dict[str, Any]) -> None:
    small["datasets"][1]["split"]["train"] = 5000
    answer = client.post("/api/suites", json=small)
    assert answer.status_code == 422
    assert [each["location"] for each in answer.json()["errors"]] == [["datasets", 1, "split", "train"]]
    small["datasets"][1]["split"]["train"] = 40
    small["training"] = {"epochs": 200_000}
    small["network"]["layers"] = [{"kind": "lstm", "units": 512}]
    small["datasets"] = [
        {"dataset": {"kind": "delayed_recall", "n_samples": 10_000, "random_state": state}} for state in (1, 2)
    ]
    small["arms"] = [{"name": "one"}, {"name": "two"}]
    refused = client.post("/api/suites", json=small)
    assert refused.status_code == 422
    assert ["training", "epochs"] in [each["location"] for each in refused.json()["errors"]]


def test_a_suite_is_exported_as_a_table_and_a_report(client: httpx.Client, small: dict[str, Any]) -> None:
    view = ended(client, posted(client, small | {"name": "A <b> suite"})["id"])
    verdict = read(client, view["id"], "/verdict")
    answer = client.get(f"/api/suites/{view['id']}/export/table.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="a_b_suite_suite.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["data_set"], row["arm"]) for row in rows[:2]] == [
        ("Two moons", "baseline"),
        ("Two moons", "unit norm"),
    ]
    assert float(rows[1]["mean_accuracy"]) == verdict["datasets"][0]["scores"][1]["mean"]
    report = client.get(f"/api/suites/{view['id']}/export/report.html").text
    assert "<h1>A &lt;b&gt; suite</h1>" in report
    assert verdict["arms"][1]["sentence"] in report
    assert "critical difference 1." in report
    assert client.get(f"/api/suites/{view['id']}/export/none").status_code == 404


def test_named_suites_can_be_posted_as_they_are(client: httpx.Client) -> None:
    presets = client.get("/api/suite-presets").json()["presets"]
    assert [each["name"] for each in presets] == ["max-norm-in-general", "max-norm-in-regression"]
    first = presets[0]
    assert (len(first["datasets"]), first["seeds"], first["estimate"]["runs"]) == (8, 10, 320)
    preset = client.get("/api/suite-presets/max-norm-in-general").json()
    view = posted(client, preset["suite"])
    assert client.delete(f"/api/suites/{view['id']}").status_code == 204
    assert client.get("/api/suite-presets/none").status_code == 404

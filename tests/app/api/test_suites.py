"""Suites on the running service, from their post to their verdict and their removal."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
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
    assert verdict["headline"] == "Too early to say: needs at least 6 data sets; this suite has 3"
    assert verdict["sentence"].startswith(f"{verdict['headline']}. Against baseline: unit norm ")
    assert (arm["chip"], arm["never_reached_on"]) == ("too_early", 0)
    assert [each["draws"] for each in verdict["datasets"]] == [1, 1, 1]
    assert sum(each["mean_rank"] for each in verdict["arms"]) == pytest.approx(3)
    own = client.get(f"/api/experiments/{view['experiments'][0]['id']}/verdict").json()["arms"][1]
    score = verdict["datasets"][0]["scores"][1]
    assert (score["claim"], score["chip"]) == (own["claim"], own["chip"])
    assert score["difference"] == {name: own["fresh"][name] for name in score["difference"]}


def test_a_limit_that_no_run_reaches_is_never_put_to_the_test(client: httpx.Client, small: dict[str, Any]) -> None:
    limit = {"kind": "max_norm", "max_value": 50}
    small["arms"] = [{"name": "baseline"}, {"name": "max norm 50", "changes": {"output": {"kernel_constraint": limit}}}]
    view = ended(client, posted(client, small)["id"])
    verdict = read(client, view["id"], "/verdict")
    arm = verdict["arms"][1]
    assert (arm["chip"], arm["claim"], arm["never_reached_on"]) == ("never_reached", "same", 3)
    assert (
        arm["sentence"]
        == verdict["headline"].replace("Max", "max")
        == ("max norm 50: its limit was never reached on any of the 3 data sets, so it was never put to the test")
    )
    assert {each["sentence"] for each in verdict["datasets"]} == {"max norm 50 never reached its limit"}
    own = client.get(f"/api/experiments/{view['experiments'][0]['id']}/verdict").json()
    assert (own["arms"][1]["chip"], own["arms"][1]["more_seeds"]) == ("never_reached", None)
    assert own["headline"].endswith("as the baseline did but for rounding. More seeds won't change this")


def test_an_idempotency_key_makes_one_suite(client: httpx.Client, small: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "one suite"}
    first, again = (posted(client, small, **key) for _ in range(2))
    assert first["id"] == again["id"]
    other = client.post("/api/suites", json=small | {"name": "Other"}, headers=key)
    assert other.status_code == 422
    assert "another suite" in other.json()["detail"]
    assert len(read(client, first["id"])["experiments"]) == 3


def test_one_idempotency_key_twenty_times_at_once_makes_one_suite(client: httpx.Client, small: dict[str, Any]) -> None:
    small["training"]["epochs"] = 2

    def post(name: str) -> httpx.Response:
        return client.post("/api/suites", json={**small, "name": name}, headers={"Idempotency-Key": "suites at once"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, ["Equal"] * 20))
        others = list(pool.map(post, [f"Other {number}" for number in range(5)]))
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [answer.status_code for answer in others] == [422] * 5


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


def test_a_suite_of_regressions_whose_experiments_are_all_removed_keeps_its_score(
    client: httpx.Client, small: dict[str, Any]
) -> None:
    datasets = [{"dataset": {"kind": kind}, "split": {"train": 40}} for kind in ("sine", "diabetes")]
    view = posted(client, small | {"datasets": datasets})
    for each in view["experiments"]:
        client.delete(f"/api/experiments/{each['id']}").raise_for_status()
    assert read(client, view["id"])["score"] == read(client, view["id"], "/verdict")["score"] == "r2"
    table = client.get(f"/api/suites/{view['id']}/export/table.csv").text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["data_set"], row["arm"], row["mean_r2"]) for row in rows] == [
        (name, arm["name"], "") for name in view["datasets"] for arm in small["arms"]
    ]


def test_runs_that_all_diverge_have_no_mean_in_a_suite(client: httpx.Client, small: dict[str, Any]) -> None:
    small["datasets"] = [{"dataset": {"kind": kind}, "split": {"train": 40}} for kind in ("diabetes", "friedman1")]
    small["training"] |= {"epochs": 30, "optimizer": {"kind": "sgd", "learning_rate": 1.0}}
    small["network"]["layers"][0]["activation"] = "linear"
    view = ended(client, posted(client, {**small, "arms": [{"name": "free"}, {"name": "also free"}]})["id"])
    scores = [each for dataset in read(client, view["id"], "/verdict")["datasets"] for each in dataset["scores"]]
    assert [(each["mean"], each["diverged"]) for each in scores] == [(None, 3)] * 4
    rows = list(csv.DictReader(io.StringIO(client.get(f"/api/suites/{view['id']}/export/table.csv").text)))
    assert [(row["mean_r2"], row["diverged"]) for row in rows] == [("", "3")] * 4


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
    told = read(client, view["id"], "/verdict")
    assert "answer comes" not in " ".join([told["sentence"], *(each["sentence"] for each in told["datasets"])])


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


def test_a_suite_is_checked_before_it_is_posted(client: httpx.Client, small: dict[str, Any]) -> None:
    checked = client.post("/api/suites/check", json=small).json()
    assert (checked["problems"], checked["least_datasets"], checked["estimate"]["runs"]) == ([], 6, 18)
    three = small | {"arms": [*small["arms"], {"name": "two"}, {"name": "three"}]}
    assert client.post("/api/suites/check", json=three).json()["least_datasets"] == 8
    small["datasets"][1]["split"]["train"] = 5000
    checked = client.post("/api/suites/check", json=small).json()
    assert [each["location"] for each in checked["problems"]] == [["datasets", 1, "split", "train"]]
    assert checked["estimate"] is None
    unread = client.post("/api/suites/check", json=small | {"datasets": []}).json()
    assert (unread["problems"][0]["location"], unread["least_datasets"]) == (["datasets"], None)


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
    score = verdict["datasets"][0]["scores"][1]
    assert float(rows[1]["mean_accuracy"]) == score["mean"]
    found = [float(rows[1][f"difference_{part}"]) for part in ("mean", "low", "high", "p", "p_holm")]
    assert found == [score["difference"][part] for part in ("mean", "low", "high", "p", "p_holm")]
    assert (rows[0]["difference_p"], rows[1]["claim"], rows[1]["chip"]) == ("", score["claim"], score["chip"])
    again = client.get(f"/api/suites/{view['id']}/export/suite.json").json()
    assert again == view["suite"]
    assert again["name"] == "A <b> suite"
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

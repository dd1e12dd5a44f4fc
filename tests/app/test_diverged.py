"""Experiments of which runs diverge, trained by the whole service: everything that is told of them opens."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service import PATIENCE, wait_until

REGRESSION = {"dataset": {"kind": "diabetes"}, "split": {"train": 0.5, "validation": 0.2, "holdout": 0.1}}
CLASSES = {"dataset": {"kind": "moons"}, "split": {"train": 30, "validation": 0.2, "holdout": 0.1}}
RATE = ["training", "optimizer", "learning_rate"]
GENTLE = {"optimizer": {"kind": "sgd", "learning_rate": 0.0001}}
"""Training of an arm that does not diverge."""


def body(data: dict[str, Any], arms: list[dict[str, Any]], seeds: list[int], **more: Any) -> dict[str, Any]:
    """An experiment whose arms diverge unless they change the training; nothing bounds its layers' outputs."""
    layers = [{"kind": "dense", "name": "hidden", "units": 8, "activation": "linear"}]
    layers = [*layers, {**layers[0], "name": "more"}, {**layers[0], "name": "most"}]
    training = {"epochs": 12, "optimizer": {"kind": "sgd", "learning_rate": 5.0, "momentum": 0.99}}
    network = {"layers": layers if data is CLASSES else layers[:1]}
    return {"name": "diverges", **data, "network": network, "training": training, "arms": arms, "seeds": seeds, **more}


Run = Callable[[dict[str, Any]], dict[str, Any]]
ARMS: list[dict[str, Any]] = [
    {"name": "lost"},
    {
        "name": "held",
        "changes": {"training": GENTLE, "layers": {"hidden": {"kernel_constraint": {"kind": "unit_norm"}}}},
    },
    {
        "name": "bound",
        "family": "spectral",
        "changes": {"layers": {"hidden": {"kernel_constraint": {"kind": "spectral_norm"}}}},
    },
]


@pytest.fixture(params=["regression", "classes"])
def data(request: pytest.FixtureRequest) -> dict[str, Any]:
    return REGRESSION if request.param == "regression" else CLASSES


@pytest.fixture
def run(client: httpx.Client) -> Run:
    """Runs an experiment to its end; gives its view."""

    def started(posted: dict[str, Any]) -> dict[str, Any]:
        answer = client.post("/api/experiments", json=posted)
        assert answer.status_code == 201, answer.text
        return ended(client, answer.json()["id"])

    return started


def ended(client: httpx.Client, id: str) -> dict[str, Any]:
    """The experiment's view, once it has finished."""

    def finished() -> dict[str, Any]:
        view = read(client, id)
        assert view["status"] != "failed", view["runs"]
        return view if view["status"] == "finished" else {}

    return wait_until(finished, "the experiment has finished", PATIENCE)


def read(client: httpx.Client, id: str, path: str = "", **params: str) -> dict[str, Any]:
    """A resource of the experiment, which must be there and be JSON without NaN."""
    answer = client.get(f"/api/experiments/{id}{path}", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text, parse_constant=pytest.fail)
    return found


def first_lost(curve: dict[str, Any]) -> int | None:
    """The first epoch of a run's curves that has no train loss."""
    return next((e for e, loss in zip(curve["epoch"], curve["train_loss"], strict=True) if loss is None), None)


@pytest.mark.parametrize("seeds", [[1], [1, 2, 3]], ids=str)
def test_runs_that_diverge_say_when_and_have_no_figures(
    client: httpx.Client, run: Run, data: dict[str, Any], seeds: list[int]
) -> None:
    view = run(body(data, ARMS, seeds))
    score = view["score"]
    curves = read(client, view["id"], "/curves")["runs"]
    for each, curve in zip(view["runs"], curves, strict=True):
        assert (each["arm"], each["seed"]) == (curve["arm"], curve["seed"])
        assert each["diverged_at"] == first_lost(curve)
        assert each["epochs_done"] == 12
        figures = [each[name] for name in (f"train_{score}", f"test_{score}", "train_loss", "test_loss")]
        norms = [norm for weight in each["weights"] for norm in weight["norm"].values()]
        if each["arm"] == "held":
            assert each["diverged_at"] is None
            assert None not in [*figures, *norms]
            assert each["weights"][0]["held"]
        else:
            assert each["diverged_at"] is not None
            assert figures == 4 * [None]
            assert set(each["metrics"]["test"].values()) == {None}
            assert norms[:3] == 3 * [None]
            assert each["weights"][0]["held"] is None
            assert each["weights"][0]["reached"] is None
    lost, held, _ = view["arms"]
    assert (lost["n"], lost[f"test_{score}"]) == (len(seeds), {"mean": None, "std": None})
    assert held[f"test_{score}"]["mean"] is not None
    listed = client.get("/api/experiments", params={"q": "diverges"}).raise_for_status().json()["experiments"]
    assert view["id"] in [each["id"] for each in listed]


def test_all_that_is_told_of_runs_that_diverge_opens_and_claims_nothing(
    client: httpx.Client, run: Run, data: dict[str, Any]
) -> None:
    view = run(body(data, ARMS, [1, 2]))
    id = view["id"]
    verdict = read(client, id, "/verdict")
    assert verdict["arms"][0]["sentence"].startswith("lost: diverged in 2 of 2 seeds; no run has a score")
    for arm in verdict["arms"][1:]:
        assert (arm["claim"], arm["test"], arm["fresh"]) == ("too_few", None, None)
        assert "2 seeds finished, but without a score to compare" in arm["sentence"]
    for arm in read(client, id, "/norms")["arms"]:
        for weight in arm["weights"][:1]:
            assert weight["mean"][0] is not None
            assert (weight["mean"][-1] is None) == (arm["name"] != "held")
            if arm["name"] == "bound":
                assert weight["binding"][-1] is None
    for arm in ("lost", "held", "bound"):
        assert read(client, id, "/frames", arm=arm)["geometry"]["units"] == 8
    assert read(client, id, "/contest")["families"][0]["chosen"] is None
    client.post(f"/api/experiments/{id}/reveal").raise_for_status()
    (family,) = read(client, id, "/contest")["families"]
    assert (family["sealed"], family["difference"], family["claim"]) == (None, None, "too_few")
    names = [each["name"] for each in client.get("/api/exports").json()["exports"]]
    exports = {name: client.get(f"/api/experiments/{id}/export/{name}") for name in names}
    assert {name: answer.status_code for name, answer in exports.items()} == dict.fromkeys(exports, 200)
    assert exports["report.html"].text.count("finished, diverged at epoch ") == 4
    lost, held, bound = csv.DictReader(exports["table.csv"].text.splitlines())
    for arm, norm in ((lost, False), (held, True), (bound, False)):
        cells = [arm[f"hidden_kernel_{each}"] for each in ("norm_min", "norm_mean", "norm_max", "held")]
        assert [cell != "" for cell in cells] == [norm] * 4
    log = client.get(f"/api/experiments/{id}/events").raise_for_status().text
    for line in log.splitlines():
        if line.startswith("data: "):
            json.loads(line.removeprefix("data: "), parse_constant=pytest.fail)
    assert "event: experiment_finished" in log


def test_a_sweep_takes_the_values_that_do_not_diverge(client: httpx.Client, run: Run) -> None:
    rates = [0.0001, 5.0]
    sweep = {"axes": [{"path": RATE, "values": rates}]}
    view = run(body(REGRESSION, [{"name": "lost"}], [1, 2], sweep=sweep))
    answer = read(client, view["id"], "/sweep")
    gentle, lost = answer["points"]
    assert (answer["best"], gentle["n"], lost["n"]) == (0, 2, 0)
    assert gentle["norm"]["mean"] is not None
    assert (lost["norm"], lost["score"]["mean"], answer["baseline"]["norm"]) == (None, None, None)
    assert answer["sentence"].startswith("Best on the validation rows: learning rate 0.0001")


def test_a_run_that_is_paused_after_it_diverged_says_the_same(client: httpx.Client, run: Run) -> None:
    posted = body(REGRESSION, [{"name": "lost"}], [1])
    expected = run(posted)["runs"][0]["diverged_at"]
    posted["training"]["epochs"] = 200_000
    id = client.post("/api/experiments", json=posted).raise_for_status().json()["id"]
    told = wait_until(lambda: read(client, id)["runs"][0]["diverged_at"], "the run has diverged")
    assert told == expected
    client.post(f"/api/experiments/{id}/pause").raise_for_status()
    wait_until(lambda: read(client, id)["runs"][0]["status"] == "paused", "the run is paused")
    done = read(client, id)["runs"][0]["epochs_done"]
    client.post(f"/api/experiments/{id}/resume").raise_for_status()
    wait_until(lambda: read(client, id)["runs"][0]["epochs_done"] > done, "the run goes on")
    client.post(f"/api/experiments/{id}/cancel").raise_for_status()
    wait_until(lambda: read(client, id)["status"] == "cancelled", "the experiment is cancelled")
    assert read(client, id)["runs"][0]["diverged_at"] == expected

"""A study's verdict, computed again the long way, as one would in a notebook: NumPy and SciPy written out.

The study is made up, but stored as a real one is: its curves in chunks, its figures in float32. The answers are the
route's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from app.store import Store
from app.verdict import VerdictView, kept_verdict, stored_study, verdict_view
from core.experiment.experiment import Experiment
from core.runs.events import METRICS, Event
from tests.service import PATIENCE, wait_until

ARMS = ("baseline", "unit norm", "max norm", "non-negative")
SEEDS, EPOCHS, ROWS, FRESH = 10, 120, 70, 20_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    yield opened
    opened.close()


class Notebook:
    """A study's raw figures, drawn once: train and test curves, and fresh accuracies, by arm and seed."""

    def __init__(self) -> None:
        rng = np.random.default_rng(4)
        rise = 1 - np.exp(-np.arange(1, EPOCHS + 1) / 15)
        shared = rng.normal(0, 0.01, SEEDS)
        gains = np.array([0, 0.03, 0.002, -0.03])
        ends = 0.9 + gains[:, None] + shared + rng.normal(0, 0.007, (len(ARMS), SEEDS))
        bumps = rng.normal(0, 0.01, (len(ARMS), SEEDS, EPOCHS))
        self.test = np.round((0.5 + (ends[..., None] - 0.5) * rise + bumps) * ROWS).clip(0, ROWS) / ROWS
        self.train = np.minimum(1, self.test + 0.1 * rise)
        self.fresh = np.round((ends + rng.normal(0, 0.002, ends.shape)) * FRESH) / FRESH

        self.same_as_baseline = {0}
        """Arms whose weights are those of the baseline."""

    def experiment(self, seeds: int = SEEDS, arms: Sequence[str] = ARMS) -> Experiment:
        return Experiment.model_validate(
            {
                "dataset": {"kind": "moons", "n_samples": 100},
                "split": {"train": 30},
                "network": {"layers": [{"kind": "dense", "units": 4}]},
                "training": {"epochs": EPOCHS},
                "seeds": list(range(1, seeds + 1)),
                "arms": [{"name": name} for name in arms],
            }
        )

    def record(self, store: Store, experiment: str, runs: Sequence[tuple[int, int]], *, fresh: bool = True) -> None:
        """Records that these runs, (arm, seed), trained to the end."""
        stored = store.get(experiment)
        assert stored is not None
        first = int(store.cursor().partition("-")[0]) + 1
        ids = (f"{number}-0" for number in itertools.count(first))
        events = []
        for arm, seed in runs:
            run = arm * len(stored.experiment.seeds) + seed
            train, test = self.train[arm, seed], self.test[arm, seed]
            table = np.column_stack([train, test, 1 - train, 1 - test]).astype("<f4")
            events += [
                Event(next(ids), experiment, "epochs", run, {}, start + 1, table[start : start + 50].tobytes())
                for start in range(0, EPOCHS, 50)
            ]
            last = dict(zip(METRICS, table[-1].tolist(), strict=True))
            metrics = {"test": {"accuracy": float(test[-1])}}
            if fresh:
                metrics["fresh"] = {"accuracy": float(self.fresh[arm, seed])}
            told = {"epochs_done": EPOCHS, "seconds": 1.0, "weights": [], "metrics": metrics, **last}
            told["weights_sha256"] = f"{seed if arm in self.same_as_baseline else (arm, seed)}"
            events.append(Event(next(ids), experiment, "run_finished", run, told))
        store.record(events)


ALL = list(itertools.product(range(len(ARMS)), range(SEEDS)))


def verdict_of(store: Store, experiment: str, target: float | None = None) -> VerdictView:
    stored = store.get(experiment)
    assert stored is not None
    return verdict_view(stored, stored_study(stored), store, target)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def finished(store: Store, notebook: Notebook) -> str:
    """A study whose runs have all finished."""
    id, _ = store.add(notebook.experiment(), None)
    notebook.record(store, id, ALL)
    return id


def wilcoxon(counts: np.ndarray) -> float:
    """p from the list of all 2ⁿ signs."""
    from scipy import stats

    kept = counts[counts != 0]
    ranks = stats.rankdata(np.abs(kept))
    signs = (np.arange(2 ** len(kept))[:, None] >> np.arange(len(kept))) & 1
    sums = signs @ ranks
    seen = ranks[kept > 0].sum()
    return min(1.0, 2 * float(min((sums <= seen + 1e-9).mean(), (sums >= seen - 1e-9).mean())))


def interval(differences: np.ndarray) -> list[float]:
    """The outer ends of Student's interval and of Hall's, whose transformation is inverted by a search for its root."""
    from scipy import optimize, stats

    n, mean, error = len(differences), differences.mean(), stats.sem(differences)
    skew = stats.skew(differences, bias=False) / math.sqrt(n)

    def transformed(x: float) -> float:
        return float(x + skew * x**2 / 3 + skew**2 * x**3 / 27 + skew / 6)

    ends = []
    for quantile in (stats.t.ppf(0.975, n - 1), stats.t.ppf(0.025, n - 1)):
        root = optimize.brentq(lambda x, q=quantile: transformed(x) - q, -1000, 1000)
        ends.append(mean - error * np.array([root, quantile]))
    return [float(ends[0].min()), float(ends[1].max())]


def test_a_studys_differences_are_those_of_the_long_way(store: Store, notebook: Notebook, finished: str) -> None:
    view = verdict_of(store, finished)
    assert (view.score, view.baseline, view.n) == ("accuracy", "baseline", SEEDS)
    assert (view.test_rows, view.fresh_rows) == (ROWS, FRESH)
    for kind, scores, rows in (("test", notebook.test[:, :, -1], ROWS), ("fresh", notebook.fresh, FRESH)):
        counts = np.round((scores - scores[0]) * rows).astype(int)
        p = [wilcoxon(counts[arm]) for arm in (1, 2, 3)]
        order = np.argsort(p)
        steps = [p[order[0]] * 3, p[order[1]] * 2, p[order[2]]]
        holm = dict(zip(order.tolist(), np.minimum(1, np.maximum.accumulate(steps)).tolist(), strict=True))
        for arm in (1, 2, 3):
            told = getattr(view.arms[arm], kind)
            differences = counts[arm] / rows
            assert told.mean == pytest.approx(differences.mean(), abs=1e-7)
            assert told.effect == pytest.approx(differences.mean() / differences.std(ddof=1), rel=1e-4)
            assert told.p == pytest.approx(p[arm - 1], rel=1e-9)
            assert told.p_holm == pytest.approx(holm[arm - 1], rel=1e-9)
            assert (told.low, told.high) == pytest.approx(interval(differences), abs=1e-6)
            assert (told.n, told.kind, told.rows) == (SEEDS, "seeds", rows)
    assert view.arms[0].test is view.arms[0].fresh is None
    for verdict in view.arms[1:]:
        assert verdict.fresh is not None
        assert verdict.fresh.p_holm is not None
        assert (verdict.claim in ("mostly_better", "mostly_worse")) == (verdict.fresh.p_holm < 0.0158)
    assert [arm.claim for arm in view.arms] == ["baseline", "mostly_better", "undecided", "mostly_worse"]
    assert [arm.baseline for arm in view.arms] == [True, False, False, False]


def test_equal_hashes_of_all_seeds_are_the_same_model(store: Store, notebook: Notebook) -> None:
    id, _ = store.add(notebook.experiment(), None)
    notebook.same_as_baseline = {0, 2}
    notebook.record(store, id, [run for run in ALL if run[0] != 3 and run != (2, 4)])
    notebook.same_as_baseline = {0}
    notebook.record(store, id, [(3, 0)])
    stored = store.get(id)
    assert stored is not None
    study = stored_study(stored)
    assert study.twins is not None
    assert study.twins.tolist() == [0, 1, 0, 3]
    assert (study.train_rows, study.margin) == (30, 0.01)
    view = verdict_of(store, id)
    assert [arm.same_as for arm in view.arms] == [None, None, "baseline", None]
    assert view.arms[2].sentence == ("max norm: the same model as baseline, bit for bit, in all 9 seeds so far")
    notebook.record(store, id, [(2, 4)])
    stored = store.get(id)
    assert stored is not None
    twins = stored_study(stored).twins
    assert twins is not None
    assert twins[2] == 2, "one seed differs"


def test_overfitting_is_that_of_the_long_way(store: Store, notebook: Notebook, finished: str) -> None:
    view = verdict_of(store, finished)
    target = notebook.test[0, :, -1].mean()
    assert view.score_target == pytest.approx(target)
    for arm, told in enumerate(view.arms):
        figures: dict[str, list[float]] = {name: [] for name in type(told.overfitting).model_fields}
        for train, test in zip(notebook.train[arm], notebook.test[arm], strict=True):
            best = int(np.flatnonzero(test == test.max())[0])
            reached = [epoch for epoch, score in enumerate(test, 1) if score >= target - 1e-6]
            figures["gap"].append(train[-1] - test[-1])
            figures["curve_gap"].append(train[-1] - test[-1])
            figures["best_epoch"].append(best + 1)
            figures["best"].append(test[best])
            figures["fall"].append(test[best] - test[-1])
            figures["area"].append(sum(train - test) / EPOCHS)
            figures["epochs_to"] += reached[:1]
        for name, values in figures.items():
            figure = getattr(told.overfitting, name)
            assert figure.n == len(values)
            assert figure.mean == (pytest.approx(np.mean(values), abs=1e-6) if values else None)
            assert figure.std == (pytest.approx(np.std(values, ddof=1), abs=1e-6) if len(values) > 1 else None)
    low, given = verdict_of(store, finished, 0.6), view.arms[0].overfitting.epochs_to.mean
    assert given is not None
    assert (low.arms[0].overfitting.epochs_to.mean or given) < given
    assert verdict_of(store, finished, 1.0).arms[3].overfitting.epochs_to.n == 0


def test_only_seeds_finished_in_both_arms_are_pairs(store: Store, notebook: Notebook) -> None:
    id, _ = store.add(notebook.experiment(), None)
    empty = verdict_of(store, id)
    assert (empty.n, empty.score_target, [arm.claim for arm in empty.arms[1:]]) == (0, None, ["too_few"] * 3)
    assert empty.arms[1].sentence == "unit norm: no seed has finished in both arms yet"
    notebook.record(store, id, [(0, seed) for seed in range(9)] + [(1, seed) for seed in range(1, 10)] + [(3, 9)])
    view = verdict_of(store, id)
    assert (view.n, [arm.n for arm in view.arms]) == (8, [9, 8, 0, 0])
    assert view.arms[1].fresh is not None
    differences = notebook.fresh[1, 1:9] - notebook.fresh[0, 1:9]
    assert view.arms[1].fresh.mean == pytest.approx(differences.mean())
    assert "8 seeds so far" in view.arms[1].sentence
    assert view.arms[3].overfitting.gap.n == 1
    notebook.record(store, id, [run for run in ALL if run not in {(0, s) for s in range(9)}])
    assert "so far" not in " ".join(arm.sentence for arm in verdict_of(store, id).arms)


def test_a_verdict_is_kept_until_another_run_ends(store: Store, notebook: Notebook) -> None:
    id, _ = store.add(notebook.experiment(), None)

    def poll() -> VerdictView:
        stored = store.get(id)
        assert stored is not None
        return kept_verdict(store, stored, None)

    notebook.record(store, id, ALL[:12])
    first = poll()
    store.record([Event("8888888888888-0", id, "run_started", 13, {"attempt": 1})])
    assert poll().arms is first.arms
    assert poll().last_event_id == "8888888888888-0" != first.last_event_id
    store.record([Event("9999999999999-0", id, "run_failed", 13, {"error": "it broke"})])
    assert "left out: 1 seed" in poll().arms[1].sentence


def test_failed_runs_are_left_out_and_told(store: Store, notebook: Notebook) -> None:
    id, _ = store.add(notebook.experiment(), None)
    notebook.record(store, id, [run for run in ALL if run != (1, 0)])
    store.record([Event("9999999999999-0", id, "run_failed", SEEDS, {"error": "it broke"})])
    view = verdict_of(store, id)
    assert view.arms[1].n == SEEDS - 1
    assert view.arms[1].sentence.endswith("; left out: 1 seed with a failed run or without a score")
    assert "left out" not in view.arms[2].sentence


def test_without_fresh_rows_the_claim_is_about_the_test_rows(store: Store, notebook: Notebook) -> None:
    id, _ = store.add(notebook.experiment(), None)
    notebook.record(store, id, ALL, fresh=False)
    view = verdict_of(store, id)
    assert view.fresh_rows is None
    assert all(arm.fresh is None for arm in view.arms)
    for arm in view.arms[1:]:
        assert arm.test is not None
        assert arm.test.p_holm is not None
        assert (arm.claim in ("mostly_better", "mostly_worse")) == (arm.test.p_holm < 0.0158)
        assert "these 70 rows" in arm.sentence


def finished_view(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]

    def ended() -> dict[str, Any]:
        view: dict[str, Any] = client.get(f"/api/experiments/{id}").raise_for_status().json()
        return view if view["status"] == "finished" else {}

    return wait_until(ended, "the experiment has finished", PATIENCE)


def test_a_trained_experiments_verdict_agrees_with_its_runs(client: httpx.Client) -> None:
    body: dict[str, Any] = client.get("/api/presets/tutorial").raise_for_status().json()["experiment"]
    body["training"]["epochs"], body["seeds"], body["arms"] = 30, [1, 2, 3], body["arms"][:2]
    view = finished_view(client, body)
    path = f"/api/experiments/{view['id']}/verdict"
    verdict = client.get(path).raise_for_status().json()
    assert client.get(path).json() == verdict
    scores = {(run["arm"], run["seed"]): run["test_accuracy"] for run in view["runs"]}
    base, other = (arm["name"] for arm in body["arms"])
    differences = [scores[other, seed] - scores[base, seed] for seed in body["seeds"]]
    assert verdict["last_event_id"] == view["last_event_id"]
    assert [arm["claim"] for arm in verdict["arms"]] == ["baseline", "too_few"]
    assert verdict["arms"][1]["test"]["mean"] == pytest.approx(np.mean(differences), abs=1e-6)
    assert verdict["arms"][1]["more_seeds"] is None or verdict["arms"][1]["more_seeds"] >= 5
    assert verdict["fresh_rows"] == FRESH
    fresh = {(run["arm"], run["seed"]): run["metrics"]["fresh"]["accuracy"] for run in view["runs"]}
    differences = [fresh[other, seed] - fresh[base, seed] for seed in body["seeds"]]
    assert verdict["arms"][1]["fresh"]["mean"] == pytest.approx(np.mean(differences), abs=1e-9)
    curves = client.get(f"/api/experiments/{view['id']}/curves").json()["runs"]
    best = [max(run["test_accuracy"]) for run in curves if run["arm"] == base]
    assert verdict["arms"][0]["overfitting"]["best"]["mean"] == pytest.approx(np.mean(best), abs=1e-6)
    reached = client.get(path, params={"target": 0.3}).json()
    assert (reached["score_target"], reached["arms"][0]["overfitting"]["epochs_to"]["n"]) == (0.3, 3)
    assert client.get(path, params={"target": "nan"}).status_code == 422


def test_one_seed_is_compared_row_by_row(client: httpx.Client) -> None:
    body: dict[str, Any] = client.get("/api/presets/tutorial").raise_for_status().json()["experiment"]
    body["training"]["epochs"], body["seeds"], body["arms"] = 30, [1], body["arms"][:2]
    view = finished_view(client, body)
    arm = client.get(f"/api/experiments/{view['id']}/verdict").raise_for_status().json()["arms"][1]
    first, second = (run["metrics"] for run in view["runs"])
    for name, rows in (("test", ROWS), ("fresh", FRESH)):
        difference = second[name]["accuracy"] - first[name]["accuracy"]
        assert (arm[name]["kind"], arm[name]["rows"], arm[name]["n"]) == ("rows", rows, 1)
        assert arm[name]["mean"] == pytest.approx(difference, abs=1e-9)
        assert arm[name]["low"] <= difference <= arm[name]["high"]
    assert arm["claim"] == "too_few"
    differs = any(arm[name]["p_holm"] < 0.05 for name in ("test", "fresh"))
    one_pair = "the two trained models differ, but another seed may give another result"
    limits = one_pair if differs else "too early to say"
    assert arm["sentence"].endswith(f": {limits}")


def test_one_seed_of_a_regression_is_compared_by_its_errors(client: httpx.Client) -> None:
    body: dict[str, Any] = client.get("/api/presets/tutorial").raise_for_status().json()["experiment"]
    body["dataset"], body["split"] = {"kind": "friedman1", "n_samples": 150}, {"train": 100}
    body["training"]["epochs"], body["seeds"], body["arms"] = 40, [1], body["arms"][:2]
    view = finished_view(client, body)
    verdict = client.get(f"/api/experiments/{view['id']}/verdict").raise_for_status().json()
    difference = view["runs"][1]["test_r2"] - view["runs"][0]["test_r2"]
    told = verdict["arms"][1]["test"]
    assert (verdict["score"], told["kind"], told["rows"]) == ("r2", "rows", 50)
    assert told["mean"] == pytest.approx(difference, abs=1e-6)
    assert told["low"] < difference < told["high"]
    fresh = verdict["arms"][1]["fresh"]
    assert (fresh["kind"], fresh["n"], fresh["rows"]) == ("rows", 1, 20_000)
    assert fresh["low"] < fresh["mean"] < fresh["high"]
    assert " in r² on the 50 test rows (Wilcoxon's, on the rows' errors: p" in verdict["arms"][1]["sentence"]


def test_what_is_not_there_has_no_verdict(client: httpx.Client) -> None:
    answer = client.get("/api/experiments/nothing/verdict")
    assert answer.status_code == 404
    assert "There is no experiment" in answer.json()["detail"]

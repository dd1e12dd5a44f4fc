"""Comparison of methods: each family's best trial by the validation set, evaluated on the revealed sealed set."""

from __future__ import annotations

import statistics
from typing import Any

import httpx
import pytest

from app.analysis.method_comparison import compare_methods, paired_difference
from app.analysis.sweep_results import spread, with_rows
from core.experiment.experiment import Experiment
from core.runs.events import RunState
from tests.app.api.test_sweep import finished


def arm(name: str, family: str | None = None, limit: float = 1.0) -> dict[str, Any]:
    changes = {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm", "max_value": limit}}}}
    return {"name": name, "family": family, "changes": changes if family else {}}


def body(*arms: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "dataset": {"kind": "moons", "n_samples": 200},
        "split": {"train": 30, "validation": 40, "holdout": 60},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 20}]},
        "training": {"epochs": 20},
        "repeats": 3,
        "arms": [arm("base"), *arms],
        **more,
    }


RIVALS = [arm("a 1", "a", 0.5), arm("a 2", "a", 0.6), arm("b 1", "b", 0.7), arm("b 2", "b", 0.8)]


def runs_of(*scores: tuple[list[float], list[float]]) -> list[RunState]:
    """Finished runs with accuracies on validation and sealed rows, arm by arm, seed by seed."""
    return [
        RunState(status="finished", metrics={"validation": {"accuracy": v}, "holdout": {"accuracy": h}})
        for validation, holdout in scores
        for v, h in zip(validation, holdout, strict=True)
    ]


SCORES = runs_of(
    ([0.70, 0.70, 0.70], [0.70, 0.72, 0.71]),
    ([0.80, 0.80, 0.80], [0.80, 0.83, 0.81]),
    ([0.80, 0.80, 0.80], [0.99, 0.99, 0.99]),
    ([0.60, 0.70, 0.80], [0.60, 0.60, 0.60]),
    ([0.70, 0.80, 0.90], [0.75, 0.70, 0.71]),
)


def test_a_family_is_judged_by_the_trial_that_validation_chose() -> None:
    experiment = Experiment.model_validate(body(*RIVALS))
    told = compare_methods(experiment, SCORES, revealed=True)
    a, _ = told.families
    assert [family.chosen for family in told.families] == ["a 1", "b 2"], "of equals the first, whatever is sealed"
    assert a.validation == with_rows(spread([0.8] * 3), 40)
    assert a.sealed == spread([0.80, 0.83, 0.81])
    assert told.baseline == "base"
    assert told.sealed == spread([0.70, 0.72, 0.71])
    assert a.difference is not None
    assert a.difference.mean == pytest.approx(statistics.fmean([0.10, 0.11, 0.10]))


def test_a_method_is_better_where_the_corrected_test_says_so() -> None:
    experiment = Experiment.model_validate(body(*RIVALS, repeats=8))
    base = [0.70, 0.71, 0.72, 0.70, 0.71, 0.73, 0.70, 0.72]
    higher = [score + 0.05 + 0.01 * (index % 3) for index, score in enumerate(base)]
    mixed = [score + (0.02 if index % 2 else -0.02) for index, score in enumerate(base)]
    validation = [0.8] * 8
    runs = runs_of(*[(validation, holdout) for holdout in (base, higher, base, mixed, base)])
    told = compare_methods(experiment, runs, revealed=True)
    assert [family.claim for family in told.families] == ["mostly_better", "undecided"]
    a, _ = told.families
    assert a.difference is not None
    assert a.difference.p_holm == pytest.approx(2 * 2 / 2**8), "all eight seeds on one side, of two methods"
    assert "On the 60 sealed rows a is better than base over 8 seeds" in told.sentence
    assert told.sentence.endswith("That rests on 8 seeds and on these 60 sealed rows; other rows may differ")
    assert a.difference.rows == 60
    assert "The highest mean is that of a (0.059 more than base" in told.sentence


def test_nothing_is_told_of_the_sealed_set_before_it_is_revealed() -> None:
    experiment = Experiment.model_validate(body(*RIVALS))
    told = compare_methods(experiment, SCORES, revealed=False)
    assert told.sealed is None
    assert all(family.sealed is None and family.difference is None for family in told.families)
    assert told.sentence.endswith("reveal the sealed rows to compare them")
    waiting = compare_methods(experiment, [*SCORES[:-1], RunState()], revealed=False)
    assert waiting.families[1].chosen == "b 1", "b 2 lacks a run, and can't be compared yet"
    assert waiting.sentence.endswith("Trials are chosen when every run has finished")


def test_differences_are_paired_by_seed() -> None:
    told = paired_difference([0.5, None, 0.7], [0.4, 0.3, 0.5])
    assert told is not None
    assert told.mean == pytest.approx(0.15)
    assert told.n == 2
    assert paired_difference([None, 0.5], [0.4, None]) is None


def test_no_method_is_called_better_by_seeds_that_are_too_few() -> None:
    experiment = Experiment.model_validate(body(*RIVALS))
    told = compare_methods(experiment, SCORES, revealed=True)
    assert [family.claim for family in told.families] == ["too_few", "too_few"]
    assert told.sentence.endswith("Too early to say: needs 7 seeds; has 3")


def test_a_contest_is_judged_once_it_is_revealed(client: httpx.Client) -> None:
    view = finished(client, body(*RIVALS))
    path = f"/api/experiments/{view['id']}"
    told = client.get(f"{path}/contest").raise_for_status().json()
    assert not told["revealed"]
    assert [family["trials"] for family in told["families"]] == [2, 2]
    assert "holdout" not in str(told)
    for family in told["families"]:
        assert family["sealed"] is None
        assert family["difference"] is None
        means = [
            statistics.fmean(r["metrics"]["validation"]["accuracy"] for r in view["runs"] if r["arm"] == trial["arm"])
            for trial in family["arms"]
        ]
        assert family["chosen"] == family["arms"][means.index(max(means))]["arm"]

    revealed = client.post(f"{path}/reveal").raise_for_status().json()
    told = client.get(f"{path}/contest").json()
    assert told["revealed"]
    sealed = {(r["arm"], r["seed"]): r["metrics"]["holdout"]["accuracy"] for r in revealed["runs"]}
    for family in told["families"]:
        ours = [sealed[family["chosen"], seed] for seed in (1, 2, 3)]
        theirs = [sealed["base", seed] for seed in (1, 2, 3)]
        assert family["sealed"]["mean"] == pytest.approx(statistics.fmean(ours))
        assert family["difference"]["mean"] == pytest.approx(statistics.fmean(ours) - statistics.fmean(theirs))

"""Comparison of methods: each family's best trial by the validation set, evaluated on the revealed sealed set."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from pydantic import TypeAdapter

from app.analysis import study_of
from app.analysis.method_comparison import MethodComparison, compare_methods, least_seeds_of
from app.analysis.sweep_results import spread, with_rows
from core.catalog.datasets import AnyDataset
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


def revealed(experiment: Experiment, runs: list[RunState]) -> MethodComparison:
    return compare_methods(experiment, runs, study_of(experiment, runs, part="holdout"))


def test_a_family_is_judged_by_the_trial_that_validation_chose() -> None:
    experiment = Experiment.model_validate(body(*RIVALS))
    told = revealed(experiment, SCORES)
    a, b = told.families
    assert (a.range_end, b.range_end) == ("smallest", "largest")
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
    told = revealed(experiment, runs)
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
    told = compare_methods(experiment, SCORES)
    assert told.sealed is None
    assert all(family.sealed is None and family.difference is None for family in told.families)
    assert told.sentence.endswith("reveal the sealed rows to compare them")
    waiting = compare_methods(experiment, [*SCORES[:-1], RunState()])
    assert waiting.families[1].chosen == "b 1", "b 2 lacks a run, and can't be compared yet"
    assert waiting.sentence.endswith("Trials are chosen when every run has finished")


def test_sealed_rows_must_show_a_difference_too() -> None:
    """One sealed row that the trial gets right in every seed is no evidence, however many seeds there are."""
    experiment = Experiment.model_validate(body(arm("a 1", "a"), repeats=20))
    right = np.ones(60, bool)
    wrong = right & (np.arange(60) != 7)
    runs = runs_of(([0.8] * 20, [59 / 60] * 20), ([0.9] * 20, [1.0] * 20))
    study = study_of(experiment, runs, part="holdout")
    (alone,) = compare_methods(experiment, runs, study).families
    assert alone.claim == "mostly_better", "by the seeds alone"
    outcomes = {place: {"test": wrong if place < 20 else right} for place in range(40)}
    told = compare_methods(experiment, runs, replace(study, outcomes=outcomes))
    assert told.families[0].claim == "undecided"
    assert told.families[0].difference is not None
    assert told.families[0].difference.rows_error == pytest.approx(math.sqrt(1 / 60 * 59 / 60 / 59))
    assert "over 20 seeds and the rows" in told.sentence


def test_sealed_rows_of_many_splits_are_judged_by_the_splits() -> None:
    experiment = Experiment.model_validate(body(*RIVALS, repeats=8))
    one_table = experiment.model_copy(
        update={
            "dataset": TypeAdapter(AnyDataset).validate_python({"kind": "breast_cancer"}),
            "split": experiment.split.model_copy(update={"resample": True, "train": 200}),
        }
    )
    base = [0.70, 0.71, 0.72, 0.70, 0.71, 0.73, 0.70, 0.72]
    higher = [score + 0.01 * (index % 4) for index, score in enumerate(base)]
    runs = runs_of(*[([0.8] * 8, holdout) for holdout in (base, higher, base, base, base)])
    a, _ = revealed(one_table, runs).families
    assert a.difference is not None
    assert a.difference.kind == "draws"
    spread = np.std([0.01 * (index % 4) for index in range(8)], ddof=1)
    assert a.difference.error == pytest.approx(math.sqrt(1 / 8 + 60 / 200) * spread)


def test_no_method_is_called_better_by_seeds_that_are_too_few() -> None:
    experiment = Experiment.model_validate(body(*RIVALS))
    told = revealed(experiment, SCORES)
    assert [family.claim for family in told.families] == ["too_few", "too_few"]
    assert told.sentence.endswith("Too early to say: needs 8 seeds; has 3"), "2⁻ⁿ · 4 must be below 0.0158"


def test_seeds_that_a_claim_needs_are_told_before_the_reveal() -> None:
    experiment = Experiment.model_validate(body(*RIVALS))
    told = compare_methods(experiment, SCORES)
    assert (told.needed, told.has) == (8, 0), "without test scores none can be compared"
    scored = [replace(run, figures={"test_score": 0.5}) for run in SCORES]
    told = compare_methods(experiment, scored)
    assert (told.needed, told.has) == (8, 3)
    assert (revealed(experiment, scored).needed, revealed(experiment, scored).has) == (8, 3)
    assert least_seeds_of(experiment) == 9, "single trials are more comparisons"
    four = [arm(f"{name} {limit}", name, limit) for name in "abcd" for limit in (0.5, 0.6)]
    more = Experiment.model_validate(body(*four))
    assert compare_methods(more, [RunState()] * 9 * 3).needed == 9
    assert least_seeds_of(more) == 10
    assert least_seeds_of(Experiment.model_validate(body())) is None


def test_splits_of_one_table_need_fewer_than_seeds() -> None:
    experiment = Experiment.model_validate(body(*RIVALS))
    table = TypeAdapter(AnyDataset).validate_python({"kind": "breast_cancer"})
    folds = experiment.split.model_copy(update={"folds": 3})
    folded = experiment.model_copy(update={"dataset": table, "split": folds})
    assert compare_methods(folded, [RunState()] * 5 * len(folded.replicates())).needed == 5
    assert least_seeds_of(folded) == 5


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

    always = told["majority"]
    assert always["sealed"] is None
    split = {"train": 30, "validation": 40, "holdout": 60}
    preview = client.post(
        "/api/datasets/preview", json={"dataset": view["experiment"]["dataset"], "split": split}
    ).json()
    assert preview["majority"]["name"] == always["name"]
    assert preview["majority"]["validation"] == always["validation"]

    revealed = client.post(f"{path}/reveal").raise_for_status().json()
    told = client.get(f"{path}/contest").json()
    assert told["revealed"]
    assert 0 < told["majority"]["sealed"] < 1
    sealed = {(r["arm"], r["seed"]): r["metrics"]["holdout"]["accuracy"] for r in revealed["runs"]}
    for family in told["families"]:
        ours = [sealed[family["chosen"], seed] for seed in (1, 2, 3)]
        theirs = [sealed["base", seed] for seed in (1, 2, 3)]
        assert family["sealed"]["mean"] == pytest.approx(statistics.fmean(ours))
        assert family["difference"]["mean"] == pytest.approx(statistics.fmean(ours) - statistics.fmean(theirs))

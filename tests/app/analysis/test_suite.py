"""Figures of a suite: against SciPy, against the published formulas and tables, and the claims and sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from app.analysis import seed_difference
from app.analysis.suite import (
    DatasetScores,
    SuiteFigures,
    critical_difference,
    dataset_scores,
    friedman,
    groups_of,
    least_datasets,
    ranks_of,
    suite_figures,
)
from app.analysis.suite_sentences import (
    arm_sentence,
    dataset_sentence,
    scope_sentence,
    suite_chip,
    suite_headline,
    suite_sentence,
)
from app.analysis.verdict import judge
from benchmarks.simulated import study_of_scores

NAMES = ("none", "max norm", "unit norm")

DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)
"""Table 6 of Demšar 2006: AUC of C4.5 in four settings on 14 data sets. The 0.9751 is printed as 0.975, and ranked as
the higher of two."""


def scores(values: np.ndarray, diverged: Any = None) -> DatasetScores:
    return DatasetScores(values, np.zeros(len(values), int) if diverged is None else diverged, 0)


def drawn(rng: np.random.Generator, effects: np.ndarray, runs: int = 6) -> list[DatasetScores]:
    """Scores of two arms; the second's differs from the first's by an effect on each data set."""
    made = []
    for effect in effects.tolist():
        base = rng.uniform(0.6, 0.9) + rng.normal(0, 0.01, (2, runs))
        made.append(scores(base + np.array([[0.0], [effect]])))
    return made


def figures(datasets: list[DatasetScores], **more: Any) -> SuiteFigures:
    found = suite_figures(datasets, **{"margin": 0.01, **more})
    assert found is not None
    return found


# Ranks


def test_ranks_are_scipys_with_the_mean_of_tied_ones() -> None:
    expected = np.stack([stats.rankdata(-row) for row in DEMSAR])
    assert np.array_equal(ranks_of(DEMSAR), expected)
    assert ranks_of(np.array([[0.5, 0.5 + 1e-8, 0.4]])).tolist() == [[1.5, 1.5, 3.0]], "float32 tells no difference"


def test_mean_ranks_and_tests_are_those_of_demsars_example() -> None:
    ranks = ranks_of(DEMSAR)
    assert ranks.mean(axis=0) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=0.001)
    found = friedman(ranks)
    expected = stats.friedmanchisquare(*DEMSAR.T)
    assert found.chi2 == pytest.approx(expected.statistic)
    f = 13 * found.chi2 / (14 * 3 - found.chi2)
    assert found.f == pytest.approx(f)
    assert found.p == pytest.approx(stats.f.sf(f, 3, 39))
    assert found.p < 0.05


def test_friedmans_p_is_no_smaller_than_ranks_can_show() -> None:
    alike = friedman(np.tile([1.0, 2.0, 3.0], (4, 1)))
    assert (alike.chi2, alike.f) == (8.0, None)
    assert alike.p == pytest.approx(1 / 6**3)
    tied = friedman(np.tile([2.0, 2.0, 2.0], (4, 1)))
    assert (tied.chi2, tied.p) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("arms", "quantile"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (7, 2.949), (10, 3.164)]
)
def test_the_critical_difference_has_the_quantiles_of_demsars_table(arms: int, quantile: float) -> None:
    expected = quantile * math.sqrt(arms * (arms + 1) / (6 * 14))
    assert critical_difference(arms, 14) == pytest.approx(expected, abs=0.001)
    assert critical_difference(arms, 56) == pytest.approx(critical_difference(arms, 14) / 2)


def test_groups_are_the_largest_sets_of_arms_within_the_critical_difference() -> None:
    mean_ranks = np.array([3.1, 1.0, 2.0, 4.0])
    assert groups_of(mean_ranks, 1.15) == [[1, 2], [2, 0], [0, 3]]
    assert groups_of(mean_ranks, 2.2) == [[1, 2, 0], [2, 0, 3]]
    assert groups_of(mean_ranks, 0.5) == []
    assert groups_of(mean_ranks, None) == [[1, 2, 0, 3]], "no test showed any difference"
    assert groups_of(np.array([1.0, 2.0]), 1.0) == [], "as far apart as the critical difference is apart"


# Estimates


def test_the_interquartile_mean_is_scipys_trimmed_mean_of_all_runs() -> None:
    rng = np.random.default_rng(1)
    datasets = [scores(rng.random((2, runs))) for runs in (5, 7, 10)]
    found = figures(datasets)
    for arm in range(2):
        pooled = np.concatenate([each.values[arm] for each in datasets])
        assert found.arms[arm].iqm.value == pytest.approx(stats.trim_mean(pooled, 0.25))


def test_the_interval_of_an_interquartile_mean_is_that_of_resamples_one_by_one() -> None:
    rng = np.random.default_rng(2)
    datasets = [scores(rng.normal(0.5 + 0.1 * each, 0.05, (1, 8))) for each in range(4)]
    iqm = figures(datasets).arms[0].iqm
    others = np.random.default_rng(3)
    resamples = [
        stats.trim_mean(np.concatenate([others.choice(each.values[0], each.runs - 1) for each in datasets]), 0.25)
        for _ in range(4_000)
    ]
    tail = 100 * stats.norm.sf(stats.t.ppf(0.975, 7))
    low, high = np.percentile(resamples, [tail, 100 - tail])
    assert 0.5 < tail < 1
    assert iqm.low == pytest.approx(low, abs=0.006)
    assert iqm.high == pytest.approx(high, abs=0.006)


def test_the_probability_of_improvement_is_mann_and_whitneys_u_over_the_pairs() -> None:
    rng = np.random.default_rng(4)
    datasets = [scores(rng.integers(0, 8, (2, runs)) / 10) for runs in (4, 9)]
    found = figures(datasets).arms[1].improvement
    assert found is not None
    u = [stats.mannwhitneyu(each.values[1], each.values[0]).statistic / each.runs**2 for each in datasets]
    assert found.value == pytest.approx(np.mean(u))
    others = np.random.default_rng(5)
    resamples = []
    for _ in range(1_000):
        shares = []
        for each in datasets:
            ours, theirs = (others.choice(values, each.runs - 1) for values in (each.values[1], each.values[0]))
            shares.append((ours[:, None] > theirs).mean() + 0.5 * (ours[:, None] == theirs).mean())
        resamples.append(np.mean(shares))
    assert [found.low, found.high] == pytest.approx(list(np.percentile(resamples, [2.5, 97.5])), abs=0.04)


def test_intervals_are_the_same_each_time_and_need_two_runs_on_each_data_set() -> None:
    rng = np.random.default_rng(6)
    datasets = drawn(rng, np.zeros(5))
    assert figures(datasets).arms == figures(datasets).arms
    single = [*datasets[:4], scores(datasets[4].values[:, :1])]
    assert figures(single).arms[1].iqm.low is None


# Claims


def test_the_claim_is_that_of_the_signed_ranks_over_data_sets() -> None:
    rng = np.random.default_rng(7)
    effects = rng.normal(0.03, 0.02, 9)
    datasets = drawn(rng, effects)
    found = figures(datasets)
    differences = np.array([each.values[1].mean() - each.values[0].mean() for each in datasets])
    difference = found.arms[1].difference
    assert difference is not None
    assert difference.p == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)
    assert difference.p_holm == difference.p
    assert (difference.mean, difference.low) == (differences.mean(), seed_difference(differences, None).low)  # type: ignore[union-attr]
    assert found.arms[1].claim == "mostly_better"
    worse = [scores(each.values[::-1]) for each in datasets]
    assert figures(worse).arms[1].claim == "mostly_worse"


def test_claims_wait_for_all_runs_and_need_enough_data_sets() -> None:
    datasets = drawn(np.random.default_rng(8), np.linspace(0.02, 0.05, 8))
    assert figures(datasets).arms[1].claim == "mostly_better"
    assert figures(datasets, running=True).arms[1].claim == "undecided"
    assert figures(datasets[:5]).arms[1].claim == "too_few"
    assert figures(datasets[:6]).arms[1].claim == "mostly_better"
    assert figures(datasets[:6], looks=2).arms[1].claim == "too_few", "two looks share the level"
    assert figures(datasets[:6], look=2).arms[1].claim == "too_few", "a look beyond the one that is planned"


def test_the_fewest_data_sets_for_a_claim_follow_the_arms_and_the_looks() -> None:
    assert [least_datasets(arms) for arms in (1, 2, 3, 8)] == [6, 7, 8, 9]
    assert least_datasets(1, looks=2) == 7


def test_arms_within_the_margin_are_the_same_unless_a_data_set_may_be_an_exception() -> None:
    datasets = drawn(np.random.default_rng(9), np.zeros(10))
    assert figures(datasets, margin=0.02).arms[1].claim == "same"
    skewed = [scores(np.full((2, 4), 0.8) - np.array([[0.0], [0.0]])) for _ in range(9)]
    skewed.append(scores(np.array([[0.8] * 4, [0.77] * 4])))
    found = figures(skewed).arms[1]
    assert found.difference is not None
    assert found.difference.low is not None
    assert found.difference.low < -0.01
    assert found.claim == "undecided"


def test_a_run_that_diverged_counts_as_the_worst_score() -> None:
    test = np.array([[0.9, 0.8, 0.7], [0.9, np.nan, 0.75]])
    found = dataset_scores(study_of_scores(test, floor=0.5))
    assert found.values.tolist() == [[0.9, 0.8, 0.7], [0.9, 0.5, 0.75]]
    assert (found.diverged.tolist(), found.left_out) == ([0, 1], 0)
    low = dataset_scores(study_of_scores(test - 0.5, floor=0.5))
    assert low.values[1].tolist() == pytest.approx([0.4, 0.2, 0.25]), "no score that a run had is lower"


def test_seeds_without_a_score_in_every_arm_are_left_out_and_counted() -> None:
    study = study_of_scores(np.array([[0.9, 0.8, 0.7], [0.9, 0.6, 0.75]]))
    study.finished[1, 2] = False
    found = dataset_scores(study)
    assert (found.values.tolist(), found.left_out) == ([[0.9, 0.8], [0.9, 0.6]], 1)
    assert suite_figures([scores(np.empty((2, 0)))], margin=0.01) is None
    assert figures([scores(np.empty((2, 0))), found]).used == [1]


# Sentences


def told(found: SuiteFigures | None, names: Sequence[str] = NAMES, *, running: bool = False) -> str:
    return suite_headline(names, found, "accuracy", 0.01, running=running)


def constant(*effects: Iterable[float], unreached: Sequence[Sequence[int]] = ()) -> list[DatasetScores]:
    """Scores of a baseline of 0.7 and of arms with these effects, by data set; `unreached` has arms, by data set."""
    made = []
    for number, each in enumerate(zip(*effects, strict=True)):
        values = np.repeat([[0.7], *([0.7 + effect] for effect in each)], 3, axis=1)
        idle = np.isin(np.arange(len(values)), unreached[number]) if unreached else None
        made.append(replace(scores(values), unreached=idle))
    return made


RISING = tuple(np.linspace(0.03, 0.1, 8))
LEVEL = (0.0,) * 8


def test_the_headline_answers_whether_it_helps() -> None:
    found = figures(constant(RISING, LEVEL))
    assert told(found) == (
        "Max norm helps on most data sets; unit norm makes no difference that matters: the same within 1 point"
    )
    assert suite_sentence(NAMES, found, "accuracy", 0.01, running=False) == (
        f"{told(found)}. Against none: max norm +6.5 points on average (95 %: +4.5 to +8.5); unit norm 0.0 points on "
        "average"
    )
    assert told(figures(constant(-np.array(RISING), LEVEL))).startswith("Max norm hurts on most data sets; ")
    mixed = (0.03, -0.02, 0.05, -0.06, 0.02, -0.01, 0.04, -0.03)
    assert told(figures(constant(mixed)), NAMES[:2]) == "No clear sign that max norm helps on these 8 data sets"
    behind = constant(-np.array(mixed), -np.array(mixed))
    assert told(figures(behind)) == "No sign that max norm and unit norm help on these 8 data sets"


def test_data_sets_that_are_too_few_are_counted_as_the_suite_has_them() -> None:
    few = [*constant(RISING[:3], LEVEL[:3]), scores(np.empty((3, 0)))]
    expected = "Too early to say: needs at least 7 data sets with 2 arms to compare; this suite has 4"
    assert told(figures(few)) == expected
    assert told(figures(few, running=True), running=True) == expected, "no run that comes will change it"
    lost = [*constant(RISING[:6], LEVEL[:6]), scores(np.empty((3, 0)))]
    assert told(figures(lost)).endswith("to compare; 6 have scores")
    assert told(figures([*lost, lost[-1]], running=True), running=True) == (
        "The answer comes when all runs have ended. 6 of 8 data sets have scores so far"
    )
    assert told(None, running=True) == "The answer comes when all runs have ended"
    assert told(None) == "No data set has a score of every arm"


def test_a_limit_that_was_never_reached_was_never_put_to_the_test() -> None:
    found = figures(constant(RISING, LEVEL, unreached=[[2]] * 8))
    idle = "unit norm: its limit was never reached on any of the 8 data sets, so it was never put to the test"
    assert told(found) == f"Max norm helps on most data sets. U{idle[1:]}"
    assert arm_sentence(NAMES, found, 2, "accuracy", 0.01) == idle
    assert [suite_chip(found, arm) for arm in range(3)] == [None, "helps", "never_reached"]
    assert "unit norm 0.0" not in suite_sentence(NAMES, found, "accuracy", 0.01, running=False)
    two = figures(constant(RISING[:2], unreached=[[1], [1]]))
    assert told(two, NAMES[:2]) == (
        "Max norm: its limit was never reached on either data set, so it was never put to the test"
    )
    assert (two.arms[1].claim, suite_chip(two, 1)) == ("same", "never_reached"), "more data sets are no help"
    running = figures(constant(RISING, LEVEL, unreached=[[2]] * 8), running=True)
    assert suite_chip(running, 2) == "too_early"
    some = figures(constant(RISING, LEVEL, unreached=[[], [1], *[[]] * 6]))
    assert some.arms[1].unreached == 1
    assert arm_sentence(NAMES, some, 1, "accuracy", 0.01).endswith(
        "its limit was never reached on 1 of 8: it helps on most data sets"
    )


def test_an_arms_sentence_has_its_interval_and_counts_data_sets() -> None:
    found = figures(constant(RISING, (0.02, -0.02, 0, 0, 0.01, -0.01, 0.01, 0)))
    assert arm_sentence(NAMES, found, 0, "accuracy", 0.01) == "none: mean accuracy 0.700 over 8 data sets"
    assert arm_sentence(NAMES, found, 1, "accuracy", 0.01) == (
        "max norm: +6.5 points on average (95 %: +4.5 to +8.5), higher than none on all 8: it helps on most data sets"
    )
    assert ", higher than none on 3, lower on 2, the same on 3: " in arm_sentence(NAMES, found, 2, "accuracy", 0.01)
    both = figures(constant(LEVEL[:2], (-0.1, 0)))
    assert ", the same as none on both: too early to say, needs" in arm_sentence(NAMES, both, 1, "accuracy", 0.01)
    assert ", lower than none on 1, the same on 1: " in arm_sentence(NAMES, both, 2, "accuracy", 0.01)
    running = figures(constant(RISING, LEVEL), running=True)
    assert arm_sentence(NAMES, running, 1).endswith("on all 8: the answer comes when all runs have ended")


def test_rounding_ranks_no_arm_whose_limit_was_never_reached() -> None:
    study = study_of_scores(np.array([[0.9, 0.8], [0.9001, 0.8]]))
    idle = dataset_scores(replace(study, unreached=np.array([False, True])))
    assert idle.values.tolist() == [[0.9, 0.8], [0.9, 0.8]]
    assert figures([idle]).arms[1].mean_rank == 1.5
    assert figures([dataset_scores(study)]).arms[1].mean_rank == 1


def test_the_scope_tells_other_data_sets_from_these() -> None:
    assert scope_sentence(figures(constant(RISING))) == (
        "Intervals of differences between data sets are about other data sets like these; probability of improvement "
        "and the middle half are about these 8 alone"
    )


def test_a_data_sets_sentence_says_no_more_than_its_own_verdict() -> None:
    rng = np.random.default_rng(10)
    test = 0.8 + rng.normal(0, 0.001, (4, 12)) + np.array([[0.0], [0.03], [0.0], [0.0]])
    test[2, 3] = np.nan
    study = study_of_scores(test, looks=1, unreached=np.array([False, False, False, True]))
    assert dataset_sentence(study, judge(study), dataset_scores(study)) == (
        "arm 1 helps in most seeds; arm 3 never reached its limit; no clear difference for arm 2; 1 run diverged and "
        "counts as the worst score"
    )
    assert dataset_sentence(None, [], None) == "its experiment was removed"
    nothing = study_of_scores(np.zeros((2, 0)), looks=1)
    for running, told in ((True, "the answer comes when all seeds"), (False, "no seed has a score of every arm")):
        sentence = dataset_sentence(nothing, judge(nothing), dataset_scores(nothing), running=running)
        assert sentence.startswith(told)

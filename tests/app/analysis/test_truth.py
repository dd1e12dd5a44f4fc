"""Claims that hold: looks, draws, rows, divergence, collapse and sameness, on made-up and on simulated studies."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app import analysis
from app.analysis import BETTER, WORSE, Study, judge, level_at, level_of_seeds
from app.analysis.looks import LATE, pocock_level
from benchmarks import simulated, truth
from benchmarks.simulated import study_of_scores
from benchmarks.suites import normal_effects, suite_tally
from tests.app.analysis.studies import SPREAD, STUDIES, claim, scores, sentence

# Looks


@pytest.mark.parametrize(
    ("looks", "level"), [(1, 0.05), (2, 0.0294), (3, 0.0221), (4, 0.0182), (5, 0.0158), (10, 0.0106)]
)
def test_levels_of_looks_are_those_of_pococks_table(looks: int, level: float) -> None:
    assert pocock_level(looks, 0.05) == pytest.approx(level, abs=6e-5)


def test_looks_beyond_the_plan_never_spend_more_than_the_reserve() -> None:
    beyond = [level_at(3 + extra, 3) for extra in range(1, 40)]
    assert beyond == sorted(beyond, reverse=True)
    assert sum(beyond) <= 0.005
    assert level_at(1, 3) == level_at(3, 3) == pocock_level(3, 0.045) > beyond[0]
    assert level_of_seeds(10) == level_of_seeds(50) > level_of_seeds(60) > 0


def test_the_seeds_that_are_proposed_are_those_of_the_next_look() -> None:
    made = study_of_scores(scores(np.array([0.004, 0.012, -0.003, 0.009, 0.001, 0.006])), look=2, looks=2)
    verdict = judge(made)[1]
    spread = float(np.std([0.004, 0.012, -0.003, 0.009, 0.001, 0.006], ddof=1))
    assert made.next_level(6) == level_at(3, 2) < made.level(6)
    assert verdict.needed == analysis.seeds_needed(spread, 0.01, 1, level_at(3, 2))
    wide = judge(replace(made, margin=0.02))[1]
    assert wide.needed == analysis.seeds_needed(spread, 0.02, 1, level_at(3, 2)), "of a difference of the margin"


def test_a_claim_is_made_at_the_level_of_its_look() -> None:
    made = study_of_scores(scores(np.r_[np.full(7, 0.02), -0.001] + np.arange(8) * 1e-4))
    (found,) = [each.test for each in judge(made)[1:]]
    assert found is not None
    assert found.p == pytest.approx(0.015625)
    assert claim(replace(made, looks=1)) == "mostly_better"
    assert claim(made) == claim(replace(made, looks=5)) == "undecided"
    assert claim(replace(made, looks=1, look=2)) == "too_few"


def test_a_sixth_look_needs_far_more_evidence_however_few_seeds_were_added() -> None:
    made = study_of_scores(scores(0.02 + SPREAD[:10]), look=5)
    assert claim(made) == "mostly_better"
    assert claim(replace(made, look=6)) == "too_few", "2⁻⁹ is above 0.0005"
    assert level_of_seeds(11, 6) == level_of_seeds(60) == LATE


@pytest.mark.parametrize(("steps", "planned"), [((10, 20, 30), 3), ((10, 20, 30, 40, 50), None)])
def test_looking_again_and_again_makes_no_more_false_claims(steps: tuple[int, ...], planned: int | None) -> None:
    share = truth.looked(simulated.EQUAL["normal"], steps, planned, STUDIES, 3)
    assert 0 < share <= truth.allowed(STUDIES)


# Rows


def test_a_difference_that_rests_on_one_row_is_not_told_to_help() -> None:
    right = [np.arange(70) < 64 + arm for arm in range(2)]
    outcomes = {arm * 20 + seed: {"test": right[arm]} for arm in range(2) for seed in range(20)}
    made = study_of_scores(np.repeat([[64 / 70], [65 / 70]], 20, axis=1), test_rows=70, outcomes=outcomes)
    assert claim(made) == "undecided"
    assert sentence(made).endswith(
        "in every one of the 20 seeds: the seeds agree, but it rests on 1 row of 70: too few to tell"
    )
    assert judge(made)[1].more_seeds is None
    assert claim(replace(made, outcomes={})) == "mostly_better", "without outcomes the claim is about these rows"


def by_rows(gained: int, rows: int, arms: int = 1, **more: Any) -> Study:
    """A study whose first arm has `gained` more rows right than the other arms, the same in all of 20 seeds."""
    right = [np.arange(rows) < 0.5 * rows + (gained if arm == 1 else 0) for arm in range(arms + 1)]
    outcomes = {arm * 20 + seed: {"test": right[arm]} for arm in range(arms + 1) for seed in range(20)}
    test = np.repeat([[each.mean()] for each in right], 20, axis=1)
    return study_of_scores(test, test_rows=rows, outcomes=outcomes, looks=1, **more)


def test_few_rows_must_show_the_difference_by_their_own_signed_ranks() -> None:
    # 5 rows of 70: the mean is 2.3 standard errors from 0, but 5 rows of one sign have p = 2 · 2⁻⁵ = 0.0625.
    assert [claim(by_rows(gained, 70)) for gained in (5, 7)] == ["undecided", "mostly_better"]
    assert "too few to tell" in sentence(by_rows(5, 70))
    assert "on these 70 rows" not in sentence(by_rows(7, 70))


def test_rows_are_corrected_for_the_number_of_arms() -> None:
    # 7 rows of 1,000: 2.6 standard errors, which is enough for one comparison and not for 8 at 0.045 / 8.
    assert [claim(by_rows(7, 1000, arms)) for arms in (1, 8)] == ["mostly_better", "undecided"]


def test_the_rows_error_of_r2_is_that_of_the_mean_of_the_rows_gains() -> None:
    from scipy import stats
    from sklearn.metrics import r2_score

    rng = np.random.default_rng(4)
    y = rng.normal(2, 3, 120)
    outputs = y + rng.normal(0, [[[1.0]], [[0.8]]], (2, 9, 120))
    errors = np.square(outputs - y)
    r2 = np.array([[r2_score(y, each) for each in arm] for arm in outputs])
    outcomes = {run: {"test": each.astype("f4")} for run, each in enumerate(errors.reshape(18, 120))}
    made = study_of_scores(r2, score="r2", test_rows=120, outcomes=outcomes)
    gains = (errors[0] - errors[1]).mean(axis=0) / y.var()
    found, alone = (analysis.difference(each, "test", 1) for each in (made, replace(made, outcomes={})))
    assert found is not None
    assert alone is not None
    assert found.rows_error == pytest.approx(stats.sem(gains), rel=1e-4)
    assert found.mean == pytest.approx(gains.mean(), abs=1e-6)
    assert found.rows_p == pytest.approx(stats.wilcoxon(gains, method="exact").pvalue, rel=1e-3)
    assert found.low is not None
    assert alone.low is not None
    half = stats.t.ppf(0.975, 119) * stats.sem(gains)
    assert found.mean - found.low == pytest.approx(math.hypot(alone.mean - alone.low, half), rel=1e-4)


@pytest.mark.parametrize("make", [simulated.classified, simulated.regressed])
@pytest.mark.parametrize("name", ["test", "fresh"])
def test_arms_that_are_equal_on_all_rows_are_not_told_apart(make: Callable[..., Any], name: str) -> None:
    found = truth.tally(make(10, 300, name=name), STUDIES // 2, 5)
    assert found.claims / found.studies <= truth.allowed(found.studies)
    assert found.coverage > 0.93 - 2 * math.sqrt(0.07 * 0.93 / found.studies)
    by_seeds = truth.tally(simulated.without_outcomes(make(10, 300, name=name)), STUDIES // 10, 5)
    assert by_seeds.claims / by_seeds.studies > 0.4


# Divergence


def diverging(losses: int, wins: int = 0, gain: float = 0.03) -> Study:
    test = scores(gain + SPREAD)
    test[1, :losses] = np.nan
    test[0, 20 - wins :] = np.nan
    return study_of_scores(test, test_rows=70)


def test_no_gain_stands_beside_seeds_that_diverged() -> None:
    made = diverging(8)
    verdict = judge(made)[1]
    assert (verdict.claim, verdict.diverged, verdict.lost) == ("worse", 8, 0)
    assert sentence(made) == (
        "arm 1: diverged in 8 of 20 seeds; +2.98 points (95 %: +2.81 to +3.17) on the 70 test rows over the other 12 "
        "seeds: all in all it hurts, as it diverges"
    )
    assert claim(diverging(0)) == "mostly_better"
    for losses in range(1, 20):
        assert claim(diverging(losses)) in ("undecided", "worse", "too_few"), losses
    assert claim(diverging(1)) == "undecided"
    assert sentence(diverging(1)).endswith(": no clear answer while seeds diverge")


def test_a_baseline_that_diverges_counts_for_the_arm() -> None:
    made = diverging(0, wins=9, gain=-0.03)
    assert claim(made) == "better"
    assert sentence(made).startswith("arm 1: arm 0 diverged in 9 of 20 seeds; −3.0")
    assert sentence(made, 0).startswith("arm 0: diverged in 9 of 20 seeds; 0.850")
    assert claim(diverging(5, wins=5)) == "undecided"


def test_seeds_that_diverged_are_weighed_against_the_others() -> None:
    """Who diverges in 7 of 20 seeds loses 0.95 there; 0.55 in each of the others is more."""
    test = scores(0.55 + SPREAD, base=0.4)
    test[1, :7] = np.nan
    assert claim(study_of_scores(test)) == claim(study_of_scores(test[::-1])) == "undecided"
    test[0] += 0.5
    assert (claim(study_of_scores(test)), claim(study_of_scores(test[::-1]))) == ("worse", "better")


def test_a_draw_counts_once_however_many_of_its_seeds_diverged() -> None:
    test = np.tile(0.9 + np.tile(SPREAD, 4)[:64], (2, 1))
    test[1, :8] = np.nan
    draws = np.repeat(np.arange(8), 8)
    made = study_of_scores(test, design="drawn", draws=draws, looks=1)
    assert made.divergences(1) == (1, 0)
    assert claim(made) != "worse"
    assert sentence(made).startswith("arm 1: diverged in 8 of 64 runs; ")
    shared = replace(made, design="folds", test_rows=30, train_rows=60)
    assert claim(shared) != "worse", "folds share training rows"


def test_an_arm_without_any_score_is_worse_once_enough_seeds_diverged() -> None:
    for n, expected in ((6, "too_few"), (7, "worse")):
        made = study_of_scores(np.array([np.full(n, 0.9), np.full(n, np.nan)]))
        assert claim(made) == expected
        assert sentence(made).startswith(f"arm 1: diverged in {n} of {n} seeds; ")
    assert claim(replace(made, diverged=np.zeros((2, 7), bool))) == "too_few", "a missing score is no divergence"


# Collapse


def test_collapsed_seeds_are_told_with_median_and_worst() -> None:
    test = scores(0.02 + SPREAD)
    test[1, 4] = 0.5
    made = study_of_scores(test)
    found = judge(made)[1].collapse
    assert found is not None
    assert (found.seeds, found.of, found.worst) == (1, 20, 0.5)
    assert found.median == pytest.approx(0.87, abs=0.002)
    assert "; it collapsed in 1 of 20 seeds (median score 0.870, worst 0.500)" in sentence(made)
    assert "can't rule out" not in sentence(made)
    test[1, 4] = 0.8
    assert judge(study_of_scores(test))[1].collapse is None, "less than 0.1 is no collapse"


@pytest.mark.parametrize("deviation", [0.004, 0.03, 0.1])
def test_normal_scores_are_rarely_taken_for_collapsed(deviation: float) -> None:
    rng = np.random.default_rng(6)
    found = [analysis.verdict.collapse_of(study_of_scores(rng.normal(0.8, deviation, (1, 10))), 0) for _ in range(500)]
    assert np.mean([each is not None for each in found]) <= 0.06


@pytest.mark.parametrize("kind", list(simulated.UNLIKE))
@pytest.mark.parametrize("n", [10, 30])
def test_equal_means_are_not_told_apart_on_average(kind: str, n: int) -> None:
    found = truth.tally(simulated.of_scores(simulated.UNLIKE[kind][0], 1, n, looks=1), STUDIES, n)
    assert found.on_average / STUDIES <= truth.allowed(STUDIES)
    assert found.wrong_way / STUDIES <= truth.allowed(STUDIES)


def test_a_gain_that_would_survive_unseen_collapses_is_one_on_average() -> None:
    small, large = (study_of_scores(scores(gain + SPREAD, base=0.6)) for gain in (0.02, 0.2))
    assert (claim(small), claim(large)) == ("mostly_better", "better")
    assert sentence(large).endswith(": it helps on average on these test rows; other rows may differ")
    assert sentence(small).endswith(
        ": it helps in most seeds on these test rows; other rows may differ; "
        "none of 20 seeds collapsed; up to 14 % of seeds still could, with 95 % confidence"
    )
    assert analysis.unseen_share(20) == pytest.approx(0.1391, abs=1e-4)  # Clopper and Pearson's bound for 0 of 20
    assert claim(replace(large, score="r2")) == "mostly_better", "r² has no least value"
    many = study_of_scores(scores(*[0.14 + SPREAD] * 8, base=0.6))
    assert (claim(replace(many, looks=1)), claim(study_of_scores(many.test[:2], looks=1))) == (
        "mostly_better",
        "better",
    ), "each of eight arms may have been lucky"
    assert claim(study_of_scores(scores(-0.2 + SPREAD, base=0.8))) == "worse"


# Sameness


def test_the_same_is_two_one_sided_tests() -> None:
    from scipy import stats

    rng = np.random.default_rng(7)
    claims = []
    for _ in range(60):
        differences = rng.normal(0.003, 0.012, 20)
        made = study_of_scores(scores(differences), looks=1)
        level = made.level(20)
        p = max(
            stats.ttest_1samp(differences, -0.01, alternative="greater").pvalue,
            stats.ttest_1samp(differences, 0.01, alternative="less").pvalue,
        )
        told = claim(made)
        assert (told == "same") == (p <= level and told not in (*BETTER, *WORSE))
        claims.append(told)
    assert 5 < claims.count("same") < 55
    assert claim(replace(made, margin=0.05)) == "same"
    assert sentence(replace(made, margin=0.05)).partition(": the same within ")[2].startswith("5 points")


def test_the_same_is_corrected_for_the_number_of_arms() -> None:
    # Bounds at 0.01 for one comparison: 0.045 one-sided; 8 comparisons need 2.8 standard errors instead of 1.8.
    differences = np.tile([0.019, -0.019], 10)
    made = [study_of_scores(scores(*[differences] * arms), looks=1) for arms in (1, 8)]
    assert [claim(each) for each in made] == ["same", "undecided"]


def test_draws_that_are_all_tied_are_the_same_only_by_rows_enough() -> None:
    """Without a single differing row of N, up to 1 - α^(1/N) of all rows may differ."""
    for design, rows, expected in (
        ("drawn", 30, "undecided"),
        ("drawn", 300, "same"),
        ("folds", 300, "undecided"),
        ("folds", 1000, "same"),
    ):
        made = study_of_scores(np.full((2, 10), 0.9), design=design, test_rows=rows, train_rows=rows, looks=1)
        assert claim(made) == expected, (design, rows)


def test_the_same_needs_rows_enough() -> None:
    for rows, expected in ((70, "undecided"), (2000, "same")):
        right = np.arange(rows) < 0.9 * rows
        outcomes = {run: {"test": right} for run in range(40)}
        made = study_of_scores(np.full((2, 20), right.mean()), test_rows=rows, outcomes=outcomes)
        assert claim(made) == expected


def test_equal_weights_are_the_same_model() -> None:
    made = study_of_scores(scores(np.zeros(20), 0.02 + SPREAD), twins=np.array([0, 0, 2]))
    assert claim(made) == "same"
    assert sentence(made) == "arm 1: the same model as arm 0, bit for bit, in all 20 seeds"
    assert "bit for bit" not in sentence(made, 2)
    lost = replace(made, diverged=np.array([[True] + [False] * 19] * 3))
    assert "bit for bit" not in sentence(lost), "weights that aren't numbers are equal too"


# While runs are to come


def test_no_claim_is_made_before_all_seeds_have_ended() -> None:
    made = study_of_scores(scores(0.03 + SPREAD))
    waiting = replace(made, open=np.array([[False] * 20, [False] * 19 + [True]]))
    assert (claim(made), claim(waiting)) == ("mostly_better", "undecided")
    assert sentence(waiting).endswith(": the answer comes when all seeds have finished")


@pytest.mark.parametrize("kind", list(simulated.EQUAL))
def test_equal_arms_are_not_told_apart(kind: str) -> None:
    found = truth.tally(simulated.of_scores(simulated.EQUAL[kind], 1, 12, looks=1), STUDIES, 11)
    assert found.claims / STUDIES <= truth.allowed(STUDIES)
    assert found.coverage > 0.93 - 2 * math.sqrt(0.07 * 0.93 / STUDIES)


# Suites

SUITES = 60
"""Simulated suites a figure: each has its bootstrap."""


@pytest.mark.parametrize("datasets", [6, 12])
def test_arms_whose_effects_on_data_sets_vary_about_zero_are_not_told_apart(datasets: int) -> None:
    found = suite_tally(normal_effects, 1, datasets, SUITES, 17)
    assert 0 < found.claims / SUITES <= truth.allowed(SUITES)
    least = 0.93 - 2 * math.sqrt(0.07 * 0.93 / SUITES)
    assert found.improvement / SUITES > least
    assert found.iqm / SUITES > least


def test_a_gain_on_most_data_sets_is_seen() -> None:
    found = suite_tally(normal_effects, 1, 12, 40, 18, gain=0.03)
    assert found.better > 32

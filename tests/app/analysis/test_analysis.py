"""The verdict's statistics: known values, properties, and simulated experiments whose truth is known.

`LAB_CASES=20000 make test ARGS=tests/app/analysis/test_analysis.py` simulates more of them than a usual test run does.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import analysis
from app.analysis import Study, interval, judge, prediction_sentence, sentence_of, signed_rank_p
from tests.conftest import Keep

CLAIMED = (*analysis.BETTER, *analysis.WORSE)
CASES = int(os.environ.get("LAB_CASES", "1000"))
ARMS = ("baseline", "unit norm", "max norm", "non-negative", "min-max norm")


def study(
    test: Any,
    fresh: Any = None,
    score: Literal["accuracy", "r2"] = "accuracy",
    rows: int = 70,
    states: str | None = None,
    outcomes: Mapping[int, Mapping[str, np.ndarray]] | None = None,
    **more: Any,
) -> Study:
    """A study of scores, NaN where there is none. `states`, a letter a run: finished, Failed (x), open (o)."""
    scores = np.asarray(test, dtype=float)
    each = np.array(list(states or "f" * scores.size)).reshape(scores.shape)
    return Study(
        score=score,
        arms=ARMS[: len(scores)],
        test=scores,
        fresh=None if fresh is None else np.asarray(fresh, dtype=float),
        finished=each == "f",
        failed=each == "x",
        open=each == "o",
        test_rows=rows,
        fresh_rows=None if fresh is None else 20_000,
        outcomes=outcomes or {},
        **more,
    )


def sentences(given: Study) -> list[str]:
    return [sentence_of(given, arm, verdict) for arm, verdict in enumerate(judge(given))]


# The exact test


def enumerated_p(differences: np.ndarray) -> float:
    """Wilcoxon's p by going through every choice of signs."""
    from scipy.stats import rankdata

    kept = differences[differences != 0]
    ranks = rankdata(np.abs(kept))
    seen = ranks[kept > 0].sum()
    sums = [ranks[list(signs)].sum() for signs in itertools.product((False, True), repeat=len(kept))]
    return min(1.0, 2 * float(min(np.mean(sums <= seen + 1e-9), np.mean(sums >= seen - 1e-9))))


@settings(max_examples=150)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
def test_the_signed_rank_test_is_exact_with_ties_and_zeros(steps: list[int]) -> None:
    differences = np.array(steps) / 70
    assert signed_rank_p(differences) == pytest.approx(enumerated_p(differences), rel=1e-12)


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([-1, 2, 3, 4, 5, 6], 4 / 64),  # a sum of at most 1: no rank, or the rank 1, at either end
        ([1, 1, -1, 2], 8 / 16),  # ranks 2, 2, 2 and 4; a sum of at most 2: no rank, or one of three
        ([0, 3, 3, 0, 3], 2 / 8),
        ([-0.5, 2, 3, -1], 10 / 16),  # a sum of at most 3: no rank, 1, 2, 3, or 1 and 2
    ],
)
def test_the_signed_rank_test_is_that_worked_out_by_hand(differences: list[float], p: float) -> None:
    assert signed_rank_p(np.array(differences)) == pytest.approx(p)


@pytest.mark.parametrize("n", [1, 5, 6, 13, 40, 120])
def test_the_signed_rank_test_is_scipys_without_ties(n: int) -> None:
    from scipy.stats import wilcoxon

    differences = np.random.default_rng(n).normal(0.3, 1, n)
    assert signed_rank_p(differences) == pytest.approx(wilcoxon(differences, method="exact").pvalue, rel=1e-9)


def test_many_rows_are_judged_by_scipys_approximation() -> None:
    from scipy.stats import wilcoxon

    gains = np.random.default_rng(1).integers(-40, 50, 2000) / 7
    assert signed_rank_p(gains) == wilcoxon(gains, method="asymptotic", nan_policy="omit", keepdims=True).pvalue[0]


def test_accuracies_in_float32_are_ties_as_their_counts_are() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = rng.integers(60, 69, (2, 20))
    rounded = (ours / 70).astype("f4").astype(float) - (theirs / 70).astype("f4")
    assert len(np.unique(rounded)) > len(np.unique(ours - theirs))
    assert signed_rank_p(rounded) == signed_rank_p((ours - theirs).astype(float))


def test_no_difference_at_all_is_no_evidence() -> None:
    assert signed_rank_p(np.zeros(20)) == 1
    assert interval(np.zeros(20)) == (0, 0)
    found = analysis.seed_difference(np.zeros(20), 70)
    assert found is not None
    assert (found.effect, found.spread) == (None, 0)


def test_holms_correction_is_that_of_the_paper() -> None:
    assert analysis.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert analysis.holm([0.01, None, 0.9]) == pytest.approx([0.03, None, 1.0])
    assert analysis.holm([]) == []


@pytest.mark.parametrize("arms", [1, 2, 4, 5, 63])
def test_one_seed_less_than_the_least_can_never_make_a_claim(arms: int) -> None:
    least = analysis.least_seeds(arms)
    assert arms * signed_rank_p(np.ones(least)) < 0.05 <= arms * signed_rank_p(np.ones(least - 1))
    assert arms > 1 or least == 6


# The interval


@pytest.mark.parametrize("n", [2, 7])
def test_few_seeds_have_students_interval(n: int) -> None:
    from scipy.stats import sem, t

    differences = np.random.default_rng(n).normal(0, 1, n)
    expected = t.interval(0.95, n - 1, loc=differences.mean(), scale=sem(differences))
    assert interval(differences) == pytest.approx(expected)


def test_the_interval_covers_the_mean_as_often_as_it_says(figures: Keep) -> None:
    cases = max(200, CASES // 5)
    kinds: dict[str, tuple[Callable[[np.random.Generator, int], np.ndarray], float]] = {
        "normal": (lambda rng, n: rng.normal(0.01, 0.02, n), 0.01),
        "rows of 70": (lambda rng, n: rng.integers(-2, 4, n) / 70, 0.5 / 70),
    }
    lines = []
    for name, (draw, mean) in kinds.items():
        for n in (3, 6, 8, 10, 20, 30):
            rng = np.random.default_rng(n)
            ends = np.array([interval(draw(rng, n)) for _ in range(cases)])
            covered = np.mean((ends[:, 0] <= mean + 1e-9) & (mean - 1e-9 <= ends[:, 1]))
            lines.append(f"{name}, {n} seeds: {covered:.1%}")
            allowed = 3 * math.sqrt(0.95 * 0.05 / cases)
            # Whole rows are coarse: of few seeds all may agree, and an end that falls on a row covers it or not.
            lowest, highest = (0.91, 0.99) if name == "rows of 70" else (0.94, 0.968)
            assert lowest - allowed < covered < highest + allowed, lines[-1]
    figures(f"95 % intervals over {cases} studies cover the mean in " + "; ".join(lines))


# One seed, row by row


def test_mcnemars_test_counts_the_rows_that_one_model_alone_has_right() -> None:
    arm = np.repeat([True, True, False, False], [55, 9, 2, 4])
    baseline = np.repeat([True, False, True, False], [55, 9, 2, 4])
    found = analysis.mcnemar_difference(arm, baseline)
    assert found.mean == pytest.approx(7 / 70)
    assert found.p == pytest.approx(2 * (1 + 11 + 55) / 2**11)
    assert (found.kind, found.n, found.rows) == ("rows", 1, 70)
    # Newcombe's method 10 with Wilson's limits as roots of their quadratic, φ = 0.3131
    assert (found.low, found.high) == pytest.approx((0.0038177, 0.2019527), abs=1e-6)
    opposite = analysis.mcnemar_difference(baseline, arm)
    assert (opposite.low, opposite.high, opposite.p) == pytest.approx((-0.2019527, -0.0038177, found.p), abs=1e-6)
    assert analysis.mcnemar_difference(arm, arm).p == 1


def test_newcombes_interval_is_that_of_the_paper() -> None:
    # Newcombe 1998 compares his methods on 50 pairs with 36 both, 12 and 2 discordant, none neither.
    assert analysis.newcombe(36, 12, 2, 0) == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_newcombes_interval_covers_and_stays_within_its_bounds() -> None:
    rng = np.random.default_rng(5)
    chances = np.array([0.8, 0.11, 0.05, 0.04])
    tables = rng.multinomial(70, chances, max(400, CASES // 2))
    ends = np.array([analysis.newcombe(*table) for table in tables.tolist()])
    covered = np.mean((ends[:, 0] <= 0.06) & (ends[:, 1] >= 0.06))
    assert covered > 0.92
    for table in [(70, 0, 0, 0), (0, 70, 0, 0), (0, 0, 1, 0), (0, 0, 0, 70)]:
        low, high = analysis.newcombe(*table)
        assert -1 <= low <= (table[1] - table[2]) / sum(table) <= high <= 1


def test_squared_errors_give_the_difference_in_r2() -> None:
    from scipy.stats import ttest_1samp
    from sklearn.metrics import r2_score

    rng = np.random.default_rng(6)
    y = rng.normal(3, 2, 90)
    ours, theirs = y + rng.normal(0, 0.5, 90), y + rng.normal(0, 0.7, 90)
    r2 = [float(r2_score(y, each)) for each in (ours, theirs)]
    errors = [np.square(y - each).astype("f4") for each in (ours, theirs)]
    found = analysis.regression_difference(errors[0], errors[1], r2[0], r2[1])
    scaled = (errors[1].astype(float) - errors[0]) / y.var()
    assert found.mean == pytest.approx(r2[0] - r2[1])
    assert found.mean == pytest.approx(scaled.mean(), abs=1e-6)
    expected = ttest_1samp(scaled, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-5)
    assert found.p == signed_rank_p(scaled)
    perfect = analysis.regression_difference(np.zeros(9), np.zeros(9), 1.0, 1.0)
    assert (perfect.mean, perfect.low, perfect.p) == (0, None, 1)


# Overfitting


def test_overfitting_is_read_off_the_curves() -> None:
    nan = np.nan
    train = np.array([[0.5, 0.7, 0.9, 1.0], [0.5, 0.6, nan, nan], [0.5, nan, nan, nan]])
    test = np.array([[0.5, 0.8, 0.8, 0.7], [0.4, 0.6, nan, nan], [nan, nan, nan, nan]])
    found = analysis.overfitting(train, test, np.array([4, 2, 3]), 0.8)
    np.testing.assert_allclose(found.gap, [0.3, 0, nan], atol=1e-12)
    np.testing.assert_equal(found.best_epoch, [2, 2, nan])
    np.testing.assert_equal(found.best, [0.8, 0.6, nan])
    np.testing.assert_allclose(found.fall, [0.1, 0, nan], atol=1e-12)
    np.testing.assert_allclose(found.area, [(0 - 0.1 + 0.1 + 0.3) / 4, 0.05, nan], atol=1e-12)
    np.testing.assert_equal(found.epochs_to, [2, nan, nan])
    assert np.isnan(analysis.overfitting(train, test, np.array([4, 2, 3]), None).epochs_to).all()
    assert analysis.overfitting(train[:0], test[:0], np.array([], int), 0.8).gap.shape == (0,)


def test_a_diverged_run_has_no_final_gap() -> None:
    found = analysis.overfitting(np.array([[0.9, np.nan]]), np.array([[0.8, np.nan]]), np.array([2]), 0.5)
    assert np.isnan(found.gap[0])
    assert np.isnan(found.fall[0])
    assert (found.best_epoch[0], found.epochs_to[0]) == (1, 1)


# Simulated experiments


def equal_arms(rng: np.random.Generator, arms: int, n: int, *, discrete: bool) -> np.ndarray:
    """Scores of arms that are equal: a part that a seed's arms share, and one of each run's own."""
    scores = 0.92 + rng.normal(0, 0.015, (1, n)) + rng.normal(0, 0.015, (arms, n))
    return np.round(scores * 70) / 70 if discrete else scores


def claims_of(scores: np.ndarray) -> list[str]:
    """Claims on the arms; without a corrected p under 5 % there is none, and intervals are not computed."""
    p = analysis.holm([signed_rank_p(arm - scores[0]) for arm in scores[1:]])
    if all(each is None or each >= analysis.level_of_seeds(scores.shape[1]) for each in p):
        return []
    return [verdict.claim for verdict in judge(study(scores)) if verdict.claim in CLAIMED]


def test_simulated_claims_are_those_of_the_verdict() -> None:
    rng = np.random.default_rng(7)
    for shift in (0, 0.02):
        for _ in range(20):
            scores = equal_arms(rng, 4, 12, discrete=True)
            scores[1] += shift
            told = [verdict.claim for verdict in judge(study(scores)) if verdict.claim in CLAIMED]
            assert claims_of(scores) == told


@pytest.mark.parametrize("discrete", [True, False], ids=["rows of 70", "continuous"])
@pytest.mark.parametrize(("arms", "n"), [(2, 8), (4, 8), (4, 10), (4, 20)])
def test_equal_arms_are_told_apart_in_five_experiments_of_a_hundred_at_most(
    arms: int, n: int, discrete: bool, figures: Keep
) -> None:
    rng = np.random.default_rng(n)
    false = np.mean([bool(claims_of(equal_arms(rng, arms, n, discrete=discrete))) for _ in range(CASES)])
    figures(f"{arms} equal arms, {n} seeds: a false claim in {false:.1%} of {CASES} experiments")
    assert false <= 0.05
    assert false > 0 or analysis.least_seeds(arms - 1, analysis.level_of_seeds(n)) > n or discrete, (
        "a test that never claims anything would pass too"
    )


def drawn(rng: np.random.Generator, seeds: int, rows: int, *rates: float) -> Study:
    """Arms that each have rows of their own right, at these rates, in nearly every seed, with their outcomes."""
    own = [rng.random(rows) < rate for rate in rates]
    right = np.array([[rows_of ^ (rng.random(rows) < 0.01) for _ in range(seeds)] for rows_of in own])
    outcomes = {run: {"fresh": each} for run, each in enumerate(right.reshape(-1, rows))}
    made = study(np.full(right.shape[:2], 0.9), right.mean(axis=2), outcomes=outcomes)
    return replace(made, fresh_rows=rows)


def test_differences_by_the_choice_of_rows_make_no_claim(figures: Keep) -> None:
    rng = np.random.default_rng(12)
    cases = max(150, CASES // 5)
    by_rows = by_seeds = seen = 0
    for _ in range(cases):
        equal = drawn(rng, 10, 1000, 0.9, 0.9, 0.9)
        by_rows += any(each.claim in CLAIMED for each in judge(equal))
        by_seeds += any(each.claim in CLAIMED for each in judge(replace(equal, outcomes={})))
        seen += judge(drawn(rng, 10, 1000, 0.85, 0.92, 0.85))[1].claim in analysis.BETTER
    figures(
        f"arms equal on all rows but not on those drawn: a false claim in {by_rows / cases:.1%} of {cases} "
        f"experiments, {by_seeds / cases:.1%} by seeds alone; a gain of 7 points is seen in {seen / cases:.0%}"
    )
    # Two arms by Bonferroni come close to 5 %, of which so few experiments can't tell apart.
    assert by_rows / cases <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / cases)
    assert by_seeds / cases > 0.4
    assert seen / cases > 0.9


def test_the_rows_error_is_that_of_rows_taken_again() -> None:
    rng = np.random.default_rng(13)
    made = drawn(rng, 8, 400, 0.9, 0.93)
    ours, theirs = (np.array([made.outcomes[8 * arm + seed]["fresh"] for seed in range(8)]) for arm in (1, 0))
    found = judge(made)[1].fresh
    seeds = judge(replace(made, outcomes={}))[1].fresh
    assert found is not None
    assert seeds is not None
    picks = [rng.integers(0, 400, 400) for _ in range(4000)]
    means = [float((ours[:, pick].mean(axis=1) - theirs[:, pick].mean(axis=1)).mean()) for pick in picks]
    assert (found.mean, found.p) == (seeds.mean, seeds.p)
    assert found.low is not None
    assert seeds.low is not None
    assert found.rows_error is not None
    assert found.rows_error == pytest.approx(np.std(means), rel=0.05)
    expected = math.hypot(seeds.mean - seeds.low, 1.966 * found.rows_error)
    assert found.mean - found.low == pytest.approx(expected, rel=1e-3)


def test_too_few_rows_are_named_in_the_sentence() -> None:
    right = {"base": np.arange(1000) < 900, "arm": np.arange(1000) >= 99}
    outcomes = {run: {"fresh": right["base" if run < 20 else "arm"]} for run in range(40)}
    made = replace(study([B, B], [[0.9] * 20, [0.901] * 20], outcomes=outcomes), fresh_rows=1000)
    verdict = judge(made)[1]
    assert (verdict.claim, verdict.more_seeds) == ("undecided", None)
    assert sentences(made)[1] == (
        "unit norm: the same score on the 70 test rows in all 20 seeds; on 1,000 fresh rows +0.1 points "
        "(95 %: −2.7 to +2.9): the seeds agree, but 1,000 rows are too few to tell"
    )


def test_the_seeds_needed_are_those_of_the_formula() -> None:
    assert analysis.seeds_needed(0.01, 0.01, 1) == 11  # π/3 · (1.95996 + 0.84162)² + 1.95996²/2 = 10.14
    assert analysis.seeds_needed(0.02, -0.01, 4) == 50  # π/3 · ((2.49771 + 0.84162) · 2)² + 2.49771²/2 = 49.83
    assert analysis.seeds_needed(0.0001, 0.01, 1) == 6, "with fewer the exact test can't make a claim"


def test_as_many_seeds_as_are_said_to_be_needed_show_the_difference(figures: Keep) -> None:
    rng = np.random.default_rng(8)
    cases = max(300, CASES // 2)
    lines = []
    for spread, arms in itertools.product((0.01, 0.02), (1, 4)):
        n = analysis.seeds_needed(spread, 0.01, arms)
        seen = np.mean([signed_rank_p(rng.normal(0.01, spread, n)) < 0.05 / arms for _ in range(cases)])
        lines.append(f"{n} seeds, spread {spread}, {arms} arms: {seen:.0%}")
        assert 0.75 < seen < 0.9, lines[-1]
    figures(f"a difference of 0.01 is seen in {cases} studies of " + "; ".join(lines))


# How many more


def test_more_seeds_are_a_round_number_that_fits_the_experiment() -> None:
    rng = np.random.default_rng(10)
    base = np.full(8, 0.9)
    small, large = base + rng.normal(0, 0.02, 8), base + rng.normal(0, 0.3, 8)
    verdicts = judge(study([base, small, large, base], looks=1))
    assert verdicts[1].needed is not None
    assert verdicts[1].more_seeds is not None
    assert verdicts[1].more_seeds % 5 == 0
    assert 0 <= verdicts[1].more_seeds - (verdicts[1].needed - 8) < 5
    assert verdicts[2].needed is not None
    assert verdicts[2].needed > 64
    assert (verdicts[3].claim, verdicts[3].more_seeds) == ("same", None)  # no spread: more shows nothing
    assert all((each.more_seeds or 0) + 8 <= 256 // 4 for each in verdicts)


def test_runs_that_are_still_to_come_are_counted() -> None:
    scores = np.full((2, 20), np.nan)
    scores[:, :4] = [[0.9, 0.91, 0.9, 0.9], [0.9, 0.91, 0.905, 0.9]]
    assert judge(study(scores, states=("ffff" + "o" * 16) * 2))[1].more_seeds is None
    assert judge(study(scores[:, :4]))[1].more_seeds == 5  # 8 are the least


# Words

B = np.full(20, 64 / 70)
UNSEEN = "; 20 seeds can't rule out that up to 1 in 7 collapses"


def fresh_of(*means: float, n: int = 20) -> np.ndarray:
    """Fresh scores whose differences from the baseline have these means, and a spread of 0.45 points."""
    wave = np.where(np.arange(n) % 2, 0.0045, -0.0045)
    return np.array([np.full(n, 0.9), *(0.9 + mean + wave for mean in means)])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            study([B, B + 2 / 70], fresh_of(0.009)),
            "+2.9 points on the 70 test rows in all 20 seeds; on 20,000 fresh rows +0.9 points (95 %: +0.6 to +1.2): "
            f"it helps in most seeds{UNSEEN}",
        ),
        (
            study([B, B + 2 / 70], fresh_of(-0.009)),
            "+2.9 points on the 70 test rows in all 20 seeds; but on 20,000 fresh rows −0.9 points (95 %: −1.2 to "
            f"−0.6): it hurts in most seeds{UNSEEN}",
        ),
        (
            study([B, B + 2 / 70]),
            "+2.9 points on the 70 test rows in all 20 seeds: it helps in most seeds on these 70 rows; other rows may "
            f"differ{UNSEEN}",
        ),
        (
            study([B, B], fresh_of(0)),
            "the same score on the 70 test rows in all 20 seeds; on 20,000 fresh rows 0.0 points (95 %: −0.3 to "
            f"+0.3): the same within 1 point{UNSEEN}",
        ),
        (
            study([B, B]),
            "the same score on the 70 test rows in all 20 seeds: no difference on these 70 rows",
        ),
        (
            study([B[:5], B[:5] + np.array([1, 0, -1, 1, 1]) / 70]),
            "+0.6 points (95 %: −1.1 to +2.2) on the 70 test rows over 5 seeds: no clear difference with 5 seeds; "
            "about 22 are needed to see a difference of 1 point",
        ),
        (
            study([B[:3], B[:3] + 1 / 70, B[:3], B[:3]]),
            "+1.4 points on the 70 test rows in all 3 seeds: too early to say: needs 9 seeds with 3 arms to "
            "compare; has 3",
        ),
        (
            study([[0.5, 0.6], [0.5, np.nan]], states="ffff"),
            "diverged in 1 of 2 seeds; 0.0 points on the 70 test rows in the other seed: too early to say: needs 7 "
            "seeds; has 2",
        ),
        (study(np.full((2, 3), np.nan), states="oooooo"), "no seed has finished in both arms yet"),
        (
            study(np.full((2, 1), np.nan), states="xx"),
            "no seed finished in both arms; left out: 1 seed with a failed run or without a score",
        ),
        (
            study([[0.7, np.nan], [0.8, np.nan]], rows=1, states="fofo"),
            "one seed so far: 1 of 1 test row right against 1: too early to say",
        ),
        (
            study([[0.5] * 9, [0.52] * 9], score="r2"),
            "+0.020 in r² on the 70 test rows in all 9 seeds: it helps in most seeds on these 70 rows; other rows may "
            "differ; 9 seeds can't rule out that up to 1 in 3 collapses",
        ),
        (study([[0.5], [0.52]], score="r2"), "one seed: +0.020 in r² on the 70 test rows: too early to say"),
    ],
)
def test_the_sentence_says_what_the_figures_say(given: Study, expected: str) -> None:
    assert sentences(given)[1] == f"unit norm: {expected}"


def test_the_sentence_of_one_seed_says_that_another_may_differ() -> None:
    rows, fresh = np.arange(70), np.arange(20_000)
    outcomes = {
        0: {"test": rows < 64, "fresh": fresh < 18_000},
        1: {"test": (rows < 66) & (rows >= 0), "fresh": fresh < 18_120},
    }
    scores = {"test": [[64 / 70], [66 / 70]], "fresh": [[0.9], [0.906]]}
    told = sentences(study(scores["test"], outcomes=outcomes))[1]
    assert told == "unit norm: one seed: 66 of 70 test rows right against 64 (McNemar's p = 0.5): too early to say"
    both = study(scores["test"], scores["fresh"], outcomes=outcomes)
    assert sentences(both)[1] == (
        "unit norm: one seed: 66 of 70 test rows right against 64 (McNemar's p = 0.5), 18,120 of 20,000 fresh rows "
        "right against 18,000 (McNemar's p < 0.001): the two trained models differ, but another seed may "
        "give another result"
    )
    assert judge(both)[1].claim == "too_few"


def test_the_baselines_sentence_has_its_scores() -> None:
    assert sentences(study([B, B], fresh_of(0)))[0] == (
        "baseline: 0.914 ± 0.000 on the 70 test rows, 0.900 ± 0.000 on 20,000 fresh rows "
        "(mean ± standard deviation over 20 seeds)"
    )
    assert sentences(study([[0.5]], score="r2"))[0] == "baseline: r² 0.500 on the 70 test rows (one seed)"
    assert sentences(study([[np.nan]], states="o"))[0] == "baseline: no run has a score yet"


def test_left_out_seeds_are_named_beside_a_claim() -> None:
    fresh = fresh_of(0.02)
    fresh[1, 3:5] = np.nan
    verdicts = judge(study([B, B], fresh))
    assert verdicts[1].claim == "mostly_better"
    assert sentences(study([B, B], fresh))[1].endswith(
        "over 18 seeds: it helps in most seeds; 18 seeds can't rule out that up to 1 in 6 collapses; left out: "
        "2 seeds with a failed run or without a score"
    )


def test_without_all_fresh_scores_the_claim_is_still_about_fresh_rows() -> None:
    fresh = fresh_of(0.02, 0.02)
    fresh[2] = np.nan
    assert [each.claim for each in judge(study([B, B + 2 / 70, B + 2 / 70], fresh))] == [
        "baseline",
        "mostly_better",
        "too_few",
    ]


@pytest.mark.parametrize(
    ("given", "name", "expected"),
    [
        (
            study([B, B], fresh_of(0.02)),
            "unit norm",
            "You expected unit norm to win; it did: better than baseline on 20,000 fresh rows over 20 seeds",
        ),
        (
            study([B, B + 2 / 70, B, B + 2 / 70]),
            "unit norm",
            "You expected unit norm to win; it did better than baseline and max norm on the 70 test rows over 20 "
            "seeds, and had the same score as non-negative",
        ),
        (
            study([B, B, B], np.vstack([fresh_of(0.02), 0.92 + np.tile([0.003, 0.001, -0.002, -0.003], 5)])),
            "unit norm",
            "You expected unit norm to win; it did better than baseline on 20,000 fresh rows over 20 seeds; whether "
            "it is better than max norm is not clear",
        ),
        (
            study([B, B + 2 / 70]),
            "baseline",
            "You expected baseline to win; it did not: unit norm did better on the 70 test rows over 20 seeds",
        ),
        (
            study([B[:5], B[:5] + 2 / 70]),
            "unit norm",
            "You expected unit norm to win; too early to say with 5 seeds",
        ),
        (
            study(np.full((2, 2), np.nan), states="oooo"),
            "unit norm",
            "You expected unit norm to win; nothing can be compared yet",
        ),
        (study([B, B]), "no such arm", None),
        (study([B, B]), None, None),
    ],
)
def test_a_prediction_is_held_against_every_other_arm(given: Study, name: str | None, expected: str | None) -> None:
    assert prediction_sentence(given, name) == expected


@settings(max_examples=150)
@given(st.data())
def test_every_study_has_a_sentence(data: st.DataObject) -> None:
    arms, seeds = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 9))
    states = data.draw(st.text("fffxoc", min_size=arms * seeds, max_size=arms * seeds))
    counts = data.draw(st.lists(st.integers(0, 10), min_size=arms * seeds, max_size=arms * seeds))
    lost = data.draw(st.lists(st.booleans(), min_size=arms * seeds, max_size=arms * seeds))
    known = np.array([letter == "f" for letter in states]) & ~np.array(lost)
    scores = np.where(known, np.array(counts) / 10, np.nan).reshape(arms, seeds)
    fresh = data.draw(st.sampled_from([None, scores, scores[::-1]]))
    made = study(scores, fresh, data.draw(st.sampled_from(["accuracy", "r2"])), 10, states)
    for arm, verdict in enumerate(judge(made)):
        words = sentence_of(made, arm, verdict)
        assert words.startswith(f"{ARMS[arm]}: ")
        assert not any(bad in words for bad in ("nan", "inf", "None", "  ", " 1 seeds", "-0", "+0.0 "))
        assert verdict.claim in ("baseline", *CLAIMED) or ("helps" not in words and "hurts" not in words)
        assert verdict.more_seeds is None or seeds < seeds + verdict.more_seeds <= 256 // arms
    told = prediction_sentence(made, ARMS[0])
    assert (told is None) == (arms == 1)

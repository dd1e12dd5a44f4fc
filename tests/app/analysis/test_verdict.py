"""The verdict's statistics: known values, properties, and simulated experiments whose truth is known.

`LAB_CASES=20000 make test ARGS=tests/app/analysis` simulates more of them than a usual test run does.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from app import analysis
from app.analysis import Study, judge, signed_rank_p
from tests.app.analysis.studies import CASES, CLAIMED, sentences, study
from tests.conftest import Keep


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
    made = replace(study([np.full(20, 64 / 70)] * 2, [[0.9] * 20, [0.901] * 20], outcomes=outcomes), fresh_rows=1000)
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

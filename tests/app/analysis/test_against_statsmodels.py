"""Statistics computed a second time, by statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import DescrStatsW

from app import analysis
from app.analysis.claims import is_same
from app.analysis.paired import seeds_needed, sign_p


@pytest.mark.parametrize("arms", [1, 2, 5, 40])
def test_holms_correction(arms: int) -> None:
    p = np.random.default_rng(arms).uniform(0, 0.2, arms)
    assert analysis.holm(p.tolist()) == pytest.approx(multipletests(p, method="holm")[1].tolist())


@pytest.mark.parametrize("draw", range(5))
def test_mcnemars_exact_test(draw: int) -> None:
    rng = np.random.default_rng(draw)
    arm, baseline = rng.random(70) < 0.85, rng.random(70) < 0.7
    table = [[np.sum(arm & baseline), np.sum(arm & ~baseline)], [np.sum(~arm & baseline), np.sum(~arm & ~baseline)]]
    assert analysis.mcnemar_difference(arm, baseline).p == pytest.approx(mcnemar(table, exact=True).pvalue)


@pytest.mark.parametrize(("higher", "lower"), [(0, 6), (3, 9), (10, 10), (19, 1)])
def test_the_sign_test_is_mcnemars_of_the_signs(higher: int, lower: int) -> None:
    assert sign_p(higher, lower) == pytest.approx(mcnemar([[0, higher], [lower, 0]], exact=True).pvalue)


@pytest.mark.parametrize(("n", "mean"), [(5, 0.0), (8, 0.002), (20, -0.004), (30, 0.006)])
def test_students_interval_and_standard_error(n: int, mean: float) -> None:
    differences = np.random.default_rng(n).normal(mean, 0.01, n)
    found, expected = analysis.seed_difference(differences, None), DescrStatsW(differences)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    low, high = expected.tconfint_mean(0.05)
    assert (found.spread, found.error) == pytest.approx((np.sqrt(expected.var_ddof(1)), expected.std_mean))
    # From eight seeds on Hall's interval may reach further on one side, never less far.
    assert found.low <= low + 1e-12
    assert found.high >= high - 1e-12
    if n < 8:
        assert (found.low, found.high) == pytest.approx((low, high))


@pytest.mark.parametrize("comparisons", [1, 4])
def test_the_same_within_a_margin_is_two_one_sided_tests(comparisons: int) -> None:
    margin, told = 0.01, set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        differences = rng.normal(rng.uniform(-0.012, 0.012), 0.008, 12)
        found = analysis.seed_difference(differences, None)
        assert found is not None
        p = DescrStatsW(differences).ttost_mean(-margin, margin)[0]
        same = is_same(found, comparisons, 0.05, margin)
        assert same == (p <= 0.05 / comparisons), f"p {p}"
        told.add(same)
    assert told == {True, False}, "both answers were tried"


@pytest.mark.parametrize("difference", [0.005, 0.01])
def test_the_number_of_seeds_is_that_of_the_paired_t_test_over_its_efficiency(difference: float) -> None:
    spread = 0.012
    t = TTestPower().solve_power(effect_size=difference / spread, alpha=0.05, power=0.8, alternative="two-sided")
    found = seeds_needed(spread, difference, arms=1)
    assert t <= found <= 1.06 * t + 2, "the signed-rank test needs π / 3 times as many, at most"

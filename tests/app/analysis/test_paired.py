"""Paired statistics: the exact test, corrections, intervals; against SciPy, papers and enumeration."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import analysis
from app.analysis import interval, signed_rank_p
from tests.app.analysis.studies import CASES
from tests.conftest import Keep


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

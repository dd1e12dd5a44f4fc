"""One seed is compared row by row."""

from __future__ import annotations

import numpy as np
import pytest

from app import analysis
from app.analysis import signed_rank_p
from tests.app.analysis.studies import CASES


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


def test_shares_of_labels_are_compared_row_by_row() -> None:
    from scipy.stats import ttest_1samp

    arm, baseline = np.array([1, 1, 0.5, 1, 0.5, 1], np.float32), np.array([0.5, 0.5, 0.5, 0, 0, 0.5], np.float32)
    found = analysis.share_difference(arm, baseline)
    gains = (arm - baseline).astype(float)
    assert found.mean == pytest.approx(gains.mean())
    # All of the five rows that differ are better: 2 of 2⁵ signs are as extreme.
    assert found.p == pytest.approx(2 / 32)
    expected = ttest_1samp(gains, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    one = analysis.share_difference(arm[:1], baseline[:1])
    assert (one.mean, one.low, one.high) == (0.5, None, None)


def labelled(rng: np.random.Generator, rows: int, chance: float, hard: np.ndarray) -> np.ndarray:
    """Shares of four labels that are right; labels of a hard row are wrong together."""
    right = rng.random((rows, 4)) < (chance - 0.3 * hard)[:, None]
    return np.asarray(right.mean(axis=1), np.float32)


def test_equal_models_of_several_labels_are_seldom_told_apart() -> None:
    """The rate of errors over studies of two equally good models, whose labels depend on each other within a row."""
    rng = np.random.default_rng(8)
    studies = max(400, CASES // 2)
    wrong = covered = 0
    for _ in range(studies):
        hard = rng.random(60) < 0.3
        found = analysis.share_difference(labelled(rng, 60, 0.9, hard), labelled(rng, 60, 0.9, hard))
        assert found.low is not None
        assert found.high is not None
        wrong += found.p is not None and found.p < 0.05
        covered += found.low <= 0 <= found.high
    assert wrong / studies < 0.075
    assert covered / studies > 0.925


def test_rows_widen_the_interval_of_shares_so_that_it_holds_for_other_rows() -> None:
    """Seeds alone don't show the luck of the rows: the widened interval covers the true difference, theirs doesn't."""
    rng = np.random.default_rng(9)
    studies, rows, seeds = max(300, CASES // 4), 50, 6
    widened = narrow = 0
    for _ in range(studies):
        lean = rng.normal(0, 0.25, rows)  # by how much a row suits the one arm better: 0 on average
        ours = (rng.random((seeds, rows, 4)) < np.clip(0.6 + lean / 2, 0, 1)[:, None]).mean(axis=2)
        theirs = (rng.random((seeds, rows, 4)) < np.clip(0.6 - lean / 2, 0, 1)[:, None]).mean(axis=2)
        differences = ours.mean(axis=1) - theirs.mean(axis=1)
        found = analysis.seed_difference(differences, rows)
        assert found is not None
        wide = analysis.widen_for_rows(found, (ours - theirs).mean(axis=0), rows)
        for each in (found, wide):
            assert each.low is not None
            assert each.high is not None
        narrow += found.low <= 0 <= found.high  # type: ignore[operator]
        widened += wide.low <= 0 <= wide.high  # type: ignore[operator]
    assert widened / studies > 0.94
    assert narrow < widened

"""Claims over draws of the training rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from app import analysis
from app.analysis import judge
from benchmarks import simulated, truth
from benchmarks.simulated import study_of_scores
from tests.app.analysis.studies import SPREAD, STUDIES, claim, scores, sentence


def test_drawn_data_sets_are_pairs_of_their_means() -> None:
    rng = np.random.default_rng(8)
    differences, draws = rng.normal(0.01, 0.02, 40), np.arange(40) % 20
    made = study_of_scores(scores(differences), design="drawn", draws=draws, test_rows=70)
    found = judge(made)[1].test
    means = np.array([differences[draws == draw].mean() for draw in range(20)])
    assert found is not None
    assert (found.n, found.kind) == (20, "draws")
    assert found.p == pytest.approx(analysis.signed_rank_p(means))
    assert (found.low, found.high) == pytest.approx(analysis.interval(means))
    assert "over 20 draws of the training rows" in sentence(made)


def test_splits_of_one_table_have_nadeau_and_bengios_variance() -> None:
    from scipy import stats

    means = np.array([0.01, 0.03, -0.01, 0.02, 0.04, 0.015])
    made = study_of_scores(scores(means), design="resampled", test_rows=30, train_rows=60)
    found = analysis.difference(made, "test", 1)
    assert found is not None
    error = math.sqrt((1 / 6 + 0.5) * means.var(ddof=1))
    assert found.p == pytest.approx(2 * stats.t.sf(means.mean() / error, 5))
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 5, means.mean(), error))
    few = study_of_scores(made.test[:, :4], design="folds", test_rows=30, train_rows=60)
    assert claim(few) == "too_few"
    assert sentence(few).endswith(": too early to say: needs 5 folds; has 4")


def test_equal_arms_are_not_told_apart_over_draws() -> None:
    for make in (simulated.drawn(20, 2), simulated.one_table(10)):
        found = truth.tally(make, STUDIES // 2, 9)
        assert found.claims / found.studies <= truth.allowed(found.studies)


def test_the_spread_is_told_by_its_sources() -> None:
    rng = np.random.default_rng(10)
    draws = np.repeat(np.arange(400), 3)
    differences = rng.normal(0, 0.03, 400)[draws] + rng.normal(0, 0.03, 1200)
    parts = analysis.variance_parts(differences, draws)
    assert parts is not None
    assert parts.draws == pytest.approx(0.03, rel=0.1)
    assert parts.seeds == pytest.approx(0.03, rel=0.1)
    alone = judge(study_of_scores(scores(SPREAD)))[1].parts
    assert alone is not None
    assert (alone.draws, alone.rows) == (None, None)
    assert alone.seeds == pytest.approx(SPREAD.std(ddof=1))
    drawn = judge(study_of_scores(scores(SPREAD), design="drawn", draws=np.arange(20) // 2))[1].parts
    assert drawn is not None
    assert drawn.draws is not None


def test_a_claim_without_draws_names_its_training_rows() -> None:
    made = study_of_scores(scores(0.03 + SPREAD, 0.03 * np.sign(SPREAD - 0.0001)), test_rows=70, train_rows=30)
    assert "it helps in most seeds on these 70 rows, for these 30 training rows; other rows may differ" in sentence(
        made
    )
    assert "training rows" not in sentence(made, 2), "only a claim has limits"
    over = replace(made, design="drawn")
    assert "it helps in most draws; none of 20 draws collapsed" in sentence(over)
    assert "these 30" not in sentence(over)

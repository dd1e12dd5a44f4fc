"""Sentences say what the figures say."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.analysis import Study, judge, prediction_sentence, sentence_of
from app.analysis.headline import short_figure
from tests.app.analysis.studies import ARMS, CLAIMED, sentences, study

# Words

B = np.full(20, 64 / 70)
UNSEEN = "; none of 20 seeds collapsed; up to 14 % of seeds still could, with 95 % confidence"


def fresh_of(*means: float, n: int = 20) -> np.ndarray:
    """Fresh scores whose differences from the baseline have these means, and a spread of 0.45 points."""
    wave = np.where(np.arange(n) % 2, 0.0045, -0.0045)
    return np.array([np.full(n, 0.9), *(0.9 + mean + wave for mean in means)])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            study([B, B + 2 / 70], fresh_of(0.009)),
            "the same +2.9 points on the 70 test rows in every one of the 20 seeds"
            "; on 20,000 fresh rows +0.9 points (95 %: +0.7 to +1.1): "
            f"it helps in most seeds{UNSEEN}",
        ),
        (
            study([B, B + 2 / 70], fresh_of(-0.009)),
            "the same +2.9 points on the 70 test rows in every one of the 20 seeds"
            "; but on 20,000 fresh rows −0.9 points (95 %: −1.1 to "
            f"−0.7): it hurts in most seeds{UNSEEN}",
        ),
        (
            study([B, B + 2 / 70]),
            "the same +2.9 points on the 70 test rows in every one of the 20 seeds"
            ": it helps in most seeds on these 70 rows; other rows may "
            f"differ{UNSEEN}",
        ),
        (
            study([B, B], fresh_of(0)),
            "the same score on the 70 test rows in all 20 seeds; on 20,000 fresh rows 0.0 points (95 %: −0.2 to "
            f"+0.2): the same within 1 point{UNSEEN}",
        ),
        (
            study([B, B]),
            f"the same score on the 70 test rows in all 20 seeds: no difference on these 70 rows{UNSEEN}",
        ),
        (
            study([B[:5], B[:5] + np.array([1, 0, -1, 1, 1]) / 70]),
            "+0.6 points (95 %: −1.0 to +2.2) on the 70 test rows over 5 seeds: no clear difference with 5 seeds; "
            "about 22 are needed to see a difference of 1 point",
        ),
        (
            study([B[:3], B[:3] + 1 / 70, B[:3], B[:3]]),
            "the same +1.4 points on the 70 test rows in every one of the 3 seeds"
            ": too early to say: needs 9 seeds with 3 arms to "
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
            "the same +0.020 in r² on the 70 test rows in every one of the 9 seeds"
            ": it helps in most seeds on these 70 rows; other rows may "
            "differ; none of 9 seeds collapsed; up to 29 % of seeds still could, with 95 % confidence",
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
        "over 18 seeds: it helps in most seeds; none of 18 seeds collapsed; up to 16 % of seeds still could, "
        "with 95 % confidence; left out: "
        "2 seeds with a failed run or without a score"
    )


def test_left_out_runs_of_folds_are_counted_as_runs() -> None:
    scores = np.full((2, 8), np.nan)
    folds = study(scores, score="r2", states="x" * 16, draws=np.repeat([1, 2, 3, 4], 2), design="folds")
    assert sentences(folds)[1] == (
        "unit norm: no run finished in both arms; left out: 8 runs that failed or have no score"
    )


def test_numbers_of_seeds_far_beyond_an_experiments_are_not_told() -> None:
    told = {}
    for spread in (0.1, 30.0):
        wave = spread * np.where(np.arange(8) % 2, 1.0, -1.0)
        told[spread] = sentences(study([np.zeros(8), wave + 1e-6], score="r2"))[1]
    assert "more than the 128 that an experiment of 2 arms can have" in told[0.1]
    assert "; more seeds than an experiment can have are needed to see a difference of 0.01 in r²" in told[30.0]
    assert not re.search(r"\d,\d{3}", told[30.0])


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
    assert prediction_sentence(given, name, judge(given)) == expected


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
    told = prediction_sentence(made, ARMS[0], judge(made))
    assert (told is None) == (arms == 1)


def test_one_seed_of_several_labels_counts_labels_and_not_rows() -> None:
    shares = {
        0: {"test": np.array([1, 2 / 3, 1 / 3, 1], np.float32)},
        1: {"test": np.array([1, 1, 2 / 3, 1], np.float32)},
    }
    found = study([[0.75], [11 / 12]], rows=4, outcomes=shares, labels=3)
    assert sentences(found)[1] == (
        "unit norm: one seed: 11 of 12 labels of 4 test rows right against 9 (Wilcoxon's, on the rows' shares: "
        "p = 0.5): too early to say"
    )
    assert short_figure(found, judge(found)[1]) == "+2 of 12 labels of 4 test rows"

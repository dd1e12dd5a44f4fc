"""The answer in plain words: headline, chip and figure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.analysis import Study, chip_of, headline_of, judge, sentence_of, short_figure
from tests.app.analysis.studies import study

RNG = np.random.default_rng(3)
BASE = np.round(0.9 + RNG.normal(0, 0.004, 20), 4)
NOISE = np.round(RNG.normal(0, 0.02, 20), 4)


def told(given: Study) -> tuple[str, list[str | None], list[str | None]]:
    verdicts = judge(given)
    chips: list[str | None] = [chip_of(given, arm, each) for arm, each in enumerate(verdicts)]
    return headline_of(given, verdicts), chips, [short_figure(given, each) for each in verdicts]


def by_seeds(*arms: np.ndarray, **more: Any) -> Study:
    return study(np.array(arms), rows=None, **more)


def test_what_helps_and_hurts_is_named() -> None:
    headline, chips, figures = told(by_seeds(BASE, BASE + 0.02, BASE - 0.02, BASE + NOISE, train_rows=30))
    assert headline == "Unit norm helps in most seeds; max norm hurts in most seeds, for these 30 training rows"
    assert chips == [None, "helps", "hurts", "no_difference"]
    assert figures[:3] == [None, "+2.0 points on test rows", "−2.0 points on test rows"]


def test_several_arms_share_a_verb_and_many_are_counted() -> None:
    headline, _, _ = told(by_seeds(BASE, BASE + 0.02, BASE + 0.03))
    assert headline == "Unit norm and max norm help in most seeds"
    headline, _, _ = told(by_seeds(BASE, *[BASE + 0.02 + 0.001 * arm for arm in range(4)]))
    assert headline == "4 arms help in most seeds"


def test_a_gain_that_outweighs_what_seeds_may_hide_is_one_on_average() -> None:
    headline, chips, _ = told(by_seeds(BASE - 0.3, BASE))
    assert (headline, chips[1]) == ("Unit norm helps on average", "helps")


def test_one_seed_is_too_early_whatever_it_shows() -> None:
    right = np.ones(70, bool)
    outcomes = {0: {"test": right & (np.arange(70) >= 6)}, 1: {"test": right & (np.arange(70) >= 4)}}
    headline, chips, figures = told(study([[64 / 70], [66 / 70]], outcomes=outcomes))
    assert headline == "Too early to say: one seed. Unit norm got 2 more of 70 test rows right"
    assert (chips[1], figures[1]) == ("too_early", "+2 of 70 test rows")
    behind, _, figures = told(study([[66 / 70], [64 / 70]], outcomes={0: outcomes[1], 1: outcomes[0]}))
    assert (behind, figures[1]) == ("Too early to say: one seed", "−2 of 70 test rows")
    _, _, figures = told(study([[66 / 70], [66 / 70]], outcomes={0: outcomes[1], 1: outcomes[1]}))
    assert figures[1] == "no difference on 70 test rows"


def test_few_seeds_are_counted_against_those_that_are_needed() -> None:
    assert told(by_seeds(BASE[:4], BASE[:4] + 0.02))[0] == "Too early to say: needs 7 seeds; has 4"
    draws = by_seeds(BASE[:4], BASE[:4] + 0.02, design="folds", train_rows=60)
    assert told(replace(draws, test_rows=30))[0] == "Too early to say: needs 5 folds; has 4"


def test_no_difference_is_one_that_does_not_matter_or_is_not_clear() -> None:
    same = by_seeds(BASE, BASE + NOISE / 100, margin=0.02, train_rows=30)
    assert told(same)[:2] == (
        "No difference that matters: all arms score the same within 2 points, for these 30 training rows",
        [None, "same"],
    )
    assert told(by_seeds(BASE, BASE + NOISE))[0] == "No clear difference with 20 seeds"
    assert told(by_seeds(BASE, BASE + NOISE / 100, BASE + NOISE))[0] == (
        "Unit norm scores the same as baseline within 1 point; no clear difference for max norm"
    )


def test_arms_of_equal_weights_are_the_baseline() -> None:
    headline, chips, _ = told(by_seeds(BASE, BASE, twins=np.array([0, 0])))
    assert headline == "Every arm is the same model as baseline, bit for bit"
    assert chips[1] == "same_as_baseline"


def unreached(*arms: int, total: int) -> np.ndarray:
    return np.isin(np.arange(total), arms)


def test_a_limit_that_was_never_reached_is_no_question_of_seeds() -> None:
    rounded = BASE + NOISE / 2_000
    for one, exactly in ((by_seeds(BASE, rounded), "but for rounding"), (by_seeds(BASE, BASE), "bit for bit")):
        twins = np.array([0, 0]) if exactly == "bit for bit" else None
        given = replace(one, unreached=unreached(1, total=2), twins=twins)
        headline, chips, _ = told(given)
        assert headline == (
            "Unit norm: its limit was never reached, so it trained as the baseline did but for rounding. "
            "More seeds won't change this"
        )
        assert chips[1] == "never_reached"
        assert sentence_of(given, 1, judge(given)[1]) == (
            f"unit norm: its limit was never reached in any of 20 seeds, so it trained as the baseline did, {exactly}. "
            "More seeds won't change this"
        )
    few = by_seeds(BASE[:3], BASE[:3] + NOISE[:3])
    assert judge(few)[1].more_seeds
    verdict = judge(replace(few, unreached=unreached(1, total=2)))[1]
    assert (verdict.claim, verdict.more_seeds) == ("same", None)


def test_arms_that_were_put_to_the_test_are_told_before_those_that_were_not() -> None:
    given = by_seeds(BASE, BASE + 0.02, BASE, BASE, unreached=unreached(2, 3, total=4))
    assert told(given)[0] == (
        "Unit norm helps in most seeds. Max norm and non-negative: their limits were never reached, so they trained "
        "as the baseline did but for rounding"
    )
    early = by_seeds(BASE[:4], BASE[:4] + NOISE[:4], BASE[:4], unreached=unreached(2, total=3))
    assert told(early)[0] == (
        "Too early to say: needs 8 seeds; has 4. Max norm: its limit was never reached, "
        "so it trained as the baseline did but for rounding"
    )


def test_divergence_is_told_first() -> None:
    scores = np.where(np.arange(20) < 9, np.nan, BASE + 0.02)
    headline, chips, _ = told(by_seeds(BASE, scores))
    assert headline == "Unit norm diverged in 9 seeds. Unit norm hurts on average"
    assert chips[1] == "hurts"


def test_where_every_pair_has_a_run_that_diverged_time_will_not_help() -> None:
    lost = np.full(3, np.nan)
    for scores in ([lost, lost], [lost, BASE[:3]]):
        assert told(by_seeds(*scores))[0].endswith(
            "Nothing can be compared: try a lower learning rate, or standardise the features"
        )


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("oo", "The answer comes with the first results"),
        ("xx", "No seed finished in an arm and in the baseline, so there is no answer"),
    ],
)
def test_without_a_score_there_is_no_answer(states: str, expected: str) -> None:
    assert told(study([[np.nan], [np.nan]], states=states))[0] == expected


def test_while_runs_train_nothing_is_claimed() -> None:
    scores = np.array([BASE, BASE + 0.02])
    running = study(scores, states="f" * 19 + "o" + "f" * 19 + "o", rows=70)
    headline, chips, _ = told(running)
    assert (headline, chips[1]) == ("The answer comes when all runs have finished", "too_early")
    assert told(study([[0.9]]))[0] == "One arm alone: there is nothing to compare"

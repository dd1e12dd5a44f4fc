"""Whether an experiment agrees with what was published."""

from __future__ import annotations

import pytest

from core.experiment.published import ArmScore, compare

PUBLISHED = {"l2": 1.62, "max norm": 1.35, "both": 1.05}


def samples(*means: float, std: float | None = 0.01, n: int = 4) -> dict[str, ArmScore]:
    return {arm: ArmScore(mean, std, n) for arm, mean in zip(PUBLISHED, means, strict=True)}


@pytest.mark.parametrize(
    ("ours", "agrees", "words"),
    [
        (samples(9.0, 8.0, 7.0), True, "3 of 3 pairs of arms are in the published order"),
        (samples(9.0, 8.0, 8.5), False, "2 of 3 pairs of arms are in the published order, 1 in the opposite order"),
        (samples(9.0, 8.999, 7.0), True, "2 of 3 pairs of arms are in the published order, 1 too close to tell"),
        (
            samples(9.0, 8.0, 7.0, std=50.0),
            None,
            "0 of 3 pairs of arms are in the published order, 3 too close to tell",
        ),
        (samples(7.0, 8.0, 9.0), False, "0 of 3 pairs of arms are in the published order, 3 in the opposite order"),
    ],
)
def test_pairs_are_compared_by_their_order(ours: dict[str, ArmScore], agrees: bool | None, words: str) -> None:
    comparison = compare(PUBLISHED, ours)
    assert comparison.agrees is agrees
    assert comparison.sentence == words


def test_twice_the_standard_error_decides() -> None:
    # sqrt(0.3² / 9 + 0.4² / 16) = sqrt(0.02) = 0.1414…
    near = {"l2": ArmScore(1.28, 0.3, 9), "both": ArmScore(1.0, 0.4, 16)}
    far = {"l2": ArmScore(1.29, 0.3, 9), "both": ArmScore(1.0, 0.4, 16)}
    assert compare(PUBLISHED, near).agrees is None
    assert compare(PUBLISHED, far).agrees is True


def test_one_run_says_nothing_of_its_spread() -> None:
    comparison = compare(PUBLISHED, samples(9.0, 8.0, 7.0, std=None, n=1))
    assert comparison.agrees is True
    assert "an arm with one seed has no known spread" in comparison.sentence


def test_nothing_is_said_of_less_than_two_arms() -> None:
    assert compare(PUBLISHED, {"l2": ArmScore(1.0, 0.1, 3)}).agrees is None
    assert compare(PUBLISHED, {}).agrees is None

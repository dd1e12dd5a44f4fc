"""Claims that a corrected difference supports: better, worse, the same, undecided, or too few seeds.

`app.analysis.verdict` says what each claim rests on.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final, Literal

from app.analysis.looks import level_of_seeds
from app.analysis.paired import TIE, Difference, holm, least_seeds, t_quantile, unseen_share
from core.experiment.claims import MARGIN

SIGNS: Final = 4
"""The sign test must be below this many times the level."""
FEWEST_DRAWS: Final = 5
"""The fewest draws of one table's rows that make a claim."""
Claim = Literal["baseline", "better", "mostly_better", "same", "mostly_worse", "worse", "undecided", "too_few"]
BETTER: Final = ("better", "mostly_better")
WORSE: Final = ("worse", "mostly_worse")


def corrected(differences: list[Difference | None]) -> list[Difference | None]:
    """The differences with Holm's correction over all of them."""
    p = holm([None if each is None else each.p for each in differences])
    return [None if each is None else replace(each, p_holm=new) for each, new in zip(differences, p, strict=True)]


def claim(
    found: Difference | None, comparisons: int, level: float | None = None, margin: float | None = MARGIN
) -> Claim:
    """Claim that a corrected difference supports.

    Args:
        found: the difference, with `p_holm`.
        comparisons: number of arms compared with the baseline.
        level: level of this look; None: that of a study of so many seeds whose looks were not planned.
        margin: differences up to this are the same; None: nothing is claimed to be the same.
    """
    if found is None or found.kind == "rows":
        return "too_few"
    level = level_of_seeds(found.judged) if level is None else level
    if found.judged < _least(found, comparisons, level):
        return "too_few"
    if found.losses or found.wins:
        return _claim_by_divergence(found, comparisons, level)
    ahead = _ahead(found, level)
    if ahead and (found.rows_error is None or _shown_by_rows(found, comparisons, level)):
        return _of_mean(found, ahead, level / comparisons)
    return "same" if margin is not None and is_same(found, comparisons, level, margin) else "undecided"


def _least(found: Difference, comparisons: int, level: float) -> int:
    return FEWEST_DRAWS if found.p_sign is None else least_seeds(comparisons, level)


def _ahead(found: Difference, level: float) -> int:
    """1 if the seeds show the arm to be better, -1 if worse, 0 if neither."""
    if found.p_holm is None or found.p_holm >= level or found.low is None or found.high is None:
        return 0
    if found.p_sign is not None and found.p and found.p_sign * found.p_holm / found.p >= SIGNS * level:
        return 0
    if found.low > 0 and found.higher > found.lower:
        return 1
    return -1 if found.high < 0 and found.lower > found.higher else 0


def _of_mean(found: Difference, ahead: int, level: float) -> Claim:
    """The claim on the mean if it would survive the collapses that so many seeds may hide, else on most seeds."""
    share, end = unseen_share(found.n, level), found.low if ahead > 0 else found.high
    sure = ahead * (found.mean if end is None else end)
    survives = found.stake is not None and (1 - share) * sure > share * found.stake
    if ahead > 0:
        return "better" if survives else "mostly_better"
    return "worse" if survives else "mostly_worse"


def _claim_by_divergence(found: Difference, comparisons: int, level: float) -> Claim:
    """The claim where one arm alone diverged in some seeds: it can't be better.

    It is worse if these seeds show it by themselves, and the others don't outweigh them; or if those agree.
    """
    only = None if found.losses and found.wins else found.losses or found.wins
    if found.p_sign is None:  # splits that share rows are no tosses of a coin
        shown = only == found.judged
    else:
        shown = only is not None and comparisons * 2.0 ** (1 - only) < level
    # Who diverges loses all of its score: together with the other seeds it must be behind.
    lost = math.inf if found.stake is None else found.stake
    shown = shown and (found.n * found.mean + (found.wins - found.losses) * lost) * (found.wins - found.losses) > 0
    agree = found.mean * (found.wins - found.losses) > 0 and _ahead(found, level) != 0
    if only is None or not (
        shown or (agree and (found.rows_error is None or _shown_by_rows(found, comparisons, level)))
    ):
        return "undecided"
    return "worse" if found.losses else "better"


def _shown_by_rows(found: Difference, comparisons: int, level: float) -> bool:
    """Whether rows and seeds together show the difference: at the level, by Bonferroni over the comparisons.

    `EXACT` rows or fewer must show it by themselves too, by the signed-rank test of the rows' own differences.
    """
    if found.rows_p is not None and found.rows_p >= level / comparisons:
        return False
    return abs(found.mean) > _half(found, level / comparisons)


def _half(found: Difference, level: float) -> float:
    """Half the width of the interval of confidence 1 - `level` by seeds and rows together."""
    seeds = 0.0 if not found.error else t_quantile(1 - level / 2, found.n - 1) * found.error
    if found.rows_error is None:
        return seeds
    return math.hypot(seeds, t_quantile(1 - level / 2, (found.rows or 2) - 1) * found.rows_error)


def is_same(found: Difference, comparisons: int, level: float, margin: float) -> bool:
    """Whether the difference lies within ± `margin`, by two one-sided tests (Schuirmann 1987).

    So does then the interval of confidence 1 - 2 · level / comparisons: Bonferroni's correction. Where rows that could
    be drawn are meant, so must the share of rows on which the two could differ although none of these showed it.
    """
    if found.error is None:
        return False
    one_sided = level / comparisons
    unseen = 0.0
    if found.rows_error is not None and found.rows and not found.rows_differing:
        unseen = 1 - one_sided ** (1 / found.rows)
    if found.kind == "draws" and found.rows and not (found.higher or found.lower):
        # Of splits and folds only one set of rows is known to be distinct.
        unseen = 1 - one_sided ** (1 / (found.rows * (1 if found.p_sign is None else found.n)))
    return abs(found.mean) + max(_half(found, 2 * one_sided), unseen) <= margin + TIE


def hidden_by_rows(found: Difference, comparisons: int, level: float) -> bool:
    """Whether seeds show a difference that the rows are too few to show."""
    if found.rows_error is None or found.p_holm is None or found.p_holm >= level:
        return False
    return not _shown_by_rows(found, comparisons, level)

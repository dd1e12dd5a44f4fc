"""Sentences about a suite: one for all data sets, one for each arm and one for each data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.analysis.claims import Claim
from app.analysis.figures import figure
from app.analysis.paired import Difference, least_seeds
from app.analysis.sentences import amount_text, listed, margin_text
from app.analysis.suite import ArmFigures, DatasetScores, SuiteFigures
from app.analysis.verdict import ArmVerdict

ORDER: Final[tuple[Claim, ...]] = (
    "better",
    "mostly_better",
    "same",
    "mostly_worse",
    "worse",
    "undecided",
    "too_few",
)
"""Claims in the order in which a sentence tells them."""


def suite_sentence(
    names: Sequence[str], found: SuiteFigures | None, datasets: int, score: str, margin: float, *, running: bool
) -> str:
    """All arms over all data sets in a sentence. Without `found`, no data set has a score of every arm."""
    if found is None:
        return "No data set has a score of every arm yet" if running else "No data set has a score of every arm"
    over = f"Over {_datasets(len(found.used))}{' so far' if running else ''}"
    if running:
        ended = len(found.used)
        return f"{over} of {datasets}: the answer comes when all have ended" if ended < datasets else _waiting(over)
    others = len(names) - 1
    if others == 1:
        return f"{over}, {arm_sentence(names, found, 1, score, margin)}"
    parts = []
    for claim in ORDER:
        arms = [names[arm] for arm in range(1, len(names)) if found.arms[arm].claim == claim]
        if arms:
            parts.append(_grouped(claim, arms, found, margin_text(score, margin)))
    return f"{over} against {names[0]}: {'; '.join(parts)}"


def _waiting(over: str) -> str:
    return f"{over}: the answer comes when all runs have ended"


def _grouped(claim: Claim, arms: list[str], found: SuiteFigures, margin: str) -> str:
    """Phrase for the arms of one claim."""
    one = len(arms) == 1
    if claim in ("better", "mostly_better"):
        return f"{listed(arms)} {'helps' if one else 'help'} on most data sets"
    if claim in ("worse", "mostly_worse"):
        return f"{listed(arms)} {'hurts' if one else 'hurt'} on most data sets"
    if claim == "same":
        return f"{listed(arms)} {'is' if one else 'are'} the same within {margin}"
    if claim == "too_few":
        return f"too early to say of {listed(arms)}: {_needed(found)}"
    return f"no clear difference for {listed(arms)}"


def _needed(found: SuiteFigures) -> str:
    comparisons = len(found.arms) - 1
    others = f" with {comparisons} arms to compare" if comparisons > 1 else ""
    return f"needs {least_seeds(comparisons, found.level)} data sets{others}; has {len(found.used)}"


def arm_sentence(
    names: Sequence[str], found: SuiteFigures, arm: int, score: str = "accuracy", margin: float = 0
) -> str:
    """One arm over all data sets in a sentence."""
    one, rank = found.arms[arm], f"mean rank {figure(found.arms[arm].mean_rank, 1)} of {len(names)}"
    diverged = _diverged(one.diverged)
    if one.difference is None:
        return f"{names[arm]}: {rank}{diverged}"
    amount = amount_text(one.difference, score).replace(" (", " (95 %: ")
    return (
        f"{names[arm]} scores {_counted(one.difference, names[0])}, {amount} on average; {rank}"
        f"{diverged}: {_conclusion(one, found, score, margin)}"
    )


def _counted(difference: Difference, baseline: str) -> str:
    """ "higher than baseline on 6, lower on 1, the same on 1"."""
    equal = difference.n - difference.higher - difference.lower
    same = f", the same on {equal}" if equal else ""
    return f"higher than {baseline} on {difference.higher}, lower on {difference.lower}{same}"


def _conclusion(one: ArmFigures, found: SuiteFigures, score: str, margin: float) -> str:
    if one.claim in ("better", "mostly_better"):
        return "it helps on most data sets"
    if one.claim in ("worse", "mostly_worse"):
        return "it hurts on most data sets"
    if one.claim == "same":
        return f"the same within {margin_text(score, margin)}"
    if one.claim == "too_few":
        return f"too early to say: {_needed(found)}"
    return "the answer comes when all runs have ended" if found.waiting else "no clear difference"


def dataset_sentence(verdicts: Sequence[ArmVerdict], scores: DatasetScores | None) -> str:
    """One data set in a sentence, by the verdict on its experiment; None: its experiment was removed."""
    if scores is None:
        return "its experiment was removed"
    parts = []
    for claims, one, several in (
        (("better", "mostly_better"), "helps", "help"),
        (("same",), "is the same within the margin", "are the same within the margin"),
        (("worse", "mostly_worse"), "hurts", "hurt"),
    ):
        arms = [each.name for each in verdicts[1:] if each.claim in claims]
        if arms:
            parts.append(f"{listed(arms)} {one if len(arms) == 1 else several}")
    open_arms = [each.name for each in verdicts[1:] if each.claim in ("undecided", "too_few")]
    if any(each.waiting for each in verdicts) or (open_arms and not scores.runs):
        parts.append("the answer comes when all seeds have finished")
    elif open_arms:
        everything = len(open_arms) == len(verdicts) - 1
        few = all(each.claim == "too_few" for each in verdicts if each.name in open_arms)
        words = "too few seeds to tell" if few else "no clear difference"
        parts.append(words if everything else f"{words} for {listed(open_arms)}")
    left = f"; left out: {_seeds(scores.left_out)} without a score in every arm" if scores.left_out else ""
    return f"{'; '.join(parts)}{_diverged(int(scores.diverged.sum()))}{left}"


def _datasets(number: int) -> str:
    return f"{number} data set{'' if number == 1 else 's'}"


def _diverged(runs: int) -> str:
    if not runs:
        return ""
    return (
        f"; {runs} runs diverged and count as the worst score"
        if runs > 1
        else "; 1 run diverged and counts as the worst score"
    )


def _seeds(number: int) -> str:
    return f"{number} seed{'' if number == 1 else 's'}"

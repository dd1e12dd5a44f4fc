"""Sentences about a suite: a headline, and one for each arm and each data set; the claim on an arm in a word."""

from __future__ import annotations

from collections.abc import Sequence

from app.analysis.claims import BETTER, WORSE
from app.analysis.figures import figure
from app.analysis.headline import Chip, chip_of
from app.analysis.paired import TIE, Difference, least_seeds
from app.analysis.sentences import amount_text, counted, listed, margin_text, most_text
from app.analysis.study import Study
from app.analysis.suite import ArmFigures, DatasetScores, SuiteFigures
from app.analysis.verdict import ArmVerdict


def suite_chip(found: SuiteFigures | None, arm: int) -> Chip | None:
    """The claim on an arm in a word, as in an experiment's verdict; None for the baseline."""
    if arm == 0:
        return None
    if found is None or found.waiting:
        return "too_early"
    one = found.arms[arm]
    if one.unreached == len(found.used):
        return "never_reached"
    if one.claim in BETTER:
        return "helps"
    if one.claim in WORSE:
        return "hurts"
    return "same" if one.claim == "same" else "too_early" if one.claim == "too_few" else "no_difference"


def suite_headline(
    names: Sequence[str], found: SuiteFigures | None, score: str, margin: float, *, running: bool
) -> str:
    """The answer to the whole suite in plain words. Without `found`, no data set has a score of every arm."""
    if found is None:
        return "The answer comes when all runs have ended" if running else "No data set has a score of every arm"
    needed = _needed(found)
    if running:
        if found.of < needed:
            return f"Too early to say: {_too_few(found)}"
        return (
            f"The answer comes when all runs have ended. {len(found.used)} of {found.of} data sets have scores so far"
        )
    chips = [suite_chip(found, arm) for arm in range(len(names))]
    parts = []
    for chip in ("helps", "hurts", "same", "no_difference"):
        arms = [arm for arm, each in enumerate(chips) if each == chip]
        if arms:
            parts.append(_told(chip, [names[arm] for arm in arms], found, arms, margin_text(score, margin)))
    sentences = ["; ".join(parts)] if parts else []
    if "too_early" in chips:
        sentences.append(f"Too early to say: {_too_few(found)}")
    idle = [names[arm] for arm, each in enumerate(chips) if each == "never_reached"]
    if idle:
        sentences.append(_idle(idle, found))
    return ". ".join(each[:1].upper() + each[1:] for each in sentences)


def _told(chip: str, names: list[str], found: SuiteFigures, arms: list[int], margin: str) -> str:
    one = len(names) == 1
    if chip in ("helps", "hurts"):
        return f"{listed(names)} {chip if one else chip[:-1]} on most data sets"
    if chip == "same":
        return f"{listed(names)} {'makes' if one else 'make'} no difference that matters: the same within {margin}"
    ahead = any((each := found.arms[arm].difference) is not None and each.mean > TIE for arm in arms)
    sign = "no clear sign" if ahead else "no sign"
    return f"{sign} that {listed(names)} {'helps' if one else 'help'} on {_these(found)}"


def _idle(names: list[str], found: SuiteFigures) -> str:
    where = {1: "on the one data set", 2: "on either data set"}.get(
        len(found.used), f"on any of the {len(found.used)} data sets"
    )
    if len(names) == 1:
        return f"{names[0]}: its limit was never reached {where}, so it was never put to the test"
    return f"{listed(names)}: their limits were never reached {where}, so they were never put to the test"


def suite_sentence(
    names: Sequence[str], found: SuiteFigures | None, score: str, margin: float, *, running: bool
) -> str:
    """The headline, with each arm's mean difference from the baseline and its interval."""
    headline = suite_headline(names, found, score, margin, running=running)
    if found is None or running:
        return headline
    clauses = [
        f"{name} {_amount(one.difference, score)}"
        for arm, (name, one) in enumerate(zip(names, found.arms, strict=True))
        if one.difference is not None and suite_chip(found, arm) != "never_reached"
    ]
    return f"{headline}. Against {names[0]}: {'; '.join(clauses)}" if clauses else headline


def _amount(found: Difference, score: str) -> str:
    size, bracket, interval = amount_text(found, score).partition(" (")
    return f"{size} on average{' (95 %: ' if bracket else ''}{interval}"


def scope_sentence(found: SuiteFigures) -> str:
    """Which figures are about other data sets too, and which about these alone."""
    alone = "it" if len(found.used) == 1 else f"these {len(found.used)}"
    return (
        "Intervals of differences between data sets are about other data sets like these; probability of improvement "
        f"and the middle half are about {alone} alone"
    )


def _needed(found: SuiteFigures) -> int:
    return least_seeds(len(found.arms) - 1, found.level)


def _too_few(found: SuiteFigures) -> str:
    """ "needs at least 8 data sets with 3 arms to compare; this suite has 3"."""
    comparisons = len(found.arms) - 1
    others = f" with {comparisons} arms to compare" if comparisons > 1 else ""
    has = f"this suite has {found.of}" if found.of < _needed(found) else f"{len(found.used)} have scores"
    return f"needs at least {_needed(found)} data sets{others}; {has}"


def _these(found: SuiteFigures) -> str:
    return "this 1 data set" if len(found.used) == 1 else f"these {len(found.used)} data sets"


def arm_sentence(
    names: Sequence[str], found: SuiteFigures, arm: int, score: str = "accuracy", margin: float = 0
) -> str:
    """One arm over all data sets in a sentence."""
    one, diverged = found.arms[arm], _diverged(found.arms[arm].diverged)
    if one.difference is None:
        unit = "r²" if score == "r2" else "accuracy"
        return f"{names[arm]}: mean {unit} {figure(one.mean)} over {counted(len(found.used), 'data set')}{diverged}"
    if suite_chip(found, arm) == "never_reached":
        return f"{_idle([names[arm]], found)}{diverged}"
    idle = f"; its limit was never reached on {one.unreached} of {len(found.used)}" if one.unreached else ""
    return (
        f"{names[arm]}: {_amount(one.difference, score)}, {_counted(one.difference, names[0])}"
        f"{idle}{diverged}: {_conclusion(one, found, score, margin)}"
    )


def _counted(difference: Difference, baseline: str) -> str:
    """ "higher than baseline on 6, lower on 1, the same on 1"; what is so of all of them alone: "the same on both"."""
    n = difference.n
    every = {1: "the one data set", 2: "both"}.get(n, f"all {n}")
    numbers = (
        (f"higher than {baseline}", difference.higher),
        (f"lower than {baseline}", difference.lower),
        (f"the same as {baseline}", n - difference.higher - difference.lower),
    )
    told = [f"{words} on {every if number == n else number}" for words, number in numbers if number]
    return ", ".join(
        [told[0], *(each.replace(f" than {baseline}", "").replace(f" as {baseline}", "") for each in told[1:])]
    )


def _conclusion(one: ArmFigures, found: SuiteFigures, score: str, margin: float) -> str:
    if found.waiting:
        return "the answer comes when all runs have ended"
    if one.claim in BETTER:
        return "it helps on most data sets"
    if one.claim in WORSE:
        return "it hurts on most data sets"
    if one.claim == "same":
        return f"the same within {margin_text(score, margin)}"
    return f"too early to say, {_too_few(found)}" if one.claim == "too_few" else "no clear difference"


def dataset_sentence(
    study: Study | None, verdicts: Sequence[ArmVerdict], scores: DatasetScores | None, *, running: bool = False
) -> str:
    """One data set in a sentence, by the verdict on its experiment; None: its experiment was removed."""
    if study is None or scores is None:
        return "its experiment was removed"
    others = list(enumerate(verdicts))[1:]
    told: dict[tuple[str, str], list[str]] = {}
    for arm, verdict in others:
        if words := _of_dataset(study, arm, verdict):
            told.setdefault(words, []).append(verdict.name)
    parts = [f"{listed(arms)} {words[len(arms) > 1]}" for words, arms in told.items()]
    unclear = [each for _, each in others if each.claim in ("undecided", "too_few")]
    unclear = [each for each in unclear if not any(each.name in arms for arms in told.values())]
    if any(each.waiting for each in verdicts) or (unclear and not scores.runs and running):
        parts.append("the answer comes when all seeds have finished")
    elif unclear and not scores.runs:
        parts.append("no seed has a score of every arm")
    elif unclear:
        few = all(each.claim == "too_few" for each in unclear)
        answer = "too few seeds to tell" if few else "no clear difference"
        parts.append(
            answer if len(unclear) == len(others) else f"{answer} for {listed([each.name for each in unclear])}"
        )
    left = f"; left out: {counted(scores.left_out, 'seed')} without a score in every arm" if scores.left_out else ""
    return f"{'; '.join(parts)}{_diverged(int(scores.diverged.sum()))}{left}"


def _of_dataset(study: Study, arm: int, verdict: ArmVerdict) -> tuple[str, str] | None:
    """What an experiment's verdict claims of an arm, for one arm and for several; None where it claims nothing."""
    chip = chip_of(study, arm, verdict)
    if chip == "never_reached":
        return "never reached its limit", "never reached their limits"
    if chip in ("same", "same_as_baseline"):
        return "is the same within the margin", "are the same within the margin"
    if chip not in ("helps", "hurts"):
        return None
    found = verdict.test if study.fresh is None else verdict.fresh
    # Who diverges hurts, and no number of seeds that are ahead says more.
    most = "" if found is None or found.losses or found.wins else most_text(study, found, verdict.claim)
    return f"{chip}{most}", f"{chip[:-1]}{most}"


def _diverged(runs: int) -> str:
    if not runs:
        return ""
    count = "count" if runs > 1 else "counts"
    return f"; {counted(runs, 'run')} diverged and {count} as the worst score"

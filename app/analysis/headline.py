"""The answer in plain words: a headline for the study; for each arm a chip and one figure. No test's name in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from app.analysis.claims import BETTER, FEWEST_DRAWS, WORSE
from app.analysis.paired import Difference, least_seeds
from app.analysis.sentences import (
    amount_text,
    answers_text,
    counted,
    listed,
    margin_text,
    most_text,
    scope_text,
    unit_of,
)
from app.analysis.study import Study
from app.analysis.verdict import ArmVerdict

Chip = Literal["helps", "hurts", "same", "no_difference", "too_early", "never_reached", "same_as_baseline"]
NAMED = 3
"""Up to so many arms are named in the headline; more are counted."""


def chip_of(study: Study, arm: int, verdict: ArmVerdict) -> Chip | None:
    """The claim in a word; None for the baseline. `same`: none that matters; `no_difference`: none that is clear."""
    if verdict.claim == "baseline":
        return None
    if study.is_unreached(arm) and verdict.n:
        return "never_reached"
    if study.same_model(arm) and verdict.n:
        return "same_as_baseline"
    if verdict.claim in BETTER:
        return "helps"
    if verdict.claim in WORSE:
        return "hurts"
    if verdict.claim == "same":
        return "same"
    return "too_early" if verdict.claim == "too_few" or verdict.waiting or study.running else "no_difference"


def short_figure(study: Study, verdict: ArmVerdict) -> str | None:
    """The difference in one figure: "+2 of 70 test rows", "+1.1 points on fresh rows"; None without one."""
    if verdict.claim == "baseline":
        return None
    name = "test" if study.fresh is None else "fresh"
    found = verdict.test if name == "test" else verdict.fresh
    if found is None:
        return None
    if found.kind == "rows" and study.score == "accuracy" and verdict.test is not None and verdict.test.rows:
        gained, answers = _gained(study, verdict.test), answers_text(study, verdict.test.rows, "test")
        return f"{_signed(gained)} of {answers}" if gained else f"no difference on {answers}"
    return f"{amount_text(found, study.score, alone=True)} on {name} rows"


def headline_of(study: Study, verdicts: Sequence[ArmVerdict]) -> str:
    """The answer to the whole study: what diverged first, then what helps or hurts, or why that can't be said yet."""
    return ". ".join(part[:1].upper() + part[1:] for part in _parts(study, verdicts))


def _parts(study: Study, verdicts: Sequence[ArmVerdict]) -> list[str]:
    others = list(enumerate(verdicts))[1:]
    if not others:
        return ["One arm alone: there is nothing to compare"]
    if all(verdict.n == 0 for _, verdict in others):
        waiting = "The answer comes with the first results"
        return [waiting if study.running else _unpaired(study)]
    parts = [_diverged(verdicts)] if any(each.diverged for each in verdicts) else []
    alone = [study.one_class_runs(arm) for arm in range(len(verdicts))]
    if all(count == ended > 0 for count, ended in alone):
        parts.append("Every model predicts one class only, so none has learnt to tell rows apart")
    if study.running:
        return [*parts, "The answer comes when all runs have finished"]
    chips = {arm: chip_of(study, arm, verdict) for arm, verdict in others}
    unreached = [verdict for arm, verdict in others if chips[arm] == "never_reached"]
    others = [(arm, verdict) for arm, verdict in others if chips[arm] != "never_reached"]
    if unreached and not others:
        return [*parts, f"{_never_reached(unreached)}. More {'draws' if study.by_draws else 'seeds'} won't change this"]
    return [*parts, *_answers(study, others, chips), *([_never_reached(unreached)] if unreached else [])]


def _unpaired(study: Study) -> str:
    unit = "draw" if study.by_draws else "seed"
    return f"No {unit} finished in an arm and in the baseline, so there is no answer"


def _answers(study: Study, others: Sequence[tuple[int, ArmVerdict]], chips: dict[int, Chip | None]) -> list[str]:
    """Parts of the headline on arms that were put to the test."""
    helping = [verdict for arm, verdict in others if chips[arm] == "helps"]
    hurting = [verdict for arm, verdict in others if chips[arm] == "hurts"]
    if helping or hurting:
        said = [_does(study, each, word) for each, word in ((helping, "help"), (hurting, "hurt")) if each]
        return [f"{'; '.join(said)}{scope_text(study)}"]
    early = [verdict for arm, verdict in others if chips[arm] == "too_early"]
    if early:
        return _too_early(study, early)
    return [_none(study, [verdict for _, verdict in others], [chips[arm] for arm, _ in others])]


def _never_reached(verdicts: Sequence[ArmVerdict]) -> str:
    if len(verdicts) == 1:
        return f"{verdicts[0].name}: its limit was never reached, so it trained as the baseline did but for rounding"
    return f"{_named(verdicts)}: their limits were never reached, so they trained as the baseline did but for rounding"


def _diverged(verdicts: Sequence[ArmVerdict]) -> str:
    found = [each for each in verdicts if each.diverged]
    if len(found) > NAMED:
        return f"{len(found)} of {len(verdicts)} arms diverged in some seeds"
    return listed([f"{each.name} diverged in {counted(each.diverged, 'seed')}" for each in found])


def _does(study: Study, verdicts: Sequence[ArmVerdict], verb: str) -> str:
    """ "unit norm and max norm 1 help in most seeds"."""
    found = [(each.claim, each.test if study.fresh is None else each.fresh) for each in verdicts]
    most = {most_text(study, each, claim) for claim, each in found if each is not None}
    return f"{_named(verdicts)} {verb}{'s' * (len(verdicts) == 1)}{most.pop() if len(most) == 1 else ''}"


def _named(verdicts: Sequence[ArmVerdict]) -> str:
    return listed([each.name for each in verdicts]) if len(verdicts) <= NAMED else f"{len(verdicts)} arms"


def _too_early(study: Study, early: Sequence[ArmVerdict]) -> list[str]:
    first = max(early, key=lambda each: 0.0 if each.test is None else each.test.mean)
    pairs = [each for verdict in early for each in (verdict.test, verdict.fresh) if each is not None]
    if not pairs:
        if all(each.n and each.diverged + each.baseline_diverged >= each.n for each in early):
            return ["Nothing can be compared: try a lower learning rate, or standardise the features"]
        return ["Too early to say: no score can be compared"]
    unit = unit_of(study, pairs[0])
    have = max(each.judged for each in pairs)
    if not study.by_draws and have == 1:
        words = ["Too early to say: one seed"]
        if first.test is not None and first.test.rows and study.score == "accuracy":
            gained = _gained(study, first.test)
            if gained > 0:
                words.append(f"{first.name} got {gained} more of {answers_text(study, first.test.rows, 'test')} right")
        return words
    level = study.level(have)
    least = FEWEST_DRAWS if unit != "seed" and pairs[0].p_sign is None else least_seeds(study.comparisons, level)
    return [f"Too early to say: needs {counted(least, unit)}; has {have}"]


def _none(study: Study, others: Sequence[ArmVerdict], chips: Sequence[Chip | None]) -> str:
    if all(chip == "same_as_baseline" for chip in chips):
        return f"Every arm is the same model as {study.arms[0]}, bit for bit"
    if all(each.claim == "same" for each in others):
        within = margin_text(study.score, study.margin)
        return f"No difference that matters: all arms score the same within {within}{scope_text(study)}"
    same, rest = ([each for each in others if (each.claim == "same") == wanted] for wanted in (True, False))
    if same:
        verb = "scores" if len(same) == 1 else "score"
        within = margin_text(study.score, study.margin)
        return (
            f"{_named(same)} {verb} the same as {study.arms[0]} within {within}{scope_text(study)}; "
            f"no clear difference for {_named(rest)}"
        )
    pairs = [each for verdict in others for each in (verdict.test, verdict.fresh) if each is not None]
    unit, most = unit_of(study, pairs[0]), max(each.judged for each in pairs)
    return f"No clear difference with {counted(most, unit)}"


def _gained(study: Study, found: Difference) -> int:
    """Rows, or labels, that are right more than the baseline's."""
    return round(found.mean * (found.rows or 0) * study.labels)


def _signed(number: int) -> str:
    return f"{math.copysign(1, number):+.0f}"[0].replace("-", "−") + str(abs(number)) if number else "0"

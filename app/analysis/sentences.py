"""Sentences of the verdict: one for each arm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from app.analysis.claims import BETTER, FEWEST_DRAWS, WORSE, Claim
from app.analysis.figures import figure
from app.analysis.paired import LEVEL, TIE, Difference, least_seeds, unseen_share
from app.analysis.study import Study
from app.analysis.verdict import ArmVerdict
from core.limits import MAX_RUNS

FEW_ROWS: Final = 10
"""Up to so many differing rows are counted in the sentence."""
MOST_TOLD: Final = 10 * MAX_RUNS
"""Numbers of seeds above it are not told: they are only far out of reach."""


def sentence_of(study: Study, arm: int, verdict: ArmVerdict) -> str:
    """The verdict on an arm in a sentence."""
    reason = "that failed or have no score" if study.by_draws else "with a failed run or without a score"
    lost = _one_class(study, arm)
    lost += f"; left out: {counted(verdict.lost, _run(study))} {reason}" if verdict.lost else ""
    start = f"{verdict.name}: {_diverged(study, verdict)}"
    if verdict.claim == "baseline":
        return f"{start}{_scores(study)}{_collapsed(verdict)}{lost}"
    if study.is_unreached(arm) and verdict.n:
        return f"{start}{_never_reached(study, arm, verdict)}{lost}"
    if study.same_model(arm) and verdict.n:
        return f"{start}the same model as {study.arms[0]}, bit for bit, in {_all_seeds(study, verdict.n)}{lost}"
    compared = verdict.test if study.fresh is None else verdict.fresh
    if compared is None:
        return f"{start}{_nothing(study, verdict)}{lost}"
    if not study.by_draws and all(each is None or each.judged == 1 for each in (verdict.test, verdict.fresh)):
        return f"{start}{_one_seed(study, arm, verdict)}{lost}"
    conclusion = f"{_conclusion(study, verdict, compared)}{_collapsed(verdict)}{_unseen(study, verdict, compared)}"
    return f"{start}{_differences(study, verdict)}{conclusion}{lost}"


def _one_class(study: Study, arm: int) -> str:
    """Warning of a model that learnt to say one class whatever the row."""
    alone, ended = study.one_class_runs(arm)
    if not alone:
        return ""
    rows = "sealed" if study.is_sealed else "test"
    which = "" if ended == 1 else f" in {alone} of {counted(ended, _run(study))}"
    return f"; it predicts one class only, for all {rows} rows{which}"


def _never_reached(study: Study, arm: int, verdict: ArmVerdict) -> str:
    exactly = "bit for bit" if study.same_model(arm) else "but for rounding"
    seeds = _all_seeds(study, verdict.n).replace("all", "any of", 1)
    return (
        f"its limit was never reached in {seeds}, so it trained as the baseline did, {exactly}. "
        f"More {_run(study)}s won't change this"
    )


def _all_seeds(study: Study, n: int) -> str:
    return f"{f'the one {_run(study)}' if n == 1 else f'all {n} {_run(study)}s'}{so_far(study)}"


def _run(study: Study) -> str:
    return "run" if study.by_draws else "seed"


def _diverged(study: Study, verdict: ArmVerdict) -> str:
    """What is told first: the seeds that diverged."""
    ours, theirs, base = verdict.diverged, verdict.baseline_diverged, study.arms[0]
    of_all = f"of {counted(verdict.n, _run(study))}"
    if verdict.claim == "baseline":
        return f"diverged in {ours} {of_all}; " if ours else ""
    if not ours and not theirs:
        return ""
    if ours and theirs:
        return f"diverged in {ours} {of_all}, {base} in {theirs}; "
    return f"{'' if ours else f'{base} '}diverged in {ours or theirs} {of_all}; "


def _collapsed(verdict: ArmVerdict) -> str:
    found = verdict.collapse
    if found is None:
        return ""
    scores = f"median score {figure(found.median)}, worst {figure(found.worst)}"
    return f"; {_of_arm(verdict)}collapsed in {found.seeds} of {found.of} seeds ({scores})"


def _of_arm(verdict: ArmVerdict) -> str:
    return "" if verdict.claim == "baseline" else "it "


def _unseen(study: Study, verdict: ArmVerdict, compared: Difference) -> str:
    """Limit of a claim about most seeds: what so many of them can't show."""
    if verdict.claim not in ("mostly_better", "mostly_worse", "same") or compared.wins or compared.losses:
        return ""
    if verdict.collapse is not None or compared.p_sign is None:
        return ""
    unit = unit_of(study, compared)
    share = math.ceil(100 * unseen_share(compared.n) - 1e-9)
    return (
        f"; none of {counted(compared.n, unit)} collapsed; up to {share} % of {unit}s still could, with "
        f"{100 * (1 - LEVEL):.0f} % confidence"
    )


def unit_of(study: Study, found: Difference) -> str:
    """Name of what a difference is paired by."""
    return "seed" if found.kind != "draws" else "fold" if study.design == "folds" else "draw"


def counted(number: int, noun: str) -> str:
    """ "1 seed", "2,000 seeds"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def so_far(study: Study) -> str:
    """ " so far" while runs are open."""
    return " so far" if study.running else ""


def answers_text(study: Study, rows: int, kind: str) -> str:
    """What is right or wrong on these rows: "70 test rows", "210 labels of 70 test rows"."""
    words = counted(rows, f"{kind} row")
    return words if study.labels == 1 else f"{rows * study.labels:,} labels of {words}"


def rows_text(rows: int | None, kind: str) -> str:
    """ "the 70 test rows", "20,000 fresh rows"."""
    words = f"{kind} rows" if rows is None else counted(rows, f"{kind} row")
    return words if kind == "fresh" else f"the {words}"


def _nothing(study: Study, verdict: ArmVerdict) -> str:
    if verdict.n:
        finished = f"{counted(verdict.n, _run(study))} finished, but without a score to compare"
        return (
            f"{finished}{': it hurts' if verdict.claim in WORSE else ': it helps' if verdict.claim in BETTER else ''}"
        )
    return f"no {_run(study)} {'has finished in both arms yet' if study.running else 'finished in both arms'}"


def _scores(study: Study) -> str:
    """The baseline's scores: mean ± standard deviation over seeds."""
    parts = []
    sign = "r² " if study.score == "r2" else ""
    for scores, rows, kind in ((study.test, study.test_rows, "test"), (study.fresh, study.fresh_rows, "fresh")):
        known = np.array([]) if scores is None else scores[0][np.isfinite(scores[0])]
        if len(known) == 0:
            continue
        spread = float(known.std(ddof=1)) if len(known) > 1 else None
        mean = float(known.mean())
        told = figure(mean) if spread is None else f"{figure(mean)} ± {figure(spread if spread > TIE else 0.0)}"
        parts.append((f"{sign}{told} on {rows_text(rows, kind)}", len(known)))
    if not parts:
        return "no run has a score yet" if study.running else "no run has a score"
    runs = parts[0][1]
    unit = "run" if study.by_draws else "seed"
    meaning = f"one {unit}" if runs == 1 else f"mean ± standard deviation over {runs} {unit}s"
    return f"{', '.join(words for words, _ in parts)} ({meaning}{so_far(study)})"


def amount_text(found: Difference, score: str, *, alone: bool = False) -> str:
    """The difference, and unless `alone` its interval: "+0.9 points (+0.7 to +1.1)"; in r² "+0.012 in r² (…)"."""
    factor, digits, unit = (100, 1, "points") if score == "accuracy" else (1, 3, "in r²")
    mean, low, high = found.mean * factor, found.low, found.high
    width = 0.0 if alone or low is None or high is None else (high - low) * factor
    if 0 < width < 4 * 10.0**-digits - 1e-9 or (width == 0 and 0 < abs(mean) < 10.0**-digits):
        digits += 1
    size = f"{_signed(mean, digits)} {unit}"
    if width == 0 or low is None or high is None:
        return size
    return f"{size} ({' to '.join(_signed(end * factor, digits) for end in (low, high))})"


def _signed(value: float, digits: int) -> str:
    """`value` with its sign, and 0 without one: "+0.9", "−0.2", "0.0"."""
    shown = f"{value:+.{digits}f}".replace("-", "−")
    return shown if any(digit in shown for digit in "123456789") else shown[1:]


def _differences(study: Study, verdict: ArmVerdict) -> str:
    """The differences on the test rows and on fresh rows."""
    parts: list[str] = []
    last_n = None
    for found, kind in ((verdict.test, "test"), (verdict.fresh, "fresh")):
        if found is None:
            continue
        where = f"on {rows_text(found.rows, kind)}"
        fixed = found.n != last_n and found.n > 1 and found.spread == 0 and found.n in (found.higher, found.lower)
        size = "the same score" if found.tied else amount_text(found, study.score)
        size = f"the same {size}" if fixed else size
        if not any("95 %" in each for each in parts):
            size = size.replace(" (", " (95 %: ")
        part = f"{size} {where}" if kind == "test" or not parts else f"{where} {size}"
        if found.n != last_n:
            unit = unit_of(study, found)
            drawn = " of the training rows" if unit == "draw" else ""
            all_of_them = f"all {found.n} {unit}s" if found.n > 1 else f"one {unit}"
            all_of_them = f"every one of the {found.n} {unit}s" if fixed else all_of_them
            if found.losses or found.wins:
                part += " in the other seed" if found.n == 1 else f" over the other {counted(found.n, unit)}{drawn}"
            elif found.tied or fixed:
                part += f" in {all_of_them}{drawn}"
            else:
                part += f" over {counted(found.n, unit)}{drawn}"
            part += so_far(study) if last_n is None else ""
            last_n = found.n
        parts.append(part)
    opposite = verdict.test and verdict.fresh and verdict.test.mean * verdict.fresh.mean < 0
    return ("; but " if opposite and verdict.claim in (*BETTER, *WORSE) else "; ").join(parts)


def _conclusion(study: Study, verdict: ArmVerdict, compared: Difference) -> str:
    these = study.fresh is None and compared.rows_error is None and not study.by_draws
    own = f" on {_these_rows(compared.rows)}" if these else ""
    only = scope_text(study)
    alone = "; other rows may differ" if own else ""
    unit = unit_of(study, compared)
    seeds = counted(compared.judged, unit)
    level = study.level(compared.judged)
    if compared.losses and verdict.claim in WORSE:
        return f": all in all it hurts, as it diverges{only}"
    if compared.wins and verdict.claim in BETTER:
        return f": all in all it helps, as {study.arms[0]} diverges{only}"
    if verdict.claim in (*BETTER, *WORSE):
        little = "" if max(abs(compared.low or 0), abs(compared.high or 0)) >= study.margin / 4 else ", by very little"
        share = most_text(study, compared, verdict.claim)
        return f": it {'helps' if verdict.claim in BETTER else 'hurts'}{share}{own}{little}{only}{alone}"
    if not study.can_claim:
        return f": the {unit}s share their training rows, so nothing is claimed of these rows"
    if compared.tied and own and not compared.judged > compared.n and verdict.claim in ("same", "undecided"):
        return f": no difference{own}"
    if verdict.claim == "same":
        return f": the same within {margin_text(study.score, study.margin)}{own}{only}{alone}"
    if verdict.waiting:
        return ": the answer comes when all seeds have finished"
    if verdict.claim == "too_few":
        return _too_few(study, verdict, compared, level)
    if compared.losses or compared.wins:
        return ": no clear answer while seeds diverge"
    if compared.tied:
        return f": no difference{f' on {_these_rows(compared.rows)}' if study.fresh is None else own}"
    if verdict.hidden_by_rows:
        few = compared.rows_differing is not None and compared.rows_differing <= FEW_ROWS
        rests = (
            f"it rests on {compared.rows_differing or 0} row{'s'[: compared.rows_differing != 1]} of " if few else ""
        )
        rows = f"{rests}{compared.rows or 0:,}: " if few else f"{compared.rows or 0:,} rows are "
        return f": the seeds agree, but {rows}too few to tell"
    if _is_one_sided(compared) and not study.by_draws:
        return f": not certain{own} with {seeds}{_others(study)}{_enough_for_this(verdict, compared)}"
    words = f": no clear difference{own} with {seeds}"
    if study.by_draws:
        return words
    if verdict.rows_too_few:
        rows = counted(compared.rows or 0, "row")
        return f"{words}; {rows} are too few to see one of {margin_text(study.score, study.margin)}"
    if verdict.needed is not None and verdict.needed > compared.n:
        return f"{words}; {_needed(study, verdict.needed)}{_seeds_for_this(study, verdict)}"
    words += f", about enough to see a difference of {margin_text(study.score, study.margin)}"
    if verdict.more_seeds and verdict.needed_for_this:
        words += f"; {_about(verdict.needed_for_this)} are needed to see one as small as this"
    return words


def _too_few(study: Study, verdict: ArmVerdict, compared: Difference, level: float) -> str:
    unit = unit_of(study, compared)
    least = FEWEST_DRAWS if unit != "seed" and compared.p_sign is None else least_seeds(study.comparisons, level)
    if verdict.needed is not None and verdict.needed > least and not _is_one_sided(compared):
        seeds = counted(compared.n, unit)
        return f": no clear difference with {seeds}; {_needed(study, verdict.needed)}{_seeds_for_this(study, verdict)}"
    return f": too early to say: needs {least} {unit}s{_others(study)}; has {compared.judged}"


def _others(study: Study) -> str:
    return f" with {study.comparisons} arms to compare" if study.comparisons > 1 else ""


def _is_one_sided(found: Difference) -> bool:
    """Whether the interval, which isn't corrected for arms and looks, lies on one side of 0."""
    return found.low is not None and found.high is not None and (found.low > 0 or found.high < 0)


def _enough_for_this(verdict: ArmVerdict, compared: Difference) -> str:
    needed = verdict.needed_for_this
    if needed is None or needed <= compared.judged:
        return ""
    return f"; {_about(needed)} are needed to be certain of one as large as this"


def most_text(study: Study, found: Difference, claim: Claim) -> str:
    """In how many seeds or draws the arm does better or worse: " in most seeds", " over these folds"."""
    unit, ahead = unit_of(study, found), max(found.higher, found.lower)
    if claim in ("better", "worse"):
        return " on average"
    if found.p_sign is None:
        return f" over these {unit}s"
    if 2 * ahead > found.judged:
        return f" in most {unit}s"
    return f" in {ahead} of {counted(found.judged, unit)}, against {min(found.higher, found.lower)}"


def scope_text(study: Study) -> str:
    """Limit of a claim that rests on one drawing of the training rows."""
    if study.by_draws or not study.train_rows:
        return ""
    rows = "this 1 training row" if study.train_rows == 1 else f"these {study.train_rows:,} training rows"
    return f", for {rows}"


def margin_text(score: str, margin: float) -> str:
    """The margin: "1 point", "0.01 in r²"."""
    if score == "r2":
        return f"{margin:g} in r²"
    points = round(100 * margin, 6)
    return f"{points:g} point{'' if points == 1 else 's'}"


def _these_rows(rows: int | None) -> str:
    return "these test rows" if rows is None else "this 1 row" if rows == 1 else f"these {rows:,} rows"


def _needed(study: Study, seeds: int) -> str:
    most = MAX_RUNS // len(study.arms)
    told = most < seeds <= MOST_TOLD
    beyond = f", more than the {most} that an experiment of {len(study.arms)} arms can have" if told else ""
    return f"{_about(seeds)} are needed to see a difference of {margin_text(study.score, study.margin)}{beyond}"


def _about(seeds: int) -> str:
    return f"about {seeds:,}" if seeds <= MOST_TOLD else "more seeds than an experiment can have"


def _seeds_for_this(study: Study, verdict: ArmVerdict) -> str:
    """Phrase for the seeds that detect a difference as large as this one, if more are out of reach."""
    most = MAX_RUNS // len(study.arms)
    if verdict.needed is None or verdict.needed <= most or not verdict.more_seeds:
        return ""
    needed = verdict.needed_for_this
    return "" if needed is None or needed > MOST_TOLD else f"; about {needed:,} to see one as large as this"


def _p(p: float | None) -> str:
    if p is None:
        return ""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def _one_seed(study: Study, arm: int, verdict: ArmVerdict) -> str:
    """Phrase for a single seed: the comparison of its rows, and its limits."""
    parts = []
    differs = False
    tests = "McNemar's" if study.score == "accuracy" else "Wilcoxon's, on the rows' errors:"
    tests = tests if study.labels == 1 else "Wilcoxon's, on the rows' shares:"
    for found, scores, kind in ((verdict.test, study.test, "test"), (verdict.fresh, study.fresh, "fresh")):
        if found is None or scores is None:
            continue
        if study.score == "accuracy" and found.rows:
            seed = int(np.flatnonzero(np.isfinite(scores[arm] - scores[0]))[0])
            ours, theirs = (round(float(scores[each, seed]) * found.rows * study.labels) for each in (arm, 0))
            words = f"{ours:,} of {answers_text(study, found.rows, kind)} right against {theirs:,}"
        else:
            words = f"{amount_text(found, study.score, alone=True)} on {rows_text(found.rows, kind)}"
        if found.kind == "rows":
            words += f" ({tests} {_p(found.p)})"
            differs |= found.p_holm is not None and found.p_holm < LEVEL
        parts.append(words)
    untold = "too early to say"
    conclusion = "the two trained models differ, but another seed may give another result" if differs else untold
    return f"one seed{so_far(study)}: {', '.join(parts)}: {conclusion}"

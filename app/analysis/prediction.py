"""Sentence on the arm that was expected to win."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.analysis.claims import BETTER, WORSE, Claim, corrected
from app.analysis.paired import Difference
from app.analysis.sentences import counted, listed, rows_text, so_far, unit_of
from app.analysis.study import Study, difference
from app.analysis.verdict import ArmVerdict, claim_of

_REVERSE: Final[dict[Claim, Claim]] = {
    "better": "worse",
    "mostly_better": "mostly_worse",
    "mostly_worse": "mostly_better",
    "worse": "better",
}


def prediction_sentence(study: Study, name: str | None, verdicts: Sequence[ArmVerdict]) -> str | None:
    """Sentence on the arm that was expected to win; None without such an arm.

    Against the baseline the verdicts hold. It is compared with the other arms as they are with the baseline, corrected
    for all of these comparisons.
    """
    if name not in study.arms or len(study.arms) < 2:
        return None
    arm = study.arms.index(name)
    rivals = [each for each in range(len(study.arms)) if each != arm]
    others = [rival for rival in rivals if arm != 0 and rival != 0]
    known: list[Difference | None] = [None] * study.comparisons
    tested = corrected([*(difference(study, study.claim_set, arm, rival) for rival in others), *known])
    total = len(tested)
    compared = {
        rival: (each, claim_of(study, arm, each, rival, total))
        for rival, each in zip(others, tested[: len(others)], strict=True)
    }
    for rival in rivals if arm == 0 else [0]:
        verdict = verdicts[arm or rival]
        each = verdict.test if study.fresh is None else verdict.fresh
        compared[rival] = (each, verdict.claim if arm else _REVERSE.get(verdict.claim, verdict.claim))
    found, claims = [compared[rival][0] for rival in rivals], [compared[rival][1] for rival in rivals]
    if any(each not in ("undecided", "too_few") for each in claims) and study.running:
        claims = ["undecided"] * len(claims)
    same = [each is not None and each.tied for each in found]

    def named(*wanted: bool) -> list[str]:
        return [study.arms[rival] for rival, chosen in zip(rivals, wanted, strict=True) if chosen]

    worse, better = named(*(each in WORSE for each in claims)), named(*(each in BETTER for each in claims))
    equal = named(*(each in ("undecided", "same") and tied for each, tied in zip(claims, same, strict=True)))
    rest = [study.arms[rival] for rival in rivals if study.arms[rival] not in {*worse, *better, *equal}]
    start, where = f"You expected {name} to win", f"on {rows_text(*_claim_rows(study))}"
    seeds = max((each.n for each in found if each is not None), default=0)
    unit = next((unit_of(study, each) for each in found if each is not None), "seed")
    over = f"{counted(seeds, unit)}{so_far(study)}"
    if seeds == 0 and not worse and not better:
        return f"{start}; nothing can be compared{' yet' if study.running else ''}"
    if worse:
        return f"{start}; it did not: {listed(worse)} did better {where} over {over}"
    if len(better) == len(rivals):
        return f"{start}; it did: better than {listed(better)} {where} over {over}"
    untold = f"; whether it is better than {listed(rest)} is not clear" if rest else ""
    level = f"the same score as {listed(equal)}" if equal else ""
    if better:
        tied = f", and had {level}" if equal else ""
        return f"{start}; it did better than {listed(better)} {where} over {over}{tied}{untold}"
    if equal:
        return f"{start}; it had {level} {where} over {over}{untold}"
    return f"{start}; too early to say with {over}"


def _claim_rows(study: Study) -> tuple[int | None, str]:
    return (study.test_rows, "test") if study.fresh is None else (study.fresh_rows, "fresh")

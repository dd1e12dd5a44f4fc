"""How often the verdict is right: `python -m benchmarks.truth [studies] [file]`, by default 1,000 and docs/truth.md.

Studies are simulated whose truth is known, and judged as the product judges them. All is seeded: the same call gives
the same table.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from app.analysis import BETTER, WORSE, ArmVerdict, Study, judge
from benchmarks.real_tables import TABLES
from benchmarks.simulated import (
    EQUAL,
    GAIN,
    ROWS,
    UNLIKE,
    Draw,
    classified,
    drawn,
    of_scores,
    one_table,
    real_table,
    regressed,
    study_of_scores,
    without_outcomes,
)
from benchmarks.suites import Effects, normal_effects, suite_tally, t2_effects

SEEDS: Final = (5, 10, 20, 30)


@dataclass
class Tally:
    """Counts over simulated studies."""

    studies: int = 0
    claims: int = 0
    """Studies with any claim of a difference."""
    better: int = 0
    """Studies whose first arm is better or mostly better."""
    on_average: int = 0
    """Studies with an arm that is claimed to differ on average."""
    same: int = 0
    """Studies whose first arm is the same."""
    wrong_way: int = 0
    """Studies whose first arm is worse or mostly worse."""
    covered: int = 0
    intervals: int = 0

    def add(self, verdicts: Sequence[ArmVerdict], truth: float = 0.0) -> None:
        """Counts a study whose first arm differs by `truth`."""
        self.studies += 1
        self.claims += any(each.claim in (*BETTER, *WORSE) for each in verdicts)
        self.better += verdicts[1].claim in BETTER
        self.same += verdicts[1].claim == "same"
        self.wrong_way += verdicts[1].claim in WORSE
        self.on_average += any(each.claim in ("better", "worse") for each in verdicts)
        found = verdicts[1].test if verdicts[1].fresh is None else verdicts[1].fresh
        if found is not None and found.low is not None and found.high is not None:
            self.intervals += 1
            self.covered += found.low - 1e-9 <= truth <= found.high + 1e-9

    @property
    def coverage(self) -> float:
        """Share of intervals that hold the truth."""
        return self.covered / max(1, self.intervals)


def tally(make: Callable[[np.random.Generator], Study], studies: int, seed: int, truth: float = 0.0) -> Tally:
    """Judges so many studies."""
    rng, found = np.random.default_rng(seed), Tally()
    for _ in range(studies):
        found.add(judge(make(rng)), truth)
    return found


def looked(draw: Draw, steps: Sequence[int], planned: int | None, studies: int, seed: int, gain: float = 0.0) -> float:
    """Share of studies with a claim at any look, at these numbers of seeds."""
    rng, hits = np.random.default_rng(seed), 0
    for _ in range(studies):
        scores = draw(rng, 2, steps[-1])
        scores[1] += gain
        hits += any(
            judge(study_of_scores(scores[:, :n], look=look, looks=planned))[1].claim in (*BETTER, *WORSE)
            for look, n in enumerate(steps, 1)
        )
    return hits / studies


def percent(share: float) -> str:
    """ "4.3 %"."""
    return f"{100 * share:.1f} %"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(each) for each in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def allowed(studies: int) -> float:
    """The largest share of false claims that is 5 % but for chance: 5 % and two standard errors."""
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)


def missed(found: Tally) -> bool:
    """Whether coverage is below 93 % by more than two standard errors."""
    return found.coverage < 0.93 - 2 * math.sqrt(0.93 * 0.07 / max(1, found.intervals))


def marked(share: float, *, miss: bool) -> str:
    """A share, in bold where it misses its aim."""
    return f"**{percent(share)}**" if miss else percent(share)


def equal_section(studies: int) -> str:
    """Equal arms: claims of a difference, coverage and power."""
    lines = []
    for (name, draw), arms in ((each, arms) for each in EQUAL.items() for arms in (1, 8)):
        some = studies if arms == 1 else studies // 4
        found = [tally(of_scores(draw, arms, n, looks=1), some, n) for n in SEEDS]
        once = [tally(of_scores(draw, arms, n, GAIN, looks=1), some // 2, n, GAIN) for n in SEEDS]
        open_ended = [tally(of_scores(draw, arms, n, GAIN), some // 2, n, GAIN) for n in SEEDS]
        lines.append(
            [
                name,
                str(arms),
                ", ".join(marked(e.claims / e.studies, miss=e.claims / e.studies > allowed(some)) for e in found),
                ", ".join(marked(e.coverage, miss=missed(e)) for e in found),
                " / ".join(f"{e.better / e.studies:.0%}" for e in once),
                " / ".join(f"{e.better / e.studies:.0%}" for e in open_ended),
            ]
        )
    seeds = ", ".join(map(str, SEEDS))
    head = ["scores", "arms", f"false claims, {seeds} seeds", "coverage", "power, one look planned", "without a plan"]
    return table(head, lines)


def unlike_section(studies: int) -> str:
    """Equal means, unlike shapes."""
    lines = []
    for name, (draw, _) in UNLIKE.items():
        found = [tally(of_scores(draw, 1, n, looks=1), studies, n) for n in SEEDS]
        lines.append(
            [
                name,
                ", ".join(
                    marked(e.on_average / studies, miss=e.on_average / studies > allowed(studies)) for e in found
                ),
                " / ".join(f"{e.better / studies:.0%}" for e in found),
                ", ".join(marked(e.wrong_way / studies, miss=e.wrong_way / studies > allowed(studies)) for e in found),
                ", ".join(marked(e.coverage, miss=missed(e)) for e in found),
            ]
        )
    head = ["truth", "false: on average", "true: better in most seeds", "false: worse in most seeds", "coverage"]
    return table(head, lines)


def rows_section(studies: int) -> str:
    """Equal arms on all rows, but not on those that were drawn."""
    lines = []
    for name, make, gain in (("classification", classified, 0.08), ("regression", regressed, 0.1)):
        for rows, kind in ((ROWS, "test"), (300, "test"), (2000, "fresh")):
            for seeds in (10, 30):
                some = studies // 2
                found = tally(make(seeds, rows, name=kind), some, rows + seeds)
                plain = tally(without_outcomes(make(seeds, rows, name=kind)), some // 4, rows)
                power = tally(make(seeds, rows, gain, name=kind), some // 2, rows, gain)
                lines.append(
                    [
                        f"{name}, {rows:,} {kind} rows",
                        str(seeds),
                        marked(found.claims / some, miss=found.claims / some > allowed(some)),
                        percent(plain.claims / plain.studies),
                        marked(found.coverage, miss=missed(found)),
                        f"{power.better / power.studies:.0%}",
                    ]
                )
    return table(["score and rows", "seeds", "false claims", "by seeds alone", "coverage", "power"], lines)


def draws_section(studies: int) -> str:
    """Equal arms over draws of the training rows."""
    designs: list[tuple[str, Callable[..., Callable[[np.random.Generator], Study]], list[tuple[int, int]], float]] = [
        ("independent data sets", lambda a, b, g: drawn(a, b, g), [(5, 2), (10, 2), (20, 2), (30, 1)], GAIN),
        ("random splits of one table", lambda a, b, g: one_table(a, b, g), [(5, 0), (10, 0), (20, 0), (30, 0)], 0.3),
        ("folds of one table", lambda a, b, g: one_table(a, b, g), [(1, 5), (1, 10), (3, 10)], 0.3),
    ]
    lines = []
    for name, make, sizes, gain in designs:
        for first, second in sizes:
            some = studies // 2
            found = tally(make(first, second, 0.0), some, first)
            power = tally(make(first, second, gain), some // 2, first, gain)
            size = (
                f"{first} × {second} {'seeds' if name.startswith('independent') else 'folds'}" if second else str(first)
            )
            lines.append(
                [
                    name,
                    size,
                    marked(found.claims / some, miss=found.claims / some > allowed(some)),
                    marked(found.coverage, miss=missed(found)),
                    f"{power.better / power.studies:.0%}",
                ]
            )
    for name in TABLES:
        for first, second in ((10, 0), (30, 0), (1, 10), (3, 10)):
            some = studies // 4
            found = tally(real_table(name, first, second), some, first)
            lines.append(
                [
                    f"{name}, {'folds' if second else 'splits'}",
                    f"{first} × {second} folds" if second else str(first),
                    marked(found.claims / some, miss=found.claims / some > allowed(some)),
                    marked(found.coverage, miss=missed(found)),
                    "–",
                ]
            )
    return table(["design", "draws", "false claims", "coverage", "power"], lines)


def same_section(studies: int) -> str:
    """Arms that differ by just the margin, or not at all."""
    lines = []
    for name in ("normal", "tied", "skewed (lognormal)", "unequal variance", "correlated arms"):
        for arms in (1, 8):
            shares = []
            for truth in (0.01, 0.0):
                found = [tally(of_scores(EQUAL[name], arms, n, truth, looks=1), studies // arms, n) for n in SEEDS]
                shares.append([each.same / each.studies for each in found])
            limit = allowed(studies // arms)
            lines.append(
                [
                    name,
                    str(arms),
                    ", ".join(marked(each, miss=each > limit) for each in shares[0]),
                    " / ".join(f"{each:.0%}" for each in shares[1]),
                ]
            )
    head = ["scores", "arms", f"false: a difference of 1 point, {', '.join(map(str, SEEDS))} seeds", "true: none"]
    return table(head, lines)


LOOKS: Final[dict[str, tuple[tuple[int, ...], int | None]]] = {
    "1 look planned, at 30 seeds": ((30,), 1),
    "3 looks planned, at 10, 20, 30 seeds": ((10, 20, 30), 3),
    "5 looks planned, at 10 to 50 seeds": ((10, 20, 30, 40, 50), 5),
    "3 looks planned, 5 made": ((10, 20, 30, 40, 50), 3),
    "5 looks without a plan, at 10 to 50 seeds": ((10, 20, 30, 40, 50), None),
    "12 looks without a plan, at 10 to 120 seeds": (tuple(range(10, 130, 10)), None),
}


def looks_section(studies: int) -> str:
    """Looks at growing studies of equal arms."""
    lines = []
    for name, (steps, planned) in LOOKS.items():
        shares = [looked(EQUAL[kind], steps, planned, studies, 1) for kind in ("normal", "tied", "collapse in 5 %")]
        power = looked(EQUAL["normal"], steps, planned, studies // 2, 2, GAIN / 2)
        lines.append([name, *(marked(each, miss=each > allowed(studies)) for each in shares), f"{power:.0%}"])
    return table(["looks", "normal", "tied", "collapse in 5 %", "power for a gain of 1 point"], lines)


def suites_section(studies: int) -> str:
    """Arms over several data sets that are equal on average."""
    kinds: list[tuple[str, Effects]] = [("normal", normal_effects), ("t₂", t2_effects)]
    lines = []
    for (name, effects), arms, datasets in itertools.product(kinds, (1, 3), (6, 8, 12)):
        found = suite_tally(effects, arms, datasets, studies, datasets)
        power = suite_tally(effects, arms, datasets, studies // 2, datasets, gain=0.03)
        claims = found.claims / studies
        low = 0.93 - 2 * math.sqrt(0.93 * 0.07 / studies)
        lines.append(
            [
                name,
                str(arms),
                str(datasets),
                marked(claims, miss=claims > allowed(studies)),
                *(marked(each / studies, miss=each / studies < low) for each in (found.improvement, found.iqm)),
                f"{power.better / power.studies:.0%}",
            ]
        )
    head = ["effects", "arms", "data sets", "false claims", "coverage: improvement", "coverage: iqm", "power"]
    return table(head, lines)


SECTIONS: Final = {
    "Equal arms": (
        "Scores of arms that are equal on average. Power: the share of studies in which a gain of 2 points is seen.",
        equal_section,
    ),
    "Equal means, unlike shapes": (
        "The arm has the baseline's mean, but does better in most seeds. That it does is true; that it is better on "
        "average is not. No interval from seeds can hold a mean that rests on an event which none of them showed.",
        unlike_section,
    ),
    "Rows": (
        "Arms that are equal on all rows, but not on those that all seeds are measured on. Power: a true gain of 8 "
        "points, or 0.1 in r².",
        rows_section,
    ),
    "Draws": (
        "Arms that are equal over draws of the training rows. Power: a gain of 2 points; on a table, weights 1.3 times "
        "as large. The last are scikit-learn's tables, with two ridge regressions whose outcomes are exchanged, row by "
        "row, by the toss of a coin.",
        draws_section,
    ),
    "The same": (
        "How often the first arm is called the same within 1 point: where it differs by just that, and where it "
        "does not differ.",
        same_section,
    ),
    "Looks": ("Claims at any look at equal arms, and power at all looks together.", looks_section),
    "Suites": (
        "Arms whose effects on data sets of unlike difficulty vary about 0: normally by 2 points, or by much more on a "
        "few (t₂). Coverage of the bootstrap's intervals is about the data sets that were drawn. Power: a gain of 3 "
        "points on average.",
        suites_section,
    ),
}


def main(studies: int = 1000, path: Path = Path("docs/truth.md")) -> None:
    """Writes all tables to `path`."""
    parts = [
        "# How often the verdict is right\n\nWritten by `python -m benchmarks.truth`, from "
        f"{studies:,} simulated studies a figure (a quarter of them with 8 arms, half for power and rows). False "
        f"claims should be at most 5 % and two standard errors ({percent(allowed(studies))}), coverage of the 95 % "
        "intervals at least 93 %, less two standard errors; **bold** figures miss that. The rules are in "
        "[decision 23](decisions/0023-claims-that-hold.md)."
    ]
    for name, (words, section) in SECTIONS.items():
        parts.append(f"## {name}\n\n{words}\n\n{section(studies)}")
        print(parts[-1], flush=True)
    path.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(int(given.get(1, 1000)), Path(given.get(2, "docs/truth.md")))

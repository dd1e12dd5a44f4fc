"""How often the verdict is right: `python -m benchmarks.truth [studies] [file]`, by default 1,000 and docs/truth.md.

Studies are simulated whose truth is known, and judged as the product judges them. All is seeded: the same call gives
the same table.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.analysis import BETTER, WORSE, ArmVerdict, Study, judge
from benchmarks.suites import Effects, normal_effects, suite_tally, t2_effects

SEEDS: Final = (5, 10, 20, 30)
GAIN: Final = 0.02
"""True gain of the first arm where power is measured."""
ROWS: Final = 70
Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def study_of_scores(test: np.ndarray, **more: Any) -> Study:
    """A study of (arms, seeds) scores, all finished."""
    none = np.zeros(test.shape, bool)
    given = {"score": "accuracy", "fresh": None, "test_rows": None, "fresh_rows": None, **more}
    names = tuple(f"arm {arm}" for arm in range(len(test)))
    return Study(arms=names, test=test, finished=~none, failed=none, open=none, **given)


def _normal(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return 0.9 + rng.normal(0, 0.01, (1, n)) + rng.normal(0, 0.015, (arms, n))


def _ceiling(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return rng.binomial(ROWS, rng.uniform(0.95, 1, (1, n)), (arms, n)) / ROWS


def _tied(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return rng.binomial(20, 0.97, (arms, n)) / 20


def _skewed(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return 0.95 - 0.01 * rng.lognormal(0, 1, (arms, n))


def _t2(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return 0.9 + 0.01 * rng.standard_t(2, (arms, n))


def _outlier(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    scores = _normal(rng, arms, n)
    scores[rng.integers(arms), rng.integers(n)] -= 0.3
    return scores


def _unequal(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return 0.9 + np.linspace(0.005, 0.025, arms)[:, None] * rng.standard_normal((arms, n))


def _collapse(share: float) -> Draw:
    return lambda rng, arms, n: _normal(rng, arms, n) - 0.3 * (rng.random((arms, n)) < share)


def _correlated(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    scores = 0.9 + rng.normal(0, 0.005, (arms, n))
    scores[1:] += rng.normal(0, 0.015, n)
    return scores


EQUAL: Final[dict[str, Draw]] = {
    "normal": _normal,
    "binomial near the ceiling": _ceiling,
    "tied": _tied,
    "skewed (lognormal)": _skewed,
    "t₂": _t2,
    "one outlier": _outlier,
    "unequal variance": _unequal,
    "collapse in 2 %": _collapse(0.02),
    "collapse in 5 %": _collapse(0.05),
    "correlated arms": _correlated,
}
"""Scores of arms that are equal on average."""


def _gained(share: float) -> Draw:
    """The arm gains in every seed what it loses by collapsing in some."""

    def drawn(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
        scores = 0.85 + rng.normal(0, 0.004, (arms, n))
        scores[1] += 0.3 * share - 0.3 * (rng.random(n) < share)
        return scores

    return drawn


def _skew_of_one(sigma: float) -> Draw:
    def drawn(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
        scores = 0.85 + rng.normal(0, 0.002, (arms, n))
        scores[1] -= 0.01 * (rng.lognormal(0, sigma, n) - math.exp(sigma**2 / 2))
        return scores

    return drawn


UNLIKE: Final[dict[str, tuple[Draw, str]]] = {
    "the arm collapses in 2 % of seeds": (_gained(0.02), "better"),
    "the arm collapses in 5 % of seeds": (_gained(0.05), "better"),
    "the arm is skewed (lognormal, σ = 0.5)": (_skew_of_one(0.5), "better"),
    "the arm is skewed (lognormal, σ = 1)": (_skew_of_one(1), "better"),
}
"""Arms of equal means, of which one does better than the other in most seeds."""


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
    wrong_way: int = 0
    """Studies whose first arm is worse or mostly worse."""
    covered: int = 0
    intervals: int = 0

    def add(self, verdicts: Sequence[ArmVerdict], truth: float = 0.0) -> None:
        """Counts a study whose first arm differs by `truth`."""
        self.studies += 1
        self.claims += any(each.claim in (*BETTER, *WORSE) for each in verdicts)
        self.better += verdicts[1].claim in BETTER
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


def of_scores(draw: Draw, arms: int, n: int, gain: float = 0.0, **more: Any) -> Callable[[np.random.Generator], Study]:
    """Studies of `arms` arms beside the baseline, the first of which gains `gain`."""

    def make(rng: np.random.Generator) -> Study:
        scores = draw(rng, arms + 1, n)
        scores[1] += gain
        return study_of_scores(scores, **more)

    return make


def classified(
    seeds: int, rows: int, gain: float = 0.0, *, name: str = "test"
) -> Callable[[np.random.Generator], Study]:
    """Studies of two arms that each have rows of their own right, in nearly every seed, at equal rates on all rows."""

    def make(rng: np.random.Generator) -> Study:
        own = rng.random((2, 1, rows)) < np.array([0.85, 0.85 + gain])[:, None, None]
        right = own ^ (rng.random((2, seeds, rows)) < 0.02)
        outcomes = {run: {name: each} for run, each in enumerate(right.reshape(-1, rows))}
        return _on(name, right.mean(axis=2), rows, outcomes=outcomes)

    return make


def regressed(
    seeds: int, rows: int, gain: float = 0.0, *, name: str = "test"
) -> Callable[[np.random.Generator], Study]:
    """Studies of two regressions whose errors depend on the row, equal on all rows: t with 5 degrees of freedom."""

    def make(rng: np.random.Generator) -> Study:
        y = rng.normal(0, 1, rows)
        own = rng.standard_t(5, (2, 1, rows)) * 0.4 * np.sqrt([1, 1 - gain / (0.16 * 5 / 3)])[:, None, None]
        errors = np.square(own + rng.normal(0, 0.05, (2, seeds, rows)))
        outcomes = {run: {name: each} for run, each in enumerate(errors.astype("f4").reshape(-1, rows))}
        return _on(name, 1 - errors.mean(axis=2) / y.var(), rows, outcomes=outcomes, score="r2")

    return make


def without_outcomes(make: Callable[[np.random.Generator], Study]) -> Callable[[np.random.Generator], Study]:
    """The same studies, judged by seeds alone."""
    return lambda rng: replace(make(rng), outcomes={})


def _on(name: str, scores: np.ndarray, rows: int, **more: Any) -> Study:
    if name == "test":
        return study_of_scores(scores, test_rows=rows, looks=1, **more)
    return study_of_scores(scores, fresh=scores, fresh_rows=rows, looks=1, **more)


def drawn(draws: int, seeds: int, gain: float = 0.0, arms: int = 1) -> Callable[[np.random.Generator], Study]:
    """Studies over independent data sets: an arm's gain depends on the draw, and a little on the seed."""

    def make(rng: np.random.Generator) -> Study:
        of_draw = np.repeat(rng.normal(0, 0.02, (arms + 1, draws)), seeds, axis=1)
        scores = 0.9 + of_draw + rng.normal(0, 0.01, of_draw.shape)
        scores[1] += gain
        numbers = np.repeat(np.arange(draws), seeds)
        return study_of_scores(scores, design="drawn", draws=numbers, looks=1)

    return make


def one_table(splits: int, folds: int = 0, gain: float = 0.0, rows: int = 90) -> Callable[[np.random.Generator], Study]:
    """Studies of two least-squares models of one table, each of inputs of its own that are as good as the other's.

    With `folds`, `splits` repetitions of so many folds; otherwise random splits, two thirds for training.
    """

    def make(rng: np.random.Generator) -> Study:
        inputs = rng.normal(0, 1, (rows, 6))
        weights = np.repeat([1.0, 1 + gain], 3)
        y = inputs @ weights + rng.normal(0, 2, rows)
        scores: list[list[float]] = [[], []]
        tested = 0
        for test in _test_rows(rng, rows, splits, folds):
            tested, train = len(test), np.setdiff1d(np.arange(rows), test)
            for arm, columns in enumerate((slice(0, 3), slice(3, 6))):
                fit = np.linalg.lstsq(inputs[train, columns], y[train], rcond=None)[0]
                error = y[test] - inputs[test, columns] @ fit
                scores[arm].append(1 - float((error**2).mean() / y.var()))
        design = "folds" if folds else "resampled"
        return study_of_scores(
            np.array(scores), design=design, looks=1, test_rows=tested, train_rows=rows - tested, score="r2"
        )

    return make


def _test_rows(rng: np.random.Generator, rows: int, splits: int, folds: int) -> Iterator[np.ndarray]:
    for _ in range(splits):
        order = rng.permutation(rows)
        yield from np.array_split(order, folds) if folds else [order[: rows // 3]]


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
    return table(["design", "draws", "false claims", "coverage", "power"], lines)


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
        power = looked(_normal, steps, planned, studies // 2, 2, GAIN / 2)
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
        "as large.",
        draws_section,
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

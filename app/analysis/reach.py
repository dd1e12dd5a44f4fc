"""Arms whose constraint had nothing to do: its limit was never reached, so that they train as the baseline does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from core.catalog.constraints import Constraint
from core.catalog.layers import Output
from core.experiment.arm import Arm
from core.experiment.experiment import CLOSED, Experiment, resolve
from core.experiment.resolution import ConstrainedWeight, ResolvedArm
from core.problems import Invalid
from core.runs.events import RunState
from core.runs.snapshots import SUMMARY, Snapshots

ROUNDING: Final = 1e-4
"""Share of a weight's largest norm that a projection may move it by rounding alone. A max norm divides by the norm and
multiplies by it again, so it changes last digits far below its limit too."""
SLACK: Final = 1e-5
"""Share of a limit by which rounding may carry a norm beyond it."""
SHARES: Final = 0.5, 0.7, 0.9
"""Limits to propose where one was never reached, as shares of the median norm that the weight ended with."""
_MIN, _MEDIAN, _MAX, _BINDING, _PROJECTION = (
    SUMMARY.index(name) for name in ("min", "median", "max", "binding", "projection")
)


def unreached_arms(
    experiment: Experiment,
    runs: Sequence[RunState],
    snapshots: Callable[[Sequence[int]], Mapping[int, Snapshots]],
) -> np.ndarray:
    """(arms,) whether an arm is the baseline but for constraints that never had an effect in any run.

    Neither the last weights nor any snapshot of a run may be at a limit. The results need not be equal: constraints
    that do nothing still make other programs, which round otherwise.

    Args:
        experiment: the experiment.
        runs: its runs: arms in order, for each of them its replicates in order.
        snapshots: reads the snapshots of the runs at these places, by place.
    """
    count = len(experiment.arms)
    replicates = len(runs) // count
    of_arms = [runs[arm * replicates : (arm + 1) * replicates] for arm in range(count)]
    found = np.zeros(count, bool)
    likely = [arm for arm in range(1, count) if _may_be_unreached(of_arms[arm])]
    if not likely or any(run.status not in CLOSED for run in of_arms[0]):
        return found
    try:
        arms = resolve(experiment)
    except Invalid:  # the data set's file is gone
        return found
    for arm in likely:
        differing = _differing(arms[arm], arms[0])
        if not any(arms[arm].weights()[index].constraint for index in differing):
            continue
        found[arm] = all(
            _is_idle(arms[each], differing, of_arms[each], each * replicates, snapshots) for each in (arm, 0)
        )
    return found


def _may_be_unreached(runs: Sequence[RunState]) -> bool:
    """Whether all runs of an arm have ended, and some constraint's limit is reached by none of the last weights."""
    finished = [run for run in runs if run.status == "finished"]
    if not finished or any(run.status not in CLOSED for run in runs):
        return False
    return any(
        all(_reached(run, index) is False for run in finished) for index in range(len(finished[0].weights or []))
    )


def _reached(run: RunState, weight: int) -> bool | None:
    reports: list[dict[str, Any]] = run.weights or []
    return reports[weight].get("reached") if weight < len(reports) else None


def _differing(arm: ResolvedArm, baseline: ResolvedArm) -> list[int]:
    """Numbers of the weights whose constraints differ; none if anything else differs too."""
    if _free(arm) != _free(baseline):
        return []
    pairs = zip(arm.weights(), baseline.weights(), strict=True)
    return [index for index, (ours, theirs) in enumerate(pairs) if ours.constraint != theirs.constraint]


def _free(arm: ResolvedArm) -> ResolvedArm:
    """The arm without a name and without constraints."""
    network = arm.network

    def freed(part: Any) -> Any:
        return part.model_copy(update={weight.field: None for weight, _ in part.constraints()})

    layers = [freed(layer) for layer in network.layers]
    bare = network.model_copy(update={"layers": layers, "output": freed(network.output)})
    return arm.model_copy(update={"name": "", "network": bare})


def _is_idle(
    arm: ResolvedArm,
    weights: Sequence[int],
    runs: Sequence[RunState],
    first: int,
    snapshots: Callable[[Sequence[int]], Mapping[int, Snapshots]],
) -> bool:
    """Whether the constraints of these weights, if any, had no effect in any finished run; `first` is its place."""
    items = arm.weights()
    constrained = [index for index in weights if items[index].constraint is not None]
    if not constrained:
        return True
    finished = [place for place, run in enumerate(runs) if run.status == "finished"]
    if any(_reached(runs[place], index) is not False for place in finished for index in constrained):
        return False
    taken = snapshots([first + place for place in finished])
    return bool(finished) and all(
        (one := taken.get(first + place)) is not None
        and all(_stays_within(items[index], one.epoch, one.summary[:, index]) for index in constrained)
        for place in finished
    )


def _stays_within(item: ConstrainedWeight, epoch: np.ndarray, summary: np.ndarray) -> bool:
    """Whether a weight stayed off its limit in all snapshots, (snapshots, len(SUMMARY)), the initial weights' too."""
    low, high = item.constraint.limits() if item.constraint else (None, None)
    smallest, largest, trained = summary[:, _MIN], summary[:, _MAX], summary[epoch > 0]
    if not np.isfinite(largest).all():
        return False
    if (high is not None and (largest > high * (1 + SLACK)).any()) or (
        low is not None and (smallest < low * (1 - SLACK)).any()
    ):
        return False
    moved = np.nan_to_num(trained[:, _PROJECTION], nan=np.inf)
    at_limit = np.nan_to_num(trained[:, _BINDING], nan=0.0) > 0
    return not at_limit.any() and bool((moved <= ROUNDING * trained[:, _MAX]).all())


def binding_arms(
    experiment: Experiment,
    unreached: np.ndarray,
    runs: Sequence[RunState],
    snapshots: Callable[[Sequence[int]], Mapping[int, Snapshots]],
) -> tuple[list[float], list[Arm]]:
    """Limits that bind, and arms with them to train in place of those whose limit was never reached.

    An arm that was never held back trained as without its constraint. So a limit at a `SHARES` of the median norm that
    its weight ended with, rounded to two digits, holds back most of its units.

    Args:
        experiment: the experiment.
        unreached: (arms,) as `unreached_arms` gives it.
        runs: its runs.
        snapshots: reads the snapshots of the runs at these places, by place.
    """
    replicates = len(runs) // len(experiment.arms)
    resolved = resolve(experiment)
    limits: list[float] = []
    proposed: dict[str, Arm] = {}
    taken = {arm.name.lower() for arm, idle in zip(experiment.arms, unreached, strict=True) if not idle}
    for arm in np.flatnonzero(unreached):
        places = [
            place for place in range(arm * replicates, (arm + 1) * replicates) if runs[place].status == "finished"
        ]
        summaries = [one.summary[-1] for one in snapshots(places).values()]
        items = resolved[arm].weights()
        of_weights = {
            index: float(np.median([summary[index, _MEDIAN] for summary in summaries]))
            for index in _differing(resolved[arm], resolved[0])
            if items[index].constraint is not None and summaries
        }
        for share in SHARES:
            changes = experiment.arms[arm].changes.model_copy(deep=True)
            names = []
            for index, norm in of_weights.items():
                item = items[index]
                lower = None if item.constraint is None else _limited(item.constraint, float(f"{share * norm:.2g}"))
                if lower is None:
                    continue
                part = changes.output if item.layer == Output.name else changes.layers.setdefault(item.layer, {})
                part[item.weight.field] = lower.model_dump()
                names.append(lower.describe())
                limit = lower.limits()[1]
                if len(names) == 1 and limit is not None and limit not in limits:
                    limits.append(limit)
            key = changes.model_dump_json()
            if names and key not in proposed:
                name = _free_name(", ".join(dict.fromkeys(names))[:50], taken)
                proposed[key] = Arm(name=name, changes=changes, family=experiment.arms[arm].family)
    return sorted(limits), list(proposed.values())


def _limited(constraint: Constraint, limit: float) -> Constraint | None:
    """The constraint with another upper limit of norms; None where it has no such setting, or can't be as low."""
    low, high = constraint.limits()
    if high is None or not max(low or 0.0, 0.0) < limit < high:
        return None
    for field in type(constraint).model_fields:
        if getattr(constraint, field) == high:
            made = constraint.model_copy(update={field: limit})
            if made.limits() == (low, limit):
                return made
    return None


def _free_name(name: str, taken: set[str]) -> str:
    """`name`, or it with the first number from 2 that no arm has; it is taken then."""
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{name} {number}"
    taken.add(free.lower())
    return free

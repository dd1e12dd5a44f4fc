"""Range of a method's trials, and whether its chosen trial lies at an end of it: then a better value may lie beyond."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from core.experiment.experiment import Experiment
from core.experiment.sweep import Axis, Sweep
from core.problems import Invalid, Location

RangeEnd = Literal["smallest", "largest"]


def range_end(
    experiment: Experiment,
    trials: Sequence[int],
    means: Sequence[float | None],
    chosen: int,
    *,
    unreached: bool = False,
) -> RangeEnd | None:
    """The end of the trials' range at which the chosen one lies.

    Args:
        experiment: the experiment.
        trials: indices of the method's arms.
        means: their mean scores, by which one was chosen.
        chosen: index of the chosen arm.
        unreached: whether no run of the chosen arm ended at a limit of its constraints; a larger limit changes nothing
            then.

    Returns:
        None if the trials don't vary one number alone, if a trial within the range scored as high, or if no value
        beyond that end is allowed or would change anything.
    """
    numbers = [dict(_numbers(experiment.arms[index].changes.model_dump())) for index in trials]
    varied = [path for path in dict.fromkeys(path for each in numbers for path in each) if _varies(path, numbers)]
    if len(varied) != 1 or any(varied[0] not in each for each in numbers):
        return None
    (path,) = varied
    values = {index: each[path] for index, each in zip(trials, numbers, strict=True)}
    low, high, value = min(values.values()), max(values.values()), values[chosen]
    best = means[trials.index(chosen)]
    if low < value < high or any(
        low < values[index] < high and mean == best for index, mean in zip(trials, means, strict=True)
    ):
        return None
    least, most = _limits(experiment, chosen, path, value)
    if value == low:
        return None if least is not None and value <= least else "smallest"
    if unreached and any(str(part).endswith("_constraint") for part in path):
        return None
    return None if most is not None and value >= most else "largest"


def _numbers(value: Any, path: Location = ()) -> Iterator[tuple[Location, float]]:
    """Every number in `value`, with its path."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _numbers(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _numbers(below, (*path, index))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def _varies(path: Location, numbers: Sequence[dict[Location, float]]) -> bool:
    return len({each.get(path) for each in numbers}) > 1


def _limits(experiment: Experiment, arm: int, path: Location, value: float) -> tuple[float | None, float | None]:
    """Least and greatest value that the field at `path` of the arm's changes allows."""
    axis = Axis(path=list(path), values=[value, value + 1])
    try:
        (field,) = Sweep(axes=[axis], changes=experiment.arms[arm].changes).fields(experiment.sweep_targets())
    except Invalid:
        return None, None
    return field.least, field.most

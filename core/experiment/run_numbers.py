"""The number of each run: its name in events, in the ledger and in the store's tables, which never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from core.experiment.experiment import Experiment

Look = int | Sequence[int]
"""Size before seeds or draws were added: draws and seeds, or seeds alone where there were as many draws as after."""


def sizes_of(experiment: Experiment, earlier_looks: Sequence[Look]) -> tuple[tuple[int, int], ...]:
    """Numbers of draws and of seeds at each look, the last included. Rows as posted are one draw."""
    seeds = len(experiment.seeds)
    sizes = [(len(experiment.replicates()) // seeds, seeds)]
    for look in reversed(earlier_looks):
        sizes.append((sizes[-1][0], look) if isinstance(look, int) else (look[0], look[1]))
    return tuple(reversed(sizes))


@dataclass(frozen=True)
class RunNumbers:
    """Numbers of an experiment's runs, and their places.

    A run's *place* is its index among all runs: arms in order, for each of them its replicates in order. Seeds and
    draws that are added move places. A run's *number* never changes: the first runs are numbered by place, and those
    that were added follow, again by place among themselves.
    """

    arms: int
    sizes: tuple[tuple[int, int], ...]
    """Numbers of draws and of seeds at each look: at first, and after each addition."""

    @staticmethod
    def of(experiment: Experiment, earlier_looks: Sequence[Look] = ()) -> RunNumbers:
        """Numbers of the runs of an experiment that had these sizes before each addition."""
        return RunNumbers(len(experiment.arms), sizes_of(experiment, earlier_looks))

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Place of each run, by number."""
        all_draws, all_seeds = self.sizes[-1]
        return tuple(
            (arm * all_draws + draw) * all_seeds + seed
            for (draws_before, seeds_before), (draws, seeds) in pairwise(((0, 0), *self.sizes))
            for arm in range(self.arms)
            for draw in range(draws)
            for seed in range(seeds)
            if draw >= draws_before or seed >= seeds_before
        )

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Number of each run, by place."""
        return tuple(sorted(range(len(self.places)), key=self.places.__getitem__))

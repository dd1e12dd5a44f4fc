"""The number of each run: its name in events, in the ledger and in the store's tables, which never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from core.experiment.experiment import Experiment


@dataclass(frozen=True)
class RunNumbers:
    """Numbers of an experiment's runs, and their places.

    A run's *place* is its index among all runs: arms in order, for each of them its replicates in order. Seeds that are
    added move places. A run's *number* never changes: the first runs are numbered by place, and those of added seeds
    follow, again by place among themselves.
    """

    lists: int
    """Lists of seeds: one for each arm on each draw."""
    seeds: tuple[int, ...]
    """Length of such a list at each look: at first, and after each time that seeds were added."""

    @staticmethod
    def of(experiment: Experiment, earlier_looks: Sequence[int] = ()) -> RunNumbers:
        """Numbers of the runs of an experiment that had so many seeds before each time that seeds were added."""
        seeds = len(experiment.seeds)
        draws = len(experiment.replicates()) // seeds
        return RunNumbers(len(experiment.arms) * draws, (*earlier_looks, seeds))

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Place of each run, by number."""
        return tuple(
            each * self.seeds[-1] + seed
            for before, after in pairwise((0, *self.seeds))
            for each in range(self.lists)
            for seed in range(before, after)
        )

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Number of each run, by place."""
        return tuple(sorted(range(len(self.places)), key=self.places.__getitem__))

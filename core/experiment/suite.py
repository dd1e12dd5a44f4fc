"""A suite as posted: one network and its arms over several data sets, each of which is an experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from pydantic import Field, field_validator, model_validator

from core.catalog.datasets import AnyDataset, Split
from core.catalog.entry import Entry
from core.catalog.training import Training
from core.experiment.arm import Arm
from core.experiment.claims import Claims
from core.experiment.experiment import Experiment, Seed, agree_with_repeats, repeats_as_seeds, resolve
from core.experiment.model import SCORE
from core.experiment.network import Network
from core.experiment.resolution import ResolvedArm
from core.limits import MAX_ARMS, MAX_RUNS
from core.problems import ONE_LINE, Invalid, Line, Location, Problem

FEWEST_DATASETS: Final = 2
MOST_DATASETS: Final = 20
LONGEST_NAME: Final = 120
"""Characters of an experiment's name."""
LONGEST_DATASET_NAME: Final = 40
TASKS: Final = {"accuracy": "classification", "r2": "regression"}
"""Tasks in words, by the score."""

T = TypeVar("T")
R = TypeVar("R")


class SuiteDataset(Entry):
    """A data set of a suite, with the split of its rows."""

    name: Line | None = Field(
        None,
        min_length=1,
        max_length=LONGEST_DATASET_NAME,
        pattern=ONE_LINE,
        description="Name in tables and charts. Left out: the data set's title, numbered where another has it too.",
    )
    dataset: AnyDataset
    split: Split = Field(default_factory=Split)


class Suite(Entry):
    """A base network, its training, and arms that vary it, over several data sets: an experiment on each of them."""

    name: Line = Field("Untitled", min_length=1, max_length=LONGEST_NAME, pattern=ONE_LINE)
    tags: list[Annotated[str, Field(min_length=1, max_length=40)]] = Field(default_factory=list, max_length=20)
    datasets: list[SuiteDataset] = Field(
        min_length=FEWEST_DATASETS,
        max_length=MOST_DATASETS,
        description="All for classification, or all for regression.",
    )
    network: Network
    training: Training = Field(default_factory=Training)
    repeats: int | None = Field(
        None, ge=1, le=MAX_RUNS, description="Shorthand for the seeds 1, 2, … up to this number; stored as these seeds."
    )
    seeds: list[Seed] = Field(
        default_factory=lambda: [1],
        min_length=1,
        max_length=MAX_RUNS,
        description="One run of every arm for each seed, on each data set.",
    )
    arms: list[Arm] = Field(
        min_length=2,
        max_length=MAX_ARMS,
        description="The first is the baseline, to which the others are compared.",
    )
    claims: Claims = Field(default_factory=Claims)

    _repeats_as_seeds = model_validator(mode="before")(repeats_as_seeds)
    _agree_with_repeats = field_validator("seeds")(agree_with_repeats)

    def dataset_names(self) -> list[str]:
        """Name of each data set: its own, or its title, numbered where another data set before it has the same."""
        taken = {each.name.casefold() for each in self.datasets if each.name is not None}
        names = []
        for each in self.datasets:
            title = type(each.dataset).title[:LONGEST_DATASET_NAME]
            candidates = (title if number == 1 else f"{title} {number}" for number in range(1, MOST_DATASETS + 2))
            name = each.name or next(found for found in candidates if found.casefold() not in taken)
            taken.add(name.casefold())
            names.append(name)
        return names

    def experiments(self) -> list[Experiment]:
        """An experiment for each data set, called "suite – data set"."""
        return [
            Experiment(
                name=f"{self.name[: LONGEST_NAME - len(name) - 3]} – {name}",
                tags=self.tags,
                dataset=each.dataset,
                split=each.split,
                network=self.network,
                training=self.training,
                seeds=self.seeds,
                arms=self.arms,
                claims=self.claims,
            )
            for each, name in zip(self.datasets, self.dataset_names(), strict=True)
        ]


@dataclass(frozen=True)
class Member:
    """An experiment of a suite, with its resolved arms."""

    name: str
    """Name of its data set."""
    experiment: Experiment
    arms: list[ResolvedArm]


def resolve_suite(suite: Suite) -> list[Member]:
    """The suite's experiments with their arms.

    Raises:
        Invalid: with every problem, located in the suite.
    """
    experiments = suite.experiments()
    arms = for_each_dataset(suite, experiments, resolve)
    problems = _own_problems(suite)
    if problems:
        raise Invalid(problems)
    names = suite.dataset_names()
    return [Member(*each) for each in zip(names, experiments, arms, strict=True)]


def for_each_dataset(suite: Suite, items: Iterable[T], call: Callable[[T], R]) -> list[R]:
    """`call` of the item of each data set.

    Raises:
        Invalid: with the problems of all calls, located in the suite. One that all data sets share is told once.
    """
    results: list[R] = []
    found: dict[Problem, list[int]] = {}
    for index, item in enumerate(items):
        try:
            results.append(call(item))
        except Invalid as invalid:
            for problem in invalid.problems:
                located = Problem(_suite_location(problem.location, index), problem.message)
                found.setdefault(located, []).append(index)
    if found:
        raise Invalid([_told(suite, problem, indices) for problem, indices in found.items()])
    return results


def _suite_location(location: Location, index: int) -> Location:
    """Location in the suite of a problem of the experiment of data set number `index`."""
    return ("datasets", index, *location) if location[:1] in (("dataset",), ("split",)) else location


def _told(suite: Suite, problem: Problem, indices: list[int]) -> Problem:
    """The problem, with the names of its data sets where it is not located at one and not true of all."""
    if problem.location[:1] == ("datasets",) or len(indices) == len(suite.datasets):
        return problem
    names = suite.dataset_names()
    return Problem(problem.location, f"{', '.join(names[index] for index in indices)}: {problem.message}")


def _own_problems(suite: Suite) -> list[Problem]:
    """Problems of the data sets together: names, repetitions, and scores of two kinds."""
    problems: list[Problem] = []
    names = [each.name.strip().casefold() if each.name else None for each in suite.datasets]
    scores = [SCORE[each.dataset.task] for each in suite.datasets]
    rows = [(each.dataset, each.split) for each in suite.datasets]
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            problems.append(Problem(("datasets", index, "name"), "Another data set has this name; choose another"))
        if rows[index] in rows[:index]:
            first = rows.index(rows[index]) + 1
            message = f"Data set {first} is the same, split the same way; remove one, or it counts twice"
            problems.append(Problem(("datasets", index, "dataset"), message))
        if scores[index] != scores[0]:
            kinds = [TASKS[score] for score in (scores[index], scores[0])]
            message = f"This is {kinds[0]}, and the first data set is {kinds[1]}: a suite has one score; remove one"
            problems.append(Problem(("datasets", index, "dataset"), message))
    return problems

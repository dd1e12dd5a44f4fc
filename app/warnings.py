"""Warnings: valid settings that may not be intended."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from app.analysis.method_comparison import family_trials
from app.constraint_warnings import RULES, constraint_uses, layers_of
from core.catalog.datasets import AnyDataset, DataUnavailable, Split
from core.experiment.experiment import Experiment, location_of
from core.experiment.resolution import ResolvedArm
from core.problems import Invalid, Location, Problem

_DATASET: TypeAdapter[Any] = TypeAdapter(AnyDataset)


def warnings_of(experiment: Experiment, arms: list[ResolvedArm]) -> list[Problem]:
    """Warnings for `experiment` with its resolved `arms`, each at its location."""
    warnings = [
        Problem((*use.place, *below), message)
        for index, arm in enumerate(arms)
        for use in constraint_uses(experiment, index, arm)
        for rule in RULES
        for below, message in rule(use)
    ]
    for index, arm in enumerate(arms):
        warnings += _without_weight(experiment, index, arm)
    warnings += [*_no_tokens(experiment), *_on_every_arm(experiment, arms), *_identical_arms(experiment, arms)]
    warnings += [*_unfair_comparison(experiment), *_missing_classes(experiment), *_watched_test_rows(experiment, arms)]
    return list(dict.fromkeys(_at_sweep(experiment, warnings)))


def _at_sweep(experiment: Experiment, warnings: list[Problem]) -> Iterator[Problem]:
    """`warnings` with those of generated arms moved to the sweep, once each.

    Only a warning that holds for all values of a sweep is kept: a sweep may vary a number into a trap on purpose.
    """
    made = sum(arm.point is not None for arm in experiment.arms)
    at_axes: dict[Location, list[Problem]] = {}
    for each in warnings:
        place = experiment.posted_location(each.location)
        if place[:2] == ("sweep", "axes") and place != each.location:
            at_axes.setdefault(place[:3], []).append(Problem(place, each.message))
        else:
            yield Problem(place, each.message)
    yield from (problems[0] for problems in at_axes.values() if len(problems) >= made)


def _unfair_comparison(experiment: Experiment) -> Iterator[Problem]:
    """Settings that make the comparison of methods unfair."""
    trials = family_trials(experiment)
    if not trials:
        return
    most = max(len(indices) for indices in trials.values())
    for family, indices in trials.items():
        if len(indices) < most:
            count = "1 trial" if len(indices) == 1 else f"{len(indices)} trials"
            message = f"{family} has {count}, another method {most}, which is unfair: give each the same number"
            yield Problem(("arms", indices[0], "family"), message)
    if experiment.split.validation is None:
        message = "Methods are tuned on validation rows, and there are none: set a number of validation rows"
        yield Problem(("split", "validation"), message)
    if experiment.split.holdout is None:
        message = "Methods are compared on sealed rows, and there are none: set a number of sealed rows"
        yield Problem(("split", "holdout"), message)


def _missing_classes(experiment: Experiment) -> Iterator[Problem]:
    """Classes without a training row, by the labels of the first draw; nothing where the data is not here yet."""
    dataset, split = experiment.dataset, experiment.split
    try:
        if dataset.task == "regression":
            return
        first = experiment.replicates()[0].draw
        counts = _class_counts(dataset.model_dump_json(), split.model_dump_json(), first)
    except (DataUnavailable, Invalid):
        return
    missed = [repr(name) for name, count in zip(dataset.class_names, counts, strict=True) if not count]
    if missed:
        names = ", ".join(missed[:3]) + (", …" if len(missed) > 3 else "")
        rows = "No training row" if first is None else f"In {'fold' if split.folds else 'draw'} {first} no training row"
        message = f"{rows} is of class {names}, so no model can learn it: shuffle, or train on more rows"
        yield Problem(("split", "train"), message)


@functools.lru_cache(maxsize=64)
def _class_counts(dataset: str, split: str, draw: int | None) -> list[int]:
    """Training rows of each class in a draw of a data set and a split, given as JSON."""
    data, cut = _DATASET.validate_json(dataset), Split.model_validate_json(split)
    is_new = draw is not None and cut.design(data) == "drawn"
    assigned = cut.assign(data, cut.load(data, draw).y if is_new else data.labels(), draw)
    counts: list[int] = np.bincount(assigned.y[assigned.train], minlength=data.classes).tolist()
    return counts


def _watched_test_rows(experiment: Experiment, arms: list[ResolvedArm]) -> Iterator[Problem]:
    """Early stopping that chooses its epoch by the test rows."""
    message = (
        "Stopping by the test rows chooses the epoch by the score that is reported, which makes it look too good: "
        "watch validation rows"
    )
    for index, arm in enumerate(arms):
        stopping = arm.training.early_stopping
        if stopping is not None and stopping.watch == "test":
            own = "early_stopping" in experiment.arms[index].changes.training
            place: Location = ("arms", index, "changes", "training") if own else ("training",)
            yield Problem((*place, "early_stopping", "watch"), message)


def _no_tokens(experiment: Experiment) -> Iterator[Problem]:
    """An embedding on features that are not tokens."""
    layers = experiment.network.layers
    if layers and layers[0].tokens() is not None and experiment.dataset.vocabulary is None:
        yield Problem(
            ("network", "layers", 0),
            "This data set's features are not tokens: each is truncated to a whole number, and numbers that are too "
            "large become the last token",
        )


def _without_weight(experiment: Experiment, index: int, arm: ResolvedArm) -> Iterator[Problem]:
    """Constraints and regularisers on weights that the layer does not have."""
    for name, layer in layers_of(arm):
        present = {weight.name for weight in layer.active_weights()}
        for weight in layer.weights:
            for field in (weight.field, weight.regularizer_field):
                if weight.name not in present and getattr(layer, field) is not None:
                    message = f"{name} has no {weight.name} with these settings: this does nothing"
                    yield Problem(location_of(experiment, index, name, field), message)


def _on_every_arm(experiment: Experiment, arms: list[ResolvedArm]) -> Iterator[Problem]:
    """Constraints that are equal in every arm, so that there is no comparison."""
    baseline, *others = [{item.path: item for item in arm.weights()} for arm in arms]
    for path, item in baseline.items():
        same = [path in other and other[path].constraint == item.constraint for other in others]
        if others and item.constraint is not None and all(same):
            message = (
                "Every arm has this constraint, the baseline too, so the experiment can't show its effect: "
                "set it in the changes of an arm instead"
            )
            yield Problem(location_of(experiment, 0, item.layer, item.weight.field), message)


def _identical_arms(experiment: Experiment, arms: list[ResolvedArm]) -> Iterator[Problem]:
    """Arms that differ in name only."""
    bare = [arm.model_copy(update={"name": ""}) for arm in arms]
    for index, arm in enumerate(bare):
        twin = bare.index(arm)
        if twin < index:
            this = "This arm" if experiment.arms[index].point is None else f"The sweep's {arms[index].name!r}"
            yield Problem(("arms", index), f"{this} is the same as {arms[twin].name!r}: its changes change nothing")

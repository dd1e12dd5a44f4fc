"""Warnings: valid settings that may not be intended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from app.analysis.method_comparison import family_trials
from app.constraint_warnings import RULES, constraint_uses, layers_of
from app.majority import class_counts
from core.catalog.datasets import DataUnavailable, Table, is_numeric
from core.experiment.experiment import Experiment, location_of
from core.experiment.resolution import ResolvedArm
from core.problems import Invalid, Location, Problem

LARGE_TARGET: Final = 200.0
"""Mean or standard deviation of a target from which training is warned of."""
SMALL_FEATURES: Final = 0.01
LARGE_FEATURES: Final = 100.0
"""Greatest size of features outside which training is warned of."""
FEW_TEST_ROWS: Final = 20
"""Test rows below which a score is warned of: one row more or less is over 5 points of accuracy."""


def warnings_of(experiment: Experiment, arms: list[ResolvedArm]) -> list[Problem]:
    """Warnings for `experiment` with its resolved `arms`, each at its location."""
    warnings = [*_flipped_labels(experiment)]
    warnings += [
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
    warnings += [*_large_target(experiment), *_far_features(experiment), *_weightless(experiment)]
    warnings += [
        *_classes_alike(experiment),
        *_unseen_values(experiment),
        *_few_test_rows(experiment),
        *_other_losses(experiment, arms),
    ]
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
    if not experiment.split.has("validation", experiment.dataset):
        message = "Methods are tuned on validation rows, and there are none: set a number of validation rows"
        yield Problem(("split", "validation"), message)
    if not experiment.split.has("holdout", experiment.dataset):
        message = "Methods are compared on sealed rows, and there are none: set a number of sealed rows"
        yield Problem(("split", "holdout"), message)


def _missing_classes(experiment: Experiment) -> Iterator[Problem]:
    """Classes without a training or a test row, by the labels of the first draw; nothing where the data isn't here."""
    dataset, split = experiment.dataset, experiment.split
    try:
        if is_numeric(dataset.task):
            return
        first = experiment.replicates()[0].draw
        sets = class_counts(dataset, split, first).counts
        counts, tests = sets["train"].tolist(), sets["test"].tolist()
        names = [dataset.class_names]
        if dataset.label_names:
            labelled = zip(dataset.target_names, dataset.label_names, strict=True)
            names = [[f"{value} in {name}" for value in values] for name, values in labelled]
    except (DataUnavailable, Invalid):
        return
    known = [pair for each, rows in zip(names, counts, strict=True) for pair in zip(each, rows, strict=True)]
    where = "" if first is None else f"In {'fold' if split.folds else 'draw'} {first} "
    cure = "shuffle, or " if split.by == "rows" and not split.shuffle else ""
    if missed := [repr(name) for name, count in known if not count]:
        message = f"no training row is of class {_some(missed)}, so no model can learn it: {cure}train on more rows"
        yield Problem(("split", "train"), where + message if where else message[0].upper() + message[1:])
        return
    if sum(tests[0]) < FEW_TEST_ROWS:
        return  # which is told already
    tested = [pair for each, rows in zip(names, tests, strict=True) for pair in zip(each, rows, strict=True)]
    if missed := [repr(name) for name, count in tested if not count]:
        message = f"no test row is of class {_some(missed)}, so scores tell nothing of it: {cure}test on more rows"
        yield Problem(("split", "train"), where + message if where else message[0].upper() + message[1:])


def _some(shown: list[str]) -> str:
    return ", ".join(shown[:3]) + (", …" if len(shown) > 3 else "")


def _unseen_values(experiment: Experiment) -> Iterator[Problem]:
    """Text in a file of test rows that no training row has."""
    if not isinstance(experiment.dataset, Table):
        return
    try:
        found = experiment.dataset.unseen_values()
    except Invalid:
        return
    for column, values in found[:3]:
        shown = _some([repr(each) for each in values])
        message = (
            f"Column {column!r} has {shown} here, which no training row has: it is read as none of the known values"
        )
        yield Problem(("dataset", "test_file"), message)


def _classes_alike(experiment: Experiment) -> Iterator[Problem]:
    """Classes of own data whose names differ in case or spaces only, as Yes and yes."""
    dataset = experiment.dataset
    try:
        every = dataset.label_names or [dataset.class_names]
    except (DataUnavailable, Invalid):
        return
    for names in every:
        alike: dict[str, list[str]] = {}
        for name in names:
            alike.setdefault("".join(name.split()).casefold(), []).append(name)
        if same := next((each for each in alike.values() if len(each) > 1), None):
            message = (
                f"The classes {' and '.join(map(repr, same[:3]))} differ in case or spaces only, and are learnt as "
                "different ones: if they mean the same, write them alike in the file"
            )
            yield Problem(("dataset", "target" if "target" in type(dataset).model_fields else "file"), message)


def _flipped_labels(experiment: Experiment) -> Iterator[Problem]:
    """Label noise: it is set on purpose, but easily forgotten when the results are read."""
    share = experiment.split.label_noise
    if share:
        rows = "training and validation" if experiment.split.has("validation", experiment.dataset) else "training"
        message = f"Flips {100 * share:.3g} % of the {rows} labels: models learn from wrong ones, unless this is 0"
        yield Problem(("split", "label_noise"), message)


def _large_target(experiment: Experiment) -> Iterator[Problem]:
    """A regression's target so large that a network, which begins near 0, takes most of its epochs to get there."""
    dataset, split = experiment.dataset, experiment.split
    if not is_numeric(dataset.task) or split.scales_target(dataset):
        return
    try:
        y = dataset.labels()
    except (DataUnavailable, Invalid):
        return
    means, deviations = y.mean(axis=0, dtype="float64"), y.std(axis=0, dtype="float64")
    place = int(np.maximum(np.abs(means), deviations).argmax())
    mean, std = float(means[place]), float(deviations[place])
    if max(abs(mean), std) > LARGE_TARGET:
        which = f"The target {dataset.target_names[place]!r}" if dataset.target_names else "The target"
        message = (
            f"{which} has mean {mean:.3g} and standard deviation {std:.3g}, and a network begins near 0, so it may "
            "hardly learn: set the target's scale to standard"
        )
        yield Problem(("split", "target_scale"), message)


def lies_far(low: float, high: float) -> bool:
    """Whether features between `low` and `high` are so far from 1 that standardising them is proposed."""
    most = max(abs(low), abs(high))
    return most > 0 and not SMALL_FEATURES <= most <= LARGE_FEATURES


def _far_features(experiment: Experiment) -> Iterator[Problem]:
    """Arrays so far from 1, as in volts, that a network hardly tells rows apart, or takes steps that are too large."""
    dataset, split = experiment.dataset, experiment.split
    try:
        span = None if split.standardize else dataset.feature_span
    except (DataUnavailable, Invalid):
        return
    if span is not None and lies_far(*span):
        message = (
            f"The features lie between {span[0]:.2g} and {span[1]:.2g}, far from what a network begins with, so it may "
            "hardly learn: standardise them"
        )
        yield Problem(("split", "standardize"), message)


def _weightless(experiment: Experiment) -> Iterator[Problem]:
    """Training rows of which none has a weight above 0."""
    dataset, split = experiment.dataset, experiment.split
    column = dataset.weight_column
    if column is None:
        return
    try:
        train = split.assign(dataset, dataset.labels(), experiment.replicates()[0].draw).train
        has_weight = bool(dataset.column_values(column)[train].any())
    except (DataUnavailable, Invalid):
        return
    if not has_weight:
        message = "All training rows have weight 0, so nothing is learnt: train on rows with weights above 0"
        yield Problem(("dataset", "sample_weight"), message)


def _few_test_rows(experiment: Experiment) -> Iterator[Problem]:
    """So few test rows that one of them decides. Folds test on every row once."""
    dataset, split = experiment.dataset, experiment.split
    if split.folds is not None:
        return
    try:
        rows = split.part_sizes(dataset, split.typical_draw)["test"]
    except (DataUnavailable, Invalid):
        return
    if rows >= FEW_TEST_ROWS:
        return
    told = "1 test row" if rows == 1 else f"{rows} test rows"
    if is_numeric(dataset.task):
        effect = "r² rests on very few errors"
    else:
        effect = f"a single row is {100 / rows:.3g} points of accuracy"
    message = f"With {told} {effect}: leave more rows to test on, or use folds, where each row is tested on once"
    yield Problem(("split", "train"), message)


def _watched_test_rows(experiment: Experiment, arms: list[ResolvedArm]) -> Iterator[Problem]:
    """Early stopping, or a learning rate, that goes by the test rows."""
    messages = {
        "early_stopping": "Stopping by the test rows chooses the epoch by the score that is reported, which makes "
        "it look too good: watch validation rows",
        "reduce_lr_on_plateau": "A rate that follows the test rows is chosen by the score that is reported, "
        "which makes it look too good: watch validation rows",
    }
    for index, arm in enumerate(arms):
        for field, watching in arm.training.watching().items():
            if watching.watch == "test":
                own = field in experiment.arms[index].changes.training
                place: Location = ("arms", index, "changes", "training") if own else ("training",)
                yield Problem((*place, field, "watch"), messages[field])


def _other_losses(experiment: Experiment, arms: list[ResolvedArm]) -> Iterator[Problem]:
    """Arms that are trained by another loss than the baseline, so that their losses are in other units."""
    usual = arms[0].loss
    for index, arm in enumerate(arms):
        if arm.loss != usual:
            own = "loss" in experiment.arms[index].changes.training
            message = (
                f"Its loss is {arm.loss.describe()}, the baseline's {usual.describe()}: the two losses can't be "
                "compared, so compare scores"
            )
            yield Problem(("arms", index, *(("changes", "training", "loss") if own else ())), message)


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

"""Splits that can't be, each said at its field with what to do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.catalog.datasets.base import Dataset, DataUnavailable
from core.catalog.datasets.cuts import WORDS, distinct, named
from core.catalog.datasets.row_split import RowSplit
from core.catalog.datasets.tasks import is_numeric
from core.problems import Problem

_SHOWN = 20
"""Columns that an error lists, at most."""


def split_problems(split: RowSplit, dataset: Dataset) -> list[Problem]:
    """Problems of a split of `dataset`, located below `split`: those of the first rule that it breaks."""
    found = list(_way_problems(split, dataset)) or _design_problems(split, dataset.rows)
    if dataset.own_test_rows:
        found = found or _own_test_problems(split)
    if found:
        return found
    if split.by == "column":
        found = _named_problems(split, dataset)
    else:
        found = _size_problems(split, dataset.rows, dataset.own_test_rows) or _whole_group_problems(split, dataset)
    return found or _preparation_problems(split, dataset)


def _way_problems(split: RowSplit, dataset: Dataset) -> Iterator[Problem]:
    """Problems of the way in which rows are cut, and of its column."""
    column = split.column
    if split.by in ("rows", "stratified"):
        if column is not None:
            yield _problem("column", "Rows are not cut by a column: leave this empty, or set `by` to group or time")
        if split.by == "stratified" and dataset.label_names:
            message = "scikit-learn stratifies by one class, and here each row has several labels"
            yield _problem("by", f"{message}: set this to rows, and shuffle to true")
        return
    known = ", ".join(dataset.columns[:_SHOWN]) + (", …" if len(dataset.columns) > _SHOWN else "")
    if not dataset.columns:
        message = "Only tables, and arrays with an array of a value for each row, have columns to cut by"
        yield _problem("by", f"{message}: set this to rows or stratified")
    elif column is None:
        yield _problem("column", f"Name the column to cut by: one of {known}")
    elif column not in dataset.columns:
        yield _problem("column", f"Rows can't be cut by {column!r}: choose one of {known}")
    else:
        values = dataset.column_values(column)
        yield from _value_problems(split, column, values[: len(values) - dataset.own_test_rows], dataset.own_test_rows)


def _value_problems(split: RowSplit, column: str, values: np.ndarray, own_test: int) -> Iterator[Problem]:
    import pandas as pd

    empty = int(pd.isna(values).sum())
    if empty:
        rows = f"{empty} {'row has' if empty == 1 else 'rows have'} no value in column {column!r}"
        yield _problem("column", f"{rows}, so nobody knows where they belong: fill them in, or choose another column")
    elif split.by == "group":
        sets = 2 - (own_test > 0) + (split.validation is not None) + (split.holdout is not None)
        if split.folds is not None:
            sets = split.folds + (split.holdout is not None)
        if (groups := len(distinct(values))) < sets:
            has = f"Column {column!r} has {groups} different {'value' if groups == 1 else 'values'}"
            each = "each fold needs one" if split.folds is not None else f"each of {sets} sets needs one"
            yield _problem("column", f"{has}, and {each}: choose another column, or use fewer")
    elif split.by == "time" and values.dtype == object:
        message = f"Column {column!r} holds text such as {str(values[0])[:40]!r}, which has no order in time"
        yield _problem("column", f"{message}: choose a column of numbers or dates")


def _design_problems(split: RowSplit, rows: int) -> list[Problem]:
    """Draws and folds that contradict each other or the way of cutting, or don't fit the number of rows."""
    if split.by in ("time", "column"):
        why = "The order in time" if split.by == "time" else "The column"
        for field in ("resample", "draws", *(["folds"] if split.by == "column" else [])):
            if getattr(split, field):
                cure = "leave it empty" if field != "resample" else "turn it off"
                return [_problem(field, f"{why} cuts the rows in one way only: {cure}, or cut by rows or group")]
    if split.folds is None:
        message = "There are no folds to repeat: set folds, or leave this at 1"
        return [_problem("fold_repeats", message)] if split.fold_repeats > 1 else []
    if split.by == "time" and split.fold_repeats > 1:
        return [_problem("fold_repeats", "Folds in order of time can be cut in one way only: leave this at 1")]
    if split.draws is not None:
        return [_problem("draws", "Folds are draws already: use folds or draws, not both")]
    if split.resample:
        return [_problem("resample", "Folds vary the rows already: turn this off, or use no folds")]
    if split.folds > rows - split.counts(rows)["holdout"]:
        return [_problem("folds", f"There are fewer rows than folds: the data set has {rows} rows")]
    return []


def _own_test_problems(split: RowSplit) -> list[Problem]:
    """Problems of settings beside test rows from a file of their own, which are the same in all runs."""
    if split.by == "column":
        return [_problem("by", "The test rows come from a file of their own: cut the others by rows, group or time")]
    for field in ("folds", "draws", "resample"):
        if getattr(split, field):
            cure = "turn this off" if field == "resample" else "leave this empty"
            return [_problem(field, f"The test rows come from a file of their own, so rows don't vary: {cure}")]
    return []


def _size_problems(split: RowSplit, rows: int, own_test: int) -> list[Problem]:
    """Sets without rows, by the sizes that are asked for."""
    counts = split.counts(rows, own_test=own_test)
    rows -= own_test
    wanted = [name for name in ("train", "validation", "holdout") if getattr(split, name) is not None]
    if own_test:
        wanted.remove("train")
        if counts["train"] < 1:
            return [_problem(wanted[-1], f"This leaves no training rows: the file has {rows} rows; use fewer here")]
    if split.folds is not None and split.by == "time":
        return _time_fold_problems(split, rows - counts["holdout"], counts["validation"])
    if split.folds is not None and counts["train"] < 1:
        most = rows - counts["holdout"] - counts["test"] - 1
        cure = f"use {most} at most" if most > 0 else "use none, or more folds"
        return [_problem("validation", f"Folds with so many validation rows leave none to train on: {cure}")]
    for name in wanted:
        if counts[name] < 1:
            part = "training" if name == "train" else name
            return [_problem(name, f"This leaves no {part} rows: the data set has {rows} rows; use fewer here")]
    if counts["test"] < 1:
        last = "train" if counts["train"] >= rows else wanted[-1]
        return [_problem(last, f"This leaves no test rows: the data set has {rows} rows; use fewer here")]
    return []


def _time_fold_problems(split: RowSplit, usable: int, validation: int) -> list[Problem]:
    """Folds in order of time of which the first has nothing to train on."""
    folds = split.folds or 0
    if folds >= usable:
        cure = f"use {usable - 1} at most" if usable > 2 else "use no folds"
        return [_problem("folds", f"Folds in order of time begin with rows that are trained on alone: {cure}")]
    first = usable - folds * (usable // (folds + 1))
    if validation >= first:
        cure = f"use {first - 1} at most" if first > 1 else "use fewer folds"
        return [_problem("validation", f"The first fold has {first} rows before those that it tests: {cure}")]
    return []


def _whole_group_problems(split: RowSplit, dataset: Dataset) -> list[Problem]:
    """Sets for which no whole group is left."""
    if split.by != "group":
        return []
    wanted = [part for part in ("train", "validation", "holdout") if getattr(split, part) is not None] + ["test"]
    draws: list[int | None] = [None]
    if split.folds is not None:
        draws = [*(split.draw_numbers or [])]
    for draw in draws:
        sizes = split.part_sizes(dataset, draw)
        for part in wanted:
            if not sizes[part]:
                place = "folds" if split.folds is not None else "train" if part == "test" else part
                fold = "" if draw is None else f" of fold {draw}"
                name = {"train": "training", "holdout": "sealed"}.get(part, part)
                message = f"No group of column {split.column!r} is left for the {name} rows{fold}"
                return [_problem(place, f"{message}: use other sizes, or another split seed")]
    return []


def _named_problems(split: RowSplit, dataset: Dataset) -> list[Problem]:
    """Problems of a column that names the parts."""
    for field in ("validation", "holdout"):
        if getattr(split, field) is not None:
            return [_problem(field, f"Column {split.column!r} says which rows these are: leave this empty")]
    found, others = named(dataset.column_values(str(split.column)))
    says = f"Column {split.column!r} says"
    if others:
        listed = ", ".join(repr(str(each)[:40]) for each in others[:5]) + (", …" if len(others) > 5 else "")
        return [_problem("column", f"{says} {listed}: rename these to {', '.join(WORDS)}, or choose another column")]
    for part in ("train", "test"):
        if not found[part]:
            return [_problem("column", f"{says} {part} of no row: add some, or choose another column")]
    return []


def _preparation_problems(split: RowSplit, dataset: Dataset) -> list[Problem]:
    """Problems of the preparation, and of classes that a set has none of."""
    found = []
    if dataset.vocabulary is not None and split.standardize:
        found.append(_problem("standardize", "These features are word numbers: turn this off"))
    if not dataset.classes:
        several = dataset.task == "labels"
        if split.label_noise:
            message = "Regression has no class labels: set this to 0, and use the data set's own noise"
            if several:
                message = "Noise replaces the class of a row, and here each has several labels: set this to 0"
            found.append(_problem("label_noise", message))
        if split.imbalance < 1:
            why = "Rows with several labels are of no class" if several else "Regression has no classes"
            found.append(_problem("imbalance", f"{why}: set this to 1"))
    if is_numeric(dataset.task):
        if split.standardize_target and split.target_scale != "none":
            found.append(
                _problem("standardize_target", "`target_scale` standardises the target already: turn this off")
            )
        return found + _target_problems(split, dataset)
    if split.standardize_target:
        found.append(_problem("standardize_target", "This is for regression only: turn it off"))
    if dataset.label_names:
        return found + _label_problems(split, dataset)
    if split.design(dataset) in ("folds", "resampled"):
        return found + _class_problems(split, dataset)
    if dataset.ordered and split.by == "rows" and not split.shuffle and split.design(dataset) == "seeds":
        train = split.part_sizes(dataset)["train"]
        trained = set(dataset.labels()[:train].tolist())
        missed = [name for label, name in enumerate(dataset.class_names) if label not in trained]
        if missed:
            names = ", ".join(repr(name) for name in missed[:3]) + (", …" if len(missed) > 3 else "")
            message = f"The first {train} rows have none of class {names}: shuffle, or train on more rows"
            found.append(_problem("shuffle", message))
    return found


def _target_problems(split: RowSplit, dataset: Dataset) -> list[Problem]:
    """Folds without an r²: of one test row, or with test rows of one target."""
    if split.folds is None:
        return []
    draws = split.draw_numbers or []
    usable = dataset.rows - split.counts(dataset.rows)["holdout"]
    if (smallest := min(split.part_sizes(dataset, draw)["test"] for draw in draws)) < 2:
        cure = f"use {usable // 2} at most" if usable >= 4 else "use no folds"
        cure = cure if split.by in ("rows", "stratified") else "use fewer folds"
        return [_problem("folds", f"Some folds have one test row, and r² needs two: {cure}")]
    try:
        y = dataset.labels()
    except DataUnavailable:
        return []
    if max(np.unique(each, return_counts=True)[1].max() for each in y.T) < smallest:
        return []
    for draw in draws:
        tested = y[split.parts(dataset, y, draw)["test"]]
        if (tested.min(axis=0) == tested.max(axis=0)).any():
            same = "one value of a target" if dataset.target_names else "one target"
            message = f"All test rows of fold {draw} have {same}, so it has no r²: use fewer folds"
            return [_problem("folds", message)]
    return []


def _label_problems(split: RowSplit, dataset: Dataset) -> list[Problem]:
    """Labels that all training rows have or none has, where these are the first rows of a file that may be sorted."""
    if not dataset.ordered or split.by != "rows" or split.shuffle or split.design(dataset) != "seeds":
        return []
    train = split.part_sizes(dataset)["train"]
    trained = dataset.labels()[:train]
    same = trained.min(axis=0) == trained.max(axis=0)
    if not same.any():
        return []
    place = int(same.argmax())
    name, value = dataset.target_names[place], dataset.label_names[place][int(trained[0, place])]
    message = f"The first {train} rows all have {value!r} in {name!r}: shuffle, or train on more rows"
    return [_problem("shuffle", message)]


def _class_problems(split: RowSplit, dataset: Dataset) -> list[Problem]:
    """Classes of which all rows are sealed, or fewer left than folds; nothing where the data is not here yet."""
    try:
        y = dataset.labels()
    except DataUnavailable:
        return []
    sizes = np.bincount(y[split.usable(dataset, y)], minlength=dataset.classes)
    sealed = (np.bincount(y, minlength=dataset.classes) > 0) & (sizes == 0)
    if sealed.any():
        name = dataset.class_names[int(sealed.argmax())]
        cure = "seal fewer rows" if split.shuffle or split.by != "rows" else "shuffle, or seal fewer rows"
        return [_problem("holdout", f"All rows of class {name!r} are sealed, so no model can learn it: {cure}")]
    rarest = int(np.where(sizes > 0, sizes, len(y) + 1).argmin())
    if split.folds is not None and split.by != "time" and sizes[rarest] < split.folds:
        name, most = dataset.class_names[rarest], int(sizes[rarest])
        unsealed = f" that {'is' if most == 1 else 'are'} not sealed" if split.holdout else ""
        has = f"has {most} {'row' if most == 1 else 'rows'}{unsealed}"
        cure = f"use {most} at most" if most > 1 else "use no folds"
        return [_problem("folds", f"Class {name!r} {has}, and each fold needs one of each class: {cure}")]
    return []


def _problem(field: str, message: str) -> Problem:
    return Problem(("split", field), message)

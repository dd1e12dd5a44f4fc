"""Tasks: the kinds of target that are predicted, and what follows from a task alone."""

from __future__ import annotations

from typing import Final, Literal

Task = Literal["binary", "multiclass", "labels", "regression", "targets"]
"""One of two classes, one of several; several labels at once; a number, several numbers."""
SingleTask = Literal["binary", "multiclass", "regression"]
"""A task with one target."""

_OF_EACH: Final[dict[Task, SingleTask]] = {
    "binary": "binary",
    "multiclass": "multiclass",
    "labels": "binary",
    "regression": "regression",
    "targets": "regression",
}


def of_each(task: Task) -> SingleTask:
    """The task of each single target: several labels are two classes each, several targets a regression each."""
    return _OF_EACH[task]


def is_numeric(task: Task) -> bool:
    """Whether numbers are predicted, and not classes or labels."""
    return of_each(task) == "regression"

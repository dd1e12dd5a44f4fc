"""Losses by Keras' names. One class, one entry.

Source: https://keras.io/api/losses/ (Keras 3). Hinge losses are left out: they take outputs from -1 to 1 or without
bounds, and the output layers here give probabilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal

from pydantic import Field

from core.catalog.calls import Call
from core.catalog.datasets import Task, of_each
from core.catalog.entry import CatalogEntry, number, one_of, subclasses_of

TASKS: Final[dict[Task, str]] = {"regression": "Regression", "binary": "Two classes", "multiclass": "Several classes"}
"""Headings of the losses, by task."""


class Loss(CatalogEntry):
    """Base of all losses. The first of each task is its usual one."""

    task: ClassVar[Task]
    """The kind of target that it is for, and of each of several: Keras takes the mean over them."""

    def keras(self, label_smoothing: float, *, one_hot: bool) -> str | Call:
        """Keras' name of the loss, or the call that makes it, of classes that are `one_hot` or numbers."""
        raise NotImplementedError

    def needs_one_hot(self, label_smoothing: float) -> bool:
        """Whether it takes classes one-hot alone."""
        return False

    @classmethod
    def refusal(cls, task: Task) -> str | None:
        """Why it can't be the loss of a task, and what to do, if so."""
        if of_each(task) == cls.task:
            return None
        fitting = ", ".join(each.kind_name() for each in subclasses_of(Loss) if each.task == of_each(task))
        targets: dict[Task, str] = {
            "regression": "a target that is a number",
            "targets": "several targets that are numbers",
            "binary": "a target that is one of two classes",
            "multiclass": "a target that is one of several classes",
            "labels": "several labels at once",
        }
        return f"{cls.title} is no loss for {targets[task]}: choose {fitting}, or leave it empty"


class MeanSquaredError(Loss):
    """Mean of the squared errors."""

    title: ClassVar = "Mean squared error"
    summary: ClassVar = "Squares errors, so that large ones count most"
    task: ClassVar[Task] = "regression"
    kind: Literal["mean_squared_error"] = "mean_squared_error"

    def keras(self, label_smoothing: float, *, one_hot: bool) -> str:
        return self.kind


class MeanAbsoluteError(Loss):
    """Mean of the absolute errors."""

    title: ClassVar = "Mean absolute error"
    summary: ClassVar = "Counts an error by its size, so that outliers pull less"
    task: ClassVar[Task] = "regression"
    kind: Literal["mean_absolute_error"] = "mean_absolute_error"

    def keras(self, label_smoothing: float, *, one_hot: bool) -> str:
        return self.kind


class Huber(Loss):
    """Half the squared error up to `delta`, and beyond it a line (Huber 1964)."""

    title: ClassVar = "Huber"
    is_name: ClassVar[bool] = True
    summary: ClassVar = "Squares small errors, and counts large ones by their size"
    phrase: ClassVar = "Huber {delta}"
    task: ClassVar[Task] = "regression"
    kind: Literal["huber"] = "huber"
    delta: float = number(
        1.0, gt=0, le=1e6, step=0.1, log=True, sweep=(0.1, 10, 5), description="Error from which the loss is a line."
    )

    def keras(self, label_smoothing: float, *, one_hot: bool) -> Call:
        return Call("keras.losses.Huber", delta=self.delta)


class LogCosh(Loss):
    """Mean of log(cosh(error)): half the square of a small error, and the size of a large one less log 2."""

    title: ClassVar = "Log-cosh"
    summary: ClassVar = "As Huber's, but smooth everywhere"
    task: ClassVar[Task] = "regression"
    kind: Literal["log_cosh"] = "log_cosh"

    def keras(self, label_smoothing: float, *, one_hot: bool) -> Call:
        return Call("keras.losses.LogCosh")


class BinaryCrossentropy(Loss):
    """Negative log-likelihood of the right one of two classes."""

    title: ClassVar = "Binary crossentropy"
    summary: ClassVar = "Logarithm of the probability that the right class gets"
    task: ClassVar[Task] = "binary"
    kind: Literal["binary_crossentropy"] = "binary_crossentropy"

    def keras(self, label_smoothing: float, *, one_hot: bool) -> str | Call:
        if not label_smoothing:
            return self.kind
        return Call("keras.losses.BinaryCrossentropy", label_smoothing=label_smoothing)


def _alpha(description: str) -> float:
    found: float = number(0.25, gt=0, le=1, step=0.05, sweep=(0.1, 0.9, 5), description=description)
    return found


def _gamma() -> float:
    found: float = number(
        2.0,
        ge=0,
        le=20,
        step=0.5,
        main=True,
        sweep=(0.5, 8, 5),
        description="Power by which rows that are classified well count less; 0: not at all.",
    )
    return found


def _smoothing(label_smoothing: float) -> dict[str, float]:
    return {"label_smoothing": label_smoothing} if label_smoothing else {}


class BinaryFocalCrossentropy(Loss):
    """Crossentropy in which rows that are classified well count less (Lin et al. 2017, arXiv:1708.02002)."""

    title: ClassVar = "Binary focal crossentropy"
    summary: ClassVar = "Crossentropy that attends to the rows that are classified badly"
    phrase: ClassVar = "binary focal crossentropy, gamma {gamma}"
    task: ClassVar[Task] = "binary"
    kind: Literal["binary_focal_crossentropy"] = "binary_focal_crossentropy"
    gamma: float = _gamma()
    apply_class_balancing: bool = Field(
        False,
        title="Class balancing",
        description="Multiply the second class's loss by alpha, the first's by 1 − alpha.",
    )
    alpha: float = _alpha("Weight of the second class, where classes are balanced.")

    def keras(self, label_smoothing: float, *, one_hot: bool) -> Call:
        return Call(
            "keras.losses.BinaryFocalCrossentropy",
            apply_class_balancing=self.apply_class_balancing,
            alpha=self.alpha,
            gamma=self.gamma,
            **_smoothing(label_smoothing),
        )


class CategoricalCrossentropy(Loss):
    """Negative log-likelihood of the right class."""

    title: ClassVar = "Categorical crossentropy"
    summary: ClassVar = "Logarithm of the probability that the right class gets"
    task: ClassVar[Task] = "multiclass"
    kind: Literal["categorical_crossentropy"] = "categorical_crossentropy"

    def keras(self, label_smoothing: float, *, one_hot: bool) -> str | Call:
        if not label_smoothing:
            return self.kind if one_hot else "sparse_categorical_crossentropy"
        return Call("keras.losses.CategoricalCrossentropy", label_smoothing=label_smoothing)

    def needs_one_hot(self, label_smoothing: float) -> bool:
        """Keras smooths labels in that form only."""
        return label_smoothing > 0


class CategoricalFocalCrossentropy(Loss):
    """Crossentropy in which rows that are classified well count less (Lin et al. 2017, arXiv:1708.02002)."""

    title: ClassVar = "Categorical focal crossentropy"
    summary: ClassVar = "Crossentropy that attends to the rows that are classified badly"
    phrase: ClassVar = "categorical focal crossentropy, gamma {gamma}"
    task: ClassVar[Task] = "multiclass"
    kind: Literal["categorical_focal_crossentropy"] = "categorical_focal_crossentropy"
    gamma: float = _gamma()
    alpha: float = _alpha("Factor of the whole loss: Keras gives all classes the same.")

    def keras(self, label_smoothing: float, *, one_hot: bool) -> Call:
        return Call(
            "keras.losses.CategoricalFocalCrossentropy",
            alpha=self.alpha,
            gamma=self.gamma,
            **_smoothing(label_smoothing),
        )

    def needs_one_hot(self, label_smoothing: float) -> bool:
        return True


def usual_loss(task: Task) -> Loss:
    """The loss of a task where none is set."""
    kind = next(each for each in subclasses_of(Loss) if each.task == of_each(task))
    return kind.model_validate({"kind": kind.kind_name()})


if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = one_of(Loss)

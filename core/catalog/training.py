"""Training options: optimisers by Keras' names, early stopping, and the rest. One class, one entry.

Source: https://keras.io/api/optimizers/ (Keras 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.entry import CatalogEntry, Entry, Number, Trials, number, one_of
from core.catalog.losses import AnyLoss
from core.catalog.schedules import AnySchedule, Schedule
from core.limits import MAX_EPOCHS


def _learning_rate(default: float) -> Any:
    return number(
        default,
        gt=0,
        le=10,
        step=0.001,
        log=True,
        tunable=True,
        sweep=(0.0003, 0.03, 5),
        description="Size of one update.",
    )


def _decay(default: float, description: str) -> Any:
    return number(default, ge=0, lt=1, step=0.01, description=description)


def _limit(description: str) -> Any:
    return number(None, gt=0, le=1e6, step=0.1, log=True, description=description)


class Optimizer(CatalogEntry):
    """Base of all optimisers. Titles and defaults are Keras'."""

    is_name: ClassVar[bool] = True

    learning_rate: float = _learning_rate(0.001)
    weight_decay: float | None = number(
        None,
        ge=0,
        le=1,
        step=0.001,
        log=True,
        tunable=True,
        simpler="high",
        sweep=(0.0001, 0.1, 7),
        description="Share of each weight, times the rate, that every update subtracts, besides the gradient "
        "(decoupled, Loshchilov & Hutter 2017, arXiv:1711.05101).",
    )
    clipnorm: float | None = _limit("Largest norm of each weight's gradient; larger gradients are scaled down.")
    clipvalue: float | None = _limit("Largest absolute value in a gradient; larger values are clipped.")
    global_clipnorm: float | None = _limit("Largest norm of all gradients together.")

    @field_validator("clipvalue", "global_clipnorm")
    @classmethod
    def _one_way_to_clip(cls, value: float | None, info: ValidationInfo) -> float | None:
        other = next((name for name in ("clipnorm", "clipvalue") if info.data.get(name) is not None), None)
        if value is not None and other is not None and other != info.field_name:
            raise PydanticCustomError(
                "clip", "Gradients are clipped by {other} already; set one of the two", {"other": other}
            )
        return value

    def keras(self, number: Number, schedule: Schedule | None, updates: int) -> Call:
        """The call that makes the `keras.optimizers.Optimizer`; an epoch has `updates` updates.

        Without a schedule, its learning rate is a variable that can be assigned.
        """
        own = {
            name: getattr(self, name)
            for name in type(self).model_fields
            if name not in {"kind", *Optimizer.model_fields}
        }
        decay = {} if self.weight_decay is None else {"weight_decay": number("weight_decay")}
        clips = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")}
        rate = schedule.keras(number("learning_rate"), updates) if schedule else self.learning_rate
        return Call(
            f"keras.optimizers.{self.title}",
            learning_rate=rate,
            **own,
            **decay,
            **{name: value for name, value in clips.items() if value is not None},
        )

    def describe(self) -> str:
        """Short description: "Adam, learning rate 0.001"."""
        return f"{self.title}, learning rate {self.learning_rate:g}"


class _Moments(Entry):
    """Part of optimisers that keep running means of the gradient and of its square."""

    beta_1: float = _decay(0.9, "Decay of the gradient's running mean.")
    beta_2: float = _decay(0.999, "Decay of the squared gradient's running mean.")


class Adam(_Moments, Optimizer):
    """Adaptive moments (Kingma & Ba 2014, arXiv:1412.6980)."""

    title: ClassVar = "Adam"
    summary: ClassVar = "Steps scaled by running means of the gradient and of its square"
    kind: Literal["adam"] = "adam"
    amsgrad: bool = Field(False, description="Divide by the largest mean so far (Reddi et al. 2018).")


class SGD(Optimizer):
    """Gradient descent, with optional momentum."""

    title: ClassVar = "SGD"
    summary: ClassVar = "Plain gradient descent, with optional momentum"
    kind: Literal["sgd"] = "sgd"
    learning_rate: float = _learning_rate(0.01)
    momentum: float = number(0.0, ge=0, lt=1, step=0.05, description="Share of the last step that is kept.")
    nesterov: bool = Field(False, description="Take the gradient after the momentum's step.")


class RMSprop(Optimizer):
    """Steps divided by a running root mean square of the gradient (Hinton 2012)."""

    title: ClassVar = "RMSprop"
    summary: ClassVar = "Steps scaled by a running mean of the squared gradient"
    kind: Literal["rmsprop"] = "rmsprop"
    rho: float = _decay(0.9, "Decay of the squared gradient's running mean.")
    momentum: float = number(0.0, ge=0, lt=1, step=0.05, description="Share of the last step that is kept.")
    centered: bool = Field(False, description="Scale by the variance of the gradient rather than its mean square.")


class AdamW(_Moments, Optimizer):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2017, arXiv:1711.05101)."""

    title: ClassVar = "AdamW"
    summary: ClassVar = "Adam that also shrinks every weight by a share"
    kind: Literal["adamw"] = "adamw"
    weight_decay: float = number(
        0.004,
        ge=0,
        le=1,
        step=0.001,
        log=True,
        tunable=True,
        simpler="high",
        sweep=(0.0001, 0.1, 7),
        description="Share of each weight, times the rate, that every update subtracts.",
    )
    amsgrad: bool = Field(False, description="Divide by the largest mean so far (Reddi et al. 2018).")


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients (Duchi et al. 2011)."""

    title: ClassVar = "Adagrad"
    summary: ClassVar = "Steps that shrink where gradients have been large"
    kind: Literal["adagrad"] = "adagrad"
    initial_accumulator_value: float = number(
        0.1, ge=0, le=1e3, step=0.1, description="Start value of the sum of squares."
    )


class Adadelta(Optimizer):
    """Steps whose size follows from running means of squared gradients and steps (Zeiler 2012, arXiv:1212.5701)."""

    title: ClassVar = "Adadelta"
    summary: ClassVar = "Steps that find their size from the last ones"
    kind: Literal["adadelta"] = "adadelta"
    rho: float = _decay(0.95, "Decay of both running means.")


class Adamax(Optimizer):
    """Adam with the largest gradient in place of the mean square (Kingma & Ba 2014, section 7)."""

    title: ClassVar = "Adamax"
    summary: ClassVar = "Adam with the largest gradient in place of the mean square"
    kind: Literal["adamax"] = "adamax"
    beta_1: float = _decay(0.9, "Decay of the gradient's running mean.")
    beta_2: float = _decay(0.999, "Decay of the largest gradient.")


class Nadam(_Moments, Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016)."""

    title: ClassVar = "Nadam"
    summary: ClassVar = "Adam with Nesterov's momentum"
    kind: Literal["nadam"] = "nadam"


class Lion(Optimizer):
    """Steps of one size in the direction of the sign of a momentum (Chen et al. 2023, arXiv:2302.06675)."""

    title: ClassVar = "Lion"
    summary: ClassVar = "Equal steps in the direction of the momentum's sign"
    kind: Literal["lion"] = "lion"
    beta_1: float = number(0.9, gt=0, lt=1, step=0.01, description="Weight of the momentum in a step.")
    beta_2: float = number(0.99, gt=0, lt=1, step=0.01, description="Decay of the momentum.")


if TYPE_CHECKING:
    AnyOptimizer = Optimizer
else:
    AnyOptimizer = one_of(Optimizer)


class Watching(Entry):
    """Part of what watches a metric while a run is trained."""

    watch: Literal["validation", "test", "train"] = Field(
        "validation",
        description="Set of the metric. Stopping by the test set makes the test score look too good.",
    )
    figure: Literal["loss", "score"] = Field(
        "loss",
        title="Score or loss",
        description="Metric: the loss, or accuracy (r² in regression).",
        json_schema_extra={"phrase": "by"},
    )


class EarlyStopping(Watching):
    """Stops a run when a metric has stopped improving, and restores the best weights, like Keras' callback."""

    # With the best weights restored, nearly every patience would end at the same epoch.
    trials: ClassVar = Trials("patience", (0, 5, 10, 20, 50, 100), {"restore_best_weights": False})

    patience: int = number(
        100, ge=0, le=MAX_EPOCHS, step=10, log=True, tunable=True, description="Epochs without improvement to wait."
    )
    min_delta: float = number(
        0.0, ge=0, le=1e3, step=0.001, tunable=True, description="Smallest change that counts as an improvement."
    )
    restore_best_weights: bool = Field(True, description="End with the weights of the best epoch, not of the last.")

    def describe(self) -> str:
        """Short description."""
        back = ", best weights restored" if self.restore_best_weights else ""
        return f"early stopping on {self.watch} {self.figure}, patience {self.patience}{back}"


class ReduceLROnPlateau(Watching):
    """Lowers the learning rate when a metric has stopped improving, like Keras' callback."""

    factor: float = number(
        0.1, gt=0, lt=1, step=0.1, tunable=True, main=True, description="What the rate is multiplied by."
    )
    patience: int = number(
        10, ge=1, le=MAX_EPOCHS, step=5, log=True, tunable=True, description="Epochs without improvement to wait."
    )
    min_delta: float = number(
        0.0001, ge=0, le=1e3, step=0.001, tunable=True, description="Smallest change that counts as an improvement."
    )
    cooldown: int = number(
        0, ge=0, le=MAX_EPOCHS, step=5, tunable=True, description="Epochs after a fall that aren't counted."
    )
    min_lr: float = number(
        0.0, ge=0, le=10, step=0.0001, tunable=True, title="Least rate", description="The rate doesn't fall below this."
    )

    def describe(self) -> str:
        """Short description."""
        return f"learning rate × {self.factor:g} on a plateau of {self.watch} {self.figure}, patience {self.patience}"


class Training(Entry):
    """One run's training."""

    optimizer: AnyOptimizer = Field(default_factory=Adam, description="Rule that turns gradients into updates.")
    schedule: AnySchedule | None = Field(None, description="Schedule of the learning rate; none: constant.")
    epochs: int = number(4000, ge=1, le=MAX_EPOCHS, step=100, log=True, description="Passes over the training rows.")
    batch_size: int = number(
        32,
        ge=1,
        le=65_536,
        step=1,
        log=True,
        sweep=(4, 64, 5),
        description="Rows per update; the last batch of an epoch has what is left.",
    )
    loss: AnyLoss | None = Field(
        None,
        description="Loss that training lowers. Left empty: mean squared error in regression, crossentropy for "
        "classes.",
        json_schema_extra={"unset": "usual"},
    )
    label_smoothing: float = number(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        simpler="high",
        description="Share of the label's certainty that the loss spreads over all classes (Szegedy et al. 2015).",
    )
    class_weight: Literal["balanced"] | None = Field(
        None,
        title="Class weights",
        description="Balanced: the loss of a training row is multiplied by rows / (classes · rows of its class), so "
        "that all classes weigh the same (King & Zeng 2001). Leave empty for equal weights.",
    )
    early_stopping: EarlyStopping | None = Field(
        None,
        description="Stop when nothing improves. Without it, all epochs are trained.",
        json_schema_extra={"trials": EarlyStopping.trials.describe()},
    )
    reduce_lr_on_plateau: ReduceLROnPlateau | None = Field(
        None,
        title="Reduce the rate on a plateau",
        description="Lower the learning rate when nothing improves. It can't go with a schedule.",
        json_schema_extra={"phrase": "reduced rate on a plateau"},
    )

    def watching(self) -> dict[str, Watching]:
        """The watchers of a metric, by their fields."""
        both = {"early_stopping": self.early_stopping, "reduce_lr_on_plateau": self.reduce_lr_on_plateau}
        return {field: each for field, each in both.items() if each is not None}

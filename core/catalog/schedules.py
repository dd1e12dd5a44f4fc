"""Learning-rate schedules by Keras' names. One class, one entry.

Source: https://keras.io/api/optimizers/learning_rate_schedules/ (Keras 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from core.catalog.calls import Call
from core.catalog.entry import CatalogEntry, number, one_of
from core.limits import MAX_EPOCHS


class Schedule(CatalogEntry):
    """Base of all learning-rate schedules: the rate starts at the optimiser's and changes with every update."""

    def keras(self, learning_rate: Any, updates: int) -> Call:
        """The call that makes the `keras.optimizers.schedules.LearningRateSchedule`; an epoch has `updates` updates."""
        raise NotImplementedError

    def describe(self) -> str:
        """Short description: "cosine over 1000 epochs"."""
        raise NotImplementedError


def _epochs(default: int, description: str) -> Any:
    return number(default, ge=1, le=MAX_EPOCHS, step=1, log=True, description=description)


class ExponentialDecay(Schedule):
    """Multiplies the rate by `decay_rate` every `decay_epochs` epochs, smoothly or in steps."""

    title: ClassVar = "Exponential decay"
    summary: ClassVar = "Shrink the rate by a constant factor"
    kind: Literal["exponential_decay"] = "exponential_decay"
    decay_epochs: int = _epochs(100, "Epochs for one decay by the factor.")
    decay_rate: float = number(0.9, gt=0, le=1, step=0.05, description="The factor.")
    staircase: bool = Field(False, description="Fall in steps rather than smoothly.")

    def keras(self, learning_rate: Any, updates: int) -> Call:
        return Call(
            "keras.optimizers.schedules.ExponentialDecay",
            initial_learning_rate=learning_rate,
            decay_steps=self.decay_epochs * updates,
            decay_rate=self.decay_rate,
            staircase=self.staircase,
        )

    def describe(self) -> str:
        return f"× {self.decay_rate:g} every {self.decay_epochs:,} epochs"


class CosineDecay(Schedule):
    """Lowers the rate along a half cosine (Loshchilov & Hutter 2016, arXiv:1608.03983), after a linear warm-up."""

    title: ClassVar = "Cosine decay"
    summary: ClassVar = "Lower the rate along a half cosine, with optional warm-up"
    kind: Literal["cosine_decay"] = "cosine_decay"
    decay_epochs: int = _epochs(1000, "Epochs of the decay; the rate stays at its end value afterwards.")
    alpha: float = number(0.0, ge=0, le=1, step=0.01, description="End value, as a share of the rate.")
    warmup_epochs: int = number(
        0, ge=0, le=MAX_EPOCHS, step=1, description="Epochs of linear warm-up from 0 to the rate, before the decay."
    )

    def keras(self, learning_rate: Any, updates: int) -> Call:
        schedule = "keras.optimizers.schedules.CosineDecay"
        decay = self.decay_epochs * updates
        if not self.warmup_epochs:
            return Call(schedule, initial_learning_rate=learning_rate, decay_steps=decay, alpha=self.alpha)
        return Call(
            schedule,
            initial_learning_rate=0.0,
            decay_steps=decay,
            alpha=self.alpha,
            warmup_target=learning_rate,
            warmup_steps=self.warmup_epochs * updates,
        )

    def describe(self) -> str:
        warmup = f" after {self.warmup_epochs:,} of warm-up" if self.warmup_epochs else ""
        return f"cosine over {self.decay_epochs:,} epochs{warmup}"


class InverseTimeDecay(Schedule):
    """Divides the rate by 1 + `decay_rate` · epochs / `decay_epochs`."""

    title: ClassVar = "Inverse time decay"
    summary: ClassVar = "Divide the rate by a number that grows with time"
    kind: Literal["inverse_time_decay"] = "inverse_time_decay"
    decay_epochs: int = _epochs(100, "Epochs in which the divisor grows by the decay rate.")
    decay_rate: float = number(0.5, ge=0, le=100, step=0.1, description="Growth of the divisor.")

    def keras(self, learning_rate: Any, updates: int) -> Call:
        return Call(
            "keras.optimizers.schedules.InverseTimeDecay",
            initial_learning_rate=learning_rate,
            decay_steps=self.decay_epochs * updates,
            decay_rate=self.decay_rate,
        )

    def describe(self) -> str:
        return f"÷ (1 + {self.decay_rate:g} · epochs / {self.decay_epochs:,})"


class PolynomialDecay(Schedule):
    """Lowers the rate to `end_learning_rate` along a power of the time left; power 1 is a straight line."""

    title: ClassVar = "Polynomial decay"
    summary: ClassVar = "Lower the rate along a line or a power of the time left"
    kind: Literal["polynomial_decay"] = "polynomial_decay"
    decay_epochs: int = _epochs(1000, "Epochs of the decay.")
    end_learning_rate: float = number(0.0001, ge=0, le=10, step=0.0001, log=True, description="End value of the rate.")
    power: float = number(1.0, gt=0, le=10, step=0.5, description="1: a straight line.")

    def keras(self, learning_rate: Any, updates: int) -> Call:
        return Call(
            "keras.optimizers.schedules.PolynomialDecay",
            initial_learning_rate=learning_rate,
            decay_steps=self.decay_epochs * updates,
            end_learning_rate=self.end_learning_rate,
            power=self.power,
        )

    def describe(self) -> str:
        return f"to {self.end_learning_rate:g} over {self.decay_epochs:,} epochs, power {self.power:g}"


class OneCycle(Schedule):
    """Raises the rate to a large one and lowers it far below the first, along two half cosines.

    Smith & Topin 2017, arXiv:1708.07120, who use straight lines; with cosines as in fastai and PyTorch's `OneCycleLR`.
    The momentum stays as it is.
    """

    title: ClassVar = "One cycle"
    summary: ClassVar = "Raise the rate to a large one, then lower it far below the first"
    kind: Literal["one_cycle"] = "one_cycle"
    cycle_epochs: int = _epochs(1000, "Epochs of the cycle; the rate stays at its end value afterwards.")
    max_learning_rate: float = number(
        0.01, gt=0, le=10, step=0.001, log=True, description="The largest rate; it begins with the optimiser's."
    )
    warmup_share: float = number(
        0.3, ge=0, lt=1, step=0.05, title="Share of warm-up", description="Share of the cycle in which the rate rises."
    )
    final_divisor: float = number(
        1e4, ge=1, le=1e9, step=10, log=True, description="The end value is the optimiser's rate divided by this."
    )

    def keras(self, learning_rate: Any, updates: int) -> Call:
        return Call(
            one_cycle,
            initial_learning_rate=learning_rate,
            max_learning_rate=self.max_learning_rate,
            cycle_steps=self.cycle_epochs * updates,
            warmup_share=self.warmup_share,
            final_divisor=self.final_divisor,
        )

    def describe(self) -> str:
        return f"one cycle to {self.max_learning_rate:g} over {self.cycle_epochs:,} epochs"


def one_cycle(
    *, initial_learning_rate: Any, max_learning_rate: float, cycle_steps: int, warmup_share: float, final_divisor: float
) -> Any:
    """A Keras schedule that goes from the first rate up to the largest, then down to the first over the divisor."""
    import keras

    class OneCycleSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.initial_learning_rate = initial_learning_rate

        def __call__(self, step: Any) -> Any:
            first = keras.ops.cast(self.initial_learning_rate, "float32")
            done = keras.ops.minimum(keras.ops.cast(step, "float32") / cycle_steps, 1.0)
            rising = done / max(warmup_share, 1e-12)
            falling = (done - warmup_share) / max(1 - warmup_share, 1e-12)
            up = first + (max_learning_rate - first) * (1 - keras.ops.cos(np.pi * rising)) / 2
            last = first / final_divisor
            down = last + (max_learning_rate - last) * (1 + keras.ops.cos(np.pi * falling)) / 2
            return keras.ops.where(done < warmup_share, up, down)

    return OneCycleSchedule()


if TYPE_CHECKING:
    AnySchedule = Schedule
else:
    AnySchedule = one_of(Schedule)

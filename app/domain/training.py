"""How a network is trained: optimisers by Keras' names, and what goes with them. One class, one optimiser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from app.domain.entry import CatalogEntry, Entry, Number, number, one_of


class Optimizer(CatalogEntry):
    """Base of all optimisers. Defaults are Keras'."""

    learning_rate: float

    def build(self, number: Number) -> Any:
        """The `keras.optimizers.Optimizer`; its learning rate is a variable of its own, to be assigned."""
        raise NotImplementedError


def _learning_rate(default: float) -> Any:
    return number(default, gt=0, le=10, step=0.001, log=True, tunable=True, description="Size of one update.")


class Adam(Optimizer):
    """Adaptive moments (Kingma & Ba 2014, arXiv:1412.6980), as in Keras."""

    title: ClassVar = "Adam"
    summary: ClassVar = "Steps scaled by running means of the gradient and of its square"
    kind: Literal["adam"] = "adam"
    learning_rate: float = _learning_rate(0.001)
    beta_1: float = number(0.9, ge=0, lt=1, step=0.01, description="Decay of the gradient's running mean.")
    beta_2: float = number(0.999, ge=0, lt=1, step=0.001, description="Decay of the squared gradient's running mean.")

    def build(self, number: Number) -> Any:
        import keras

        return keras.optimizers.Adam(learning_rate=self.learning_rate, beta_1=self.beta_1, beta_2=self.beta_2)


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for."""

    title: ClassVar = "SGD"
    summary: ClassVar = "Plain gradient descent, with momentum if wanted"
    kind: Literal["sgd"] = "sgd"
    learning_rate: float = _learning_rate(0.01)
    momentum: float = number(0.0, ge=0, lt=1, step=0.05, description="Share of the last step that is kept.")
    nesterov: bool = Field(False, description="Take the gradient after the momentum's step.")

    def build(self, number: Number) -> Any:
        import keras

        return keras.optimizers.SGD(learning_rate=self.learning_rate, momentum=self.momentum, nesterov=self.nesterov)


class RMSprop(Optimizer):
    """Steps divided by a running root mean square of the gradient (Hinton 2012), as in Keras."""

    title: ClassVar = "RMSprop"
    summary: ClassVar = "Steps scaled by a running mean of the squared gradient"
    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: float = _learning_rate(0.001)
    rho: float = number(0.9, ge=0, lt=1, step=0.01, description="Decay of the squared gradient's running mean.")

    def build(self, number: Number) -> Any:
        import keras

        return keras.optimizers.RMSprop(learning_rate=self.learning_rate, rho=self.rho)


if TYPE_CHECKING:
    AnyOptimizer = Optimizer
else:
    AnyOptimizer = one_of(Optimizer)


class Training(Entry):
    """One run's training."""

    optimizer: AnyOptimizer = Field(default_factory=Adam, description="How gradients become updates.")
    epochs: int = number(4000, ge=1, le=200_000, step=100, log=True, description="Passes over the training rows.")
    batch_size: int = number(
        32,
        ge=1,
        le=65_536,
        step=1,
        log=True,
        description="Rows per update; the last batch of an epoch has what is left.",
    )

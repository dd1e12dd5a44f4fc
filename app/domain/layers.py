"""Layers: Keras' layers by Keras' names, with the weights of each that can be constrained. One class, one layer.

A weight `w` of a layer is constrained by the field `w_constraint`, as in Keras. `Layer.weights` says which there are
and which axes belong to one unit, so that a constraint without `axis` acts on each unit's weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast

from pydantic import Field

from app.domain.constraints import AnyConstraint, Constraint
from app.domain.entry import CatalogEntry, Entry, Number, number, one_of

Shape = tuple[int, ...]
"""Shape of one example, without the batch axis."""

Activation = Literal["linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid"]
Initializer = Literal[
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "orthogonal"
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]


@dataclass(frozen=True)
class Weight:
    """A weight of a layer that can be constrained."""

    name: str
    """Keras' name of the variable."""
    rank: int
    """Number of axes."""
    unit_axis: tuple[int, ...]
    """Axes that belong to one unit; none where a unit has a single value."""
    unit_words: str
    """What one group along `unit_axis` is."""

    @property
    def field(self) -> str:
        """The layer's field that holds this weight's constraint."""
        return f"{self.name}_constraint"


KERNEL = Weight("kernel", 2, (0,), "each unit's incoming weights")
BIAS = Weight("bias", 1, (), "each unit's bias by itself")


@dataclass(frozen=True)
class BuildContext:
    """What building a layer needs from its surroundings."""

    seed: int
    """Seeds the layer's initialisers and random state."""
    number: Any
    """`(path) -> value`: gives a tunable number below the layer, by its dotted path from the layer."""

    def below(self, path: str) -> Number:
        """The numbers of the entry that stands at `path`."""
        return lambda field: self.number(f"{path}.{field}")


def constraint_axis(constraint: Constraint, weight: Weight) -> int | list[int]:
    """The axis that `constraint` acts along on `weight`: its own, or the weight's per-unit axis."""
    own = getattr(constraint, "axis", None)
    return list(weight.unit_axis) if own is None else cast("int | list[int]", own)


class Constrained(Entry):
    """Anything with weights that can be constrained."""

    weights: ClassVar[tuple[Weight, ...]] = ()

    def constraints(self) -> list[tuple[Weight, Constraint | None]]:
        """Every weight that there is, with its constraint."""
        return [(weight, getattr(self, weight.field)) for weight in self.weights]

    def _built_constraints(self, context: BuildContext) -> dict[str, Any]:
        return {
            weight.field: constraint
            and constraint.build(context.below(weight.field), constraint_axis(constraint, weight))
            for weight, constraint in self.constraints()
        }


class Layer(Constrained, CatalogEntry):
    """Base of all layers."""

    xla: ClassVar[bool] = True
    """Whether XLA makes this layer's training faster. A rule, not a trial: what is compiled changes the last bits."""

    name: Name | None = Field(None, description="How arms refer to this layer. Left out: its kind and position.")

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of what this layer gives for an example of `shape`."""
        raise NotImplementedError

    def parameters(self, shape: Shape) -> int:
        """Number of trained values for an input of `shape`."""
        raise NotImplementedError

    def build(self, context: BuildContext) -> Any:
        """The `keras.layers.Layer`, named as this one is."""
        raise NotImplementedError

    def words(self) -> str:
        """The layer in a few words."""
        raise NotImplementedError


def _initializer(kind: str, seed: int) -> Any:
    import keras

    return keras.initializers.get({"class_name": kind, "config": {"seed": seed}})


class DenseWeights(Constrained):
    """What every densely connected layer has, hidden or output."""

    weights: ClassVar = (KERNEL, BIAS)
    use_bias: bool = Field(True, description="Add a bias to each unit.")
    kernel_initializer: Initializer = Field("glorot_uniform", description="How the kernel's first values are drawn.")
    kernel_constraint: AnyConstraint | None = Field(None, description="Acts on the weights into each unit.")
    bias_constraint: AnyConstraint | None = Field(None, description="Acts on each unit's bias.")

    def constraints(self) -> list[tuple[Weight, Constraint | None]]:
        return [pair for pair in super().constraints() if self.use_bias or pair[0] is not BIAS]

    def build_dense(self, units: int, activation: str, name: str, context: BuildContext) -> Any:
        """The `keras.layers.Dense`; its bias starts at zero, as in Keras."""
        import keras

        return keras.layers.Dense(
            units,
            activation=activation,
            use_bias=self.use_bias,
            name=name,
            kernel_initializer=_initializer(self.kernel_initializer, context.seed),
            **self._built_constraints(context),
        )


class Dense(DenseWeights, Layer):
    """Every unit takes a weighted sum of all inputs."""

    title: ClassVar = "Dense"
    summary: ClassVar = "Every unit takes a weighted sum of all inputs"
    kind: Literal["dense"] = "dense"
    units: int = number(32, ge=1, le=4096, step=1, log=True, description="Number of units.")
    activation: Activation = Field("relu", description="Applied to each unit's sum.")

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> int:
        return self.units * (shape[-1] + self.use_bias)

    def build(self, context: BuildContext) -> Any:
        return self.build_dense(self.units, self.activation, self.name or "", context)

    def words(self) -> str:
        return f"{self.units} units, {self.activation}"


class Dropout(Layer):
    """During training sets a random share of the inputs to zero and scales up the rest."""

    title: ClassVar = "Dropout"
    summary: ClassVar = "Set a random share of the inputs to zero while training"
    xla: ClassVar[bool] = False  # it draws random numbers some sixty times slower than TensorFlow's own kernels do
    kind: Literal["dropout"] = "dropout"
    rate: float = number(0.5, ge=0, lt=1, step=0.05, description="Share of the inputs that is set to zero.")

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> int:
        return 0

    def build(self, context: BuildContext) -> Any:
        import keras

        return keras.layers.Dropout(self.rate, seed=context.seed, name=self.name)

    def words(self) -> str:
        return f"rate {self.rate:g}"


class Output(DenseWeights):
    """The layer that the task implies: 1 sigmoid unit for two classes, softmax for more, linear for regression."""

    name: ClassVar[str] = "output"

    def parameters(self, shape: Shape, units: int) -> int:
        """Number of trained values for an input of `shape`."""
        return units * (shape[-1] + self.use_bias)

    def build(self, units: int, activation: str, context: BuildContext) -> Any:
        """The `keras.layers.Dense` that ends the network."""
        return self.build_dense(units, activation, self.name, context)


if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = one_of(Layer)

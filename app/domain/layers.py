"""Layers: Keras' layers by Keras' names, with the weights of each that can be constrained. One class, one layer.

A weight `w` of a layer is constrained by the field `w_constraint` and penalised by `w_regularizer`, as in Keras.
`Layer.weights` says which there are and which axes belong to one unit, so that a constraint without `axis` acts on
each unit's weights. Shapes are those of one example, without the batch axis, and are known without Keras.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast

from pydantic import Field

from app.domain.code import Call, Seed
from app.domain.constraints import AnyConstraint, Constraint
from app.domain.entry import CatalogEntry, Entry, Number, number, one_of
from app.domain.regularizers import AnyRegularizer, Regularizer

Shape = tuple[int, ...]
"""Shape of one example, without the batch axis."""

Activation = Literal["linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid"]
Initializer = Literal[
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "orthogonal"
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]


class ShapeError(Exception):
    """What a layer can't do with its input, as the rest of a sentence that begins with its name."""


@dataclass(frozen=True)
class Weight:
    """A weight of a layer that can be constrained."""

    name: str
    """Keras' name of the weight, as in `kernel_constraint`."""
    rank: int
    """Number of axes."""
    unit_axis: tuple[int, ...]
    """Axes that belong to one unit; none where a unit has a single value."""
    unit: str
    """What one group along `unit_axis` is: "each filter's weights"; `{}` stands for the group's shape, if wanted."""
    variables: tuple[str, ...] = ()
    """Where the Keras layer has its variables, as attributes ("cell.kernel"); left out, by the weight's name."""
    keras_trap: str = ""
    """What Keras' default axis, 0, would do here, where that is not what one expects: the rest of a sentence."""

    @property
    def field(self) -> str:
        """The layer's field that holds this weight's constraint."""
        return f"{self.name}_constraint"

    @property
    def regularizer_field(self) -> str:
        """The layer's field that holds this weight's regulariser."""
        return f"{self.name}_regularizer"

    @property
    def attributes(self) -> tuple[str, ...]:
        """Where the Keras layer has its variables."""
        return self.variables or (self.name,)

    def unit_words(self, shape: Shape | None = None) -> str:
        """What one group is, with its size where the weight's `shape` is known: "each filter's 3×3×1 weights"."""
        size = "×".join(str(shape[axis]) for axis in self.unit_axis) if shape else ""
        return " ".join(self.unit.format(size).split())


def kernel_weight(rank: int, unit_axis: tuple[int, ...], unit: str, trap: str = "") -> Weight:
    """The weight that most layers call `kernel`."""
    return Weight("kernel", rank, unit_axis, unit, keras_trap=trap)


BIAS_TRAP = "takes the norm of the whole bias vector, not of each unit's bias"
KERNEL = kernel_weight(2, (0,), "each unit's {} incoming weights")
BIAS = Weight("bias", 1, (), "each unit's bias by itself", keras_trap=BIAS_TRAP)


@dataclass(frozen=True)
class BuildContext:
    """What writing a layer's call needs from its surroundings."""

    seed: Seed
    """Seeds the layer's initialisers and random state."""
    number: Number
    """`(path) -> code`: gives a tunable number below the layer, by its dotted path from the layer."""

    def below(self, path: str) -> Number:
        """The numbers of the entry that stands at `path`."""
        return lambda field: self.number(f"{path}.{field}")


def constraint_axis(constraint: Constraint, weight: Weight) -> int | list[int]:
    """The axis that `constraint` acts along on `weight`: its own, or the weight's per-unit axis."""
    own = getattr(constraint, "axis", None)
    if own is None:
        return weight.unit_axis[0] if len(weight.unit_axis) == 1 else list(weight.unit_axis)
    return cast("int | list[int]", own)


class Constrained(Entry):
    """Anything with weights that can be constrained."""

    weights: ClassVar[tuple[Weight, ...]] = ()

    def present(self) -> tuple[Weight, ...]:
        """The weights that there are with these settings."""
        return self.weights

    def constraints(self) -> list[tuple[Weight, Constraint | None]]:
        """Every weight that there is, with its constraint."""
        return [(weight, getattr(self, weight.field)) for weight in self.present()]

    def regularizers(self) -> list[tuple[Weight, Regularizer | None]]:
        """Every weight that there is, with its regulariser."""
        return [(weight, getattr(self, weight.regularizer_field)) for weight in self.present()]

    def built_weights(self, context: BuildContext) -> dict[str, Any]:
        """The arguments of the Keras layer that constrain and penalise its weights; none for those left free."""
        arguments: dict[str, Any] = {}
        for weight, constraint in self.constraints():
            if constraint:
                axis = constraint_axis(constraint, weight)
                arguments[weight.field] = constraint.keras(context.below(weight.field), axis)
        for weight, regularizer in self.regularizers():
            if regularizer:
                arguments[weight.regularizer_field] = regularizer.keras(context.below(weight.regularizer_field))
        return arguments


class Layer(Constrained, CatalogEntry):
    """Base of all layers."""

    xla: ClassVar[bool] = True
    """Whether XLA makes this layer's training faster. A rule, not a trial: what is compiled changes the last bits."""
    group: ClassVar[Literal["dense", "convolution", "pooling", "recurrent", "attention", "normalisation", "other"]]
    """Under which heading the form offers it."""

    name: Name | None = Field(None, description="How arms refer to this layer. Left out: its kind and position.")

    def takes(self) -> list[tuple[str, str]]:
        """Fields that name earlier layers whose output this layer takes too, with the names."""
        return []

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        """What the Keras layer is called with, of the previous layer's output and those of `takes()`.

        It is also asked with shapes in the place of outputs, for Keras' `build()`.
        """
        return (before,)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        """Shape of what this layer gives for an example of `shape`, and for outputs of the layers of `takes()`.

        Raises:
            ShapeError: "needs a height of at least 3, gets 2".
        """
        raise NotImplementedError

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        """Shapes of the trained variables for an input of `shape`, by the weight's name; several where it has several."""
        return {}

    def parameters(self, shape: Shape) -> int:
        """Number of trained values for an input of `shape`."""
        return sum(math.prod(each) for shapes in self.weight_shapes(shape).values() for each in shapes)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        """What makes the `keras.layers.Layer` for an input of `shape`, named as this one is."""
        raise NotImplementedError

    def words(self) -> str:
        """The layer in a few words."""
        raise NotImplementedError


INITIALIZERS: dict[str, str] = {
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "lecun_uniform": "LecunUniform",
    "lecun_normal": "LecunNormal",
    "orthogonal": "Orthogonal",
}


def initializer(kind: str, context: BuildContext) -> Call:
    """What makes an initialiser, seeded for this layer."""
    return Call(f"keras.initializers.{INITIALIZERS[kind]}", seed=context.seed)


def unflattened(shape: Shape, rank: int, what: str) -> None:
    """Refuses an input of another rank than `rank`, which is `what` ("height × width × channels").

    Raises:
        ShapeError: always where the rank differs.
    """
    if len(shape) != rank:
        raise ShapeError(f"needs {what}, gets {'×'.join(map(str, shape))}")


class DenseWeights(Constrained):
    """What every densely connected layer has, hidden or output."""

    weights: ClassVar = (KERNEL, BIAS)
    use_bias: bool = Field(True, description="Add a bias to each unit.")
    kernel_initializer: Initializer = Field("glorot_uniform", description="How the kernel's first values are drawn.")
    kernel_constraint: AnyConstraint | None = Field(None, description="Acts on the weights into each unit.")
    bias_constraint: AnyConstraint | None = Field(None, description="Acts on each unit's bias.")
    kernel_regularizer: AnyRegularizer | None = Field(None, description="Penalises the weights into each unit.")
    bias_regularizer: AnyRegularizer | None = Field(None, description="Penalises the biases.")

    def present(self) -> tuple[Weight, ...]:
        return tuple(weight for weight in self.weights if self.use_bias or weight.name != "bias")

    def dense_shapes(self, units: int, shape: Shape) -> dict[str, list[Shape]]:
        """Shapes of kernel and bias."""
        return {"kernel": [(shape[-1], units)], **({"bias": [(units,)]} if self.use_bias else {})}

    def dense(self, units: int, activation: str, name: str, context: BuildContext) -> Call:
        """What makes the `keras.layers.Dense`; its bias starts at zero, as in Keras."""
        return Call(
            "keras.layers.Dense",
            units,
            activation=activation,
            **({} if self.use_bias else {"use_bias": False}),
            kernel_initializer=initializer(self.kernel_initializer, context),
            **self.built_weights(context),
            name=name,
        )


class Dense(DenseWeights, Layer):
    """Every unit takes a weighted sum of all inputs."""

    title: ClassVar = "Dense"
    summary: ClassVar = "Every unit takes a weighted sum of all inputs"
    group: ClassVar = "dense"
    kind: Literal["dense"] = "dense"
    units: int = number(32, ge=1, le=4096, step=1, log=True, description="Number of units.")
    activation: Activation = Field("relu", description="Applied to each unit's sum.")

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        return self.dense_shapes(self.units, shape)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return self.dense(self.units, self.activation, self.name or "", context)

    def words(self) -> str:
        return f"{self.units} units, {self.activation}"


class Dropout(Layer):
    """During training sets a random share of the inputs to zero and scales up the rest."""

    title: ClassVar = "Dropout"
    summary: ClassVar = "Set a random share of the inputs to zero while training"
    group: ClassVar = "other"
    xla: ClassVar[bool] = False  # it draws random numbers some sixty times slower than TensorFlow's own kernels do
    kind: Literal["dropout"] = "dropout"
    rate: float = number(0.5, ge=0, lt=1, step=0.05, description="Share of the inputs that is set to zero.")

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return shape

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Dropout", self.rate, seed=context.seed, name=self.name)

    def words(self) -> str:
        return f"rate {self.rate:g}"


class Flatten(Layer):
    """Puts all of an example's values in one row."""

    title: ClassVar = "Flatten"
    summary: ClassVar = "Put all values of an example in one row"
    group: ClassVar = "other"
    kind: Literal["flatten"] = "flatten"

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        return (math.prod(shape),)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Flatten", name=self.name)

    def words(self) -> str:
        return ""


class Add(Layer):
    """Adds the output of an earlier layer: a residual connection (He et al. 2015, arXiv:1512.03385)."""

    title: ClassVar = "Add"
    summary: ClassVar = "Add the output of an earlier layer (residual connection)"
    group: ClassVar = "other"
    kind: Literal["add"] = "add"
    layer: str = Field(
        "", max_length=40, description="Name of the earlier layer; empty: the network's input.",
        json_schema_extra={"widget": "layer"},
    )

    def takes(self) -> list[tuple[str, str]]:
        return [("layer", self.layer)]

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        return ([before, *others],)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        (other,) = others
        if other != shape:
            sizes = "×".join(map(str, shape)), "×".join(map(str, other))
            raise ShapeError(f"needs two outputs of one shape, gets {sizes[0]} and {sizes[1]}")
        return shape

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call("keras.layers.Add", name=self.name)

    def words(self) -> str:
        return self.layer or "the input"


class Output(DenseWeights):
    """The layer that the task implies: 1 sigmoid unit for two classes, softmax for more, linear for regression."""

    name: ClassVar[str] = "output"

    def weight_shapes(self, shape: Shape, units: int) -> dict[str, list[Shape]]:
        """Shapes of kernel and bias for an input of `shape`."""
        return self.dense_shapes(units, shape)

    def keras(self, units: int, activation: str, context: BuildContext) -> Call:
        """What makes the `keras.layers.Dense` that ends the network."""
        return self.dense(units, activation, self.name, context)


if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = one_of(Layer)

"""Base class of layers: weights that can be constrained, shapes without Keras, limits, and shared fields."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field

from core.catalog.calls import Call, Seed
from core.catalog.constraints import AnyConstraint, Constraint
from core.catalog.entry import CatalogEntry, Entry, Number
from core.catalog.regularizers import AnyRegularizer, Regularizer
from core.catalog.weight import Shape, Weight, sizes

MAX_VALUES = 1 << 20
"""Output values of a layer for one example, at most: 4 MiB."""
MAX_WEIGHT = 1 << 25
"""Values of one weight, at most: 128 MiB, plus as much for its gradient and for each of the optimiser's moments."""

Activation = Literal[
    "linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid", "hard_sigmoid"
]
Initializer = Literal[
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
    "uniform",
    "normal",
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
Group = Literal["dense", "convolution", "pooling", "recurrent", "attention", "normalisation", "other"]

_INITIALIZERS: dict[str, str] = {
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "lecun_uniform": "LecunUniform",
    "lecun_normal": "LecunNormal",
    "orthogonal": "Orthogonal",
    "uniform": "RandomUniform",
    "normal": "RandomNormal",
}


class ShapeError(Exception):
    """An incompatible input shape, as the end of a sentence that begins with the layer's name."""


@dataclass(frozen=True)
class BuildContext:
    """Arguments for writing a layer's call: its seed and its tunable numbers."""

    seed: Seed
    """Seeds the layer's initialisers and random state."""
    number: Number
    """`(path) -> code`: returns a tunable number of the layer, by its dotted path from the layer."""

    def below(self, path: str) -> Number:
        """The numbers of the entry at `path`."""
        return lambda field: self.number(f"{path}.{field}")

    def part_seed(self, part: int) -> Seed:
        """The seed of one of several random parts of the layer; part 0 has the layer's own."""
        return Seed(self.seed.position, part)


def constraint_axis(constraint: Constraint, weight: Weight) -> int | list[int]:
    """The axis that `constraint` acts along on `weight`: its own, or the weight's per-unit axis."""
    own = getattr(constraint, "axis", None)
    if own is None:
        return weight.unit_axis[0] if len(weight.unit_axis) == 1 else list(weight.unit_axis)
    return cast("int | list[int]", own)


class Constrained(Entry):
    """Part of entries with weights that can be constrained."""

    weights: ClassVar[tuple[Weight, ...]] = ()

    def active_weights(self) -> tuple[Weight, ...]:
        """The weights that exist with these settings."""
        return self.weights

    def constraints(self) -> list[tuple[Weight, Constraint | None]]:
        """Every active weight, with its constraint."""
        return [(weight, getattr(self, weight.field)) for weight in self.active_weights()]

    def regularizers(self) -> list[tuple[Weight, Regularizer | None]]:
        """Every active weight, with its regulariser."""
        return [(weight, getattr(self, weight.regularizer_field)) for weight in self.active_weights()]

    def built_weights(self, context: BuildContext, first_part: int = 0) -> dict[str, Any]:
        """The arguments of the Keras layer that initialise, constrain and penalise its weights, where set.

        Each initialiser has a seed of its own, from the layer's part `first_part` on, in the order of the weights.
        """
        arguments: dict[str, Any] = {}
        for part, weight in enumerate(self.active_weights(), first_part):
            kind = getattr(self, weight.initializer_field, None)
            if kind:
                arguments[weight.initializer_field] = initializer(kind, context, part)
        for weight, constraint in self.constraints():
            if constraint:
                axis = constraint_axis(constraint, weight)
                arguments[weight.field] = constraint.keras(context.below(weight.field), axis)
        for weight, regularizer in self.regularizers():
            if regularizer:
                arguments[weight.regularizer_field] = regularizer.keras(context.below(weight.regularizer_field))
        return arguments

    def changed(self, *fields: str) -> dict[str, Any]:
        """The `fields` that differ from their default, which is Keras', as arguments of the Keras layer."""
        values = {field: getattr(self, field) for field in fields}
        return {
            field: tuple(value) if isinstance(value, list) else value
            for field, value in values.items()
            if value != type(self).model_fields[field].default
        }


def initializer(kind: str, context: BuildContext, part: int = 0) -> Call:
    """The call that makes an initialiser, seeded for this part of the layer."""
    return Call(f"keras.initializers.{_INITIALIZERS[kind]}", seed=context.part_seed(part))


class Layer(Constrained, CatalogEntry):
    """Base of all layers. A layer's title is the name of its class in `keras.layers`."""

    is_name: ClassVar[bool] = True
    xla: ClassVar[bool] = True
    """Whether XLA speeds up this layer's training. A fixed rule, since compiling changes the last bits of results."""
    group: ClassVar[Group]
    """Heading in the form."""

    name: Name | None = Field(
        None, description="Name by which arms refer to this layer. Left out: its kind and position."
    )

    def tokens(self) -> int | None:
        """Number of tokens that the layer knows, if it reads token numbers; the field is `input_dim`."""
        return None

    def extra_inputs(self) -> list[tuple[str, str]]:
        """Fields that name earlier layers whose outputs are further inputs, with those names."""
        return []

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        """Arguments of the call of the Keras layer: the previous layer's output and those of `extra_inputs()`.

        Also called with shapes instead of outputs, for Keras' `build()`.
        """
        return (before,)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        """Shape of this layer's output for an example of `shape` and the shapes of `extra_inputs()`.

        Raises:
            ShapeError: "needs a height of at least 3, gets 2".
        """
        raise NotImplementedError

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        """Shapes of the trained variables by the weight's name, for an input of a valid `shape`."""
        return {}

    def checked_shape(self, shape: Shape, *others: Shape) -> Shape:
        """`output_shape`, checked against the largest sizes of outputs and weights.

        Raises:
            ShapeError: if the output or a weight is too large, or the input is incompatible.
        """
        given = self.output_shape(shape, *others)
        if math.prod(given) > MAX_VALUES:
            on_last_axis = len(shape) > 1 and given[:-1] == shape[:-1]
            cure = ", or flatten the examples before it" if on_last_axis else ""
            raise ShapeError(f"makes {sizes(given)} values per example: reduce it to at most {MAX_VALUES}{cure}")
        for name, shapes in self.weight_shapes(shape).items():
            if max(map(math.prod, shapes)) > MAX_WEIGHT:
                raise ShapeError(f"needs a {name} of {sizes(shapes[0])}: reduce it to at most {MAX_WEIGHT} values")
        return given

    def parameters(self, shape: Shape) -> int:
        """Number of trained values for an input of `shape`."""
        return sum(math.prod(each) for shapes in self.weight_shapes(shape).values() for each in shapes)

    def multiply_adds(self, shape: Shape, given: Shape) -> int:
        """Multiply-adds for one example of `shape` with an output of shape `given`; used by `app.estimate` only.

        By default every weight is used once at each position of the output (each of its axes but the last), as in most
        layers; others override this.
        """
        return self.parameters(shape) * math.prod(given[:-1])

    def steps(self, shape: Shape) -> int:
        """Number of sequential steps, each of which waits for the last."""
        return 1

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        """The call that makes the `keras.layers.Layer` of this name for an input of `shape`."""
        raise NotImplementedError

    def describe(self) -> str:
        """Short description: "32 units, relu"."""
        raise NotImplementedError


def of_rank(shape: Shape, rank: int, what: str) -> None:
    """Checks that an input has `rank` axes, described by `what` ("height × width × channels").

    Raises:
        ShapeError: if the rank differs.
    """
    if len(shape) != rank:
        raise ShapeError(f"needs {what}, gets {sizes(shape)}: add a reshape layer before it")


class WithKernel(Constrained):
    """A layer with a kernel."""

    kernel_initializer: Initializer = Field("glorot_uniform", description="Initialiser of the kernel.")
    kernel_constraint: AnyConstraint | None = Field(None, description="Acts on the weights into each unit.")
    kernel_regularizer: AnyRegularizer | None = Field(None, description="Penalises the weights into each unit.")


class WithRecurrent(Constrained):
    """A layer whose state feeds back through a recurrent kernel."""

    recurrent_initializer: Initializer = Field("orthogonal", description="Initialiser of the recurrent kernel.")
    recurrent_constraint: AnyConstraint | None = Field(
        None, description="Acts on the weights from the last step's state into each unit."
    )
    recurrent_regularizer: AnyRegularizer | None = Field(
        None, description="Penalises the weights from the last step's state."
    )


class WithBias(Constrained):
    """A layer with a bias, which starts at zero, as in Keras."""

    use_bias: bool = Field(True, description="Add a bias to each unit.", json_schema_extra={"phrase": "bias"})
    bias_constraint: AnyConstraint | None = Field(None, description="Acts on each unit's bias.")
    bias_regularizer: AnyRegularizer | None = Field(None, description="Penalises the biases.")

    def active_weights(self) -> tuple[Weight, ...]:
        return tuple(weight for weight in super().active_weights() if self.use_bias or weight.name != "bias")

    def bias_shapes(self, *shapes: Shape) -> dict[str, list[Shape]]:
        """Shapes of the bias' variables, if it has one."""
        return {"bias": list(shapes)} if self.use_bias else {}

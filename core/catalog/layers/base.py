"""What every layer is made of: weights that can be constrained, shapes without Keras, limits, and shared fields."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call, Seed
from core.catalog.constraints import AnyConstraint, Constraint
from core.catalog.entry import CatalogEntry, Entry, Number
from core.catalog.regularizers import AnyRegularizer, Regularizer
from core.catalog.weight import Shape, Weight, sizes

MAX_VALUES = 1 << 20
"""Values that a layer may make of one example, at most: 4 MiB."""
MAX_WEIGHT = 1 << 25
"""Values of one weight, at most: 128 MiB, and as much again for its gradient and each of the optimiser's moments."""
MAX_SIZE = 4096
"""Units, filters, steps and the like, at most."""

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
    """What a layer can't do with its input, as the rest of a sentence that begins with its name."""


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

    def part_seed(self, part: int) -> Seed:
        """The seed of one of several things that the layer draws; part 0 has the layer's own."""
        return Seed(self.seed.position, part)


def constraint_axis(constraint: Constraint, weight: Weight) -> int | list[int]:
    """The axis that `constraint` acts along on `weight`: its own, or the weight's per-unit axis."""
    own = getattr(constraint, "axis", None)
    if own is None:
        return weight.unit_axis[0] if len(weight.unit_axis) == 1 else list(weight.unit_axis)
    return cast("int | list[int]", own)


class Constrained(Entry):
    """Anything with weights that can be constrained."""

    weights: ClassVar[tuple[Weight, ...]] = ()

    def active_weights(self) -> tuple[Weight, ...]:
        """The weights that there are with these settings."""
        return self.weights

    def constraints(self) -> list[tuple[Weight, Constraint | None]]:
        """Every weight that there is, with its constraint."""
        return [(weight, getattr(self, weight.field)) for weight in self.active_weights()]

    def regularizers(self) -> list[tuple[Weight, Regularizer | None]]:
        """Every weight that there is, with its regulariser."""
        return [(weight, getattr(self, weight.regularizer_field)) for weight in self.active_weights()]

    def built_weights(self, context: BuildContext, first_part: int = 0) -> dict[str, Any]:
        """The arguments of the Keras layer that start, constrain and penalise its weights; none for those left free.

        Each initialiser is seeded apart, from the layer's part `first_part` on, in the order of the weights.
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
        """Those of `fields` that differ from their default, which is Keras' own, as arguments of the Keras layer."""
        values = {field: getattr(self, field) for field in fields}
        return {
            field: tuple(value) if isinstance(value, list) else value
            for field, value in values.items()
            if value != type(self).model_fields[field].default
        }


def initializer(kind: str, context: BuildContext, part: int = 0) -> Call:
    """What makes an initialiser, seeded for this part of the layer."""
    return Call(f"keras.initializers.{_INITIALIZERS[kind]}", seed=context.part_seed(part))


class Layer(Constrained, CatalogEntry):
    """Base of all layers. A layer's title is the name of its class in `keras.layers`."""

    xla: ClassVar[bool] = True
    """Whether XLA makes this layer's training faster. A rule, not a trial: what is compiled changes the last bits."""
    group: ClassVar[Group]
    """Under which heading the form offers it."""

    name: Name | None = Field(None, description="How arms refer to this layer. Left out: its kind and position.")

    def tokens(self) -> int | None:
        """Where the layer reads numbers of tokens from 0: how many it knows. `input_dim` is the field's name."""
        return None

    def extra_inputs(self) -> list[tuple[str, str]]:
        """Fields that name earlier layers whose output this layer takes too, with the names."""
        return []

    def arguments(self, before: Any, others: list[Any]) -> tuple[Any, ...]:
        """What the Keras layer is called with, of the previous layer's output and those of `extra_inputs()`.

        It is also asked with shapes in the place of outputs, for Keras' `build()`.
        """
        return (before,)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        """Shape of what this layer gives for an example of `shape`, and for outputs of the layers of `extra_inputs()`.

        Raises:
            ShapeError: "needs a height of at least 3, gets 2".
        """
        raise NotImplementedError

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        """Shapes of the trained variables by the weight's name, for an input of a `shape` that `output_shape` takes."""
        return {}

    def checked_shape(self, shape: Shape, *others: Shape) -> Shape:
        """`output_shape`, refused where it, or a weight, is too large for any machine that this is meant for.

        Raises:
            ShapeError: what is too large, or what the layer can't do with its input.
        """
        given = self.output_shape(shape, *others)
        if math.prod(given) > MAX_VALUES:
            raise ShapeError(f"makes {sizes(given)} values of an example; at most {MAX_VALUES} are allowed")
        for name, shapes in self.weight_shapes(shape).items():
            if max(map(math.prod, shapes)) > MAX_WEIGHT:
                raise ShapeError(f"needs a {name} of {sizes(shapes[0])}; at most {MAX_WEIGHT} values are allowed")
        return given

    def parameters(self, shape: Shape) -> int:
        """Number of trained values for an input of `shape`."""
        return sum(math.prod(each) for shapes in self.weight_shapes(shape).values() for each in shapes)

    def multiply_adds(self, shape: Shape, given: Shape) -> int:
        """Multiplications with a weight, each with its addition, that one example of `shape` takes to become `given`.

        As is true of most layers, every weight is taken to be used once at each place of the output: each of its axes
        but the last. A layer that uses them otherwise says so; nothing but `domain.estimate` depends on it.
        """
        return self.parameters(shape) * math.prod(given[:-1])

    def steps(self, shape: Shape) -> int:
        """How many steps it takes one after the other, each of which waits for the last."""
        return 1

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        """What makes the `keras.layers.Layer` for an input of `shape`, named as this one is."""
        raise NotImplementedError

    def describe(self) -> str:
        """The layer in a few words."""
        raise NotImplementedError


def of_rank(shape: Shape, rank: int, what: str) -> None:
    """Refuses an input of another rank than `rank`, which is `what` ("height × width × channels").

    Raises:
        ShapeError: always where the rank differs.
    """
    if len(shape) != rank:
        raise ShapeError(f"needs {what}, gets {sizes(shape)}: add a reshape layer before it")


def whole_numbers(value: Any, low: int, high: int, lengths: range, words: str) -> Any:
    """`value` if it is a whole number, or a list of as many as `lengths` has, each from `low` to `high`.

    Raises:
        PydanticCustomError: otherwise, with the sentence "Give {words}, from {low} to {high}".
    """
    numbers = value if isinstance(value, list) else [value]
    whole = all(isinstance(each, int) and not isinstance(each, bool) and low <= each <= high for each in numbers)
    if whole and (not isinstance(value, list) or len(value) in lengths):
        return value
    context = {"words": words, "low": low, "high": high}
    raise PydanticCustomError("sizes", "Give {words}, from {low} to {high}", context)


def _passed(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole or (isinstance(value, list) and all(isinstance(v, int) and not isinstance(v, bool) for v in value)):
        return value
    raise PydanticCustomError("sizes", "Give a whole number or a list of whole numbers")


Sizes = Annotated[int | list[int], BeforeValidator(_passed), Field(json_schema_extra={"widget": "sizes"})]
"""One whole number for every axis, or one for each. A class says itself what is allowed (`whole_numbers`)."""


class WithKernel(Constrained):
    """A layer with a kernel."""

    kernel_initializer: Initializer = Field("glorot_uniform", description="How the kernel's first values are drawn.")
    kernel_constraint: AnyConstraint | None = Field(None, description="Acts on the weights into each unit.")
    kernel_regularizer: AnyRegularizer | None = Field(None, description="Penalises the weights into each unit.")


class WithRecurrent(Constrained):
    """A layer whose state feeds back through a recurrent kernel."""

    recurrent_initializer: Initializer = Field(
        "orthogonal", description="How the recurrent kernel's first values are drawn."
    )
    recurrent_constraint: AnyConstraint | None = Field(
        None, description="Acts on the weights from the last step's state into each unit."
    )
    recurrent_regularizer: AnyRegularizer | None = Field(
        None, description="Penalises the weights from the last step's state."
    )


class WithBias(Constrained):
    """A layer with a bias, which starts at zero, as in Keras."""

    use_bias: bool = Field(True, description="Add a bias to each unit.")
    bias_constraint: AnyConstraint | None = Field(None, description="Acts on each unit's bias.")
    bias_regularizer: AnyRegularizer | None = Field(None, description="Penalises the biases.")

    def active_weights(self) -> tuple[Weight, ...]:
        return tuple(weight for weight in super().active_weights() if self.use_bias or weight.name != "bias")

    def bias_shapes(self, *shapes: Shape) -> dict[str, list[Shape]]:
        """Shapes of the bias' variables, if there is one."""
        return {"bias": list(shapes)} if self.use_bias else {}

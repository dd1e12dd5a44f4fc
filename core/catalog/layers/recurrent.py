"""Recurrent layers: cells that process a sequence step by step, with a state that feeds back.

None is unrolled: XLA compiles a loop in about a second and runs it as fast. Unrolled, an LSTM over 28 steps took six
times as long to compile, and four times as long to train. None uses cuDNN, which XLA can't compile.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from core.catalog.calls import Call
from core.catalog.entry import number
from core.catalog.layers.base import (
    Activation,
    BuildContext,
    Group,
    Layer,
    WithBias,
    WithKernel,
    WithRecurrent,
    of_rank,
)
from core.catalog.layers.convolution import Convolution, filters_field, strides_or_dilation
from core.catalog.weight import Shape, Weight, bias_weight, sizes

CellName = Literal["simple_rnn", "lstm", "gru"]
_GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}
_CLASSES = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
ONE_WAY = ("cell",)
BOTH_WAYS = ("forward_layer.cell", "backward_layer.cell")


def cell_weights(cell: CellName, cells: tuple[str, ...] = ONE_WAY, two_biases: bool = True) -> tuple[Weight, ...]:
    """Kernel, recurrent kernel and bias of a Keras layer whose cells are at the attributes `cells`.

    A GRU has `two_biases` for each gate, of input and state, unless it resets its state before the multiplication.
    """

    def at(name: str) -> tuple[str, ...]:
        return tuple(f"{each}.{name}" for each in cells)

    owner = "unit" if cell == "simple_rnn" else "gate"
    count = {"simple_rnn": "", "lstm": ", four gates a unit", "gru": ", three gates a unit"}[cell]
    bias = bias_weight(owner, at("bias"))
    if cell == "gru" and two_biases:
        trap = "takes one norm over both biases of each gate"
        bias = Weight("bias", 2, (), "each bias by itself, two for each gate", at("bias"), trap)
    return (
        Weight("kernel", 2, (0,), f"each {owner}'s {{}} incoming weights{count}", at("kernel")),
        Weight("recurrent", 2, (0,), f"each {owner}'s {{}} recurrent weights{count}", at("recurrent_kernel")),
        bias,
    )


def dropout_field(what: str) -> Any:
    """Field for the share of `what` that is dropped."""
    description = f"Share of {what} that is set to zero while training."
    return number(0.0, ge=0, lt=1, step=0.05, simpler="high", description=description)


class Recurrent(WithBias, WithRecurrent, WithKernel, Layer):
    """Base of layers whose cells have units."""

    group: ClassVar[Group] = "recurrent"
    units: int = number(
        32,
        singular="unit",
        ge=1,
        le=1024,
        step=1,
        log=True,
        simpler="low",
        description="Number of units: size of the state.",
    )
    activation: Activation = Field("tanh", description="Applied to each unit's sum.", json_schema_extra={"main": True})
    return_sequences: bool = Field(False, description="Return the state of every step rather than only the last.")
    dropout: float = dropout_field("the inputs")
    recurrent_dropout: float = dropout_field("the state")

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        of_rank(shape, 2, "steps × features")
        return (*(shape[:1] if self.return_sequences else ()), self.units)

    def multiply_adds(self, shape: Shape, given: Shape) -> int:
        return self.parameters(shape) * shape[0]

    def steps(self, shape: Shape) -> int:
        return shape[0]

    def cell_shapes(self, cell: CellName, shape: Shape, two_biases: bool = True) -> dict[str, list[Shape]]:
        """Shapes of the weights of one such cell."""
        width = _GATES[cell] * self.units
        bias = (2, width) if cell == "gru" and two_biases else (width,)
        return {
            "kernel": [(shape[-1], width)],
            "recurrent": [(self.units, width)],
            **self.bias_shapes(bias),
        }

    def layer(self, cell: CellName, context: BuildContext, first_part: int = 0, **more: Any) -> Call:
        """The call that makes the Keras layer of one such cell, seeded by the layer's parts from `first_part` on."""
        return Call(
            f"keras.layers.{_CLASSES[cell]}",
            self.units,
            **self.changed("activation", "use_bias"),
            **self.built_weights(context, first_part),
            **self.changed("dropout", "recurrent_dropout", "return_sequences"),
            **more,
            **({} if cell == "simple_rnn" else {"use_cudnn": False}),
            seed=context.part_seed(first_part + 2),
        )

    def describe(self) -> str:
        return f"{self.units} units{', every step' if self.return_sequences else ''}"


class SimpleRNN(Recurrent):
    """Applies the activation to the sum of weighted inputs and weighted last state (Elman 1990)."""

    title: ClassVar = "SimpleRNN"
    summary: ClassVar = "Feed each step's state into the next"
    weights: ClassVar = cell_weights("simple_rnn")
    kind: Literal["simple_rnn"] = "simple_rnn"
    go_backwards: bool = Field(False, description="Go along the sequence from its end.")

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        return self.cell_shapes("simple_rnn", shape)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return self.layer("simple_rnn", context, **self.changed("go_backwards"), name=self.name)


class LSTM(Recurrent):
    """Long short-term memory: gates for input, memory and output (Hochreiter & Schmidhuber 1997)."""

    title: ClassVar = "LSTM"
    summary: ClassVar = "A memory with gates for input, memory and output"
    weights: ClassVar = cell_weights("lstm")
    kind: Literal["lstm"] = "lstm"
    recurrent_activation: Activation = Field("sigmoid", description="Applied to each gate's sum.")
    unit_forget_bias: bool = Field(True, description="Start the forget gates' bias at 1, not at 0.")
    go_backwards: bool = Field(False, description="Go along the sequence from its end.")

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        return self.cell_shapes("lstm", shape)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        more = self.changed("recurrent_activation", "unit_forget_bias", "go_backwards")
        return self.layer("lstm", context, **more, name=self.name)


class GRU(Recurrent):
    """Gated recurrent unit: two gates decide how much of the state is kept and renewed (Cho et al. 2014)."""

    title: ClassVar = "GRU"
    summary: ClassVar = "A memory with two gates: how much to keep and renew"
    weights: ClassVar = cell_weights("gru")
    kind: Literal["gru"] = "gru"
    recurrent_activation: Activation = Field("sigmoid", description="Applied to each gate's sum.")
    reset_after: bool = Field(True, description="Reset the state after it is weighed; each gate has two biases then.")
    go_backwards: bool = Field(False, description="Go along the sequence from its end.")

    def active_weights(self) -> tuple[Weight, ...]:
        weights = cell_weights("gru", two_biases=self.reset_after)
        return weights if self.use_bias else weights[:2]

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        return self.cell_shapes("gru", shape, self.reset_after)

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        more = self.changed("recurrent_activation", "reset_after", "go_backwards")
        return self.layer("gru", context, **more, name=self.name)


def both_ways(forward: Any, backward: Any, merge_mode: str, name: str) -> Any:
    """A `keras.layers.Bidirectional` whose layers keep their constraints, regularisers and seeds.

    Keras makes the forward layer anew from its settings. A constraint that is a function does not survive that, nor
    does the seed of a SimpleRNN. So both are given to the new layer, which has no weights yet.
    """
    import keras

    limits = {key: each for key, each in vars(forward.cell).items() if key.endswith(("_constraint", "_regularizer"))}
    for key in limits:
        setattr(forward.cell, key, None)
    layer = keras.layers.Bidirectional(forward, merge_mode=merge_mode, backward_layer=backward, name=name)
    for key, each in limits.items():
        setattr(layer.forward_layer.cell, key, each)
    layer.forward_layer.cell.seed_generator.state.assign(forward.cell.seed_generator.state)
    return layer


class Bidirectional(Recurrent):
    """Goes along the sequence both ways, with weights for each, and merges what they give (Schuster & Paliwal 1997)."""

    title: ClassVar = "Bidirectional"
    summary: ClassVar = "Go along a sequence both ways"
    weights: ClassVar = cell_weights("lstm", BOTH_WAYS)
    kind: Literal["bidirectional"] = "bidirectional"
    cell: CellName = Field("lstm", description="The layer that goes each way.")
    merge_mode: Literal["concat", "sum", "mul", "ave"] = Field(
        "concat", description="Merge of both directions: side by side, or their sum, product or mean."
    )

    def active_weights(self) -> tuple[Weight, ...]:
        weights = cell_weights(self.cell, BOTH_WAYS)
        return weights if self.use_bias else weights[:2]

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        *steps, units = super().output_shape(shape)
        return (*steps, 2 * units if self.merge_mode == "concat" else units)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        return {name: 2 * shapes for name, shapes in self.cell_shapes(self.cell, shape).items()}

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        return Call(
            both_ways,
            self.layer(self.cell, context, name="forward"),
            self.layer(self.cell, context, 3, go_backwards=True, name="backward"),
            merge_mode=self.merge_mode,
            name=self.name,
        )

    def describe(self) -> str:
        return f"{_CLASSES[self.cell]}, {super().describe()}"


def filter_gates(dimensions: int) -> tuple[Weight, ...]:
    """The weights of a `ConvLSTM`."""
    axes = tuple(range(dimensions + 1))
    first = {1: "steps", 2: "rows", 3: "slices"}[dimensions]
    trap = f"takes norms over the kernel's {first} only, not over all weights of a gate"
    words = "each gate's {{}} {} weights, four gates a filter"
    rank = dimensions + 2
    return (
        Weight("kernel", rank, axes, words.format("incoming"), ("cell.kernel",), trap, dimensions),
        Weight("recurrent", rank, axes, words.format("recurrent"), ("cell.recurrent_kernel",), trap, dimensions),
        bias_weight("gate", ("cell.bias",)),
    )


class ConvLSTM(WithRecurrent, WithKernel, Convolution, Layer):
    """Base of LSTMs whose inputs and states are weighed by filters (Shi et al. 2015, arXiv:1506.04214)."""

    group: ClassVar[Group] = "recurrent"
    filters: int = filters_field()
    activation: Activation = Field(
        "tanh", description="Applied to each filter's sums.", json_schema_extra={"main": True}
    )
    recurrent_activation: Activation = Field("sigmoid", description="Applied to each gate's sum.")
    unit_forget_bias: bool = Field(True, description="Start the forget gates' bias at 1, not at 0.")
    return_sequences: bool = Field(False, description="Return the state of every step rather than only the last.")
    go_backwards: bool = Field(False, description="Go along the sequence from its end.")
    dropout: float = dropout_field("the inputs")
    recurrent_dropout: float = dropout_field("the state")

    _dilation = field_validator("dilation_rate")(strides_or_dilation)

    def output_shape(self, shape: Shape, *others: Shape) -> Shape:
        of_rank(shape, self.dimensions + 2, " × ".join(("steps", *self.axes(), "channels")))
        steps = shape[:1] if self.return_sequences else ()
        return (*steps, *self.slid(shape[1:]), self.filters)

    def weight_shapes(self, shape: Shape) -> dict[str, list[Shape]]:
        kernel, width = self.each(self.kernel_size), 4 * self.filters
        return {
            "kernel": [(*kernel, shape[-1], width)],
            "recurrent": [(*kernel, self.filters, width)],
            **self.bias_shapes((width,)),
        }

    def multiply_adds(self, shape: Shape, given: Shape) -> int:
        return self.parameters(shape) * shape[0] * math.prod(self.slid(shape[1:]))

    def steps(self, shape: Shape) -> int:
        return shape[0]

    def keras(self, context: BuildContext, shape: Shape) -> Call:
        others = ("recurrent_activation", "use_bias", "unit_forget_bias", "dropout", "recurrent_dropout")
        return Call(
            f"keras.layers.ConvLSTM{self.dimensions}D",
            self.filters,
            **self.window_arguments(),
            **self.changed(*others, "return_sequences", "go_backwards"),
            **self.built_weights(context),
            seed=context.part_seed(2),
            name=self.name,
        )

    def describe(self) -> str:
        every = ", every step" if self.return_sequences else ""
        return f"{self.filters} filters of {sizes(self.each(self.kernel_size))}{every}"


class ConvLSTM1D(ConvLSTM):
    """An LSTM along sequences of sequences."""

    title: ClassVar = "ConvLSTM1D"
    summary: ClassVar = "An LSTM with filters, for sequences of sequences"
    dimensions: ClassVar[int] = 1
    weights: ClassVar = filter_gates(1)
    kind: Literal["conv_lstm1d"] = "conv_lstm1d"


class ConvLSTM2D(ConvLSTM):
    """An LSTM along sequences of images."""

    title: ClassVar = "ConvLSTM2D"
    summary: ClassVar = "An LSTM with filters, for sequences of images"
    dimensions: ClassVar[int] = 2
    weights: ClassVar = filter_gates(2)
    kind: Literal["conv_lstm2d"] = "conv_lstm2d"


class ConvLSTM3D(ConvLSTM):
    """An LSTM along sequences of volumes."""

    title: ClassVar = "ConvLSTM3D"
    summary: ClassVar = "An LSTM with filters, for sequences of volumes"
    dimensions: ClassVar[int] = 3
    weights: ClassVar = filter_gates(3)
    kind: Literal["conv_lstm3d"] = "conv_lstm3d"

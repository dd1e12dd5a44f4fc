"""Weights of layers, as constraints and regularisers see them, and shapes."""

from __future__ import annotations

from dataclasses import dataclass

Shape = tuple[int, ...]
"""Shape of one example, without the batch axis."""


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
    """Phrase for one group along `unit_axis`: "each filter's weights"; `{}` is replaced by the group's shape."""
    variables: tuple[str, ...] = ()
    """Attribute paths of the Keras layer's variables ("cell.kernel"); empty: the weight's name."""
    keras_trap: str = ""
    """Effect of Keras' default axis, 0, if it is unexpected here, as the end of a sentence."""
    places: int = 0
    """Number of leading axes that are positions around a centre, as in a convolution's kernel."""

    @property
    def field(self) -> str:
        """The layer's field that holds this weight's constraint."""
        return f"{self.name}_constraint"

    @property
    def regularizer_field(self) -> str:
        """The layer's field that holds this weight's regulariser."""
        return f"{self.name}_regularizer"

    @property
    def initializer_field(self) -> str:
        """The layer's field that holds this weight's initialiser, if it has one."""
        return f"{self.name}_initializer"

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attribute paths of the Keras layer's variables."""
        return self.variables or (self.name,)

    def unit_words(self, shape: Shape | None = None) -> str:
        """Phrase for one group, with its size if the weight's `shape` is given: "each filter's 3×3×1 weights"."""
        size = sizes(tuple(shape[axis] for axis in self.unit_axis)) if shape else ""
        words = " ".join(self.unit.format(size).split())
        return words.replace("weights", "weight", 1).replace("values", "value", 1) if size == "1" else words


def bias_weight(unit: str = "unit", variables: tuple[str, ...] = ()) -> Weight:
    """The bias of a layer with one value for each `unit`."""
    trap = f"takes the norm of the whole bias vector, not of each {unit}'s bias"
    return Weight("bias", 1, (), f"each {unit}'s bias by itself", variables, trap)


def sizes(shape: Shape | list[int]) -> str:
    """A shape in words: "3×3×1"."""
    return "×".join(map(str, shape))

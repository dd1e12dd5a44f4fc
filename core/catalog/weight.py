"""A weight of a layer, as constraints and regularisers see it, and the shapes that layers give."""

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
    """What one group along `unit_axis` is: "each filter's weights"; `{}` stands for the group's shape, if wanted."""
    variables: tuple[str, ...] = ()
    """Where the Keras layer has its variables, as attributes ("cell.kernel"); left out, by the weight's name."""
    keras_trap: str = ""
    """What Keras' default axis, 0, would do here, where that is not what one expects: the rest of a sentence."""
    places: int = 0
    """How many of its first axes are places around a centre, as a convolution's kernel has."""

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
        """The layer's field that says how this weight's first values are drawn, if they are."""
        return f"{self.name}_initializer"

    @property
    def attributes(self) -> tuple[str, ...]:
        """Where the Keras layer has its variables."""
        return self.variables or (self.name,)

    def unit_words(self, shape: Shape | None = None) -> str:
        """What one group is, with its size where the weight's `shape` is known: "each filter's 3×3×1 weights"."""
        size = sizes(tuple(shape[axis] for axis in self.unit_axis)) if shape else ""
        return " ".join(self.unit.format(size).split())


def bias_weight(unit: str = "unit", variables: tuple[str, ...] = ()) -> Weight:
    """The bias of a layer that has one for each `unit`."""
    trap = f"takes the norm of the whole bias vector, not of each {unit}'s bias"
    return Weight("bias", 1, (), f"each {unit}'s bias by itself", variables, trap)


def sizes(shape: Shape | list[int]) -> str:
    """A shape as people write it: "3×3×1"."""
    return "×".join(map(str, shape))

"""The network as posted, and the shapes of its layers, computed without TensorFlow."""

from __future__ import annotations

from pydantic import Field

from core.catalog.entry import Entry
from core.catalog.layers import AnyLayer, Output, ShapeError
from core.catalog.weight import Shape
from core.limits import MAX_DEPTH
from core.problems import Invalid, Location, Problem


class Network(Entry):
    """Layers in order; the task implies the output layer."""

    layers: list[AnyLayer] = Field(max_length=MAX_DEPTH, description="Hidden layers, first to last.")
    output: Output = Field(default_factory=Output, description="The last layer: its weights and constraints.")

    def named(self) -> Network:
        """The network with a name for every layer: its own, or its kind and position (`dense_1`)."""
        return Network(
            layers=[
                layer.model_copy(update={"name": layer.name or f"{layer.kind}_{position}"})
                for position, layer in enumerate(self.layers, 1)
            ],
            output=self.output,
        )


def shapes_of(network: Network, shape: Shape) -> list[Shape]:
    """Shape of every layer's input, from the first layer to the output; all layers must have names.

    Raises:
        Invalid: located at the first layer whose input has a shape that it can't take.
    """
    shapes, problem = shapes_until(network, shape)
    if problem is not None:
        raise Invalid([problem])
    return shapes


def shapes_until(network: Network, shape: Shape) -> tuple[list[Shape], Problem | None]:
    """Shapes up to the first incompatible layer, and the problem there, if any."""
    shapes, outputs = [shape], {"": shape}
    for index, layer in enumerate(network.layers):
        at: Location = ("network", "layers", index)
        others = []
        for field, name in layer.extra_inputs():
            if name not in outputs:
                known = ", ".join(each for each in outputs if each) or "none"
                message = f"{layer.name} takes the output of a layer before it; {name!r} is none of those: {known}"
                return shapes, Problem((*at, field), message)
            others.append(outputs[name])
        try:
            shape = layer.checked_shape(shapes[-1], *others)
        except ShapeError as error:
            return shapes, Problem(at, f"{layer.name} {error}")
        shapes.append(shape)
        outputs[str(layer.name)] = shape
    if len(shape) != 1:
        size = "×".join(map(str, shape))
        message = (
            f"The output layer needs one row of values, gets {size}: add a flatten or global pooling layer before it"
        )
        return shapes, Problem(("network", "layers"), message)
    return shapes, None

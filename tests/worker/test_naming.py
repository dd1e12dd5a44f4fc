"""Programs named by what they do: equal ones are found again, whatever was traced before them."""

from __future__ import annotations

from typing import Any

import keras
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from worker.naming import named_by_content


def programs() -> set[str]:
    """Names of the programs that TensorFlow knows."""
    names = (
        str(name, "utf-8") if isinstance(name, bytes) else name for name in context.context().list_function_names()
    )
    return {name for name in names if name.startswith("program_")}


def add_program(made: Any) -> set[str]:
    """Traces three training steps of a layer, as the engine does, and gives the names that are new."""
    before = programs()
    given = keras.Input((3, 2))
    output = keras.layers.Dense(1, name="output")(keras.layers.Flatten(name="flat")(made(given)))
    model = keras.Model(given, output, name="network")
    optimizer = keras.optimizers.SGD()
    optimizer.name = "optimizer"
    model.compile(optimizer, "mean_squared_error")
    optimizer.build(model.trainable_variables)
    x, y = tf.zeros((4, 3, 2)), tf.zeros((4, 1))
    model.test_step((x, y))

    def steps(x: Any, y: Any) -> Any:
        def step(count: Any) -> tuple[Any]:
            rows = tf.range(2) + count
            model.train_step((tf.gather(x, rows), tf.gather(y, rows)))
            return (count + 1,)

        return tf.while_loop(lambda count: count < 3, step, (tf.constant(0),), parallel_iterations=1)[0]

    traced = tf.function(steps, autograph=False).get_concrete_function(x, y)
    assert named_by_content(traced)(x, y).numpy() == 3
    return programs() - before


@pytest.mark.parametrize("kind", ["Dense", "SimpleRNN", "LSTM", "GRU"])
def test_equal_programs_have_one_name(kind: str) -> None:
    def layer() -> Any:
        return getattr(keras.layers, kind)(2, name="layer")

    first, again = add_program(layer()), add_program(layer())
    assert first
    assert not again

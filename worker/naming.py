"""A traced function under a name that its content decides.

TensorFlow numbers functions as they come, and XLA's cache on disk goes by those names: a program would be found there
only by a process that has traced the very same things before it. Under a name made of its content every process finds
it, and a program that was dropped and is traced again is not compiled again.

TensorFlow has no public way to name a function; this is the one place that reaches behind its public names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from tensorflow.python.eager import context


def named_by_content(function: Any) -> Callable[..., Any]:
    """A concrete function of tensors that gives one tensor, to be called by position, under a name of its own."""
    main = function.function_def
    library = {each.signature.name: each for each in function.graph.as_graph_def().library.function}
    functions = [main]
    for each in functions:  # grows: the functions that these call, in the order of the calls
        for reference in _calls(each):
            if library[reference.name] not in functions:
                functions.append(library[reference.name])

    content = b"".join(each.SerializeToString(deterministic=True) for each in _renamed(functions, "program"))
    prefix = f"program_{hashlib.sha256(content).hexdigest()[:24]}"
    runtime = context.context()
    for each in _renamed(functions, prefix):
        if not runtime.has_function(each.signature.name):
            runtime.add_function_def(each)
    name = f"{prefix}_0".encode()

    def call(*tensors: Any) -> Any:
        # What is captured are the variables, which `function` keeps alive.
        (result,) = runtime.call_function(name, [*tensors, *function.captured_inputs], 1)
        return result

    return call


def _renamed(functions: list[Any], prefix: str) -> list[Any]:
    """Copies named by `prefix` and their place in the list, also where TensorFlow made other names of theirs."""
    names = {each.signature.name: f"{prefix}_{number}" for number, each in enumerate(functions)}
    for name in list(names):  # what a loop in a loop is called before it is rewritten for gradients
        names.setdefault(re.sub(r"(_rewritten|_grad_\d+)$", "", name), f"{names[name]}_first")
    known = re.compile("|".join(rf"{re.escape(name)}(?!\d)" for name in names))

    def new(text: str) -> str:
        return known.sub(lambda match: names[match[0]], text)

    copies = []
    for each in functions:
        copy = type(each)()
        copy.CopyFrom(each)
        copy.signature.name = names[copy.signature.name]
        for argument in copy.signature.input_arg:
            argument.name = new(argument.name)
        for node in copy.node_def:
            node.name = new(node.name)
            node.input[:] = [new(source) for source in node.input]
            node.attr.pop("_gradient_op_type", None)  # numbered too, and for tracing's gradients only
        for reference in _calls(copy):
            reference.name = names[reference.name]
        for attributes in copy.arg_attr.values():
            attributes.attr.pop("_user_specified_name", None)  # for error messages only
        copies.append(copy)
    return copies


def _calls(function: Any) -> list[Any]:
    """The places in a function's definition that name another function."""
    values = [value for node in function.node_def for _, value in sorted(node.attr.items())]
    return [each for value in values for each in ([value.func] if value.HasField("func") else value.list.func)]

"""Code as data: an entry says which call makes it, the worker makes the call, and the exported script prints it.

So what is trained and what is exported can't drift apart, and the API can print a script without importing TensorFlow.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

LINE: Final = 100
"""Columns of a printed line, at most, where there is a place to break it."""
_INDENT: Final = "    "


class Call:
    """A call of `target`: a public dotted name ("keras.layers.Dense"), or a plain function of ours.

    Such a function is printed with its source, so it imports what it needs inside itself, beside NumPy as `np`, and
    uses nothing else of its module.
    """

    def __init__(self, target: str | Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.target = target
        self.args = args
        self.kwargs = kwargs


class Partial(Call):
    """`target` with some arguments given, to be called later with the rest."""


@dataclass(frozen=True)
class Tunable:
    """A number that runs of one program may differ in: a plain number in a script, a variable in a program."""

    path: str
    value: float


@dataclass(frozen=True)
class Seed:
    """The seed of the layer at `position`, made from the run's seed; the output layer's position is the last.

    What one layer draws of several things, initialisers of one kind, say, must not be the same numbers: each of its
    `part`s has a seed of its own.
    """

    position: int
    part: int = 0


@dataclass(frozen=True)
class Name:
    """A name in the printed script; it can't be evaluated."""

    text: str


def evaluate(code: Any, tuned: Callable[[Tunable], Any], seed: Callable[[int, int], int]) -> Any:
    """The value of `code`.

    Args:
        code: calls and plain values, nested as one likes.
        tuned: gives what stands for a tuned number: its value, or a variable. Many of Keras' classes refuse to be made
            with a variable, but read it well; so they are made with the number, and the variable is put in its place.
        seed: gives the seed of a part of the layer at a position.
    """
    again = functools.partial(evaluate, tuned=tuned, seed=seed)
    if isinstance(code, Call):
        target = _imported(code.target) if isinstance(code.target, str) else code.target
        args = [again(each) for each in code.args]
        if isinstance(code, Partial):
            return functools.partial(target, *args, **{name: again(each) for name, each in code.kwargs.items()})
        plain = {name: each.value if isinstance(each, Tunable) else again(each) for name, each in code.kwargs.items()}
        made = target(*args, **plain)
        for name, each in code.kwargs.items():
            if isinstance(each, Tunable) and (value := tuned(each)) is not each.value:
                setattr(made, name, value)
        return made
    if isinstance(code, Tunable):
        return tuned(code)
    if isinstance(code, Seed):
        return seed(code.position, code.part)
    if isinstance(code, list | tuple):
        return type(code)(again(each) for each in code)
    return code


def plain(code: Any) -> Any:
    """The value of `code` that has no seeds, with its numbers as they are."""

    def unseeded(position: int, part: int) -> int:
        raise ValueError(f"This needs the seed of layer {position}")

    return evaluate(code, lambda number: number.value, unseeded)


@functools.cache
def _imported(name: str) -> Any:
    module, _, rest = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), rest)
    except ModuleNotFoundError:
        return getattr(_imported(module), rest)


def text(code: Any, indent: int = 0) -> str:
    """`code` as Python; lines after the first are indented by `indent` levels."""
    if isinstance(code, Call):
        name = code.target if isinstance(code.target, str) else code.target.__name__
        parts = [(("", each)) for each in code.args] + [(f"{name}=", each) for name, each in code.kwargs.items()]
        if isinstance(code, Partial):
            if not parts:
                return name
            name, parts = "functools.partial", [("", Name(name)), *parts]
        return _bracketed(f"{name}(", [(before, each) for before, each in parts], ")", indent)
    if isinstance(code, Tunable):
        return repr(code.value)
    if isinstance(code, Seed):
        return f"layer_seed(seed, {code.position}{f', {code.part}' if code.part else ''})"
    if isinstance(code, Name):
        return code.text
    if isinstance(code, list):
        return _bracketed("[", [("", each) for each in code], "]", indent)
    if isinstance(code, tuple):
        return f"({', '.join(text(each) for each in code)}{',' if len(code) == 1 else ''})"
    if isinstance(code, str):
        return json.dumps(code, ensure_ascii=False)
    return repr(code)


def _bracketed(opening: str, parts: list[tuple[str, Any]], closing: str, indent: int) -> str:
    line = opening + ", ".join(before + text(each) for before, each in parts) + closing
    if "\n" not in line and len(_INDENT) * indent + len(line) <= LINE:
        return line
    inner = "".join(f"{_INDENT * (indent + 1)}{before}{text(each, indent + 1)},\n" for before, each in parts)
    return f"{opening}\n{inner}{_INDENT * indent}{closing}"


def functions(code: Any) -> Iterator[Callable[..., Any]]:
    """Our own functions that `code` calls, each as often as it is called."""
    if isinstance(code, Call):
        if not isinstance(code.target, str):
            yield code.target
        for each in (*code.args, *code.kwargs.values()):
            yield from functions(each)
    elif isinstance(code, list | tuple):
        for each in code:
            yield from functions(each)


def modules(code: Any) -> Iterator[str]:
    """First names of the modules that `code` needs, each as often as it is needed."""
    if isinstance(code, Call):
        if isinstance(code.target, str):
            yield code.target.rpartition(".")[0]
        if isinstance(code, Partial) and (code.args or code.kwargs):
            yield "functools"
        for each in (*code.args, *code.kwargs.values()):
            yield from modules(each)
    elif isinstance(code, list | tuple):
        for each in code:
            yield from modules(each)


def source(function: Callable[..., Any]) -> str:
    """A function's source as it is printed: without annotations, which would need more imports."""
    written = textwrap.dedent(inspect.getsource(function))
    body = cast("ast.FunctionDef", ast.parse(written).body[0]).body
    signature = inspect.signature(function)
    parameters = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    bare = signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    lines = written.splitlines()[body[0].lineno - 1 :]
    return "\n".join([f"def {function.__name__}{bare}:", *lines]).rstrip() + "\n"

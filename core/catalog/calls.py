"""Code as data: an entry returns the call that makes it; the worker evaluates the call, the exported script prints it.

So training and export can't drift apart, and the API can print a script without importing TensorFlow.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final, cast

LINE: Final = 100
"""Longest printed line, in columns, if it can be broken."""
_INDENT: Final = "    "


class Call:
    """A call of `target`: a public dotted name ("keras.layers.Dense"), or a plain function of ours.

    Such a function is printed with its source, so it uses NumPy as `np`, its own imports, and nothing else of its
    module but functions that do the same.
    """

    def __init__(self, target: str | Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.target = target
        self.args = args
        self.kwargs = kwargs


class Partial(Call):
    """`target` with some arguments bound, as by `functools.partial`."""


@dataclass(frozen=True)
class Tunable:
    """A number that may differ between runs of one program: a literal in a script, a variable in a program."""

    path: str
    value: float


@dataclass(frozen=True)
class Seed:
    """The seed of the layer at `position`, made from the run's seed; the output layer's position is the last.

    Each `part` of a layer has a seed of its own, so that two initialisers of one kind don't draw equal numbers.
    """

    position: int
    part: int = 0


@dataclass(frozen=True)
class Name:
    """A name in the printed script; can't be evaluated."""

    text: str

    def __rmul__(self, number: int) -> Name:
        """So many times its value."""
        return Name(f"{number} * {self.text}")


def evaluate(code: Any, tuned: Callable[[Tunable], Any], seed: Callable[[int, int], int]) -> Any:
    """The value of `code`.

    Args:
        code: calls and plain values, arbitrarily nested.
        tuned: returns the value of a tunable number, or a variable for it. Many of Keras' classes reject a variable
            in the constructor but can use one; so they are made with the number, and the attribute is then replaced.
        seed: returns the seed of a part of the layer at a position.
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


def evaluate_unseeded(code: Any) -> Any:
    """The value of `code` without seeds, with its tunable numbers as literals."""

    def unseeded(position: int, part: int) -> int:
        raise ValueError(f"This needs the seed of layer {position}")

    return evaluate(code, lambda number: number.value, unseeded)


@functools.cache
def _imported(name: str) -> Any:
    module, _, rest = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), rest)  # noqa: TID251 - Keras', or ours within core
    except ModuleNotFoundError:
        return getattr(_imported(module), rest)


def source_code(code: Any, indent: int = 0) -> str:
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
        return f"({', '.join(source_code(each) for each in code)}{',' if len(code) == 1 else ''})"
    if isinstance(code, str):
        return json.dumps(code, ensure_ascii=False)
    return repr(code)


def _bracketed(opening: str, parts: list[tuple[str, Any]], closing: str, indent: int) -> str:
    line = opening + ", ".join(before + source_code(each) for before, each in parts) + closing
    if "\n" not in line and len(_INDENT) * indent + len(line) <= LINE:
        return line
    inner = "".join(f"{_INDENT * (indent + 1)}{before}{source_code(each, indent + 1)},\n" for before, each in parts)
    return f"{opening}\n{inner}{_INDENT * indent}{closing}"


def functions(code: Any) -> Iterator[Callable[..., Any]]:
    """Functions of this project that `code` calls, and those that these call, once for each call."""
    if isinstance(code, Call):
        if not isinstance(code.target, str):
            yield from _with_called(cast(FunctionType, code.target))
        for each in (*code.args, *code.kwargs.values()):
            yield from functions(each)
    elif isinstance(code, list | tuple):
        for each in code:
            yield from functions(each)


def _with_called(function: FunctionType) -> Iterator[FunctionType]:
    """A function, after those of its module that it calls."""
    parts = [function.__code__]
    for part in parts:
        parts += [each for each in part.co_consts if isinstance(each, CodeType)]
    for name in dict.fromkeys(name for part in parts for name in part.co_names):
        called = function.__globals__.get(name)
        if isinstance(called, FunctionType) and called.__module__ == function.__module__ and called is not function:
            yield from _with_called(called)
    yield function


def modules(code: Any) -> Iterator[str]:
    """Modules that `code` needs, once for each use."""
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


def keep_sources() -> None:
    """Reads the loaded modules of core: `source` then shows what runs, even if their files change later."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == __name__.partition(".")[0] and module.__file__:
            _lines(module.__file__)


@functools.cache
def _lines(file: str) -> list[str]:
    return Path(file).read_text(encoding="utf-8").splitlines(keepends=True)


def source(function: Callable[..., Any]) -> str:
    """A function's source without annotations, which would need more imports, and without notes to the type checker."""
    code = cast(FunctionType, function).__code__
    written = textwrap.dedent("".join(inspect.getblock(_lines(code.co_filename)[code.co_firstlineno - 1 :])))
    body = cast("ast.FunctionDef", ast.parse(written).body[0]).body
    signature = inspect.signature(function)
    parameters = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    bare = signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    lines = [line.partition("  # type: ignore")[0] for line in written.splitlines()[body[0].lineno - 1 :]]
    return "\n".join([f"def {function.__name__}{bare}:", *lines]).rstrip() + "\n"

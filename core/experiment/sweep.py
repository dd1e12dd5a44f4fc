"""Sweeps: arms made from a range of one number, or of two, wherever in a layer or in the training it stands."""

from __future__ import annotations

import copy
import itertools
import math
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union

import numpy as np
from pydantic import Field
from pydantic.fields import FieldInfo

from core.catalog.constraints import Constraint
from core.catalog.entry import CatalogEntry, Entry
from core.catalog.layers import Constrained, Layer
from core.catalog.regularizers import Regularizer
from core.experiment.arm import Arm, Changes
from core.problems import Invalid, Location, Problem

MAX_ARMS: Final = 64
_LONGEST_NAME: Final = 60

Simpler = Literal["low", "high"]
"""Which end of a field's range gives the simpler model."""

SweepTargets = dict[tuple[str, ...], Entry]
"""What arms can change of the base: `("layers", name)`, `("output",)` and `("training",)`."""


@dataclass(frozen=True)
class SweptField:
    """The field that an axis varies."""

    title: str
    """Where it stands and what it is: "hidden kernel: max norm"."""
    label: str
    """Its name in an arm's: "max norm"."""
    place: str
    """The layer that it stands in; empty in the training."""
    whole: bool
    """Whether it takes whole numbers only."""
    simpler: Simpler | None
    weight: str | None
    """`layer.weight` where it is a limit or a penalty on one."""


class Axis(Entry):
    """One number that is varied, and its values: listed, or a range."""

    path: list[str | int] = Field(
        min_length=2,
        max_length=9,
        description='Where the number stands in an arm\'s changes, as in ["layers", "hidden", "kernel_constraint", '
        '"max_value"] or ["training", "optimizer", "learning_rate"].',
    )
    values: list[int | float] | None = Field(
        None, min_length=2, max_length=MAX_ARMS, description="The values, one by one; or give start, stop and steps."
    )
    start: float | None = Field(None, description="The range's first value.")
    stop: float | None = Field(None, description="Its last value.")
    steps: int | None = Field(
        None,
        ge=2,
        le=MAX_ARMS,
        description="How many values it has. Those between the ends are rounded to three significant digits.",
    )
    scale: Literal["linear", "log"] = Field(
        "linear", description="Whether values differ by equal steps or by equal factors; charts are drawn alike."
    )

    def problems(self) -> Iterator[tuple[Location, str]]:
        """What is wrong with the values, and where below the axis."""
        ends = {"start": self.start, "stop": self.stop, "steps": self.steps}
        if self.values is not None:
            for field in (name for name, end in ends.items() if end is not None):
                yield (field,), "Give either values, or start, stop and steps"
            for index, value in enumerate(self.values):
                if value in self.values[:index]:
                    yield ("values", index), f"The value {value:g} stands here twice"
        else:
            for field in (name for name, end in ends.items() if end is None):
                yield (field,), "Give values, or start, stop and steps"
            if self.start is not None and self.start == self.stop:
                yield ("stop",), "Must differ from start"
        if self.scale == "log":
            for index, value in enumerate(self.values or ()):
                if value <= 0:
                    yield ("values", index), "Must be greater than 0 on a log scale"
            for field in ("start", "stop"):
                end = ends[field]
                if end is not None and end <= 0:
                    yield (field,), "Must be greater than 0 on a log scale"

    def numbers(self, *, whole: bool) -> list[float]:
        """The values in order, none while they can't be told; with `whole`, a range's are whole and differ."""
        if self.values is not None:
            return list(self.values)
        if self.start is None or self.stop is None or self.steps is None:
            return []
        make = np.geomspace if self.scale == "log" else np.linspace
        exact = [float(value) for value in make(self.start, self.stop, self.steps)]
        if whole:
            return list(dict.fromkeys(round(value) for value in exact))
        for digits in (3, 6):
            rounded = [self.start, *(float(f"{value:.{digits}g}") for value in exact[1:-1]), self.stop]
            if len(set(rounded)) == len(rounded):
                return rounded
        return exact

    def field_of(self, value: float) -> Location:
        """Where below the axis a value of its `numbers` stands; in a range, which end is nearer."""
        if self.values is not None:
            return ("values", self.values.index(value))
        start, stop = self.start or 0.0, self.stop or 0.0
        middle = math.sqrt(start * stop) if self.scale == "log" else (start + stop) / 2
        return ("start" if (value < middle) == (start < stop) else "stop",)


class Sweep(Entry):
    """Arms made from one axis or two: every value, or every pair of values, beside what all of them change."""

    axes: list[Axis] = Field(min_length=1, max_length=2, description="What is varied.")
    changes: Changes = Field(
        default_factory=Changes,
        description="What every arm of the sweep changes beside, such as the constraint whose limit is varied.",
    )

    def fields(self, targets: SweepTargets) -> list[SweptField]:
        """What the axes vary.

        Raises:
            Invalid: where there is no such number.
        """
        return [_AxisPath(axis, index, self.changes, targets).swept() for index, axis in enumerate(self.axes)]

    def problems(self, targets: SweepTargets, own: int) -> list[Problem]:
        """What is wrong with the sweep itself, beside `own` arms of the experiment's own."""
        found: list[Problem] = []
        for index, axis in enumerate(self.axes):
            at: Location = ("sweep", "axes", index)
            found += [Problem((*at, *below), message) for below, message in axis.problems()]
            if axis.path in [other.path for other in self.axes[:index]]:
                found.append(Problem((*at, "path"), "The other axis varies this number already; choose another"))
            try:
                _AxisPath(axis, index, self.changes, targets).swept()
            except Invalid as invalid:
                found += invalid.problems
        if not found:
            arms = own + len(list(self._points(self.fields(targets))))
            if arms > MAX_ARMS:
                message = f"The sweep makes {arms - own} arms, {arms} in all; at most {MAX_ARMS} are allowed"
                found.append(Problem(("sweep",), f"{message}. Take fewer values"))
        return found

    def arms(self, targets: SweepTargets, own: Sequence[Arm]) -> list[Arm]:
        """The arms that it makes beside the experiment's `own`; none where it has problems."""
        if self.problems(targets, len(own)):
            return []
        fields = self.fields(targets)
        alike = len({field.label for field in fields}) < len(fields)
        names = [arm.name for arm in own]
        made = []
        for point in self._points(fields):
            changes = self.changes.model_dump()
            for axis, value in zip(self.axes, point, strict=True):
                _put(changes, axis.path, value, targets)
            words = [
                f"{field.place} {field.label} {value:.6g}" if alike else f"{field.label} {value:.6g}"
                for field, value in zip(fields, point, strict=True)
            ]
            names.append(_free(", ".join(words), names))
            made.append(Arm(name=names[-1], changes=Changes(**changes), point=[float(value) for value in point]))
        return made

    def _points(self, fields: Sequence[SweptField]) -> Iterator[tuple[float, ...]]:
        lists = [axis.numbers(whole=field.whole) for axis, field in zip(self.axes, fields, strict=True)]
        return itertools.product(*lists)

    def place(self, arm: Arm, below: Location) -> Location:
        """Where in the posted body that stands which an arm of the sweep has at `below` its changes."""
        for index, (axis, value) in enumerate(zip(self.axes, arm.point or (), strict=False)):
            path, at = tuple(axis.path), ("sweep", "axes", index)
            if below[: len(path)] == path:
                return (*at, *axis.field_of(value))
        held: Any = self.changes.model_dump()
        for key in below:
            held = held.get(key) if isinstance(held, dict) else None
        if below and held is not None:
            return ("sweep", "changes", *below)
        on = [index for index, axis in enumerate(self.axes) if tuple(axis.path)[: len(below)] == below]
        return ("sweep", "axes", on[0], "path") if on and below else ("sweep",)


def _free(name: str, taken: Sequence[str]) -> str:
    """`name`, short enough, or it with the first number from 2 that makes it differ from those `taken`."""
    used = {each.strip().casefold() for each in taken}
    for number in itertools.count(1):
        ending = f" ({number})" if number > 1 else ""
        free = name[: _LONGEST_NAME - len(ending)].strip() + ending
        if free.casefold() not in used:
            return free
    raise AssertionError


def _head(path: Sequence[str | int], targets: SweepTargets) -> tuple[str, ...] | None:
    """Which of `targets` a path leads into."""
    heads = (tuple(str(key) for key in path[:length]) for length in (2, 1))
    return next((head for head in heads if head in targets), None)


def _put(changes: dict[str, Any], path: Sequence[str | int], value: float, targets: SweepTargets) -> None:
    """Sets what stands at `path` of `changes`; a field that they don't have yet begins as the base's."""
    head = _head(path, targets) or ()
    fields = changes
    for part in head:
        fields = fields.setdefault(part, {})
    field, *below = path[len(head) :]
    if below and field not in fields:
        fields[str(field)] = targets[head].model_dump()[str(field)]
    if below:
        fields[str(field)] = copy.deepcopy(fields[str(field)])
    at: Any = fields
    for key in [field, *below][:-1]:
        at = at[key]
    at[path[-1]] = value


@dataclass(frozen=True)
class _AxisPath:
    """Where an axis leads."""

    axis: Axis
    index: int
    changes: Changes
    targets: SweepTargets

    def swept(self) -> SweptField:
        """The number that stands there."""
        path = self.axis.path
        head = _head(path, self.targets)
        if head is None:
            layers = ", ".join(name for _, name in (each for each in self.targets if len(each) == 2)) or "none"
            raise self._wrong(
                f'Begin with "layers" and a layer\'s name, with "output" or with "training"; the layers are: {layers}'
            )
        part = self.targets[head]
        fields: Any = {**part.model_dump(), **self._changed(head)}
        owner: type[Entry] | None = type(part)
        field: FieldInfo | None = None
        for depth, key in enumerate(path[len(head) :], len(head)):
            if isinstance(fields, list):
                if not isinstance(key, int) or not 0 <= key < len(fields):
                    raise self._wrong(f"Of {path[depth - 1]!r} there are {len(fields)}, numbered from 0")
                fields = fields[key]
            else:
                field = owner.model_fields.get(str(key)) if owner and isinstance(fields, dict) else None
                if field is None or key == "kind":
                    missing = fields is None
                    raise self._wrong(
                        f"There is no {_words(path[depth - 1])} here to vary a number of; give one in the sweep's "
                        "changes"
                        if missing
                        else f"There is no field {key!r} here; check its spelling"
                    )
                fields = fields.get(str(key))
            owner = _entry_of(field, fields) if field and isinstance(fields, dict) else owner
        kinds = _number_kinds(field) if field else set()
        if field is None or not kinds or isinstance(fields, dict | list):
            raise self._wrong(f"{_words(path[-1])} is no number; a sweep varies numbers")
        return self._described(head, owner, field, whole=kinds == {int})

    def _changed(self, head: tuple[str, ...]) -> dict[str, Any]:
        changed = self.changes.output if head == ("output",) else self.changes.training
        return self.changes.layers.get(head[1], {}) if len(head) == 2 else changed

    def _described(
        self, head: tuple[str, ...], owner: type[Entry] | None, field: FieldInfo, *, whole: bool
    ) -> SweptField:
        part, name = self.targets[head], str(self.axis.path[len(head)])
        place = head[-1] if head != ("training",) else ""
        weight = None
        if isinstance(part, Constrained):
            weight = next((each.name for each in part.weights if name in (each.field, each.regularizer_field)), None)
        label = _sentence(field.title or _words(self.axis.path[-1]))
        acts = owner is not None and (
            issubclass(owner, Constraint | Regularizer) or (issubclass(owner, Layer) and not owner.weights)
        )
        if owner is not None and acts and issubclass(owner, CatalogEntry):
            others = [one for key, one in owner.model_fields.items() if key != "kind" and _number_kinds(one)]
            title = _sentence(owner.title)
            label = title if len(others) == 1 else f"{title} {label}" if weight else label
        where = " ".join(filter(None, (place, weight)))
        extra = field.json_schema_extra
        simpler = extra.get("simpler") if isinstance(extra, dict) else None
        return SweptField(
            title=f"{where}: {label}" if where else label,
            label=label,
            place=place,
            whole=whole,
            simpler=typing.cast(Simpler | None, simpler),
            weight=f"{place}.{weight}" if weight else None,
        )

    def _wrong(self, message: str) -> Invalid:
        return Invalid([Problem(("sweep", "axes", self.index, "path"), message)])


def _words(key: str | int) -> str:
    return str(key).replace("_", " ")


def _sentence(title: str) -> str:
    """A title within a sentence: "max norm", but "L2" and "Frobenius norm"."""
    keeps = title.startswith("Frobenius") or not title[1:2].islower()
    return title if keeps else title[0].lower() + title[1:]


def _members(annotation: Any) -> Iterator[Any]:
    """The members of a union, those of unions within it too."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        yield from _members(typing.get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for each in typing.get_args(annotation):
            yield from _members(each)
    else:
        yield annotation


def _number_kinds(field: FieldInfo) -> set[type]:
    """Which of int and float a field takes; neither, where its numbers name something, as axes do."""
    if isinstance(field.json_schema_extra, dict) and "widget" in field.json_schema_extra:
        return set()
    return {each for each in _members(field.annotation) if each in (int, float)}


def _entry_of(field: FieldInfo, value: dict[str, Any]) -> type[Entry] | None:
    """The class of the entry that `value`, one of the field's, becomes."""
    found: list[Any] = []
    for each in _members(field.annotation):
        found += [inner for arg in typing.get_args(each) for inner in _members(arg)] or [each]
    entries = [each for each in found if isinstance(each, type) and issubclass(each, Entry)]
    for each in entries:
        if not issubclass(each, CatalogEntry) or each.kind_name() == value.get("kind"):
            return each
    return None

"""Sweeps: arms generated from a range of one number, or of two, in any layer or in the training."""

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
from annotated_types import Ge, Le
from pydantic import Field
from pydantic.fields import FieldInfo

from core.catalog.constraints import Constraint
from core.catalog.entry import CatalogEntry, Entry
from core.catalog.layers import Constrained, Layer
from core.catalog.regularizers import Regularizer
from core.experiment.arm import Arm, Changes
from core.limits import MAX_ARMS
from core.problems import Invalid, Location, Problem

_LONGEST_NAME: Final = 60

Simpler = Literal["low", "high"]
"""The end of a field's range that gives the simpler model."""

SweepTargets = dict[tuple[str, ...], Entry]
"""Entries of the base that arms can change, by path: `("layers", name)`, `("output",)` and `("training",)`."""


@dataclass(frozen=True)
class SweptField:
    """The field that an axis varies."""

    title: str
    """Weight and field: "hidden kernel: max norm"."""
    label: str
    """The field's name within an arm's name: "max norm"."""
    place: str
    """Name of the layer; empty for the training."""
    whole: bool
    """Whether the field takes whole numbers only."""
    simpler: Simpler | None
    weight: str | None
    """`layer.weight` if the field belongs to a constraint or a regulariser."""
    least: float | None
    """The least value allowed; None without a limit, or where the limit itself is not allowed."""
    most: float | None
    """The greatest value allowed."""


class Axis(Entry):
    """One number to vary, with its values: a list, or a range."""

    path: list[str | int] = Field(
        min_length=2,
        max_length=9,
        description='Path of the number in an arm\'s changes, as in ["layers", "hidden", "kernel_constraint", '
        '"max_value"] or ["training", "optimizer", "learning_rate"].',
    )
    values: list[int | float] | None = Field(
        None, min_length=2, max_length=MAX_ARMS, description="List of values; or give start, stop and steps."
    )
    start: float | None = Field(None, description="The range's first value.")
    stop: float | None = Field(None, description="Its last value.")
    steps: int | None = Field(
        None,
        ge=2,
        le=MAX_ARMS,
        description="Number of values. Those between the ends are rounded to three significant digits.",
    )
    scale: Literal["linear", "log"] = Field(
        "linear", description="Linear: equal steps; log: equal factors. Charts use the same scale."
    )

    def problems(self) -> Iterator[tuple[Location, str]]:
        """Problems of the values, each with its location below the axis."""
        ends = {"start": self.start, "stop": self.stop, "steps": self.steps}
        if self.values is not None:
            for field in (name for name, end in ends.items() if end is not None):
                yield (field,), "Give either values, or start, stop and steps"
            for index, value in enumerate(self.values):
                if value in self.values[:index]:
                    yield ("values", index), f"The value {value:g} is listed twice; remove one"
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
        """The values in order, none if the range is incomplete; with `whole`, a range is rounded to whole numbers."""
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
        """Location of one of the axis's `numbers` below the axis; in a range, that of the nearer end."""
        if self.values is not None:
            return ("values", self.values.index(value))
        start, stop = self.start or 0.0, self.stop or 0.0
        middle = math.sqrt(start * stop) if self.scale == "log" else (start + stop) / 2
        return ("start" if (value < middle) == (start < stop) else "stop",)


class Sweep(Entry):
    """Arms generated from one axis or two: one for every value or pair of values, plus changes common to all."""

    axes: list[Axis] = Field(min_length=1, max_length=2, description="The numbers to vary.")
    changes: Changes = Field(
        default_factory=Changes,
        description="Changes common to all arms of the sweep, such as the constraint whose limit is varied.",
    )

    def fields(self, targets: SweepTargets) -> list[SweptField]:
        """The field that each axis varies.

        Raises:
            Invalid: if an axis's path leads to no number.
        """
        return [_AxisPath(axis, index, self.changes, targets).swept() for index, axis in enumerate(self.axes)]

    def problems(self, targets: SweepTargets, own: int) -> list[Problem]:
        """Problems of the sweep itself; `own` counts the experiment's other arms."""
        problems: list[Problem] = []
        for index, axis in enumerate(self.axes):
            at: Location = ("sweep", "axes", index)
            problems += [Problem((*at, *below), message) for below, message in axis.problems()]
            if axis.path in [other.path for other in self.axes[:index]]:
                problems.append(Problem((*at, "path"), "The other axis varies this number already; choose another"))
            try:
                _AxisPath(axis, index, self.changes, targets).swept()
            except Invalid as invalid:
                problems += invalid.problems
        if not problems:
            arms = own + len(list(self._points(self.fields(targets))))
            if arms > MAX_ARMS:
                message = f"The sweep makes {arms - own} arms, {arms} in all; at most {MAX_ARMS} are allowed"
                problems.append(Problem(("sweep",), f"{message}. Use fewer values"))
        return problems

    def arms(self, targets: SweepTargets, own: Sequence[Arm]) -> list[Arm]:
        """The generated arms, named apart from the experiment's `own`; none if the sweep has problems."""
        if self.problems(targets, len(own)):
            return []
        fields = self.fields(targets)
        same_labels = len({field.label for field in fields}) < len(fields)
        names = [arm.name for arm in own]
        arms = []
        for point in self._points(fields):
            changes = self.changes.model_dump()
            for axis, value in zip(self.axes, point, strict=True):
                _put(changes, axis.path, value, targets)
            phrases = [
                f"{field.place} {field.label} {value:.6g}" if same_labels else f"{field.label} {value:.6g}"
                for field, value in zip(fields, point, strict=True)
            ]
            names.append(_unique_name(", ".join(phrases), names))
            arms.append(Arm(name=names[-1], changes=Changes(**changes), point=[float(value) for value in point]))
        return arms

    def _points(self, fields: Sequence[SweptField]) -> Iterator[tuple[float, ...]]:
        lists = [axis.numbers(whole=field.whole) for axis, field in zip(self.axes, fields, strict=True)]
        return itertools.product(*lists)

    def posted_location(self, arm: Arm, below: Location) -> Location:
        """Location in the posted body of the value that a generated arm has at `below` in its changes."""
        for index, (axis, value) in enumerate(zip(self.axes, arm.point or (), strict=False)):
            path, at = tuple(axis.path), ("sweep", "axes", index)
            if below[: len(path)] == path:
                return (*at, *axis.field_of(value))
        shared: Any = self.changes.model_dump()
        for key in below:
            shared = shared.get(key) if isinstance(shared, dict) else None
        if below and shared is not None:
            return ("sweep", "changes", *below)
        axes = [index for index, axis in enumerate(self.axes) if tuple(axis.path)[: len(below)] == below]
        return ("sweep", "axes", axes[0], "path") if axes and below else ("sweep",)


def _unique_name(name: str, taken: Sequence[str]) -> str:
    """`name`, shortened if too long, with the first number from 2 that makes it unique among those `taken`."""
    used = {each.strip().casefold() for each in taken}
    for number in itertools.count(1):
        ending = f" ({number})" if number > 1 else ""
        unique = name[: _LONGEST_NAME - len(ending)].strip() + ending
        if unique.casefold() not in used:
            return unique
    raise AssertionError


def _head(path: Sequence[str | int], targets: SweepTargets) -> tuple[str, ...] | None:
    """The key in `targets` with which a path begins."""
    heads = (tuple(str(key) for key in path[:length]) for length in (2, 1))
    return next((head for head in heads if head in targets), None)


def _put(changes: dict[str, Any], path: Sequence[str | int], value: float, targets: SweepTargets) -> None:
    """Sets the value at `path` of `changes`; a field missing there is first copied from the base."""
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
    """The path of an axis, followed through the base and the sweep's changes."""

    axis: Axis
    index: int
    changes: Changes
    targets: SweepTargets

    def swept(self) -> SweptField:
        """The field at the path's end.

        Raises:
            Invalid: if the path leads to no number.
        """
        path = self.axis.path
        head = _head(path, self.targets)
        if head is None:
            layers = ", ".join(name for _, name in (each for each in self.targets if len(each) == 2)) or "none"
            raise self._wrong(
                f'Begin with "layers" and a layer\'s name, "output" or "training"; the layers are: {layers}'
            )
        part = self.targets[head]
        fields: Any = {**part.model_dump(), **self._changed(head)}
        owner: type[Entry] | None = type(part)
        field: FieldInfo | None = None
        for depth, key in enumerate(path[len(head) :], len(head)):
            if isinstance(fields, list):
                if not isinstance(key, int) or not 0 <= key < len(fields):
                    raise self._wrong(f"{path[depth - 1]!r} has {len(fields)} entries; give an index from 0")
                fields = fields[key]
            else:
                field = owner.model_fields.get(str(key)) if owner and isinstance(fields, dict) else None
                if field is None or key == "kind":
                    missing = fields is None
                    raise self._wrong(
                        f"No {_words(path[depth - 1])} is set here; add one to the sweep's changes"
                        if missing
                        else f"Unknown field {key!r}; check its spelling"
                    )
                fields = fields.get(str(key))
            owner = _entry_of(field, fields) if field and isinstance(fields, dict) else owner
        kinds = _number_kinds(field) if field else set()
        if field is None or not kinds or isinstance(fields, dict | list):
            raise self._wrong(f"{_words(path[-1])} is not a number; choose a numeric field")
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
            least=_limit(field, Ge, "ge"),
            most=_limit(field, Le, "le"),
        )

    def _wrong(self, message: str) -> Invalid:
        return Invalid([Problem(("sweep", "axes", self.index, "path"), message)])


def _limit(field: FieldInfo, kind: type, name: str) -> float | None:
    """The field's limit of a kind of `annotated_types`."""
    return next((float(getattr(each, name)) for each in field.metadata if isinstance(each, kind)), None)


def _words(key: str | int) -> str:
    return str(key).replace("_", " ")


def _sentence(title: str) -> str:
    """A title within a sentence: "max norm", but "L2" and "Frobenius norm"."""
    keeps = title.startswith("Frobenius") or not title[1:2].islower()
    return title if keeps else title[0].lower() + title[1:]


def _members(annotation: Any) -> Iterator[Any]:
    """The members of a union, including those of nested unions."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        yield from _members(typing.get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for each in typing.get_args(annotation):
            yield from _members(each)
    else:
        yield annotation


def _number_kinds(field: FieldInfo) -> set[type]:
    """The number types, int and float, that a field takes; none if its numbers are identifiers, like axes."""
    if isinstance(field.json_schema_extra, dict) and "widget" in field.json_schema_extra:
        return set()
    return {each for each in _members(field.annotation) if each in (int, float)}


def _entry_of(field: FieldInfo, value: dict[str, Any]) -> type[Entry] | None:
    """The class of the entry that a field's `value` is parsed to."""
    members: list[Any] = []
    for each in _members(field.annotation):
        members += [inner for arg in typing.get_args(each) for inner in _members(arg)] or [each]
    entries = [each for each in members if isinstance(each, type) and issubclass(each, Entry)]
    for each in entries:
        if not issubclass(each, CatalogEntry) or each.kind_name() == value.get("kind"):
            return each
    return None

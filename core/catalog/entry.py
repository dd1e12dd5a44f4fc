"""Base classes of catalog entries: frozen, strict models whose schema also generates the form.

One class is one entry. Entries are the subclasses of their family's base (`Constraint`, `Layer`, ...), so a new class
appears in OpenAPI, in the form and in the worker without further edits.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar, Union

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Number = Callable[[str], Any]
"""Returns the code for a tunable number of an entry, by the field's name (see `calls.Tunable`)."""


MOST_FIELDS: Final = 100
"""More fields than any valid object has."""


class Entry(BaseModel):
    """Base of everything that can be posted: unknown fields, NaN, and values of another type are errors."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        field_title_generator=lambda name, _: name.replace("_", " ").capitalize(),
    )

    @model_validator(mode="before")
    @classmethod
    def _limit_fields(cls, value: Any) -> Any:
        """Rejects objects with very many fields: each unknown field would be an error of its own."""
        if isinstance(value, dict):
            for each in (value, *value.values()):
                if isinstance(each, dict) and len(each) > MOST_FIELDS:
                    raise PydanticCustomError("too_many_fields", "Too many fields; remove the unknown ones")
        return value


def in_sentence(title: str) -> str:
    """`title` within a sentence: it begins with a small letter unless it is an abbreviation, as L2."""
    return title[0].lower() + title[1:] if title[1:2].islower() else title


@dataclass(frozen=True)
class Suggestion:
    """Arms that the form suggests with an entry."""

    settings: tuple[dict[str, Any], ...] = ({},)
    """Fields that differ from their defaults, for each arm."""
    likely: bool = False
    """Whether they are among the first that people want."""
    idle: dict[str, Any] | None = None
    """For a layer that the base lacks: fields with which it does nothing, so that it can be added to the base."""
    after: tuple[str, ...] = ()
    """Kinds of layers after which it is added; the last such layer is taken."""


@dataclass(frozen=True)
class Trials:
    """Arms with which a method is tried when methods are compared: one number over a range."""

    field: str
    """The number that is varied."""
    values: tuple[float, ...]
    """Its values, ascending."""
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Other fields that differ from their defaults, the same in every trial."""

    def describe(self) -> dict[str, Any]:
        """The trials as the catalog shows them."""
        return {"field": self.field, "values": list(self.values), "settings": self.settings}


class CatalogEntry(Entry):
    """An entry of the catalog, identified by `kind`; `title` and `summary` are shown to users."""

    title: ClassVar[str]
    summary: ClassVar[str]
    is_name: ClassVar[bool] = False
    """Whether the title is a proper name, which keeps its capital within a sentence."""
    phrase: ClassVar[str] = ""
    """The entry within a sentence, with `{field}` for the values that matter most. Left out: the title alone."""
    suggestion: ClassVar[Suggestion | None] = None
    trials: ClassVar[Trials | None] = None
    """Arms that try it where methods are compared; None: it is not offered there."""
    kind: str

    @classmethod
    def sentence_name(cls) -> str:
        """The title within a sentence."""
        return cls.title if cls.is_name else in_sentence(cls.title)

    def describe(self) -> str:
        """Short description with values, by default the phrase: "max norm 3"."""
        values = {name: f"{value:g}" if isinstance(value, float) else value for name, value in self}
        return (self.phrase or self.sentence_name()).format_map(values)

    @classmethod
    def kind_name(cls) -> str:
        """The only value of `kind`."""
        (name,) = typing.get_args(cls.model_fields["kind"].annotation)
        return str(name)


def number(
    default: Any = ...,
    *,
    tunable: bool = False,
    step: float | None = None,
    log: bool = False,
    simpler: Literal["low", "high"] | None = None,
    main: bool = False,
    singular: str = "",
    sweep: tuple[float, float, int] | None = None,
    **limits: Any,
) -> Any:
    """A number field, with the hints that the form needs besides JSON Schema's limits.

    `step` is the stepper's increment; `log` makes it logarithmic; `tunable` marks a number that training reads from a
    variable, so that runs that differ only in it share one compiled program; `simpler` is the end of the range that
    gives the simpler model, if known, for the one-standard-error pick of a sweep; `main` shows the value wherever the
    entry is described in few words; `singular` does so too, for a number of things of which it names one; `sweep` is
    the range that a sweep begins with: start, stop, steps.
    """
    main = main or bool(singular)
    hints: dict[str, Any] = {"tunable": tunable, "simpler": simpler, "main": main, "singular": singular}
    if sweep is not None:
        hints["sweep"] = dict(zip(("start", "stop", "steps"), sweep, strict=True))
    if step is not None:
        hints["step"] = step
    if log:
        hints["scale"] = "log"
    return Field(default, json_schema_extra={key: value for key, value in hints.items() if value}, **limits)


E = TypeVar("E", bound=CatalogEntry)


def subclasses_of(family: type[E]) -> list[type[E]]:
    """The family's entries, in the order of their definition."""
    kinds: list[type[E]] = []
    for child in family.__subclasses__():
        kinds += [child] if "kind" in child.__annotations__ else subclasses_of(child)
    return kinds


def one_of(family: type[CatalogEntry]) -> Any:
    """The tagged union of a family's entries, discriminated by `kind`."""
    kinds = tuple(subclasses_of(family))
    return Annotated[Union[kinds], Field(discriminator="kind")] if len(kinds) > 1 else kinds[0]  # noqa: UP007 - of a tuple of classes


def _is_tunable(model: type[BaseModel], field: str) -> bool:
    extra = model.model_fields[field].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("tunable"))


def tunables(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every tunable number below `value`, as (dotted path, value). Lists are numbered from 0."""
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            below = f"{path}.{field}" if path else field
            inner = getattr(value, field)
            if _is_tunable(type(value), field):
                if inner is not None:
                    yield below, float(inner)
            else:
                yield from tunables(inner, below)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from tunables(inner, f"{path}.{index}")


def structure(value: Any) -> Any:
    """`value` as JSON without its tunable numbers; equal structures can share one compiled program."""
    if isinstance(value, BaseModel):
        return {
            field: getattr(value, field) is not None
            if _is_tunable(type(value), field)
            else structure(getattr(value, field))
            for field in type(value).model_fields
        }
    if isinstance(value, list):
        return [structure(inner) for inner in value]
    return value

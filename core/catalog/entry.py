"""What every entry of the catalog is: a frozen, strict model whose schema also draws the form.

One class is one entry. It is found by being a subclass of its family's base (`Constraint`, `Layer`, ...), so that
writing the class is all it takes to appear in OpenAPI, in the form and in the worker.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar, Union

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Number = Callable[[str], Any]
"""Gives `keras()` what stands for one of its entry's tunable numbers, by the field's name (see `code.Tunable`)."""


MOST_FIELDS: Final = 100
"""More than any entry has, and more than there may be layers to change."""


class Entry(BaseModel):
    """Base of everything that can be posted: unknown fields, NaN, and values of a nearly right type are errors."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        field_title_generator=lambda name, _: name.replace("_", " ").capitalize(),
    )

    @model_validator(mode="before")
    @classmethod
    def _is_not_endless(cls, value: Any) -> Any:
        """Each unknown field is an error of its own, and a hostile body may have a hundred thousand."""
        if isinstance(value, dict):
            for each in (value, *value.values()):
                if isinstance(each, dict) and len(each) > MOST_FIELDS:
                    raise PydanticCustomError("too_many_fields", "There are far too many fields here")
        return value


class CatalogEntry(Entry):
    """One kind of something. `kind` tells it apart; `title` and `summary` are what a person reads."""

    title: ClassVar[str]
    summary: ClassVar[str]
    kind: str

    @classmethod
    def kind_name(cls) -> str:
        """The one value that `kind` may have."""
        (name,) = typing.get_args(cls.model_fields["kind"].annotation)
        return str(name)


def number(
    default: Any = ...,
    *,
    tunable: bool = False,
    step: float | None = None,
    log: bool = False,
    simpler: Literal["low", "high"] | None = None,
    **limits: Any,
) -> Any:
    """A number field with what the form needs beside JSON Schema's limits.

    `step` is the stepper's increment; `log` asks for a logarithmic one; `tunable` marks a number that training reads
    from a variable, so that runs which differ in it alone share one compiled program; `simpler` says which end of the
    range makes the simpler model, where one can say, for the one-standard-error pick of a sweep.
    """
    hints: dict[str, Any] = {"tunable": tunable, "simpler": simpler}
    if step is not None:
        hints["step"] = step
    if log:
        hints["scale"] = "log"
    return Field(default, json_schema_extra={key: value for key, value in hints.items() if value}, **limits)


E = TypeVar("E", bound=CatalogEntry)


def subclasses_of(family: type[E]) -> list[type[E]]:
    """The family's entries, in the order in which they are written."""
    found: list[type[E]] = []
    for child in family.__subclasses__():
        found += [child] if "kind" in child.__annotations__ else subclasses_of(child)
    return found


def one_of(family: type[CatalogEntry]) -> Any:
    """The tagged union of a family's entries, told apart by `kind`."""
    kinds = tuple(subclasses_of(family))
    return Annotated[Union[kinds], Field(discriminator="kind")] if len(kinds) > 1 else kinds[0]  # noqa: UP007


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
    """`value` as JSON without its tunable numbers: equal structures can share one compiled program."""
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

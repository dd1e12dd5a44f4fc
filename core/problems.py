"""Validation errors of a posted body, as located sentences."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ValidationError
from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]
"""Place in a posted body, as keys and indices from the top."""


@dataclass(frozen=True)
class Problem:
    """One validation error: its place, and a sentence that says what to do."""

    location: Location
    message: str


class Invalid(Exception):
    """An invalid body, with every problem found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[Invalid], tuple[list[Problem]]]:
        return Invalid, (self.problems,)


MAX_PROBLEMS: Final = 100
"""Problems reported for one body, at most: a hostile body may have one for each byte."""
MAX_ECHO: Final = 200
"""Characters of the input that a problem repeats, at most."""
ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$"
"""Pattern of text on one line that is not blank."""
_MARKS: Final = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Characters that nobody sees, and that turn round what stands beside them: directions of text, spaces of no width."""


def _without_marks(value: Any) -> Any:
    return _MARKS.sub("", value) if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_without_marks)]
"""Text that people write on one line: marks of direction are left out."""


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _unknown_kind(context: dict[str, Any]) -> str:
    kinds = [each.strip().strip("'") for each in context["expected_tags"].split(",")]
    tag = str(context["tag"])[:MAX_ECHO]
    near = difflib.get_close_matches(tag, kinds, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(kinds)}"
    return f"Unknown kind {tag!r}; {hint}"


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda c: "This is required",
    "extra_forbidden": lambda c: "Unknown field; remove it or check its spelling",
    "greater_than": lambda c: f"Must be greater than {_number(c['gt'])}",
    "greater_than_equal": lambda c: f"Must be at least {_number(c['ge'])}",
    "less_than": lambda c: f"Must be less than {_number(c['lt'])}",
    "less_than_equal": lambda c: f"Must be at most {_number(c['le'])}",
    "finite_number": lambda c: "Must be a finite number",
    "int_type": lambda c: "Must be a whole number",
    "int_parsing": lambda c: "Must be a whole number",
    "string_unicode": lambda c: "Must be valid Unicode text",
    "int_from_float": lambda c: "Must be a whole number",
    "float_type": lambda c: "Must be a number",
    "bool_type": lambda c: "Must be true or false",
    "string_type": lambda c: "Must be text",
    "list_type": lambda c: "Must be a list",
    "dict_type": lambda c: "Must be an object",
    "model_type": lambda c: "Must be an object",
    "model_attributes_type": lambda c: "Must be an object",
    "literal_error": lambda c: f"Must be one of {c['expected'].replace(' or ', ', ')}",
    "union_tag_not_found": lambda c: "Must be an object with the field `kind`",
    "union_tag_invalid": _unknown_kind,
    "too_short": lambda c: f"Must have at least {_entries(c['min_length'])}",
    "too_long": lambda c: f"Must have at most {_entries(c['max_length'])}",
    "string_too_short": lambda c: "Must not be empty",
    "string_too_long": lambda c: f"Must have at most {c['max_length']} characters",
}


def _sentence(error: ErrorDetails) -> str:
    if error["type"] == "string_pattern_mismatch":
        return (
            "Must not be blank or contain control characters"
            if error["ctx"]["pattern"] == ONE_LINE
            else "Start with a letter; use up to 40 letters, digits and underscores"
        )
    make = _SENTENCES.get(error["type"])
    return make(error.get("ctx", {})) if make else error["msg"]


def _place(location: Location, body: Any) -> Location:
    """`location` without the names of union members that pydantic puts between keys."""
    place: list[str | int] = []
    for part in location:
        if isinstance(body, dict) and part == body.get("kind") and part not in body:
            continue
        if not isinstance(body, dict | list) and place:
            break  # what follows a scalar is the name of a union's member
        place.append(part[:MAX_ECHO] if isinstance(part, str) else part)
        if isinstance(body, dict):
            body = body.get(str(part))
        elif isinstance(body, list):
            body = body[part] if isinstance(part, int) and part < len(body) else None
    return tuple(place)


def problems_of(error: ValidationError, body: Any) -> list[Problem]:
    """The first problems of a validation error, at most one for each place; inputs are never repeated."""
    return problems_of_details(error.errors(include_url=False, include_input=False), body)


def query_problem(detail: ErrorDetails) -> Problem:
    """A problem outside the body, in the query for example."""
    return Problem(tuple(detail["loc"]), _sentence(detail))


def problems_of_details(details: list[ErrorDetails], body: Any) -> list[Problem]:
    """The problems in a validation error's details, at most one for each place."""
    problems: dict[Location, Problem] = {}
    for detail in details[:MAX_PROBLEMS]:
        place = _place(detail["loc"], body)
        problems.setdefault(place, Problem(place, _sentence(detail)))
    return list(problems.values())

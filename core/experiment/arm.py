"""Arms as they are written: a name, and what it changes of the base."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from core.catalog.entry import Entry
from core.problems import ONE_LINE

Changed = dict[str, Any]
"""New values of some fields; they are checked once they are merged into what they change."""


class Changes(Entry):
    """What an arm changes of the base: whole fields, each replaced by the value given here."""

    layers: dict[str, Changed] = Field(default_factory=dict, description="By the layer's name: fields and new values.")
    output: Changed = Field(default_factory=dict, description="Fields of the output layer and their new values.")
    training: Changed = Field(default_factory=dict, description="Fields of the training and their new values.")


class Arm(Entry):
    """A named variant of the base."""

    name: str = Field(
        min_length=1, max_length=60, pattern=ONE_LINE, description="What the arm is called in every figure."
    )
    changes: Changes = Field(default_factory=Changes, description="How it differs from the base; nothing: the base.")
    family: str | None = Field(
        None,
        min_length=1,
        max_length=60,
        pattern=ONE_LINE,
        description="The method that this arm is one trial of. Of each family the best trial on the validation set is "
        "judged on the sealed set.",
    )
    point: list[float] | None = Field(
        None,
        max_length=2,
        description="Of an arm that the sweep made: its value on each axis. Written by the service; arms that have one "
        "are made anew from the sweep whenever the experiment is read.",
    )

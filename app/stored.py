"""An experiment as it stands in the store, its id, and times."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

import orjson
from pydantic import ValidationError
from sqlalchemy import RowMapping

from core.experiment.experiment import Experiment, Status
from core.experiment.run_numbers import Look, RunNumbers, sizes_of
from core.runs.events import RunState


class UnreadableExperiment(Exception):
    """The store has an experiment that this version can't read; what stands beside its body can be."""

    def __init__(self, id: str, name: str, created_ms: int) -> None:
        super().__init__(f"Experiment {id} can't be read")
        self.id = id
        self.name = name
        self.created_ms = created_ms


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """An id that sorts by time: 16 characters of Crockford's base 32, 48 bits of milliseconds and 32 random ones."""
    number = time.time_ns() // 1_000_000 << 32 | secrets.randbits(32)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))


Control = Literal["run", "pause", "cancel"]
"""What an experiment was told to do last."""


@dataclass(frozen=True)
class Ahead:
    """Experiments that were opened earlier and have runs to train."""

    experiments: int
    runs: int
    """Their runs that wait or train."""


@dataclass(frozen=True)
class StoredExperiment:
    """An experiment as it stands in the store."""

    id: str
    status: Status
    created_ms: int
    started_ms: int | None
    finished_ms: int | None
    last_event: str
    experiment: Experiment
    runs: list[RunState]
    """By place: arms in order, for each of them its replicates in order."""
    reveals: int = 0
    """Number of times its sealed rows were revealed."""
    earlier_looks: tuple[Look, ...] = ()
    """Its size before each time that seeds or draws were added."""
    retries: int = 0
    """Number of times that runs which had failed or were cancelled were trained again."""
    ahead: Ahead | None = None
    """Where it waits for its first run: the experiments before it."""
    suite: str | None = None
    """Id of the suite that it belongs to."""
    control: Control = "run"

    @property
    def looks(self) -> int:
        """Number of times that its runs were judged, or will be when they have ended: once, and after each addition."""
        return len(self.earlier_looks) + 1

    @property
    def opening(self) -> int:
        """Number of times that it was opened: when it was posted, and after each addition and each retry."""
        return self.looks + self.retries

    @property
    def first_look(self) -> tuple[int, int]:
        """Numbers of draws and of seeds before any were added; rows as posted are one draw."""
        return sizes_of(self.experiment, self.earlier_looks)[0]

    @property
    def as_posted(self) -> Experiment:
        """The experiment before any seeds or draws were added."""
        draws, seeds = self.first_look
        return resized(self.experiment, self.experiment.seeds[:seeds], draws)

    def longer(self, seeds: Sequence[int], draws: int = 0) -> Experiment:
        """The experiment with `seeds` added, and so many `draws` where it has draws."""
        return resized(self.experiment, [*self.experiment.seeds, *seeds], (self.experiment.split.draws or 0) + draws)

    @cached_property
    def numbers(self) -> RunNumbers:
        """Numbers of its runs, as events and the ledger have them."""
        return RunNumbers.of(self.experiment, self.earlier_looks)


Found = StoredExperiment | UnreadableExperiment
"""Content of a row of the store."""


def resized(experiment: Experiment, seeds: list[int], draws: int) -> Experiment:
    """`experiment` with these seeds, and with so many draws where it has `split.draws`."""
    split = experiment.split
    if split.draws is not None:
        split = split.model_copy(update={"draws": draws})
    return experiment.model_copy(update={"seeds": seeds, "split": split})


def _stored_experiment(row: RowMapping, states: dict[int, RunState]) -> StoredExperiment:
    """The experiment of a row of `experiments`, with the states of its runs by number.

    Runs that it doesn't know were added after its row was read.

    Raises:
        UnreadableExperiment: its body is damaged, or of another version.
    """
    try:
        body = Experiment.model_validate_json(row["body"])
        earlier = tuple(orjson.loads(row["earlier_looks"]))
        numbers = RunNumbers.of(body, earlier).numbers
    except (ValidationError, ValueError, TypeError, LookupError) as error:
        raise UnreadableExperiment(row["id"], row["name"], row["created_ms"]) from error
    return StoredExperiment(
        id=row["id"],
        status=row["status"],
        created_ms=row["created_ms"],
        started_ms=row["started_ms"],
        finished_ms=row["finished_ms"],
        last_event=row["last_event"],
        experiment=body,
        runs=[states[number] for number in numbers if number in states],
        reveals=row["reveals"],
        earlier_looks=earlier,
        suite=row["suite"],
        retries=row["retries"],
        control=row["control"],
    )


def found_in(rows: Sequence[RowMapping], states: dict[str, dict[int, RunState]]) -> list[Found]:
    """The experiments of rows of `experiments`; `states` are of the runs of each, by its id and their number."""
    found: list[Found] = []
    for row in rows:
        try:
            found.append(_stored_experiment(row, states[row["id"]]))
        except UnreadableExperiment as error:
            found.append(error)
    return found


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def iso(milliseconds: int | None) -> str | None:
    """A time as ISO 8601 in UTC."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

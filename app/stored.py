"""An experiment as it stands in the store, its id, and times."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import orjson
from sqlalchemy import RowMapping

from core.experiment.experiment import Experiment, Status
from core.experiment.run_numbers import RunNumbers
from core.runs.events import RunState

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """An id that sorts by time: 16 characters of Crockford's base 32, 48 bits of milliseconds and 32 random ones."""
    number = time.time_ns() // 1_000_000 << 32 | secrets.randbits(32)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))


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
    earlier_looks: tuple[int, ...] = ()
    """Number of seeds before each time that seeds were added."""
    suite: str | None = None
    """Id of the suite that it belongs to."""

    @property
    def looks(self) -> int:
        """Number of times that its runs were judged, or will be when they have ended: once, and after each addition."""
        return len(self.earlier_looks) + 1

    @cached_property
    def numbers(self) -> RunNumbers:
        """Numbers of its runs, as events and the ledger have them."""
        return RunNumbers.of(self.experiment, self.earlier_looks)


def stored_experiment(row: RowMapping, states: dict[int, RunState]) -> StoredExperiment:
    """The experiment of a row of `experiments`, with the states of its runs by number.

    Runs that it doesn't know were added after its row was read.
    """
    body = Experiment.model_validate_json(row["body"])
    earlier = tuple(orjson.loads(row["earlier_looks"]))
    return StoredExperiment(
        id=row["id"],
        status=row["status"],
        created_ms=row["created_ms"],
        started_ms=row["started_ms"],
        finished_ms=row["finished_ms"],
        last_event=row["last_event"],
        experiment=body,
        runs=[states[number] for number in RunNumbers.of(body, earlier).numbers if number in states],
        reveals=row["reveals"],
        earlier_looks=earlier,
        suite=row["suite"],
    )


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def iso(milliseconds: int | None) -> str | None:
    """A time as ISO 8601 in UTC."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

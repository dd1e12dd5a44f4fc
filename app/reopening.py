"""Changes of an experiment that has ended, by which it is open again: more runs, or runs that are trained again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Connection

from app.stored import StoredExperiment, now_ms
from app.tables import experiments, extensions, log, run_values, runs
from core.experiment.experiment import CLOSED
from core.experiment.run_numbers import Look, RunNumbers
from core.runs.events import CLOSING, RunState


def reopen(connection: Connection, stored: StoredExperiment, **values: Any) -> bool:
    """Opens the experiment and sets `values`, in the caller's transaction. The event that it has ended goes.

    False: it was opened or removed since it was read as `stored`.
    """
    one = (experiments.c.id == stored.id) & experiments.c.status.in_(CLOSED)
    same = (experiments.c.earlier_looks == orjson.dumps(stored.earlier_looks).decode()) & (
        experiments.c.retries == stored.retries
    )
    opened = {"status": "queued", "extended_ms": now_ms(), "started_ms": None, "finished_ms": None, "control": "run"}
    if connection.execute(experiments.update().where(one, same).values(**opened, **values)).rowcount == 0:
        return False
    connection.execute(log.delete().where(log.c.experiment == stored.id, log.c.event.in_(CLOSING)))
    return True


def extend(connection: Connection, stored: StoredExperiment, seeds: list[int], draws: int) -> bool:
    """Adds `seeds` and so many `draws`. False as in `reopen`."""
    longer = stored.longer(seeds, draws)
    seeds_before, draws_before = len(stored.experiment.seeds), stored.experiment.split.draws or 1
    before: Look = [draws_before, seeds_before] if draws else seeds_before
    earlier = (*stored.earlier_looks, before)
    if not reopen(connection, stored, body=longer.model_dump_json(), earlier_looks=orjson.dumps(earlier).decode()):
        return False
    count = len(RunNumbers.of(longer, earlier).places)
    add_runs(connection, stored.id, range(len(stored.numbers.places), count))
    return True


def retry(connection: Connection, stored: StoredExperiment) -> bool:
    """Puts runs that failed or were cancelled back to their start; their events go. False as in `reopen`."""
    if not reopen(connection, stored, retries=stored.retries + 1):
        return False
    again = [stored.numbers.numbers[place] for place, run in enumerate(stored.runs) if run.status != "finished"]
    connection.execute(log.delete().where(log.c.experiment == stored.id, log.c.run.in_(again)))
    connection.execute(
        runs.update().where(runs.c.experiment == stored.id, runs.c.run.in_(again)).values(**run_values(RunState()))
    )
    return True


def keep_key(connection: Connection, key: str | None, experiment: str, body: str) -> None:
    """Keeps the idempotency key under which an experiment was opened again, with the request's body."""
    if key is not None:
        connection.execute(extensions.insert().values(idempotency_key=key, experiment=experiment, body=body))


def add_runs(connection: Connection, experiment: str, numbers: Iterable[int]) -> None:
    """Adds runs that have not begun."""
    values = run_values(RunState())
    connection.execute(runs.insert(), [{"experiment": experiment, "run": number, **values} for number in numbers])

"""Events of the stream as rows: what each changes in the tables of experiments, runs and the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from app.kept_parts import keep_parts, make_room
from app.tables import (
    experiments,
    log,
    log_values,
    run_state,
    run_values,
    runs,
)
from core.runs.events import CLOSING, EXPERIMENT_STATUS, Event, RunState
from core.runs.kept import KeptPart
from core.settings import settings


def record_events(
    connection: Connection, events: Iterable[Event], kept: Mapping[str, Mapping[KeptPart, bytes]]
) -> None:
    """Adds events that are not there yet, of experiments that are there, in the caller's transaction.

    `kept` is what is kept of runs, by the id of the event that they finished with.
    """
    known = {event.experiment for event in events}
    existing = set(connection.scalars(select(experiments.c.id).where(experiments.c.id.in_(known))))
    states: dict[tuple[str, int], RunState] = {}
    changes: dict[str, dict[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    for item in events:
        if item.experiment not in existing:
            continue
        change = changes.setdefault(item.experiment, {})
        if item.run is not None:
            key = (item.experiment, item.run)
            before = states.get(key) or _state_of(connection, *key)
            states[key] = before.after(item)
            if item.name == "snapshots" and item.data["epoch"][-1] <= before.epochs_done:
                continue
            if item.name == "epochs" and item.first_epoch <= before.epochs_done:
                if item.last_epoch <= before.epochs_done:
                    continue
                item = _tail(item, before.epochs_done + 1)
        change["last_event"] = item.id
        if item.name in EXPERIMENT_STATUS:
            change["status"] = EXPERIMENT_STATUS[item.name]
        if item.name == "experiment_started":
            change["started_ms"] = item.milliseconds
        if item.name in CLOSING:
            change["finished_ms"] = item.milliseconds
        if item.id in kept:
            keep_parts(connection, item, kept[item.id])
        rows.append(log_values(item))
    if rows:
        connection.execute(log.insert(), rows)
    if any(row["event"] == "run_finished" for row in rows):
        make_room(connection, settings().lab_kept_limit)
    for (experiment, run), state in states.items():
        one = (runs.c.experiment == experiment) & (runs.c.run == run)
        connection.execute(runs.update().where(one).values(**run_values(state)))
    for experiment, change in changes.items():
        if change:
            connection.execute(experiments.update().where(experiments.c.id == experiment).values(**change))


def _tail(event: Event, first_epoch: int) -> Event:
    """The part of a chunk from `first_epoch` on. Only a Redis that lost its last second sends one that overlaps."""
    table = event.table[first_epoch - event.first_epoch :]
    return Event(event.id, event.experiment, event.name, event.run, event.data, first_epoch, table.tobytes())


def _state_of(connection: Connection, experiment: str, run: int) -> RunState:
    query = select(runs).where(runs.c.experiment == experiment, runs.c.run == run)
    return run_state(connection.execute(query).mappings().one())

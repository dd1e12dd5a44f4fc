"""The store's suites: each is a body, and the experiments that were added with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import RowMapping, select
from sqlalchemy.exc import IntegrityError

from app.store import Store, insert_experiment
from app.stored import StoredExperiment, new_id, now_ms
from app.tables import experiments, extensions, kept_parts, log, runs, suites
from core.experiment.experiment import CLOSED, Experiment, Status
from core.experiment.suite import Suite


@dataclass(frozen=True)
class ExperimentStatus:
    """State of an experiment of a suite, without its runs."""

    id: str
    status: Status
    started_ms: int | None
    finished_ms: int | None


@dataclass(frozen=True)
class StoredSuite:
    """A suite as it stands in the store."""

    id: str
    created_ms: int
    suite: Suite
    ids: list[str]
    """Ids of its experiments, by data set."""
    found: dict[str, ExperimentStatus]
    """Its experiments that there still are, by id."""

    @property
    def status(self) -> Status:
        """State that its experiments are in together."""
        return suite_status([each.status for each in self.found.values()])

    @property
    def started_ms(self) -> int | None:
        """When its first run began."""
        return min((each.started_ms for each in self.found.values() if each.started_ms is not None), default=None)

    @property
    def finished_ms(self) -> int | None:
        """When the last of its experiments ended; None before that."""
        ends = [each.finished_ms for each in self.found.values()]
        return max((each for each in ends if each is not None), default=None) if None not in ends else None


def suite_status(statuses: Sequence[Status]) -> Status:
    """State of a suite whose experiments have these.

    It is closed once all of them are: failed if one has failed, else cancelled if one was cancelled. One of which
    nothing is left is cancelled.
    """
    if not statuses:
        return "cancelled"
    having = Counter(statuses)
    if len(having) == 1:
        return statuses[0]
    if any(status not in CLOSED for status in having):
        going = having["running"] or having["queued"]
        return "running" if going else "paused"
    return "failed" if having["failed"] else "cancelled"


class SuiteStore:
    """Reads and writes of suites. Thread-safe, since the store is."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, suite: Suite, members: Sequence[Experiment], idempotency_key: str | None) -> tuple[str, bool]:
        """Keeps a new suite with its experiments, in one transaction; the rest is as in `Store.add`."""
        new, ids = new_id(), [new_id() for _ in members]
        try:
            with self._store.engine.begin() as connection:
                connection.execute(
                    suites.insert().values(
                        id=new,
                        name=suite.name,
                        created_ms=now_ms(),
                        body=suite.model_dump_json(),
                        experiments=orjson.dumps(ids).decode(),
                        idempotency_key=idempotency_key,
                    )
                )
                for id, experiment in zip(ids, members, strict=True):
                    insert_experiment(connection, id, experiment, suite=new)
        except IntegrityError:
            first = self.posted(idempotency_key)
            if first is None:
                raise
            return first, False
        return new, True

    def posted(self, idempotency_key: str | None) -> str | None:
        """Id of the suite that was added under an idempotency key; None without one."""
        if idempotency_key is None:
            return None
        with self._store.engine.connect() as connection:
            return connection.scalar(select(suites.c.id).where(suites.c.idempotency_key == idempotency_key))

    def get(self, suite: str) -> StoredSuite | None:
        """The suite, or None where there is none."""
        found = self._select(suites.c.id == suite)
        return found[0] if found else None

    def page(self, before: str, limit: int) -> list[StoredSuite]:
        """Suites older than the id `before`, newest first."""
        return self._select(*([suites.c.id < before] if before else []), limit=limit)

    def experiments(self, stored: StoredSuite) -> list[StoredExperiment | None]:
        """Its experiments with their runs, by data set; None for one that was removed."""
        found = {each.id: each for each in self._store.in_suite(stored.id)}
        return [found.get(id) for id in stored.ids]

    def remove(self, suite: str) -> None:
        """Drops a suite with its experiments and all their data, in one transaction."""
        with self._store.engine.begin() as connection:
            own = select(experiments.c.id).where(experiments.c.suite == suite).scalar_subquery()
            for table in (log, kept_parts, runs, extensions):
                connection.execute(table.delete().where(table.c.experiment.in_(own)))
            connection.execute(experiments.delete().where(experiments.c.suite == suite))
            connection.execute(suites.delete().where(suites.c.id == suite))

    def _select(self, *conditions: Any, limit: int | None = None) -> list[StoredSuite]:
        states = experiments.c
        with self._store.engine.connect() as connection:
            wanted = select(suites).where(*conditions).order_by(suites.c.id.desc()).limit(limit)
            rows = connection.execute(wanted).mappings().all()
            of_each: dict[str, dict[str, ExperimentStatus]] = {row["id"]: {} for row in rows}
            columns = (states.suite, states.id, states.status, states.started_ms, states.finished_ms)
            for suite, *values in connection.execute(select(*columns).where(states.suite.in_(of_each))):
                of_each[suite][values[0]] = ExperimentStatus(*values)
        return [_stored(row, of_each[row["id"]]) for row in rows]


def _stored(row: RowMapping, found: dict[str, ExperimentStatus]) -> StoredSuite:
    return StoredSuite(
        id=row["id"],
        created_ms=row["created_ms"],
        suite=Suite.model_validate_json(row["body"]),
        ids=orjson.loads(row["experiments"]),
        found=found,
    )

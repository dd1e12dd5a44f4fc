"""The store: every experiment, its runs as they stand, and its whole log, in SQL. Only the API writes here.

SQLite in one file, or PostgreSQL by `DATABASE_URL`. What `record` and `add` return from is on disk.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import numpy as np
import orjson
from sqlalchemy import Connection, Engine, Select, Table, case, create_engine, event, func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from app import reopening
from app.recording import record_events
from app.stored import Ahead, Control, Found, StoredExperiment, UnreadableExperiment, found_in, new_id, now_ms
from app.tables import (
    MIGRATIONS,
    SCHEMA,
    event_of,
    experiments,
    extensions,
    kept_parts,
    log,
    meta,
    metadata,
    run_state,
    runs,
)
from core.experiment.experiment import CLOSED, Experiment, Status
from core.experiment.run_numbers import RunNumbers
from core.runs.events import Event, EventName, RunState, id_key
from core.runs.kept import KeptPart
from core.runs.snapshots import Snapshots, unpack_outcomes

T = TypeVar("T")


_OPENED_MS: Final = func.coalesce(experiments.c.extended_ms, experiments.c.created_ms)
"""When an experiment was posted, extended or tried again last."""


EPOCHS_AT_ONCE: Final = 100_000
"""Epochs from which on no further run's figures are read at the same time: 1.6 MB."""


class SchemaMismatch(Exception):
    """The store was made by a version with other tables."""


def _like(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


class Store:
    """The store's reads and writes. Thread-safe."""

    def __init__(self, url: str, *, migrate: bool = True) -> None:
        """Opens the store, and makes its tables, or brings older ones up to date, where it may `migrate`.

        Raises:
            SchemaMismatch: it has newer tables, or older ones or none that must stay as they are.
        """
        # Connections that a restart of the server ended are opened anew; figures and bodies don't get into the log.
        self._engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
        try:
            if not migrate:
                self._check_is_up_to_date()
            self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    def _check_is_up_to_date(self) -> None:
        with self._engine.connect() as connection:
            has_tables = inspect(connection).has_table(meta.name)
            found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema")) if has_tables else None
        if found != str(SCHEMA):
            raise SchemaMismatch(
                "The store is in use by an API of another version: end that first, so that this one can bring it up "
                "to date"
            )

    def _bring_up_to_date(self) -> None:
        metadata.create_all(self._engine)
        with self._engine.begin() as connection:
            found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema"))
            if found is None:
                connection.execute(meta.insert().values(key="schema", value=str(SCHEMA)))
            elif int(found) > SCHEMA:
                raise SchemaMismatch(
                    f"The store has tables of version {found}, newer than this program's version {SCHEMA}: update it"
                )
            elif int(found) < SCHEMA:
                for number in range(int(found) + 1, SCHEMA + 1):
                    for statement in MIGRATIONS[number]:
                        connection.execute(text(statement))
                if int(found) < 5:
                    _find_divergences(connection)
                connection.execute(meta.update().where(meta.c.key == "schema").values(value=str(SCHEMA)))
            identity = connection.scalar(select(meta.c.value).where(meta.c.key == "identity"))
            if identity is None:
                identity = secrets.token_hex(16)
                connection.execute(meta.insert().values(key="identity", value=identity))
            self.identity: str = identity
            """Random, and of this store alone: the ledger in Redis names it."""

    @property
    def engine(self) -> Engine:
        """The database, for the tables that modules beside this one keep."""
        return self._engine

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raises `sqlalchemy.exc.SQLAlchemyError` where the store can't be reached."""
        with self._engine.connect() as connection:
            connection.execute(select(1))

    def add(self, experiment: Experiment, idempotency_key: str | None) -> tuple[str, bool]:
        """Keeps a new experiment; gives its id, and whether it is new rather than a repeat of `idempotency_key`."""
        new = new_id()
        try:
            with self._engine.begin() as connection:
                insert_experiment(connection, new, experiment, idempotency_key=idempotency_key)
        except IntegrityError:
            first = self.posted(idempotency_key)
            if first is None:
                raise
            return first, False
        return new, True

    def posted(self, idempotency_key: str | None) -> str | None:
        """Id of the experiment that was added under an idempotency key; None without one."""
        if idempotency_key is None:
            return None
        with self._engine.connect() as connection:
            return connection.scalar(select(experiments.c.id).where(experiments.c.idempotency_key == idempotency_key))

    def extend(
        self, stored: StoredExperiment, seeds: Sequence[int], key: str | None = None, body: str = "", *, draws: int = 0
    ) -> bool:
        """Adds `seeds` and so many `draws` to an experiment that has ended: it is open again, with further runs.

        `key` is an idempotency key, kept with the request's `body`. False: it was extended, opened or removed since it
        was read as `stored`, or the key was used meanwhile. What its runs have stays as it is; only the event that it
        has ended goes.
        """
        return self._reopen(
            lambda connection: reopening.extend(connection, stored, list(seeds), draws), stored, key, body
        )

    def retry(self, stored: StoredExperiment, key: str | None = None, body: str = "") -> bool:
        """Lets the runs of an experiment that has ended begin anew, but for those that have finished.

        It is open again. Their events go, and the event that it has ended. `key`, `body` and False as in `extend`.
        """
        return self._reopen(lambda connection: reopening.retry(connection, stored), stored, key, body)

    def _reopen(
        self, change: Callable[[Connection], bool], stored: StoredExperiment, key: str | None, body: str
    ) -> bool:
        try:
            with self._engine.begin() as connection:
                if not change(connection):
                    return False
                reopening.keep_key(connection, key, stored.id, body)
        except IntegrityError:
            if self.extension(key) is None:
                raise
            return False
        return True

    def extension(self, key: str | None) -> tuple[str, str] | None:
        """The experiment that was opened again under an idempotency key, and the request's body; None without one."""
        if key is None:
            return None
        with self._engine.connect() as connection:
            query = select(extensions.c.experiment, extensions.c.body).where(extensions.c.idempotency_key == key)
            found = connection.execute(query).one_or_none()
        return None if found is None else (found[0], found[1])

    def get(self, experiment: str) -> StoredExperiment | None:
        """The experiment, or None where there is none.

        Raises:
            UnreadableExperiment: its body is damaged, or of another version.
        """
        found = next(iter(self._select(experiments.c.id == experiment)), None)
        if isinstance(found, UnreadableExperiment):
            raise found
        if found is None or found.status != "queued":
            return found
        with self._engine.connect() as connection:
            return replace(found, ahead=_ahead(connection, experiment))

    def in_suite(self, suite: str) -> list[StoredExperiment]:
        """The experiments of a suite that there still are and that can be read, in no order."""
        return [each for each in self._select(experiments.c.suite == suite) if isinstance(each, StoredExperiment)]

    def page(self, q: str, status: str, tag: str, before: str, limit: int) -> list[Found]:
        """Experiments whose name contains `q`, newest first, older than the id `before`. Empty filters let all pass."""
        conditions: list[Any] = []
        if q:
            conditions.append(func.lower(experiments.c.name).like(_like(q.lower()), escape="\\"))
        if status:
            conditions.append(experiments.c.status == status)
        if tag:
            conditions.append(experiments.c.tags.like(_like(orjson.dumps(tag).decode()), escape="\\"))
        if before:
            conditions.append(experiments.c.id < before)
        return self._select(*conditions, limit=limit)

    def openings(self) -> dict[str, int]:
        """Number of times that each experiment was opened which has not ended, by id."""
        columns = (experiments.c.id, experiments.c.earlier_looks, experiments.c.retries)
        with self._engine.connect() as connection:
            found = connection.execute(select(*columns).where(experiments.c.status.not_in(CLOSED)))
            return {id: len(orjson.loads(earlier)) + 1 + retries for id, earlier, retries in found}

    def counts(self) -> tuple[dict[Status, int], dict[Status, int]]:
        """Numbers of experiments and of runs by state; states that none is in are left out."""

        def by_status(table: Table) -> dict[Status, int]:
            grouped = select(table.c.status, func.count()).group_by(table.c.status)
            return dict(connection.execute(grouped).all())

        with self._engine.connect() as connection:
            return by_status(experiments), by_status(runs)

    def oldest_waiting_ms(self) -> int | None:
        """When the experiment was posted or extended whose run has waited longest; None where none waits for a slot."""
        posted = select(func.min(_OPENED_MS)).join(runs, runs.c.experiment == experiments.c.id)
        with self._engine.connect() as connection:
            oldest: int | None = connection.scalar(posted.where(runs.c.status == "queued"))
        return oldest

    def mentioning(self, text: str) -> str | None:
        """Name of an experiment whose body has `text` in it."""
        named = select(experiments.c.name).where(experiments.c.body.like(_like(text), escape="\\")).limit(1)
        with self._engine.connect() as connection:
            return connection.scalar(named)

    def _select(self, *conditions: Any, limit: int | None = None) -> list[Found]:
        rows = select(experiments).where(*conditions)
        with self._engine.connect() as connection:
            found = connection.execute(rows.order_by(experiments.c.id.desc()).limit(limit)).mappings().all()
            of_each: dict[str, dict[int, RunState]] = {row["id"]: {} for row in found}
            wanted = select(runs).where(runs.c.experiment.in_(of_each))
            for row in connection.execute(wanted).mappings():
                of_each[row["experiment"]][row["run"]] = run_state(row)
        return found_in(found, of_each)

    def reveal(self, experiment: str) -> None:
        """Counts that the figures of the experiment's sealed rows were asked for."""
        with self._engine.begin() as connection:
            one = experiments.c.id == experiment
            connection.execute(experiments.update().where(one).values(reveals=experiments.c.reveals + 1))

    def remove(self, experiment: str) -> None:
        """Drops an experiment with all its data."""
        with self._engine.begin() as connection:
            for table in (log, kept_parts, runs, extensions):
                connection.execute(table.delete().where(table.c.experiment == experiment))
            connection.execute(experiments.delete().where(experiments.c.id == experiment))

    def events(self, experiment: str, after: str = "0-0") -> Iterator[Event]:
        """The experiment's recorded events after the id `after`, oldest first, read as they are asked for.

        Only epochs have their figures: who replays the log needs no others, and those of snapshots are large.
        """
        size, last = 50, id_key(after)
        figures = case((log.c.event == "epochs", log.c.figures), else_=b"").label("figures")
        columns = [column for column in log.c if column.name != "figures"]
        while True:
            later = (log.c.milliseconds > last[0]) | ((log.c.milliseconds == last[0]) & (log.c.sequence > last[1]))
            query = select(*columns, figures).where(log.c.experiment == experiment, later)
            with self._engine.connect() as connection:
                ordered = query.order_by(log.c.milliseconds, log.c.sequence).limit(size)
                found = [event_of(row) for row in connection.execute(ordered).mappings()]
            yield from found
            if len(found) < size:
                return
            last = id_key(found[-1].id)

    def set_control(self, experiment: str, control: Control) -> None:
        """Keeps what an experiment was told to do, for a ledger that has lost it."""
        one = experiments.c.id == experiment
        with self._engine.begin() as connection:
            connection.execute(experiments.update().where(one).values(control=control))

    def curves(self, stored: StoredExperiment, places: Sequence[int] | None = None) -> dict[int, list[Event]]:
        """The recorded chunks of every run that has any, or of those at `places`: by place, first to last."""
        chunks: dict[int, list[Event]] = {}
        with self._engine.connect() as connection:
            ordered = _events_of(stored, "epochs", places).order_by(log.c.run, log.c.first_epoch)
            for row in connection.execute(ordered).mappings():
                chunks.setdefault(row["run"], []).append(event_of(row))
        return _by_place(stored, chunks)

    def tables(self, stored: StoredExperiment, places: Sequence[int] | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Figures of every epoch of the runs that have any, or of those at `places`: place, and (epochs, metrics).

        Read as they are asked for, so many runs at a time that they take a few megabytes.
        """
        group: list[int] = []
        epochs = 0
        for place in range(len(stored.runs)) if places is None else places:
            group.append(place)
            epochs += stored.runs[place].epochs_done
            if epochs >= EPOCHS_AT_ONCE:
                yield from self._tables(stored, group)
                group, epochs = [], 0
        yield from self._tables(stored, group)

    def _tables(self, stored: StoredExperiment, places: list[int]) -> Iterator[tuple[int, np.ndarray]]:
        found = self.curves(stored, places) if places else {}
        for place in list(found):
            yield place, np.concatenate([chunk.table for chunk in found.pop(place)])

    def chunks(self, stored: StoredExperiment, place: int) -> Iterator[Event]:
        """The recorded chunks of the curves of the run at `place`, first to last, read as they are asked for."""
        size, last = 50, 0
        number = stored.numbers.numbers[place]
        wanted = [log.c.experiment == stored.id, log.c.run == number, log.c.event == "epochs"]
        while True:
            query = select(log).where(*wanted, log.c.first_epoch > last).order_by(log.c.first_epoch).limit(size)
            with self._engine.connect() as connection:
                found = [event_of(row) for row in connection.execute(query).mappings()]
            yield from found
            if len(found) < size:
                return
            last = found[-1].first_epoch

    def snapshots(self, stored: StoredExperiment, places: Sequence[int] | None = None) -> dict[int, Snapshots]:
        """The recorded snapshots of every run that has any, or of those at `places`: by place."""
        chunks: dict[int, list[Snapshots]] = {}
        with self._engine.connect() as connection:
            wanted = _events_of(stored, "snapshots", places)
            ordered = wanted.order_by(log.c.run, log.c.milliseconds, log.c.sequence)
            for row in connection.execute(ordered).mappings():
                snapshots = Snapshots.unpack(orjson.loads(row["data"])["epoch"], row["figures"])
                chunks.setdefault(row["run"], []).append(snapshots)
        return _by_place(stored, {run: Snapshots.joined(several) for run, several in chunks.items()})

    def outcomes(self, stored: StoredExperiment) -> dict[int, dict[str, np.ndarray]]:
        """Row outcomes of every finished run (see `metrics.row_outcomes`): by place and by the set's name."""
        with self._engine.connect() as connection:
            rows = connection.execute(_events_of(stored, "run_finished")).mappings().all()
        found = {row["run"]: unpack_outcomes(row["figures"]) for row in rows if row["figures"]}
        return _by_place(stored, found)

    def cursor(self) -> str:
        """Id of the last event of the stream that was recorded."""
        with self._engine.connect() as connection:
            return connection.scalar(select(meta.c.value).where(meta.c.key == "cursor")) or "0-0"

    def record(self, events: Sequence[Event], kept: Mapping[str, Mapping[KeptPart, bytes]] | None = None) -> int:
        """Adds events of the stream, in order, and moves the cursor past them: all or nothing, and safe to repeat.

        `kept` is what is kept of runs, by the id of the event that they finished with. Epochs that are there already
        and events of experiments that are not there are left out.

        Returns:
            Number of events that were dropped, since their ids are not above the cursor.
        """
        with self._engine.begin() as connection:
            cursor = connection.scalar(select(meta.c.value).where(meta.c.key == "cursor"))
            new = [event for event in events if cursor is None or id_key(event.id) > id_key(cursor)]
            if not new:
                return len(events)
            record_events(connection, new, kept or {})
            if cursor is None:
                connection.execute(meta.insert().values(key="cursor", value=new[-1].id))
            else:
                connection.execute(meta.update().where(meta.c.key == "cursor").values(value=new[-1].id))
        return len(events) - len(new)


def insert_experiment(
    connection: Connection,
    id: str,
    experiment: Experiment,
    *,
    suite: str | None = None,
    idempotency_key: str | None = None,
) -> None:
    """Adds a new experiment with its runs, in the caller's transaction."""
    connection.execute(
        experiments.insert().values(
            id=id,
            name=experiment.name,
            tags=orjson.dumps(experiment.tags).decode(),
            status="queued",
            created_ms=now_ms(),
            last_event="0-0",
            body=experiment.model_dump_json(),
            idempotency_key=idempotency_key,
            suite=suite,
        )
    )
    reopening.add_runs(connection, id, range(len(RunNumbers.of(experiment).places)))


def _ahead(connection: Connection, experiment: str) -> Ahead:
    """Experiments that were opened before this one and have runs to train."""
    own = select(_OPENED_MS).where(experiments.c.id == experiment).scalar_subquery()
    same_time = (own == _OPENED_MS) & (experiments.c.id < experiment)
    open_runs = experiments.c.status.in_(("queued", "running")) & runs.c.status.in_(("queued", "running"))
    counts = select(func.count(experiments.c.id.distinct()), func.count())
    joined = counts.select_from(experiments.join(runs, runs.c.experiment == experiments.c.id))
    others, theirs = connection.execute(joined.where(open_runs, (own > _OPENED_MS) | same_time)).one()
    return Ahead(others, theirs)


def _events_of(stored: StoredExperiment, name: EventName, places: Sequence[int] | None = None) -> Select[Any]:
    """Events called `name` of all runs that `stored` knows, or of those at `places`."""
    query = select(log).where(log.c.experiment == stored.id, log.c.event == name)
    if places is not None:
        return query.where(log.c.run.in_([stored.numbers.numbers[place] for place in places]))
    return query.where(log.c.run < len(stored.runs))


def _by_place(stored: StoredExperiment, found: dict[int, T]) -> dict[int, T]:
    """`found`, by number, as its values by place, in order."""
    placed = {stored.numbers.places[number]: value for number, value in found.items()}
    return dict(sorted(placed.items()))


def _find_divergences(connection: Connection) -> None:
    """Fills `diverged_at` of runs that were recorded before there was such a column, from their curves.

    It reads only the curves of runs whose last train loss is missing. A diverged run that early stopping put back to
    finite weights keeps null: to find it, all curves would have to be read.
    """
    lost = select(runs.c.experiment, runs.c.run).where(runs.c.train_loss.is_(None), runs.c.epochs_done > 0)
    for experiment, run in connection.execute(lost).all():
        chunks = select(log).where(log.c.experiment == experiment, log.c.run == run, log.c.event == "epochs")
        ordered = connection.execute(chunks.order_by(log.c.first_epoch)).mappings()
        epoch = next((found for row in ordered if (found := event_of(row).diverged_at) is not None), None)
        one = (runs.c.experiment == experiment) & (runs.c.run == run)
        connection.execute(runs.update().where(one).values(diverged_at=epoch))


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Readers don't wait for the writer, and a commit is on disk when it returns."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("lower", 1, str.lower, deterministic=True)  # its own one knows the letters of ASCII only

"""The store's tables, what brings those of an earlier version up to date, and how rows stand for runs and events."""

from __future__ import annotations

from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    String,
    Table,
    Text,
)

from core.runs.events import METRICS, Event, RunState, id_key

SCHEMA: Final = 9
"""Number of the tables' shape. A store with a lower number is brought up to it; one with a higher is not opened."""
MIGRATIONS: Final[dict[int, tuple[str, ...]]] = {
    2: (
        "ALTER TABLE experiments ADD COLUMN reveals INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN metrics TEXT",
        "ALTER TABLE runs ADD COLUMN best_epoch INTEGER",
    ),
    3: ("ALTER TABLE runs ADD COLUMN log TEXT",),
    4: ("ALTER TABLE runs ADD COLUMN weights_sha256 VARCHAR(64)",),
    5: ("ALTER TABLE runs ADD COLUMN diverged_at INTEGER",),
    6: (
        "ALTER TABLE experiments ADD COLUMN earlier_looks TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE experiments ADD COLUMN extended_ms BIGINT",
    ),
    7: (
        "ALTER TABLE experiments ADD COLUMN suite VARCHAR(24)",
        "CREATE INDEX experiments_by_suite ON experiments (suite)",
    ),
    8: ("ALTER TABLE experiments ADD COLUMN retries INTEGER NOT NULL DEFAULT 0",),
    9: (
        "ALTER TABLE experiments ADD COLUMN control VARCHAR(8) NOT NULL DEFAULT 'run'",
        "UPDATE experiments SET control = 'pause' WHERE status = 'paused'",
    ),
}
"""Migrations: statements that bring a store from the version before to each version."""

metadata = MetaData()

meta = Table(
    "meta", metadata, Column("key", String(40), primary_key=True), Column("value", String(200), nullable=False)
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("tags", Text, nullable=False),
    Column("status", String(12), nullable=False, index=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger),
    Column("finished_ms", BigInteger),
    Column("last_event", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("idempotency_key", String(200), unique=True),
    Column("reveals", Integer, nullable=False, server_default="0"),
    Column("earlier_looks", Text, nullable=False, server_default="[]"),
    Column("extended_ms", BigInteger),
    Column("suite", String(24)),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("control", String(8), nullable=False, server_default="run"),
    Index("experiments_by_suite", "suite"),
)

suites = Table(
    "suites",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("experiments", Text, nullable=False),
    Column("idempotency_key", String(200), unique=True),
)

extensions = Table(
    "extensions",
    metadata,
    Column("idempotency_key", String(200), primary_key=True),
    Column("experiment", ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("body", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("experiment", ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("run", Integer, primary_key=True),
    Column("status", String(12), nullable=False),
    Column("epochs_done", Integer, nullable=False),
    Column("train_accuracy", Float, key="train_score"),
    Column("test_accuracy", Float, key="test_score"),
    Column("train_loss", Float),
    Column("test_loss", Float),
    Column("seconds", Float),
    Column("error", Text),
    Column("log", Text),
    Column("weights", Text),
    Column("metrics", Text),
    Column("best_epoch", Integer),
    Column("weights_sha256", String(64)),
    Column("diverged_at", Integer),
)

log = Table(
    "log",
    metadata,
    Column("experiment", ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("milliseconds", BigInteger, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("event", String(24), nullable=False),
    Column("run", Integer),
    Column("data", Text, nullable=False),
    Column("first_epoch", Integer, nullable=False),
    Column("figures", LargeBinary, nullable=False),
    Index("log_by_run", "experiment", "run", "first_epoch"),
)


kept_parts = Table(
    "kept_parts",
    metadata,
    Column("experiment", ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("run", Integer, primary_key=True),
    Column("part", String(12), primary_key=True),
    Column("milliseconds", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("kept_parts_by_age", "milliseconds", "bytes"),
)
"""Outputs and weights of finished runs. One that has made room for others is left, of 0 bytes."""


def run_state(row: RowMapping) -> RunState:
    """The run of a row of `runs`."""
    return RunState(
        status=row["status"],
        epochs_done=row["epochs_done"],
        figures={name: row[name] for name in METRICS} if row["epochs_done"] else {},
        seconds=row["seconds"],
        error=row["error"],
        log=orjson.loads(row["log"]) if row["log"] else None,
        weights=orjson.loads(row["weights"]) if row["weights"] else None,
        metrics=orjson.loads(row["metrics"]) if row["metrics"] else None,
        best_epoch=row["best_epoch"],
        weights_sha256=row["weights_sha256"],
        diverged_at=row["diverged_at"],
    )


def run_values(state: RunState) -> dict[str, Any]:
    """The columns of a run in `runs`, but for its place."""
    return {
        "status": state.status,
        "epochs_done": state.epochs_done,
        **{name: state.figures.get(name) for name in METRICS},
        "seconds": state.seconds,
        "error": state.error and state.error.replace("\0", "\ufffd"),  # which PostgreSQL's texts can't have
        "log": orjson.dumps(state.log).decode() if state.log is not None else None,
        "weights": orjson.dumps(state.weights).decode() if state.weights is not None else None,
        "metrics": orjson.dumps(state.metrics).decode() if state.metrics is not None else None,
        "best_epoch": state.best_epoch,
        "weights_sha256": state.weights_sha256,
        "diverged_at": state.diverged_at,
    }


def event_of(row: RowMapping) -> Event:
    """The event of a row of `log`."""
    return Event(
        id=f"{row['milliseconds']}-{row['sequence']}",
        experiment=row["experiment"],
        name=row["event"],
        run=row["run"],
        data=orjson.loads(row["data"]),
        first_epoch=row["first_epoch"],
        figures=row["figures"],
    )


def log_values(event: Event) -> dict[str, Any]:
    """The columns of an event in `log`."""
    milliseconds, sequence = id_key(event.id)
    return {
        "experiment": event.experiment,
        "milliseconds": milliseconds,
        "sequence": sequence,
        "event": event.name,
        "run": event.run,
        "data": orjson.dumps(event.data).decode(),
        "first_epoch": event.first_epoch,
        "figures": event.figures,
    }

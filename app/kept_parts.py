"""Kept outputs and weights of finished runs, in the store: they are written with the run's last event, and bounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, Engine, func, select

from app.failure import Failure
from app.stored import StoredExperiment
from app.tables import kept_parts
from core.runs.events import Event
from core.runs.kept import KeptPart

LARGE: Final = 1_000_000
"""Bytes from which on a part is among the first to make room."""

_AGAIN: Final = "Run the experiment again: the same arm and seed give the same figures"


def keep_parts(connection: Connection, event: Event, parts: Mapping[KeptPart, bytes]) -> None:
    """Keeps `parts` of the run that `event` finishes, in the caller's transaction; again, where it is repeated."""
    own = (kept_parts.c.experiment == event.experiment) & (kept_parts.c.run == event.run)
    connection.execute(kept_parts.delete().where(own))
    rows = [
        {
            "experiment": event.experiment,
            "run": event.run,
            "part": part,
            "milliseconds": event.milliseconds,
            "bytes": len(content),
            "content": content,
        }
        for part, content in parts.items()
    ]
    connection.execute(kept_parts.insert(), rows)


def make_room(connection: Connection, limit: int) -> None:
    """Empties the oldest parts, large ones first, until all take `limit` bytes at most."""
    over = int(connection.scalar(select(func.coalesce(func.sum(kept_parts.c.bytes), 0))) or 0) - limit
    if over <= 0:
        return
    key = (kept_parts.c.experiment, kept_parts.c.run, kept_parts.c.part)
    large = kept_parts.c.bytes >= LARGE
    oldest = select(*key, kept_parts.c.bytes).where(kept_parts.c.bytes > 0)
    for *which, bytes in connection.execute(oldest.order_by(large.desc(), kept_parts.c.milliseconds)).all():
        if over <= 0:
            return
        one = [column == value for column, value in zip(key, which, strict=True)]
        connection.execute(kept_parts.update().where(*one).values(bytes=0, content=b""))
        over -= bytes


def kept_part(engine: Engine, stored: StoredExperiment, place: int, part: KeptPart) -> bytes:
    """The part that is kept of the run at `place`.

    Raises:
        Failure: 409 before the run has finished; 410 where nothing is kept. It says why and what to do.
    """
    if stored.runs[place].status != "finished":
        raise Failure(409, f"This run is {stored.runs[place].status}, and only one that has finished can predict")
    number = stored.numbers.numbers[place]
    query = select(kept_parts.c.content).where(
        kept_parts.c.experiment == stored.id, kept_parts.c.run == number, kept_parts.c.part == part
    )
    with engine.connect() as connection:
        content: bytes | None = connection.scalar(query)
    if content:
        return content
    if content is not None:
        raise Failure(410, f"This run's {part} were removed to make room for newer ones (LAB_KEPT_LIMIT). {_AGAIN}")
    why = "it was trained by an earlier version, or Redis was full when it ended"
    if part == "weights":
        why = f"they are larger than LAB_WEIGHTS_LIMIT, {why.replace('it was', 'the run was')}"
    raise Failure(410, f"This run's {part} were not kept: {why}. {_AGAIN}")

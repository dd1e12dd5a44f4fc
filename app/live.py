"""The live path: one reader of the log for this process, which hands every event to viewers and to the store.

    Redis stream ──read──▶ pending ──▶ viewers (at once)
                             └──────▶ store (in batches), then trimmed from the stream

Invariant: an event is in the store, or in `pending`, or still to be read. A viewer that joins takes what is pending and
what comes, then reads the store up to there: nothing is missed, and ids in rising order leave nothing doubled.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any, Final

import orjson
import redis
import redis.asyncio
from celery import Celery
from kombu.exceptions import OperationalError
from sqlalchemy.exc import SQLAlchemyError

from app.store import Store
from core.experiment.experiment import CLOSED, Experiment, resolve
from core.ledger import LOG_KEY, Ledger
from core.runs.events import Event, id_key
from core.task_queue import enqueue, queued_wake_ups

logger = logging.getLogger(__name__)

BATCH: Final = 500
PENDING_LIMIT: Final = 4 * BATCH
"""Events read but not recorded yet, above which reading waits for the store."""
GATHER_SECONDS: Final = 0.05
"""How long events come together between two transactions, each of which costs as much as recording twenty of them."""
RECONCILE_SECONDS: Final = 1.5
CATCH_UP_SECONDS: Final = 1.0
PING_SECONDS: Final = 15.0
VIEWER_LIMIT: Final = 2000
"""Events that a viewer may lag behind before it is sent away, to come back where it stopped."""

REDIS_AWAY = (redis.ConnectionError, redis.TimeoutError)


class StreamSignal(Enum):
    """What a viewer is told beside events."""

    PING = auto()
    """Nothing: it shows those between here and there that the connection lives."""
    LEAVE = auto()
    """The viewer lags too far behind."""


class Viewer:
    """Someone who watches an experiment: what was pending when they came, and what has come since."""

    def __init__(self, pending: list[Event]) -> None:
        self.pending = pending
        self.queue: asyncio.Queue[Event | StreamSignal] = asyncio.Queue(VIEWER_LIMIT)
        self._sent_away = False

    def push(self, event: Event | StreamSignal) -> bool:
        """Hands over an event or a word. False: the viewer lags too far behind, is told to leave, and gets no more."""
        if self._sent_away:
            return True
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(StreamSignal.LEAVE)
            self._sent_away = True
            return False
        return True


def parse_entry(entry_id: bytes, fields: dict[bytes, bytes]) -> Event:
    """An entry of the stream as an event."""
    run = fields[b"run"]
    return Event(
        id=entry_id.decode(),
        experiment=fields[b"experiment"].decode(),
        name=fields[b"event"].decode(),  # type: ignore[arg-type]  # the ledger's script writes no other
        run=int(run) if run else None,
        data=orjson.loads(fields[b"data"]),
        first_epoch=int(fields.get(b"first_epoch", 0)),
        figures=fields.get(b"figures", b""),
    )


def programs_of(experiment: Experiment) -> list[str]:
    """The program of every run: arms in order, for each of them the seeds in order."""
    return [arm.program() for arm in resolve(experiment) for _ in experiment.seeds]


class Live:
    """Reads the log, feeds viewers and store, and keeps ledger and store in step. Lives on the event loop."""

    def __init__(self, store: Store, ledger: Ledger, celery: Celery, redis_url: str) -> None:
        self._store = store
        self._ledger = ledger
        self._celery = celery
        self._url = redis_url
        self._pending: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._recorded = asyncio.Event()
        self._wanted = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._viewers: dict[str, set[Viewer]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._committed = threading.Condition()
        self._committed_id = (0, 0)
        self.evicted = 0
        """Viewers that lagged too far behind, since this process began."""
        self.epochs = 0
        """Epochs recorded since then."""

    @property
    def viewers(self) -> int:
        """Who watches now."""
        return sum(map(len, self._viewers.values()))

    def start(self) -> None:
        """Begins to read, record and reconcile."""
        self._loop = asyncio.get_running_loop()
        for work in (self._read, self._record, self._reconcile, self._ping):
            self._tasks.append(asyncio.create_task(self._forever(work), name=work.__name__))

    async def stop(self) -> None:
        """Ends all that `start` began."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def join(self, experiment: str) -> Viewer:
        """Adds a viewer of `experiment`."""
        viewer = Viewer([event for event in self._pending if event.experiment == experiment])
        self._viewers.setdefault(experiment, set()).add(viewer)
        return viewer

    def leave(self, experiment: str, viewer: Viewer) -> None:
        """Takes a viewer off."""
        viewers = self._viewers.get(experiment, set())
        viewers.discard(viewer)
        if not viewers:
            self._viewers.pop(experiment, None)

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does `work` until cancelled. What goes wrong is logged and tried again: all else hangs on it."""
        wait = 0.1
        while True:
            try:
                await work()
                wait = 0.1
                continue
            except (redis.RedisError, OperationalError, SQLAlchemyError) as error:
                logger.warning("%s: %s; trying again in %.1f s", work.__name__.strip("_"), error, wait)
            except Exception:
                logger.exception("%s: trying again in %.1f s", work.__name__.strip("_"), wait)
            await asyncio.sleep(wait)
            wait = min(2.0, wait * 2)

    async def _read(self) -> None:
        """Reads the stream from the store's cursor on, for as long as the connection lasts."""
        cursor = self._pending[-1].id if self._pending else await asyncio.to_thread(self._store.cursor)
        if not self._pending:
            self._committed_id = max(self._committed_id, id_key(cursor))
        client = redis.asyncio.Redis.from_url(self._url, socket_connect_timeout=5, socket_timeout=10)
        try:
            while True:
                while len(self._pending) >= PENDING_LIMIT:
                    self._recorded.clear()
                    await self._recorded.wait()
                answer: Any = await client.xread({LOG_KEY: cursor}, count=BATCH, block=5000)
                for entry in answer[0][1] if answer else ():
                    event = parse_entry(*entry)
                    cursor = event.id
                    self._pending.append(event)
                    for viewer in self._viewers.get(event.experiment, ()):
                        self.evicted += not viewer.push(event)
                if answer:
                    self._arrived.set()
        finally:
            await client.aclose()

    async def _record(self) -> None:
        """Moves what is pending into the store, then trims the stream."""
        if not self._pending:
            self._arrived.clear()
            await self._arrived.wait()
        while self._pending:
            batch = list(itertools.islice(self._pending, BATCH))
            await asyncio.to_thread(self._commit, batch)
            for _ in batch:
                self._pending.popleft()
            self._recorded.set()
            await asyncio.to_thread(self._trim, batch[-1].id)
            if len(self._pending) < BATCH:
                await self._gather()

    async def _gather(self) -> None:
        """Lets events come together, unless somebody waits for them to be recorded."""
        try:
            await asyncio.wait_for(self._wanted.wait(), GATHER_SECONDS)
        except TimeoutError:
            pass
        self._wanted.clear()

    def _commit(self, batch: list[Event]) -> None:
        self._store.record(batch)
        self.epochs += sum(e.last_epoch - e.first_epoch + 1 for e in batch if e.name == "epochs")
        with self._committed:
            self._committed_id = id_key(batch[-1].id)
            self._committed.notify_all()

    def catch_up(self) -> None:
        """Waits, in a thread that is not the event loop's, until the store has all that the log had when this began.

        So who has seen an event, or given a command, reads its effect. After `CATCH_UP_SECONDS`, or without Redis,
        the store is read as it is.
        """
        try:
            target = id_key(self._ledger.last_event())
        except redis.RedisError:
            return
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wanted.set)
        with self._committed:
            self._committed.wait_for(lambda: self._committed_id >= target, CATCH_UP_SECONDS)

    def _trim(self, recorded: str) -> None:
        milliseconds, sequence = id_key(recorded)
        self._ledger.client.xtrim(LOG_KEY, minid=f"{milliseconds}-{sequence + 1}", approximate=False)

    async def _ping(self) -> None:
        await asyncio.sleep(PING_SECONDS)
        for viewer in [viewer for viewers in self._viewers.values() for viewer in viewers]:
            self.evicted += not viewer.push(StreamSignal.PING)

    async def _reconcile(self) -> None:
        await asyncio.to_thread(self.reconcile)
        await asyncio.sleep(RECONCILE_SECONDS)

    def reconcile(self) -> None:
        """Brings ledger and store together and rings for runs that wait.

        What was stored but not submitted is submitted; what has ended and is recorded is forgotten; the runs of dead
        workers are taken back; a run that waits while no ring is on its way gets one.
        """
        known, open_ids = self._ledger.experiments(), self._store.open_ids()
        for experiment in open_ids - known:
            stored = self._store.get(experiment)
            if stored is not None and stored.status not in CLOSED:
                self.submit(experiment, stored.experiment)
        for experiment in known - open_ids:
            stored = self._store.get(experiment)
            if stored is None or stored.status in CLOSED:
                self._ledger.forget(experiment, len(stored.runs) if stored else 0)
        enqueued = queued_wake_ups(self._ledger.client) > 0
        for experiment in known & open_ids:
            waiting = self._ledger.expire(experiment)
            if waiting and not enqueued:
                self.wake(experiment, waiting)

    def submit(self, experiment: str, body: Experiment) -> None:
        """Opens an experiment in the ledger and rings for its runs."""
        programs = programs_of(body)
        self._ledger.submit(experiment, {"experiment": body.model_dump()}, programs)
        self.wake(experiment, len(programs))

    def wake(self, experiment: str, waiting: int) -> None:
        """Wakes as many workers as have something to do when `waiting` runs wait."""
        enqueue(self._celery, experiment, min(waiting, max(1, len(self._ledger.slots()))))

"""The recorder: keeps events pending until they are in the store, then trims them from the stream in Redis."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import redis

from app.store import Store
from core.ledger import Ledger
from core.runs.events import Event, id_key
from core.runs.kept import KeptPart

BATCH: Final = 500
PENDING_LIMIT: Final = 4 * BATCH
"""Pending events above which reading waits for the store."""
GATHER_SECONDS: Final = 0.05
"""Time for which events are collected between two transactions; a transaction costs as much as recording 20 events."""
CATCH_UP_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.02
"""Interval at which a process that does not record looks how far the one is that does."""


class Recorder:
    """Moves events to the store in batches. Lives on the event loop, but for `catch_up`."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        warm: threading.Event | None = None,
        is_owner: Callable[[], bool] = lambda: True,
    ) -> None:
        """Args:
        store: where events go.
        ledger: where they come from; it should not keep a request waiting.
        warm: set when the process has imported what requests need; a backlog waits for it.
        is_owner: whether this process records; another one does otherwise.
        """
        self._store = store
        self._ledger = ledger
        self._warm = warm
        self._is_owner = is_owner
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: deque[Event] = deque()
        self._kept: dict[str, dict[KeptPart, bytes]] = {}
        """By the id of the pending event that it came with."""
        self._arrived = asyncio.Event()
        self._recorded = asyncio.Event()
        self._wanted = asyncio.Event()
        self._committed = threading.Condition()
        self._committed_id = (0, 0)
        self.epochs = 0
        """Epochs recorded since this process began."""
        self.dropped = 0
        """Events that the store did not take since then: their ids were of before."""

    def add(self, event: Event, kept: dict[KeptPart, bytes] | None = None) -> None:
        """Adds the next event of the stream to those to be recorded, with what is kept of its run."""
        self._pending.append(event)
        if kept:
            self._kept[event.id] = kept
        self._arrived.set()

    def pending(self, experiment: str) -> list[Event]:
        """The experiment's events that are not known to be in the store yet."""
        return [event for event in self._pending if event.experiment == experiment]

    async def room(self) -> None:
        """Waits until fewer than `PENDING_LIMIT` events are pending."""
        while len(self._pending) >= PENDING_LIMIT:
            self._recorded.clear()
            await self._recorded.wait()

    def newest(self) -> str:
        """Id of the last event that is pending or in the store. To be called from any thread."""
        try:
            return self._pending[-1].id
        except IndexError:
            return self._store.cursor()

    async def last_id(self) -> str:
        """Id of the last event that is pending or in the store: reading goes on after it."""
        if self._pending:
            return self._pending[-1].id
        cursor = await asyncio.to_thread(self._store.cursor)
        self._advance(cursor)
        return cursor

    async def record(self) -> None:
        """Moves all pending events to the store, batch by batch, and trims the stream after each."""
        self._loop = asyncio.get_running_loop()
        if not self._pending:
            self._arrived.clear()
            await self._arrived.wait()
        while self._pending:
            batch = list(itertools.islice(self._pending, BATCH))
            if len(batch) == BATCH and self._warm and not self._warm.is_set():
                await asyncio.to_thread(self._warm.wait)  # recording and imports side by side take three times as long
            await asyncio.to_thread(self._commit, batch)
            for event in batch:
                self._pending.popleft()
                self._kept.pop(event.id, None)
            self._recorded.set()
            await asyncio.to_thread(self._ledger.trim, batch[-1].id)
            if len(self._pending) < BATCH:
                await self._gather()

    def catch_up(self) -> None:
        """Waits, in a thread that is not the event loop's, until the store has all that the stream had at the call.

        So a client that has seen an event, or sent a command, reads its effect. After `CATCH_UP_SECONDS`, or while
        Redis is away, the store is read as it is.
        """
        try:
            target = id_key(self._ledger.last_event())
        except redis.RedisError:
            return
        if not self._is_owner():
            end = time.monotonic() + CATCH_UP_SECONDS
            while id_key(self._store.cursor()) < target and time.monotonic() < end:
                time.sleep(POLL_SECONDS)
            return
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wanted.set)
        with self._committed:
            self._committed.wait_for(lambda: self._committed_id >= target, CATCH_UP_SECONDS)

    async def _gather(self) -> None:
        """Lets events come together, unless a `catch_up` waits for them to be recorded."""
        try:
            async with asyncio.timeout(GATHER_SECONDS):
                await self._wanted.wait()
        except TimeoutError:
            pass
        self._wanted.clear()

    def _commit(self, batch: list[Event]) -> None:
        self.dropped += self._store.record(batch, self._kept)
        self.epochs += sum(e.last_epoch - e.first_epoch + 1 for e in batch if e.name == "epochs")
        self._advance(batch[-1].id)

    def _advance(self, event_id: str) -> None:
        with self._committed:
            self._committed_id = max(self._committed_id, id_key(event_id))
            self._committed.notify_all()

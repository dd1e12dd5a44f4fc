"""The reader of the event stream in Redis: hands every event to the viewers at once, and to the recorder.

    Redis stream ──read──▶ viewers (at once)
                    └────▶ recorder ──▶ store (in batches), then trimmed from the stream

Invariant: an event is in the store, or pending at the recorder, or still to be read. A viewer that joins takes the
pending events and the coming ones, then reads the store up to there: nothing is missed, and ids in rising order leave
nothing doubled.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import Any, Final

import redis.asyncio

from app.attachment import Attachment
from app.recorder import BATCH, Recorder
from core.ledger import parse_entry, parse_kept
from core.runs.events import Event

PING_SECONDS: Final = 15.0
VIEWER_LIMIT: Final = 2000
"""Events that a viewer may lag behind before it is disconnected, to come back where it stopped."""


class StreamSignal(Enum):
    """Signals in a viewer's queue, beside events."""

    PING = auto()
    """Keep-alive, so that proxies don't close the stream."""
    LEAVE = auto()
    """The viewer lags too far behind: its stream ends."""


class Viewer:
    """One open stream of an experiment's events: those pending when it joined, and a queue of those that came since."""

    def __init__(self, pending: list[Event]) -> None:
        self.pending = pending
        self.queue: asyncio.Queue[Event | StreamSignal] = asyncio.Queue(VIEWER_LIMIT)
        self._evicted = False

    def push(self, item: Event | StreamSignal) -> bool:
        """Queues an event or a signal. False: the queue is full, so the viewer is told to leave, and gets no more."""
        if self._evicted:
            return True
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(StreamSignal.LEAVE)
            self._evicted = True
            return False
        return True


class StreamReader:
    """The process's one reader of the stream. Lives on the event loop."""

    def __init__(self, recorder: Recorder, redis_url: str, attachment: Attachment, log_key: str) -> None:
        self._recorder = recorder
        self._attachment = attachment
        self._log_key = log_key
        self._url = redis_url
        self._viewers: dict[str, set[Viewer]] = {}
        self.evicted = 0
        """Viewers that were told to leave, since this process began."""

    @property
    def viewers(self) -> int:
        """Number of open streams."""
        return sum(map(len, self._viewers.values()))

    def join(self, experiment: str) -> Viewer:
        """Adds a viewer of `experiment`."""
        viewer = Viewer(self._recorder.pending(experiment))
        self._viewers.setdefault(experiment, set()).add(viewer)
        return viewer

    def leave(self, experiment: str, viewer: Viewer) -> None:
        """Removes a viewer."""
        viewers = self._viewers.get(experiment, set())
        viewers.discard(viewer)
        if not viewers:
            self._viewers.pop(experiment, None)

    async def read(self) -> None:
        """Reads the stream from the last event that is recorded or pending, for as long as the connection lasts."""
        await asyncio.to_thread(self._attachment.attach)
        cursor = await self._recorder.last_id()
        client = redis.asyncio.Redis.from_url(self._url, socket_connect_timeout=5, socket_timeout=10)
        try:
            while True:
                await self._recorder.room()
                answer: Any = await client.xread({self._log_key: cursor}, count=BATCH, block=5000)
                for entry in answer[0][1] if answer else ():
                    event = parse_entry(*entry)
                    cursor = event.id
                    self._recorder.add(event, parse_kept(entry[1]))
                    for viewer in self._viewers.get(event.experiment, ()):
                        self.evicted += not viewer.push(event)
        finally:
            await client.aclose()

    async def ping(self) -> None:
        """Waits, then sends every viewer a keep-alive."""
        await asyncio.sleep(PING_SECONDS)
        for viewer in [viewer for viewers in self._viewers.values() for viewer in viewers]:
            self.evicted += not viewer.push(StreamSignal.PING)

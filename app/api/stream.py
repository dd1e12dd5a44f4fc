"""Server-sent events: the log of one experiment, from any point on, as it grows."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Final

import numpy as np
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.results import run_identity, score_names, score_of, shown_metrics
from app.store import Store
from app.stored import StoredExperiment
from app.stream_reader import StreamSignal, Viewer
from core.experiment.experiment import CLOSED, Experiment
from core.experiment.run_numbers import RunNumbers
from core.runs.events import CLOSING, Event, columns, encode_json, id_key

SEND_SECONDS: Final = 30.0
"""A viewer that reads nothing for this long is disconnected; it can reconnect where it stopped."""
LOOK_SECONDS: Final = 2.0
"""Interval between checks that a viewer reads. A timer for each chunk would cost a fifth of a stream's time."""
REPLAY_BYTES: Final = 16_000
"""Figures that are replayed at a time; as text they take about four times as much."""


def event_data(event: Event, experiment: Experiment, numbers: RunNumbers) -> dict[str, Any]:
    """Data of an event as a client gets it."""
    if event.run is None:
        return event.data
    identity = run_identity(experiment, numbers.places[event.run])
    score = score_of(experiment)
    if event.name != "epochs":
        data = event.data
        if metrics := data.get("metrics"):
            data = {**data, "metrics": shown_metrics(metrics, revealed=False)}
        return {**identity, **score_names(data, score)}
    epochs = np.arange(event.first_epoch, event.last_epoch + 1, dtype=np.int32)
    return {**identity, "epoch": epochs, **score_names(columns(event.table), score)}


class Encoder:
    """Turns events into the bytes of the stream. What is live is encoded once, however many watch."""

    LIMIT: Final = 512

    def __init__(self) -> None:
        self._known: dict[Event, bytes] = {}

    def __call__(self, event: Event, stored: StoredExperiment) -> bytes:
        known = self._known.get(event)
        if known is None:
            known = encode(event, stored.experiment, stored.numbers)
            self._known[event] = known
            if len(self._known) > self.LIMIT:
                del self._known[next(iter(self._known))]
        return known


def encode(event: Event, experiment: Experiment, numbers: RunNumbers) -> bytes:
    """One server-sent event."""
    data = encode_json(event_data(event, experiment, numbers))
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.name.encode(), data)


def is_past_end(id: str, stored: StoredExperiment, viewer: Viewer) -> bool:
    """Whether an event id comes after all events that the store and the viewer have."""
    return id_key(id) > max([id_key(stored.last_event), *(id_key(event.id) for event in viewer.pending)])


async def watch(
    stored: StoredExperiment, after: str, viewer: Viewer, store: Store, encoder: Encoder
) -> AsyncGenerator[bytes, None]:
    """The experiment's events after the id `after`, encoded: first those of the store, then live ones, until it ends.

    `viewer` must have joined before `stored` was read. An id that lies past the log's end can't be resumed from:
    `reset` is sent, and everything from the start. Where seeds are added meanwhile it ends before events of their runs;
    a viewer that comes back gets those.
    """
    yield b": connected\n\n"
    if is_past_end(after, stored, viewer):
        after = "0-0"
        yield b"event: reset\ndata: {}\n\n"
    last = id_key(after)
    recorded = store.events(stored.id, after)
    while batch := await asyncio.to_thread(_some, recorded):
        known = [event for event in batch if event.run is None or event.run < len(stored.runs)]
        yield b"".join(encode(event, stored.experiment, stored.numbers) for event in known)
        last = id_key(batch[-1].id)
        if batch[-1].name in CLOSING or len(known) < len(batch):
            return
    if stored.status in CLOSED:
        return
    waiting = viewer.pending
    viewer.pending = []
    while True:
        for event in waiting:
            if id_key(event.id) > last:
                last = id_key(event.id)
                yield encoder(event, stored)
                if event.name in CLOSING:
                    return
        told = await viewer.queue.get()
        if told is StreamSignal.LEAVE:
            return
        if told is StreamSignal.PING:
            yield b": ping\n\n"
        waiting = [told] if isinstance(told, Event) else []


def _some(events: Iterator[Event]) -> list[Event]:
    """The next few, so many that a viewer who takes nothing keeps little in memory."""
    taken: list[Event] = []
    room = REPLAY_BYTES
    for event in itertools.islice(events, 100):
        taken.append(event)
        room -= len(event.figures)
        if room <= 0:
            break
    return taken


class EventStream(Response):
    """Sends chunks as they come, uncompressed, and ends when the viewer leaves or stops taking them.

    `on_end` is called then, whether or not anything was sent.
    """

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncGenerator[bytes, None], on_end: Callable[[], None], status_code: int = 200) -> None:
        super().__init__(status_code=status_code, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._chunks = chunks
        self._on_end = on_end
        self._sent_at: float | None = None
        """When the chunk was handed over that is not taken yet."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(left(receive))
        self._look(sending)
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._looking.cancel()
            for task in (sending, leaving):
                task.cancel()
            results = await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._chunks.aclose()
            self._on_end()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        now = asyncio.get_running_loop().time
        async for chunk in self._chunks:
            self._sent_at = now()
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            self._sent_at = None
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _look(self, sending: asyncio.Task[None]) -> None:
        """Ends `sending` where its viewer has taken nothing for too long, and looks again later."""
        loop = asyncio.get_running_loop()
        if self._sent_at is not None and loop.time() - self._sent_at > SEND_SECONDS:
            sending.cancel()
        else:
            self._looking = loop.call_later(LOOK_SECONDS, self._look, sending)


async def left(receive: Receive) -> None:
    """Waits until the client leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass

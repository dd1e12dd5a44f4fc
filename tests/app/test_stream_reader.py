"""The reader of the event stream on a Valkey of its own: viewers get every event once, whenever they join."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.api.experiments import events
from app.api.stream import Encoder, EventStream
from app.attachment import Attachment
from app.background import background
from app.presets import TUTORIAL
from app.recorder import Recorder
from app.store import Store
from app.stream_reader import VIEWER_LIMIT, StreamReader, StreamSignal, Viewer
from core.ledger import Claim, Ledger, connect
from core.runs.events import METRICS, Event
from launch import valkey
from tests.service import until

EPOCH = bytes(4 * len(METRICS))


class Parts:
    """Store, ledger, recorder and reader, with an experiment whose one run is claimed."""

    def __init__(self, store: Store, url: str) -> None:
        self.store, self.ledger = store, Ledger(connect(url))
        self.recorder = Recorder(store, self.ledger)
        attachment = Attachment(store, self.ledger, "a lab of tests", self.recorder.newest)
        self.reader = StreamReader(self.recorder, url, attachment, self.ledger.log_key)
        attachment.attach()
        self.id, _ = store.add(TUTORIAL.experiment, None)
        self.ledger.submit(self.id, {}, ["p"])
        claim = self.ledger.claim(self.id, "host/1/2", [])
        assert claim is not None
        self.claim: Claim = claim

    def append(self, first: int, last: int) -> None:
        """Logs a chunk for each epoch."""
        for epoch in range(first, last + 1):
            assert self.ledger.append(self.claim, epoch, epoch, EPOCH, 1.0) == "run"

    def stored(self) -> list[int]:
        """The epochs in the store."""
        return [event.first_epoch for event in self.store.events(self.id) if event.name == "epochs"]


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    with valkey.start(tmp_path / "valkey") as server:
        opened = Parts(store, server.url)
        yield opened
        opened.ledger.client.close()
    store.close()


async def seen(viewer: Viewer, until: int) -> list[int]:
    """The epochs that a viewer is sent, up to the epoch `until`."""
    events = list(viewer.pending)
    while not events or events[-1].first_epoch < until:
        item = await asyncio.wait_for(viewer.queue.get(), 30)
        assert isinstance(item, Event)
        events.append(item)
    return [event.first_epoch for event in events if event.name == "epochs"]


def test_events_reach_viewers_and_store_and_are_trimmed(parts: Parts) -> None:
    async def scenario() -> list[int]:
        viewer = parts.reader.join(parts.id)
        assert parts.reader.viewers == 1
        async with background(parts.reader.read, parts.recorder.record):
            await asyncio.to_thread(parts.append, 1, 20)
            found = await seen(viewer, 20)
            await asyncio.to_thread(parts.recorder.catch_up)
            await until(lambda: parts.ledger.backlog() == (0, 0.0))
        parts.reader.leave(parts.id, viewer)
        assert parts.reader.viewers == 0
        return found

    assert asyncio.run(scenario()) == list(range(1, 21))
    assert parts.stored() == list(range(1, 21))


def test_a_viewer_that_joins_later_gets_what_is_pending_and_what_comes(parts: Parts) -> None:
    async def scenario() -> tuple[list[int], list[int]]:
        first = parts.reader.join(parts.id)
        async with background(parts.reader.read):  # nothing is recorded
            await asyncio.to_thread(parts.append, 1, 5)
            await seen(first, 5)
            late = parts.reader.join(parts.id)
            stranger = parts.reader.join("another")
            await asyncio.to_thread(parts.append, 6, 9)
            found = await seen(late, 9)
            assert stranger.pending == []
            assert stranger.queue.empty()
        return [event.first_epoch for event in late.pending if event.name == "epochs"], found

    assert asyncio.run(scenario()) == ([1, 2, 3, 4, 5], list(range(1, 10)))


@pytest.mark.parametrize("recorded", [False, True], ids=["pending", "recorded"])
def test_a_reader_whose_connection_was_lost_goes_on_where_it_stopped(parts: Parts, recorded: bool) -> None:
    async def scenario() -> list[int]:
        viewer = parts.reader.join(parts.id)
        for first in (1, 6):
            async with background(parts.reader.read):
                await asyncio.to_thread(parts.append, first, first + 4)
                await until(lambda: [e for e in parts.recorder.pending(parts.id) if e.first_epoch == first + 4])  # noqa: B023
            if recorded:
                await parts.recorder.record()
        return await seen(viewer, 10)

    assert asyncio.run(scenario()) == list(range(1, 11))


def test_a_viewer_that_lags_is_told_to_leave_once() -> None:
    viewer = Viewer([])
    events = [Event(f"{number}-0", "e", "experiment_started") for number in range(3 * VIEWER_LIMIT)]
    assert [viewer.push(event) for event in events].count(False) == 1
    assert viewer.queue.get_nowait() is StreamSignal.LEAVE
    assert viewer.queue.empty()


def test_viewers_that_are_told_to_leave_are_counted(parts: Parts) -> None:
    async def scenario() -> int:
        viewer = parts.reader.join(parts.id)
        while viewer.push(StreamSignal.PING):
            pass
        await asyncio.to_thread(parts.append, 1, 3)
        lagging = parts.reader.join(parts.id)
        for _ in range(VIEWER_LIMIT):
            lagging.push(StreamSignal.PING)
        async with background(parts.reader.read):
            await until(lambda: parts.reader.evicted)
        return parts.reader.evicted

    assert asyncio.run(scenario()) == 1


@pytest.mark.parametrize(("after", "is_reset"), [("last", False), ("9999999999999-0", True)])
def test_a_stream_goes_on_after_an_event_that_was_sent_but_not_recorded(
    parts: Parts, after: str, is_reset: bool
) -> None:
    """An API that is killed has sent events of which the next one finds none in the store."""
    parts.append(1, 3)
    state = SimpleNamespace(
        reader=parts.reader,
        recorder=parts.recorder,
        store=parts.store,
        encoder=Encoder(),
        ownership=SimpleNamespace(held=True),
    )

    async def sent() -> bytes:
        start = parts.ledger.last_event() if after == "last" else after
        answering = asyncio.create_task(events(parts.id, cast(Any, state), after=start))
        await asyncio.sleep(0)  # it joins and asks the store before anything is recorded
        async with background(parts.reader.read, parts.recorder.record):
            answer = await answering
        assert isinstance(answer, EventStream)
        (viewer,) = parts.reader._viewers[parts.id]
        viewer.push(StreamSignal.LEAVE)
        return b"".join([chunk async for chunk in answer._chunks])

    assert parts.stored() == []
    everything = asyncio.run(sent())
    assert parts.stored() == [1, 2, 3]
    assert (b"event: reset" in everything) == is_reset
    assert (b"event: epochs" in everything) == is_reset, "all is sent again only where the id can't be gone on from"

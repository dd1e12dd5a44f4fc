"""Dispatch: opens experiments in the ledger, wakes workers for their runs, and keeps ledger and store in step."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import redis
from celery import Celery

from app.attachment import Attachment
from app.store import Store
from app.stored import StoredExperiment, UnreadableExperiment
from core.experiment.experiment import CLOSED, programs_of, resolve
from core.experiment.resolution import ResolvedArm
from core.ledger import Ledger, is_detached
from core.limits import MAX_RUNS
from core.problems import Invalid
from core.task_queue import enqueue, queued_wake_ups

logger = logging.getLogger(__name__)

RECONCILE_SECONDS: Final = 1.5


class Dispatcher:
    """Submits experiments and reconciles. Thread-safe, since ledger and store are."""

    def __init__(self, store: Store, ledger: Ledger, celery: Celery, attachment: Attachment) -> None:
        self._store = store
        self._ledger = ledger
        self._celery = celery
        self._attachment = attachment
        self._left_out: set[str] = set()
        self._stalled_since: float | None = None

    def submit(self, stored: StoredExperiment, arms: Sequence[ResolvedArm]) -> None:
        """Opens an experiment, whose resolved `arms` are given, in the ledger, and wakes workers.

        Runs that have ended are not trained again.
        """
        programs = programs_of(stored.experiment, arms)
        runs = [(stored.runs[place].status, programs[place]) for place in stored.numbers.places]
        waiting = [None if status in CLOSED else program for status, program in runs]
        ended = Counter(status for status, _ in runs)
        submit = partial(
            self._ledger.submit,
            stored.id,
            {"experiment": stored.experiment.model_dump(), "earlier_looks": list(stored.earlier_looks)},
            waiting,
            opening=stored.opening,
            control=stored.control,
            failed=ended["failed"],
            cancelled=ended["cancelled"],
        )
        try:
            submit()
        except redis.ResponseError as error:
            if not is_detached(error):
                raise
            self._attachment.attach()
            submit()
        if stored.control == "run":
            self.wake_workers(stored.id, sum(program is not None for program in waiting))

    def cancel(self, experiment: str) -> None:
        """Ends waiting runs of an experiment at once, and running ones at their next chunk."""
        if self._ledger.cancel(experiment):
            self._store.set_control(experiment, "cancel")

    def pause(self, experiment: str) -> None:
        """Stops running runs of an experiment at their next chunk."""
        if self._ledger.pause(experiment):
            self._store.set_control(experiment, "pause")

    def resume(self, stored: StoredExperiment) -> None:
        """Lets a paused experiment go on, and wakes workers for it."""
        if self._ledger.resume(stored.id):
            self._store.set_control(stored.id, "run")
            self.wake_workers(stored.id, len(stored.runs))

    def remove(self, experiment: str) -> None:
        """Removes an experiment from store and ledger. Redis may be away: the reconciler forgets what is left there."""
        self._store.remove(experiment)
        with suppress(redis.RedisError):
            self._ledger.forget(experiment, MAX_RUNS)

    def wake_workers(self, experiment_id: str, waiting: int) -> None:
        """Lets as many wake-ups be on their way as there are slots for `waiting` runs, and one at least."""
        most = min(waiting, max(1, len(self._ledger.slots())))
        enqueue(self._celery, self._ledger.client, experiment_id, most, most)

    async def run(self) -> None:
        """Reconciles once, then waits."""
        await asyncio.to_thread(self.reconcile)
        await asyncio.sleep(RECONCILE_SECONDS)

    def reconcile(self) -> None:
        """Brings ledger and store in step.

        Submits what is stored but not in the ledger, or there in an earlier opening; forgets what has ended and is
        recorded; takes the runs of dead workers back; enqueues wake-ups where runs wait and the queue is empty. An
        experiment that can't be read or trained any more is left out, so that it stops no other.
        """
        self._attachment.attach()
        known, openings = self._ledger.experiments(), self._store.openings()
        open_ids = openings.keys()
        for experiment, opening in openings.items():
            if (self._ledger.opening(experiment) or 0) < opening:
                self._submit_again(experiment)
        for experiment in known - open_ids:
            try:
                stored = self._store.get(experiment)
            except UnreadableExperiment:
                self._ledger.forget(experiment, MAX_RUNS)
                continue
            if stored is None or stored.status in CLOSED:
                self._ledger.forget(experiment, len(stored.runs) if stored else MAX_RUNS)
        enqueued = queued_wake_ups(self._ledger.client) > 0
        all_waiting = 0
        for experiment in known & open_ids:
            waiting = self._ledger.expire(experiment)
            all_waiting += waiting
            if waiting and not enqueued:
                self.wake_workers(experiment, waiting)
        self._note_stall(all_waiting)

    def _note_stall(self, waiting: int) -> None:
        is_stalled = waiting > 0 and len(self._ledger.slots()) > len(self._ledger.held())
        self._stalled_since = (self._stalled_since or time.monotonic()) if is_stalled else None

    @property
    def stalled_seconds(self) -> float:
        """Time for which runs have waited beside a free slot; 0 where none do."""
        since = self._stalled_since
        return 0.0 if since is None else time.monotonic() - since

    def _submit_again(self, experiment: str) -> None:
        """Submits a stored experiment unless it has ended. One that can't be trained is told of in the log, once."""
        try:
            stored = self._store.get(experiment)
            if stored is not None and stored.status not in CLOSED:
                self.submit(stored, resolve(stored.experiment))
        except (UnreadableExperiment, Invalid) as error:
            if experiment not in self._left_out:
                logger.error("Experiment %s can't be submitted: %s", experiment, error, exc_info=error)
            self._left_out.add(experiment)

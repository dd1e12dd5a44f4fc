"""Dispatch: opens experiments in the ledger, wakes workers for their runs, and keeps ledger and store in step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from celery import Celery

from app.store import Store
from core.experiment.experiment import CLOSED, Experiment, programs_of, resolve
from core.experiment.resolution import ResolvedArm
from core.ledger import Ledger
from core.task_queue import enqueue, queued_wake_ups

RECONCILE_SECONDS: Final = 1.5


class Dispatcher:
    """Submits experiments and reconciles. Thread-safe, since ledger and store are."""

    def __init__(self, store: Store, ledger: Ledger, celery: Celery) -> None:
        self._store = store
        self._ledger = ledger
        self._celery = celery

    def submit(self, experiment_id: str, experiment: Experiment, arms: Sequence[ResolvedArm]) -> None:
        """Opens an experiment, whose resolved `arms` are given, in the ledger, and wakes workers for its runs."""
        programs = programs_of(experiment, arms)
        self._ledger.submit(experiment_id, {"experiment": experiment.model_dump()}, programs)
        self.wake_workers(experiment_id, len(programs))

    def wake_workers(self, experiment_id: str, waiting: int) -> None:
        """Enqueues as many wake-ups as there are slots for `waiting` runs, and one at least."""
        enqueue(self._celery, experiment_id, min(waiting, max(1, len(self._ledger.slots()))))

    async def run(self) -> None:
        """Reconciles once, then waits."""
        await asyncio.to_thread(self.reconcile)
        await asyncio.sleep(RECONCILE_SECONDS)

    def reconcile(self) -> None:
        """Brings ledger and store in step.

        Submits what is stored but not in the ledger; forgets what has ended and is recorded; takes the runs of dead
        workers back; enqueues wake-ups where runs wait and the queue is empty.
        """
        known, open_ids = self._ledger.experiments(), self._store.open_ids()
        for experiment in open_ids - known:
            stored = self._store.get(experiment)
            if stored is not None and stored.status not in CLOSED:
                self.submit(experiment, stored.experiment, resolve(stored.experiment))
        for experiment in known - open_ids:
            stored = self._store.get(experiment)
            if stored is None or stored.status in CLOSED:
                self._ledger.forget(experiment, len(stored.runs) if stored else 0)
        enqueued = queued_wake_ups(self._ledger.client) > 0
        for experiment in known & open_ids:
            waiting = self._ledger.expire(experiment)
            if waiting and not enqueued:
                self.wake_workers(experiment, waiting)

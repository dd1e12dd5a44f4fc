"""Dispatch: opens experiments in the ledger, wakes workers for their runs, and keeps ledger and store in step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from celery import Celery

from app.store import Store
from app.stored import StoredExperiment
from core.experiment.experiment import CLOSED, programs_of, resolve
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

    def submit(self, stored: StoredExperiment, arms: Sequence[ResolvedArm]) -> None:
        """Opens an experiment, whose resolved `arms` are given, in the ledger, and wakes workers.

        Runs that have ended are not trained again.
        """
        programs = programs_of(stored.experiment, arms)
        runs = [(stored.runs[place].status, programs[place]) for place in stored.numbers.places]
        waiting = [None if status in CLOSED else program for status, program in runs]
        ended = Counter(status for status, _ in runs)
        self._ledger.submit(
            stored.id,
            {"experiment": stored.experiment.model_dump(), "earlier_looks": list(stored.earlier_looks)},
            waiting,
            look=stored.looks,
            failed=ended["failed"],
            cancelled=ended["cancelled"],
        )
        self.wake_workers(stored.id, sum(program is not None for program in waiting))

    def wake_workers(self, experiment_id: str, waiting: int) -> None:
        """Enqueues as many wake-ups as there are slots for `waiting` runs, and one at least."""
        enqueue(self._celery, experiment_id, min(waiting, max(1, len(self._ledger.slots()))))

    async def run(self) -> None:
        """Reconciles once, then waits."""
        await asyncio.to_thread(self.reconcile)
        await asyncio.sleep(RECONCILE_SECONDS)

    def reconcile(self) -> None:
        """Brings ledger and store in step.

        Submits what is stored but not in the ledger, or there at an earlier look; forgets what has ended and is
        recorded; takes the runs of dead workers back; enqueues wake-ups where runs wait and the queue is empty.
        """
        known, looks = self._ledger.experiments(), self._store.open_looks()
        open_ids = looks.keys()
        for experiment, look in looks.items():
            if (self._ledger.look(experiment) or 0) < look:
                stored = self._store.get(experiment)
                if stored is not None and stored.status not in CLOSED:
                    self.submit(stored, resolve(stored.experiment))
        for experiment in known - open_ids:
            stored = self._store.get(experiment)
            if stored is None or stored.status in CLOSED:
                self._ledger.forget(experiment, len(stored.runs) if stored else 0)
        enqueued = queued_wake_ups(self._ledger.client) > 0
        for experiment in known & open_ids:
            waiting = self._ledger.expire(experiment)
            if waiting and not enqueued:
                self.wake_workers(experiment, waiting)

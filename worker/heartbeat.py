"""A slot's heartbeat: every two seconds it renews the lease of the slot's run, and marks the slot as ready."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import redis

from core.ledger import RENEW_SECONDS, Claim, Control, Ledger
from core.memory import resident
from core.version import build

logger = logging.getLogger(__name__)

STALL_SECONDS: Final = 300.0
"""A run that has trained no chunk for so long is not renewed any more, so that another worker tries it."""


class Heartbeat:
    """A thread beside the training one. While Redis is away, it tries again every `RENEW_SECONDS`."""

    def __init__(self, ledger: Ledger) -> None:
        self.slot = f"{socket.gethostname()}/{os.getppid()}/{os.getpid()}"
        self._ledger = ledger
        self._lock = threading.Lock()
        self._claim: Claim | None = None
        self._progress = 0.0
        self._control: Control = "run"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew_forever, daemon=True, name="heartbeat")

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and removes the slot."""
        self._over.set()
        self._thread.join(timeout=5)
        try:
            self._ledger.leave(self.slot)
        except redis.RedisError:
            pass  # the ledger drops the slot when its last heartbeat is old

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        """Renews `claim`'s lease for as long as the block makes progress."""
        with self._lock:
            self._claim, self._control, self._progress = claim, "run", time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._claim = None

    def progress(self) -> None:
        """Notes that training has made progress."""
        self._progress = time.monotonic()

    @property
    def control(self) -> Control:
        """The answer to the last renewal."""
        return self._control

    def _renew_forever(self) -> None:
        while not self._over.is_set():
            try:
                with self._lock:
                    claim = self._claim
                if claim is not None and time.monotonic() - self._progress < STALL_SECONDS:
                    control = self._ledger.renew(claim)
                    with self._lock:
                        if self._claim is claim:
                            self._control = control
                self._ledger.heartbeat(self.slot, resident(), build())  # last, since a full Redis refuses it
            except redis.RedisError as error:
                logger.warning("no heartbeat: %s", error)
            self._over.wait(RENEW_SECONDS)

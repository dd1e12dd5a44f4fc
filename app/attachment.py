"""The tie between the store and the ledger in Redis: whose ledger it is, and whether both tell the same story."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

import redis
from sqlalchemy import make_url

from app.access import address
from app.store import Store
from core.ledger import ForeignLedger, Ledger, connect
from core.limits import MAX_RUNS
from core.runs.events import id_key
from core.settings import Settings

logger = logging.getLogger(__name__)


def lab_name(settings: Settings) -> str:
    """Words by which its owner knows the lab: its address, its machine and its store, without a password."""
    store = make_url(settings.store_url).render_as_string(hide_password=True)
    return f"{address(settings)} on {socket.gethostname()}, with the store {store}"


class Attachment:
    """Makes the ledger this lab's, again after each loss of Redis. Thread-safe.

    Redis may come back empty, from an older back-up, or with another clock; the store may be an older one than Redis
    knows; or it is another lab's Redis. Each is noticed here, before anything is read, submitted or dropped.
    """

    def __init__(self, store: Store, ledger: Ledger, name: str, newest: Callable[[], str] | None = None) -> None:
        """Args: `newest` gives the last event that was read; left out: the last that the store has."""
        self._store = store
        self._ledger = ledger
        self._name = name
        self._newest = newest or store.cursor
        self._lock = threading.Lock()
        self.refusal: str | None = None
        """Why the ledger isn't this lab's, as a sentence; None where it is, or isn't known."""

    def attach(self) -> None:
        """Makes the ledger this lab's, and drops what a newer store has left there.

        Raises:
            ForeignLedger: it is another lab's.
            redis.RedisError: Redis is away.
        """
        with self._lock:
            trimmed = self._ledger.trimmed()  # read first: the store's cursor is ahead of it at all times
            is_newer = id_key(trimmed) > id_key(self._store.cursor())
            newest, identity = self._newest(), self._store.identity
            try:
                how = self._ledger.attach(identity, self._name, newest)
            except ForeignLedger as error:
                self.refusal = foreign(str(error))
                raise ForeignLedger(self.refusal) from None
            self.refusal = None
            if is_newer:
                logger.warning(
                    "Redis knows events that the store has not, so the store is an older one: what is open begins again"
                )
                for experiment in self._ledger.experiments():
                    self._ledger.forget(experiment, MAX_RUNS)
                self._ledger.attach(identity, self._name, newest, drop=True)
            elif how == "new" and newest != "0-0":
                logger.warning("Redis came without this lab's data: what is open is queued again")


def foreign(owner: str) -> str:
    """The sentence on a Redis that holds the work of `owner`."""
    return (
        f"This Redis holds the work of another lab: {owner}. Name another Redis in REDIS_URL, or give this lab a "
        "LAB_REDIS_PREFIX of its own; if that lab is gone, run ./lab take-redis"
    )


def take_redis(settings: Settings) -> str:
    """Makes the Redis of a lab that is gone that of this lab; says what it did.

    Raises:
        SystemExit: Redis can't be reached.
    """
    ledger = Ledger(connect(settings.redis_url))
    try:
        experiments = ledger.experiments()
        for experiment in experiments:
            ledger.forget(experiment, MAX_RUNS)
        ledger.disown()
    except redis.RedisError as error:
        raise SystemExit(f"Redis can't be reached: {error}") from None
    return f"{len(experiments)} open experiments of the lab before were dropped. Start this lab now."

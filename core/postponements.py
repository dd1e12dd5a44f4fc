"""Postponements: workers that can't get the files of an experiment for now, why, and when each tries again.

They are notes beside the ledger: a worker whose note is lost tries at once.
"""

from __future__ import annotations

from typing import Any, Final, cast

import orjson

from core.ledger import Ledger

FIRST_SECONDS: Final = 2
LONGEST_SECONDS: Final = 60
"""Time until a worker tries again: twice as long each time, from the first to the longest."""
KEPT_SECONDS: Final = 600


class Postponements:
    """The postponements of all experiments."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, experiment: str, worker: str, reason: str) -> int:
        """Notes why `worker`, `host/worker`, can't train an experiment for now; returns seconds until it tries again.

        Slots of a worker that fail together count once.
        """
        key, now = self._key(experiment), self._now()
        before = self._note(experiment, worker)
        if before is not None and before["until"] > now:
            return int(before["until"] - now)
        tries: int = 1 if before is None else before["tries"] + 1
        seconds: int = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(tries - 1, 10))
        note = orjson.dumps({"reason": reason, "tries": tries, "until": now + seconds})
        with self._ledger.client.pipeline() as pipe:
            pipe.hset(key, worker, cast(Any, note))
            pipe.expire(key, KEPT_SECONDS)
            pipe.execute()
        return seconds

    def is_due(self, experiment: str, worker: str) -> bool:
        """Whether a worker may try now."""
        note = self._note(experiment, worker)
        return note is None or bool(note["until"] <= self._now())

    def end(self, experiment: str, worker: str) -> None:
        """Forgets a worker's postponement: it has the files."""
        self._ledger.client.hdel(self._key(experiment), worker)

    def reasons(self, experiment: str) -> list[str]:
        """Why workers that live postpone an experiment, each reason once."""
        notes = cast("dict[bytes, bytes]", self._ledger.client.hgetall(self._key(experiment)))
        if not notes:
            return []
        live = {slot.rpartition("/")[0] for slot in self._ledger.slots()}
        found = [orjson.loads(note)["reason"] for worker, note in notes.items() if worker.decode() in live]
        return list(dict.fromkeys(found))

    def _note(self, experiment: str, worker: str) -> dict[str, Any] | None:
        found = cast("bytes | None", self._ledger.client.hget(self._key(experiment), worker))
        return None if found is None else orjson.loads(found)

    def _now(self) -> float:
        seconds, microseconds = self._ledger.client.time()
        return seconds + microseconds / 1e6

    def _key(self, experiment: str) -> str:
        return self._ledger.key("experiment", experiment, "postponed")

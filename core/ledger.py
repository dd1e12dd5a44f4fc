"""The ledger in Redis: which run is whose, how far it is, and whether it should go on.

Every change is one command of `ledger.lua`, which says what each does; `Ledger` gives them types and names, and
`parse_entry` reads the events that they log. Celery only wakes workers (`task_queue.py`): a wake-up that is lost, late
or doubled changes nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, cast

import orjson
import redis

from core.runs.events import Event, id_key
from core.runs.kept import KEPT, KeptPart
from core.settings import settings

LEASE_SECONDS: Final = 10.0
"""A worker that has not renewed its lease for so long counts as dead, and its run goes to another."""
RENEW_SECONDS: Final = 2.0
"""Interval at which a worker renews its lease."""
DECLINED_SECONDS: Final = 600
"""Time after which a worker may be asked again for an experiment that it has declined."""
DEATHS_ALLOWED: Final = 3
"""A run whose worker has died so often fails: it would most likely kill the next one too."""
FILLING: Final = frozenset({"submit", "append"})
"""Commands that a full Redis refuses. It takes the others, so that leases hold and what is there can end."""

Control = Literal["run", "pause", "cancel", "fenced"]
"""The order to a worker about its run. `fenced`: the run belongs to a newer claim; stop, and write nothing."""


@dataclass(frozen=True)
class Claim:
    """A run that belongs to this worker for as long as it renews the lease."""

    experiment: str
    run: int
    fence: int
    """Number of the claim, higher for each claim of the run. Commands with an older one are refused."""
    epochs_done: int
    """Epochs that the log has already."""
    seconds: float
    """Training time of earlier attempts."""


@dataclass(frozen=True)
class LeasedRun:
    """A run in training."""

    experiment: str
    run: int
    owner: str
    """The slot, `host/worker/process`."""
    fence: int
    epochs_done: int
    since_ms: int
    """When it was claimed, in milliseconds since 1970."""


class ForeignLedger(Exception):
    """The ledger belongs to another lab, whose name is given."""


@dataclass(frozen=True)
class Memory:
    """Redis' memory, in bytes."""

    used: int
    limit: int
    """0: none."""


def connect(url: str, seconds: float = 10) -> redis.Redis:
    """A client for the ledger. It returns bytes, and notices a dead connection within `seconds`."""
    return redis.Redis.from_url(
        url, socket_timeout=seconds, socket_connect_timeout=5, socket_keepalive=True, health_check_interval=25
    )


def is_retryable(error: redis.RedisError) -> bool:
    """Whether the same command may succeed later: Redis is away, full, or can't write its disk."""
    away = isinstance(error, redis.ConnectionError | redis.TimeoutError | redis.OutOfMemoryError)
    return away or str(error).startswith(("OOM", "MISCONF"))


def is_detached(error: redis.RedisError) -> bool:
    """Whether the ledger belongs to no lab yet: Redis has come without its data."""
    return isinstance(error, redis.ResponseError) and str(error).startswith("DETACHED")


def is_gap(error: redis.RedisError) -> bool:
    """Whether a chunk was refused because it doesn't start where the log ends: Redis has lost its last second."""
    return isinstance(error, redis.ResponseError) and str(error).startswith("GAP")


def parse_entry(entry_id: bytes, fields: dict[bytes, bytes]) -> Event:
    """The event of an entry of the stream."""
    run = fields[b"run"]
    return Event(
        id=entry_id.decode(),
        experiment=fields[b"experiment"].decode(),
        name=fields[b"event"].decode(),  # type: ignore[arg-type]  # the ledger's script writes no other
        run=int(run) if run else None,
        data=orjson.loads(fields[b"data"]),
        first_epoch=int(fields.get(b"first_epoch", 0)),
        figures=fields.get(b"figures", b""),
    )


def parse_kept(fields: Mapping[bytes, bytes]) -> dict[KeptPart, bytes]:
    """The part of an entry of the stream that is kept of its run, packed by `core.runs.kept`.

    It is no part of the event, which viewers get too: it may be large.
    """
    return {part: packed for part in KEPT if (packed := fields.get(part.encode(), b""))}


class Ledger:
    """The ledger's commands. While Redis is away, each raises an error that `is_retryable`."""

    def __init__(self, client: redis.Redis, prefix: str | None = None) -> None:
        """Args: `prefix` is the first word of all keys; left out: that of the settings."""
        self.client = client
        self._prefix = prefix or settings().lab_redis_prefix
        self._store = ""
        self.log_key = self.key("log")
        """Key of the stream of events."""

    def key(self, *parts: str | int) -> str:
        """The key whose parts are given."""
        return ":".join([self._prefix, *map(str, parts)])

    @cached_property
    def _scripts(self) -> dict[bool, Any]:
        """The script, by whether it may write while Redis is full."""
        own = f"'{self._prefix}:".encode()
        source = Path(__file__).with_suffix(".lua").read_bytes().replace(b"'lab:", own)
        flags = {False: b"#!lua\n", True: b"#!lua flags=allow-oom\n"}
        return {full: self.client.register_script(flag + source) for full, flag in flags.items()}

    def _call(self, command: str, experiment: str, *arguments: Any) -> Any:
        return self._scripts[command not in FILLING](args=[command, experiment, *arguments])

    def attach(self, store: str, name: str, known: str, *, drop: bool = False) -> Literal["known", "new", "adopted"]:
        """Makes the ledger that of a lab, whose id is its store's; says how it was found.

        `new`: without data; `adopted`: with those of a version that named no lab. Coming events get ids above `known`,
        the last event that the lab has read. `drop` removes all events that are there.

        Raises:
            ForeignLedger: it is another lab's.
        """
        milliseconds, sequence = id_key(known)
        how, owner = self._call("attach", "", store, name, milliseconds, sequence, int(drop))
        if how == b"foreign":
            raise ForeignLedger(owner.decode())
        self._store = store
        return cast(Literal["known", "new", "adopted"], how.decode())

    def owner(self) -> tuple[str, str] | None:
        """Id and name of the lab that the ledger belongs to; None without one."""
        store, name = cast("list[bytes | None]", self.client.hmget(self.key("ledger"), ["store", "name"]))
        return None if store is None else (store.decode(), (name or b"").decode())

    def disown(self) -> None:
        """Lets another lab have the ledger; its events go."""
        self.client.delete(self.key("ledger"))
        self.client.xtrim(self.log_key, maxlen=0, approximate=False)

    def trimmed(self) -> str:
        """Id of the last event that was trimmed, since a store had it."""
        found = cast("bytes | None", self.client.hget(self.key("ledger"), "trimmed"))
        return "0-0" if found is None else found.decode()

    def submit(
        self,
        experiment: str,
        spec: dict[str, Any],
        programs: Sequence[str | None],
        *,
        opening: int = 1,
        control: Literal["run", "pause", "cancel"] = "run",
        failed: int = 0,
        cancelled: int = 0,
    ) -> bool:
        """Opens an experiment whose runs need `programs`, by number; None for runs that have ended.

        `failed` and `cancelled` count those of them that didn't finish. `opening` is 1, and one more after each
        time that the experiment was opened again: a later one replaces an earlier one. `control` is what the experiment
        was told before. False: this one is there already.

        Raises:
            redis.ResponseError: `is_detached`, where the ledger belongs to no lab.
        """
        needed = [program or "" for program in programs]
        return bool(
            self._call(
                "submit", experiment, opening, self._store, orjson.dumps(spec), control, failed, cancelled, *needed
            )
        )

    def opening(self, experiment: str) -> int | None:
        """The opening that was submitted last, or None where the experiment is not open."""
        fields = ["control", "opening", "look"]  # the last is its name in a ledger of an earlier version
        found = cast("list[bytes | None]", self.client.hmget(self.key("experiment", experiment), fields))
        control, opening, look = found
        return None if control is None else int(opening or look or 1)

    def spec(self, experiment: str) -> dict[str, Any] | None:
        """The `spec` that was submitted, or None where the experiment is not open."""
        spec = cast("bytes | None", self.client.hget(self.key("experiment", experiment), "spec"))
        return None if spec is None else orjson.loads(spec)

    def claim(self, experiment: str, owner: str, programs: list[str]) -> Claim | None:
        """Claims a run for `owner`, if possible one of the `programs` that it has compiled. None: no run waits."""
        answer = self._call("claim", experiment, owner, int(LEASE_SECONDS * 1000), *programs)
        return answer and Claim(experiment, int(answer[0]), int(answer[1]), int(answer[2]), float(answer[3]))

    def decline(self, experiment: str, worker: str) -> bool:
        """Notes that `worker`, `host/worker`, can't train an experiment; returns whether all that live have said so."""
        key = self.key("experiment", experiment, "declined")
        with self.client.pipeline() as pipe:
            pipe.sadd(key, worker)
            pipe.expire(key, DECLINED_SECONDS)
            pipe.smembers(key)
            *_, declined = pipe.execute()
        live = {slot.rpartition("/")[0] for slot in self.slots()}
        return live <= {name.decode() for name in declined}

    def checkpoint(self, claim: Claim) -> bytes | None:
        """The run's last checkpoint."""
        return cast("bytes | None", self.client.hget(self.key("run", claim.experiment, claim.run), "checkpoint"))

    def renew(self, claim: Claim) -> Control:
        """Renews the lease of a run."""
        answer = self._call("renew", claim.experiment, claim.run, claim.fence, int(LEASE_SECONDS * 1000))
        return cast(Control, answer.decode())

    def append(
        self,
        claim: Claim,
        first: int,
        last: int,
        figures: bytes,
        seconds: float,
        checkpoint: bytes = b"",
        snapshots: tuple[list[int], bytes] | None = None,
    ) -> Control:
        """Adds epochs `first` to `last` to the log; safe to repeat. `seconds` is the run's time so far.

        `snapshots` are those taken among these epochs: their epochs, and their bytes by `Snapshots.pack`.

        Raises:
            redis.ResponseError: the chunk does not start where the log ends.
        """
        lease = int(LEASE_SECONDS * 1000)
        epochs, packed = (orjson.dumps({"epoch": snapshots[0]}), snapshots[1]) if snapshots else (b"", b"")
        chunk = [first, last, figures, repr(seconds), checkpoint, epochs, packed]
        answer = self._call("append", claim.experiment, claim.run, claim.fence, lease, *chunk)
        return cast(Control, answer.decode())

    def release(self, claim: Claim, checkpoint: bytes = b"") -> bool:
        """Gives the run back: it is paused, cancelled or queued again, as its experiment says. False: not held."""
        return bool(self._call("release", claim.experiment, claim.run, claim.fence, checkpoint))

    def finish(
        self,
        claim: Claim,
        status: Literal["finished", "failed"],
        data: dict[str, Any],
        outcomes: bytes = b"",
        kept: Mapping[KeptPart, bytes] | None = None,
    ) -> bool:
        """Ends the run, with the outcomes of its rows (`snapshots.pack_outcomes`). False: not held.

        `kept` are its outputs and weights, packed by `core.runs.kept`. A full Redis gets the run without them.
        """
        ended = [claim.run, claim.fence, status, orjson.dumps(data), outcomes]
        if kept:
            try:
                parts = [kept.get(part, b"") for part in KEPT]
                return bool(self._scripts[False](args=["finish", claim.experiment, *ended, *parts]))
            except redis.OutOfMemoryError:
                pass
        return bool(self._call("finish", claim.experiment, *ended))

    def expire(self, experiment: str) -> int:
        """Takes the runs of dead workers back; returns the number of runs that wait for a worker."""
        reason = orjson.dumps(
            {"error": f"Its worker died {DEATHS_ALLOWED} times while training it; see the worker's log for why"}
        )
        return int(self._call("expire", experiment, DEATHS_ALLOWED, reason, int(LEASE_SECONDS * 1000)))

    def cancel(self, experiment: str) -> bool:
        """Ends waiting runs at once and running ones at their next chunk. False: nothing is left to cancel."""
        return bool(self._call("cancel", experiment))

    def pause(self, experiment: str) -> bool:
        """Stops running runs at their next chunk. False: the experiment is not running."""
        return bool(self._call("pause", experiment))

    def resume(self, experiment: str) -> bool:
        """Lets a paused experiment go on. False: it is not paused."""
        return int(self._call("resume", experiment)) >= 0

    def forget(self, experiment: str, runs: int) -> None:
        """Removes an experiment's keys. A worker that still trains one of its runs is fenced."""
        self._call("forget", experiment, runs)

    def last_event(self) -> str:
        """Id of the last event that was ever logged, trimmed or not."""
        if not self.client.exists(self.log_key):
            return "0-0"
        found: bytes = cast(Any, self.client).xinfo_stream(self.log_key)["last-generated-id"]
        return found.decode()

    def newest(self) -> str:
        """Id of the last event that is in the stream; `0-0` where none waits to be recorded and trimmed."""
        found: Any = self.client.xrevrange(self.log_key, count=1)
        return found[0][0].decode() if found else "0-0"

    def trim(self, recorded: str) -> None:
        """Removes the events of the stream up to `recorded`, an event's id."""
        self._call("trim", "", *id_key(recorded))

    def experiments(self) -> set[str]:
        """Ids of all experiments that have a ledger."""
        return {key.decode() for key in cast("set[bytes]", self.client.smembers(self.key("experiments")))}

    def heartbeat(self, slot: str, memory: int | None = None, version: str | None = None) -> None:
        """Marks `slot`, `host/worker/process`, as ready to train; notes its memory in bytes and its version."""
        seconds, _ = self.client.time()
        with self.client.pipeline(transaction=False) as pipe:
            if version is not None:
                pipe.set(self.key("slots", slot, "version"), version, ex=2 * int(LEASE_SECONDS))
            pipe.zadd(self.key("slots"), {slot: seconds + LEASE_SECONDS})
            pipe.zremrangebyscore(self.key("slots"), "-inf", f"({seconds}")
            if memory is not None:
                pipe.set(self.key("slots", slot), memory, ex=int(LEASE_SECONDS))
            pipe.execute()

    def leave(self, slot: str) -> None:
        """Removes `slot` from those that are ready."""
        self.client.zrem(self.key("slots"), slot)

    def slots(self) -> list[str]:
        """Names of all slots that are ready to train."""
        seconds, _ = self.client.time()
        found = cast("list[bytes]", self.client.zrangebyscore(self.key("slots"), seconds, "+inf"))
        return [slot.decode() for slot in found]

    def slot_memory(self, slots: list[str]) -> dict[str, int]:
        """Memory in bytes of the processes of `slots`, of those that have noted it."""
        keys = [self.key("slots", slot) for slot in slots]
        found = cast("list[bytes | None]", self.client.mget(keys) if keys else [])
        return {slot: int(value) for slot, value in zip(slots, found, strict=True) if value is not None}

    def slot_versions(self) -> dict[str, str | None]:
        """Version that each slot that is ready names; None for one that names none."""
        slots = self.slots()
        keys = [self.key("slots", slot, "version") for slot in slots]
        found = cast("list[bytes | None]", self.client.mget(keys) if keys else [])
        return {slot: None if value is None else value.decode() for slot, value in zip(slots, found, strict=True)}

    def held(self) -> list[LeasedRun]:
        """All runs in training, in the order of their experiments' ids."""
        found = []
        for experiment in sorted(self.experiments()):
            for run in cast("list[bytes]", self.client.zrange(self.key("experiment", experiment, "leased"), 0, -1)):
                fields = ["owner", "fence", "epochs_done", "since"]
                values: Any = self.client.hmget(self.key("run", experiment, int(run)), fields)
                if None not in values:  # else it was given back between the two commands
                    owner, fence, done, since = values
                    found.append(LeasedRun(experiment, int(run), owner.decode(), int(fence), int(done), int(since)))
        return found

    def memory(self) -> Memory:
        """Redis' memory, used and allowed."""
        info: Any = self.client.info("memory")
        return Memory(int(info["used_memory"]), int(info.get("maxmemory", 0)))

    def backlog(self) -> tuple[int, float]:
        """Number of events in the stream, which the store doesn't have yet, and the age of the oldest in seconds."""
        seconds, microseconds = self.client.time()
        length = self.client.xlen(self.log_key)
        oldest: Any = self.client.xrange(self.log_key, count=1)
        if not oldest:
            return 0, 0.0
        return length, max(0.0, seconds + microseconds / 1e6 - int(oldest[0][0].partition(b"-")[0]) / 1000)

    def expiries(self) -> int:
        """Number of leases that have ever run out."""
        return int(cast("bytes | None", self.client.get(self.key("expiries"))) or 0)

"""Random clients, random kills and cuts: whatever was answered must be true afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.history import CLOSED, Client, check_answers, check_end, weights_of
from tests.faults.lab import Lab, kill
from tests.faults.report import FULL, Tell
from tests.service import wait_until

SECONDS = 60 if FULL else 20
CLIENTS = 4


class Chaos:
    """Breaks a part of a lab, and mends it."""

    def __init__(self, lab: Lab, chance: random.Random) -> None:
        self.lab = lab
        self.chance = chance
        self.done: dict[str, int] = {}

    def strike(self) -> None:
        """One fault, from its beginning to its end."""
        faults: list[Callable[[], None]] = [self.api, self.worker, self.slot, self.redis, self.cut, self.silence]
        fault = self.chance.choices(faults, [3, 2, 3, 2, 2, 1])[0]
        self.done[fault.__name__] = self.done.get(fault.__name__, 0) + 1
        fault()

    def api(self) -> None:
        self.lab.api.kill()
        self._pause()
        self.lab.api.start()

    def worker(self) -> None:
        self.lab.kill_worker()
        self._pause()
        self.lab.worker.start()

    def slot(self) -> None:
        for pid in list(self.lab.holders().values())[:1]:
            with contextlib.suppress(ProcessLookupError):  # its worker was killed, and its lease goes on
                kill(pid)

    def redis(self) -> None:
        self.lab.redis.kill()
        self._pause()
        self.lab.restart_redis()

    def cut(self) -> None:
        """Redis is out of reach, and says so."""
        self.lab.proxy.cut()
        self._pause()
        self.lab.proxy.mend()

    def silence(self) -> None:
        """Redis is out of reach, without a word."""
        os.kill(self.lab.redis.pid, signal.SIGSTOP)
        self._pause()
        os.kill(self.lab.redis.pid, signal.SIGCONT)

    def _pause(self) -> None:
        time.sleep(self.chance.uniform(0.1, 2.5))


@pytest.mark.fault(20, "random clients while API, worker, slots and Redis are killed, cut off and silenced at random")
@pytest.mark.timeout(600)
def test_what_was_answered_is_true(tmp_path: Path, seed: int, tell: Tell) -> None:
    lab = Lab(tmp_path, LAB_POST_RATE="10000")
    try:
        template = lab.ask("GET", "/presets/tutorial")["experiment"]
        template["arms"] = template["arms"][1:2]
        clients = [Client(lab, number, seed, template) for number in range(CLIENTS)]
        over = threading.Event()
        threads = [threading.Thread(target=each.run, args=[over]) for each in clients]
        for each in threads:
            each.start()
        chaos = Chaos(lab, random.Random(seed))
        end = time.monotonic() + SECONDS
        # On a busy machine parts take long to start: some experiments must have been taken.
        while time.monotonic() < end or not any(known.id for client in clients for known in client.known):
            chaos.strike()
            time.sleep(chaos.chance.uniform(0.5, 3))
        over.set()
        for each in threads:
            each.join()
        lab.wait_healthy()

        def settled() -> bool:
            """Whether all that can end has ended: what was paused goes on."""
            listed = lab.ask("GET", "/experiments", params={"limit": 100})["experiments"]
            for each in listed:
                if each["status"] == "paused":
                    lab.ask("POST", f"/experiments/{each['id']}/resume")
            return all(each["status"] in CLOSED for each in listed)

        wait_until(settled, "everything has ended", 240, every=0.5)
        ended: dict[str, int] = {}
        for client in clients:
            check_answers(client)
            for how, count in check_end(lab, client).items():
                ended[how] = ended.get(how, 0) + count
        hashes: dict[tuple[int, int], set[str]] = {}
        for client in clients:
            for run, found in weights_of(client, lab).items():
                hashes.setdefault(run, set()).update(found)
        assert all(len(found) == 1 for found in hashes.values()), "the same run came to other weights"
        tell("calls", sum(len(client.calls) for client in clients), "")
        tell("faults", sum(chaos.done.values()), "")
        tell("experiments", sum(ended.values()), "")
        assert ended.get("finished", 0) > 0
    finally:
        lab.stop()

"""A service whose parts are killed, stopped and cut off, and what is asked of it then."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import orjson

from core.ledger import Ledger, connect
from launch import valkey
from tests.service import PATIENCE, Service, gone, wait_until

EPOCHS = 60_000

Event = tuple[str, str, dict[str, Any]]
"""Id, name, data."""


class Proxy:
    """A TCP proxy in the way to Redis: `cut` ends every connection and takes no new one until `mend`."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((valkey.ADDRESS, 0))
        self.port = int(self._listener.getsockname()[1])
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection((valkey.ADDRESS, self._target))
            except OSError:
                near.close()
                continue
            self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=[one, other], daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            self._end(end)

    def _end(self, end: socket.socket) -> None:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()
        self._open.discard(end)

    def cut(self) -> None:
        """Redis is away."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._open):
            self._end(end)

    def mend(self) -> None:
        """Redis is there again."""
        self._listener = socket.create_server((valkey.ADDRESS, self.port))
        self._serve()


class Lab(Service):
    """A service of one worker with two slots that reach Redis through a `proxy`. The tests reach it directly."""

    def __init__(self, directory: Path, workers: int = 1, **environment: str) -> None:
        configured = valkey.configure(directory / "redis")
        self.proxy = Proxy(configured.port)
        url = configured.url.replace(f":{configured.port}/", f":{self.proxy.port}/")
        super().__init__(directory, {"REDIS_URL": url, "LAB_CONCURRENCY": "2", **environment}, workers)
        self._ideal: dict[tuple[int, int, int], tuple[Any, float]] = {}

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, past the proxy."""
        with closing(connect(self.redis.url)) as client:
            yield Ledger(client)

    def ask(self, method: str, path: str, **arguments: Any) -> Any:
        """The API's answer, which must be a success."""
        with self.client() as client:
            answer = client.request(method, f"/api{path}", **arguments)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, epochs: int = EPOCHS, repeats: int = 1, units: int = 500) -> str:
        """Posts the tutorial's constrained arm, with so many hidden units and seeds from 1."""
        body = self.ask("GET", "/presets/tutorial")["experiment"]
        body["arms"] = body["arms"][1:2]
        body["network"]["layers"][0]["units"] = units
        body["training"]["epochs"] = epochs
        body["seeds"] = list(range(1, repeats + 1))
        id: str = self.ask("POST", "/experiments", json=body)["id"]
        return id

    def runs(self, id: str) -> list[dict[str, Any]]:
        """The experiment's runs, as they stand."""
        runs: list[dict[str, Any]] = self.ask("GET", f"/experiments/{id}")["runs"]
        return runs

    def wait_for(self, id: str, epochs: int = 1) -> None:
        """Waits until the first run is in its midst."""
        wait_until(lambda: self.runs(id)[0]["epochs_done"] >= epochs, f"{epochs} epochs are done", every=0.01)
        assert self.runs(id)[0]["status"] == "running", "the fault must come in the middle of the run"

    def midway(self, epochs: int = 1) -> tuple[str, Any]:
        """The usual experiment in the midst of its run: its id, and the result that it must come to."""
        expected = self.expected()
        id = self.post()
        self.wait_for(id, epochs)
        return id, expected

    def result(self, id: str) -> Any:
        """Curves, weights to the last bit, and frames, once all runs have finished; the log must be whole."""
        wait_until(
            lambda: all(run["status"] in {"finished", "failed"} for run in self.runs(id)), "the runs have ended", 240
        )
        runs = self.runs(id)
        assert {run["status"] for run in runs} == {"finished"}, [run["error"] for run in runs]
        curves = sorted(self.ask("GET", f"/experiments/{id}/curves")["runs"], key=lambda run: run["seed"])
        for curve, run in zip(curves, runs, strict=True):
            assert curve["epoch"] == list(range(1, run["epochs_done"] + 1)), "an epoch is missing, or there twice"
        frames = self.ask("GET", f"/experiments/{id}/frames", params={"arm": curves[0]["arm"]})
        del frames["last_event_id"]
        assert all(run["weights_sha256"] for run in runs)
        return curves, [(run["weights_sha256"], run["weights"]) for run in runs], frames

    def ideal(self, epochs: int = EPOCHS, repeats: int = 1, units: int = 500) -> tuple[Any, float]:
        """The result of the same experiment where nothing goes wrong, and the seconds that it took."""
        key = (epochs, repeats, units)
        if key not in self._ideal:
            began = time.monotonic()
            result = self.result(self.post(*key))
            self._ideal[key] = result, time.monotonic() - began
        return self._ideal[key]

    def expected(self) -> Any:
        """The result of the usual experiment where nothing goes wrong."""
        return self.ideal()[0]

    def attempts(self, id: str) -> int:
        """Number of times that a run was started."""
        return sum(name == "run_started" for _, name, _ in self.events(id))

    def events(self, id: str, after: str = "0-0") -> list[Event]:
        """All events of an experiment that has ended."""
        return list(self.watch(id, after))

    def watch(self, id: str, after: str = "0-0") -> Iterator[Event]:
        """Events as they come. Raises `httpx.HTTPError` when the API goes."""
        place = ""
        with (
            self.client() as client,
            client.stream("GET", f"/api/experiments/{id}/events", headers={"Last-Event-ID": after}) as stream,
        ):
            assert stream.status_code == 200
            for line in stream.iter_lines():
                kind, _, value = line.partition(": ")
                if kind == "id":
                    place = value
                elif kind == "event":
                    name = value
                elif kind == "data":
                    yield place, name, orjson.loads(value)

    def holders(self) -> dict[tuple[str, int], int]:
        """Process id of the slot that trains each running run."""
        with self.ledger() as ledger:
            return {(held.experiment, held.run): int(held.owner.split("/")[-1]) for held in ledger.held()}

    def slot(self) -> int:
        """Process id of the only slot that trains."""
        return wait_until(lambda: next(iter(self.holders().values()), None), "a slot trains") or 0

    def deaths(self, id: str, run: int) -> int:
        """Number of workers that died while they trained a run."""
        with self.ledger() as ledger:
            return int(ledger.client.hget(f"lab:run:{id}:{run}", "deaths") or 0)

    def lease_over(self, id: str, run: int = 0) -> None:
        """Lets a run's lease end now. That one ends by itself is seen where a slot is killed once, or stopped."""
        with self.ledger() as ledger:
            ledger.client.zadd(f"lab:experiment:{id}:leased", {str(run): 0}, xx=True)

    def kill_worker(self) -> None:
        """kill -9 of the worker with all its slots."""
        os.killpg(self.worker.pid, signal.SIGKILL)
        wait_until(lambda: not self.worker.alive, "the worker is dead")

    def restart_all(self) -> None:
        """Everything ends, and starts again."""
        self.worker.stop()
        self.api.stop()
        self.redis.stop()
        self.restart_redis()
        self.api.start()
        self.worker.start()
        self.wait_healthy()

    def stop(self) -> None:
        super().stop()
        self.proxy.cut()


def refused(lab: Lab, words: str) -> bool:
    """Whether a new experiment is refused for now, and with these words."""
    with lab.client() as client:
        body = client.get("/api/presets/tutorial").json()["experiment"]
        answer = client.post("/api/experiments", json=body)
        if answer.status_code == 201:
            client.delete(f"/api/experiments/{answer.json()['id']}")
            return False
    assert answer.status_code == 503, answer.text
    assert "retry-after" in answer.headers
    assert words in answer.json()["detail"]
    return True


def kill(pid: int) -> None:
    """kill -9, and see it gone."""
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: gone(pid), "the process is dead")


def seconds_until(condition: Any, what: str, seconds: float = PATIENCE) -> float:
    """Seconds until `condition` holds."""
    began = time.monotonic()
    wait_until(condition, what, seconds, every=0.02)
    return time.monotonic() - began


def until_taken(lab: Lab, words: str) -> float:
    """Seconds until new experiments are no longer refused with these words."""
    return seconds_until(lambda: not refused(lab, words), "it takes experiments")

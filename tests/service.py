"""A whole service for a test: its own Valkey, API and workers, as real processes with data of their own.

Each process can be killed and started again, as a crash and a process manager would. None outlives the test session.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import httpx

from launch import child_process, valkey
from tests import preloaded

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0
"""Seconds that anything may take on a slow, busy machine before a test gives up on it."""

COMPILED = ROOT / ".setup" / "compiled-by-tests"
"""Cache of XLA's compiled programs, shared by all services."""

HTTP = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that never use TLS: to read the certificates of each client takes 20 ms."""

T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str, seconds: float = PATIENCE, every: float = 0.05) -> T:
    """The condition's first true value. Raises `TimeoutError`, saying `what`, if there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)
    return value


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Lets the event loop go on until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is looked at from outside, so that nobody sets an event
            await asyncio.sleep(0.001)


def gone(pid: int) -> bool:
    """Whether no process of that id lives."""
    return child_process.start_identity(pid) is None


class Process:
    """One process of a service, in a group of its own, its output in `log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        *,
        root: Path = ROOT,
        forked: bool = False,
    ) -> None:
        """Starts a command; if it is `python -m …`, it may be a fork that runs it (`tests.preloaded`)."""
        self.name = name
        self._root = root
        self.log = directory / f"{name}.log"
        self._note = directory / f"{name}.pid"
        self._command = list(command)
        self._environment = dict(environment)
        self._forked = forked
        self._running: subprocess.Popen[bytes] | preloaded.Forked | None = None
        self.start()

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """Start it; also again, after it has ended. What its predecessor left in its group is killed first."""
        assert not self.alive, f"{self.name} is running already"
        if self._forked:
            self._running = preloaded.start(self._command[2:], self._environment, self.log, self._note)
            return
        command = child_process.tied_to_parent(self._command, self._note)
        with self.log.open("ab") as out:
            self._running = subprocess.Popen(
                command,
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, not to its children."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9 of the process alone; its children find themselves without it."""
        self.send(signal.SIGKILL)
        assert self._running is not None
        self._running.wait(PATIENCE)

    def stop(self, seconds: float = 20.0) -> None:
        """End it as a process manager does: SIGTERM, then after `seconds` SIGKILL for its whole group."""
        if self._running is None:
            return
        if self.alive:
            self.send(signal.SIGTERM)
            try:
                self._running.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        child_process.kill_group(self.pid)
        self._running.wait(PATIENCE)

    def used(self) -> float:
        """Processor time that it has used, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, figure: str = "VmRSS") -> int:
        """Bytes of memory that it has now; `VmHWM`: at its highest since it began, or since `forget_highest`."""
        found = re.search(rf"^{figure}:\s+(\d+) kB$", Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024

    def forget_highest(self) -> None:
        """Lets `VmHWM` begin anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def tail(self) -> str:
        """The end of its log, for a failure's message."""
        return f"The end of {self.name}'s log:\n{valkey.tail(self.log, 40)}"


class Service:
    """A running service. `environment` adds settings; `workers` says how many worker processes it has.

    `root` is the directory of its sources, `redis_host` the address that Valkey listens on.
    Processes of this tree are forks of preloaded ones, unless `as_deployed`.
    """

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str] | None = None,
        workers: int = 1,
        *,
        root: Path = ROOT,
        as_deployed: bool = False,
        redis_host: str = valkey.ADDRESS,
    ) -> None:
        self._root = root
        self._forked = preloaded.AVAILABLE and root == ROOT and not as_deployed and "LAB_FAULTS" not in os.environ
        directory.mkdir(parents=True, exist_ok=True)
        self.data = directory / "data"
        self._share_compiled_programs()
        self._redis_host = redis_host
        self.redis = valkey.start(directory / "redis", host=redis_host)
        self.port = valkey.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "LAB_DATA": str(self.data),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "REDIS_URL": self.redis.url,
            "PYTHONUNBUFFERED": "1",
            "LAB_CONCURRENCY": "1",  # each slot takes 5 s of processor time to start
            **(environment or {}),
        }
        self.directory = directory
        self.api = self._process("api", [sys.executable, "-m", "app"])
        self.workers: list[Process] = []
        for _ in range(workers):
            self.add_worker()
        try:
            self.wait_healthy()
        except BaseException:
            self.stop()
            raise

    def _share_compiled_programs(self) -> None:
        COMPILED.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data.mkdir(exist_ok=True)
        (self.data / "xla").symlink_to(COMPILED)

    @property
    def worker(self) -> Process:
        """The only worker, or the first."""
        return self.workers[0]

    def add_worker(self) -> Process:
        """Start one more worker."""
        quiet = ["--loglevel", "INFO", "--without-mingle", "--without-gossip", "--without-heartbeat"]
        command = [sys.executable, "-m", "celery", "-A", "worker.main:celery", "worker", *quiet]
        name = f"worker-{len(self.workers) + 1}"
        # Workers of one host need names of their own.
        self.workers.append(self._process(name, [*command, "-n", f"{name}@%h"]))
        return self.workers[-1]

    def _process(self, name: str, command: Sequence[str]) -> Process:
        return Process(name, command, self.environment, self.directory, root=self._root, forked=self._forked)

    def client(self) -> httpx.Client:
        """A client of the API, to be closed by the caller."""
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=HTTP)

    def health(self) -> int | None:
        """The status of `/api/health`; None while nobody answers."""
        try:
            return httpx.get(f"{self.url}/api/health", timeout=10, trust_env=False, verify=HTTP).status_code
        except httpx.HTTPError:
            return None

    def wait_healthy(self, seconds: float = PATIENCE) -> None:
        """Wait until the API, Redis and a worker (if it has any) are there; fail with their logs if one ends."""

        def healthy() -> bool:
            dead = [process for process in (self.api, *self.workers) if not process.alive]
            assert not dead, "\n".join(process.tail() for process in dead)
            return self.health() == (200 if self.workers else 503)

        try:
            wait_until(healthy, "The service is healthy", seconds)
        except TimeoutError as error:
            raise AssertionError("\n".join([str(error), *(p.tail() for p in (self.api, *self.workers))])) from None

    def restart_redis(self) -> None:
        """Start Valkey again after `redis.kill()` or `redis.stop()`: the same data, password and port."""
        url = self.redis.url
        self.redis = valkey.start(self.directory / "redis", host=self._redis_host)
        assert self.redis.url == url, "somebody else took Valkey's port meanwhile"

    def stop(self) -> None:
        """End everything, in the order of `make up`."""
        for process in (*self.workers, self.api):
            process.stop()
        self.redis.stop()

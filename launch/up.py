"""Run a whole lab on this machine until Ctrl-C: Valkey, the API and a worker, restarted when they die.

`python -m launch.up`. All its data, pid files and logs are in `LAB_DATA`, which only one lab at a time may use.
The launcher holds the lock, supervisord (launch/supervisord.conf) runs the parts.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from pydantic import ValidationError

from app.access import Access, own_address, startup_refusal
from core.settings import Settings, wrong_settings
from launch import child_process, valkey
from launch.user_error import UserError

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = ROOT / "launch" / "supervisord.conf"
PARTS = ("worker", "api", "valkey")
"""In the order in which they stop."""

START_SECONDS = 180.0
"""Time limit for a lab to become healthy: TensorFlow's first import from a cold disk takes half a minute."""

STOP_SECONDS = 70.0
"""More than the parts' own `stopwaitsecs` together: past it supervisord itself hangs."""

FORK_SECONDS = 5.0
"""Time limit from supervisord's start until it has started the last part."""

TRIES = 3
"""A part that ends this often before the lab is healthy will not come up by itself."""


class Stop(Exception):
    """Somebody asked the lab to end."""


class Lab:
    """One lab: its directory, its lock, its parts."""

    def __init__(self, settings: Settings) -> None:
        self.host = settings.host
        self.port = settings.port
        self._redis_url = settings.redis_url
        self.data = settings.lab_data.expanduser().resolve()
        self.address = own_address(settings)
        self.access = Access(settings.model_copy(update={"lab_data": self.data}))
        self._run = self.data / "run"
        self._logs = self.data / "logs"
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._lock: TextIO | None = None
        self._seen: dict[str, list[int]] = {name: [] for name in PARTS}
        self._stop_asked = False

    def ask_to_stop(self) -> None:
        """Make `start` and `watch` raise `Stop` at the next safe point."""
        self._stop_asked = True

    def claim(self) -> None:
        """Lock the directory for this lab, and stop processes that an earlier, interrupted lab left running in it.

        Raises `UserError` if a lab runs there, or the port is taken.
        """
        try:
            for directory in (self.data, self._run, self._logs):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (self._run / "lab.lock").open("a+")
        except OSError as error:
            raise UserError(f"The data directory {self.data} can't be used: {error.strerror}. Set LAB_DATA.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.seek(0)
            raise UserError(
                f"A lab is already running with the data in {self.data}: {self._lock.read().strip()}\n"
                "Use that lab, or set LAB_DATA to another directory."
            ) from None
        if self.end():
            print("An earlier lab here was interrupted. Stopped its remaining processes.", flush=True)
        if not valkey.is_free(self.host, self.port):
            raise UserError(
                f"Port {self.port} on {self.host} is taken by another program. Choose another one: make up PORT=8001"
            )
        self._lock.truncate(0)
        self._lock.write(f"{self.address} (process {os.getpid()})\n")
        self._lock.flush()

    def start(self) -> None:
        """Start the parts and return when the lab is healthy. Raises `UserError` if it doesn't become healthy."""
        environment = {
            **os.environ,
            "LAB_DATA": str(self.data),
            "HOST": self.host,
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "LAUNCH_PYTHON": sys.executable,
            "LAUNCH_ROOT": str(ROOT),
            **self._redis(),
        }
        command = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(CONFIGURATION)]
        if os.geteuid() == 0:
            command += ["--user", pwd.getpwuid(0).pw_name]  # said outright, or it warns
        with (self._logs / "launch.log").open("wb") as log:
            self._supervisor = subprocess.Popen(  # noqa: S603 - our own command line
                child_process.tied_to_parent(command, self._run / "supervisord.pid"),
                cwd=self.data,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the launcher, which ends the parts in order
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            self._check_stop()
            self._check_parts()
            if time.monotonic() > deadline:
                raise UserError(f"The lab did not become healthy in {START_SECONDS:.0f} s.\n{self._last_lines(PARTS)}")
            time.sleep(0.1)
        self._note_parts()

    def watch(self) -> NoReturn:
        """Print restarts of parts until the lab is to stop (`Stop`).

        Raises `UserError` if the process manager itself dies.
        """
        while True:
            self._check_stop()
            for name in self._note_parts():
                log = self._logs / f"{name}.log"
                print(f"The {name} ended and was started again. Its log: {log}", flush=True)
            if self._supervisor is not None and self._supervisor.poll() is not None:
                raise UserError(f"The process manager ended.\n{self._last_lines(['supervisord', 'launch'])}")
            time.sleep(0.5)

    def end(self) -> bool:
        """Stop every part that runs in this directory, in order. Returns whether there was any."""
        if self._supervisor is not None:
            self._wait_for_last_part()
            self._supervisor.terminate()  # it may not have noted itself yet
        found = child_process.end(self._run / "supervisord.pid", STOP_SECONDS)
        if self._supervisor is not None:
            self._supervisor.wait()
        for name in PARTS:
            if child_process.end(self._run / f"{name}.pid", 15):
                found = True
        return found

    def _wait_for_last_part(self) -> None:
        """Wait until the worker has called exec: a freshly forked process would lose supervisord's stop signal."""
        note, deadline = self._run / f"{PARTS[0]}.pid", time.monotonic() + FORK_SECONDS
        while child_process.recorded_pid(note) is None and time.monotonic() < deadline:
            if self._supervisor is None or self._supervisor.poll() is not None:
                return
            time.sleep(0.02)

    def _check_stop(self) -> None:
        if self._stop_asked:
            raise Stop

    def _redis(self) -> dict[str, str]:
        """Environment variables that name the Redis, and say whether to run the embedded one."""
        if not (os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE")):
            own = valkey.configure(self.data / "redis")
            return {"REDIS_URL": own.url, "LAUNCH_OWN_VALKEY": "true", "LAUNCH_VALKEY": own.command[0]}
        if not valkey.answers(self._redis_url):
            raise UserError(
                "The Redis named in REDIS_URL does not answer. Start it, or unset REDIS_URL to use the embedded one."
            )
        return {"LAUNCH_OWN_VALKEY": "false", "LAUNCH_VALKEY": "none"}

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=5)
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _check_parts(self) -> None:
        """Raise `UserError` for a part that can't start."""
        if self._supervisor is not None and self._supervisor.poll() is not None:
            raise UserError(f"The process manager could not start.\n{self._last_lines(['launch', 'supervisord'])}")
        self._note_parts()
        for name, processes in self._seen.items():
            if len(processes) > TRIES:
                raise UserError(f"The {name} does not start. {self._last_lines([name])}")

    def _note_parts(self) -> list[str]:
        """Update the parts' process ids. Returns the names of the parts that were restarted."""
        changed = []
        for name, processes in self._seen.items():
            now = child_process.recorded_pid(self._run / f"{name}.pid")
            if now is not None and now not in processes:
                changed += [name] if processes else []
                processes.append(now)
        return changed

    def _last_lines(self, names: tuple[str, ...] | list[str]) -> str:
        logs = [self._logs / f"{name}.log" for name in names]
        return "\n".join(f"The end of {log}:\n{valkey.tail(log)}" for log in logs if log.exists())


def read_settings() -> Settings:
    """Settings from the environment. Raises `UserError` if one is invalid, or would open the lab to anyone."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise UserError(f"Correct these settings.\n{wrong_settings(error)}") from None
    sentence = startup_refusal(settings)
    if sentence is not None:
        raise UserError(sentence)
    return settings


def main() -> None:
    """Run a lab until a signal ends it: exit status 0 then, 1 with a sentence if it can't start or its manager dies."""
    lab: Lab | None = None
    claimed = False
    try:
        lab = Lab(read_settings())
        _obey_signals(lab)
        lab.claim()
        claimed = True
        print("Starting Valkey, the API and a worker …", flush=True)
        lab.start()
        print(f"Constraint Lab is at {lab.address}\nIts data is in {lab.data}. Ctrl-C ends it.", flush=True)
        if not lab.access.is_open:
            print(f"This link signs one browser in, within an hour:\n  {lab.access.link()}", flush=True)
        lab.watch()
    except Stop:
        print("\nStopping: runs store their progress …", flush=True)
    except UserError as sentence:
        raise SystemExit(f"\n{sentence}") from None
    finally:
        if lab is not None and claimed:
            lab.end()
    print("Ended.", flush=True)


def _obey_signals(lab: Lab) -> None:
    # A second signal has no effect: the parts are being stopped, in order and with time limits.
    def asked(number: int, frame: FrameType | None) -> None:
        lab.ask_to_stop()

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, asked)


if __name__ == "__main__":
    main()

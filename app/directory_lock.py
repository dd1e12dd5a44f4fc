"""Lock on LAB_DATA: any number of servers at once, or one restore alone, and no server while one is incomplete.

The lock is on the directory itself, so that it leaves no file behind. It ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

RESTORING: Final = ".restore"
"""Directory in LAB_DATA that a restore works in. It is there until all of the restore is."""


class DirectoryInUse(Exception):
    """Another process uses the directory in a way that excludes this one."""


def share(data: Path) -> None:
    """Keeps restores out of the directory for as long as this process lives.

    Raises:
        DirectoryInUse: a restore is under way there.
    """
    _lock(os.open(data, os.O_RDONLY), fcntl.LOCK_SH)


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Keeps servers and other restores out of the directory.

    Raises:
        DirectoryInUse: a lab runs there, or another restore.
    """
    with ExitStack() as opened:
        for path in (data, data / "run" / "lab.lock"):  # the second is the launcher's
            if path.exists():
                file = os.open(path, os.O_RDONLY)
                opened.callback(os.close, file)
                _lock(file, fcntl.LOCK_EX)
        yield


def is_incomplete(data: Path) -> bool:
    """Whether a restore into the directory was interrupted."""
    return (data / RESTORING).exists()


def _lock(file: int, how: int) -> None:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DirectoryInUse from None
    except OSError:
        pass  # a file system without such locks

"""Logs of API and workers: lines for people or JSON, and the last lines of a run for whoever looks at its failure."""

from __future__ import annotations

import json
import logging
import re
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from core.settings import settings

CAPTURED_LINES: Final = 50
CAPTURED_BYTES: Final = 8000
"""Bytes of a run's last log lines that are kept, in UTF-8."""

_context: ContextVar[Mapping[str, Any]] = ContextVar("log_context", default=MappingProxyType({}))
"""Fields that log lines of this thread or request carry: experiment, arm, seed, fence."""

_ACCESS: Final = "uvicorn.access"
_EXPERIMENT: Final = re.compile(r"^/api/experiments/([0-9a-z]{16})(?=/|$)")
_DIRECTORIES: Final = re.compile(r"(?<![\w.:/])(?:/[^/\s\"':]+)+/(?=[^/\s\"':])")
_QUOTED: Final = re.compile(r"(?<=[\"'])/(?:[^/\n\"']+/)+(?=[^/\n\"']+[\"'])")
"""Directories within quotes, which may have any character in their names."""
_SECRETS: Final = re.compile(r"(?<=://)[^/@\s]*@")


@contextmanager
def log_context(**what: Any) -> Iterator[None]:
    """Lines that are logged within have these fields, in JSON."""
    token = _context.set({**_context.get(), **what})
    try:
        yield
    finally:
        _context.reset(token)


def configure(level: int | str = "INFO") -> None:
    """Sends everything that this process logs to stderr, as `LAB_LOG` says."""
    handler = logging.StreamHandler()
    text = logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s")
    handler.setFormatter(_Json() if settings().lab_log == "json" else text)
    handler.addFilter(_without_query)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)


def _without_query(record: logging.LogRecord) -> bool:
    """Takes the query off the addresses in uvicorn's access log: whatever is secret in one stays out of logs."""
    if record.name == _ACCESS and isinstance(record.args, tuple) and len(record.args) == 5:
        client, method, path, *rest = record.args
        record.args = (client, method, str(path).partition("?")[0], *rest)
    return True


class _Json(logging.Formatter):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
            **_context.get(),
        }
        if record.name == _ACCESS and isinstance(record.args, tuple) and len(record.args) == 5:
            _, method, path, _, status = record.args
            said |= {"method": method, "path": path, "status": status}
            if named := _EXPERIMENT.match(str(path)):
                said["experiment"] = named[1]
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


def without_places(text: str) -> str:
    """`text` as anyone may read it: of files their names alone, and no user or password in addresses.

    Outside quotes a name with a space can't be told from words around it, but for directories that this process uses.
    """
    own = {settings().lab_data, Path.cwd(), Path.home(), Path(tempfile.gettempdir()), Path(sys.prefix)}
    roots = {str(each) for path in own for each in (path.absolute(), path.resolve())} - {"/"}
    text = _QUOTED.sub("", _SECRETS.sub("", text))
    return _DIRECTORIES.sub("", _below(tuple(sorted(roots, key=len, reverse=True))).sub("", text))


@lru_cache(maxsize=4)
def _below(roots: tuple[str, ...]) -> re.Pattern[str]:
    """Finds these directories, and those below them that a file is in."""
    return re.compile(rf"(?:{'|'.join(map(re.escape, roots))})/(?:[^/\n\"':,;]+/)*(?=[^/\s])")


class CapturedLog(logging.Handler):
    """Keeps the last warnings and errors that this process logs while it is added to the root logger."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: deque[str] = deque(maxlen=CAPTURED_LINES)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.extend(without_places(self.format(record)).splitlines())

    def lines(self) -> list[str]:
        """The last lines, tracebacks included: at most `CAPTURED_LINES`, and `CAPTURED_BYTES` with their line ends."""
        lines: deque[str] = deque()
        room = CAPTURED_BYTES
        for line in reversed(self._lines):
            encoded = line.encode(errors="replace")[: CAPTURED_BYTES // 2]
            room -= len(encoded) + 1
            if room < 0:
                break
            lines.appendleft(encoded.decode(errors="ignore"))
        return list(lines)


@contextmanager
def captured_log() -> Iterator[CapturedLog]:
    """Captures the warnings and errors that are logged within the block."""
    handler = CapturedLog()
    logging.getLogger().addHandler(handler)
    try:
        yield handler
    finally:
        logging.getLogger().removeHandler(handler)

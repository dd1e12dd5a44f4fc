"""HTTP/1.1 protocol of the server: uvicorn's httptools protocol with limits on connections and on what comes on them.

httptools holds a header back until it is complete, and copies what it has of it at each read. Without a limit one
header of 40 MB stops every other request for seconds; the guard sees a request only once it is parsed. h11, uvicorn's
other parser, has such limits, but takes four times the CPU for a request with 15 headers. Neither limits the time that
a request may take to come, nor the number of connections: silent ones would use up the process's files.
"""

from __future__ import annotations

import asyncio
import ipaddress
import resource
from collections import Counter
from collections.abc import Callable
from typing import ClassVar, Final, Literal

import httptools
from starlette.datastructures import MutableHeaders
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.errors import problem_response
from app.failure import Failure
from app.guard import secure

HEAD_LIMIT: Final = 65_536
"""Bytes of a request's head (address and headers), as in h11. Browsers and proxies send a few kB.

It also applies to what stands between two parts of a body (chunk extensions) and after it (trailers).
"""

HEADER_LIMIT: Final = 100
"""Headers of a request, as in gunicorn and Apache. Browsers send about 20, proxies add about 10."""

PIPELINE_LIMIT: Final = 16
"""Requests that may wait on one connection for the answers to those before them.

One read can hold 14,000, and uvicorn keeps 3 kB of objects for each. Browsers, curl and httpx send none ahead.
"""

HEAD_SECONDS: Final = 30.0
"""Time in which a whole head must come: from the connection's start, or from the last answer on it."""

BODY_SECONDS: Final = 30.0
BODY_BYTES: Final = 32_768
"""Bytes of a body that must come in each `BODY_SECONDS`, while the application takes them: 1 kB a second."""

MOST_CONNECTIONS: Final = 10_000
FILES_KEPT: Final = 512
"""Open files that connections leave to the store, Redis, uploads and the page."""

LINGER_SECONDS: Final = 1.0
"""Time until a refused connection is closed; what comes meanwhile is thrown away.

Closing a socket that has unread bytes resets the connection, and the client may lose the answer that says why.
"""


FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def most_connections() -> int:
    """Connections that the process may hold: as many as its limit of open files leaves room for."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = MOST_CONNECTIONS if files == resource.RLIM_INFINITY else files - FILES_KEPT
    return max(64, min(MOST_CONNECTIONS, room))


class Connections:
    """The open connections of a process, and which of them wait for a request.

    Where there are `most()`, a new one takes the place of the one that has waited longest, so that silent ones keep
    nobody out. One address may hold half of them; this machine's own, where a proxy stands for others, may hold all.
    """

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._held = 0
        self._waiting: dict[LimitedHttpToolsProtocol, None] = {}
        self._of_address: Counter[str] = Counter()

    def has_room(self, newest: LimitedHttpToolsProtocol) -> bool:
        """Counts a new connection; returns whether it may stay."""
        self._held += 1
        self._of_address[newest.address] += 1
        most = self._most()
        if not newest.is_local and self._of_address[newest.address] > most // 2:
            return False
        if self._held <= most:
            return True
        longest = next(iter(self._waiting), None)
        if longest is not None:
            self.busy(longest)
            longest.transport.abort()
        return longest is not None

    def closed(self, connection: LimitedHttpToolsProtocol) -> None:
        """Forgets a connection."""
        self.busy(connection)
        self._held -= 1
        self._of_address[connection.address] -= 1
        if not self._of_address[connection.address]:
            del self._of_address[connection.address]

    def waits(self, connection: LimitedHttpToolsProtocol) -> None:
        """Says that a connection waits for its next request."""
        self._waiting[connection] = None

    def busy(self, connection: LimitedHttpToolsProtocol) -> None:
        """Says that a connection has a request."""
        self._waiting.pop(connection, None)


class LimitedHttpToolsProtocol(HttpToolsProtocol):
    """Refuses requests that exceed the limits above, before the parser has joined their parts.

    The first request of a connection, and each that is sent after the answer to the one before, is cut off at exactly
    `HEAD_LIMIT`. The head of a pipelined request may begin anywhere in a piece, so it gets up to twice that.
    """

    all: ClassVar[Connections] = Connections(most_connections)

    address = ""
    is_local = False
    """Whether the other side is this machine."""
    _refusal: Failure | None = None
    _awaited: Literal["head", "body"] | None = None
    """What has to come within its time; None while an answer is made."""
    _deadline: asyncio.TimerHandle | None = None
    _body_bytes = 0
    """Bytes of a body in its present time."""
    _idle_bytes = 0
    """Bytes since the last head, part of a body or message was complete."""
    _advanced = False
    """Whether the last piece completed one of these."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Count the connection, and wait for its first head; end it where there are too many."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.is_local = not self.client or ipaddress.ip_address(self.address.partition("%")[0]).is_loopback
        if not self.all.has_room(self):
            self._refusal = Failure(503, "Too many connections")
            transport.write(FULL)
            transport.close()
            return
        self._await("head")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._await(None)
        self.all.closed(self)
        super().connection_lost(exc)

    def _await(self, what: Literal["head", "body"] | None) -> None:
        """Give the head or body that comes next its time."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._awaited, self._body_bytes = what, 0
        if what == "head":
            self.all.waits(self)
        else:
            self.all.busy(self)
        if what is not None:
            self._deadline = self.loop.call_later(HEAD_SECONDS if what == "head" else BODY_SECONDS, self._expire)

    def _expire(self) -> None:
        """End a connection whose request does not come; a body goes on for as long as enough of it does."""
        self._deadline = None
        is_wanted = self._awaited == "body" and not self.cycle.response_complete
        if is_wanted and (self.flow.read_paused or self._body_bytes >= BODY_BYTES):
            self._await("body")
        elif is_wanted or (self._awaited == "head" and self._idle_bytes):
            self._refusal = Failure(408, "The request did not come in time; send it again, in one go")
            self._refuse(self._refusal)
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Feed the parser pieces that end where the limit does."""
        while data and self._refusal is None and not self.transport.is_closing():
            room = HEAD_LIMIT - self._idle_bytes
            piece, data = data[:room], data[room:]
            self._advanced = False
            super().data_received(piece)
            self._idle_bytes = 0 if self._advanced else self._idle_bytes + len(piece)
            if self._idle_bytes == HEAD_LIMIT and self._refusal is None:
                self._refusal = Failure(
                    431,
                    f"Address, headers and trailers may have at most {HEAD_LIMIT:,} bytes; make them shorter",
                )
                self.logger.warning("Request with more than %d bytes of headers refused.", HEAD_LIMIT)
                self._refuse(self._refusal)

    def send_400_response(self, msg: str) -> None:
        """Answer a request that the parser, or a callback below, has stopped at. The caller has logged `msg`."""
        self._refusal = self._refusal or Failure(
            400, "This is not a valid HTTP/1.1 request; check the client that sent it"
        )
        self._refuse(self._refusal)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header; drop a trailer, which must not pass for a header that the guard has checked."""
        if "method" in self.scope:  # set once the head is complete
            return
        if len(self.headers) == HEADER_LIMIT:
            self._refusal = Failure(431, f"A request may have at most {HEADER_LIMIT} headers; send fewer")
            raise self._refusal
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request, or queue it behind those before it."""
        self._advanced = True
        if len(self.pipeline) == PIPELINE_LIMIT:
            raise httptools.HttpParserError("Too many pipelined requests")  # closes the connection
        super().on_headers_complete()
        self._await("body")

    def on_body(self, body: bytes) -> None:
        """Pass on a part of a body."""
        self._advanced = True
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request, after its trailers."""
        self._advanced = True
        super().on_message_complete()
        self._await("head" if self.cycle.response_complete else None)

    def on_response_complete(self) -> None:
        """End an answer; the next head gets its time, unless the body of the answered request is still to come."""
        super().on_response_complete()
        if self._awaited is None and self.cycle.response_complete and not self.transport.is_closing():
            self._await("head")

    def _refuse(self, refusal: Failure) -> None:
        """Send the refusal and close the connection; close it at once where other answers must come first."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            in_body = "method" in self.scope
            if self.pipeline or not in_body or cycle.response_started:
                self.transport.close()
                return
            cycle.disconnected = True  # the application's answer is no longer wanted
            cycle.message_event.set()
        answer = problem_response(refusal.status, refusal.detail, headers={"Connection": "close"})
        secure(MutableHeaders(raw=answer.raw_headers), "/api")
        lines = [b"%b: %b\r\n" % header for header in (*self.server_state.default_headers, *answer.raw_headers)]
        self.transport.write(b"".join([STATUS_LINE[refusal.status], *lines, b"\r\n", bytes(answer.body)]))
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

"""HTTP/1.1 protocol of the server: uvicorn's httptools protocol with limits on all that comes outside of bodies.

httptools holds a header back until it is complete, and copies what it has of it at each read. Without a limit one
header of 40 MB stops every other request for seconds; the guard sees a request only once it is parsed. h11, uvicorn's
other parser, has such limits, but takes four times the CPU for a request with 15 headers.
"""

from __future__ import annotations

from typing import Final

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

LINGER_SECONDS: Final = 1.0
"""Time until a refused connection is closed; what comes meanwhile is thrown away.

Closing a socket that has unread bytes resets the connection, and the client may lose the answer that says why.
"""


class LimitedHttpToolsProtocol(HttpToolsProtocol):
    """Refuses requests that exceed the limits above, before the parser has joined their parts.

    The first request of a connection, and each that is sent after the answer to the one before, is cut off at exactly
    `HEAD_LIMIT`. The head of a pipelined request may begin anywhere in a piece, so it gets up to twice that.
    """

    _refusal: Failure | None = None
    _idle_bytes = 0
    """Bytes since the last head, part of a body or message was complete."""
    _advanced = False
    """Whether the last piece completed one of these."""

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

    def on_body(self, body: bytes) -> None:
        """Pass on a part of a body."""
        self._advanced = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request, after its trailers."""
        self._advanced = True
        super().on_message_complete()

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

"""`python -m app`: serves the API on `HOST`:`PORT`."""

from __future__ import annotations

import socket
import sys

import uvicorn

from app.api.stream import SEND_SECONDS
from app.settings import settings


def main() -> None:
    """Serves until it is told to end."""
    # Streams stay open until their experiment ends; they get 2 s to be cut off, and resume where they stopped.
    config = uvicorn.Config(
        "app.main:app",
        host=settings().host,
        port=settings().port,
        timeout_graceful_shutdown=2,
        log_level="info",
        server_header=False,
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    if sys.platform == "linux":
        # Closing a connection waits for what is written to be taken, for ever where the other side takes nothing: the
        # kernel ends it. Accepted connections inherit this.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(SEND_SECONDS * 1000))
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    if not server.started:
        sys.exit(3)


if __name__ == "__main__":
    main()

"""Health check of a container: `python -m launch.healthcheck api|worker` exits with 0 if its process is healthy."""

from __future__ import annotations

import http.client
import os
import socket
import sys


def api() -> bool:
    """Whether the API is alive. Missing Redis or workers are no reason to restart it."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
    connection.request("GET", "/api/live")
    return connection.getresponse().status == 200


def worker() -> bool:
    """Whether a slot of this machine has a recent heartbeat."""
    from core.ledger import Ledger, connect
    from core.settings import settings

    ledger = Ledger(connect(settings().redis_url))
    return any(slot.partition("/")[0] == socket.gethostname() for slot in ledger.slots())


if __name__ == "__main__":
    raise SystemExit(not {"api": api, "worker": worker}[sys.argv[1]]())

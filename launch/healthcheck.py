"""Check that the part in this container does its work: `python -m launch.healthcheck api|worker` exits with 0 then."""

from __future__ import annotations

import http.client
import os
import socket
import sys


def api() -> bool:
    """The API is alive. That Redis or the workers are away is no reason to restart it."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
    connection.request("GET", "/api/live")
    return connection.getresponse().status == 200


def worker() -> bool:
    """A slot of this machine has said within its last few beats that it is ready to train."""
    from core.ledger import Ledger, connect
    from core.settings import settings

    ledger = Ledger(connect(settings().redis_url))
    return any(slot.partition("/")[0] == socket.gethostname() for slot in ledger.slots())


if __name__ == "__main__":
    raise SystemExit(not {"api": api, "worker": worker}[sys.argv[1]]())

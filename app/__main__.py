"""`python -m app`: serves the API on `HOST`:`PORT`."""

from __future__ import annotations

import uvicorn

from app import logs
from app.settings import settings

if __name__ == "__main__":
    logs.configure()
    # Streams stay open until their experiment ends; they get 2 s to be cut off, and resume where they stopped.
    uvicorn.run(
        "app.main:app",
        host=settings().host,
        port=settings().port,
        timeout_graceful_shutdown=2,
        log_config=None,  # ours
        server_header=False,
    )

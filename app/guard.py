"""What stands before every route: who may ask, how much they may send, and what a browser may do with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import problem_response

BODY_LIMIT: Final = 1_000_000
"""Bytes that a request's body may have, where its path has no limit of its own."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Plotly and Mantine set inline styles; nothing else is inline, and nothing comes from another host."""

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _host_of(netloc: str) -> str:
    """A `Host` header's name without its port; IPv6 keeps its brackets."""
    return netloc[: netloc.index("]") + 1] if netloc.startswith("[") and "]" in netloc else netloc.partition(":")[0]


def _too_large(limit: int) -> str:
    return f"The body may have at most {limit:,} bytes"


class Guard:
    """ASGI middleware: host and origin lists, body limit, security headers.

    A `Host` that is not listed is refused (DNS rebinding), and so is every request, of any method, that a browser
    sends from a page of another origin. `limits` has the bytes that bodies may have at some paths.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: list[str], limits: Mapping[str, int]) -> None:
        self._app = app
        self._hosts = {host.lower() for host in allowed_hosts}
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._limits.get(scope["path"], BODY_LIMIT)
        refusal = self._refusal(headers, limit)
        if refusal is not None:
            await problem_response(*refusal)(scope, receive, send)
            return
        left = limit

        async def limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, _too_large(limit))  # FastAPI lets this one through while it reads a body
            return message

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    answer.setdefault(name, value)
                if answer.get("content-type", "").startswith("text/html"):
                    answer.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            await send(message)

        await self._app(scope, limited, secured)

    def _refusal(self, headers: Headers, limit: int) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if "*" not in self._hosts and _host_of(host).lower() not in self._hosts:
            return 400, "This host name is not served; list it in LAB_ALLOWED_HOSTS"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "Requests from pages of another origin are refused"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > limit:
            return 413, _too_large(limit)
        return None

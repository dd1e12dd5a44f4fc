"""Middleware before every route: authentication, size and rate limits, host and origin checks, security headers."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access import BROWSER_SECONDS, READ_ONLY_POSTS, SAFE_METHODS, Access, Rate
from app.errors import problem_response
from app.failure import Failure

BODY_LIMIT: Final = 1_000_000
"""Largest request body in bytes, for paths without a limit of their own."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Plotly and Mantine set inline styles; nothing else is inline, and nothing comes from another host."""

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

OWN_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
"""This machine's own names, to which no other site can be rebound. Health checks use them."""

FORM_LIMIT: Final = 10_000
"""Largest form of a sign-in in bytes."""

FOREIGN_ORIGIN: Final = (
    "Requests from pages of another origin are rejected; call the API from this lab's page. Behind a proxy with TLS "
    "set LAB_URL to the lab's https address"
)

HEALTH: Final = ("/api/health", "/api/live")


_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?", re.ASCII)


def host_of(hosts: list[str]) -> str:
    """The name in a request's only `Host` header, in small letters and without its port; IPv6 keeps its brackets.

    Raises:
        Failure: 400 if there is none, more than one, or one that is no host (RFC 9112, 3.2).
    """
    found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if found is None:
        raise Failure(400, "A request needs one Host header, of a name or address and at most a port")
    return found[1].lower()


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


def is_public(path: str) -> bool:
    """Whether a path needs no token: health checks, and the page's files, which explain how to sign in."""
    return any(_is_below(path, root) for root in HEALTH) or not any(
        _is_below(path, root) for root in ("/api", "/metrics")
    )


class Guard:
    """ASGI middleware: host and origin checks, authentication, rate limits, body limit, security headers.

    Rejects a `Host` that is not listed (DNS rebinding), and every request, of any method, that a browser sends from a
    page of another origin. `limits` maps paths to the largest body in bytes; `rates` maps paths to rate limits of POST.
    `is_signed` says whether a path and its query were signed by the lab: such a GET needs no credential.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Iterable[str],
        access: Access,
        limits: Mapping[str, int],
        rates: Mapping[str, Rate],
        is_signed: Callable[[str, Mapping[str, str]], bool] = lambda path, query: False,
    ) -> None:
        self._app = app
        self._hosts = {host.lower() for host in (*OWN_NAMES, *allowed_hosts)}
        self._access = access
        self._limits = limits
        self._rates = rates
        self._is_signed = is_signed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = left = self._limits.get(scope["path"], BODY_LIMIT)

        async def limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, _too_large(limit))  # FastAPI lets this one through while it reads a body
            return message

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message), scope["path"])
            await send(message)

        try:
            answer = self._early_response(scope, limit)
            if answer is None and scope["method"] == "POST" and is_public(scope["path"]) and not self._access.is_open:
                answer = await self._sign_in(scope, limited)
        except Failure as failure:
            answer = problem_response(failure.status, failure.detail, headers=failure.headers)
        await (answer or self._app)(scope, limited, secured)

    def _early_response(self, scope: Scope, limit: int) -> Response | None:
        """The response to a request that doesn't reach the routes, or None. Raises `Failure` for a rejected request."""
        headers = Headers(scope=scope)
        method, path = scope["method"], scope["path"]
        host = host_of(headers.getlist("host"))
        if "*" not in self._hosts and host not in self._hosts:
            raise Failure(400, "Unknown host name; add it to LAB_ALLOWED_HOSTS")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self._own_origins(scope, headers["host"].lower()):
            raise Failure(403, FOREIGN_ORIGIN)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > limit:
            raise Failure(413, _too_large(limit))
        address = scope["client"][0] if scope.get("client") else "unknown"
        if is_public(path):
            return self._sign_in_page(scope, headers, address) if method == "GET" else None
        if method == "GET" and self._is_signed(path, dict(parse_qsl(scope["query_string"].decode("latin-1")))):
            return None
        caller, allowed = self._access.caller(headers, address)
        if allowed == "read" and method not in SAFE_METHODS and not (method == "POST" and path in READ_ONLY_POSTS):
            raise Failure(403, "This key is read-only; use a key made without --read-only")
        rate = self._rates.get(path) if method == "POST" else None
        if rate is not None:
            if wait := rate.wait(caller):
                sentence = f"Rate limit reached: {rate.limit} a minute. Try again in {wait} s"
                raise Failure(429, sentence, _retry_after(wait))
            rate.count(caller)
        return None

    def _own_origins(self, scope: Scope, netloc: str) -> set[str]:
        """Origins of this lab's own page, where it was asked for by this `Host`."""
        own = {f"{scope['scheme']}://{netloc}"}
        return own | {self._access.address.lower()} if urlsplit(self._access.address).netloc.lower() == netloc else own

    def _sign_in_page(self, scope: Scope, headers: Headers, address: str) -> Response | None:
        """A page with a button, for a browser that has a token in its address; None without one.

        Reading an address uses up no link, since chats and mail programs read the addresses that are sent with them.
        """
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        token = dict(query).get("token")
        if token is None or self._access.is_open:
            return None
        here = _without_token(scope, query)
        if self._access.is_signed_in(headers):
            return _redirect(here)
        try:
            self._access.check(token, address)
        except Failure as failure:
            if "text/html" not in headers.get("accept", ""):
                raise
            return _page(f"<p>{html.escape(failure.detail)}</p>", failure.status, failure.headers)
        return _page(
            f"<p>This link signs this browser in.</p><form method=post action='{html.escape(here)}'>"
            f"<input type=hidden name=token value='{html.escape(token)}'><button autofocus>Sign in</button></form>"
        )

    async def _sign_in(self, scope: Scope, receive: Receive) -> Response | None:
        """Signs a browser in that sends the form of the page above; None for another request.

        Raises:
            Failure: 401 or 429, as `Access.sign_in`.
        """
        headers = Headers(scope=scope)
        if headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
            return None
        token = dict(parse_qsl((await _body(receive)).decode("latin-1"))).get("token", "")
        address = scope["client"][0] if scope.get("client") else "unknown"
        secret = self._access.sign_in(token, headers, address)
        answer = _redirect(_without_token(scope, parse_qsl(scope["query_string"].decode("latin-1"))))
        if secret is not None:
            answer.set_cookie(
                self._access.cookie,
                secret,
                max_age=BROWSER_SECONDS,
                httponly=True,
                samesite="strict",
                secure=scope["scheme"] == "https" or self._access.by_https,
            )
        return answer


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > FORM_LIMIT:
            raise Failure(413, _too_large(FORM_LIMIT))
    return body


def _without_token(scope: Scope, query: list[tuple[str, str]]) -> str:
    """The address of a request on this lab, without its token."""
    rest = urlencode([(name, value) for name, value in query if name != "token"])
    return f"/{scope['path'].lstrip('/')}{'?' if rest else ''}{rest}"


def _redirect(to: str) -> Response:
    return RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})


def _page(content: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A page of its own, without script, whose form may be sent to this lab."""
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>Constraint Lab</title><style>:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}"
        "body{max-width:34em;margin:15vh auto;padding:0 16px}button{font:inherit;padding:8px 20px}</style>"
        f"<h1>Constraint Lab</h1>{content}"
    )
    own = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("form-action 'none'", "form-action 'self'"),
        "Cache-Control": "no-store",
    }
    return HTMLResponse(page, status, {**own, **(headers or {})})


def _too_large(limit: int) -> str:
    return f"The body is too large: send at most {limit:,} bytes"


def _retry_after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}


def secure(answer: MutableHeaders, path: str) -> None:
    """Add the security headers to an answer at `path`."""
    for name, value in SECURITY_HEADERS.items():
        answer.setdefault(name, value)
    if _is_below(path, "/api"):
        answer.setdefault("Cache-Control", "no-store")
    if answer.get("content-type", "").startswith("text/html"):
        answer.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)

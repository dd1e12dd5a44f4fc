"""Authentication: the lab's token, keys for scripts, one-time links, and the browser sessions that they start.

All but the token are *credentials*: 256 random bits each, stored by their SHA-256 in `LAB_DATA/access.json`. Such a
digest needs no salt and no slow hash, since the secret is random; and a look-up in a dictionary leaks nothing by its
timing, since callers can't choose the digest of their guess. A person may choose a shorter token: it is compared in
constant time, and wrong tokens are limited per address.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import ipaddress
import math
import os
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from app.failure import Failure
from core.settings import Settings

Scope = Literal["read", "full"]
Kind = Literal["key", "link", "browser"]

GENERATE: Final = "generate"
"""Value of `LAB_TOKEN` that makes the lab generate a token and store it in `LAB_DATA`."""
LINK_SECONDS: Final = 3600
BROWSER_SECONDS: Final = 30 * 86400
FAILURES: Final = 10
"""Wrong tokens per address and minute."""
CALLERS: Final = 10_000
"""Clients whose last minute is remembered."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
READ_ONLY_POSTS: Final = frozenset({"/api/experiments/check", "/api/datasets/preview", "/api/estimate"})
"""POST calls that a key of scope `read` may use; all others are rejected."""

HOW_TO_SIGN_IN: Final = (
    "Sign in with a link or a key. Open the link that the lab printed when it started; it works for one browser, "
    "within an hour. To make a new link, run ./lab link where the lab runs (in containers: docker compose exec api "
    "./lab link). Scripts send a key: Authorization: Bearer …"
)
REJECTED: Final = "This token, key or link is wrong, used up or expired. "


class Grant(BaseModel):
    """Permissions of a credential, and its expiry (seconds since 1970; None: until revoked)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    name: str
    scope: Scope
    created: int
    expires: int | None


class GrantFile(BaseModel):
    """The stored file: grants by the SHA-256 of their secrets, in hexadecimal."""

    grants: dict[str, Grant] = {}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Credentials:
    """The credentials of a lab, shared by its processes: a change takes effect in all of them at once."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "access.json"
        self._seen: tuple[int, int, int] | None = None
        self._grants: dict[str, Grant] = {}

    def find(self, secret: str, *kinds: Kind) -> Grant | None:
        """The grant of a secret of one of the kinds; None if it is unknown or expired."""
        grant = self._read().get(_digest(secret))
        return grant if grant is not None and grant.kind in kinds and not _has_expired(grant) else None

    def add(self, kind: Kind, name: str, scope: Scope = "full", seconds: int | None = None) -> str:
        """Makes a credential and returns its secret. Raises `Failure` 409 if a key has that name already."""
        secret = secrets.token_urlsafe(32)
        now = int(time.time())
        with self._transaction() as grants:
            if kind == "key" and any(each.kind == "key" and each.name == name for each in grants.values()):
                raise Failure(409, f"There is a key called {name} already; revoke it first, or choose another name")
            grant = Grant(kind=kind, name=name, scope=scope, created=now, expires=seconds and now + seconds)
            grants[_digest(secret)] = grant
        return secret

    def spend(self, link: str) -> bool:
        """Uses up a link; returns whether it was valid. Of several concurrent calls, one succeeds."""
        if self.find(link, "link") is None:
            return False
        with self._transaction() as grants:
            return grants.pop(_digest(link), None) is not None

    def grants(self, kind: Kind) -> list[Grant]:
        """The valid grants of a kind, oldest first."""
        return [grant for grant in self._read().values() if grant.kind == kind and not _has_expired(grant)]

    def revoke(self, kind: Kind, name: str | None = None) -> int:
        """Revokes the grants of a kind, or those with a name; returns their number."""
        with self._transaction() as grants:
            ended = [key for key, each in grants.items() if each.kind == kind and name in (None, each.name)]
            for key in ended:
                del grants[key]
        return len(ended)

    def _read(self) -> dict[str, Grant]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return {}
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen != self._seen:
            self._grants = GrantFile.model_validate_json(self._path.read_bytes()).grants
            self._seen = seen
        return self._grants

    @contextmanager
    def _transaction(self) -> Iterator[dict[str, Grant]]:
        """The valid grants, to be changed; written at the end, one process at a time."""
        with _locked(self._path):
            grants = {key: grant for key, grant in self._read().items() if not _has_expired(grant)}
            yield grants
            _write_private(self._path, GrantFile(grants=grants).model_dump_json())


def _has_expired(grant: Grant) -> bool:
    return grant.expires is not None and grant.expires < time.time()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds a lock that keeps other processes from writing the file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_private(path: Path, text: str) -> None:
    """Replaces a file atomically; it is never readable by anyone but its owner."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


class Rate:
    """Rate limit: at most `limit` calls in any minute, for each client."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, caller: str) -> int:
        """Seconds until the client may call again; 0 if it may now."""
        times = self._times.get(caller, deque())
        while times and times[0] <= self._clock() - 60:
            times.popleft()
        return 0 if len(times) < self.limit else max(1, math.ceil(times[0] + 60 - self._clock()))

    def count(self, caller: str) -> None:
        """Counts a call of the client."""
        self._times.setdefault(caller, deque(maxlen=self.limit)).append(self._clock())
        self._times.move_to_end(caller)
        if len(self._times) > CALLERS:
            self._times.popitem(last=False)


class Access:
    """Authentication of requests: none on a loopback address without a token; else by a credential or the token."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failures = Rate(FAILURES)
        self.credentials = Credentials(settings.lab_data)
        self.address = address(settings)
        self.by_https = self.address.startswith("https:")
        self.cookie = f"lab_{urlsplit(self.address).port or 'web'}"  # browsers share cookies among ports

    @cached_property
    def is_open(self) -> bool:
        """Whether no authentication is required; `startup_refusal` has checked that this is intended."""
        return not self._settings.lab_token

    @cached_property
    def _token(self) -> str:
        return token_of(self._settings)

    def caller(self, headers: Headers, from_address: str) -> tuple[str, Scope]:
        """The client's name for rate limits, and its scope.

        Raises:
            Failure: 401 without a valid credential; 429 after too many wrong tokens from the address.
        """
        if self.is_open:
            return from_address, "full"
        secret = _bearer(headers)
        if secret is None:
            secret = self._from_cookie(headers)
        if secret is None:
            raise _unknown(HOW_TO_SIGN_IN)
        grant = self.credentials.find(secret, "key", "browser")
        if grant is not None:
            return _digest(secret), grant.scope
        self._check_token(secret, from_address)
        return "token", "full"

    def is_signed_in(self, headers: Headers) -> bool:
        """Whether the request has the cookie of a browser that is signed in."""
        known = self._from_cookie(headers)
        return known is not None and self.credentials.find(known, "browser") is not None

    def check(self, secret: str, from_address: str) -> None:
        """Checks that a link or the token is valid, without using it up.

        Raises:
            Failure: as in `caller`.
        """
        if self.credentials.find(secret, "link") is None:
            self._check_token(secret, from_address)

    def sign_in(self, secret: str, headers: Headers, from_address: str) -> str | None:
        """Signs a browser in by a link or the token; returns its cookie's secret, None if it is signed in already.

        Raises:
            Failure: as in `caller`.
        """
        if self.is_signed_in(headers):
            return None
        if not self.credentials.spend(secret):
            self._check_token(secret, from_address)
        return self.credentials.add("browser", from_address, seconds=BROWSER_SECONDS)

    def link(self) -> str:
        """Address that signs one browser in, once and within an hour."""
        return f"{self.address}/?token={self.credentials.add('link', 'link', seconds=LINK_SECONDS)}"

    def _check_token(self, secret: str, from_address: str) -> None:
        # Credentials were checked before: they work even if another client behind the same proxy is limited.
        wait = self._failures.wait(from_address)
        if wait:
            sentence = f"Too many wrong tokens from this address. Try again in {wait} s"
            raise Failure(429, sentence, {"Retry-After": str(wait)})
        if not hmac.compare_digest(_digest(secret), _digest(self._token)):
            self._failures.count(from_address)
            raise _unknown(REJECTED + HOW_TO_SIGN_IN)

    def _from_cookie(self, headers: Headers) -> str | None:
        return cookie_parser(headers.get("cookie", "")).get(self.cookie)


def _unknown(sentence: str) -> Failure:
    return Failure(401, sentence, {"WWW-Authenticate": "Bearer"})


def _bearer(headers: Headers) -> str | None:
    """The key in `Authorization`; empty if it has another scheme, so that the cookie isn't used instead."""
    given = headers.get("authorization")
    if given is None:
        return None
    scheme, _, secret = given.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def token_of(settings: Settings) -> str:
    """The token that was set, or the generated one in `LAB_DATA/token`, which is made if it doesn't exist."""
    return kept_secret(settings.lab_data / "token") if settings.lab_token == GENERATE else settings.lab_token


def kept_secret(path: Path) -> str:
    """The secret in a file of `LAB_DATA`, which is made if it doesn't exist."""
    with _locked(path):
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(32))
    return path.read_text().strip()


def address(settings: Settings) -> str:
    """Public address of the lab."""
    return settings.lab_url.rstrip("/") or own_address(settings)


def own_address(settings: Settings) -> str:
    """Address of the lab on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared with, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def startup_refusal(settings: Settings) -> str | None:
    """Reason why a lab with these settings must not start, as a sentence that says what to do; None if it may."""
    if settings.lab_let_anyone_in or settings.lab_token or _is_loopback(settings.host):
        return None
    return (
        f"HOST={settings.host} opens the lab to the network, and there is no token. Set LAB_TOKEN={GENERATE} to have "
        "one made and a link printed that signs your browser in, or set your own token, or leave HOST at 127.0.0.1."
    )


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"

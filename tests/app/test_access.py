"""Authentication and permissions on every route, so that a new route can't be left open."""

from __future__ import annotations

import html
import re
import socket
import stat
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from app.access import FAILURES, READ_ONLY_POSTS, Credentials, Rate
from app.failure import Failure
from app.guard import is_public
from app.main import app
from tests.app.api.experiments import refused
from tests.page_errors import PageErrors
from tests.service import ROOT, Service

TOKEN = "a token of the tests".replace(" ", "-")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
WRONG = [b"Bearer wrong", b"Bearer", b"Basic eDp5", f"Bearer {TOKEN}x".encode(), b"Bearer \xe9", TOKEN.encode()]
BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab with a token and without workers, so that what is posted to it stays queued."""
    running = Service(tmp_path_factory.mktemp("lab"), {"LAB_TOKEN": TOKEN}, workers=0)
    yield running
    running.stop()


@pytest.fixture
def owner(lab: Service) -> Iterator[httpx.Client]:
    """A client with the token."""
    with lab.client() as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        yield client


@pytest.fixture
def stranger(lab: Service) -> Iterator[httpx.Client]:
    """A client without anything."""
    with lab.client() as client:
        yield client


def command(lab: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of `./lab`."""
    return subprocess.run([str(ROOT / "lab"), *arguments], env=lab.environment, capture_output=True, text=True)


def said(lab: Service, *arguments: str) -> str:
    done = command(lab, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def link(lab: Service) -> str:
    """A link that lets a browser in."""
    return f"{lab.url}/?token={Credentials(lab.data).add('link', 'link', seconds=60)}"


def sign_in(client: httpx.Client, address: str, **headers: str) -> httpx.Response:
    """Opens an address with a token, and presses the button of the page that it shows."""
    page = client.get(address, headers={**BROWSER, **headers})
    assert page.status_code == 200, page.text
    form = re.search(r"<form method=post action='(.*?)'><input type=hidden name=token value='(.*?)'>", page.text)
    assert form is not None, page.text
    return client.post(html.unescape(form[1]), data={"token": html.unescape(form[2])}, headers=headers)


def tutorial(client: httpx.Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/presets/tutorial").raise_for_status().json()["experiment"]
    return body


def operations(experiment: str, file: str) -> list[tuple[str, str]]:
    """Every call of the schema as (method, path), with ids of things that are there."""
    ids = {"experiment": experiment, "file": file, "name": "tutorial", "format": "runs.csv"}
    return [
        (method.upper(), re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], experiment), path))
        for path, calls in app.openapi()["paths"].items()
        for method in calls
    ]


@pytest.fixture(scope="module")
def held(lab: Service) -> tuple[str, str]:
    """Ids of an experiment and of a file that the lab holds."""
    with httpx.Client(base_url=lab.url, headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False) as client:
        posted = client.post("/api/experiments", json=tutorial(client)).raise_for_status().json()
        file = client.post("/api/datasets/files", content=b"a,b\n1,2\n3,4\n", headers={"content-type": "text/csv"})
        return posted["id"], file.raise_for_status().json()["id"]


def paths_of(routes: Iterable[Any]) -> Iterator[str]:
    """The paths of routes and of the routers among them, also of what the schema doesn't list."""
    for route in routes:
        if hasattr(route, "path"):
            yield route.path
        else:
            yield from paths_of(route.original_router.routes)


def contents(owner: httpx.Client, lab: Service) -> Any:
    """Experiments, files and keys of the lab, which a request could change."""
    listed = owner.get("/api/experiments", params={"limit": 200}).raise_for_status().json()
    kept = {path: path.read_bytes() for path in (lab.data / "datasets").rglob("*.*")}
    return listed, kept, (lab.data / "access.json").read_bytes()


@pytest.mark.fault(15, "no token, on every call")
def test_without_a_pass_no_call_answers(
    lab: Service, owner: httpx.Client, stranger: httpx.Client, held: tuple[str, str]
) -> None:
    calls = [*operations(*held), ("GET", "/api/docs"), ("GET", "/api/openapi.json"), ("GET", "/api/nothing")]
    asked = [(method, path) for method, path in calls if not is_public(path)]
    assert len(asked) > 25
    spent = sign_in(stranger, link(lab)).headers["set-cookie"].partition(";")[0]
    stranger.cookies.clear()
    Credentials(lab.data).revoke("browser")
    before = contents(owner, lab)
    for number, path in enumerate(sorted({path for _, path in asked})):
        for method in METHODS:
            # Each from an address of its own, so that what is wrong is told, not that it is wrong too often.
            where = {"x-forwarded-for": f"10.0.{number}.{METHODS.index(method)}"}
            refused(stranger.request(method, path, headers=where, json={}), 401)
            for wrong in WRONG:
                where["x-forwarded-for"] += "0"
                sent = [(b"x-forwarded-for", where["x-forwarded-for"].encode()), (b"authorization", wrong)]
                refused(stranger.request(method, path, headers=sent), 401)
        where["x-forwarded-for"] += "1"
        refused(stranger.get(path, headers={**where, "cookie": spent}), 401)
    assert contents(owner, lab) == before


def test_only_health_and_the_page_answer_to_all(stranger: httpx.Client) -> None:
    paths = {*app.openapi()["paths"], *paths_of(app.routes)} - {"/{path:path}", "/assets"}
    assert {"/api/docs", "/api/openapi.json", "/api/experiments"} <= paths
    assert {path for path in paths if is_public(path)} == {"/api/health", "/api/live"}
    assert stranger.get("/api/health").status_code == 503  # no workers
    for path in ("/", "/experiments", "/favicon.svg", "/api", "/api%2Fexperiments", "//api/experiments", "/API"):
        answer = stranger.get(path)
        assert answer.status_code in {200, 401, 404, 503}
        assert "created_at" not in answer.text
    answer = stranger.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.fault(15, "a key that only reads, on every call")
def test_a_key_that_reads_changes_nothing(lab: Service, owner: httpx.Client, held: tuple[str, str]) -> None:
    key = Credentials(lab.data).add("key", "reader", "read")
    before = contents(owner, lab)
    writes = reads = 0
    with lab.client() as client:
        client.headers["authorization"] = f"Bearer {key}"
        for method, path in operations(*held):
            if path.endswith("/events"):
                continue
            answer = client.request(method, path, json={} if method != "GET" else None)
            if method == "GET" or path in READ_ONLY_POSTS:
                reads += 1
                assert answer.status_code not in {401, 403}, f"{method} {path}"
            else:
                writes += 1
                refused(answer, 403)
        for path in READ_ONLY_POSTS:
            for method in ("PUT", "PATCH", "DELETE"):
                refused(client.request(method, path), 403)
    assert writes >= 8
    assert reads >= 12
    assert contents(owner, lab) == before
    Credentials(lab.data).revoke("key", "reader")


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("host", "evil.example", 400),
        ("host", "127.0.0.1.evil.example", 400),
        ("host", "", 400),
        ("host", "127.0.0.1@evil.example", 400),
        ("host", "[::1]evil.example", 400),
        ("host", "127.0.0.1:x", 400),
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://127.0.0.1:1", 403),
    ],
)
@pytest.mark.fault(15, "a foreign Host or Origin, on every call")
def test_foreign_hosts_and_origins_are_refused_everywhere(
    lab: Service, owner: httpx.Client, held: tuple[str, str], header: str, value: str, status: int
) -> None:
    before = contents(owner, lab)
    pages = ["/", "/assets/x.js", "/api/docs", "/api/openapi.json", "/api/health", "/api/live"]
    for path in {path for _, path in operations(*held)} | set(pages):
        for method in METHODS:
            refused(owner.request(method, path, headers={header: value}), status)
    assert contents(owner, lab) == before


def test_a_link_lets_one_browser_in(lab: Service, stranger: httpx.Client) -> None:
    printed = said(lab, "link")
    assert printed.startswith(f"{lab.url}/?token=")
    for _ in range(3):  # as a chat and a mail program do that show what a link leads to
        with lab.client() as reader:
            page = reader.get(printed)
            assert page.status_code == 200
            assert "set-cookie" not in page.headers
            assert "form-action 'self'" in page.headers["content-security-policy"]
            assert page.headers["cache-control"] == "no-store"
    answer = sign_in(stranger, f"{printed}&preset=tutorial")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?preset=tutorial"
    flags = answer.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags
    assert "secure" not in flags
    assert stranger.get("/api/experiments").status_code == 200
    assert stranger.get(printed, headers=BROWSER).status_code == 303  # who is in already is not sent away
    with lab.client() as other:
        again = other.get(printed, headers=BROWSER)
        assert again.status_code == 401
        assert "./lab link" in again.text
        assert again.headers["content-type"].startswith("text/html")
        assert "set-cookie" not in again.headers
        refused(other.get(printed), 401)
        refused(other.post("/", data={"token": printed.partition("token=")[2]}), 401)
        secure = sign_in(other, link(lab), **{"x-forwarded-proto": "https"})
        assert "secure" in secure.headers["set-cookie"].lower()
    assert said(lab, "sign-out").startswith("2 ")
    refused(stranger.get("/api/experiments"), 401)
    assert printed.partition("token=")[2] not in lab.api.log.read_text()


def test_the_token_lets_in_by_address_and_by_header(owner: httpx.Client, stranger: httpx.Client) -> None:
    assert owner.get("/api/catalog").status_code == 200
    assert sign_in(stranger, f"/?token={TOKEN}").status_code == 303
    assert stranger.get("/api/catalog").status_code == 200
    # A header that is wrong is not made good by a cookie.
    refused(stranger.get("/api/catalog", headers={"authorization": "Bearer wrong", "x-forwarded-for": "10.9.9.9"}), 401)


def test_redirects_stay_here(lab: Service, stranger: httpx.Client) -> None:
    for path in ("//evil.example/", "/%5Cevil.example", "/%2F%2Fevil.example"):
        address = f"{lab.url}{path}?token={TOKEN}"
        for answer in (sign_in(stranger, address), stranger.get(address)):
            assert answer.status_code == 303
            assert re.match(r"/[^/\\]", answer.headers["location"]), answer.headers["location"]
        stranger.cookies.clear()


def test_streams_take_cookies_and_keys(lab: Service, stranger: httpx.Client, held: tuple[str, str]) -> None:
    key = Credentials(lab.data).add("key", "viewer", "read")
    path = f"/api/experiments/{held[0]}/events"
    with stranger.stream("GET", path, headers={"authorization": f"Bearer {key}"}) as answer:
        assert next(answer.iter_lines()) == ": connected"
    refused(stranger.get(path), 401)
    sign_in(stranger, link(lab))
    with stranger.stream("GET", path) as answer:
        assert next(answer.iter_lines()) == ": connected"
    Credentials(lab.data).revoke("key", "viewer")
    stranger.cookies.clear()
    refused(stranger.get(path, headers={"authorization": f"Bearer {key}", "x-forwarded-for": "10.8.8.8"}), 401)


def test_keys_are_named_hashed_and_revoked(lab: Service, stranger: httpx.Client) -> None:
    key = said(lab, "keys", "add", "night job")
    stranger.headers["authorization"] = f"Bearer {key}"
    assert stranger.get("/api/experiments").status_code == 200
    assert re.search(r"^night job\tfull\t\d{4}-\d\d-\d\d$", said(lab, "keys", "list"), re.MULTILINE)
    kept = lab.data / "access.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert key not in kept.read_text()
    twice = command(lab, "keys", "add", "night job")
    assert twice.returncode == 1
    assert "revoke it first" in twice.stderr
    assert command(lab, "keys", "add", "../x").returncode == 2
    lab.api.kill()
    lab.api.start()
    lab.wait_healthy()
    assert stranger.get("/api/experiments").status_code == 200
    said(lab, "keys", "revoke", "night job")
    refused(stranger.get("/api/experiments", headers={"x-forwarded-for": "10.7.7.7"}), 401)
    assert command(lab, "keys", "revoke", "night job").returncode == 1


def test_who_guesses_is_not_listened_to_but_neighbours_are(lab: Service, stranger: httpx.Client) -> None:
    key = Credentials(lab.data).add("key", "neighbour")
    here = {"x-forwarded-for": "10.6.6.6"}
    for number in range(FAILURES):
        refused(stranger.get("/api/catalog", headers={**here, "authorization": f"Bearer {number}"}), 401)
    late = stranger.get("/api/catalog", headers={**here, "authorization": f"Bearer {TOKEN}"})
    refused(late, 429)
    assert 1 <= int(late.headers["retry-after"]) <= 60
    refused(stranger.get("/", params={"token": TOKEN}, headers=here), 429)
    refused(stranger.post("/", data={"token": TOKEN}, headers=here), 429)
    assert stranger.get("/api/catalog", headers={**here, "authorization": f"Bearer {key}"}).status_code == 200
    other = {"x-forwarded-for": "10.6.6.7", "authorization": f"Bearer {TOKEN}"}
    assert stranger.get("/api/catalog", headers=other).status_code == 200
    Credentials(lab.data).revoke("key", "neighbour")


def test_rates_are_of_the_last_minute() -> None:
    now = 1000.0
    rate = Rate(2, clock=lambda: now)
    for expected in (0, 0, 60):
        assert rate.wait("a") == expected
        if expected == 0:
            rate.count("a")
    assert rate.wait("b") == 0
    now += 59.5
    assert rate.wait("a") == 1
    now += 0.6
    assert rate.wait("a") == 0


def test_a_link_is_spent_once_however_many_try(tmp_path: Path) -> None:
    made = Credentials(tmp_path).add("link", "link", seconds=60)
    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(lambda _: Credentials(tmp_path).spend(made), range(10))) == 1
    old = Credentials(tmp_path).add("browser", "old", seconds=-1)
    assert Credentials(tmp_path).find(old, "browser") is None
    assert Credentials(tmp_path).find(made, "link") is None


def test_keys_made_at_once_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda number: Credentials(tmp_path).add("key", f"key {number}"), range(20)))
    credentials = Credentials(tmp_path)
    assert all(credentials.find(key, "key") for key in made)
    with pytest.raises(Failure, match="key 7 already"):
        credentials.add("key", "key 7")


@pytest.mark.fault(16, "too many POSTs a minute")
def test_posts_have_a_rate(tmp_path: Path) -> None:
    limited = Service(tmp_path, {"LAB_POST_RATE": "5", "LAB_UPLOAD_RATE": "3"}, workers=0)
    try:
        with limited.client() as client:
            body = tutorial(client)
            answers = [client.post("/api/experiments", json=body) for _ in range(8)]
            assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 3
            refused(answers[-1], 429)
            assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
            assert len(client.get("/api/experiments").json()["experiments"]) == 5
            assert client.post("/api/experiments/check", json=body).status_code == 200
            client.headers["content-type"] = "text/csv"
            files = [client.post("/api/datasets/files", content=b"a,b\n1,2\n3,4\n") for _ in range(4)]
            assert [answer.status_code for answer in files] == [201, 201, 201, 429]
    finally:
        limited.stop()


@pytest.mark.fault(16, "too many POSTs a minute")
def test_five_hundred_posts_in_a_minute_are_too_many(owner: httpx.Client) -> None:
    # Invalid ones, so that nothing is left behind: they count as others do.
    answers = [owner.post("/api/experiments", json={}).status_code for _ in range(500)]
    assert 429 in answers
    assert set(answers) <= {422, 429}


@pytest.mark.fault(16, "one Idempotency-Key ten times at once")
def test_one_idempotency_key_ten_times_at_once_makes_one_experiment(lab: Service) -> None:
    key = Credentials(lab.data).add("key", "ten at once")

    def post(body: dict[str, Any]) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}", "idempotency-key": "ten at once"}
        return httpx.post(f"{lab.url}/api/experiments", json=body, headers=headers, timeout=60, trust_env=False)

    with lab.client() as client, ThreadPoolExecutor(10) as pool:
        client.headers["authorization"] = f"Bearer {key}"
        body = {**tutorial(client), "name": "ten at once"}
        answers = list(pool.map(post, [body] * 10))
        assert [answer.status_code for answer in answers] == [201] * 10
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len(client.get("/api/experiments", params={"q": "ten at once"}).json()["experiments"]) == 1


def test_the_page_says_how_to_get_in(lab: Service, page: Page, page_errors: PageErrors) -> None:
    page.goto(lab.url)
    page.get_by_text("Open the link that the lab printed").wait_for()
    page_errors.allow("status of 401")
    page.goto(link(lab))
    page.get_by_role("button", name="Sign in").click()
    page.locator("[data-setup]:not([aria-busy])").wait_for()
    assert "token" not in page.url


@pytest.mark.parametrize(
    ("where", "own"),
    [
        ({"host": "lab.example", "origin": "https://lab.example"}, True),
        ({"host": "lab.example", "origin": "https://lab.example:443"}, False),
        ({"host": "lab.example", "origin": "https://127.0.0.1"}, False),
        ({"host": "127.0.0.1:1", "origin": "http://127.0.0.1:1"}, True),
        ({"host": "127.0.0.1:1", "origin": "https://127.0.0.1:1"}, False),
        ({"host": "127.0.0.1:1", "origin": "https://127.0.0.1:1", "x-forwarded-proto": "https"}, True),
        ({"host": "127.0.0.1:1", "origin": "http://127.0.0.1:1", "x-forwarded-proto": "https"}, False),
        ({"host": "127.0.0.1:1", "origin": "ftp://127.0.0.1:1"}, False),
    ],
)
def test_an_origins_scheme_counts(https_lab: Service, where: dict[str, str], own: bool) -> None:
    with https_lab.client() as client:
        assert client.get("/api/live", headers=where).status_code == (200 if own else 403)


@pytest.fixture(scope="module")
def https_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab that a proxy shows at an https address."""
    running = Service(tmp_path_factory.mktemp("https"), {"LAB_URL": "https://lab.example"}, workers=0)
    yield running
    running.stop()


def test_a_request_names_one_host(lab: Service) -> None:
    for hosts in ([], ["127.0.0.1", "127.0.0.1"], ["127.0.0.1", "evil.example"]):
        with socket.create_connection(("127.0.0.1", lab.port), 10) as connection:
            lines = ["GET /api/live HTTP/1.1", *(f"Host: {host}" for host in hosts), "Connection: close", "", ""]
            connection.sendall("\r\n".join(lines).encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 400"), hosts

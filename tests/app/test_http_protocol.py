"""Requests as bytes on a connection: heads beyond the limits are refused at once; keep-alive and pipelining work."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPResponse
from typing import Final

import httpx
import pytest

from app.guard import SECURITY_HEADERS
from app.http_protocol import HEAD_LIMIT, HEADER_LIMIT, PIPELINE_LIMIT
from tests.faults.report import Tell
from tests.hostile.test_hostile import within_bounds
from tests.service import PATIENCE, Service

GET: Final = b"GET /api/live HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED: Final = (
    b"POST /api/experiments/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
MB: Final = 1_000_000

Parts = Callable[[], Iterable[bytes]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab without workers, whose first request is done."""
    running = Service(tmp_path_factory.mktemp("lab"), workers=0)
    with running.client() as client:
        client.get("/api/live").raise_for_status()
        client.post("/api/experiments/check", json={}).raise_for_status()
    yield running
    running.stop()


@pytest.fixture
def connection(lab: Service) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", lab.port), PATIENCE) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield opened


def send(connection: socket.socket, parts: Iterable[bytes]) -> None:
    """Send until the other side closes the connection."""
    try:
        for part in parts:
            connection.sendall(part)
    except ConnectionError:
        pass


def answer_on(connection: socket.socket) -> httpx.Response:
    """The next answer; the connection must have no other behind it."""
    with HTTPResponse(connection) as response:
        response.begin()
        return httpx.Response(response.status, headers=response.getheaders(), content=response.read())


def rest_of(connection: socket.socket) -> bytes:
    """Everything until the other side closes the connection."""
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionError:
        pass
    return received


def ask(connection: socket.socket, head: bytes) -> httpx.Response:
    send(connection, [head])
    return answer_on(connection)


def head_of(size: int) -> bytes:
    """A head of exactly `size` bytes."""
    start, end = GET + b"X: ", b"\r\n\r\n"
    return start + b"a" * (size - len(start) - len(end)) + end


def head_with(headers: int) -> bytes:
    return GET + b"X: a\r\n" * (headers - 1) + b"\r\n"


def flood(start: bytes, part: bytes = b"a", megabytes: int = 40) -> Parts:
    return lambda: (start, *(part * (MB // len(part)) for _ in range(megabytes)))


HEADS: Final[dict[str, Parts]] = {
    "a header of 40 MB": flood(GET + b"X: "),
    "a header name of 40 MB": flood(GET),
    "an address of 40 MB": flood(b"GET /"),
    "a query of 40 MB": flood(b"GET /api/live?"),
    "10,000 headers": lambda: [GET, b"X: a\r\n" * 10_000, b"\r\n"],
    "40 MB of headers": flood(GET, b"X: a\r\n"),
    "40 MB of line ends": flood(b"", b"\r\n"),
    "a chunk extension of 40 MB": flood(CHUNKED + b"2;"),
    "a trailer of 40 MB": flood(CHUNKED + b"2\r\n{}\r\n0\r\nX: "),
    "40 MB of trailers": flood(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: a\r\n"),
}


@pytest.mark.fault(14, "hostile heads")
@pytest.mark.parametrize("name", HEADS)
def test_hostile_heads_are_refused(lab: Service, connection: socket.socket, tell: Tell, name: str) -> None:
    logged = lab.api.log.stat().st_size

    def exchange() -> httpx.Response:
        send(connection, HEADS[name]())
        return answer_on(connection)

    answer = within_bounds(lab, tell, exchange)
    assert answer.status_code == 431
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Request Header Fields Too Large"
    assert "at most" in answer.json()["detail"]
    assert answer.headers["connection"] == "close"
    for header, value in {**SECURITY_HEADERS, "Cache-Control": "no-store"}.items():
        assert answer.headers[header] == value
    assert rest_of(connection) == b""
    lines = lab.api.log.read_bytes()[logged:].splitlines()
    assert len(lines) == 1
    assert len(lines[0]) < 150


def test_the_limit_of_a_head_is_exact(connection: socket.socket) -> None:
    for _ in range(2):
        assert ask(connection, head_of(HEAD_LIMIT)).status_code == 200
    assert ask(connection, head_of(HEAD_LIMIT + 1)).status_code == 431


def test_the_number_of_headers_is_limited(connection: socket.socket) -> None:
    for _ in range(2):
        assert ask(connection, head_with(HEADER_LIMIT)).status_code == 200
    assert ask(connection, head_with(HEADER_LIMIT + 1)).status_code == 431


def test_a_head_may_come_byte_by_byte(connection: socket.socket) -> None:
    for _ in range(2):
        send(connection, (bytes([byte]) for byte in GET + b"\r\n"))
        assert answer_on(connection).status_code == 200


def test_something_else_than_http_gets_a_problem(connection: socket.socket) -> None:
    answer = ask(connection, b"\x16\x03\x01 this is TLS")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("This is not a valid HTTP/1.1 request")


def test_pipelined_requests_are_answered_in_order(connection: socket.socket) -> None:
    paths = [f"/api/presets/none-{number}" for number in range(PIPELINE_LIMIT)]
    heads = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode() for path in (*paths, "/api/live")]
    send(connection, [b"\r\n".join(heads) + b"Connection: close\r\n\r\n"])
    statuses = re.findall(rb"HTTP/1\.1 (\d+)", rest_of(connection))
    assert statuses == [b"404"] * PIPELINE_LIMIT + [b"200"]


@pytest.mark.fault(14, "hostile heads")
def test_a_flood_of_pipelined_requests_ends_the_connection(lab: Service, connection: socket.socket, tell: Tell) -> None:
    def exchange() -> httpx.Response:
        send(connection, flood(b"", GET + b"\r\n")())
        return httpx.Response(200, content=rest_of(connection))

    assert within_bounds(lab, tell, exchange).content.count(b"HTTP/1.1") <= PIPELINE_LIMIT


def test_a_trailer_does_not_pass_for_a_header(connection: socket.socket) -> None:
    send(connection, [CHUNKED + b"2\r\n{}\r\n0\r\nOrigin: http://evil.example\r\n\r\n"])
    assert answer_on(connection).status_code == 200
    assert ask(connection, GET + b"\r\n").status_code == 200


def test_trailers_do_not_count_for_the_next_head(connection: socket.socket) -> None:
    trailers = b"X: %b\r\n\r\n" % (b"a" * (HEAD_LIMIT - 100))
    assert ask(connection, CHUNKED + b"0\r\n" + trailers).status_code == 422
    assert ask(connection, head_of(HEAD_LIMIT)).status_code == 200


def test_a_client_that_sends_on_gets_the_refusal(connection: socket.socket) -> None:
    """Closing at once would reset the connection."""
    for part in flood(GET + b"X: ", megabytes=2)():
        connection.sendall(part)
    assert answer_on(connection).status_code == 431
    assert connection.recv(1) == b""


def test_a_body_may_come_in_many_small_chunks(connection: socket.socket) -> None:
    body = json.dumps({"name": "a" * 3 * HEAD_LIMIT}).encode()
    send(connection, [CHUNKED, *(b"1;b=c\r\n%c\r\n" % byte for byte in body), b"0\r\n\r\n"])
    answer = answer_on(connection)
    assert answer.status_code == 200
    assert answer.json()["problems"]


def test_a_refusal_is_not_written_into_an_open_answer(lab: Service, connection: socket.socket) -> None:
    with lab.client() as client:
        body = client.get("/api/presets/tutorial").json()["experiment"]
        posted = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    send(connection, [f"GET /api/experiments/{posted}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()])
    begun = connection.recv(65536)
    assert begun.startswith(b"HTTP/1.1 200")
    send(connection, [b"GET /", b"a" * HEAD_LIMIT])
    assert b"HTTP/1.1" not in rest_of(connection)

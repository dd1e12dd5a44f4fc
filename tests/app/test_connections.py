"""Connections on which nothing comes, or too slowly, and more of them than there is room for."""

from __future__ import annotations

import json
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app import http_protocol
from app.http_protocol import FILES_KEPT, Connections, LimitedHttpToolsProtocol
from tests.service import PATIENCE, Service, wait_until

GET: Final = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST: Final = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
SECONDS: Final = 0.5


class Server:
    """A server with the lab's protocol in a thread, whose application counts the bytes of bodies."""

    def __init__(self) -> None:
        config = uvicorn.Config(
            self._application, port=0, http=LimitedHttpToolsProtocol, ws="none", interface="asgi3", log_config=None
        )
        self._server = uvicorn.Server(config)
        self._listener = config.bind_socket()
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()
        wait_until(lambda: self._server.started, "It listens")

    async def _application(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        answer = str(len(body + message.get("body", b""))).encode()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]}
        )
        await send({"type": "http.response.body", "body": answer})

    def connected(self) -> socket.socket:
        """A new connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", SECONDS)
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", SECONDS)
    monkeypatch.setattr(LimitedHttpToolsProtocol, "all", Connections(lambda: 4))
    running = Server()
    yield running
    running.stop()


def answer_on(connection: socket.socket) -> tuple[int, bytes]:
    with HTTPResponse(connection) as response:
        response.begin()
        return response.status, response.read()


def ended(connection: socket.socket) -> bool:
    """Whether the other side ends the connection without a word."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_a_silent_connection_is_ended(server: Server) -> None:
    with server.connected() as silent:
        assert ended(silent)


@pytest.mark.parametrize("before", [[], [GET + b"\r\n"]], ids=["first", "second"])
def test_half_a_head_is_refused(server: Server, before: list[bytes]) -> None:
    with server.connected() as slow:
        for request in before:
            slow.sendall(request)
            assert answer_on(slow) == (200, b"0")
        slow.sendall(GET + b"X: ")
        status, body = answer_on(slow)
        assert status == 408
        assert "did not come in time" in json.loads(body)["detail"]
        assert ended(slow)


def test_a_body_that_stops_is_refused(server: Server) -> None:
    with server.connected() as slow:
        slow.sendall(POST + b"a" * 1000)
        assert answer_on(slow)[0] == 408


def test_a_body_that_comes_steadily_may_take_longer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "BODY_BYTES", 1000)
    with server.connected() as steady:
        steady.sendall(POST)
        pause = threading.Event()
        for _ in range(20):
            steady.sendall(b"a" * 50_000)
            pause.wait(SECONDS / 8)
        assert answer_on(steady) == (200, b"1000000")


def test_a_new_connection_takes_the_place_of_the_longest_silent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", PATIENCE)
    with ExitStack() as stack:
        connections = [stack.enter_context(server.connected()) for _ in range(3)]
        busy = stack.enter_context(server.connected())
        busy.sendall(POST[:-4] + b"\r\nExpect: 100-continue\r\n\r\n")
        assert busy.recv(100).startswith(b"HTTP/1.1 100")
        for _ in range(3):
            neighbour = stack.enter_context(server.connected())
            neighbour.sendall(GET + b"\r\n")
            assert answer_on(neighbour)[0] == 200
        assert all(ended(each) for each in connections)
        busy.sendall(b"a" * 1_000_000)
        assert answer_on(busy) == (200, b"1000000")


def test_where_none_is_silent_a_new_one_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", PATIENCE)
    with ExitStack() as stack:
        for _ in range(4):
            busy = stack.enter_context(server.connected())
            busy.sendall(POST[:-4] + b"\r\nExpect: 100-continue\r\n\r\n")
            assert busy.recv(100).startswith(b"HTTP/1.1 100")
        with server.connected() as newest:
            assert answer_on(newest)[0] == 503
        busy.close()

        def answered() -> bool:
            with server.connected() as newest:
                newest.sendall(GET + b"\r\n")
                return answer_on(newest)[0] == 200

        wait_until(answered, "there is room again")


def test_one_address_holds_half_of_the_connections() -> None:
    connections = Connections(lambda: 4)

    def made(address: str, *, is_local: bool = False) -> Any:
        return SimpleNamespace(address=address, is_local=is_local)

    held = [made("192.0.2.1") for _ in range(3)]
    assert [connections.has_room(each) for each in held] == [True, True, False]
    connections.closed(held[2])
    assert connections.has_room(made("192.0.2.2"))
    connections.closed(held[0])
    assert connections.has_room(made("192.0.2.1"))
    assert connections.has_room(made("127.0.0.1", is_local=True))


def test_silent_connections_up_to_the_limit_of_files_keep_nobody_out(tmp_path: Path) -> None:
    service = Service(tmp_path, workers=0)
    try:
        with service.client() as client:
            client.get("/api/experiments").raise_for_status()
        resource.prlimit(service.api.pid, resource.RLIMIT_NOFILE, (FILES_KEPT + 100, FILES_KEPT + 100))
        with ExitStack() as stack:
            for number in range(FILES_KEPT + 200):
                silent = stack.enter_context(socket.create_connection(("127.0.0.1", service.port), PATIENCE))
                if number % 2:
                    silent.sendall(GET + b"X: ")
                if number % 100 == 99:
                    with httpx.Client(base_url=service.url) as neighbour:
                        neighbour.get("/api/experiments").raise_for_status()
        assert "Too many open files" not in service.api.log.read_text()
    finally:
        service.stop()

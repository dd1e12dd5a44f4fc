"""A lab that can't start, or would be open to a network, says why in a sentence."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.store import Store
from app.tables import SCHEMA, meta
from core.ledger import Ledger, connect
from launch import valkey
from tests.app.api.experiments import refused
from tests.faults.report import FULL
from tests.service import PATIENCE, ROOT, Service


def started(data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env={**os.environ, "LAB_DATA": str(data), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "lab.example"])
def test_the_network_is_not_let_in_without_a_token(tmp_path: Path, host: str) -> None:
    done = started(tmp_path, HOST=host)
    assert done.returncode == 1
    assert f"HOST={host} opens the lab to the network" in done.stderr
    assert "LAB_TOKEN=generate" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_token_is_made_once_where_it_is_asked_for(tmp_path: Path) -> None:
    lab = Service(tmp_path, {"HOST": "0.0.0.0", "LAB_TOKEN": "generate"}, workers=0)
    try:
        with lab.client() as client:
            refused(client.get("/api/experiments"), 401)
            token = lab.data / "token"
            printed = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", lab.api.log.read_text())
            assert printed is not None, "the log has no link"
            assert client.get(printed[0]).status_code == 200
            assert client.post("/", data={"token": printed[0].partition("token=")[2]}).status_code == 303
            assert client.get("/api/experiments").status_code == 200
            refused(client.get("/api/experiments", headers={"authorization": "Bearer wrong"}), 401)
            made = token.read_text()
            assert stat.S_IMODE(token.stat().st_mode) == 0o600
            assert len(made) >= 40
            lab.api.kill()
            lab.api.start()
            lab.wait_healthy()
            assert client.get("/api/experiments").status_code == 200
            assert client.get("/api/experiments", headers={"authorization": f"Bearer {made}"}).status_code == 200
    finally:
        lab.stop()


def test_anyone_is_let_in_where_that_is_said(tmp_path: Path) -> None:
    lab = Service(tmp_path, {"HOST": "0.0.0.0", "LAB_LET_ANYONE_IN": "true"}, workers=0)
    try:
        with lab.client() as client:
            assert client.get("/api/experiments").status_code == 200
            assert client.get("/?token=x").status_code in {200, 503}  # 503: the page is not built
        assert not (lab.data / "token").exists()
    finally:
        lab.stop()


REFUSED_WITHIN = 10.0
"""Seconds, of which most are for imports on a busy machine."""


def refusal(data: Path, **environment: str) -> str:
    """What a lab says that does not start: one sentence, or few."""
    begun = time.monotonic()
    done = started(data, **environment)
    assert time.monotonic() - begun < (REFUSED_WITHIN if FULL else PATIENCE)
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.splitlines()) <= 3, done.stderr
    return done.stderr


def test_a_store_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "lab.sqlite3").write_bytes(b"no database " * 1000)
    said = refusal(tmp_path)
    assert f"The store {tmp_path}/lab.sqlite3 can't be read" in said
    assert "back-up" in said


def test_a_store_of_a_newer_version_is_named(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/lab.sqlite3")
    with store.engine.begin() as connection:
        connection.execute(meta.update().where(meta.c.key == "schema").values(value=str(SCHEMA + 1)))
    store.close()
    assert f"newer than this program's version {SCHEMA}: update it" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        (
            "DATABASE_URL",
            "postgresql://lab:secret@127.0.0.1:1/lab",
            "PostgreSQL at postgresql://lab:***@127.0.0.1:1/lab",
        ),
        ("DATABASE_URL", "what is this", "DATABASE_URL is no address"),
        ("DATABASE_URL", "mysql://localhost/lab", "DATABASE_URL names mysql"),
        ("REDIS_URL", "http://localhost", "REDIS_URL is no address of a Redis"),
        ("PORT", "eighty", "PORT: "),
        ("PORT", "70000", "PORT: "),
        ("LAB_TOKEN", "short", "LAB_TOKEN: "),
        ("HOST", "203.0.113.9", "is no address of this machine"),
    ],
)
def test_a_setting_that_is_wrong_is_named(tmp_path: Path, setting: str, value: str, said: str) -> None:
    told = refusal(tmp_path, **{"LAB_TOKEN": "longenough", "PORT": str(valkey.free_port()), setting: value})
    assert said in told
    assert "secret" not in told


def test_a_redis_that_is_not_this_labs_is_named(tmp_path: Path) -> None:
    port = str(valkey.free_port())
    with valkey.start(tmp_path / "valkey") as server:
        open_url = re.sub("//.*@", "//", server.url)
        for url in (open_url, open_url.replace("//", "//:wrong@")):
            assert "password" in refusal(tmp_path / "data", REDIS_URL=url, PORT=port)
        ledger = Ledger(connect(server.url))
        ledger.attach("another store", "the lab next door", "0-0")
        ledger.client.close()
        assert "holds the work of another lab: the lab next door" in refusal(
            tmp_path / "data", REDIS_URL=server.url, PORT=port
        )


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is taken by another program" in refusal(tmp_path, PORT=str(port))


def test_a_directory_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        assert f"LAB_DATA={data} can't be written, since" in refusal(data)


def test_what_a_lab_writes_is_its_own_also_in_a_directory_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data" / "lab.sqlite3").touch(mode=0o644)
    lab = Service(tmp_path, as_deployed=True)
    try:
        with lab.client() as client:
            table = client.post("/api/datasets/files", content=b"a,b\n1,2\n3,4\n5,6\n").raise_for_status().json()["id"]

        def is_readable(file: Path) -> bool:
            within = [each for each in file.parents if each.is_relative_to(lab.data)]
            return bool(file.stat().st_mode & 4) and all(each.stat().st_mode & 1 for each in within)

        files = [file for file in lab.data.rglob("*") if file.is_file() and "xla" not in file.parts]
        assert lab.data.stat().st_mode & 0o777 == 0o755
        assert lab.data / "lab.sqlite3" in files
        assert {file.relative_to(lab.data).parts[0] for file in files if is_readable(file)} == {"datasets"}
        assert any(table in file.name and is_readable(file) for file in files), "a worker may be another user"
    finally:
        lab.stop()

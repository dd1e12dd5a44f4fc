"""`make up`'s launcher, run for real: it starts, restarts and ends the parts, and leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
import redis

from launch import child_process, valkey
from launch.up import PARTS
from tests.service import PATIENCE, ROOT, gone, wait_until


class Launched:
    """A launcher at work, with the directory of its lab."""

    def __init__(self, data: Path, port: int, environment: Mapping[str, str]) -> None:
        self.data = data
        self.port = port
        self.output = data.with_name(f"{data.name}.out")
        inherited = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "launch.up"],
                cwd=ROOT,
                env={
                    **inherited,
                    "LAB_DATA": str(data),
                    "PORT": str(port),
                    "LAB_CONCURRENCY": "1",
                    "PYTHONUNBUFFERED": "1",
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.output.read_text()

    def wait_up(self) -> None:
        def up() -> bool:
            assert self.process.poll() is None, self.said()
            return "Constraint Lab is at" in self.said()

        wait_until(up, "The lab is up")

    def wait_end(self) -> int:
        return self.process.wait(PATIENCE)

    def interrupt(self) -> int:
        """Ctrl-C. Returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.wait_end()

    def pid(self, name: str) -> int | None:
        return child_process.recorded_pid(self.data / "run" / f"{name}.pid")

    def pids(self) -> dict[str, int]:
        found = {name: self.pid(name) for name in (*PARTS, "supervisord")}
        return {name: pid for name, pid in found.items() if pid is not None}

    def healthy(self) -> bool:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            try:
                connection.request("GET", "/api/health")
                return connection.getresponse().status == 200
            except OSError:
                return False

    def valkey(self) -> redis.Redis:
        given = self.valkey_settings()
        return redis.Redis(host="127.0.0.1", port=int(given["port"]), password=given["requirepass"])

    def valkey_settings(self) -> dict[str, str]:
        return dict(line.split(" ", 1) for line in (self.data / "redis" / "valkey.conf").read_text().splitlines())


def children(pid: int) -> list[int]:
    """The processes that `pid` started, and theirs."""
    shown = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in shown.splitlines())}
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


class Launch(Protocol):
    def __call__(
        self, data: Path, port: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Launched: ...


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Launch labs for one test; those that still run at its end are ended."""
    launched: list[Launched] = []

    def start(data: Path, port: int | None = None, environment: Mapping[str, str] | None = None) -> Launched:
        launched.append(Launched(data, port or valkey.free_port(), environment or {}))
        return launched[-1]

    yield start
    for one in launched:
        one.process.terminate()
        one.wait_end()


@contextmanager
def lab_of_module(data: Path, environment: Mapping[str, str]) -> Iterator[Launched]:
    launched = Launched(data, valkey.free_port(), environment)
    try:
        launched.wait_up()
        yield launched
    finally:
        if launched.process.poll() is None:
            launched.interrupt()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    with lab_of_module(tmp_path_factory.mktemp("a lab's (100 %) place") / "data", {}) as launched:
        yield launched


@pytest.fixture(scope="module")
def asking_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """A lab that is open to the network. The last test of it ends it."""
    environment = {"HOST": "0.0.0.0", "LAB_TOKEN": "generate"}
    with lab_of_module(tmp_path_factory.mktemp("asking") / "data", environment) as launched:
        yield launched


def test_it_is_healthy_and_says_where(lab: Launched) -> None:
    assert lab.healthy()
    assert f"Constraint Lab is at http://127.0.0.1:{lab.port}" in lab.said()
    assert set(lab.pids()) == {"valkey", "api", "worker", "supervisord"}


def test_its_directory_is_closed_to_others(lab: Launched) -> None:
    for directory in (lab.data, lab.data / "redis", lab.data / "run", lab.data / "logs"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700, directory
    assert stat.S_IMODE((lab.data / "redis" / "valkey.conf").stat().st_mode) == 0o600


def test_valkey_wants_its_password_and_keeps_everything(lab: Launched) -> None:
    with closing(lab.valkey()) as known:
        settings = known.config_get("append*", "maxmemory*", "bind")
        assert settings["appendonly"] == "yes"
        assert settings["appendfsync"] == "everysec"
        assert settings["maxmemory-policy"] == "noeviction"
        assert settings["bind"] == "127.0.0.1"
    with (
        closing(redis.Redis(host="127.0.0.1", port=int(lab.valkey_settings()["port"]))) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


@pytest.mark.parametrize("name", ["api", "worker", "valkey"])
def test_a_part_that_is_killed_comes_back(lab: Launched, name: str) -> None:
    before = lab.pid(name)
    assert before is not None
    left = children(before)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: lab.pid(name) not in (None, before), f"The {name} runs again")
    wait_until(lab.healthy, "The lab is healthy again")
    wait_until(lambda: all(gone(pid) for pid in left), f"What the dead {name} had started is gone")
    wait_until(lambda: f"The {name} ended and was started again" in lab.said(), "The launcher has told of it")


def test_a_second_lab_on_the_same_data_is_refused(lab: Launched, launch: Launch) -> None:
    second = launch(lab.data)
    assert second.wait_end() == 1
    assert "A lab is already running with the data in" in second.said()
    assert f"http://127.0.0.1:{lab.port}" in second.said()
    assert "Traceback" not in second.said()
    assert lab.healthy()


def test_off_loopback_it_asks_and_prints_a_link(asking_lab: Launched) -> None:
    launched = asking_lab
    assert launched.healthy()
    link = wait_until(lambda: re.search(r"http://127\.0\.0\.1:\d+(/\?token=\S+)", launched.said()), "It prints a link")
    assert link is not None
    answered = []
    for path in ("/api/experiments", link[1]):
        with closing(http.client.HTTPConnection("127.0.0.1", launched.port, timeout=10)) as connection:
            connection.request("GET", path)
            answered.append(connection.getresponse().status)
    assert answered == [401, 200]


def test_ctrl_c_leaves_nothing_and_the_next_start_finds_the_data(asking_lab: Launched, launch: Launch) -> None:
    lab = asking_lab
    with closing(lab.valkey()) as known:
        known.set("kept", "here")
    settings = lab.valkey_settings()
    with closing(sqlite3.connect(lab.data / "lab.sqlite3")) as store:
        store.execute("create table kept (word text)")
    running = [*lab.pids().values(), *children(lab.process.pid)]
    assert len(running) >= 6
    assert lab.interrupt() == 0
    assert lab.said().rstrip().endswith("Ended.")
    assert [pid for pid in running if not gone(pid)] == []

    again = launch(lab.data)
    again.wait_up()
    with closing(again.valkey()) as known:
        assert known.get("kept") == b"here"
    assert again.valkey_settings() == settings
    with closing(sqlite3.connect(lab.data / "lab.sqlite3")) as store:
        assert store.execute("select count(*) from kept").fetchone() == (0,)

    # The launcher's own sudden death: the parts go, or at the latest the next start ends them.
    running = [*again.pids().values(), *children(again.process.pid)]
    again.process.kill()
    again.wait_end()
    third = launch(lab.data, again.port)
    wait_until(lambda: "Starting Valkey" in third.said(), "The next start goes on")
    assert [pid for pid in running if not gone(pid)] == []
    third.process.send_signal(signal.SIGTERM)
    assert third.wait_end() == 0
    said = (lab.data / "logs" / "supervisord.log").read_text()
    assert "SIGKILL" not in said, "a part that had just been started was told to end, and heard it"


def test_parts_that_lost_launcher_and_manager_at_once_are_ended_by_the_next_start(
    tmp_path: Path, launch: Launch
) -> None:
    """Orphans, as kill -9 of everything above them leaves them where the kernel doesn't tie them: here by hand."""
    run = tmp_path / "run"
    run.mkdir()
    orphan = valkey.start(tmp_path / "redis")
    child_process.record_pid(run / "valkey.pid", orphan.pid)
    lab = launch(tmp_path)
    wait_until(lambda: "Starting Valkey" in lab.said(), "The launcher goes on")
    assert "An earlier lab here was interrupted" in lab.said()
    assert gone(orphan.pid)
    orphan.stop()  # collects its status


def test_a_note_of_a_process_that_is_gone_ends_nobody_else(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        (tmp_path / "worker.pid").write_text(f"{bystander.pid} {child_process.start_identity(os.getpid())}\n")
        assert child_process.recorded_pid(tmp_path / "worker.pid") is None
        assert not child_process.end(tmp_path / "worker.pid", 1)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"HOST": "0.0.0.0"}, r"HOST=0\.0\.0\.0 opens the lab to the network.*LAB_TOKEN=generate"),
        ({"PORT": "eight"}, r"Correct these settings\. PORT: "),
        ({"REDIS_URL_FILE": "/dev/null/url"}, r"Correct these settings\. REDIS_URL_FILE: /dev/null/url can't be read"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, r"The Redis named in REDIS_URL does not answer"),
        ({"LAB_DATA": "/dev/null/lab"}, r"The data directory /dev/null/lab can't be used.*Set LAB_DATA"),
    ],
    ids=["network", "port", "file", "redis", "data"],
)
def test_what_it_cannot_use_gets_a_sentence(
    tmp_path: Path, launch: Launch, environment: dict[str, str], words: str
) -> None:
    launched = launch(tmp_path / "data", environment=environment)
    assert launched.wait_end() == 1
    assert re.search(words, launched.said().replace("\n", " ")), launched.said()
    assert "Traceback" not in launched.said()


def test_a_taken_port_gets_a_sentence_before_anything_starts(tmp_path: Path, launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        launched = launch(tmp_path / "data", taken.getsockname()[1])
        assert launched.wait_end() == 1
    assert re.search(r"Port \d+ on 127\.0\.0\.1 is taken by another program\. .*PORT=", launched.said())
    assert "Traceback" not in launched.said()
    assert "Starting" not in launched.said()
    assert not launched.pids()

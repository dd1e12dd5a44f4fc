"""Logs: JSON with what a line is about, and the last lines of a run without anything that is not for everyone."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from app.api.stream import Encoder, watch
from app.metrics import Family, exposition
from app.presets import TUTORIAL
from app.store import Store
from app.stream_reader import StreamSignal, Viewer
from core import logs
from core.memory import resident
from core.runs.events import Event
from core.settings import Settings

SAYS = """
import logging
from core import logs
logs.configure()
with logs.log_context(experiment="e1", arm="unit \'norm\'"):
    with logs.log_context(seed=3, fence=7):
        logging.getLogger("worker").warning("slow: %d s", 9)
access = ("127.0.0.1:1", "GET", "/api/experiments/0123456789abcdef/events?token=secret", "1.1", 200)
logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *access)
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("app").exception("broken")
"""


def said(kind: str) -> list[str]:
    command = [sys.executable, "-c", SAYS]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={"LAB_LOG": kind}, timeout=60)
    return done.stderr.splitlines()


def test_json_lines_say_what_they_are_about() -> None:
    slow, access, broken = map(json.loads, said("json"))
    assert slow | {"experiment": "e1", "arm": "unit 'norm'", "seed": 3, "fence": 7} == slow
    assert (slow["level"], slow["logger"], slow["message"]) == ("WARNING", "worker", "slow: 9 s")
    assert access | {"experiment": "0123456789abcdef", "method": "GET", "status": 200} == access
    assert "secret" not in json.dumps(access)
    assert "ZeroDivisionError" in broken["traceback"]
    assert "experiment" not in broken


def test_text_lines_are_for_people() -> None:
    slow, access, *traceback = said("text")
    assert "WARNING" in slow
    assert "worker: slow: 9 s" in slow
    assert '"GET /api/experiments/0123456789abcdef/events HTTP/1.1" 200' in access
    assert traceback[-1] == "ZeroDivisionError: division by zero"


def test_places_and_passwords_are_left_out() -> None:
    text = 'File "/srv/lab/worker/train.py", line 3: no /data/datasets/mnist.npz at redis://:pass@host:6379/0, see https://keras.io/api/x'
    assert logs.without_places(text) == (
        'File "train.py", line 3: no mnist.npz at redis://host:6379/0, see https://keras.io/api/x'
    )


def test_directories_with_spaces_and_any_letters_are_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "my lab, the Größte" / "data"
    own.mkdir(parents=True)
    monkeypatch.setattr(logs, "settings", lambda: Settings(lab_data=own))
    assert logs.without_places(f"can't read {own}/datasets/up loads/Ä b.csv: it is gone") == (
        "can't read Ä b.csv: it is gone"
    )
    assert logs.without_places("No such file: '/home/jo ann/日本 data/x y.npz', and /srv/Größe/a.csv") == (
        "No such file: 'x y.npz', and a.csv"
    )
    assert logs.without_places("it's 3/4 of 'a/b' and \"c / d\"") == "it's 3/4 of 'a/b' and \"c / d\""


def test_the_last_lines_of_a_run_are_kept_and_bounded() -> None:
    log = logging.getLogger("test_logs")
    with logs.captured_log() as kept:
        log.info("not kept")
        log.warning("first")
        try:
            raise ValueError("no /secret/place/of.csv")
        except ValueError:
            log.exception("failed")
    log.warning("too late")
    lines = kept.lines()
    assert lines[0].endswith("WARNING test_logs: first")
    assert lines[-1] == "ValueError: no of.csv"
    assert any('File "test_logs.py"' in line for line in lines)
    assert not any("not kept" in line or "too late" in line for line in lines)

    with logs.captured_log() as kept:
        for number in range(1000):
            log.warning("%d %s", number, "ä" * 300)
    assert sum(len(line.encode()) + 1 for line in kept.lines()) <= logs.CAPTURED_BYTES
    assert "999" in kept.lines()[-1]
    with logs.captured_log() as kept:
        log.warning("x" * 1_000_000)
        log.warning("the end")
    assert kept.lines()[-1].endswith("the end")
    assert sum(map(len, kept.lines())) <= logs.CAPTURED_BYTES


def test_prometheus_reads_names_labels_and_values() -> None:
    families = [
        Family.single("lab_a_total", "counter", "One\nline.", 3),
        Family.each("lab_b", "gauge", "Of each.", "status", {'q"x': 0.25, "r": 1e10}),
    ]
    assert exposition(families).splitlines() == [
        "# HELP lab_a_total One\\nline.",
        "# TYPE lab_a_total counter",
        "lab_a_total 3",
        "# HELP lab_b Of each.",
        "# TYPE lab_b gauge",
        'lab_b{status="q\\"x"} 0.25',
        'lab_b{status="r"} 10000000000',
    ]


def test_this_process_holds_memory() -> None:
    assert 10_000_000 < resident() < 100_000_000_000


def test_a_viewer_is_pinged_gets_what_comes_and_is_told_to_leave(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    id, _ = store.add(TUTORIAL.experiment, None)
    stored, viewer = store.get(id), Viewer([])
    assert stored is not None
    for told in (StreamSignal.PING, Event("5-0", id, "experiment_started"), StreamSignal.PING, StreamSignal.LEAVE):
        viewer.push(told)

    async def all_of_it() -> list[bytes]:
        return [chunk async for chunk in watch(stored, "0-0", viewer, store, Encoder())]

    assert asyncio.run(all_of_it()) == [
        b": connected\n\n",
        b": ping\n\n",
        b"id: 5-0\nevent: experiment_started\ndata: {}\n\n",
        b": ping\n\n",
    ]
    store.close()

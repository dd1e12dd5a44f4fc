"""Set-up of a worker's process before TensorFlow is loaded, tested in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.task_queue import SLOTS_ARE_FORKED
from worker import runtime

TRAIN = """
import sys
for name in ("starlette", "fastapi", "uvicorn", "sqlalchemy", "psycopg", "plotly", "httptools"):
    sys.modules[name] = None  # a worker's container has none of the API's libraries
import worker.main, worker.heartbeat
from pathlib import Path
from worker.runtime import configure, import_tensorflow
import_tensorflow(Path(sys.argv[1]))
configure(threads=1)
import tensorflow as tf
from core.catalog.datasets import Moons
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import Network
from core.catalog.layers import Dense
from core.catalog.training import Training
from worker.engine import Engine
assert tf.config.threading.get_intra_op_parallelism_threads() == 1
engine = Engine()
for units in sys.argv[2].split(","):
    network = Network(layers=[Dense(units=int(units))])
    (arm,) = resolve(Experiment(dataset=Moons(), network=network, training=Training(epochs=3, batch_size=7)))
    session, curve = engine.start(arm, seed=1), b""
    while not session.done:  # how it is cut into chunks depends on the time they take
        curve += session.step().figures.tobytes()
    print(units, curve.hex())
"""


def trained(cache: Path, units: str) -> tuple[set[str], set[str]]:
    """Output of a new process that trains these widths in turn, and the programs in the cache after it."""
    command = [sys.executable, "-c", TRAIN, str(cache), units]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=240)
    return set(done.stdout.splitlines()), {str(file) for file in cache.rglob("*.pb")}


@pytest.mark.skipif(runtime._machine() is None, reason="nothing is kept where the processor can't be told")
def test_another_process_finds_what_was_compiled(tmp_path: Path) -> None:
    figures, programs = trained(tmp_path, "3,4")
    assert len(programs) == 2
    assert all(Path(program).parent.name == runtime._machine() for program in programs)
    written = {program: Path(program).stat().st_mtime_ns for program in programs}

    again, after = trained(tmp_path, "4,3")

    assert after == programs, "the other order must find the same programs"
    assert {program: Path(program).stat().st_mtime_ns for program in after} == written, "nothing was compiled again"
    assert again == figures, "compiled now or before, the numbers are the same"


def test_settings_come_before_tensorflow() -> None:
    import tensorflow  # noqa: F401

    with pytest.raises(RuntimeError, match=r"call import_tensorflow\(\) first"):
        runtime.import_tensorflow(None)


FORK = """
import os, sys
from worker.main import _prepare_slots
_prepare_slots()
from tensorflow.python.eager import context
assert not context.context()._initialized, "a device that is opened before the fork is lost to the slots"
assert "worker.engine" in sys.modules
"""


@pytest.mark.skipif(not SLOTS_ARE_FORKED, reason="here slots import TensorFlow themselves")
def test_slots_are_forked_before_any_device_is_opened(tmp_path: Path) -> None:
    environment = {**os.environ, "LAB_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", FORK], env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr

"""Benchmark of the engine: against `model.fit`, against a loop in C, and from process start to the first epoch.

    python -m benchmarks.bench

One process trains the tutorial's network by all three ways in turn, several times, on one thread; medians are
compared. The C loops start from the same weights and batch order and must end at the same accuracies: `loop.c` goes
layer by layer, as the engine does; `fused.c` is written for this very network, to show what is left to gain.
"""

from __future__ import annotations

import ctypes
import io
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from app.presets import TUTORIAL
from core.experiment.experiment import Experiment, resolve
from core.experiment.resolution import ResolvedArm
from worker.runtime import configure, import_tensorflow

REPEATS = 7
TURNS = 3
FIT_EPOCHS = 10
SEED = 1
TARGET_FIT, TARGET_C = 800, 1.5
FIGURES_OF = {"baseline": (30, 64), "unit norm": (30, 66)}
"""Correct rows of 30 and of 70 after training, as in the tutorial."""


def arms() -> dict[str, ResolvedArm]:
    """The tutorial's arms that are measured."""
    return {arm.name: arm for arm in resolve(TUTORIAL.experiment) if arm.name in FIGURES_OF}


class CLoop:
    """`loop.c` or `fused.c`, compiled for this processor and loaded."""

    def __init__(self, name: str, directory: Path) -> None:
        library = directory / f"{name}.so"
        source = Path(__file__).with_name(f"{name}.c")
        flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
        subprocess.run(["cc", *flags, str(source), "-o", str(library), "-lm"], check=True)
        self._train = ctypes.CDLL(str(library)).train

    def train(self, arm: ResolvedArm, weights: list[np.ndarray], order: np.ndarray) -> np.ndarray:
        """Trains an epoch for each row of `order`, from copies of `weights`; figures as the engine's."""
        rows = arm.dataset.load()
        train, test = (rows.take(index) for index in arm.split.indices(len(rows)))
        own = [np.ascontiguousarray(weight, np.float32).copy() for weight in weights]
        figures = np.zeros((len(order), 4), np.float32)
        constraint = arm.network.layers[0].constraints()[0][1]

        def data(array: np.ndarray) -> Any:
            assert array.flags.c_contiguous
            return array.ctypes.data_as(ctypes.c_void_p)

        arguments = [*own[0].shape, len(train), data(train.x), data(train.y), len(test), data(test.x), data(test.y)]
        arguments += [len(order), data(order), ctypes.c_float(arm.training.optimizer.learning_rate)]
        arguments += [int(constraint is not None), *(data(weight) for weight in own), data(figures)]
        if self._train(*arguments):
            raise ValueError("The network does not fit into the C loop")
        return figures


def right(figures: np.ndarray) -> tuple[int, int]:
    """Correct rows in the last epoch, of the tutorial's 30 and 70."""
    return round(float(figures[-1, 0]) * 30), round(float(figures[-1, 1]) * 70)


def compare() -> bool:
    """Prints each way's time per epoch and the ratios; returns whether all final accuracies were as expected."""
    import_tensorflow(None)
    configure(threads=1)

    from benchmarks.fit import tutorial_model
    from core.runs.seeding import batch_order
    from worker.engine import Engine

    engine, correct = Engine(), True
    with tempfile.TemporaryDirectory() as directory:
        loops = {"C": CLoop("loop", Path(directory)), "fused C": CLoop("fused", Path(directory))}
        for name, arm in arms().items():
            rows = arm.dataset.load()
            train, test = (rows.take(index) for index in arm.split.indices(len(rows)))
            epochs = arm.training.epochs
            order = batch_order(SEED, 0, epochs, len(train))
            session = engine.start(arm, SEED)
            with np.load(io.BytesIO(session.checkpoint()), allow_pickle=False) as file:
                weights = [file[f"variable_{i}"] for i in range(4)]
            model = tutorial_model(unit_norm=name == "unit norm")
            model.fit(train.x, train.y, validation_data=(test.x, test.y), epochs=2, verbose=0)  # compiles

            seconds: dict[str, list[float]] = {"fit": [], "engine": [], "C": [], "fused C": [], "next seed": []}
            ends = set()
            for _ in range(REPEATS):
                started = time.perf_counter()
                model.fit(train.x, train.y, validation_data=(test.x, test.y), epochs=FIT_EPOCHS, verbose=0)
                seconds["fit"].append((time.perf_counter() - started) / FIT_EPOCHS)

                for _ in range(TURNS):  # these take a tenth of a second each: take turns often
                    started = time.perf_counter()
                    session = engine.start(arm, SEED)
                    seconds["next seed"].append(time.perf_counter() - started)
                    started = time.perf_counter()
                    while not session.done:
                        chunk = session.step()
                    seconds["engine"].append((time.perf_counter() - started) / epochs)
                    ends.add(right(chunk.figures))

                    for way, loop in loops.items():
                        started = time.perf_counter()
                        figures = loop.train(arm, weights, order)
                        seconds[way].append((time.perf_counter() - started) / epochs)
                        ends.add(right(figures))

            median = {way: statistics.median(values) * 1000 for way, values in seconds.items()}
            faster, slower = median["fit"] / median["engine"], median["engine"] / median["C"]
            print(
                f"{name}: {median['fit']:.1f} ms an epoch by fit, {median['engine']:.4f} ms by the engine, "
                f"{median['C']:.4f} ms in C, {median['fused C']:.4f} ms in C fused by hand; "
                f"next seed ready in {median['next seed']:.0f} ms"
            )
            print(f"  {faster:.0f} times as fast as fit (wanted: {TARGET_FIT})")
            print(f"  {slower:.2f} times the time of C (at most: {TARGET_C})")
            print(f"  {median['engine'] / median['fused C']:.2f} times the time of C fused by hand", flush=True)
            if ends != {FIGURES_OF[name]}:
                print(f"  WRONG: right in the end were {sorted(ends)} of (30, 70) rows, not {FIGURES_OF[name]}")
                correct = False
    return correct


DIGITS: dict[str, tuple[float, dict[str, Any]]] = {
    "CNN on digits": (
        2,
        {
            "dataset": {"kind": "digits", "layout": "image"},
            "network": {
                "layers": [
                    {"kind": "conv2d", "filters": 32, "kernel_size": 3, "activation": "relu"},
                    {"kind": "conv2d", "filters": 32, "kernel_size": 3, "activation": "relu"},
                    {"kind": "flatten"},
                    {"kind": "dense", "units": 64},
                ]
            },
        },
    ),
    "LSTM on digits": (
        12,
        {
            "dataset": {"kind": "digits", "layout": "sequence"},
            "network": {"layers": [{"kind": "lstm", "units": 32}]},
        },
    ),
}
"""Other networks on 1000 rows to train and 797 to test, with how many times as fast as `fit` they are to be."""


def compare_others() -> None:
    """Prints the engine's speed relative to `fit` on other networks, epoch for epoch."""
    from app.exports.script import script_of
    from worker.engine import Engine

    engine = Engine()
    for name, (target, body) in DIGITS.items():
        split = {"train": 1000, "shuffle": True}
        experiment = Experiment.model_validate({**body, "split": split, "training": {"epochs": 10_000}})
        (arm,) = resolve(experiment)
        script: dict[str, Any] = {"__name__": "script"}
        exec(script_of(experiment, [arm]), script)  # the referee is the model that the exported script makes
        model = script["ARMS"][arm.name](SEED)
        rows = {part: script[part] for part in ("train_x", "train_y", "test_x", "test_y")}
        test = rows["test_x"], rows["test_y"]
        model.fit(rows["train_x"], rows["train_y"], validation_data=test, epochs=1, verbose=0)  # compiles
        session = engine.start(arm, SEED)
        session.step()
        seconds: dict[str, list[float]] = {"fit": [], "engine": []}
        for _ in range(REPEATS):
            started = time.perf_counter()
            model.fit(rows["train_x"], rows["train_y"], validation_data=test, epochs=2, verbose=0)
            seconds["fit"].append((time.perf_counter() - started) / 2)
            before, started = session.epochs_done, time.perf_counter()
            while session.epochs_done < before + 5:
                session.step()
            seconds["engine"].append((time.perf_counter() - started) / (session.epochs_done - before))
        fit, ours = (statistics.median(seconds[way]) * 1000 for way in ("fit", "engine"))
        print(f"{name}: {fit:.0f} ms an epoch by fit, {ours:.1f} ms by the engine")
        print(f"  {fit / ours:.1f} times as fast as fit (wanted: {target})", flush=True)


def start(cache: str) -> None:
    """Prints the start-up times of a new process, as JSON."""
    started = time.perf_counter()
    import_tensorflow(Path(cache) if cache else None)
    configure(threads=1)
    from worker.engine import Engine

    seconds = {"import": time.perf_counter() - started}
    for name, arm in arms().items():
        started = time.perf_counter()
        session = Engine().start(arm, SEED)
        session.step()
        seconds[f"{name}: first epoch"] = time.perf_counter() - started
        for part, value in session.build_seconds.items():
            seconds[f"{name}: {part}"] = value
    print(json.dumps({what: round(value, 3) for what, value in seconds.items()}))


def main() -> int:
    if sys.argv[1:2] == ["start"]:
        start(sys.argv[2])
        return 0
    if shutil.which("cc") is None:
        print("A C compiler (cc) is needed to compare with C", file=sys.stderr)
        return 1
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}; one thread", flush=True)
    correct = compare()
    compare_others()
    with tempfile.TemporaryDirectory() as cache:
        for words, directory in [("no cache", ""), ("an empty cache", cache), ("the cache filled", cache)]:
            command = [sys.executable, "-m", "benchmarks.bench", "start", directory]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            print(f"a new process with {words}, seconds: {done.stdout.strip()}", flush=True)
    for part in ("benchmarks.studies", "benchmarks.estimate"):  # without TensorFlow: workers have their own
        subprocess.run([sys.executable, "-m", part], check=True)
    return 0 if correct else 1


if __name__ == "__main__":
    raise SystemExit(main())

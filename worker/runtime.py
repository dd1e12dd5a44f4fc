"""TensorFlow as a worker's process uses it: threads, compiled code kept on disk, GPU memory, quiet logs."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path

_ONEDNN_BY_ITSELF = {"avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"}
"""Flags of processors on which TensorFlow uses oneDNN unless told otherwise."""
MAX_CACHED = 200
"""Compiled programs kept on disk for each kind of machine, about 0.4 MB each."""


def import_tensorflow(cache_dir: Path | None) -> None:
    """Imports TensorFlow, set up by its environment variables. It asks for no device: processes may be forked after it.

    Args:
        cache_dir: XLA keeps its compiled programs below this directory, for the next process. Whoever can write there
            can run code here, so it must belong to this user alone. None keeps nothing.

    Raises:
        RuntimeError: TensorFlow is imported already, so that settings would be ignored.
    """
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow is imported already: call import_tensorflow() first")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what fails also raises
    use_onednn()
    if cache_dir is not None:
        keep_compiled(cache_dir)

    import tensorflow  # noqa: F401


def use_onednn() -> None:
    """Lets TensorFlow compute with oneDNN also on x86 processors where it would not by itself.

    Without oneDNN it has no strides that differ between rows and columns, and no dilation in three dimensions. For
    TensorFlow not yet imported; a variable that is set already stays.
    """
    if platform.machine() == "x86_64" and not _ONEDNN_BY_ITSELF & _abilities():
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def configure(threads: int) -> None:
    """Sets TensorFlow's threads, and lets GPU memory grow. Call it once a process, before any operation.

    Args:
        threads: threads that one operation may use; as many cores as this process may count on.
    """
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def keep_compiled(cache_dir: Path) -> None:
    """Lets XLA keep its compiled programs below `cache_dir`, and find them there. For TensorFlow not yet imported."""
    machine = _machine()
    if machine is None:
        return
    place = cache_dir / machine
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(place.glob("*.pb"), key=_written)[:-MAX_CACHED]:
        old.unlink(missing_ok=True)
    flags = os.environ.get("TF_XLA_FLAGS", "")
    os.environ["TF_XLA_FLAGS"] = f"{flags} --tf_xla_persistent_cache_directory={place}".strip()


def _abilities() -> set[str]:
    """The processor's flags; none where they can't be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def _machine() -> str | None:
    """A name for what compiled code depends on beside the program: the processor's abilities, versions and flags.

    XLA's cache holds machine code and its keys name neither processor nor flags: code for one processor would be run
    on another, and crash there. None where the processor can't be told, so that nothing is kept.
    """
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return None
    abilities = sorted({line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))})
    if not abilities:
        return None
    from importlib.metadata import version

    parts = [*abilities, sys.version, version("keras"), _tensorflow_version(), os.environ.get("XLA_FLAGS", "")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _tensorflow_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    for name in ("tensorflow", "tensorflow-cpu"):
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    return "unknown"


def _written(file: Path) -> float:
    """When the file was last written; another process may have removed it by now."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0

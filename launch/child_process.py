"""Run a child process of the lab that ends with its parent.

`part.py [--pid FILE] -- COMMAND …` notes the process in a file, ties it to its parent, and becomes the command: same
process, same id. On Linux the kernel then ends the command when its parent dies, however it dies; elsewhere the note
lets the next start find and end it. Standard library only, and no module of this project: it starts in 20 ms.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def tied_to_parent(command: Sequence[str], note: Path | None = None) -> list[str]:
    """The command line that runs `command` tied to its parent, with its process recorded in the file `note`."""
    noting = [] if note is None else ["--pid", str(note)]
    return [sys.executable, "-I", "-S", str(Path(__file__).resolve()), *noting, "--", *command]


def start_identity(pid: int) -> str | None:
    """Start time of a process as an opaque text, unique among processes of that id; None if there is none.

    A zombie counts as gone.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
        shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True)  # noqa: S603, S607
        state, _, started = shown.stdout.strip().partition(" ")
        return None if not state or state.startswith("Z") else started.strip()
    return None if state == "Z" else f"{boot} {fields[18]}"


def record_pid(path: Path, pid: int) -> None:
    """Write the process's id and start time to a file, atomically."""
    new = path.with_name(f"{path.name}.{pid}.new")
    new.write_text(f"{pid} {start_identity(pid)}\n")
    new.replace(path)


def recorded_pid(path: Path) -> int | None:
    """The recorded process, if it (and not another that got its id later) is still alive."""
    try:
        pid, _, started = path.read_text().strip().partition(" ")
    except OSError:
        return None
    return int(pid) if pid.isdigit() and start_identity(int(pid)) == started else None


def end(path: Path, seconds: float) -> bool:
    """Stop the recorded process and its group by SIGTERM, and after `seconds` by SIGKILL.

    Returns whether there was anything to stop. Removes the file.
    """
    pid = recorded_pid(path)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while recorded_pid(path) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        kill_group(pid)
        while recorded_pid(path) is not None:
            time.sleep(0.05)
    path.unlink(missing_ok=True)
    return pid is not None


def kill_group(pid: int) -> None:
    """Kill the rest of the process group that `pid` leads or led."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def tie_to_parent() -> None:
    """Ask the kernel to send SIGTERM to this process when its parent dies (Linux; prctl(2), PR_SET_PDEATHSIG)."""
    parent = os.getppid()
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died in between
        raise SystemExit(1)


def _clear_after_the_last(path: Path) -> None:
    """Kill processes that a dead recorded process left in its group, such as a worker's pool."""
    try:
        pid, _, started = path.read_text().strip().partition(" ")
    except OSError:
        return
    # An id is not reused while a group of that id lives, so a group without its leader is the recorded one's, unless
    # the machine was restarted since.
    same_boot = started.split(" ")[0] == (start_identity(os.getpid()) or "").split(" ")[0]
    if pid.isdigit() and same_boot and start_identity(int(pid)) is None:
        kill_group(int(pid))


def take_over(path: Path) -> None:
    """Record this process in a file, after what the one recorded there left has been ended."""
    _clear_after_the_last(path)
    record_pid(path, os.getpid())


def main() -> None:
    """Become the command after `--`."""
    options, command = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    tie_to_parent()
    if options[:1] == ["--pid"]:
        take_over(Path(options[1]))
    os.execvp(command[0], command)  # noqa: S606 - the caller's own command line


if __name__ == "__main__":
    main()

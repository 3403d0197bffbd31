# SPDX-License-Identifier: MIT
"""Fixtures of the system tests: the rig on the import path, one server for the session, a clean slate for each test.

Run with /usr/bin/python3 -m pytest tests/system; the packages they need are in tests/rig/packages.txt.
RIMFS: the program under test (default build/rimfs). RIMFS_TEST_CACHE: where images are kept (default under /var/tmp).
RIMFS_SANITIZER=1: the program is a sanitizer build, so its memory is not judged.
--subset: which of the tests (subsets.py).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from rig import mount as rig_mount  # noqa: E402
from rig.server import Server  # noqa: E402
from rig.vsphere import Vsphere  # noqa: E402

import subsets  # noqa: E402

# Who starts us in the background may have had these ignored, and what we start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A test that hangs is a failure, not a wait.
TEST_SECONDS = 90.0


_BROKEN = pytest.StashKey[list[str]]()


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """After its time, breaks the mounts that a test hangs in. No signal could: such a read is not interruptible."""
    marker = item.get_closest_marker("seconds")
    broken: list[str] = []
    item.stash[_BROKEN] = broken
    timer = threading.Timer(marker.args[0] if marker else TEST_SECONDS, lambda: broken.extend(rig_mount.break_all()))
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()


@pytest.fixture(autouse=True)
def _did_not_hang(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    broken = request.node.stash[_BROKEN]
    assert not broken, f"the test took too long; the mounts it may have hung in were killed: {broken}"


@pytest.fixture(scope="session")
def session_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("docroot")) as server:
        yield server


def is_idle(server: Server) -> bool:
    """False, too, when nginx runs and does not answer any more."""
    try:
        return server.running() and server.busy() == 0
    except OSError as failure:
        print(f"nginx is started again: {failure}")
        return False


@pytest.fixture
def server(session_server: Server) -> Iterator[Server]:
    """The session's server with no fault armed, an empty log and nothing to do. A test may kill it. What a test before
    let hang, nginx holds until its time is over, although the client has gone; it would count as busy()."""
    if not is_idle(session_server):
        session_server.restart()
    session_server.clear_faults()
    session_server.clear_log()
    yield session_server


@pytest.fixture(scope="session")
def session_vspheres() -> Iterator[Callable[[str], Vsphere]]:
    """Gives the session's vCenter or ESXi server, started when first asked for."""
    with contextlib.ExitStack() as stack:
        started: dict[str, Vsphere] = {}

        def give(model: str) -> Vsphere:
            if model not in started:
                started[model] = stack.enter_context(Vsphere(model))
            started[model].front.reset()
            return started[model]

        yield give


@pytest.fixture(params=["vpx", "esx"])
def vsphere(request: pytest.FixtureRequest, session_vspheres: Callable[[str], Vsphere]) -> Vsphere:
    """Each of the two, its switches as at first, nobody logged in."""
    return session_vspheres(request.param)


@pytest.fixture
def vcenter(session_vspheres: Callable[[str], Vsphere]) -> Vsphere:
    """The vCenter alone, for what is the same on both."""
    return session_vspheres("vpx")


@pytest.fixture(scope="session")
def rimfs_program() -> str:
    """The program under test; its absence fails every test that needs it, loudly."""
    path = rig_mount.program()
    if not os.access(path, os.X_OK):
        pytest.fail(f"no program to test at {path}: build it or set RIMFS", pytrace=False)
    return path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--subset", choices=("all", "usual", "sanitizer", "user"), default="all", help="see subsets.py")


@pytest.hookimpl(tryfirst=True)  # type: ignore[misc]
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves what the subset has, the longest tests first: at the end three of four processes would wait for them. Before
    -k and the like, so that each pattern of subsets.py finds its tests."""
    items.sort(key=lambda item: item.get_closest_marker("seconds") is None)
    subset = config.getoption("--subset")
    if subset == "all":
        return
    files = {item: item.path.stem.removeprefix("test_") for item in items}
    names: dict[str, list[str]] = {}
    for item in items:
        names.setdefault(files[item], []).append(item.name)
    try:
        chosen = subsets.select(subset, names, complete=not config.getoption("lf"))
    except LookupError as problem:
        raise pytest.UsageError(str(problem)) from None
    left_out = [item for item in items if (files[item], item.name) not in chosen]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if (files[item], item.name) in chosen]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_root: uses loop devices or another user's identity")
    config.addinivalue_line("markers", "seconds(n): how long the test may take before its mounts are killed")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("needs_root") and os.geteuid() != 0:
        pytest.skip("needs root")

# SPDX-License-Identifier: MIT
"""Fixtures of the system tests: the rig on the import path, one server for the session, a clean slate for each test."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from rig import mount as rig_mount  # noqa: E402
from rig.server import Server  # noqa: E402

# A test that hangs is a failure, not a wait.
TEST_SECONDS = 90.0


@pytest.fixture(autouse=True)
def _watchdog(request: pytest.FixtureRequest) -> Iterator[None]:
    """After its time, breaks the mounts that a test hangs in. No signal could: such a read is not interruptible."""
    marker = request.node.get_closest_marker("seconds")
    limit = marker.args[0] if marker else TEST_SECONDS
    broken: list[str] = []
    timer = threading.Timer(limit, lambda: broken.extend(rig_mount.break_all()))
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()
    assert not broken, f"the test hung for {limit} s; what it hung in was killed: {broken}"


@pytest.fixture(scope="session")
def _session_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("docroot")) as server:
        yield server


@pytest.fixture
def server(_session_server: Server) -> Iterator[Server]:
    """The session's server with no fault armed and an empty log. A test may kill it."""
    if not _session_server.running():
        _session_server.restart()
    _session_server.clear_faults()
    _session_server.clear_log()
    yield _session_server


@pytest.fixture(scope="session")
def rimfs_program() -> str:
    """The program under test; its absence fails every test that needs it, loudly."""
    path = rig_mount.program()
    if not os.access(path, os.X_OK):
        pytest.fail(f"no program to test at {path}: build it or set RIMFS", pytrace=False)
    return path


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_root: uses loop devices or another user's identity")
    config.addinivalue_line("markers", "seconds(n): how long the test may take before its mounts are killed")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("needs_root") and os.geteuid() != 0:
        pytest.skip("needs root")

# SPDX-License-Identifier: MIT
"""The script that runs the system tests: what fails gets one more run alone, and is not forgotten when it passes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "run"

PASSES = "def test_passes(): pass"
FAILS = "def test_fails(): assert False"
UNSTEADY = """
import pathlib
def test_passes_at_its_second_run():
    ran = pathlib.Path(__file__).with_suffix(".ran")
    assert ran.exists() or ran.touch()
"""
MANY = "import pytest\n@pytest.mark.parametrize('n', range(21))\ndef test_fails(n): assert False"


def run(folder: Path, *tests: str, options: tuple[str, ...] = ("-n", "0")) -> subprocess.CompletedProcess[str]:
    """Runs the script over these test files alone, in one process unless `options` say otherwise."""
    shutil.copy(RUN, folder / "run")
    for number, test in enumerate(tests):
        (folder / f"test_{number}.py").write_text(test)
    return subprocess.run([folder / "run", *options], capture_output=True, text=True, timeout=80, cwd=folder,
                          env=os.environ | {"RIMFS_UNSTEADY": str(folder / "unsteady")})


def test_a_test_that_passes_alone_is_listed_as_unsteady(tmp_path: Path) -> None:
    done = run(tmp_path, PASSES, UNSTEADY)
    assert done.returncode == 0, done.stdout
    assert "unsteady: failed beside other tests, passed alone:\n  test_1.py::test_passes_at_its_second_run\n" in done.stdout
    assert "1 passed" in done.stdout.splitlines()[-3], "only what failed runs again"
    assert (tmp_path / "unsteady").read_text() == "test_1.py::test_passes_at_its_second_run\n"


@pytest.mark.parametrize("tests", [(PASSES, FAILS), (UNSTEADY, FAILS), (MANY,), ("syntax error",)])
def test_a_test_that_fails_twice_fails_the_run(tmp_path: Path, tests: tuple[str, ...]) -> None:
    done = run(tmp_path, *tests)
    assert done.returncode != 0
    assert "unsteady" not in done.stdout and not (tmp_path / "unsteady").exists()
    assert tests != (MANY,) or "alone" not in done.stdout, "so many failures are no chance"


def test_tests_that_all_pass_run_once(tmp_path: Path) -> None:
    done = run(tmp_path, PASSES, options=())  # four processes, as usual
    assert done.returncode == 0 and "alone" not in done.stdout

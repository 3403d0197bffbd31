# SPDX-License-Identifier: MIT
"""The soak in small: every kind of fault at least once, every byte right, nothing hangs, every gauge zero at the end."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rig.mount import program

pytestmark = pytest.mark.usefixtures("rimfs_program")

RUN = Path(__file__).parents[1] / "soak" / "run"
# A few seconds, and what a busy machine needs until each kind was drawn.
SECONDS = 200.0


@pytest.mark.seconds(SECONDS + 40)
def test_a_short_soak_finds_no_wrong_byte_and_nothing_hung() -> None:
    with subprocess.Popen([RUN, "0.1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=os.environ | {"RIMFS": program()}) as process:
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.terminate()  # It removes its mounts.
            output, _ = process.communicate(timeout=30)
            pytest.fail(f"the soak did not end:\n{output}")
    assert process.returncode == 0, output
    assert ", 0 wrong, 0 hung" in output

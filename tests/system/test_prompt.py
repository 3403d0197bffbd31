# SPDX-License-Identifier: MIT
"""The password of a vSphere server, asked at the terminal."""

from __future__ import annotations

import os
import pty
import select
import time
from pathlib import Path

import pytest

from rig.mount import daemons_of, is_mounted, program, rimfs
from rig.processes import wait_until
from rig.vsphere import Vsphere

pytestmark = pytest.mark.usefixtures("rimfs_program")


def at_terminal(answer: bytes, *arguments: str) -> tuple[int, str]:
    """Runs rimfs with a terminal of its own and types the answer when it asks; its status and all that was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(program(), [program(), *arguments])
    shown = b""
    answered = False
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                more = os.read(terminal, 4096)
            except OSError:
                break
            if not more:
                break
            shown += more
        if b"Password" in shown and not answered:
            os.write(terminal, answer)
            answered = True
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode(errors="replace")


def test_the_password_is_asked_for_and_not_shown(vcenter: Vsphere, tmp_path: Path) -> None:
    folder = tmp_path / "mnt"
    folder.mkdir()
    status, shown = at_terminal(vcenter.password.encode() + b"\n", "mount", "--ca-file", str(vcenter.ca_file),
                                vcenter.source(), str(folder))
    try:
        assert status == 0, shown
        assert f"Password of {vcenter.user}" in shown and vcenter.password not in shown
        assert is_mounted(folder) and "DC0" in os.listdir(folder)
    finally:
        rimfs("umount", folder)
    wait_until(lambda: not daemons_of(folder), 10, "the process to end")


def test_control_c_at_the_prompt_ends_it(vcenter: Vsphere, tmp_path: Path) -> None:
    status, shown = at_terminal(b"half\x03", "mount", "--ca-file", str(vcenter.ca_file), vcenter.source(),
                                str(tmp_path))
    assert status == 2 and "there is no password" in shown and "half" not in shown

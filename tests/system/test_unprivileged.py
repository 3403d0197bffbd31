# SPDX-License-Identifier: MIT
"""Another user, without any privilege, mounts, reads and unmounts."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import clients, images
from rig.mount import daemons_of, is_mounted, program, rimfs
from rig.processes import wait_until
from rig.server import Server

pytestmark = [pytest.mark.usefixtures("rimfs_program"), pytest.mark.needs_root]

NOBODY = 65534


@pytest.fixture
def mountpoint() -> Iterator[Path]:
    """A folder of nobody's, with a copy of the program that nobody can run."""
    if os.stat("/dev/fuse").st_mode & 0o006 != 0o006:
        pytest.skip("/dev/fuse is closed to other users")
    with tempfile.TemporaryDirectory(prefix="rimfs-nobody-") as scratch:
        os.chmod(scratch, 0o755)
        folder = Path(scratch) / "mnt"
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
        shutil.copy(program(), Path(scratch) / "rimfs")
        os.chmod(Path(scratch) / "rimfs", 0o755)
        try:
            yield folder
        finally:
            if is_mounted(folder):
                subprocess.run(["umount", "-l", str(folder)], capture_output=True, timeout=10)


def test_nobody_mounts_reads_and_unmounts(server: Server, mountpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIMFS", str(mountpoint.parent / "rimfs"))
    image = images.data(12, extra=777)
    done = rimfs("mount", server.url(server.share(image)), mountpoint, user=NOBODY)
    assert (done.returncode, done.stderr) == (0, "")
    pid, = daemons_of(mountpoint)
    status = Path(f"/proc/{pid}/status").read_text()  # its folder belongs to root: nobody may look into its memory
    assert f"\nUid:\t{NOBODY}\t" in status
    summed = clients.run("sha256sum", mountpoint / image.name, user=NOBODY, group=NOBODY, extra_groups=[])
    assert summed.stdout.split()[0] == clients.sha256(image)
    done = rimfs("umount", mountpoint, user=NOBODY)
    assert (done.returncode, done.stderr) == (0, "")
    assert not is_mounted(mountpoint)
    wait_until(lambda: not daemons_of(mountpoint), 10, "the process to end")

# SPDX-License-Identifier: MIT
"""Descriptors: any of 0, 1 and 2 may be missing, and what the caller has open is nobody's but his."""

from __future__ import annotations

import fcntl
import itertools
import os
import subprocess
from pathlib import Path

import pytest

from rig import clients
from rig.mount import Mount, daemons_of, is_mounted, program, rimfs
from rig.processes import wait_until
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = os.urandom(3 << 20)
SUBSETS = [subset for size in range(4) for subset in itertools.combinations((0, 1, 2), size)]


@pytest.fixture
def url(server: Server) -> str:
    return server.url(server.put("file.bin", BODY))


def run_without(closed: tuple[int, ...], *arguments: str | Path) -> int:
    """Runs rimfs with these of its standard descriptors closed and gives its status."""
    shell = "exec \"$@\" " + " ".join(f"{fd}>&-" for fd in closed)
    return subprocess.run(["sh", "-c", shell, "sh", program(), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60).returncode


@pytest.mark.parametrize("closed", SUBSETS, ids=lambda closed: "".join(map(str, closed)) or "none")
def test_every_command_works_with_any_of_the_standard_descriptors_closed(
        url: str, tmp_path: Path, closed: tuple[int, ...]) -> None:
    folder, copy, log = tmp_path / "mnt", tmp_path / "copy", tmp_path / "log"
    folder.mkdir()
    try:
        assert run_without(closed, "mount", "--log-file", log, "--log-level", "debug", url, folder) == 0
        assert clients.read_at(folder / "file.bin", 0, 4096) == BODY[:4096]
        assert (folder / "file.bin").read_bytes() == BODY
        assert run_without(closed, "status", folder) == 0
        assert run_without(closed, "map", folder / "file.bin") == 0
        assert run_without(closed, "fetch", url, copy) == 0
        assert copy.read_bytes() == BODY
        assert run_without(closed, "umount", folder) == 0
        assert not is_mounted(folder)
    finally:
        if is_mounted(folder):
            subprocess.run(["fusermount3", "-u", "-z", str(folder)], check=False)
    assert "ended;" in log.read_text()


def test_a_lock_and_a_pipe_of_the_caller_end_when_he_closes_them(url: str, tmp_path: Path) -> None:
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    reader, writer = os.pipe()
    folder = tmp_path / "mnt"
    folder.mkdir()
    subprocess.run([program(), "mount", url, str(folder)], pass_fds=(lock, writer), check=True, timeout=60)
    try:
        assert is_mounted(folder)
        os.close(lock)
        os.close(writer)
        assert os.read(reader, 1) == b"", "the daemon holds the pipe"
        again = os.open(tmp_path / "lock", os.O_RDWR)
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(again)
    finally:
        assert rimfs("umount", folder).returncode == 0
        os.close(reader)


def test_a_script_inherits_nothing(url: str, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    extra = os.open(tmp_path, os.O_RDONLY)
    command = f"for fd in /proc/$$/fd/*; do readlink $fd; done >{seen}; echo a=b"
    subprocess.run([program(), "fetch", "--cookie-script", command, url, str(tmp_path / "copy")], pass_fds=(extra,),
                   check=True, timeout=60)
    os.close(extra)
    links = seen.read_text().split()
    assert str(tmp_path) not in links
    assert not [link for link in links if "socket" in link or "event" in link or "fuse" in link], links


def test_files_named_by_a_descriptor_can_be_used(url: str, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    folder = tmp_path / "mnt"
    folder.mkdir()
    with open(tmp_path / "netrc", "rb") as netrc:
        fd = netrc.fileno()
        subprocess.run([program(), "mount", "--netrc-file", f"/dev/fd/{fd}", url, str(folder)], pass_fds=(fd,), check=True,
                       timeout=60)
    try:
        assert (folder / "file.bin").read_bytes() == BODY
    finally:
        assert rimfs("umount", folder).returncode == 0
    wait_until(lambda: not daemons_of(folder), 10, "the daemon to end")

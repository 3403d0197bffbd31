# SPDX-License-Identifier: MIT
"""What a parent hands on: ignored signals, a umask, outputs that cannot be written. Whoever it is, the work is done, and
what was not done is told by the status."""

from __future__ import annotations

import os
import pty
import subprocess
import tempfile
from pathlib import Path

import pytest

from rig import clients
from rig.mount import Mount, program, rimfs
from rig.server import Server

BODY = os.urandom(3 << 20)
NAME = "disk.bin"


def run_in_shell(preparation: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """rimfs after what `preparation` does in a shell that it then takes the place of."""
    return subprocess.run(["sh", "-c", f'{preparation}; exec "$@"', "sh", program(), *map(str, arguments)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)


def test_a_mount_with_a_script_is_ready_although_its_parent_ignores_sigchld(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put(NAME, BODY))
    mountpoint = tmp_path / "mnt"
    mountpoint.mkdir()
    done = run_in_shell("trap '' CHLD", "mount", "--cookie-script", "echo a=b", url, mountpoint)
    assert (done.returncode, done.stderr) == (0, "")
    try:
        assert clients.read_at(mountpoint / NAME, 0, 4096) == BODY[:4096]
    finally:
        removed = run_in_shell("trap '' CHLD", "umount", mountpoint)
    assert (removed.returncode, removed.stderr) == (0, "")


def test_what_rimfs_makes_is_its_own_under_any_umask(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put(NAME, BODY))
    mountpoint = tmp_path / "mnt"
    mountpoint.mkdir()
    done = run_in_shell("umask 0777", "mount", "--cache-dir", tmp_path / "cache", "--log-file", tmp_path / "log", url,
                        mountpoint)
    assert (done.returncode, done.stderr) == (0, "")
    try:
        assert clients.read_at(mountpoint / NAME, 0, 4096) == BODY[:4096]
    finally:
        rimfs("umount", mountpoint)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert run_in_shell("umask 0777", "fetch", url, tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_umask_says_what_others_may_do(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put(NAME, BODY))
    mountpoint = tmp_path / "mnt"
    mountpoint.mkdir()
    assert run_in_shell("umask 0027", "mount", "--log-file", tmp_path / "log", url, mountpoint).returncode == 0
    rimfs("umount", mountpoint)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o640


def test_output_that_cannot_be_written_is_one_line_and_status_1(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put(NAME, BODY))
    cache = tmp_path / "cache"
    assert rimfs("fetch", "--cache-dir", cache, url).returncode == 0
    with Mount(url) as mount:
        for words in (["map", mount / NAME], ["map", "--json", mount / NAME], ["map", "--bmap", mount / NAME],
                      ["status", mount.folder], ["status", "--json", mount.folder],
                      ["status", "--watch", mount.folder], ["cache", "list", cache], ["cache", "verify", cache],
                      ["cache", "path", cache, url], ["cache", "--help"], ["--help"], ["--version"],
                      ["mount", "--help-settings"], ["umount", "--help"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([program(), *map(str, words)], stdout=full, stderr=subprocess.PIPE, text=True,
                                      timeout=30)
            assert done.returncode == 1, words
            assert "cannot write to the standard output" in done.stderr and len(done.stderr.splitlines()) == 1, words


def test_a_copy_is_made_although_its_progress_cannot_be_told(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put(NAME, BODY))
    with open("/dev/full", "wb") as full:
        done = subprocess.run([program(), "fetch", url, tmp_path / "full"], stderr=full, timeout=30)
    assert done.returncode == 0
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([program(), "fetch", url, tmp_path / "closed"], stderr=writing, timeout=30)
    os.close(writing)
    assert done.returncode == 0
    assert (tmp_path / "full").read_bytes() == BODY == (tmp_path / "closed").read_bytes()


def test_a_copy_outlives_its_terminal(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put(NAME, BODY))
    ours, terminal = pty.openpty()
    os.close(ours)
    done = subprocess.run(["sh", "-c", 'trap "" HUP; exec "$@"', "sh", program(), "fetch", url, tmp_path / "copy"],
                          stdin=terminal, stdout=terminal, stderr=terminal, timeout=30)
    os.close(terminal)
    assert done.returncode == 0
    assert (tmp_path / "copy").read_bytes() == BODY


@pytest.mark.parametrize("words, status", [(["nonsense"], 2), (["umount", "/proc"], 2), (["status", "/proc"], 1)])
def test_a_message_that_cannot_be_written_leaves_the_status_as_it_is(words: list[str], status: int) -> None:
    with open("/dev/full", "wb") as full:
        assert subprocess.run([program(), *words], stderr=full, timeout=30).returncode == status


def test_a_mount_begins_although_nobody_reads_its_warnings(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put(NAME, BODY))
    mountpoint = tmp_path / "mnt"
    mountpoint.mkdir()
    reading, writing = os.pipe()
    os.close(reading)
    (tmp_path / "file").write_text("")
    done = subprocess.run([program(), "mount", "--cache-dir", tmp_path / "file" / "cache", url, mountpoint],
                          stdin=subprocess.DEVNULL, stdout=writing, stderr=writing, timeout=30)
    os.close(writing)
    try:
        assert done.returncode == 0
        assert clients.read_at(mountpoint / NAME, 0, 4096) == BODY[:4096]
    finally:
        rimfs("umount", mountpoint)


@pytest.mark.needs_root
@pytest.mark.parametrize("most", [1, 2, 3, 5, 8, 12, 20])
def test_a_limit_of_threads_is_an_error_or_enough(server: Server, most: int) -> None:
    """A user of this test's own, because the limit counts all threads of a user, and root has none. The leak check of a
    sanitizer build starts a thread of its own at exit, and prints its own lines when it cannot."""
    url = server.url(server.put(NAME, BODY))
    user = 61_234
    no_leak_check = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}
    with tempfile.TemporaryDirectory(prefix="rimfs-limit-") as folder:
        os.chown(folder, user, user)
        done = clients.run("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "prlimit", f"--nproc={most}",
                           program(), "fetch", url, f"{folder}/copy", check=False, env=no_leak_check)
        assert done.returncode in (0, 1), done
        if done.returncode == 0:
            assert Path(folder, "copy").read_bytes() == BODY
        else:
            assert done.stderr.startswith("rimfs: ") and len(done.stderr.splitlines()) == 1

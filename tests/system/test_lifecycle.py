# SPDX-License-Identifier: MIT
"""Ends: however a mount, a server or a reader ends, nothing hangs and nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from rig import clients, images, vmfs
from rig.expect import DEADLINE, ERROR_SECONDS, IMPATIENT, PATIENT, errno_of_read
from rig.mount import Mount, daemons_of, is_mounted, program, rimfs
from rig.processes import wait_until
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(32 << 20, 123)


@pytest.fixture
def url(server: Server) -> str:
    return server.url(server.put("file.bin", BODY), fault=True)


# rimfs ends

def test_a_mount_is_usable_the_moment_the_command_returns(url: str) -> None:
    with Mount(url) as mount:
        assert (mount / "file.bin").stat().st_size == len(BODY)
        assert clients.read_at(mount / "file.bin", 0, 100) == BODY[:100]


@pytest.mark.needs_root  # type: ignore[misc]
def test_the_daemon_leaves_terminal_and_directory_alone(url: str) -> None:
    with Mount(url) as mount:
        assert os.getsid(mount.pid) == mount.pid or os.getsid(mount.pid) != os.getsid(0)
        assert os.readlink(f"/proc/{mount.pid}/cwd") == "/"
        for descriptor in (0, 1, 2):
            assert "pipe:" not in os.readlink(f"/proc/{mount.pid}/fd/{descriptor}")


@pytest.mark.parametrize("foreground", [True, False], ids=["foreground", "daemon"])
@pytest.mark.parametrize("number", [
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF,
    signal.SIGXCPU, signal.SIGIO, signal.SIGPWR, signal.SIGRTMIN, signal.SIGRTMAX], ids=lambda number: number.name)
def test_a_signal_ends_it_cleanly(url: str, number: signal.Signals, foreground: bool) -> None:
    with Mount(url, foreground=foreground) as mount:
        assert clients.read_at(mount / "file.bin", 0, 100) == BODY[:100]
        mount.signal(number)
        mount.wait_gone()
        if mount.process is not None:
            assert mount.process.wait(10) == 0, mount.log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT],
                         ids=lambda number: number.name)
def test_a_signal_to_the_command_that_waits_for_a_mount_ends_the_mount_in_the_making(
        server: Server, url: str, tmp_path: Path, number: signal.Signals) -> None:
    server.fault("file.bin", "stall")
    waiting = subprocess.Popen([program(), "mount", url, tmp_path], stderr=subprocess.PIPE, start_new_session=True)
    wait_until(lambda: server.busy() > 0, 10, "a request to hang")
    wait_until(lambda: len(daemons_of(tmp_path)) == 2, 10, "the one that waits, and the one that is to serve")
    waiting.send_signal(number)
    assert waiting.wait(10) == -number
    assert daemons_of(tmp_path) == []
    assert not is_mounted(tmp_path)


@pytest.mark.parametrize("foreground", [True, False], ids=["foreground", "daemon"])
def test_signals_that_are_meant_for_something_else_end_nothing(url: str, foreground: bool) -> None:
    with Mount(url, foreground=foreground) as mount:
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGUSR1, signal.SIGUSR2, signal.SIGURG, signal.SIGCHLD,
                       signal.SIGWINCH):
            mount.signal(number)
        assert clients.read_at(mount / "file.bin", 0, 100) == BODY[:100]


def test_lines_before_the_mount_is_ready_are_in_the_log(url: str, tmp_path: Path) -> None:
    """There were none: a warning went to the terminal alone, anything less nowhere."""
    log = tmp_path / "log"
    with Mount("--log-file", log, "--cache-dir", "/proc/nothing/cache", "--log-level", "debug", url):
        pass
    lines = log.read_text().splitlines()
    assert any("there is no disk cache" in line for line in lines)


def test_why_a_mount_fails_is_on_the_terminal_and_in_the_log(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "log"
    folder = tmp_path / "mnt"
    folder.mkdir()
    for foreground in ([], ["-f"]):
        log.unlink(missing_ok=True)
        done = rimfs("mount", *foreground, "--log-file", log, server.url("missing.img"), folder)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
        assert done.stderr.removeprefix("rimfs: ").strip() in log.read_text()


@pytest.mark.parametrize("command", [["fusermount3", "-u"], ["umount"]], ids=" ".join)
def test_an_unmount_from_outside_ends_it_cleanly(url: str, command: list[str]) -> None:
    if command == ["umount"] and os.geteuid() != 0:
        pytest.skip("umount of a FUSE mount needs root")
    with Mount(url, foreground=True) as mount:
        clients.run(*command, mount.folder)
        mount.wait_gone()
        assert mount.process is not None and mount.process.wait(10) == 0, mount.log()


def test_rimfs_umount_waits_until_the_process_has_ended(url: str) -> None:
    with Mount(url) as mount:
        pid = mount.pid
        done = rimfs("umount", mount.folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert not is_mounted(mount.folder)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), 2, "the process to end with the mount")


def test_rimfs_umount_names_a_process_in_whose_mount_namespace_it_is_still_mounted(url: str, tmp_path: Path) -> None:
    """A new mount namespace has a copy of every mount, and a container may keep it for days: the mount is gone here,
    and the process serves it on there."""
    if not vmfs.works():
        pytest.skip("mount namespaces are not permitted here")
    with Mount(url) as mount:
        pid = mount.pid
        keeper = subprocess.Popen(vmfs.words(tmp_path, mount.folder, "sh", "-c", "echo ready; exec cat"),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            assert keeper.stdout is not None and keeper.stdout.readline() == b"ready\n"
            done = rimfs("umount", mount.folder)
            assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
            assert f"that of process {keeper.pid}:" in done.stderr and f"kill {pid}" in done.stderr
            assert not is_mounted(mount.folder)
            mount.signal(signal.SIGTERM)
            mount.wait_gone()
        finally:
            keeper.communicate(timeout=10)


def test_a_signal_ends_it_while_a_file_is_being_read(server: Server, url: str) -> None:
    with Mount(*PATIENT, url, foreground=True) as mount:
        server.fault("file.bin", "drop", how="hang")
        reader = subprocess.Popen(["cat", str(mount / "file.bin")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(lambda: server.busy() > 0, 10, "the reader to wait for the server")
        mount.signal(signal.SIGTERM)
        assert reader.wait(10) != 0
        mount.wait_gone()


def test_a_signal_ends_it_while_a_file_is_open(url: str) -> None:
    with Mount(url, foreground=True) as mount:
        descriptor = os.open(mount / "file.bin", os.O_RDONLY)
        try:
            assert os.read(descriptor, 100) == BODY[:100]
            mount.signal(signal.SIGTERM)
            mount.wait_gone()
        finally:
            with contextlib.suppress(OSError):  # its file system is gone
                os.close(descriptor)


def test_what_kill_9_leaves_is_removed_by_rimfs_umount(url: str) -> None:
    with Mount(url) as mount:
        mount.signal(signal.SIGKILL)
        wait_until(mount._ended, 10, "the process to be dead")
        assert is_mounted(mount.folder)
        done = rimfs("umount", mount.folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert not is_mounted(mount.folder)


def test_a_mount_whose_process_is_stopped_hides_no_other_and_is_removed(url: str) -> None:
    with Mount(url) as other, Mount(url) as mount:
        os.kill(mount.pid, signal.SIGSTOP)
        try:
            with open(other / "file.bin", "rb"):
                told = rimfs("status", mount.folder, other.folder)
            assert told.returncode == 1
            assert str(other.folder) in told.stdout and str(mount.folder) not in told.stdout
            assert "not answered within 5 s" in told.stderr and len(told.stderr.splitlines()) == 1
            removed = rimfs("umount", mount.folder)
            assert removed.returncode == 1 and "not answer" in removed.stderr
            # Which process it is can only be seen by root: a mount's /proc/PID belongs to root.
            assert os.geteuid() != 0 or f"kill -KILL {mount.pid}" in removed.stderr
            assert not is_mounted(mount.folder)
        finally:
            os.kill(mount.pid, signal.SIGCONT)
        mount.wait_gone()


def test_a_log_that_nobody_reads_holds_up_neither_readers_nor_the_end(server: Server, url: str) -> None:
    """A pager that was left alone, or Ctrl-S at the terminal."""
    other = server.url(server.put("other.bin", BODY))
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"x")
    os.set_blocking(writing, True)
    with tempfile.TemporaryDirectory(prefix="rimfs-unread-") as folder:
        process = subprocess.Popen([program(), "mount", "-f", "--log-level", "debug", *IMPATIENT, url, other, folder],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writing)
        os.close(writing)
        try:
            wait_until(lambda: is_mounted(folder), 20, "the mount")
            server.fault("file.bin", "status", code=403)
            assert errno_of_read(Path(folder) / "file.bin", 1 << 20) == "EACCES"
            assert clients.read_at(Path(folder) / "other.bin", 0, 100) == BODY[:100]
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert not is_mounted(folder)
        finally:
            process.kill()
            process.wait()
            os.close(reading)
            if is_mounted(folder):
                subprocess.run(["umount", "-l", folder], check=False)


def test_a_second_mount_can_take_the_place_of_the_first(url: str) -> None:
    for _ in range(2):
        with Mount(url, folder=None) as mount:
            assert clients.read_at(mount / "file.bin", 0, 100) == BODY[:100]


def test_a_mountpoint_with_a_space_is_served_and_unmounted(url: str, tmp_path: Path) -> None:
    with Mount(url, folder=tmp_path / "a b") as mount:
        assert clients.read_at(mount / "file.bin", 0, 100) == BODY[:100]


def test_two_mounts_live_side_by_side(url: str) -> None:
    with Mount(url) as one, Mount(url) as other:
        one.umount()
        assert clients.read_at(other / "file.bin", 0, 100) == BODY[:100]


# The server ends

def test_a_server_killed_in_the_middle_is_an_error_and_comes_back(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY), "vcenter")
    with Mount(*IMPATIENT, "--connections", "2", url) as mount:
        reader = subprocess.Popen(["cat", str(mount / "file.bin")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(lambda: server.busy() > 0, 10, "the reader to get going")
        server.kill()
        _, said = reader.communicate(timeout=ERROR_SECONDS)
        assert reader.returncode != 0 and b"file.bin" in said
        assert errno_of_read(mount / "file.bin", 31 << 20) in ("EIO", "ETIMEDOUT")
        server.start()
        assert (mount / "file.bin").read_bytes() == BODY


def test_a_server_that_restarts_within_the_deadline_goes_unnoticed(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY), "vcenter")
    with Mount(*PATIENT, "--connections", "2", url) as mount:
        result: list[bytes] = []
        reader = threading.Thread(target=lambda: result.append((mount / "file.bin").read_bytes()))
        reader.start()
        wait_until(lambda: server.busy() > 0, 10, "the reader to get going")
        server.restart()
        reader.join(60)
        assert result == [BODY]


def test_a_frozen_server_is_etimedout_and_works_when_it_thaws(server: Server, url: str) -> None:
    with Mount(*IMPATIENT, url) as mount:
        server.freeze()
        try:
            assert errno_of_read(mount / "file.bin") == "ETIMEDOUT"
        finally:
            server.thaw()
        assert (mount / "file.bin").read_bytes() == BODY


def test_a_stat_is_answered_while_the_server_is_silent(server: Server, url: str) -> None:
    with Mount(*PATIENT, url) as mount:
        server.freeze()
        try:
            clients.run("ls", "-l", mount.folder, seconds=DEADLINE)
            clients.run("stat", mount / "file.bin", seconds=DEADLINE)
        finally:
            server.thaw()


# The reader ends

def test_a_reader_that_waits_for_a_silent_server_can_be_killed(server: Server, url: str) -> None:
    with Mount(*PATIENT, url) as mount:
        server.fault("file.bin", "drop", how="hang")
        reader = subprocess.Popen(["cat", str(mount / "file.bin")], stdout=subprocess.DEVNULL)
        wait_until(lambda: server.busy() > 0, 10, "the reader to wait for the server")
        reader.kill()
        assert reader.wait(2) == -signal.SIGKILL
        server.clear_faults()


# A program's own signals: without SA_RESTART and with the system call itself, because Python repeats what is interrupted.
# Direct, because who reads through the page cache waits for a page, which the kernel lets no caught signal interrupt.
COUNTS_TICKS = """
import ctypes, errno, os, signal, sys
ticks = 0
def tick(*_):
    global ticks
    ticks += 1
for number in (signal.SIGALRM, signal.SIGUSR1):
    signal.signal(number, tick)
    signal.siginterrupt(number, True)
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
libc = ctypes.CDLL(None, use_errno=True)
path = sys.argv[1]
file = libc.open(path.encode(), os.O_RDONLY | os.O_DIRECT)
buffer = ctypes.create_string_buffer(4096)
count = libc.pread(file, buffer, 4096, 0)
signal.setitimer(signal.ITIMER_REAL, 0)
print(file >= 0, count, errno.errorcode.get(ctypes.get_errno()), ticks > 0)
"""


def test_signals_that_a_program_catches_for_itself_end_no_read(server: Server, url: str) -> None:
    with Mount(*PATIENT, url) as mount:
        server.fault("file.bin", "delay", seconds=0.5)
        done = clients.run(sys.executable, "-c", COUNTS_TICKS, mount / "file.bin")
        assert done.stdout.split() == ["True", "4096", "None", "True"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_reader_that_has_had_other_signals_can_still_be_ended(server: Server, url: str, number: signal.Signals) -> None:
    with Mount(*PATIENT, url) as mount:
        server.fault("file.bin", "drop", how="hang")
        reader = subprocess.Popen([sys.executable, "-c", COUNTS_TICKS, str(mount / "file.bin")],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: server.busy() > 0, 10, "the reader to wait for the server")
        with pytest.raises(subprocess.TimeoutExpired):
            reader.wait(0.5)
        reader.send_signal(number)
        assert reader.wait(2) != 0
        server.clear_faults()


def test_an_interrupted_read_does_not_harm_the_next_one(server: Server, url: str) -> None:
    with Mount(*PATIENT, url) as mount:
        server.fault("file.bin", "delay", seconds=0.5, nth=1)
        script = f"open({str(mount / 'file.bin')!r}, 'rb', buffering=0).read(4096)"
        reader = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
        wait_until(lambda: server.busy() > 0, 10, "the reader to wait for the server")
        reader.send_signal(signal.SIGINT)
        reader.wait(5)
        assert (mount / "file.bin").read_bytes() == BODY

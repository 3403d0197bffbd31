# SPDX-License-Identifier: MIT
"""Scripts that print cookies or headers: run at first, when the server refuses, and after a time."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from rig import clients
from rig.mount import Mount, MountFailed
from rig.processes import alive, wait_until
from rig.server import Server

BODY = os.urandom(3 << 20)


def script(tmp_path: Path, text: str) -> tuple[str, Path]:
    """A command that runs `text`, and a file that gets a line for each run."""
    runs = tmp_path / "runs"
    path = tmp_path / "script"
    path.write_text(f"#!/bin/sh\necho \"$RIMFS_URL\" >>{runs}\n{text}\n")
    path.chmod(0o755)
    return str(path), runs


def count(runs: Path) -> int:
    return len(runs.read_text().splitlines()) if runs.exists() else 0


def test_a_cookie_script_runs_once_for_many_requests_and_knows_the_url(server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    server.fault(name, "login", kind="cookie", cookie="token=1")
    command, runs = script(tmp_path, "echo token=1")
    with Mount("--cookie-script", command, "--readahead", "0", server.url(name, fault=True)) as mount:
        assert (mount / name).read_bytes() == BODY
    assert runs.read_text().splitlines() == [server.url(name, fault=True)]


def test_a_refusal_in_the_middle_runs_the_script_again_and_the_reader_notices_nothing(
        server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    token = tmp_path / "token"
    token.write_text("token=1\n")
    server.fault(name, "login", kind="cookie", cookie="token=1")
    command, runs = script(tmp_path, f"cat {token}")
    with Mount("--cookie-script", command, "--readahead", "0", server.url(name, fault=True)) as mount:
        assert clients.read_at(mount / name, 0, 4096, os.O_DIRECT) == BODY[:4096]
        server.clear_faults()
        server.fault(name, "login", kind="cookie", cookie="token=2")
        token.write_text("token=2\n")
        # The rest between two renewals keeps a server that refuses everything from being asked all the time.
        time.sleep(5.1)
        assert clients.read_at(mount / name, 2 << 20, 4096, os.O_DIRECT) == BODY[2 << 20:(2 << 20) + 4096]
    assert count(runs) == 2


def test_a_header_script_says_who_asks(server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    server.fault(name, "login", kind="bearer", token="abc")
    command, _ = script(tmp_path, "echo 'Authorization: Bearer abc'")
    with Mount("--header-script", command, server.url(name, fault=True)) as mount:
        assert (mount / name).read_bytes() == BODY


def test_scripts_run_again_after_their_age(server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    command, runs = script(tmp_path, "echo token=1")
    options = ("--cookie-script", command, "--script-age", "1s", "--readahead", "0")
    with Mount(*options, server.url(name)) as mount:
        clients.read_at(mount / name, 0, 4096)
        time.sleep(1.1)
        clients.read_at(mount / name, 2 << 20, 4096)
    assert count(runs) == 2


@pytest.mark.parametrize("text, says", [
    ("echo the key is locked >&2; exit 3", "status 3: the key is locked"),
    ("true", "printed no cookie"),
    ("echo nonsense", "not NAME=VALUE"),
    ("kill -9 $$", "status 137"),
])
def test_a_script_that_fails_is_one_clear_line(server: Server, tmp_path: Path, text: str, says: str) -> None:
    name = server.put("disk.bin", BODY)
    command, _ = script(tmp_path, text)
    with pytest.raises(MountFailed) as failed:
        with Mount("--cookie-script", command, server.url(name)):
            pass
    done = failed.value.done
    assert done.returncode == 1
    assert says in done.stderr and len(done.stderr.splitlines()) == 1


def test_what_a_script_prints_is_shown_nowhere(server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    command, _ = script(tmp_path, "echo secret=hunter2")
    log = tmp_path / "log"
    with Mount("--cookie-script", command, "--log-level", "debug", "--log-file", log, server.url(name)) as mount:
        assert (mount / name).read_bytes() == BODY
    assert "hunter2" not in log.read_text()


def test_reads_go_on_with_what_is_still_good_while_the_script_that_is_due_hangs(server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    server.fault(name, "login", kind="cookie", cookie="token=1")
    flag = tmp_path / "flag"
    command, runs = script(tmp_path, f"[ -e {flag} ] && sleep 300\necho token=1")
    options = ("--cookie-script", command, "--script-age", "1s", "--readahead", "0", "--retry-deadline", "4s")
    with Mount(*options, server.url(name, fault=True)) as mount:
        clients.read_at(mount / name, 0, 4096)
        before = count(runs)
        flag.touch()
        time.sleep(1.1)
        for megabyte in (1, 2):
            expected = BODY[megabyte << 20:(megabyte << 20) + 4096]
            assert clients.read_at(mount / name, megabyte << 20, 4096, os.O_DIRECT) == expected
        assert count(runs) == before + 1


def test_the_mount_ends_while_a_script_hangs(server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    flag = tmp_path / "flag"
    command, _ = script(tmp_path, f"[ -e {flag} ] && sleep 300\necho token=1")
    options = ("--cookie-script", command, "--script-age", "1s", "--readahead", "0")
    with Mount(*options, server.url(name)) as mount:
        clients.read_at(mount / name, 0, 4096)
        flag.touch()
        time.sleep(1.1)
        reader = subprocess.Popen(["dd", f"if={mount / name}", "of=/dev/null", "skip=2", "bs=1M", "count=1",
                                   "status=none"])
        time.sleep(0.5)
        reader.kill()
        reader.wait(10)


def test_a_file_that_stays_forbidden_is_eacces_and_does_not_call_the_script_for_each_read(
        server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    command, runs = script(tmp_path, "echo token=1")
    with Mount("--cookie-script", command, "--readahead", "0", server.url(name, fault=True)) as mount:
        clients.read_at(mount / name, 0, 4096)
        server.fault(name, "status", code=403)
        for at in range(8):
            with pytest.raises(OSError) as refused:
                clients.read_at(mount / name, (1 << 20) + at * 65536, 4096)
            assert refused.value.errno == errno.EACCES
    assert count(runs) <= 2


def test_a_script_named_relative_to_the_working_directory_works_at_every_renewal(
        server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = server.put("disk.bin", BODY)
    _, runs = script(tmp_path, "cat ./token")
    (tmp_path / "token").write_text("token=1\n")
    monkeypatch.chdir(tmp_path)
    options = ("--cookie-script", "./script", "--script-age", "1s", "--readahead", "0")
    with Mount(*options, server.url(name)) as mount:
        monkeypatch.chdir("/")
        clients.read_at(mount / name, 0, 4096)
        time.sleep(1.1)
        clients.read_at(mount / name, 2 << 20, 4096)
    assert count(runs) >= 2


def test_a_script_in_a_configuration_file_is_relative_to_it(server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    _, runs = script(tmp_path, "echo token=1")
    folder = tmp_path / "mnt"
    folder.mkdir()
    (tmp_path / "c.yaml").write_text(f"sources: [{{url: '{server.url(name)}', cookie-script: ./script ./x}}]\n")
    with Mount("--config", tmp_path / "c.yaml") as mount:
        assert clients.read_at(mount / name, 0, 4096) == BODY[:4096]
    assert count(runs) == 1


@pytest.mark.parametrize("text", ["yes", "yes >&2", "yes | tr -d '\\n'"], ids=["output", "complaints", "one line"])
def test_a_script_that_prints_without_end_is_ended_at_once_with_all_that_it_started(
        server: Server, tmp_path: Path, text: str) -> None:
    name = server.put("disk.bin", BODY)
    pids = tmp_path / "pids"
    sleeper = f"sh -c 'echo $$ >>{pids}; exec sleep 300'"
    command, _ = script(tmp_path, f"{sleeper} &\n(setsid {sleeper} &)\nsleep 0.5\n{text}")
    begin = time.monotonic()
    with pytest.raises(MountFailed) as failed:
        with Mount("--cookie-script", command, server.url(name)):
            pass
    assert "printed more than 64 KiB" in failed.value.done.stderr
    assert len(failed.value.done.stderr.splitlines()) == 1
    assert time.monotonic() - begin < 30  # and not the 60 s that a script may take
    left = [int(pid) for pid in pids.read_text().split()]
    assert len(left) == 2
    wait_until(lambda: not any(map(alive, left)), 10, "the script's children to be dead")


def test_what_a_script_started_ends_with_the_mount(server: Server, tmp_path: Path) -> None:
    name = server.put("disk.bin", BODY)
    flag, pids = tmp_path / "flag", tmp_path / "pids"
    sleeper = f"sh -c 'echo $$ >>{pids}; exec sleep 300'"
    command, _ = script(tmp_path, f"[ -e {flag} ] && {{ setsid {sleeper} & {sleeper}; }}\necho token=1")
    for end in (None, signal.SIGKILL):
        pids.unlink(missing_ok=True)
        flag.unlink(missing_ok=True)
        with Mount("--cookie-script", command, "--script-age", "1s", "--readahead", "0", server.url(name)) as mount:
            clients.read_at(mount / name, 0, 4096)
            flag.touch()
            time.sleep(1.1)
            reader = subprocess.Popen(["dd", f"if={mount / name}", "of=/dev/null", "skip=2", "bs=1M", "count=1",
                                       "status=none"], stderr=subprocess.DEVNULL)
            wait_until(lambda: pids.exists() and len(pids.read_text().split()) == 2, 20, "the script to hang")
            if end:
                mount.signal(end)
            else:
                reader.kill()
                mount.umount()
            reader.wait(20)
        left = [int(pid) for pid in pids.read_text().split()]
        wait_until(lambda: not any(map(alive, left)), 10, "the script's children to be dead")

# SPDX-License-Identifier: MIT
"""rimfs fetch: a copy that is right, sparse, and goes on where it was interrupted."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from rig.mount import COUNTED, Mount, program, rimfs
from rig.processes import wait_until
from rig.server import Server

MIB = 1 << 20
NAME = "disk.bin"
BODY = random.Random(5).randbytes(6 * MIB + 777) + bytes(10 * MIB) + random.Random(6).randbytes(4 * MIB + 5)


def data_sent(server: Server) -> int:
    return sum(r.sent for r in server.requests() if r.span and r.span[1] - r.span[0] > 1)


def test_a_copy_is_right_and_sparse(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    done = rimfs("fetch", server.url(NAME), tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == BODY
    assert (tmp_path / "copy").stat().st_blocks * 512 < 12 * MIB
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy"]
    assert "100.0 %" in done.stderr


@pytest.mark.parametrize("size", [0, 1, 4096, 256 * 1024, 256 * 1024 + 1])
def test_copies_of_all_sizes(server: Server, tmp_path: Path, size: int) -> None:
    server.put(NAME, BODY[:size])
    assert rimfs("fetch", server.url(NAME), tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy").read_bytes() == BODY[:size]


def test_an_interrupted_copy_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    body = random.Random(1).randbytes(64 * MIB)
    server.put(NAME, body)
    command = [program(), "fetch", "--connections", "1", server.url(NAME, "wan"), tmp_path / "copy"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: data_sent(server) > 8 * MIB, 20, "a part of the copy")
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 1 and "goes on where this one was" in said
    assert not (tmp_path / "copy").exists()
    server.clear_log()
    assert rimfs("fetch", server.url(NAME, "wan"), tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy").read_bytes() == body
    assert data_sent(server) < 60 * MIB


def test_a_file_that_changed_meanwhile_is_copied_from_the_start(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    (tmp_path / "copy.part").write_bytes(b"old" * 1000)
    (tmp_path / "copy.part.json").write_text('{"url": "other", "complete": 3000}')
    assert rimfs("fetch", server.url(NAME), tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy").read_bytes() == BODY


def test_kill_and_go_on_is_right(server: Server, tmp_path: Path) -> None:
    body = random.Random(2).randbytes(48 * MIB)
    server.put(NAME, body)
    for _ in range(3):
        running = subprocess.Popen([program(), "fetch", "--connections", "2", server.url(NAME, "wan"), tmp_path / "copy"],
                                   stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        running.kill()
        running.wait()
    assert rimfs("fetch", server.url(NAME), tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy").read_bytes() == body


def test_without_a_file_the_disk_cache_is_filled(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    cache = tmp_path / "cache"
    assert rimfs("fetch", "--cache-dir", cache, server.url(NAME)).returncode == 0
    server.clear_log()
    with Mount("--cache-dir", cache, server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    assert data_sent(server) == 0


def test_a_server_that_fails_for_good_is_one_line_and_status_1(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    server.fault(NAME, "status", code=503, after=2)
    done = rimfs("fetch", "--retry-deadline", "1s", server.url(NAME, fault=True), tmp_path / "copy")
    assert done.returncode == 1 and "goes on where this one was" in done.stderr.splitlines()[-1]
    server.clear_faults()
    assert rimfs("fetch", server.url(NAME, fault=True), tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy").read_bytes() == BODY


def test_an_interrupt_while_the_server_is_silent_ends_at_once(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    server.fault(NAME, "stall", after=1)
    running = subprocess.Popen([program(), "fetch", server.url(NAME, fault=True), tmp_path / "copy"],
                               stderr=subprocess.DEVNULL)
    wait_until(lambda: (tmp_path / "copy.part").exists() and server.busy() > 0, 10, "a request of the copy to hang")
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 1


@pytest.mark.parametrize("words, says", [
    ((), "no source"),
    (("http://127.0.0.1:1/x",), "needs a file to copy to"),
    (("http://127.0.0.1:1/x", "/"), "is there already"),
])
def test_mistakes_are_one_line(words: tuple[str, ...], says: str) -> None:
    done = rimfs("fetch", *words)
    assert done.returncode == 2 and says in done.stderr and len(done.stderr.splitlines()) == 1


def test_help_names_no_mount_options() -> None:
    said = rimfs("fetch", "--help").stdout
    assert said.startswith("Usage: rimfs fetch") and "--connections" in said and "--workers" not in said


def test_a_verified_copy_is_right(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    done = rimfs("fetch", "--verify", server.url(NAME), tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == BODY


def interrupted_copy(server: Server, folder: Path) -> None:
    """Leaves a part of BODY as `copy.part` that says how far it is complete."""
    server.put(NAME, BODY)
    for _ in range(5):  # the threads of a copy read in any order: the first piece may be missing
        server.fault(NAME, "status", code=503, after=3)
        done = rimfs("fetch", "--connections", "1", "--retry-deadline", "1s", server.url(NAME, fault=True),
                     folder / "copy")
        assert done.returncode == 1
        server.clear_faults()
        if json.loads((folder / "copy.part.json").read_text())["complete"] > 0:
            return


def test_verify_finds_what_was_damaged_on_the_disk(server: Server, tmp_path: Path) -> None:
    interrupted_copy(server, tmp_path)
    assert json.loads((tmp_path / "copy.part.json").read_text())["complete"] > 0
    with open(tmp_path / "copy.part", "r+b") as part:
        part.seek(1000)
        part.write(b"\xff" if BODY[1000] != 255 else b"\0")
    done = rimfs("fetch", "--verify", server.url(NAME, fault=True), tmp_path / "copy")
    assert done.returncode == 1 and "does not read back as it was written" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "copy").exists()
    assert rimfs("fetch", "--verify", server.url(NAME, fault=True), tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy").read_bytes() == BODY


def test_verify_of_a_continued_copy_covers_what_was_there_before(server: Server, tmp_path: Path) -> None:
    interrupted_copy(server, tmp_path)
    assert rimfs("fetch", "--verify", server.url(NAME, fault=True), tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy").read_bytes() == BODY


def test_a_filled_cache_is_verified(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    cache = tmp_path / "cache"
    assert rimfs("fetch", "--verify", "--cache-dir", cache, server.url(NAME)).returncode == 0
    data = Path(rimfs("cache", "path", cache, server.url(NAME)).stdout.strip()) / "data"
    with open(data, "r+b") as file:
        file.seek(5000)
        file.write(b"\0" * 100)
    # Every block is in the cache, so nothing is read of it but what the copy needs: all of it.
    assert rimfs("fetch", "--verify", "--cache-dir", cache, server.url(NAME)).returncode == 0
    assert rimfs("cache", "verify", cache).returncode == 0


def test_a_cache_on_a_disk_slower_than_the_server_is_filled_all_the_same(server: Server, tmp_path: Path) -> None:
    server.put(NAME, os.urandom(200 * MIB))
    done = rimfs("fetch", "--cache-dir", tmp_path / "cache", "--cache-memory", "16M", server.url(NAME), seconds=60)
    assert done.returncode == 0, done.stderr


def test_a_cache_too_small_for_the_image_is_told(server: Server, tmp_path: Path) -> None:
    server.put(NAME, random.Random(3).randbytes(40 * MIB))
    done = rimfs("fetch", "--cache-dir", tmp_path / "cache", "--cache-size", "16M", server.url(NAME))
    assert done.returncode == 1 and "--cache-size" in done.stderr.splitlines()[-1]


def test_a_file_of_a_mount_is_copied_through_it(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME)) as mount:
        done = rimfs("fetch", "--verify", mount / NAME, tmp_path / "copy")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "copy").read_bytes() == BODY
        server.clear_log()
        assert rimfs("fetch", mount / NAME).returncode == 0
    assert data_sent(server) == 0  # The mount had it all in memory.


def test_fetching_a_file_of_a_mount_fills_its_disk_cache(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    with Mount("--cache-dir", tmp_path / "cache", server.url(NAME)) as mount:
        assert rimfs("fetch", mount / NAME).returncode == 0
    server.clear_log()
    with Mount("--cache-dir", tmp_path / "cache", server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    assert data_sent(server) == 0


def test_an_interrupt_ends_the_copy_of_a_mounted_file_whose_server_is_silent(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    server.fault(NAME, "stall", after=1)
    with Mount(server.url(NAME, fault=True), unhedged=COUNTED) as mount:
        running = subprocess.Popen([program(), "fetch", mount / NAME, tmp_path / "copy"], stderr=subprocess.DEVNULL)
        wait_until(lambda: (tmp_path / "copy.part").exists() and server.busy() > 0, 10, "a request of the copy to hang")
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 1


@pytest.mark.parametrize("words, says", [
    (("/etc/hostname", "/tmp/none/x"), "not a file of a rimfs mount"),
    (("--connections", "3", "/etc/hostname"), "read with its mount's settings"),
    (("--verify", "/etc/hostname"), "no copy to read back"),
])
def test_mistakes_with_mounted_files_are_one_line(words: tuple[str, ...], says: str) -> None:
    done = rimfs("fetch", *words)
    assert done.returncode == 2 and says in done.stderr and len(done.stderr.splitlines()) == 1

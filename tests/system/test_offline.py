# SPDX-License-Identifier: MIT
"""What the disk cache shows when the server cannot be reached, and prefetch: all, which fills it."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import pytest

from rig import clients
from rig.mount import Mount, MountFailed, rimfs
from rig.processes import wait_until
from rig.server import Server

MIB = 1 << 20
NAME = "disk.bin"
BODY = random.Random(5).randbytes(6 * MIB + 777) + bytes(10 * MIB) + random.Random(6).randbytes(4 * MIB + 5)
QUICK = ("--retry-deadline", "1s", "--revalidate-after", "0s")


def data_sent(server: Server) -> int:
    return sum(r.sent for r in server.requests() if r.span and r.span[1] - r.span[0] > 1)


def checked(file: Path) -> str:
    return os.getxattr(file, "user.rimfs.checked").decode()


def fill(server: Server, cache: Path, body: bytes = BODY) -> None:
    server.put(NAME, body)
    with Mount("--cache-dir", cache, server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == body


def test_what_is_cached_is_mounted_when_the_server_is_gone(server: Server, tmp_path: Path) -> None:
    fill(server, tmp_path / "cache")
    with server.down():
        with Mount("--cache-dir", tmp_path / "cache", "--offline", "allow", *QUICK, server.url(NAME)) as mount:
            assert (mount / NAME).read_bytes() == BODY
            assert (mount / NAME).stat().st_size == len(BODY)
            assert checked(mount / NAME) == "no: the server cannot be reached"


def test_without_leave_a_server_that_is_gone_is_an_error(server: Server, tmp_path: Path) -> None:
    fill(server, tmp_path / "cache")
    with server.down():
        with pytest.raises(MountFailed) as failed, Mount("--cache-dir", tmp_path / "cache", *QUICK, server.url(NAME)):
            pass
    assert failed.value.done.returncode == 1 and len(failed.value.done.stderr.splitlines()) == 1


def test_what_was_never_cached_is_an_error_offline_too(server: Server, tmp_path: Path) -> None:
    fill(server, tmp_path / "cache")
    with server.down():
        with pytest.raises(MountFailed), Mount("--cache-dir", tmp_path / "cache", "--offline", "allow", *QUICK,
                                               server.url("other.bin")):
            pass


def test_the_log_says_that_nothing_was_checked(server: Server, tmp_path: Path) -> None:
    fill(server, tmp_path / "cache")
    with server.down():
        with Mount("--cache-dir", tmp_path / "cache", "--offline", "allow", *QUICK, server.url(NAME),
                   foreground=True) as mount:
            wait_until(lambda: "may not be what the server has now" in mount.log(), 10, "the warning")


def test_a_mount_goes_on_from_the_cache_when_its_server_goes(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    with Mount("--cache-dir", tmp_path / "cache", "--cache-memory", "16M", "--offline", "allow", *QUICK,
               server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
        assert checked(mount / NAME) == "yes"
        copy = ("dd", f"if={mount / NAME}", "iflag=direct", "bs=1M", f"of={tmp_path / 'copy'}")

        def needs_no_server() -> bool:
            server.clear_log()
            clients.run(*copy)
            return data_sent(server) == 0

        wait_until(needs_no_server, 20, "all of it to be in the cache")
        with server.down():
            clients.run(*copy)
            assert (tmp_path / "copy").read_bytes() == BODY
            assert checked(mount / NAME) == "no: the server cannot be reached"
        with open(mount / NAME, "rb") as file:
            file.read(1)
        assert checked(mount / NAME) == "yes"


def test_what_is_not_cached_fails_within_the_deadline(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    with Mount("--cache-dir", tmp_path / "cache", "--readahead", "0", server.url(NAME)) as mount:
        with open(mount / NAME, "rb", buffering=0) as file:
            begin = file.read(4096)
    with server.down():
        with Mount("--cache-dir", tmp_path / "cache", "--offline", "allow", "--readahead", "0", *QUICK,
                   server.url(NAME)) as mount:
            with open(mount / NAME, "rb", buffering=0) as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
                assert file.read(4096) == begin
                with pytest.raises(OSError):
                    os.pread(file.fileno(), 4096, len(BODY) - 4096)


def test_a_file_that_changed_meanwhile_is_noticed_when_the_server_is_back(server: Server, tmp_path: Path) -> None:
    fill(server, tmp_path / "cache")
    with server.down():
        mount = Mount("--cache-dir", tmp_path / "cache", "--offline", "allow", *QUICK, server.url(NAME)).__enter__()
    try:
        other = BODY[::-1]
        server.put(NAME, other)
        assert (mount / NAME).read_bytes() == other
        assert checked(mount / NAME) == "yes"
    finally:
        mount.__exit__(None, None, None)


def test_the_newest_of_several_versions_is_shown_offline(server: Server, tmp_path: Path) -> None:
    fill(server, tmp_path / "cache")
    newer = random.Random(9).randbytes(3 * MIB)
    time.sleep(0.02)
    fill(server, tmp_path / "cache", newer)
    with server.down():
        with Mount("--cache-dir", tmp_path / "cache", "--offline", "allow", *QUICK, server.url(NAME)) as mount:
            assert (mount / NAME).read_bytes() == newer


def test_offline_without_a_disk_cache_is_a_mistake(server: Server) -> None:
    done = rimfs("mount", "--offline", "allow", server.url(NAME), "/mnt")
    assert done.returncode == 2 and "--cache-dir" in done.stderr and len(done.stderr.splitlines()) == 1


# ---- prefetch: all


def filling(mount: Mount) -> int:
    status = json.loads(rimfs("status", "--json", mount.folder).stdout)
    return int(status["disk-cache"]["prefetching-images"])


def test_prefetch_all_fills_the_cache_without_a_reader(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    with Mount("--cache-dir", tmp_path / "cache", "--prefetch", "all", server.url(NAME)) as mount:
        wait_until(lambda: filling(mount) == 0, 20, "the image to be filled")
    assert len(BODY) <= data_sent(server) <= 1.02 * len(BODY)
    server.clear_log()
    with Mount("--cache-dir", tmp_path / "cache", server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    assert data_sent(server) == 0


def test_prefetch_all_waits_for_a_disk_that_is_slower_than_the_server(server: Server, tmp_path: Path) -> None:
    body = os.urandom(200 * MIB)
    server.put(NAME, body)
    with Mount("--cache-dir", tmp_path / "cache", "--prefetch", "all", "--cache-memory", "16M",
               server.url(NAME)) as mount:
        wait_until(lambda: filling(mount) == 0, 60, "the image to be filled")
    assert data_sent(server) <= 1.02 * len(body)
    server.clear_log()
    with Mount("--cache-dir", tmp_path / "cache", server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == body
    assert data_sent(server) == 0


def test_prefetch_all_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    body = random.Random(4).randbytes(48 * MIB)
    server.put(NAME, body)
    small = ("--connections", "2", "--cache-memory", "32M")  # so that requests are: what is under way at the end is lost
    with Mount("--cache-dir", tmp_path / "cache", "--prefetch", "all", *small, server.url(NAME, "wan")):
        wait_until(lambda: data_sent(server) > 8 * MIB, 20, "some of it")
    assert data_sent(server) < 40 * MIB
    with Mount("--cache-dir", tmp_path / "cache", "--prefetch", "all", server.url(NAME, "wan")) as mount:
        wait_until(lambda: filling(mount) == 0, 20, "the image to be filled")
        assert (mount / NAME).read_bytes() == body
    assert data_sent(server) < 60 * MIB


def test_readers_and_prefetch_all_fetch_nothing_twice(server: Server, tmp_path: Path) -> None:
    body = random.Random(4).randbytes(48 * MIB)
    server.put(NAME, body)
    with Mount("--cache-dir", tmp_path / "cache", "--prefetch", "all", server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == body
        wait_until(lambda: filling(mount) == 0, 20, "the image to be filled")
    assert data_sent(server) <= 1.02 * len(body)


def test_prefetch_all_stops_when_the_cache_is_full(server: Server, tmp_path: Path) -> None:
    body = random.Random(4).randbytes(64 * MIB)
    server.put(NAME, body)
    with Mount("--cache-dir", tmp_path / "cache", "--cache-size", "32M", "--prefetch", "all", server.url(NAME)) as mount:
        wait_until(lambda: filling(mount) == 0, 20, "the cache to be full")
        assert (mount / NAME).read_bytes() == body
    sizes = [p.stat().st_blocks * 512 for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert sum(sizes) <= 32 * MIB


def test_prefetch_all_survives_a_server_that_fails_for_a_while(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    server.fault(NAME, "status", code=503, p=0.3)
    with Mount("--cache-dir", tmp_path / "cache", "--prefetch", "all", server.url(NAME, fault=True)) as mount:
        wait_until(lambda: filling(mount) == 0, 60, "the image to be filled")
        assert (mount / NAME).read_bytes() == BODY


@pytest.mark.parametrize("words, says", [
    (("--prefetch", "all", "http://127.0.0.1:1/x"), "--cache-dir"),
    (("--prefetch", "all", "--cache-dir", "/tmp/none", "http://127.0.0.1:1/x/"), "this source is a folder"),
])
def test_mistakes_with_prefetch_are_one_line(words: tuple[str, ...], says: str) -> None:
    done = rimfs("mount", *words, "/mnt")
    assert done.returncode == 2 and says in done.stderr and len(done.stderr.splitlines()) == 1

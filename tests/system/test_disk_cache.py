# SPDX-License-Identifier: MIT
"""The disk cache: nothing is fetched twice, nothing wrong is ever served, the limit holds."""

from __future__ import annotations

import os
import random
import shutil
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import clients
from rig.mount import COUNTED, Mount, MountFailed, rimfs
from rig.processes import wait_until
from rig.server import Server

MIB = 1 << 20
BODY = random.Random(7).randbytes(24 * MIB + 1000) + bytes(8 * MIB) + random.Random(8).randbytes(MIB)
NAME = "disk.bin"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def options(cache: Path, *more: str) -> tuple[str, ...]:
    return ("--cache-dir", str(cache), *more)


def data_sent(server: Server) -> int:
    """Bytes of files sent, without the single byte of each probe."""
    return sum(r.sent for r in server.requests() if r.span and r.span[1] - r.span[0] > 1)


def allocated(cache: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in cache.glob("images/*/data"))


def fill(server: Server, cache: Path, *more: str) -> None:
    server.put(NAME, BODY)
    with Mount(*options(cache, *more), server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY


def test_what_was_read_once_is_never_fetched_again(server: Server, cache: Path) -> None:
    fill(server, cache)
    server.clear_log()
    with Mount(*options(cache), server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    assert data_sent(server) == 0


def test_small_random_reads_are_kept_as_well(server: Server, cache: Path) -> None:
    server.put(NAME, BODY)
    places = [random.Random(i).randrange(0, len(BODY) - 4096) & ~4095 for i in range(100)]
    for turn in range(2):
        server.clear_log()
        with Mount(*options(cache, "--readahead", "0"), server.url(NAME)) as mount:
            for at in places:
                assert clients.read_at(mount / NAME, at, 4096, os.O_DIRECT) == BODY[at:at + 4096]
        if turn == 1:
            assert data_sent(server) == 0


def test_zeros_take_no_room_and_are_holes_after_a_remount(server: Server, cache: Path) -> None:
    fill(server, cache)
    assert allocated(cache) < len(BODY) - 7 * MIB
    server.clear_log()
    with Mount(*options(cache), server.url(NAME)) as mount:
        with open(mount / NAME, "rb") as file:
            hole = os.lseek(file.fileno(), 0, os.SEEK_HOLE)
            assert 24 * MIB < hole < 26 * MIB
            assert os.lseek(file.fileno(), hole, os.SEEK_DATA) >= 32 * MIB
        assert (mount / NAME).read_bytes() == BODY
    assert data_sent(server) == 0


def test_a_changed_file_never_meets_old_blocks(server: Server, cache: Path) -> None:
    fill(server, cache)
    changed = random.Random(9).randbytes(len(BODY))
    server.replace(NAME, changed)
    with Mount(*options(cache), server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == changed


def test_a_server_that_is_gone_does_not_hold_up_what_is_on_disk(server: Server, cache: Path) -> None:
    fill(server, cache)
    with Mount(*options(cache, "--revalidate-after", "1h"), server.url(NAME)) as mount:
        with open(mount / NAME, "rb") as file:
            server.kill()
            assert file.read() == BODY


@pytest.mark.parametrize("what", ["data", "index"])
def test_flipped_bits_are_found_and_never_served(server: Server, cache: Path, what: str) -> None:
    fill(server, cache)
    path, = cache.glob(f"images/*/{what}")
    chance = random.Random(3)
    size = path.stat().st_size
    with open(path, "r+b") as file:
        for _ in range(40):
            at = chance.randrange(size)
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << chance.randrange(8)]))
    with Mount(*options(cache), server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    server.clear_log()
    with Mount(*options(cache), server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY
    assert data_sent(server) == 0  # what was bad was written anew


@pytest.mark.parametrize("keep", [0, 1, 39, 40, 41, 100, 1001])
def test_a_torn_index_loses_its_tail_and_no_more(server: Server, cache: Path, keep: int) -> None:
    fill(server, cache)
    path, = cache.glob("images/*/index")
    os.truncate(path, keep)
    with Mount(*options(cache), server.url(NAME)) as mount:
        assert (mount / NAME).read_bytes() == BODY


def records(cache: Path) -> dict[int, tuple[int, int]]:
    """The blocks that the index tells of, each with its chunks of data and of zeros; what is torn ends it."""
    blocks: dict[int, tuple[int, int]] = {}
    for path in cache.glob("images/*/index"):
        log = path.read_bytes()[40:]
        for at in range(0, len(log) - 39, 40):
            block, _, data, zero = struct.unpack_from("<IIQQ", log, at)
            if data | zero:
                blocks[block] = data, zero
            else:
                blocks.pop(block, None)
    return blocks


def test_kill_at_random_moments_never_gives_a_wrong_byte(server: Server, cache: Path) -> None:
    """RIMFS_KILLS says how many; what they cost is printed (pytest -s). After each a copy of what it left is read whole."""
    server.put(NAME, BODY)
    chance = random.Random(11)
    kills = int(os.environ.get("RIMFS_KILLS", "12"))
    target, copy = cache.parent / "read", cache.parent / "copy"
    total_before = total_after = read = kept = 0
    for kill in range(kills):
        if kill % 4 == 0:
            shutil.rmtree(cache, ignore_errors=True)
        before = records(cache)
        mount = Mount(*options(cache), server.url(NAME, "dc"))
        mount.__enter__()
        try:
            with open(target, "wb") as out:
                reader = subprocess.Popen(["cat", mount / NAME], stdout=out, stderr=subprocess.DEVNULL)
                time.sleep(chance.uniform(0.0, 0.25 if kill % 2 else 2.0))
                mount.signal(signal.SIGKILL)
                reader.wait(10)
        finally:
            mount.force()
        got = target.read_bytes()
        assert got == BODY[:len(got)], f"kill {kill}: wrong bytes before it"
        after = records(cache)
        assert not before.keys() - after.keys(), f"kill {kill}: blocks that were durable are gone"
        new = set(range(-(-len(got) // MIB))) - before.keys()
        total_before, total_after = total_before + len(before), total_after + len(after)
        read, kept = read + len(new), kept + len(new & after.keys())
        subprocess.run(["cp", "-a", "--sparse=always", cache, copy], check=True)
        with Mount(*options(copy), server.url(NAME, "dc")) as again:
            assert (again / NAME).read_bytes() == BODY, f"kill {kill}: wrong bytes after it"
        shutil.rmtree(copy)
    print(f"{kills} kills: {total_before} blocks stored before and {total_after} after them; of {read} blocks read "
          f"since the mount {kept} were kept, {100 * (1 - kept / max(read, 1)):.1f} % lost; no wrong byte")


def test_the_limit_holds_at_every_moment(server: Server, cache: Path) -> None:
    server.put(NAME, BODY)
    limit = 16 * MIB
    most = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal most
        while not stop.is_set():
            most = max(most, allocated(cache))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for _ in range(2):
            with Mount(*options(cache, "--cache-size", "16M", "--cache-memory", "16M"), server.url(NAME)) as mount:
                assert (mount / NAME).read_bytes() == BODY
    finally:
        stop.set()
        watcher.join()
    assert limit // 2 < most <= limit


def test_two_mounts_share_a_directory(server: Server, cache: Path) -> None:
    server.put(NAME, BODY)
    server.put("other.bin", BODY[::-1])
    with Mount(*options(cache), server.url(NAME)) as one, \
            Mount(*options(cache), server.url(NAME), server.url("other.bin")) as two:
        readers = [subprocess.Popen(["cmp", mount / name, server.docroot / name])
                   for mount, name in ((one, NAME), (two, NAME), (two, "other.bin"))]
        assert [reader.wait(60) for reader in readers] == [0, 0, 0]


@pytest.fixture
def own_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that holds nothing else: what is used of it is one number, read in one moment."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512M", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def used(disk: Path) -> int:
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_two_mounts_and_prune_keep_a_limit_of_a_tenth_of_the_data(server: Server, own_disk: Path) -> None:
    cache = own_disk / "cache"
    names = {f"tight-{i}.bin": random.Random(20 + i).randbytes(40 * MIB) for i in range(4)}
    for name, body in names.items():
        server.put(name, body)
    limit, most, stop = 16 * MIB, 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not stop.is_set():
            most = max(most, used(own_disk))

    def prune() -> None:
        while not stop.wait(0.2):
            rimfs("cache", "prune", cache, "8M")

    watchers = [threading.Thread(target=watch), threading.Thread(target=prune)]
    tight = options(cache, "--cache-size", "16M", "--cache-memory", "16M")
    urls = [server.url(name) for name in names]
    with Mount(*tight, *urls[:3]) as one, Mount(*tight, *urls[1:]) as two:
        for watcher in watchers:
            watcher.start()
        try:
            for _ in range(2):
                readers = [subprocess.Popen(["cmp", mount / name, server.docroot / name])
                           for mount, wanted in ((one, list(names)[:3]), (two, list(names)[1:])) for name in wanted]
                assert [reader.wait(120) for reader in readers] == [0] * len(readers)
        finally:
            stop.set()
            for watcher in watchers:
                watcher.join()
    assert limit // 4 < most <= limit


def test_a_directory_that_others_may_write_to_is_refused(server: Server, cache: Path) -> None:
    server.put(NAME, BODY)
    cache.mkdir()
    cache.chmod(0o777)
    with pytest.raises(MountFailed) as failed:
        with Mount(*options(cache), server.url(NAME)):
            pass
    assert "others may write to it" in failed.value.done.stderr and "chmod 700" in failed.value.done.stderr
    assert len(failed.value.done.stderr.splitlines()) == 1


def test_the_cache_is_for_its_owner_alone(server: Server, cache: Path) -> None:
    fill(server, cache)
    assert cache.stat().st_mode & 0o777 == 0o700
    for path in cache.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_a_full_disk_ends_the_writing_and_not_the_reading(server: Server, cache: Path, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    cache.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "none", cache], check=True)
    try:
        log = tmp_path / "log"
        with Mount(*options(cache, "--log-file", str(log)), server.url(NAME)) as mount:
            assert (mount / NAME).read_bytes() == BODY
        assert log.read_text().count("warning") <= 1
    finally:
        subprocess.run(["umount", cache], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_a_directory_that_cannot_be_written_is_a_warning_and_reading_goes_on(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", disk], check=True)
    try:
        with Mount("--cache-dir", disk / "cache", server.url(NAME), foreground=True) as mount:
            assert (mount / NAME).read_bytes() == BODY
            wait_until(lambda: "there is no disk cache" in mount.log(), 10, "the warning")
            assert mount.log().count("there is no disk cache") == 1
        done = rimfs("fetch", "--cache-dir", disk / "cache", server.url(NAME))
        assert done.returncode == 1 and "cannot be used" in done.stderr.splitlines()[-1]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_directory_that_vanishes_ends_the_writing_and_not_the_reading(server: Server, cache: Path) -> None:
    server.put(NAME, BODY)
    with Mount(*options(cache), server.url(NAME)) as mount:
        assert clients.read_at(mount / NAME, 0, MIB) == BODY[:MIB]
        clients.run("rm", "-rf", cache)
        assert (mount / NAME).read_bytes() == BODY


def test_writing_leaves_the_page_cache_alone(server: Server, cache: Path) -> None:
    fill(server, cache)
    data, = cache.glob("images/*/data")
    resident = subprocess.run(["fincore", "--bytes", "--noheadings", "--output", "RES", data], check=True,
                              capture_output=True, text=True).stdout
    assert int(resident) <= len(BODY) // 100


def test_a_mount_that_ends_has_written_what_it_fetched(server: Server, cache: Path) -> None:
    fill(server, cache, "--cache-memory", "64M")
    server.clear_log()
    with Mount(*options(cache), server.url(NAME), unhedged=COUNTED) as mount:
        assert (mount / NAME).read_bytes() == BODY
    assert data_sent(server) == 0

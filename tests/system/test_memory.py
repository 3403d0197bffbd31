# SPDX-License-Identifier: MIT
"""The memory of a mount is bounded by its cache, however many read."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rig import clients, images
from rig.mount import Mount, rimfs
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20


@pytest.mark.skipif(os.environ.get("RIMFS_SANITIZER") == "1", reason="a sanitizer's shadow memory counts as resident")
@pytest.mark.parametrize("cache,profile", [(256, "dc"), (64, "lan")])
def test_sixty_four_readers_keep_within_the_cache_and_64_mib(server: Server, cache: int, profile: str) -> None:
    image = images.data(12, extra=777)
    expected = clients.sha256(image)
    names = [server.share(image, f"disk-{index}.img") for index in range(64)]
    with Mount("--cache-memory", f"{cache}M", *[server.url(name, profile) for name in names]) as mount:
        worst, finished = 0, threading.Event()

        def watch() -> None:
            nonlocal worst
            while not finished.wait(0.02):
                worst = max(worst, mount.resident_bytes())

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            with ThreadPoolExecutor(64) as readers:
                sums = set(readers.map(clients.sha256, [mount / name for name in names]))
        finally:
            finished.set()
            watcher.join()
        assert sums == {expected}
        assert worst <= (cache + 64) * MIB, f"{worst / MIB:.0f} MiB resident with a cache of {cache} MiB"


def test_a_small_cache_still_serves_a_large_file(server: Server) -> None:
    image = images.data(64)
    with Mount("--cache-memory", "16M", server.url(server.share(image))) as mount:
        for _ in range(2):
            assert clients.dd_direct_sha256(mount / image.name) == clients.sha256(image)


@pytest.mark.parametrize("block, memory", [("64K", "2176K"), ("128K", "2304K"), ("1M", "16M")])
def test_the_smallest_cache_holds_the_largest_reads(server: Server, block: str, memory: str) -> None:
    """Reads of 1 MiB that begin inside a block touch one block more, and each holds all of them until it is answered."""
    image = images.data(64)
    original = image.read_bytes()
    options = ("--block-size", block, "--cache-memory", memory, "--retry-deadline", "10s")

    def read(offset: int) -> bytes:
        return clients.read_at(mount / image.name, offset, MIB, os.O_DIRECT)

    with Mount(*options, server.url(server.share(image), "wan")) as mount, ThreadPoolExecutor(16) as readers:
        offsets = [number * 3 * MIB + 4096 for number in range(16)]
        assert list(readers.map(read, offsets)) == [original[offset:offset + MIB] for offset in offsets]


def test_a_cache_that_cannot_hold_a_read_is_refused(server: Server, tmp_path: Path) -> None:
    done = rimfs("mount", "--block-size", "64K", "--cache-memory", "1M", server.url("any"), tmp_path)
    assert done.returncode == 2
    assert "fewer than 34 blocks" in done.stderr

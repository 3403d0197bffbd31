# SPDX-License-Identifier: MIT
"""What reaches the wire: nothing twice, little more than was asked for, over several connections."""

from __future__ import annotations

import json
import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rig import clients, images
from rig.mount import COUNTED, Mount, rimfs
from rig.processes import wait_until
from rig.server import Request, Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20
PROBE = 1  # a request for one byte asks for the headers, not for data


def data_requests(server: Server, name: str) -> list[Request]:
    """The range requests that fetched content."""
    found = []
    for request in server.requests(name, "GET"):
        assert request.status == 206 and request.span is not None, request
        if request.span[1] - request.span[0] > PROBE:
            found.append(request)
    return found


def connections_allowed(mount: Mount) -> int:
    """How many requests at once the mount allows itself now: fewer than its option says when replies come late."""
    (server,) = json.loads(rimfs("status", "--json", mount.folder).stdout)["servers"]
    return int(server["connections-allowed"])


def assert_nothing_twice(requests: list[Request]) -> None:
    end = 0
    for request in sorted(requests, key=lambda one: one.span or (0, 0)):
        assert request.span is not None
        assert request.span[0] >= end, f"{request.span} begins before {end}: fetched twice"
        end = request.span[1]


def drop_page_cache(path: Path) -> None:
    """Makes the next read of the file reach the file system again."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("block_size", ["64K", "1M", "16M"])
def test_a_sequential_read_fetches_the_file_once(server: Server, block_size: str) -> None:
    image = images.data(64, extra=12345)
    with Mount("--block-size", block_size, server.url(server.share(image)), unhedged=COUNTED) as mount:
        clients.run("dd", f"if={mount / image.name}", "of=/dev/null", "bs=1M")
        assert server.bytes_sent() <= 1.02 * image.stat().st_size
        assert_nothing_twice(data_requests(server, image.name))


def test_a_copy_by_several_threads_through_a_small_cache_fetches_the_file_once(server: Server, tmp_path: Path) -> None:
    image = images.data(256)
    with Mount("--cache-memory", "64M", server.url(server.share(image), "wan"), unhedged=COUNTED) as mount:
        clients.qemu_img("convert", "-f", "raw", "-O", "raw", mount / image.name, tmp_path / "copy")
        assert clients.sha256(tmp_path / "copy") == clients.sha256(image)
        assert server.bytes_sent() <= 1.05 * image.stat().st_size, "the kernel may drop a page and ask again"


def test_concurrent_readers_of_a_file_fetch_it_once(server: Server) -> None:
    image = images.data(64)
    with Mount(server.url(server.share(image), "dc"), unhedged=COUNTED) as mount:
        with ThreadPoolExecutor(8) as readers:
            sums = list(readers.map(clients.sha256, [mount / image.name] * 8))
        assert set(sums) == {clients.sha256(image)}
        assert server.bytes_sent() <= 1.02 * image.stat().st_size
        assert_nothing_twice(data_requests(server, image.name))


def test_readers_at_different_places_fetch_the_file_once(server: Server) -> None:
    image = images.data(64)
    original = image.read_bytes()
    with Mount("--block-size", "256K", server.url(server.share(image), "dc"), unhedged=COUNTED) as mount:

        def read_from(start: int) -> bool:
            with open(mount / image.name, "rb", buffering=0) as file:
                for offset in [*range(start, len(original), MIB), *range(0, start, MIB)]:
                    file.seek(offset)
                    if file.read(MIB) != original[offset:offset + MIB]:
                        return False
            return True

        with ThreadPoolExecutor(4) as readers:
            assert all(readers.map(read_from, [0, 16 * MIB, 32 * MIB, 48 * MIB]))
        assert server.bytes_sent() <= 1.02 * len(original)
        assert_nothing_twice(data_requests(server, image.name))


def test_what_was_read_is_read_again_without_a_request(server: Server) -> None:
    image = images.data(64)
    with Mount("--cache-memory", "256M", server.url(server.share(image)), unhedged=COUNTED) as mount:
        first = clients.sha256(mount / image.name)
        server.clear_log()
        drop_page_cache(mount / image.name)
        assert clients.dd_direct_sha256(mount / image.name) == first
        assert data_requests(server, image.name) == []


def test_random_reads_fetch_the_blocks_they_touch(server: Server) -> None:
    image = images.data(96)
    original = image.read_bytes()
    blocks = random.Random(3).sample(range(96), 24)
    with Mount("--block-size", "1M", server.url(server.share(image)), unhedged=COUNTED) as mount:
        server.clear_log()
        for block in blocks:
            offset = block * MIB + 300_000
            assert clients.read_at(mount / image.name, offset, 4096) == original[offset:offset + 4096]
        assert server.bytes_sent() <= 1.5 * len(blocks) * MIB
        assert_nothing_twice(data_requests(server, image.name))


def test_a_walk_backwards_fetches_nothing_twice(server: Server) -> None:
    image = images.data(64)
    original = image.read_bytes()
    with Mount("--block-size", "256K", server.url(server.share(image)), unhedged=COUNTED) as mount:
        with open(mount / image.name, "rb", buffering=0) as file:
            for offset in range(len(original) - 128 * 1024, -1, -128 * 1024):
                file.seek(offset)
                assert file.read(128 * 1024) == original[offset:offset + 128 * 1024]
        assert server.bytes_sent() <= 1.02 * len(original)
        assert_nothing_twice(data_requests(server, image.name))


def test_a_sequential_read_uses_several_connections(server: Server) -> None:
    image = images.data(64)
    with Mount("--connections", "8", server.url(server.share(image), "wan"), unhedged=COUNTED) as mount:
        assert clients.sha256(mount / image.name) == clients.sha256(image)
        used = {request.connection for request in data_requests(server, image.name)}
        assert 4 <= len(used) <= 9, "eight for data, and perhaps one for the probe"


def test_no_more_connections_than_allowed_are_used(server: Server) -> None:
    image = images.data(64)
    url = server.url(server.share(image), "wan", fault=True)
    server.fault(image.name, "limit", most=3)
    with Mount("--connections", "3", "--block-size", "256K", url, unhedged=COUNTED) as mount:
        assert clients.sha256(mount / image.name) == clients.sha256(image)
        assert {request.status for request in server.requests(image.name, "GET")} == {206}


def test_a_copy_leaves_a_connection_free_for_those_who_read_at_random(server: Server) -> None:
    copied, other = images.data(512), images.data(64)
    urls = [server.url(server.share(image), "vcenter") for image in (copied, other)]
    with Mount("--connections", "4", *urls, unhedged=COUNTED) as mount:
        copy = subprocess.Popen(["dd", f"if={mount / copied.name}", "of=/dev/null", "bs=1M"], stderr=subprocess.DEVNULL)

        def uses_all() -> bool:
            used, allowed = server.busy(), connections_allowed(mount)
            print(f"{used} connections of {allowed} are used; the copy's status is {copy.poll()}")
            return used >= allowed

        try:
            wait_until(uses_all, 10, "the copy to use all connections")
            seen = 0
            for block in random.Random(7).sample(range(64), 32):
                clients.read_at(mount / other.name, block * MIB, 4096, os.O_DIRECT)
                wait_until(lambda: server.busy() < connections_allowed(mount), 1, "a connection to be free")
                if copy.poll() is not None:
                    break  # a slow build of the program, or a busy machine: what was seen until then must do
                seen += 1
            assert seen >= 4, "the copy ended before enough was seen"
        finally:
            copy.kill()
            copy.wait()


def test_no_content_coding_is_asked_for(server: Server) -> None:
    with Mount(server.url(server.put("file.bin", b"x" * 5000)), unhedged=COUNTED) as mount:
        (mount / "file.bin").read_bytes()
        assert {request.accept_encoding for request in server.requests("file.bin")} <= {"", "identity"}


def test_a_mount_costs_few_requests_and_a_stat_none(server: Server) -> None:
    with Mount(server.url(server.put("file.bin", b"x" * 5000)), unhedged=COUNTED) as mount:
        assert len(server.requests()) <= 2
        server.clear_log()
        clients.run("ls", "-l", mount.folder)
        clients.run("stat", mount / "file.bin")
        assert server.requests() == []


def test_an_interrupted_reader_leaves_the_others_their_data(server: Server) -> None:
    image = images.data(64)
    with Mount("--connections", "4", server.url(server.share(image), "wan"), unhedged=COUNTED) as mount:
        doomed = subprocess.Popen(["cat", str(mount / image.name)], stdout=subprocess.DEVNULL)
        with ThreadPoolExecutor(1) as other:
            reading = other.submit(clients.sha256, mount / image.name)
            doomed.kill()
            doomed.wait(10)
            assert reading.result(30) == clients.sha256(image)
        assert server.bytes_sent() <= 1.1 * image.stat().st_size

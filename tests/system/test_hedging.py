# SPDX-License-Identifier: MIT
"""A range request that stalls is asked for a second time: the reader does not wait, and little is fetched twice."""

from __future__ import annotations

import contextlib
import errno
import json
import mmap
import os
import random
import threading
import time
from pathlib import Path

import pytest

from rig.mount import Mount, rimfs
from rig.processes import wait_until
from rig.server import Request, Server

MIB = 1 << 20
STALL = 12.0
NAME = "disk.bin"
UNREAD = 130 * MIB
BODY = os.urandom(160 * MIB)

pytestmark = pytest.mark.usefixtures("rimfs_program")


def network(mount: Mount) -> dict[str, int]:
    return json.loads(rimfs("status", "--json", mount.folder).stdout)["network"]


def overlapping(requests: list[Request]) -> list[Request]:
    """The requests that asked for what an earlier one had asked for."""
    found, end = [], 0
    for request in sorted(requests, key=lambda one: one.span or (0, 0)):
        if request.span and request.span[1] - request.span[0] > 1:
            if request.span[0] < end:
                found.append(request)
            end = max(end, request.span[1])
    return found


@pytest.mark.parametrize("fault", [
    {"name": "stall", "bytes": MIB, "seconds": STALL},
    {"name": "stall", "bytes": 1, "seconds": STALL},
    {"name": "delay", "seconds": STALL},
    {"name": "drip", "bytes": 100, "rate": 2000},
], ids=["in the middle", "after a byte", "before the head", "a slow connection"])
def test_a_stalled_range_holds_up_nobody(server: Server, fault: dict[str, object]) -> None:
    server.put(NAME, BODY)
    # Late enough for the server's usual waits to be known. On a busy machine requests are larger: there are 20 or more.
    server.fault(NAME, fault["name"], nth=12, **{key: value for key, value in fault.items() if key != "name"})
    with Mount("--connections", "8", "--block-size", "256K", server.url(NAME, "wan", fault=True)) as mount:
        begin = time.monotonic()
        assert (mount / NAME).read_bytes() == BODY
        seconds = time.monotonic() - begin
        # The read is answered when its bytes are there, a moment before its request has ended.
        wait_until(lambda: network(mount)["hedges-won"] >= 1, 5, "the second request to be counted")
        counted = network(mount)
    wait_until(lambda: server.busy() == 0, 2 * STALL, "the stalled request to end")
    assert overlapping(server.requests(NAME, "GET")), "nothing was asked for twice"
    assert counted["hedged-requests"] >= 1
    assert seconds < STALL - 1, "without a hedge it takes more than STALL"
    assert server.bytes_sent(NAME) <= 1.02 * len(BODY)
    assert counted["bytes"] <= 1.02 * len(BODY)


def connections(mount: Mount, port: int) -> int:
    """How many the mount has open to this port now."""
    open_files = set()
    may_look = os.geteuid() == 0  # else all clients of the port count, and there are no others
    for entry in Path(f"/proc/{mount.pid}/fd").iterdir() if may_look else []:
        with contextlib.suppress(OSError):
            open_files.add(os.readlink(entry))
    # A set, because the kernel tells of a socket twice when the table changes while it is read.
    lines = [line.split() for line in Path(f"/proc/{mount.pid}/net/tcp").read_text().splitlines()[1:]]
    return len({line[9] for line in lines if line[2].endswith(f":{port:04X}") and line[9] != "0"
                and (not may_look or f"socket:[{line[9]}]" in open_files)})


def read_at(mount: Mount, offset: int) -> bytes:
    """Past the page cache, so that each read is one request."""
    descriptor = os.open(mount / NAME, os.O_RDONLY | os.O_DIRECT)
    try:
        with mmap.mmap(-1, 4096) as page:
            assert os.preadv(descriptor, [page], offset) == 4096
            return page[:]
    finally:
        os.close(descriptor)


def acquaint(mount: Mount) -> None:
    """One small read in each MiB of the first 100, so that it is known how long this server takes, and something is
    saved for a hedge. What is further on was never read."""
    for offset in random.Random(3).sample(range(MIB // 2, 100 * MIB, MIB), 100):
        assert read_at(mount, offset) == BODY[offset:offset + 4096]


def test_a_single_read_is_hedged(server: Server) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME, "dc", fault=True)) as mount:
        acquaint(mount)
        server.fault(NAME, "delay", first=1, seconds=STALL)
        begin = time.monotonic()
        assert read_at(mount, UNREAD) == BODY[UNREAD:UNREAD + 4096]
        assert time.monotonic() - begin < STALL / 2
        # The read is answered when its bytes are there, a moment before its request has ended.
        wait_until(lambda: network(mount)["hedges-won"] >= 1, 5, "the second request to be counted")


def test_a_hedge_that_finds_another_file_is_estale(server: Server) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME, "dc", fault=True)) as mount:
        acquaint(mount)
        server.fault(NAME, "delay", first=1, seconds=STALL)
        server.fault(NAME, "etag", after=1, value='"another"')
        begin = time.monotonic()
        with pytest.raises(OSError) as failure:
            read_at(mount, UNREAD)
        assert failure.value.errno == errno.ESTALE
        assert time.monotonic() - begin < STALL / 2


def test_a_hedge_that_is_refused_leaves_the_first_request_alone(server: Server) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME, "dc", fault=True)) as mount:
        acquaint(mount)
        before = network(mount)  # a busy machine stalls by itself
        server.fault(NAME, "delay", first=1, seconds=1)
        server.fault(NAME, "status", after=1, code=503)
        assert read_at(mount, UNREAD) == BODY[UNREAD:UNREAD + 4096]
        counted = {name: count - before[name] for name, count in network(mount).items() if isinstance(count, int)}
        server.clear_faults()
        assert 1 <= counted["hedged-requests"] <= 6 and counted["hedges-won"] == 0
        assert counted["failed-attempts"] == 0


@pytest.mark.parametrize("options", [("--hedged-requests", "off"), ("--connections", "1")], ids=["off", "no room"])
def test_nothing_is_asked_for_twice(server: Server, options: tuple[str, ...]) -> None:
    body = BODY[:48 * MIB]
    server.put(NAME, body)
    server.fault(NAME, "stall", nth=14, bytes=MIB, seconds=1)
    with Mount("--readahead", "4M", *options, server.url(NAME, fault=True)) as mount:
        begin = time.monotonic()
        assert (mount / NAME).read_bytes() == body
        assert time.monotonic() - begin >= 1
        assert network(mount)["hedged-requests"] == 0
    assert overlapping(server.requests(NAME, "GET")) == []


def test_a_hedge_takes_one_of_the_connections_that_are_allowed(server: Server) -> None:
    server.put(NAME, BODY)
    server.fault(NAME, "stall", every=10, bytes=MIB, seconds=1)
    most, done = 0, threading.Event()
    with Mount("--connections", "3", "--readahead", "12M", server.url(NAME, "wan", fault=True)) as mount:

        def count() -> None:
            nonlocal most
            while not done.wait(0.005):
                most = max(most, connections(mount, server.http_port))

        counting = threading.Thread(target=count)
        counting.start()
        try:
            assert (mount / NAME).read_bytes() == BODY
        finally:
            done.set()
            counting.join()
        assert network(mount)["hedged-requests"] >= 1
    assert 2 <= most <= 3

# SPDX-License-Identifier: MIT
"""A reader waits no longer than --retry-deadline, however it reads; slow but steady is no failure."""

from __future__ import annotations

import contextlib
import itertools
import mmap
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rig import clients
from rig.expect import DEADLINE
from rig.mount import Mount
from rig.processes import wait_until
from rig.raw_server import RawServer
from rig.server import Server

MIB = 1 << 20
NAME = "disk.bin"
BODY = os.urandom(8 * MIB)
# A stall timeout that is longer than the deadline, as it is by default.
SETTINGS = ("--retry-deadline", f"{DEADLINE:.0f}s", "--stall-timeout", "20s", "--readahead", "0")
# What a busy machine may add; a second deadline, or the stall timeout, would be more.
SLACK = 1.9

pytestmark = pytest.mark.usefixtures("rimfs_program")

FAULTS = {
    "answers 500": {"name": "status", "code": 500},
    "answers 503": {"name": "status", "code": 503},
    "hangs": {"name": "delay", "seconds": 60},
    "hangs in the body": {"name": "stall", "bytes": 100, "seconds": 60},
    "drips": {"name": "drip", "bytes": 10, "rate": 20},
    "drips a byte each time that somebody looks": {"name": "drip", "bytes": 1, "rate": 50},
}


def arm(server: Server, fault: dict[str, object], path: str = NAME) -> None:
    server.fault(path, fault["name"], **{key: value for key, value in fault.items() if key != "name"})


@pytest.fixture
def mount(server: Server) -> Iterator[Mount]:
    server.put(NAME, BODY)
    with Mount(*SETTINGS, server.url(NAME, fault=True)) as mount:
        yield mount


def buffered(path: Path, offset: int) -> bytes:
    return clients.read_at(path, offset, 4096)


def large(path: Path, offset: int) -> bytes:
    """Several requests of the kernel's."""
    return clients.read_at(path, offset, 2 * MIB)[:4096]


def direct(path: Path, offset: int) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_DIRECT), "rb", buffering=0) as file, mmap.mmap(-1, 4096) as page:
        os.preadv(file.fileno(), [page], offset)
        return page[:]


def mapped(path: Path, offset: int) -> bytes:
    """In a process of its own, which SIGBUS ends."""
    program = "import mmap, sys; f = open(sys.argv[1], 'rb'); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); " \
              "at = int(sys.argv[2]); sys.stdout.buffer.write(m[at:at + 4096])"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program, str(path), str(offset)], capture_output=True,
                          timeout=60)
    if done.returncode != 0:
        raise OSError(f"status {done.returncode}")
    return done.stdout


WAYS = {"buffered": buffered, "large": large, "O_DIRECT": direct, "mmap": mapped}


def seconds_until_error(read: Callable[[], object]) -> float:
    begin = time.monotonic()
    with pytest.raises(OSError):
        read()
    return time.monotonic() - begin


def set_kernel_readahead(mount: Mount, kib: int) -> None:
    """As an ordinary user's mount has it; that is what an ordinary user has anyway."""
    device = os.stat(mount.folder).st_dev
    with contextlib.suppress(PermissionError):
        Path(f"/sys/class/bdi/{os.major(device)}:{os.minor(device)}/read_ahead_kb").write_text(str(kib))


# Each way to read with each readahead of the kernel, and each fault. The way to read does not matter to the fault: the
# engine's deadline has tables of its own (tests/unit/fetch/deadlines_test.cc).
READS = [("hangs", way, kib) for way in WAYS for kib in (128, 1024, 0)] + \
    [(fault, way, 128) for fault, way in zip(FAULTS, itertools.cycle(WAYS)) if fault != "hangs"]


@pytest.mark.parametrize("fault, way, kib", READS)
def test_a_read_ends_at_the_deadline(server: Server, mount: Mount, fault: str, way: str, kib: int) -> None:
    set_kernel_readahead(mount, kib)
    arm(server, FAULTS[fault])
    seconds = seconds_until_error(lambda: WAYS[way](mount / NAME, 4 * MIB))
    print(f"{fault}, {way}, {kib} KiB: {seconds:.2f} s")
    assert seconds < DEADLINE + SLACK
    assert seconds > DEADLINE / 2 or fault.startswith("answers"), "before its time"
    server.clear_faults()
    time.sleep(1.1)  # the moment for which the same range fails at once
    assert WAYS[way](mount / NAME, 4 * MIB) == BODY[4 * MIB:4 * MIB + 4096]


@pytest.mark.parametrize("way", ["buffered", "mmap"])
def test_a_slow_but_steady_transfer_succeeds(server: Server, mount: Mount, way: str) -> None:
    set_kernel_readahead(mount, 128)
    arm(server, {"name": "drip", "bytes": 2048, "rate": 20480})
    begin = time.monotonic()
    assert WAYS[way](mount / NAME, 8 * MIB - 131072) == BODY[-131072:][:4096]
    if way == "buffered":
        assert clients.read_at(mount / NAME, 7 * MIB, 131072) == BODY[7 * MIB:7 * MIB + 131072]
        assert time.monotonic() - begin > DEADLINE


def test_what_just_failed_fails_at_once_for_a_moment_and_an_open_asks_afresh(server: Server, mount: Mount) -> None:
    arm(server, FAULTS["hangs"])
    with open(mount / NAME, "rb", buffering=0) as file:
        assert seconds_until_error(lambda: os.pread(file.fileno(), 4096, 0)) > DEADLINE / 2
        assert seconds_until_error(lambda: os.pread(file.fileno(), 4096, 0)) < DEADLINE / 2
        server.clear_faults()
        assert clients.read_at(mount / NAME, 0, 4096) == BODY[:4096]


def test_a_server_that_is_well_again_is_asked_at_once_and_what_hung_is_not_waited_for(
        server: Server, mount: Mount) -> None:
    arm(server, FAULTS["hangs"])
    seconds_until_error(lambda: direct(mount / NAME, 0))
    server.clear_faults()
    begin = time.monotonic()
    assert direct(mount / NAME, 0) == BODY[:4096]
    assert time.monotonic() - begin < DEADLINE


def test_waiting_for_a_connection_counts(server: Server) -> None:
    server.put(NAME, BODY)
    server.put("other.bin", BODY)
    urls = [server.url(NAME, fault=True), server.url("other.bin", fault=True)]
    with Mount(*SETTINGS, "--connections", "1", *urls) as mount:
        arm(server, FAULTS["hangs"])
        with contextlib.ExitStack() as stack:
            def read(at: int) -> None:
                with contextlib.suppress(OSError):
                    direct(mount / NAME, at)

            for at in range(0, 4 * MIB, MIB):
                thread = threading.Thread(target=read, args=(at,))
                thread.start()
                stack.callback(thread.join, 20)
            wait_until(lambda: server.busy() >= 1, 10, "the first read")
            assert seconds_until_error(lambda: direct(mount / NAME, 6 * MIB)) < DEADLINE + SLACK


@pytest.mark.parametrize("fault", ["answers 500", "hangs"])
def test_an_open_ends_at_the_deadline(server: Server, fault: str) -> None:
    server.put(NAME, BODY)
    with Mount(*SETTINGS, "--revalidate-after", "0s", server.url(NAME, fault=True)) as mount:
        arm(server, FAULTS[fault])
        assert seconds_until_error(lambda: os.open(mount / NAME, os.O_RDONLY)) < DEADLINE + SLACK


def test_lookups_and_listings_end_at_the_deadline(server: Server) -> None:
    server.put("folder/sub/one.bin", BODY[:4096])
    with Mount(*SETTINGS, "--attribute-time", "0s", server.url("folder/")) as mount:
        assert os.listdir(mount.folder) == ["sub"]
        server.freeze()
        try:
            for operation in (lambda: os.stat(mount / "sub" / "one.bin"), lambda: os.listdir(mount / "sub")):
                begin = time.monotonic()
                with contextlib.suppress(OSError):  # what was listed before may be shown
                    operation()
                assert time.monotonic() - begin < DEADLINE + SLACK
        finally:
            server.thaw()


PAGE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>\n"


def slow_listing(path: str, begin: int, end: int) -> Iterator[bytes]:
    """A folder that holds another one, whose page takes four deadlines at 20 KB/s."""
    yield PAGE_HEAD
    if path == "/a/":
        yield b'<a href="slow/">slow/</a>'
        return
    for number in range(int(DEADLINE * 4 / 0.05)):
        yield b'<a href="file%07d">file</a>\n' % number * 35
        time.sleep(0.05)


def test_a_listing_that_arrives_extends_nobody_who_waits_for_another_server(server: Server) -> None:
    server.put("folder/sub/one.bin", BODY[:4096])
    server.put(NAME, BODY)
    with RawServer(slow_listing) as slow:
        urls = [f"a={slow.url('a/')}", f"b={server.url('folder/')}", server.url(NAME)]
        with Mount(*SETTINGS, "--attribute-time", "0s", "--revalidate-after", "0s", *urls) as mount:
            assert os.listdir(mount / "b") == ["sub"]
            listing: list[object] = []
            lister = threading.Thread(target=lambda: listing.append(os.listdir(mount / "a" / "slow")))
            begun = time.monotonic()
            lister.start()
            wait_until(lambda: any("slow" in head for head in slow.heads), 10, "the slow listing")
            server.freeze()
            try:
                for operation in (lambda: os.stat(mount / "b" / "sub" / "one.bin"),
                                  lambda: os.open(mount / NAME, os.O_RDONLY)):
                    assert seconds_until_error(operation) < DEADLINE + SLACK
            finally:
                server.thaw()
            lister.join(60)
            assert len(listing) == 1, "whoever waits for the slow listing itself goes on waiting"
            assert time.monotonic() - begun > DEADLINE * 2

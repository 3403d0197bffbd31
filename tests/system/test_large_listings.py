# SPDX-License-Identifier: MIT
"""Listings of a million files, and hostile ones: the rest of the mount does not notice."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rig import clients, images
from rig.mount import Mount, rimfs
from rig.page_server import PageServer
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

MILLION = 1_000_000
DISK = images.pseudo_random(8 << 20, 31)
# How long a read of another image may take meanwhile. Usually milliseconds; the machine may be busy with other tests.
PROMPT = 3.0


@pytest.fixture
def listing() -> Iterator[PageServer]:
    """A server whose every path shows the same page, a small one at first."""
    with PageServer({}) as server:
        show(server, b"<a href=small>small</a>")
        yield server


def show(listing: PageServer, page: bytes, kind: str = "text/html") -> None:
    listing.pages["*"] = kind, page


def html(count: int) -> bytes:
    row = '<a href="disk-%07d.img">disk-%07d.img</a>       03-Feb-2024 04:05       %d\n'
    return b"<html><pre>" + "".join(row % (i, i, i) for i in range(count)).encode()


def reactor_status(mount: Mount) -> dict[str, float]:
    done = rimfs("status", "--json", str(mount.folder))
    status = json.loads(done.stdout)["reactor"]
    assert status["longest-step-at"]
    return dict(status)


def longest_read_while(path: Path, done: threading.Event) -> float:
    """Reads 4 KiB here and there, past the caches, until `done`; the longest time that one took."""
    longest, at = 0.0, 0
    while not done.is_set():
        begin = time.monotonic()
        clients.read_at(path, at, 4096, os.O_DIRECT)
        longest = max(longest, time.monotonic() - begin)
        at = (at + 7 * (64 << 10)) % (len(DISK) - 4096) & ~4095
    return longest


@pytest.mark.seconds(180)
def test_reads_of_another_image_are_prompt_while_a_million_entries_are_taken_in(
        server: Server, listing: PageServer) -> None:
    name = server.put("disk.img", DISK)
    with Mount("--attribute-time", "300ms", "--readahead", "0", f"many={listing.url}/files/",
               f"disk.img={server.url(name)}") as mount:
        clients.read_at(mount / "disk.img", 0, 4096)
        show(listing, html(MILLION))
        time.sleep(0.5)
        done = threading.Event()
        sizes: list[int] = []

        def look() -> None:
            try:
                sizes.append(os.stat(mount / f"many/disk-{MILLION - 1:07}.img").st_size)
            finally:
                done.set()

        thread = threading.Thread(target=look)
        thread.start()
        longest = longest_read_while(mount / "disk.img", done)
        thread.join()
        assert sizes == [MILLION - 1]
        assert longest < PROMPT
        assert reactor_status(mount)["most-items-in-a-step"] < 10_000


@pytest.mark.seconds(180)
@pytest.mark.parametrize("kind, page", [
    ("application/json", lambda: b"[" * (100 << 20)),
    ("application/json", lambda: b'[{"name":"' + b"x" * (100 << 20)),
    ("application/json", lambda: b"[" + b'{"a":1},' * (12 << 20)),
    ("text/html", lambda: b"<a " + b"b=c " * (25 << 20)),
], ids=["nested", "a long name", "many items", "many attributes"])
def test_a_hostile_listing_costs_little_memory_and_leaves_the_rest_usable(
        server: Server, listing: PageServer, kind: str, page: Callable[[], bytes]) -> None:
    name = server.put("disk.img", DISK)
    with Mount("--attribute-time", "300ms", f"many={listing.url}/files/", f"disk.img={server.url(name)}") as mount:
        before = mount.resident_bytes()
        hostile = page()
        show(listing, hostile, kind)
        time.sleep(0.5)
        peak = before
        done = threading.Event()

        def look() -> None:
            try:
                os.listdir(mount / "many")
            except OSError:
                pass
            finally:
                done.set()

        threading.Thread(target=look).start()
        while not done.wait(0.02):
            peak = max(peak, mount.resident_bytes())
        if not os.environ.get("RIMFS_SANITIZER"):
            # The document itself, and a little more.
            assert peak - before < len(hostile) + (64 << 20)
        assert clients.read_at(mount / "disk.img", 4096, 4096) == DISK[4096:8192]


def test_a_folder_that_lists_itself_without_end_has_an_end(listing: PageServer) -> None:
    show(listing, b"<a href=again/>again/</a>")
    with Mount(listing.url + "/files/") as mount:
        path = os.open(mount.folder, os.O_RDONLY)
        depth = 0
        try:
            while True:
                deeper = os.open("again", os.O_RDONLY, dir_fd=path)
                os.close(path)
                path = deeper
                assert os.listdir(path) == ["again"]
                depth += 1
                assert depth < 1000
        except OSError:
            pass
        finally:
            os.close(path)
        assert 100 < depth < 1000


def test_the_status_tells_the_longest_step(server: Server) -> None:
    name = server.put("disk.img", b"x" * 4096)
    with Mount(server.url(name)) as mount:
        (mount / name).read_bytes()
        status = reactor_status(mount)
        assert 0 < status["longest-step-ms"] < 60_000
        assert "event loop: longest step" in rimfs("status", str(mount.folder)).stdout

# SPDX-License-Identifier: MIT
"""One file at several addresses: failover, return, and mirrors that have another file."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rig import clients
from rig.described_server import MONDAY, Described, DescribedServer
from rig.expect import refusal
from rig.mount import COUNTED, Mount, rimfs
from rig.server import Server

BODY = os.urandom(8 << 20)
NAME = "disk.bin"
CALM = ("--readahead", "0", "--retry-deadline", "3s")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "mirror").mkdir()
    with Server(tmp_path / "mirror") as second:
        yield second


def put(server: Server, content: bytes = BODY, when: int = 1_700_000_000) -> None:
    """The same content and time give the same ETag."""
    server.put(NAME, content)
    os.utime(server.docroot / NAME, (when, when))


def config(*urls: str) -> str:
    return f"sources:\n  - url: {urls[0]}\n    mirrors: [{', '.join(urls[1:])}]\n"


def read(mount: Mount, megabyte: int) -> bytes:
    return clients.read_at(mount / NAME, megabyte << 20, 4096, os.O_DIRECT)


def expected(megabyte: int) -> bytes:
    return BODY[megabyte << 20:(megabyte << 20) + 4096]


def test_a_server_that_dies_is_replaced_by_its_mirror_and_the_reader_notices_nothing(
        server: Server, mirror: Server) -> None:
    put(server)
    put(mirror)
    with Mount(*CALM, config=config(server.url(NAME), mirror.url(NAME)), unhedged=COUNTED) as mount:
        assert read(mount, 0) == expected(0)
        assert mirror.requests() == []
        server.kill()
        for megabyte in range(1, 8):
            assert read(mount, megabyte) == expected(megabyte)
        assert len(mirror.requests()) == 7


def test_a_mount_begins_when_only_a_mirror_answers(server: Server, mirror: Server) -> None:
    put(server)
    put(mirror)
    url = server.url(NAME)
    server.kill()
    with Mount(*CALM, config=config(url, mirror.url(NAME))) as mount:
        assert (mount / NAME).read_bytes() == BODY


def test_errors_of_one_server_are_turned_to_the_other_at_once(server: Server, mirror: Server) -> None:
    put(server)
    put(mirror)
    with Mount(*CALM, config=config(server.url(NAME, fault=True), mirror.url(NAME))) as mount:
        server.fault(NAME, "status", code=503, retry_after=60)
        assert read(mount, 3) == expected(3)


@pytest.mark.parametrize("content, when", [
    (bytes(8 << 20), 1_600_000_000),
    (BODY + b"x", 1_700_000_000),
], ids=["another tag", "another size"])
def test_a_mirror_with_another_file_is_refused_and_the_first_one_asked_again(
        server: Server, mirror: Server, content: bytes, when: int, tmp_path: Path) -> None:
    put(server)
    put(mirror, content, when)
    log = tmp_path / "log"
    with Mount(*CALM, "--log-file", log, config=config(server.url(NAME, fault=True), mirror.url(NAME))) as mount:
        server.fault(NAME, "status", code=503, first=1)
        assert read(mount, 3) == expected(3)
        assert read(mount, 4) == expected(4)
    assert "this mirror is not asked again" in log.read_text()


def test_a_file_that_changes_on_all_mirrors_has_changed(server: Server, mirror: Server) -> None:
    put(server)
    put(mirror)
    with Mount(*CALM, config=config(server.url(NAME), mirror.url(NAME))) as mount:
        with open(mount / NAME, "rb") as file:
            for one in (server, mirror):
                one.replace(NAME, os.urandom(8 << 20))
            with pytest.raises(OSError) as changed:
                os.pread(file.fileno(), 4096, 5 << 20)
            assert changed.value.errno == errno.ESTALE


def test_when_all_are_gone_the_reader_gets_an_error_in_time(server: Server, mirror: Server) -> None:
    put(server)
    put(mirror)
    with Mount(*CALM, config=config(server.url(NAME), mirror.url(NAME))) as mount:
        server.kill()
        mirror.kill()
        with pytest.raises(OSError) as gone:
            read(mount, 2)
        assert gone.value.errno in (errno.ETIMEDOUT, errno.EIO)


# A stall timeout and a deadline that are much longer than what an address with a mirror gets, which is a second here.
OPENS = ("--readahead", "0", "--retry-deadline", "8s", "--stall-timeout", "6s", "--revalidate-after", "0s")
FIRST_FAILS = {
    "answers 500": {"name": "status", "code": 500},
    "answers 503": {"name": "status", "code": 503, "retry_after": 60},
    "answers 404": {"name": "status", "code": 404},
    "hangs": {"name": "delay", "seconds": 60},
    "closes": {"name": "drop"},
}


@pytest.mark.parametrize("fault", FIRST_FAILS)
def test_an_open_asks_the_mirror_when_the_first_address_fails_and_remembers_which_did(
        server: Server, mirror: Server, fault: str) -> None:
    put(server)
    put(mirror)
    with Mount(*OPENS, config=config(server.url(NAME, fault=True), mirror.url(NAME)), unhedged=COUNTED) as mount:
        server.fault(NAME, **FIRST_FAILS[fault])
        begin = time.monotonic()
        assert read(mount, 1) == expected(1)
        assert time.monotonic() - begin < 4, "the mirror is asked long before the deadline and the stall timeout"
        asked = len(server.requests(NAME))
        assert read(mount, 2) == expected(2)
        assert len(server.requests(NAME)) == asked, "the address that failed is passed over"


@pytest.mark.parametrize("fault", ["answers 503", "hangs"])
def test_a_mount_does_not_wait_for_a_first_address_that_fails(server: Server, mirror: Server, fault: str) -> None:
    put(server)
    put(mirror)
    server.fault(NAME, **FIRST_FAILS[fault])
    begin = time.monotonic()
    with Mount(*OPENS, config=config(server.url(NAME, fault=True), mirror.url(NAME))) as mount:
        assert time.monotonic() - begin < 5
        assert read(mount, 3) == expected(3)


def test_a_mirror_that_lags_behind_is_not_believed_while_the_first_address_only_stumbles(
        server: Server, mirror: Server) -> None:
    put(server)
    put(mirror, bytes(8 << 20), 1_600_000_000)
    with Mount(*OPENS, config=config(server.url(NAME, fault=True), mirror.url(NAME))) as mount:
        with open(mount / NAME, "rb", buffering=0) as file:
            server.fault(NAME, "status", code=503, first=1)
            assert read(mount, 1) == expected(1)
            assert os.pread(file.fileno(), 4096, 5 << 20) == expected(5), "the image has not changed"


def test_a_mount_of_a_server_that_hangs_gives_up_at_the_deadline(server: Server, tmp_path: Path) -> None:
    put(server)
    server.fault(NAME, "delay", seconds=60)
    begin = time.monotonic()
    line = refusal("mount", "--retry-deadline", "2s", server.url(NAME, fault=True), tmp_path, seconds=8)
    assert time.monotonic() - begin < 6
    assert "no answer within 2 s" in line


def test_refusals_of_a_mirror_reduce_what_the_mirror_gets(server: Server, mirror: Server) -> None:
    put(server)
    put(mirror)
    mount_url, mirror_url = server.url(NAME), mirror.url(NAME, "dc", fault=True)
    with Mount("--block-size", "64K", "--retry-deadline", "30s", config=config(mount_url, mirror_url),
               unhedged=COUNTED) as mount:
        server.kill()
        mirror.fault(NAME, "limit", most=2)  # far fewer than it gets at the least, so that successes do not undo it
        assert (mount / NAME).read_bytes() == BODY
        servers = {one["origin"]: one for one in json.loads(rimfs("status", "--json", mount.folder).stdout)["servers"]}
    assert any(request.status == 503 for request in mirror.requests(NAME)), "the mirror was never asked for too much"
    assert servers[mirror.origin()]["connections-allowed"] < 16
    assert servers[server.origin()]["connections-allowed"] == 16


TUESDAY = "Tue, 02 Jan 2024 00:00:00 GMT"
OTHER = os.urandom(8 << 20)
SMALL = ("--block-size", "64K", "--format-prefetch", "off", "--access-traces", "off", "--retry-deadline", "1s")
# What the first address says, what its mirror says, and what the mirror says when its file is another one of equal size.
# Servers make tags in their own ways, or none (Apache: FileETag None), so that two of them often say different things.
UNNOTICED = {
    "a tag beside an equal time": ((None, MONDAY), ('"1"', MONDAY), ('"2"', MONDAY)),
    "a tag instead of a time": ((None, MONDAY), ('"1"', None), ('"2"', None)),
    "a weak tag instead of a time": ((None, MONDAY), ('W/"1"', None), ('W/"2"', None)),
    "a tag where nothing is said": ((None, None), ('"1"', MONDAY), ('"2"', TUESDAY)),
    "a time where nothing is said": ((None, None), (None, MONDAY), (None, TUESDAY)),
    "a weak tag and a time beside a strong tag": (('"1"', None), ('W/"1"', MONDAY), ('W/"1"', TUESDAY)),
}


@pytest.mark.parametrize("first,before,after", UNNOTICED.values(), ids=UNNOTICED.keys())
def test_a_mirror_whose_changes_would_go_unnoticed_brings_no_bytes(
        tmp_path: Path, first: tuple[str | None, str | None], before: tuple[str | None, str | None],
        after: tuple[str | None, str | None]) -> None:
    cache = tmp_path / "cache"
    with DescribedServer() as server, DescribedServer() as mirror:
        server.files["/" + NAME] = Described(BODY, *first)
        mirror.files["/" + NAME] = Described(BODY, *before)
        urls = server.url("/" + NAME), mirror.url("/" + NAME)
        with Mount(*CALM, *SMALL, "--cache-dir", cache, config=config(*urls)) as mount:
            with server.gone(), open(mount / NAME, "rb", buffering=0) as file:
                with pytest.raises(OSError):
                    os.pread(file.fileno(), 4096, 0)
                mirror.files["/" + NAME] = Described(OTHER, *after)
                with pytest.raises(OSError):
                    os.pread(file.fileno(), 4096, 1 << 20)
            assert (mount / NAME).read_bytes() == BODY
        with Mount(*CALM, *SMALL, "--cache-dir", cache, urls[0]) as mount:
            assert (mount / NAME).read_bytes() == BODY


@pytest.mark.parametrize("said", [('"1"', None), ('"1"', MONDAY), (None, MONDAY)])
def test_a_mirror_that_says_what_the_first_address_says_takes_over(said: tuple[str | None, str | None]) -> None:
    with DescribedServer() as server, DescribedServer() as mirror:
        server.files["/" + NAME] = Described(BODY, '"1"', MONDAY)
        mirror.files["/" + NAME] = Described(BODY, *said)
        with Mount(*CALM, config=config(server.url("/" + NAME), mirror.url("/" + NAME))) as mount, server.gone():
            assert read(mount, 3) == expected(3)


ODD = {
    "416 with no bytes at all": lambda file: Described(b"", file.etag, file.modified),
    "a 206 without validators": lambda file: Described(file.body, None, None),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_one_odd_reply_does_not_cost_an_address_for_good(odd: Callable[[Described], Described]) -> None:
    with DescribedServer() as server, DescribedServer() as mirror:
        right = Described(BODY, '"1"')
        server.files["/" + NAME] = mirror.files["/" + NAME] = right
        server.ignore_conditions = True
        options = ("--readahead", "0", *SMALL[:-1], "10s", "--revalidate-after", "0s")
        with Mount(*options, config=config(server.url("/" + NAME), mirror.url("/" + NAME)), unhedged=COUNTED) as mount:
            with open(mount / NAME, "rb", buffering=0) as file:
                server.files["/" + NAME] = odd(right)
                assert os.pread(file.fileno(), 4096, 3 << 20) == expected(3)
                server.files["/" + NAME] = right
            assert len(mirror.asked) > 0
            with mirror.gone():
                assert read(mount, 5) == expected(5)

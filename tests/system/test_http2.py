# SPDX-License-Identifier: MIT
"""HTTP/2 streams that contradict their head: RFC 9113, section 8.1.1, calls them malformed; no byte of them counts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.expect import PATIENT
from rig.http2_server import Http2Server, data, headers
from rig.mount import rimfs

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = os.urandom(40_000)
WRONG = bytes(len(BODY))
ONE_BLOCK = ("--readahead", "0", "--format-prefetch", "off", "--hedged-requests", "off", "--http-version", "2")


def head(stream: int, begin: int, end: int) -> bytes:
    return headers(stream, 206, ("content-range", f"bytes {begin}-{end - 1}/{len(BODY)}"), ("etag", '"1"'),
                   ("content-length", str(end - begin)))


def probe(stream: int) -> bytes:
    return head(stream, 0, 1) + data(stream, BODY[:1])


def whole(stream: int) -> bytes:
    return head(stream, 0, len(BODY)) + data(stream, BODY)


MALFORMED: dict[str, Callable[[int], bytes]] = {
    "ends before its length": lambda s: head(s, 0, len(BODY)) + data(s, WRONG[:20_000]),
    "goes on after its length": lambda s: head(s, 0, len(BODY)) + data(s, WRONG + b"x"),
    "goes on in a frame of its own": lambda s: head(s, 0, len(BODY)) + data(s, WRONG, ends=False) + data(s, b"x"),
}


@pytest.mark.parametrize("title", MALFORMED)
def test_no_byte_of_a_stream_that_contradicts_its_length_is_used(title: str, tmp_path: Path) -> None:
    # All is asked for at once. Whoever kept a part would ask for the rest, and the answer to that does not fit.
    with Http2Server(tmp_path, [probe, MALFORMED[title], whole]) as server:
        done = rimfs("fetch", *PATIENT, *ONE_BLOCK, "--ca-file", server.ca_file, "--retry-deadline", "10s",
                     server.url("disk.img"), tmp_path / "copy", seconds=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == BODY
    assert server.requests == 3


def test_a_good_stream_is_read_in_one_request(tmp_path: Path) -> None:
    with Http2Server(tmp_path, [probe, whole]) as server:
        done = rimfs("fetch", *PATIENT, *ONE_BLOCK, "--ca-file", server.ca_file, server.url("disk.img"),
                     tmp_path / "copy", seconds=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == BODY
    assert server.requests == 2

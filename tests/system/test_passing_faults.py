# SPDX-License-Identifier: MIT
"""Replies that are wrong once, in the beginning: the file outlives them, and they decide nothing about its version."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.expect import PATIENT
from rig.mount import Mount, rimfs
from rig.raw_server import RawServer

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = os.urandom(700_000)
DATASTORE = "folder/disk-flat.vmdk?dcPath=dc&dsName=store"
TAG = 'ETag: "1"'

Answer = Callable[[int, int], bytes]


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *headers]).encode() + b"\r\n\r\n"


def part(begin: int, end: int, *headers: str, framing: str = "") -> bytes:
    framing = framing or f"Content-Length: {end - begin}"
    return head("206 Partial Content", f"Content-Range: bytes {begin}-{end - 1}/{len(BODY)}", framing, *headers)


def good(begin: int, end: int, *headers: str) -> bytes:
    return part(begin, end, *headers) + BODY[begin:end]


class FirstRanges:
    """Answers the first `count` ranges after the probe in a bad way. The probe's reply has `probe_tag` alone."""

    def __init__(self, bad: Answer, count: int = 1, probe_tag: str = TAG) -> None:
        self.bad, self.left, self.probe_tag = bad, count, probe_tag

    def __call__(self, path: str, begin: int, end: int) -> bytes:
        if end - begin == 1:
            return good(begin, end, *filter(None, [self.probe_tag]))
        if self.left > 0:
            self.left -= 1
            return self.bad(begin, end)
        return good(begin, end, TAG)


def with_status(status: str, *headers: str) -> Answer:
    return lambda begin, end: head(status, "Content-Length: 0", *headers)


def read_back(server: RawServer, name: str, *options: object) -> bytes:
    with Mount(*PATIENT, "--readahead", "0", "--format-prefetch", "off", *options, server.url(name)) as mount:
        return (mount / name.split("/")[-1].split("?")[0]).read_bytes()


@pytest.mark.parametrize("status", ["300 Choices", "305 Use Proxy", "400 Bad Request", "404 Not Found", "405 Not Allowed",
                                    "418 Teapot", "451 Law", "499 Closed", "501 No", "505 Version"])
def test_a_status_that_passes_right_after_the_probe_is_waited_for(status: str) -> None:
    with RawServer(FirstRanges(with_status(status), 2)) as server:
        assert read_back(server, "disk.img") == BODY


def test_a_datastore_that_answers_500_right_after_the_probe_is_waited_for() -> None:
    with RawServer(FirstRanges(with_status("500 Error"), 7)) as server:  # six end it where a disk was locked from the start
        assert read_back(server, DATASTORE) == BODY


def test_a_copy_outlives_a_404_among_its_first_replies(tmp_path: Path) -> None:
    with RawServer(FirstRanges(with_status("404 Not Found"), 3)) as server:
        done = rimfs("fetch", *PATIENT, server.url("disk.img"), tmp_path / "copy", seconds=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == BODY


def test_a_server_that_asks_for_more_time_than_there_is_is_tried_shortly_before_the_deadline() -> None:
    # Seconds instead of a date: tests/unit/http/reply_test.cc and retry_policy_test.cc.
    with RawServer(FirstRanges(with_status("503 Busy", "Retry-After: Wed, 01 Jan 2053 00:00:00 GMT"))) as server:
        # The last try is an eighth of the deadline before it.
        assert read_back(server, "disk.img", "--retry-deadline", "16s", "--block-size", "1M") == BODY


JUNK = 'ETag: "junk"'
BROKEN: dict[str, Answer] = {
    "a body that is cut": lambda b, e: good(b, e, JUNK)[:-1000],
    "chunks that break": lambda b, e: part(b, e, JUNK, framing="Transfer-Encoding: chunked") + b"5\r\nwrong\r\nzz\r\n",
    "two lengths": lambda b, e: part(b, e, JUNK, framing=f"Content-Length: 7\r\nContent-Length: {e - b}") + BODY[b:e],
    "two totals": lambda b, e: part(b, e, JUNK, f"Content-Range: bytes {b}-{e - 1}/{len(BODY) + 1}") + BODY[b:e],
    "a line that is no header": lambda b, e: part(b, e, JUNK, "no header") + BODY[b:e],
}


@pytest.mark.parametrize("probe_tag", ["", TAG], ids=["nothing known", "a tag known"])
@pytest.mark.parametrize("title", BROKEN)
def test_a_broken_reply_does_not_decide_which_version_the_file_is(title: str, probe_tag: str) -> None:
    if title in ("a body that is cut", "chunks that break") and probe_tag:
        pytest.skip("its head is whole, and says that the file has changed")
    with RawServer(FirstRanges(BROKEN[title], probe_tag=probe_tag)) as server:
        assert read_back(server, "disk.img", "--block-size", "64K") == BODY


def test_bytes_of_a_reply_that_was_cut_are_not_mixed_with_those_of_another_version() -> None:
    other = bytes(len(BODY))
    cut: Answer = lambda b, e: (part(b, e, JUNK) + other[b:e])[:-1000]
    with RawServer(FirstRanges(cut, 3, probe_tag="")) as server:
        assert read_back(server, "disk.img", "--block-size", "64K") == BODY

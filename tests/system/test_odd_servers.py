# SPDX-License-Identifier: MIT
"""Files of servers that say true things in ways of their own are read rightly. Each row is a server that was seen."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from rig.mount import COUNTED, Mount, MountFailed
from rig.odd_server import Manners, OddServer

MIB = 1 << 20
BODY = random.Random(14).randbytes(5 * MIB + 12345)


@dataclass(frozen=True)
class Row:
    """`source`: where such a server was seen, or which rule allows it."""

    title: str
    source: str
    manners: Manners


ROWS = (
    Row("nothing odd", "RFC 9110", Manners()),
    Row("no total", "RFC 9110 14.4: a length that is not known is '*'", Manners(content_range="bytes {first}-{last}/*")),
    Row("no total, HEAD refused", "S3: a URL that was presigned for GET answers HEAD with 403",
        Manners(content_range="bytes {first}-{last}/*", head=403)),
    Row("no total, HEAD not implemented", "scripts and small servers", Manners(
        content_range="bytes {first}-{last}/*", head=501)),
    Row("no total, no tag", "RFC 9110 14.4", Manners(content_range="bytes {first}-{last}/*", etag=None)),
    Row("no total, 416 without size", "RFC 9110 15.5.17: the size is only recommended", Manners(
        content_range="bytes {first}-{last}/*", unsatisfied=None)),
    Row("unit in capitals", "RFC 9110 14.1: range units are case-insensitive", Manners(
        content_range="Bytes {first}-{last}/{size}")),
    Row("unit missing", "curl lib/http.c, aria2: some servers send no unit", Manners(
        content_range="{first}-{last}/{size}")),
    Row("unit with a colon", "curl lib/http.c: JavaWebServer/1.1.1", Manners(
        content_range="bytes: {first}-{last}/{size}")),
    Row("unit with an equals sign", "scripts that repeat the Range header", Manners(
        content_range="bytes={first}-{last}/{size}")),
    Row("blanks and a semicolon", "scripts", Manners(content_range="bytes  {first} - {last} / {size} ;")),
    Row("first byte: whole file as 206", "servers that ignore the end of a range that begins at 0", Manners(
        first_byte="whole")),
    Row("first byte: 200", "servers that take a range from 0 for none", Manners(first_byte="200")),
    Row("first byte: 416", "servers that compare the end with the beginning", Manners(first_byte="416")),
    Row("first byte: 416 without size", "the same", Manners(first_byte="416", unsatisfied=None)),
    Row("200 until a cache is warm", "Fastly, CloudFront: a miss is streamed as 200", Manners(
        cold=4, headers=(("Accept-Ranges", "bytes"), ("X-Cache", "MISS")))),
    Row("every range to the end of the file", "servers that know 'bytes=N-' only", Manners(ranges="to the end")),
    Row("64 KiB at once", "RFC 9110 15.3.7: a server may send only a part", Manners(longest_reply=65536)),
    Row("100,000 bytes at once", "the same", Manners(longest_reply=100_000)),
    Row("1,000 bytes at once", "the same, less than a page", Manners(longest_reply=1_000)),
    Row("1 MiB at once", "the same", Manners(longest_reply=MIB)),
    Row("whole blocks of 256 KiB", "caches that fetch in slices and send what they have", Manners(block=256 << 10)),
    Row("If-Range: 200", "servers that compare If-Range with another tag", Manners(if_range=200)),
    Row("If-Range: 412", "servers that take it for If-Match", Manners(if_range=412)),
    Row("If-Range: 416", "servers that refuse what they do not know", Manners(if_range=416)),
    Row("If-Range: 416 without size", "the same", Manners(if_range=416, unsatisfied=None)),
    Row("If-Range: 400", "filters in front of servers", Manners(if_range=400)),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_a_file_is_right_in_order_and_at_random(row: Row) -> None:
    places = random.Random(row.title)
    with OddServer() as server:
        url = server.add("disk.img", BODY, row.manners)
        with Mount(url) as mount:
            path = mount / "disk.img"
            assert path.stat().st_size == len(BODY)
            with open(path, "rb", buffering=0) as file:
                for _ in range(20):
                    at = places.randrange(len(BODY))
                    file.seek(at)
                    assert file.read(5000) == BODY[at:at + 5000]
            assert path.read_bytes() == BODY


def test_a_server_that_misunderstands_if_range_is_not_sent_it_again() -> None:
    with OddServer() as server:
        url = server.add("disk.img", BODY, Manners(if_range=412))
        with Mount("--block-size", "64K", "--readahead", "0", url, unhedged=COUNTED) as mount:
            with open(mount / "disk.img", "rb", buffering=0) as file:
                for at in range(0, 4 * MIB, MIB // 4):
                    file.seek(at)
                    assert file.read(4096) == BODY[at:at + 4096]
        # The first read, and the table of partitions and its copy that are read ahead at an open, may be sent at once.
        assert 1 <= server.conditional["disk.img"] <= 3


def test_a_longest_reply_is_learned_and_requests_keep_to_it() -> None:
    with OddServer() as server:
        url = server.add("disk.img", BODY, Manners(longest_reply=65536))
        with Mount(url, unhedged=COUNTED) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
        replies = server.requests["disk.img"]["GET", 206]
        assert replies <= 1.5 * len(BODY) / 65536


@pytest.mark.parametrize("manners", [Manners(ranges="200"), Manners(ranges="200", length_of_head=False)],
                         ids=["with a length", "without"])
def test_a_server_without_ranges_is_refused_soon(manners: Manners) -> None:
    with OddServer() as server:
        url = server.add("disk.img", BODY, manners)
        with pytest.raises(MountFailed) as refused, Mount(url):
            pass
        assert "does not serve ranges" in refused.value.done.stderr
        assert len(refused.value.done.stderr.splitlines()) == 1

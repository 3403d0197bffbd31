# SPDX-License-Identifier: MIT
"""What servers list other than as pages: keys of a bucket, members of a WebDAV folder, members of an archive (S5)."""

from __future__ import annotations

import os
import re
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.mount import Mount
from rig.sparse_body import SparseBody

from .machine import cpu_seconds, peak_resident
from .report import Table
from .scene import MIB

KEYS, MEMBERS, FILES = 1_000_000, 100_000, 10_000
PAGE = 1_000  # keys, as AWS lists
XML = ("Content-Type", "application/xml")
TAG = ("ETag", '"one"')


@dataclass(frozen=True)
class Listing:
    title: str
    count: int
    answer: Callable[[Request], Answer]
    source: Callable[[AnsweringServer], list[str]]


def _bucket() -> Listing:
    def page(at: int) -> bytes:
        more = at + PAGE < KEYS
        token = f"<NextContinuationToken>{at + PAGE}</NextContinuationToken>" if more else ""
        keys = "".join(
            f"<Contents><Key>d/{key:07}-disk-of-a-machine.qcow2</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>"
            f"<ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size>"
            f"<StorageClass>STANDARD</StorageClass></Contents>" for key in range(at, at + PAGE))
        return (f"<ListBucketResult><Name>b</Name><Prefix>d/</Prefix><KeyCount>{PAGE}</KeyCount><EncodingType>url"
                f"</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>{token}{keys}</ListBucketResult>").encode()

    pages = {at: page(at) for at in range(0, KEYS, PAGE)}

    def answer(request: Request) -> Answer:
        token = re.search(r"continuation-token=(\d+)", request.path)
        return Answer(200, (XML,), pages[int(token[1]) if token else 0])

    return Listing("keys in one folder of a bucket, 1,000 a page", KEYS, answer, lambda server: [
        "--s3-anonymous", "--s3-region", "us-east-1", "--s3-style", "path", "--s3-endpoint", server.url(""), "s3://bucket/d/"])


def _webdav() -> Listing:
    members = "".join(
        f"<D:response><D:href>/dav/disk-{one:07}.img</D:href><D:propstat><D:prop><D:resourcetype/><D:getcontentlength>1048576"
        f"</D:getcontentlength><D:getlastmodified>Fri, 27 Nov 2026 04:21:49 GMT</D:getlastmodified></D:prop>"
        f"<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>" for one in range(MEMBERS))
    body = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{members}</D:multistatus>'.encode()
    return Listing("members of a WebDAV folder", MEMBERS, lambda _: Answer(207, (XML,), body),
                   lambda server: [server.url("/dav/").replace("http", "dav")])


def _archive() -> Listing:
    pieces: dict[int, bytes] = {}
    at = 0
    for one in range(FILES):
        member = tarfile.TarInfo(f"disk-{one:05}.img")
        member.size = MIB
        pieces[at] = member.tobuf(tarfile.USTAR_FORMAT)
        at += 512 + MIB
    body = SparseBody(at + 1024, pieces)
    return Listing("members of 1 MiB in a tar archive", FILES,
                   lambda request: in_range(request, body, TAG),  # type: ignore[arg-type]
                   lambda server: [server.url("/a.tar") + "!/"])


def listings() -> Table:
    """From the start of rimfs until all names are read. The server is a Python program on the same machine; what it takes to
    send is in the seconds, not in the CPU seconds of rimfs."""
    table = Table("S5", "what servers list, from servers in memory",
                  ["listing", "entries", "requests", "mount s", "names s", "CPU s", "peak resident MiB"])
    for listing in (_bucket(), _webdav(), _archive()):
        with AnsweringServer(listing.answer) as server:
            begin = time.monotonic()
            with Mount("--attribute-time", "1h", *listing.source(server)) as mount:
                mounted = time.monotonic()
                names = len(os.listdir(mount.folder))
                listed = time.monotonic()
                assert names == listing.count, (names, listing.count)
                table.rows.append([listing.title, f"{listing.count:,}", str(len(server.requests)), mounted - begin,
                                   listed - mounted, sum(cpu_seconds(mount.pid)), peak_resident(mount.pid) / MIB])
    return table

# SPDX-License-Identifier: MIT
"""Which version of a file an answer is of: any validator that differs is noticed, whatever else is equal.

The rules are those of RFC 9110, sections 8.8.1 and 8.8.3.2; tests/unit/http/identity_test.cc has the table.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rig import images
from rig.described_server import MONDAY, Described, DescribedServer
from rig.expect import IMPATIENT, errno_of_pread
from rig.mount import COUNTED, Mount

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20
OLD = images.pseudo_random(8 * MIB, 21)
NEW = images.pseudo_random(8 * MIB, 22)
# Neither readahead nor a block brings the far end along with the beginning.
SPARING = ("--block-size", "64K", "--readahead", "0", *IMPATIENT)

# What the server says of the old and of the new file, both of one size.
CHANGES = {
    "a weak ETag, equal Last-Modified": (Described(OLD, 'W/"1"'), Described(NEW, 'W/"2"')),
    "Last-Modified, equal weak ETag": (Described(OLD, 'W/"1"'),
                                       Described(NEW, 'W/"1"', "Tue, 02 Jan 2024 00:00:00 GMT")),
    "a strong ETag, equal Last-Modified": (Described(OLD, '"1"'), Described(NEW, '"2"')),
    "an ETag without quotes, equal Last-Modified": (Described(OLD, "1"), Described(NEW, "2")),
    "a strong ETag that becomes a weak one of other letters": (Described(OLD, '"1"'), Described(NEW, 'W/"2"')),
    "a strong ETag that disappears with all other validators": (Described(OLD, '"1"'), Described(NEW, None, None)),
}
each_change = pytest.mark.parametrize("old,new", CHANGES.values(), ids=CHANGES.keys())


@each_change
def test_a_read_gives_estale_when_a_reply_says(old: Described, new: Described) -> None:
    with DescribedServer() as server:
        server.files["/file"] = old
        with Mount(*SPARING, server.url("/file")) as mount:
            descriptor = os.open(mount / "file", os.O_RDONLY)
            try:
                assert os.pread(descriptor, 4096, 0) == OLD[:4096]
                server.files["/file"] = new
                server.ignore_conditions = new.etag is None  # a 200 without a tag may as well be a login page
                assert errno_of_pread(descriptor, 6 * MIB) == "ESTALE"
            finally:
                os.close(descriptor)
            assert (mount / "file").read_bytes() == NEW


@each_change
def test_a_remount_does_not_show_the_cached_bytes_of_another_version(old: Described, new: Described,
                                                                     tmp_path: Path) -> None:
    with DescribedServer() as server:
        server.files["/file"] = old
        for described in (old, new):
            server.files["/file"] = described
            with Mount("--cache-dir", tmp_path / "cache", server.url("/file")) as mount:
                assert (mount / "file").read_bytes() == described.body


def test_replies_with_and_without_an_etag_are_of_one_file_while_nothing_contradicts() -> None:
    # Servers behind one load balancer of which only some send entity tags.
    with DescribedServer() as server:
        server.files["/file"] = Described(OLD, '"1"')
        with Mount(*SPARING, server.url("/file")) as mount:
            assert os.pread((file := os.open(mount / "file", os.O_RDONLY)), 4096, 0) == OLD[:4096]
            server.files["/file"] = Described(OLD, None)
            server.ignore_conditions = True
            assert os.pread(file, 4096, 3 * MIB) == OLD[3 * MIB:3 * MIB + 4096]
            server.files["/file"] = Described(NEW, '"2"')
            assert errno_of_pread(file, 6 * MIB) == "ESTALE"
            os.close(file)


def test_if_range_is_sent_with_a_strong_etag_only() -> None:
    for etag, sent in (('"1"', '"1"'), ('W/"1"', None), ("1", None), (None, None)):
        with DescribedServer() as server:
            server.files["/file"] = Described(OLD, etag, MONDAY)
            with Mount(*SPARING, server.url("/file"), unhedged=COUNTED) as mount, open(mount / "file", "rb") as file:
                assert file.read(4096) == OLD[:4096]
            assert [headers.get("If-Range") for _, first, last, headers in server.asked if last > first] == [sent]

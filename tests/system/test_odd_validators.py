# SPDX-License-Identifier: MIT
"""Servers behind one address, or mirrors, that describe one file differently: refused by default, with a message that
says so, and read when the user vouches."""

from __future__ import annotations

import itertools
import os
import random

import pytest

from rig import clients
from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.expect import errno_of_pread
from rig.mount import Mount, rimfs
from rig.processes import wait_until

MIB = 1 << 20
BODY = random.Random(8).randbytes(4 * MIB)
MONDAY = "Mon, 01 Jan 2024 00:00:00 GMT"
A_SECOND_LATER = "Mon, 01 Jan 2024 00:00:01 GMT"
COLD = ("--block-size", "64K", "--readahead", "0", "--hedged-requests", "off", "--revalidate-after", "1h")

# Apache's default ETag has the inode number; nginx' and IIS' has the time, which rsync without -t does not keep.
TAGS = (("ETag", '"5f1-a"'), ("Last-Modified", MONDAY)), (("ETag", '"5f1-b"'), ("Last-Modified", MONDAY))
TIMES = (("Last-Modified", MONDAY),), (("Last-Modified", A_SECOND_LATER),)


def in_turn(descriptions: tuple[tuple[tuple[str, str], ...], ...]) -> AnsweringServer:
    """Each request is answered by the next of the servers behind the address."""
    turns = itertools.cycle(descriptions)
    return AnsweringServer(lambda request: in_range(request, BODY, *next(turns)))


def read_all(mount: Mount) -> None:
    with open(mount / "disk.img", "rb", buffering=0) as file:
        for at in range(0, len(BODY), MIB):
            assert os.pread(file.fileno(), 4096, at) == BODY[at:at + 4096]


@pytest.mark.parametrize("descriptions", [TAGS, TIMES], ids=["tags", "times"])
def test_replies_that_alternate_are_refused_and_told_from_a_change(descriptions) -> None:
    with in_turn(descriptions) as server, Mount(*COLD, server.url("/disk.img"), foreground=True) as mount:
        descriptor = os.open(mount / "disk.img", os.O_RDONLY)
        try:
            errors = {errno_of_pread(descriptor, at, 4096) for at in (MIB,)}
        finally:
            os.close(descriptor)
        assert errors == {"ESTALE"}
        wait_until(lambda: "--same-file" in mount.log(), 10, "the log says what to do")
        assert "servers behind this address describe the file differently" in mount.log()


def test_a_change_is_not_taken_for_alternation() -> None:
    tags = ['"v1"']
    with AnsweringServer(lambda request: in_range(request, BODY, ("ETag", tags[0]))) as server:
        with Mount(*COLD, server.url("/disk.img"), foreground=True) as mount:
            descriptor = os.open(mount / "disk.img", os.O_RDONLY)
            try:
                tags[0] = '"v2"'
                assert errno_of_pread(descriptor, MIB, 4096) == "ESTALE"
            finally:
                os.close(descriptor)
            wait_until(lambda: "has changed" in mount.log(), 10, "the log tells of the change")
            assert "differently" not in mount.log()


@pytest.mark.parametrize(("descriptions", "rule"), [(TAGS, "size-and-time"), (TAGS, "size"), (TIMES, "size")])
def test_a_user_who_vouches_reads_them(descriptions, rule: str) -> None:
    with in_turn(descriptions) as server, Mount(*COLD, "--same-file", rule, server.url("/disk.img")) as mount:
        read_all(mount)
        assert os.getxattr(mount / "disk.img", "user.rimfs.same-file") == rule.encode()
        assert f'"same-file":"{rule}"' in rimfs("status", "--json", mount.folder).stdout.replace('": "', '":"')


def test_less_than_size_and_time_is_not_vouched_for_with_it() -> None:
    with in_turn(TIMES) as server, Mount(*COLD, "--same-file", "size-and-time", server.url("/disk.img")) as mount:
        descriptor = os.open(mount / "disk.img", os.O_RDONLY)
        try:
            assert errno_of_pread(descriptor, MIB, 4096) == "ESTALE"
        finally:
            os.close(descriptor)


def test_a_mirror_with_another_tag_is_used_when_the_user_vouches() -> None:
    down = [False]
    first = AnsweringServer(lambda request: Answer(503) if down[0] else in_range(request, BODY, *TAGS[0]))
    with first, AnsweringServer(lambda request: in_range(request, BODY, *TAGS[1])) as mirror:
        config = (f"sources:\n  - url: {first.url('/disk.img')}\n    mirrors: [{mirror.url('/disk.img')}]\n"
                  "    same-file: size-and-time\n")
        with Mount(*COLD, config=config) as mount:
            down[0] = True
            assert clients.read_at(mount / "disk.img", 2 * MIB, 4096, os.O_DIRECT) == BODY[2 * MIB:2 * MIB + 4096]


def test_another_size_is_another_file_whatever_the_user_says() -> None:
    bodies = [BODY]
    with AnsweringServer(lambda request: in_range(request, bodies[0])) as server:
        with Mount(*COLD, "--same-file", "size", server.url("/disk.img")) as mount:
            descriptor = os.open(mount / "disk.img", os.O_RDONLY)
            try:
                bodies[0] = BODY + b"x"
                assert errno_of_pread(descriptor, MIB, 4096) == "ESTALE"
            finally:
                os.close(descriptor)


def gzip_in_turn(codings: tuple[str | None, ...]) -> AnsweringServer:
    turns = itertools.cycle(codings)

    def answer(request: Request) -> Answer:
        coding = next(turns)
        return in_range(request, BODY, ("ETag", '"v1"'), *([("Content-Encoding", coding)] if coding else []))
    return AnsweringServer(answer)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "br"])
def test_a_coding_that_the_server_stores_belongs_to_the_file(coding: str) -> None:
    # Apache on Debian: AddEncoding x-gzip .gz .tgz (mime.conf); S3 objects with a Content-Encoding of their own.
    with gzip_in_turn((coding,)) as server, Mount(server.url("/disk.img.gz")) as mount:
        assert (mount / "disk.img.gz").read_bytes() == BODY


def test_two_names_of_one_coding_are_one() -> None:
    with gzip_in_turn(("gzip", "x-gzip", "GZIP")) as server, Mount(*COLD, server.url("/disk.img")) as mount:
        read_all(mount)


def test_a_coding_that_only_some_replies_have_is_not_used() -> None:
    with gzip_in_turn((None, "gzip")) as server:
        with Mount(*COLD, server.url("/disk.img")) as mount:
            read_all(mount)  # each such reply is asked for again

# SPDX-License-Identifier: MIT
"""A remote file that changes: versions are never mixed, who holds the old one is told, a new open sees the new."""

from __future__ import annotations

import errno
import mmap
import os
import threading
from pathlib import Path

import pytest

from rig import images
from rig.expect import IMPATIENT, errno_of_pread
from rig.mount import Mount
from rig.processes import wait_until
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

OLD = images.pseudo_random(32 << 20, 5)
NEW = images.pseudo_random(32 << 20, 6)
LONGER = NEW + images.pseudo_random(54321, 7)
FAR = 24 << 20

# What a server may offer to tell versions apart.
VALIDATORS = {
    "strong ETag": [],
    "weak ETag": ["weak_etag"],
    "Last-Modified only": ["no_etag"],
    "ETag only": ["no_last_modified"],
}
each_validator = pytest.mark.parametrize("left_out", VALIDATORS.values(), ids=VALIDATORS.keys())


def serve_old(server: Server, left_out: list[str]) -> str:
    name = server.put("file.bin", OLD)
    for fault in left_out:
        server.fault(name, fault, method="any")
    return server.url(name, fault=True)


def content_or_none(path: Path) -> bytes | None:
    """What a new open sees; None while it fails."""
    try:
        return path.read_bytes()
    except OSError:
        return None


@each_validator
@pytest.mark.parametrize("new", [NEW, LONGER], ids=["same size", "longer"])
def test_an_open_handle_gets_estale_and_a_new_open_the_new_file(server: Server, left_out: list[str],
                                                                new: bytes) -> None:
    url = serve_old(server, left_out)
    with Mount(*IMPATIENT, url) as mount:
        descriptor = os.open(mount / "file.bin", os.O_RDONLY)
        try:
            assert os.pread(descriptor, 4096, 0) == OLD[:4096]
            server.replace("file.bin", new)
            assert errno_of_pread(descriptor, FAR) == "ESTALE"
            wait_until(lambda: content_or_none(mount / "file.bin") == new, 10, "a new open to see the new file", 0.1)
            assert (mount / "file.bin").stat().st_size == len(new)
            assert errno_of_pread(descriptor, FAR) == "ESTALE", "the old handle stays stale"
        finally:
            os.close(descriptor)


def test_a_new_open_sees_the_new_file_although_nobody_noticed_before(server: Server) -> None:
    url = serve_old(server, [])
    with Mount(*IMPATIENT, "--revalidate-after", "0", url) as mount:
        with open(mount / "file.bin", "rb") as file:
            assert file.read(4096) == OLD[:4096]
        server.replace("file.bin", LONGER)
        wait_until(lambda: content_or_none(mount / "file.bin") == LONGER, 10, "a new open to see the new file", 0.1)


@each_validator
def test_a_file_replaced_while_it_is_read_is_never_mixed(server: Server, left_out: list[str]) -> None:
    name = server.put("file.bin", OLD)
    for fault in left_out:
        server.fault(name, fault, method="any")
    url = server.url(name, "wan", fault=True)
    with Mount(*IMPATIENT, "--connections", "2", "--readahead", "2M", url) as mount:
        got = bytearray()
        problem: list[OSError] = []

        def read_all() -> None:
            try:
                with open(mount / "file.bin", "rb", buffering=0) as file:
                    while piece := file.read(1 << 20):
                        got.extend(piece)
            except OSError as error:
                problem.append(error)

        reader = threading.Thread(target=read_all)
        reader.start()
        wait_until(lambda: len(got) > 2 << 20, 10, "the reader to get going", 0.001)
        server.replace("file.bin", NEW)
        reader.join(30)
        assert not reader.is_alive()
        assert got == OLD[:len(got)], "bytes of two versions in one handle"
        assert problem == [] or problem[0].errno == errno.ESTALE, problem
        assert problem or len(got) == len(OLD)


def test_an_etag_that_changes_with_every_reply_is_an_error_in_time(server: Server) -> None:
    url = serve_old(server, [])
    with Mount(*IMPATIENT, url) as mount:
        with open(mount / "file.bin", "rb", buffering=0) as file:
            assert file.read(4096) == OLD[:4096]
            server.fault("file.bin", "changing_etag")
            assert errno_of_pread(file.fileno(), FAR) == "ESTALE"


def test_cached_bytes_of_the_old_file_are_not_given_to_a_new_open(server: Server) -> None:
    url = serve_old(server, [])
    with Mount(*IMPATIENT, "--revalidate-after", "0", url) as mount:
        assert (mount / "file.bin").read_bytes() == OLD
        server.replace("file.bin", NEW)
        wait_until(lambda: content_or_none(mount / "file.bin") == NEW, 15, "a new open to see the new file", 0.2)


@pytest.mark.parametrize("code,expected", [(404, {"ENOENT"}), (410, {"ENOENT", "ESTALE"})])
def test_a_file_that_is_gone_is_an_error_to_its_readers(server: Server, code: int, expected: set[str]) -> None:
    url = serve_old(server, [])
    with Mount(*IMPATIENT, url) as mount:
        descriptor = os.open(mount / "file.bin", os.O_RDONLY)
        try:
            assert os.pread(descriptor, 4096, 0) == OLD[:4096]
            server.fault("file.bin", "status", code=code, method="any")
            assert errno_of_pread(descriptor, FAR) in expected
        finally:
            os.close(descriptor)


def test_reads_that_queue_while_the_file_changes_end(server: Server) -> None:
    """Reads that wait for a connection when another's reply shows the change were never answered."""
    content = images.data(8).read_bytes()
    name = server.put("moving.img", content)
    with Mount("--connections", "1", "--block-size", "64K", "--readahead", "0", server.url(name, "vcenter")) as mount:
        descriptor = os.open(mount / name, os.O_RDONLY | os.O_DIRECT)
        server.replace(name, content[::-1])
        answers: list[object] = []

        def read(place: int) -> None:
            try:
                answers.append(os.preadv(descriptor, [mmap.mmap(-1, 4096)], place))
            except OSError as problem:
                answers.append(problem.errno)

        threads = [threading.Thread(target=read, args=(place << 20,), daemon=True) for place in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert len(answers) == len(threads), f"only {len(answers)} of {len(threads)} reads were answered"
        os.close(descriptor)
        assert set(answers) == {errno.ESTALE}, answers

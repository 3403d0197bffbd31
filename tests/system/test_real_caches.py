# SPDX-License-Identifier: MIT
"""Caches and balancers that people have, in front of a slow origin: while they are cold, when the file changes behind
them, and when origins differ or die."""

from __future__ import annotations

import errno
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from io import FileIO
from pathlib import Path

import pytest

from rig import clients, images
from rig.expect import ERROR_SECONDS, IMPATIENT
from rig.index_servers import IndexServer
from rig.mount import Mount
from rig.processes import wait_until
from rig.real_servers import Behind, Kind, caches, fronts
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20
OLD = images.pseudo_random(16 * MIB + 777, 41)
NEW = images.pseudo_random(16 * MIB + 777, 42)
NAME = "disk.img"
FRESH = 2  # seconds that a cache believes what it has
FORGETFUL = ("--attribute-time", "200ms", "--revalidate-after", "100ms")
each_front = pytest.mark.parametrize("name", fronts(FRESH))


@pytest.fixture
def docroot(tmp_path: Path) -> Path:
    folder = tmp_path / "www"
    folder.mkdir()
    put(folder, OLD, 1_700_000_000)
    return folder


def put(docroot: Path, body: bytes, when: int) -> None:
    """In the place of what is there, at once; another time makes another ETag."""
    (docroot / "new").write_bytes(body)
    os.utime(docroot / "new", (when, when))
    os.replace(docroot / "new", docroot / NAME)


def start(kind: Kind, docroot: Path) -> Behind:
    print(f"{kind.name} {kind.version}: {kind.special}")
    server = kind.start(docroot)
    assert isinstance(server, Behind)
    return server


def content_or_none(path: Path) -> bytes | None:
    """What a new open sees; None while it fails."""
    try:
        return path.read_bytes()
    except OSError:
        return None


@each_front
def test_a_cold_cache_gives_the_right_bytes(docroot: Path, name: str) -> None:
    places = random.Random(name)
    with start(fronts(60)[name], docroot) as server, Mount(server.url + NAME) as mount:
        for _ in range(20):
            at = places.randrange(len(OLD))
            assert clients.read_at(mount / NAME, at, 5000) == OLD[at:at + 5000]
        assert (mount / NAME).read_bytes() == OLD


@pytest.mark.parametrize("name", ("varnish", "nginx-cache"))
def test_the_end_of_a_cold_file_is_waited_for(docroot: Path, name: str) -> None:
    """The cache replies when it has fetched all that is before: after six seconds without a byte."""
    source = images.data(64)
    (docroot / "large.img").symlink_to(source)
    with start(fronts(60, profile="vcenter")[name], docroot) as server, Mount(server.url + "large.img") as mount:
        end = source.stat().st_size - 5000
        assert clients.read_at(mount / "large.img", end, 5000) == clients.read_at(source, end, 5000)


@each_front
def test_a_file_that_changes_behind_a_cache_is_never_mixed(docroot: Path, name: str) -> None:
    with start(fronts(FRESH)[name], docroot) as server, \
            Mount(*IMPATIENT, *FORGETFUL, "--readahead", "0", server.url + NAME) as mount:
        with open(mount / NAME, "rb", buffering=0) as file:
            assert file.read(4096) == OLD[:4096]
            put(docroot, NEW, 1_700_000_100)
            wait_until(lambda: content_or_none(mount / NAME) == NEW, FRESH + 10, "a new open to see the new file", 0.1)
            got, problem = read_until_error(file)
            assert got == OLD[4096:4096 + len(got)], "a handle is of one version"
            assert problem in ("", "ESTALE"), problem  # all of it may have been cached by a new open before


@pytest.fixture
def slices_of_two_versions(docroot: Path) -> Iterator[str]:
    """The address of a file of whose slices the cache has five old ones; it fetches new ones, and believes both."""
    with start(fronts(60)["nginx-slices"], docroot) as server:
        with Mount(server.url + NAME, "--readahead", "0") as mount:
            assert clients.read_at(mount / NAME, 0, 4 * MIB) == OLD[:4 * MIB]
        put(docroot, NEW, 1_700_000_100)
        yield server.url + NAME


def test_slices_of_two_versions_are_never_mixed(slices_of_two_versions: str) -> None:
    with Mount(*IMPATIENT, *FORGETFUL, slices_of_two_versions) as mount:
        for _ in range(3):
            begin = time.monotonic()
            with open(mount / NAME, "rb", buffering=0) as file:
                got, problem = read_until_error(file)
            assert got in (OLD[:len(got)], NEW[:len(got)]), "bytes of two versions in one handle"
            assert problem
            assert time.monotonic() - begin < ERROR_SECONDS


# nginx says "etag mismatch in slice response", and without If-Range it replies with the new tag.
def test_a_handle_that_meets_a_new_slice_is_stale(slices_of_two_versions: str) -> None:
    with Mount(*IMPATIENT, slices_of_two_versions) as mount, open(mount / NAME, "rb", buffering=0) as file:
        assert read_until_error(file)[1] == "ESTALE"


def read_until_error(file: FileIO) -> tuple[bytes, str]:
    """What is read to the end, or to an error, and the error's name."""
    got = bytearray()
    try:
        while piece := file.read(MIB):
            got += piece
    except OSError as error:
        return bytes(got), errno.errorcode[error.errno or 0]
    return bytes(got), ""


@pytest.fixture
def two_origins(docroot: Path, tmp_path: Path) -> Iterator[tuple[Server, Server, str]]:
    """Each with a folder of its own, and the address of the file through HAProxy."""
    (tmp_path / "second").mkdir()
    with ExitStack() as stack:
        first, second = (stack.enter_context(Server(folder)) for folder in (docroot, tmp_path / "second"))
        front = stack.enter_context(IndexServer(
            lambda *where: caches.haproxy((first.http_port, second.http_port), *where), docroot))
        yield first, second, f"{front.url}wan/{NAME}"


def test_an_origin_that_dies_behind_a_balancer_is_not_noticed(two_origins: tuple[Server, Server, str]) -> None:
    first, second, url = two_origins
    put(second.docroot, OLD, 1_700_000_000)
    with Mount(url, "--readahead", "0") as mount:
        assert clients.read_at(mount / NAME, 0, 4096) == OLD[:4096]
        second.kill()
        assert (mount / NAME).read_bytes() == OLD


def test_origins_that_tag_the_same_file_differently_are_an_error_in_time(
        two_origins: tuple[Server, Server, str]) -> None:
    first, second, url = two_origins
    put(second.docroot, OLD, 1_700_000_100)
    with Mount(*IMPATIENT, url) as mount:
        with open(mount / NAME, "rb", buffering=0) as file:
            got, problem = read_until_error(file)
        assert got == OLD[:len(got)]
        assert problem == "ESTALE"

# SPDX-License-Identifier: MIT
"""The files of a mount: names, sizes, times, odd servers, and that nothing can be written."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from rig import clients, images
from rig.expect import refusal
from rig.mount import COUNTED, Mount
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random((3 << 20) + 12345, 11)


# Names

def test_several_sources_are_files_side_by_side(server: Server) -> None:
    bodies = {f"disk {index}.img": BODY[index:] for index in range(5)}
    urls = [server.url(server.put(name, body)) for name, body in bodies.items()]
    with Mount(*urls) as mount:
        assert {entry.name: entry.stat().st_size for entry in os.scandir(mount.folder)} == \
            {name: len(body) for name, body in bodies.items()}
        assert {name: (mount / name).read_bytes() for name in bodies} == bodies


def test_a_name_can_be_given(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY))
    with Mount(f"disk.img={url}", url + "?version=2") as mount:
        assert sorted(os.listdir(mount.folder)) == ["disk.img", "file.bin"]
        assert (mount / "disk.img").read_bytes() == (mount / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("name", ["a b.img", "a+b.img", "100%.img", "é.img", "a%20b.img", "a=b.img", "a&b#c?d.img"])
def test_a_name_is_decoded_once(server: Server, name: str) -> None:
    with Mount(server.url(server.put(name, BODY))) as mount:
        assert os.listdir(mount.folder) == [name]
        assert (mount / name).read_bytes() == BODY


def test_two_sources_of_one_name_are_refused(server: Server, tmp_path: Path) -> None:
    one, other = server.url(server.put("a/file.bin", BODY)), server.url(server.put("b/file.bin", BODY))
    assert "file.bin" in refusal("mount", one, other, tmp_path)


@pytest.mark.parametrize("name", ["..", ".", "", "a/b"])
def test_a_name_that_is_no_file_name_is_refused(server: Server, tmp_path: Path, name: str) -> None:
    refusal("mount", f"{name}={server.url(server.put('file.bin', BODY))}", tmp_path)


def test_what_is_not_there_is_enoent(server: Server) -> None:
    with Mount(server.url(server.put("file.bin", BODY))) as mount:
        with pytest.raises(FileNotFoundError):
            (mount / "other.bin").stat()


# Attributes and reading

def test_ls_shows_size_time_and_a_read_only_file(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY))
    os.utime(server.docroot / "file.bin", (1_600_000_000, 1_600_000_000))
    with Mount(url) as mount:
        found = (mount / "file.bin").stat()
        assert (found.st_size, found.st_mtime) == (len(BODY), 1_600_000_000)
        assert stat.S_ISREG(found.st_mode) and found.st_mode & 0o222 == 0 and found.st_mode & 0o400
        assert str(len(BODY)) in clients.run("ls", "-l", mount / "file.bin").stdout
        assert mount.folder.stat().st_mode & 0o222 == 0


def test_reads_at_and_past_the_end(server: Server) -> None:
    size = len(BODY)
    with Mount(server.url(server.put("file.bin", BODY))) as mount:
        for offset, count in [(size - 1, 1), (size - 1, 100), (size, 100), (size + (5 << 20), 100),
                              (size - 70_000, 200_000)]:
            assert clients.read_at(mount / "file.bin", offset, count) == BODY[offset:offset + count]


@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_every_size_is_read_to_its_last_byte(server: Server, size: int) -> None:
    with Mount(server.url(server.put("file.bin", BODY[:size]))) as mount:
        assert (mount / "file.bin").read_bytes() == BODY[:size]


def test_an_empty_file(server: Server) -> None:
    with Mount(server.url(server.put("empty.img", b""))) as mount:
        assert (mount / "empty.img").stat().st_size == 0
        assert (mount / "empty.img").read_bytes() == b""


# Odd servers

@pytest.mark.parametrize("faults", [
    [("status", {"code": 405, "method": "HEAD"})],
    [("status", {"code": 403, "method": "HEAD"})],
    [("status", {"code": 501, "method": "HEAD"})],
    [("no_accept_ranges", {"method": "any"})],
    [("chunked", {"method": "HEAD"})],
    [("no_etag", {"method": "any"}), ("no_last_modified", {"method": "any"})],
    [("weak_etag", {"method": "any"})],
    [("status", {"code": 403, "method": "HEAD"}), ("no_accept_ranges", {}), ("no_etag", {}), ("no_last_modified", {})],
], ids=["HEAD 405", "HEAD 403", "HEAD 501", "no Accept-Ranges", "HEAD without a length", "no validators", "weak ETag",
        "all at once"])
def test_an_odd_but_honest_server_is_mounted(server: Server, faults: list[tuple[str, dict[str, object]]]) -> None:
    url = server.url(server.put("file.bin", BODY), fault=True)
    for fault, keys in faults:
        server.fault("file.bin", fault, **keys)
    with Mount(url) as mount:
        assert (mount / "file.bin").stat().st_size == len(BODY)
        assert (mount / "file.bin").read_bytes() == BODY


def test_an_empty_file_of_a_server_that_refuses_head(server: Server) -> None:
    url = server.url(server.put("empty.img", b""), fault=True)
    server.fault("empty.img", "status", code=405, method="HEAD")
    with Mount(url) as mount:
        assert (mount / "empty.img").read_bytes() == b""


# Holes

def data_segments(path: Path) -> list[tuple[int, int]]:
    """What lseek calls data."""
    found: list[tuple[int, int]] = []
    descriptor = os.open(path, os.O_RDONLY)
    try:
        end = 0
        while True:
            try:
                start = os.lseek(descriptor, end, os.SEEK_DATA)
            except OSError as problem:
                assert problem.errno == errno.ENXIO
                return found
            end = os.lseek(descriptor, start, os.SEEK_HOLE)
            found.append((start, end))
    finally:
        os.close(descriptor)


def test_the_unknown_is_data_and_asking_costs_no_request(server: Server) -> None:
    image = images.sparse(64)
    with Mount(server.url(server.share(image)), unhedged=COUNTED) as mount:
        server.clear_log()
        assert data_segments(mount / image.name) == [(0, image.stat().st_size)]
        assert server.requests() == []


def pages_of_data(content: bytes) -> list[tuple[int, int]]:
    """Begin and end of each run of 4 KiB pages that are not all zeros."""
    found: list[tuple[int, int]] = []
    for at in range(0, len(content), 4096):
        end = min(at + 4096, len(content))
        if content.count(0, at, end) < end - at:
            begin = found.pop()[0] if found and found[-1][1] == at else at
            found.append((begin, end))
    return found


def test_only_zeros_are_called_holes_after_a_read(server: Server) -> None:
    image = images.sparse(64)
    original = image.read_bytes()
    with Mount(server.url(server.share(image))) as mount:
        assert (mount / image.name).read_bytes() == original
        assert data_segments(mount / image.name) == pages_of_data(original)


def test_qemu_img_map_and_convert_of_a_sparse_image_are_right(server: Server, tmp_path: Path) -> None:
    image = images.sparse(64)
    with Mount(server.url(server.share(image))) as mount:
        for attempt in ("cold", "warm"):
            clients.qemu_img("convert", "-f", "raw", "-O", "raw", mount / image.name, tmp_path / attempt)
            clients.cmp(tmp_path / attempt, image)
        told = json.loads(clients.qemu_img("map", "--output=json", "-f", "raw", mount / image.name))
    assert [(one["start"], one["start"] + one["length"]) for one in told if one["data"]] == pages_of_data(image.read_bytes())
    assert sum(one["length"] for one in told) == image.stat().st_size


# Writing

WRITES: dict[str, Callable[[Path], object]] = {
    "open for writing": lambda folder: os.open(folder / "file.bin", os.O_WRONLY),
    "open for reading and writing": lambda folder: os.open(folder / "file.bin", os.O_RDWR),
    "open to truncate": lambda folder: os.open(folder / "file.bin", os.O_WRONLY | os.O_TRUNC),
    "truncate": lambda folder: os.truncate(folder / "file.bin", 0),
    "create": lambda folder: os.open(folder / "new", os.O_CREAT | os.O_WRONLY),
    "mkdir": lambda folder: os.mkdir(folder / "new"),
    "unlink": lambda folder: os.unlink(folder / "file.bin"),
    "rename": lambda folder: os.rename(folder / "file.bin", folder / "new"),
    "link": lambda folder: os.link(folder / "file.bin", folder / "new"),
    "symlink": lambda folder: os.symlink("file.bin", folder / "new"),
    "chmod": lambda folder: os.chmod(folder / "file.bin", 0o600),
    "chown": lambda folder: os.chown(folder / "file.bin", os.getuid(), os.getgid()),
    "utime": lambda folder: os.utime(folder / "file.bin", (0, 0)),
    "setxattr": lambda folder: os.setxattr(folder / "file.bin", "user.x", b"y"),
}


@pytest.fixture(scope="module")
def shared_mount(session_server: Server, rimfs_program: str) -> object:
    url = session_server.url(session_server.put("file.bin", BODY))
    with Mount(url) as mount:
        yield mount


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_write_is_refused_with_erofs(shared_mount: Mount, write: Callable[[Path], object]) -> None:
    with pytest.raises(OSError) as problem:
        write(shared_mount.folder)
    assert problem.value.errno == errno.EROFS


def test_the_mount_table_says_read_only_and_rimfs(shared_mount: Mount) -> None:
    line, = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()
             if str(shared_mount.folder) in line.split()]
    assert "ro" in line[3].split(",") and "rimfs" in line[2]

# SPDX-License-Identifier: MIT
"""Servers may claim any size of 64 bits: what has block numbers is served right to its last byte, anything else is
refused in one line, and nothing wraps."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rig import clients
from rig.mount import Mount, MountFailed

KIB, MIB = 1 << 10, 1 << 20


def content(begin: int, end: int) -> bytes:
    """Each 8 bytes say where they are."""
    first = begin // 8
    whole = b"".join((first + i).to_bytes(8, "little") for i in range((end - begin) // 8 + 2))
    return whole[begin - first * 8:][:end - begin]


class Huge(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/list/":
            self.list()
            return
        total = int(self.path.strip("/").split("/")[-1].split(".")[0])
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        assert asked
        begin, last = int(asked[1]), min(int(asked[2]), total - 1)
        body = content(begin, last + 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {begin}-{last}/{total}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"huge"')
        self.end_headers()
        self.wfile.write(body)

    def list(self) -> None:
        sizes = [4096, (1 << 48) + 1, 1 << 52, (1 << 52) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64]
        body = json.dumps([{"name": f"{size}.img", "type": "file", "mtime": "Sat, 03 Feb 2024 04:05:06 GMT", "size": size}
                           for size in sizes]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def huge() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Huge)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def check_ends(path: Path, size: int) -> None:
    assert path.stat().st_size == size
    for begin in (0, size // 2 & ~4095, size - 8 * KIB, size - 4 * KIB, size - 1):
        assert clients.read_at(path, begin, 4096) == content(begin, min(begin + 4096, size)), begin
    assert clients.read_at(path, size, 4096) == b""
    with open(path, "rb") as file:
        assert os.lseek(file.fileno(), size - 1, os.SEEK_DATA) == size - 1
        assert os.lseek(file.fileno(), size - 1, os.SEEK_HOLE) == size
        with pytest.raises(OSError):
            os.lseek(file.fileno(), size, os.SEEK_DATA)
    assert path.stat().st_blocks == (size + 511) // 512


@pytest.mark.parametrize("block, bits", [("64K", 48), ("1M", 52), ("16M", 56)])
@pytest.mark.parametrize("less", [0, 1, 4096])
def test_the_largest_file_of_a_block_size_is_right_to_its_last_byte(huge: str, block: str, bits: int, less: int) -> None:
    size = (1 << bits) - less
    with Mount("--block-size", block, "--cache-memory", "512M", f"{huge}/{size}.img") as mount:
        check_ends(mount / f"{size}.img", size)


@pytest.mark.parametrize("block, size", [
    ("64K", (1 << 48) + 1), ("64K", 1 << 49), ("1M", (1 << 52) + 1), ("16M", (1 << 56) + 1), ("16M", (1 << 63) - 1),
    ("16M", 1 << 63), ("16M", (1 << 64) - 2), ("16M", (1 << 64) - 1), ("64K", (1 << 64) - 1)])
def test_a_larger_one_is_refused_in_one_line(huge: str, block: str, size: int) -> None:
    with pytest.raises(MountFailed) as failed:
        with Mount("--block-size", block, "--cache-memory", "512M", f"{huge}/{size}.img"):
            pass
    lines = failed.value.done.stderr.splitlines()
    assert len(lines) == 1 and str(size) in lines[0] and "block-size" in lines[0]


def test_a_stretch_of_a_larger_file_is_served(huge: str) -> None:
    total, offset, length = (1 << 63) - 1, (1 << 62) + 4096, 10 * MIB + 7
    url = f"{huge}/{total}.img"
    with Mount("--offset", str(offset), "--length", str(length), url) as mount:
        path = mount / f"{total}.img"
        assert path.stat().st_size == length
        for begin in (0, MIB - 1, length - 4096):
            assert clients.read_at(path, begin, 4096) == content(offset + begin, offset + min(begin + 4096, length))
    with pytest.raises(MountFailed) as failed:
        with Mount("--offset", str((1 << 63) - 1), "--length", str((1 << 63) - 1), url):
            pass
    assert "reach beyond" in failed.value.done.stderr


def test_a_folder_with_files_that_are_too_large_shows_the_others(huge: str) -> None:
    with Mount(f"{huge}/list/") as mount:
        folder = next(iter(path for path in [mount.folder, *mount.folder.iterdir()] if path.is_dir()
                           and any(name.endswith(".img") for name in os.listdir(path))))
        names = set(os.listdir(folder))
        assert {"4096.img", f"{1 << 52}.img"} <= names
        assert (folder / "4096.img").read_bytes() == content(0, 4096)
        check_ends(folder / f"{1 << 52}.img", 1 << 52)
        for size in ((1 << 52) + 1, (1 << 63) - 1):
            with pytest.raises(OSError):
                (folder / f"{size}.img").read_bytes()
        assert list(os.scandir(folder)) and (folder / "4096.img").stat().st_size == 4096


def test_a_disk_that_cannot_hold_such_a_file_says_so_once(huge: str, tmp_path: Path) -> None:
    size, log = 1 << 56, tmp_path / "log"
    with Mount("--block-size", "16M", "--cache-memory", "512M", "--cache-dir", tmp_path / "cache", "--log-file", log,
               "--revalidate-after", "1h",
               f"{huge}/{size}.img") as mount:
        check_ends(mount / f"{size}.img", size)
    assert len([line for line in log.read_text().splitlines() if " warning: " in line]) <= 1

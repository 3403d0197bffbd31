# SPDX-License-Identifier: MIT
"""Images that are compressed in blocks, read without decompressing all of them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import clients
from rig.archives import DISK1, DISK2, MIB, Shelf, tar_of, xz_of
from rig.mount import Mount, rimfs


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Shelf() as shelf:
        yield shelf


@pytest.mark.parametrize("options", [("--block-size=1MiB",), ("--block-size=512KiB", "--check=sha256"), ()],
                         ids=["1 MiB", "512 KiB", "one block"])
def test_a_compressed_image_is_read_by_the_block(shelf: Shelf, options: tuple[str, ...]) -> None:
    url = shelf.put("disk.img.xz", xz_of(DISK2, *options))
    with Mount(f"{url}!/disk.img") as mount:
        assert (mount / "disk.img").stat().st_size == len(DISK2)
        shelf.forget()
        assert clients.read_at(mount / "disk.img", 5 * MIB + 3, 100) == DISK2[5 * MIB + 3:5 * MIB + 103]
        if options:
            bytes_asked = sum(int(end) - int(begin) + 1 for begin, end in
                              (one.removeprefix("bytes=").split("-") for one in shelf.ranges("disk.img.xz")))
            assert bytes_asked < 4 * MIB
        assert (mount / "disk.img").read_bytes() == DISK2


def test_a_block_is_requested_once_for_many_readers(shelf: Shelf) -> None:
    url = shelf.put("disk.img.xz", xz_of(DISK2, "--block-size=8MiB"))
    with Mount(f"{url}!/disk.img") as mount:
        shelf.forget()
        assert (mount / "disk.img").read_bytes() == DISK2
        assert len(shelf.ranges("disk.img.xz")) <= 3


def test_a_tar_archive_that_is_compressed_in_blocks(shelf: Shelf) -> None:
    shelf.put("a.tar.xz", xz_of(tar_of({"one.img": DISK1, "two.img": DISK2}), "--block-size=1MiB"))
    with Mount("--archives", "folder", shelf.url()) as mount:
        assert (mount / "a.tar.xz/a.tar/two.img").read_bytes() == DISK2
        assert (mount / "a.tar.xz/a.tar/one.img").read_bytes() == DISK1


def test_a_damaged_block_is_an_error_and_the_others_are_read(shelf: Shelf) -> None:
    body = bytearray(xz_of(DISK2, "--block-size=1MiB"))
    body[len(body) // 2] ^= 1
    url = shelf.put("disk.img.xz", bytes(body))
    with Mount(f"{url}!/disk.img", foreground=True) as mount:
        assert clients.read_at(mount / "disk.img", 0, MIB) == DISK2[:MIB]
        with pytest.raises(OSError) as refused:
            clients.read_at(mount / "disk.img", 0, len(DISK2))
        assert refused.value.errno == errno.EIO
        assert clients.read_at(mount / "disk.img", 8 * MIB, MIB) == DISK2[8 * MIB:]


def test_the_content_and_the_compressed_file_are_kept_apart(shelf: Shelf, tmp_path: Path) -> None:
    url = shelf.put("disk.img.xz", xz_of(DISK1, "--block-size=1MiB"))
    for _ in range(2):
        with Mount("--cache-dir", tmp_path / "cache", url, f"{url}!/disk.img") as mount:
            assert (mount / "disk.img").read_bytes() == DISK1
            assert (mount / "disk.img.xz").read_bytes() == shelf.files["disk.img.xz"]


def test_a_damaged_block_is_fetched_once_for_all_its_readers(shelf: Shelf) -> None:
    body = bytearray(xz_of(DISK2, "--block-size=8MiB"))
    body[3 * MIB] ^= 1
    url = shelf.put("disk.img.xz", bytes(body))
    with Mount(f"{url}!/disk.img") as mount:
        for at in range(0, 8 * MIB, MIB):
            with pytest.raises(OSError) as refused:
                clients.read_at(mount / "disk.img", at, 4096)
            assert refused.value.errno == errno.EIO
        assert len([one for one in shelf.ranges("disk.img.xz") if one.startswith("bytes=0-8")]) <= 2


def test_many_compressed_files_share_one_limit_of_memory(shelf: Shelf) -> None:
    packed = xz_of(bytes(60 * MIB))
    for one in range(8):
        shelf.put(f"d{one}.img.xz", packed)
    with Mount("--cache-memory", "32M", "--archives", "folder", shelf.url()) as mount:
        for one in range(8):
            assert clients.read_at(mount / f"d{one}.img.xz/d{one}.img", 30 * MIB, 100) == bytes(100)
        assert mount.resident_bytes() < 250 * MIB


def test_a_compressed_image_is_copied(shelf: Shelf, tmp_path: Path) -> None:
    url = shelf.put("disk.img.xz", xz_of(DISK2, "--block-size=1MiB"))
    done = rimfs("fetch", f"{url}!/disk.img", tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == DISK2


def test_a_mirror_is_asked_for_a_block_that_is_damaged(shelf: Shelf) -> None:
    good = xz_of(DISK2, "--block-size=1MiB")
    bad = bytearray(good)
    bad[len(bad) // 2] ^= 1
    with Shelf() as second:
        config = f"sources: [{{url: '{shelf.put('disk.img.xz', bytes(bad))}!/disk.img', " \
                 f"mirrors: ['{second.put('disk.img.xz', good)}']}}]"
        with Mount(config=config) as mount:
            assert (mount / "disk.img").read_bytes() == DISK2

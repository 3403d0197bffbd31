# SPDX-License-Identifier: MIT
"""Extents: what is known to be zero is learned, kept, imported and exported, and costs nothing."""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rig import clients, seek_checker
from rig.mount import COUNTED, Mount, rimfs
from rig.processes import wait_until
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20
GIB = 1 << 30
PROBE = 1  # a request for one byte asks for the headers, not for data
CHUNK = 16384


def make_sparse(path: Path, size: int, extents: int, length: int, seed: int = 1) -> int:
    """A sparse file with so many extents of data, far apart; the bytes of data in it."""
    source = random.Random(seed)
    with open(path, "wb") as file:
        file.truncate(size)
        for i in range(extents):
            file.seek((size // extents * i + source.randrange(size // extents - length)) & ~4095)
            file.write(source.randbytes(length))
    return extents * length


def fetched(server: Server, name: str) -> int:
    """Bytes of the image's content that the server sent."""
    return sum(r.sent for r in server.requests(name) if r.span and r.span[1] - r.span[0] > PROBE)


def allocated(path: Path) -> int:
    return path.stat().st_blocks * 512


def json_map(path: Path) -> str:
    return clients.qemu_img("map", "--output=json", "-f", "raw", path)


def extents_of(said: str) -> list[tuple[int, int, bool]]:
    """All of a map in qemu-img's JSON: begin, length, and whether it is zero."""
    return [(one["start"], one["length"], one["zero"]) for one in json.loads(said)]


def same_content(one: Path, other: Path) -> None:
    """Compares two sparse files without reading their holes."""
    clients.qemu_img("compare", "-f", "raw", "-F", "raw", one, other)


@pytest.fixture(scope="module")
def huge(session_server: Server) -> Iterator[Path]:
    """100 GiB with 64 MiB of data, and its maps beside it."""
    image = session_server.docroot / "huge.raw"
    make_sparse(image, 100 * GIB, 16, 4 * MIB)
    (session_server.docroot / "huge.raw.json").write_text(json_map(image))
    clients.run("bmaptool", "create", "-o", session_server.docroot / "huge.raw.bmap", image)
    yield image
    for name in ("huge.raw", "huge.raw.json", "huge.raw.bmap"):
        (session_server.docroot / name).unlink()


@pytest.mark.parametrize("where", ["local json", "local bmap", "huge.raw.bmap", "huge.raw.json", "absolute"])
def test_a_known_image_is_copied_by_fetching_its_data_only(server: Server, huge: Path, tmp_path: Path, where: str) -> None:
    name = {"local json": str(huge) + ".json", "local bmap": str(huge) + ".bmap",
            "absolute": server.url("huge.raw.bmap")}.get(where, where)
    with Mount("--extents", name, server.url("huge.raw"), unhedged=COUNTED) as mount:
        data = allocated(huge)
        assert allocated(mount / "huge.raw") <= data + 16 * 4096  # at the first stat
        server.clear_log()
        begin = time.monotonic()
        assert extents_of(json_map(mount / "huge.raw")) == extents_of(json_map(huge))
        assert time.monotonic() - begin < 1
        assert server.requests() == []
        clients.qemu_img("convert", "-f", "raw", "-O", "raw", mount / "huge.raw", tmp_path / "copy")
        assert fetched(server, "huge.raw") <= data + 16 * 2 * CHUNK
    same_content(tmp_path / "copy", huge)
    assert allocated(tmp_path / "copy") <= data + 16 * 65536


def test_known_zeros_are_read_without_the_server(server: Server, huge: Path) -> None:
    with Mount("--extents", str(huge) + ".json", server.url("huge.raw"), unhedged=COUNTED) as mount:
        server.clear_log()
        with open(mount / "huge.raw", "rb", buffering=0) as file:
            hole = os.lseek(file.fileno(), 50 * GIB, os.SEEK_HOLE)
            end = os.lseek(file.fileno(), hole, os.SEEK_DATA)
            assert end - hole > 2 * MIB
            assert os.pread(file.fileno(), 2 * MIB, hole) == bytes(2 * MIB)
            # A reader in order makes readahead, which must not ask for what is known.
            for at in range(hole, min(end, hole + 512 * MIB) - MIB, MIB):
                assert os.pread(file.fileno(), MIB, at).count(0) == MIB
        near = [r for r in server.requests("huge.raw") if r.span]
        assert all(r.span and r.span[0] >= end - CHUNK for r in near)


def test_a_copy_of_a_known_image_reads_its_data_only(server: Server, huge: Path, tmp_path: Path) -> None:
    server.clear_log()
    begin = time.monotonic()
    done = rimfs("fetch", "--extents", "huge.raw.json", server.url("huge.raw"), tmp_path / "copy", seconds=60)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begin < 20
    assert fetched(server, "huge.raw") <= allocated(huge) + 16 * 2 * CHUNK
    same_content(tmp_path / "copy", huge)


def test_a_map_is_fetched_as_its_image_is(server: Server, huge: Path) -> None:
    with Mount("--extents", "huge.raw.bmap", "--user", "u:p", server.url("huge.raw"), unhedged=COUNTED):
        asked = server.requests("huge.raw.bmap")
    assert len(asked) == 1 and asked[0].authorization.startswith("Basic ")


@pytest.mark.parametrize("make, says", [
    (lambda image: json_map(image)[:-20], "invalid JSON"),
    (lambda image: json_map(image).rsplit(",\n", 1)[0] + "]", "it is of an image of"),
    (lambda image: "[]", "the list is empty"),
    (lambda image: "hello", "neither the JSON of qemu-img map nor a bmap file"),
    (lambda image: "<bmap version='1.0'></bmap>", "no BlockMap"),
    (lambda image: image.with_name("small.raw.bmap").read_text().replace("sha256", "sha512"), "checksum is missing"),
    (lambda image: image.with_name("small.raw.bmap").read_text().replace("block map", "block mop", 1), "checksum is wrong"),
    (lambda image: clients.qemu_img("map", "--output=json", image.with_name("small.qcow2")), "another format than raw"),
])
def test_a_map_that_cannot_be_the_images_refuses_the_mount(server: Server, tmp_path: Path,
                                                              make: Callable[[Path], str], says: str) -> None:
    image = server.docroot / "small.raw"
    make_sparse(image, 8 * MIB, 2, MIB)
    clients.run("bmaptool", "create", "-o", server.docroot / "small.raw.bmap", image)
    clients.qemu_img("convert", "-f", "raw", "-O", "qcow2", image, server.docroot / "small.qcow2")
    (tmp_path / "map").write_text(make(image))
    (tmp_path / "mnt").mkdir()
    done = rimfs("mount", "--extents", tmp_path / "map", server.url("small.raw"), tmp_path / "mnt")
    assert done.returncode != 0 and len(done.stderr.splitlines()) == 1, done.stderr
    assert says in done.stderr and str(tmp_path / "map") in done.stderr


def test_a_map_on_the_server_must_not_be_older_than_the_image(server: Server, tmp_path: Path) -> None:
    image = server.docroot / "small.raw"
    make_sparse(image, 8 * MIB, 2, MIB)
    beside = server.docroot / "small.raw.map"
    beside.write_text(json_map(image))
    os.utime(beside, (image.stat().st_mtime - 5,) * 2)
    (tmp_path / "mnt").mkdir()
    done = rimfs("mount", "--extents", "small.raw.map", server.url("small.raw"), tmp_path / "mnt")
    assert done.returncode != 0 and "it is older" in done.stderr and len(done.stderr.splitlines()) == 1
    with Mount("--extents", str(beside), server.url("small.raw")) as mount:  # the user gave it
        assert allocated(mount / "small.raw") == 2 * MIB


def test_a_missing_map_is_one_line(server: Server, tmp_path: Path) -> None:
    make_sparse(server.docroot / "small.raw", 8 * MIB, 2, MIB)
    (tmp_path / "mnt").mkdir()
    for name, says in (("nothing.bmap", "404"), ("./nothing.bmap", "No such file")):
        done = rimfs("mount", "--extents", name, server.url("small.raw"), tmp_path / "mnt")
        assert done.returncode != 0 and says in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_a_changed_image_does_not_keep_the_map_of_the_old_one(server: Server, tmp_path: Path) -> None:
    old = bytes(4 * MIB) + random.Random(1).randbytes(4 * MIB)
    server.put("turns.raw", old)
    (tmp_path / "map").write_text(json_map_of(old, tmp_path))
    with Mount("--extents", tmp_path / "map", "--revalidate-after", "0s", "--attribute-time", "0s",
               server.url("turns.raw")) as mount:
        assert clients.read_at(mount / "turns.raw", 0, 4096) == bytes(4096)
        new = random.Random(2).randbytes(8 * MIB)
        server.replace("turns.raw", new)
        assert (mount / "turns.raw").read_bytes() == new


def interrupted(server: Server, *words: str | Path) -> None:
    """Runs `rimfs fetch`, which copies a part of the file, because the server fails after it."""
    server.fault("disk.raw", "status", code=503, after=3)
    done = rimfs("fetch", "--connections", "1", "--retry-deadline", "1s", *words)
    assert done.returncode == 1, done.stderr
    server.clear_faults()


def wrong_map(folder: Path, size: int) -> Path:
    """It calls the first half zero."""
    zero = {"start": 0, "length": size // 2, "depth": 0, "present": True, "zero": True, "data": False, "offset": 0}
    data = zero | {"start": size // 2, "offset": size // 2, "zero": False, "data": True}
    (folder / "map").write_text(json.dumps([zero, data]))
    return folder / "map"


def test_a_copy_that_was_begun_with_a_map_is_not_continued_without_it(server: Server, tmp_path: Path) -> None:
    content = random.Random(8).randbytes(24 * MIB)
    server.put("disk.raw", content)
    url, copy = server.url("disk.raw", fault=True), tmp_path / "copy"
    given = ("--extents", str(wrong_map(tmp_path, len(content))))
    interrupted(server, *given, url, copy)
    assert json.loads((tmp_path / "copy.part.json").read_text())["complete"] >= len(content) // 2
    assert rimfs("fetch", url, copy).returncode == 0
    assert copy.read_bytes() == content
    # With the same map it goes on, and whoever gives a map gets what it says.
    copy.unlink()
    interrupted(server, *given, url, copy)
    server.clear_log()
    assert rimfs("fetch", *given, url, copy).returncode == 0
    assert fetched(server, "disk.raw") < len(content) // 2
    assert copy.read_bytes() == bytes(len(content) // 2) + content[len(content) // 2:]


def test_zeros_that_only_a_map_says_are_not_in_the_disk_cache(server: Server, tmp_path: Path) -> None:
    """A block in which such zeros lie beside fetched bytes: the next mount may have no map."""
    content = random.Random(10).randbytes(3 * MIB)
    server.put("disk.raw", content)
    options = ("--cache-dir", tmp_path / "cache", "--readahead", "0", "--format-prefetch", "off", "--access-traces", "off")
    with Mount(*options, "--extents", wrong_map(tmp_path, len(content)), server.url("disk.raw")) as mount:
        with open(mount / "disk.raw", "rb", buffering=0) as file:
            for at in range(len(content) // 2, len(content), 128 * 1024):
                assert os.pread(file.fileno(), 128 * 1024, at) == content[at:at + 128 * 1024]
            assert os.pread(file.fileno(), MIB, MIB) == bytes(MIB // 2) + content[MIB + MIB // 2:2 * MIB]
    with Mount(*options, server.url("disk.raw")) as mount:
        assert (mount / "disk.raw").read_bytes() == content
        assert (mount / "disk.raw").read_bytes() == content
    assert rimfs("cache", "verify", tmp_path / "cache").returncode == 0


def test_a_copy_of_a_mounted_file_is_not_continued_by_a_mount_without_its_map(server: Server, tmp_path: Path) -> None:
    content = random.Random(9).randbytes(24 * MIB)
    server.put("disk.raw", content)
    url, copy = server.url("disk.raw", fault=True), tmp_path / "copy"
    given = ("--extents", str(wrong_map(tmp_path, len(content))), "--connections", "1", "--retry-deadline", "1s")
    with Mount(*given, url) as mount:
        server.fault("disk.raw", "status", code=503, after=3)
        assert rimfs("fetch", mount / "disk.raw", copy).returncode == 1
        server.clear_faults()
    assert json.loads((tmp_path / "copy.part.json").read_text())["complete"] >= len(content) // 2
    with Mount(url) as mount:
        assert rimfs("fetch", mount / "disk.raw", copy).returncode == 0
    assert copy.read_bytes() == content


def json_map_of(content: bytes, folder: Path) -> str:
    """What qemu-img map says of a sparse file with this content."""
    (folder / "plain").write_bytes(content)
    clients.run("cp", "--sparse=always", folder / "plain", folder / "sparse")
    return json_map(folder / "sparse")


def zeros_of(said: str, size: int) -> list[tuple[int, int]]:
    """The zeros in a map, as far as they lie in the file: qemu-img counts in sectors."""
    return [(one["start"], one["length"]) for one in json.loads(said) if one["zero"] and one["start"] < size]


def test_data_between_imported_zeros_is_right_at_every_byte(server: Server, tmp_path: Path) -> None:
    """Pages of data and zeros in turns within a chunk, a block and across them."""
    source = random.Random(7)
    content = b"".join(source.randbytes(4096) if source.random() < 0.4 else bytes(4096) for _ in range(2048)) + b"end"
    server.put("pages.raw", content)
    (tmp_path / "map").write_text(json_map_of(content, tmp_path))
    with Mount("--extents", tmp_path / "map", "--cache-memory", "16M", server.url("pages.raw")) as mount:
        with open(mount / "pages.raw", "rb", buffering=0) as file:
            for _ in range(300):
                at = source.randrange(len(content))
                count = source.randrange(1, 40000)
                assert os.pread(file.fileno(), count, at) == content[at:at + count]
        before = allocated(mount / "pages.raw")
        assert (mount / "pages.raw").read_bytes() == content
        assert before <= allocated(mount / "pages.raw") + 4096 <= content.count(bytes(4096)) * 4096 + len(content)
        # Nothing that was known is forgotten: the same map comes out as went in.
        assert zeros_of(rimfs("map", "--json", mount / "pages.raw").stdout, len(content)) == \
            zeros_of((tmp_path / "map").read_text(), len(content))


def test_what_is_learned_shows_in_the_blocks_of_the_file_soon(server: Server) -> None:
    server.put("zeros.raw", bytes(8 << 20) + os.urandom(1 << 20))
    with Mount(server.url("zeros.raw")) as mount:
        file = mount / "zeros.raw"
        assert allocated(file) == 9 << 20
        assert file.read_bytes()[:8 << 20] == bytes(8 << 20)
        wait_until(lambda: allocated(file) == 1 << 20, 5, "the kernel to ask for the attributes again")


def test_what_is_learned_is_kept_and_every_tool_copies_it_sparse(server: Server, tmp_path: Path) -> None:
    image = server.docroot / "learn.raw"
    data = make_sparse(image, GIB // 2, 16, 2 * MIB)
    options = ("--cache-dir", tmp_path / "cache", "--cache-memory", "64M", server.url("learn.raw"))
    with Mount(*options, unhedged=COUNTED) as mount:
        clients.qemu_img("convert", "-f", "raw", "-O", "raw", mount / "learn.raw", tmp_path / "first")
    same_content(tmp_path / "first", image)
    server.clear_log()
    with Mount(*options, unhedged=COUNTED) as mount:
        mounted = mount / "learn.raw"
        learned, true = (extents_of(said) for said in (rimfs("map", "--json", mounted).stdout, json_map(image)))
        assert [zero for _, _, zero in learned] == [zero for _, _, zero in true]
        assert sum(length for _, length, _ in learned) == image.stat().st_size
        for (begin, length, zero), (true_begin, true_length, _) in zip(learned, true):
            if zero:  # what is kept on disk is kept in chunks: at either end some pages of zeros may count as data
                assert true_begin <= begin < true_begin + CHUNK
                assert true_begin + true_length - CHUNK < begin + length <= true_begin + true_length
        read_before = json.loads(rimfs("status", "--json", mount.folder).stdout)["network"]["bytes"]
        clients.qemu_img("convert", "-f", "raw", "-O", "raw", mounted, tmp_path / "second")
        clients.run("cp", "--sparse=auto", mounted, tmp_path / "cp")
        clients.run("rsync", "-S", mounted, tmp_path / "rsync")
        clients.run("tar", "-S", "-cf", tmp_path / "tar", "-C", mount.folder, "learn.raw")
        assert read_before == json.loads(rimfs("status", "--json", mount.folder).stdout)["network"]["bytes"] == 0
    assert fetched(server, "learn.raw") == 0
    (tmp_path / "out").mkdir()
    assert (tmp_path / "tar").stat().st_size <= data + 16 * 3 * CHUNK
    clients.run("tar", "-S", "-xf", tmp_path / "tar", "-C", tmp_path / "out")
    wanted = clients.sha256(image)
    for copy in (tmp_path / "second", tmp_path / "cp", tmp_path / "rsync", tmp_path / "out" / "learn.raw"):
        assert clients.sha256(copy) == wanted, copy
        assert allocated(copy) <= data + 16 * 2 * 65536, copy
        copy.unlink()
    image.unlink()


def test_an_exported_bmap_copies_with_bmaptool_and_imports_again(server: Server, tmp_path: Path) -> None:
    source = random.Random(3)
    content = source.randbytes(3 * MIB) + bytes(5 * MIB) + source.randbytes(MIB) + bytes(3 * MIB + 1234)
    server.put("export.raw", content)
    with Mount(server.url("export.raw")) as mount:
        empty = rimfs("map", "--bmap", mount / "export.raw").stdout
        assert f"<MappedBlocksCount>{(len(content) + 4095) // 4096}</MappedBlocksCount>" in empty
        assert (mount / "export.raw").read_bytes() == content
        done = rimfs("map", "--bmap", mount / "export.raw")
        assert done.returncode == 0
        (tmp_path / "export.bmap").write_text(done.stdout)
        assert f"<MappedBlocksCount>{4 * MIB // 4096}</MappedBlocksCount>" in done.stdout
        assert re.findall(r"<Range[^>]*>\s*([\d-]+)\s*<", done.stdout) == ["0-767", "2048-2303"]  # of 4 KiB: 3 MiB, and 1 at 8
        clients.run("bmaptool", "copy", "--bmap", tmp_path / "export.bmap", mount / "export.raw", tmp_path / "copy")
        (tmp_path / "export.json").write_text(rimfs("map", "--json", mount / "export.raw").stdout)
    assert (tmp_path / "copy").read_bytes() == content
    assert allocated(tmp_path / "copy") <= 4 * MIB + 65536
    for name in ("export.bmap", "export.json"):
        with Mount("--extents", tmp_path / name, server.url("export.raw")) as mount:
            assert allocated(mount / "export.raw") == 4 * MIB
            assert (mount / "export.raw").read_bytes() == content


def test_the_map_of_an_image_in_a_file_is_of_the_image(server: Server, tmp_path: Path) -> None:
    inner = bytes(4 * MIB) + random.Random(1).randbytes(MIB)
    server.put("outer.bin", random.Random(2).randbytes(MIB) + inner + b"trailer")
    (tmp_path / "map").write_text(json_map_of(inner, tmp_path))
    config = (f"sources:\n  - url: '{server.url('outer.bin')}'\n    offset: 1M\n    length: 5M\n"
              f"    extents: {tmp_path / 'map'}\n")
    with Mount(config=config, unhedged=COUNTED) as mount:
        assert allocated(mount / "outer.bin") == MIB
        assert (mount / "outer.bin").read_bytes() == inner
    assert fetched(server, "outer.bin") <= MIB + 2 * CHUNK


@pytest.mark.seconds(3600)
@pytest.mark.parametrize("imported", [False, True])
def test_random_reads_and_seeks_never_differ_from_the_original(server: Server, tmp_path: Path, imported: bool) -> None:
    """RIMFS_TEST_OPERATIONS: how many of them (default 20,000)."""
    operations = int(os.environ.get("RIMFS_TEST_OPERATIONS", "20000"))
    source = random.Random(11)
    image = server.docroot / "random.raw"
    with open(image, "wb") as file:
        while file.tell() < 192 * MIB:  # extents of all lengths, from a page to some blocks
            length = int(4096 * 2 ** source.uniform(0, 10)) & ~4095
            if source.random() < 0.5:
                file.write(source.randbytes(length))
            else:
                file.seek(length, os.SEEK_CUR)
        file.write(b"the end")
    options = ["--extents", "random.raw.bmap"] if imported else []
    if imported:
        clients.run("bmaptool", "create", "-o", server.docroot / "random.raw.bmap", image)
    # Less memory than data, and a disk cache that has to give up blocks.
    with Mount(*options, "--cache-memory", "16M", "--cache-dir", tmp_path / "cache", "--cache-size", "64M",
               server.url("random.raw")) as mount:
        seed = random.SystemRandom().randrange(1 << 60)
        counts = seek_checker.check(mount / "random.raw", image, operations, 4, seed)
        assert counts["reads"] + counts["seeks"] == operations and counts["holes"] > 0
    image.unlink()

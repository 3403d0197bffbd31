# SPDX-License-Identifier: MIT
"""Members of archives as files: URL!/MEMBER, --archives folder."""

from __future__ import annotations

import errno
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import clients
from rig.archives import DISK1, DISK2, MIB, NUMBERS, OVF, Shelf, tar_of, xz_of, zip_of
from rig.mount import Mount, MountFailed, rimfs
from rig.processes import wait_until
from rig.sparse_body import SparseBody
from rig.webdav_servers import webdav_servers


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Shelf() as shelf:
        yield shelf


OVA = tar_of({"appliance.ovf": OVF, "appliance.mf": b"SHA256", "disk1.vmdk": DISK1, "disk2.vmdk": DISK2})


# ---- One member

def test_a_member_of_an_ova_is_mounted_alone_after_few_requests(shelf: Shelf) -> None:
    url = shelf.put("appliance.ova", OVA)
    with Mount(f"{url}!/disk1.vmdk") as mount:
        assert os.listdir(mount.folder) == ["disk1.vmdk"]
        assert len(shelf.ranges("appliance.ova")) <= 4
        status = (mount / "disk1.vmdk").stat()
        assert (status.st_size, status.st_mtime) == (len(DISK1), 1_600_000_000)
        assert (mount / "disk1.vmdk").read_bytes() == DISK1


def test_a_member_can_have_another_name_and_be_copied(shelf: Shelf, tmp_path: Path) -> None:
    url = shelf.put("appliance.ova", OVA)
    with Mount(f"root.vmdk={url}!/disk2.vmdk", f"{url}!/disk1.vmdk") as mount:
        assert sorted(os.listdir(mount.folder)) == ["disk1.vmdk", "root.vmdk"]
        assert (mount / "root.vmdk").read_bytes() == DISK2
    done = rimfs("fetch", f"{url}!/disk1.vmdk", tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == DISK1


def test_the_query_of_the_url_is_the_archives_wherever_it_stands(shelf: Shelf) -> None:
    url = shelf.put("a.tar", tar_of({"x/y z.img": DISK1}))
    for source in (f"{url}?k=v!/x/y%20z.img", f"{url}!/x/y%20z.img?k=v"):
        shelf.forget()
        with Mount(source) as mount:
            assert (mount / "y z.img").read_bytes() == DISK1
        paths = {request.path for request in shelf.requests}
        assert paths == {"/a.tar?k=v"}


def test_a_folder_of_an_archive_and_all_of_it(shelf: Shelf) -> None:
    url = shelf.put("a.tar", tar_of({"./images/one.img": DISK1, "./images/deep/two.img": DISK2, "./note": OVF}))
    with Mount(f"{url}!/") as mount:
        assert sorted(os.listdir(mount.folder)) == ["images", "note"]
        assert (mount / "images/deep/two.img").read_bytes() == DISK2
    with Mount(f"{url}!/images/") as mount:
        assert sorted(os.listdir(mount.folder)) == ["deep", "one.img"]
        assert (mount / "one.img").read_bytes() == DISK1


def test_an_archive_in_an_archive(shelf: Shelf) -> None:
    url = shelf.put("all.zip", zip_of({"appliance.ova": OVA}))
    with Mount(f"{url}!/appliance.ova!/disk2.vmdk") as mount:
        assert (mount / "disk2.vmdk").read_bytes() == DISK2


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_member_of_more_than_8_gib(shelf: Shelf, form: int) -> None:
    size = 20 << 30
    member = tarfile.TarInfo("big.img")
    member.size = size
    head = member.tobuf(form)
    last = tarfile.TarInfo("last.img")
    last.size = len(OVF)
    tail = len(head) + size
    pieces = {0: head, len(head) + size - 5: b"abcde", tail: last.tobuf(form) + OVF}
    url = shelf.put("big.tar", SparseBody(tail + 512 + 512 + 1024, pieces))
    with Mount(f"{url}!/") as mount:
        assert (mount / "big.img").stat().st_size == size
        assert clients.read_at(mount / "big.img", size - 8, 100) == b"\0\0\0abcde"
        assert (mount / "last.img").read_bytes() == OVF
        assert len(shelf.ranges("big.tar")) <= 8


@pytest.mark.parametrize("tool", [("tar", "--format=ustar"), ("tar", "--format=gnu"), ("tar", "--format=posix"),
                                  ("bsdtar", "--format=ustar"), ("bsdtar", "--format=pax")], ids=" ".join)
def test_archives_of_tar_programs(shelf: Shelf, tmp_path: Path, tool: tuple[str, str]) -> None:
    long = "a-long-folder-name" * 8
    (tmp_path / "in" / long).mkdir(parents=True)
    (tmp_path / "in" / long / ("n" * 150)).write_bytes(DISK1)
    (tmp_path / "in" / "short").write_bytes(OVF)
    os.link(tmp_path / "in" / "short", tmp_path / "in" / "same")
    names = ["short", "same"] if tool[1].endswith("ustar") else ["short", "same", long]
    clients.run(*tool, "-cf", tmp_path / "a.tar", "-C", tmp_path / "in", *names)
    url = shelf.put("a.tar", (tmp_path / "a.tar").read_bytes())
    with Mount(f"{url}!/") as mount:
        for one in ("short", "same"):
            assert (mount / one).read_bytes() == OVF
        if long in names:
            assert (mount / long / ("n" * 150)).read_bytes() == DISK1


def test_qemu_reads_a_disk_in_an_ova(shelf: Shelf, tmp_path: Path) -> None:
    raw, vmdk = tmp_path / "disk.raw", tmp_path / "disk.vmdk"
    raw.write_bytes(DISK1 + bytes(-len(DISK1) % 512))
    clients.run("qemu-img", "convert", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, vmdk)
    url = shelf.put("a.ova", tar_of({"a.ovf": OVF, "disk.vmdk": vmdk.read_bytes()}))
    with Mount(f"{url}!/disk.vmdk") as mount:
        clients.run("qemu-img", "compare", "-f", "raw", "-F", "vmdk", raw, mount / "disk.vmdk")


# ---- Refusals

def test_a_member_that_is_missing_is_refused_with_the_names_there_are(shelf: Shelf) -> None:
    url = shelf.put("appliance.ova", OVA)
    with pytest.raises(MountFailed) as refused, Mount(f"{url}!/disk3.vmdk"):
        pass
    assert "no member disk3.vmdk" in refused.value.done.stderr and "disk2.vmdk" in refused.value.done.stderr


@pytest.mark.parametrize("body, reason", [
    (subprocess.run(["gzip"], input=OVF, capture_output=True, check=True).stdout, "gzip"),
    (b"KDMV" + bytes(9000), "no tar, zip, xz or zstd"),
    (b"", "0 bytes"),
], ids=["gzip", "a disk", "empty"])
def test_what_is_no_archive_is_refused_with_its_kind(shelf: Shelf, body: bytes, reason: str) -> None:
    url = shelf.put("appliance.ova", body)
    with pytest.raises(MountFailed) as refused, Mount(f"{url}!/disk.vmdk"):
        pass
    assert reason in refused.value.done.stderr


def test_a_compressed_member_shows_its_size_and_why_it_cannot_be_read(shelf: Shelf) -> None:
    url = shelf.put("a.zip", zip_of({"disk.img": DISK1}, zipfile.ZIP_DEFLATED))
    with Mount(f"{url}!/", foreground=True) as mount:
        assert (mount / "disk.img").stat().st_size == len(DISK1)
        with pytest.raises(OSError) as refused:
            (mount / "disk.img").read_bytes()
        assert refused.value.errno == errno.EOPNOTSUPP
        wait_until(lambda: "compressed (deflate)" in mount.log() and "zip -0" in mount.log(), 10, "the reason")
    with pytest.raises(MountFailed) as at_mount, Mount(f"{url}!/disk.img"):
        pass
    assert "compressed (deflate)" in at_mount.value.done.stderr


def test_what_is_set_for_a_file_of_a_server_is_refused_for_a_member(shelf: Shelf) -> None:
    with pytest.raises(MountFailed) as refused, Mount("--offset", "512", f"{shelf.url('a.ova')}!/x"):
        pass
    assert "member of an archive" in refused.value.done.stderr


# ---- Archives as folders

def test_archives_of_a_listing_are_folders_when_the_user_says_so(shelf: Shelf) -> None:
    shelf.put("appliance.ova", OVA)
    shelf.put("b.zip", zip_of({"in/disk.img": DISK1, "more.tar": tar_of({"deep.img": DISK2})}))
    shelf.put("plain.img", DISK2)
    with Mount(shelf.url()) as mount:
        assert (mount / "appliance.ova").read_bytes() == OVA
    with Mount("--archives", "folder", shelf.url()) as mount:
        assert sorted(os.listdir(mount.folder)) == ["appliance.ova", "b.zip", "plain.img"]
        assert (mount / "plain.img").read_bytes() == DISK2
        assert (mount / "appliance.ova/disk1.vmdk").read_bytes() == DISK1
        assert (mount / "b.zip/in/disk.img").read_bytes() == DISK1
        assert (mount / "b.zip/more.tar/deep.img").read_bytes() == DISK2


def test_one_archive_as_a_folder_is_the_mount(shelf: Shelf) -> None:
    url = shelf.put("appliance.ova", OVA)
    with Mount("--archives", "folder", url) as mount:
        assert (mount / "disk1.vmdk").read_bytes() == DISK1


def test_a_file_that_is_no_archive_is_a_folder_that_says_so(shelf: Shelf) -> None:
    shelf.put("broken.ova", DISK2)
    shelf.put("good.img", DISK1)
    with Mount("--archives", "folder", shelf.url(), foreground=True) as mount:
        with pytest.raises(OSError) as refused:
            os.listdir(mount / "broken.ova")
        assert refused.value.errno == errno.EOPNOTSUPP
        assert (mount / "good.img").read_bytes() == DISK1
        wait_until(lambda: "no tar, zip, xz or zstd" in mount.log(), 10, "the reason")


# ---- Versions and caches

def test_a_new_version_of_the_archive_has_new_members(shelf: Shelf) -> None:
    url = shelf.put("a.tar", tar_of({"one.img": DISK1, "two.img": DISK2}))
    with Mount("--attribute-time", "0", "--revalidate-after", "0", f"{url}!/") as mount:
        assert (mount / "two.img").read_bytes() == DISK2
        shelf.put("a.tar", tar_of({"two.img": DISK1, "three.img": OVF}))
        wait_until(lambda: sorted(os.listdir(mount.folder)) == ["three.img", "two.img"], 10, "the new members")
        assert (mount / "two.img").read_bytes() == DISK1
        assert (mount / "three.img").read_bytes() == OVF


def test_an_open_member_of_a_replaced_archive_is_stale(shelf: Shelf) -> None:
    url = shelf.put("a.tar", tar_of({"one.img": DISK2}))
    with Mount("--cache-memory", "32M", f"{url}!/") as mount:
        descriptor = os.open(mount / "one.img", os.O_RDONLY)
        try:
            assert os.pread(descriptor, 4096, 0) == DISK2[:4096]
            shelf.put("a.tar", tar_of({"one.img": bytes(len(DISK2))}))
            with pytest.raises(OSError) as refused:
                os.pread(descriptor, 4096, 8 * MIB)
            assert refused.value.errno == errno.ESTALE
        finally:
            os.close(descriptor)


def fill_cache(shelf: Shelf, name: str, member: str, *options: str | Path) -> None:
    """Mounts until nothing is requested any more: a busy disk may leave out what it is too slow for."""
    for _ in range(6):
        shelf.forget()
        with Mount(*options, f"{shelf.url(name)}!/{member}") as mount:
            assert (mount / member).read_bytes() == DISK1
        if not shelf.ranges(name):
            return
    raise AssertionError(f"still requested: {shelf.ranges(name)}")


def test_the_index_is_kept_with_the_disk_cache(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("appliance.ova", OVA)
    fill_cache(shelf, "appliance.ova", "disk1.vmdk", "--cache-dir", tmp_path / "cache")


# ---- Costs

def test_one_member_of_a_zip_costs_few_requests_however_many_there_are(shelf: Shelf) -> None:
    url = shelf.put("many.zip", zip_of({f"f{one}": NUMBERS.randbytes(100_000) for one in range(200)}))
    with Mount(f"{url}!/f7") as mount:
        assert len(shelf.ranges("many.zip")) <= 3
        assert len((mount / "f7").read_bytes()) == 100_000


def test_attributes_of_all_members_cost_one_look_at_the_archive(shelf: Shelf) -> None:
    url = shelf.put("a.tar", tar_of({f"f{one}": OVF for one in range(100)}))
    with Mount("--attribute-time", "0", f"{url}!/") as mount:
        sum(entry.stat().st_size for entry in os.scandir(mount.folder))
        shelf.forget()
        assert all((mount / f"f{one}").stat().st_size == len(OVF) for one in range(100))
        looks = len(shelf.requests)
        for one in range(100):
            assert (mount / f"f{one}").read_bytes() == OVF
    assert looks <= 110  # a listing for each name, because none may be old, and nothing else


# ---- Without the server

def test_a_refused_member_is_never_read_as_bytes_of_its_archive(shelf: Shelf, tmp_path: Path) -> None:
    url = shelf.put("a.zip", zip_of({"text": DISK1}, zipfile.ZIP_DEFLATED))
    with Mount("--offline", "allow", "--cache-dir", tmp_path / "cache", f"{url}!/") as mount:
        assert (mount / "text").stat().st_size == len(DISK1)
        shelf.fail = True
        for _ in range(2):
            with pytest.raises(OSError) as refused:
                (mount / "text").read_bytes()
            assert refused.value.errno in (errno.EOPNOTSUPP, errno.EIO, errno.ETIMEDOUT)
            shelf.fail = False


@pytest.mark.parametrize("name, member", [("a.tar", "one.img"), ("one.img.xz", "one.img")])
def test_a_cached_member_is_mounted_without_its_server_when_the_user_wants_that(
        shelf: Shelf, tmp_path: Path, name: str, member: str) -> None:
    body = tar_of({"one.img": DISK1}) if name == "a.tar" else xz_of(DISK1, "--block-size=1MiB")
    url = shelf.put(name, body)
    options = ("--offline", "allow", "--cache-dir", tmp_path / "cache", "--retry-deadline", "2s")
    fill_cache(shelf, name, member, *options)
    shelf.stop()
    with Mount(*options, f"{url}!/{member}") as mount:
        assert (mount / member).read_bytes() == DISK1


# ---- Names

def test_a_url_with_a_mark_that_is_no_member_says_how_to_write_it(shelf: Shelf) -> None:
    with pytest.raises(MountFailed) as refused, Mount(f"{shelf.url('folder')}!/disk.img"):
        pass
    assert "write %21/" in refused.value.done.stderr


def test_a_message_names_the_archive_in_the_archive(shelf: Shelf) -> None:
    url = shelf.put("a.tar", tar_of({"x.img": DISK2}))
    with pytest.raises(MountFailed) as refused, Mount(f"{url}!/x.img!/q"):
        pass
    assert "a.tar!/x.img: it is no tar" in refused.value.done.stderr


def test_a_file_that_is_no_archive_is_a_file_after_the_first_look(shelf: Shelf) -> None:
    shelf.put("broken.ova", DISK2)
    with Mount("--archives", "folder", "--attribute-time", "0", shelf.url()) as mount:
        with pytest.raises(OSError):
            os.listdir(mount / "broken.ova")
        wait_until(lambda: (mount / "broken.ova").is_file(), 10, "the file")
        assert (mount / "broken.ova").read_bytes() == DISK2


def test_a_webdav_folder_with_the_name_of_an_archive_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f.tar").mkdir()
    (tmp_path / "f.tar" / "disk.img").write_bytes(DISK1)
    (tmp_path / "g.tar").write_bytes(tar_of({"disk.img": DISK2}))
    for path in (tmp_path, tmp_path / "f.tar"):
        path.chmod(0o755)
    with webdav_servers()["lighttpd"](tmp_path) as server:
        with Mount("--archives", "folder", f"{server.url}f.tar") as mount:
            assert (mount / "disk.img").read_bytes() == DISK1
        with Mount("--archives", "folder", f"{server.url}g.tar") as mount:
            assert (mount / "g.tar/disk.img").read_bytes() == DISK2
        with Mount(f"{server.url}g.tar!/disk.img") as mount:
            assert (mount / "disk.img").read_bytes() == DISK2


def test_an_archive_that_gets_a_validator_is_another_version(shelf: Shelf) -> None:
    first, second = tar_of({"one": bytes(5000), "two": DISK1[:5000]}), tar_of({"one": OVF, "two": DISK1[1:9001]})
    size = max(len(first), len(second))
    shelf.tagged = False
    url = shelf.put("a.tar", first.ljust(size, b"\0"))
    with Mount("--attribute-time", "0", "--revalidate-after", "0", f"{url}!/") as mount:
        assert (mount / "two").read_bytes() == DISK1[:5000]
        shelf.tagged = True
        shelf.put("a.tar", second.ljust(size, b"\0"))
        wait_until(lambda: (mount / "two").stat().st_size == 9000, 10, "the new member")
        assert (mount / "two").read_bytes() == DISK1[1:9001]

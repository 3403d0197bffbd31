# SPDX-License-Identifier: MIT
"""Every program that can judge an image agrees with the original, while the server breaks a share of its replies."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig import clients, images
from rig.expect import PATIENT
from rig.mount import Mount
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")


@dataclass(frozen=True)
class Link:
    """How a mount reads, and that every so many-th reply is a 503, a reset, a cut or a stall."""

    block_size: str
    tls: bool
    broken_every: int
    http_version: str = "1.1"

    def __str__(self) -> str:
        return f"{'https' if self.tls else 'http'}-{self.http_version}-{self.block_size}"


# With large blocks there are few requests, so a larger share of them fails.
SMALL = Link("64K", tls=False, broken_every=20)
LARGE = Link("16M", tls=True, broken_every=4)
USUAL = Link("1M", tls=True, broken_every=10)
HTTP2 = Link("1M", tls=True, broken_every=10, http_version="2")


@contextlib.contextmanager
def rough_mount(server: Server, link: Link, *images_to_serve: Path) -> Iterator[Mount]:
    """The images, mounted cold over that link."""
    server.fault("*", "mix", every=link.broken_every)
    urls = [server.url(server.share(image), tls=link.tls, fault=True) for image in images_to_serve]
    trust = ["--ca-file", str(server.ca_file)] if link.tls else []
    with Mount(*PATIENT, "--block-size", link.block_size, "--http-version", link.http_version, *trust, *urls) as mount:
        yield mount


both = pytest.mark.parametrize("link", [SMALL, LARGE], ids=str)
all_links = pytest.mark.parametrize("link", [SMALL, LARGE, USUAL, HTTP2], ids=str)


@all_links
def test_sha256sum_agrees(server: Server, link: Link) -> None:
    image = images.data(96, extra=12345)
    with rough_mount(server, link, image) as mount:
        assert clients.sha256sum(mount / image.name) == clients.sha256(image)


@both
def test_cmp_agrees(server: Server, link: Link) -> None:
    image = images.disk()
    with rough_mount(server, link, image) as mount:
        clients.cmp(mount / image.name, image)


@both
def test_dd_with_o_direct_agrees(server: Server, link: Link) -> None:
    image = images.data(64)
    with rough_mount(server, link, image) as mount:
        assert clients.dd_direct_sha256(mount / image.name) == clients.sha256(image)


@both
def test_qemu_img_compare_agrees_on_a_qcow2_and_on_its_raw_source(server: Server, link: Link) -> None:
    raw = images.disk()
    qcow2 = images.qcow2(raw)
    with rough_mount(server, link, raw, qcow2) as mount:
        clients.qemu_img("compare", "-f", "qcow2", "-F", "raw", mount / qcow2.name, raw)
        clients.qemu_img("compare", "-f", "raw", "-F", "qcow2", mount / raw.name, qcow2)


def test_qemu_img_convert_gives_the_original_back(server: Server, tmp_path: Path) -> None:
    raw = images.disk()
    qcow2 = images.qcow2(raw, "-c")
    with rough_mount(server, USUAL, qcow2) as mount:
        clients.qemu_img("convert", "-f", "qcow2", "-O", "raw", mount / qcow2.name, tmp_path / "back.raw")
    assert clients.sha256(tmp_path / "back.raw") == clients.sha256(raw)


@pytest.mark.parametrize("how", ["sequential", "random", "mmap", "direct"])
def test_fio_finds_every_checksum_right(server: Server, how: str) -> None:
    image = images.verified(16 if how == "random" else 64)  # one read at a time waits for every stall
    with rough_mount(server, SMALL if how in ("random", "direct") else LARGE, image) as mount:
        clients.fio_verify(mount / image.name, how)


@both
def test_fsck_finds_a_clean_file_system(server: Server, link: Link) -> None:
    image = images.disk()
    with rough_mount(server, link, image) as mount:
        clients.fsck_ext4(mount / image.name, images.PARTITION_OFFSET)


@contextlib.contextmanager
def loop_device(image: Path, offset: int) -> Iterator[str]:
    """A read-only loop device over a partition of the image."""
    done = clients.run("losetup", "--read-only", "--find", "--show", "--offset", str(offset), image, check=False)
    if done.returncode != 0:
        if "loop" in done.stderr and not os.path.exists("/dev/loop-control"):
            pytest.skip("no loop devices here")
        raise AssertionError(done.stderr)
    device = done.stdout.strip()
    try:
        yield device
    finally:
        clients.run("losetup", "--detach", device)


@contextlib.contextmanager
def ext4_mount(device: str, folder: Path) -> Iterator[Path]:
    clients.run("mount", "-t", "ext4", "-o", "ro,noload", device, folder)
    try:
        yield folder
    finally:
        clients.run("umount", folder)


@pytest.mark.needs_root
@both
def test_a_loop_mounted_partition_holds_the_same_files(server: Server, link: Link, tmp_path: Path) -> None:
    image = images.disk()
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    with rough_mount(server, link, image) as mount:
        with loop_device(mount / image.name, images.PARTITION_OFFSET) as remote, ext4_mount(remote, ours), \
                loop_device(image, images.PARTITION_OFFSET) as local, ext4_mount(local, theirs):
            clients.run("diff", "-r", "--no-dereference", ours, theirs)


@pytest.mark.seconds(240)
def test_guestfish_inspects_a_guest(server: Server, tmp_path: Path) -> None:
    try:
        image = images.guest()
    except images.Unavailable as reason:
        pytest.skip(str(reason))
    if shutil.which("guestfish") is None:
        pytest.skip("guestfish is not installed")
    clients.run("debugfs", "-R", f"dump /usr/bin/bash {tmp_path}/bash", f"{image}?offset={images.PARTITION_OFFSET}")
    script = "cat /etc/hostname\nchecksum sha256 /usr/bin/bash\ninspect-get-roots\n"
    with rough_mount(server, USUAL, image) as mount:
        lines = clients.guestfish(script, mount / image.name, inspect=True).split()
    assert lines == ["rig-guest", clients.sha256(tmp_path / "bash"), "/dev/sda1"]

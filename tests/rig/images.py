# SPDX-License-Identifier: MIT
"""Builders of test images. Each is made once and kept in a cache folder; treat what they return as read-only."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import random
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

MIB = 1 << 20
PARTITION_OFFSET = MIB
_REVISION = 1  # part of every name: raise it when a builder's output changes


class Unavailable(Exception):
    """This machine cannot make that image; the text says why."""


def cache_folder() -> Path:
    folder = Path(os.environ.get("RIMFS_TEST_CACHE") or f"/var/tmp/rimfs-test-{os.getuid()}")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def only_one(name: str) -> Iterator[None]:
    """One process at a time makes what has this name in the cache folder; others wait."""
    locks = cache_folder() / "locks"
    locks.mkdir(exist_ok=True)
    with open(locks / name, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(*command: str | Path, seconds: float = 120, **options: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=seconds,
                   **options)  # type: ignore[call-overload]


def _cached(name: str, build: Callable[[Path], None]) -> Path:
    """The cached file of that name, built beside it and renamed so that half an image is never seen. One process builds it:
    a second one's would take the place of a file that is being served, which is another version then."""
    stem, dot, suffix = name.partition(".")
    target = cache_folder() / f"{stem}-r{_REVISION}{dot}{suffix}"
    with only_one(target.name):
        if not target.exists():
            part = target.with_name(f"{os.getpid()}-{target.name}")
            try:
                build(part)
                os.replace(part, target)
            finally:
                part.unlink(missing_ok=True)
    return target


def pseudo_random(count: int, seed: int) -> bytes:
    """The same bytes for the same seed, everywhere."""
    return random.Random(seed).randbytes(count)


def data(mebibytes: int, seed: int = 1, extra: int = 0) -> Path:
    """Incompressible data of that many MiB, and `extra` bytes so that it need not end with a block."""

    def build(part: Path) -> None:
        with open(part, "wb") as out:
            for index in range(mebibytes):
                out.write(pseudo_random(MIB, seed * 1_000_003 + index))
            out.write(pseudo_random(extra, seed))

    return _cached(f"data-{mebibytes}m-{extra}-{seed}.bin", build)


def sparse(mebibytes: int, every: int = 8, seed: int = 2) -> Path:
    """Holes, with 64 KiB of data at the start of every eighth MiB."""

    def build(part: Path) -> None:
        with open(part, "wb") as out:
            out.truncate(mebibytes * MIB)
            for index in range(0, mebibytes, every):
                out.seek(index * MIB)
                out.write(pseudo_random(64 << 10, seed * 1_000_003 + index))

    return _cached(f"sparse-{mebibytes}m-{every}-{seed}.raw", build)


def _tree(folder: Path, mebibytes: int) -> None:
    """Files of many sizes, about the given amount, and a few of the odd kinds."""
    (folder / "etc").mkdir()
    (folder / "etc" / "hostname").write_text("rig\n")
    (folder / "etc" / "link").symlink_to("hostname")
    (folder / "empty").touch()
    with open(folder / "holes", "wb") as out:
        out.truncate(4 * MIB)
    (folder / "small").mkdir()
    for index in range(200):
        (folder / "small" / f"file {index}").write_bytes(pseudo_random(17 * index, 7000 + index))
    (folder / "large").write_bytes(pseudo_random(mebibytes * MIB, 7))


def _make_disk(part: Path, tree: Path, mebibytes: int) -> None:
    """A GPT disk with one ext4 partition at 1 MiB that holds the tree. Needs neither root nor loop devices."""
    with open(part, "wb") as out:
        out.truncate(mebibytes * MIB)
    table = "label: gpt\nstart=2048, type=linux\n"
    _run("sfdisk", "--quiet", part, input=table.encode())
    _run("mke2fs", "-q", "-t", "ext4", "-d", tree, "-E", f"offset={PARTITION_OFFSET},root_owner=0:0", "-L", "rig",
         part, f"{(mebibytes - 2) * 1024}k")


def disk(mebibytes: int = 128) -> Path:
    """A raw disk: GPT, one ext4 partition, half full."""

    def build(part: Path) -> None:
        with tempfile.TemporaryDirectory(dir=cache_folder()) as tree:
            _tree(Path(tree), mebibytes // 2)
            _make_disk(part, Path(tree), mebibytes)

    return _cached(f"disk-{mebibytes}m.raw", build)


def qcow2(source: Path, *options: str) -> Path:
    """A qcow2 of a raw image."""
    tag = "".join(letter for letter in "".join(options) if letter.isalnum())
    return _cached(f"{source.name.partition('.')[0]}{tag}.qcow2",
                   lambda part: _run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", *options, source, part))


def verified(mebibytes: int = 64) -> Path:
    """A file written by fio with a crc32c in every 4 KiB, for clients.fio_verify."""

    def build(part: Path) -> None:
        _run("fio", "--name=make", f"--filename={part}", "--rw=write", "--bs=4k", f"--size={mebibytes}m",
             "--verify=crc32c", "--do_verify=0", "--verify_state_save=0", "--end_fsync=1", cwd=str(cache_folder()))

    return _cached(f"fio-{mebibytes}m.bin", build)


def _debootstrap(tree: Path, *options: str, seconds: float = 400) -> None:
    """A small Debian in an empty folder. Its file system has the label rig. Raises Unavailable."""
    try:
        _run("debootstrap", "--variant=minbase", *options, "bookworm", tree, seconds=seconds)
    except subprocess.CalledProcessError as problem:
        raise Unavailable("debootstrap failed: " + problem.stdout.decode(errors="replace")[-300:]) from None
    (tree / "etc/fstab").write_text("LABEL=rig / ext4 defaults 0 1\n")
    (tree / "etc/hostname").write_text("rig-guest\n")
    for archive in (tree / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()


def _needs_debootstrap() -> None:
    if os.geteuid() != 0:
        raise Unavailable("debootstrap needs root")
    if shutil.which("debootstrap") is None:
        raise Unavailable("debootstrap is not installed")


def guest() -> Path:
    """A small Debian that guestfish can inspect. Needs root and debootstrap, and a minute once."""
    _needs_debootstrap()

    def build(part: Path) -> None:
        with tempfile.TemporaryDirectory(dir=cache_folder()) as tree:
            _debootstrap(Path(tree))
            _make_disk(part, Path(tree), 512)

    return _cached("guest-512m.raw", build)


def convertible_guest() -> Path:
    """A small Debian with a kernel and a menu of GRUB, which is what virt-v2v looks for. Needs what guest() needs."""
    _needs_debootstrap()

    def build(part: Path) -> None:
        with tempfile.TemporaryDirectory(dir=cache_folder()) as tree:
            root = Path(tree)
            _debootstrap(root, "--include=linux-image-cloud-amd64,grub2-common", seconds=900)
            kernel = next((root / "boot").glob("vmlinuz-*")).name
            (root / "boot/grub").mkdir(exist_ok=True)
            (root / "boot/grub/grub.cfg").write_text(
                f"menuentry 'rig' {{\n  linux /boot/{kernel} root=LABEL=rig ro\n"
                f"  initrd /boot/{kernel.replace('vmlinuz', 'initrd.img')}\n}}\n")
            _make_disk(part, root, 1024)

    return _cached("convertible-guest-1024m.raw", build)


def bootable(text: str, mebibytes: int = 64) -> Path:
    """A raw disk whose boot sector reads the disk's last sector and writes the text there to the first serial port, then
    ends qemu by its device isa-debug-exit at 0xf4 (status 33). `text`: ASCII, shorter than a sector."""
    last = mebibytes * MIB // 512 - 1

    def build(part: Path) -> None:
        with open(part, "wb") as out:
            out.truncate(mebibytes * MIB)
            out.write(_boot_sector(last))
            out.seek(last * 512)
            out.write(text.encode() + b"\n\0")

    return _cached(f"bootable-{mebibytes}m-{hashlib.sha256(text.encode()).hexdigest()[:8]}.raw", build)


def _boot_sector(sector: int) -> bytes:
    """Machine code for 16 bits at 0x7c00. The BIOS's extended read (INT 13h, AH=42h) brings `sector` to 0x8000."""
    code = bytes.fromhex("31c08ed8"      # xor ax, ax; mov ds, ax
                         "be407c"        # mov si, 0x7c40: the disk address packet
                         "b442cd13"      # mov ah, 0x42; int 0x13
                         "be0080"        # mov si, 0x8000
                         "ac84c07406"    # next: lodsb; test al, al; jz done
                         "baf803ee"      # mov dx, 0x3f8; out dx, al
                         "ebf5"          # jmp next
                         "baf400b010ee"  # done: mov dx, 0xf4; mov al, 0x10; out dx, al
                         "f4")           # hlt
    packet = struct.pack("<BBHHHQ", 16, 0, 1, 0x8000, 0, sector)
    return (code.ljust(0x40, b"\0") + packet).ljust(510, b"\0") + b"\x55\xaa"

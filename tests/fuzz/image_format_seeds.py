#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Made tests/fuzz/seeds/image_format: real images, cut down to what is not zero, as that target takes them.

    image_format_seeds.py FOLDER
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rig import vmdk  # noqa: E402

SECTOR = 512
LARGEST_SEED = 32768
FORMATS = {
    "qcow2": [], "qcow2-v2": ["compat=v2"], "qcow2-extended": ["extended_l2=on"], "vmdk": [],
    "vmdk-stream": ["subformat=streamOptimized"], "vpc": [], "vhdx": [], "vdi": [],
}


def pieces(image: Path) -> bytes:
    """The image's size, then its first sectors that hold anything: place, size, bytes without the zeros at their end."""
    out = struct.pack("<Q", image.stat().st_size)
    place = 0
    with open(image, "rb") as file:
        while len(out) < LARGEST_SEED and (sector := file.read(SECTOR)):
            if content := sector.rstrip(b"\0"):
                out += struct.pack("<IH", place, len(content)) + content
            place += 1
    return out


def make_disk(raw: Path, table: str) -> None:
    with open(raw, "wb") as file:
        file.truncate(32 << 20)
    subprocess.run(["sfdisk", "--quiet", raw], input=table.encode(), check=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", "offset=1048576", raw, "8192k"], check=True, capture_output=True)


def make_snapshots(folder: Path) -> dict[str, Path]:
    """A file of each kind that a disk of an ESXi server has, with two tables, data and zeros."""
    disk = vmdk.flat(folder, "disk", 32 << 20)
    files = {"vmdk-descriptor": disk.descriptor}
    for name, form in (("vmdk-cowd", vmdk.VMFS_SPARSE), ("vmdk-sesparse", vmdk.SE_SPARSE)):
        grains = {vmdk.ENTRIES + 3: b"data", 1: b"more", 2: vmdk.ZERO, 5: b"end"}
        files[name] = vmdk.snapshot(folder, name, form, disk, grains).data
    return files


def main() -> None:
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        gpt, mbr, image = (Path(scratch) / name for name in ("gpt", "mbr", "image"))
        make_disk(gpt, "label: gpt\nstart=2048, size=16384, type=linux\nstart=20480, type=linux\n")
        make_disk(mbr, "label: dos\nstart=2048, size=16384, type=83\nstart=20480, type=5\nstart=22528, type=83\n")
        for raw in (gpt, mbr):
            (target / raw.name).write_bytes(pieces(raw))
        for name, options in FORMATS.items():
            words = [word for option in options for word in ("-o", option)]
            subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", name.split("-")[0], *words, gpt, image], check=True)
            (target / name).write_bytes(pieces(image))
        for name, file in make_snapshots(Path(scratch)).items():
            (target / name).write_bytes(pieces(file))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: MIT
"""The folder that each real server serves: images, a compressed one, and small files whose names URLs must escape."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
RAW, QCOW2, GZIP = "raw.img", "disk.qcow2", "raw.img.gz"
IMAGES = (RAW, QCOW2, GZIP)
# No two have the same size, so that a size taken from another file shows.
NAMES = ("two words.img", "Umläut ß.img", "日本.img", "this & that.img", "a&b.img", "100%.img", "percent%41.img",
         "plus+plus.img", "hash#mark.img")
FOLDER, INNER = "sub folder", "inner"
TIME = 1706933106  # 2024-02-03 04:05:06 UTC, long enough ago for a strong Last-Modified


@dataclass(frozen=True)
class Content:
    """A folder "images" below `docroot`, and the bytes of its files by name."""

    docroot: Path
    files: dict[str, bytes]

    @property
    def folder(self) -> Path:
        return self.docroot / "images"


def quoted(name: str) -> str:
    """As a part of a URL's path."""
    return urllib.parse.quote(name)


def _raw() -> bytes:
    """16 MiB: random MiB, and zeros at the begin of the second half and in every third MiB."""
    made = random.Random(16)
    return b"".join(bytes(MIB) if index % 3 == 1 or index == 8 else made.randbytes(MIB) for index in range(16))


def make(docroot: Path) -> Content:
    folder = docroot / "images"
    folder.mkdir()
    raw = _raw()
    files = {RAW: raw, GZIP: gzip.compress(raw[:5 * MIB], 1, mtime=TIME)}
    files |= {name: random.Random(name).randbytes(1000 + 37 * index) for index, name in enumerate(NAMES)}
    for name, body in files.items():
        (folder / name).write_bytes(body)
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", folder / RAW, folder / QCOW2], check=True)
    files[QCOW2] = (folder / QCOW2).read_bytes()
    (folder / FOLDER).mkdir()
    (folder / FOLDER / INNER).write_bytes(b"inner")
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (TIME, TIME))
    return Content(docroot, files)

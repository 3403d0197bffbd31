#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Made tests/fuzz/seeds/xz_frames and zstd_frames, with xz and zstd.

    compressed_file_seeds.py FOLDER
"""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

CONTENT = b"".join(b"line %d of a file\n" % number for number in range(300))
XZ = {
    "plain": [], "blocks": ["--block-size=1000"], "x86": ["--x86", "--lzma2=dict=4KiB"],
    "delta": ["--delta=dist=4", "--lzma2=dict=4KiB"], "sha256": ["--check=sha256"], "no-check": ["--check=none"],
    "threads": ["-T2", "--block-size=2000"],
}


def run(*command: str, content: bytes = CONTENT) -> bytes:
    return subprocess.run(command, input=content, check=True, stdout=subprocess.PIPE).stdout


def seekable(pieces: list[bytes]) -> bytes:
    """zstd frames, and a seek table without sums."""
    frames = [run("zstd", "-q", "-c", content=piece) for piece in pieces]
    entries = b"".join(struct.pack("<II", len(frame), len(piece)) for frame, piece in zip(frames, pieces, strict=True))
    footer = struct.pack("<IBI", len(frames), 0, 0x8F92EAB1)
    return b"".join(frames) + struct.pack("<II", 0x184D2A5E, len(entries) + len(footer)) + entries + footer


def main() -> None:
    xz, zstd = (Path(sys.argv[1]) / name for name in ("xz_frames", "zstd_frames"))
    for folder in (xz, zstd):
        folder.mkdir(parents=True, exist_ok=True)
    for name, options in XZ.items():
        (xz / name).write_bytes(run("xz", "-c", *options))
    plain = (xz / "plain").read_bytes()
    (xz / "streams").write_bytes(plain + bytes(8) + (xz / "sha256").read_bytes() + bytes(4))
    single = run("zstd", "-q", "-c", f"--stream-size={len(CONTENT)}")
    (zstd / "single").write_bytes(single)
    (zstd / "no-size").write_bytes(run("zstd", "-q", "-c"))
    (zstd / "seekable").write_bytes(seekable([CONTENT[:1000], CONTENT[1000:3000], b"", CONTENT[3000:]]))


if __name__ == "__main__":
    main()

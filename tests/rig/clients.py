# SPDX-License-Identifier: MIT
"""The programs that judge a mounted image. Each has a time limit, so that a hang is a failure with a name."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SECONDS = 60.0


def run(*command: str | Path, seconds: float = SECONDS, check: bool = True, **options: object
        ) -> subprocess.CompletedProcess[str]:
    """Runs to the end with output captured; with `check`, failure raises with that output in it."""
    words = [str(part) for part in command]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=seconds,
        **options)  # type: ignore[call-overload]
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def sha256(path: Path | str) -> str:
    """In this process, in reads of 1 MiB."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def sha256sum(path: Path | str) -> str:
    return run("sha256sum", path).stdout.split()[0]


def cmp(one: Path, other: Path) -> None:
    run("cmp", one, other)


def read_at(path: Path | str, offset: int, count: int, flags: int = 0) -> bytes:
    """One open, one close, and what is there in between: errors arrive as OSError with their errno. A read that fails
    after some bytes gives those to its caller, and the error to the next one."""
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        data = b""
        while len(data) < count:
            piece = os.pread(descriptor, count - len(data), offset + len(data))
            if not piece:
                break
            data += piece
        return data
    finally:
        os.close(descriptor)


def dd_direct_sha256(path: Path, block: str = "1M") -> str:
    """Read with O_DIRECT by dd, summed by sha256sum."""
    command = f"set -o pipefail; dd if='{path}' iflag=direct bs={block} status=none | sha256sum"
    return run("bash", "-c", command).stdout.split()[0]


def qemu_img(*arguments: str | Path, seconds: float = SECONDS) -> str:
    return run("qemu-img", *arguments, seconds=seconds).stdout


def fio_verify(path: Path, how: str) -> None:
    """Checks the crc32c in every 4 KiB of an images.verified() file: sequential, random, mmap or direct."""
    modes = {
        "sequential": ["--rw=read", "--ioengine=psync"],
        "random": ["--rw=randread", "--ioengine=psync"],
        "mmap": ["--rw=randread", "--ioengine=mmap"],
        "direct": ["--rw=randread", "--ioengine=libaio", "--iodepth=16", "--direct=1"],
    }
    with tempfile.TemporaryDirectory() as folder:
        run("fio", "--name=verify", f"--filename={path}", "--readonly", "--bs=4k", "--verify=crc32c",
            "--verify_fatal=1", "--verify_state_save=0", "--allow_file_create=0", *modes[how], cwd=folder)


def curl(*arguments: str | Path, check: bool = True, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
    return run("curl", "--silent", "--show-error", *arguments, check=check, seconds=seconds)


def aria2c(url: str, target: Path, connections: int = 16, seconds: float = 300, ca_file: Path | None = None) -> None:
    """The yardstick: one file over that many connections."""
    trust = [f"--ca-certificate={ca_file}"] if ca_file else []
    run("aria2c", "--no-conf", "--quiet", f"-x{connections}", f"-s{connections}", "-k1M", "--file-allocation=none",
        "--allow-overwrite=true", *trust, "-d", target.parent, "-o", target.name, url, seconds=seconds)


def fsck_ext4(path: Path, offset: int) -> None:
    run("fsck.ext4", "-fn", f"{path}?offset={offset}")


def guestfish(script: str, image: Path | str, *, inspect: bool = False, form: str = "raw", seconds: float = 240) -> str:
    """A batch of commands in one appliance, without KVM."""
    if shutil.which("guestfish") is None:
        raise AssertionError("guestfish is not installed (see tests/rig/packages.txt)")
    environment = os.environ | {"LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg"}
    command = ["guestfish", "--ro", f"--format={form}", "-a", str(image), *(["-i"] if inspect else [])]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=seconds, env=environment)
    if done.returncode != 0:
        raise AssertionError(f"guestfish: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout

# SPDX-License-Identifier: MIT
"""The machine that measures: what it is, how busy it is, what a process used, and making a timing fair."""

from __future__ import annotations

import mmap
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from rig.mount import program, rimfs

GIB = 1 << 30
PACKAGES = ("aria2", "curl", "fio", "guestfish", "libcurl4", "libfuse3-3", "libnbd-bin", "nbdkit", "nginx-light",
            "openssl", "qemu-block-extra", "qemu-utils", "rclone")


def _text_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    return done.stdout.strip() if done.returncode == 0 else ""


def _field(file: str, name: str) -> str:
    found = re.search(rf"^{name}\s*[:=]\s*\"?([^\"\n]*)", Path(file).read_text(), re.MULTILINE)
    return found[1].strip() if found else "unknown"


def _commit() -> str:
    commit = _text_of("git", "rev-parse", "--short=12", "HEAD") or "unknown"
    return commit + (" and changes" if _text_of("git", "status", "--porcelain", "--untracked-files=no") else "")


def _packages() -> dict[str, str]:
    lines = [_text_of("dpkg-query", "-W", "-f", "${Version}", name) for name in PACKAGES] \
        if shutil.which("dpkg-query") else [""] * len(PACKAGES)
    return {name: version for name, version in zip(PACKAGES, lines) if version}


def describe() -> dict[str, object]:
    """What a reader of the numbers must know."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %z"),
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB, 1),
        "kernel": platform.release(),
        "system": _field("/etc/os-release", "PRETTY_NAME"),
        "root": os.geteuid() == 0,
        "rimfs": rimfs("--version").stdout.strip(),
        "commit": _commit(),
        "packages": _packages(),
    }


def load() -> list[float]:
    """Runnable processes, averaged over 1, 5 and 15 minutes."""
    return [round(one, 2) for one in os.getloadavg()]


def build_of(name: str) -> Path:
    """A program of the tree that the measured rimfs was built in."""
    found = Path(program()).resolve().parent / name
    if not found.exists():
        raise AssertionError(f"{found} is not built")
    return found


def touch_free_memory(size: int) -> None:
    """A virtual machine gives free memory back to its host; the first touch of such a page then costs 20 times as much
    (measured: 2.3 s a GiB instead of 0.06). So what the work will need is touched before it is timed. Private, because
    only that comes in huge pages, which are the next ones that are given out."""
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, size, mmap.PAGESIZE):
            memory[at] = 1


def seconds(work: Callable[[], object]) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def run(*command: str | Path, limit: float = 600) -> None:
    """A command whose output nobody reads. Its failure, and taking longer than `limit` seconds, raise."""
    subprocess.run([str(word) for word in command], check=True, timeout=limit, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def warm_pages(file: Path) -> None:
    """Brings a file into the page cache, so that a server does not wait for its disk."""
    run("cat", file)


def drop_pages(*files: Path) -> None:
    """Takes the files' clean pages out of the page cache."""
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def cpu_seconds(pid: int) -> tuple[float, float]:
    """What a process has used so far, in user and in system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / ticks, int(fields[12]) / ticks


def peak_resident(pid: int) -> int:
    """Bytes that a process had in memory at most."""
    return int(_field(f"/proc/{pid}/status", "VmHWM").split()[0]) << 10

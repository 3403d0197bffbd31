# SPDX-License-Identifier: MIT
"""The programs that people use today, doing the same work."""

from __future__ import annotations

import shutil
import subprocess
import urllib.parse
from collections.abc import Callable
from pathlib import Path

Timed = Callable[[Callable[[], object]], float]
PEER_SECONDS = 240  # whoever needs longer is not waited for


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, timeout=PEER_SECONDS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def aria2c(url: str, ca: Path, connections: int, folder: Path) -> None:
    """The practical limit of a link: the whole file over as many connections."""
    target = folder / "aria2c"
    shutil.rmtree(target, ignore_errors=True)
    _run("aria2c", "-q", f"-x{connections}", f"-s{connections}", "-k1M", f"--ca-certificate={ca}", "-d", target, url)
    shutil.rmtree(target)


def _curl(url: str, ca: Path) -> None:
    _run("curl", "-s", "--cacert", ca, "-o", "/dev/null", url)


def _qemu(url: str, folder: Path) -> None:
    target = folder / "peer.raw"
    scheme = urllib.parse.urlsplit(url).scheme
    source = f'json:{{"driver":"qcow2","file":{{"driver":"{scheme}","url":"{url}","sslverify":"off"}}}}' \
        if scheme == "https" else f'json:{{"driver":"qcow2","file":{{"driver":"{scheme}","url":"{url}"}}}}'
    _run("qemu-img", "convert", "-O", "raw", source, target)
    target.unlink()


def _rclone(url: str, folder: Path, ca: Path) -> None:
    parts = urllib.parse.urlsplit(url)
    base, name = url.rsplit("/", 1)
    mountpoint, target = folder / "rclone", folder / "peer.raw"
    mountpoint.mkdir(exist_ok=True)
    _run("rclone", "mount", "--daemon", "--read-only", "--ca-cert", ca, "--http-url",
         f"{parts.scheme}://{parts.netloc}{urllib.parse.urlsplit(base).path}/", ":http:", mountpoint)
    try:
        _run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", mountpoint / name, target)
        target.unlink()
    finally:
        _run("fusermount3", "-uz", mountpoint)


def _nbdkit(url: str, folder: Path) -> None:
    target = folder / "peer.raw"
    _run("nbdkit", "-U", "-", "--filter=readahead", "--filter=cache", "--filter=retry", "curl", f"url={url}",
         "sslverify=false", "--run", f'qemu-img convert -f qcow2 -O raw "$uri" {target}')
    target.unlink(missing_ok=True)


def convert_times(timed: Timed, url: str, ca: Path, connections: int, folder: Path,
                  with_all: bool) -> dict[str, float]:
    """Seconds each installed peer needs for the same convert, and the link's own limit, aria2c. A peer that fails or
    takes longer than PEER_SECONDS is given as infinite."""
    works: dict[str, tuple[str, Callable[[], None]]] = {
        "aria2c": ("aria2c", lambda: aria2c(url, ca, connections, folder))}
    if with_all:
        works |= {"curl": ("curl", lambda: _curl(url, ca)), "qemu": ("qemu-img", lambda: _qemu(url, folder)),
                  "rclone": ("rclone", lambda: _rclone(url, folder, ca)),
                  "nbdkit": ("nbdkit", lambda: _nbdkit(url, folder))}
    times = {}
    for name, (program, work) in works.items():
        if not shutil.which(program):
            continue
        try:
            times[name] = timed(work)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            times[name] = float("inf")
    return times


def memory_filesystem(timed: Timed, folder: Path, size: int, dd: list[str]) -> float | None:
    """Seconds for the same read through a minimal FUSE program that replies from memory."""
    source = Path(__file__).with_name("memory_filesystem.c")
    program, mountpoint = folder / "memory_filesystem", folder / "memory"
    mountpoint.mkdir()
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "fuse3"], check=True, capture_output=True, text=True)
    _run("gcc", "-O2", source, "-o", program, *flags.stdout.split())
    server = subprocess.Popen([program, "-f", mountpoint, str(size)])
    try:
        while not (mountpoint / "data").exists():
            if server.poll() is not None:
                return None
        return min(timed(lambda: _run("dd", f"if={mountpoint / 'data'}", *dd)) for _ in range(3))
    finally:
        _run("fusermount3", "-u", mountpoint)
        server.wait(10)

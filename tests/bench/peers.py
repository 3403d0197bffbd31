# SPDX-License-Identifier: MIT
"""The programs that people use today, doing the same work: aria2c and curl, qemu's own curl driver, and the mounts of
rclone and of nbdkit behind nbdfuse. The slow ones do a part of it, for a while."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rig.mount import is_mounted
from rig.processes import end_with_parent, wait_until

from .figures import Figure, of_progress
from .machine import run, seconds
from .scene import MIB, Link, Scene

PROGRAMS = {"aria2c": "aria2c", "qemu": "qemu-img", "curl": "curl", "nbdkit": "nbdfuse", "rclone": "rclone"}


def installed(works: dict[str, Callable[[], Figure]]) -> dict[str, Callable[[], Figure]]:
    return {name: work for name, work in works.items() if shutil.which(PROGRAMS[name])}


# Whole files

def aria2c(scene: Scene, link: Link, image: Path) -> float:
    """Seconds for the whole file over as many connections: the practical limit of a link."""
    target = scene.scratch("aria2c")
    count = link.connections
    try:
        return seconds(lambda: run(
            "aria2c", "--no-conf", "--quiet", f"-x{count}", f"-s{count}", "-k1M", "--file-allocation=none",
            *(f"--ca-certificate={scene.server.ca_file}" for _ in range(link.tls)), "-d", target,
            scene.url(image, link)))
    finally:
        shutil.rmtree(target)


def curl(scene: Scene, link: Link, image: Path) -> Figure:
    """One connection, the first part of the file."""
    size = image.stat().st_size
    part = min(size, scene.effort.part * MIB)
    done = subprocess.run(
        ["curl", "--silent", *scene.trust(link, "--cacert"), "--range", f"0-{part - 1}", "--max-time",
         str(scene.effort.peer_seconds), "-o", "/dev/null", "-w", "%{time_starttransfer} %{time_total} %{size_download}",
         scene.url(image, link)], capture_output=True, text=True)
    begin, end, count = (float(word) for word in done.stdout.split())
    return of_progress([(begin, 0), (end, count)], size)


# qemu's own driver

def qemu_source(scene: Scene, link: Link, image: Path, form: str) -> str:
    """The driver knows no CA file: it does not check."""
    wire = {"driver": "https", "url": scene.url(image, link), "sslverify": "off"} if link.tls else \
        {"driver": "http", "url": scene.url(image, link)}
    return "json:" + json.dumps({"driver": form, "file": wire})


def qemu_convert(scene: Scene, link: Link) -> Figure:
    target = scene.folder / "peer.raw"
    limit = 3 * scene.effort.peer_seconds  # it is not so slow
    try:
        return Figure(seconds(lambda: run("qemu-img", "convert", "-O", "raw",
                                          qemu_source(scene, link, scene.qcow2, "qcow2"), target, limit=limit)))
    finally:
        target.unlink(missing_ok=True)


def qemu_sequential(scene: Scene, link: Link) -> Figure:
    """The raw image into the driver that throws away."""
    sink = f"driver=null-co,size={scene.raw.stat().st_size}"
    return Figure(seconds(lambda: run("qemu-img", "convert", "-n", "--target-image-opts",
                                      qemu_source(scene, link, scene.raw, "raw"), sink,
                                      limit=3 * scene.effort.peer_seconds)))


def qemu_random(scene: Scene, link: Link, depth: int, count: int) -> Figure:
    """Operations a second of 4 KiB each, far from one another."""
    step = (scene.vast.stat().st_size // count - 4096) & ~4095
    done = subprocess.run(
        ["qemu-img", "bench", "-c", str(count), "-d", str(depth), "-s", "4096", "-S", str(step),
         qemu_source(scene, link, scene.vast, "raw")], check=True, capture_output=True, text=True,
        timeout=3 * scene.effort.peer_seconds)
    found = re.search(r"completed in ([\d.]+) seconds", done.stdout)
    assert found, done.stdout
    return Figure(count / float(found[1]))


# Mounts

@contextlib.contextmanager
def rclone(scene: Scene, link: Link, *options: str, folder: str = "") -> Iterator[tuple[Path, int]]:
    """A folder of the server, mounted; and the process."""
    base = scene.server.url(folder, link.profile, tls=link.tls)
    with _mounted(scene, "rclone", lambda where: [
            "rclone", "mount", "--config", "/dev/null", "--read-only", "--vfs-cache-mode", "full", "--cache-dir",
            str(scene.scratch("rclone-cache")), *scene.trust(link, "--ca-cert"), *options, "--http-url", base, ":http:",
            str(where)]) as mounted:
        yield mounted
    shutil.rmtree(scene.folder / "rclone-cache")


@contextlib.contextmanager
def nbdkit(scene: Scene, link: Link, image: Path) -> Iterator[Path]:
    """One file, mounted. Filters: nbdkit's own for slow servers; blocks as large as ours, or it takes four times as
    long."""
    ca = [f"cainfo={scene.server.ca_file}"] if link.tls else []
    with _mounted(scene, "nbdfuse", lambda where: [
            "nbdfuse", "-r", str(where), "[", "nbdkit", "--exit-with-parent", "--filter=readahead",
            "--filter=cacheextents", "--filter=cache", "--filter=retry", "curl", f"url={scene.url(image, link)}", *ca,
            "cache-on-read=true", "cache-min-block-size=1M", "]"]) as (folder, _):
        yield folder / "nbd"


@contextlib.contextmanager
def _mounted(scene: Scene, name: str, command: Callable[[Path], list[str]]) -> Iterator[tuple[Path, int]]:
    where = scene.scratch(name)
    process = subprocess.Popen(command(where), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
    try:
        wait_until(lambda: is_mounted(where) or process.poll() is not None, 20, f"{name} to mount")
        assert process.poll() is None, f"{name} ended: {process.returncode}"
        yield where, process.pid
    finally:
        subprocess.run(["fusermount3", "-u", "-z", where], capture_output=True)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# A part of the work

def bounded_convert(scene: Scene, image: Path) -> Figure:
    """qemu-img convert of the first part of a qcow2, extrapolated to all of it. Its first MiB comes before, by itself: so
    opening the image counts once."""
    size, part = scene.raw.stat().st_size, scene.effort.part * MIB
    target = scene.folder / "peer.raw"

    def source(first: int, last: int) -> str:
        return "json:" + json.dumps({"driver": "raw", "offset": first, "size": last - first, "file": {
            "driver": "qcow2", "file": {"driver": "file", "filename": str(image)}}})

    begin = time.monotonic()
    run("qemu-img", "convert", "-O", "raw", source(0, MIB), target, limit=3 * scene.effort.peer_seconds)
    opened = (time.monotonic() - begin, float(MIB))
    process = subprocess.Popen(["qemu-img", "convert", "-p", "-O", "raw", source(MIB, part), target],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               preexec_fn=end_with_parent)
    try:
        fraction = _fraction_done(process, scene.effort.peer_seconds)
    finally:
        process.kill()
        process.wait()
        target.unlink(missing_ok=True)
    return of_progress([opened, (time.monotonic() - begin, MIB + fraction * (part - MIB))], size)


def _fraction_done(process: subprocess.Popen[bytes], limit: float) -> float:
    """Waits for the end of a `qemu-img convert -p`, at most so long: how much it has done, as it tells."""
    assert process.stdout is not None
    try:
        process.wait(limit)
    except subprocess.TimeoutExpired:
        os.set_blocking(process.stdout.fileno(), False)
        told = re.findall(rb"\(([\d.]+)/100%\)", process.stdout.read() or b"")
        return float(told[-1]) / 100 if told else 0.0
    assert process.returncode == 0, f"qemu-img convert: status {process.returncode}"
    return 1.0


def bounded_read(scene: Scene, file: Path) -> Figure:
    """Reading the first part of a file in steps of 1 MiB, extrapolated to all of it."""
    size, part = file.stat().st_size, scene.effort.part * MIB
    begin, count = time.monotonic(), 0
    progress: list[tuple[float, float]] = []
    with open(file, "rb", buffering=0) as source:
        while count < part and time.monotonic() - begin < scene.effort.peer_seconds:
            piece = source.read(MIB)
            if not piece:
                break
            count += len(piece)
            progress.append((time.monotonic() - begin, count))
    return of_progress(progress, size)


# The ceiling

@contextlib.contextmanager
def memory_filesystem(scene: Scene, size: int) -> Iterator[Path]:
    """The file of a FUSE program that does nothing but reply from memory."""
    source, built = Path(__file__).with_name("memory_filesystem.c"), scene.folder / "memory_filesystem"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "fuse3"], check=True, capture_output=True, text=True)
    run("gcc", "-O2", source, "-o", built, *flags.stdout.split())
    with _mounted(scene, "memory", lambda where: [str(built), "-f", str(where), str(size)]) as (folder, _):
        yield folder / "data"

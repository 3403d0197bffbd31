# SPDX-License-Identifier: MIT
"""How costs grow: with readers (S1), files in a folder (S2), the size of an image (S3), cached blocks (S4), and with what
servers list (S5)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from rig.mount import Mount

from .disk import answer_of
from .figures import short
from .listings import listings
from .machine import build_of, cpu_seconds, drop_pages, run, seconds, touch_free_memory, warm_pages
from .random_reads import fio
from .report import Table
from .scene import MIB, Link, Scene

READERS = (1, 8, 64)
FILES = (1, 1_000, 100_000)
SIZES = {"1 GiB": 1 << 30, "1 TiB": 1 << 40, "64 TiB": 64 << 40}
BLOCKS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
MOST_RUNS = 1 << 20  # of an extent map
ROOM = 256 << 20


def _read_all(files: list[Path]) -> float:
    """Seconds in which one reader for each file reads it."""
    begin = time.monotonic()
    running = [subprocess.Popen(["cat", file], stdout=subprocess.DEVNULL) for file in files]
    try:
        for reader in running:
            assert reader.wait(300) == 0, "a reader failed"
    finally:
        for reader in running:
            reader.kill()
            reader.wait()
    return time.monotonic() - begin


def _divided(scene: Scene, count: int) -> list[Path]:
    """So many images, which together have as many bytes as any other number of them."""
    if count == len(scene.many):
        return scene.many
    share, images = len(scene.many) // count, []
    for i in range(count):
        images.append(scene.docroot / f"of-{count}-{i}.img")
        with open(images[-1], "wb") as out:
            subprocess.run(["cat", *scene.many[i * share:(i + 1) * share]], check=True, stdout=out)
    return images


def readers(scene: Scene) -> Table:
    """Each reads an image of its own: from the server with 10 ms, then again from the RAM cache, the kernel's pages dropped.
    Then all read 4 KiB at random places, on a new mount and again on it. CPU seconds are those of the process, in user
    and in system mode; the system's are first touches of memory for a good part, which are dear on a virtual machine."""
    link, total = Link("dc"), sum(file.stat().st_size for file in scene.many)
    table = Table("S1", f"readers, each with an image of its own, {total // MIB} MiB in all, on dc",
                  ["readers", "cold MB/s", "user + system s/GB", "warm MB/s", "user + system s/GB ", "4 KiB cold p99 ms",
                   "4 KiB warm p99 ms"])
    for count in READERS:
        images, options = _divided(scene, count), ("--cache-memory", "2G")
        for image in images:
            warm_pages(image)
        touch_free_memory(2 * total + ROOM)  # blocks and the mount's pages
        with scene.mount(link, *images, options=options) as mount:
            there = [mount / image.name for image in images]
            cold = _cost_of_all(mount, there, total)
            drop_pages(*there)
            warm = _cost_of_all(mount, there, total)
            warm_p99 = fio(there, 20_000 // count, jobs=count).p99
        with scene.mount(link, *images, options=options) as mount:
            cold_p99 = fio([mount / image.name for image in images], 512 // count, jobs=count).p99
        table.rows.append([str(count), *cold, *warm, cold_p99 * 1e3, warm_p99 * 1e3])
    return table


def _cost_of_all(mount: Mount, files: list[Path], total: int) -> tuple[float, str]:
    """MB/s of all readers, and CPU seconds of the process a GB."""
    before = cpu_seconds(mount.pid)
    took = _read_all(files)
    used = [(after - earlier) / (total / 1e9) for after, earlier in zip(cpu_seconds(mount.pid), before)]
    return total / took / 1e6, " + ".join(short(one) for one in used)


def files(scene: Scene) -> Table:
    """`ls -l` of a folder, which asks for every file's attributes."""
    table = Table("S2", "files in a folder, on lan",
                  ["files", "mount s", "ls -U s", "ls -l s", "us a file", "resident MiB", "bytes a file"])
    smallest = 0
    for count in FILES:
        folder = scene.docroot / f"folder-{count}"
        folder.mkdir()
        for i in range(count):
            (folder / f"disk-{i:06}.img").touch()
        mount = scene.mount(Link("lan"), f"{folder.name}/")
        begin = time.monotonic()
        with mount:
            mounted = time.monotonic() - begin
            names = seconds(lambda: run("ls", "-U", mount.folder))
            listed = seconds(lambda: run("ls", "-l", mount.folder))
            resident = mount.resident_bytes()
        smallest = smallest or resident
        table.rows.append([f"{count:,}", mounted, names, listed, listed / count * 1e6, resident / MIB,
                           (resident - smallest) / count if count > 1 else "-"])
        shutil.rmtree(folder)
    return table


def sizes(scene: Scene) -> Table:
    """Sparse images of zeros, in /dev/shm, because ext4 ends at 16 TiB. Reads of 4 KiB far from one another."""
    reads = 500 if scene.effort.quick else 2_000
    table = Table("S3", f"size of an image, on lan; {reads} random reads of 4 KiB",
                  ["image", "mount s", "open ms", "read ms", "resident MiB before", "after"])
    image = Path("/dev/shm") / f"rimfs-bench-{os.getpid()}.raw"
    name = scene.server.share(image, "size.raw")
    try:
        for label, size in SIZES.items():
            with open(image, "wb") as out:
                out.truncate(size)
            mount = scene.mount(Link("lan"), name)
            begin = time.monotonic()
            with mount:
                mounted = time.monotonic() - begin
                before = mount.resident_bytes()
                begin = time.monotonic()
                descriptor = os.open(mount / name, os.O_RDONLY | os.O_DIRECT)
                opened = time.monotonic() - begin
                os.close(descriptor)
                mean = fio([mount / name], reads).mean
                after = mount.resident_bytes()
            table.rows.append([label, mounted, opened * 1e3, mean * 1e3, before / MIB, after / MIB])
    finally:
        image.unlink(missing_ok=True)
    return table


def blocks(scene: Scene) -> Table:
    """The structures by themselves (block_scale.cc and disk_cache.cc), without a mount."""
    table = Table("S4", "cached blocks; an extent map has at most 1,048,576 runs",
                  ["blocks", "RAM bytes each", "insert ns", "find ns", "index bytes each", "open index s", "extent bytes a run",
                   "extent find ns"])
    for count in BLOCKS:
        touch_free_memory(3 * 64 * count + ROOM)  # so that the host's giving of memory is not timed
        cache = answer_of(build_of("tests/bench/block-scale"), "cache", count)
        folder = scene.scratch("index")
        index = answer_of(build_of("tests/bench/disk-cache"), "index", folder, count)
        shutil.rmtree(folder)
        row: list[float | str] = [f"{count:,}", cache["bytes_per_block"], cache["insert_ns"], cache["find_ns"],
                                  index["bytes_per_block"], index["seconds"]]
        if count <= MOST_RUNS:
            extents = answer_of(build_of("tests/bench/block-scale"), "extents", count)
            row += [extents["bytes_per_run"], extents["find_ns"]]
        table.rows.append(row + ["-"] * (len(table.columns) - len(row)))
    return table


def tables(scene: Scene, wanted: set[str]) -> Iterator[Table]:
    for name, measure in (("S1", readers), ("S2", files), ("S3", sizes), ("S4", blocks),
                          ("S5", lambda _: listings())):
        if name in wanted:
            yield measure(scene)



# SPDX-License-Identifier: MIT
"""The disk cache: what its page-cache windows cost (N7), what a cached block costs (N10), a copy out of it (WARM)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .figures import Figure, in_turns
from .machine import build_of, drop_pages, run, seconds, warm_pages
from .report import Row
from .scene import MIB, Link, Scene

HUGE = 64 << 40


def answer_of(*command: str | Path | int) -> dict[str, float]:
    """The JSON object that one of our own programs prints."""
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def cache_writes(scene: Scene) -> Iterator[Row]:
    """N7: the same blocks written with page-cache windows, without, and through the whole store; what stays in memory."""
    writer, count = build_of("tests/bench/disk-cache"), min(512, scene.effort.image)
    resident: list[float] = []

    def write(way: str) -> float:
        folder = scene.scratch("writes")
        took = answer_of(writer, "write", way, folder, count)["seconds"]
        if way == "windows":
            kept = subprocess.run(["fincore", "--bytes", "--noheadings", "--output", "RES", folder / "data"], check=True,
                                  capture_output=True, text=True).stdout
            resident.append(int(kept) / (count * MIB))
        shutil.rmtree(folder)
        return took

    times = in_turns({way: lambda way=way: write(way) for way in ("windows", "plain", "store")})  # type: ignore[misc]
    ratio = times["windows"].value / times["plain"].value
    yield Row("N7", f"cache writes {count} MiB", "disk", times["windows"],
              beside={"without windows": times["plain"], "whole store": times["store"]}, ratio=ratio, bar="<= 1.05 x without",
              met=ratio <= 1.05)
    most = max(resident)
    yield Row("N7", "left in memory", "disk", Figure(100 * most, [100 * one for one in resident]), "%", ratio=most, bar="<= 0.001",
              met=most <= 0.001)


def block_cost(scene: Scene) -> Iterator[Row]:
    """N10: bookkeeping of a block in the RAM cache and in the index of the disk cache, that of an image of 1 TiB."""
    memory = answer_of(build_of("tests/bench/block-scale"), "cache", 1 << 20)["bytes_per_block"]
    yield Row("N10", "a block in RAM", "-", Figure(memory), "bytes", ratio=memory / 64, bar="<= 64 bytes", met=memory <= 64)
    folder = scene.scratch("index")
    measured = answer_of(build_of("tests/bench/disk-cache"), "index", folder, 1 << 20)
    shutil.rmtree(folder)
    stored = measured["bytes_per_block"]
    yield Row("N10", "a block on disk", "-", Figure(stored), "bytes", ratio=stored / 64, bar="<= 64 bytes", met=stored <= 64)
    yield Row("N10", "open an index of 1 TiB", "disk", Figure(measured["seconds"]))


def huge_image(scene: Scene) -> Iterator[Row]:
    """N10: an image of 64 TiB is mounted, opened, and read at its end. It lies in /dev/shm, because ext4 ends at 16 TiB."""
    link, image = Link("lan"), Path("/dev/shm") / f"rimfs-bench-{os.getpid()}.raw"
    try:
        with open(image, "wb") as out:
            out.truncate(HUGE)
        name = scene.server.share(image, "huge.raw")
        with scene.mount(link, name) as mount:
            size = (mount / name).stat().st_size

            def read_end() -> None:
                with open(mount / name, "rb", buffering=0) as file:
                    file.seek(HUGE - 4096)
                    assert file.read(4096) == bytes(4096)

            took = seconds(read_end)
        yield Row("N10", "open 64 TiB, read its end", str(link), Figure(took), ratio=size / HUGE, bar="opens", met=size == HUGE)
    finally:
        image.unlink(missing_ok=True)


def warm_copy(scene: Scene) -> Iterator[Row]:
    """WARM: a convert that the disk cache answers alone, after a new mount, beside the same from a local copy; both from a
    cold page cache, in turns."""
    local, target, cache = scene.folder / "local.raw", scene.folder / "out.raw", scene.scratch("cache")
    options, link = ("--cache-dir", str(cache), "--cache-size", "64G"), Link("lan")
    shutil.copy(scene.raw, local)
    with open(local, "rb") as copy:
        os.fsync(copy.fileno())  # only clean pages can be dropped
    warm_pages(scene.raw)
    for _ in range(2):  # a link faster than the disk leaves blocks out that memory could not keep
        with scene.mount(link, scene.raw, options=options) as mount:
            run("cat", mount / scene.raw.name)
    scene.server.clear_log()

    def convert(source: Path) -> float:
        target.unlink(missing_ok=True)
        drop_pages(source)
        return seconds(lambda: run("qemu-img", "convert", "-f", "raw", "-O", "raw", source, target))

    def ours() -> float:
        with scene.mount(link, scene.raw, options=options) as mount:
            took = convert(mount / scene.raw.name)
        run("cmp", target, local)
        return took

    times = in_turns({"local": lambda: convert(local), "ours": ours})
    again = scene.server.bytes_sent()
    for path in (target, local):
        path.unlink()
    shutil.rmtree(cache)
    ratio = times["ours"].value / times["local"].value
    yield Row("WARM", f"convert {scene.effort.image} MiB", "disk", times["ours"],
              beside={"local file": times["local"], "MiB fetched again": Figure(again // MIB)}, ratio=ratio,
              bar="<= 1.10 x local file", met=ratio <= 1.1)

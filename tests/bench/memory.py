# SPDX-License-Identifier: MIT
"""The RAM cache: how fast it answers (N4), and what the process takes with many readers (N6)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from . import peers
from .figures import Figure, figures_of, in_turns
from .machine import drop_pages, peak_resident, run, seconds, warm_pages
from .report import Row
from .scene import MIB, Link, Scene

ROOM = 64  # MiB that the process may take beside its cache


def _read_again(file: Path, count: int) -> float:
    """Seconds of a dd that the kernel has no page of."""
    drop_pages(file)
    return seconds(lambda: run("dd", f"if={file}", "of=/dev/null", "bs=1M", f"count={count}"))


def memory_hits(scene: Scene) -> Iterator[Row]:
    """N4: what is in the RAM cache, read with dd after the page cache was dropped, beside a FUSE program that replies from
    memory. MB/s."""
    count, link = min(256, scene.effort.image), Link("lan")
    warm_pages(scene.raw)
    with ExitStack() as stack:
        mount = stack.enter_context(scene.mount(link, scene.raw, options=("--cache-memory", "1G")))
        ours, floor = mount / scene.raw.name, stack.enter_context(peers.memory_filesystem(scene, count * MIB))
        _read_again(ours, count)
        times = in_turns({"ours": lambda: _read_again(ours, count), "floor": lambda: _read_again(floor, count)}, runs=5)
    others = {}
    if scene.effort.with_peers:
        others = figures_of(peers.installed({
            "nbdkit": lambda: _hits_of_nbdkit(scene, link, count), "rclone": lambda: _hits_of_rclone(scene, link, count)}))
    ratio = times["floor"].value / times["ours"].value
    yield Row("N4", f"again {count} MiB", "lan", _speed(times["ours"], count), "MB/s", peers=others,
              beside={"minimal FUSE": _speed(times["floor"], count)}, ratio=ratio, bar=">= 0.90 of minimal FUSE",
              met=ratio >= 0.9)


def _speed(time: Figure, count: int) -> Figure:
    return Figure(count * MIB / time.value / 1e6, [count * MIB / one / 1e6 for one in time.samples])


def _hits_of_nbdkit(scene: Scene, link: Link, count: int) -> Figure:
    with peers.nbdkit(scene, link, scene.raw) as file:
        _read_again(file, count)
        return _speed(Figure(_read_again(file, count)), count)


def _hits_of_rclone(scene: Scene, link: Link, count: int) -> Figure:
    with peers.rclone(scene, link) as (folder, _):
        _read_again(folder / scene.raw.name, count)
        return _speed(Figure(_read_again(folder / scene.raw.name, count)), count)


def _read_all(files: list[Path], limit: float) -> None:
    """One reader for each file, all at once."""
    readers = [subprocess.Popen(["cat", file], stdout=subprocess.DEVNULL) for file in files]
    try:
        for reader in readers:
            assert reader.wait(limit) == 0, "a reader failed"
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()


def memory_limit(scene: Scene, link: Link) -> Iterator[Row]:
    """N6: the largest resident set that the process ever had, with 64 readers of 64 files and a cache that holds a
    quarter of them. MiB."""
    files = scene.many
    cache = 64 * files[0].stat().st_size // MIB // 4
    with scene.mount(link, *files, options=("--cache-memory", f"{cache}M")) as mount:
        _read_all([mount / file.name for file in files], 300)
        most = peak_resident(mount.pid) / MIB
    others = figures_of(peers.installed({"rclone": lambda: _rclone_memory(scene, link)})) \
        if scene.effort.with_peers else {}
    yield Row("N6", f"64 readers, cache {cache} MiB", str(link), Figure(most), "MiB", peers=others, ratio=most / (cache + ROOM),
              bar=f"<= cache + {ROOM} MiB", met=most <= cache + ROOM)


def _rclone_memory(scene: Scene, link: Link) -> Figure:
    with peers.rclone(scene, link) as (folder, pid):
        _read_all([folder / file.name for file in scene.many], 3 * scene.effort.peer_seconds)
        return Figure(peak_resident(pid) / MIB)

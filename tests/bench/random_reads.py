# SPDX-License-Identifier: MIT
"""Cold random reads of 4 KiB: N3."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import peers
from .figures import Figure, figures_of, in_turns
from .report import Row
from .scene import Link, Scene

READS = 64  # at depth 1
CHUNK = 16 << 10  # what is asked for: the smallest piece of a block of 1 MiB


@dataclass
class Random:
    mean: float  # seconds
    p99: float
    rate: float  # operations a second


def fio(files: list[Path], count: int, *, depth: int = 1, jobs: int = 1, limit: float = 60) -> Random:
    """`count` reads of each job, spread over all files, past the page cache of the mount. Ends after `limit` seconds."""
    names = ":".join(str(file) for file in files)
    done = subprocess.run(
        ["fio", "--name=random", "--readonly", f"--filename={names}", "--rw=randread", "--bs=4k", "--ioengine=libaio",
         "--direct=1", f"--iodepth={depth}", f"--numjobs={jobs}", "--group_reporting", f"--number_ios={count}",
         f"--runtime={limit:.0f}", f"--randseed={depth}", "--allow_file_create=0", "--output-format=json"],
        check=True, capture_output=True, text=True, timeout=limit + 60)
    read = json.loads(done.stdout[done.stdout.index("{"):])["jobs"][0]["read"]
    assert read["total_ios"] > 0, "no read ended"
    latency = read["clat_ns"]
    return Random(latency["mean"] / 1e9, latency["percentile"]["99.000000"] / 1e9, read["iops"])


def random_reads(scene: Scene, link: Link) -> Iterator[Row]:
    """N3: 64 reads one after the other, and 16 times as many 16 at once, each time on a new mount. The image is so large
    that hardly a read finds what another one brought, or looks like the neighbour of another."""
    image = scene.vast

    def ours(depth: int) -> Random:
        with scene.mount(link, image) as mount:
            return fio([mount / image.name], READS * depth, depth=depth)

    figures = in_turns({"mean": lambda: ours(1).mean, "rate": lambda: ours(link.connections).rate})
    mean, rate = figures["mean"], figures["rate"]
    limit = scene.effort.peer_seconds
    others: dict[str, Figure] = {}
    deep: dict[str, Figure] = {}
    if scene.effort.with_peers:
        for depth, found in ((1, others), (link.connections, deep)):
            found |= figures_of(peers.installed({
                "qemu": _qemu(scene, link, depth),
                "nbdkit": lambda depth=depth: _on_nbdkit(scene, link, depth, limit),  # type: ignore[misc]
                "rclone": lambda depth=depth: _on_rclone(scene, link, depth, limit)}))  # type: ignore[misc]
    ratio = mean.value / (link.delay + link.transfer(CHUNK))
    yield Row("N3", "4 KiB reads, mean", str(link), mean,
              peers={name: Figure(1 / figure.value) for name, figure in others.items()}, ratio=ratio,
              bar="<= 1.10 x delay", met=ratio <= 1.1)
    gain = rate.value * mean.value
    yield Row("N3", "4 KiB reads, depth 16", str(link), rate, "/s", peers=deep, ratio=gain, bar=">= 14 x depth 1",
              met=gain >= 14)


def _qemu(scene: Scene, link: Link, depth: int) -> Callable[[], Figure]:
    return lambda: peers.qemu_random(scene, link, depth, READS * min(depth, 4))


def _on_nbdkit(scene: Scene, link: Link, depth: int, limit: float) -> Figure:
    with peers.nbdkit(scene, link, scene.vast) as file:
        return Figure(fio([file], READS * min(depth, 4), depth=depth, limit=limit).rate)


def _on_rclone(scene: Scene, link: Link, depth: int, limit: float) -> Figure:
    with peers.rclone(scene, link) as (folder, _):
        return Figure(fio([folder / scene.vast.name], READS * min(depth, 4), depth=depth, limit=limit).rate)

# SPDX-License-Identifier: MIT
"""`qemu-img map` of an image whose extents are known: N8."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .figures import Figure, in_turns
from .machine import run, seconds
from .report import Row
from .scene import Link, Scene

SIZE = 100 << 30
DATA = 1 << 30
MAP = ["qemu-img", "map", "--output=json", "-f", "raw"]


def _scattered(file: Path, places: int, data: int) -> None:
    """100 GiB with data in so many places, as far from one another as can be."""
    with open(file, "wb") as out:
        out.truncate(SIZE)
        for i in range(places):
            out.seek(i * (SIZE // places) & ~4095)
            out.write(os.urandom((data // places) & ~4095))


def known_map(scene: Scene) -> Iterator[Row]:
    """N8: data in 256 and in 1,000 places. qemu-img seeks three times for each."""
    for places in (256, 1_000):
        image, extents, link = scene.docroot / "known.raw", scene.folder / "known.json", Link("lan")
        _scattered(image, places, DATA // 16 if scene.effort.quick else DATA)
        extents.write_text(subprocess.run([*MAP, image], check=True, capture_output=True, text=True).stdout)
        with scene.mount(link, image, options=("--extents", str(extents))) as mount:
            there = mount / image.name
            scene.server.clear_log()
            times = in_turns({"ours": lambda: seconds(lambda: run(*MAP, there)),
                              "local": lambda: seconds(lambda: run(*MAP, image))}, runs=5)
            told = subprocess.run([*MAP, there], check=True, capture_output=True, text=True).stdout.count("start")
            asked = len(scene.server.requests())
        image.unlink()
        assert told >= places, "the map lacks places"
        ours = times["ours"].value
        yield Row("N8", f"map 100 GiB, {places} places", "-", times["ours"],
                  beside={"local file": times["local"], "requests": Figure(asked)}, ratio=ours / 0.1,
                  bar="< 0.1 s, no request", met=ours < 0.1 and asked == 0)

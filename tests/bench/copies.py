# SPDX-License-Identifier: MIT
"""Reading all of an image, cold: N1 by qemu-img convert, N2 by dd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from . import peers
from .figures import figures_of, in_turns, Figure
from .machine import run, seconds, warm_pages
from .report import Row
from .scene import Link, Scene


def convert(scene: Scene, link: Link) -> Iterator[Row]:
    """N1: qemu-img convert of a qcow2 on a new mount, beside aria2c, which fetches the same file."""
    image, target = scene.qcow2, scene.folder / "out.raw"
    warm_pages(image)

    def ours() -> float:
        with scene.mount(link, image) as mount:
            took = seconds(lambda: run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", mount / image.name, target))
        run("cmp", target, scene.raw)
        target.unlink()
        return took

    figures = in_turns({"ours": ours, "aria2c": lambda: peers.aria2c(scene, link, image)}, longest=scene.effort.longest)
    others = {"aria2c": figures["aria2c"]} | _slower_peers(scene, link, image, {
        "qemu": lambda: peers.qemu_convert(scene, link),
        "nbdkit": lambda: _on_nbdkit(scene, link),
        "rclone": lambda: _on_rclone(scene, link)})
    ratio = figures["ours"].value / figures["aria2c"].value
    yield Row("N1", f"convert {scene.effort.image} MiB", str(link), figures["ours"], peers=others, ratio=ratio,
              bar="<= 1.00 x aria2c", met=ratio <= 1.0)


def _slower_peers(scene: Scene, link: Link, image: Path, works: dict[str, Callable[[], Figure]]) -> dict[str, Figure]:
    """Once each, and only where a link has the connections that people give to it."""
    if not scene.effort.with_peers or link.connections != 16:
        return {}
    return figures_of(peers.installed(works | {"curl": lambda: peers.curl(scene, link, image)}))


def _on_nbdkit(scene: Scene, link: Link) -> Figure:
    with peers.nbdkit(scene, link, scene.qcow2) as file:
        return peers.bounded_convert(scene, file)


def _on_rclone(scene: Scene, link: Link) -> Figure:
    with peers.rclone(scene, link) as (folder, _):
        return peers.bounded_convert(scene, folder / scene.qcow2.name)


def sequential(scene: Scene, link: Link) -> Iterator[Row]:
    """N2: dd of a raw image on a new mount, beside aria2c."""
    image = scene.raw
    warm_pages(image)

    def ours() -> float:
        with scene.mount(link, image) as mount:
            return seconds(lambda: run("dd", f"if={mount / image.name}", "of=/dev/null", "bs=1M"))

    figures = in_turns({"ours": ours, "aria2c": lambda: peers.aria2c(scene, link, image)}, longest=scene.effort.longest)
    others = {"aria2c": figures["aria2c"]} | _slower_peers(scene, link, image, {
        "qemu": lambda: peers.qemu_sequential(scene, link),
        "nbdkit": lambda: _read_on_nbdkit(scene, link),
        "rclone": lambda: _read_on_rclone(scene, link)})
    ratio = figures["aria2c"].value / figures["ours"].value
    yield Row("N2", f"dd {scene.effort.image} MiB", str(link), figures["ours"], peers=others, ratio=ratio,
              bar=">= 0.95 of aria2c", met=ratio >= 0.95)


def _read_on_nbdkit(scene: Scene, link: Link) -> Figure:
    with peers.nbdkit(scene, link, scene.raw) as file:
        return peers.bounded_read(scene, file)


def _read_on_rclone(scene: Scene, link: Link) -> Figure:
    with peers.rclone(scene, link) as (folder, _):
        return peers.bounded_read(scene, folder / scene.raw.name)

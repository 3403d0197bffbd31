# SPDX-License-Identifier: MIT
"""V2V: how long virt-v2v reads a disk, from a mount (-i vmx) and by its own HTTPS input.

virt-v2v 2.2 serves a local .vmx's disks with qemu-nbd and those of a vCenter with nbdkit's curl plugin behind the filters
cow and retry; nbdcopy reads either to its end. Both are started here as virt-v2v starts them. The conversion between, whose
time is the processor's, is left out.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from rig.processes import end_with_parent, wait_until
from rig.vsphere.disks import descriptor

from .figures import Figure, figures_of, in_turns, of_progress
from .machine import run, seconds, warm_pages
from .report import Row
from .scene import MIB, Link, Scene

PROGRAMS = ("qemu-nbd", "nbdkit", "nbdcopy")


def reading(scene: Scene, link: Link) -> Iterator[Row]:
    work = f"virt-v2v reads {scene.effort.image} MiB"
    missing = [one for one in PROGRAMS if shutil.which(one) is None]
    if missing:
        yield Row("V2V", work, str(link), None, note=f"not installed: {', '.join(missing)}")
        return
    disk, data = _disk(scene)
    warm_pages(data)

    def ours() -> float:
        with scene.mount(link, disk, data) as mount:
            return seconds(lambda: _through_qemu_nbd(scene, mount / disk.name))

    figures = in_turns({"ours": ours}, longest=scene.effort.longest)
    peers = figures_of({"nbdkit": lambda: _bounded_nbdkit(scene, link, data)})
    ratio = figures["ours"].value / peers["nbdkit"].value if "nbdkit" in peers else None
    yield Row("V2V", work, str(link), figures["ours"], peers=peers, ratio=ratio, bar="<= 1.00 x nbdkit",
              met=None if ratio is None else ratio <= 1.0, note="" if ratio else "nbdkit failed")


def _disk(scene: Scene) -> tuple[Path, Path]:
    """A descriptor, and its data, which is the raw image under another name."""
    disk, data = scene.docroot / "v2v.vmdk", scene.docroot / "v2v-flat.vmdk"
    if not data.exists():
        data.hardlink_to(scene.raw)
        disk.write_bytes(descriptor(data.stat().st_size, data.name))
    return disk, data


@contextlib.contextmanager
def _served(socket: Path, *command: str | Path) -> Iterator[str]:
    """The address of a server that listens on this socket."""
    socket.unlink(missing_ok=True)
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
    try:
        wait_until(lambda: socket.exists() or process.poll() is not None, 20, f"{command[0]} to listen")
        assert socket.exists(), f"{command[0]} ended: {process.returncode}"
        yield f"nbd+unix:///?socket={socket}"
    finally:
        process.kill()
        process.wait()


def _through_qemu_nbd(scene: Scene, disk: Path) -> None:
    socket = scene.folder / "qemu-nbd.socket"
    with _served(socket, "qemu-nbd", "--snapshot", "--persistent", "--shared=8", "--format=vmdk", f"--socket={socket}",
                 disk) as address:
        run("nbdcopy", address, "null:", limit=1800)


def _through_nbdkit(scene: Scene, link: Link, data: Path, count: int) -> float:
    """Seconds for the first `count` bytes, the start of nbdkit included."""
    socket = scene.folder / "nbdkit.socket"
    ca = [f"cainfo={scene.server.ca_file}"] if link.tls else []
    begin = time.monotonic()
    with _served(socket, "nbdkit", "--foreground", "--exit-with-parent", f"--unix={socket}", "--filter=cow", "--filter=retry",
                 "--filter=offset", "curl", f"url={scene.url(data, link)}", *ca, f"range={count}") as address:
        run("nbdcopy", address, "null:", limit=10 * scene.effort.peer_seconds)
    return time.monotonic() - begin


def _bounded_nbdkit(scene: Scene, link: Link, data: Path) -> Figure:
    """The first part of the disk, extrapolated to all of it."""
    size, part = data.stat().st_size, min(data.stat().st_size, scene.effort.part * MIB)
    begun = _through_nbdkit(scene, link, data, MIB), float(MIB)
    return of_progress([begun, (_through_nbdkit(scene, link, data, part), float(part))], size)

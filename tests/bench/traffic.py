# SPDX-License-Identifier: MIT
"""Bytes fetched: N5. All from the server's log."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from rig import clients, images
from rig.processes import end_with_parent, wait_until
from rig.server import Request

from .figures import Figure
from .machine import run
from .report import Row
from .scene import MIB, Link, Scene

INSPECTION_SECONDS = 300.0


def union(spans: list[tuple[int, int]]) -> int:
    """How many different bytes lie in these half-open spans."""
    count, end = 0, 0
    for first, last in sorted(spans):
        count += max(0, last - max(first, end))
        end = max(end, last)
    return count


def sent_twice(requests: list[Request]) -> int:
    """Bytes of one file that were sent more than once; the single byte of a probe aside, which asks for size and
    validator."""
    spans = [(request.span[0], request.span[0] + request.sent) for request in requests
             if request.status == 206 and request.span and request.span != (0, 1)]
    return sum(last - first for first, last in spans) - union(spans)


def _row(work: str, link: Link, fetched: int, whole: int, most: float, what: str) -> Row:
    ratio = fetched / whole
    return Row("N5", work, str(link), Figure(fetched / MIB), "MiB", beside={what: Figure(whole / MIB)}, ratio=ratio,
               bar=f"<= {most} x {what}", met=ratio <= most)


def _twice_row(work: str, link: Link, requests: list[Request]) -> Row:
    twice = sent_twice(requests)
    return Row("N5", f"{work}: twice", str(link), Figure(twice), "bytes", ratio=float(twice), bar="nothing twice", met=twice == 0)


def sequential(scene: Scene, link: Link) -> Iterator[Row]:
    """A convert of the qcow2 and a dd of the raw image."""
    target = scene.folder / "out.raw"
    for work, image in (("convert", scene.qcow2), ("dd", scene.raw)):
        scene.server.clear_log()
        with scene.mount(link, image) as mount:
            if work == "convert":
                run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", mount / image.name, target)
            else:
                run("dd", f"if={mount / image.name}", "of=/dev/null", "bs=1M")
        requests = scene.server.requests(image.name)
        yield _row(work, link, sum(one.sent for one in requests), image.stat().st_size, 1.02, "file")
        yield _twice_row(work, link, requests)
    target.unlink()


def inspection(scene: Scene, link: Link) -> Iterator[Row]:
    """guestfish looks into a guest on the mount; what it touches is what the same inspection reads through nbdkit, which
    notes every read. Quick: only its list of file systems."""
    try:
        guest, inspects = images.guest(), not scene.effort.quick
    except images.Unavailable:
        guest, inspects = images.disk(), False
    name = scene.server.share(guest, "guest.raw")
    work = "guestfish -i" if inspects else "list-filesystems"
    touched: list[int] = []
    noted = threading.Thread(target=lambda: touched.append(_blocks_touched(scene, guest, inspects)))
    noted.start()  # beside ours: neither is timed, and both wait for an emulated machine
    try:
        scene.server.clear_log()
        with scene.mount(link, name) as mount:
            _inspect(mount / name, inspects)
        requests = scene.server.requests(name)
    finally:
        noted.join()
    assert touched, "the inspection through nbdkit failed"
    yield _row(work, link, sum(one.sent for one in requests), touched[0] * MIB, 1.5, "blocks touched")
    yield _twice_row(work, link, requests)


def _inspect(image: Path | str, inspects: bool) -> None:
    clients.guestfish("cat /etc/os-release\nls /\n" if inspects else "run\nlist-filesystems\n", image, inspect=inspects,
                      seconds=INSPECTION_SECONDS)


def _blocks_touched(scene: Scene, guest: Path, inspects: bool) -> int:
    """Blocks of 1 MiB of which something was read."""
    folder = scene.scratch("noted")
    socket, log = folder / "socket", folder / "log"
    process = subprocess.Popen(
        ["nbdkit", "-f", "-r", "-U", str(socket), "--filter=log", "file", str(guest), f"logfile={log}"],
        stdin=subprocess.DEVNULL, preexec_fn=end_with_parent)
    try:
        wait_until(socket.exists, 10, "nbdkit to listen")
        _inspect(f"nbd://?socket={socket}", inspects)
    finally:
        process.terminate()
        process.wait(10)
    reads = re.findall(r" Read .*offset=0x([0-9a-f]+) count=0x([0-9a-f]+)", log.read_text())
    blocks = {block for offset, count in reads
              for block in range(int(offset, 16) // MIB, (int(offset, 16) + int(count, 16) - 1) // MIB + 1)}
    assert blocks, "nothing was read"
    return len(blocks)



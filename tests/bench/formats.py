#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures what fetching the tables of an image at once saves, on cold mounts.

    tests/bench/formats.py [--profile vcenter] [--disk GIB] [--no-guestfish]

Prints for each work, with and without it: seconds, reads that waited for the network, requests one after the other (also
such that nobody waited for), all requests, MiB. The guest: the rig's small Debian (without it: its disk) as a qcow2 of
--disk GiB, which holds a MiB of data in every 512 MiB, so that it has many second-level tables.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rig import clients, images, vmdk  # noqa: E402
from rig.mount import Mount  # noqa: E402
from rig.server import PROFILES, Server, round_trips  # noqa: E402


def make_guest(target: Path, gibibytes: int) -> bool:
    """Makes the image; true when it is a guest that can be inspected."""
    try:
        raw, inspectable = images.guest(), True
    except images.Unavailable as problem:
        print(f"no guest: {problem}", file=sys.stderr)
        raw, inspectable = images.disk(), False
    clients.qemu_img("convert", "-f", "raw", "-O", "qcow2", raw, target)
    clients.qemu_img("resize", "-q", "-f", "qcow2", target, f"{gibibytes}G")
    places = range(1024 + 64, gibibytes * 1024, 512)
    writes = [word for place in places for word in ("-c", f"write -q -P 7 {place}M 1M")]
    if writes:
        clients.run("qemu-io", "-f", "qcow2", *writes, target)
    return inspectable


def works(inspectable: bool) -> dict[str, Callable[[Path], str]]:
    found: dict[str, Callable[[Path], str]] = {
        "qemu-img info": lambda path: clients.qemu_img("info", path),
        "qemu-img map": lambda path: clients.qemu_img("map", "--output=json", path),
        "qemu-img check": lambda path: clients.qemu_img("check", path),
    }
    if inspectable:
        found["guestfish -i"] = lambda path: clients.guestfish(
            "cat /etc/os-release\nls /\n", path, inspect=True, form="qcow2")
    return found


def make_snapshot(folder: Path, form: vmdk.Form) -> vmdk.Disk:
    """A disk whose guest wrote 256 grains in each of 100 tables, which it began in no order."""
    tables = random.Random(1).sample(range(100), 100)
    disk = vmdk.flat(folder, "disk", len(tables) * vmdk.ENTRIES * form.grain)
    grains = {table * vmdk.ENTRIES + i: b"data" for table in tables for i in range(256)}
    return vmdk.snapshot(folder, "disk-000001", form, disk, grains)


def own_data(descriptor: Path) -> str:
    """The map of what a snapshot holds itself: which zeros of its parent are known depends on the reads."""
    told = json.loads(clients.qemu_img("map", "--output=json", descriptor))
    return json.dumps([one for one in told if one["depth"] == 0])


def measure(server: Server, url: str, names: tuple[str, str], mode: str, work: Callable[[Path], str]) -> tuple[str, str]:
    """The line of the table, and what the work said. `names`: the file to open, and the one whose requests count."""
    opened, image = names
    with Mount("--format-prefetch", mode, url) as mount:
        os.listdir(mount.folder)
        server.clear_log()
        begin = time.monotonic()
        said = work(mount / opened).replace(str(mount.folder), "")
        seconds, end = time.monotonic() - begin, time.time()
        waits = int(os.getxattr(mount / image, "user.rimfs.misses"))
        requests = server.requests(image, "GET")
    meanwhile = [request for request in requests if request.time - request.seconds < end]
    sent = sum(request.sent for request in requests) / (1 << 20)
    return f"{seconds:8.2f} {waits:6} {round_trips(meanwhile):12} {len(requests):9} {sent:8.1f}", said


def compare(server: Server, url: str, names: tuple[str, str], name: str, work: Callable[[Path], str]) -> None:
    """Prints the lines with and without prefetching."""
    said = {}
    for mode in ("off", "on"):
        line, said[mode] = measure(server, url, names, mode, work)
        print(f"{name:16} {mode:4} {line}", flush=True)
    assert said["on"] == said["off"], f"{name} says something else"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="vcenter", choices=PROFILES)
    parser.add_argument("--disk", type=int, default=64)
    parser.add_argument("--no-guestfish", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="rimfs-bench-", dir="/var/tmp"))
    try:
        image = folder / "guest.qcow2"
        inspectable = make_guest(image, options.disk) and not options.no_guestfish
        print(f"{'work':16} {'':4} {'seconds':>8} {'waits':>6} {'round trips':>12} {'requests':>9} {'MiB':>8}")
        with Server(folder) as server:
            for name, work in works(inspectable).items():
                compare(server, server.url(image.name, options.profile), (image.name, image.name), name, work)
            for form in (vmdk.VMFS_SPARSE, vmdk.SE_SPARSE):
                (folder / form.create_type).mkdir()
                disk = make_snapshot(folder / form.create_type, form)
                url = server.url(f"{form.create_type}/", options.profile)
                compare(server, url, (disk.descriptor.name, disk.data.name), f"map {form.create_type}", own_data)
    except subprocess.TimeoutExpired as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

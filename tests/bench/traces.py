#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures what the access trace of the last mount saves, on mounts whose caches are cold.

    tests/bench/traces.py [--profile vcenter] [--no-guestfish]

Prints for each work, without a trace, with one that is being made, and with that one: seconds, reads that waited for the
network, requests one after the other while the work ran, all requests, MiB sent, and of these what the trace asked for and
was read. The guest: the rig's small Debian (without it: its disk), raw for debugfs and as a qcow2.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rig import clients, images  # noqa: E402
from rig.mount import Mount, rimfs  # noqa: E402
from rig.server import PROFILES, Server, round_trips  # noqa: E402

MIB = 1 << 20
Work = Callable[[Path], str]


def debugfs_dump(path: Path) -> str:
    """Every file of a folder, one after the other, as a program on this machine reads them: no emulator in the way."""
    with tempfile.TemporaryDirectory(prefix="rimfs-bench-", dir="/var/tmp") as target:
        clients.run("debugfs", "-R", f"rdump /var/lib/dpkg {target}", f"{path}?offset={images.PARTITION_OFFSET}",
                    seconds=600)
        return "".join(sorted(clients.sha256(file) for file in Path(target).rglob("*")
                              if file.is_file() and not file.is_symlink()))


def inspector(path: Path) -> str:
    os.environ.update({"LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg"})
    return clients.run("virt-inspector", "--format=qcow2", "-a", path, seconds=400).stdout


def works(raw: Path, qcow2: Path, inspectable: bool) -> list[tuple[str, Path, Work]]:
    found: list[tuple[str, Path, Work]] = [
        ("debugfs rdump", raw, debugfs_dump),
        ("fsck.ext4 -n", raw, lambda path: clients.run(
            "fsck.ext4", "-fn", f"{path}?offset={images.PARTITION_OFFSET}", seconds=600).stdout),
    ]
    if inspectable:
        found.append(("guestfish -i", qcow2, lambda path: clients.guestfish(
            "cat /etc/os-release\nls /\n", path, inspect=True, form="qcow2")))
        found.append(("virt-inspector", qcow2, inspector))
    return found


def measure(server: Server, image: Path, profile: str, options: list[str], work: Work) -> tuple[str, str]:
    """The line of the table, and what the work said."""
    with Mount(*options, server.url(server.share(image), profile)) as mount:
        server.clear_log()
        begin = time.monotonic()
        said = work(mount / image.name).replace(str(mount.folder), "")
        seconds, end = time.monotonic() - begin, time.time()
        waits = int(os.getxattr(mount / image.name, "user.rimfs.misses"))
        traces = json.loads(rimfs("status", "--json", mount.folder).stdout)["access-traces"]
        requests = server.requests(image.name, "GET")
    meanwhile = [request for request in requests if request.time - request.seconds < end]
    sent = sum(request.sent for request in requests) / MIB
    return (f"{seconds:8.2f} {waits:6} {round_trips(meanwhile):12} {len(requests):9} {sent:8.1f}"
            f" {traces['bytes-asked'] / MIB:8.1f} {traces['bytes-used'] / MIB:8.1f}"), said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="vcenter", choices=PROFILES)
    parser.add_argument("--no-guestfish", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="rimfs-bench-", dir="/var/tmp"))
    try:
        try:
            raw, inspectable = images.guest(), not options.no_guestfish
        except images.Unavailable as problem:
            print(f"no guest: {problem}", file=sys.stderr)
            raw, inspectable = images.disk(), False
        qcow2 = images.qcow2(raw)
        print(f"{'work':16} {'trace':7} {'seconds':>8} {'waits':>6} {'round trips':>12} {'requests':>9} {'MiB':>8}"
              f" {'asked':>8} {'used':>8}")
        (folder / "documents").mkdir()
        with Server(folder / "documents") as server:
            for number, (name, image, work) in enumerate(works(raw, qcow2, inspectable)):
                kept = ["--trace-dir", str(folder / str(number))]
                said = set()
                for mode, words in (("off", []), ("made", kept), ("used", kept)):
                    line, words_said = measure(server, image, options.profile, words, work)
                    said.add(words_said)
                    print(f"{name:16} {mode:7} {line}", flush=True)
                assert len(said) == 1, f"{name} says something else"
    except subprocess.TimeoutExpired as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

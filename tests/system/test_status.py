# SPDX-License-Identifier: MIT
"""rimfs status and rimfs map: what a mount does and what it knows."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from pathlib import Path

import pytest

from rig.metrics import documented, keys_of
from rig.mount import COUNTED, Mount, rimfs
from rig.processes import wait_until
from rig.server import Server

MIB = 1 << 20
NAME = "disk.bin"
BODY = random.Random(5).randbytes(2 * MIB) + bytes(4 * MIB) + random.Random(6).randbytes(2 * MIB)


def test_status_counts_what_was_fetched(server: Server) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME), unhedged=COUNTED) as mount:
        before = json.loads(rimfs("status", "--json", mount.folder).stdout)
        assert before["network"]["bytes"] == 0 and before["open-files"] == 0
        with open(mount / NAME, "rb") as file:
            assert file.read() == BODY
            # A read is answered when its bytes are there, a moment before its request has ended.
            wait_until(lambda: json.loads(rimfs("status", "--json", mount.folder).stdout)["network"][
                "active-requests"] == 0, 5, "the requests to end")
            after = json.loads(rimfs("status", "--json", mount.folder).stdout)
        assert after["open-files"] == 1
        assert after["network"]["bytes"] == len(BODY)
        assert after["network"]["active-requests"] == 0 and after["waiting-requests"] == 0
        assert after["pid"] == mount.pid
        assert [one["origin"] for one in after["servers"]] == [server.origin()]
        assert after["servers"][0].keys() >= {
            "origin", "delay-ms", "bytes-per-second", "connections", "connections-allowed"}


def test_the_status_has_every_metric_of_the_documentation_and_no_other(server: Server) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME)) as mount:
        status = json.loads(os.getxattr(mount.folder, "user.rimfs.status"))
    assert keys_of(status) == [metric.key for metric in documented()]


def test_status_for_people_and_of_all_mounts(server: Server) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME)) as one, Mount(server.url(NAME)) as two:
        assert rimfs("status", one.folder, two.folder).returncode == 0
        done = rimfs("status")  # Of other tests' mounts as well.
        for mount in (one, two):
            assert f"{mount.folder}: process {mount.pid}" in done.stdout


def test_a_dead_mount_does_not_hide_the_others(server: Server) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME)) as dead, Mount(server.url(NAME)) as alive:
        os.kill(dead.pid, signal.SIGKILL)
        wait_until(lambda: not dead.all_pids(), 10, "the process to end")
        done = rimfs("status", dead.folder, alive.folder)
        assert done.returncode == 1
        assert f"{dead.folder}: the mount's process is gone; remove it with: rimfs umount" in done.stderr
        assert f"{alive.folder}: process {alive.pid}" in done.stdout
        assert f"{alive.folder}: process {alive.pid}" in rimfs("status").stdout


@pytest.mark.parametrize("folder, says", [("/proc", "no rimfs mount"), ("/no/such", "No such file")])
def test_status_of_what_is_no_mount_is_one_line(folder: str, says: str) -> None:
    done = rimfs("status", folder)
    assert done.returncode == 1 and says in done.stderr and len(done.stderr.splitlines()) == 1


def test_map_tells_the_known_zeros_as_qemu_img_does(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    with Mount(server.url(NAME)) as mount:
        unknown = json.loads(rimfs("map", "--json", mount / NAME).stdout)
        assert [(one["start"], one["length"], one["zero"]) for one in unknown] == [(0, len(BODY), False)]
        assert (mount / NAME).read_bytes() == BODY
        known = json.loads(rimfs("map", "--json", mount / NAME).stdout)
        assert [(one["start"], one["length"], one["zero"]) for one in known] == [
            (0, 2 * MIB, False), (2 * MIB, 4 * MIB, True), (6 * MIB, 2 * MIB, False)]
        qemu = json.loads(subprocess.run(["qemu-img", "map", "--output=json", "-f", "raw", mount / NAME], check=True,
                                         capture_output=True, text=True).stdout)
        assert [(one["start"], one["length"], one["zero"]) for one in qemu] == \
            [(one["start"], one["length"], one["zero"]) for one in known]
        assert "zero" in rimfs("map", mount / NAME).stdout


@pytest.mark.parametrize("words", [(), ("--what", "x"), ("/no/such/file",), ("a", "b")])
def test_mistakes_with_map_are_one_line(words: tuple[str, ...]) -> None:
    done = rimfs("map", *words)
    assert done.returncode in (1, 2) and len(done.stderr.splitlines()) == 1

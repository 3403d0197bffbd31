# SPDX-License-Identifier: MIT
"""A folder of 100,000 files: N9."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rig.mount import rimfs

from . import peers
from .figures import Figure, figures_of, in_turns
from .machine import run, seconds
from .report import Row
from .scene import Link, Scene

FILES = 100_000


def large_folder(scene: Scene, link: Link) -> Iterator[Row]:
    """N9: `ls -U`, the request for the listing included, beside curl of the same page. A new mount each time, which lists
    its root: what is below is listed when it is asked for."""
    folder = scene.docroot / "many" / "sub"
    if not folder.exists():
        folder.mkdir(parents=True)
        for i in range(FILES):
            (folder / f"disk-{i:06}.img").touch()

    steps: list[float] = []  # the longest of the event loop, of each mount

    def ours() -> float:
        with scene.mount(link, "many/") as mount:
            taken = seconds(lambda: run("ls", "-U", mount / "sub"))
            steps.append(json.loads(rimfs("status", "--json", mount.folder).stdout)["reactor"]["longest-step-ms"] / 1000)
            return taken

    page = scene.url("many/sub/", link)
    times = in_turns({
        "curl": lambda: seconds(lambda: run("curl", "--silent", "--fail", *scene.trust(link, "--cacert"), "-o", "/dev/null", page)),
        "ours": ours})
    others = {"curl": times["curl"]}
    if scene.effort.with_peers:
        others |= figures_of(peers.installed({"rclone": lambda: _rclone(scene, link)}))
    ratio = times["ours"].value / times["curl"].value
    yield Row("N9", "list 100,000 files", str(link), times["ours"], peers=others,
              beside={"longest step of the event loop": Figure(max(steps))}, ratio=ratio, bar="<= 2.00 x curl",
              met=ratio <= 2)


def _rclone(scene: Scene, link: Link) -> Figure:
    """Without asking each file for its size, which would be 100,000 requests."""
    with peers.rclone(scene, link, "--http-no-head", folder="many/") as (folder, _):
        return Figure(seconds(lambda: run("ls", "-U", folder / "sub", limit=scene.effort.peer_seconds)))

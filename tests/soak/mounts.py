# SPDX-License-Identifier: MIT
"""A mount that may be killed, cleaned and made again while others look on, and its gauges."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rig.metrics import documented, value_of
from rig.mount import is_mounted, rimfs
from rig.processes import alive, wait_until

from .tally import Tally

DEADLINE, STALL = 2.0, 1.0
# Longer than any read may take, on a busy machine: the deadline and a stall, and slack.
HUNG_SECONDS = DEADLINE + STALL + 22
OPTIONS = ("--retry-deadline", "2s", "--stall-timeout", "1s", "--connect-timeout", "1s", "--revalidate-after", "0",
           "--block-size", "64K", "--cache-memory", "4M", "--readahead", "1M")


class SoakMount:
    """Owns a mountpoint. Any process may hold one for the same folder; only one may call up() and kill()."""

    def __init__(self, name: str, folder: Path, options: tuple[str | Path, ...], user: int | None = None) -> None:
        self.name = name
        self.folder = folder
        # In the folder of whoever writes it.
        self._options = ("--log-file", folder.with_name(folder.name + ".log"), *options)
        self._user = user
        folder.mkdir()
        if user is not None:
            os.chown(folder, user, user)

    def _rimfs(self, *words: str | Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        home = {"HOME": str(self.folder.parent), "TMPDIR": str(self.folder.parent)}
        return rimfs(*words, seconds=seconds, user=self._user, env=home if self._user is not None else None)

    def up(self, tally: Tally, seconds: float = 60) -> None:
        """Mounts, in as many tries as a server that misbehaves makes necessary."""
        until = time.monotonic() + seconds
        while True:
            done = self._rimfs("mount", *self._options, self.folder, seconds=HUNG_SECONDS)
            if done.returncode == 0:
                return
            if done.returncode < 0:
                tally.add_wrong(f"{self.name}: rimfs mount ended by signal {-done.returncode}")
            if time.monotonic() > until:
                raise AssertionError(f"{self.name}: cannot be mounted: {done.stderr}")

    def status(self) -> dict[str, Any] | None:
        """None when nobody answers."""
        done = self._rimfs("status", "--json", self.folder, seconds=HUNG_SECONDS)
        try:
            return json.loads(done.stdout) if done.returncode == 0 else None
        except json.JSONDecodeError:
            return None

    def kill(self) -> bool:
        """kill -9, and the dead mount is removed. False when its process was gone already."""
        status = self.status()
        if status is not None:
            pid = int(status["pid"])
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not alive(pid), 10, f"{self.name}: the process to end")
        self.clean()
        return status is not None

    def clean(self) -> None:
        for command in (["fusermount3", "-u", "-z"], ["umount", "-l"]):
            if is_mounted(self.folder):
                subprocess.run([*command, str(self.folder)], capture_output=True, timeout=30)

    def umount(self) -> None:
        """In good order; fails unless mount and process are gone in time."""
        status = self.status()
        assert status is not None, f"{self.name}: nobody answers"
        done = self._rimfs("umount", self.folder)
        assert done.returncode == 0, f"{self.name}: rimfs umount: {done.stderr}"
        wait_until(lambda: not is_mounted(self.folder), 20, f"{self.name}: the mount to go away")
        wait_until(lambda: not alive(int(status["pid"])), 20, f"{self.name}: the process to end")

    def read(self, name: str) -> bytes:
        """The whole file, as the mount's user."""
        command = ["cat", str(self.folder / name)]
        done = subprocess.run(command, capture_output=True, timeout=HUNG_SECONDS, user=self._user, group=self._user)
        if done.returncode != 0:
            raise OSError(done.stderr.decode(errors="replace").strip())
        return done.stdout

    def gauges(self) -> dict[str, int]:
        """What must be zero when nobody reads and the server answers."""
        status = self.status() or {}
        in_progress = [metric.key for metric in documented() if metric.kind == "in progress"]
        assert in_progress
        return {key: value_of(status, key) for key in in_progress}


def settle(condition: Callable[[], bool], seconds: float) -> bool:
    try:
        return bool(wait_until(condition, seconds, "it", 0.1))
    except AssertionError:
        return False

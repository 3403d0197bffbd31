# SPDX-License-Identifier: MIT
"""Two mounts on one cache directory: every few seconds one is killed, the cache is damaged, and it is mounted again."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
from collections.abc import Callable
from pathlib import Path

from rig.mount import rimfs
from rig.processes import end_with_parent

from .mounts import SoakMount
from .tally import DISK_KINDS, KINDS, Tally

CACHE_BYTES = 16 << 20
_context = multiprocessing.get_context("fork")


def _scribble(path: Path, chance: random.Random) -> None:
    """A few bytes somewhere in it."""
    with open(path, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(chance.randrange(max(1, size)))
        file.write(chance.randbytes(16)[:max(1, size)])


def _shorten(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size + 1))


def _delete_store(folder: Path, chance: random.Random) -> None:
    for file in folder.iterdir():
        file.unlink(missing_ok=True)
    folder.rmdir()


Damage = Callable[[Path, random.Random], None]
# What is done to one store; each needs its file to be there.
_OF_A_STORE: dict[str, Damage] = {
    "cache: bytes of data changed": lambda store, chance: _scribble(store / "data", chance),
    "cache: bytes of an index changed": lambda store, chance: _scribble(store / "index", chance),
    "cache: an index cut short": lambda store, chance: _shorten(store / "index", chance),
    "cache: an index emptied": lambda store, chance: os.truncate(store / "index", 0),
    "cache: data cut short": lambda store, chance: _shorten(store / "data", chance),
    "cache: a store deleted": _delete_store,
    "cache: an identity overwritten": lambda store, chance: _scribble(store / "identity", chance),
    "cache: a lock file deleted": lambda store, chance: (store / "lock").unlink(),
}


class Killer:
    """Owns the process that kills. `rounds` are counted in the tally."""

    def __init__(self, tally: Tally, cache: Path, mounts: list[SoakMount], kinds: tuple[str, ...], seed: int,
                 pause: tuple[float, float]) -> None:
        self._tally, self._cache, self._mounts, self._pause = tally, cache, mounts, pause
        self._chance = random.Random(seed)
        self._kinds = [kind for kind in DISK_KINDS if kind in kinds]
        self._left: list[str] = []
        self._stop = _context.Event()
        self._process = _context.Process(target=self._run, daemon=True)

    def start(self) -> None:
        self._process.start()

    def stop(self) -> None:
        """Both mounts are up afterwards."""
        self._stop.set()
        self._process.join(120)
        if self._process.exitcode != 0:
            self._tally.add_wrong(f"the process that kills mounts ended with {self._process.exitcode}")

    def abandon(self) -> None:
        if self._process.pid is not None:
            self._process.kill()

    def _run(self) -> None:
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while not self._stop.wait(self._chance.uniform(*self._pause)):
            mount = self._chance.choice(self._mounts)
            if mount.kill():
                with self._tally.kills.get_lock():
                    self._tally.kills.value += 1
            else:
                self._tally.add_wrong(f"{mount.name}: its process had ended by itself")
            for _ in range(self._chance.choice((0, 1, 2)) if self._kinds else 0):
                self._damage()
            mount.up(self._tally)

    def _damage(self) -> None:
        """Of one kind after the other, in an order that is drawn."""
        if not self._left:
            self._left = list(self._kinds)
            self._chance.shuffle(self._left)
        kind = self._left.pop()
        try:
            if kind in _OF_A_STORE:
                store = self._chance.choice(sorted((self._cache / "images").iterdir()))
                _OF_A_STORE[kind](store, self._chance)
            elif kind == "cache: the space counter overwritten":
                _scribble(self._cache / "space", self._chance)
            else:
                os.truncate(self._cache / "space", 0)
        except (OSError, IndexError):
            return  # It was given up meanwhile.
        self._tally.fault(kind)
        with self._tally.damages.get_lock():
            self._tally.damages.value += 1


def check_cache(tally: Tally, cache: Path) -> str:
    """After all mounts ended: within its limit, and sound once what was damaged is given up. Returns a line for people."""
    allocated = sum(file.stat().st_blocks * 512 for file in (cache / "images").glob("*/data"))
    if allocated > CACHE_BYTES:
        tally.add_wrong(f"the disk cache takes {allocated} bytes, its limit is {CACHE_BYTES}")
    first = rimfs("cache", "verify", cache, seconds=120)
    damaged = sum(map(int, re.findall(r"(\d+) damaged", first.stdout)))
    second = rimfs("cache", "verify", cache, seconds=120)
    # A store whose identity was overwritten is told of, and left to people: its bytes may be theirs.
    refused = [line for line in second.stderr.splitlines() if "its identity is not" in line]
    overwritten = tally.faults[KINDS.index("cache: an identity overwritten")]
    if len(refused) > overwritten or re.search(r"[1-9]\d* damaged", second.stdout) or (second.returncode and not refused):
        tally.add_wrong(f"rimfs cache verify is not clean the second time: {second.stdout}{second.stderr}")
    return (f"disk cache: {allocated / 2**20:.1f} of {CACHE_BYTES / 2**20:.0f} MiB; {tally.damages.value} times damaged; "
            f"{damaged} damaged blocks found at the end and given up; {len(refused)} stores refused")

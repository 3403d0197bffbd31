# SPDX-License-Identifier: MIT
"""What happened: counters in memory that all processes of a soak share, and a file of findings."""

from __future__ import annotations

import errno
import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.faults import CASES

# What may strike the cache's files, and processes.
DISK_KINDS = (
    "cache: bytes of data changed", "cache: bytes of an index changed", "cache: an index cut short",
    "cache: an index emptied", "cache: data cut short", "cache: a store deleted", "cache: an identity overwritten",
    "cache: the space counter overwritten", "cache: the space counter emptied", "cache: a lock file deleted",
)
# What happens to the server's files while they are read.
FILE_KINDS = ("file replaced, same size", "file truncated", "file grown")
KINDS = (*(case.name for case in CASES), *FILE_KINDS, *DISK_KINDS)
ERRORS = tuple(sorted(errno.errorcode.values())) + ("SIGBUS", "fetch failed")

_context = multiprocessing.get_context("fork")


class Tally:
    """Any process. Each counter has one lock of its own; a slot of `began` belongs to one thread of one reader."""

    def __init__(self, folder: Path, slots: int) -> None:
        self.faults = _context.Array("Q", len(KINDS))
        self.errors = _context.Array("Q", len(ERRORS))
        self.began = _context.Array("d", slots, lock=False)
        self.compared = _context.Array("Q", slots, lock=False)
        self.reads = _context.Array("Q", slots, lock=False)
        self.wrong = _context.Value("Q")
        self.hung = _context.Value("Q")
        self.kills = _context.Value("Q")
        self.damages = _context.Value("Q")
        self._findings = folder / "findings"
        self._findings.touch()
        self._findings.chmod(0o666)

    def fault(self, kind: str) -> None:
        with self.faults.get_lock():
            self.faults[KINDS.index(kind)] += 1

    def error(self, name: str) -> None:
        with self.errors.get_lock():
            self.errors[ERRORS.index(name)] += 1

    def add_wrong(self, story: str) -> None:
        with self.wrong.get_lock():
            self.wrong.value += 1
        self._note("WRONG: " + story)

    def add_hung(self, story: str) -> None:
        with self.hung.get_lock():
            self.hung.value += 1
        self._note("HUNG: " + story)

    def _note(self, story: str) -> None:
        descriptor = os.open(self._findings, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, f"{time.strftime('%H:%M:%S')} {story}\n".encode())
        finally:
            os.close(descriptor)

    def findings(self) -> str:
        return self._findings.read_text(errors="replace")

    def never(self, kinds: tuple[str, ...] = KINDS) -> list[str]:
        return [kind for kind in kinds if self.faults[KINDS.index(kind)] == 0]

    @contextmanager
    def timed(self, slot: int) -> Iterator[None]:
        """The operation that a reader waits for now; the supervisor looks how long."""
        self.began[slot] = time.monotonic()
        try:
            yield
        finally:
            self.began[slot] = 0.0

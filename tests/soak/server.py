# SPDX-License-Identifier: MIT
"""The fault server in a process of its own: which request is answered wrongly, and when a file gets another version."""

from __future__ import annotations

import multiprocessing
import random
import signal
import threading
import time
from pathlib import Path

from rig.fault_exchange import Exchange
from rig.fault_server import FaultServer
from rig.faults import CASES, Case
from rig.processes import can_connect, end_with_parent, free_ports, wait_until
from rig.versions import VersionedFile

from .tally import FILE_KINDS, Tally

# Small ones are replaced every few seconds; the large one keeps its version, so that readahead gets going and a disk
# cache has something to keep.
MIB = 1 << 20
FILES = (
    VersionedFile("still.img", 16 * MIB, replaced=False),
    VersionedFile("strong.img", 2 * MIB),
    VersionedFile("weak.img", 2 * MIB, "weak"),
    VersionedFile("dated.img", 2 * MIB, "dated"),
    VersionedFile("bare.img", 2 * MIB, "none"),
)
ALL = tuple(range(len(FILES)))

_context = multiprocessing.get_context("fork")


class Deck:
    """Draws cases as cards, so that none is left out for long. Any thread of the server."""

    def __init__(self, seed: int, kinds: tuple[str, ...]) -> None:
        self._random = random.Random(seed)
        self._cards = [case for case in CASES if case.name in kinds for _ in range(case.often)]
        self._left: list[Case] = []
        self._lock = threading.Lock()

    def draw(self, ex: Exchange, probability: float) -> Case | None:
        with self._lock:
            # With too many bad probes nothing would be mounted or opened.
            if self._random.random() >= (probability if ex.length > 1 else probability / 3):
                return None
            if len(self._left) < len(self._cards) // 4:
                fresh = list(self._cards)
                self._random.shuffle(fresh)
                self._left += fresh
            for index, case in enumerate(self._left):
                if case.applies(ex):
                    return self._left.pop(index)
            return None


class SoakServer:
    """Owns the server's process. `share`: of requests that are answered wrongly, from 0 to 1. `versions`, and when each
    last changed, are shared."""

    def __init__(self, tally: Tally, certificate: Path, seed: int, kinds: tuple[str, ...], share: float) -> None:
        self.share = _context.Value("d", share)
        self.versions = _context.Array("Q", len(FILES))
        self.changed = _context.Array("d", len(FILES))
        self._tally = tally
        self._certificate = certificate
        self._deck = Deck(seed, kinds)
        self._ports = free_ports(2)
        self._process = _context.Process(target=self._run, daemon=True)

    def __enter__(self) -> SoakServer:
        for file in FILES:
            file.content(0)  # Before the fork, so that all processes share it.
        self._process.start()
        wait_until(lambda: all(map(can_connect, self._ports)), 20, "the fault server to listen")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def _run(self) -> None:
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with FaultServer(FILES, choose=lambda ex: self._deck.draw(ex, self.share.value), certificate=self._certificate,
                         versions=self.versions, counts=self._tally.faults, ports=(self._ports[0], self._ports[1])):
            threading.Event().wait()

    def urls(self, tls: bool = False, numbers: tuple[int, ...] = ALL) -> list[str]:
        scheme, port = ("https", self._ports[1]) if tls else ("http", self._ports[0])
        return [f"{scheme}://127.0.0.1:{port}/files/{FILES[number].name}" for number in numbers]

    def replace_one(self, chance: random.Random) -> None:
        """Another version of some file."""
        number = chance.choice([number for number, file in enumerate(FILES) if file.replaced])
        old = FILES[number].size_of(self.versions[number])
        self.changed[number] = time.monotonic()
        self.versions[number] += 1
        by = FILES[number].size_of(self.versions[number]) - old
        self._tally.fault(FILE_KINDS[0 if by == 0 else 1 if by < 0 else 2])

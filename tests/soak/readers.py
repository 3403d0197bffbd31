# SPDX-License-Identifier: MIT
"""Readers: each is a process that opens files of a mount, reads in its own way and compares every byte.

A process, because an error while mapped memory is read is a SIGBUS, and because a reader that hangs must be killed.
"""

from __future__ import annotations

import errno
import mmap
import multiprocessing
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rig.mount import rimfs
from rig.processes import end_with_parent
from rig.versions import VersionedFile

from .server import ALL, FILES, SoakServer
from .tally import Tally

# A reader may see these of a server that misbehaves,
SERVER_ERRORS = {errno.EIO, errno.ETIMEDOUT, errno.ESTALE, errno.EACCES, errno.ENOENT, errno.EOPNOTSUPP}
# and these of a mount that is killed under it.
KILL_ERRORS = SERVER_ERRORS | {errno.ENOTCONN, errno.ECONNABORTED, errno.EINTR}
THREADS = 4
# An open may believe a check that began before the file was replaced.
BELIEVED_SECONDS = 5.0
MOST = 256 << 10
# A copy goes on as long as bytes arrive.
FETCH_SECONDS = 300.0

_context = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Place:
    """Where a reader reads: a mount, as which user, whether it is killed now and then, and which of FILES it shows.
    `urls`: for fetch."""

    name: str
    folder: Path
    user: int | None = None
    killed: bool = False
    files: tuple[int, ...] = ALL
    urls: tuple[str, ...] = ()


class Stopped(Exception):
    """The soak ends."""


class Handle:
    """One open file and the versions that all that was read through it agrees with: never none, or bytes are wrong."""

    def __init__(self, tally: Tally, place: Place, how: str, file: VersionedFile, versions: set[int]) -> None:
        self.file = file
        self._tally = tally
        self._where = f"{place.name}, {how}, {file.name}"
        self._versions = versions
        self._lock = threading.Lock()

    def size(self) -> int:
        return min(self.file.size_of(version) for version in self._versions) if self._versions else 1

    def compare(self, slot: int, offset: int, count: int, data: bytes, whole: bool = False) -> None:
        """A read may end early where an error begins, but not before its first byte; `whole`: it may not."""
        self._tally.compared[slot] += len(data)
        self._tally.reads[slot] += 1
        with self._lock:
            agree = set()
            for version in self._versions:
                expected = self.file.content(version)[offset:offset + count]
                if data == expected or (data and not whole and data == expected[:len(data)]):
                    agree.add(version)
            if not agree:
                self._tally.add_wrong(f"{self._where}: {self._story(offset, count, data)}")
            self._versions = agree or self._versions

    def _story(self, offset: int, count: int, data: bytes) -> str:
        version = max(self._versions)
        expected = self.file.content(version)[offset:offset + count]
        at = next((i for i, (a, b) in enumerate(zip(data, expected)) if a != b), min(len(data), len(expected)))
        return (f"read {count} bytes at {offset}, got {len(data)} of {len(expected)}; versions {sorted(self._versions)}; "
                f"first difference at {offset + at}: {data[at:at + 32].hex()}, {_origin(data[at:at + 32], version)}")


def _origin(piece: bytes, newest: int) -> str:
    """Whose bytes these are; only the latest versions are searched, which takes a fraction of a second."""
    if not piece.strip(b"\0"):
        return "zeros"
    for file in FILES:
        for version in range(max(0, newest - 4), newest + 2) if file.replaced else (0,):
            found = file.content(version).find(piece[:16])
            if found >= 0:
                return f"those of {file.name}, version {version}, at {found}"
    return f"nobody's: {piece!r}"


class Reader:
    """Owns one process, which the supervisor starts again when it ends. `slot`: the first of THREADS in the tally."""

    def __init__(self, tally: Tally, server: SoakServer, place: Place, how: str, slot: int, seed: int) -> None:
        self.name = f"{place.name}, {how}"
        self.slots = range(slot, slot + THREADS)
        self._tally, self._server, self._place, self._how, self._seed = tally, server, place, how, seed
        self._stop = _context.Event()
        self._process: multiprocessing.process.BaseProcess | None = None

    # The supervisor's side

    def start(self) -> None:
        for slot in self.slots:
            self._tally.began[slot] = 0.0
        self._seed += 1
        self._process = _context.Process(target=self._run, daemon=True)
        self._process.start()

    def look(self, longest: float) -> None:
        """Starts it again when it ended; kills it when it waits for too long."""
        assert self._process is not None
        code = self._process.exitcode
        if code == -signal.SIGBUS and self._how == "mmap":
            self._tally.error("SIGBUS")
            self.start()
        elif code is not None:
            self._tally.add_wrong(f"{self.name}: the reader ended with status {code}")
            self.start()
        elif waits := self.waits_for():
            if waits > longest:
                self._tally.add_hung(f"{self.name}: waits for {waits:.1f} s")
                self._process.kill()
                self._process.join(5)
                self.start()

    def waits_for(self) -> float:
        now = time.monotonic()
        return max((now - began for slot in self.slots if (began := self._tally.began[slot])), default=0.0)

    def stop(self) -> None:
        self._stop.set()

    def ended(self) -> bool:
        return self._process is None or self._process.exitcode is not None

    def kill(self) -> None:
        if self._process is not None and self._process.exitcode is None:
            self._process.kill()
            self._process.join(5)

    # The process's side

    def _run(self) -> None:
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self._place.user is not None:
            os.setgroups([])
            os.setgid(self._place.user)
            os.setuid(self._place.user)
        chance = random.Random(f"{self._seed} {self.name}")
        while not self._stop.is_set():
            number = chance.choice(self._place.files)
            try:
                if self._how == "fetch":
                    self._fetch(number, chance)
                else:
                    self._open_and_read(number, chance)
            except OSError as problem:
                self._failed(problem)
            except Stopped:
                return

    @contextmanager
    def _timed(self, slot: int) -> Iterator[None]:
        """One operation that a reader waits for."""
        if self._stop.is_set():
            raise Stopped
        with self._tally.timed(slot):
            yield

    def _failed(self, problem: OSError) -> None:
        code = problem.errno or 0
        self._tally.error(errno.errorcode[code])
        if code not in (KILL_ERRORS if self._place.killed else SERVER_ERRORS):
            self._tally.add_wrong(f"{self.name}: {problem}: not among the errors that a reader may see")
        time.sleep(0.02)  # What fails at once would keep a core busy.

    def _versions(self, number: int, before: int, began: float) -> set[int]:
        if began - self._server.changed[number] < BELIEVED_SECONDS:
            before = max(0, before - 3)
        return set(range(before, self._server.versions[number] + 1))

    def _open_and_read(self, number: int, chance: random.Random) -> None:
        slot = self.slots[0]
        before, began = self._server.versions[number], time.monotonic()
        flags = os.O_RDONLY | (os.O_DIRECT if self._how == "direct" else 0)
        with self._timed(slot):
            descriptor = os.open(self._place.folder / FILES[number].name, flags)
        try:
            handle = Handle(self._tally, self._place, self._how, FILES[number], self._versions(number, before, began))
            WAYS[self._how](self, handle, descriptor, chance)
        finally:
            os.close(descriptor)

    def _pread(self, slot: int, handle: Handle, descriptor: int, offset: int, count: int) -> bytes:
        with self._timed(slot):
            data = os.pread(descriptor, count, offset)
        handle.compare(slot, offset, count, data)
        return data

    def _random(self, handle: Handle, descriptor: int, chance: random.Random, slot: int | None = None) -> None:
        for _ in range(12):
            offset, count = chance.randrange(handle.size()), chance.choice((1, 512, 4096, 20_000, MOST))
            if chance.random() < 0.7:  # Else the kernel would answer most of them.
                os.posix_fadvise(descriptor, offset, count, os.POSIX_FADV_DONTNEED)
            self._pread(self.slots[0] if slot is None else slot, handle, descriptor, offset, count)

    def _sequential(self, handle: Handle, descriptor: int, chance: random.Random) -> None:
        offset, count = chance.randrange(handle.size()), chance.choice((65_536, 100_000, MOST))
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        for _ in range(24):
            data = self._pread(self.slots[0], handle, descriptor, offset, count)
            offset += len(data)
            if not data or offset >= handle.size():
                break

    def _direct(self, handle: Handle, descriptor: int, chance: random.Random) -> None:
        memory = mmap.mmap(-1, MOST)
        for _ in range(12):
            offset, count = chance.randrange(handle.size()) // 4096 * 4096, chance.choice((4096, 65_536, MOST))
            with self._timed(self.slots[0]), memoryview(memory) as view:
                got = os.preadv(descriptor, [view[:count]], offset)
            handle.compare(self.slots[0], offset, count, memory[:got])

    def _mmap(self, handle: Handle, descriptor: int, chance: random.Random) -> None:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        # Of a mount that was killed just now the size is unknown, and a length of 0 would be an invalid argument.
        size = os.fstat(descriptor).st_size
        with mmap.mmap(descriptor, size, prot=mmap.PROT_READ) as memory:
            for _ in range(12):
                offset, count = chance.randrange(min(handle.size(), len(memory))), chance.choice((1, 4096, 100_000))
                with self._timed(self.slots[0]):
                    data = memory[offset:offset + count]
                handle.compare(self.slots[0], offset, count, data)

    def _several(self, handle: Handle, descriptor: int, chance: random.Random) -> None:
        """Threads that share one open file."""
        seeds = [chance.random() for _ in self.slots]

        def read(slot: int, seed: float) -> None:
            try:
                self._random(handle, descriptor, random.Random(seed), slot)
            except OSError as problem:
                self._failed(problem)
            except Stopped:
                pass

        threads = [threading.Thread(target=read, args=pair) for pair in zip(self.slots, seeds)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _fetch(self, number: int, chance: random.Random) -> None:
        """rimfs fetch, which goes on where the last one failed. A copy is of one version, whenever it began."""
        target = self._place.folder / f"{FILES[number].name}.copy"
        options = ("--retry-deadline", "2s", "--stall-timeout", "1s", "--block-size", "64K", "--cache-memory", "4M",
                   "--readahead", "2M", *(["--verify"] if chance.random() < 0.3 else []))
        before, began = self._server.versions[number], time.monotonic()
        try:
            done = rimfs("fetch", *options, self._place.urls[number], target, seconds=FETCH_SECONDS)
        except subprocess.TimeoutExpired:
            self._tally.add_hung(f"{self.name}: rimfs fetch of {FILES[number].name} took {FETCH_SECONDS} s")
            return
        if done.returncode < 0:
            self._tally.add_wrong(f"{self.name}: rimfs fetch ended by signal {-done.returncode}")
        if done.returncode != 0:
            self._tally.error("fetch failed")
            time.sleep(0.05)
            return
        handle = Handle(self._tally, self._place, self._how, FILES[number], self._versions(number, before, began))
        data = target.read_bytes()
        handle.compare(self.slots[0], 0, len(data) + 1, data, whole=True)
        target.unlink()


Way = Callable[[Reader, Handle, int, random.Random], None]
WAYS: dict[str, Way] = {
    "random": Reader._random, "sequential": Reader._sequential, "direct": Reader._direct, "mmap": Reader._mmap,
    "several": Reader._several,
}

# SPDX-License-Identifier: MIT
"""What the system tests expect of a read or of a refused command, said once."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

from .mount import is_mounted, rimfs

# Impatient settings: a fault that lasts becomes an error in seconds, one that passes is retried within them.
DEADLINE = 2.0
IMPATIENT = ("--retry-deadline", "2s", "--stall-timeout", "1s", "--connect-timeout", "1s")
# For faults that pass: enough for several stalls of a second and their backoff.
PATIENT = ("--retry-deadline", "60s", "--stall-timeout", "1s", "--connect-timeout", "5s")
# With slack for a busy machine; less than two deadlines and stalls would take.
ERROR_SECONDS = DEADLINE + 3


def errno_of_read(path: Path | str, offset: int = 0, count: int = 4096, *, seconds: float = ERROR_SECONDS) -> str:
    """The name of the errno that a read (or the open) fails with, in time; fails when the read succeeds."""
    begin = time.monotonic()
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return errno_of_pread(descriptor, offset, count, seconds=seconds)
        finally:
            os.close(descriptor)
    except OSError as problem:
        took = time.monotonic() - begin
        assert took < seconds, f"open failed after {took:.1f} s"
        return errno.errorcode[problem.errno or 0]


def errno_of_pread(descriptor: int, offset: int, count: int = 4096, *, seconds: float = ERROR_SECONDS) -> str:
    """The same through an open descriptor."""
    begin = time.monotonic()
    try:
        data = os.pread(descriptor, count, offset)
    except OSError as problem:
        took = time.monotonic() - begin
        assert took < seconds, f"the read failed after {took:.1f} s, the deadline is {seconds} s"
        return errno.errorcode[problem.errno or 0]
    raise AssertionError(f"the read succeeded with {len(data)} bytes")


def refusal(*arguments: str | Path, secrets: tuple[str, ...] = (), seconds: float = 8) -> str:
    """Runs rimfs, which must refuse: promptly, with status not 0, one line on stderr, no secret, nothing mounted.

    Returns the line. The last argument is taken for the mountpoint.
    """
    begin = time.monotonic()
    done = rimfs(*arguments, seconds=max(60, seconds))
    took = time.monotonic() - begin
    if is_mounted(arguments[-1]):
        rimfs("umount", arguments[-1])
        raise AssertionError(f"mounted in spite of all: {arguments}\n{done.stdout}{done.stderr}")
    assert done.returncode > 0, f"status {done.returncode}: {done.stderr}"
    for secret in secrets:
        assert secret not in done.stdout + done.stderr, f"a secret in the output: {done.stderr}"
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].strip(), f"one line expected on stderr, got: {done.stderr!r}"
    assert done.stdout == "", f"nothing expected on stdout, got: {done.stdout!r}"
    assert took < seconds, f"took {took:.1f} s to say: {done.stderr}"
    return lines[0]

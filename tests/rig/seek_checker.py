# SPDX-License-Identifier: MIT
"""Builds seek_checker.c, which compares random reads and seeks with the original."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from . import images

_SOURCE = Path(__file__).with_suffix(".c")


def program() -> Path:
    """Built again only when its source is newer."""
    target = images.cache_folder() / "seek_checker"
    if not target.exists() or target.stat().st_mtime < _SOURCE.stat().st_mtime:
        part = target.with_name(f"{os.getpid()}-{target.name}")
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-pthread", _SOURCE, "-o", part], check=True)
        os.replace(part, target)
    return target


def check(mounted: Path, original: Path, operations: int, threads: int, seed: int, seconds: float = 3600) -> dict[str, int]:
    """Runs it to its end; what it did. Fails with its output at the first difference."""
    words = [program(), mounted, original, operations, threads, seed]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"seed {seed}: {done.stdout}{done.stderr}"
    counts: dict[str, int] = json.loads(done.stdout)
    return counts

# SPDX-License-Identifier: MIT
"""What a soak prints."""

from __future__ import annotations

import sys
import time

from .tally import ERRORS, KINDS, Tally

_LINE_SECONDS = 10.0
_last = 0.0


def summary(tally: Tally) -> str:
    return (f"{sum(tally.faults)} faults injected, {sum(tally.compared) / 1e6:.0f} MB compared in {sum(tally.reads)} reads, "
            f"{tally.kills.value} kills, {tally.wrong.value} wrong, {tally.hung.value} hung")


def progress(tally: Tally, began: float) -> None:
    """A line now and then."""
    global _last
    now = time.monotonic()
    if now - _last > _LINE_SECONDS:
        _last = now
        print(f"{now - began:6.0f} s: {summary(tally)}", flush=True)


def show(tally: Tally, notes: list[str], wanted: tuple[str, ...], seconds: float, seed: int) -> None:
    print("\nfaults injected, of each kind:")
    for kind in wanted:
        print(f"{tally.faults[KINDS.index(kind)]:8}  {kind}")
    print("\nerrors that readers saw:")
    for index, name in enumerate(ERRORS):
        if tally.errors[index]:
            print(f"{tally.errors[index]:8}  {name}")
    print()
    for note in notes:
        print(note)
    if findings := tally.findings():
        print(f"\nfindings:\n{findings}", file=sys.stderr)
    if never := tally.never(wanted):
        print(f"never happened: {', '.join(never)}", file=sys.stderr)
    print(f"seed {seed}, {seconds:.0f} s: {summary(tally)}")

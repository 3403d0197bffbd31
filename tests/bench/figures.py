# SPDX-License-Identifier: MIT
"""Measured values: medians of runs in turns, and those of a slow peer that was measured in a part only."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

RUNS = 3


@dataclass
class Figure:
    """`part`: extrapolated from a part of the work. `least`: the work was given up, it would have taken longer."""

    value: float
    samples: list[float] = field(default_factory=list)
    part: bool = False
    least: bool = False

    def __str__(self) -> str:
        return ("~" if self.part else ">" if self.least else "") + short(self.value)


def short(value: float) -> str:
    """Three digits that mean something, as people write them."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.4f}"


def in_turns(works: dict[str, Callable[[], float]], runs: int = RUNS, longest: float = 20.0) -> dict[str, Figure]:
    """Each work measures itself; the medians. They run in turns, so that all meet the same load of the machine. The first
    turn is not counted: a virtual machine has given free memory back to its host, and the first touch of such a page costs
    40 times as much (measured: 2.3 s a GiB instead of 0.06). When one takes longer than `longest` seconds there is no
    second turn, and that one counts: chance weighs little then."""
    samples: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(1 + runs):
        for name, work in works.items():
            samples[name].append(work())
        if turn == 0 and max(one[0] for one in samples.values()) > longest:
            return {name: Figure(values[0], values) for name, values in samples.items()}
    return {name: Figure(statistics.median(values[1:]), values[1:]) for name, values in samples.items()}


def of_progress(progress: list[tuple[float, float]], whole: float) -> Figure:
    """Seconds that `whole` would take. `progress`: (seconds, amount done) as a work told them, in order, at least two;
    the time to its first amount counts once, what comes after in proportion."""
    begin, first = progress[0]
    end, last = progress[-1]
    if last >= whole:
        return Figure(end, [end])
    if last <= first:
        return Figure(end, [end], least=True)
    return Figure(begin + (end - begin) * (whole - first) / (last - first), [end], part=True)


def attempt(name: str, work: Callable[[], Figure]) -> Figure | None:
    """Nothing when a peer cannot do the work here; why goes to the terminal."""
    try:
        return work()
    except subprocess.TimeoutExpired as problem:
        return Figure(float(problem.timeout), least=True)
    except (subprocess.CalledProcessError, AssertionError, OSError) as problem:
        print(f"     {name}: {problem}", file=sys.stderr, flush=True)
        return None


def figures_of(works: dict[str, Callable[[], Figure]]) -> dict[str, Figure]:
    """Those of the peers that could do the work."""
    tried = {name: attempt(name, work) for name, work in works.items()}
    return {name: figure for name, figure in tried.items() if figure is not None}

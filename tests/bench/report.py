# SPDX-License-Identifier: MIT
"""Rows and tables: as text for the terminal, as Markdown for RESULTS.md, as JSON for programs."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from pathlib import Path

from .figures import Figure, short

PEERS = ("aria2c", "qemu", "curl", "nbdkit", "rclone")
COLUMNS = ("row", "work", "link", "ours", *PEERS, "beside", "ratio", "bar", "")
LEGEND = ("~: extrapolated from a part of the work; >: given up, it would have taken longer. "
          "Ours and what the bar names: medians of runs in turns, the first of which is not counted, three for copies (one when it takes long); other peers: one run.")


@dataclass
class Row:
    """One promise measured. `peers`: by the names above; `beside`: other things it is compared with. `ratio` is what the
    bar is about; `met` is None when there is no bar or it could not be measured, `note` then says why."""

    row: str
    work: str
    link: str
    ours: Figure | None
    unit: str = "s"
    peers: dict[str, Figure] = field(default_factory=dict)
    beside: dict[str, Figure] = field(default_factory=dict)
    ratio: float | None = None
    bar: str = ""
    met: bool | None = None
    note: str = ""

    def verdict(self) -> str:
        return self.note if self.met is None else "met" if self.met else "NOT MET"

    def line(self) -> str:
        """For the terminal, as soon as it is measured."""
        others = ", ".join(f"{name} {figure}" for name, figure in (self.peers | self.beside).items())
        cells = self.cells()
        return "  ".join(filter(None, [*cells[:4], others and f"({others})", *cells[-3:]]))

    def cells(self) -> list[str]:
        ours = f"{self.ours} {self.unit}".rstrip() if self.ours else "-"
        beside = ", ".join(f"{name} {figure}" for name, figure in self.beside.items())
        peers = [str(self.peers[name]) if name in self.peers else "" for name in PEERS]
        ratio = "" if self.ratio is None else f"{self.ratio:.3f}" if self.ratio < 10 else f"{self.ratio:.1f}"
        return [self.row, self.work, self.link, ours, *peers, beside, ratio, self.bar, self.verdict()]


@dataclass
class Table:
    """How a cost grows: the first column says with what."""

    row: str
    title: str
    columns: list[str]
    rows: list[list[float | str]] = field(default_factory=list)

    def cells(self) -> list[list[str]]:
        return [[one if isinstance(one, str) else short(one) for one in row] for row in self.rows]


def text_table(header: list[str], rows: list[list[str]]) -> str:
    """Columns as wide as their widest cell; empty columns are left out."""
    kept = [i for i in range(len(header)) if not rows or any(row[i] for row in rows)]
    lines = [[line[i] for i in kept] for line in [header, *rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(kept))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    kept = [i for i in range(len(header)) if not rows or any(row[i] for row in rows)]
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line[i] for i in kept) + " |" for line in lines)


def rows_as(table: object, rows: list[Row]) -> str:
    assert callable(table)
    return str(table(list(COLUMNS), [row.cells() for row in rows]))


def summary(rows: list[Row]) -> str:
    met, missed = sum(row.met is True for row in rows), sum(row.met is False for row in rows)
    unmeasured = sum(row.met is None and bool(row.bar) for row in rows)
    return f"{met} bars met, {missed} missed" + (f", {unmeasured} not measured" if unmeasured else "")


def machine_text(machine: dict[str, object]) -> str:
    """One paragraph."""
    packages = machine["packages"]
    assert isinstance(packages, dict)
    listed = ", ".join(f"{name} {version}" for name, version in packages.items())
    return (f"{machine['date']}, {machine['rimfs']} (commit {machine['commit']}); {machine['cores']} cores of {machine['cpu']}, "
            f"{machine['memory_gib']} GiB, Linux {machine['kernel']}, {machine['system']}; server, client and target on this "
            f"machine. Load average at the begin {machine['load_begin']}, at the end {machine['load_end']}. `{machine['command']}`, "
            f"{machine['minutes']} minutes. {listed}.")


def markdown(machine: dict[str, object], rows: list[Row], tables: list[Table]) -> dict[str, str]:
    """The sections of RESULTS.md that there is something new for, by name."""
    sections = {}
    if rows:
        sections["rows"] = "\n\n".join(
            [machine_text(machine), rows_as(markdown_table, rows), f"**{summary(rows)}.** {LEGEND}"])
    if tables:
        parts = [f"**{one.row}: {one.title}**\n\n{markdown_table(one.columns, one.cells())}" for one in tables]
        sections["scale"] = "\n\n".join([machine_text(machine), *parts])
    return sections


def put_section(text: str, name: str, content: str) -> str:
    """`text` with what stands between the section's two marks replaced."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    assert len(pattern.findall(text)) == 1, f"the marks of the section {name} must be there once"
    return pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text)


def update(file: Path, sections: dict[str, str]) -> None:
    text = file.read_text()
    for name, content in sections.items():
        text = put_section(text, name, content)
    file.write_text(text)


def as_json(machine: dict[str, object], rows: list[Row], tables: list[Table]) -> dict[str, object]:
    return {"machine": machine, "rows": [dataclasses.asdict(row) for row in rows],
            "scale": [dataclasses.asdict(table) for table in tables]}

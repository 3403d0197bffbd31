# SPDX-License-Identifier: MIT
"""What the bench makes of its measurements. The measurements themselves are not run here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench import figures, report, servers, traffic
from bench.figures import Figure
from bench.report import Row, Table
from rig.server import Request

TOP = Path(__file__).parents[2]


def request(first: int, last: int, sent: int | None = None, status: int = 206) -> Request:
    """One line of a log: bytes [first, last) were asked for."""
    return Request(time=0, connection=1, port=80, tls=False, host="", protocol="", method="GET", uri="/lan/a",
                   status=status, range=f"bytes={first}-{last - 1}", sent=last - first if sent is None else sent, seconds=0,
                   user_agent="", authorization="", cookie="", if_match="", if_range="", accept_encoding="", x_test="",
                   client="")


@pytest.mark.parametrize("requests, twice", [
    ([], 0),
    ([request(0, 100), request(100, 200)], 0),
    ([request(100, 200), request(0, 100)], 0),
    ([request(0, 100), request(50, 150)], 50),
    ([request(0, 100), request(0, 100), request(0, 100)], 200),
    ([request(0, 1), request(0, 100)], 0),  # the probe
    ([request(0, 100, sent=40), request(40, 100)], 0),  # a body that was cut and continued
    ([request(0, 100, status=503), request(0, 100)], 0),
])
def test_bytes_sent_twice_are_counted_from_the_log(requests: list[Request], twice: int) -> None:
    assert traffic.sent_twice(requests) == twice


def test_a_part_is_extrapolated_and_its_opening_counts_once() -> None:
    figure = figures.of_progress([(2.0, 10), (4.0, 30)], 100)
    assert figure.part and not figure.least
    assert figure.value == 2.0 + 90 * 0.1
    assert str(figure) == "~11.0"


def test_what_was_read_to_its_end_is_no_part_and_what_never_moved_is_a_least() -> None:
    assert figures.of_progress([(2.0, 10), (4.0, 100)], 100) == Figure(4.0, [4.0])
    assert str(figures.of_progress([(2.0, 10), (9.0, 10)], 100)) == ">9.00"


def test_works_run_in_turns_and_give_medians_and_long_ones_run_once() -> None:
    order: list[str] = []

    def work(name: str, values: list[float]) -> float:
        order.append(name)
        return values.pop(0)

    slow, quick = [8.0, 3.0, 1.0, 2.0], [19.0, 9.0, 5.0, 7.0]
    found = figures.in_turns({"a": lambda: work("a", slow), "b": lambda: work("b", quick)})
    assert order == ["a", "b"] * 4
    assert (found["a"].value, found["b"].value) == (2.0, 7.0)
    assert found["a"].samples == [3.0, 1.0, 2.0], "the first turn is not counted"
    order.clear()
    once = figures.in_turns({"a": lambda: work("a", [1.0]), "b": lambda: work("b", [30.0])})
    assert order == ["a", "b"]
    assert once["b"].samples == [30.0]


def test_a_peer_that_fails_is_left_out() -> None:
    def fails() -> Figure:
        raise subprocess.CalledProcessError(1, "peer")

    def hangs() -> Figure:
        raise subprocess.TimeoutExpired("peer", 6)

    found = figures.figures_of({"a": fails, "b": hangs, "c": lambda: Figure(1)})
    assert {name: str(figure) for name, figure in found.items()} == {"b": ">6.00", "c": "1.00"}


ROWS = [Row("N1", "convert", "wan", Figure(2), peers={"aria2c": Figure(1), "rclone": Figure(44, part=True)}, ratio=2.0,
            bar="<= 1.00 x aria2c", met=False),
        Row("N4", "again", "lan", Figure(900), "MB/s", beside={"minimal FUSE": Figure(1000)}, ratio=0.9, bar=">= 0.90", met=True),
        Row("N5", "", "", None, bar="any", note="FAILED: no guest")]


def test_the_table_has_every_row_and_no_empty_column() -> None:
    text = report.rows_as(report.text_table, ROWS)
    assert "qemu" not in text
    for word in ("~44.0", "NOT MET", "minimal FUSE 1000", "900 MB/s", "FAILED: no guest"):
        assert word in text
    assert report.summary(ROWS) == "1 bars met, 1 missed, 1 not measured"


def test_a_markdown_row_has_as_many_cells_as_its_header() -> None:
    table = Table("S1", "readers", ["readers", "MB/s"], [["1", 1234.5], ["64", 0.12345]])
    lines = report.markdown_table(table.columns, table.cells()).splitlines()
    assert lines == ["| readers | MB/s |", "| --- | --- |", "| 1 | 1234 |", "| 64 | 0.12 |"]


def test_only_the_named_section_of_the_results_is_replaced() -> None:
    text = "a\n<!-- rows: begin -->\nold\n<!-- rows: end -->\nb\n<!-- scale: begin -->\nkept\n<!-- scale: end -->\n"
    assert report.put_section(text, "rows", r"new \1") == text.replace("old", r"new \1")
    with pytest.raises(AssertionError):
        report.put_section("no marks", "rows", "new")


def test_the_results_have_the_marks_of_every_section() -> None:
    text = (TOP / "tests/bench/RESULTS.md").read_text()
    for name in ("rows", "scale", "servers"):
        report.put_section(text, name, "")


@pytest.mark.parametrize("verdicts, cell", [
    ({"open": "right", "read": "right"}, "right"),
    ({"open": "refused: no", "read": "refused: no"}, "refused: no"),
    ({"open": "right", "gz": "wrong bytes", "read": "wrong bytes"}, "read, gz: wrong bytes; else right"),
    ({"list": "wrong names", "read": "wrong bytes"}, "list: wrong names; read: wrong bytes"),
])
def test_a_cell_says_which_steps_are_not_right(verdicts: dict[str, str], cell: str) -> None:
    assert servers.cell(verdicts) == cell


def test_the_command_refuses_a_row_that_does_not_exist() -> None:
    done = subprocess.run([TOP / "tests/bench/run", "--only", "N1,N99"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert done.stderr == "no such row: N99\n"

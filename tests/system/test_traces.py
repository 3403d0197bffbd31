# SPDX-License-Identifier: MIT
"""What a mount read first is asked for at once by the next one: in order, within bounds, and never as an answer."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rig import clients, images
from rig.expect import refusal
from rig.mount import COUNTED, Mount, rimfs
from rig.processes import wait_until
from rig.server import Request, Server, round_trips

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20
NAME = "disk.bin"
UNFINISHED = ".new-"
BODY = os.urandom(96 * MIB)
# Far from one another and in no order that readahead could know.
PLACES = [at * MIB + 3 * 65536 for at in random.Random(5).sample(range(2, 90), 24)]


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    return tmp_path / "traces"


def options(traces: Path, *more: str) -> tuple[str, ...]:
    return ("--trace-dir", str(traces), *more)


def read_places(mount: Mount, places: list[int] = PLACES, body: bytes = BODY, name: str = NAME) -> None:
    """As a program reads that learns from each place where the next one is; past the page cache, so that the kernel adds
    nothing."""
    for at in places:
        assert clients.read_at(mount / name, at, 16384, os.O_DIRECT) == body[at:at + 16384]


def counters(mount: Mount) -> dict[str, int]:
    found: dict[str, int] = json.loads(rimfs("status", "--json", mount.folder).stdout)["access-traces"]
    return found


def waits(mount: Mount) -> int:
    """Reads that were not answered from memory."""
    return int(os.getxattr(mount / NAME, "user.rimfs.misses"))


def data_requests(server: Server, name: str = NAME) -> list[Request]:
    """In the order in which they were sent, without the single byte of each probe."""
    found = [one for one in server.requests(name, "GET") if one.span and one.span[1] - one.span[0] > 1]
    return sorted(found, key=lambda one: one.time - one.seconds)


def seconds_of(work: Callable[[], None]) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def trace_file(traces: Path) -> Path:
    found = list(traces.iterdir())
    assert len(found) == 1, found
    return found[0]


def ranges_of(traces: Path) -> list[tuple[int, int]]:
    lines = trace_file(traces).read_text().splitlines()
    return [(int(at), int(size)) for at, _, size in (line.partition("+") for line in lines[3:-1])]


def make_trace(server: Server, traces: Path, *more: str, profile: str = "lan") -> None:
    server.put(NAME, BODY)
    with Mount(*options(traces, *more), server.url(NAME, profile)) as mount:
        read_places(mount)
    server.clear_log()


def test_the_next_mount_asks_for_all_of_it_at_once_in_the_same_order(server: Server, traces: Path) -> None:
    server.put(NAME, BODY)
    with Mount(*options(traces), server.url(NAME, "vcenter"), unhedged=COUNTED) as mount:
        plain = seconds_of(lambda: read_places(mount))
        assert counters(mount) == {"replayed": 0, "bytes-asked": 0, "bytes-used": 0}
        assert waits(mount) == len(PLACES)
    assert ranges_of(traces) == [(at, 16384) for at in PLACES]

    with Mount(*options(traces), server.url(NAME, "vcenter"), unhedged=COUNTED) as mount:
        server.clear_log()
        replayed = seconds_of(lambda: read_places(mount))
        requests = data_requests(server)
        told = counters(mount)
    assert replayed < plain / 3, f"{plain:.1f} s, with the trace {replayed:.1f} s"
    assert told["replayed"] == 1
    assert told["bytes-asked"] == told["bytes-used"] == 16384 * (len(PLACES) - 1)
    assert round_trips(requests) <= 5, [one.range for one in requests]
    # The reader's own and 14 beside it, then the rest. On a busy machine a connection may be late.
    first = {one.span[0] for one in requests[:18] if one.span}
    assert set(PLACES[:10]) <= first, f"not in the order of the trace: {[one.range for one in requests]}"
    assert server.bytes_sent(NAME) <= 16384 * len(PLACES) + MIB + 1


def test_a_reader_with_other_needs_costs_no_more_than_the_first_window(server: Server, traces: Path) -> None:
    server.put(NAME, BODY)
    with Mount(*options(traces), server.url(NAME), unhedged=COUNTED) as mount:
        for at in random.Random(6).sample(range(0, 45), 40):
            place = 2 * at * MIB
            assert clients.read_at(mount / NAME, place, MIB, os.O_DIRECT) == BODY[place:place + MIB]
    with Mount(*options(traces), server.url(NAME), unhedged=COUNTED) as mount:
        server.clear_log()
        clients.read_at(mount / NAME, 91 * MIB, 4096, os.O_DIRECT)
        wait_until(lambda: counters(mount)["bytes-asked"] > 0, 5, "the trace to be replayed")
        for _ in range(20):
            clients.read_at(mount / NAME, 93 * MIB, 4096, os.O_DIRECT)
        assert 0 < counters(mount)["bytes-asked"] <= 8 * MIB
        assert server.bytes_sent(NAME) <= 10 * MIB


def test_a_small_readahead_bounds_a_replay_and_none_ends_it(server: Server, traces: Path) -> None:
    make_trace(server, traces, profile="dc")
    with Mount(*options(traces, "--readahead", "0"), server.url(NAME, "dc"), unhedged=COUNTED) as mount:
        read_places(mount)
        assert counters(mount)["bytes-asked"] == 0
    with Mount(*options(traces, "--readahead", "1M", "--block-size", "64K"), server.url(NAME, "dc"),
               unhedged=COUNTED) as mount:
        read_places(mount)
        assert 0 < counters(mount)["bytes-asked"] <= MIB // 4


def test_the_disk_caches_folder_is_the_place_unless_another_is_said(server: Server, tmp_path: Path) -> None:
    server.put(NAME, BODY)
    cache = tmp_path / "cache"
    for more, exists in (("--access-traces=off", False), ("--access-traces=on", True)):
        with Mount("--cache-dir", cache, more, server.url(NAME), unhedged=COUNTED) as mount:
            read_places(mount)
        assert (cache / "traces").exists() == exists
    assert (cache / "traces").stat().st_mode & 0o777 == 0o700
    assert trace_file(cache / "traces").stat().st_mode & 0o777 == 0o600
    with Mount("--cache-dir", cache, server.url(NAME), unhedged=COUNTED) as mount:
        server.clear_log()
        read_places(mount)
        wait_until(lambda: counters(mount)["replayed"] == 1, 5, "the trace to be replayed")
        assert data_requests(server) == [], "what is on the disk needs no request"


def test_the_order_in_a_configuration_file(server: Server, traces: Path) -> None:
    make_trace(server, traces, profile="dc")
    config = f"sources:\n  - url: {server.url(NAME, 'dc')}\ncache:\n  trace-dir: {traces}\naccess-traces: on\n"
    with Mount(config=config, unhedged=COUNTED) as mount:
        read_places(mount)
        asked = counters(mount)["bytes-asked"] / MIB
        assert f"access traces: replayed 1, requested ahead {asked:.1f} MiB" in rimfs("status", mount.folder).stdout


def test_a_new_version_of_the_file_has_the_traces_of_the_old_one_and_its_own_bytes(server: Server, traces: Path) -> None:
    make_trace(server, traces)
    other = random.Random(32).randbytes(70 * MIB)
    server.replace(NAME, other)
    within = [at for at in PLACES if at < 69 * MIB]
    with Mount(*options(traces), server.url(NAME), unhedged=COUNTED) as mount:
        read_places(mount, within, other)
        wait_until(lambda: counters(mount)["replayed"] == 1, 5, "the trace to be replayed")
    assert ranges_of(traces) == [(at, 16384) for at in within], "the last mount's needs are kept"


def test_a_file_that_changes_under_a_replay_is_stale_and_never_mixed(server: Server, traces: Path) -> None:
    make_trace(server, traces)
    other = random.Random(33).randbytes(96 * MIB)
    with Mount(*options(traces, "--revalidate-after", "0", "--attribute-time", "0"), server.url(NAME)) as mount:
        clients.read_at(mount / NAME, PLACES[0], 4096, os.O_DIRECT)
        server.replace(NAME, other)
        read_places(mount, PLACES, other)
        assert clients.sha256(mount / NAME) == hashlib.sha256(other).hexdigest()


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "empty", "huge", "binary"])
def test_a_damaged_trace_is_one_line_in_the_log(server: Server, traces: Path, damage: str) -> None:
    make_trace(server, traces)
    file = trace_file(traces)
    good = file.read_bytes()
    file.write_bytes({
        "cut": good[:-30], "flipped": good.replace(b"16384", b"16385", 1), "empty": b"", "huge": good + b"x" * MIB,
        "foreign": good.replace(b"127.0.0.1", b"127.0.0.2"), "binary": os.urandom(5000),
    }[damage])
    with Mount(*options(traces), server.url(NAME), foreground=True, unhedged=COUNTED) as mount:
        read_places(mount)
        assert counters(mount)["replayed"] == 0
        wait_until(lambda: "this access trace is not used" in mount.log(), 10, "the warning")
        assert mount.log().count("this access trace is not used") == 1
    assert ranges_of(traces) == [(at, 16384) for at in PLACES], "the next mount has a good one"


def test_a_folder_that_cannot_be_written_is_one_warning(server: Server, tmp_path: Path, traces: Path) -> None:
    make_trace(server, traces)
    with Mount(*options(traces), server.url(NAME), foreground=True) as mount:
        read_places(mount)
        clients.run("rm", "-rf", traces)
        traces.write_text("in the way")
        mount.signal(signal.SIGTERM)
        mount.wait_gone()
        assert mount.log().count("access traces are not kept any more") == 1
    with Mount(*options(Path("/proc/nothing/traces")), server.url(NAME), foreground=True) as mount:
        read_places(mount)
        wait_until(lambda: "access traces are not kept" in mount.log(), 10, "the warning")
        assert mount.log().count("access traces are not kept") == 1


def test_a_folder_that_others_may_write_to_is_refused(server: Server, tmp_path: Path, traces: Path) -> None:
    server.put(NAME, BODY)
    traces.mkdir()
    traces.chmod(0o777)
    (tmp_path / "mnt").mkdir()
    assert "others may write to it" in refusal("mount", *options(traces), server.url(NAME), tmp_path / "mnt")


def test_two_mounts_at_once_leave_a_whole_trace(server: Server, traces: Path) -> None:
    make_trace(server, traces)
    with Mount(*options(traces), server.url(NAME),
               unhedged=COUNTED) as one, Mount(*options(traces), server.url(NAME),
                                                                 unhedged=COUNTED) as two:
        read_places(one)
        read_places(two, PLACES[:20])
    assert ranges_of(traces) in ([(at, 16384) for at in PLACES], [(at, 16384) for at in PLACES[:20]])
    with Mount(*options(traces), server.url(NAME), unhedged=COUNTED) as mount:
        read_places(mount)
        wait_until(lambda: counters(mount)["replayed"] == 1, 5, "the trace to be replayed")


def test_a_copy_leaves_no_trace_and_spoils_none(server: Server, traces: Path) -> None:
    server.put(NAME, BODY)
    with Mount(*options(traces), server.url(NAME), unhedged=COUNTED) as mount:
        assert clients.sha256sum(mount / NAME) == hashlib.sha256(BODY).hexdigest()
    assert list(traces.iterdir()) == []
    make_trace(server, traces)
    with Mount(*options(traces), server.url(NAME), unhedged=COUNTED) as mount:
        clients.sha256sum(mount / NAME)
        assert server.bytes_sent(NAME) <= 1.02 * len(BODY), "what a trace asked for was fetched twice"
    assert ranges_of(traces) == [(at, 16384) for at in PLACES]


def test_what_was_needed_before_a_copy_is_kept(server: Server, traces: Path) -> None:
    server.put(NAME, BODY)
    with Mount(*options(traces), server.url(NAME)) as mount:
        read_places(mount)
        assert clients.dd_direct_sha256(mount / NAME) == hashlib.sha256(BODY).hexdigest()
    kept = ranges_of(traces)
    assert kept[:len(PLACES)] == [(at, 16384) for at in PLACES]
    # Of the copy its begin may be there, if the kernel's requests came to their workers in no order.
    assert all(at == 0 and size <= MIB for at, size in kept[len(PLACES):])


def test_the_copy_of_a_part_is_not_remembered(server: Server, traces: Path) -> None:
    """Of 30 MiB that were read in order only the beginning is asked for, beside what was needed at other places."""
    server.put(NAME, BODY)
    with Mount(*options(traces), server.url(NAME)) as mount:
        read_places(mount, [at for at in PLACES if at > 50 * MIB])
        clients.run("dd", f"if={mount / NAME}", "of=/dev/null", "bs=1M", "skip=10", "count=30", "iflag=direct")
    kept = ranges_of(traces)
    assert [one for one in kept if one[0] > 50 * MIB] == [(at, 16384) for at in PLACES if at > 50 * MIB]
    assert sum(size for at, size in kept if at < 50 * MIB) <= 512 << 10, kept


def test_a_look_between_two_inspections_spoils_nothing(server: Server, traces: Path) -> None:
    make_trace(server, traces)
    kept = ranges_of(traces)
    with Mount(*options(traces), server.url(NAME)) as mount:
        os.stat(mount / NAME)
    with Mount(*options(traces), server.url(NAME)) as mount:
        clients.read_at(mount / NAME, PLACES[0], 4096, os.O_DIRECT)
    for _ in range(3):
        assert ranges_of(traces) == kept
        with Mount(*options(traces), server.url(NAME)) as mount:
            read_places(mount, PLACES[3:6])
    assert ranges_of(traces) == kept
    with Mount(*options(traces), server.url(NAME)) as mount:
        read_places(mount, PLACES[3:6])
    assert ranges_of(traces) == [(at, 16384) for at in PLACES[3:6]], "for the fourth time in a row it is what is needed"


def test_a_trace_survives_a_kill(server: Server, traces: Path) -> None:
    server.put(NAME, BODY)
    with Mount(*options(traces), server.url(NAME)) as mount:
        read_places(mount)
        # A file has its name once it is complete; before that it has a longer one.
        wait_until(lambda: any(UNFINISHED not in one.name for one in traces.iterdir()), 20,
                   "the trace to be written while mounted")
        mount.signal(signal.SIGKILL)
        wait_until(lambda: not mount.all_pids(), 10, "the process to end")
        mount.force()
    assert ranges_of(traces) == [(at, 16384) for at in PLACES]


def test_no_secret_stands_in_a_trace(server: Server, traces: Path) -> None:
    server.put(NAME, BODY)
    url = server.url(NAME).replace("http://", "http://me:hidden@") + "?token=alsohidden"
    with Mount(*options(traces), f"{NAME}={url}") as mount:
        read_places(mount)
    text = trace_file(traces).read_text()
    assert "hidden" not in text and f"of {server.url(NAME)} {NAME}" in text


def test_images_that_differ_in_their_query_have_traces_of_their_own(server: Server, traces: Path) -> None:
    server.put(NAME, BODY)
    url = server.url(NAME)
    with Mount(*options(traces), f"a={url}?id=1", f"b={url}?id=2") as mount:
        read_places(mount, PLACES[:5], name="a")
        read_places(mount, PLACES[5:10], name="b")
    assert len(list(traces.iterdir())) == 2


def test_rimfs_fetch_takes_no_part(server: Server, tmp_path: Path, traces: Path) -> None:
    server.put(NAME, BODY)
    assert rimfs("fetch", *options(traces), server.url(NAME), tmp_path / "copy").returncode == 0
    assert not traces.exists()


def test_a_disks_tables_and_files_are_the_same_with_a_trace(server: Server, traces: Path) -> None:
    disk = images.disk()
    url = server.url(server.share(disk), "dc")
    for turn in range(2):
        with Mount(*options(traces), url, unhedged=COUNTED) as mount:
            clients.fsck_ext4(mount / disk.name, images.PARTITION_OFFSET)
            assert counters(mount)["replayed"] == turn
            clients.cmp(mount / disk.name, disk)
            assert server.bytes_sent(disk.name) <= 1.02 * disk.stat().st_size
        server.clear_log()

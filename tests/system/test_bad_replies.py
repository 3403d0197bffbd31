# SPDX-License-Identifier: MIT
"""A server that lies: never one wrong byte, never a hang; an error in time if it goes on, success if it stops."""

from __future__ import annotations

import errno
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from rig import clients, images
from rig.expect import ERROR_SECONDS, IMPATIENT, PATIENT, refusal
from rig.mount import Mount
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(8 << 20, 77)
Fault = tuple[str, dict[str, object]]
OFFSET, COUNT = (3 << 20) + 123, 200_000

# Lies: not a byte of such a reply may be used.
LIES: dict[str, Fault] = {
    "200 with the full body": ("full_body", {}),
    "200 with a login page": ("html", {}),
    "gzip unasked": ("gzip", {}),
    "Content-Range missing": ("content_range", {"mode": "missing"}),
    "Content-Range of other bytes": ("content_range", {"mode": "shift", "by": 512}),
    "Content-Range of the blocks before": ("content_range", {"mode": "shift", "by": -(1 << 20)}),
    "Content-Range that lies about the bytes": ("content_range", {"mode": "lie", "by": 512}),
    "total too large": ("content_range", {"mode": "total", "by": 1}),
    "total too small": ("content_range", {"mode": "total", "by": -4096}),
    "503": ("status", {"code": 503}),
    "500": ("status", {"code": 500}),
    "429": ("status", {"code": 429}),
    "closed without an answer": ("drop", {"how": "fin"}),
    "reset without an answer": ("drop", {"how": "rst"}),
    "no answer": ("drop", {"how": "hang"}),
}
# Half truths: what has arrived is right, so that a reader may get on with it.
HALF_TRUTHS: dict[str, Fault] = {
    "cut": ("cut", {"bytes": 100_000, "how": "fin"}),
    "cut by a reset": ("cut", {"bytes": 100_000, "how": "rst"}),
    "cut short and left open": ("cut", {"bytes": 100_000, "how": "hang"}),
    "cut after one byte": ("cut", {"bytes": 1, "how": "fin"}),
    "cut after nothing": ("cut", {"bytes": 0, "how": "fin"}),
    "stalled in the middle": ("stall", {"bytes": 100_000}),
    "a smaller range than asked for": ("short_range", {"bytes": 10_000}),
    "total unknown": ("content_range", {"mode": "star"}),
}


# One reply with another total is one of a changed file, which is not retried.
PASSING = {name: fault for name, fault in (LIES | HALF_TRUTHS).items() if not name.startswith("total ")}


@dataclass(frozen=True)
class Outcome:
    """What a reader of a faulty file got."""

    data: bytes | None
    errno: int
    seconds: float


def read_all_at_once(server: Server, faults: dict[str, Fault], options: tuple[str, ...], extra: dict[str, object],
                     offset: int, count: int) -> dict[str, Outcome]:
    """Mounts one file for each fault, arms it, and reads all files at the same time, since most of it is waiting."""
    names = {title: server.put(f"{title}.bin", BODY) for title in faults}
    with Mount(*options, "--connections", "64", *[server.url(name, fault=True) for name in names.values()]) as mount:
        for title, (fault, keys) in faults.items():
            server.fault(names[title], fault, **(keys | extra))

        def read(title: str) -> Outcome:
            begin = time.monotonic()
            try:
                data = clients.read_at(mount / names[title], offset, count)
                return Outcome(data, 0, time.monotonic() - begin)
            except OSError as problem:
                return Outcome(None, problem.errno or 0, time.monotonic() - begin)

        with ThreadPoolExecutor(len(faults)) as readers:
            outcomes = dict(zip(faults, readers.map(read, faults)))
        server.clear_faults()
    return outcomes


@pytest.fixture(scope="module")
def lasting(session_server: Server, rimfs_program: str) -> dict[str, Outcome]:
    return read_all_at_once(session_server, LIES | HALF_TRUTHS, IMPATIENT, {}, OFFSET, COUNT)


@pytest.fixture(scope="module")
def passing(session_server: Server, rimfs_program: str) -> dict[str, Outcome]:
    return read_all_at_once(session_server, PASSING, PATIENT, {"first": 2}, OFFSET, COUNT)


@pytest.mark.parametrize("title", LIES)
def test_a_lie_that_lasts_is_an_error_in_time(lasting: dict[str, Outcome], title: str) -> None:
    outcome = lasting[title]
    assert outcome.data is None, "the read succeeded"
    assert errno.errorcode[outcome.errno] in ("EIO", "ESTALE", "ETIMEDOUT")
    assert outcome.seconds < ERROR_SECONDS


@pytest.mark.parametrize("title", HALF_TRUTHS)
def test_a_half_truth_that_lasts_is_an_error_in_time_or_right(lasting: dict[str, Outcome], title: str) -> None:
    outcome = lasting[title]
    # A read ends early where what follows failed: the kernel asks for its parts one after the other.
    assert outcome.data is None or (outcome.data and BODY[OFFSET:OFFSET + COUNT].startswith(outcome.data))
    assert outcome.data or errno.errorcode[outcome.errno] in ("EIO", "ESTALE", "ETIMEDOUT")
    # Who gets on may take longer than who gives up, but not for ever: a stall and a pause for each 100 KB, of more than
    # what is read when the kernel's requests are small, on a busy machine.
    assert outcome.seconds < (60 if outcome.data else ERROR_SECONDS)


@pytest.mark.parametrize("title", PASSING)
def test_a_fault_that_passes_costs_no_more_than_time(passing: dict[str, Outcome], title: str) -> None:
    outcome = passing[title]
    assert outcome.errno == 0, errno.errorcode[outcome.errno]
    assert outcome.data == BODY[OFFSET:OFFSET + COUNT]


@pytest.mark.parametrize("title", ["200 with the full body", "Content-Range of other bytes", "cut", "503"])
def test_a_whole_file_is_right_though_every_third_reply_is_faulty(server: Server, title: str) -> None:
    fault, keys = PASSING[title]
    server.fault("file.bin", fault, every=3, **keys)
    with Mount(*PATIENT, "--block-size", "256K", server.url(server.put("file.bin", BODY), fault=True)) as mount:
        assert (mount / "file.bin").read_bytes() == BODY


def test_a_reader_recovers_when_a_lasting_fault_ends(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY), fault=True)
    with Mount(*IMPATIENT, url) as mount:
        server.fault("file.bin", "html")
        with open(mount / "file.bin", "rb", buffering=0) as file:
            with pytest.raises(OSError):
                file.read(4096)
            server.clear_faults()
            time.sleep(1.1)  # for a moment the same range fails at once
            file.seek(0)
            assert file.read(4096) == BODY[:4096]


def test_a_slow_drip_is_no_stall(server: Server) -> None:
    """Bytes that come slowly but steadily are waited for beyond the stall timeout."""
    body = BODY[:100_000]
    url = server.url(server.put("file.bin", body), fault=True)
    with Mount(*PATIENT, url) as mount:
        server.fault("file.bin", "drip", bytes=5000, rate=40_000)
        assert (mount / "file.bin").read_bytes() == body


def test_a_reply_to_a_waiting_reader_honours_retry_after(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY[:1 << 20]), fault=True)
    with Mount(*PATIENT, url) as mount:
        server.fault("file.bin", "status", code=503, first=1, retry_after=2)
        server.clear_log()
        assert (mount / "file.bin").read_bytes() == BODY[:1 << 20]
        refused, *later = server.requests("file.bin", "GET")
        assert refused.status == 503
        assert later[-1].time - refused.time > 1.9


def test_a_server_that_serves_few_at_once_is_not_given_up(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY), "wan", fault=True)
    with Mount(*PATIENT, "--connections", "8", "--block-size", "256K", url) as mount:
        server.fault("file.bin", "limit", most=2)
        assert (mount / "file.bin").read_bytes() == BODY


def test_a_server_without_keepalive_is_served_from(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY), fault=True)
    server.fault("file.bin", "no_keepalive", method="any")
    with Mount(*PATIENT, "--block-size", "256K", url) as mount:
        assert (mount / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("fault,keys", [
    ("full_body", {}), ("html", {}), ("gzip", {}), ("content_range", {"mode": "missing"}),
], ids=["ranges ignored", "login page", "gzip unasked", "Content-Range missing"])
def test_a_server_that_always_lies_cannot_be_mounted(server: Server, fault: str, keys: dict[str, object],
                                                     tmp_path: object) -> None:
    url = server.url(server.put("file.bin", BODY), fault=True)
    server.fault("file.bin", fault, method="any", **keys)
    line = refusal("mount", *IMPATIENT, url, str(tmp_path), seconds=ERROR_SECONDS)
    assert "file.bin" in line

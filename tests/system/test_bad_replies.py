# SPDX-License-Identifier: MIT
"""A server that lies: never one wrong byte, never a hang; an error in time if it goes on, success if it stops."""

from __future__ import annotations

import time

import pytest

from rig import images
from rig.expect import ERROR_SECONDS, IMPATIENT, PATIENT, errno_of_read, refusal
from rig.mount import Mount
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(8 << 20, 77)
OFFSET, COUNT = (3 << 20) + 123, 200_000

# Lies: not a byte of such a reply may be used.
LIES: dict[str, tuple[str, dict[str, object]]] = {
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
HALF_TRUTHS: dict[str, tuple[str, dict[str, object]]] = {
    "cut": ("cut", {"bytes": 100_000, "how": "fin"}),
    "cut by a reset": ("cut", {"bytes": 100_000, "how": "rst"}),
    "cut short and left open": ("cut", {"bytes": 100_000, "how": "hang"}),
    "cut after one byte": ("cut", {"bytes": 1, "how": "fin"}),
    "cut after nothing": ("cut", {"bytes": 0, "how": "fin"}),
    "stalled in the middle": ("stall", {"bytes": 100_000}),
    "a smaller range than asked for": ("short_range", {"bytes": 10_000}),
    "total unknown": ("content_range", {"mode": "star"}),
}


def names(table: dict[str, tuple[str, dict[str, object]]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault,keys", table.values(), ids=table.keys())


@names(LIES)
def test_a_lie_that_lasts_is_an_error_in_time(server: Server, fault: str, keys: dict[str, object]) -> None:
    url = server.url(server.put("file.bin", BODY), fault=True)
    with Mount(*IMPATIENT, url) as mount:
        server.fault("file.bin", fault, **keys)
        assert errno_of_read(mount / "file.bin", OFFSET, COUNT) in ("EIO", "ESTALE", "ETIMEDOUT")
        server.clear_faults()


@names(HALF_TRUTHS)
def test_a_half_truth_that_lasts_is_an_error_in_time_or_right(server: Server, fault: str,
                                                              keys: dict[str, object]) -> None:
    url = server.url(server.put("file.bin", BODY), fault=True)
    with Mount(*IMPATIENT, url) as mount:
        server.fault("file.bin", fault, **keys)
        begin = time.monotonic()
        try:
            with open(mount / "file.bin", "rb", buffering=0) as file:
                file.seek(OFFSET)
                assert file.read(COUNT) == BODY[OFFSET:OFFSET + COUNT]
        except OSError:
            pass
        assert time.monotonic() - begin < ERROR_SECONDS
        server.clear_faults()


@names(LIES | HALF_TRUTHS)
def test_a_lie_that_passes_costs_no_more_than_time(server: Server, fault: str, keys: dict[str, object]) -> None:
    url = server.url(server.put("file.bin", BODY), fault=True)
    # A changed total is a changed file, which is not retried.
    if keys.get("mode") == "total":
        pytest.skip("one reply with another total may be taken for a changed file")
    with Mount(*PATIENT, url) as mount:
        server.fault("file.bin", fault, first=2, **keys)
        assert (mount / "file.bin").read_bytes() == BODY


def test_a_reader_recovers_when_a_lasting_fault_ends(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY), fault=True)
    with Mount(*IMPATIENT, url) as mount:
        server.fault("file.bin", "html")
        with open(mount / "file.bin", "rb", buffering=0) as file:
            with pytest.raises(OSError):
                file.read(4096)
            server.clear_faults()
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

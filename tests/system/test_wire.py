# SPDX-License-Identifier: MIT
"""Replies that no ordinary server sends: framing that proves nothing, drips without end, and redirects that fish for
credentials."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rig import clients
from rig.expect import ERROR_SECONDS, IMPATIENT, PATIENT, errno_of_read, refusal
from rig.mount import Mount, rimfs
from rig.raw_server import RawServer

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = os.urandom(700_000)
WRONG = bytes(len(BODY))
SECRET = "hunter2-and-more"
DATASTORE = "folder/disk-flat.vmdk?dcPath=dc&dsName=store"


def range_head(begin: int, end: int, *headers: str, status: str = "206 Partial Content") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Range: bytes {begin}-{end - 1}/{len(BODY)}", 'ETag: "1"',
             "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def good(begin: int, end: int) -> bytes:
    return range_head(begin, end, f"Content-Length: {end - begin}") + BODY[begin:end]


def chunked(begin: int, end: int) -> bytes:
    pieces = [BODY[at:min(at + 5000, end)] for at in range(begin, end, 5000)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return range_head(begin, end, "Transfer-Encoding: chunked") + body + b"0\r\n\r\n"


def one_chunk_as_data(begin: int, end: int, *headers: str) -> bytes:
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (end - begin, BODY[begin:end])
    return range_head(begin, end, *headers, f"Content-Length: {end - begin}") + body


def with_status(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Length: 0", "Connection: close", *headers]).encode() + b"\r\n\r\n"


Answer = Callable[[int, int], "bytes | Iterator[bytes]"]


class Passing:
    """Answers the first replies to ranges after the probe in a bad way, then well."""

    def __init__(self, bad: Answer, count: int = 2) -> None:
        self.bad, self.left = bad, count

    def __call__(self, path: str, begin: int, end: int) -> bytes | Iterator[bytes]:
        if end - begin > 1 and self.left > 0:
            self.left -= 1
            return self.bad(begin, end)
        return good(begin, end)


# Framing. In each the bytes that come before the fault are wrong, as after a chunk's size that was cut.

UNFRAMED: dict[str, Answer] = {
    "a chunk without a size": lambda b, e: range_head(b, e, "Transfer-Encoding: chunked") + b"2000\r\n" + WRONG[:8192] +
    b"\r\nzz\r\n",
    "a chunk that is too short": lambda b, e: range_head(b, e, "Transfer-Encoding: chunked") + b"%x\r\n" % (e - b) +
    WRONG[:e - b - 1],
    "too few chunks": lambda b, e: range_head(b, e, "Transfer-Encoding: chunked") + b"2000\r\n" + WRONG[:8192] +
    b"\r\n0\r\n\r\n",
    "chunks beside a length": lambda b, e: range_head(b, e, "Transfer-Encoding: chunked", f"Content-Length: {e - b}") +
    b"2000\r\n" + WRONG[:8192] + b"\r\nzz\r\n",
    "two lengths": lambda b, e: range_head(b, e, f"Content-Length: {e - b}", "Content-Length: 9000") + WRONG[:9000],
    "the connection ends": lambda b, e: range_head(b, e) + WRONG[:9000],
    "a head in the head": lambda b, e: range_head(b, e, "Transfer-Encoding: chunked", "HTTP/1.1: 206",
                                                  f"Content-Length: {e - b}") + b"2000\r\n" + WRONG[:8192] + b"\r\nzz",
    # A lenient reader sees a coding here, libcurl sees none and takes the chunk's line for data (RFC 9112, 5.1 and 5.2).
    "chunks, with a blank before the colon": lambda b, e: one_chunk_as_data(b, e, "Transfer-Encoding : chunked"),
    "chunks, in a folded line": lambda b, e: one_chunk_as_data(b, e, "Transfer-Encoding:", " chunked"),
    "chunks, in a name over two lines": lambda b, e: one_chunk_as_data(b, e, "Transfer-", "Encoding: chunked"),
    "gzip, then identity": lambda b, e: range_head(b, e, "Content-Encoding: gzip", "Content-Encoding: identity",
                                                   f"Content-Length: {e - b}") + WRONG[:e - b],
    "gzip, then nothing": lambda b, e: range_head(b, e, "Content-Encoding: gzip", "Content-Encoding:",
                                                  f"Content-Length: {e - b}") + WRONG[:e - b],
    # RFC 9110, 15.3.7.2: the Content-Range belongs into the parts.
    "several parts": lambda b, e: range_head(b, e, "Content-Type: multipart/byteranges; boundary=x",
                                             f"Content-Length: {e - b}") + (b"--x\r\n\r\n" + WRONG)[:e - b],
    "two tags": lambda b, e: range_head(b, e, 'ETag: "2"', f"Content-Length: {e - b}") + WRONG[:e - b],
    "a body of an interim reply": lambda b, e: range_head(b, e, f"Content-Length: {e - b}", status="101 Switching") +
    WRONG[:e - b],
}


@pytest.mark.parametrize("title", UNFRAMED)
def test_no_byte_of_a_reply_with_broken_framing_is_used(title: str, tmp_path: Path) -> None:
    with RawServer(Passing(UNFRAMED[title])) as server:
        with Mount(*PATIENT, "--cache-dir", tmp_path / "cache", server.url("disk.img")) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
    assert rimfs("cache", "verify", tmp_path / "cache").returncode == 0


@pytest.mark.parametrize("hedged", [False, True])
def test_a_server_that_always_sends_chunks_is_read(hedged: bool) -> None:
    with RawServer(lambda path, begin, end: chunked(begin, end)) as server:
        unhedged = "" if hedged else "a hedge is a request of another kind: both kinds are tried"
        with Mount(*PATIENT, "--block-size", "64K", server.url("disk.img"), unhedged=unhedged) as mount:
            assert clients.read_at(mount / "disk.img", 300_001, 50_000) == BODY[300_001:350_001]
            assert (mount / "disk.img").read_bytes() == BODY


def test_a_copy_has_no_byte_of_a_reply_with_broken_chunks(tmp_path: Path) -> None:
    with RawServer(Passing(UNFRAMED["a chunk without a size"], 4)) as server:
        done = rimfs("fetch", *PATIENT, server.url("disk.img"), tmp_path / "copy", seconds=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy").read_bytes() == BODY


def test_a_listing_whose_chunks_break_is_not_shown(tmp_path: Path) -> None:
    page = b'<a href="one.img">one.img</a>'

    def answer(path: str, begin: int, end: int) -> bytes:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + b"%x\r\n%s\r\nzz\r\n" % (len(page), page)

    with RawServer(answer) as server:
        assert "zz" not in refusal("mount", *IMPATIENT, server.url("images/"), tmp_path, seconds=ERROR_SECONDS)


# Decisions

FAULTS: dict[str, Answer] = {
    "HTTP/0.9": lambda b, e: BODY[b:e],
    "a status of four digits": lambda b, e: range_head(b, e, status="2060 Partial"),
    "status 999": lambda b, e: with_status("999 Unknown"),
    "204": lambda b, e: with_status("204 No Content"),
    "304": lambda b, e: with_status("304 Not Modified"),
    "500": lambda b, e: with_status("500 Internal Server Error"),
    "520": lambda b, e: with_status("520 Unknown Error"),
    "416 with the size it has": lambda b, e: with_status("416 Range Not Satisfiable", f"Content-Range: bytes */{len(BODY)}"),
    "302 to nowhere": lambda b, e: with_status("302 Found"),
    "302 to a local file": lambda b, e: with_status("302 Found", "Location: file:///nowhere"),
    "302 to ftp": lambda b, e: with_status("302 Found", "Location: ftp://127.0.0.1/x"),
    "302 to no URL": lambda b, e: with_status("302 Found", "Location: http://[/"),
    "bytes after the body": lambda b, e: good(b, e) + WRONG[:5000],
    "a login page": lambda b, e: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nlogin",
}


@pytest.mark.parametrize("title", FAULTS)
def test_a_fault_of_the_server_that_passes_is_retried(title: str) -> None:
    with RawServer(Passing(FAULTS[title])) as server:
        with Mount(*PATIENT, server.url("disk.img")) as mount:
            with open(mount / "disk.img", "rb") as file:
                assert file.read() == BODY


@pytest.mark.parametrize("title", [title for title in FAULTS if title != "bytes after the body"])
def test_a_fault_of_the_server_that_lasts_is_an_io_error(title: str) -> None:
    with RawServer(Passing(FAULTS[title], 1 << 30)) as server:
        with Mount(*IMPATIENT, server.url("disk.img")) as mount:
            assert errno_of_read(mount / "disk.img") in ("EIO", "ETIMEDOUT")


def test_a_datastore_that_answers_500_in_mid_copy_is_waited_for() -> None:
    passing = Passing(FAULTS["500"], 0)
    with RawServer(passing) as server:
        with Mount(*PATIENT, "--block-size", "64K", "--readahead", "0", server.url(DATASTORE)) as mount:
            image = mount / "disk-flat.vmdk"
            assert clients.read_at(image, 0, 4096) == BODY[:4096]
            passing.left = 7  # six ended it
            assert clients.read_at(image, 600_000, 4096) == BODY[600_000:604_096]


@pytest.fixture
def login_script(tmp_path: Path) -> Path:
    """Prints another session each time: session=1 first."""
    script = tmp_path / "login.sh"
    script.write_text(f"#!/bin/sh\necho x >>{tmp_path}/runs\necho session=$(wc -l <{tmp_path}/runs | tr -d ' ')\n")
    script.chmod(0o755)
    return script


def shown_cookie(head: str) -> str:
    cookies = [line for line in head.splitlines() if line.lower().startswith("cookie:")]
    return cookies[0].split(":", 1)[1].strip() if cookies else ""


RENEWED_JUST_NOW = 5.1  # a login that was renewed a shorter time ago is not renewed again


def test_a_login_page_renews_the_login(login_script: Path) -> None:
    valid = ["session=1"]

    def answer(path: str, begin: int, end: int) -> bytes:
        good_one = shown_cookie(server.heads[-1]) == valid[0]
        return good(begin, end) if good_one else FAULTS["a login page"](begin, end)  # type: ignore[return-value]

    with RawServer(answer) as server:
        with Mount(*PATIENT, "--readahead", "0", "--format-prefetch", "off", "--cookie-script", login_script,
                   server.url("disk.img")) as mount:
            time.sleep(RENEWED_JUST_NOW)
            valid[0] = "session=2"
            assert clients.read_at(mount / "disk.img", 0, 4096) == BODY[:4096]


@pytest.mark.parametrize("redirects", [False, True])
def test_a_login_page_in_place_of_a_listing_renews_the_login(login_script: Path, redirects: bool) -> None:
    valid = ["session=1"]

    def page(html: str) -> bytes:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(html)}\r\nConnection: close\r\n\r\n"
        return head.encode() + html.encode()

    def answer(path: str, begin: int, end: int) -> bytes:
        if path != "/login" and shown_cookie(server.heads[-1]) == valid[0]:
            return page('<a href="disk-1.img">disk-1.img</a>  03-Feb-2024 04:05  17')
        if redirects and path != "/login":
            return with_status("302 Found", "Location: /login")
        return page("<form><input type=password name=p></form>")

    with RawServer(answer) as server:
        with Mount(*PATIENT, "--attribute-time", "100ms", "--cookie-script", login_script, server.url("images/")) as mount:
            assert os.listdir(mount.folder) == ["disk-1.img"]
            time.sleep(RENEWED_JUST_NOW)
            valid[0] = "session=2"
            assert os.listdir(mount.folder) == ["disk-1.img"]
            time.sleep(0.2)
            valid[0] = "none"
            with pytest.raises(PermissionError):
                os.listdir(mount.folder)


# Drips

def drip(head: bytes, piece: bytes, pause: float = 0.5) -> Iterator[bytes]:
    yield head
    for _ in range(120):
        time.sleep(pause)
        yield piece


DRIPS: dict[str, Answer] = {
    "ten bytes each half second": lambda b, e: drip(range_head(b, e, f"Content-Length: {e - b}"), BODY[:10]),
    "a header line each half second": lambda b, e: drip(b"HTTP/1.1 206 Partial Content\r\n", b"X-Header: 1\r\n"),
    "an interim reply each half second": lambda b, e: drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a chunk each half second": lambda b, e: drip(range_head(b, e, "Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
}


@pytest.mark.parametrize("title", DRIPS)
def test_a_drip_is_a_stall(title: str) -> None:
    with RawServer(Passing(DRIPS[title], 1 << 30)) as server:
        with Mount(*IMPATIENT, server.url("disk.img")) as mount:
            # The kernel asks twice for a page of its readahead; each may take a deadline and a stall.
            assert errno_of_read(mount / "disk.img", seconds=3 * ERROR_SECONDS) == "ETIMEDOUT"


@pytest.mark.parametrize("title", DRIPS)
def test_a_probe_or_listing_that_drips_ends(title: str, tmp_path: Path) -> None:
    with RawServer(lambda path, begin, end: DRIPS[title](0, len(BODY))) as server:
        refusal("mount", *IMPATIENT, server.url("disk.img"), tmp_path, seconds=ERROR_SECONDS)
        refusal("mount", *IMPATIENT, server.url("images/"), tmp_path, seconds=ERROR_SECONDS)


def test_a_slow_reply_above_the_minimum_rate_succeeds() -> None:
    def slowly(begin: int, end: int) -> Iterator[bytes]:
        yield range_head(begin, end, f"Content-Length: {end - begin}")
        for at in range(begin, end, 2000):
            time.sleep(0.05)
            yield BODY[at:min(at + 2000, end)]

    with RawServer(Passing(slowly, 1 << 30)) as server:
        with Mount(*PATIENT, "--retry-deadline", "4s", "--readahead", "0", "--block-size", "256K",
                   server.url("disk.img")) as mount:
            assert clients.read_at(mount / "disk.img", 0, 200_000) == BODY[:200_000]


def slow_chunks(begin: int, end: int, bytes_a_second: int) -> Iterator[bytes]:
    yield range_head(begin, end, "Transfer-Encoding: chunked")
    piece = bytes_a_second // 20
    for at in range(begin, end, piece):
        time.sleep(0.05)
        some = BODY[at:min(at + piece, end)]
        yield b"%x\r\n%s\r\n" % (len(some), some)
    yield b"0\r\n\r\n"


def cut(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """The first `most` pieces."""
    return (piece for piece, _ in zip(pieces, range(most)))


CHUNKED_DEADLINE = 2


@pytest.fixture
def chunked_options() -> tuple[str, ...]:
    return (*PATIENT, "--retry-deadline", f"{CHUNKED_DEADLINE}s", "--readahead", "0", "--format-prefetch", "off",
            "--block-size", "256K")


def test_slow_chunks_that_arrive_steadily_succeed_after_the_deadline(chunked_options: tuple[str, ...]) -> None:
    with RawServer(Passing(lambda b, e: slow_chunks(b, e, 32768), 1 << 30)) as server:
        with Mount(*chunked_options, server.url("disk.img")) as mount:
            began = time.monotonic()
            assert clients.read_at(mount / "disk.img", 262144, 200_000) == BODY[262144:462144]
            assert time.monotonic() - began > CHUNKED_DEADLINE


def test_chunks_that_always_break_off_are_no_progress_when_they_come_again(chunked_options: tuple[str, ...]) -> None:
    with RawServer(Passing(lambda b, e: cut(slow_chunks(b, e, 32768), 20), 1 << 30)) as server:
        with Mount(*chunked_options, server.url("disk.img")) as mount:
            # The kernel asks twice for a page of its readahead.
            assert errno_of_read(mount / "disk.img", seconds=2 * ERROR_SECONDS) in ("EIO", "ETIMEDOUT")


# Credentials

@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_login_does_not_follow_a_redirect_to_another_origin(code: int, tmp_path: Path) -> None:
    with RawServer(lambda path, begin, end: with_status("200 OK")) as thief:
        target = thief.url("sdk")
        with RawServer(lambda path, begin, end: with_status(f"{code} Moved", f"Location: {target}")) as server:
            line = refusal("mount", *IMPATIENT, "--user", f"u:{SECRET}", server.url(DATASTORE), tmp_path,
                           secrets=(SECRET,), seconds=ERROR_SECONDS)
        assert "redirect" in line
        assert thief.heads == []


def test_credentials_go_only_to_their_origin_also_when_a_redirect_comes_back() -> None:
    with RawServer(lambda path, begin, end: with_status("302 Found", f"Location: {server.url('real.img')}")) as other:
        def answer(path: str, begin: int, end: int) -> bytes:
            if path == "/disk.img":
                return with_status("302 Found", f"Location: {other.url('there').replace('://', '://x:y@')}")
            return good(begin, end)

        with RawServer(answer) as server:
            with Mount("--user", f"u:{SECRET}", "--header", f"X-Auth: {SECRET}", "--cookie", f"c={SECRET}",
                       server.url("disk.img")) as mount:
                assert (mount / "disk.img").read_bytes() == BODY
            assert all("Authorization: Basic" in head and SECRET in head for head in server.heads)
        assert other.heads
        for head in other.heads:
            assert SECRET not in head and "authorization" not in head.lower() and "cookie" not in head.lower()


def test_a_listing_that_is_redirected_takes_no_credentials_along() -> None:
    page = b'<html><a href="disk.img">disk.img</a></html>'
    listing = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page)
    with RawServer(lambda path, begin, end: good(begin, end) if path.endswith(".img") else listing) as other:
        with RawServer(lambda path, begin, end: with_status("302 Found", f"Location: {other.url('elsewhere/')}")) as server:
            with Mount("--user", f"u:{SECRET}", "--header", f"X-Auth: {SECRET}",
                       server.url("images/")) as mount:
                assert (mount / "disk.img").read_bytes() == BODY
        assert any(".img" in head for head in other.heads)
        for head in other.heads:
            assert SECRET not in head and "authorization" not in head.lower()

# SPDX-License-Identifier: MIT
"""Text that servers, scripts and files chose is printed so that it can neither act on a terminal nor fool a reader."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from rig.expect import IMPATIENT
from rig.mount import Mount, rimfs
from rig.processes import wait_until
from rig.raw_server import RawServer
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

# ESC as a byte, C1's CSI as UTF-8, a directional override, a line separator, a tag, a byte that is no UTF-8.
NASTY = b"\x1b[31mred\xc2\x9b32m\xe2\x80\xaefdp\xe2\x80\xa8\xf3\xa0\x81\x81\xff"
SHOWN = r"\x1b[31mred\u{9b}32m\u{202e}fdp\u{2028}\u{e0041}\xff"
BODY = os.urandom(200_000)


def unsafe_in(output: bytes) -> list[str]:
    """What of it could act on a terminal or mislead a reader."""
    text = output.decode("utf-8", "surrogateescape")
    return [f"U+{ord(c):04X}" for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def reply(status: str, *headers: bytes, body: bytes = b"") -> bytes:
    head = [f"HTTP/1.1 {status}".encode(), b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


@pytest.mark.parametrize("answer", [
    reply("500 " + "x", b"X: y").replace(b" x\r\n", b" " + NASTY + b"\r\n"),
    reply("206 Partial Content", b"Content-Range: bytes 0-9/" + NASTY, body=b"0123456789"),
    reply("200 OK", b"Content-Type: text/" + NASTY, body=b"<html>" + NASTY),
    reply("302 Found", b"Location: gopher://" + NASTY),
    reply("302 Found", b"Location: http://" + NASTY + b"/"),
    reply("206 Partial Content", b"Content-Encoding: " + NASTY, b"Content-Range: bytes 0-9/10", body=b"0123456789"),
    NASTY + b"\r\n\r\n",
], ids=["reason", "range", "type", "scheme", "host", "coding", "no HTTP"])
def test_what_a_server_says_in_a_head_reaches_no_terminal_and_no_log(answer: bytes, tmp_path: Path) -> None:
    log = tmp_path / "log"
    folder = tmp_path / "mnt"
    folder.mkdir()
    with RawServer(lambda path, begin, end: answer) as server:
        for arguments in (("mount", *IMPATIENT, "-f", "--log-level", "debug", server.url("disk.img"), folder),
                          ("fetch", *IMPATIENT, "--log-file", log, "--log-level", "debug", server.url("disk.img"),
                           tmp_path / "copy")):
            done = rimfs(*arguments, seconds=60)
            assert done.returncode in (1, 2)
            assert unsafe_in(done.stderr.encode("utf-8", "surrogateescape")) == []
    assert unsafe_in(log.read_bytes()) == []


def test_an_entity_tag_with_escapes_is_shown_in_a_log_and_kept_as_it_is_in_the_attribute(tmp_path: Path) -> None:
    tag = b'"' + NASTY + b'"'

    def answer(path: str, begin: int, end: int) -> bytes:
        return reply("206 Partial Content", b"ETag: " + tag, b"Content-Range: bytes %d-%d/%d" %
                     (begin, min(end, len(BODY)) - 1, len(BODY)), body=BODY[begin:end])

    log = tmp_path / "log"
    cache = tmp_path / "cache"
    with RawServer(answer) as server:
        with Mount(*IMPATIENT, "--cache-dir", cache, "--log-level", "debug", "--log-file", log,
                   server.url("disk.img")) as mount:
            assert unsafe_in(rimfs("status", "--json", mount.folder).stdout.encode()) == []
            if "user.rimfs.etag" in os.listxattr(mount / "disk.img"):
                assert NASTY in os.getxattr(mount / "disk.img", "user.rimfs.etag")
    assert unsafe_in(log.read_bytes()) == []
    for identity in cache.glob("images/*/identity"):
        json.loads(identity.read_text())


def test_a_name_in_a_listing_reaches_no_terminal_and_no_log(tmp_path: Path) -> None:
    name = "invoice%E2%80%AEfdp%1B%5B2J%0Aend.img"
    page = f'<html><body><a href="{name}">x</a></body></html>'.encode()

    def answer(path: str, begin: int, end: int) -> bytes:
        return reply("200 OK", b"Content-Type: text/html", body=page) if path == "/" else reply("500 x")

    log = tmp_path / "log"
    with RawServer(answer) as server:
        with Mount(*IMPATIENT, "--log-level", "debug", "--log-file", log, server.url()) as mount:
            (shown,) = os.listdir(mount.folder)
            with pytest.raises(OSError):
                (mount / shown).read_bytes()
            said = rimfs("map", mount / shown)
            assert said.returncode == 1 and unsafe_in(said.stderr.encode("utf-8", "surrogateescape")) == []
            wait_until(lambda: "invoice" in log.read_text(errors="replace"), 10, "the failure in the log")
    assert unsafe_in(log.read_bytes()) == []


def test_what_a_script_says_on_its_standard_error_is_shown_and_stays_one_line(server: Server, tmp_path: Path) -> None:
    said = tmp_path / "said"
    said.write_bytes(NASTY + b"\n")
    folder = tmp_path / "mnt"
    folder.mkdir()
    url = server.url(server.put("disk.bin", BODY))
    done = rimfs("mount", "--cookie-script", f"cat {said} >&2; exit 3", url, folder)
    assert done.returncode == 1
    assert f"status 3: {SHOWN}" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_word_of_the_command_line_is_shown_and_stays_one_line(tmp_path: Path) -> None:
    word = os.fsdecode(NASTY)
    for arguments in (("mount", "--" + word, "x"), ("mount", word, tmp_path / "mnt"), ("umount", word), ("status", word),
                      ("map", word), ("cache", "list", word), ("fetch", word, tmp_path / "copy"), (word,),
                      ("mount", "--block-size", word, "http://127.0.0.1:1/x", tmp_path),
                      ("mount", "--config", word, tmp_path), ("mount", "http://127.0.0.1:1/x", word)):
        done = rimfs(*arguments)
        assert done.returncode in (1, 2)
        assert unsafe_in(done.stderr.encode("utf-8", "surrogateescape")) == []
        assert len(done.stderr.splitlines()) == 1


def test_a_url_in_a_cache_directory_that_somebody_else_wrote_is_shown(server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with Mount("--cache-dir", cache, server.url(server.put("disk.bin", BODY))) as mount:
        (mount / "disk.bin").read_bytes()
    (identity,) = cache.glob("images/*/identity")
    text = json.loads(identity.read_text())
    text["url"] = "http://x/\x1b[31m\u202edisk.bin"
    identity.write_text(json.dumps(text))
    for command in ("list", "verify"):
        done = rimfs("cache", command, cache)
        assert unsafe_in(done.stdout.encode("utf-8", "surrogateescape")) == []
        assert unsafe_in(done.stderr.encode("utf-8", "surrogateescape")) == []


def test_a_mountpoint_with_escapes_is_shown_in_status(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put("disk.bin", BODY))
    with Mount(url, folder=Path(str(tmp_path / "mnt\x1b[2J\u202e"))) as mount:
        for arguments in (("status",), ("status", mount.folder), ("status", "--json", mount.folder)):
            done = rimfs(*arguments)
            assert unsafe_in(done.stdout.encode("utf-8", "surrogateescape")) == []
        assert json.loads(done.stdout)["mountpoint"] == str(mount.folder)


def test_why_the_disk_cache_keeps_nothing_is_shown_in_status(server: Server, tmp_path: Path) -> None:
    cache = Path(str(tmp_path / "cache\x1b[2J\u202e"))
    url = server.url(server.put("disk.bin", BODY))
    with Mount("--cache-dir", cache, "--block-size", "64K", "--readahead", "0", url) as mount:
        shutil.rmtree(cache)
        blocks = itertools.cycle(range(0, len(BODY), 65536))

        def said() -> str:
            with open(mount / "disk.bin", "rb", buffering=0) as file:
                os.pread(file.fileno(), 4096, next(blocks))
            return rimfs("status", mount.folder).stdout

        wait_until(lambda: "disk cache: state caching" not in said(), 30, "the cache to notice that its folder is gone")
        assert unsafe_in(said().encode("utf-8", "surrogateescape")) == []

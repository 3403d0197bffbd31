# SPDX-License-Identifier: MIT
"""Listings as servers and proxies write them: compressed unasked, in other character sets, with bases, in other cases."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest

from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.mount import Mount, MountFailed
from rig.processes import wait_until

BODY = random.Random(10).randbytes(300_000)
HTML = ("Content-Type", "text/html")


def serve(page: Answer, folder: str, *paths: str) -> AnsweringServer:
    """`page` for the folder, BODY for each of the paths."""

    def answer(request: Request) -> Answer:
        if request.path == folder:
            return page
        return in_range(request, BODY) if request.path in paths else Answer(404)

    return AnsweringServer(answer)


@pytest.mark.parametrize(("coding", "encode"), [("gzip", gzip.compress), ("x-gzip", gzip.compress),
                                                ("deflate", zlib.compress), ("identity", bytes)])
def test_a_listing_that_is_compressed_unasked_is_read(coding: str, encode) -> None:
    # mod_deflate with force-gzip, and caches that keep one variant for everybody.
    page = Answer(200, (HTML, ("Content-Encoding", coding)), encode(b"<a href=disk.img>disk.img</a>" * 100))
    with serve(page, "/images/", "/images/disk.img") as server, Mount(server.url("/images/")) as mount:
        assert (mount / "disk.img").read_bytes() == BODY


def test_a_listing_that_unpacks_without_end_is_refused() -> None:
    bomb = gzip.compress(b" " * (300 << 20), 9)
    page = Answer(200, (HTML, ("Content-Encoding", "gzip")), bomb)
    with serve(page, "/images/") as server:
        with pytest.raises(MountFailed, match="longer"), Mount("--retry-deadline", "1s", server.url("/images/")):
            pass


@pytest.mark.parametrize(("charset", "label"), [("iso-8859-1", "ISO-8859-1"), ("koi8-r", "koi8-r"),
                                                ("shift_jis", "Shift_JIS"), ("gbk", "gb2312"), ("utf-8", "utf-8"), ("utf-8", "iso-8859-1")])
@pytest.mark.parametrize("by", ["header", "page"])
def test_names_in_another_character_set_are_requested_as_browsers_do(charset: str, label: str, by: str) -> None:
    name = {"iso-8859-1": "größe.img", "koi8-r": "диск.img", "shift_jis": "ディスク.img", "gbk": "磁盘.img"}.get(
        charset, "größe.img")
    kind = f"text/html; charset={label}" if by == "header" else "text/html"
    meta = "" if by == "header" else f'<meta http-equiv="Content-Type" content="text/html; charset={label}">'
    page = Answer(200, (("Content-Type", kind),), f"{meta}<a href='{name}'>{name}</a>".encode(charset))
    path = "/images/" + "".join(f"%{byte:02X}" if byte > 126 else chr(byte) for byte in name.encode())
    with serve(page, "/images/", path) as server, Mount(server.url("/images/")) as mount:
        assert [one.name for one in mount.folder.iterdir()] == [name]
        assert (mount / name).read_bytes() == BODY


def test_links_follow_the_pages_base() -> None:
    page = Answer(200, (HTML,), b'<base href="/pub/"><a href="images/disk.img">disk.img</a>')
    with serve(page, "/pub/images/", "/pub/images/disk.img") as server, Mount(server.url("/pub/images/")) as mount:
        assert (mount / "disk.img").read_bytes() == BODY


def test_a_folder_in_another_case_is_the_folder() -> None:
    # IIS writes the folder as it is on the disk.
    page = Answer(200, (HTML,), b'<A HREF="/">[To Parent Directory]</A><br> 1/12/2024  3:04 PM  300000 '
                                b'<A HREF="/Images/Disk.vhd">Disk.vhd</A><br>')
    with serve(page, "/images/", "/Images/Disk.vhd") as server, Mount(server.url("/images/")) as mount:
        assert (mount / "Disk.vhd").read_bytes() == BODY


def test_links_of_the_same_server_under_https_are_asked_for_as_the_page_was() -> None:
    def answer(request: Request) -> Answer:
        if request.path == "/images/":
            return Answer(200, (HTML,), f'<a href="https://127.0.0.1:{server.port}/images/disk.img">x</a>'.encode())
        return in_range(request, BODY)

    with AnsweringServer(answer) as server, Mount(server.url("/images/")) as mount:
        assert (mount / "disk.img").read_bytes() == BODY


def test_links_that_are_not_shown_are_counted_in_one_warning() -> None:
    page = Answer(200, (HTML,), b"<a href=a.img>a</a><a href='http://mirror.invalid/images/b.img?token=secret'>b</a>"
                                b"<a href='/other/c.img'>c</a><a href='../'>up</a>"
                                b"<a href='https://nginx.org/'>nginx</a>")
    with serve(page, "/images/", "/images/a.img") as server:
        with Mount("--attribute-time", "0", server.url("/images/"), foreground=True) as mount:
            for _ in range(3):
                assert [one.name for one in mount.folder.iterdir()] == ["a.img"]
            warnings = [line for line in mount.log().splitlines() if "not shown" in line]
            assert len(warnings) == 1 and " 2 of the links" in warnings[0] and "secret" not in warnings[0]


def test_a_folder_that_is_listed_as_a_file_is_found_to_be_one() -> None:
    # h2o and mini_httpd: the link has no slash, and its address redirects to one with a slash.
    def answer(request: Request) -> Answer:
        if request.path == "/images/":
            return Answer(200, (HTML,), b"<a href=sub>sub</a> <a href=disk.img>disk.img</a>")
        if request.path == "/images/sub":
            return Answer(301, (("Location", "/images/sub/"),))
        if request.path == "/images/sub/":
            return Answer(200, (HTML,), b"<a href=inner.img>inner.img</a>")
        return in_range(request, BODY)

    with AnsweringServer(answer) as server, Mount("--attribute-time", "0", server.url("/images/")) as mount:
        for _ in range(3):
            assert (mount / "sub").is_dir()
            assert [one.name for one in (mount / "sub").iterdir()] == ["inner.img"]
            assert (mount / "sub" / "inner.img").read_bytes() == BODY
            assert (mount / "disk.img").stat().st_size == len(BODY)
        redirected = [one for one in server.requests if one.path == "/images/sub"]
        assert len(redirected) <= 2, "what was found to be a folder is remembered"


def test_a_file_that_replaces_a_folder_is_shown_as_one() -> None:
    there = ["folder"]

    def answer(request: Request) -> Answer:
        folder = there[0] == "folder"
        if request.path == "/images/":
            return Answer(200, (HTML,), b"<a href=sub>sub</a>")
        if request.path == "/images/sub":
            return Answer(301, (("Location", "/images/sub/"),)) if folder else in_range(request, BODY)
        return Answer(200, (HTML,), b"<a href=inner.img>inner.img</a>") if folder else Answer(404)

    freshness = ("--attribute-time", "0", "--revalidate-after", "0")
    with AnsweringServer(answer) as server, Mount(*freshness, server.url("/images/")) as mount:
        assert [one.name for one in (mount / "sub").iterdir()] == ["inner.img"]
        there[0] = "file"

        def is_file() -> bool:
            try:
                return (mount / "sub").read_bytes() == BODY
            except OSError:
                return False

        wait_until(is_file, 20, "the file in place of the folder")

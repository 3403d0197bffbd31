# SPDX-License-Identifier: MIT
"""WebDAV folders and files: what is listed and read, with real servers (rig/webdav_servers.py) and with one that answers
as a test decides."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from rig import certificates, images
from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.expect import refusal
from rig.index_servers import HOSTILE_FOLDERS, HOSTILE_NAMES, hostile_tree
from rig.mount import Mount, MountFailed, rimfs
from rig.webdav_servers import PASSWORD, WebdavServer, apache, webdav_servers

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(3 << 20, 5)
MODIFIED = 1706933106  # of hostile_tree()
COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"


@pytest.fixture(scope="module")
def docroot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dav")
    (root / "images").mkdir()
    hostile_tree(root / "images")
    (root / "disk.img").write_bytes(BODY)
    return root


@pytest.fixture(scope="module", params=webdav_servers().values(), ids=webdav_servers().keys())
def running(request: pytest.FixtureRequest, docroot: Path) -> Iterator[WebdavServer]:
    start: Callable[[Path], WebdavServer] = request.param
    with start(docroot) as server:
        yield server


@pytest.mark.parametrize("slash", ["/", ""], ids=["slash", "no slash"])
def test_a_folder_has_every_name_size_and_byte(running: WebdavServer, docroot: Path, slash: str) -> None:
    with Mount(running.url + "images" + slash) as mount:
        assert sorted(os.listdir(mount.folder)) == sorted([*HOSTILE_NAMES, *HOSTILE_FOLDERS])
        for name, size in HOSTILE_NAMES.items():
            found = (mount / name).stat()
            assert (found.st_size, int(found.st_mtime)) == (size, MODIFIED), name
        listed = subprocess.run(["find", ".", "-type", "f", "-print0"], cwd=mount.folder, capture_output=True, check=True)
        files = [os.fsdecode(path) for path in listed.stdout.split(b"\0")[:-1]]
        assert len(files) == len(HOSTILE_NAMES) + len(HOSTILE_FOLDERS)
        sums = [subprocess.run(["sha256sum", "--", *files], cwd=folder, capture_output=True, check=True).stdout
                for folder in (mount.folder, docroot / "images")]
        assert sums[0] == sums[1]


def test_a_single_file_is_a_source_too_and_beside_others(running: WebdavServer, tmp_path: Path) -> None:
    with Mount(running.url + "disk.img") as mount:
        assert os.listdir(mount.folder) == ["disk.img"]
        assert hashlib.sha256((mount / "disk.img").read_bytes()).digest() == hashlib.sha256(BODY).digest()
    name = "question?mark=1"
    with Mount(f"{running.url}images/{quote(name)}", f"all={running.url}", f"one={running.url}disk.img") as mount:
        assert sorted(os.listdir(mount.folder)) == ["all", "one", name]
        assert (mount / name).stat().st_size == HOSTILE_NAMES[name]
        assert (mount / "one").read_bytes() == (mount / "all" / "disk.img").read_bytes() == BODY
    copied = tmp_path / "copy"
    assert rimfs("fetch", running.url + "disk.img", copied).returncode == 0
    assert copied.read_bytes() == BODY


def test_what_is_not_there_is_told(running: WebdavServer, tmp_path: Path) -> None:
    assert "404" in refusal("mount", running.url + "nowhere/", tmp_path)


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_a_login_lists_and_reads(docroot: Path, tmp_path: Path, scheme: str) -> None:
    with apache(docroot, login=scheme) as server:
        with Mount("--user", f"me:{PASSWORD}", server.url) as mount:
            assert sorted(os.listdir(mount.folder)) == ["disk.img", "images"]
            assert (mount / "disk.img").read_bytes() == BODY
            assert (mount / "images" / "sub" / "inner").read_bytes() == b"inner"
        for login in ("me:wrong", "nobody:x"):
            message = refusal("mount", "--user", login, server.url, tmp_path)
            assert "401" in message and scheme in message
        assert "--user" in refusal("mount", server.url, tmp_path)


def test_a_folder_that_changes_is_shown_as_it_is(docroot: Path, tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(b"old")
    with apache(tmp_path) as server, Mount("--attribute-time", "0s", "--revalidate-after", "0s", server.url) as mount:
        assert (mount / "disk.img").read_bytes() == b"old"
        (tmp_path / "disk.img").write_bytes(b"newer")
        (tmp_path / "more.img").write_bytes(b"more")
        assert (mount / "disk.img").read_bytes() == b"newer"
        assert sorted(os.listdir(mount.folder)) == ["disk.img", "more.img"]


# ---- A server that answers as the test decides.

def response(href: str, prop: str = "<D:resourcetype/>") -> str:
    return (f"<D:response><D:href>{href}</D:href><D:propstat><D:prop>{prop}</D:prop><D:status>HTTP/1.1 200 OK</D:status>"
            "</D:propstat></D:response>")


def multistatus(*responses: str, status: int = 207, kind: str = "application/xml") -> Answer:
    text = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(responses)}</D:multistatus>'
    return Answer(status, (("Content-Type", kind),), text.encode())


def dav_server(*responses: str) -> AnsweringServer:
    """/dav/ with these responses; every file is BODY."""
    def answer(request: Request) -> Answer:
        if request.method == "PROPFIND":
            return multistatus(*responses) if request.path == "/dav/" else Answer(404)
        return in_range(request, BODY, ("ETag", '"1"'))
    return AnsweringServer(answer)


def dav(server: AnsweringServer, path: str = "/dav/") -> str:
    return server.url(path).replace("http://", "dav://")


FOLDER = response("/dav/", COLLECTION)
LENGTH = f"<D:getcontentlength>{len(BODY)}</D:getcontentlength><D:resourcetype/>"


def test_sizes_of_a_listing_need_no_further_request() -> None:
    files = [response(f"/dav/{number}.img", LENGTH) for number in range(50)]
    with dav_server(FOLDER, *files) as server, Mount(dav(server)) as mount:
        assert {path.stat().st_size for path in mount.folder.iterdir()} == {len(BODY)}
        assert [request.method for request in server.requests] == ["PROPFIND"]
        assert server.requests[0].headers["Depth"] == "1"


def test_a_file_without_a_listed_size_is_asked_for_it() -> None:
    with dav_server(FOLDER, response("/dav/a.img"), response("/dav/b.img", LENGTH.replace("3145728", "-1"))) as server:
        with Mount(dav(server)) as mount:
            assert [(mount / name).stat().st_size for name in ("a.img", "b.img")] == [len(BODY)] * 2


def test_hrefs_of_another_host_are_read_from_the_server_that_was_named() -> None:
    hrefs = ("http://internal.invalid/dav/a.img", "https://127.0.0.1:1/dav/b c.img", "/DAV/d.img", "e+f%.img")
    with dav_server(FOLDER, *(response(href, LENGTH) for href in hrefs)) as server, Mount(dav(server)) as mount:
        assert sorted(os.listdir(mount.folder)) == ["a.img", "b c.img", "d.img", "e+f%.img"]
        for path in mount.folder.iterdir():
            assert path.read_bytes() == BODY
        asked = {request.path for request in server.requests if request.method == "GET"}
        assert asked == {"/dav/a.img", "/dav/b%20c.img", "/dav/d.img", "/dav/e+f%25.img"}


def test_what_is_outside_of_the_folder_is_counted_in_one_warning() -> None:
    others = [response(f"/{name}", LENGTH) for name in ("etc/passwd", "dav/../x", "davx")]
    with dav_server(FOLDER, response("/dav/a.img", LENGTH), *others) as server:
        with Mount(dav(server), foreground=True) as mount:
            assert os.listdir(mount.folder) == ["a.img"]
            warnings = [line for line in mount.log().splitlines() if "outside of the folder" in line]
            assert len(warnings) == 1 and "3 of the listed files" in warnings[0] and "/etc/passwd" in warnings[0]


@pytest.mark.parametrize("answer, words", [
    (Answer(405), "does not speak WebDAV"),
    (Answer(501), "does not speak WebDAV"),
    (Answer(403), "does not let this user list"),
    (Answer(200, (("Content-Type", "text/html"),), b"<form><input type=password></form>"), "login page"),
    (Answer(207, (("Content-Type", "text/xml"),), b"<html>"), "not XML"),
    (Answer(207, (("Content-Type", "text/xml"),), b"<a/>"), "no WebDAV listing"),
    (multistatus(response("/files/", COLLECTION), response("/files/a")), "a proxy changes paths"),
], ids=["405", "501", "403", "page", "broken", "other XML", "rewritten"])
def test_a_server_that_lists_nothing_is_told_with_what_to_do(answer: Answer, words: str, tmp_path: Path) -> None:
    with AnsweringServer(lambda _: answer) as server:
        message = refusal("mount", dav(server), tmp_path)
        assert words in message and "/dav/" in message, message


def test_a_listing_with_status_200_and_xml_is_taken() -> None:
    with AnsweringServer(lambda request: multistatus(FOLDER, response("/dav/a.img", LENGTH), status=200, kind="text/xml")
                         if request.method == "PROPFIND" else in_range(request, BODY, ("ETag", '"1"'))) as server:
        with Mount(dav(server)) as mount:
            assert (mount / "a.img").read_bytes() == BODY


def test_both_schemes_are_keys_of_a_configuration_file(docroot: Path, tmp_path: Path) -> None:
    certificates.make(tmp_path)
    configuration = tmp_path / "rimfs.yaml"
    with dav_server(FOLDER, response("/dav/a.img", LENGTH)) as plain, apache(docroot, certificates=tmp_path) as secure:
        configuration.write_text(f"ca-file: {tmp_path}/ca.crt\nsources:\n"
                                 f"  - dav: 127.0.0.1:{plain.port}/dav/\n    name: plain\n"
                                 f"  - davs: 127.0.0.1:{secure.port}/disk.img\n")
        with Mount("--config", configuration) as mount:
            assert (mount / "plain" / "a.img").read_bytes() == (mount / "disk.img").read_bytes() == BODY
        assert "certificate" in refusal("mount", secure.url, tmp_path)
    configuration.write_text("sources:\n  - davs: 127.0.0.1:1/dav/\n    dav: host/\n")
    assert "mutually exclusive" in refusal("mount", "--config", configuration, tmp_path)


def test_a_query_is_refused_because_webdav_has_none(tmp_path: Path) -> None:
    assert "%3F" in refusal("mount", "dav://127.0.0.1:1/dav/?token=x", tmp_path)


@pytest.mark.parametrize("path", ["images/", "disk.img"])
def test_a_doctor_finds_nothing_odd_and_its_report_holds_no_name(docroot: Path, tmp_path: Path, path: str) -> None:
    report = tmp_path / "report.json"
    with apache(docroot, login="Basic") as server:
        done = rimfs("doctor", "--json", "--user", f"me:{PASSWORD}", "--report", report, server.url + path)
    assert "PROPFIND" in report.read_text()
    rows = json.loads(done.stdout)["rows"]
    assert all(row["verdict"] in ("ok", "not asked") for row in rows) and done.returncode == 0, done.stdout
    assert "entries" in next(row["observed"] for row in rows if row["name"] == "listing")
    for secret in ("plain.img", "disk.img", "Umläut", quote("Umläut").lower(), "inner", PASSWORD):
        assert secret not in report.read_text(), secret


@pytest.mark.seconds(120)
def test_a_hundred_thousand_files_in_a_folder_are_listed() -> None:
    files = [response(f"/dav/disk-{number:06}.img", LENGTH) for number in range(100_000)]
    with dav_server(FOLDER, *files) as server, Mount(dav(server)) as mount:
        assert len(os.listdir(mount.folder)) == 100_000
        assert (mount / "disk-099999.img").stat().st_size == len(BODY)
        assert len(server.requests) <= 2

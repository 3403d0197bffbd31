# SPDX-License-Identifier: MIT
"""Metalink documents (RFC 5854): their places are mirrors of one file."""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path

import pytest

from rig import clients
from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.mount import Mount, MountFailed, rimfs
from rig.processes import wait_until

MIB = 1 << 20
BODY = random.Random(44).randbytes(3 * MIB + 17)
TAG = ("ETag", '"v1"')
TYPE = ("Content-Type", "application/metalink4+xml")


def document(*files: str) -> str:
    return f'<?xml version="1.0"?><metalink xmlns="urn:ietf:params:xml:ns:metalink">{"".join(files)}</metalink>'


def described(name: str, *urls: str, size: int = len(BODY)) -> str:
    places = "".join(f'<url priority="{at + 1}">{url}</url>' for at, url in enumerate(urls))
    return f'<file name="{name}"><size>{size}</size>{places}</file>'


class Mirrors:
    """A server with documents, and two mirrors that serve BODY at every path."""

    def __init__(self) -> None:
        self.documents: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Mirrors:
        self.mirrors = [self._stack.enter_context(AnsweringServer(lambda request: in_range(request, BODY, TAG)))
                        for _ in range(2)]
        self.origin = self._stack.enter_context(AnsweringServer(self._document))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _document(self, request: Request) -> Answer:
        text = self.documents.get(request.path)
        return Answer(200, (TYPE,), text.encode()) if text else Answer(404)

    def add(self, path: str, *files: str) -> str:
        self.documents[path] = document(*files)
        return self.origin.url(path)

    def urls(self, name: str) -> list[str]:
        return [mirror.url(f"/{name}") for mirror in self.mirrors]


def test_the_file_of_a_document_is_mounted_alone_from_the_preferred_place() -> None:
    with Mirrors() as mirrors:
        url = mirrors.add("/disk.img.meta4", described("disk.img", *mirrors.urls("disk.img")))
        with Mount(url) as mount:
            assert [(one.name, one.stat().st_size) for one in mount.folder.iterdir()] == [("disk.img", len(BODY))]
            assert (mount / "disk.img").read_bytes() == BODY
        assert mirrors.mirrors[0].requests and not mirrors.mirrors[1].requests


def test_a_place_that_fails_is_replaced_by_the_next_at_the_mount_and_in_between() -> None:
    with Mirrors() as mirrors:
        url = mirrors.add("/disk.img.meta4", described("disk.img", *mirrors.urls("disk.img")))
        mirrors.mirrors[0].answer = lambda _: Answer(404)
        with Mount("--block-size", "64K", "--readahead", "0", url) as mount:
            assert clients.read_at(mount / "disk.img", 0, 4096) == BODY[:4096]
            mirrors.mirrors[0].answer = lambda request: in_range(request, BODY, TAG)
            mirrors.mirrors[1].answer = lambda _: Answer(503)
            assert clients.read_at(mount / "disk.img", 2 * MIB, 4096) == BODY[2 * MIB:2 * MIB + 4096]


def test_a_document_with_several_files_is_a_folder() -> None:
    with Mirrors() as mirrors:
        url = mirrors.add("/set.metalink", *(described(name, *mirrors.urls(name)) for name in ("a.img", "b.img")))
        with Mount(url) as mount:
            assert sorted(one.name for one in mount.folder.iterdir()) == ["a.img", "b.img"]
            assert (mount / "b.img").read_bytes() == BODY


def test_a_copy_is_made_by_the_document(tmp_path: Path) -> None:
    with Mirrors() as mirrors:
        url = mirrors.add("/disk.img.meta4", described("disk.img", *mirrors.urls("disk.img")))
        done = rimfs("fetch", url, tmp_path / "copy")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "copy").read_bytes() == BODY


def test_credentials_go_to_the_server_of_the_document_only() -> None:
    with Mirrors() as mirrors:
        url = mirrors.add("/disk.img.meta4", described("disk.img", *mirrors.urls("disk.img")))
        with Mount("--user", "me:s3cret", "--header", "X-Key: hidden", url) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
        assert all("Authorization" in one.headers and "X-Key" in one.headers for one in mirrors.origin.requests)
        assert not any("Authorization" in one.headers or "X-Key" in one.headers for one in mirrors.mirrors[0].requests)


def test_a_place_with_a_file_of_another_size_is_passed_over() -> None:
    with Mirrors() as mirrors:
        url = mirrors.add("/disk.img.meta4", described("disk.img", *mirrors.urls("disk.img")))
        mirrors.mirrors[0].answer = lambda request: in_range(request, BODY[:-1], ("ETag", '"old"'))
        with Mount(url, foreground=True) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
            wait_until(lambda: "trying the next place" in mount.log(), 10, "the warning")


def test_places_that_all_have_a_file_of_another_size_are_refused() -> None:
    with Mirrors() as mirrors:
        url = mirrors.add("/disk.img.meta4", described("disk.img", *mirrors.urls("disk.img"), size=len(BODY) - 1))
        with pytest.raises(MountFailed) as refused, Mount(url):
            pass
        assert "the Metalink document says" in refused.value.done.stderr


@pytest.mark.parametrize(("text", "said"), [
    ("<html>log in</html>", "no Metalink document"),
    (document(described("disk.img", "ftp://h/disk.img")), "no http or https URL"),
    (document(), "no http or https URL")], ids=["page", "ftp", "nothing"])
def test_a_document_without_files_is_refused_with_its_reason(text: str, said: str) -> None:
    with Mirrors() as mirrors:
        mirrors.documents["/disk.img.meta4"] = text
        with pytest.raises(MountFailed) as refused, Mount(mirrors.origin.url("/disk.img.meta4")):
            pass
        assert said in refused.value.done.stderr

# SPDX-License-Identifier: MIT
"""Several sources in one mount: they are asked side by side, and an optional one may fail."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.mount import Mount, MountFailed
from rig.processes import wait_until
from rig.server import Server

BODY = random.Random(20).randbytes(300_000)
SOON = ("--retry-deadline", "2s", "--attribute-time", "0", "--revalidate-after", "0")


def serve(request: Request) -> Answer:
    return in_range(request, BODY, ("ETag", '"v1"'))


def closed_url(path: str) -> str:
    """A URL where nobody listens."""
    with AnsweringServer(serve) as gone:
        return gone.url(path)


def config_of(*sources: tuple[str, bool]) -> str:
    """A configuration with these (URL, optional)."""
    return "sources:\n" + "".join(f"  - url: {url}\n    optional: {str(optional).lower()}\n" for url, optional in sources)


def is_right(path: Path) -> bool:
    try:
        return path.read_bytes() == BODY
    except OSError:
        return False


def test_sources_are_asked_side_by_side() -> None:
    count = 6
    all_have_come = threading.Barrier(count)

    def meets(request: Request) -> Answer:
        try:
            all_have_come.wait(20)
        except threading.BrokenBarrierError:
            return Answer(404)  # the others did not come
        server_of[request.path].answer = serve
        return serve(request)

    server_of: dict[str, AnsweringServer] = {}
    with ExitStack() as stack:
        urls = []
        for name in (f"/{number}.img" for number in range(count)):
            server_of[name] = stack.enter_context(AnsweringServer(meets))
            urls.append(server_of[name].url(name))
        mount = stack.enter_context(Mount(*urls))
        for number in range(count):
            assert (mount / f"{number}.img").read_bytes() == BODY


def test_the_first_failure_ends_the_mount_and_the_requests_of_the_others() -> None:
    came, gone = threading.Event(), threading.Event()

    def never(_: Request) -> Answer:
        came.set()
        gone.wait(60)
        return Answer(404)

    def missing(_: Request) -> Answer:
        came.wait(20)
        return Answer(404)

    with AnsweringServer(never) as slow, AnsweringServer(missing) as other:
        try:
            with pytest.raises(MountFailed) as refused, Mount(slow.url("/slow.img"), other.url("/missing.img")):
                pass
        finally:
            gone.set()
        assert "missing.img" in refused.value.done.stderr and "404" in refused.value.done.stderr
        assert "slow.img" not in refused.value.done.stderr


@pytest.mark.parametrize("path", ["/images/", "/disk.img"], ids=["folder", "file"])
def test_a_mount_begins_without_an_optional_source_and_tries_it_again(path: str) -> None:
    def answer(request: Request) -> Answer:
        if request.path.endswith("/"):
            return Answer(200, (("Content-Type", "text/html"),), b"<a href=inner.img>inner.img</a>")
        return serve(request)

    url = closed_url(path)
    name, read = ("images", "images/inner.img") if path.endswith("/") else ("disk.img", "disk.img")
    with AnsweringServer(serve) as server:
        config = config_of((url, True), (server.url("/good.img"), False))
        with Mount(*SOON, config=config, foreground=True) as mount:
            assert sorted(one.name for one in mount.folder.iterdir()) == sorted([name, "good.img"])
            assert (mount / "good.img").read_bytes() == BODY
            assert "the source is optional" in mount.log() and url in mount.log()
            with pytest.raises(OSError):
                (mount / read).read_bytes()
            with AnsweringServer(answer, port=int(url.split(":")[2].split("/")[0])):
                # What failed just now is not asked for again for a moment.
                wait_until(lambda: is_right(mount / read), 10, "the source that is back")


def test_a_source_that_is_not_optional_must_be_there() -> None:
    with AnsweringServer(serve) as server:
        config = config_of((closed_url("/a.img"), False), (server.url("/b.img"), True))
        with pytest.raises(MountFailed) as refused, Mount(config=config):
            pass
        assert "a.img" in refused.value.done.stderr


def test_the_only_source_may_be_an_optional_file_whose_bytes_are_not_there_yet() -> None:
    """The document is there, and names one file; that fails at first."""
    works = threading.Event()
    with AnsweringServer(lambda request: serve(request) if works.is_set() else Answer(503)) as mirror:
        text = f"<metalink><file name='disk.img'><url>{mirror.url('/disk.img')}</url></file></metalink>"
        with AnsweringServer(lambda _: Answer(200, (), text.encode())) as server:
            with Mount(*SOON, "--optional", server.url("/x.meta4")) as mount:
                with pytest.raises(OSError):
                    (mount / "disk.img").read_bytes()
                works.set()
                wait_until(lambda: is_right(mount / "disk.img"), 10, "the file that is there now")


def test_the_only_source_may_be_optional() -> None:
    url = closed_url("/images/")
    with Mount(*SOON, "--optional", url) as mount:
        with pytest.raises(OSError):
            list(mount.folder.iterdir())


def test_a_mistake_is_one_also_in_an_optional_source(server: Server) -> None:
    server.put("disk.img", BODY)
    with pytest.raises(MountFailed) as refused, Mount("--optional", "--offset", "1M", server.url("disk.img")):
        pass
    assert "offset" in refused.value.done.stderr

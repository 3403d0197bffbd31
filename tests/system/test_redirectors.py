# SPDX-License-Identifier: MIT
"""Redirectors that choose among servers, and redirects as servers write them. What they do is what MirrorBrain,
MirrorCache and the redirectors of distributions do: each answer may lead to another mirror, and a mirror may be behind
or down."""

from __future__ import annotations

import itertools
import os
import random
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from rig import clients
from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.expect import errno_of_pread
from rig.mount import COUNTED, Mount, MountFailed

MIB = 1 << 20
BODY = random.Random(7).randbytes(4 * MIB)
TAG = ("ETag", '"v1"')
COLD = ("--block-size", "64K", "--readahead", "0", "--revalidate-after", "1h")


def redirect(to: str) -> Answer:
    return Answer(302, (("Location", to),))


class Mirrors:
    """Two mirrors at the names 127.0.0.1 and localhost, and a redirector that leads to the one in `chosen`."""

    def __init__(self) -> None:
        self.chosen = "a"
        self.tags = {"a": '"v1"', "b": '"v1"'}
        self.down = {"a": 0, "b": 0}  # so many answers are this status
        self.status = 503
        self.when_asked: dict[str, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._stack = ExitStack()

    def __enter__(self) -> Mirrors:
        self.servers = {name: self._stack.enter_context(AnsweringServer(self._answer_of(name))) for name in ("a", "b")}
        self.origin = self._stack.enter_context(AnsweringServer(
            lambda _: redirect(self.servers[self.chosen].url("/disk.img"))))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def fails_at(self, name: str, bad: int) -> None:
        """From now on, 503 for each range with this byte."""

        def answer(request: Request) -> Answer:
            first, last = (int(end) for end in request.headers["Range"].removeprefix("bytes=").split("-"))
            return Answer(503) if first <= bad <= last else in_range(request, BODY, TAG)

        self.servers[name].answer = answer

    def _answer_of(self, name: str) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            with self._lock:
                self.when_asked.get(name, lambda: None)()
                if self.down[name] > 0:
                    self.down[name] -= 1
                    return Answer(self.status)
            return in_range(request, BODY, ("ETag", self.tags[name]))
        return answer


def test_a_target_whose_failure_passes_is_asked_again_before_the_redirector_is() -> None:
    with Mirrors() as mirrors, Mount(*COLD, mirrors.origin.url("/disk.img"), unhedged=COUNTED) as mount:
        asked = len(mirrors.origin.requests)
        mirrors.chosen = "b"
        mirrors.down["a"] = 2
        assert clients.read_at(mount / "disk.img", MIB, 4096, os.O_DIRECT) == BODY[MIB:MIB + 4096]
        assert len(mirrors.origin.requests) == asked and not mirrors.servers["b"].requests


def test_a_target_that_stays_down_is_left_for_another_with_the_same_file() -> None:
    with Mirrors() as mirrors, Mount(*COLD, "--retry-deadline", "16s", mirrors.origin.url("/disk.img")) as mount:
        mirrors.chosen = "b"
        mirrors.down["a"] = 1 << 30
        assert clients.read_at(mount / "disk.img", MIB, 4096, os.O_DIRECT) == BODY[MIB:MIB + 4096]
        assert mirrors.servers["b"].requests


def test_a_target_that_fails_for_some_ranges_is_left_although_it_serves_others() -> None:
    with Mirrors() as mirrors, Mount(*COLD, mirrors.origin.url("/disk.img"), unhedged=COUNTED) as mount:
        mirrors.fails_at("a", 2 * MIB)
        mirrors.chosen = "b"
        done = threading.Event()

        def read_others() -> None:
            while not done.wait(0.05):
                clients.read_at(mount / "disk.img", 0, 4096, os.O_DIRECT)

        others = threading.Thread(target=read_others)
        others.start()
        try:
            assert clients.read_at(mount / "disk.img", 2 * MIB, 4096) == BODY[2 * MIB:2 * MIB + 4096]
        finally:
            done.set()
            others.join(60)
        assert any(request.headers["Range"] for request in mirrors.servers["b"].requests)


def test_another_version_elsewhere_is_no_change_while_the_first_target_may_come_back() -> None:
    with Mirrors() as mirrors, Mount(*COLD, "--retry-deadline", "30s", mirrors.origin.url("/disk.img")) as mount:
        descriptor = os.open(mount / "disk.img", os.O_RDONLY | os.O_DIRECT)
        try:
            mirrors.chosen, mirrors.tags["b"] = "b", '"v2"'
            mirrors.down["a"] = 1 << 30
            mirrors.when_asked["b"] = lambda: mirrors.down.update(a=0)  # the first one comes back
            assert os.pread(descriptor, 4096, 2 * MIB) == BODY[2 * MIB:2 * MIB + 4096]
            assert mirrors.servers["b"].requests, "the redirector was asked, and its answer was not used"
        finally:
            os.close(descriptor)


def test_another_version_elsewhere_is_a_change_when_the_first_target_is_gone() -> None:
    with Mirrors() as mirrors, Mount(*COLD, mirrors.origin.url("/disk.img")) as mount:
        descriptor = os.open(mount / "disk.img", os.O_RDONLY)
        try:
            mirrors.chosen, mirrors.tags["b"] = "b", '"v2"'
            mirrors.down["a"], mirrors.status = 1 << 30, 404
            assert errno_of_pread(descriptor, MIB, 4096) == "ESTALE"
        finally:
            os.close(descriptor)


@pytest.mark.parametrize("status", [404, 410])
def test_a_mirror_without_the_file_makes_the_mount_ask_the_redirector_again(status: int) -> None:
    with Mirrors() as mirrors:
        choices = itertools.cycle("ab")
        mirrors.origin.answer = lambda _: redirect(mirrors.servers[next(choices)].url("/disk.img"))
        mirrors.down["a"], mirrors.status = 1 << 30, status
        with Mount(mirrors.origin.url("/disk.img")) as mount:
            assert (mount / "disk.img").read_bytes() == BODY


def test_a_redirector_that_leads_nowhere_else_is_not_asked_again_and_again() -> None:
    with Mirrors() as mirrors:
        mirrors.down["a"], mirrors.status = 1 << 30, 404
        with pytest.raises(MountFailed) as refused, Mount(mirrors.origin.url("/disk.img")):
            pass
        assert "404" in refused.value.done.stderr
        assert len(mirrors.origin.requests) <= 2


@pytest.mark.parametrize("location", ["/a b/disk.img", "/ä/disk.img", "a%20b/disk.img", "//{authority}/a b/disk.img",
                                      "HTTP://{authority}/a%20b/disk.img", "/a%20b/disk.img#part"])
def test_a_location_is_understood_as_servers_write_it(location: str) -> None:
    def answer(request: Request) -> Answer:
        if request.path != "/disk.img":
            return in_range(request, BODY, TAG) if request.path.endswith("/disk.img") else Answer(404)
        where = location.replace("{authority}", f"127.0.0.1:{server.port}").encode()
        return Answer(302, raw_headers=(b"Location: " + where,))

    with AnsweringServer(answer) as server, Mount(server.url("/disk.img")) as mount:
        assert clients.read_at(mount / "disk.img", MIB, 4096) == BODY[MIB:MIB + 4096]


def test_a_cookie_that_a_redirect_sets_is_sent_back_to_its_origin_only() -> None:
    def target(request: Request) -> Answer:
        return in_range(request, BODY, TAG, ("Set-Cookie", "of=target; Path=/"))

    def origin(request: Request) -> Answer:
        if "pass=1" not in request.headers.get("Cookie", ""):
            return Answer(302, (("Location", "/disk.img"), ("Set-Cookie", "pass=1; Path=/; HttpOnly"),
                                ("Set-Cookie", "old=; Max-Age=0")))
        return redirect(there.url("/disk.img"))

    with AnsweringServer(target) as there, AnsweringServer(origin) as server:
        with Mount(*COLD, "--cookie", "mine=2", server.url("/disk.img")) as mount:
            clients.read_at(mount / "disk.img", MIB, 4096, os.O_DIRECT)
            clients.read_at(mount / "disk.img", 2 * MIB, 4096, os.O_DIRECT)
        assert server.requests[-1].headers["Cookie"] == "mine=2; pass=1"
        assert {request.headers.get("Cookie", "") for request in there.requests} == {"", "of=target"}


def cookie_wall(request: Request) -> Answer:
    """Redirects each request until it has the cookie that the server sets once; refuses two of one name."""
    cookies = [pair.partition("=")[::2] for pair in request.headers.get("Cookie", "").split("; ")]
    names = [name for name, _ in cookies]
    if len(set(names)) < len(names):
        return Answer(400, (), b"two cookies of one name")
    if "wall" in names:
        return in_range(request, BODY, TAG)
    return Answer(302, (("Location", request.path), ("Set-Cookie", "wall=passed"), ("Set-Cookie", "user=nobody")))


def test_cookies_of_a_server_are_kept_beside_those_of_a_script() -> None:
    with AnsweringServer(cookie_wall) as server:
        url = server.url("/disk.img")
        with Mount(*COLD, "--header-script", "echo X-Token: abc", url, unhedged=COUNTED) as mount:
            for at in range(0, len(BODY), len(BODY) // 4):
                assert clients.read_at(mount / "disk.img", at, 512) == BODY[at:at + 512]
        assert sum("Cookie" not in one.headers for one in server.requests) == 1


def test_a_cookie_of_the_users_jar_is_not_sent_beside_one_of_its_name(tmp_path: Path) -> None:
    jar = tmp_path / "jar"
    jar.write_text("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tuser\tme\n")
    with AnsweringServer(cookie_wall) as server:
        with Mount("--cookie-jar", jar, server.url("/disk.img")) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
        assert all("user=me" in one.headers["Cookie"] for one in server.requests)


def test_cookies_of_one_source_are_not_sent_for_another() -> None:
    def answer(request: Request) -> Answer:
        return in_range(request, BODY, TAG, ("Set-Cookie", "user=" + request.path[1:2]))

    with AnsweringServer(answer) as server:
        with Mount(*COLD, f"one={server.url('/1.img')}", f"two={server.url('/2.img')}") as mount:
            for _ in range(2):
                for name in ("one", "two"):
                    clients.read_at(mount / name, random.Random(name).randrange(4) * MIB, 4096, os.O_DIRECT)
        for request in server.requests:
            assert request.headers.get("Cookie", "user=" + request.path[1:2]) == "user=" + request.path[1:2]


def test_a_folder_without_its_slash_is_told_from_a_file() -> None:
    page = b"<!DOCTYPE html><title>Index</title><a href=disk.img>disk.img</a>"
    kind = ("Content-Type", "text/html; charset=utf-8")

    def answer(request: Request) -> Answer:
        if request.path == "/redirected":
            return redirect("/redirected/")
        ranged = request.path in ("/ranged", "/redirected/")
        return in_range(request, page, kind) if ranged else Answer(200, (kind,), page)

    with AnsweringServer(answer) as server:
        for path in ("/ranged", "/redirected", "/plain"):
            with pytest.raises(MountFailed) as refused, Mount(server.url(path)):
                pass
            assert "sent a page" in refused.value.done.stderr and "with /" in refused.value.done.stderr


def test_an_image_that_is_called_a_page_is_an_image() -> None:
    # Twisted and scripts without a type of their own; the first bytes may even be those of a tag.
    for body in (BODY, b"<" + BODY, b" <" + BODY):
        with AnsweringServer(lambda request: in_range(request, body, TAG, ("Content-Type", "text/html"))) as server:
            with Mount(server.url("/disk.img")) as mount:
                assert (mount / "disk.img").read_bytes() == body

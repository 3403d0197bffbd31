# SPDX-License-Identifier: MIT
"""Redirects are followed once and remembered, and take no credentials to another host."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rig import clients, images
from rig.expect import IMPATIENT, errno_of_read, refusal
from rig.mount import COUNTED, Mount
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(16 << 20, 99)

Redirect = Callable[..., str]


@pytest.fixture
def redirect(server: Server) -> Redirect:
    """Arms a redirect from /origin.bin on 127.0.0.1 to /target.bin on localhost; returns the URL to mount."""

    def arm(**keys: object) -> str:
        server.put("origin.bin", b"never served")
        server.put("target.bin", BODY)
        target = server.url("target.bin", fault=True, host="localhost", port=server.alternate_port)
        server.fault("origin.bin", "redirect", **({"to": target, "method": "any"} | keys))
        return server.url("origin.bin", fault=True)

    return arm


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_once_and_remembered(server: Server, redirect: Redirect, code: int) -> None:
    with Mount("--block-size", "256K", redirect(code=code), unhedged=COUNTED) as mount:
        assert (mount / "origin.bin").read_bytes() == BODY
        assert len(server.requests("origin.bin")) <= 2, "one HEAD and one GET at most"
        assert len(server.requests("target.bin")) >= 2


def test_a_redirect_with_a_new_target_each_time_is_one_file(server: Server, redirect: Redirect) -> None:
    with Mount("--block-size", "256K", redirect(unique=1), unhedged=COUNTED) as mount:
        assert (mount / "origin.bin").read_bytes() == BODY
        assert len(server.requests("origin.bin")) <= 2


@pytest.mark.parametrize("code", [403, 404, 410])
def test_an_expired_target_is_asked_for_again_at_the_origin(server: Server, redirect: Redirect, code: int) -> None:
    with Mount(*IMPATIENT, "--block-size", "1M", redirect(unique=1), unhedged=COUNTED) as mount:
        asked = len(server.requests("origin.bin"))
        server.fault("target.bin", "status", code=code, nth=2)
        assert (mount / "origin.bin").read_bytes() == BODY
        assert asked < len(server.requests("origin.bin")) <= asked + 2


def test_a_target_that_stays_forbidden_is_eacces(server: Server, redirect: Redirect) -> None:
    with Mount(*IMPATIENT, redirect(unique=1)) as mount:
        server.fault("target.bin", "status", code=403, method="any")
        assert errno_of_read(mount / "origin.bin", 8 << 20) == "EACCES"


def test_a_changed_file_behind_a_redirect_is_noticed(server: Server, redirect: Redirect) -> None:
    with Mount(*IMPATIENT, redirect(unique=1)) as mount:
        with open(mount / "origin.bin", "rb", buffering=0) as file:
            assert file.read(4096) == BODY[:4096]
            server.replace("target.bin", BODY[::-1])
            file.seek(12 << 20)
            with pytest.raises(OSError, match="[Ss]tale"):
                file.read(4096)


def test_credentials_stay_at_the_host_they_were_given_for(server: Server, redirect: Redirect) -> None:
    with Mount("--user", "u:p", "--cookie", "session=1", redirect(), unhedged=COUNTED) as mount:
        assert (mount / "origin.bin").read_bytes() == BODY
    assert all(request.authorization and request.cookie == "session=1" for request in server.requests("origin.bin"))
    strangers = server.requests("target.bin")
    assert strangers and {(request.authorization, request.cookie) for request in strangers} == {("", "")}


def test_custom_headers_stay_at_the_host_they_were_given_for(server: Server, redirect: Redirect) -> None:
    with Mount("--header", "X-Test: key", "--header", "Authorization: Bearer key", redirect(),
               unhedged=COUNTED) as mount:
        assert (mount / "origin.bin").read_bytes() == BODY
    assert {(request.authorization, request.x_test) for request in server.requests("origin.bin")} == \
        {("Bearer key", "key")}
    assert {(request.authorization, request.x_test) for request in server.requests("target.bin")} == {("", "")}


def test_credentials_go_along_within_a_host(server: Server) -> None:
    server.put("origin.bin", b"never served")
    target = server.url(server.put("target.bin", BODY), fault=True)
    server.fault("origin.bin", "redirect", to=target, method="any")
    server.fault("target.bin", "login", kind="basic", user="u", password="p", method="any")
    with Mount("--user", "u:p", server.url("origin.bin", fault=True)) as mount:
        assert (mount / "origin.bin").read_bytes() == BODY


def test_a_redirect_to_itself_is_refused(server: Server, tmp_path: Path) -> None:
    server.put("loop.bin", BODY)
    url = server.url("loop.bin", fault=True)
    server.fault("loop.bin", "redirect", to=url, method="any")
    assert "redirect" in refusal("mount", *IMPATIENT, url, tmp_path).lower()


def test_a_redirect_away_from_http_is_refused(server: Server, tmp_path: Path) -> None:
    """A server must not be able to have local files read."""
    server.put("evil.bin", BODY)
    server.fault("evil.bin", "redirect", to="file:///etc/passwd", method="any")
    refusal("mount", *IMPATIENT, server.url("evil.bin", fault=True), tmp_path)


def test_the_name_in_the_mount_is_that_of_the_url_given(redirect: Redirect) -> None:
    with Mount(redirect()) as mount:
        assert clients.run("ls", mount.folder).stdout.split() == ["origin.bin"]

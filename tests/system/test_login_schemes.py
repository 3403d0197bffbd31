# SPDX-License-Identifier: MIT
"""Logins other than Basic: Digest and NTLM as the server offers them, and addresses that a script supplies."""

from __future__ import annotations

import base64
import os
import random
import struct
import time
from pathlib import Path

import pytest

from rig import clients
from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.digest_server import PASSWORD, challenge, digest_server
from rig.mount import COUNTED, Mount, MountFailed

MIB = 1 << 20
BODY = random.Random(9).randbytes(3 * MIB)
TAG = ("ETag", '"v1"')
COLD = ("--block-size", "64K", "--readahead", "0", "--revalidate-after", "1h")


@pytest.mark.parametrize("others", [(), ("Negotiate",)], ids=["alone", "beside Negotiate"])
def test_a_server_that_wants_digest_gets_it(others: tuple[str, ...]) -> None:
    with digest_server(BODY, *others) as server, Mount("--user", f"me:{PASSWORD}", server.url("/disk.img")) as mount:
        assert (mount / "disk.img").read_bytes() == BODY
        basic = [one for one in server.requests if one.headers.get("Authorization", "").startswith("Basic")]
        assert len(basic) == 1, "only the first request, which did not know better"


def test_a_wrong_password_with_digest_is_told_and_tried_no_further() -> None:
    with digest_server(BODY) as server:
        with pytest.raises(MountFailed) as refused, Mount("--user", "me:wrong", server.url("/disk.img")):
            pass
        assert "401" in refused.value.done.stderr and "Digest" in refused.value.done.stderr
        assert len(server.requests) <= 4


def test_a_password_in_netrc_is_used_with_digest(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {PASSWORD}\n")
    netrc.chmod(0o600)
    with digest_server(BODY) as server, Mount("--netrc-file", netrc, server.url("/disk.img")) as mount:
        assert clients.read_at(mount / "disk.img", MIB, 4096) == BODY[MIB:MIB + 4096]


def ntlm_server() -> AnsweringServer:
    """Knows MS-NLMP as far as its three messages belong to one connection; it does not check the response."""
    known: set[int] = set()
    type2 = b"NTLMSSP\0" + struct.pack("<IHHIIQQHHI", 2, 0, 0, 48, 0x00008201, 0x0123456789abcdef, 0, 0, 0, 48)

    def answer(request: Request) -> Answer:
        if request.connection in known:
            return in_range(request, BODY, TAG)
        message = base64.b64decode(request.headers.get("Authorization", "").removeprefix("NTLM ") or b"")
        if message[:9] == b"NTLMSSP\0\1":
            return challenge("NTLM " + base64.b64encode(type2).decode())
        if message[:9] == b"NTLMSSP\0\3":
            known.add(request.connection)
            return in_range(request, BODY, TAG)
        return challenge("Negotiate", "NTLM")

    return AnsweringServer(answer)


def test_a_server_of_windows_gets_ntlm_once_for_each_connection() -> None:
    with ntlm_server() as server:
        with Mount(*COLD, "--user", r"DOMAIN\me:s3cret", server.url("/disk.img"), unhedged=COUNTED) as mount:
            for at in range(0, len(BODY), MIB):
                assert clients.read_at(mount / "disk.img", at, 4096, os.O_DIRECT) == BODY[at:at + 4096]
        logins = [one for one in server.requests if one.headers.get("Authorization", "").startswith("NTLM")]
        assert len(logins) <= 2 * len({one.connection for one in server.requests})


def test_a_refusal_without_a_login_names_the_schemes() -> None:
    with ntlm_server() as server:
        with pytest.raises(MountFailed) as refused, Mount(server.url("/disk.img")):
            pass
        assert "it offers Negotiate, NTLM" in refused.value.done.stderr


# ---- Addresses from a script


def presigning(tmp_path: Path, url: str, *, lives: int) -> tuple[AnsweringServer, str, Path]:
    """A store whose URLs serve `lives` requests each, a script that signs them, and a file with a line for each run."""
    served: dict[str, int] = {}
    runs = tmp_path / "runs"

    def answer(request: Request) -> Answer:
        _, _, signature = request.path.partition("?signature=")
        served[signature] = served.get(signature, 0) + 1
        if not signature or served[signature] > lives:
            return Answer(403, (), b"<Code>AccessDenied</Code>")
        return in_range(request, BODY, TAG)

    store = AnsweringServer(answer)
    script = tmp_path / "sign"
    script.write_text(f'#!/bin/sh\necho "$RIMFS_URL" >>{runs}\n'
                      f'echo "{store.url("/bucket/key")}?signature=secret-$(wc -l <{runs})"\n')
    script.chmod(0o755)
    return store, str(script), runs


def test_a_script_supplies_a_fresh_address_when_one_expires(tmp_path: Path) -> None:
    url = "http://images.invalid/disk.img"
    store, script, runs = presigning(tmp_path, url, lives=4)
    with store, Mount(*COLD, "--url-script", script, url, foreground=True, unhedged=COUNTED) as mount:
        for at in range(0, 3 * MIB, MIB // 4):
            clients.read_at(mount / "disk.img", at, 4096, os.O_DIRECT)
            if at % MIB == 0:
                time.sleep(5.1)  # a login that was just renewed counts as good
        assert (mount / "disk.img").stat().st_size == len(BODY)
        assert "secret" not in mount.log()
    assert len(runs.read_text().splitlines()) >= 3
    assert set(runs.read_text().split()) == {url}


def test_another_file_at_the_fresh_address_is_a_change(tmp_path: Path) -> None:
    tag = ['"v1"']
    with AnsweringServer(lambda request: in_range(request, BODY, ("ETag", tag[0]))) as store:
        script = tmp_path / "sign"
        script.write_text(f"#!/bin/sh\necho {store.url('/key')}?signature=1\n")
        script.chmod(0o755)
        with Mount(*COLD, "--url-script", script, "http://images.invalid/disk.img") as mount:
            descriptor = os.open(mount / "disk.img", os.O_RDONLY)
            try:
                tag[0] = '"v2"'
                with pytest.raises(OSError, match="tale"):
                    os.pread(descriptor, 4096, MIB)
            finally:
                os.close(descriptor)


@pytest.mark.parametrize("output", ["", "ftp://host/x", "http://a/\\nhttp://b/", "not a url", "http://me:pw@host/x"])
def test_a_script_that_prints_no_address_is_an_error(tmp_path: Path, output: str) -> None:
    script = tmp_path / "sign"
    script.write_text(f"#!/bin/sh\nprintf '{output}'\n")
    script.chmod(0o755)
    with pytest.raises(MountFailed) as refused, Mount("--url-script", script, "http://images.invalid/disk.img"):
        pass
    assert "url-script" in refused.value.done.stderr


def test_a_script_for_addresses_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(MountFailed) as refused, Mount("--url-script", "true", "http://images.invalid/folder/"):
        pass
    assert refused.value.done.returncode == 2 and "url-script is for a file" in refused.value.done.stderr


# ---- Proxies


def test_a_proxy_that_is_down_is_named_with_its_variable(tmp_path: Path) -> None:
    with AnsweringServer(lambda _: Answer(404)) as gone:
        port = gone.port
    proxy = f"http://me:s3cret@127.0.0.1:{port}"
    for setting, env, source in ((("--proxy", proxy), {}, ""), ((), {"http_proxy": proxy}, " (from http_proxy)")):
        with pytest.raises(MountFailed) as refused, Mount(
                *setting, "http://images.invalid/disk.img", env=env | {"no_proxy": "", "NO_PROXY": ""}):
            pass
        assert f"the proxy is http://127.0.0.1:{port}/{source}" in refused.value.done.stderr
        assert "s3cret" not in refused.value.done.stderr


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login_is_named_with_what_it_offers(scheme: str) -> None:
    answer = Answer(407, (("Proxy-Authenticate", 'Basic realm="proxy"'),), b"log in")
    with AnsweringServer(lambda _: answer) as proxy:
        with pytest.raises(MountFailed) as refused, Mount(
                "--retry-deadline", "1s", "--proxy", proxy.url(""), f"{scheme}://images.invalid/disk.img",
                env={"no_proxy": "", "NO_PROXY": ""}):
            pass
        assert "407" in refused.value.done.stderr
        assert f"the proxy is {proxy.url('/')}" in refused.value.done.stderr

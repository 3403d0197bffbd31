# SPDX-License-Identifier: MIT
"""Logins with a Kerberos ticket (Negotiate): a realm of MIT Kerberos, Apache's mod_auth_gssapi, and `--user :`."""

from __future__ import annotations

import errno
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rig import clients
from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.digest_server import challenge
from rig.index_servers import IndexServer
from rig.kerberos import Kerberos, missing
from rig.mount import COUNTED, Mount, MountFailed, rimfs

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

MIB = 1 << 20
BODY = random.Random(11).randbytes(4 * MIB)
TAG = ("ETag", '"v1"')
COLD = ("--block-size", "64K", "--readahead", "0", "--revalidate-after", "1h")
NAMES = ("a.img", "b.img", "c.img", "d.img")


@pytest.fixture(scope="module")
def realm() -> Iterator[Kerberos]:
    with Kerberos() as kerberos:
        yield kerberos


@pytest.fixture(scope="module")
def apache(realm: Kerberos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    docroot = tmp_path_factory.mktemp("docroot")
    for name in NAMES:
        (docroot / name).write_bytes(BODY)
    with realm.apache(docroot) as server:
        yield server


def shows_ticket(request: Request) -> bool:
    """A token begins with the object identifier of SPNEGO (RFC 4178), in an application tag."""
    return request.headers.get("Authorization", "").startswith("Negotiate YI")


def bound_server() -> AnsweringServer:
    """Takes any ticket, for the connection, as servers of Windows do."""
    known: set[int] = set()

    def answer(request: Request) -> Answer:
        if shows_ticket(request):
            known.add(request.connection)
        return in_range(request, BODY, TAG) if request.connection in known else challenge("Negotiate")

    return AnsweringServer(answer)


def refusal(url: str, *arguments: str, env: dict[str, str]) -> str:
    with pytest.raises(MountFailed) as refused, Mount(*arguments, url, env=env):
        pass
    return refused.value.done.stderr


# ---- With a ticket


def test_a_folder_of_files_is_read_with_a_ticket(realm: Kerberos, apache: IndexServer) -> None:
    with Mount("--user", ":", apache.url, env=realm.environment(realm.ticket())) as mount:
        assert set(NAMES) == set(os.listdir(mount.folder))
        with ThreadPoolExecutor(len(NAMES)) as readers:
            for body in readers.map(lambda name: (mount / name).read_bytes(), NAMES):
                assert body == BODY


@pytest.mark.parametrize("form", ["url", "file"])
def test_an_empty_user_of_a_url_or_a_file_is_the_ticket(realm: Kerberos, apache: IndexServer, form: str) -> None:
    url = f"{apache.url}a.img"
    source = f"{{url: '{url}', user: ':'}}" if form == "file" else f"{{url: '{url.replace('//', '//:@')}'}}"
    with Mount(config=f"sources: [{source}]", env=realm.environment(realm.ticket())) as mount:
        assert clients.read_at(mount / "a.img", MIB, 4096) == BODY[MIB:MIB + 4096]


def test_a_user_with_a_password_shows_no_ticket(realm: Kerberos) -> None:
    with bound_server() as server:
        for login in (("--user", "me:s3cret"), ()):
            assert "it offers Negotiate" in refusal(server.url("/disk.img"), *login,
                                                    env=realm.environment(realm.ticket()))
        assert not any(map(shows_ticket, server.requests))


def test_no_connection_with_a_ticket_serves_another_request(realm: Kerberos) -> None:
    with bound_server() as server:
        mine, other = server.url("/mine.img"), server.url("/other.img")
        config = f"sources:\n  - {{url: '{mine}', user: ':'}}\n  - {{url: '{other}', optional: true}}\n"
        with Mount(*COLD, config=config, env=realm.environment(realm.ticket()), unhedged=COUNTED) as mount:
            for at in range(0, len(BODY), MIB):
                assert clients.read_at(mount / "mine.img", at, 4096, os.O_DIRECT) == BODY[at:at + 4096]
                with pytest.raises(OSError) as refused:
                    (mount / "other.img").read_bytes()
                assert refused.value.errno in (errno.EACCES, errno.ENOENT)
        shown = [one.connection for one in server.requests if shows_ticket(one)]
        assert len(shown) >= 4 and any(one.path == "/other.img" for one in server.requests)
        assert [one.connection for one in server.requests if one.connection in shown] == shown
        assert len(set(shown)) == len(shown)


def test_a_redirect_to_another_server_gets_no_ticket(realm: Kerberos) -> None:
    with bound_server() as elsewhere:
        with AnsweringServer(lambda _: Answer(302, (("Location", elsewhere.url("/disk.img")),))) as server:
            assert "it offers Negotiate" in refusal(server.url("/disk.img"), "--user", ":",
                                                    env=realm.environment(realm.ticket()))
        assert elsewhere.requests and not any("Authorization" in one.headers for one in elsewhere.requests)


def test_a_listing_of_webdav_is_asked_for_with_a_ticket(realm: Kerberos) -> None:
    """Its request has a body, which a login must not lose."""
    page = (b'<?xml version="1.0"?><multistatus xmlns="DAV:"><response><href>/dav/</href><propstat><prop><resourcetype>'
            b'<collection/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>')

    def answer(request: Request) -> Answer:
        if not shows_ticket(request):
            return challenge("Negotiate")
        return Answer(207, (("Content-Type", "application/xml"),), page)

    with AnsweringServer(answer) as server:
        url = server.url("/dav/").replace("http://", "dav://")
        with Mount("--user", ":", url, env=realm.environment(realm.ticket())) as mount:
            assert os.listdir(mount.folder) == []
        lengths = {int(one.headers["Content-Length"]) for one in server.requests if one.method == "PROPFIND"}
        assert min(lengths) > 0


# ---- Without a ticket that counts


def test_without_a_ticket_the_user_is_told_to_run_kinit(realm: Kerberos, apache: IndexServer) -> None:
    shown = refusal(f"{apache.url}a.img", "--user", ":", env=realm.environment())
    assert "401" in shown or "login needed" in shown
    assert "it offers Negotiate" in shown and "there is no Kerberos ticket; run kinit" in shown


def test_an_expired_ticket_is_told(realm: Kerberos, apache: IndexServer) -> None:
    ticket = realm.ticket("-l", "1s")
    time.sleep(2.5)  # times of tickets are whole seconds
    assert "the Kerberos ticket has expired; run kinit" in refusal(f"{apache.url}a.img", "--user", ":",
                                                                   env=realm.environment(ticket))


def test_a_kdc_that_is_down_is_told(apache: IndexServer) -> None:
    with Kerberos() as own:
        ticket = own.ticket()
        own.stop()
        shown = refusal(f"{apache.url}a.img", "--user", ":", env=own.environment(ticket))
        assert "Cannot contact any KDC" in shown


def test_a_ticket_of_another_realm_is_refused_and_shown_once(apache: IndexServer) -> None:
    with Kerberos() as other:  # which has the same name, and other keys
        shown = refusal(f"{apache.url}a.img", "--user", ":", env=other.environment(other.ticket()))
        assert "it offers Negotiate" in shown and "klist shows" in shown


def test_a_server_without_negotiate_gets_no_empty_user(realm: Kerberos) -> None:
    with AnsweringServer(lambda _: challenge('Basic realm="x"', "NTLM")) as server:
        shown = refusal(server.url("/disk.img"), "--user", ":", env=realm.environment(realm.ticket()))
        assert "it offers Basic, NTLM" in shown and "Negotiate (Kerberos)" in shown
        assert not any("Authorization" in one.headers for one in server.requests)


def test_a_ticket_that_is_refused_later_is_not_shown_with_each_read(realm: Kerberos) -> None:
    revoked = [False]

    def answer(request: Request) -> Answer:
        good = shows_ticket(request) and not revoked[0]
        return in_range(request, BODY, TAG) if good else challenge("Negotiate")

    with AnsweringServer(answer) as server:
        arguments = (*COLD, "--user", ":", server.url("/disk.img"))
        with Mount(*arguments, foreground=True, env=realm.environment(realm.ticket()), unhedged=COUNTED) as mount:
            clients.read_at(mount / "disk.img", 0, 4096, os.O_DIRECT)
            revoked[0] = True
            before = len(server.requests)
            for at in range(MIB, 4 * MIB, MIB // 4):
                with pytest.raises(OSError):
                    clients.read_at(mount / "disk.img", at, 4096, os.O_DIRECT)
            assert sum(map(shows_ticket, server.requests[before:])) == 1
            assert "the server refuses the Kerberos ticket" in mount.log()


def test_a_vsphere_server_is_never_asked_with_an_empty_user(tmp_path: Path) -> None:
    done = rimfs("mount", "--user", ":", "vsphere://127.0.0.1/", tmp_path)
    assert done.returncode == 2 and "Kerberos ticket" in done.stderr

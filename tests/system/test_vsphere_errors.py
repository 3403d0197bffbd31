# SPDX-License-Identifier: MIT
"""What a person is told who cannot mount a vSphere server: one line that says what to do, and never a secret."""

from __future__ import annotations

import base64
import errno
import http.server
import os
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from rig.expect import ERROR_SECONDS, IMPATIENT, refusal
from rig.mount import Mount, rimfs
from rig.processes import free_ports
from rig.server import Server
from rig.vsphere import Vsphere

pytestmark = pytest.mark.usefixtures("rimfs_program")

WRONG = "wrong <password> ü"


def forms_of(password: str, user: str) -> tuple[str, ...]:
    """As it is, as XML, and as Basic sends it."""
    escaped = password.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return password, escaped, base64.b64encode(f"{user}:{password}".encode()).decode()


def refused(server: Vsphere, source: str, folder: Path, *options: str, seconds: float = 8) -> str:
    return refusal("mount", *options, *server.access, source, folder, secrets=forms_of(server.password, server.user),
                   seconds=seconds)


@pytest.fixture
def wrong_password(vsphere: Vsphere, tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "password").write_text(WRONG)
    return "--ca-file", str(vsphere.ca_file), "--password-file", str(tmp_path / "password")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mnt"
    made.mkdir()
    return made


def test_a_wrong_password_is_tried_once(vsphere: Vsphere, wrong_password: tuple[str, ...], folder: Path) -> None:
    line = refusal("mount", *wrong_password, vsphere.source(), folder, secrets=forms_of(WRONG, vsphere.user))
    assert "password" in line and vsphere.user in line and "127.0.0.1" in line
    assert (vsphere.counters().failed_logins, vsphere.counters().logins) == (1, 0)


def test_a_wrong_password_for_the_address_of_a_file_is_tried_once(vsphere: Vsphere, wrong_password: tuple[str, ...],
                                                                  folder: Path) -> None:
    store = ("DC0/" if vsphere.model == "vpx" else "ha-datacenter/") + "LocalDS_0"
    urls = [vsphere.url(store, f"machine/disk{index}-flat.vmdk") for index in range(3)]
    line = refusal("mount", "--user", vsphere.user, *wrong_password, *urls, folder,
                   secrets=forms_of(WRONG, vsphere.user))
    assert "password" in line and vsphere.user in line
    counters = vsphere.counters()
    assert (counters.failed_logins, counters.logins, counters.unauthorized) == (1, 0, 0)


@pytest.mark.parametrize("path,telling", [
    ("DC9", ["DC9", "DC0", "F0", "Büro 2"]),
    ("F0/DC9", ["DC9", "F0", "DC1"]),
    ("DC0/absent", ["absent", "DC0", "LocalDS_0", "Data store+1"]),
    ("Büro 2/absent", ["absent", "Büro 2", "nothing"]),
    ("DC0/LocalDS_0/absent", ["absent", "LocalDS_0"]),
    ("DC0/LocalDS_0/absent/deeper", ["absent", "LocalDS_0"]),
])
def test_a_path_that_is_not_there(vcenter: Vsphere, folder: Path, path: str, telling: list[str]) -> None:
    line = refused(vcenter, vcenter.source(path), folder)
    assert all(one in line for one in telling), line


def test_a_datacenter_that_is_not_there_on_esxi(vsphere: Vsphere, folder: Path) -> None:
    line = refused(vsphere, vsphere.source("DC9"), folder)
    assert "DC9" in line and vsphere.datacenters[0] in line


def test_a_password_that_the_server_repeats_is_not_shown(vsphere: Vsphere, folder: Path) -> None:
    vsphere.front.trouble = {b"<Login": "repeated"}
    line = refused(vsphere, vsphere.source(), folder)
    assert "A general system error occurred: (not shown)" in line


def test_an_untrusted_certificate(vcenter: Vsphere, folder: Path) -> None:
    line = refusal("mount", "--password-file", vcenter.password_file, vcenter.source(), folder,
                   secrets=forms_of(vcenter.password, vcenter.user))
    assert "certificate" in line and "--ca-file" in line and "--insecure" in line
    assert vcenter.counters().soap_requests == 0


def test_a_port_that_nobody_listens_on(vcenter: Vsphere, folder: Path) -> None:
    port, = free_ports(1)
    line = refused(vcenter, f"vsphere://{vcenter.user.replace('@', '%40')}@127.0.0.1:{port}/", folder)
    assert f"127.0.0.1:{port}" in line


def test_a_server_that_never_answers(vcenter: Vsphere, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = f"vsphere://me@127.0.0.1:{silent.getsockname()[1]}/"
        line = refusal("mount", *IMPATIENT, *vcenter.access, source, folder, seconds=ERROR_SECONDS,
                       secrets=forms_of(vcenter.password, "me"))
        assert "127.0.0.1" in line


def test_no_password(vcenter: Vsphere, folder: Path) -> None:
    done = rimfs("mount", "--ca-file", vcenter.ca_file, vcenter.source(), folder)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "password" in done.stderr and "--password-file" in done.stderr
    assert vcenter.counters().soap_requests == 0


def test_no_user(vcenter: Vsphere, folder: Path) -> None:
    done = rimfs("mount", *vcenter.access, vcenter.origin.replace("https", "vsphere") + "/", folder)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "user" in done.stderr and vcenter.counters().soap_requests == 0


def test_a_web_server_that_is_no_vsphere_server(server: Server, vcenter: Vsphere, folder: Path) -> None:
    source = f"vsphere://me@{server.origin(tls=True).partition('://')[2]}/"
    line = refusal("mount", "--ca-file", server.ca_file, "--password-file", vcenter.password_file, source, folder,
                   secrets=forms_of(vcenter.password, "me"))
    assert "no vSphere server" in line


class _Imposter(http.server.BaseHTTPRequestHandler):
    """Answers every POST in the same way."""

    status, kind, body = 200, "text/html", b""
    heard: list[bytes] = []

    def do_POST(self) -> None:
        self.heard.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("status,kind,body", [
    (200, "text/html", b"<!DOCTYPE html><title>Welcome</title>"),
    (200, "text/xml", b"<hello/>"),
    (405, "text/html", b""),
    (501, "text/html", b""),
])
def test_a_server_that_answers_something_else_never_sees_the_password(vcenter: Vsphere, folder: Path, status: int,
                                                                       kind: str, body: bytes) -> None:
    heard: list[bytes] = []
    handler = type("Handler", (_Imposter,), {"status": status, "kind": kind, "body": body, "heard": heard})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(vcenter.folder / "server.crt", vcenter.folder / "server.key")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as imposter:
        imposter.socket = context.wrap_socket(imposter.socket, server_side=True)
        threading.Thread(target=imposter.serve_forever, args=(0.05,), daemon=True).start()
        line = refused(vcenter, f"vsphere://me@127.0.0.1:{imposter.server_address[1]}/", folder)
        imposter.shutdown()
    assert "no vSphere server" in line
    assert len(heard) == 1 and b"RetrieveServiceContent" in heard[0]


# Conversations that would not end

# Each limit has a row in tests/unit/catalog/vsphere/conversation_test.cc. New parts without end would take a minute here.
@pytest.mark.parametrize("kind", ["same", "none"])
def test_an_inventory_without_end_is_refused_in_one_line(vcenter: Vsphere, folder: Path, kind: str) -> None:
    vcenter.front.endless = kind
    line = refused(vcenter, vcenter.source(), folder, seconds=85)
    assert "10 parts without anything new" in line or "after 60 s" in line
    counters = vcenter.counters()
    assert (counters.logins, counters.logouts, counters.live_sessions) == (1, 1, 0)
    soap = [request.soap for request in vcenter.front.requests]
    assert soap.count("DestroyView") == 1, "the server keeps the view until it is told"


@pytest.mark.seconds(150)
def test_a_search_that_does_not_end_is_given_up_and_says_so(vcenter: Vsphere) -> None:
    vcenter.add_file("DC0/LocalDS_0", "single/file", b"single")
    with Mount(*vcenter.access, vcenter.source()) as mount:
        assert "single" in os.listdir(mount / "DC0/LocalDS_0")
        vcenter.front.searching = True
        begin = time.monotonic()
        with pytest.raises(OSError) as failed:
            os.listdir(mount / "DC0/LocalDS_0/single")
        assert failed.value.errno == errno.ETIMEDOUT
        assert time.monotonic() - begin < 120
        assert "CancelTask" in [request.soap for request in vcenter.front.requests]
        vcenter.front.searching = False
        assert os.listdir(mount / "DC0/LocalDS_0/single") == ["file"]

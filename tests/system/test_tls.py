# SPDX-License-Identifier: MIT
"""Which certificates and versions of TLS are accepted, and what is said about those that are not."""

from __future__ import annotations

import base64
import os
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import certificates, images
from rig.expect import IMPATIENT, errno_of_read, refusal
from rig.mount import Mount, rimfs
from rig.processes import wait_until
from rig.server import Server
from rig.tls_server import TlsServer
from rig.vsphere import Vsphere

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(4 << 20, 31)
FILES = {"a.img": BODY, "b.img": BODY}
FAULTS = ("wrong-name", "expired", "future", "self-signed", "unknown")
COLD = ("--cache-memory", "34M", "--block-size", "1M", "--readahead", "0")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates of all kinds."""
    folder = tmp_path_factory.mktemp("certificates")
    certificates.make(folder)
    certificates.make_unacceptable(folder)
    return folder


@pytest.fixture
def server(made: Path, request: pytest.FixtureRequest) -> Iterator[TlsServer]:
    """With the certificate that the test's parameter names, else a self-signed one."""
    with TlsServer(made / getattr(request, "param", "self-signed"), FILES) as running:
        yield running


def pin(made: Path, name: str, algorithm: str = "sha256") -> str:
    """As openssl prints it."""
    return certificates.fingerprint(made / f"{name}.crt", algorithm)


def digits(made: Path, name: str, algorithm: str = "sha256") -> str:
    """With colons and in upper case, as messages show it."""
    return pin(made, name, algorithm).partition("=")[2]


def served(server: TlsServer, *options: str | Path) -> bool:
    with Mount(*options, server.url("a.img")) as mount:
        return (mount / "a.img").read_bytes() == BODY


# What is refused

@pytest.mark.parametrize("server,telling", [
    ("wrong-name", ["is for 'vcenter.local', 'vc', '10.9.8.7', not for '127.0.0.1'", "name in the URL"]),
    ("expired", ["2020-01-01", "expired", "clock"]),
    ("future", ["2090-01-01", "not valid yet", "clock"]),
    ("self-signed", ["self-signed", "--ca-file"]),
    ("unknown", ["authority 'another CA' is unknown", "--ca-file"]),
], indirect=["server"])
def test_a_certificate_that_is_refused(server: TlsServer, made: Path, tmp_path: Path, telling: list[str],
                                       request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["server"]
    line = refusal("mount", "--ca-file", made / "ca.crt", server.url("a.img"), tmp_path)
    assert all(one in line for one in (*telling, "certificate", "--insecure", server.url("a.img"))), line
    assert f"--fingerprint sha256:{digits(made, name)}" in line
    assert server.requests == []


def test_a_wrong_name_of_an_unknown_authority_is_said_at_once(made: Path, tmp_path: Path) -> None:
    with TlsServer(made / "wrong-name", FILES) as server:
        line = refusal("mount", server.url("a.img"), tmp_path)
    assert "authority 'rig server CA' is unknown, and it is for 'vcenter.local'" in line


@pytest.mark.parametrize("server", ["server"], indirect=True)
def test_a_name_of_the_certificate_is_accepted(server: TlsServer, made: Path) -> None:
    with Mount("--ca-file", made / "ca.crt", server.url("a.img", "localhost")) as mount:
        assert (mount / "a.img").read_bytes() == BODY


# Fingerprints

@pytest.mark.parametrize("server", FAULTS, indirect=True)
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_pinned_certificate_is_accepted_whatever_is_wrong_with_it(server: TlsServer, made: Path, algorithm: str,
                                                                   request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["server"]
    assert served(server, "--ca-file", made / "ca.crt", "--fingerprint", pin(made, name, algorithm))


def test_the_fingerprint_that_a_refusal_shows_is_accepted(server: TlsServer, tmp_path: Path) -> None:
    words = refusal("mount", server.url("a.img"), tmp_path).split()
    assert served(server, "--fingerprint", words[words.index("--fingerprint") + 1].rstrip(","))


def test_one_of_several_fingerprints_is_sufficient(server: TlsServer, made: Path) -> None:
    assert served(server, "--fingerprint", pin(made, "unknown"), "--fingerprint", pin(made, "self-signed", "sha1"))


@pytest.mark.parametrize("server", ["server"], indirect=True)
def test_a_certificate_whose_chain_and_name_are_right_needs_no_fingerprint(server: TlsServer, made: Path) -> None:
    assert served(server, "--ca-file", made / "ca.crt", "--fingerprint", pin(made, "unknown"))


@pytest.mark.parametrize("server", FAULTS, indirect=True)
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_certificate_that_is_not_the_pinned_one_is_refused(server: TlsServer, made: Path, tmp_path: Path,
                                                             algorithm: str, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["server"]
    line = refusal("mount", "--ca-file", made / "ca.crt", "--fingerprint", pin(made, "server", algorithm),
                   server.url("a.img"), tmp_path)
    assert digits(made, name, algorithm) in line and digits(made, "server", algorithm) in line
    assert server.requests == []


@pytest.mark.parametrize("new", ["unknown", "expired"])
def test_a_certificate_that_changes_stops_the_reads(server: TlsServer, made: Path, new: str) -> None:
    with Mount(*IMPATIENT, *COLD, "--fingerprint", pin(made, "self-signed"), server.url("a.img"),
               foreground=True) as mount:
        with open(mount / "a.img", "rb", buffering=0) as opened:
            assert opened.read(4096) == BODY[:4096]
            count = len(server.requests)
            server.use(made / new)
            server.close_connections()
            assert errno_of_read(mount / "a.img", 3 << 20) == "EACCES"
        assert len(server.requests) == count
        assert digits(made, new) in mount.log() and digits(made, "self-signed") in mount.log()


@pytest.mark.parametrize("second", [None, "unknown"])
def test_a_connection_is_not_used_under_another_fingerprint(server: TlsServer, made: Path, second: str | None) -> None:
    """The second source's own fingerprint is another, or it has none. It is optional, so that it is asked again when
    the first one has connections."""
    own = f", fingerprint: '{pin(made, second)}'" if second else ""
    config = (f"sources:\n  - {{url: '{server.url('a.img')}', fingerprint: '{pin(made, 'self-signed')}'}}\n"
              f"  - {{url: '{server.url('b.img')}', optional: true{own}}}\n")
    with Mount(config=config, foreground=True) as mount:
        assert (mount / "a.img").read_bytes() == BODY
        with pytest.raises(PermissionError):
            (mount / "b.img").read_bytes()
        refused = f"b.img.*{digits(made, 'self-signed')}"
        wait_until(lambda: re.search(refused, mount.log()), 10, "the reason")
    assert "a.img" in server.requests and "b.img" not in server.requests


def test_a_connection_is_kept_open_under_a_fingerprint(server: TlsServer, made: Path) -> None:
    with Mount("--connections", "1", *COLD, "--fingerprint", pin(made, "self-signed"), server.url("a.img")) as mount:
        assert (mount / "a.img").read_bytes() == BODY
    assert server.handshakes == 1 and len(server.requests) > 1


def test_no_session_is_resumed_under_a_fingerprint(server: TlsServer, made: Path) -> None:
    """A server that resumes a session sends no certificate."""
    with Mount("--connections", "1", *COLD, "--fingerprint", pin(made, "self-signed"), server.url("a.img")) as mount:
        with open(mount / "a.img", "rb", buffering=0) as opened:
            for offset in (0, 2 << 20):
                assert os.pread(opened.fileno(), 4096, offset) == BODY[offset:offset + 4096]
                server.close_connections()
    assert server.handshakes >= 2 and server.resumed == 0


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_a_fingerprint_holds_for_every_version_of_http(session_server: Server, tmp_path: Path, version: str) -> None:
    url = session_server.url(session_server.put("pinned.img", BODY), tls=True)
    right = certificates.fingerprint(session_server.folder / "server.crt")
    with Mount("--http-version", version, "--fingerprint", right, url) as mount:
        assert (mount / "pinned.img").read_bytes() == BODY
    assert "certificate" in refusal("mount", "--http-version", version, "--fingerprint", "ab" * 32, url, tmp_path)


def test_the_certificate_of_an_https_proxy_is_not_taken_for_the_servers(server: TlsServer, made: Path,
                                                                      tmp_path: Path) -> None:
    with TlsServer(made / "unknown", {}) as proxy:
        line = refusal("mount", "--proxy", proxy.url(), server.url("a.img"), tmp_path)
    assert "certificate" in line and "--fingerprint" not in line


@pytest.mark.parametrize("server", ["unknown"], indirect=True)
def test_a_fingerprint_holds_for_the_target_of_a_redirect(server: TlsServer, made: Path, tmp_path: Path) -> None:
    with TlsServer(made / "self-signed", {}) as first:
        first.redirects["a.img"] = server.url("a.img")
        line = refusal("mount", "--fingerprint", pin(made, "self-signed"), first.url("a.img"), tmp_path)
        assert digits(made, "unknown") in line and server.requests == []
        assert served(first, "--fingerprint", pin(made, "self-signed"), "--fingerprint", pin(made, "unknown"))


def test_ps_shows_the_fingerprint_of_a_mount(server: TlsServer, made: Path) -> None:
    with Mount("--fingerprint", digits(made, "self-signed"), server.url("a.img")) as mount:
        assert digits(made, "self-signed") in Path(f"/proc/{mount.pid}/cmdline").read_text()


# Versions of TLS

@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_old_version_of_tls_is_used_only_when_it_is_allowed(made: Path, tmp_path: Path,
                                                               version: ssl.TLSVersion) -> None:
    name = {ssl.TLSVersion.TLSv1: "1.0", ssl.TLSVersion.TLSv1_1: "1.1"}[version]
    with TlsServer(made / "server", FILES, oldest=version, newest=version) as server:
        trust = ("--ca-file", str(made / "ca.crt"))
        line = refusal("mount", *trust, server.url("a.img"), tmp_path)
        assert "version of TLS" in line and "--tls-minimum" in line and "1.2" in line
        assert server.requests == []
        assert served(server, *trust, "--tls-minimum", name)
        assert "fingerprint" in refusal("mount", "--tls-minimum", name, server.url("a.img"), tmp_path)
        assert served(server, "--tls-minimum", name, "--fingerprint", pin(made, "server"))


def test_a_server_with_an_older_version_than_the_minimum_is_refused(made: Path, tmp_path: Path) -> None:
    with TlsServer(made / "server", FILES, newest=ssl.TLSVersion.TLSv1_2) as server:
        line = refusal("mount", "--ca-file", made / "ca.crt", "--tls-minimum", "1.3", server.url("a.img"), tmp_path)
        assert "version of TLS" in line and "1.3" in line
        assert served(server, "--ca-file", made / "ca.crt", "--tls-minimum", "1.2")


# vSphere, and the variables of govc

def authority(vcenter: Vsphere) -> str:
    return vcenter.origin.removeprefix("https://")


@pytest.fixture
def source(vcenter: Vsphere) -> str:
    """Without a user."""
    return f"vsphere://{authority(vcenter)}/"


@pytest.fixture
def govc(vcenter: Vsphere) -> dict[str, str]:
    return {"GOVC_URL": f"{vcenter.origin}/sdk", "GOVC_USERNAME": vcenter.user, "GOVC_PASSWORD": vcenter.password}


def test_a_vsphere_server_is_accepted_by_its_thumbprint(vcenter: Vsphere, tmp_path: Path) -> None:
    thumbprint = certificates.fingerprint(vcenter.folder / "server.crt", "sha1")
    with Mount("--fingerprint", thumbprint, "--password-file", vcenter.password_file,
               vcenter.source()) as mount:
        assert "DC0" in [entry.name for entry in mount.folder.iterdir()]
    line = refusal("mount", "--fingerprint", "ab" * 20, "--password-file", vcenter.password_file, vcenter.source(),
                   tmp_path, secrets=(vcenter.password,))
    assert thumbprint.partition("=")[2] in line


def test_the_variables_of_govc_log_in(vcenter: Vsphere, source: str, govc: dict[str, str], tmp_path: Path) -> None:
    known = tmp_path / "known-hosts"
    thumbprint = certificates.fingerprint(vcenter.folder / "server.crt", "sha1").partition("=")[2]
    known.write_text(f"other:443 {'00:' * 19}00\n{authority(vcenter)} {thumbprint}\n")
    with Mount(source, env=govc | {"GOVC_TLS_KNOWN_HOSTS": str(known)}, foreground=True) as mount:
        assert "DC0" in [entry.name for entry in mount.folder.iterdir()]
        status = rimfs("status", "--json", mount.folder).stdout
        environment = Path(f"/proc/{mount.pid}/environ").read_bytes().decode()
        log = mount.log()
    for name in ("GOVC_USERNAME", "GOVC_PASSWORD", "GOVC_TLS_KNOWN_HOSTS"):
        assert name in log
    basic = base64.b64encode(f"{vcenter.user}:{vcenter.password}".encode()).decode()
    for secret in (vcenter.password, basic):
        assert secret not in log + status + environment


@pytest.mark.parametrize("more", [{"GOVC_INSECURE": "1"}, {"GOVC_TLS_CA_CERTS": "CA"}])
def test_the_variables_of_govc_for_certificates(vcenter: Vsphere, source: str, govc: dict[str, str], tmp_path: Path,
                                                more: dict[str, str]) -> None:
    values = {name: str(vcenter.ca_file) if value == "CA" else value for name, value in more.items()}
    with Mount(source, env=govc | values, foreground=True) as mount:
        assert "DC0" in [entry.name for entry in mount.folder.iterdir()]
        assert next(iter(more)) in mount.log()
    done = rimfs("mount", "--fingerprint", "ab" * 20, source, tmp_path, env=govc | values)
    assert done.returncode > 0 and "fingerprint" in done.stderr, "a flag takes precedence"


def test_a_password_of_the_environment_goes_to_no_other_server(vcenter: Vsphere, source: str, govc: dict[str, str],
                                                               tmp_path: Path) -> None:
    for url in ("https://other.local/sdk", "", f"http://{authority(vcenter)}/sdk"):
        done = rimfs("mount", "--ca-file", vcenter.ca_file, source, tmp_path, env=govc | {"GOVC_URL": url})
        assert done.returncode == 2 and "needs a user" in done.stderr
        assert vcenter.password not in done.stderr
    assert vcenter.counters().soap_requests == 0


def test_a_plain_server_on_the_port_is_no_fault_of_the_certificate(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        line = refusal("mount", *IMPATIENT, f"https://127.0.0.1:{silent.getsockname()[1]}/a.img", tmp_path)
    assert "fingerprint" not in line

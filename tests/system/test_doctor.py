# SPDX-License-Identifier: MIT
"""rimfs doctor: what it finds of servers, what its report hides, and servers that are made from reports."""

from __future__ import annotations

import http.server
import json
import os
import random
import re
import signal
import stat
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rig import certificates
from rig.answering_server import Answer, AnsweringServer, Request, in_range
from rig.digest_server import PASSWORD, digest_server
from rig.index_servers import index_servers
from rig.mount import Mount, program, rimfs
from rig.processes import wait_until
from rig.replay import Replay
from rig.server import Server
from rig.tls_server import TlsServer
from rig.vsphere import Vsphere

pytestmark = pytest.mark.usefixtures("rimfs_program")

MIB = 1 << 20
STORE = "DC0/Data store+1"
FOLDER = "machine a+b"
DESCRIPTOR = f"{FOLDER}/secretdisk.vmdk"
# What must not be seen, in any encoding.
NAMES = ("Data store", "machine a", "secretdisk", "127.0.0.1")

Rows = dict[str, dict[str, str]]


def doctor(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return rimfs("doctor", *words)


def rows_of(done: subprocess.CompletedProcess[str]) -> Rows:
    assert done.stdout, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout)["rows"]}


def examine(*words: str | Path) -> Rows:
    return rows_of(doctor("--json", *words))


def verdicts(rows: Rows) -> dict[str, str]:
    return {name: row["verdict"] for name, row in rows.items()}


def odd_rows(rows: Rows) -> dict[str, str]:
    return {name: row["observed"] for name, row in rows.items() if row["verdict"] in ("differs", "failed")}


@pytest.fixture
def machine(vcenter: Vsphere, tmp_path: Path) -> Vsphere:
    """A machine with a disk, in a folder and a datastore with odd names."""
    raw = tmp_path / "raw"
    raw.write_bytes(random.Random(1).randbytes(2 * MIB))
    vcenter.add_disk(STORE, FOLDER, raw, name="secretdisk")
    return vcenter


# What is expected

def test_a_server_as_expected(machine: Vsphere) -> None:
    done = doctor("--json", *machine.access, machine.source(f"{STORE}/{FOLDER}"))
    rows = rows_of(done)
    assert odd_rows(rows) == {} and done.returncode == 0, done.stdout
    assert {"certificate", "login", "cookies", "session", "inventory", "browser", "folder page", "first byte",
            "whole-file range", "8 requests at once", "logout"} <= set(rows)


def test_a_server_shows_without_a_path_what_it_has(vsphere: Vsphere) -> None:
    done = doctor(*vsphere.access, vsphere.source())
    assert done.returncode == 0, done.stdout
    assert "The server does what rimfs expects" in done.stdout.splitlines()[-1]


def test_a_datastore_url_is_examined_as_its_server(machine: Vsphere) -> None:
    rows = examine(*machine.access, "--user", machine.user, machine.url(STORE, DESCRIPTOR, double=True))
    assert odd_rows(rows) == {} and "inventory" in rows


def test_an_examination_logs_out_and_is_bounded(machine: Vsphere) -> None:
    examine(*machine.access, machine.source())
    counters = machine.counters()
    assert (counters.live_sessions, counters.logins, counters.logouts, counters.basic_sessions) == (0, 1, 1, 0)
    assert len(machine.front.requests) <= 65 and counters.bytes_sent < 4 * MIB


# What differs

SWITCHES = [
    ("full_range", "206", "whole-file range", "206"),
    ("range_past_end", "416", "range past the end", "416"),
    ("range_past_end", "200", "range past the end", "200"),
    ("range_at_eof", "200 empty", "range at the end", "200"),
    ("range_at_eof", "206 empty", "range at the end", "206"),
    ("ignore_range", "always", "first byte", "200"),
    ("content_range_total", "*", "first byte", "bytes 0-0/*"),
    ("content_range_total", "absent", "first byte", "206"),
    ("last_modified", True, "validators", "Last-Modified"),
    ("etag", True, "validators", "ETag"),
    ("length", "chunked", "end of a body", "chunked"),
    ("head", "500", "HEAD", "500"),
    ("head", "405", "HEAD", "405"),
    ("head", "wrong length", "HEAD", "200"),
    ("hide_extents", "always", "extents of disks", "with queries 0"),
    ("vmdk_size", "true", "size of the descriptor", "browser"),
    ("missing_folder", "InvalidArgument", "missing folder", "InvalidArgument"),
    ("missing_folder", "SOAP fault", "missing folder", "FileNotFound"),
    ("query_decode", "twice", "URL: dcPath encoded once", "404"),
    ("query_decode", "once", "URL: dcPath encoded twice", "404"),
    ("dcpath", "slash refused", "URL: dcPath begins with a slash", "404"),
    ("path_decode", "twice", "URL: path encoded twice", "206"),
    ("page_form", "disabled", "folder page", "403"),
    ("page_form", "double-encoded links", "folder page", "twice"),
    ("requests_per_connection", 3, "keep-alive", "at most 3"),
    ("cookie", "bare", "cookies", "bare"),
    ("cookie", "two cookies", "cookies", ";"),
    ("cookie_path", "/sdk", "cookies", "Path=/sdk"),
    ("summary_url", "empty", "summary.url", "empty"),
    ("summary_url", "ESXi", "summary.url", "/vmfs/volumes/ID"),
]


@pytest.mark.parametrize("switch, value, row, said", SWITCHES, ids=[f"{one[0]}-{one[1]}" for one in SWITCHES])
def test_what_differs_is_told(machine: Vsphere, switch: str, value: Any, row: str, said: str) -> None:
    setattr(machine.front.behaviour, switch, value)
    done = doctor("--json", *machine.access, machine.source(f"{STORE}/{FOLDER}"))
    rows = rows_of(done)
    assert rows[row]["verdict"] in ("differs", "failed") and said in rows[row]["observed"], rows[row]
    assert done.returncode == 1
    assert machine.counters().live_sessions == 0


def test_a_datastore_that_no_host_reaches_is_counted(machine: Vsphere) -> None:
    machine.front.inaccessible.add("DC0/LocalDS_0")
    rows = examine(*machine.access, machine.source(STORE))
    assert rows["inventory"]["verdict"] == "differs" and "1 inaccessible" in rows["inventory"]["observed"]


def test_requests_above_the_limit_of_a_server_are_told(machine: Vsphere) -> None:
    machine.front.concurrency_limit = 2
    machine.front.delay = 0.05
    rows = examine(*machine.access, machine.source(f"{STORE}/{FOLDER}"))
    assert rows["2 requests at once"]["verdict"] == "ok"
    assert rows["8 requests at once"]["verdict"] == "differs" and "503" in rows["8 requests at once"]["observed"]


# Failures

def test_a_wrong_password_is_a_failed_login(machine: Vsphere, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-password\n")
    done = doctor("--json", "--ca-file", machine.ca_file, "--password-file", wrong, machine.source())
    rows = rows_of(done)
    assert rows["login"]["verdict"] == "failed" and "refuses user name or password" in rows["login"]["observed"]
    assert done.returncode == 1 and machine.counters().failed_logins == 1
    assert "not-the-password" not in done.stdout + done.stderr


def test_an_untrusted_certificate_is_told_with_its_fingerprint(machine: Vsphere) -> None:
    rows = examine("--password-file", machine.password_file, machine.source())
    assert rows["certificate"]["verdict"] == "failed" and "sha256:" in rows["certificate"]["observed"]
    assert rows["login"]["verdict"] == "not asked"
    assert machine.counters().logins == 0


def test_a_server_that_cannot_be_reached(tmp_path: Path) -> None:
    done = doctor("--json", "http://127.0.0.1:9/disk.img")
    assert rows_of(done)["connection"]["verdict"] == "failed" and done.returncode == 1


@pytest.mark.parametrize("words", [(), ("http://127.0.0.1/a", "http://127.0.0.1/b"), ("http://127.0.0.1/a", "/mnt")])
def test_mistakes_are_usage(words: Sequence[str]) -> None:
    assert doctor(*words).returncode == 2


def test_a_signal_ends_it_with_a_logout(machine: Vsphere) -> None:
    machine.front.delay = 0.5
    running = subprocess.Popen([program(), "doctor", *machine.access, machine.source(f"{STORE}/{FOLDER}")],
                               stdout=subprocess.PIPE, text=True)
    wait_until(lambda: machine.counters().folder_requests > 1, 20, "a request for a file")
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=20)
    assert running.returncode == 1 and "ended early" in said
    assert time.monotonic() - begun < 5 and machine.counters().live_sessions == 0


# Web servers

def test_a_file_of_a_web_server(server: Server) -> None:
    server.put("disk.img", random.Random(2).randbytes(100_000))
    done = doctor("--json", server.url("disk.img"))
    assert odd_rows(rows_of(done)) == {} and done.returncode == 0


def index_server(name: str) -> Callable[[Path], Any]:
    return next(make for one, make in index_servers().items() if one.startswith(name))


def test_a_folder_of_a_web_server(tmp_path: Path) -> None:
    (tmp_path / "secretname.img").write_bytes(bytes(5000))
    with index_server("nginx")(tmp_path) as index:
        done = doctor("--json", index.url)
        rows = rows_of(done)
        assert odd_rows(rows) == {} and "1 entries" in rows["listing"]["observed"]


def test_a_web_server_without_ranges(tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(bytes(5000))
    with index_server("python")(tmp_path) as index:
        rows = examine(index.url + "disk.img")
        assert rows["first byte"]["verdict"] == "failed" and "200, 5000 bytes" in rows["first byte"]["observed"]


def test_a_web_server_that_wants_a_login_with_digest() -> None:
    with digest_server(bytes(5000)) as server:
        done = doctor("--json", "--user", f"me:{PASSWORD}", server.url("/disk.img"))
        assert set(odd_rows(rows_of(done))) == {"suffix range", "unknown file"}, "what that server does not know"
        rows = examine("--user", "me:wrong", server.url("/disk.img"))
        assert rows["first byte"]["verdict"] == "failed" and "401" in rows["first byte"]["observed"]


def test_a_file_whose_address_a_script_supplies(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        signed = request.path.startswith("/key?signature=hidden-word")
        other = 403 if request.path.startswith("/key") else 404
        return in_range(request, bytes(5000), ("ETag", '"v1"')) if signed else Answer(other)

    with AnsweringServer(answer) as store:
        script = f"echo {store.url('/key')}?signature=hidden-word-7"
        report = tmp_path / "report.json"
        done = doctor("--json", "--report", report, "--url-script", script, "http://images.invalid/disk.img")
        assert set(odd_rows(rows_of(done))) == {"suffix range"}, "what that server does not know"
        for text in (done.stdout, report.read_text()):
            assert "hidden-word" not in text


# The report

def write_report(path: Path, *words: str | Path) -> tuple[Rows, dict[str, Any]]:
    rows = rows_of(doctor("--json", "--report", path, *words))
    return rows, json.loads(path.read_text())


def decoded(text: str) -> str:
    for _ in range(3):
        text = urllib.parse.unquote(text)
    return text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").lower()


def test_a_report_holds_no_name_and_no_secret(machine: Vsphere, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    done = doctor("--report", path, *machine.access, machine.source(f"{STORE}/{FOLDER}"))
    assert done.returncode == 0, done.stdout
    for text in (decoded(path.read_text()), decoded(done.stdout), decoded(done.stderr)):
        for secret in (*NAMES, machine.user, machine.user.partition("@")[0], machine.password, "DC0"):
            assert secret.lower() not in text, secret
        assert not re.search(r"\b[0-9a-f]{40}\b", text), "the value of a cookie"
    report = json.loads(path.read_text())
    assert report["rimfs-doctor-report"] == 1 and report["exchanges"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "no content of files" in done.stdout
    files = [one for one in report["exchanges"] if one["status"] == 206]
    assert files and not any("body" in one for one in files)


class Repeater(http.server.BaseHTTPRequestHandler):
    """A listing with signed links; every other reply is a refusal that repeats the request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        listing = self.path.startswith("/images/?")
        page = ('<html><body><a href="secretdisk.img?se=2030&amp;sig=LinkSignature1">secretdisk.img</a></body></html>'
                if listing else f"<html><body><pre>{self.path}\n{self.headers}</pre></body></html>")
        self.send_response(200 if listing else 403)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page.encode())

    do_HEAD = do_GET


def test_a_report_of_a_server_that_repeats_requests_holds_no_secret(tmp_path: Path) -> None:
    path, cookie = tmp_path / "report.json", tmp_path / "cookie"
    cookie.write_text("#!/bin/sh\necho sid=script-cookie\n")
    cookie.chmod(0o700)
    (tmp_path / "password").write_text("pass-word\n")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repeater) as repeater:
        threading.Thread(target=repeater.serve_forever, args=(0.05,), daemon=True).start()
        done = doctor("--report", path, "--user", "jane", "--password-file", tmp_path / "password", "--header",
                      "X-Api-Key: api-key-value", "--cookie-script", cookie,
                      f"http://127.0.0.1:{repeater.server_address[1]}/images/?token=UrlToken1")
        repeater.shutdown()
    assert path.exists(), done.stdout + done.stderr
    assert "X-Api-Key" in path.read_text() and "sig=hidden" in path.read_text()
    for secret in ("jane", "pass-word", "api-key-value", "script-cookie", "UrlToken1", "LinkSignature1", "secretdisk",
                   "amFuZTpwYXNzLXdvcmQ"):
        for text in (path.read_text(), done.stdout, done.stderr):
            assert secret not in text, secret


@pytest.mark.parametrize("there", ["file", "link", "dangling link"])
def test_a_report_replaces_nothing(machine: Vsphere, tmp_path: Path, there: str) -> None:
    path, other = tmp_path / "report.json", tmp_path / "other"
    if there != "dangling link":
        other.write_text("precious")
    if there == "file":
        path.write_text("precious")
    else:
        path.symlink_to(other)
    done = doctor("--report", path, *machine.access, machine.source())
    assert done.returncode == 2 and "the file exists; remove it or name another file" in done.stderr
    assert machine.counters().logins == 0
    assert not other.exists() or other.read_text() == "precious"


# Replayed servers

REPLAYED: list[tuple[str, Any]] = [("full_range", "200"), ("full_range", "206"), ("range_past_end", "416"), ("etag", True),
                                   ("head", "500"), ("length", "chunked"), ("hide_extents", "always"),
                                   ("page_form", "disabled"), ("query_decode", "twice"), ("missing_folder", "SOAP fault"),
                                   ("cookie", "bare"), ("page_size", 1)]


@pytest.mark.parametrize("switch, value", REPLAYED, ids=[f"{one[0]}-{one[1]}" for one in REPLAYED])
def test_a_replayed_server_gets_the_same_verdicts(machine: Vsphere, tmp_path: Path, switch: str, value: Any) -> None:
    setattr(machine.front.behaviour, switch, value)
    rows, report = write_report(tmp_path / "report.json", *machine.access, machine.source(f"{STORE}/{FOLDER}"))
    with Replay(tmp_path / "replay", report) as replay:
        again = examine("--ca-file", replay.ca_file, "--password-file", machine.password_file,
                        replay.source("vsphere://user@{}/" + report["examined"]))
        assert verdicts(again) == verdicts(rows), odd_rows(again)


def test_a_replayed_server_can_be_mounted(machine: Vsphere, tmp_path: Path) -> None:
    with Mount(*machine.access, machine.source(f"{STORE}/{FOLDER}")) as mount:
        real = os.listdir(mount.folder)
    _, report = write_report(tmp_path / "report.json", *machine.access, machine.source(f"{STORE}/{FOLDER}"))
    with Replay(tmp_path / "replay", report) as replay:
        source = replay.source("vsphere://user@{}/" + report["examined"])
        with Mount("--ca-file", str(replay.ca_file), "--password-file", str(machine.password_file), source) as mount:
            names = os.listdir(mount.folder)
    assert len(names) == len(real) and sorted(name.partition("file-")[2][1:] for name in names) == sorted(
        name.removeprefix("secretdisk") for name in real)


def test_a_replayed_web_server_gets_the_same_verdicts(tmp_path: Path) -> None:
    certificates.make(tmp_path)
    with TlsServer(tmp_path / "server", {"secretdisk.img": bytes(1000)}) as server:
        rows, report = write_report(tmp_path / "report.json", "--ca-file", tmp_path / "ca.crt", server.url("secretdisk.img"))
    assert "secretdisk" not in (tmp_path / "report.json").read_text()
    with Replay(tmp_path / "replay", report) as replay:
        again = examine("--ca-file", replay.ca_file, replay.source("https://{}" + report["exchanges"][0]["target"]))
        assert verdicts(again) == verdicts(rows)

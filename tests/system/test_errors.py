# SPDX-License-Identifier: MIT
"""Errors a person can act on: a refusal in one line at mount, a telling errno at reads, never a secret."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from rig import images
from rig.expect import ERROR_SECONDS, IMPATIENT, errno_of_read, refusal
from rig.mount import Mount, rimfs
from rig.page_server import PageServer
from rig.processes import free_ports
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = images.pseudo_random(4 << 20, 88)
SECRET = "hunter2-and-more"


@pytest.fixture
def url(server: Server) -> str:
    """A file on which faults can be armed."""
    return server.url(server.put("file.bin", BODY), fault=True)


# At mount

def test_an_unreachable_port(tmp_path: Path) -> None:
    port, = free_ports(1)
    line = refusal("mount", f"http://127.0.0.1:{port}/file.bin", tmp_path)
    assert f"127.0.0.1:{port}" in line


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/file.bin"
        refusal("mount", *IMPATIENT, url, tmp_path, seconds=ERROR_SECONDS)


@pytest.mark.parametrize("code,telling", [(401, "401"), (403, "403"), (404, "404"), (410, "410")])
def test_a_status_that_no_retry_mends(server: Server, url: str, tmp_path: Path, code: int, telling: str) -> None:
    server.fault("file.bin", "status", code=code, method="any")
    line = refusal("mount", url, tmp_path)
    assert telling in line and "file.bin" in line


def test_a_server_that_is_always_busy(server: Server, url: str, tmp_path: Path) -> None:
    server.fault("file.bin", "status", code=503, method="any")
    assert "503" in refusal("mount", *IMPATIENT, url, tmp_path, seconds=ERROR_SECONDS)


def test_an_untrusted_certificate(server: Server, tmp_path: Path) -> None:
    line = refusal("mount", server.url(server.put("file.bin", BODY), tls=True), tmp_path)
    assert "certificate" in line.lower()


def test_an_untrusted_certificate_is_accepted_when_asked(server: Server) -> None:
    with Mount("--insecure", server.url(server.put("file.bin", BODY), tls=True)) as mount:
        assert (mount / "file.bin").read_bytes() == BODY


def test_a_ca_file_that_does_not_exist(server: Server, tmp_path: Path) -> None:
    url = server.url(server.put("file.bin", BODY), tls=True)
    assert "/no/such/ca.pem" in refusal("mount", "--ca-file", "/no/such/ca.pem", url, tmp_path)


def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    line = refusal("mount", "http://no-such-host.invalid/file.bin", tmp_path)
    assert "no-such-host.invalid" in line


def test_a_mountpoint_that_does_not_exist(url: str, tmp_path: Path) -> None:
    assert str(tmp_path / "missing") in refusal("mount", url, tmp_path / "missing")


def test_a_mountpoint_that_is_a_file(url: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refusal("mount", url, tmp_path / "file")


@pytest.mark.parametrize("arguments", [
    ["--no-such-option"], ["--block-size", "3 apples"], ["--block-size", "1000"], ["--connections", "0"],
    ["--retry-deadline", "soon"], ["--http-version", "4"], ["--log-level", "chatty"], ["--header", "no colon"],
], ids=" ".join)
def test_an_option_that_makes_no_sense(url: str, tmp_path: Path, arguments: list[str]) -> None:
    line = refusal("mount", *arguments, url, tmp_path, seconds=3)
    assert arguments[0] in line


@pytest.mark.parametrize("source", ["ftp://127.0.0.1/file", "not a url", "http://", "http://127.0.0.1:99999/file"])
def test_a_source_that_is_no_image_url(tmp_path: Path, source: str) -> None:
    refusal("mount", source, tmp_path, seconds=3)


@pytest.mark.parametrize("arguments", [[], ["mount"], ["no-such-command"], ["umount"]], ids=" ".join)
def test_a_command_line_that_is_incomplete(arguments: list[str]) -> None:
    done = rimfs(*arguments)
    assert done.returncode != 0 and done.stderr.strip()


def test_unmounting_what_is_not_mounted(tmp_path: Path) -> None:
    assert str(tmp_path) in refusal("umount", tmp_path)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["mount", "--help"]], ids=" ".join)
def test_help_and_version_are_answered_on_stdout(arguments: list[str]) -> None:
    done = rimfs(*arguments)
    assert (done.returncode, done.stderr) == (0, "") and "rimfs" in done.stdout


# Secrets

def test_a_wrong_password_is_not_repeated_to_the_world(server: Server, url: str, tmp_path: Path) -> None:
    server.fault("file.bin", "login", kind="basic", user="u", password="right", method="any")
    assert "401" in refusal("mount", "--user", f"u:{SECRET}", url, tmp_path, secrets=(SECRET,))


def test_a_password_in_the_url_is_not_repeated(server: Server, url: str, tmp_path: Path) -> None:
    server.fault("file.bin", "status", code=404, method="any")
    with_password = url.replace("://", f"://u:{SECRET}@")
    refusal("mount", with_password, tmp_path, secrets=(SECRET,))


def test_a_secret_header_is_not_repeated(server: Server, url: str, tmp_path: Path) -> None:
    server.fault("file.bin", "status", code=403, method="any")
    refusal("mount", "--header", f"Authorization: Bearer {SECRET}", "--cookie", f"session={SECRET}", url, tmp_path,
            secrets=(SECRET,))


def test_no_secret_is_logged_even_at_debug(server: Server, url: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    server.fault("file.bin", "login", kind="basic", user="u", password=SECRET, method="any")
    with Mount(*IMPATIENT, "--log-level", "debug", "--log-file", log, "--user", f"u:{SECRET}", "--header",
               f"X-Test: {SECRET}", "--cookie", f"session={SECRET}", url) as mount:
        assert (mount / "file.bin").read_bytes() == BODY
    text = log.read_text()
    assert text and SECRET not in text
    assert "dTpodW50ZXIy" not in text  # the same in Base64


# Logging in

def test_basic_with_the_password_on_the_command_line(server: Server, url: str) -> None:
    server.fault("file.bin", "login", kind="basic", user="u", password="p:w", method="any")
    with Mount("--user", "u:p:w", url) as mount:
        assert (mount / "file.bin").read_bytes() == BODY


def test_basic_with_the_password_in_a_file(server: Server, url: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(SECRET + "\n")
    server.fault("file.bin", "login", kind="basic", user="u", password=SECRET, method="any")
    with Mount("--user", "u", "--password-file", tmp_path / "password", url) as mount:
        assert (mount / "file.bin").read_bytes() == BODY


def test_a_bearer_header(server: Server, url: str) -> None:
    server.fault("file.bin", "login", kind="bearer", token="abc", method="any")
    with Mount("--header", "Authorization: Bearer abc", "--header", "X-Test: other", url) as mount:
        assert (mount / "file.bin").read_bytes() == BODY
        assert {request.x_test for request in server.requests("file.bin")} == {"other"}


def test_a_cookie(server: Server, url: str) -> None:
    server.fault("file.bin", "login", kind="cookie", cookie="session=1", method="any")
    with Mount("--cookie", "session=1", url) as mount:
        assert (mount / "file.bin").read_bytes() == BODY


# At reads

@pytest.mark.parametrize("code,expected", [(401, "EACCES"), (403, "EACCES"), (404, "ENOENT")])
def test_a_read_fails_at_once_with_the_errno_of_the_status(server: Server, url: str, code: int,
                                                           expected: str) -> None:
    with Mount("--retry-deadline", "60s", url) as mount:
        server.fault("file.bin", "status", code=code, method="any")
        assert errno_of_read(mount / "file.bin", 2 << 20, seconds=5) == expected


def test_a_login_that_expires_is_eacces_until_it_works_again(server: Server, url: str) -> None:
    with Mount(*IMPATIENT, "--cookie", "session=1", url) as mount:
        server.fault("file.bin", "login", kind="cookie", cookie="session=2", method="any")
        assert errno_of_read(mount / "file.bin") == "EACCES"
        server.clear_faults()
        assert (mount / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("fault,keys", [("drop", {"how": "hang"}), ("stall", {"bytes": 0}), ("delay", {"seconds": 60})],
                         ids=["no answer", "no body", "slow answer"])
def test_silence_is_etimedout(server: Server, url: str, fault: str, keys: dict[str, object]) -> None:
    with Mount(*IMPATIENT, url) as mount:
        server.fault("file.bin", fault, **keys)
        assert errno_of_read(mount / "file.bin") == "ETIMEDOUT"


@pytest.mark.parametrize("fault", ["html", "full_body", "gzip"])
def test_an_answer_that_makes_no_sense_is_eio(server: Server, url: str, fault: str) -> None:
    with Mount(*IMPATIENT, url) as mount:
        server.fault("file.bin", fault)
        assert errno_of_read(mount / "file.bin", 1 << 20) == "EIO"


def test_the_log_says_which_url_and_why(server: Server, url: str, tmp_path: Path) -> None:
    with Mount(*IMPATIENT, "--log-file", tmp_path / "log", url) as mount:
        server.fault("file.bin", "status", code=403)
        assert errno_of_read(mount / "file.bin") == "EACCES"
    lines = [line for line in (tmp_path / "log").read_text().splitlines() if "403" in line]
    assert lines and any(url in line for line in lines)


def test_a_folder_of_failing_files_is_a_few_lines_in_the_log(tmp_path: Path) -> None:
    count = 300
    links = "".join(f'<a href="f{i}">f{i}</a>' for i in range(count))
    with PageServer({"/images/": ("text/html", f"<html><body>{links}</body></html>".encode())}) as pages:
        with Mount(*IMPATIENT, "--log-file", tmp_path / "log", pages.url + "/images/") as mount:
            for i in range(count):
                with pytest.raises(FileNotFoundError):
                    (mount / f"f{i}").stat()
    text = (tmp_path / "log").read_text()
    assert len(text.splitlines()) < 40, text
    assert f"lookup ended with ENOENT: {count - 5} more such failures" in text

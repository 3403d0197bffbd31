# SPDX-License-Identifier: MIT
"""Secrets show nowhere: not in ps, the environment, scripts, the log, the mount table, nor in a core dump."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.mount import Mount, daemons_of, is_mounted, program, rimfs
from rig.processes import alive, wait_until
from rig.raw_server import RawServer
from rig.server import Server

pytestmark = pytest.mark.usefixtures("rimfs_program")

BODY = os.urandom(300_000)
ENV = "RIMFS_TEST_SECRET"
# Each kind of secret by its own word, so that a leak says which.
KINDS = ("userpw", "headerpw", "cookiepw", "proxypw", "querypw", "urlpw", "envpw", "bearerpw", "cookiefilepw",
         "headerfilepw", "scriptpw", "inlinepw", "netrcpw")


def found_in(text: str | bytes) -> list[str]:
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    return [kind for kind in KINDS if kind in text]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "bearer").write_text("bearerpw\n")
    (tmp_path / "cookies").write_text("a=cookiefilepw\n")
    (tmp_path / "headers").write_text("X-Key: headerfilepw\n")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password netrcpw\n")
    (tmp_path / "netrc").chmod(0o600)
    return tmp_path


def command_lines(files: Path) -> Iterator[tuple[list[str], str]]:
    """Options, and what stands before the host in the URL; together all kinds."""
    yield ["--user", "me:userpw", "--header", "X: headerpw", "--cookie=a=cookiepw"], ""
    yield ["--user", "me", "--password-env", ENV, "--cookie-script", "echo a=scriptpw; : inlinepw"], ""
    yield ["--bearer-file", str(files / "bearer"), "--cookie-file", str(files / "cookies"), "--header-file",
           str(files / "headers")], ""
    yield ["--netrc-file", str(files / "netrc")], ""
    yield [], "me:urlpw@"


def processes_of(words: tuple[bytes, ...]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if all(word in line.split(b"\0") for word in words):
                found.append(int(entry.name))
    return found


def test_no_secret_is_in_ps_environment_log_mount_table_or_attribute(server: Server, files: Path) -> None:
    name = server.put("disk.bin", BODY)
    log = files / "log"
    for options, login in command_lines(files):
        log.unlink(missing_ok=True)
        url = server.url(name).replace("://", "://" + login) + "?token=querypw"
        with Mount(*options, "--log-level", "debug", "--log-file", log, "disk=" + url,
                   env={ENV: "envpw"} if ENV in options else None) as mount:
            assert (mount / "disk").read_bytes() == BODY
            assert found_in(Path(f"/proc/{mount.pid}/cmdline").read_bytes()) == []
            if os.geteuid() == 0:
                assert found_in(Path(f"/proc/{mount.pid}/environ").read_bytes()) == []
            assert found_in(Path("/proc/self/mountinfo").read_text()) == []
            for attribute in os.listxattr(mount / "disk"):
                assert found_in(os.getxattr(mount / "disk", attribute)) == [], attribute
            assert found_in(rimfs("status", "--json", mount.folder).stdout) == []
        assert found_in(log.read_bytes()) == [], options


def test_no_secret_is_in_ps_while_the_mount_is_awaited_nor_of_a_copy(files: Path) -> None:
    """The parent waits as long as the server hangs: its arguments are as visible as the daemon's."""
    folder = files / "mnt"
    folder.mkdir()

    def hang(path: str, begin: int, end: int) -> bytes:
        time.sleep(60)
        return b""

    with RawServer(hang) as server:
        for command, last in (("mount", str(folder)), ("fetch", str(files / "copy"))):
            url = f"http://me:urlpw@127.0.0.1:{server.port}/d?token=querypw"
            running = subprocess.Popen([program(), command, "--header=X: headerpw", "--cookie", "a=cookiepw", url, last],
                                       stderr=subprocess.DEVNULL)
            try:
                # Between its start and its first statement a process shows everything: nobody can help that.
                wait_until(lambda: len(processes_of((command.encode(), b"...", last.encode()))) >= (2 if command == "mount" else 1),
                           20, "rimfs to run")
                for pid in processes_of((command.encode(), last.encode())):
                    line = Path(f"/proc/{pid}/cmdline").read_bytes()
                    assert found_in(line) == []
                    assert b"127.0.0.1" in line and b"..." in line  # and what may be shown is
            finally:
                for pid in processes_of((command.encode(), last.encode())):
                    with contextlib.suppress(ProcessLookupError):  # the one that waits ends the other, too
                        os.kill(pid, 15)
                running.wait(20)


def test_a_script_learns_no_password_and_shows_in_ps_without_its_own(server: Server, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    url = server.url(server.put("disk.bin", BODY))
    command = f"cat /proc/$$/environ /proc/$$/cmdline /proc/$PPID/cmdline >{seen}; : inlinepw; echo a=b"
    done = rimfs("fetch", "--user", "me", "--password-env", ENV, "--cookie-script", command, url, tmp_path / "copy",
                 env={ENV: "envpw"})
    assert (done.returncode, done.stderr.count("envpw")) == (0, 0)
    text = seen.read_bytes()
    assert b"envpw" not in text and ENV.encode() not in text
    lines = text[text.index(b"RIMFS_URL"):].partition(b"sh\0-c\0")[2]
    assert b"inlinepw" not in lines


def test_the_daemon_leaves_no_core_dump(server: Server) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        with Mount(server.url(server.put("disk.bin", BODY))) as mount:
            limits = Path(f"/proc/{mount.pid}/limits").read_text() if os.geteuid() == 0 else ""
            assert not limits or "Max core file size        0                    0" in limits
            # A process that is not dumpable belongs to root in /proc, whoever runs it.
            assert os.stat(f"/proc/{mount.pid}/environ").st_uid == 0
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.needs_root  # type: ignore[misc]
def test_the_same_user_cannot_look_into_it_and_all_works_for_him(server: Server, tmp_path: Path) -> None:
    """Not dumpable means that /proc/self belongs to root: what rimfs reads there must still work."""
    nobody = 65534
    url = server.url(server.put("disk.bin", BODY))
    top = Path("/var/tmp") / f"rimfs-secrets-{os.getpid()}"
    folder = top / "mnt"
    folder.mkdir(parents=True)
    try:
        subprocess.run(["cp", program(), top / "rimfs"], check=True)
        subprocess.run(["chown", "-R", str(nobody), top], check=True)
        run = {"user": nobody, "group": nobody, "extra_groups": [], "capture_output": True, "timeout": 60, "cwd": top}
        mounted = subprocess.run([top / "rimfs", "mount", "--cookie-script", "echo a=b", "--log-file", "log", url,
                                  "mnt"], **run)  # type: ignore[call-overload]
        assert mounted.returncode == 0, mounted.stderr
        pid, = [pid for pid in processes_of((b"mount", b"mnt"))]
        looked = subprocess.run(["sh", "-c", f"cat /proc/{pid}/environ; ls /proc/{pid}/fd"], **run)
        assert looked.returncode != 0 and b"denied" in looked.stderr
        assert subprocess.run(["cat", folder / "disk.bin"], **run).stdout == BODY
        assert subprocess.run([top / "rimfs", "status", "mnt"], **run).returncode == 0
        ended = subprocess.run([top / "rimfs", "umount", "mnt"], **run)
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert not alive(pid), "umount did not wait for the process"
    finally:
        if is_mounted(folder):
            subprocess.run(["umount", "-l", folder], check=False)
        for pid in daemons_of("mnt"):
            os.kill(pid, 9)
        subprocess.run(["rm", "-rf", "--one-file-system", top], check=False)


@pytest.mark.parametrize("words", [
    ("map",), ("map", "--guest"), ("status",), ("umount",), ("cache", "list"), ("cache", "verify"), ("cache", "drop"),
    ("mount", "--config"), ("mount", "--cache-dir"), ("fetch", "--log-file"), ("mount", "--ca-file"),
], ids=" ".join)
def test_a_url_where_a_path_is_meant_is_refused_without_its_password(words: tuple[str, ...], tmp_path: Path) -> None:
    url = "http://u:urlpw@127.0.0.1:9/d?token=querypw"
    more = {"mount": ["http://127.0.0.1:9/x", str(tmp_path)], "fetch": ["http://127.0.0.1:9/x", str(tmp_path / "copy")]}
    last = ["--all"] if words == ("cache", "drop") else more.get(words[0], [])
    done = rimfs(*words, url, *last)
    assert done.returncode == 2 and "is a URL" in done.stderr and "127.0.0.1:9/d" in done.stderr
    assert found_in(done.stdout + done.stderr) == []


@pytest.mark.parametrize("words", [("map",), ("map", "--guest"), ("status",)], ids=" ".join)
def test_an_option_of_another_command_is_refused_without_its_value(words: tuple[str, ...]) -> None:
    done = rimfs(*words, "--user=me:userpw")
    assert done.returncode == 2 and '"--user"' in done.stderr
    assert found_in(done.stderr) == []


def test_the_url_of_an_image_that_is_in_no_cache_shows_no_password(server: Server, tmp_path: Path) -> None:
    with Mount("--cache-dir", tmp_path / "cache", server.url(server.put("disk.bin", BODY))):
        pass
    done = rimfs("cache", "path", tmp_path / "cache", "http://u:urlpw@127.0.0.1:9/d?token=querypw")
    assert done.returncode == 1 and "127.0.0.1:9/d: not in this cache" in done.stderr
    assert found_in(done.stderr) == []


# curl's own text quotes the proxy as it was given (parse_proxy() in lib/url.c).
@pytest.mark.parametrize("proxy", [
    "http://u:pa/proxypw@127.0.0.1:1", "htps://u:proxypw@127.0.0.1:1", "http://u:proxypw@127.0.0.1:port",
    "u:proxypw", "u:pa/proxypw@127.0.0.1:1",
])
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(server: Server, tmp_path: Path, proxy: str) -> None:
    url = server.url(server.put("disk.bin", BODY))
    log = tmp_path / "log"
    options = ("fetch", "--retry-deadline", "1s", "--log-file", log, "--log-level", "debug")
    done = rimfs(*options, "--proxy", proxy, url, tmp_path / "copy")
    assert done.returncode == 2 and "--proxy: invalid proxy URL" in done.stderr
    assert found_in(done.stderr) == []
    done = rimfs(*options, url, tmp_path / "copy", env={"http_proxy": proxy, "no_proxy": "", "NO_PROXY": ""})
    assert done.returncode == 1 and "proxy" in done.stderr
    assert found_in(done.stderr + log.read_text()) == []


def test_a_secret_that_a_server_repeats_is_not_shown(tmp_path: Path) -> None:
    def answer(path: str, begin: int, end: int) -> bytes:
        return (b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-0/headerpw\r\nContent-Length: 1\r\n"
                b"Connection: close\r\n\r\nx")
    with RawServer(answer) as server:
        log = tmp_path / "log"
        done = rimfs("fetch", "--retry-deadline", "1s", "--log-file", log, "--log-level", "debug", "--header",
                     "X-Key: headerpw", server.url("disk.img"), tmp_path / "copy")
    assert done.returncode == 1 and "(not shown)" in done.stderr
    assert found_in(done.stderr + log.read_text()) == []

# SPDX-License-Identifier: MIT
"""A private nginx that serves a folder through links of different length, and misbehaves on request.

    with Server(folder) as server:
        server.url("disk.img")                          # plain and fast
        server.url("disk.img", "wan", tls=True)         # 40 ms, 25 MB/s for each response
        server.fault("disk.img", "status", code=503, first=2)
        server.url("disk.img", fault=True)              # the first two GETs fail

Faults are listed in nginx/faults.lua, with the keys that choose which requests they strike.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import certificates
from .processes import can_connect, end_with_parent, free_ports, group_members, wait_until

_TEMPLATES = Path(__file__).parent / "nginx"
PROFILES = ("lan", "dc", "wan", "vcenter")


@dataclass(frozen=True)
class Request:
    """One line of the server's log."""

    time: float
    connection: int
    port: int
    tls: bool
    host: str
    protocol: str
    method: str
    uri: str
    status: int
    range: str
    sent: int
    seconds: float
    user_agent: str
    authorization: str
    cookie: str
    if_match: str
    if_range: str
    accept_encoding: str
    x_test: str
    client: str

    @property
    def span(self) -> tuple[int, int] | None:
        """The bytes asked for, half open; None without a range of the form first-last."""
        first, dash, last = self.range.removeprefix("bytes=").partition("-")
        return (int(first), int(last) + 1) if dash and first and last else None


def round_trips(requests: list[Request]) -> int:
    """The longest chain of requests of which each began after the one before had ended: what a reader waited for."""
    count, free = 0, 0.0
    for request in sorted(requests, key=lambda one: one.time):
        if request.time - request.seconds >= free - 0.002:  # the log's clock has milliseconds
            count, free = count + 1, request.time
    return count


class _ControlConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Server:
    """Owns one nginx and its folder of logs and certificates. Not for use from several threads."""

    def __init__(self, docroot: Path) -> None:
        self.docroot = Path(docroot)
        self.folder = Path(tempfile.mkdtemp(prefix="rimfs-rig-"))
        (self.folder / "tmp").mkdir()
        certificates.make(self.folder)
        self.ca_file = self.folder / "ca.crt"
        self.client_certificate = self.folder / "client.crt"
        self.client_key = self.folder / "client.key"
        self._process: subprocess.Popen[bytes] | None = None
        self._newest_time = 0
        self._configure()

    def _configure(self) -> None:
        self.http_port, self.alternate_port, self.https_port, self.mutual_port = free_ports(4)
        values = {
            "USER": "user root root;" if os.geteuid() == 0 else "",
            "FOLDER": str(self.folder),
            "LUA": str(_TEMPLATES),
            "DOCROOT": str(self.docroot),
            "HTTP": str(self.http_port),
            "ALTERNATE": str(self.alternate_port),
            "HTTPS": str(self.https_port),
            "MUTUAL": str(self.mutual_port),
        }
        for source, target in (("nginx.conf.in", "nginx.conf"), ("locations.conf", "locations.conf")):
            text = (_TEMPLATES / source).read_text()
            for name, value in values.items():
                text = text.replace(f"@{name}@", value)
            (self.folder / target).write_text(text)

    # Life

    def __enter__(self) -> Server:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Starts, or starts again on the same ports. Armed faults do not survive."""
        (self.folder / "control.sock").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            ["nginx", "-e", "error.log", "-p", str(self.folder), "-c", "nginx.conf"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=end_with_parent)
        wait_until(self._started, 10, "nginx to listen")

    def _started(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError("nginx did not start:\n" + self.error_log())
        return (self.folder / "control.sock").exists() and can_connect(self.http_port)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Ends every process of the server at once, breaking its connections."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """The kernel still accepts connections, but nobody answers."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process is None:
            return
        group = self._process.pid
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            pass
        self._process.wait(10)
        wait_until(lambda: not group_members(group), 10, "nginx's workers to end")
        self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """The server is gone for a while: nobody listens."""
        self.kill()
        try:
            yield
        finally:
            self.restart()

    def close(self) -> None:
        if self.running():
            self.thaw()
            self._signal(signal.SIGTERM)  # lets the master reap its workers
        shutil.rmtree(self.folder, ignore_errors=True)

    # Addresses

    def origin(self, tls: bool = False, host: str = "127.0.0.1", port: int | None = None) -> str:
        return f"{'https' if tls else 'http'}://{host}:{port or (self.https_port if tls else self.http_port)}"

    def url(self, path: str, profile: str = "lan", *, tls: bool = False, fault: bool = False,
            host: str = "127.0.0.1", port: int | None = None) -> str:
        """The address of a file of the document root; `fault` for the one that armed faults apply to."""
        prefix = "/fault" if fault else ""
        return f"{self.origin(tls, host, port)}{prefix}/{profile}/{urllib.parse.quote(path)}"

    # Faults

    def fault(self, path: str, name: str, **keys: object) -> None:
        """Arms a fault for a file ('*': for all), on its fault URLs of every profile, until cleared."""
        query = {"fault": name, "path": path if path == "*" else "/" + path}
        query.update({key: str(value) for key, value in keys.items()})
        self._control("POST", "/faults?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote))

    def clear_faults(self) -> None:
        self._control("DELETE", "/faults")

    def _control(self, method: str, target: str) -> str:
        connection = _ControlConnection(str(self.folder / "control.sock"))
        try:
            connection.request(method, target)
            reply = connection.getresponse()
            text = reply.read().decode()
            if reply.status >= 300:
                raise ValueError(f"{method} {target}: {reply.status} {text}")
            return text
        except OSError as failure:
            raise OSError(f"nginx does not answer: {failure}; its log ends with:\n{self.error_log()[-2000:]}") from failure
        finally:
            connection.close()

    # Files

    def share(self, file: Path, name: str | None = None) -> str:
        """Serves a file of some other folder under this name (default: its own), which is returned."""
        link = self.docroot / (name or file.name)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(file)
        return str(link.relative_to(self.docroot))

    def put(self, name: str, content: bytes) -> str:
        """Serves these bytes under this name, which is returned."""
        self.replace(name, content)
        return name

    def replace(self, path: str, content: bytes) -> None:
        """Puts another file in the place of this one: new inode, new time, so a new ETag and Last-Modified."""
        target = self.docroot / path
        target.parent.mkdir(parents=True, exist_ok=True)
        old = int(target.stat().st_mtime) if target.exists() else 0
        self._newest_time = max(old, self._newest_time) + 10
        fresh = target.with_name(target.name + ".new")
        fresh.write_bytes(content)
        os.utime(fresh, (self._newest_time, self._newest_time))
        os.replace(fresh, target)

    # What was asked

    def busy(self) -> int:
        """Requests being answered at this moment."""
        text = self._control("GET", "/status")
        return int(text.split("Writing:")[1].split()[0]) - 1

    def requests(self, path: str | None = None, method: str | None = None) -> list[Request]:
        """The requests that ended so far (of one file), in the order of their ends."""
        try:
            wait_until(lambda: self.busy() == 0, 0.5, "the server to be idle")
        except (AssertionError, OSError):
            pass  # stalled on purpose, or not running: what is written must do
        found = []
        for line in (self.folder / "access.log").read_text().splitlines():
            fields = json.loads(line)
            fields["tls"] = fields["tls"] == "on"
            request = Request(**fields)
            name = urllib.parse.unquote(request.uri.partition("?")[0])
            if (path is None or name.endswith("/" + path)) and method in (None, request.method):
                found.append(request)
        return found

    def bytes_sent(self, path: str | None = None) -> int:
        """Bytes of bodies sent so far."""
        return sum(request.sent for request in self.requests(path))

    def clear_log(self) -> None:
        self.requests()
        os.truncate(self.folder / "access.log", 0)

    def error_log(self) -> str:
        file = self.folder / "error.log"
        return file.read_text() if file.exists() else ""

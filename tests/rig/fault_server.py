# SPDX-License-Identifier: MIT
"""A small HTTP/1.1 server that answers ranges rightly, or in one of the wrong ways of faults.py.

    with FaultServer([VersionedFile("a.img", 1 << 20)]) as server:
        server.arm("a.img", CASE, times=2)      # its next two replies
        server.url("a.img")

One thread for each connection. For the soak, `choose` decides for each request, and counts and versions live in memory that
other processes share.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, MutableSequence
from pathlib import Path

from .fault_acts import Act
from .fault_exchange import Exchange, PeerGone
from .faults import CASES, Case
from .versions import VersionedFile

Choose = Callable[[Exchange], Case | None]
Handshake = Callable[[socket.socket], None]
INDEX = {case.name: index for index, case in enumerate(CASES)}
IDLE = 30.0


class FaultServer:
    """Owns its listening sockets and connections. `versions` and `counts` are indexed as `files` and CASES are.

    `certificate`: a folder made by certificates.make(), when HTTPS is wanted as well.
    """

    def __init__(self, files: Iterable[VersionedFile], *, choose: Choose | None = None, certificate: Path | None = None,
                 versions: MutableSequence[int] | None = None, counts: MutableSequence[int] | None = None,
                 ports: tuple[int, int] = (0, 0)) -> None:
        self.files = {file.name: file for file in files}
        self.versions = versions if versions is not None else [0] * len(self.files)
        self.counts = counts if counts is not None else [0] * len(CASES)
        self._numbers = {name: number for number, name in enumerate(self.files)}
        self._choose = choose or self._armed_case
        self._lock = threading.Lock()
        self._armed: dict[str, tuple[Case, int]] = {}
        self._going_on: dict[str, tuple[Case, Act, float]] = {}
        self._in_flight: Counter[str] = Counter()
        self._previous: dict[str, tuple[int, int]] = {}
        self._handshake: Handshake | None = None
        self._closing: dict[bool, int] = {False: 0, True: 0}
        self._refused_until: dict[bool, float] = {False: 0.0, True: 0.0}
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate / "server.crt", certificate / "server.key")
        self._stopping = threading.Event()
        self._listeners = {tls: _listen(ports[tls]) for tls in ((False, True) if certificate else (False,))}
        self._ports = {tls: listener.getsockname()[1] for tls, listener in self._listeners.items()}

    # Life

    def __enter__(self) -> FaultServer:
        for tls in self._listeners:
            threading.Thread(target=self._accept, args=(tls,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for listener in self._listeners.values():
            listener.close()

    def url(self, name: str, tls: bool = False) -> str:
        return f"{'https' if tls else 'http'}://127.0.0.1:{self._ports[tls]}/files/{name}"

    # What tests arm

    def arm(self, name: str, case: Case, times: int = 1 << 60) -> None:
        """The next replies about this file are wrong in this way."""
        with self._lock:
            self._armed[name] = (case, times)

    def disarm(self) -> None:
        with self._lock:
            self._armed.clear()

    def _armed_case(self, ex: Exchange) -> Case | None:
        with self._lock:
            case, times = self._armed.get(ex.file.name, (None, 0))
            if case is None or times <= 0 or not case.applies(ex):
                return None
            self._armed[ex.file.name] = (case, times - 1)
            return case

    # What acts ask for

    def go_on(self, ex: Exchange, act: Act, seconds: float) -> None:
        """Everything about this file is answered so for a while, and counts as the same case."""
        case = next(case for case in CASES if case.name == ex.case)
        with self._lock:
            self._going_on[ex.file.name] = (case, act, time.monotonic() + seconds)

    def previous(self, ex: Exchange) -> tuple[int, int]:
        """The range that the file was asked for before, or another one."""
        with self._lock:
            begin, end = self._previous.get(ex.file.name, (0, 1))
        if (begin, end) == (ex.begin, ex.end) or end > ex.size:
            begin, end = (ex.begin + 1, ex.end + 1) if ex.end < ex.size else (0, max(1, ex.begin))
        return begin, end

    def in_flight(self, ex: Exchange) -> int:
        return self._in_flight[ex.file.name]

    def other_origin(self, ex: Exchange) -> str:
        """The same server under another name."""
        return f"{'https' if ex.tls else 'http'}://localhost:{self._ports[ex.tls]}"

    def close_next(self, ex: Exchange, connections: int) -> None:
        self._closing[ex.tls] = connections
        ex.fin()

    def refuse(self, ex: Exchange, seconds: float) -> None:
        self._refused_until[ex.tls] = time.monotonic() + seconds
        ex.fin()

    def next_handshake(self, act: Handshake) -> None:
        self._handshake = act

    # Connections

    def _accept(self, tls: bool) -> None:
        while not self._stopping.is_set():
            wait = self._refused_until[tls] - time.monotonic()
            if wait > 0:
                self._listeners[tls].close()
                time.sleep(wait)
                self._listeners[tls] = _listen(self._ports[tls])
            try:
                connection, _ = self._listeners[tls].accept()
            except TimeoutError:
                continue
            except OSError:
                return  # closed, because the server ends
            if self._closing[tls] > 0:
                self._closing[tls] -= 1
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection, tls), daemon=True).start()

    def _serve(self, connection: socket.socket, tls: bool) -> None:
        connection.settimeout(IDLE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError, PeerGone, ValueError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            if tls:
                assert self._context
                act, self._handshake = self._handshake, None
                if act:
                    act(connection)
                    return
                connection = self._context.wrap_socket(connection, server_side=True)
                stack.callback(connection.close)
            reader = stack.enter_context(connection.makefile("rb"))
            while True:
                request = _read_request(reader)
                if request is None or not self._answer(connection, tls, *request):
                    return

    def _answer(self, connection: socket.socket, tls: bool, target: str, headers: dict[str, str]) -> bool:
        """False when the connection ends."""
        name = target.partition("?")[0].rpartition("/")[2]
        file = self.files.get(name)
        if file is None:
            text = "<!DOCTYPE html><title>Log in</title>"
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
            return True
        version = self.versions[self._numbers[name]]
        ex = Exchange(self, connection, file, version, target, _span(headers, file, version), tls)
        self._in_flight[name] += 1
        try:
            self._act(ex)
        finally:
            self._in_flight[name] -= 1
        return ex.keep

    def _act(self, ex: Exchange) -> None:
        with self._lock:
            case, act, until = self._going_on.get(ex.file.name, (None, None, 0.0))
        if case is None or act is None or time.monotonic() > until:
            case = self._choose(ex)
            act = case.act if case else None
        if case and act:
            with self._lock:
                self.counts[INDEX[case.name]] += 1
            ex.case = case.name
            act(ex)
        else:
            ex.right()
        with self._lock:
            self._previous[ex.file.name] = (ex.begin, ex.end)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(256)
    listener.settimeout(0.05)
    return listener


def _read_request(reader: object) -> tuple[str, dict[str, str]] | None:
    """Target and headers, names in small letters; None at the connection's end."""
    line = reader.readline(8192)  # type: ignore[attr-defined]
    if not line.strip():
        return None
    target = line.split()[1].decode("latin-1")
    headers: dict[str, str] = {}
    while (line := reader.readline(65536)).strip():  # type: ignore[attr-defined]
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return target, headers


def _span(headers: dict[str, str], file: VersionedFile, version: int) -> tuple[int, int] | None:
    """The range asked for, clipped to the file; None when the whole file is to be sent (RFC 9110, 13.1.5)."""
    condition = headers.get("if-range")
    if condition and condition not in file.headers(version).values():
        return None
    first, dash, last = headers.get("range", "").removeprefix("bytes=").partition("-")
    if not dash or not first:
        return None
    size = file.size_of(version)
    return int(first), min(int(last) + 1 if last else size, size)

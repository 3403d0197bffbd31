# SPDX-License-Identifier: MIT
"""One request and the means to answer it rightly or wrongly, byte by byte. faults.py has the ways."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .versions import VersionedFile

if TYPE_CHECKING:
    from .fault_server import FaultServer

# Nobody waits longer than that for a reply that never comes.
SILENCE = 60.0
PIECE = 64 << 10
Changes = Mapping[str, str | None]


class PeerGone(Exception):
    """The client closed the connection: there is nobody left to misbehave to."""


class Exchange:
    """A request of bytes [begin, end) of a version of a file. One thread. `keep`: whether the connection lives on."""

    def __init__(self, server: FaultServer, connection: socket.socket, file: VersionedFile, version: int, target: str,
                 span: tuple[int, int] | None, tls: bool) -> None:
        self.server = server
        self.file = file
        self.target = target
        self.version = version
        self.content = file.content(version)
        self.begin, self.end = span or (0, len(self.content))
        self.ranged = span is not None
        self.tls = tls
        self.case = ""
        self.keep = True
        self._connection = connection

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def moved(self) -> bool:
        """Whether this is a place that a redirect led to."""
        return "turn=" in self.target

    @property
    def length(self) -> int:
        return self.end - self.begin

    @property
    def middle(self) -> int:
        """Near it, and just before a page ends: what is wrong after it makes a page whole."""
        middle = self.begin + self.length // 2
        return middle // 4096 * 4096 - 3 if middle // 4096 * 4096 - 3 > self.begin else middle

    def bytes_of(self, begin: int, end: int) -> bytes:
        return self.content[begin:end]

    # Right replies

    def right(self) -> None:
        """What a good server answers."""
        if self.begin >= self.size:
            self.plain("416 Range Not Satisfiable", {"Content-Range": f"bytes */{self.size}"})
        elif self.ranged:
            self.partial()
        else:
            self.send(head("200 OK", {"Content-Length": str(self.size), **self.file.headers(self.version)}) + self.content)

    def partial(self, begin: int | None = None, end: int | None = None, change: Changes = {},
                body: bytes | None = None, status: str = "206 Partial Content") -> None:
        """206 with bytes [begin, end) (default: those asked for), headers changed or, with None, left out."""
        begin = self.begin if begin is None else begin
        end = self.end if end is None else end
        self.send(self.partial_head(begin, end, change, status))
        self.send(self.bytes_of(begin, end) if body is None else body)

    def partial_head(self, begin: int, end: int, change: Changes = {}, status: str = "206 Partial Content") -> bytes:
        headers: dict[str, str | None] = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(end - begin),
            "Content-Range": f"bytes {begin}-{end - 1}/{self.size}",
            **self.file.headers(self.version),
            **change,
        }
        return head(status, headers)

    def plain(self, status: str, headers: Changes = {}, text: str = "a wrong answer of the rig\n") -> None:
        """A reply with a short text."""
        self.send(head(status, {"Content-Type": "text/plain", "Content-Length": str(len(text)), **headers})
                  + text.encode())

    # Means

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            for at in range(0, len(view), PIECE):
                self._connection.sendall(view[at:at + PIECE])
        except OSError as problem:
            raise PeerGone from problem

    def drip(self, data: bytes, piece: int, seconds: float) -> None:
        """Sends in pieces with a pause after each."""
        for at in range(0, len(data), piece):
            self.send(data[at:at + piece])
            self.pause(seconds)

    def send_raw(self, data: bytes) -> None:
        """Past the encryption, if there is any."""
        os.write(self._connection.fileno(), data)

    def pause(self, seconds: float) -> None:
        """Waits, unless the client goes away meanwhile."""
        poll = select.poll()
        poll.register(self._connection.fileno(), select.POLLIN | select.POLLRDHUP)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if poll.poll(left * 1000):
                raise PeerGone

    def silent(self) -> None:
        """Sends nothing more and leaves the connection open."""
        self.keep = False
        self.pause(SILENCE)

    def fin(self) -> None:
        """The connection ends here, in good order."""
        self.keep = False

    def rst(self) -> None:
        """The connection ends here with a reset."""
        self.keep = False
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def head(status: str, headers: Changes, version: str = "HTTP/1.1") -> bytes:
    """A reply's head; headers that are None are left out."""
    lines = [f"{version} {status}", *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunk(data: bytes, size: str | None = None) -> bytes:
    """One chunk (RFC 9112, section 7.1), none without bytes; `size`: what its size line says instead of the truth."""
    if not data and size is None:
        return b""
    return (f"{len(data):x}" if size is None else size).encode() + b"\r\n" + data + b"\r\n"


LAST_CHUNK = b"0\r\n\r\n"

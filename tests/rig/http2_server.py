# SPDX-License-Identifier: MIT
"""An HTTP/2 server on 127.0.0.1 that sends the frames it is given: streams that no real server would send (RFC 9113).

    with Http2Server(folder, [lambda stream: headers(stream, 206, ...) + data(stream, body)]) as server:
        server.url("disk.img")  # https
        server.ca_file
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rig import certificates
from rig.listener import Listener

_DATA, _HEADERS, _SETTINGS, _PING = 0, 1, 4, 6
_END_STREAM, _ACK, _END_HEADERS = 1, 1, 4
_PREFACE = 24  # bytes
_LARGEST = 16_384  # bytes of a frame


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def headers(stream: int, status: int, *fields: tuple[str, str]) -> bytes:
    """A HEADERS frame; each field is a literal with a new name (RFC 7541, section 6.2.2), shorter than 127 bytes."""
    block = b""
    for name, value in ((":status", str(status)), *fields):
        block += b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
    return _frame(_HEADERS, _END_HEADERS, stream, block)


def data(stream: int, body: bytes, *, ends: bool = True) -> bytes:
    """DATA frames; the last one ends the stream if `ends`."""
    pieces = [body[at:at + _LARGEST] for at in range(0, len(body), _LARGEST)]
    return b"".join(_frame(_DATA, _END_STREAM if ends and at == len(pieces) - 1 else 0, stream, piece)
                    for at, piece in enumerate(pieces))


class Http2Server(Listener):
    """Owns a listening socket, a thread for each connection, and the certificates in `folder`. Answers the requests in
    their order, whatever they ask for (their header blocks are compressed); the last answer is given to all that
    follow. An answer gets the stream's number and gives all frames, at most 64 KiB: the client's window is not looked
    at. `requests` counts."""

    def __init__(self, folder: Path, answers: Sequence[Callable[[int], bytes]]) -> None:
        super().__init__()
        certificates.make(folder)
        self.ca_file = folder / "ca.crt"
        self.requests = 0
        self._answers = answers
        self._lock = threading.Lock()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "server.crt", folder / "server.key")
        self._context.set_alpn_protocols(["h2"])

    def url(self, name: str) -> str:
        return f"https://127.0.0.1:{self.port}/{name}"

    def _serve(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) as connection:
                self._converse(connection)
        except OSError:
            pass  # the client hung up

    def _converse(self, connection: ssl.SSLSocket) -> None:
        with connection.makefile("rb") as incoming:
            incoming.read(_PREFACE)
            connection.sendall(_frame(_SETTINGS, 0, 0))
            while len(head := incoming.read(9)) == 9:
                kind, flags = head[3], head[4]
                stream = int.from_bytes(head[5:9], "big") & 0x7FFFFFFF
                payload = incoming.read(int.from_bytes(head[:3], "big"))
                if kind == _SETTINGS and not flags & _ACK:
                    connection.sendall(_frame(_SETTINGS, _ACK, 0))
                if kind == _PING and not flags & _ACK:
                    connection.sendall(_frame(_PING, _ACK, 0, payload))
                if kind == _HEADERS:
                    connection.sendall(self._next_answer()(stream))

    def _next_answer(self) -> Callable[[int], bytes]:
        with self._lock:
            self.requests += 1
            return self._answers[min(self.requests, len(self._answers)) - 1]

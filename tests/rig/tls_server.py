# SPDX-License-Identifier: MIT
"""An https server on 127.0.0.1 with any certificate and any versions of TLS, both of which may change while it runs.

    with TlsServer(folder / "server", {"disk.img": body}) as server:
        server.url("disk.img")
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from pathlib import Path

from rig.listener import Listener


class TlsServer(Listener):
    """Owns a listening socket and a thread for each connection. Serves ranges of `files` over connections that are kept
    open; a name of `redirects` leads to a URL. `name`: a certificate and its key, without .crt and .key. `handshakes` and
    `requests` (paths, in their order) count what succeeded; `resumed` are the handshakes that resumed a session."""

    def __init__(self, name: Path, files: dict[str, bytes], *, oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
                 newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        super().__init__()
        self.files, self.redirects = files, dict[str, str]()
        self.handshakes = self.resumed = 0
        self.requests: list[str] = []
        self._versions = oldest, newest
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self.use(name)

    def use(self, name: Path) -> None:
        """Later connections get this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self._versions[0] < ssl.TLSVersion.TLSv1_2:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = self._versions
        context.load_cert_chain(name.with_suffix(".crt"), name.with_suffix(".key"))
        self._context = context

    def close_connections(self) -> None:
        with self._lock:
            for connection in self._connections:
                connection.shutdown(socket.SHUT_RDWR)

    def url(self, name: str = "", host: str = "127.0.0.1") -> str:
        return f"https://{host}:{self.port}/{name}"

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self._context.wrap_socket(connection, server_side=True) as secure:
                with self._lock:
                    self.handshakes += 1
                    self.resumed += bool(secure.session_reused)
                    self._connections.add(secure)
                try:
                    self._converse(secure)
                finally:
                    with self._lock:
                        self._connections.discard(secure)
        except OSError:
            pass

    def _converse(self, secure: ssl.SSLSocket) -> None:
        waiting = b""
        while True:
            while b"\r\n\r\n" not in waiting:
                piece = secure.recv(65536)
                if not piece:
                    return
                waiting += piece
            head, _, waiting = waiting.partition(b"\r\n\r\n")
            secure.sendall(self._answer(head.decode("latin-1")))

    def _answer(self, head: str) -> bytes:
        name = head.split(" ")[1].lstrip("/")
        with self._lock:
            self.requests.append(name)
        if name in self.redirects:
            return f"HTTP/1.1 302 Found\r\nLocation: {self.redirects[name]}\r\nContent-Length: 0\r\n\r\n".encode()
        body = self.files.get(name)
        if body is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        wanted = re.search(r"(?i)\r\nrange: *bytes=(\d+)-(\d+)", head)
        begin, end = (int(wanted[1]), min(int(wanted[2]) + 1, len(body))) if wanted else (0, len(body))
        status = f"206 Partial Content\r\nContent-Range: bytes {begin}-{end - 1}/{len(body)}" if wanted else "200 OK"
        return f"HTTP/1.1 {status}\r\nETag: \"1\"\r\nContent-Length: {end - begin}\r\n\r\n".encode() + body[begin:end]

# SPDX-License-Identifier: MIT
"""One connection to the front: the requests on it, and the ways in which it answers, or does not."""

from __future__ import annotations

import http.server
import socket
import struct
import typing
import urllib.parse

from . import folder_front, soap_front
from .counters import Request
from .wire import HTML, XML, Headers, chunk

if typing.TYPE_CHECKING:
    from .front import Front


class Exchange(http.server.BaseHTTPRequestHandler):
    """Runs in the thread of its connection."""

    protocol_version = "HTTP/1.1"
    server: Front

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = 0
        super().setup()

    def log_message(self, *_: object) -> None:
        pass

    def version_string(self) -> str:
        return ""

    def handle_expect_100(self) -> bool:
        expect = self.server.behaviour.expect
        if expect == "417":
            self.close_connection = True
            self.reply(417, b"", HTML)
        elif expect == "sent":
            return super().handle_expect_100()
        return expect == "never"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/folder" or path.startswith("/folder/"):
            folder_front.answer(self, path.removeprefix("/folder"), query)
        elif path.startswith("/sdk"):
            soap_front.forward_page(self)
        else:
            self.reply(404, b"")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if urllib.parse.urlsplit(self.path).path == "/sdk":
            soap_front.answer(self, body)
        else:
            self.reply(404, b"")

    def begin(self, status: int, kind: str, headers: Headers, soap: str = "") -> None:
        """Sends the head of an answer. `headers` say how the body ends."""
        self._answers += 1
        limit = self.server.behaviour.requests_per_connection
        if limit is not None and self._answers >= limit:
            self.close_connection = True
        self._log(status, soap)
        self.send_response_only(status)
        self.send_header("Date", self.date_time_string())
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close" if self.close_connection else "Keep-Alive")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Content-Type", kind)
        self.end_headers()

    def reply(self, status: int, body: bytes, kind: str = XML, headers: Headers = (), soap: str = "") -> None:
        """A whole answer with its length."""
        self.begin(status, kind, [*headers, ("Content-Length", str(len(body)))], soap)
        if self.command != "HEAD" and body:
            self.wfile.write(body)

    def reply_chunked(self, status: int, body: bytes, kind: str, headers: Headers, soap: str = "") -> None:
        """A whole answer without a length."""
        self.begin(status, kind, [*headers, ("Transfer-Encoding", "chunked")], soap)
        if self.command != "HEAD":
            self.wfile.write(chunk(body) + chunk(b"") if body else chunk(b""))

    def hang_up(self, soap: str = "") -> None:
        """Ends the connection without an answer. The log says status 0."""
        self._log(0, soap)
        self.close_connection = True

    def reset(self, soap: str = "") -> None:
        """hang_up(), and the client's socket reports a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up(soap)

    def stay_silent(self, soap: str = "") -> None:
        """No answer until Front.going_on is set, or for a minute."""
        self.server.going_on.wait(60)
        self.hang_up(soap)

    def _log(self, status: int, soap: str) -> None:
        self.server.log(Request(self.command, self.path, status, self.headers.get("Range", ""), soap))


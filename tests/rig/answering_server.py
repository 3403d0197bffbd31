# SPDX-License-Identifier: MIT
"""A server on 127.0.0.1 whose answers a test decides one by one.

    def answer(request: Request) -> Answer:
        return in_range(request, BODY) if request.path == "/disk.img" else Answer(404)

    with AnsweringServer(answer) as server:
        server.url("/disk.img")                           # http://127.0.0.1:PORT/disk.img
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    connection: int  # equal for the requests of one connection


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers = ()
    body: bytes = b""
    raw_headers: tuple[bytes, ...] = field(default=())  # lines as they are sent, without their end


def in_range(request: Request, body: bytes, *headers: tuple[str, str]) -> Answer:
    """What RFC 9110 asks for: 206 with the range, or 200 with all of the body."""
    span = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    if span is None:
        return Answer(200, headers, body)
    first, last = int(span[1]), min(int(span[2] or len(body)), len(body) - 1)
    if first >= len(body):
        return Answer(416, (("Content-Range", f"bytes */{len(body)}"), *headers))
    return Answer(206, (("Content-Range", f"bytes {first}-{last}/{len(body)}"), *headers), body[first:last + 1])


class AnsweringServer:
    """`requests` are those that came so far. `answer` is called on threads of the server, one for each connection."""

    def __init__(self, answer: Callable[[Request], Answer], port: int = 0) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner._answer(self)

            def do_HEAD(self) -> None:
                owner._answer(self)

            def do_CONNECT(self) -> None:
                owner._answer(self)

            def do_PROPFIND(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                owner._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def __enter__(self) -> AnsweringServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        request = Request(handler.command, handler.path, handler.headers, handler.client_address[1])
        self.requests.append(request)
        answer = self.answer(request)
        handler.send_response(answer.status)
        for name, value in answer.headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.flush_headers()
        for line in answer.raw_headers:
            handler.wfile.write(line + b"\r\n")
        handler.wfile.write(b"\r\n")
        if handler.command == "HEAD":
            return
        try:
            handler.wfile.write(answer.body)
        except OSError:
            handler.close_connection = True  # the client has enough

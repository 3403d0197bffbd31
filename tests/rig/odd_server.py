# SPDX-License-Identifier: MIT
"""A server on 127.0.0.1 that serves files rightly and in a way of its own, as servers were seen to do. What it sends is
always true; how it says so is chosen by `Manners`.

    with OddServer() as server:
        url = server.add("disk.img", body, Manners(longest_reply=65536))
"""

from __future__ import annotations

import re
import sys
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MONDAY = "Mon, 01 Jan 2024 00:00:00 GMT"


@dataclass(frozen=True)
class Manners:
    """How a file is served. What is not set is done as RFC 9110 says."""

    content_range: str = "bytes {first}-{last}/{size}"
    unsatisfied: str | None = "bytes */{size}"  # Content-Range of a 416
    first_byte: str = ""  # a range of the first byte alone: "200", "416", "whole" (206 with all of the file)
    from_zero: str = ""  # every range that begins at 0: "200"
    ranges: str = ""  # every range: "200"; "to the end": its last byte is ignored
    cold: int = 0  # so many requests for ranges are answered with 200, as by a cache that is empty
    longest_reply: int = 0  # a 206 has no more bytes
    block: int = 0  # a 206 has whole blocks of this size
    head: int = 200  # the status of a HEAD
    length_of_head: bool = True  # HEAD and 200 say the size
    if_range: int = 206  # the status of a range with If-Range of the right tag
    etag: str | None = '"v1"'
    coding: str | None = None  # Content-Encoding, of the file as it is stored
    type: str = "application/octet-stream"
    headers: tuple[tuple[str, str], ...] = ()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class OddServer:
    """`requests` counts the requests for each file by (method, status), `longest` the most bytes of one reply."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, Manners]] = {}
        self.requests: dict[str, Counter[tuple[str, int]]] = {}
        self.conditional: Counter[str] = Counter()  # requests with If-Range
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner._answer(self)

            def do_HEAD(self) -> None:
                owner._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = _Threads(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> OddServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def add(self, name: str, body: bytes, manners: Manners) -> str:
        self._files[f"/{name}"] = body, manners
        self.requests[name] = Counter()
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}"

    def _count(self, request: BaseHTTPRequestHandler, status: int) -> int:
        """How many requests for ranges of this file came before."""
        with self._lock:
            counts = self.requests[request.path[1:]]
            before = counts.total()
            counts[request.command, status] += 1
            self.conditional[request.path[1:]] += "If-Range" in request.headers
            return before

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        found = self._files.get(request.path)
        if found is None:
            return self._send(request, 404, [], b"")
        body, manners = found
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        with self._lock:
            cold = bool(span) and self.requests[request.path[1:]].total() < manners.cold
        if span is None or cold or request.command == "HEAD":
            return self._whole(request, body, manners)
        first = int(span[1])
        last = min(int(span[2] or len(body)), len(body) - 1)
        if first >= len(body):
            return self._unsatisfied(request, body, manners)
        return self._range(request, body, manners, first, last)

    def _whole(self, request: BaseHTTPRequestHandler, body: bytes, manners: Manners) -> None:
        status = manners.head if request.command == "HEAD" else 200
        fields = self._fields(manners)
        if not manners.length_of_head:
            request.close_connection = True
            fields.append(("Connection", "close"))
        self._send(request, status, fields, body, length=manners.length_of_head)

    def _unsatisfied(self, request: BaseHTTPRequestHandler, body: bytes, manners: Manners) -> None:
        said = manners.unsatisfied
        self._send(request, 416, [("Content-Range", said.format(size=len(body)))] if said else [], b"")

    def _range(self, request: BaseHTTPRequestHandler, body: bytes, manners: Manners, first: int, last: int) -> None:
        only_first = first == last == 0
        if manners.if_range != 206 and "If-Range" in request.headers:
            if manners.if_range == 200:
                return self._whole(request, body, manners)
            return self._send(request, manners.if_range, [], b"")
        if manners.ranges == "200" or (manners.from_zero == "200" and first == 0) or (
                only_first and manners.first_byte == "200"):
            return self._whole(request, body, manners)
        if only_first and manners.first_byte == "416":
            return self._unsatisfied(request, body, manners)
        if only_first and manners.first_byte == "whole" or manners.ranges == "to the end":
            last = len(body) - 1
        if manners.longest_reply:
            last = min(last, first + manners.longest_reply - 1)
        if manners.block:
            first -= first % manners.block
            last = min(last - last % manners.block + manners.block, len(body)) - 1
        said = manners.content_range.format(first=first, last=last, size=len(body))
        self._send(request, 206, [("Content-Range", said), *self._fields(manners)], body[first:last + 1])

    def _fields(self, manners: Manners) -> list[tuple[str, str]]:
        fields = [("Content-Type", manners.type), ("Last-Modified", MONDAY), *manners.headers]
        if manners.etag is not None:
            fields.append(("ETag", manners.etag))
        if manners.coding is not None:
            fields.append(("Content-Encoding", manners.coding))
        return fields

    def _send(self, request: BaseHTTPRequestHandler, status: int, fields: list[tuple[str, str]], body: bytes,
              length: bool = True) -> None:
        if request.path[1:] in self.requests:
            self._count(request, status)
        request.send_response(status)
        for name, value in fields:
            request.send_header(name, value)
        if length:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command == "HEAD":
            return
        try:
            request.wfile.write(body)
        except OSError:
            request.close_connection = True  # the client has enough

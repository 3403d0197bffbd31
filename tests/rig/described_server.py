# SPDX-License-Identifier: MIT
"""A server on 127.0.0.1 that describes its files exactly as a test says: validators of any kind, files told apart by
their query alone.

    with DescribedServer() as server:
        server.files["/get?id=1"] = Described(body, etag='W/"1"')
        server.url("/get?id=1")                            # http://127.0.0.1:PORT/get?id=1
"""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Iterator

_PIECES_PER_MIB = 16
_PIECE = (1 << 20) // _PIECES_PER_MIB
MONDAY = "Mon, 01 Jan 2024 00:00:00 GMT"


@dataclass
class Described:
    """A file and what the server says of it; None: the header is not sent."""

    body: bytes
    etag: str | None = None
    modified: str | None = MONDAY
    type: str = "application/octet-stream"


class DescribedServer:
    """Requests of one byte are probes; `asked` has (target, first, last, headers) of each request."""

    def __init__(self) -> None:
        self.files: dict[str, Described] = {}
        self.asked: list[tuple[str, int, int, dict[str, str]]] = []
        self.ignored: set[str] = set()  # parameters that do not choose the file, such as a signature
        self.choosing_header: str | None = None  # its value chooses the file: files["/disk one"] for GET /disk and "one"
        self.tags_of_probes = True  # False: only replies to more than a byte name the ETag
        self.ignore_conditions = False  # If-Range; as servers do that know no entity tags
        self.seconds_per_mib = 0.0  # how slow bodies are
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    def __enter__(self) -> DescribedServer:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._server.server_close()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        self._server.shutdown()
        if self._thread:
            self._thread.join(10)

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Every request is answered 503 meanwhile."""
        files, self.files = self.files, {}
        try:
            yield
        finally:
            self.files = files

    def url(self, target: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{target}"

    def bytes_sent(self) -> int:
        return sum(last + 1 - first for _, first, last, _ in self.asked if last > first)

    def _find(self, target: str) -> Described | None:
        path, mark, query = target.partition("?")
        kept = [pair for pair in query.split("&") if pair and pair.split("=")[0] not in self.ignored]
        return self.files.get(path + ("?" + "&".join(kept) if kept else "" if self.ignored else mark))

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        chosen = request.headers.get(self.choosing_header, "") if self.choosing_header else None
        file = self._find(request.path if chosen is None else f"{request.path} {chosen}")
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if file is None:
            request.send_response(404 if self.files else 503)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if span and int(span[1]) >= len(file.body):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(file.body)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        first, last = (int(span[1]), min(int(span[2]), len(file.body) - 1)) if span else (0, len(file.body) - 1)
        self.asked.append((request.path, first, last, dict(request.headers)))
        condition = request.headers.get("If-Range")
        matches = condition is None or condition == file.etag or self.ignore_conditions
        whole = not span or not matches
        body = file.body if whole else file.body[first:last + 1]
        request.send_response(200 if whole else 206)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("Content-Type", file.type)
        if not whole:
            request.send_header("Content-Range", f"bytes {first}-{last}/{len(file.body)}")
        if file.etag is not None and (self.tags_of_probes or last > 0):
            request.send_header("ETag", file.etag)
        if file.modified is not None:
            request.send_header("Last-Modified", file.modified)
        request.end_headers()
        try:
            for at in range(0, len(body), _PIECE):
                request.wfile.write(body[at:at + _PIECE])
                time.sleep(self.seconds_per_mib / _PIECES_PER_MIB)
        except OSError:
            pass  # the client hung up

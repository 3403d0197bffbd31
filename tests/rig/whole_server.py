# SPDX-License-Identifier: MIT
"""A server on 127.0.0.1 that knows no ranges: each GET is answered with 200 and the whole file, in order.

    with WholeServer(body) as server:
        server.stop_at = 1 << 20      # further bytes wait until it is changed
        server.url("/disk.img")
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECE = 65536


class WholeServer:
    """`body` is what each path has; `etag` may be empty. `downloads` counts the replies of which more than a first
    piece was taken, `sent` their bytes."""

    def __init__(self, body: bytes, etag: str = '"v1"', status: int = 200) -> None:
        self.body = body
        self.etag = etag
        self.status = status
        self.stop_at = len(body)
        self.cut_at: list[int] = []  # the next downloads break off there
        self.downloads = 0
        self.sent = 0
        self._changed = threading.Condition()
        self._closing = False
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                owner._head(self)

            def do_GET(self) -> None:
                owner._head(self)
                owner._send(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def let_go(self, stop_at: int) -> None:
        """Sends up to this byte."""
        with self._changed:
            self.stop_at = stop_at
            self._changed.notify_all()

    def __enter__(self) -> WholeServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def _head(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(self.status)
        handler.send_header("Content-Type", "application/octet-stream")
        if self.etag:
            handler.send_header("ETag", self.etag)
        handler.send_header("Content-Length", str(len(self.body)))
        handler.end_headers()

    def _send(self, handler: BaseHTTPRequestHandler) -> None:
        body, cut = self.body, len(self.body)
        ranged = "Range" in handler.headers
        if not ranged:  # a download; questions about the file have a range
            self.downloads += 1
            cut = self.cut_at.pop(0) if self.cut_at else cut
        at = 0
        while at < cut:
            with self._changed:
                if not ranged:
                    self._changed.wait_for(lambda: self._closing or at < self.stop_at)
                if self._closing:
                    break
                end = min(at + PIECE, cut, len(body) if ranged else max(self.stop_at, at + 1))
            try:
                handler.wfile.write(body[at:end])
            except OSError:
                break
            self.sent += 0 if ranged else end - at
            at = end
        if at < len(body):
            handler.close_connection = True

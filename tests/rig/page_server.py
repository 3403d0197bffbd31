# SPDX-License-Identifier: MIT
"""A server of a few pages that a test holds in memory, each with any type and any bytes."""

from __future__ import annotations

import http.server
import threading


class PageServer:
    """Serves what `pages` holds for a path, its type and its bytes; for any other path what it holds for "*", or 404. A
    test may change `pages` at any time. `asked` is what was asked for so far. Owns a thread until the block is left."""

    def __init__(self, pages: dict[str, tuple[str, bytes]]) -> None:
        self.pages = pages
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                kind, body = outer.pages.get(self.path) or outer.pages.get("*", ("", b""))
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> PageServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

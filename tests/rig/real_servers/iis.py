# SPDX-License-Identifier: MIT
"""What is known of Microsoft's IIS, by Python: it cannot run here. The listing is as the parsers of other clients
expect it ("[To Parent Directory]", upper case, `<br>`, `&lt;dir&gt;`, absolute links), the rest is RFC 9110.

Two things that it does by default, and that no client can mend, are not done: 404.3 for a type of file that it does not
know, and 404.11 for names with + or %, whose addresses it calls doubly escaped.

    python3 -m rig.real_servers.iis PORT FOLDER
"""

from __future__ import annotations

import html
import re
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Microsoft-IIS/10.0", ""
    root: Path

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        where = self.root / urllib.parse.unquote(self.path).lstrip("/")
        if where.is_dir():
            self._folder(where)
        elif where.is_file():
            self._file(where)
        else:
            self._send(404, b"", {"Content-Type": "text/html"})

    def _folder(self, where: Path) -> None:
        if not self.path.endswith("/"):
            return self._send(301, b"", {"Location": self.path + "/"})
        rows = []
        for path in sorted(where.iterdir()):
            when = time.strftime("%m/%d/%Y %I:%M %p", time.gmtime(path.stat().st_mtime))
            size = f"{'&lt;dir&gt;':>18}" if path.is_dir() else f"{path.stat().st_size:>12}"
            link = html.escape(self.path + urllib.parse.quote(path.name)) + "/" * path.is_dir()
            rows.append(f'{when:>20} {size} <A HREF="{link}">{html.escape(path.name)}</A><br>')
        title = "127.0.0.1 - " + html.escape(self.path)
        page = (f"<html><head><title>{title}</title></head><body><H1>{title}</H1><hr>\r\n\r\n"
                f'<pre><A HREF="/">[To Parent Directory]</A><br><br>{"".join(rows)}</pre><hr></body></html>')
        self._send(200, page.encode(), {"Content-Type": "text/html; charset=UTF-8"})

    def _file(self, where: Path) -> None:
        body, about = where.read_bytes(), where.stat()
        filetime = about.st_mtime_ns // 100 + 116_444_736_000_000_000  # of 1601, in 100 ns
        fields = {"Content-Type": "application/octet-stream", "ETag": f'"{filetime:x}:0"', "Accept-Ranges": "bytes",
                  "Last-Modified": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(about.st_mtime))}
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if span is None or self.headers.get("If-Range", fields["ETag"]) != fields["ETag"]:
            return self._send(200, body, fields)
        first, last = int(span[1]), min(int(span[2] or len(body)), len(body) - 1)
        if first > last:
            return self._send(416, b"", fields | {"Content-Range": f"bytes */{len(body)}"})
        self._send(206, body[first:last + 1], fields | {"Content-Range": f"bytes {first}-{last}/{len(body)}"})

    def _send(self, status: int, body: bytes, fields: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (fields | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    Handler.root = Path(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

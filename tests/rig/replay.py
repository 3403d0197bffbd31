# SPDX-License-Identifier: MIT
"""A server made from a report of `rimfs doctor`: it answers what was recorded, in the same way.

    with Replay(folder, report) as server:       # report: the parsed JSON; folder: for certificates
        server.source("vsphere://user@{}/")      # "{}" becomes host and port

A request is matched by method, target (however often it is percent-encoded), Range and If-Range; a SOAP request by its
call and body. Exchanges that were recorded several times are given in their order, the last one again and again. Bytes
of files were not recorded: they are made up, always the same. A range of a recorded file that was not asked is answered
as a server does that has ranges. Everything else is 404, and counted in `unknown`.
"""

from __future__ import annotations

import hashlib
import http.server
import re
import socket
import ssl
import struct
import threading
import urllib.parse
from pathlib import Path
from typing import Any

from . import certificates

Exchange = dict[str, Any]
Key = tuple[str, ...]
_BLOCK = 32


def plain(target: str) -> str:
    """The target without percent-encoding, however often it was encoded."""
    while True:
        decoded = urllib.parse.unquote(target)
        if decoded == target:
            return decoded
        target = decoded


def content(target: str, first: int, count: int) -> bytes:
    """Made-up bytes of a file."""
    seed = hashlib.sha256(plain(target).encode()).digest()
    begin = first // _BLOCK
    blocks = (hashlib.sha256(seed + struct.pack("<Q", block)).digest()
              for block in range(begin, (first + count) // _BLOCK + 1))
    return b"".join(blocks)[first - begin * _BLOCK:][:count]


def header_of(lines: list[str], name: str) -> str:
    """The value of the last line of this name, or nothing."""
    found = [line.partition(":")[2].strip() for line in lines if line.lower().startswith(name.lower() + ":")]
    return found[-1] if found else ""


def last_head(lines: list[str]) -> list[str]:
    """Without interim heads."""
    begins = [number for number, line in enumerate(lines) if line.startswith("HTTP/")]
    return lines[begins[-1]:] if begins else []


class Replay(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, folder: Path, report: dict[str, Any], tls: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.exchanges: list[Exchange] = report["exchanges"]
        self.unknown: list[str] = []
        self._lock = threading.Lock()
        self._recorded: dict[Key, list[int]] = {}
        for number, exchange in enumerate(self.exchanges):
            for key in _keys(exchange):
                self._recorded.setdefault(key, []).append(number)
        self._context: ssl.SSLContext | None = None
        self.ca_file = folder / "ca.crt"
        if tls:
            folder.mkdir(exist_ok=True)
            certificates.make(folder)
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(folder / "server.crt", folder / "server.key")
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Replay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def source(self, form: str) -> str:
        return form.format(f"127.0.0.1:{self.server_address[1]}")

    def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """The handshake in the connection's own thread."""
        request.settimeout(60)
        if self._context is not None:
            request = self._context.wrap_socket(request, server_side=True)
        self.RequestHandlerClass(request, client_address, self)

    def handle_error(self, *_: object) -> None:
        """Clients may go away."""

    def find(self, *keys: Key) -> Exchange | None:
        """The next exchange of the first key that was recorded."""
        with self._lock:
            for key in keys:
                numbers = self._recorded.get(key)
                if numbers:
                    return self.exchanges[numbers.pop(0) if len(numbers) > 1 else numbers[0]]
            return None

    def size_of(self, target: str) -> int | None:
        """The length of a file of which a range was recorded."""
        for exchange in self.exchanges:
            total = re.search(r"/(\d+)$", header_of(exchange["head"], "Content-Range"))
            if exchange["status"] == 206 and total and plain(exchange["target"]) == plain(target):
                return int(total[1])
        return None

    def closes_after(self, exchange: Exchange) -> bool:
        """Whether the connection ended after this answer: the next request went over a new one."""
        number = next(i for i, one in enumerate(self.exchanges) if one is exchange)
        later = self.exchanges[number + 1] if number + 1 < len(self.exchanges) else None
        return bool(later and later["connection"] and later["connection"]["new"] and later.get("call") != "Login")


def _keys(exchange: Exchange) -> list[Key]:
    if exchange["method"] == "POST":
        return [("POST", exchange["call"], exchange["posted"].strip()), ("POST", exchange["call"])]
    return [_key(exchange["method"], exchange["target"], header_of(exchange["headers"], "Range"),
                 header_of(exchange["headers"], "If-Range"))]


def _key(method: str, target: str, span: str, condition: str) -> Key:
    return method, target, span, condition


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Replay

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        for element in ("userName", "password"):
            body = re.sub(rf"<{element}>.*?</{element}>", f"<{element}></{element}>", body, flags=re.DOTALL)
        call = re.search(r"Body[^>]*>\s*<(?:\w+:)?(\w+)", body)
        name = call[1] if call else ""
        self._answer(self.server.find(("POST", name, body.strip()), ("POST", name)))

    def do_GET(self) -> None:
        span, condition = self.headers.get("Range", ""), self.headers.get("If-Range", "")
        found = self.server.find(_key(self.command, self.path, span, condition))
        size = self.server.size_of(self.path)
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", span)
        if found is None and size is not None and asked and int(asked[1]) < size:
            return self._answer_range(int(asked[1]), min(int(asked[2]) + 1, size), size)
        return self._answer(found)

    do_HEAD = do_GET

    def _answer(self, exchange: Exchange | None) -> None:
        if exchange is None:
            self.server.unknown.append(f"{self.command} {self.path}")
            return self._send(["HTTP/1.1 404 Not Found", "Content-Length: 0"], b"", False)
        if exchange["status"] == 0:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return None
        head = last_head(exchange["head"])
        if "body" in exchange:
            body = exchange["body"].encode()
            head = [f"Content-Length: {len(body)}" if line.lower().startswith("content-length:") else line
                    for line in head]
        else:
            first = re.match(r"bytes (\d+)-", header_of(head, "Content-Range"))
            body = content(self.path, int(first[1]) if first else 0, exchange["body-size"])
        return self._send(head, body, self.server.closes_after(exchange))

    def _answer_range(self, first: int, end: int, size: int) -> None:
        head = ["HTTP/1.1 206 Partial Content", f"Content-Length: {end - first}",
                f"Content-Range: bytes {first}-{end - 1}/{size}", "Content-Type: application/octet-stream"]
        return self._send(head, content(self.path, first, end - first), False)

    def _send(self, head: list[str], body: bytes, close: bool) -> None:
        chunked = "chunked" in header_of(head, "Transfer-Encoding").lower()
        if not chunked and not header_of(head, "Content-Length") and self.command != "HEAD":
            close = True
        first = re.sub(r"^HTTP/[23](\.0)? (\d+).*", r"HTTP/1.1 \2 .", head[0])
        lines = [first, *head[1:]]
        if self.command == "HEAD":
            body = b""
        elif chunked and body:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        elif chunked:
            body = b"0\r\n\r\n"
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.close_connection = self.close_connection or close

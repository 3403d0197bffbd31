# SPDX-License-Identifier: MIT
"""An HTTP/1.1 server on 127.0.0.1 that answers with the bytes it is given: heads that no real server would let through.

    with RawServer(lambda path, begin, end: head + body) as server:
        server.url("disk.img")
        server.heads  # of the requests
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable

from rig.listener import Listener


class RawServer(Listener):
    """Owns a listening socket and a thread for each connection. `answer` gets a request's path and its range, the end
    excluded (without a range 0 and 0), and gives the whole reply, or its pieces one by one; the connection is closed
    after it. `heads` is what was asked so far, each request with its body."""

    def __init__(self, answer: Callable[[str, int, int], bytes | Iterable[bytes]]) -> None:
        super().__init__()
        self._answer = answer
        self.heads: list[str] = []

    def url(self, name: str = "") -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            while length and len(head) < head.index(b"\r\n\r\n") + 4 + int(length[1]):
                head += connection.recv(65536) or b"\0" * int(length[1])
            self.heads.append(head.decode("latin-1"))
            asked = re.search(rb"(?i)\r\nrange: *bytes=(\d+)-(\d+)", head)
            begin, end = (int(asked[1]), int(asked[2]) + 1) if asked else (0, 0)
            try:
                answer = self._answer(head.split(b" ")[1].decode("latin-1"), begin, end)
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    connection.sendall(piece)
            except OSError:
                pass

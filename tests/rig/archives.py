# SPDX-License-Identifier: MIT
"""Archives as programs make them, and a server that has them.

    with Shelf() as shelf:
        url = shelf.put("a.tar", tar_of({"disk.img": DISK1}))
"""

from __future__ import annotations

import io
import random
import subprocess
import tarfile
import zipfile

from .answering_server import Answer, AnsweringServer, Request, in_range
from .sparse_body import SparseBody

MIB = 1 << 20
NUMBERS = random.Random(13)
DISK1 = NUMBERS.randbytes(2 * MIB + 77) + bytes(3 * MIB) + NUMBERS.randbytes(MIB)
DISK2 = NUMBERS.randbytes(9 * MIB)
OVF = b"<Envelope/>"
HTML = ("Content-Type", "text/html")


class Shelf:
    """A server of files with entity tags, and a listing of them at /."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | SparseBody] = {}
        self.versions: dict[str, int] = {}
        self.fail = False  # each request, as a server that has no route
        self.tagged = True
        self._server = AnsweringServer(self._answer)
        self._stopped = False

    def __enter__(self) -> Shelf:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Nothing answers at its address any more."""
        if not self._stopped:
            self._stopped = True
            self._server.__exit__()

    @property
    def requests(self) -> list[Request]:
        return self._server.requests

    def put(self, name: str, body: bytes | SparseBody) -> str:
        self.files[name] = body
        self.versions[name] = self.versions.get(name, 0) + 1
        return self.url(name)

    def url(self, name: str = "") -> str:
        return self._server.url(f"/{name}")

    def ranges(self, name: str) -> list[str]:
        """The ranges that were requested of a file, but for the looks at its first byte."""
        asked = [request.headers.get("Range", "") for request in self._server.requests if request.path == f"/{name}"]
        return [one for one in asked if one != "bytes=0-0"]

    def forget(self) -> None:
        self._server.requests.clear()

    def _answer(self, request: Request) -> Answer:
        name = request.path.split("?")[0][1:]
        if self.fail:
            return Answer(503)
        if not name:
            return Answer(200, (HTML,), "".join(f'<a href="{one}">{one}</a>' for one in self.files).encode())
        if name not in self.files:
            return Answer(404)
        tag = (("ETag", f'"{name}-{self.versions[name]}"'),) if self.tagged else ()
        return in_range(request, self.files[name], *tag)  # type: ignore[arg-type]


def tar_of(files: dict[str, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(body), 1_600_000_000
            archive.addfile(member, io.BytesIO(body))
    return out.getvalue()


def zip_of(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def xz_of(body: bytes, *options: str) -> bytes:
    return subprocess.run(["xz", "-1", *options], input=body, capture_output=True, check=True, timeout=60).stdout

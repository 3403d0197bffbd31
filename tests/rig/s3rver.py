# SPDX-License-Identifier: MIT
"""s3rver, an S3 server of other people (npm), as a private process on 127.0.0.1. It is installed from the npm registry when
it is first needed, and kept beside the test images.

    with S3rver({"bucket": {"disk.img": BODY}}) as server:
        server.endpoint, KEY_ID, SECRET
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from . import s3_signature
from .processes import wait_until

VERSION = "3.7.1"
KEY_ID = SECRET = "S3RVER"  # its only key
INSTALL_SECONDS = 120


def installed() -> Path | None:
    """The program; None when there is no npm, or no registry."""
    cache = Path(os.environ.get("RIMFS_TEST_CACHE") or f"/var/tmp/rimfs-test-{os.getuid()}")
    folder = cache / f"s3rver-{VERSION}"
    script = folder / "node_modules" / "s3rver" / "bin" / "s3rver.js"
    if script.exists():
        return script
    npm = shutil.which("npm")
    if npm is None:
        return None
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        try:
            done = subprocess.run([npm, "install", "--prefix", fresh, "--no-audit", "--no-fund", "--no-save",
                                   "--ignore-scripts", f"s3rver@{VERSION}"], capture_output=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            return None
        try:
            os.rename(fresh, folder)
            os.mkdir(fresh)  # for who removes it
        except OSError:
            pass  # another test was faster
    return script


class S3rver:
    def __init__(self, buckets: Mapping[str, Mapping[str, bytes]]) -> None:
        script = installed()
        assert script is not None
        self._folder = tempfile.mkdtemp(prefix="rimfs-s3rver-")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        arguments = ["-d", self._folder, "-a", "127.0.0.1", "-p", str(self.port), "--no-vhost-buckets"]
        for name in buckets:
            arguments += ["--configure-bucket", name]
        self._log = open(Path(self._folder) / "log", "wb")
        self._process = subprocess.Popen(["node", str(script), *arguments], stdin=subprocess.DEVNULL, stdout=self._log,
                                         stderr=self._log)
        self._buckets = buckets

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> S3rver:
        wait_until(self._listens, 20, "s3rver")
        for bucket, objects in self._buckets.items():
            for key, body in objects.items():
                self._put(f"/{bucket}/{quote(key)}", body)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _put(self, target: str, body: bytes) -> None:
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers = {"host": f"127.0.0.1:{self.port}", "x-amz-date": date,
                   "x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
        scope = f"{date[:8]}/us-east-1/s3/aws4_request"
        right, _ = s3_signature.signature(s3_signature.Asked("PUT", target, headers, body), scope, date, sorted(headers),
                                          headers["x-amz-content-sha256"], SECRET)
        headers["Authorization"] = (f"{s3_signature.ALGORITHM} Credential={KEY_ID}/{scope},"
                                    f"SignedHeaders={';'.join(sorted(headers))},Signature={right}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("PUT", target, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status == 200, (target, answer.status, text)

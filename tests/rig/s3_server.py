# SPDX-License-Identifier: MIT
"""An S3 server on 127.0.0.1 that checks each signature strictly, and differs as servers do.

    with S3Server({"bucket": {"folder/disk.img": BODY}}) as server:
        server.endpoint                       # http://127.0.0.1:PORT
        server.region = "eu-west-1"           # requests for another region are refused as AWS refuses them

Its answers are those of AWS's API reference. Objects are bytes, or a function that makes them (not kept).
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from .s3_signature import Asked, Key, Refused, check

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
MODIFIED = 1_700_000_000


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A request that came, and how it was answered."""

    method: str
    target: str
    headers: Mapping[str, str]
    status: int
    signed: bool


def error(refused: Refused, resource: str) -> Answer:
    more = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in refused.more.items())
    body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}'
            f"</Message>{more}<Resource>{escape(resource)}</Resource><RequestId>4442587FB7D0A2F9</RequestId></Error>")
    return Answer(refused.status, body.encode("utf-8", "surrogateescape"), {"Content-Type": "application/xml"})


class S3Server:
    """The attributes are switches; a test may set them at any time."""

    def __init__(self, buckets: Mapping[str, Mapping[str, bytes]], **switches: Any) -> None:
        self.buckets = {name: dict(objects) for name, objects in buckets.items()}
        self.region = "us-east-1"
        self.keys: dict[str, Key] = {KEY_ID: Key(SECRET)}
        self.ahead = 0.0                    # of its clock, seconds
        self.public = False                 # requests without a signature are answered
        self.forbidden: set[str] = set()    # keys that nobody may read
        self.archived: set[str] = set()     # keys that must be restored first
        self.etags: dict[str, str] = {}     # of keys; else the MD5 of the content
        self.redirects = False              # another region is a 301 without Location, not a 400
        self.dialect = "second"             # or "unencoded": refuses encoding-type; "first": ignores list-type;
        #                                     "refuses": refuses list-type
        self.page = 1000                    # most keys on a page
        self.namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        self.host = "127.0.0.1"
        self.requests: list[Seen] = []
        for name, value in switches.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16

            def do_GET(self) -> None:
                owner._serve(self)

            do_HEAD = do_POST = do_PUT = do_GET

            def date_time_string(self, timestamp: float | None = None) -> str:
                return formatdate(owner.now(), usegmt=True)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    def now(self) -> float:
        return time.time() + self.ahead

    def __enter__(self) -> S3Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def listings(self) -> list[Seen]:
        return [seen for seen in self.requests if "delimiter=" in seen.target]

    # ---- One request.

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        asked = Asked(handler.command, handler.path, handler.headers, body)
        signed = "Authorization" in handler.headers
        try:
            answer = self._answer(asked)
        except Refused as refused:
            answer = error(refused, asked.parts[0])
        self.requests.append(Seen(asked.method, asked.target, dict(handler.headers), answer.status, signed))
        try:
            handler.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            if asked.method != "HEAD":
                handler.wfile.write(answer.body)
        except OSError:
            handler.close_connection = True  # the client has enough

    def _place(self, asked: Asked) -> tuple[str, str]:
        """Bucket and key."""
        path = unquote(asked.parts[0], errors="surrogateescape")[1:]
        host = asked.headers.get("Host", "").partition(":")[0]
        if host != self.host:
            return host.removesuffix(f".{self.host}"), path
        bucket, _, key = path.partition("/")
        return bucket, key

    def _answer(self, asked: Asked) -> Answer:
        bucket, key = self._place(asked)
        try:
            known = check(asked, self.keys, service="s3", region=self.region, now=self.now())
        except Refused as refused:
            if self.redirects and "Region" in refused.more:
                moved = error(Refused(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed "
                                      "using the specified endpoint.", Endpoint=f"{bucket}.s3.example.com"), bucket)
                moved.headers["x-amz-bucket-region"] = self.region
                return moved
            raise
        if not known and not self.public:
            raise Refused(403, "AccessDenied", "Access Denied")
        if bucket not in self.buckets:
            raise Refused(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=bucket)
        return self._object(asked, bucket, key) if key else self._listing(asked, bucket)

    def _object(self, asked: Asked, bucket: str, key: str) -> Answer:
        body = self.buckets[bucket].get(key)
        if body is None:
            raise Refused(404, "NoSuchKey", "The specified key does not exist.", Key=key)
        if key in self.forbidden:
            raise Refused(403, "AccessDenied", "Access Denied")
        if key in self.archived:
            raise Refused(403, "InvalidObjectState", "The operation is not valid for the object's storage class",
                          StorageClass="GLACIER")
        headers = {"ETag": self._etag(key, body), "Last-Modified": formatdate(MODIFIED, usegmt=True), "Accept-Ranges": "bytes",
                   "Content-Type": "binary/octet-stream"}
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("Range", ""))
        if span is None or asked.headers.get("If-Range", headers["ETag"]) != headers["ETag"]:
            return Answer(200, body, headers)
        first, last = int(span[1]), min(int(span[2] or len(body)), len(body) - 1)
        if first >= len(body):
            raise Refused(416, "InvalidRange", "The requested range is not satisfiable")
        headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        return Answer(206, body[first:last + 1], headers)

    def _etag(self, key: str, body: bytes) -> str:
        return self.etags.get(key) or f'"{hashlib.md5(body).hexdigest()}"'

    # ---- Listings.

    def _listing(self, asked: Asked, bucket: str) -> Answer:
        query = asked.query
        second = query.get("list-type") == "2" and self.dialect != "first"
        if second and self.dialect == "refuses":
            raise Refused(400, "InvalidArgument", "Unexpected query parameter list-type")
        if "encoding-type" in query and self.dialect in ("unencoded", "refuses"):
            raise Refused(400, "InvalidArgument", "encoding-type is not supported")
        encoded = query.get("encoding-type") == "url"
        after = query.get("continuation-token" if second else "marker", "")
        after = bytes.fromhex(after).decode("utf-8", "surrogateescape") if second and after else after
        most = min(int(query.get("max-keys", "1000")), self.page)
        items, more = self._page(self.buckets[bucket], query.get("prefix", ""), query.get("delimiter", ""), after, most)
        body = self._xml(items, encoded, second, query.get("prefix", ""), more)
        return Answer(200, body, {"Content-Type": "application/xml"})

    def _page(self, objects: Mapping[str, bytes], prefix: str, delimiter: str, after: str, most: int
              ) -> tuple[list[tuple[str, bytes | None]], bool]:
        """Keys with their content and prefixes without, and whether there are more."""
        found: dict[str, bytes | None] = {}
        for key in sorted(objects, key=lambda text: text.encode("utf-8", "surrogateescape")):
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            name = key if end < 0 else key[:end + len(delimiter)]
            if not key.startswith(prefix) or name <= after or name in found:
                continue
            if len(found) == most:
                return list(found.items()), True
            found[name] = objects[key] if end < 0 else None
        return list(found.items()), False

    def _xml(self, items: Iterable[tuple[str, bytes | None]], encoded: bool, second: bool, prefix: str, more: bool) -> bytes:
        def text(key: str) -> str:
            return quote(key, safe="/*-._", errors="surrogateescape").replace("%20", "+") if encoded else escape(key)

        items = list(items)
        parts = ['<?xml version="1.0" encoding="UTF-8"?>\n', f"<ListBucketResult{self.namespace}><Name>bucket</Name>",
                 f"<Prefix>{text(prefix)}</Prefix><Delimiter>/</Delimiter><IsTruncated>{str(more).lower()}</IsTruncated>"]
        if encoded:
            parts.append("<EncodingType>url</EncodingType>")
        if second:
            parts.append(f"<KeyCount>{len(items)}</KeyCount>")
        if more and second:
            token = items[-1][0].encode("utf-8", "surrogateescape").hex()
            parts.append(f"<NextContinuationToken>{token}</NextContinuationToken>")
        if more and not second:
            parts.append(f"<NextMarker>{text(items[-1][0])}</NextMarker>")
        for key, body in items:
            if body is None:
                parts.append(f"<CommonPrefixes><Prefix>{text(key)}</Prefix></CommonPrefixes>")
                continue
            modified = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(MODIFIED))
            parts.append(f"<Contents><Key>{text(key)}</Key><LastModified>{modified}</LastModified><ETag>"
                         f"{escape(self._etag(key, body), {chr(34): '&quot;'})}</ETag><Size>{len(body)}</Size>"
                         "<StorageClass>STANDARD</StorageClass></Contents>")
        return ("".join(parts) + "</ListBucketResult>").encode("utf-8", "surrogateescape")

# SPDX-License-Identifier: MIT
"""Checks AWS's Signature Version 4 strictly, from the specification and with nothing of rimfs.

    check(request, keys, service="s3", region="us-east-1", now=time.time())     # raises Refused

Source: docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-query-string-auth.html
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
TOLERATED = 15 * 60


class Refused(Exception):
    """An error as S3 answers it."""

    def __init__(self, status: int, code: str, message: str, **more: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message, self.more = status, code, message, more


@dataclass(frozen=True)
class Key:
    """`token`: the only one that is accepted with the key, or None for a lasting key. `expires`: seconds since 1970."""

    secret: str
    token: str | None = None
    expires: float = float("inf")


@dataclass(frozen=True)
class Asked:
    """A request as it was on the wire: `target` has path and query, undecoded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    parts: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        path, _, query = self.target.partition("?")
        object.__setattr__(self, "parts", (path, query))

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.parts[1].replace("+", "%2B"), keep_blank_values=True, encoding="utf-8",
                              errors="surrogateescape"))


def _encode(text: bytes, safe: str = "") -> str:
    return quote(text, safe="-._~" + safe)


def _canonical_query(query: str, without: str = "") -> str:
    pairs = []
    for piece in filter(None, query.split("&")):
        name, _, value = piece.partition("=")
        if name != without:
            pairs.append((_encode(unquote_to_bytes(name)), _encode(unquote_to_bytes(value))))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def signature(asked: Asked, scope: str, date: str, names: list[str], payload: str, secret: str,
              without: str = "") -> tuple[str, str]:
    """The right signature, and the canonical request that it is about."""
    path = _encode(unquote_to_bytes(asked.parts[0]), "/")
    lines = "".join(f"{name}:{' '.join(asked.headers.get(name, '').split())}\n" for name in names)
    canonical = "\n".join([asked.method, path, _canonical_query(asked.parts[1], without), lines, ";".join(names), payload])
    to_sign = "\n".join([ALGORITHM, date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), canonical


def _check_time(date: str, now: float) -> None:
    if not re.fullmatch(r"\d{8}T\d{6}Z", date):
        raise Refused(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    if abs(calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) - now) > TOLERATED:
        server = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        raise Refused(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too "
                      "large.", ServerTime=server, MaxAllowedSkewMilliseconds="900000")


def _key_of(credential: str, keys: Mapping[str, Key], date: str, service: str, region: str) -> tuple[Key, str]:
    identity, _, scope = credential.partition("/")
    parts = scope.split("/")
    if len(parts) != 4 or parts[0] != date[:8] or parts[2] != service or parts[3] != "aws4_request":
        raise Refused(400, "AuthorizationHeaderMalformed", "The authorization header is malformed")
    if parts[1] != region:
        raise Refused(400, "AuthorizationHeaderMalformed", f"The authorization header is malformed; the region '{parts[1]}' "
                      f"is wrong; expecting '{region}'", Region=region)
    if identity not in keys:
        raise Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.",
                      AWSAccessKeyId=identity)
    return keys[identity], scope


def _check_token(key: Key, token: str | None, now: float) -> None:
    if key.token != token:
        raise Refused(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
    if now > key.expires:
        raise Refused(400, "ExpiredToken", "The provided token has expired.")


def _check_header(asked: Asked, keys: Mapping[str, Key], service: str, region: str, now: float) -> None:
    match = re.fullmatch(rf"{ALGORITHM} Credential=([^, ]+), ?SignedHeaders=([^, ]+), ?Signature=([0-9a-f]{{64}})",
                         asked.headers["Authorization"])
    if match is None:
        raise Refused(400, "InvalidRequest", "The authorization mechanism you have provided is not supported.")
    names = match[2].split(";")
    date = asked.headers.get("x-amz-date", "")
    _check_time(date, now)
    key, scope = _key_of(match[1], keys, date, service, region)
    must = {"host", *(name.lower() for name in asked.headers if name.lower().startswith("x-amz-"))}
    if names != sorted(names) or not must <= set(names):
        raise Refused(403, "AccessDenied", "There were headers present in the request which were not signed")
    payload = asked.headers.get("x-amz-content-sha256", "")
    if service == "s3" and not payload:
        raise Refused(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if payload not in ("UNSIGNED-PAYLOAD", hashlib.sha256(asked.body).hexdigest()):
        raise Refused(400, "XAmzContentSHA256Mismatch", "The provided header does not match what was computed.")
    right, canonical = signature(asked, scope, date, names, payload, key.secret)
    if not hmac.compare_digest(right, match[3]):
        raise Refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you "
                      "provided. Check your key and signing method.", SignatureProvided=match[3], CanonicalRequest=canonical)
    _check_token(key, asked.headers.get("x-amz-security-token"), now)


def _check_query(asked: Asked, keys: Mapping[str, Key], region: str, now: float) -> None:
    query = asked.query
    date = query.get("X-Amz-Date", "")
    begun = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    if not begun - TOLERATED <= now <= begun + int(query.get("X-Amz-Expires", "0")):
        raise Refused(403, "AccessDenied", "Request has expired")
    key, scope = _key_of(query["X-Amz-Credential"], keys, date, "s3", region)
    right, _ = signature(asked, scope, date, query["X-Amz-SignedHeaders"].split(";"), "UNSIGNED-PAYLOAD", key.secret,
                         "X-Amz-Signature")
    if not hmac.compare_digest(right, query["X-Amz-Signature"]):
        raise Refused(403, "SignatureDoesNotMatch", "The request signature we calculated does not match")
    _check_token(key, query.get("X-Amz-Security-Token"), now)


def check(asked: Asked, keys: Mapping[str, Key], *, service: str, region: str, now: float) -> bool:
    """False when the request is not signed. Raises Refused when it is signed wrongly."""
    if "Authorization" in asked.headers:
        _check_header(asked, keys, service, region, now)
        return True
    if "X-Amz-Signature" in asked.query:
        _check_query(asked, keys, region, now)
        return True
    return False


def presigned(host: str, path: str, key_id: str, secret: str, region: str, seconds: int) -> str:
    """An http URL that lets anybody read `path` (encoded) for so long."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{date[:8]}/{region}/s3/aws4_request"
    query = (f"X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={_encode(f'{key_id}/{scope}'.encode())}&X-Amz-Date={date}"
             f"&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host")
    right, _ = signature(Asked("GET", f"{path}?{query}", {"host": host}), scope, date, ["host"], "UNSIGNED-PAYLOAD", secret)
    return f"http://{host}{path}?{query}&X-Amz-Signature={right}"

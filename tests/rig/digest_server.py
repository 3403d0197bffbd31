# SPDX-License-Identifier: MIT
"""A server on 127.0.0.1 that wants a login with Digest (RFC 7616)."""

from __future__ import annotations

import hashlib
import re

from rig.answering_server import Answer, AnsweringServer, Request, in_range

REALM, NONCE, PASSWORD = "images, all", "abc", "s3cret"
TAG = ("ETag", '"v1"')


def challenge(*schemes: str) -> Answer:
    return Answer(401, tuple(("WWW-Authenticate", scheme) for scheme in schemes), b"<h1>401</h1>" * 50)


def digest_is_right(request: Request) -> bool:
    """RFC 7616, section 3.4.1, with qop=auth; computed independently of libcurl."""
    given = request.headers.get("Authorization", "")
    if not given.startswith("Digest "):
        return False
    fields = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', given)}

    def digest(*parts: str) -> str:
        return hashlib.sha256(":".join(parts).encode()).hexdigest()

    expected = digest(digest("me", REALM, PASSWORD), NONCE, fields["nc"], fields["cnonce"], "auth",
                      digest(request.method, fields["uri"]))
    return fields["uri"] == request.path and fields["nonce"] == NONCE and fields["response"] == expected


def digest_server(body: bytes, *others: str) -> AnsweringServer:
    """Serves `body` at each path to the user "me" with PASSWORD; offers `others` beside Digest."""
    offer = f'Digest realm="{REALM}", qop="auth", algorithm=SHA-256, nonce="{NONCE}"'
    return AnsweringServer(lambda request: in_range(request, body, TAG) if digest_is_right(request) else challenge(
        offer, *others))

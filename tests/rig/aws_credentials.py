# SPDX-License-Identifier: MIT
"""Where programs on AWS find credentials: the metadata service of an instance (IMDSv2), the service of a container, and STS,
in one server on 127.0.0.1.

    with AwsCredentials(store) as aws:          # what it gives out is accepted by that S3Server
        env = aws.instance()                    # variables that lead a program to it

Source: docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
docs.aws.amazon.com/STS/latest/APIReference
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from .s3_server import S3Server
from .s3_signature import Asked, Key, Refused, check

METADATA_TOKEN = "metadata-token"
CONTAINER_TOKEN = "Bearer container-token"
IDENTITY = "identity-token"
ROLE = "arn:aws:iam::123456789012:role/reader"
NOWHERE = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
           "AWS_PROFILE": ""}


class AwsCredentials:
    """`given`: how many keys were given out. `lifetime`: of each, in seconds. `fails`: nothing is given."""

    def __init__(self, store: S3Server, lifetime: float = 3600) -> None:
        self.store = store
        self.lifetime = lifetime
        self.given = 0
        self.fails = False
        self.old = False            # only IMDSv1
        self.forms: list[dict[str, str]] = []
        self.refused: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = owner._answer(Asked(self.command, self.path, self.headers, body))
                if status != 200:
                    owner.refused.append(f"{self.command} {self.path}: {status} {answer[:300]}")
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer.encode())))
                self.end_headers()
                self.wfile.write(answer.encode())

            do_PUT = do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> AwsCredentials:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    # ---- Variables.

    def instance(self) -> dict[str, str]:
        return NOWHERE | {"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url}

    def container(self) -> dict[str, str]:
        return NOWHERE | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}/container",
                          "AWS_CONTAINER_AUTHORIZATION_TOKEN": CONTAINER_TOKEN}

    def web_identity(self, folder: Path) -> dict[str, str]:
        (folder / "identity").write_text(IDENTITY + "\n")
        return NOWHERE | {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "identity"),
                          "AWS_ENDPOINT_URL_STS": f"{self.url}/sts"}

    def files(self, folder: Path, config: str, credentials: str = "") -> dict[str, str]:
        (folder / "config").write_text(config)
        (folder / "credentials").write_text(credentials)
        return NOWHERE | {"AWS_CONFIG_FILE": str(folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
                          "AWS_ENDPOINT_URL_STS": f"{self.url}/sts"}

    def end_all(self) -> None:
        """What was given out is over."""
        for name, key in self.store.keys.items():
            if key.token is not None:
                self.store.keys[name] = Key(key.secret, key.token, 0.0)

    # ---- Answers.

    def _give(self) -> dict[str, str]:
        self.given += 1
        expires = time.time() + self.lifetime
        name, secret, token = f"ASIAGIVEN{self.given:011}", f"secret/of+{self.given}", f"session-token-{self.given}+/="
        self.store.keys[name] = Key(secret, token, expires)
        return {"AccessKeyId": name, "SecretAccessKey": secret, "Token": token,
                "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires))}

    def _answer(self, asked: Asked) -> tuple[int, str]:
        path = asked.parts[0]
        if self.fails:
            return 500, "out of order"
        if path.startswith("/latest/"):
            return self._instance(asked, path)
        if path == "/container":
            allowed = asked.headers.get("Authorization") == CONTAINER_TOKEN
            return (200, json.dumps({"RoleArn": ROLE, **self._give()})) if allowed else (401, "no token")
        if path == "/sts" and asked.method == "POST":
            return self._sts(asked)
        return 404, "not here"

    def _instance(self, asked: Asked, path: str) -> tuple[int, str]:
        if path == "/latest/api/token":
            if self.old:
                return 404, "not here"
            right = asked.method == "PUT" and asked.headers.get("X-aws-ec2-metadata-token-ttl-seconds") == "21600"
            return (200, METADATA_TOKEN) if right else (400, "bad request")
        if not self.old and asked.headers.get("X-aws-ec2-metadata-token") != METADATA_TOKEN:
            return 401, "no token"
        if path == "/latest/meta-data/iam/security-credentials/":
            return 200, "reader"
        if path == "/latest/meta-data/iam/security-credentials/reader":
            return 200, json.dumps({"Code": "Success", "Type": "AWS-HMAC", **self._give()})
        return 404, "not here"

    def _sts(self, asked: Asked) -> tuple[int, str]:
        form = dict(parse_qsl(asked.body.decode()))
        self.forms.append(form)
        action = form.get("Action", "")
        if action == "AssumeRoleWithWebIdentity" and form.get("WebIdentityToken") != IDENTITY:
            return self._sts_error(400, "InvalidIdentityToken", "The web identity token is not valid")
        if action == "AssumeRole":
            try:
                if not check(asked, self.store.keys, service="sts", region=self.store.region, now=time.time()):
                    return self._sts_error(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
            except Refused as refused:
                return self._sts_error(refused.status, refused.code, refused.message)
        given = self._give()
        given["SessionToken"] = given.pop("Token")
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in given.items())
        return 200, (f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
                     f"{inner}</Credentials></{action}Result></{action}Response>")

    @staticmethod
    def _sts_error(status: int, code: str, message: str) -> tuple[int, str]:
        return status, (f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>'
                        f"{code}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>")

# SPDX-License-Identifier: MIT
"""The sessions of the front: which cookies are live, who may have another, and how many there were."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from dataclasses import dataclass, field

COOKIE = "vmware_soap_session"


@dataclass
class Session:
    cookie: str
    simulator_key: str | None = None  # the simulator's own cookie; None for Basic sessions and before a login
    authenticated: bool = False
    pages: dict[str, list[str]] = field(default_factory=dict)  # token -> objects not yet sent


class TooMany(Exception):
    """The limit of sessions is reached."""


class Sessions:
    """Any thread."""

    def __init__(self, user: str, password: str) -> None:
        self._expected = f"{user}:{password}"
        self._lock = threading.Lock()
        self._live: dict[str, Session] = {}
        self.limit: int | None = None

    def find(self, cookie_header: str) -> Session | None:
        """The live session a Cookie header names; its value comes back with or without the quotes."""
        for part in cookie_header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                with self._lock:
                    return self._live.get(value.strip('"'))
        return None

    def create(self) -> Session:
        with self._lock:
            if self.limit is not None and len(self._live) >= self.limit:
                raise TooMany
            session = Session(secrets.token_hex(20))
            self._live[session.cookie] = session
            return session

    def end(self, session: Session) -> None:
        with self._lock:
            self._live.pop(session.cookie, None)

    def expire(self) -> None:
        with self._lock:
            self._live.clear()

    def count(self) -> int:
        """Those that logged in."""
        with self._lock:
            return sum(session.authenticated for session in self._live.values())

    def password_is_right(self, authorization: str) -> bool:
        scheme, _, text = authorization.partition(" ")
        try:
            return scheme.lower() == "basic" and base64.b64decode(text).decode() == self._expected
        except (binascii.Error, UnicodeDecodeError):
            return False


def set_cookie(session: Session) -> str:
    return f'{COOKIE}="{session.cookie}"; Path=/; HttpOnly; Secure;'

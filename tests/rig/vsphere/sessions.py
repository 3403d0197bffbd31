# SPDX-License-Identifier: MIT
"""The sessions of the front: which cookies are live, who may have another, and how many there were."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from dataclasses import dataclass, field

from .behaviour import Behaviour

COOKIE = "vmware_soap_session"
BALANCER = "balancer"  # the cookie of a load balancer, for cookie = "two cookies"


@dataclass
class Session:
    cookie: str  # the first value; others of the same session may be live too
    balancer: str
    simulator_key: str | None = None  # the simulator's own cookie; None for Basic sessions and before a login
    authenticated: bool = False
    uses: int = 0
    pages: dict[str, list[str]] = field(default_factory=dict)  # token -> objects not yet sent


class TooMany(Exception):
    """The limit of sessions is reached."""


def read_cookies(header: str) -> dict[str, str]:
    """Name -> value without its quotes, of a Cookie header."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value.strip('"') for name, _, value in pairs}


def _fresh() -> Session:
    return Session(secrets.token_hex(20), secrets.token_hex(8))


class Sessions:
    """Any thread."""

    def __init__(self, user: str, password: str) -> None:
        self._expected = f"{user}:{password}"
        self._lock = threading.Lock()
        self._live: dict[str, Session] = {}
        self.limit: int | None = None

    def find(self, cookie_header: str, behaviour: Behaviour) -> Session | None:
        """The live session a Cookie header names; its value comes back with or without the quotes."""
        sent = read_cookies(cookie_header)
        with self._lock:
            session = self._live.get(sent.get(COOKIE, ""))
        if session and behaviour.cookie == "two cookies" and sent.get(BALANCER) != session.balancer:
            return None
        return session

    def use(self, session: Session, behaviour: Behaviour) -> bool:
        """Counts a request in the session. False: it was one too many, and the session is dead."""
        with self._lock:
            session.uses += 1
            alive = behaviour.die_after is None or session.uses <= behaviour.die_after
        if not alive:
            self.end(session)
        return alive

    def create(self) -> Session:
        with self._lock:
            if self.limit is not None and len(set(map(id, self._live.values()))) >= self.limit:
                raise TooMany
            session = _fresh()
            self._live[session.cookie] = session
            return session

    def rename(self, session: Session) -> str:
        """Another value for the cookie of a session. Those before it stay good."""
        value = secrets.token_hex(20)
        with self._lock:
            if session.cookie in self._live:
                self._live[value] = session
        return value

    def end(self, session: Session) -> None:
        with self._lock:
            self._live = {value: one for value, one in self._live.items() if one is not session}

    def expire(self) -> None:
        with self._lock:
            self._live.clear()

    def count(self) -> int:
        """Those that logged in."""
        with self._lock:
            return len({id(session) for session in self._live.values() if session.authenticated})

    def password_is_right(self, authorization: str) -> bool:
        scheme, _, text = authorization.partition(" ")
        try:
            return scheme.lower() == "basic" and base64.b64decode(text).decode() == self._expected
        except (binascii.Error, UnicodeDecodeError):
            return False


def set_cookies(session: Session, behaviour: Behaviour, value: str = "") -> list[tuple[str, str]]:
    """The headers that tell a client its session."""
    text = value or session.cookie
    if behaviour.cookie != "bare":
        text = f'"{text}"'
    headers = [("Set-Cookie", f"{COOKIE}={text}; Path={behaviour.cookie_path}; HttpOnly; Secure;")]
    if behaviour.cookie == "two cookies":
        headers.append(("Set-Cookie", f"{BALANCER}={session.balancer}; path={behaviour.cookie_path}"))
    return headers


def worthless_cookies(behaviour: Behaviour) -> list[tuple[str, str]]:
    """Those of a session that never was."""
    return set_cookies(_fresh(), behaviour)

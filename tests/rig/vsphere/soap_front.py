# SPDX-License-Identifier: MIT
"""/sdk: sessions and searches are handled here; the rest goes to the simulator, and its answers are changed."""

from __future__ import annotations

import http.client
import re
import typing
from dataclasses import dataclass

from . import error_pages, inventory, machines
from .sessions import COOKIE, Session, TooMany, set_cookies, worthless_cookies
from .soap_faults import INVALID_LOGIN, INVALID_TOKEN, NOT_AUTHENTICATED, system_error
from .wire import HTML, XML, Headers

if typing.TYPE_CHECKING:
    from .exchange import Exchange

_OPEN_TO_ALL = ("RetrieveServiceContent", "Login")
_RETRIEVALS = ("RetrievePropertiesEx", "RetrieveProperties")


@dataclass(frozen=True)
class Answer:
    """What the simulator said; the cookie that it set, or nothing."""

    status: int
    body: bytes
    cookie: str = ""


def forward_page(exchange: Exchange) -> None:
    """A GET below /sdk: the descriptions of the service."""
    found = _forward(exchange, "GET", None, None)
    exchange.reply(found.status, found.body)


def _forward(exchange: Exchange, method: str, body: bytes | None, session: Session | None) -> Answer:
    address = exchange.server.simulator
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    headers = {"Content-Type": XML, "SOAPAction": exchange.headers.get("SOAPAction", "")}
    if session is not None and session.simulator_key:
        headers["Cookie"] = f"{COOKIE}={session.simulator_key}"
    try:
        connection.request(method, exchange.path, body, headers)
        reply = connection.getresponse()
        cookie = (reply.headers.get("Set-Cookie") or "").partition(";")[0].partition("=")[2]
        return Answer(reply.status, reply.read(), cookie)
    finally:
        connection.close()


def answer(exchange: Exchange, body: bytes) -> None:
    """A POST."""
    front = exchange.server
    front.count(soap_requests=1)
    found = re.search(rb"<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)", body)
    _Call(exchange, found[1].decode() if found else "", body).run()


class _Call:
    """One SOAP request."""

    def __init__(self, exchange: Exchange, method: str, body: bytes) -> None:
        self._exchange, self._front, self._behaviour = exchange, exchange.server, exchange.server.behaviour
        self._method, self._body = method, body
        self._trouble = next((what for piece, what in self._front.trouble.items() if piece in body), "")

    def run(self) -> None:
        if self._trouble == "busy":
            return self._exchange.reply(503, b"busy", HTML, soap=self._method)
        if self._trouble == "silent":
            return self._exchange.stay_silent(self._method)
        if self._trouble == "repeated":
            said = re.search(rb"<password>(.*?)</password>", self._body)
            assert said is not None
            return self._reply(500, system_error(said[1].decode()))
        session = self._front.sessions.find(self._exchange.headers.get("Cookie", ""), self._behaviour)
        if self._method == "Login":
            return self._login(session)
        if self._method in _OPEN_TO_ALL:
            return self._open_to_all(session)
        if not (session and session.authenticated and self._front.sessions.use(session, self._behaviour)):
            return self._refuse()
        return self._authenticated(session)

    def _reply(self, status: int, body: bytes, headers: Headers = ()) -> None:
        if self._trouble == "lost":
            return self._exchange.hang_up(self._method)
        if self._behaviour.soap_length == "chunked":
            return self._exchange.reply_chunked(status, body, XML, headers, self._method)
        return self._exchange.reply(status, body, XML, headers, self._method)

    def _refuse(self) -> None:
        """No live session."""
        death = self._behaviour.session_death
        if death == "reset":
            return self._exchange.reset(self._method)
        if death in ("401", "403"):
            return self._exchange.reply(int(death), b"", HTML, soap=self._method)
        return self._reply(500, NOT_AUTHENTICATED)

    # Sessions

    def _begin_session(self) -> Session | None:
        """None: there are too many, which is answered."""
        try:
            return self._front.sessions.create()
        except TooMany:
            self._front.count(overloaded=1)
        if self._behaviour.session_cap == "InvalidLogin":
            self._reply(500, INVALID_LOGIN)
        else:
            self._exchange.reply(503, error_pages.UNAVAILABLE, HTML, soap=self._method)
        return None

    def _open_to_all(self, session: Session | None) -> None:
        headers: Headers = ()
        if session is None and self._front.early_cookie:
            session = self._begin_session()
            if session is None:
                return
            headers = set_cookies(session, self._behaviour)
        found = _forward(self._exchange, "POST", self._body, session)
        self._reply(found.status, found.body, headers)

    def _login(self, session: Session | None) -> None:
        fresh = session is None
        session = session or self._begin_session()
        if session is None:
            return
        found = _forward(self._exchange, "POST", self._body, session)
        right = found.status == 200
        self._front.count(**{"logins" if right else "failed_logins": 1})
        headers = set_cookies(session, self._behaviour) if fresh else ()
        if right:
            session.simulator_key, session.authenticated = found.cookie, True
        elif fresh:
            self._front.sessions.end(session)
            headers = worthless_cookies(self._behaviour) if self._behaviour.cookie_with_failed_login else ()
        self._reply(found.status, found.body, headers)

    # What needs a session

    def _authenticated(self, session: Session) -> None:
        own = self._own_answer(session)
        if own is not None:
            return self._reply(*own)
        found = _forward(self._exchange, "POST", self._body, session)
        body = found.body
        if self._method == "Logout" and found.status == 200:
            self._front.count(logouts=1)
            self._front.sessions.end(session)
        elif self._method == "RetrievePropertiesEx" and found.status == 200:
            objects = inventory.rewritten(inventory.objects_in(body), self._front)
            objects += machines.objects_for(self._body, self._front)
            body = inventory.page(self._method, session, objects, self._front)
        return self._reply(found.status, body)

    def _own_answer(self, session: Session) -> tuple[int, bytes] | None:
        """None: it is for the simulator."""
        tasks = self._front.tasks
        if self._method == "SearchDatastore_Task":
            return tasks.search(self._body)
        if self._method == "CancelTask":
            return tasks.cancel(self._body)
        if self._method in _RETRIEVALS and b'type="Task"' in self._body:
            return tasks.retrieve(self._method, self._body)
        if self._method == "RetrievePropertiesEx" and machines.only_added(self._body, self._front):
            return 200, inventory.answer(self._method, "".join(machines.objects_for(self._body, self._front)))
        if self._method == "RetrievePropertiesEx" and self._front.endless and b"ContainerView" in self._body:
            return 200, self._endless_page()
        if self._method == "ContinueRetrievePropertiesEx" and self._front.endless:
            return 200, self._endless_page()
        if self._method in ("ContinueRetrievePropertiesEx", "CancelRetrievePropertiesEx"):
            return self._next_page(session)
        return None

    def _next_page(self, session: Session) -> tuple[int, bytes]:
        found = re.search(rb"<(?:\w+:)?token>([^<]*)<", self._body)
        objects = session.pages.pop(found[1].decode(), None) if found else None
        if objects is None:
            return 500, INVALID_TOKEN
        if self._method == "CancelRetrievePropertiesEx":
            return 200, inventory.answer(self._method, "")
        return 200, inventory.page(self._method, session, objects, self._front)

    def _endless_page(self) -> bytes:
        number = len(self._front.requests) if self._front.endless == "new" else 0
        folder = (f'<objects><obj type="Folder">group-{number}</obj>'
                  f"<propSet><name>name</name><val>{number}</val></propSet>"
                  f'<propSet><name>parent</name><val type="Folder">group-{number + 1}</val></propSet></objects>')
        return inventory.answer(self._method,
                                "<token>more</token>" + ("" if self._front.endless == "none" else folder))

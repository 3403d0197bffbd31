# SPDX-License-Identifier: MIT
"""/folder: who may read it, what an address means, and the answer: a page or a file."""

from __future__ import annotations

import os
import re
import time
import typing
import urllib.parse
from pathlib import Path

from . import error_pages, ranges, vsan
from .behaviour import Behaviour
from .listings import Pages, Query, read_query
from .sessions import COOKIE, Session, TooMany, set_cookies
from .wire import HTML, Headers

if typing.TYPE_CHECKING:
    from .exchange import Exchange

DATA_FILE = re.compile(r"-(flat|delta|sesparse|ctk|rdmp?)\.vmdk$")
SYSTEM_FOLDER = re.compile(r"\.(vSphere-HA|sdd\.sf|fbb\.sf|vh\.sf|dvsData|naa\..*)")


def answer(exchange: Exchange, raw_path: str, query: str) -> None:
    """A GET or HEAD of what follows /folder, percent-encoded."""
    front = exchange.server
    front.count(folder_requests=1, range_requests="Range" in exchange.headers)
    if not front.enter():
        front.count(overloaded=1)
        return _overloaded(exchange)
    try:
        cookies = _admit(exchange)
        if cookies is None:
            return None
        if front.delay:
            time.sleep(front.delay)
        return _find(exchange, raw_path, read_query(query, front.behaviour.query_decode), cookies)
    except TooMany:
        front.count(overloaded=1)
        return exchange.reply(503, b"too many sessions", HTML)
    finally:
        front.leave()


def _overloaded(exchange: Exchange) -> None:
    overload = exchange.server.behaviour.overload
    if overload == "reset":
        exchange.reset()
    elif overload == "silent":
        exchange.stay_silent()
    else:
        exchange.reply(503, error_pages.UNAVAILABLE if overload == "503 text" else b"", HTML)


# Sessions

def _admit(exchange: Exchange) -> Headers | None:
    """The cookies to send along. None: refused, and answered."""
    front, behaviour = exchange.server, exchange.server.behaviour
    cookie_header, authorization = exchange.headers.get("Cookie", ""), exchange.headers.get("Authorization", "")
    if authorization and COOKIE in cookie_header:
        front.count(cookie_and_basic=1)
    session = front.sessions.find(cookie_header, behaviour)
    if session is not None and session.authenticated and front.sessions.use(session, behaviour):
        return _later_cookies(exchange, session)
    if behaviour.basic_auth == "accepted" and front.sessions.password_is_right(authorization):
        session = front.sessions.create()
        session.authenticated = True
        front.count(basic_sessions=1)
        return set_cookies(session, behaviour)
    front.count(unauthorized=1)
    _refuse(exchange)
    return None


def _later_cookies(exchange: Exchange, session: Session) -> Headers:
    behaviour = exchange.server.behaviour
    if behaviour.cookie != "changes":
        return []
    return set_cookies(session, behaviour, exchange.server.sessions.rename(session))


def _refuse(exchange: Exchange) -> None:
    death = exchange.server.behaviour.session_death
    if death == "reset":
        exchange.reset()
    elif death == "login page":
        exchange.reply(200, error_pages.LOGIN, HTML)
    elif death == "403":
        exchange.reply(403, b"", HTML)
    else:
        exchange.reply(401, b"", HTML, [("WWW-Authenticate", 'Basic realm="VMware HTTP server"')])


# Addresses

def decode_path(raw: str, behaviour: Behaviour) -> str:
    """The path in the datastore, without slashes at its ends."""
    text = urllib.parse.unquote_plus(raw) if behaviour.path_decode == "plus is space" else urllib.parse.unquote(raw)
    return (urllib.parse.unquote(text) if behaviour.path_decode == "twice" else text).strip("/")


def _datacenter_paths(exchange: Exchange, query: Query) -> tuple[str, ...]:
    """The readings of dcPath that the server takes, without the slash before them."""
    front, behaviour = exchange.server, exchange.server.behaviour
    if not query.dc_path:
        default = front.esx if behaviour.missing_dcpath == "by product" else behaviour.missing_dcpath == "default"
        return (front.datacenters[0],) if default else ()
    if behaviour.dcpath == "any":
        return tuple(one.removeprefix("/") for one in query.dc_path)
    wants_slash = behaviour.dcpath == "slash needed"
    return tuple(one.removeprefix("/") for one in query.dc_path if one.startswith("/") == wants_slash)


def _find(exchange: Exchange, raw_path: str, query: Query, cookies: Headers) -> None:
    front, behaviour = exchange.server, exchange.server.behaviour
    pages, path = Pages(behaviour), decode_path(raw_path, behaviour)
    if not query.dc_path and not query.ds_name and not path:
        return _list(exchange, pages.datacenters(front.datacenters), cookies)
    datacenter = next((name for name in _datacenter_paths(exchange, query) if name in front.datacenters), None)
    if datacenter is None:
        return exchange.reply(404, b"", HTML, cookies)
    stores = {name.removeprefix(datacenter + "/"): folder for name, folder in front.datastores.items()
              if name.rpartition("/")[0] == datacenter}
    if not query.ds_name and not path:
        return _list(exchange, pages.datastores(datacenter, stores), cookies)
    datastore = next((name for name in query.ds_name if name in stores), None)
    if datastore is None or ".." in path.split("/"):
        return exchange.reply(404, b"", HTML, cookies)
    if f"{datacenter}/{datastore}" in front.inaccessible:
        return exchange.reply(500, b"", HTML, cookies)
    if behaviour.vsan == "on":
        path = vsan.real_path(stores[datastore], path)
    file = stores[datastore] / path
    if file.is_dir():
        if not raw_path.endswith("/") and behaviour.folder_redirect:
            return _redirect(exchange, cookies)
        if behaviour.system_folders == "CannotAccessFile" and SYSTEM_FOLDER.fullmatch(file.name):
            return exchange.reply(403, b"", HTML, cookies)
        return _list(exchange, pages.folder(datacenter, datastore, path, file), cookies)
    if not file.is_file() or behaviour.vsan == "on" and DATA_FILE.search(file.name):
        return exchange.reply(404, b"", HTML, cookies)
    return _send(exchange, file, cookies)


def _redirect(exchange: Exchange, cookies: Headers) -> None:
    path, mark, query = exchange.path.partition("?")
    exchange.reply(301, b"", HTML, [*cookies, ("Location", f"{exchange.server.origin}{path}/{mark}{query}")])


def _list(exchange: Exchange, page: bytes, cookies: Headers) -> None:
    if exchange.server.behaviour.page_form == "disabled":
        return exchange.reply(403, b"", HTML, cookies)
    exchange.server.count(listings=1)
    return exchange.reply(200, page, HTML, cookies)


# Files

def _send(exchange: Exchange, file: Path, cookies: Headers) -> None:
    front, behaviour = exchange.server, exchange.server.behaviour
    if _is_locked(exchange, file):
        body = error_pages.locked(file.name) if behaviour.lock == "500 NFC" else b""
        return exchange.reply(int(behaviour.lock[:3]), body, HTML, cookies)
    if file.name in front.forbidden:
        if behaviour.privilege in ("401", "403"):
            front.count(unauthorized=1)
        body = error_pages.no_permission() if behaviour.privilege == "500" else b""
        return exchange.reply(int(behaviour.privilege), body, HTML, cookies)
    handle = os.open(file, os.O_RDONLY)
    try:
        content = ranges.content_of(handle)
        if behaviour.vsan == "on" and file.suffix == ".vmdk":
            content = vsan.descriptor(content)
        return ranges.send(exchange, content, cookies)
    finally:
        os.close(handle)


def _is_locked(exchange: Exchange, file: Path) -> bool:
    """Whether a running machine holds the file and the request meets the lock."""
    front, behaviour = exchange.server, exchange.server.behaviour
    if file.parent.name not in front.running or not DATA_FILE.search(file.name):
        return False
    if behaviour.lock_from_byte is not None:
        size = file.stat().st_size
        asked = ranges.read_range(exchange.headers.get("Range", ""), size)
        last = size - 1 if asked is None or asked.last is None else asked.last
        if exchange.command == "HEAD" or last < behaviour.lock_from_byte:
            return False
    return behaviour.lock_seconds is None or front.since_first_lock(file) < behaviour.lock_seconds

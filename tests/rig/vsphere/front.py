# SPDX-License-Identifier: MIT
"""What stands before the simulator, and does to its clients what real servers do (and the simulator does not).

/sdk goes to the simulator, once the session is checked; /folder is served here, from the datastores' folders. All
switches are plain attributes of Front, and may be changed while it runs. It runs in threads of the test's process, so a
test must not wait for its bytes while it holds the interpreter: read() and stat() of a mounted file let go of it, a
page fault in an mmap does not, and would hang.
"""

from __future__ import annotations

import http.client
import http.server
import os
import re
import socket
import ssl
import threading
import time
import urllib.parse
from dataclasses import replace
from pathlib import Path

from .counters import Counters, Request
from .listings import Pages, Query, read_query
from .sessions import COOKIE, Session, Sessions, TooMany, set_cookie
from .soap_faults import ENVELOPE, INVALID_TOKEN, NOT_AUTHENTICATED, NO_PERMISSION, SYSTEM_ERROR

_CHUNK = 256 << 10
_OPEN_TO_ALL = ("RetrieveServiceContent", "Login")


class Front(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, simulator: str, datacenters: list[str], datastores: dict[str, Path], certificate: Path,
                 key: Path, sessions: Sessions, esx: bool) -> None:
        self.simulator = urllib.parse.urlsplit(simulator)
        self.datacenters, self.datastores, self.sessions, self.esx = datacenters, datastores, sessions, esx
        self._lock = threading.Lock()
        self._busy = 0
        self.reset()
        self._sockets: set[socket.socket] = set()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """All switches as at first, nobody logged in, nothing counted. The files stay."""
        self.listings = True  # False: 403 for every page
        self.double_encoded = False  # True: dcPath and dsName must be encoded twice
        self.running: set[str] = set()  # folders of machines whose disks answer 500
        self.concurrency_limit: int | None = None  # more requests to /folder than that: 503
        self.delay = 0.0  # seconds before each answer of /folder
        self.early_cookie = False  # True: RetrieveServiceContent sets the cookie, and Login makes it good
        self.browsing = True  # False: the datastore browser may not be used (NoPermission)
        self.page_objects: int | None = None  # RetrievePropertiesEx gives so many objects, and a token
        # After each part of a retrieval comes another: "same" objects again, "new" ones, or "none" at all.
        self.endless: str | None = None
        self.searching = False  # True: no search of a datastore ends
        # What becomes of a SOAP request whose body holds these bytes: "busy" is answered 503, "silent" is not answered,
        # "lost" is carried out and not answered; "repeated" is a fault with the password that stands in the request.
        self.trouble: dict[bytes, str] = {}
        self.going_on = threading.Event()  # set: nothing is silent any more
        self.forbidden: set[str] = set()  # files that the user may list and not read
        self.forbidden_status = 401  # what real servers answer then; a proxy may make it 403
        self.sessions.limit = None
        self.sessions.expire()
        with self._lock:
            self.requests: list[Request] = []
            self._counters = Counters()

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.going_on.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            for one in self._sockets:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self._thread.join(5)

    def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """In the connection's own thread, so that a slow handshake holds nobody up."""
        request.settimeout(300)
        with self._context.wrap_socket(request, server_side=True) as tls:
            with self._lock:
                self._sockets.add(tls)
            try:
                self.RequestHandlerClass(tls, client_address, self)
            finally:
                with self._lock:
                    self._sockets.discard(tls)

    def handle_error(self, *_: object) -> None:
        """Clients that go away are no news; what matters fails in the client."""

    def count(self, **amounts: int) -> None:
        with self._lock:
            for name, amount in amounts.items():
                setattr(self._counters, name, getattr(self._counters, name) + amount)

    def counters(self) -> Counters:
        with self._lock:
            return replace(self._counters, live_sessions=self.sessions.count())

    def log(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def enter(self) -> bool:
        """False when one more would be too many."""
        with self._lock:
            if self.concurrency_limit is not None and self._busy >= self.concurrency_limit:
                return False
            self._busy += 1
            self._counters.max_concurrency = max(self._counters.max_concurrency, self._busy)
            return True

    def leave(self) -> None:
        with self._lock:
            self._busy -= 1


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def log_message(self, *_: object) -> None:
        pass

    def version_string(self) -> str:
        return ""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/folder" or path.startswith("/folder/"):
            self._folder(urllib.parse.unquote(path.removeprefix("/folder")).strip("/"), query)
        elif path.startswith("/sdk"):
            self._reply(*self._forward("GET", None, None)[:2])
        else:
            self._reply(404, b"")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.partition("?")[0] == "/sdk":
            self._soap(body)
        else:
            self._reply(404, b"")

    def _reply(self, status: int, body: bytes, kind: str = "text/xml; charset=utf-8", soap: str = "",
               **headers: str) -> None:
        self.server.log(Request(self.command, self.path, status, self.headers.get("Range", ""), soap))
        self.send_response_only(status)
        self.send_header("Date", self.date_time_string())
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close" if self.close_connection else "Keep-Alive")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Content-Type", kind)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and body:
            self.wfile.write(body)

    # SOAP

    def _forward(self, method: str, body: bytes | None, session: Session | None) -> tuple[int, bytes, str]:
        """Asks the simulator; the cookie it sets is the third part."""
        address = self.server.simulator
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": self.headers.get("SOAPAction", "")}
        if session is not None and session.simulator_key:
            headers["Cookie"] = f"{COOKIE}={session.simulator_key}"
        try:
            connection.request(method, self.path, body, headers)
            reply = connection.getresponse()
            cookie = (reply.headers.get("Set-Cookie") or "").partition(";")[0].partition("=")[2]
            return reply.status, reply.read(), cookie
        finally:
            connection.close()

    def _soap(self, body: bytes) -> None:
        front = self.server
        front.count(soap_requests=1)
        found = re.search(rb"<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)", body)
        method = found[1].decode() if found else ""
        trouble = next((what for piece, what in front.trouble.items() if piece in body), "")
        if trouble == "busy":
            return self._reply(503, b"busy", "text/html", soap=method)
        if trouble == "silent":
            front.going_on.wait(60)
            self.close_connection = True
            return None
        if trouble == "repeated":
            said = re.search(rb"<password>(.*?)</password>", body)
            assert said is not None
            return self._reply(500, SYSTEM_ERROR.replace("REASON", said[1].decode()).encode(), soap=method)
        session = front.sessions.find(self.headers.get("Cookie", ""))
        if method not in _OPEN_TO_ALL and not (session and session.authenticated):
            return self._reply(500, NOT_AUTHENTICATED.encode(), soap=method)
        if method == "SearchDatastore_Task" and not front.browsing:
            return self._reply(500, NO_PERMISSION.encode(), soap=method)
        if method == "ContinueRetrievePropertiesEx":
            assert session is not None
            return self._next_page(body, session)
        headers = {}
        try:
            if session is None and (method == "Login" or front.early_cookie):
                session = front.sessions.create()
                headers["Set_Cookie"] = set_cookie(session)
        except TooMany:
            front.count(overloaded=1)
            return self._reply(503, b"too many sessions", "text/html", soap=method)
        status, answer, key = self._forward("POST", body, session)
        if method == "Login":
            assert session is not None
            front.count(**{"logins" if status == 200 else "failed_logins": 1})
            if status == 200:
                session.simulator_key, session.authenticated = key, True
            elif headers:
                front.sessions.end(session)
                headers = {}
        elif method == "Logout" and status == 200 and session is not None:
            front.count(logouts=1)
            front.sessions.end(session)
        elif method == "RetrievePropertiesEx" and front.searching and b">Task<" in body:
            answer = answer.replace(b"<state>success</state>", b"<state>running</state>")
        elif method == "RetrievePropertiesEx" and front.endless and b"ContainerView" in body:
            answer = self._endless_page(method)
        elif method == "RetrievePropertiesEx" and status == 200 and front.page_objects and session is not None:
            objects = re.findall(r"<objects>.*?</objects>", answer.decode(), re.DOTALL)
            answer = self._page(method, session, objects)
        if trouble == "lost":
            self.close_connection = True
            return None
        return self._reply(status, answer, soap=method, **headers)

    def _page(self, method: str, session: Session, objects: list[str]) -> bytes:
        count = self.server.page_objects or len(objects)
        token = ""
        if objects[count:]:
            name = str(len(session.pages))
            session.pages[name] = objects[count:]
            token = f"<token>{name}</token>"
        inner = token + "".join(objects[:count])
        return ENVELOPE.format(f'<{method}Response xmlns="urn:vim25"><returnval>{inner}</returnval></{method}Response>'
                                ).encode()

    def _endless_page(self, method: str) -> bytes:
        number = len(self.server.requests) if self.server.endless == "new" else 0
        folder = (f'<objects><obj type="Folder">group-{number}</obj><propSet><name>name</name><val>{number}</val></propSet>'
                  f'<propSet><name>parent</name><val type="Folder">group-{number + 1}</val></propSet></objects>')
        objects = "" if self.server.endless == "none" else folder
        return ENVELOPE.format(f'<{method}Response xmlns="urn:vim25"><returnval><token>more</token>{objects}</returnval>'
                                f"</{method}Response>").encode()

    def _next_page(self, body: bytes, session: Session) -> None:
        if self.server.endless:
            return self._reply(200, self._endless_page("ContinueRetrievePropertiesEx"), soap="ContinueRetrievePropertiesEx")
        found = re.search(rb"<(?:\w+:)?token>([^<]*)<", body)
        objects = session.pages.pop(found[1].decode(), None) if found else None
        method = "ContinueRetrievePropertiesEx"
        if objects is None:
            return self._reply(500, INVALID_TOKEN.encode(), soap=method)
        return self._reply(200, self._page(method, session, objects), soap=method)

    # Files and their listings

    def _folder(self, path: str, query: str) -> None:
        front = self.server
        front.count(folder_requests=1, range_requests="Range" in self.headers)
        if not front.enter():
            front.count(overloaded=1)
            return self._reply(503, b"", "text/html")
        try:
            cookie = self._admit()
            if cookie is None:
                return
            if front.delay:
                time.sleep(front.delay)
            self._find(path, read_query(query, front.double_encoded), cookie)
        except TooMany:
            front.count(overloaded=1)
            self._reply(503, b"too many sessions", "text/html")
        finally:
            front.leave()

    def _admit(self) -> dict[str, str] | None:
        """The headers of a new session, or none for a live one. None: refused, and said so."""
        front, authorization = self.server, self.headers.get("Authorization", "")
        session = front.sessions.find(self.headers.get("Cookie", ""))
        if authorization and COOKIE in self.headers.get("Cookie", ""):
            front.count(cookie_and_basic=1)
        if session is not None and session.authenticated:
            return {}
        if front.sessions.password_is_right(authorization):
            session = front.sessions.create()
            session.authenticated = True
            front.count(basic_sessions=1)
            return {"Set_Cookie": set_cookie(session)}
        front.count(unauthorized=1)
        self._reply(401, b"", "text/html", WWW_Authenticate='Basic realm="VMware HTTP server"')
        return None

    def _find(self, path: str, query: Query, cookie: dict[str, str]) -> None:
        front, pages = self.server, Pages(self.server.double_encoded)
        if not query.dc_path and not query.ds_name and not path:
            return self._list(pages.datacenters(front.datacenters), cookie)
        wanted = query.dc_path or (("ha-datacenter",) if front.esx else ())
        datacenter = next((name for name in wanted if name in front.datacenters), None)
        if datacenter is None:
            return self._reply(404, b"", "text/html", **cookie)
        stores = {name.removeprefix(datacenter + "/"): folder for name, folder in front.datastores.items()
                  if name.rpartition("/")[0] == datacenter}
        if not query.ds_name:
            page = pages.datastores(datacenter, stores)
            return self._list(page, cookie) if not path else self._reply(404, b"", "text/html", **cookie)
        datastore = next((name for name in query.ds_name if name in stores), None)
        if datastore is None or ".." in path.split("/"):
            return self._reply(404, b"", "text/html", **cookie)
        file = stores[datastore] / path
        if file.is_dir():
            return self._list(pages.folder(datacenter, datastore, path, file), cookie)
        if not file.is_file():
            return self._reply(404, b"", "text/html", **cookie)
        if file.parent.name in front.running and re.search(r"-(flat|delta|sesparse)\.vmdk$", file.name):
            return self._reply(500, b"", "text/html", **cookie)  # the machine holds a lock on it
        if file.name in front.forbidden:
            front.count(unauthorized=1)
            return self._reply(front.forbidden_status, b"", "text/html", **cookie)
        return self._send(file, cookie)

    def _list(self, page: bytes, cookie: dict[str, str]) -> None:
        if not self.server.listings:
            return self._reply(403, b"", "text/html", **cookie)
        self.server.count(listings=1)
        return self._reply(200, page, "text/html; charset=utf-8", **cookie)

    def _send(self, file: Path, headers: dict[str, str]) -> None:
        """A file or one range of it; no ETag and no Last-Modified, as on real servers."""
        handle = os.open(file, os.O_RDONLY)
        try:
            size = os.fstat(handle).st_size
            first, last, status = 0, size - 1, 200
            asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
            if asked and (asked[1] or asked[2]) and size:
                first = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
                last = min(last, int(asked[2])) if asked[1] and asked[2] else last
                if first > last:
                    return self._reply(416, b"", "text/html", Content_Range=f"bytes */{size}", **headers)
                status = 206
                headers = {**headers, "Content_Range": f"bytes {first}-{last}/{size}"}
            length = last + 1 - first
            self._reply(status, b"", "application/octet-stream", Accept_Ranges="bytes", Content_Length=str(length),
                        **headers)
            if self.command == "HEAD":
                return None
            while first <= last:
                part = os.pread(handle, min(_CHUNK, last + 1 - first), first)
                if not part:  # cut short while it was read
                    self.close_connection = True
                    return None
                self.wfile.write(part)
                first += len(part)
                self.server.count(bytes_sent=len(part))
            return None
        finally:
            os.close(handle)

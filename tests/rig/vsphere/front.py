# SPDX-License-Identifier: MIT
"""What stands before the simulator, and does to its clients what real servers do (and the simulator does not).

/sdk goes through soap_front.py to the simulator, once the session is checked; /folder is served by folder_front.py from
the datastores' folders. Where real servers differ, a switch of `behaviour` says which of them this is; the other
attributes are faults and states. All may be changed while it runs. It runs in threads of the test's process, so a test
must not wait for its bytes while it holds the interpreter: read() and stat() of a mounted file let go of it, a page
fault in an mmap does not, and would hang.
"""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
import time
import urllib.parse
from dataclasses import dataclass, replace
from pathlib import Path

from .behaviour import Behaviour
from .counters import Counters, Request
from .exchange import Exchange
from .machines import Machine
from .sessions import Sessions
from .tasks import Tasks


@dataclass(frozen=True)
class Inventory:
    """What the simulator says of itself; a datastore is DATACENTER/NAME."""

    url: str
    datacenters: list[str]
    datastores: dict[str, Path]  # its files
    browsers: dict[str, str]  # reference of a HostDatastoreBrowser -> datastore
    references: dict[str, str]  # datastore -> its reference
    hosts: dict[str, str]  # datacenter -> reference of a host, if it has one
    machine_folders: dict[str, str]  # datacenter -> reference of the folder of its machines


class Front(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, inventory: Inventory, certificate: Path, key: Path, sessions: Sessions, esx: bool) -> None:
        self.simulator = urllib.parse.urlsplit(inventory.url)
        self.datacenters, self.datastores = inventory.datacenters, inventory.datastores
        self.browsers, self._references = inventory.browsers, inventory.references
        self.hosts, self.machine_folders = inventory.hosts, inventory.machine_folders
        self.sessions, self.esx = sessions, esx
        self.tasks = Tasks(self)
        self._lock = threading.Lock()
        self._busy = 0
        self.reset()
        self._sockets: set[socket.socket] = set()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        super().__init__(("127.0.0.1", 0), Exchange)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """All switches as at first, nobody logged in, nothing counted. The files stay."""
        self.behaviour = Behaviour()
        # For which files and datastores: behaviour says what becomes of them.
        self.running: set[str] = set()  # folders of machines that hold a lock on their disks' data files
        self.forbidden: set[str] = set()  # names of files that the user may list and not read
        self.inaccessible: set[str] = set()  # datastores whose summary.accessible is false
        self.maintenance: set[str] = set()  # datastores in maintenance mode
        self.machines: list[Machine] = []  # those that Vsphere.add_vm() added; their files stay
        # How much at once, and how fast.
        self.concurrency_limit: int | None = None  # more requests to /folder than that: behaviour.overload
        self.delay = 0.0  # seconds before each answer of /folder
        # Faults.
        self.early_cookie = False  # True: RetrieveServiceContent sets the cookie, and Login makes it good
        self.browsing = True  # False: the datastore browser may not be used (NoPermission)
        # After each part of a retrieval comes another: "same" objects again, "new" ones, or "none" at all.
        self.endless: str | None = None
        self.searching = False  # True: no search of a datastore ends
        # What becomes of a SOAP request whose body holds these bytes: "busy" is answered 503, "silent" is not answered,
        # "lost" is carried out and not answered; "repeated" is a fault with the password that stands in the request.
        self.trouble: dict[bytes, str] = {}
        self.going_on = threading.Event()  # set: nothing is silent any more
        self.sessions.limit = None
        self.sessions.expire()
        self.tasks.reset()
        with self._lock:
            self.requests: list[Request] = []
            self._counters = Counters()
            self._ranges = self._bodies = 0
            self._locked_since: dict[Path, float] = {}

    # Switches by other names

    @property
    def listings(self) -> bool:
        """False: 403 for every page."""
        return self.behaviour.page_form != "disabled"

    @listings.setter
    def listings(self, value: bool) -> None:
        self.behaviour.page_form = "2010" if value else "disabled"

    @property
    def double_encoded(self) -> bool:
        """True: dcPath and dsName must be encoded twice."""
        return self.behaviour.query_decode == "twice"

    @double_encoded.setter
    def double_encoded(self, value: bool) -> None:
        self.behaviour.query_decode = "twice" if value else "once or twice"

    @property
    def page_objects(self) -> int | None:
        """RetrievePropertiesEx gives so many objects, and a token."""
        return self.behaviour.page_size

    @page_objects.setter
    def page_objects(self, value: int | None) -> None:
        self.behaviour.page_size = value

    @property
    def forbidden_status(self) -> int:
        """What a request of a forbidden file gets."""
        return int(self.behaviour.privilege)

    @forbidden_status.setter
    def forbidden_status(self, value: int) -> None:
        self.behaviour.privilege = str(value)  # type: ignore[assignment]

    # The server

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}"

    def reference_of(self, datastore: str) -> str:
        """Of the managed object."""
        return self._references[datastore]

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

    # Counters

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

    def next_range(self) -> int:
        """The number of this answer to a Range, from 1."""
        with self._lock:
            self._ranges += 1
            return self._ranges

    def cuts_next(self) -> bool:
        """Whether close_mid_body cuts the body that comes now."""
        with self._lock:
            if not self.behaviour.close_mid_body:
                return False
            self._bodies += 1
            return self._bodies % 2 == 1

    def since_first_lock(self, file: Path) -> float:
        """Seconds since a request first met the lock of the file."""
        now = time.monotonic()
        with self._lock:
            return now - self._locked_since.setdefault(file, now)

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

# SPDX-License-Identifier: MIT
"""The servers that people have, each a private process on 127.0.0.1, and what is special about each.

    with KINDS["varnish"].start(docroot) as server:
        server.url                       # http://127.0.0.1:PORT/.../, whose "images/" is docroot/images

A cache or balancer (`Behind`) comes with origins of its own, which are slow and keep a log: server.origins.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..index_servers import Command, IndexServer, index_servers, nginx
from ..server import Server
from . import caches, small

PROFILE = "wan"  # the link between a cache and its origin: 40 ms before each response


class Behind:
    """Owns origins, each with the document root, and the server in front of them, whose start gets their ports."""

    def __init__(self, configure: Callable[..., Command], count: int, profile: str, docroot: Path) -> None:
        with contextlib.ExitStack() as stack:
            self.origins = [stack.enter_context(Server(docroot)) for _ in range(count)]
            ports = [origin.http_port for origin in self.origins]
            command = partial(configure, ports[0] if count == 1 else tuple(ports))
            front = stack.enter_context(IndexServer(command, docroot))
            self.url = f"{front.url}{profile}/"
            self._stack = stack.pop_all()

    def __enter__(self) -> Behind:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def sent(self) -> int:
        """Bytes of bodies that the origins have sent so far."""
        return sum(request.sent for origin in self.origins for request in origin.requests())


Running = IndexServer | Behind


@dataclass(frozen=True)
class Kind:
    """`package`: the Debian package whose version is the server's. `special`: what a client has to cope with."""

    name: str
    package: str
    special: str
    start: Callable[[Path], Running]
    origins: int = 0  # how many are behind it

    @property
    def version(self) -> str:
        if not self.package:
            return ""
        return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", self.package], capture_output=True,
                              text=True).stdout


def _folder(name: str, package: str, special: str,
            configure: Callable[[Path, Path, int], Command] | None = None) -> Kind:
    start = partial(IndexServer, configure) if configure else index_servers()[name]
    return Kind(name, package, special, start)


def _iis(_: Path, docroot: Path, port: int) -> Command:
    return [sys.executable, str(Path(__file__).with_name("iis.py")), str(port), str(docroot)]


FOLDERS = (
    _folder("nginx", "nginx-light", "sizes are exact, times to the minute"),
    _folder("nginx-json", "nginx-light", "autoindex_format json"),
    _folder("nginx-rounded", "nginx-light", "autoindex_exact_size off: sizes are rounded, times local",
            partial(nginx, "autoindex_exact_size off; autoindex_localtime on;")),
    _folder("nginx-xml", "nginx-light", "autoindex_format xml"),
    _folder("nginx-fancyindex", "libnginx-mod-http-fancyindex", "a table by a module that others made",
            partial(nginx, "fancyindex on;", module="ngx_http_fancyindex_module")),
    _folder("apache-plain", "apache2-bin", "names and nothing else"),
    _folder("apache-fancy", "apache2-bin", "sizes are rounded, long names cut short"),
    _folder("apache-table", "apache2-bin", "as Debian sets it up"),
    _folder("apache-encoding", "apache2-bin", "AddEncoding x-gzip: .gz is Content-Encoding",
            small.apache_with_encoding),
    _folder("lighttpd", "lighttpd", "sizes are rounded"),
    _folder("caddy", "caddy", "links begin with ./"),
    _folder("go", "golang-go", "a <pre> of links; no ETag"),
    _folder("python", "python3", "no ranges"),
    _folder("mini-httpd", "mini-httpd", "no ranges; lists . and .., folders without a slash; .gz is Content-Encoding",
            small.mini_httpd),
    _folder("webfs", "webfs", "links with a bare &, sizes rounded from 10 kB on; no ETag", small.webfs),
    _folder("busybox", "busybox", "lists nothing; images are text/html; closes after each reply", small.busybox),
    _folder("h2o", "h2o", "a list of links, folders without a slash", small.h2o),
    _folder("twisted", "python3-twisted", "images are text/html, .gz is Content-Encoding; no ETag", small.twisted),
    _folder("rclone", "rclone", "rclone serve http; no ETag", small.rclone),
    _folder("iis", "", "not IIS, but its listing: absolute links, upper case", _iis),
)


def fronts(fresh: int, *, profile: str = PROFILE) -> dict[str, Kind]:
    """The caches and the balancer by name. A cache believes what it has for `fresh` seconds."""

    def front(name: str, package: str, special: str, configure: Callable[..., Command], count: int = 1) -> Kind:
        return Kind(name, package, special, partial(Behind, configure, count, profile), count)

    nginx_front = partial(front, package="nginx-light")
    return {kind.name: kind for kind in (
        front("varnish", "varnish", "fetches the whole file, a range waits for it", partial(caches.varnish, fresh)),
        nginx_front("nginx-cache", special="proxy_cache: fetches the whole file, for each that asks before it has come",
              configure=partial(caches.nginx, "", fresh)),
        nginx_front("nginx-slices", special="proxy_cache of slices of 1 MiB, each of which grows old by itself",
              configure=partial(caches.nginx, caches.NGINX_SLICES, fresh)),
        front("squid", "squid", "accel: ranges go through and are not kept", partial(caches.squid, "", fresh)),
        front("squid-whole", "squid", "accel, range_offset_limit none: fetches the whole file",
              partial(caches.squid, caches.SQUID_WHOLE, fresh)),
        front("haproxy", "haproxy", "two origins in turns", caches.haproxy, 2),
    )}


KINDS = {kind.name: kind for kind in FOLDERS} | fronts(fresh=60)

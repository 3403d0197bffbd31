# SPDX-License-Identifier: MIT
"""Real servers that list a folder on 127.0.0.1, each a private process with its own configuration.

    for name, start in index_servers().items():
        with start(folder) as server:
            server.url                                     # http://127.0.0.1:PORT/

samples/index/ holds a page of each for the folder that hostile_tree() makes; in tests/,
`python3 -m rig.index_servers` writes them again.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .gobuild import built
from .processes import can_connect, end_with_parent, free_ports, wait_until

# Names a file may have and a listing may get wrong, with the sizes of their files. Names in samples too: append only.
HOSTILE_NAMES = {
    "plain.img": 1048577, "two words.img": 1, "plus+plus": 2, "percent%41": 3, "and&amp;and": 4, "<b>bold": 5,
    'double"quote': 6, "single'quote": 7, "Umläut ß": 8, "hash#mark": 9, "question?mark=1": 10, "semi;colon": 11,
    "-leading-dash": 12, "l" * 196 + ".img": 13, "[x]": 14, "colon:8080": 15, "back\\slash": 16, "empty": 0,
    "  spaces  ": 17, "tilde~": 18, "日本": 19, "a,b=c@d!$(e)*": 20, "index.txt": 21, "%": 22,
    "this & that": 23, "a&b": 24,
}
HOSTILE_FOLDERS = ("sub", "sub with + and %2f")
_TIME = 1706933106  # 2024-02-03 04:05:06 UTC

# IndexOptions of Debian's autoindex.conf.
APACHE_OF_DEBIAN = "FancyIndexing VersionSort HTMLTable NameWidth=* DescriptionWidth=* Charset=UTF-8"

Command = list[str]


def hostile_tree(folder: Path) -> None:
    """Files of HOSTILE_NAMES, each full of the last letter of its size; folders with one file, "inner", of 5 bytes."""
    for name, size in HOSTILE_NAMES.items():
        (folder / name).write_bytes(hostile_content(size))
    for name in HOSTILE_FOLDERS:
        (folder / name).mkdir()
        (folder / name / "inner").write_bytes(b"inner")
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (_TIME, _TIME))


def hostile_content(size: int) -> bytes:
    return str(size % 10).encode() * size


class IndexServer:
    """Owns the process and a folder for its configuration and logs. The docroot must be there already."""

    def __init__(self, configure: Callable[[Path, Path, int], Command], docroot: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rimfs-index-"))
        self.folder.chmod(0o755)
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}/"
        self._process: subprocess.Popen[bytes] | None = None
        try:
            command = configure(self.folder, Path(docroot).resolve(), self.port)
            home = {name: str(self.folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
            with open(self.folder / "output", "wb") as output:
                self._process = subprocess.Popen(
                    command, cwd=self.folder, env={**os.environ, **home, "TZ": "UTC"}, stdin=subprocess.DEVNULL,
                    stdout=output, stderr=output, start_new_session=True, preexec_fn=end_with_parent)
            wait_until(self._started, 15, f"{command[0]} to listen")
        except BaseException:
            self.close()
            raise

    def _started(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError("the server ended:\n" + (self.folder / "output").read_text(errors="replace"))
        return can_connect(self.port)

    def __enter__(self) -> IndexServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(5)
        shutil.rmtree(self.folder, ignore_errors=True)


def quoted(path: Path) -> str:
    """As nginx, Apache, lighttpd and Caddy read a path with any character in it."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def nginx(style: str, folder: Path, docroot: Path, port: int, module: str = "") -> Command:
    """`style`: directives beside autoindex; `module`: the file of one that lists in its place."""
    temporary = "\n".join(f"{kind}_temp_path tmp;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
{"user root root;" if os.geteuid() == 0 else ""}
{f"load_module /usr/lib/nginx/modules/{module}.so;" if module else ""}
daemon off;
pid nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    {temporary}
    default_type application/octet-stream;
    server {{
        listen 127.0.0.1:{port};
        root {quoted(docroot)};
        index index.none;
        {"" if module else "autoindex on;"}
        {style}
    }}
}}
""")
    return ["nginx", "-e", "error.log", "-p", str(folder), "-c", "nginx.conf"]


def apache(options: str, more: str, folder: Path, docroot: Path, port: int) -> Command:
    """`options`: what IndexOptions says; `more`: further directives, for which mod_mime is there."""
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
                      for name in ("mpm_event", "authz_core", "autoindex", *(("mime",) if more else ())))
    (folder / "apache.conf").write_text(f"""
ServerRoot {quoted(folder)}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile apache.pid
ErrorLog error.log
{modules}
StartServers 1
DocumentRoot {quoted(docroot)}
<Directory {quoted(docroot)}>
    Options Indexes FollowSymLinks
    Require all granted
    IndexOptions {options}
</Directory>
{more}
""")
    command = ["apache2", "-X", "-f", str(folder / "apache.conf")]
    if os.geteuid() == 0:  # Apache will not serve as root, and others may not read what pytest keeps for root
        folder.chmod(0o777)
        rights = "+dac_override"
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig=TERM",
                   f"--inh-caps={rights}", f"--ambient-caps={rights}", *command]
    return command


def _lighttpd(folder: Path, docroot: Path, port: int) -> Command:
    (folder / "lighttpd.conf").write_text(f"""
server.modules = ("mod_dirlisting")
server.document-root = {quoted(docroot)}
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = {quoted(folder / "error.log")}
mimetype.assign = ("" => "application/octet-stream")
dir-listing.activate = "enable"
dir-listing.encoding = "utf-8"
""")
    return ["lighttpd", "-D", "-f", str(folder / "lighttpd.conf")]


# Caddy would show index.txt in place of the listing.
def _caddy(folder: Path, docroot: Path, port: int) -> Command:
    (folder / "Caddyfile").write_text(f"""{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    bind 127.0.0.1
    root * {quoted(docroot)}
    file_server {{
        browse
        index index.none
    }}
}}
""")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def _python(folder: Path, docroot: Path, port: int) -> Command:
    return ["/usr/bin/python3", "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(docroot)]


def _go(folder: Path, docroot: Path, port: int) -> Command:
    program = built(Path(__file__).parent / "fileserver" / "main.go", "go-fileserver")
    return [str(program), f"127.0.0.1:{port}", str(docroot)]


def index_servers() -> dict[str, Callable[[Path], IndexServer]]:
    """Name -> a function that starts it on a folder; use what it returns as a context manager."""
    configurations: dict[str, Callable[[Path, Path, int], Command]] = {
        "nginx": partial(nginx, ""),
        "nginx-json": partial(nginx, "autoindex_format json;"),
        "nginx-xml": partial(nginx, "autoindex_format xml;"),
        "apache-plain": partial(apache, "Charset=UTF-8", ""),
        "apache-fancy": partial(apache, "FancyIndexing Charset=UTF-8", ""),  # cuts long names short
        # As Debian sets it up.
        "apache-table": partial(apache, APACHE_OF_DEBIAN, ""),
        "lighttpd": _lighttpd,
        "caddy": _caddy,
        "python": _python,
        "go": _go,
    }
    return {name: partial(IndexServer, configure) for name, configure in configurations.items()}


def suffix(name: str) -> str:
    return next((f".{form}" for form in ("json", "xml") if name.endswith(form)), ".html")


def main() -> None:
    samples = Path(__file__).parent / "samples" / "index"
    samples.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as docroot:
        (Path(docroot) / "images").mkdir()  # so that there is a parent to link to
        hostile_tree(Path(docroot) / "images")
        for name, start in index_servers().items():
            with start(Path(docroot)) as server, urllib.request.urlopen(server.url + "images/", timeout=10) as reply:
                page = reply.read().replace(f":{server.port}".encode(), b":8080")
                (samples / (name + suffix(name))).write_bytes(page)


if __name__ == "__main__":
    main()

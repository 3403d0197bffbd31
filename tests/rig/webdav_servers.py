# SPDX-License-Identifier: MIT
"""Real WebDAV servers of Debian on 127.0.0.1, each a private process that serves a folder for reading.

    with webdav_servers()["apache"](docroot) as server:
        server.url                                         # dav://127.0.0.1:PORT/
    with apache(docroot, login="Digest") as server:        # the user "me" with PASSWORD
    with apache(docroot, certificates=folder) as server:   # davs://, with the certificate that certificates.make() wrote
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .index_servers import Command, IndexServer, quoted

PASSWORD = "s3cret"
_REALM = "images"


class WebdavServer(IndexServer):
    def __init__(self, configure: Callable[[Path, Path, int], Command], docroot: Path) -> None:
        super().__init__(configure, docroot)
        self.url = self.url.replace("http://", "dav://")


def _login_directives(scheme: str, folder: Path) -> str:
    if not scheme:
        return ""
    if scheme == "Basic":
        code = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], capture_output=True, text=True, check=True).stdout
        (folder / "users").write_text(f"me:{code}")
        provider = "AuthBasicProvider file"
    else:
        code = hashlib.md5(f"me:{_REALM}:{PASSWORD}".encode()).hexdigest()
        (folder / "users").write_text(f"me:{_REALM}:{code}\n")
        provider = "AuthDigestProvider file"
    (folder / "users").chmod(0o644)
    return f"AuthType {scheme}\nAuthName {_REALM}\n{provider}\nAuthUserFile {quoted(folder / 'users')}\nRequire valid-user"


def _apache(login: str, certificates: Path | None, folder: Path, docroot: Path, port: int) -> Command:
    names = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "dir", "dav", "dav_fs"]
    names += [f"auth_{login.lower()}"] if login else []
    names += ["ssl"] if certificates else []
    tls = f"""SSLEngine On
SSLCertificateFile {quoted(certificates / "server.crt")}
SSLCertificateKeyFile {quoted(certificates / "server.key")}""" if certificates else ""
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in names)
    (folder / "apache.conf").write_text(f"""
ServerRoot {quoted(folder)}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile apache.pid
ErrorLog error.log
DefaultRuntimeDir {quoted(folder)}
{modules}
StartServers 1
{tls}
DavLockDB {quoted(folder / "locks")}
DocumentRoot {quoted(docroot)}
<Directory {quoted(docroot)}>
    Dav On
    {_login_directives(login, folder) or "Require all granted"}
</Directory>
""")
    command = ["apache2", "-X", "-f", str(folder / "apache.conf")]
    if os.geteuid() == 0:  # as in index_servers.apache()
        folder.chmod(0o777)
        rights = "+dac_override"
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig=TERM",
                   f"--inh-caps={rights}", f"--ambient-caps={rights}", *command]
    return command


def _lighttpd(folder: Path, docroot: Path, port: int) -> Command:
    (folder / "lighttpd.conf").write_text(f"""
server.modules = ("mod_webdav")
server.document-root = {quoted(docroot)}
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = {quoted(folder / "error.log")}
mimetype.assign = ("" => "application/octet-stream")
webdav.activate = "enable"
webdav.is-readonly = "enable"
""")
    return ["lighttpd", "-D", "-f", str(folder / "lighttpd.conf")]


def _rclone(folder: Path, docroot: Path, port: int) -> Command:
    return ["rclone", "serve", "webdav", "--config", "/dev/null", "--read-only", "--addr", f"127.0.0.1:{port}", str(docroot)]


def apache(docroot: Path, *, login: str = "", certificates: Path | None = None) -> WebdavServer:
    """`login`: "Basic", "Digest" or none."""
    server = WebdavServer(partial(_apache, login, certificates), docroot)
    if certificates:
        server.url = server.url.replace("dav://", "davs://")
    return server


def webdav_servers() -> dict[str, Callable[[Path], WebdavServer]]:
    """Name -> a function that starts it on a folder; use what it returns as a context manager."""
    return {"apache": apache, "lighttpd": partial(WebdavServer, _lighttpd), "rclone": partial(WebdavServer, _rclone)}

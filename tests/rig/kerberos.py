# SPDX-License-Identifier: MIT
"""A private Kerberos realm on 127.0.0.1: a KDC of MIT Kerberos, a user with a ticket, and Apache with mod_auth_gssapi.

    with Kerberos() as realm, realm.apache(docroot) as server:
        with Mount("--user", ":", server.url + "disk.img", env=realm.environment(realm.ticket())):
            ...

Configuration, database, keytab, tickets and the cache of replays are in the realm's own folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from .index_servers import IndexServer, apache
from .processes import can_connect, end_with_parent, free_ports, wait_until

REALM, USER, PASSWORD = "RIMFS.TEST", "me", "s3cret"
SERVICE = "HTTP/127.0.0.1"  # what libcurl asks for at http://127.0.0.1/
_MODULE = Path("/usr/lib/apache2/modules/mod_auth_gssapi.so")


def missing() -> str:
    """Why there can be no realm here; empty when there can."""
    packages = {"krb5-kdc": _program("krb5kdc"), "krb5-user": _program("kinit"),
                "krb5-admin-server": _program("kadmin.local"), "libapache2-mod-auth-gssapi": _MODULE.exists()}
    lacking = [name for name, there in packages.items() if not there]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def _program(name: str) -> str | None:
    """An ordinary user's PATH lacks the folders of administrators."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


class Kerberos:
    """Owns the folder, the database and the KDC. Tests may stop() and start() the KDC."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rimfs-kerberos-"))
        self.folder.chmod(0o755)
        (self.port,) = free_ports(1)
        self.keytab = self.folder / "keytab"
        self._kdc: subprocess.Popen[bytes] | None = None
        self._tickets = 0
        try:
            self._configure()
            self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
            self._admin(f"addprinc -pw {PASSWORD} {USER}", f"addprinc -randkey {SERVICE}",
                        f"ktadd -k {self.keytab} {SERVICE}")
            self.keytab.chmod(0o644)  # Apache runs as another user
            self.start()
        except BaseException:
            self.close()
            raise

    def _configure(self) -> None:
        (self.folder / "krb5.conf").write_text(f"""
[libdefaults]
    default_realm = {REALM}
    dns_lookup_realm = false
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
    qualify_shortname = ""
    default_ccache_name = FILE:{self.folder}/no-ticket
[realms]
    {REALM} = {{
        kdc = 127.0.0.1:{self.port}
    }}
[logging]
    kdc = FILE:{self.folder}/kdc.log
    default = FILE:{self.folder}/default.log
""")
        (self.folder / "kdc.conf").write_text(f"""
[kdcdefaults]
    kdc_listen = 127.0.0.1:{self.port}
    kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
    {REALM} = {{
        database_name = {self.folder}/principal
        key_stash_file = {self.folder}/stash
        acl_file = {self.folder}/acl
        max_life = 1h
    }}
""")

    def environment(self, tickets: Path | None = None) -> dict[str, str]:
        """For a process of the realm; `tickets`: its credential cache, otherwise one that does not exist."""
        return {"KRB5_CONFIG": str(self.folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
                "KRB5CCNAME": f"FILE:{tickets or self.folder / 'no-ticket'}",
                "KRB5RCACHENAME": f"file2:{self.folder}/replays", "KRB5_CLIENT_KTNAME": str(self.folder / "no-keytab")}

    def run(self, program: str, *arguments: str, text: str = "", tickets: Path | None = None) -> str:
        done = subprocess.run([_program(program) or program, *arguments], input=text, capture_output=True, text=True,
                              env=os.environ | self.environment(tickets), timeout=20)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
        return done.stdout

    def _admin(self, *commands: str) -> None:
        for command in commands:
            self.run("kadmin.local", "-r", REALM, "-q", command)

    def start(self) -> None:
        environment = os.environ | self.environment()
        with open(self.folder / "output", "wb") as output:
            self._kdc = subprocess.Popen(
                [_program("krb5kdc") or "krb5kdc", "-n", "-r", REALM, "-P", str(self.folder / "kdc.pid")],
                env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=end_with_parent)
        wait_until(self._started, 15, "the KDC to listen")

    def _started(self) -> bool:
        assert self._kdc is not None
        if self._kdc.poll() is not None:
            raise RuntimeError("the KDC ended:\n" + (self.folder / "output").read_text(errors="replace"))
        return can_connect(self.port)

    def ticket(self, *options: str, into: Path | None = None) -> Path:
        """A credential cache with a ticket of USER; `options` of kinit, such as "-l", "2s"."""
        self._tickets += 1
        cache = into or self.folder / f"tickets-{self._tickets}"
        self.run("kinit", *options, USER, text=PASSWORD + "\n", tickets=cache)
        return cache

    def change_key_of_service(self) -> None:
        """Tickets are then for a key that the server's keytab does not have."""
        self._admin(f"cpw -randkey {SERVICE}")

    def apache(self, docroot: Path) -> IndexServer:
        """Files of `docroot` for users of the realm. A connection is authenticated once, as on IIS."""
        modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
                          for name in ("authn_core", "authz_user", "auth_gssapi"))
        more = f"""{modules}
TypesConfig /dev/null
KeepAlive On
<Location />
    AuthType GSSAPI
    AuthName "Kerberos"
    GssapiCredStore keytab:{self.keytab}
    GssapiConnectionBound On
    Require user {USER}@{REALM}
</Location>
"""
        return IndexServer(partial(self._with_realm, more), docroot)

    def _with_realm(self, more: str, folder: Path, docroot: Path, port: int) -> list[str]:
        self.folder.chmod(0o777)  # for the cache of replays
        variables = [f"{name}={value}" for name, value in self.environment().items()]
        return ["env", *variables, *apache("Charset=UTF-8", more, folder, docroot, port)]

    def __enter__(self) -> Kerberos:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def stop(self) -> None:
        if self._kdc is not None and self._kdc.poll() is None:
            self._kdc.send_signal(signal.SIGTERM)
            try:
                self._kdc.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self._kdc.pid, signal.SIGKILL)
                self._kdc.wait(5)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

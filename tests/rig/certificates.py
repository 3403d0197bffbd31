# SPDX-License-Identifier: MIT
"""Throw-away certificate authorities: one for the server, one for clients."""

from __future__ import annotations

import subprocess
from pathlib import Path

SERVER_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def _key(folder: Path, name: str) -> None:
    _openssl(folder, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")


def _authority(folder: Path, name: str, subject: str) -> None:
    _key(folder, name)
    _openssl(folder, "req", "-x509", "-new", "-key", f"{name}.key", "-out", f"{name}.crt", "-days", "30",
             "-subj", f"/CN={subject}", "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def _request(folder: Path, name: str, subject: str, extensions: str) -> None:
    _key(folder, name)
    _openssl(folder, "req", "-new", "-key", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={subject}")
    (folder / f"{name}.ext").write_text(extensions + "\n")


def _leaf(folder: Path, name: str, authority: str, subject: str, extensions: str) -> None:
    _request(folder, name, subject, extensions)
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
             "-CAcreateserial", "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt")


_DATED = """[ca]
default_ca = rig
[rig]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def _dated_leaf(folder: Path, name: str, begin: str, end: str) -> None:
    """A certificate for the server's names that is valid between two years."""
    _request(folder, name, "localhost", SERVER_NAMES)
    (folder / "dated.cnf").write_text(_DATED)
    (folder / "index.txt").write_text("")
    _openssl(folder, "ca", "-batch", "-notext", "-config", "dated.cnf", "-cert", "ca.crt", "-keyfile", "ca.key", "-in",
             f"{name}.csr", "-extfile", f"{name}.ext", "-startdate", f"{begin}0101000000Z", "-enddate",
             f"{end}0101000000Z", "-out", f"{name}.crt")


def make_unacceptable(folder: Path) -> None:
    """Adds to what make() wrote: {wrong-name,expired,future,self-signed,unknown}.{crt,key}. Each has one fault; unknown is
    of another authority."""
    _leaf(folder, "wrong-name", "ca", "vcenter.local", "subjectAltName=DNS:vcenter.local,DNS:vc,IP:10.9.8.7")
    _dated_leaf(folder, "expired", "2019", "2020")
    _dated_leaf(folder, "future", "2090", "2091")
    _key(folder, "self-signed")
    _openssl(folder, "req", "-x509", "-new", "-key", "self-signed.key", "-out", "self-signed.crt", "-days", "30",
             "-subj", "/CN=localhost", "-addext", SERVER_NAMES, "-addext", "basicConstraints=critical,CA:FALSE")
    _authority(folder, "other-ca", "another CA")
    _leaf(folder, "unknown", "other-ca", "localhost", SERVER_NAMES)


def fingerprint(certificate: Path, algorithm: str = "sha256") -> str:
    """As openssl prints it: "sha256 Fingerprint=AA:BB:..."."""
    done = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", f"-{algorithm}", "-in", certificate], check=True,
                          capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def make(folder: Path) -> None:
    """Writes {ca,server,client-ca,client}.{crt,key} into the folder."""
    _authority(folder, "ca", "rig server CA")
    _leaf(folder, "server", "ca", "localhost", SERVER_NAMES)
    _authority(folder, "client-ca", "rig client CA")
    _leaf(folder, "client", "client-ca", "rig client", "extendedKeyUsage=clientAuth")

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


def _leaf(folder: Path, name: str, authority: str, subject: str, extensions: str) -> None:
    _key(folder, name)
    _openssl(folder, "req", "-new", "-key", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={subject}")
    (folder / f"{name}.ext").write_text(extensions + "\n")
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
             "-CAcreateserial", "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt")


def make(folder: Path) -> None:
    """Writes {ca,server,client-ca,client}.{crt,key} into the folder."""
    _authority(folder, "ca", "rig server CA")
    _leaf(folder, "server", "ca", "localhost", SERVER_NAMES)
    _authority(folder, "client-ca", "rig client CA")
    _leaf(folder, "client", "client-ca", "rig client", "extendedKeyUsage=clientAuth")

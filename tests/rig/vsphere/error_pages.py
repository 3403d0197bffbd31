# SPDX-License-Identifier: MIT
"""Bodies of /folder's refusals. Their form is that of problem reports; clients may rely on the marked words only."""

from __future__ import annotations

_PAGE = """<HTML><BODY><H1>{status}</H1>
<P>{text}</P></BODY></HTML>
"""


def _page(status: str, text: str) -> bytes:
    return _PAGE.format(status=status, text=text).encode()


def locked(name: str) -> bytes:
    """NFC_FILE_LOCKED is what Xen Orchestra and others look for."""
    return _page("500 Internal Server Error",
                 f"Failed to initiate file access: NfcFssrvrOpen failed: Failed to lock the file &#39;{name}&#39; "
                 "(code 13: <b>NFC_FILE_LOCKED</b>)")


def no_permission() -> bytes:
    return _page("500 Internal Server Error", "Permission to perform this operation was denied. "
                 "vim.fault.NoPermission: privilege Cryptographer.Access")


# Reported for vCenter's proxy when the service behind it is not reached or has too much to do.
UNAVAILABLE = (b"503 Service Unavailable (Failed to connect to endpoint: [N7Vmacore4Http16LocalServiceSpecE:"
               b"0x00007f5e] _serverNamespace = /folder action = Allow _port = 8309)")
LOGIN = (b'<!DOCTYPE html><html><head><title>Login</title></head><body><form method="POST" action="/login">'
         b'<input name="username"><input name="password" type="password"><input type="submit"></form></body></html>')

# SPDX-License-Identifier: MIT
"""The HTML pages of /folder, and the decoding of its query.

The folder page is copied from a real vCenter's (header, hr rows with their colspans, "Parent Directory", only letters
and digits left unencoded, lower-case hex). Not seen on a real one and so only likely: the titles of the two upper
pages, the slash after a folder's name, and the title of a datastore's top folder.
"""

from __future__ import annotations

import html
import re
import shutil
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .behaviour import Behaviour

_PAGE = """<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html>
  <head>
    <meta http-equiv="content-type" content="text/html; charset=utf-8">
    <title>{title}</title></head>
  <body>
<h1>{title}</h1>
<table>
<tr><th>Name</th><th>{second}</th><th>{third}</th></tr><tr><th colspan="3"><hr></th></tr>
{rows}<tr><th colspan="5"><hr></th></tr>
</table>
  </body>
</html>
"""
_NONE = "  - "


def encode(name: str, keep: str = "") -> str:
    """Percent-encodes everything but letters, digits and `keep`, in lower case."""
    plain = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" + keep.encode())
    return "".join(chr(byte) if byte in plain else f"%{byte:02x}" for byte in name.encode())


@dataclass(frozen=True)
class Query:
    """What dcPath and dsName may have meant; several readings unless the server insists on one."""

    dc_path: tuple[str, ...]
    ds_name: tuple[str, ...]


def read_query(text: str, decode: str) -> Query:
    """`decode` is the value of Behaviour.query_decode."""
    values: dict[str, tuple[str, ...]] = {"dcPath": (), "dsName": ()}
    for part in text.split("&"):
        name, _, raw = part.partition("=")
        once = urllib.parse.unquote_plus(raw)  # real servers take + for a space here
        twice = urllib.parse.unquote(once)
        if decode == "twice":  # a value that still holds odd letters after one decoding was encoded only once
            values[name] = (twice,) if re.fullmatch(r"[\w.~%-]*", once, re.ASCII) else ("\0",)
        else:
            values[name] = (once,) if decode == "once" else (once, twice)
    return Query(values["dcPath"], values["dsName"])


class Pages:
    """Writes the pages in the form that the switches say."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._double = behaviour.query_decode == "twice" or behaviour.page_form == "double-encoded links"

    def _value(self, name: str) -> str:
        return encode(encode(name)) if self._double else encode(name)

    def _href(self, path: str, datacenter: str, datastore: str | None = None) -> str:
        address = "/folder" + encode(path, "/") + "?dcPath=" + self._value(datacenter)
        if datastore is not None:
            address += "&dsName=" + self._value(datastore)
        return html.escape(address)

    @staticmethod
    def _row(href: str, name: str, second: str, third: str) -> str:
        if name == "Parent Directory":
            second = "<td>&nbsp;</td>"
        else:
            second = f'<td align="right">{second}</td>'
        return f'<tr><td><a href="{href}">{html.escape(name)}</a></td>{second}<td align="right">{third}</td></tr>\n'

    @staticmethod
    def _page(title: str, rows: list[str], second: str = "Last modified", third: str = "Size") -> bytes:
        return _PAGE.format(title=html.escape(title), second=second, third=third, rows="".join(rows)).encode()

    def datacenters(self, names: list[str]) -> bytes:
        rows = [self._row(self._href("", name), name, "&nbsp;", _NONE) for name in names]
        return self._page("Index of datacenters", rows)

    def datastores(self, datacenter: str, folders: dict[str, Path]) -> bytes:
        rows = [self._row("/folder", "Parent Directory", "", _NONE)]
        for name, folder in sorted(folders.items()):
            space = _space(folder)
            rows.append(self._row(self._href("", datacenter, name), name, str(space[0]), str(space[1])))
        return self._page(f"Index of datastores in datacenter {datacenter}", rows, "Capacity", "Free")

    def folder(self, datacenter: str, datastore: str, path: str, folder: Path) -> bytes:
        """The page of the folder that `path` (no slash at either end) names in the datastore."""
        above = path.rpartition("/")[0]
        if path:
            parent = self._href("/" + above if above else "", datacenter, datastore)
        else:
            parent = self._href("", datacenter)
        rows = [self._row(parent, "Parent Directory", "", _NONE)]
        base = ("/" + path if path else "") + "/"
        for entry in sorted(folder.iterdir()):
            status = entry.stat()
            modified = time.strftime("%d-%b-%Y %H:%M", time.gmtime(status.st_mtime))
            slash = "/" if entry.is_dir() and self._behaviour.page_form != "folders without slash" else ""
            size = self._behaviour.page_size_sign if entry.is_dir() else str(status.st_size)
            rows.append(self._row(self._href(base + entry.name + slash, datacenter, datastore), entry.name + slash,
                                  modified, size))
        for name in huge_names(self._behaviour):
            rows.append(self._row(self._href(base + name, datacenter, datastore), name, "01-Jan-2026 00:00", "1"))
        return self._page(f"Index of {path} on datastore {datastore} in datacenter {datacenter}", rows)


def huge_names(behaviour: Behaviour) -> Iterator[str]:
    """The names that huge_folder adds. They are listed only."""
    return (f"huge-{number:06}.log" for number in range(behaviour.huge_folder))


def _space(folder: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(folder)
    return usage.total, usage.free

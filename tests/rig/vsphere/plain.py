# SPDX-License-Identifier: MIT
"""Requests to a server one at a time, without any cleverness; and the tables of the tests of its switches."""

from __future__ import annotations

import base64
import http.client
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from .behaviour import switches
from .rig import Vsphere
from .soap import merged

T = TypeVar("T")


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def fetch(server: Vsphere, url: str, cookie: str = "", span: str = "", basic: str = "", method: str = "GET") -> Reply:
    """One request on a connection of its own. `span` as 0-99; `basic` as user:password."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection("127.0.0.1", parts.port, timeout=20, context=server.context())
    headers = {"Cookie": cookie, "Range": span and f"bytes={span}",
               "Authorization": basic and "Basic " + base64.b64encode(basic.encode()).decode()}
    try:
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""),
                           headers={name: value for name, value in headers.items() if value})
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


def logged_in(server: Vsphere) -> str:
    """A fresh session's cookies."""
    client = server.client()
    client.login(server.user, server.password)
    return client.cookie


def cookies_of(reply: Reply, before: str = "") -> str:
    """A Cookie header after this reply."""
    return merged(before, reply.headers.get_all("Set-Cookie") or [])


def store_of(server: Vsphere, name: str = "LocalDS_0") -> str:
    """The datastore of this name in the server's first datacenter."""
    return ("DC0/" if server.model == "vpx" else "ha-datacenter/") + name


def each_value(switch: str, table: Mapping[str, T]) -> list[tuple[str, T]]:
    """The rows of a table by the switch's values, all of which must be there. True and False are texts here."""
    values = next(one.values for one in switches() if one.name == switch)
    assert set(values) == set(table), f"{switch}: {set(values) ^ set(table)}"
    return list(table.items())

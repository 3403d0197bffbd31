# SPDX-License-Identifier: MIT
"""Servers with all switches drawn at once: whatever is drawn, a patient client can list and read every file."""

from __future__ import annotations

import http.client
import urllib.error
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import TypeVar

import pytest

from rig import images
from rig.vsphere import Vsphere
from rig.vsphere.behaviour import switches
from rig.vsphere.mixture import EXCLUDED, choices, mixed
from rig.vsphere.plain import cookies_of, fetch
from rig.vsphere.soap import Fault

V = "{urn:vim25}"
STORE = "DC0/Data store+1"
FILES = {"a b+c.iso": 1, "disk.vmdk": 700, "disk-flat.vmdk": 1000, "empty": 0}
T = TypeVar("T")


def test_switches_are_mixed_by_seed() -> None:
    assert mixed(1) == mixed(1) != mixed(2)
    drawn = [mixed(seed) for seed in range(200)]
    for one in switches():
        assert {getattr(behaviour, one.name) for behaviour in drawn} == set(choices(one.name)), one.name
    values = {one.name: set(one.values) for one in switches()}
    assert all(excluded <= values[name] for name, excluded in EXCLUDED.items())


class Patient:
    """A client that tries again, logs in again, and knows both encodings."""

    def __init__(self, server: Vsphere) -> None:
        self._server, self._double = server, False
        self._login()

    def _login(self) -> None:
        self._client = self._server.client()
        self._client.login(self._server.user, self._server.password)

    def _repeat(self, attempt: Callable[[], T]) -> T:
        for _ in range(60):
            try:
                return attempt()
            except (Fault, urllib.error.URLError, ConnectionError, http.client.HTTPException):
                self._login()
        raise TimeoutError

    def listing(self, path: str) -> dict[str, ElementTree.Element]:
        """Name -> what the browser says of it."""
        def attempt() -> ElementTree.Element:
            browser = next(one.browser for one in self._client.datastores() if f"{one.path}/{one.name}" == STORE)
            return self._client.search_result(browser, f"[Data store+1] {path}")
        return {one.findtext(f"{V}path", ""): one for one in self._repeat(attempt).iterfind(f"{V}file")}

    def read(self, path: str) -> bytes:
        """A file in ranges of 100 bytes."""
        data = b""
        while True:
            status, part = self._repeat(lambda: self._range(path, len(data)))  # noqa: B023
            if status in (200, 416):
                return part or data
            data += part
            if not part:
                return data

    def _range(self, path: str, begin: int) -> tuple[int, bytes]:
        url = self._server.url(STORE, path, self._double)
        try:
            reply = fetch(self._server, url, self._client.cookie, f"{begin}-{begin + 99}")
        except http.client.IncompleteRead as cut:
            if not cut.partial:
                raise
            return 206, cut.partial
        self._client.cookie = cookies_of(reply, self._client.cookie)
        if reply.status == 404 and not self._double:
            self._double = True
            return self._range(path, begin)
        if reply.status not in (200, 206, 416) or b"<form" in reply.body:
            raise ConnectionError(reply.status)
        if reply.status == 200:
            assert begin == 0 or not reply.body, "the whole file for a range inside it"
        return reply.status, reply.body


@pytest.mark.parametrize("seed", range(16))
def test_every_file_can_be_read(vcenter: Vsphere, seed: int) -> None:
    for number, (name, size) in enumerate(FILES.items()):
        vcenter.add_file(STORE, f"mixed {seed}/{name}", images.pseudo_random(size, number))
    vcenter.add_file(STORE, f"mixed {seed}/sub/deep", b"deep")
    vcenter.front.behaviour = mixed(seed)
    vcenter.front.behaviour.range_past_end = "206"  # this client does not know the sizes
    client = Patient(vcenter)
    assert {*FILES, "sub"} - {"disk-flat.vmdk"} <= set(client.listing(f"mixed {seed}"))
    for number, (name, size) in enumerate(FILES.items()):
        assert client.read(f"mixed {seed}/{name}") == images.pseudo_random(size, number), name

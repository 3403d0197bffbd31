# SPDX-License-Identifier: MIT
"""Writes samples/: each request with the reply it got, and each kind of page. In tests/: python3 -m rig.vsphere.record

--only PATTERN writes the samples whose names fit it. Paths of the temporary folder are replaced; replies are broken into
lines, and otherwise as they came.
"""

from __future__ import annotations

import argparse
import fnmatch
import urllib.request
from pathlib import Path

from .rig import Vsphere
from .soap import Client, Fault, trimmed

SAMPLES = Path(__file__).parent / "samples"
FILES = {"vm 1+2/disk-flat.vmdk": 4096, "vm 1+2/disk.vmdk": 300, "vm 1+2/100%41 [x] ä&<b>.iso": 17,
         "vm 1+2/empty": 0, "vm 1+2/sub/inner.img": 1}


class _Recorder:
    def __init__(self, server: Vsphere, only: str) -> None:
        self._server, self._only, self.suffix = server, only, ""
        self._requests: set[str] = set()

    def save(self, name: str, text: str) -> None:
        text = text.replace(str(self._server.folder), "/tmp/rig").replace(self._server.origin, "https://vcenter")
        file = SAMPLES / f"{self._server.model}-{name}"
        if fnmatch.fnmatchcase(file.name, self._only):
            file.write_text(text if text.endswith("\n") else text + "\n")

    def heard(self, name: str, request: str, reply: str) -> None:
        if name not in self._requests:
            self._requests.add(name)
            self.save(f"{name}.request.xml", request)
        if self.suffix != "-paged" or "Properties" in name:
            self.save(f"{name}{self.suffix}.reply.xml", trimmed(reply))

    def fault(self, suffix: str, client: Client, name: str, **values: str) -> None:
        self.suffix = suffix
        try:
            client.call(name, **values)
        except Fault:
            pass
        self.suffix = ""

    def page(self, name: str, client: Client, address: str) -> None:
        request = urllib.request.Request(address, headers={"Cookie": client.cookie})
        with urllib.request.urlopen(request, timeout=30, context=client.context) as reply:
            self.save(f"{name}.html", reply.read().decode())


def record(model: str, only: str) -> None:
    """Writes the samples of one product whose names fit a pattern."""
    with Vsphere(model) as server:
        first = next(iter(server.datastores))
        for path, size in FILES.items():
            server.add_file(first, path, bytes(size))
        recorder, client = _Recorder(server, only), server.client()
        client.seen = recorder.heard
        client.login(server.user, server.password)
        found = {f"{one.path}/{one.name}": one for one in client.datastores()}
        client.search(found[first].browser, f"[{found[first].name}] vm 1+2")
        try:
            recorder.suffix = "-missing"
            client.search(found[first].browser, f"[{found[first].name}] no such folder")
        except FileNotFoundError:
            recorder.suffix = ""
        server.front.page_objects = 2
        recorder.suffix = "-paged"
        client.datastores()
        server.front.page_objects = None
        recorder.suffix = ""
        raw = server.folder / "raw"
        raw.write_bytes(bytes(1 << 20))
        server.add_vm(first, "added", [raw, raw], snapshot="before")
        client.machines()
        client.call("CurrentTime")
        datacenter = first.rpartition("/")[0]
        recorder.page("datacenters", client, server.origin + "/folder")
        recorder.page("datastores", client, f"{server.origin}/folder?dcPath={datacenter}")
        recorder.page("top-folder", client, server.url(first))
        recorder.page("folder", client, server.url(first, "vm 1+2/"))
        server.front.double_encoded = True
        recorder.page("folder-double-encoded", client, server.url(first, "vm 1+2/"))
        client.call("Logout")
        recorder.fault("-NotAuthenticated", client, "CurrentTime")
        recorder.fault("-InvalidLogin", client, "Login", user=server.user, password="wrong")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="*", metavar="PATTERN")
    arguments = parser.parse_args()
    SAMPLES.mkdir(exist_ok=True)
    for each in ("vpx", "esx"):
        record(each, arguments.only)

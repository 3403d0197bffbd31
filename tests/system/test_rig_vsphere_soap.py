# SPDX-License-Identifier: MIT
"""The rig's switches of SOAP: the browser, its tasks, logins and the inventory. Each value does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rig.vsphere import Vsphere
from rig.vsphere.behaviour import Behaviour, switches
from rig.vsphere.plain import each_value
from rig.vsphere.soap import Client, Fault
from rig.vsphere.vsan import uuid_of

V = "{urn:vim25}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
STORE = "DC0/Data store+1"
QUERIES = '<query xsi:type="FolderFileQuery"/><query xsi:type="FileQuery"/>'
CAPACITY = 8 << 20


@dataclass
class Browser:
    """A session that lists folders of a datastore."""

    server: Vsphere
    client: Client
    name: str

    @property
    def behaviour(self) -> Behaviour:
        return self.server.front.behaviour

    def result(self, path: str, pattern: str = "*", changes: dict[str, str] | None = None) -> ElementTree.Element:
        return self.client.search_result(self.name, f"[Data store+1] {path}", pattern, changes)

    def files(self, path: str, pattern: str = "*", changes: dict[str, str] | None = None) -> dict[str, str]:
        """Name -> type without its ending FileInfo."""
        return {one.findtext(f"{V}path", ""): one.get(TYPE, "").removesuffix("FileInfo")
                for one in self.result(path, pattern, changes).iterfind(f"{V}file")}

    def size(self, path: str, name: str) -> str | None:
        return self.result(path, name).findtext(f"{V}file/{V}fileSize")


@pytest.fixture
def browser(vcenter: Vsphere) -> Browser:
    """With a thin disk of which 4096 bytes are in use, a machine's file, an image and a folder."""
    data = vcenter.add_file(STORE, "disks/x-flat.vmdk", b"")
    with open(data, "r+b") as file:
        file.truncate(CAPACITY)
        file.write(b"data" * 1024)
    vcenter.add_file(STORE, "disks/x.vmdk", b'# Disk DescriptorFile\nRW %d VMFS "x-flat.vmdk"\n' % (CAPACITY // 512))
    for name in ("a.vmx", "b.iso", "c.txt", "sub/deep"):
        vcenter.add_file(STORE, f"disks/{name}", b"text")
    client = vcenter.client()
    client.login(vcenter.user, vcenter.password)
    name = next(one.browser for one in client.datastores() if f"{one.path}/{one.name}" == STORE)
    vcenter.front.requests.clear()
    return Browser(vcenter, client, name)


# What a search lists

@pytest.mark.parametrize("value, shown", each_value("hide_extents", {
    # all; by name; the descriptor is gone; no query; no type asked for
    "never": [True, True, True, True, True], "always": [False, False, False, False, False],
    "unless named": [False, True, False, False, False], "with descriptor": [False, False, True, False, False],
    "without query": [True, True, True, False, True], "with file type": [False, False, False, False, True]}))
def test_when_data_files_are_listed(browser: Browser, value: str, shown: list[bool]) -> None:
    browser.behaviour.hide_extents = value  # type: ignore[assignment]
    browser.server.add_file(STORE, "alone/x-flat.vmdk", b"data")
    searches: list[dict[str, Any]] = [
        {"path": "disks"}, {"path": "disks", "pattern": "x-flat.vmdk"}, {"path": "alone"},
        {"path": "disks", "changes": {QUERIES: ""}},
        {"path": "disks", "changes": {"<fileType>true": "<fileType>false"}}]
    assert ["x-flat.vmdk" in browser.files(**search) for search in searches] == shown
    assert browser.files("disks", "x.vmdk") == {"x.vmdk": "VmDisk"}


@pytest.mark.parametrize("value, size", each_value("vmdk_size", {
    "capacity": str(CAPACITY), "allocated": "4096", "true": "50", "0": "0", "absent": None}))
def test_the_size_of_a_descriptor(browser: Browser, value: str, size: str | None) -> None:
    browser.behaviour.vmdk_size = value  # type: ignore[assignment]
    assert browser.size("disks", "x.vmdk") == size and browser.size("disks", "c.txt") == "4"


@pytest.mark.parametrize("value, size", each_value("flat_size", {"true": str(CAPACITY), "allocated": "4096"}))
def test_the_size_of_a_data_file(browser: Browser, value: str, size: str) -> None:
    browser.behaviour.flat_size = value  # type: ignore[assignment]
    assert browser.size("disks", "x-flat.vmdk") == size


@pytest.mark.parametrize("value", [True, False])
def test_a_search_that_does_not_ask_for_owners(browser: Browser, value: bool) -> None:
    browser.behaviour.owner_needed = value
    flag = "<fileOwner>true</fileOwner>"
    if value:
        with pytest.raises(Fault, match="InvalidRequest"):
            browser.result("disks", changes={flag: ""})
    else:
        assert browser.files("disks", changes={flag: ""})
    assert browser.result("disks", "c.txt").findtext(f"{V}file/{V}owner") == "root"
    without = browser.result("disks", "c.txt", {flag: flag.replace("true", "false")})
    assert without.findtext(f"{V}file/{V}owner") is None


@pytest.mark.parametrize("value, types", each_value("folder_types", {
    "typed": ["Folder", "Folder", ""], "untyped without query": ["", "Folder", ""], "never typed": ["", "", ""]}))
def test_the_type_of_a_folder(browser: Browser, value: str, types: list[str]) -> None:
    """Without a query, with one, and without asking for types."""
    browser.behaviour.folder_types = value  # type: ignore[assignment]
    changes: list[dict[str, str]] = [{QUERIES: ""}, {}, {"<fileType>true": "<fileType>false"}]
    assert [browser.files("disks", changes=one)["sub"] for one in changes] == types


@pytest.mark.parametrize("value", [True, False])
def test_a_query_for_some_types_only(browser: Browser, value: bool) -> None:
    browser.behaviour.query_only = value
    every = {"a.vmx": "VmConfig", "b.iso": "IsoImage", "c.txt": "", "x.vmdk": "VmDisk", "x-flat.vmdk": "", "sub": ""}
    wanted = {"FileQuery": {name for name in every if name != "sub"}, "FolderFileQuery": {"sub"},
              "VmDiskFileQuery": {"x.vmdk"}, "IsoImageFileQuery": {"b.iso"}}
    assert browser.files("disks", changes={QUERIES: ""}) == every
    for query, names in wanted.items():
        assert set(browser.files("disks", changes={QUERIES: f'<query xsi:type="{query}"/>'})) == (
            names if value else set(every))


@pytest.mark.parametrize("value, path", each_value("folder_path_slash", {
    "with": "[Data store+1] disks/", "without": "[Data store+1] disks", "doubled": "[Data store+1] disks//"}))
def test_the_end_of_a_folders_path(browser: Browser, value: str, path: str) -> None:
    browser.behaviour.folder_path_slash = value  # type: ignore[assignment]
    assert browser.result("disks").findtext(f"{V}folderPath") == path


@pytest.mark.parametrize("path", ["absent", "disks/c.txt"])
@pytest.mark.parametrize("value, error", each_value("missing_folder", {
    "FileNotFound": FileNotFoundError, "FileFault": FileNotFoundError, "InvalidArgument": FileNotFoundError,
    "SOAP fault": Fault}))
def test_a_folder_that_is_not_there(browser: Browser, value: str, error: type[Exception], path: str) -> None:
    browser.behaviour.missing_folder = value  # type: ignore[assignment]
    with pytest.raises(error, match="FileNotFound" if value == "SOAP fault" else value):
        browser.result(path)


@pytest.mark.parametrize("pattern, names", [("*.vmdk", {"x.vmdk", "x-flat.vmdk"}), ("c.txt", {"c.txt"}),
                                            ("C.TXT", set()), ("", set())])
def test_a_pattern(browser: Browser, pattern: str, names: set[str]) -> None:
    assert set(browser.files("disks", pattern)) == names
    wide = {"<matchPattern>": "<searchCaseInsensitive>true</searchCaseInsensitive><matchPattern>"}
    assert set(browser.files("disks", pattern, wide)) == (names or ({"c.txt"} if pattern else set()))


@pytest.mark.parametrize("value", [0, 50_000])
def test_a_huge_folder(browser: Browser, value: int) -> None:
    browser.behaviour.huge_folder = value
    assert len(browser.files("disks")) == 6 + value


@pytest.mark.parametrize("value, error", each_value("system_folders", {
    "readable": "", "CannotAccessFile": "CannotAccessFile"}))
def test_a_system_folder(browser: Browser, value: str, error: str) -> None:
    browser.server.add_file(STORE, ".vSphere-HA/state", b"x")
    browser.behaviour.system_folders = value  # type: ignore[assignment]
    if error:
        with pytest.raises(FileNotFoundError, match=error):
            browser.result(".vSphere-HA")
    else:
        assert set(browser.files(".vSphere-HA")) == {"state"}
    assert ".vSphere-HA" in browser.files("")


@pytest.mark.parametrize("value, top", each_value("vsan", {"off": ("disks", None), "on": (uuid_of("disks"), "disks")}))
def test_a_vsan_datastore(browser: Browser, value: str, top: tuple[str, str | None]) -> None:
    browser.behaviour.vsan = value  # type: ignore[assignment]
    found = {one.findtext(f"{V}path"): one.findtext(f"{V}friendlyName")
             for one in browser.result("").iterfind(f"{V}file")}
    assert found[top[0]] == top[1]
    for name in {top[0], "disks"}:
        files = browser.files(name)
        assert "sub" in files and "x.vmdk" in files and ("x-flat.vmdk" in files) == (value == "off")


# Tasks

def states(browser: Browser, path: str = "disks") -> list[str]:
    """Those of a search until it ends."""
    name = browser.client.call("SearchDatastore_Task", browser=browser.name,
                               path=f"[Data store+1] {path}").findtext(f".//{V}returnval") or ""
    found: list[str] = []
    while not found or found[-1] in ("queued", "running"):
        found.append(browser.client.call("TaskInfo", task=name).findtext(f".//{V}state") or "")
    return found


@pytest.mark.parametrize("value, expected", each_value("task", {
    "immediate": ["success"], "queued": ["queued", "running", "success"], "vanishes": None,
    "vanishes once": ["success"]}))
def test_the_states_of_a_task(browser: Browser, value: str, expected: list[str] | None) -> None:
    browser.behaviour.task = value  # type: ignore[assignment]
    for _ in range(2 if expected is None else value == "vanishes once"):
        with pytest.raises(Fault, match="ManagedObjectNotFound"):
            states(browser)
    if expected:
        assert states(browser) == expected


def test_a_slow_task(browser: Browser) -> None:
    browser.behaviour.slow_task = 0.2
    begin = time.monotonic()
    found = states(browser)
    assert set(found[:-1]) == {"running"} and found[-1] == "success" and time.monotonic() - begin >= 0.2
    browser.server.front.searching, browser.behaviour.slow_task = True, 0.0
    task = browser.client.call("SearchDatastore_Task", browser=browser.name, path="[Data store+1]").findtext(
        f".//{V}returnval") or ""
    assert browser.client.call("TaskInfo", task=task).findtext(f".//{V}state") == "running"
    browser.client.send("CancelTask", f'<CancelTask xmlns="urn:vim25"><_this type="Task">{task}</_this></CancelTask>')
    info = browser.client.call("TaskInfo", task=task)
    assert info.findtext(f".//{V}state") == "error" and info.find(f".//{V}fault").get(TYPE) == "RequestCanceled"


def test_a_search_is_refused_for_another_datastores_browser(browser: Browser) -> None:
    with pytest.raises(Fault, match="InvalidDatastorePath"):
        browser.client.search(browser.name, "[LocalDS_0]")
    browser.server.front.inaccessible = {STORE}
    with pytest.raises(Fault, match="InaccessibleDatastore"):
        browser.result("disks")


# Logins

@pytest.mark.parametrize("value, status", each_value("session_cap", {"503": 503, "InvalidLogin": 500}))
def test_one_session_too_many(vcenter: Vsphere, value: str, status: int) -> None:
    vcenter.front.behaviour.session_cap = value  # type: ignore[assignment]
    vcenter.front.sessions.limit = 1
    vcenter.client().login(vcenter.user, vcenter.password)
    with pytest.raises(urllib.error.HTTPError if status == 503 else Fault):
        vcenter.client().login(vcenter.user, vcenter.password)
    assert vcenter.front.requests[-1].status == status and vcenter.counters().live_sessions == 1


@pytest.mark.parametrize("value", [True, False])
def test_the_cookie_of_a_failed_login(vcenter: Vsphere, value: bool) -> None:
    from rig.vsphere.plain import fetch
    from rig.vsphere.sessions import worthless_cookies
    vcenter.front.behaviour.cookie_with_failed_login = value
    client = vcenter.client()
    client.connect()
    with pytest.raises(Fault, match="InvalidLogin"):
        client.call("Login", user=vcenter.user, password="wrong")
    assert bool(client.refused_cookies) == value
    cookie = worthless_cookies(vcenter.front.behaviour)[0][1].partition(";")[0]
    assert fetch(vcenter, vcenter.url(STORE), cookie).status == 401


# The inventory

def test_the_pages_of_an_inventory(vcenter: Vsphere) -> None:
    client = vcenter.client()
    client.login(vcenter.user, vcenter.password)
    whole = client.datastores()
    for size in (None, 1, 2, 3):
        for split in (False, True):
            vcenter.front.behaviour.page_size, vcenter.front.behaviour.split_objects = size, split
            vcenter.front.requests.clear()
            assert client.datastores() == whole
            continued = [one.soap for one in vcenter.front.requests].count("ContinueRetrievePropertiesEx")
            assert (continued > 0) == (size is not None or split)


@pytest.mark.parametrize("value", [True, False])
def test_an_object_without_properties(vcenter: Vsphere, value: bool) -> None:
    vcenter.front.behaviour.missing_propset = value
    client = vcenter.client()
    client.login(vcenter.user, vcenter.password)
    assert len(client.datastores()) == 3 - value


@pytest.mark.parametrize("value, urls", each_value("summary_url", {
    "by product": {"vpx": "ds:///vmfs/volumes/UUID/", "esx": "/vmfs/volumes/UUID"},
    "vCenter": "ds:///vmfs/volumes/UUID/", "ESXi": "/vmfs/volumes/UUID", "empty": "",
    "label": "/vmfs/volumes/Data store+1"}))
def test_the_url_of_a_datastore(vsphere: Vsphere, value: str, urls: Any) -> None:
    store = STORE if vsphere.model == "vpx" else "ha-datacenter/Data store+1"
    uuid = vsphere.volume_of(store)
    assert re.fullmatch(r"[\da-f]{8}-[\da-f]{8}-[\da-f]{4}-[\da-f]{12}", uuid)
    vsphere.front.behaviour.summary_url = value  # type: ignore[assignment]
    expected = (urls if isinstance(urls, str) else urls[vsphere.model]).replace("UUID", uuid)
    assert summary_of(vsphere, store)["url"] == expected


def summary_of(server: Vsphere, store: str) -> dict[str, str]:
    client = server.client()
    client.login(server.user, server.password)
    return next(one.summary for one in client.datastores() if f"{one.path}/{one.name}" == store)


def test_a_datastore_that_is_not_accessible_or_in_maintenance(vcenter: Vsphere) -> None:
    usual = {"accessible": "true", "maintenanceMode": "normal", "type": "VMFS"}
    assert usual.items() <= summary_of(vcenter, STORE).items()
    vcenter.front.inaccessible, vcenter.front.maintenance = {STORE}, {"DC0/LocalDS_0"}
    assert {"accessible": "false", "capacity": "0"}.items() <= summary_of(vcenter, STORE).items()
    assert summary_of(vcenter, "DC0/LocalDS_0")["maintenanceMode"] == "inMaintenance"
    assert summary_of(vcenter, "F0/DC1/LocalDS_0")["maintenanceMode"] == "normal"


# The table of switches

def test_every_switch_has_a_test_and_a_meaning() -> None:
    texts = "".join(one.read_text() for one in Path(__file__).parent.glob("test_rig_vsphere*.py"))
    for one in switches():
        assert re.search(rf'"{one.name}"|behaviour\.{one.name} = |behaviour\.{one.name}\b.* = ', texts), one.name
        assert one.meaning and "\n" not in one.meaning


def test_a_switch_takes_its_own_values_only() -> None:
    behaviour = Behaviour()
    with pytest.raises(ValueError, match="full_range: 206 is none of '200', '206'"):
        behaviour.full_range = 206  # type: ignore[assignment]
    with pytest.raises(AttributeError, match="no switch 'full_rang'"):
        behaviour.full_rang = "206"  # type: ignore[attr-defined]
    assert behaviour == Behaviour()


def test_the_switches_are_listed_for_people() -> None:
    listed = subprocess.run([sys.executable, "-m", "rig.vsphere", "--list"], cwd=Path(__file__).parents[1], check=True,
                            stdout=subprocess.PIPE, text=True, timeout=30).stdout
    assert "full_range: '200' | '206'\n    a Range from byte 0" in listed
    assert all(f"{one.name}: " in listed for one in switches())

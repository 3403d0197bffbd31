# SPDX-License-Identifier: MIT
"""The SOAP conversation a client needs, as request bodies that were tried, and a small client that sends them.

Each goes into ENVELOPE and by POST to /sdk with ACTION and CONTENT_TYPE. samples/ holds each with its reply, written
by `python3 -m rig.vsphere.record` in tests/. The names of the singletons ({sessionManager} and so on) come from the
reply to RetrieveServiceContent: they differ between vCenter and ESXi.
"""

from __future__ import annotations

import re
import ssl
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

CONTENT_TYPE = "text/xml; charset=utf-8"
ACTION = "urn:vim25/6.0"
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>
{}
</soapenv:Body></soapenv:Envelope>
"""
BODIES = {
    # No login needed. about/apiType: VirtualCenter or HostAgent.
    "RetrieveServiceContent": """<RetrieveServiceContent xmlns="urn:vim25">
<_this type="ServiceInstance">ServiceInstance</_this>
</RetrieveServiceContent>""",
    # Faults InvalidLogin: for a wrong password, and for a second login in a live session.
    "Login": """<Login xmlns="urn:vim25">
<_this type="SessionManager">{sessionManager}</_this>
<userName>{user}</userName><password>{password}</password>
</Login>""",
    "CreateContainerView": """<CreateContainerView xmlns="urn:vim25">
<_this type="ViewManager">{viewManager}</_this>
<container type="Folder">{rootFolder}</container>
<type>Datacenter</type><type>Datastore</type><type>Folder</type><recursive>true</recursive>
</CreateContainerView>""",
    # Folders too: a datacenter's path is its name and those of the folders above it, without the root folder, which
    # is not part of the view.
    "RetrievePropertiesEx": """<RetrievePropertiesEx xmlns="urn:vim25">
<_this type="PropertyCollector">{propertyCollector}</_this>
<specSet>
<propSet><type>Datacenter</type><pathSet>name</pathSet><pathSet>parent</pathSet><pathSet>datastore</pathSet></propSet>
<propSet><type>Datastore</type><pathSet>name</pathSet><pathSet>browser</pathSet><pathSet>summary</pathSet></propSet>
<propSet><type>Folder</type><pathSet>name</pathSet><pathSet>parent</pathSet></propSet>
<objectSet><obj type="ContainerView">{view}</obj><skip>true</skip>
<selectSet xsi:type="TraversalSpec"><name>view</name><type>ContainerView</type><path>view</path><skip>false</skip>
</selectSet></objectSet>
</specSet>
<options/>
</RetrievePropertiesEx>""",
    "ContinueRetrievePropertiesEx": """<ContinueRetrievePropertiesEx xmlns="urn:vim25">
<_this type="PropertyCollector">{propertyCollector}</_this><token>{token}</token>
</ContinueRetrievePropertiesEx>""",
    "DestroyView": """<DestroyView xmlns="urn:vim25"><_this type="ContainerView">{view}</_this></DestroyView>""",
    # The path is "[datastore]" or "[datastore] folder/in it", unencoded. Without matchPattern it finds nothing. With
    # queries, only what fits one of them; these two fit everything, and folders say that they are.
    "SearchDatastore_Task": """<SearchDatastore_Task xmlns="urn:vim25">
<_this type="HostDatastoreBrowser">{browser}</_this>
<datastorePath>{path}</datastorePath>
<searchSpec>
<query xsi:type="FolderFileQuery"/><query xsi:type="FileQuery"/>
<details><fileType>true</fileType><fileSize>true</fileSize><modification>true</modification>\
<fileOwner>true</fileOwner></details>
<matchPattern>{pattern}</matchPattern>
</searchSpec>
</SearchDatastore_Task>""",
    # info/state: queued, running, success (then info/result), error (then info/error).
    "TaskInfo": """<RetrievePropertiesEx xmlns="urn:vim25">
<_this type="PropertyCollector">{propertyCollector}</_this>
<specSet><propSet><type>Task</type><pathSet>info</pathSet></propSet>
<objectSet><obj type="Task">{task}</obj></objectSet></specSet>
<options/>
</RetrievePropertiesEx>""",
    # The machines. A property that is not set (snapshot, changeTrackingEnabled) is missing in the reply.
    "CreateMachineView": """<CreateContainerView xmlns="urn:vim25">
<_this type="ViewManager">{viewManager}</_this>
<container type="Folder">{rootFolder}</container>
<type>VirtualMachine</type><recursive>true</recursive>
</CreateContainerView>""",
    "RetrieveMachines": """<RetrievePropertiesEx xmlns="urn:vim25">
<_this type="PropertyCollector">{propertyCollector}</_this>
<specSet>
<propSet><type>VirtualMachine</type><pathSet>name</pathSet><pathSet>parent</pathSet>\
<pathSet>runtime.powerState</pathSet><pathSet>runtime.connectionState</pathSet><pathSet>runtime.host</pathSet>\
<pathSet>config.guestFullName</pathSet><pathSet>config.template</pathSet>\
<pathSet>config.files.vmPathName</pathSet><pathSet>config.hardware.device</pathSet>\
<pathSet>config.changeTrackingEnabled</pathSet><pathSet>config.keyId</pathSet><pathSet>snapshot</pathSet>\
<pathSet>datastore</pathSet><pathSet>layoutEx</pathSet></propSet>
<objectSet><obj type="ContainerView">{view}</obj><skip>true</skip>
<selectSet xsi:type="TraversalSpec"><name>view</name><type>ContainerView</type><path>view</path><skip>false</skip>
</selectSet></objectSet>
</specSet>
<options/>
</RetrievePropertiesEx>""",
    # Keeps the session alive, and says whether it is.
    "CurrentTime": """<CurrentTime xmlns="urn:vim25">
<_this type="ServiceInstance">ServiceInstance</_this>
</CurrentTime>""",
    "Logout": """<Logout xmlns="urn:vim25"><_this type="SessionManager">{sessionManager}</_this></Logout>""",
}
_V = "{urn:vim25}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


class Fault(Exception):
    """A SOAP fault; `kind` is its type: InvalidLogin, NotAuthenticated, ..."""

    def __init__(self, text: str) -> None:
        detail = ElementTree.fromstring(text).find(".//detail/*")
        self.kind = "" if detail is None else detail.get(_TYPE, "")
        super().__init__(self.kind)


@dataclass
class Datastore:
    path: str  # datacenter's inventory path
    name: str
    browser: str
    summary: dict[str, str]

    @property
    def capacity(self) -> int:
        return int(self.summary.get("capacity", "0"))


@dataclass
class Client:
    """The smallest client that can list a server. `seen` is told each body's name, request and reply."""

    url: str
    context: ssl.SSLContext
    cookie: str = ""
    names: dict[str, str] = field(default_factory=dict)
    seen: Callable[[str, str, str], None] | None = None
    refused_cookies: list[str] = field(default_factory=list)  # those that came with faults

    def call(self, name: str, **values: str) -> ElementTree.Element:
        known = {key: escape(value) for key, value in {**self.names, **values}.items()}
        return self.send(name, BODIES[name].format(**{"pattern": "*", **known}))

    def send(self, name: str, body: str) -> ElementTree.Element:
        """Sends any body. Takes the cookies of good answers only: those of a failed login are of no worth."""
        text = ENVELOPE.format(body)
        headers = {"Content-Type": CONTENT_TYPE, "SOAPAction": ACTION}
        if self.cookie:
            headers["Cookie"] = self.cookie
        request = urllib.request.Request(self.url, text.encode(), headers)
        try:
            reply = urllib.request.urlopen(request, timeout=30, context=self.context)
        except urllib.error.HTTPError as problem:
            if problem.code != 500:
                raise
            reply = problem
        with reply:
            answer = reply.read().decode()
            fresh = reply.headers.get_all("Set-Cookie") or []
            if reply.status == 200:
                self.cookie = merged(self.cookie, fresh)
            else:
                self.refused_cookies += fresh
        if self.seen:
            self.seen(name, text, answer)
        if reply.status == 500:
            raise Fault(answer)
        return ElementTree.fromstring(answer)

    def connect(self) -> None:
        content = self.call("RetrieveServiceContent")
        for one in content.iterfind(f".//{_V}returnval/*[@type]"):
            self.names[one.tag.removeprefix(_V)] = one.text or ""

    def login(self, user: str, password: str) -> None:
        self.connect()
        self.call("Login", user=user, password=password)

    def machines(self) -> dict[str, dict[str, ElementTree.Element]]:
        """Name -> the properties of each machine."""
        view = self.call("CreateMachineView").findtext(f".//{_V}returnval") or ""
        found = {}
        for one in self._objects(view, "RetrieveMachines"):
            values = {pair.findtext(f"{_V}name", ""): pair.find(f"{_V}val") for pair in one.iterfind(f"{_V}propSet")}
            found[values["name"].text or ""] = values  # type: ignore[union-attr]
        self.call("DestroyView", view=view)
        return found  # type: ignore[return-value]

    def _objects(self, view: str, request: str = "RetrievePropertiesEx") -> list[ElementTree.Element]:
        reply = self.call(request, view=view)
        found = reply.findall(f".//{_V}objects")
        while token := reply.findtext(f".//{_V}token"):
            reply = self.call("ContinueRetrievePropertiesEx", token=token)
            found += reply.findall(f".//{_V}objects")
        return found

    def datastores(self) -> list[Datastore]:
        view = self.call("CreateContainerView").findtext(f".//{_V}returnval") or ""
        properties: dict[str, dict[str, ElementTree.Element]] = {}
        kinds: dict[str, str] = {}
        for one in self._objects(view):
            obj = one.find(f"{_V}obj")
            assert obj is not None and obj.text
            kinds[obj.text] = obj.get("type", "")
            properties.setdefault(obj.text, {}).update(
                {pair.findtext(f"{_V}name", ""): pair.find(f"{_V}val")  # type: ignore[misc]
                 for pair in one.iterfind(f"{_V}propSet")})
        self.call("DestroyView", view=view)

        def path(name: str) -> str:
            above = properties[name]["parent"].text or ""
            own = properties[name]["name"].text or ""
            return f"{path(above)}/{own}" if above in properties else own

        found = []
        for name, kind in kinds.items():
            for store in list(properties[name]["datastore"]) if kind == "Datacenter" else []:
                of = properties.get(store.text or "")
                if of:  # ESXi's datacenter also names a store that does not exist; what may not be seen has nothing
                    summary = {each.tag.removeprefix(_V): each.text or "" for each in of["summary"]}
                    found.append(Datastore(path(name), of["name"].text or "", of["browser"].text or "", summary))
        return found

    def search(self, browser: str, path: str) -> dict[str, tuple[str, int]]:
        """Name -> (type, size) of what a folder holds; size -1 for none."""
        result = self.search_result(browser, path)
        return {one.findtext(f"{_V}path", ""): (one.get(_TYPE, ""), int(one.findtext(f"{_V}fileSize", "-1")))
                for one in result.iterfind(f"{_V}file")}

    def search_result(self, browser: str, path: str, pattern: str = "*",
                      changes: dict[str, str] | None = None) -> ElementTree.Element:
        """The result of a search; `changes` replaces pieces of the request. Raises FileNotFoundError for any error."""
        values = {"browser": browser, "path": path, "pattern": pattern}
        body = BODIES["SearchDatastore_Task"].format(**{key: escape(value) for key, value in values.items()})
        for old, new in (changes or {}).items():
            body = body.replace(old, new)
        task = self.send("SearchDatastore_Task", body).findtext(f".//{_V}returnval") or ""
        while True:
            info = self.call("TaskInfo", task=task)
            state = info.findtext(f".//{_V}val/{_V}state")
            if state == "error":
                error = info.find(f".//{_V}error/{_V}fault")
                raise FileNotFoundError("" if error is None else error.get(_TYPE, ""))
            result = info.find(f".//{_V}result")
            if state == "success" and result is not None:
                return result
            time.sleep(0.01)


def merged(cookie: str, set_cookies: list[str]) -> str:
    """A Cookie header after these answers: by name, the last value counts."""
    pairs = [one.strip() for one in cookie.split(";") if one.strip()] + [one.partition(";")[0] for one in set_cookies]
    return "; ".join({pair.partition("=")[0]: pair for pair in pairs}.values())


def trimmed(text: str) -> str:
    """One element a line at the places where a reader looks for one."""
    return re.sub(r"(<(?:objects|propSet|file xsi|file |fault|info)\b)", r"\n\1", text)

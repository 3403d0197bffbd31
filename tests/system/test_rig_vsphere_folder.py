# SPDX-License-Identifier: MIT
"""The rig's switches of /folder: addresses, pages, refusals and sessions. Each value does what it says."""

from __future__ import annotations

import errno
import http.client
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from rig.processes import wait_until
from rig.vsphere import Vsphere
from rig.vsphere.plain import cookies_of, each_value, fetch, logged_in, store_of
from rig.vsphere.soap import Fault

STORE = "DC0/Data store+1"
DISK = "machine/disk-flat.vmdk"
BODY = bytes(range(200))


@pytest.fixture
def cookie(vcenter: Vsphere) -> str:
    """Of a session on the vCenter, whose datastore has a disk."""
    vcenter.add_file(STORE, DISK, BODY)
    vcenter.add_file(STORE, "machine/disk.vmdk", b"# Disk DescriptorFile\n")
    return logged_in(vcenter)


def set_switch(server: Vsphere, name: str, value: Any) -> None:
    setattr(server.front.behaviour, name, value)


# Addresses

@pytest.mark.parametrize("value, statuses", each_value("query_decode", {
    "once or twice": (200, 200), "once": (200, 404), "twice": (404, 200)}))
def test_how_often_a_query_is_decoded(vcenter: Vsphere, cookie: str, value: str, statuses: tuple[int, int]) -> None:
    set_switch(vcenter, "query_decode", value)
    urls = [vcenter.url(STORE, DISK, double) for double in (False, True)]
    assert tuple(fetch(vcenter, url, cookie).status for url in urls) == statuses


@pytest.mark.parametrize("value, shown", each_value("path_decode", {
    "once": "a+b%20c", "twice": "a+b c", "plus is space": "a b%20c"}))
def test_how_a_path_is_decoded(vcenter: Vsphere, cookie: str, value: str, shown: str) -> None:
    for name in ("a+b%20c", "a+b c", "a b%20c"):
        vcenter.add_file(STORE, f"names/{name}", name.encode())
    set_switch(vcenter, "path_decode", value)
    url = vcenter.url(STORE, "names/X").replace("X", "a+b%2520c")
    assert fetch(vcenter, url, cookie).body.decode() == shown


@pytest.mark.parametrize("value, statuses", each_value("dcpath", {
    "any": (200, 200), "slash needed": (404, 200), "slash refused": (200, 404)}))
def test_the_slash_before_dcpath(vcenter: Vsphere, cookie: str, value: str, statuses: tuple[int, int]) -> None:
    set_switch(vcenter, "dcpath", value)
    url = vcenter.url("F0/DC1/LocalDS_0")
    assert tuple(fetch(vcenter, one, cookie).status for one in (url, url.replace("dcPath=", "dcPath=%2f"))) == statuses


@pytest.mark.parametrize("value, statuses", each_value("missing_dcpath", {
    "by product": {"vpx": 404, "esx": 200}, "404": {"vpx": 404, "esx": 404}, "default": {"vpx": 200, "esx": 200}}))
def test_a_query_without_dcpath(vsphere: Vsphere, value: str, statuses: dict[str, int]) -> None:
    set_switch(vsphere, "missing_dcpath", value)
    url = f"{vsphere.origin}/folder?dsName=LocalDS_0"
    assert fetch(vsphere, url, logged_in(vsphere)).status == statuses[vsphere.model]


@pytest.mark.parametrize("value, status", [(False, 200), (True, 301)])
def test_the_address_of_a_folder_without_its_slash(vcenter: Vsphere, cookie: str, value: bool, status: int) -> None:
    vcenter.front.behaviour.folder_redirect = value
    reply = fetch(vcenter, vcenter.url(STORE, "machine"), cookie)
    target = vcenter.url(STORE, "machine/")
    assert (reply.status, reply.headers["Location"]) == (status, target if value else None)
    assert fetch(vcenter, target, cookie).status == 200


# Pages

@pytest.mark.parametrize("value, row", each_value("page_form", {
    "2010": r'/folder/pages/sub/\?dcPath=DC0&amp;dsName=Data%20store%2b1">sub/</a>',
    "double-encoded links": r'/folder/pages/sub/\?dcPath=DC0&amp;dsName=Data%2520store%252b1">sub/</a>',
    "folders without slash": r'/folder/pages/sub\?dcPath=DC0&amp;dsName=Data%20store%2b1">sub</a>',
    "disabled": ""}))
def test_the_form_of_a_page(vcenter: Vsphere, cookie: str, value: str, row: str) -> None:
    vcenter.add_file(STORE, "pages/sub/file", b"x")
    set_switch(vcenter, "page_form", value)
    reply = fetch(vcenter, vcenter.url(STORE, "pages/"), cookie)
    assert reply.status == (200 if row else 403) and re.search(row, reply.body.decode())


@pytest.mark.parametrize("value", ["  - ", "4096", ""])
def test_the_size_of_a_folder_in_a_page(vcenter: Vsphere, cookie: str, value: str) -> None:
    vcenter.add_file(STORE, "pages/sub/file", b"x")
    vcenter.front.behaviour.page_size_sign = value
    page = fetch(vcenter, vcenter.url(STORE, "pages/"), cookie).body.decode()
    assert re.search(rf'sub/</a></td><td align="right">[^<]*</td><td align="right">{value}</td>', page)


def test_a_page_of_a_huge_folder(vcenter: Vsphere, cookie: str) -> None:
    vcenter.front.behaviour.huge_folder = 1000
    assert fetch(vcenter, vcenter.url(STORE, "machine/"), cookie).body.count(b">huge-") == 1000


# Refusals

@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("value, expected", each_value("lock", {
    "500 NFC": (500, True), "500 plain": (500, False), "403": (403, False), "503": (503, False)}))
def test_the_disk_of_a_running_machine(vcenter: Vsphere, cookie: str, value: str, expected: tuple[int, bool],
                                       method: str) -> None:
    vcenter.front.running = {"machine"}
    set_switch(vcenter, "lock", value)
    reply = fetch(vcenter, vcenter.url(STORE, DISK), cookie, method=method)
    assert (reply.status, b"NFC_FILE_LOCKED" in reply.body) == (expected[0], expected[1] and method == "GET")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert fetch(vcenter, vcenter.url(STORE, "machine/disk.vmdk"), cookie).status == 200


def test_a_lock_from_a_byte_on(vcenter: Vsphere, cookie: str) -> None:
    vcenter.front.running, vcenter.front.behaviour.lock_from_byte = {"machine"}, 100
    url = vcenter.url(STORE, DISK)
    statuses = [fetch(vcenter, url, cookie, span).status for span in ("0-99", "0-100", "100-199", "")]
    assert statuses == [206, 500, 500, 500]
    assert fetch(vcenter, url, cookie, method="HEAD").status == 200


def test_a_lock_for_some_time(vcenter: Vsphere, cookie: str) -> None:
    vcenter.front.running, vcenter.front.behaviour.lock_seconds = {"machine"}, 0.3
    url = vcenter.url(STORE, DISK)
    assert fetch(vcenter, url, cookie).status == 500
    time.sleep(0.4)
    assert fetch(vcenter, url, cookie).body == BODY


@pytest.mark.parametrize("value, counted", each_value("privilege", {"401": 1, "403": 1, "500": 0, "404": 0}))
def test_a_file_that_may_not_be_read(vcenter: Vsphere, cookie: str, value: str, counted: int) -> None:
    vcenter.front.forbidden = {"disk-flat.vmdk"}
    set_switch(vcenter, "privilege", value)
    reply = fetch(vcenter, vcenter.url(STORE, DISK), cookie)
    assert (reply.status, b"NoPermission" in reply.body) == (int(value), value == "500")
    assert vcenter.counters().unauthorized == counted and vcenter.front.forbidden_status == int(value)


@pytest.mark.parametrize("value, expected", each_value("overload", {
    "503 text": (503, b"_serverNamespace = /folder"), "503 empty": (503, b""), "reset": ConnectionResetError,
    "silent": http.client.RemoteDisconnected}))
def test_one_request_too_many(vcenter: Vsphere, cookie: str, value: str, expected: Any) -> None:
    vcenter.front.concurrency_limit = 0
    set_switch(vcenter, "overload", value)
    url = vcenter.url(STORE, DISK)
    if isinstance(expected, tuple):
        reply = fetch(vcenter, url, cookie)
        assert reply.status == expected[0] and expected[1] in reply.body and bool(reply.body) == bool(expected[1])
        return
    timer = threading.Timer(0.3, vcenter.front.going_on.set)
    timer.start()
    begin = time.monotonic()
    with pytest.raises(expected):
        fetch(vcenter, url, cookie)
    assert (time.monotonic() - begin > 0.25) == (value == "silent")
    timer.join()


def test_a_datastore_that_is_not_accessible_sends_nothing(vcenter: Vsphere, cookie: str) -> None:
    vcenter.front.inaccessible = {STORE}
    assert fetch(vcenter, vcenter.url(STORE, DISK), cookie).status == 500
    vcenter.front.inaccessible, vcenter.front.maintenance = set(), {STORE}
    assert fetch(vcenter, vcenter.url(STORE, DISK), cookie).status == 200


# Sessions

@pytest.mark.parametrize("value, form", each_value("cookie", {
    "quoted": [r'vmware_soap_session="\w{40}"; Path=/; HttpOnly; Secure;'],
    "bare": [r"vmware_soap_session=\w{40}; Path=/; HttpOnly; Secure;"],
    "two cookies": [r'vmware_soap_session="\w{40}"; Path=/; HttpOnly; Secure;', r"balancer=\w{16}; path=/"],
    "changes": [r'vmware_soap_session="\w{40}"; Path=/; HttpOnly; Secure;']}))
def test_the_cookies_of_a_session(vcenter: Vsphere, value: str, form: list[str]) -> None:
    set_switch(vcenter, "cookie", value)
    url, basic = vcenter.url(STORE), f"{vcenter.user}:{vcenter.password}"
    first = fetch(vcenter, url, basic=basic)
    found = first.headers.get_all("Set-Cookie") or []
    assert len(found) == len(form) and all(map(re.fullmatch, form, found))
    cookies = cookies_of(first)
    later = fetch(vcenter, url, cookies)
    assert later.status == 200 and bool(later.headers["Set-Cookie"]) == (value == "changes")
    if value == "two cookies":
        assert [fetch(vcenter, url, one).status for one in cookies.split("; ")] == [401, 401]
    changed = cookies_of(later, cookies)
    assert (changed != cookies) == (value == "changes")
    assert [fetch(vcenter, url, one).status for one in (cookies, changed, cookies.replace('"', ""))] == [200] * 3
    assert vcenter.counters().live_sessions == 1


@pytest.mark.parametrize("value, path", each_value("cookie_path", {"/": "/", "/sdk": "/sdk"}))
def test_the_path_of_a_cookie(vcenter: Vsphere, value: str, path: str) -> None:
    set_switch(vcenter, "cookie_path", value)
    reply = fetch(vcenter, vcenter.url(STORE), basic=f"{vcenter.user}:{vcenter.password}")
    assert f"; Path={path};" in reply.headers["Set-Cookie"]
    assert fetch(vcenter, vcenter.url(STORE), cookies_of(reply)).status == 200


@pytest.mark.parametrize("value, expected", each_value("session_death", {
    "SOAP fault": (401, Fault), "401": (401, "401"), "403": (403, "403"), "login page": (200, Fault),
    "reset": (None, "Remote end closed|reset")}))
def test_the_end_of_a_session(vcenter: Vsphere, value: str, expected: tuple[int | None, Any]) -> None:
    set_switch(vcenter, "session_death", value)
    client = vcenter.client()
    client.login(vcenter.user, vcenter.password)
    vcenter.expire_sessions()

    def folder() -> int:
        reply = fetch(vcenter, vcenter.url(STORE), client.cookie)
        assert (b"<form" in reply.body) == (value == "login page")
        return reply.status

    status, error = expected
    if status is None:
        pytest.raises(ConnectionResetError, folder)
    else:
        assert folder() == status
    with pytest.raises(OSError if isinstance(error, str) else error, match="NotAuth" if error is Fault else error):
        client.call("CurrentTime")
    client.login(vcenter.user, vcenter.password)
    assert fetch(vcenter, vcenter.url(STORE), client.cookie).status == 200


def test_a_reset_is_no_mere_end_of_the_connection(vcenter: Vsphere) -> None:
    set_switch(vcenter, "session_death", "reset")
    port = int(vcenter.origin.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as raw:
        with vcenter.context().wrap_socket(raw, server_hostname="127.0.0.1") as connection:
            connection.sendall(b"GET /folder HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until(lambda: connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET, 10,
                       "the reset")


def test_a_session_that_ends_after_some_requests(vcenter: Vsphere) -> None:
    vcenter.front.behaviour.die_after = 3
    client = vcenter.client()
    client.login(vcenter.user, vcenter.password)
    client.call("CurrentTime")
    assert [fetch(vcenter, vcenter.url(STORE), client.cookie).status for _ in range(4)] == [200, 200, 401, 401]
    with pytest.raises(Fault, match="NotAuthenticated"):
        client.call("CurrentTime")


@pytest.mark.parametrize("value, statuses", each_value("basic_auth", {"accepted": (200, 1), "refused": (401, 0)}))
def test_a_password_for_folder(vcenter: Vsphere, value: str, statuses: tuple[int, int]) -> None:
    set_switch(vcenter, "basic_auth", value)
    reply = fetch(vcenter, vcenter.url(STORE), basic=f"{vcenter.user}:{vcenter.password}")
    assert (reply.status, vcenter.counters().basic_sessions) == statuses


# vSAN

def test_vsan_has_no_data_files(vcenter: Vsphere, cookie: str) -> None:
    from rig.vsphere.vsan import uuid_of
    text = b'# Disk DescriptorFile\nRW 8 VMFS "disk-flat.vmdk"\n'
    vcenter.add_file(STORE, "machine/disk.vmdk", text)
    vcenter.front.behaviour.vsan = "on"
    read: Callable[[str], Any] = lambda path: fetch(vcenter, vcenter.url(STORE, path), cookie)  # noqa: E731
    for folder in ("machine", uuid_of("machine")):
        assert re.fullmatch(text.replace(b"disk-flat.vmdk", rb"vsan://[\da-f-]{36}"), read(f"{folder}/disk.vmdk").body)
        assert read(f"{folder}/disk-flat.vmdk").status == 404
    vcenter.front.behaviour.vsan = "off"
    assert read("machine/disk.vmdk").body == text and read(DISK).status == 200
    assert store_of(vcenter, "Data store+1") == STORE

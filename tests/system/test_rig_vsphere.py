# SPDX-License-Identifier: MIT
"""The vSphere rig itself: its sessions, SOAP, pages and refusals are those that the notes on real servers tell of."""

from __future__ import annotations

import html
import http.client
import re
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig import images
from rig.vsphere import Vsphere
from rig.vsphere.plain import fetch, logged_in, store_of
from rig.vsphere.soap import Fault

BODY = images.pseudo_random(300_000, 43)
ODD_NAMES = {"a b.iso": 1, "a+b": 22, "100%41.img": 333, "Büro ÄÖ.vmdk": 4444, "[x] {y}": 55555, "a&b<c>'\".bin": 6,
             "#?;=": 7, "empty": 0}


@pytest.fixture(params=["vpx", "esx"])
def server(request: pytest.FixtureRequest) -> Iterator[Vsphere]:
    with Vsphere(request.param) as started:
        yield started


def test_the_inventory_is_found_over_soap_in_pages_or_not(server: Vsphere) -> None:
    client = server.client()
    client.login(server.user, server.password)
    found = client.datastores()
    assert {f"{one.path}/{one.name}" for one in found} == set(server.datastores)
    assert all(one.capacity > 0 for one in found)
    if server.model == "vpx":
        assert server.datacenters == ["DC0", "F0/DC1", "Büro 2"] and "F0/DC1/LocalDS_0" in server.datastores
    server.front.page_objects = 2
    assert client.datastores() == found
    assert any(one.soap == "ContinueRetrievePropertiesEx" for one in server.front.requests)


@pytest.mark.parametrize("store", ["LocalDS_0", "Data store+1"])
def test_a_search_gives_every_name_with_its_size(server: Vsphere, store: str) -> None:
    for name, size in ODD_NAMES.items():
        server.add_file(store_of(server, store), f"vm 1+2/{name}", bytes(size))
    server.add_file(store_of(server, store), "vm 1+2/sub/deep", images.data(1))
    client = server.client()
    client.login(server.user, server.password)
    browser = next(one.browser for one in client.datastores() if f"{one.path}/{one.name}" == store_of(server, store))
    found = client.search(browser, f"[{store}] vm 1+2")
    assert found.pop("sub")[0] == "FolderFileInfo"
    assert {name: size for name, (_, size) in found.items()} == ODD_NAMES
    assert client.search(browser, f"[{store}] vm 1+2/sub")["deep"][1] == images.MIB
    assert client.search(browser, f"[{store}]")["vm 1+2"][0] == "FolderFileInfo"
    with pytest.raises(FileNotFoundError, match="FileNotFound"):
        client.search(browser, f"[{store}] absent")


def test_a_login_needs_the_password_and_a_logout_ends_it(server: Vsphere) -> None:
    client = server.client()
    client.connect()
    for name in ("CurrentTime", "CreateContainerView"):
        with pytest.raises(Fault, match="NotAuthenticated"):
            client.call(name)
    with pytest.raises(Fault, match="InvalidLogin"):
        client.call("Login", user=server.user, password="wrong")
    assert client.cookie == ""
    client.call("Login", user=server.user, password=server.password)
    assert re.fullmatch(r'vmware_soap_session="\w+"', client.cookie)
    with pytest.raises(Fault, match="InvalidLogin"):
        client.call("Login", user=server.user, password=server.password)
    client.call("CurrentTime")
    counters = server.counters()
    assert (counters.logins, counters.failed_logins, counters.live_sessions) == (1, 2, 1)
    client.call("Logout")
    with pytest.raises(Fault, match="NotAuthenticated"):
        client.call("CurrentTime")
    assert fetch(server, server.url(store_of(server)), client.cookie).status == 401
    assert (server.counters().logouts, server.counters().live_sessions) == (1, 0)


def test_a_cookie_may_come_before_the_login(server: Vsphere) -> None:
    server.front.early_cookie = True
    client = server.client()
    client.connect()
    early = client.cookie
    assert early and fetch(server, server.url(store_of(server)), early).status == 401
    client.call("Login", user=server.user, password=server.password)
    assert client.cookie == early and fetch(server, server.url(store_of(server)), early).status == 200


def test_an_expired_session_is_refused_everywhere(server: Vsphere) -> None:
    client = server.client()
    client.login(server.user, server.password)
    url = server.url(store_of(server))
    assert fetch(server, url, client.cookie).status == 200
    server.expire_sessions()
    reply = fetch(server, url, client.cookie)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Basic realm="VMware HTTP server"')
    with pytest.raises(Fault, match="NotAuthenticated"):
        client.call("CurrentTime")
    client.call("Login", user=server.user, password=server.password)  # with the dead cookie still sent
    assert fetch(server, url, client.cookie).status == 200
    assert (server.counters().logins, server.counters().live_sessions, server.counters().unauthorized) == (2, 1, 1)


def test_each_request_with_a_password_makes_a_session(server: Vsphere) -> None:
    url, basic = server.url(store_of(server)), f"{server.user}:{server.password}"
    first = fetch(server, url, basic=basic)
    assert first.status == 200 and re.fullmatch(
        r'vmware_soap_session="\w+"; Path=/; HttpOnly; Secure;', first.headers["Set-Cookie"])
    fetch(server, url, basic=basic)
    assert (server.counters().basic_sessions, server.counters().live_sessions) == (2, 2)
    cookie = first.headers["Set-Cookie"].partition(";")[0]
    assert fetch(server, url, cookie, basic=basic).headers["Set-Cookie"] is None
    assert fetch(server, url, cookie.replace('"', "")).status == 200
    assert (server.counters().basic_sessions, server.counters().cookie_and_basic) == (2, 1)
    assert fetch(server, url, basic="root:wrong").status == 401
    server.front.sessions.limit = 2
    assert fetch(server, url, basic=basic).status == 503


def test_ranges_are_exact_and_without_validators(server: Vsphere, tmp_path: Path) -> None:
    source = tmp_path / "image"
    source.write_bytes(BODY)
    store, cookie = store_of(server, "Data store+1"), logged_in(server)
    server.add_file(store, "vm 1+2/ä %41 [x]-flat.vmdk", source)
    url = server.url(store, "vm 1+2/ä %41 [x]-flat.vmdk")
    whole, head = fetch(server, url, cookie), fetch(server, url, cookie, method="HEAD")
    assert (whole.status, whole.body, head.status, head.body) == (200, BODY, 200, b"")
    assert head.headers["Content-Length"] == "300000" and head.headers["Accept-Ranges"] == "bytes"
    part = fetch(server, url, cookie, "1000-200999")
    assert (part.status, part.body) == (206, BODY[1000:201_000])
    assert part.headers["Content-Range"] == "bytes 1000-200999/300000"
    assert fetch(server, url, cookie, "299990-400000").headers["Content-Range"] == "bytes 299990-299999/300000"
    assert fetch(server, url, cookie, "-10").body == BODY[-10:]
    assert fetch(server, url, cookie, "300000-").status == 416
    for reply in (whole, head, part):
        assert reply.headers["ETag"] is None and reply.headers["Last-Modified"] is None
    assert server.counters().range_requests == 4
    server.front.running.add("vm 1+2")
    assert fetch(server, url, cookie, "0-9").status == 500
    assert fetch(server, server.url(store, "absent"), cookie).status == 404
    assert fetch(server, server.url(store, "../x"), cookie).status == 404


ROW = re.compile(r'<tr><td><a href="([^"]*)">([^<]*)</a></td><td[^>]*>([^<]*)</td><td align="right">([^<]*)</td></tr>')


def rows(page: bytes) -> list[tuple[str, ...]]:
    return [tuple(html.unescape(field) for field in row) for row in ROW.findall(page.decode())]


def test_listings_lead_from_the_datacenters_to_every_file(server: Vsphere) -> None:
    cookie, store = logged_in(server), store_of(server, "Data store+1")
    for name, size in ODD_NAMES.items():
        server.add_file(store, f"vm 1+2/{name}", bytes(size))
    server.add_file(store, "vm 1+2/sub/deep", b"deep")
    for double in (False, True):
        server.front.double_encoded = double
        found: dict[str, str] = {}

        def walk(address: str, path: str) -> None:
            page = fetch(server, server.origin + address, cookie)
            assert page.status == 200
            for href, name, _, size in rows(page.body)[1 if path else 0:]:
                if size == "  - " or "?dcPath" in href and "/folder?" in href:
                    walk(href, f"{path}/{name.rstrip('/')}")
                else:
                    found[f"{path}/{name}"] = size
                    assert len(fetch(server, server.origin + href, cookie).body) == int(size)
        walk("/folder", "")
        assert {name: int(found[f"/{store}/vm 1+2/{name}"]) for name in ODD_NAMES} == ODD_NAMES
        assert found[f"/{store}/vm 1+2/sub/deep"] == "4"


def test_a_folder_page_is_written_as_a_real_server_writes_it(server: Vsphere) -> None:
    cookie, store = logged_in(server), store_of(server, "Data store+1")
    server.add_file(store, "a-b/x-flat.vmdk", BODY)
    page = fetch(server, server.url(store, "a-b/"), cookie).body.decode()
    dc = "DC0" if server.model == "vpx" else "ha%2ddatacenter"
    datacenter = store.partition("/")[0]
    assert f"<title>Index of a-b on datastore Data store+1 in datacenter {datacenter}</title>" in page
    assert (f'<tr><td><a href="/folder?dcPath={dc}&amp;dsName=Data%20store%2b1">Parent Directory</a></td>'
            '<td>&nbsp;</td><td align="right">  - </td></tr>') in page
    assert re.search(rf'<tr><td><a href="/folder/a%2db/x%2dflat%2evmdk\?dcPath={dc}&amp;dsName=Data%20store%2b1">'
                     r'x-flat\.vmdk</a></td><td align="right">\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d</td>'
                     r'<td align="right">300000</td></tr>', page)
    stores = rows(fetch(server, f"{server.origin}/folder?dcPath={dc}", cookie).body)
    assert stores[0][1] == "Parent Directory" and int(stores[1][2]) >= int(stores[1][3]) > 0
    server.front.listings = False
    assert fetch(server, server.url(store, "a-b/"), cookie).status == 403
    assert fetch(server, server.url(store, "a-b/x-flat.vmdk"), cookie, "0-0").body == BODY[:1]


def test_queries_are_decoded_once_twice_or_only_twice(server: Vsphere) -> None:
    cookie, store = logged_in(server), store_of(server, "Data store+1")
    single, double = server.url(store, double=False), server.url(store, double=True)
    assert "%20store%2b1" in single and "%2520store%252b1" in double
    assert [fetch(server, url, cookie).status for url in (single, double)] == [200, 200]
    assert fetch(server, single.replace("%2b", "+"), cookie).status == 404
    assert fetch(server, single.replace("%20", "+"), cookie).status == 200
    server.front.double_encoded = True
    assert [fetch(server, url, cookie).status for url in (single, double)] == [404, 200]
    server.front.double_encoded = False
    without = f"{server.origin}/folder/?dsName=LocalDS_0"
    assert fetch(server, without, cookie).status == (200 if server.model == "esx" else 404)
    if server.model == "vpx":
        nested = "F0/DC1/LocalDS_0"
        assert fetch(server, server.url(nested), cookie).status == 200
        assert fetch(server, server.url(nested).replace("%2f", "/"), cookie).status == 200


def test_more_than_the_limit_at_once_gets_503(server: Vsphere) -> None:
    cookie, store = logged_in(server), store_of(server)
    server.add_file(store, "file", BODY)
    server.front.concurrency_limit, server.front.delay = 2, 0.4
    replies: list[int] = []
    threads = [threading.Thread(target=lambda: replies.append(
        fetch(server, server.url(store, "file"), cookie, "0-9").status)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replies)[:2] == [206, 206] and replies.count(503) >= 1
    counters = server.counters()
    assert counters.max_concurrency == 2 and counters.overloaded == replies.count(503)


def test_one_connection_carries_many_fast_ranges() -> None:
    with Vsphere("esx") as server:
        store, cookie, size = store_of(server), logged_in(server), 64
        server.add_file(store, "disk-flat.vmdk", images.data(size))
        parts = urllib.parse.urlsplit(server.url(store, "disk-flat.vmdk"))
        connection = http.client.HTTPSConnection("127.0.0.1", parts.port, timeout=20, context=server.context())
        seconds = []
        for index in range(size):
            started = time.monotonic()
            span = f"bytes={index * images.MIB}-{(index + 1) * images.MIB - 1}"
            connection.request("GET", f"{parts.path}?{parts.query}", headers={"Cookie": cookie, "Range": span})
            if index == 0:
                opened = connection.sock
            assert len(connection.getresponse().read()) == images.MIB and connection.sock is opened
            seconds.append(time.monotonic() - started)
        connection.close()
        # A reply that waits for a delayed acknowledgement takes 40 ms more, each time; a busy machine slows down some.
        assert sorted(seconds)[size // 8] < 0.04, [f"{one * 1000:.0f} ms" for one in seconds]


def test_the_samples_are_well_formed() -> None:
    folder = Path(__file__).parents[1] / "rig" / "vsphere" / "samples"
    names = [file.name for file in folder.glob("*.xml")]
    assert {"vpx-RetrieveServiceContent.reply.xml", "esx-RetrieveServiceContent.reply.xml"} <= set(names)
    for file in folder.glob("*.xml"):
        ElementTree.parse(file)

# SPDX-License-Identifier: MIT
"""The rig's switches of files: ranges, headers, and how connections and bodies end. Each value does what it says."""

from __future__ import annotations

import http.client
import re
import urllib.parse
from dataclasses import dataclass

import pytest

from rig import images
from rig.vsphere import Vsphere
from rig.vsphere.behaviour import Behaviour
from rig.vsphere.plain import Reply, each_value, fetch, logged_in, store_of

BODY = images.pseudo_random(1000, 44)


@dataclass(frozen=True)
class File:
    server: Vsphere
    url: str
    cookie: str

    def get(self, span: str = "", method: str = "GET") -> Reply:
        return fetch(self.server, self.url, self.cookie, span, method=method)

    def seen(self, span: str) -> tuple[int, bytes, str | None]:
        reply = self.get(span)
        return reply.status, reply.body, reply.headers["Content-Range"]

    @property
    def behaviour(self) -> Behaviour:
        return self.server.front.behaviour


def file_of(server: Vsphere, body: bytes) -> File:
    store, name = store_of(server), f"ranges/{len(body)}"
    server.add_file(store, name, body)
    return File(server, server.url(store, name), logged_in(server))


@pytest.fixture
def file(vcenter: Vsphere) -> File:
    return file_of(vcenter, BODY)


# Ranges

@pytest.mark.parametrize("span", ["0-999", "0-1000", "0-4095", "0-", "-1000", "-2000"])
@pytest.mark.parametrize("value, content_range", each_value("full_range", {"200": None, "206": "bytes 0-999/1000"}))
def test_a_range_of_the_whole_file(file: File, value: str, content_range: str | None, span: str) -> None:
    file.behaviour.full_range = value  # type: ignore[assignment]
    assert file.seen(span) == (int(value), BODY, content_range)
    assert file.seen("0-998") == (206, BODY[:999], "bytes 0-998/1000")


def test_the_only_byte_of_a_file_is_the_whole_file(vcenter: Vsphere) -> None:
    assert file_of(vcenter, b"x").seen("0-0") == (200, b"x", None)


@pytest.mark.parametrize("value, expected", each_value("range_past_end", {
    "206": (206, BODY[990:], "bytes 990-999/1000"), "416": (416, b"", "bytes */1000"), "200": (200, BODY, None)}))
def test_a_range_past_the_end(file: File, value: str, expected: tuple[int, bytes, str | None]) -> None:
    file.behaviour.range_past_end = value  # type: ignore[assignment]
    assert file.seen("990-1000") == expected
    assert file.seen("990-") == file.seen("990-999") == file.seen("-10") == (206, BODY[990:], "bytes 990-999/1000")


@pytest.mark.parametrize("value, expected", each_value("range_at_eof", {
    "416": (416, b"", "bytes */1000"), "200 empty": (200, b"", None), "206 empty": (206, b"", "bytes 1000-999/1000")}))
def test_a_range_at_the_end(file: File, value: str, expected: tuple[int, bytes, str | None]) -> None:
    file.behaviour.range_at_eof = value  # type: ignore[assignment]
    assert file.seen("1000-1099") == file.seen("1000-") == expected


@pytest.mark.parametrize("value, expected", each_value("empty_file", {
    "416": (416, b"", "bytes */0"), "416 without Content-Range": (416, b"", None), "200": (200, b"", None)}))
def test_a_range_of_an_empty_file(vcenter: Vsphere, value: str, expected: tuple[int, bytes, str | None]) -> None:
    file = file_of(vcenter, b"")
    file.behaviour.empty_file = value  # type: ignore[assignment]
    assert file.seen("0-99") == expected and file.seen("") == (200, b"", None)


@pytest.mark.parametrize("value, statuses", each_value("ignore_range", {
    "never": [206, 206, 206, 206], "always": [200, 200, 200, 200], "every 3rd": [206, 206, 200, 206]}))
def test_a_range_that_is_ignored(file: File, value: str, statuses: list[int]) -> None:
    file.behaviour.ignore_range = value  # type: ignore[assignment]
    replies = [file.get("100-199") for _ in range(4)]
    assert [one.status for one in replies] == statuses
    assert all(one.body == (BODY if one.status == 200 else BODY[100:200]) for one in replies)


@pytest.mark.parametrize("value, content_range", each_value("content_range_total", {
    "number": "bytes 0-9/1000", "*": "bytes 0-9/*", "wrong": "bytes 0-9/1001", "absent": None}))
def test_the_total_of_a_range(file: File, value: str, content_range: str | None) -> None:
    file.behaviour.content_range_total = value  # type: ignore[assignment]
    assert file.seen("0-9") == (206, BODY[:10], content_range)


# Headers

@pytest.mark.parametrize("switch, header", [("accept_ranges", "Accept-Ranges"), ("last_modified", "Last-Modified"),
                                            ("etag", "ETag")])
@pytest.mark.parametrize("value", [True, False])
def test_a_header_that_a_file_may_have(file: File, switch: str, header: str, value: bool) -> None:
    setattr(file.behaviour, switch, value)
    assert all((file.get(span, method).headers[header] is not None) == value
               for span in ("", "0-9") for method in ("GET", "HEAD"))


@pytest.mark.parametrize("value, fields", each_value("length", {
    "Content-Length": ("1000", None, "Keep-Alive"), "chunked": (None, "chunked", "Keep-Alive"),
    "close": (None, None, "close")}))
def test_how_the_body_of_a_file_ends(file: File, value: str, fields: tuple[str | None, ...]) -> None:
    file.behaviour.length = value  # type: ignore[assignment]
    reply = file.get()
    assert tuple(reply.headers[name] for name in ("Content-Length", "Transfer-Encoding", "Connection")) == fields
    assert reply.body == BODY and file.get("10-19").body == BODY[10:20]
    assert file.get(method="HEAD").headers["Content-Length"] == fields[0]


@pytest.mark.parametrize("value, expected", each_value("head", {
    "ok": (200, "1000"), "500": (500, "0"), "405": (405, "0"), "wrong length": (200, "500")}))
def test_a_head_of_a_file(file: File, value: str, expected: tuple[int, str]) -> None:
    file.behaviour.head = value  # type: ignore[assignment]
    reply = file.get(method="HEAD")
    assert (reply.status, reply.headers["Content-Length"]) == expected and file.get().body == BODY


# Connections

def connect(file: File) -> http.client.HTTPSConnection:
    port = urllib.parse.urlsplit(file.url).port
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=file.server.context())


@pytest.mark.parametrize("value, connections", [(None, ["Keep-Alive"] * 4), (1, ["close"] * 4),
                                                (2, ["Keep-Alive", "close"] * 2)])
def test_the_requests_of_a_connection(file: File, value: int | None, connections: list[str]) -> None:
    file.behaviour.requests_per_connection = value
    connection, seen = connect(file), []
    for _ in connections:
        connection.request("GET", file.url[len(file.server.origin):], headers={"Cookie": file.cookie})
        reply = connection.getresponse()
        assert reply.read() == BODY
        seen.append(reply.headers["Connection"])
    connection.close()
    assert seen == connections


@pytest.mark.parametrize("value", [True, False])
def test_a_body_that_ends_too_early(file: File, value: bool) -> None:
    file.behaviour.close_mid_body = value
    for wanted in (BODY[100:300], BODY[:1000]):
        if value:
            with pytest.raises(http.client.IncompleteRead) as cut:
                file.get("100-299" if len(wanted) == 200 else "")
            assert cut.value.partial == wanted[:len(wanted) // 2]
        assert file.get("100-299").body == BODY[100:300]


@pytest.mark.parametrize("value, expected", each_value("expect", {
    "sent": rb"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", "never": rb"HTTP/1.1 200 OK",
    "417": rb"HTTP/1.1 417 Expectation Failed"}))
def test_a_post_that_expects_100(file: File, value: str, expected: bytes) -> None:
    file.behaviour.expect = value  # type: ignore[assignment]
    body = (b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>'
            b'<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this>'
            b"</RetrieveServiceContent></Body></Envelope>")
    connection = connect(file)
    connection.connect()
    connection.sock.sendall(b"POST /sdk HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"
                            b"Content-Length: %d\r\n\r\n" % len(body))
    if value == "never":
        connection.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.sock.recv(1)
        connection.sock.settimeout(20)
    if value != "417":
        connection.sock.sendall(body)
    text = b""
    while part := connection.sock.recv(65536):
        text += part
    connection.close()
    assert re.match(expected, text)


@pytest.mark.parametrize("value, fields", each_value("soap_length", {
    "chunked": (None, "chunked"), "Content-Length": (True, None)}))
def test_how_a_soap_answer_ends(file: File, value: str, fields: tuple[bool | None, str | None]) -> None:
    file.behaviour.soap_length = value  # type: ignore[assignment]
    connection = connect(file)
    connection.request("POST", "/sdk", b"<Envelope><Body><CurrentTime/></Body></Envelope>")
    reply = connection.getresponse()
    assert b"NotAuthenticated" in reply.read()
    assert (reply.headers["Content-Length"] and True, reply.headers["Transfer-Encoding"]) == fields
    connection.close()

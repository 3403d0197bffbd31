# SPDX-License-Identifier: MIT
"""The rig itself: an honest server is honest, each fault does what its name says, and pacing is strict."""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from rig import clients, images
from rig.processes import wait_until
from rig.server import Server

BODY = images.pseudo_random(300_000, 42)


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def fetch(url: str, first: int | None = None, last: int | None = None, method: str = "GET",
          timeout: float = 5, context: ssl.SSLContext | None = None, **headers: str) -> Reply:
    """One request over one connection, as raw as the library allows."""
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname is not None
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    wanted = {name.replace("_", "-"): value for name, value in headers.items()}
    if first is not None:
        wanted["Range"] = f"bytes={first}-{'' if last is None else last}"
    try:
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), headers=wanted)
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


@pytest.fixture
def faulty(server: Server) -> Iterator[str]:
    """The fault URL of a file with BODY in it."""
    yield server.url(server.put("file.bin", BODY), fault=True)


@pytest.mark.parametrize("profile", ["lan", "dc", "wan", "vcenter"])
@pytest.mark.parametrize("fault", [False, True])
def test_ranges_and_validators_are_those_of_nginx(server: Server, profile: str, fault: bool) -> None:
    name = server.put("file.bin", BODY)
    url, plain = server.url(name, profile, fault=fault), fetch(server.url(name), method="HEAD")
    head, whole = fetch(url, method="HEAD"), fetch(url)
    for header in ("ETag", "Last-Modified", "Accept-Ranges", "Content-Length"):
        assert head.headers[header] == plain.headers[header] == whole.headers[header]
    assert (whole.status, whole.body) == (200, BODY)
    part = fetch(url, 1000, 200_999)
    assert (part.status, part.body) == (206, BODY[1000:201_000])
    assert part.headers["Content-Range"] == "bytes 1000-200999/300000"
    assert fetch(url, 299_990, 400_000).headers["Content-Range"] == "bytes 299990-299999/300000"
    past = fetch(url, 300_000)
    assert (past.status, past.headers["Content-Range"]) == (416, "bytes */300000")
    etag = head.headers["ETag"]
    assert fetch(url, 0, 9, If_Match=etag).status == 206
    assert fetch(url, 0, 9, If_Match='"other"').status == 412
    assert fetch(url, 0, 9, If_Range=etag).status == 206
    assert fetch(url, 0, 9, If_Range='"other"').status == 200


@pytest.mark.parametrize("fault", [False, True])
def test_an_empty_file_answers_a_range_with_200(server: Server, fault: bool) -> None:
    reply = fetch(server.url(server.put("empty", b""), fault=fault), 0, 9)
    assert (reply.status, reply.body) == (200, b"")


def test_https_is_trusted_through_the_rig_authority_only(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY), tls=True)
    assert fetch(url, 0, 9, context=ssl.create_default_context(cafile=str(server.ca_file))).body == BODY[:10]
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(url, 0, 9)
    assert server.requests("file.bin")[-1].tls


def test_the_mutual_port_wants_a_client_certificate(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY), tls=True, port=server.mutual_port)
    context = ssl.create_default_context(cafile=str(server.ca_file))
    assert fetch(url, 0, 9, context=context).status == 400
    context.load_cert_chain(server.client_certificate, server.client_key)
    assert fetch(url, 0, 9, context=context).body == BODY[:10]
    assert server.requests("file.bin")[-1].client == "CN=rig client"


@pytest.mark.parametrize("profile,delay,rate", [("wan", 0.040, 25e6), ("vcenter", 0.150, 10e6)])
def test_a_paced_response_takes_as_long_as_its_link(server: Server, profile: str, delay: float, rate: float) -> None:
    url = server.url(server.share(images.data(8), "paced.bin"), profile)
    size = 2 << 20
    begin = time.monotonic()
    assert len(fetch(url, 0, size - 1).body) == size
    expected = delay + size / rate - (128 << 10) / rate  # the client has the last chunk before its time is over
    assert expected - 0.01 < time.monotonic() - begin < expected + 0.25


def test_the_log_tells_who_asked_for_what(server: Server) -> None:
    url = server.url(server.put("a b+c%.bin", BODY))
    fetch(url, 5, 9, User_Agent="rig", Authorization="Bearer x", Cookie="a=b", If_Match="*", X_Test="t")
    request, = server.requests("a b+c%.bin")
    assert (request.method, request.status, request.span, request.sent) == ("GET", 206, (5, 10), 5)
    assert (request.user_agent, request.authorization, request.cookie) == ("rig", "Bearer x", "a=b")
    assert (request.if_match, request.x_test, request.host) == ("*", "t", f"127.0.0.1:{server.http_port}")
    assert server.bytes_sent() == 5
    server.clear_log()
    assert server.requests() == []


def test_a_replaced_file_has_new_validators(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY))
    before = fetch(url, 0, 9).headers
    server.replace("file.bin", BODY[::-1])
    after = fetch(url, 0, 9)
    assert after.headers["ETag"] != before["ETag"] and after.headers["Last-Modified"] != before["Last-Modified"]
    assert after.body == BODY[::-1][:10]


def test_a_restarted_server_listens_on_the_same_ports(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY))
    server.kill()
    with pytest.raises(ConnectionRefusedError):
        fetch(url, 0, 9)
    server.start()
    assert fetch(url, 0, 9).status == 206


def test_a_frozen_server_accepts_and_says_nothing(server: Server) -> None:
    url = server.url(server.put("file.bin", BODY))
    server.freeze()
    try:
        with pytest.raises(TimeoutError):
            fetch(url, 0, 9, timeout=0.2)
    finally:
        server.thaw()
    assert fetch(url, 0, 9).status == 206


# Which requests a fault strikes

@pytest.mark.parametrize("keys,expected", [
    ({"first": 2}, [503, 503, 206, 206, 206, 206]),
    ({"after": 2}, [206, 206, 503, 503, 503, 503]),
    ({"nth": 3}, [206, 206, 503, 206, 206, 206]),
    ({"every": 3}, [206, 206, 503, 206, 206, 503]),
])
def test_a_fault_strikes_the_requests_it_should(server: Server, faulty: str, keys: dict[str, int],
                                                expected: list[int]) -> None:
    server.fault("file.bin", "status", code=503, **keys)
    assert [fetch(faulty, 0, 9).status for _ in expected] == expected


def test_chance_is_the_same_in_every_run(server: Server, faulty: str) -> None:
    server.fault("*", "status", code=503, p=0.3, seed=5)
    runs = []
    for _ in range(2):
        runs.append([fetch(faulty, 0, 9).status for _ in range(40)])
        server.clear_faults()
        server.fault("*", "status", code=503, p=0.3, seed=5)
    assert runs[0] == runs[1] and 4 <= runs[0].count(503) <= 20


def test_a_fault_can_come_with_the_query_and_leaves_the_honest_address_alone(server: Server, faulty: str) -> None:
    assert fetch(faulty + "?fault=status&code=410", 0, 9).status == 410
    server.fault("file.bin", "status", code=404)
    assert fetch(server.url("file.bin"), 0, 9).status == 206
    assert fetch(faulty, method="HEAD").status == 200
    server.clear_faults()
    assert fetch(faulty, 0, 9).status == 206


def test_an_unknown_fault_is_refused(server: Server) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        server.fault("*", "earthquake")


# What a fault does

@pytest.mark.parametrize("code", [401, 403, 404, 410, 429, 500, 503])
def test_status(server: Server, faulty: str, code: int) -> None:
    server.fault("file.bin", "status", code=code, retry_after=7)
    reply = fetch(faulty, 0, 9)
    assert (reply.status, reply.headers["Retry-After"]) == (code, "7")


@pytest.mark.parametrize("code", [403, 405])
def test_head_refused(server: Server, faulty: str, code: int) -> None:
    server.fault("file.bin", "status", code=code, method="HEAD")
    assert fetch(faulty, method="HEAD").status == code
    assert fetch(faulty, 0, 9).status == 206


def test_full_body(server: Server, faulty: str) -> None:
    server.fault("file.bin", "full_body")
    reply = fetch(faulty, 100, 199)
    assert (reply.status, reply.body, reply.headers["Content-Range"]) == (200, BODY, None)


@pytest.mark.parametrize("mode,by,header,body", [
    ("missing", 0, None, BODY[1000:1100]),
    ("star", 0, "bytes 1000-1099/*", BODY[1000:1100]),
    ("total", 1, "bytes 1000-1099/300001", BODY[1000:1100]),
    ("shift", 512, "bytes 1512-1611/300000", BODY[1512:1612]),
    ("lie", 512, "bytes 1512-1611/300000", BODY[1000:1100]),
])
def test_content_range(server: Server, faulty: str, mode: str, by: int, header: str | None, body: bytes) -> None:
    server.fault("file.bin", "content_range", mode=mode, by=by)
    reply = fetch(faulty, 1000, 1099)
    assert (reply.status, reply.headers["Content-Range"], reply.body) == (206, header, body)


def test_short_range(server: Server, faulty: str) -> None:
    server.fault("file.bin", "short_range", bytes=10)
    reply = fetch(faulty, 1000, 1099)
    assert (reply.headers["Content-Range"], reply.body) == ("bytes 1000-1009/300000", BODY[1000:1010])


def test_a_cut_body_ends_early(server: Server, faulty: str) -> None:
    server.fault("file.bin", "cut", bytes=5000, how="fin")
    with pytest.raises(http.client.IncompleteRead) as problem:
        fetch(faulty, 0, 99_999)
    assert problem.value.partial == BODY[:5000]


def test_a_reset_body_is_reset(server: Server, faulty: str) -> None:
    server.fault("file.bin", "cut", bytes=5000, how="rst")
    with pytest.raises(ConnectionResetError):
        fetch(faulty, 0, 99_999)


def test_a_hanging_body_stays_open_and_silent(server: Server, faulty: str) -> None:
    server.fault("file.bin", "cut", bytes=5000, how="hang")
    with pytest.raises(TimeoutError):
        fetch(faulty, 0, 99_999, timeout=0.2)


@pytest.mark.parametrize("how,problem", [
    ("fin", http.client.RemoteDisconnected), ("rst", ConnectionResetError), ("hang", TimeoutError)])
def test_a_dropped_request_gets_no_answer(server: Server, faulty: str, how: str, problem: type[OSError]) -> None:
    server.fault("file.bin", "drop", how=how)
    with pytest.raises(problem):
        fetch(faulty, 0, 9, timeout=0.2)


def test_a_cut_is_seen_over_https_and_http2(server: Server, faulty: str) -> None:
    server.fault("file.bin", "cut", bytes=5000)
    url = server.url("file.bin", tls=True, fault=True)
    for version in ("--http1.1", "--http2"):
        assert clients.curl(version, "--cacert", server.ca_file, "-o", "/dev/null", url, check=False).returncode != 0
    assert {request.protocol for request in server.requests("file.bin")} == {"HTTP/1.1", "HTTP/2.0"}


def test_a_stall_lasts_its_time_and_then_goes_on(server: Server, faulty: str) -> None:
    server.fault("file.bin", "stall", bytes=5000, seconds=0.3)
    begin = time.monotonic()
    assert fetch(faulty, 0, 99_999).body == BODY[:100_000]
    assert 0.3 <= time.monotonic() - begin < 1


def test_drip(server: Server, faulty: str) -> None:
    server.fault("file.bin", "drip", bytes=1, rate=50)
    begin = time.monotonic()
    assert fetch(faulty, 0, 9).body == BODY[:10]
    assert 0.15 <= time.monotonic() - begin < 1


def test_delay(server: Server, faulty: str) -> None:
    server.fault("file.bin", "delay", seconds=0.2)
    begin = time.monotonic()
    fetch(faulty, 0, 9)
    assert time.monotonic() - begin >= 0.2


def test_html(server: Server, faulty: str) -> None:
    server.fault("file.bin", "html")
    reply = fetch(faulty, 0, 9, If_Match='"any"')
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")


def test_gzip(server: Server, faulty: str) -> None:
    server.fault("file.bin", "gzip")
    reply = fetch(faulty, 1000, 200_999)
    assert (reply.status, reply.headers["Content-Encoding"]) == (206, "gzip")
    assert gzip.decompress(reply.body) == BODY[1000:201_000]


def test_etags(server: Server, faulty: str) -> None:
    honest = fetch(faulty, 0, 9).headers["ETag"]

    def with_fault(name: str, **keys: object) -> list[str | None]:
        server.clear_faults()
        server.fault("file.bin", name, **keys)
        return [fetch(faulty, 0, 9).headers["ETag"] for _ in range(3)]

    assert with_fault("changing_etag") == ['"version-1"', '"version-2"', '"version-3"']
    assert with_fault("etag", value='"other"', after=2) == [honest, honest, '"other"']
    assert with_fault("weak_etag") == ["W/" + honest] * 3
    assert with_fault("no_etag") == [None] * 3


@pytest.mark.parametrize("name,header", [
    ("no_last_modified", "Last-Modified"), ("no_accept_ranges", "Accept-Ranges"), ("chunked", "Content-Length")])
def test_headers_left_out(server: Server, faulty: str, name: str, header: str) -> None:
    assert fetch(faulty).headers[header]
    server.fault("file.bin", name, method="any")
    assert fetch(faulty, 0, 9).headers[header] is None
    assert fetch(faulty, 0, 9).body == BODY[:10]


def test_redirects_change_their_target_each_time(server: Server, faulty: str) -> None:
    other = server.url("file.bin", host="localhost", port=server.alternate_port)
    server.fault("file.bin", "redirect", to=other, unique=1, code=307)
    replies = [fetch(faulty, 0, 9) for _ in range(2)]
    assert [reply.headers["Location"] for reply in replies] == [other + "?turn=1", other + "?turn=2"]
    assert replies[0].status == 307 and fetch(other, 0, 9).body == BODY[:10]


@pytest.mark.parametrize("keys,good", [
    ({"kind": "basic", "user": "u", "password": "p:w"}, ("Authorization", "Basic dTpwOnc=")),
    ({"kind": "bearer", "token": "abc"}, ("Authorization", "Bearer abc")),
    ({"kind": "cookie", "cookie": "session=1"}, ("Cookie", "a=b; session=1")),
])
def test_login(server: Server, faulty: str, keys: dict[str, str], good: tuple[str, str]) -> None:
    server.fault("file.bin", "login", method="any", **keys)
    assert fetch(faulty, 0, 9).status == fetch(faulty, 0, 9, Authorization="Basic x", Cookie="session=2").status == 401
    header, value = good
    assert fetch(faulty, 0, 9, "GET", 5, None, **{header: value}).status == 206


def test_too_many_at_once(server: Server, faulty: str) -> None:
    server.fault("file.bin", "limit", most=1)
    server.fault("file.bin", "drop", how="hang", nth=1)
    parts = urllib.parse.urlsplit(faulty)
    with socket.create_connection((parts.hostname, parts.port)) as held:  # type: ignore[arg-type]
        held.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until(lambda: server.busy() > 0, 5, "the first request, which hangs, to have come")
        assert fetch(faulty, 0, 9).status == 503
    deadline = time.monotonic() + 5
    while fetch(faulty, 0, 9).status != 206:
        assert time.monotonic() < deadline


def test_no_keepalive(server: Server, faulty: str) -> None:
    server.fault("file.bin", "no_keepalive")
    reply = fetch(faulty, 0, 9)
    assert (reply.status, reply.body, reply.headers["Connection"]) == (206, BODY[:10], "close")
    assert fetch(server.url("file.bin"), 0, 9).headers["Connection"] == "keep-alive"


def test_a_mix_breaks_a_share_of_the_replies_each_in_its_way(server: Server, faulty: str) -> None:
    server.fault("file.bin", "mix", p=0.5, seconds=0.01)
    seen: set[str] = set()
    for _ in range(60):
        try:
            reply = fetch(faulty, 0, 99_999)
            assert reply.status == 503 or reply.body == BODY[:100_000]
            seen.add(str(reply.status))
        except (http.client.IncompleteRead, ConnectionResetError) as problem:
            seen.add(type(problem).__name__)
    assert seen == {"206", "503", "IncompleteRead", "ConnectionResetError"}

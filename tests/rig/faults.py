# SPDX-License-Identifier: MIT
"""Every way in which the fault server answers wrongly: one table, for system tests and for the soak.

A case must be one that a client can see through. What nobody can notice, such as other bytes under the right headers, is
no case; README's "Limits" says so.
"""

from __future__ import annotations

import gzip
import time
from dataclasses import dataclass
from email.utils import formatdate

from .fault_acts import (
    Act, added, after, answer_twice, busy, chunked, close_delimited, cut, drip_body, drip_forever, drip_head, encoded,
    endless, full_body, garbage_after, garbage_record, header, lasting, late, login_page, moved, multipart, no_handshake,
    no_head, not_tls, of_range, other_range, pause_in_body, previous_range, raw_head, redirect, server_closes, status,
    status_line, unframed, unique, wrong_length)
from .fault_exchange import LAST_CHUNK, Exchange, chunk, head
from .versions import Validators, http_date

HARMLESS: frozenset[str] = frozenset()
FAILS = frozenset({"EIO", "ETIMEDOUT"})
CHANGED = FAILS | {"ESTALE"}
DENIED = FAILS | {"EACCES"}
MISSING = FAILS | {"ENOENT", "ESTALE"}
REFUSED = FAILS | {"EACCES", "ENOENT", "ESTALE"}
DATED: frozenset[Validators] = frozenset({"strong", "weak", "dated"})


@dataclass(frozen=True)
class Case:
    """One wrong answer.

    `name`: what the server does. `why`: where it was seen, or which rule it breaks. `errors`: what a reader may see while
    the server goes on like that; when empty, the reader must get the right bytes; otherwise right bytes or one of them.
    `believed`: one such reply may end an open handle, because nothing tells it from a true one. `hides`: of files that
    have these validators it takes away what tells versions apart, so that it must not meet one that is replaced. `tls`:
    over HTTPS only. `moves`: it redirects to places that answer rightly. `often`: how often it is drawn; costly ones less.
    """

    name: str
    why: str
    act: Act
    errors: frozenset[str] = FAILS
    believed: bool = False
    hides: frozenset[Validators] = frozenset()
    tls: bool = False
    moves: bool = False
    often: int = 2

    def applies(self, ex: Exchange) -> bool:
        """Whether this request may be answered so."""
        if not ex.ranged or ex.begin >= ex.end or (self.tls and not ex.tls) or (self.moves and ex.moved):
            return False
        return not (ex.file.replaced and ex.file.validators in self.hides)


CASES: tuple[Case, ...] = (
    # Status codes.
    Case("503", "RFC 9110 15.6.4; vCenter beyond its limit of sessions", status("503 Service Unavailable")),
    Case("503, Retry-After in seconds", "RFC 9110 10.2.3", status("503 Service Unavailable", Retry_After="1"), often=1),
    Case("503, Retry-After as a date", "RFC 9110 10.2.3", lambda ex: ex.plain(
        "503 Service Unavailable", {"Retry-After": formatdate(time.time() + 1, usegmt=True)}), often=1),
    Case("503, Retry-After that is no time", "RFC 9110 10.2.3", status("503 Service Unavailable", Retry_After="soon")),
    Case("429, Retry-After: 0", "RFC 6585 4", status("429 Too Many Requests", Retry_After="0")),
    Case("429, Retry-After: 1", "S3, GitHub", status("429 Too Many Requests", Retry_After="1"), often=1),
    Case("500", "RFC 9110 15.6.1", status("500 Internal Server Error")),
    Case("502", "a proxy whose server restarts", status("502 Bad Gateway")),
    Case("504", "a proxy whose server is slow", status("504 Gateway Timeout")),
    Case("408", "RFC 9110 15.5.9: an idle connection", status("408 Request Timeout")),
    Case("425", "RFC 8470 5.2", status("425 Too Early")),
    Case("500 for a while", "a pool with broken workers", lasting(0.3, status("500 Internal Server Error"))),
    Case("more than two at once: 503", "vCenter, RIGS: a limit of connections", lasting(1.0, busy(2)), often=1),
    Case("401 for a while", "a session that expired", lasting(0.2, status(
        "401 Unauthorized", WWW_Authenticate='Basic realm="rig"')), DENIED, believed=True, often=1),
    Case("403 for a while", "S3: a signature that expired", lasting(0.2, status("403 Forbidden")), DENIED,
         believed=True, often=1),
    Case("404 for a while", "a share that is mounted again", lasting(0.2, status("404 Not Found")), MISSING, believed=True,
         often=1),
    Case("410", "RFC 9110 15.5.11", status("410 Gone"), MISSING, believed=True, often=1),
    Case("407", "a proxy that wants a login", status("407 Proxy Authentication Required"), DENIED, believed=True, often=1),
    Case("412", "a login page answers so to If-Match", status("412 Precondition Failed"), CHANGED, believed=True, often=1),
    Case("416 with the unchanged total", "a balancer before two generations of a cache", lambda ex: ex.plain(
        "416 Range Not Satisfiable", {"Content-Range": f"bytes */{ex.size}"}), CHANGED),
    Case("416 without a total", "RFC 9110 15.5.17", status("416 Range Not Satisfiable"), CHANGED, believed=True, often=1),
    Case("204", "RFC 9110 15.3.5: no content can answer no range", lambda ex: ex.send(head("204 No Content", {})), REFUSED,
         believed=True),
    Case("304 though nothing was conditional", "a cache in front that mixes replies up",
         lambda ex: ex.send(head("304 Not Modified", ex.file.headers(ex.version))), REFUSED, believed=True),
    Case("101", "RFC 9110 15.2.2: nobody asked for another protocol",
         server_closes(lambda ex: ex.send(head("101 Switching Protocols", {"Upgrade": "rig", "Connection": "Upgrade"}))),
         REFUSED, believed=True),
    Case("400", "a balancer that lost its mind for a moment", status("400 Bad Request"), REFUSED, believed=True),
    Case("599", "RFC 9110 15: treated as 500", status("599 Odd")),

    # The body of another question.
    Case("200 with the whole file", "RFC 9110 14.2: a server may ignore Range", full_body, REFUSED, often=1),
    Case("200 with a login page", "single sign-on in front", login_page, REFUSED),
    Case("200 with nothing", "a full disk behind a proxy", lambda ex: ex.plain("200 OK", {}, ""), REFUSED),
    Case("200 with the bytes of the range", "a script that forgot the status",
         lambda ex: ex.partial(change={"Content-Range": None}, status="200 OK"), REFUSED),
    Case("Content-Range of other bytes", "nginx slice misconfigured", other_range),
    Case("reply to another request", "a multiplexer that swapped two replies", previous_range),
    Case("right bytes, named as others", "RFC 9110 14.4", header(
        "Content-Range", lambda ex: of_range(ex, ex.begin + 512, ex.end + 512))),
    Case("fewer bytes than asked for", "RFC 9110 15.3.7: allowed", lambda ex: ex.partial(end=max(ex.begin + 1, ex.middle))),
    Case("more bytes than asked for", "RFC 9110 15.3.7: a server may coalesce", lambda ex: ex.partial(
        end=min(ex.size, ex.end + 4096) if ex.end < ex.size else ex.size - 1)),
    Case("multipart/byteranges", "RFC 9110 14.6: not for a single range", multipart),
    Case("gzip that nobody asked for", "a CDN that compresses", encoded("gzip", lambda body: gzip.compress(body, 1))),
    Case("deflate in name only", "RFC 9110 8.4.1", encoded("deflate", lambda body: body)),
    Case("Content-Encoding: identity", "harmless: RFC 9110 12.5.3", encoded("identity", lambda body: body), HARMLESS),

    # Content-Range.
    Case("Content-Range missing", "RFC 9110 15.3.7 wants it", header("Content-Range", lambda ex: None)),
    Case("Content-Range with another total", "a file that grows on one of two servers", header(
        "Content-Range", lambda ex: of_range(ex, ex.begin, ex.end, ex.size + 1)), CHANGED, believed=True, often=1),
    Case("Content-Range with a smaller total", "an old replica", header(
        "Content-Range", lambda ex: of_range(ex, ex.begin, ex.end, max(1, ex.size - 4096))), CHANGED, believed=True, often=1),
    Case("Content-Range with total *", "RFC 9110 14.4: allowed", header(
        "Content-Range", lambda ex: of_range(ex, ex.begin, ex.end, "*")), hides=frozenset({"none"})),
    Case("Content-Range bytes */N with 206", "RFC 9110 14.4: only with 416", header(
        "Content-Range", lambda ex: f"bytes */{ex.size}")),
    Case("Content-Range in items", "RFC 9110 14.1: another unit", header(
        "Content-Range", lambda ex: of_range(ex, ex.begin, ex.end).replace("bytes", "items"))),
    Case("Content-Range with a list", "RFC 9110 14.4: one range", header("Content-Range", lambda ex: (
        f"bytes {ex.begin}-{ex.middle},{ex.middle + 1}-{ex.end - 1}/{ex.size}"))),
    Case("Content-Range beyond 64 bits", "an overflow wraps to small numbers", header("Content-Range", lambda ex: (
        f"bytes {ex.begin + 2**64}-{ex.end - 1 + 2**64}/{ex.size + 2**64}"))),
    Case("Content-Range with bytes=", "written as a request would", header(
        "Content-Range", lambda ex: of_range(ex, ex.begin, ex.end).replace(" ", "="))),
    Case("Content-Range backwards", "RFC 9110 14.4: invalid", header(
        "Content-Range", lambda ex: f"bytes {ex.end - 1}-{ex.begin - 1}/{ex.size}")),
    Case("Content-Range twice, differently", "RFC 9110 5.3: a singleton", raw_head(lambda ex, right: right[:-2] + (
        f"Content-Range: {of_range(ex, ex.begin + 1, ex.end + 1)}\r\n\r\n").encode())),

    # The end of the body.
    Case("body cut with FIN", "a worker that is recycled", cut(Exchange.fin)),
    Case("body cut after nothing", "the same, sooner", cut(Exchange.fin, 0.0)),
    Case("body cut with RST", "a process that is killed", cut(Exchange.rst)),
    Case("body cut, then silence", "a firewall that forgot the connection", cut(Exchange.silent), often=1),
    Case("body pauses for 0.3 s", "harmless: a busy disk", pause_in_body(0.3), HARMLESS),
    Case("body stalls in the middle", "a disk that spins up", pause_in_body(3.0), often=1),
    Case("body drips", "harmless: a slow but steady link", drip_body, HARMLESS, often=1),
    Case("body drips 10 bytes each 0.3 s", "slowloris, from the server", drip_forever, often=1),
    Case("head drips", "harmless: a slow proxy", drip_head(0.005), HARMLESS, often=1),
    Case("head drips for ever", "slowloris, from the server", drip_head(0.5), often=1),
    Case("first byte after 0.3 s", "harmless: a tape robot's cache", late(0.3), HARMLESS),
    Case("first byte after 3 s", "a tape robot", late(3.0), often=1),
    Case("no answer", "a process that is stopped", Exchange.silent, often=1),
    Case("closed without an answer", "RFC 9112 9.5: an idle connection is closed as the request comes",
         Exchange.fin),
    Case("reset without an answer", "the same with data unread", Exchange.rst),
    Case("the next connections are closed at once", "a balancer without servers", lambda ex: ex.server.close_next(ex, 2)),
    Case("connections are refused for a while", "a server that restarts", lambda ex: ex.server.refuse(ex, 0.15), often=1),
    Case("no keep-alive", "harmless: RFC 9112 9.6", close_delimited, HARMLESS),
    Case("Content-Length too large", "contradicts Content-Range", wrong_length(1000, Exchange.fin)),
    Case("Content-Length too small", "contradicts Content-Range", wrong_length(-1, Exchange.fin)),
    Case("Content-Length negative", "RFC 9110 8.6", header("Content-Length", lambda ex: "-1")),
    Case("Content-Length twice, differently", "RFC 9112 6.3: must be rejected", raw_head(
        lambda ex, right: right[:-2] + f"Content-Length: {max(1, ex.length - 1)}\r\n\r\n".encode())),
    Case("Content-Length twice, alike", "RFC 9110 8.6: may be accepted", raw_head(
        lambda ex, right: right[:-2] + f"Content-Length: {ex.length}\r\n\r\n".encode())),
    Case("body ends with the connection", "RFC 9112 6.3: allowed", unframed(1.0)),
    Case("body ends with the connection, too soon", "nothing frames it", unframed(0.6)),
    Case("HTTP/1.0 without Content-Length", "Python's and other small servers", lambda ex: (
        ex.send(ex.partial_head(ex.begin, ex.end, {"Content-Length": None}).replace(b"HTTP/1.1", b"HTTP/1.0")
                + ex.bytes_of(ex.begin, ex.end)), ex.fin())[1]),
    Case("bytes after the body", "a server that counts wrongly", garbage_after),
    Case("a second reply after the first", "response splitting", answer_twice),

    # Chunks (RFC 9112, section 7.1).
    Case("chunked", "allowed", chunked(lambda ex, a, b: chunk(a) + chunk(b) + LAST_CHUNK)),
    Case("chunked with extensions and trailers", "allowed", chunked(
        lambda ex, a, b: f"{len(a):x};name=value\r\n".encode() + a + b"\r\n" + chunk(b) + b"0\r\nX-Sum: 1\r\n\r\n"
        if a else chunk(b) + LAST_CHUNK)),
    Case("a chunk's size too small", "what follows is taken for the next size", chunked(
        lambda ex, a, b: chunk(a, f"{max(0, len(a) - 3):x}") + chunk(b) + LAST_CHUNK, Exchange.fin)),
    Case("a chunk's size too large", "the next size is taken for bytes", chunked(
        lambda ex, a, b: chunk(a, f"{len(a) + 5:x}") + chunk(b) + LAST_CHUNK, Exchange.fin)),
    Case("a chunk's size that is no number", "framing lost in the middle", chunked(
        lambda ex, a, b: chunk(a) + chunk(b, "xyz") + LAST_CHUNK, Exchange.fin)),
    Case("a chunk's size beyond 64 bits", "an overflow", chunked(
        lambda ex, a, b: chunk(a) + chunk(b, "ffffffffffffffffff") + LAST_CHUNK, Exchange.fin)),
    Case("a chunk cut short", "the connection ends in it", chunked(
        lambda ex, a, b: f"{len(a) + len(b):x}\r\n".encode() + a, Exchange.fin)),
    Case("no last chunk", "RFC 9112 8: incomplete", chunked(lambda ex, a, b: chunk(a) + chunk(b), Exchange.fin)),
    Case("the last chunk too soon", "shorter than Content-Range", chunked(
        lambda ex, a, b: chunk(a or b[:-1] or b"?") + LAST_CHUNK)),
    Case("chunks beyond the range", "longer than Content-Range", chunked(
        lambda ex, a, b: chunk(a) + chunk(b + b"more") + LAST_CHUNK if a else chunk(b + b"more") + LAST_CHUNK)),
    Case("chunked beside Content-Length", "RFC 9112 6.1: request smuggling", chunked(
        lambda ex, a, b: (chunk(a) if a else b"") + chunk(b) + LAST_CHUNK, Content_Length=lambda ex: str(ex.length))),
    Case("chunked beside Content-Length, broken", "the length proves nothing", chunked(
        lambda ex, a, b: chunk(a, f"{max(0, len(a) - 3):x}") + chunk(b) + LAST_CHUNK, Exchange.fin,
        Content_Length=lambda ex: str(ex.length))),
    Case("Transfer-Encoding: gzip, chunked", "RFC 9112 6.1: nobody asked for it", chunked(
        lambda ex, a, b: chunk(gzip.compress(a + b, 1)) + LAST_CHUNK, Transfer_Encoding=lambda ex: "gzip, chunked")),
    Case("Transfer-Encoding: identity", "withdrawn coding", unframed(1.0, {"Transfer-Encoding": "identity"})),

    # The head.
    Case("HTTP/0.9", "no head at all", no_head, REFUSED),
    Case("HTTP/3.7", "RFC 9110 2.5: an unknown version", status_line("HTTP/3.7 206 Partial Content")),
    Case("status line without reason", "allowed in practice", status_line("HTTP/1.1 206")),
    Case("status that is no number", "RFC 9112 4", status_line("HTTP/1.1 2xx Partial"), REFUSED),
    Case("status of four digits", "RFC 9112 4", status_line("HTTP/1.1 2060 Partial"), REFUSED),
    Case("garbage instead of a status line", "another protocol on this port", status_line("SSH-2.0-OpenSSH_9.2p1"),
         REFUSED),
    Case("thirty 1xx replies before", "harmless: RFC 9110 15.2", after(
        (head("103 Early Hints", {"Link": "</x>; rel=preload"}) + head("100 Continue", {})) * 15), HARMLESS),
    Case("endless 1xx replies", "a flood", endless(b"", head("102 Processing", {}))),
    Case("endless headers", "a flood", endless(b"HTTP/1.1 206 Partial Content\r\n", b"X-Filler: 0123456789\r\n")),
    Case("one header of 300 KB", "a cookie gone mad", added("X-Filler: " + "x" * 300_000), often=1),
    Case("fifty cookies", "harmless: a balancer", added("\r\n".join(
        f"Set-Cookie: name{i}=value; Path=/" for i in range(50))), HARMLESS),
    Case("a NUL in the head", "RFC 9110 5.5", added("X-Odd: a\0b")),
    Case("a folded header", "RFC 9112 5.2: obsolete", raw_head(
        lambda ex, right: right.replace(b"Content-Range: bytes ", b"Content-Range:\r\n bytes "))),
    Case("a line without a colon", "RFC 9112 5.1", added("this is no header")),
    Case("lines end with LF alone", "RFC 9112 2.2: may be accepted", raw_head(
        lambda ex, right: right.replace(b"\r\n", b"\n"))),

    # Validators.
    Case("another ETag", "servers behind a balancer whose tags differ",
         header("ETag", lambda ex: f'"other-{unique()}"'), CHANGED, believed=True, often=1),
    Case("no ETag", "a proxy that drops it", header("ETag", lambda ex: None), CHANGED, believed=True, often=1),
    Case("the ETag made weak", "nginx, when it compresses", header("ETag", lambda ex: (
        None if "ETag" not in ex.file.headers(ex.version) else
        "W/" + ex.file.headers(ex.version)["ETag"].removeprefix("W/"))), CHANGED, believed=True, often=1),
    Case("an ETag without quotes", "RFC 9110 8.8.3", header("ETag", lambda ex: f"odd-{unique()}"), CHANGED,
         believed=True, often=1),
    Case("another Last-Modified", "replicas copied without their times", header(
        "Last-Modified", lambda ex: http_date(10_000_000 + unique())), CHANGED, believed=True, often=1),
    Case("no Last-Modified", "a proxy that drops it", header("Last-Modified", lambda ex: None), CHANGED, believed=True,
         hides=DATED, often=1),
    Case("no validator at all", "a script that serves files", lambda ex: ex.partial(
        change={"ETag": None, "Last-Modified": None}), CHANGED, believed=True, hides=DATED, often=1),

    # Redirects.
    Case("302 to a new place each time", "harmless: signed URLs", redirect("302 Found", moved), HARMLESS, moves=True),
    Case("307, relative", "harmless: RFC 9110 10.2.2", redirect("307 Temporary Redirect", lambda ex: (
        "../files/" + moved(ex).rpartition("/")[2])), HARMLESS, moves=True),
    Case("301 to another origin", "harmless: a mirror network", redirect(
        "301 Moved Permanently", lambda ex: ex.server.other_origin(ex) + moved(ex)), HARMLESS, moves=True),
    Case("308 to a dead port", "a mirror that is down", redirect(
        "308 Permanent Redirect", lambda ex: "http://127.0.0.1:1" + moved(ex)), moves=True),
    Case("302 without Location", "RFC 9110 15.4: cannot be followed", redirect("302 Found", lambda ex: None), REFUSED),
    Case("302 to itself", "a loop", lasting(0.05, redirect("302 Found", lambda ex: ex.target)), REFUSED, often=1),
    Case("302 to file:", "must never be followed", redirect("302 Found", lambda ex: "file:///nonexistent/rig"), REFUSED,
         believed=True),
    Case("302 to ftp:", "must never be followed", redirect("302 Found", lambda ex: "ftp://127.0.0.1:1/rig"), REFUSED,
         believed=True),
    Case("302 to nonsense", "RFC 3986", redirect("302 Found", lambda ex: "http://[::bad/%zz"), REFUSED, believed=True),
    Case("303 to a login page", "single sign-on", redirect("303 See Other", lambda ex: "/login"), REFUSED),

    # TLS.
    Case("TLS: the next handshake is not answered", "a balancer without servers", no_handshake, tls=True),
    Case("TLS: plain HTTP instead of a handshake", "a port that is configured wrongly", not_tls, tls=True),
    Case("TLS: a record that nobody encrypted", "an attacker in the middle", garbage_record, tls=True),
    Case("TLS: body cut without close_notify", "RFC 8446 6.1: truncation", cut(Exchange.fin), tls=True),
    Case("TLS: end of an unframed body without close_notify", "truncation that looks complete",
         unframed(0.6), tls=True),
)

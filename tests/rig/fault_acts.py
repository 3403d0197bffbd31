# SPDX-License-Identifier: MIT
"""What a server does wrongly, as functions over one exchange, or functions that make such. faults.py names the cases."""

from __future__ import annotations

import gzip
import itertools
import time
from collections.abc import Callable

from .fault_exchange import LAST_CHUNK, Exchange, chunk, head

Act = Callable[[Exchange], None]

_numbers = itertools.count(1)


def unique() -> int:
    """Another number each time, for tags and places that nothing else has."""
    return next(_numbers)


def status(line: str, **headers: str) -> Act:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda ex: ex.plain(line, named)


def header(name: str, value: Callable[[Exchange], str | None]) -> Act:
    """The right bytes under one header that is changed or, with None, left out."""
    return lambda ex: ex.partial(change={name: value(ex)})


def of_range(ex: Exchange, begin: int, end: int, total: object = None) -> str:
    return f"bytes {begin}-{end - 1}/{ex.size if total is None else total}"


def lasting(seconds: float, act: Act) -> Act:
    """The server goes on like that for this file."""

    def begin(ex: Exchange) -> None:
        ex.server.go_on(ex, act, seconds)
        act(ex)

    return begin


def other_range(ex: Exchange) -> None:
    """Other bytes than those asked for, honestly named."""
    by = 512 if ex.end + 512 <= ex.size else -512
    begin = max(0, ex.begin + by)
    ex.partial(begin, begin + ex.length)


def previous_range(ex: Exchange) -> None:
    """The reply that another request should have had."""
    begin, end = ex.server.previous(ex)
    ex.partial(begin, end)


def cut(how: Callable[[Exchange], None], part: float = 0.5) -> Act:
    def act(ex: Exchange) -> None:
        ex.send(ex.partial_head(ex.begin, ex.end) + ex.bytes_of(ex.begin, ex.begin + int(ex.length * part)))
        how(ex)

    return act


def pause_in_body(seconds: float) -> Act:
    def act(ex: Exchange) -> None:
        ex.send(ex.partial_head(ex.begin, ex.end) + ex.bytes_of(ex.begin, ex.middle))
        ex.pause(seconds)
        ex.send(ex.bytes_of(ex.middle, ex.end))

    return act


def drip_body(ex: Exchange) -> None:
    ex.send(ex.partial_head(ex.begin, ex.end))
    ex.drip(ex.bytes_of(ex.begin, ex.end), max(1, ex.length // 20), 0.01)


def drip_forever(ex: Exchange) -> None:
    ex.send(ex.partial_head(ex.begin, ex.end))
    ex.drip(ex.bytes_of(ex.begin, ex.end), 10, 0.3)


def drip_head(seconds: float) -> Act:
    def act(ex: Exchange) -> None:
        ex.drip(ex.partial_head(ex.begin, ex.end), 8, seconds)
        ex.send(ex.bytes_of(ex.begin, ex.end))

    return act


def late(seconds: float) -> Act:
    def act(ex: Exchange) -> None:
        ex.pause(seconds)
        ex.right()

    return act


def after(before: bytes) -> Act:
    """Something stands before the right reply."""

    def act(ex: Exchange) -> None:
        ex.send(before)
        ex.partial()

    return act


def endless(first: bytes, piece: bytes) -> Act:
    """Sends the piece for ever: 2 MB a second, which no client should read for long."""

    def act(ex: Exchange) -> None:
        ex.keep = False
        ex.send(first)
        until = time.monotonic() + 10
        many = piece * (20_000 // len(piece) + 1)
        while time.monotonic() < until:
            ex.send(many)
            ex.pause(0.01)

    return act


def full_body(ex: Exchange) -> None:
    """Whole files are large: the client has to leave before the end."""
    ex.keep = False
    ex.send(head("200 OK", {"Content-Length": str(ex.size), **ex.file.headers(ex.version)}) + ex.content)


def login_page(ex: Exchange) -> None:
    ex.plain("200 OK", {"Content-Type": "text/html"}, "<!DOCTYPE html><title>Log in</title><form>user, password</form>\n")


def encoded(coding: str, encode: Callable[[bytes], bytes]) -> Act:
    def act(ex: Exchange) -> None:
        body = encode(ex.bytes_of(ex.begin, ex.end))
        ex.partial(change={"Content-Encoding": coding, "Content-Length": str(len(body))}, body=body)

    return act


def multipart(ex: Exchange) -> None:
    part = (f"--edge\r\nContent-Type: text/plain\r\nContent-Range: {of_range(ex, ex.begin, ex.end)}\r\n\r\n".encode()
            + ex.bytes_of(ex.begin, ex.end) + b"\r\n--edge--\r\n")
    ex.partial(change={"Content-Type": "multipart/byteranges; boundary=edge", "Content-Range": None,
                       "Content-Length": str(len(part))}, body=part)


def unframed(part: float, change: dict[str, str | None] | None = None) -> Act:
    """Ends with the connection (RFC 9112, section 6.3), after a part of the body."""

    def act(ex: Exchange) -> None:
        changed = {"Content-Length": None, **(change or {})}
        end = ex.begin + int(ex.length * part)
        ex.partial(change=changed, body=ex.bytes_of(ex.begin, end))
        ex.fin()

    return act


def wrong_length(by: int, end: Callable[[Exchange], None]) -> Act:
    def act(ex: Exchange) -> None:
        ex.partial(change={"Content-Length": str(max(0, ex.length + by))})
        end(ex)

    return act


def chunked(body: Callable[[Exchange, bytes, bytes], bytes], end: Callable[[Exchange], None] | None = None,
            **change: Callable[[Exchange], str | None]) -> Act:
    """`body` gets the two halves of the right bytes."""

    def act(ex: Exchange) -> None:
        changed: dict[str, str | None] = {"Transfer-Encoding": "chunked", "Content-Length": None}
        changed.update({name.replace("_", "-"): value(ex) for name, value in change.items()})
        first, second = ex.bytes_of(ex.begin, ex.middle), ex.bytes_of(ex.middle, ex.end)
        ex.partial(change=changed, body=body(ex, first, second))
        if end:
            end(ex)

    return act


def raw_head(change: Callable[[Exchange, bytes], bytes]) -> Act:
    """The right reply with its head rewritten."""

    def act(ex: Exchange) -> None:
        ex.send(change(ex, ex.partial_head(ex.begin, ex.end)) + ex.bytes_of(ex.begin, ex.end))

    return act


def status_line(line: str) -> Act:
    return raw_head(lambda ex, right: line.encode() + right[right.index(b"\r\n"):])


def added(lines: str) -> Act:
    return raw_head(lambda ex, right: right[:-2] + lines.encode("latin-1") + b"\r\n\r\n")


def no_head(ex: Exchange) -> None:
    ex.send(ex.bytes_of(ex.begin, ex.end))
    ex.fin()


def answer_twice(ex: Exchange) -> None:
    """A second reply stands where that to the connection's next request is expected; nobody asks for its range."""
    ex.partial()
    ex.partial(ex.begin + 1, max(ex.begin + 2, ex.end - 1))


def garbage_after(ex: Exchange) -> None:
    ex.partial()
    ex.send(b"bytes after the body\r\n" * 20)


def redirect(code: str, to: Callable[[Exchange], str | None]) -> Act:
    return lambda ex: ex.plain(code, {"Location": to(ex)}, "")


def moved(ex: Exchange) -> str:
    return f"{ex.target.partition('?')[0]}?turn={unique()}"


def busy(most: int) -> Act:
    def act(ex: Exchange) -> None:
        if ex.server.in_flight(ex) > most:
            ex.plain("503 Service Unavailable")
        else:
            ex.pause(0.02)
            ex.right()

    return act


def close_delimited(ex: Exchange) -> None:
    ex.partial(change={"Connection": "close"})
    ex.fin()


def not_tls(ex: Exchange) -> None:
    ex.server.next_handshake(lambda raw: raw.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
    ex.fin()


def no_handshake(ex: Exchange) -> None:
    ex.server.next_handshake(lambda raw: None)
    ex.fin()


def garbage_record(ex: Exchange) -> None:
    ex.send(ex.partial_head(ex.begin, ex.end) + ex.bytes_of(ex.begin, ex.middle))
    ex.send_raw(b"\x17\x03\x03\x00\x20" + b"this is no ciphertext of anybody")
    ex.fin()


def server_closes(how: Callable[[Exchange], None]) -> Act:
    def act(ex: Exchange) -> None:
        how(ex)
        ex.fin()

    return act
